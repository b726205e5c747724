package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"apifront/flow"
	"apifront/setup"
)

// A Pass is the right to look at a step once: the step, and everything needed
// for it, as they were when it was claimed.
type Pass struct {
	Row          int64 // what the bell carries
	Epoch        int64 // the fence: only the newest pass of a step may write
	Step         setup.Step
	Job          setup.Job
	Setup        setup.Setup
	Resources    setup.Resources
	Former       setup.Former
	Tries        int       // automatic retries in a row so far
	PendingSince time.Time // since when AWS is at it; zero: it is not
}

// An Outcome is how a pass ended, see flow.Outcome.
type Outcome = flow.Outcome

// Run is how far the work on the step was when it was claimed.
func (p *Pass) Run() flow.Run {
	return flow.Run{
		State: p.Step.State, Summary: p.Step.Summary, Records: p.Step.Records, Attempt: p.Step.Attempt, Open: true, By: setup.WorkerName,
		Tries: p.Tries, StartedAt: p.Step.StartedAt, PendingSince: p.PendingSince, NextAt: p.Step.NextAt, Turn: p.Step.Turn,
	}
}

// Claim takes the step for one pass, until the lease ends. A bell that is
// stale, or whose job has ended, gets nil. When another pass is under way it
// gets nil and the time until that one's lease ends.
func (s *Store) Claim(ctx context.Context, row, bell int64, lease time.Duration) (p *Pass, wait time.Duration, err error) {
	type claimed struct {
		p    *Pass
		wait time.Duration
	}
	c, err := write(ctx, s, func(t *tx) (claimed, error) {
		r, err := t.lockStep(ctx, row)
		if errors.Is(err, ErrNotFound) {
			return claimed{}, nil
		}
		if err != nil {
			return claimed{}, err
		}
		if r.nextAt == 0 || r.bell != bell {
			return claimed{}, nil
		}
		if now := ms(t.now); r.held(now) {
			// A lease cannot end later than one that begins now.
			return claimed{wait: min(time.Duration(r.leaseUntil-now)*time.Millisecond, lease)}, nil
		}
		p, err := t.claim(ctx, r, lease)
		return claimed{p: p}, err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("claim step %d: %w", row, err)
	}
	return c.p, c.wait, nil
}

// lockStep takes the step's job and reads the step.
func (t *tx) lockStep(ctx context.Context, row int64) (stepRow, error) {
	var job int64
	if err := t.QueryRowContext(ctx, `SELECT job_id FROM steps WHERE id = $1`, row).Scan(&job); err != nil {
		return stepRow{}, translate(err)
	}
	if err := t.one(ctx, `UPDATE jobs SET seq = seq WHERE id = $1`, job); err != nil {
		return stepRow{}, err
	}
	return scanStepRow(t.QueryRowContext(ctx, `SELECT `+stepColumns+` FROM steps p WHERE p.id = $1`, row))
}

func (t *tx) claim(ctx context.Context, r stepRow, lease time.Duration) (*Pass, error) {
	r.epoch++
	before := r // as it was stored
	r.adjust(ms(t.now))
	c := flow.Begin(r.run(), at(ms(t.now)))
	if c.Opened {
		if err := t.openAttempt(ctx, r, c.Attempt); err != nil {
			return nil, err
		}
	}
	r.v.State, r.v.Attempt, r.v.StartedAt, r.v.Turn = c.State, c.Attempt, c.StartedAt, c.Turn
	err := t.one(ctx, `
		UPDATE steps SET state = $1, epoch = $2, leased = $2, lease_until = $3, attempt = $4, attempt_open = $5,
			attempt_by = $6, attempt_by_id = '', started_at = $7, pending_since = $8,
			turn_limit = $9, turn_since = $10, turn_waited = $11
		WHERE id = $12`,
		string(c.State), r.epoch, ms(t.now.Add(lease)), c.Attempt, flag(c.Open), c.By, ms(c.StartedAt), ms(c.PendingSince),
		c.Turn.Limit, ms(c.Turn.Since), c.Turn.Waited.Milliseconds(), r.id)
	if err != nil {
		return nil, err
	}
	if _, err := t.exec(ctx, `UPDATE jobs SET started_at = $1 WHERE id = $2 AND started_at = 0`, ms(t.now), r.v.JobID); err != nil {
		return nil, err
	}
	if err := t.tell(ctx, r, c); err != nil {
		return nil, err
	}
	p := &Pass{Row: r.id, Epoch: r.epoch, Step: r.v, Tries: r.tries, PendingSince: at(r.pendingSince)}
	if p.Job, err = readJob(ctx, t, r.v.JobID); err != nil {
		return nil, err
	}
	if p.Setup, err = setupOf(ctx, t, p.Job); err != nil {
		return nil, err
	}
	// Steps ask how new a thing is. What was saved by a clock that was ahead is as
	// new as now, and ages from here on.
	_, err = t.exec(ctx, `UPDATE resources SET saved_at = $1 WHERE setup_id = $2 AND saved_at > $3`,
		ms(t.now), p.Job.SetupID, ms(t.now.Add(clockSlack)))
	if err != nil {
		return nil, err
	}
	p.Resources, p.Former, err = readResources(ctx, t, p.Job.SetupID)
	for key, res := range p.Resources {
		res.SavedAt = before.savedOn(res.SavedAt, t.now)
		p.Resources[key] = res
	}
	return p, err
}

// tell adds what is told of a change of the step to the job's history.
func (t *tx) tell(ctx context.Context, r stepRow, c flow.Change) error {
	if c.Text == "" {
		return nil
	}
	return t.event(ctx, setup.Event{JobID: r.v.JobID, Kind: setup.EventStep, StepID: r.v.ID, Attempt: c.Attempt, Text: c.Text})
}

// Settle stores how a pass ended, rings for the steps that can begin now, and
// gives the lease back. A pass that is no longer the newest changes nothing:
// ErrFenced.
func (s *Store) Settle(ctx context.Context, p *Pass, o Outcome) error {
	err := s.write(ctx, func(t *tx) error {
		r, err := t.lockStep(ctx, p.Row)
		if err != nil {
			return err
		}
		if r.epoch != p.Epoch {
			return ErrFenced
		}
		if err := t.settle(ctx, r, o); err != nil {
			return err
		}
		if err := t.keepAccount(ctx, p, o.AccountID); err != nil {
			return err
		}
		return t.advance(ctx, r.v.JobID)
	})
	if err != nil {
		return fmt.Errorf("settle step %s of job %d: %w", p.Step.ID, p.Job.ID, err)
	}
	return nil
}

// keepAccount stores the account in a job that an earlier version started
// without it, and in its setup, unless another setup has that account and name.
func (t *tx) keepAccount(ctx context.Context, p *Pass, account string) error {
	if account == "" || p.Job.AccountID != "" {
		return nil
	}
	if _, err := t.exec(ctx, `UPDATE jobs SET account_id = $1 WHERE id = $2 AND account_id = ''`, account, p.Job.ID); err != nil {
		return err
	}
	_, err := t.exec(ctx, `
		UPDATE setups SET account_id = $1 WHERE id = $2 AND account_id = ''
			AND NOT EXISTS (SELECT 1 FROM setups o WHERE o.account_id = $1 AND o.name = setups.name)`, account, p.Setup.ID)
	return err
}

func (t *tx) settle(ctx context.Context, r stepRow, o Outcome) error {
	problem, err := encodeProblem(o.Problem)
	if err != nil {
		return err
	}
	records, err := encodeRecords(o.Records)
	if err != nil {
		return err
	}
	o.Records = nil // as they will be read, which is what the next ones are held against
	if err := decode(records, &o.Records); err != nil {
		return err
	}
	c, err := flow.Settle(r.run(), o, t.now)
	if err != nil {
		return err
	}
	bell := r.bell
	if c.NextAt.IsZero() {
		bell = 0
		if err := t.leaveLines(ctx, r); err != nil {
			return err
		}
	}
	if err := t.keepTime(ctx, r, o); err != nil {
		return err
	}
	if err := t.keepChanges(ctx, r, o); err != nil {
		return err
	}
	if err := t.tellStep(ctx, r, c, o); err != nil {
		return err
	}
	if err := t.keepEvidence(ctx, r, o.Seen, c.Closed != ""); err != nil {
		return err
	}
	if err := t.closeAttempt(ctx, r, c.Closed, o.Problem); err != nil {
		return err
	}
	err = t.one(ctx, `
		UPDATE steps SET state = $1, summary = $2, problem = $3, records = $4, checked_at = $5, finished_at = $6,
			next_at = $7, bell = $8, attempt_open = $9, pending_since = $10, tries = $11, lease_until = 0,
			turn_limit = $12, turn_since = $13, turn_waited = $14
		WHERE id = $15`,
		string(c.State), c.Summary, problem, records, ms(t.now), ms(c.FinishedAt), ms(c.NextAt), bell, flag(c.Open), ms(c.PendingSince), c.Tries,
		c.Turn.Limit, ms(c.Turn.Since), c.Turn.Waited.Milliseconds(), r.id)
	if err != nil {
		return err
	}
	t.Wake(r.v.JobID) // also of a look that found nothing new
	return t.tell(ctx, r, c)
}

// HandBack ends a pass that was cut off, as if it had not begun: the step is
// due after the given time, and no attempt is spent. It also gives back the lease of a
// pass that was fenced, so that the next one need not wait for it to end.
func (s *Store) HandBack(ctx context.Context, p *Pass, after time.Duration) error {
	err := s.write(ctx, func(t *tx) error {
		r, err := t.lockStep(ctx, p.Row)
		if err != nil {
			return err
		}
		if r.leased != p.Epoch {
			return nil
		}
		if err := t.one(ctx, `UPDATE steps SET lease_until = 0 WHERE id = $1`, r.id); err != nil {
			return err
		}
		if r.nextAt == 0 {
			return nil
		}
		return t.ring(ctx, r, t.now.Add(after))
	})
	if err != nil {
		return fmt.Errorf("hand back step %s of job %d: %w", p.Step.ID, p.Job.ID, err)
	}
	return nil
}

// Epoch is the step's fence now.
func (s *Store) Epoch(ctx context.Context, row int64) (int64, error) {
	var epoch int64
	err := s.reader.QueryRowContext(ctx, `SELECT epoch FROM steps WHERE id = $1`, row).Scan(&epoch)
	return epoch, translate(err)
}

// Renew makes the lease of a pass that is under way last from now on.
// ErrFenced if somebody else has taken over.
func (s *Store) Renew(ctx context.Context, p *Pass, lease time.Duration) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `UPDATE steps SET lease_until = $1 WHERE id = $2 AND epoch = $3`,
			ms(t.now.Add(lease)), p.Row, p.Epoch)
		if err == nil && n == 0 {
			return ErrFenced
		}
		return err
	})
}
