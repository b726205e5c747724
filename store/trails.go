package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"apifront/setup"
)

// trailLease is how long a worker may be at asking CloudTrail before another one
// takes it.
const trailLease = 2 * time.Minute

// trailColumns are those of the table trails, which may have no row for a finding.
const trailColumns = `t.state, t.body, t.place, t.from_at, t.until_at, t.tries, t.asked_at, t.due_at`

// A trailRow reads trailColumns.
type trailRow struct {
	state, body, place                     sql.NullString
	fromAt, untilAt, tries, askedAt, dueAt sql.NullInt64
}

func (r *trailRow) into() []any {
	return []any{&r.state, &r.body, &r.place, &r.fromAt, &r.untilAt, &r.tries, &r.askedAt, &r.dueAt}
}

// trail is nil if there is no row.
func (r *trailRow) trail() (*setup.Trail, error) {
	if !r.state.Valid {
		return nil, nil
	}
	v := &setup.Trail{
		State: setup.TrailState(r.state.String), Place: r.place.String, From: at(r.fromAt.Int64), Until: at(r.untilAt.Int64),
		Tries: int(r.tries.Int64), AskedAt: at(r.askedAt.Int64), DueAt: at(r.dueAt.Int64),
	}
	return v, decode(r.body.String, &v.TrailBody)
}

// keepTrail stores what CloudTrail said of a finding.
func (t *tx) keepTrail(ctx context.Context, findingID string, v setup.Trail) error {
	body, err := encode(v.TrailBody)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `
		INSERT INTO trails (finding_id, state, body, place, from_at, until_at, tries, asked_at, due_at, lease_by, lease_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 0)
		ON CONFLICT (finding_id) DO UPDATE SET state = excluded.state, body = excluded.body, place = excluded.place, from_at = excluded.from_at,
			until_at = excluded.until_at, tries = excluded.tries, asked_at = excluded.asked_at, due_at = excluded.due_at, lease_by = '', lease_until = 0`,
		findingID, string(v.State), body, v.Place, ms(v.From), ms(v.Until), v.Tries, ms(v.AskedAt), ms(v.DueAt))
	t.Wake(watchTrails)
	return err
}

// WatchTrails wakes the caller when there is more to be asked of CloudTrail.
func (s *Store) WatchTrails() (more <-chan struct{}, stop func()) { return s.Watch(watchTrails) }

// A TrailPass is what a worker is to ask CloudTrail about a setup.
type TrailPass struct {
	Setup    setup.Setup
	Findings []setup.Finding // open ones, each with its Trail
	lease    string
}

// NextTrail takes what is due to be asked of CloudTrail about the setup that waits
// longest. found is false if there is nothing; wait is until there may be, and 0 if
// nothing is to be asked.
func (s *Store) NextTrail(ctx context.Context, by string) (p TrailPass, wait time.Duration, found bool, err error) {
	due, wait, err := s.trailDue(ctx) // asking first keeps a worker with nothing to do from writing
	if err != nil || !due {
		return p, wait, false, err
	}
	lease, err := uuid.NewV7()
	if err != nil {
		return p, 0, false, fmt.Errorf("name a lease: %w", err)
	}
	taken, err := write(ctx, s, func(t *tx) (*TrailPass, error) { return t.takeTrail(ctx, by+" "+lease.String()) })
	switch {
	case err != nil:
		return p, 0, false, fmt.Errorf("next trail: %w", err)
	case taken == nil: // another worker was first
		_, wait, err = s.trailDue(ctx)
		return p, wait, false, err
	}
	return *taken, 0, true, nil
}

// trailDue says whether something is due to be asked of CloudTrail, or else how long
// it is until something is.
func (s *Store) trailDue(ctx context.Context) (due bool, wait time.Duration, err error) {
	var first int64
	err = translate(s.reader.QueryRowContext(ctx, `
		SELECT COALESCE(MIN(CASE WHEN lease_until > due_at THEN lease_until ELSE due_at END), 0) FROM trails WHERE due_at > 0`).Scan(&first))
	if err != nil {
		return false, 0, fmt.Errorf("next trail: %w", err)
	}
	if first == 0 {
		return false, 0, nil
	}
	wait = max(0, at(first).Sub(s.Now()))
	return wait == 0, wait, nil
}

// takeTrail gives what is due about one setup to whoever holds the lease; nil: nothing
// is.
func (t *tx) takeTrail(ctx context.Context, lease string) (*TrailPass, error) {
	// A finding that has closed is asked about no more.
	if _, err := t.exec(ctx, `
		UPDATE trails SET due_at = 0 WHERE due_at > 0 AND due_at <= $1 AND finding_id IN (SELECT id FROM findings WHERE closed_at > 0)`, ms(t.now)); err != nil {
		return nil, err
	}
	var id string
	err := translate(t.QueryRowContext(ctx, `
		SELECT f.setup_id FROM trails t JOIN findings f ON f.id = t.finding_id
		WHERE t.due_at > 0 AND t.due_at <= $1 AND t.lease_until <= $1 ORDER BY t.due_at, f.setup_id LIMIT 1`, ms(t.now)).Scan(&id))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := t.lockSetup(ctx, id)
	if err != nil {
		return nil, err
	}
	n, err := t.exec(ctx, `
		UPDATE trails SET lease_by = $1, lease_until = $2 WHERE due_at > 0 AND due_at <= $3 AND lease_until <= $3
		AND finding_id IN (SELECT id FROM findings WHERE setup_id = $4 AND closed_at = 0)`, lease, ms(t.now.Add(trailLease)), ms(t.now), v.ID)
	if err != nil || n == 0 {
		return nil, err
	}
	list, err := all(ctx, t, scanFinding, `SELECT `+findingColumns+` WHERE t.lease_by = $1 ORDER BY f.since, f.key`, lease)
	return &TrailPass{Setup: v, Findings: list, lease: lease}, err
}

