package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"apifront/flow"
	"apifront/setup"
)

// noticeRest is the shortest time between two messages about the same matter of a
// setup. What happens meanwhile is counted, and told together at its end.
const noticeRest = 15 * time.Minute

// keepNotices is how long notices and what became of them are kept.
const keepNotices = 30 * 24 * time.Hour

// notify has a notice written at the end of the transaction.
func (t *tx) notify(n setup.NoticeBody) { t.told = append(t.told, n) }

// opens remembers that the transaction opens a finding.
func (t *tx) opens(b setup.FindingBody) { t.opened = append(t.opened, b) }

// tellState tells what follows for people from how a setup stands now.
func (t *tx) tellState(ctx context.Context, setupID string, f flow.Facts) error {
	var drifted, silent int
	err := translate(t.QueryRowContext(ctx, `SELECT drifted, silent FROM notice_known WHERE setup_id = $1`, setupID).Scan(&drifted, &silent))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	known := flow.Known{Drifted: drifted == 1, Silent: silent == 1}
	var name string
	if err := t.QueryRowContext(ctx, `SELECT name FROM setups WHERE id = $1`, setupID).Scan(&name); err != nil {
		return translate(err)
	}
	list, now := flow.StateNotices(name, setupID, f, t.opened, known)
	t.opened = nil
	t.told = append(t.told, list...)
	if now == known {
		return nil
	}
	_, err = t.exec(ctx, `
		INSERT INTO notice_known (setup_id, drifted, silent) VALUES ($1, $2, $3)
		ON CONFLICT (setup_id) DO UPDATE SET drifted = excluded.drifted, silent = excluded.silent`, setupID, flag(now.Drifted), flag(now.Silent))
	return err
}

// tellRenewal tells again that a certificate will not renew, if it is time for that.
// What a check has just found is told anyway.
func (t *tx) tellRenewal(ctx context.Context, v setup.Setup, list []setup.Finding, ends time.Time) error {
	if slices.ContainsFunc(t.opened, func(b setup.FindingBody) bool { return !b.Passes && b.Setting.NoticeTopic() == setup.TopicRenewal }) {
		return nil
	}
	if _, ok := flow.RenewalReminder(v.Name(), v.ID, "", list, ends, time.Time{}, t.now); !ok {
		return nil // nothing to remind of
	}
	var last int64
	err := t.QueryRowContext(ctx, `SELECT COALESCE(MAX(told_at), 0) FROM notices WHERE setup_id = $1 AND topic = $2`, v.ID, string(setup.TopicRenewal)).Scan(&last)
	if err != nil {
		return translate(err)
	}
	if last > ms(t.now.Add(noticeRest)) {
		last = 0 // the clock was put back
	}
	f, err := t.facts(ctx, v)
	if err != nil {
		return err
	}
	if n, ok := flow.RenewalReminder(v.Name(), v.ID, flow.State(f), list, ends, at(last), t.now); ok {
		t.notify(n)
	}
	return nil
}

// tellLow reminds people once of a TTL that was lowered a week ago. A check never ends
// while a job is at work, so none is about to move traffic.
func (t *tx) tellLow(ctx context.Context, v setup.Setup, look setup.DNSLook) error {
	low := look.Low
	if low == nil || look.OldTTL == 0 || !low.ToldAt.IsZero() || t.now.Sub(low.Since) < setup.RemindLow {
		return nil
	}
	f, err := t.facts(ctx, v)
	if err != nil {
		return err
	}
	t.notify(flow.LowNotice(v, flow.State(f), *low, t.now))
	low.ToldAt = t.now
	return nil
}

// tellStep tells that a step begins to wait for a person, and of one that is done
// after a wait what its definition wants to be told.
func (t *tx) tellStep(ctx context.Context, r stepRow, c flow.Change, o Outcome) error {
	turn := c.State == setup.StepNeedsYou && r.v.State != setup.StepNeedsYou
	waited := r.pendingSince > 0 || r.v.State == setup.StepNeedsYou
	if !turn && (c.State != setup.StepDone || o.Tells == "" || !waited) {
		return nil
	}
	j, err := readJob(ctx, t, r.v.JobID)
	if err != nil {
		return err
	}
	if turn {
		t.notify(flow.TurnNotice(j, r.v.Title, o))
	} else {
		t.notify(flow.StepNotice(j, o.Tells, r.v.Title, o.Summary))
	}
	return nil
}

