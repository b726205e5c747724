package store

import (
	"context"
	"time"

	"apifront/flow"
	"apifront/setup"
)

// timesKept is how many jobs tell how long a step takes: the newest. AWS changes,
// so older ones would mislead.
const timesKept = 40

// A job is later if its setup had things in place before it: most of its steps
// find them there.
const isLater = `CASE WHEN EXISTS (
	SELECT 1 FROM jobs b WHERE b.setup_id = j.setup_id AND b.id < j.id AND b.kind = 'apply' AND b.state = 'succeeded') THEN 1 ELSE 0 END`

// keepTime stores how long a step took that has just been done by itself. A step
// that waited for a person, or that was tried again, tells nothing of AWS.
func (t *tx) keepTime(ctx context.Context, r stepRow, o Outcome) error {
	if o.State != setup.StepDone || r.v.State == setup.StepNeedsYou || r.tries > 0 || r.v.StartedAt.IsZero() {
		return nil
	}
	took := flow.Took{Whole: t.now.Sub(r.v.StartedAt)}
	if r.pendingSince > 0 {
		since := at(r.pendingSince)
		took.Unready, took.Ready = max(0, r.v.CheckedAt.Sub(since)), t.now.Sub(since)
	}
	if _, err := t.exec(ctx, `
		INSERT INTO step_times (job_id, step, kind, later, whole, unready, ready)
		SELECT j.id, $1, j.kind, `+isLater+`, $2, $3, $4 FROM jobs j WHERE j.id = $5
		ON CONFLICT (job_id, step) DO UPDATE SET whole = excluded.whole, unready = excluded.unready, ready = excluded.ready`,
		string(r.v.ID), took.Whole.Milliseconds(), took.Unready.Milliseconds(), took.Ready.Milliseconds(), r.v.JobID); err != nil {
		return err
	}
	_, err := t.exec(ctx, `
		DELETE FROM step_times WHERE step = $1 AND job_id < (
			SELECT MIN(n.job_id) FROM (SELECT job_id FROM step_times WHERE step = $1 ORDER BY job_id DESC LIMIT $2) n)`,
		string(r.v.ID), timesKept)
	return err
}

// StepTimes are how long the steps of other jobs of the same kind took: of jobs
// that made a setup, if this job makes one, and of later ones if it does not. The
// oldest comes first. With a step it reads only those of this step.
func (s *Store) StepTimes(ctx context.Context, job int64, step setup.StepID) (map[setup.StepID][]flow.Took, error) {
	type took struct {
		step setup.StepID
		flow.Took
	}
	list, err := all(ctx, s.reader, func(row scanner) (t took, err error) {
		var whole, unready, ready int64
		err = row.Scan(&t.step, &whole, &unready, &ready)
		t.Took = flow.Took{Whole: millis(whole), Unready: millis(unready), Ready: millis(ready)}
		return t, err
	}, `
		SELECT n.step, n.whole, n.unready, n.ready
		FROM jobs j JOIN step_times n ON n.kind = j.kind AND n.job_id <> j.id AND n.later = `+isLater+`
		WHERE j.id = $1 AND ($2 = '' OR n.step = $2) ORDER BY n.job_id`, job, string(step))
	if err != nil {
		return nil, err
	}
	times := map[setup.StepID][]flow.Took{}
	for _, t := range list {
		times[t.step] = append(times[t.step], t.Took)
	}
	return times, nil
}

func millis(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