// FinishTrail stores what CloudTrail said of the findings of a pass. What the worker
// does not hold any more stays as it is.
func (s *Store) FinishTrail(ctx context.Context, p TrailPass) error {
	err := s.write(ctx, func(t *tx) error {
		for _, f := range p.Findings {
			var held int
			if err := t.QueryRowContext(ctx, `SELECT COUNT(*) FROM trails WHERE finding_id = $1 AND lease_by = $2`, f.ID, p.lease).Scan(&held); err != nil {
				return translate(err)
			}
			if held == 0 || f.Trail == nil {
				continue
			}
			if err := t.keepTrail(ctx, f.ID, *f.Trail); err != nil {
				return err
			}
		}
		t.Wake(watchAll)
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep what CloudTrail said of setup %s: %w", p.Setup.ID, err)
	}
	return nil
}

// FreeTrails gives back what a worker was at.
func (s *Store) FreeTrails(ctx context.Context, by string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE trails SET lease_by = '', lease_until = 0 WHERE lease_by LIKE $1`, by+" %")
		t.Wake(watchTrails)
		return err
	})
}

// TrailRefused says whether CloudTrail was refused to a place since a time.
func (s *Store) TrailRefused(ctx context.Context, place string, since time.Time) (bool, error) {
	var n int
	err := translate(s.reader.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM (SELECT 1 FROM trails WHERE state = 'refused' AND place = $1 AND asked_at >= $2 LIMIT 1) r`, place, ms(since)).Scan(&n))
	if err != nil {
		return false, fmt.Errorf("was CloudTrail refused to %s: %w", place, err)
	}
	return n > 0, nil
}

// OurCalls are those of the request IDs that stand in the ledger: calls of jobs of this
// installation.
func (s *Store) OurCalls(ctx context.Context, requestIDs []string) (map[string]bool, error) {
	ours := map[string]bool{}
	for len(requestIDs) > 0 {
		some := requestIDs[:min(len(requestIDs), 200)]
		requestIDs = requestIDs[len(some):]
		marks, args := make([]string, len(some)), make([]any, len(some))
		for i, id := range some {
			marks[i], args[i] = fmt.Sprintf("$%d", i+1), id
		}
		list, err := all(ctx, s.reader, func(row scanner) (id string, err error) { return id, row.Scan(&id) },
			`SELECT request_id FROM calls WHERE request_id <> '' AND request_id IN (`+strings.Join(marks, ", ")+`)`, args...)
		if err != nil {
			return nil, fmt.Errorf("find calls in the ledger: %w", err)
		}
		for _, id := range list {
			ours[id] = true
		}
	}
	return ours, nil
}

// RightSince is when what a step is about was last seen to be right, or changed by us,
// before a time: by a check that looked at the step, or by a job that did it. The zero
// time says that nobody knows. A call made before cannot have caused what a later
// check sees.
func (s *Store) RightSince(ctx context.Context, setupID string, step setup.StepID, before time.Time) (time.Time, error) {
	var job int64
	err := translate(s.reader.QueryRowContext(ctx, `
		SELECT COALESCE(MAX(s.finished_at), 0) FROM steps s JOIN jobs j ON j.id = s.job_id
		WHERE j.setup_id = $1 AND s.step = $2 AND s.state = 'done' AND s.finished_at <= $3`, setupID, string(step), ms(before)).Scan(&job))
	if err != nil {
		return time.Time{}, fmt.Errorf("when was step %s of setup %s done: %w", step, setupID, err)
	}
	list, err := all(ctx, s.reader, scanCheck, `
		SELECT `+checkColumns+` FROM checks c WHERE c.setup_id = $1 AND c.done_at > 0 AND c.done_at <= $2 AND c.result IN ('healthy', 'findings')
		ORDER BY c.done_at DESC, c.id DESC LIMIT $3`, setupID, ms(before), checksForState)
	if err != nil {
		return time.Time{}, fmt.Errorf("when did a check look at step %s of setup %s: %w", step, setupID, err)
	}
	right := at(job)
	for _, c := range list {
		if begun := c.BegunAt; looked(c, step) && begun.After(right) {
			right = begun
		}
	}
	return right, nil
}

// looked says whether a check that told something has looked at a step. A healthy one
// has looked at all.
func looked(c setup.Checkup, step setup.StepID) bool {
	if c.Result == setup.CheckHealthy {
		return true
	}
	for _, l := range c.Lines {
		if l.StepID == step {
			return l.Result != setup.LineUnknown
		}
	}
	return false
}