// tellEnd tells that a job has come to a state.
func (t *tx) tellEnd(j setup.Job, state setup.JobState, failed int, list []setup.Step) {
	j.Failed = failed
	if n, ok := flow.EndNotice(j, state, list, t.now); ok {
		t.notify(n)
	}
}

// writeNotices writes what the transaction tells, to every place that wants it. It
// is the last thing in each transaction, so that all take their locks in one order.
func (t *tx) writeNotices(ctx context.Context) error {
	if len(t.told) == 0 {
		return nil
	}
	places, err := all(ctx, t, scanNoticePlace, `SELECT `+placeColumns+` FROM notice_places WHERE paused_at = 0 ORDER BY id`)
	if err != nil {
		return err
	}
	locked := false
	for _, n := range t.told {
		topic := n.Event.Topic()
		want := slices.DeleteFunc(slices.Clone(places), func(p setup.NoticePlace) bool { return !slices.Contains(p.Topics, topic) })
		if len(want) == 0 {
			continue
		}
		if !locked { // writers of notices follow each other until they commit
			if _, err := t.count(ctx, "notices", 1); err != nil {
				return err
			}
			locked = true
		}
		if err := t.writeNotice(ctx, n, want); err != nil {
			return err
		}
	}
	return nil
}

// writeNotice writes one, or adds it to the one that nobody has begun to deliver.
func (t *tx) writeNotice(ctx context.Context, n setup.NoticeBody, places []setup.NoticePlace) error {
	body, err := encode(n)
	if err != nil {
		return err
	}
	topic, due := string(n.Event.Topic()), t.now
	var id string
	var last int64
	err = translate(t.QueryRowContext(ctx, `
		SELECT id, due_at FROM notices WHERE setup_id = $1 AND topic = $2 AND about = $3 ORDER BY due_at DESC LIMIT 1`,
		n.SetupID, topic, n.About).Scan(&id, &last))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if id != "" && last <= ms(t.now.Add(noticeRest)) { // else the clock was put back
		changed, err := t.exec(ctx, `UPDATE notices SET body = $1, count = count + 1, told_at = $2 WHERE id = $3 AND begun = 0`, body, ms(t.now), id)
		if err != nil || changed > 0 {
			return err
		}
		if rest := at(last).Add(noticeRest); rest.After(due) {
			due = rest
		}
	}
	return t.insertNotice(ctx, n, body, due, places)
}

// insertNotice writes a notice that is due then, and its delivery to each place.
func (t *tx) insertNotice(ctx context.Context, n setup.NoticeBody, body string, due time.Time, places []setup.NoticePlace) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("name a notice: %w", err)
	}
	if _, err := t.exec(ctx, `INSERT INTO notices (id, setup_id, topic, about, body, count, told_at, due_at, begun) VALUES ($1, $2, $3, $4, $5, 1, $6, $7, 0)`,
		id.String(), n.SetupID, string(n.Event.Topic()), n.About, body, ms(t.now), ms(due)); err != nil {
		return err
	}
	for _, p := range places {
		to, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("name a delivery: %w", err)
		}
		if _, err := t.exec(ctx, `
			INSERT INTO deliveries (id, notice_id, place_id, state, due_at, first_at, tries, tried_at, answer, lease_by, lease_until)
			VALUES ($1, $2, $3, 'waiting', $4, 0, 0, 0, '', '', 0)`, to.String(), id.String(), p.ID, ms(due)); err != nil {
			return err
		}
	}
	t.Wake(watchNotices)
	return nil
}

// ForgetNotices deletes notices that have been kept long enough. It returns how
// many.
func (s *Store) ForgetNotices(ctx context.Context) (int64, error) {
	before := ms(s.Now().Add(-keepNotices))
	var old int // asking first keeps a worker with nothing to do from writing
	err := s.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM notices WHERE due_at < $1 LIMIT 1) w`, before).Scan(&old)
	if err != nil || old == 0 {
		return 0, translate(err)
	}
	n, err := write(ctx, s, func(t *tx) (int64, error) {
		return t.exec(ctx, `DELETE FROM notices WHERE due_at < $1`, before)
	})
	if err != nil {
		return 0, fmt.Errorf("forget notices: %w", err)
	}
	return n, nil
}
