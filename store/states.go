package store

import (
	"context"
	"errors"
	"fmt"

	"apifront/flow"
	"apifront/setup"
)

// checksForState is how many checks decide a state. Some of them may have been
// ended by jobs.
const checksForState = 6

// facts is what decides the state of a setup.
func (t *tx) facts(ctx context.Context, v setup.Setup) (flow.Facts, error) { return factsOf(ctx, t, v) }

func factsOf(ctx context.Context, q querier, v setup.Setup) (flow.Facts, error) {
	f := flow.Facts{Later: v.Spec.Domain.Switch == setup.SwitchLater}
	newest := func(into *setup.Job, where string) error {
		j, err := scanJob(q.QueryRowContext(ctx, `
			SELECT `+jobColumns+` FROM jobs j WHERE j.setup_id = $1 AND j.kind <> 'invalidate' AND `+where+` ORDER BY j.id DESC LIMIT 1`, v.ID))
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		*into = j
		return err
	}
	if err := newest(&f.Active, `j.state IN `+activeStates); err != nil {
		return f, err
	}
	if err := newest(&f.Last, `j.state NOT IN `+activeStates); err != nil {
		return f, err
	}
	var made setup.Job
	if err := newest(&made, `j.kind = 'apply' AND j.state = 'succeeded'`); err != nil {
		return f, err
	}
	f.InPlace = made.ID != 0
	var err error
	if f.Checks, err = all(ctx, q, scanCheck, `
		SELECT `+checkColumns+` FROM checks c WHERE c.setup_id = $1 AND c.done_at > 0 ORDER BY c.done_at DESC, c.id DESC LIMIT $2`, v.ID, checksForState); err != nil {
		return f, err
	}
	open, err := openFindings(ctx, q, v.ID)
	f.Findings = flow.Outstanding(open, f.Last)
	return f, err
}

// foldState stores the state of a setup, if it has become another one.
func (t *tx) foldState(ctx context.Context, v setup.Setup) error {
	f, err := t.facts(ctx, v)
	if err != nil {
		return err
	}
	return t.keepState(ctx, v.ID, f)
}

func (t *tx) keepState(ctx context.Context, setupID string, f flow.Facts) error {
	state := flow.State(f)
	var number, job int64
	var last string
	err := translate(t.QueryRowContext(ctx, `SELECT number, state, job FROM states WHERE setup_id = $1 ORDER BY number DESC LIMIT 1`, setupID).Scan(&number, &last, &job))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if setup.StateID(last) == state && job == f.Active.ID {
		return nil
	}
	_, err = t.exec(ctx, `INSERT INTO states (setup_id, number, state, job, since) VALUES ($1, $2, $3, $4, $5)`,
		setupID, number+1, string(state), f.Active.ID, ms(t.now))
	return err
}

// A Situation is how things stand with a setup.
type Situation struct {
	State    setup.State
	Last     setup.Job       // the newest job that ended and may have changed something; without ID: none
	Findings []setup.Finding // that are outstanding, those of the longest standing first
}

// Situation is how things stand with a setup, folded from what is stored. The
// state has no time since when if nothing has happened to the setup under this
// version of apifront.
func (s *Store) Situation(ctx context.Context, v setup.Setup) (Situation, error) {
	f, err := factsOf(ctx, s.reader, v)
	if err != nil {
		return Situation{}, fmt.Errorf("state of setup %s: %w", v.ID, err)
	}
	now := Situation{State: setup.State{ID: flow.State(f), Job: f.Active.ID}, Last: f.Last, Findings: f.Findings}
	var last string
	var since int64
	err = translate(s.reader.QueryRowContext(ctx, `SELECT state, since FROM states WHERE setup_id = $1 ORDER BY number DESC LIMIT 1`, v.ID).Scan(&last, &since))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return now, fmt.Errorf("state of setup %s: %w", v.ID, err)
	}
	if setup.StateID(last) == now.State.ID {
		now.State.Since = at(since)
	}
	return now, nil
}
