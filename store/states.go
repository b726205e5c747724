package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"apifront/flow"
	"apifront/setup"
)

// checksForState is how many checks decide a state. Some of them may have been
// ended by jobs.
const checksForState = 6

// facts is what decides the state of a setup.
func (t *tx) facts(ctx context.Context, v setup.Setup) (flow.Facts, error) { return factsOf(ctx, t, v) }

func factsOf(ctx context.Context, q querier, v setup.Setup) (flow.Facts, error) {
	f := flow.Facts{Gone: v.Spec.IsGone(), Given: v.Spec.GivenBack(), Later: v.Spec.Domain.Switch == setup.SwitchLater}
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
	const since = `j.id > COALESCE((SELECT MAX(g.id) FROM jobs g WHERE g.setup_id = j.setup_id AND g.kind = 'teardown'), 0)`
	if err := newest(&made, `j.kind = 'apply' AND j.state = 'succeeded' AND `+since); err != nil {
		return f, err
	}
	var err error
	if made.ID == 0 {
		if f.Adopted, err = adoptedAt(ctx, q, v.ID); err != nil {
			return f, err
		}
	}
	f.InPlace = made.ID != 0 || !f.Adopted.IsZero()
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
	_, err = t.keepState(ctx, v.ID, f)
	return err
}

// keepState is foldState for facts that are known already. What is checked by
// schedule follows the state.
func (t *tx) keepState(ctx context.Context, setupID string, f flow.Facts) (setup.State, error) {
	if err := t.tellState(ctx, setupID, f); err != nil {
		return setup.State{}, err
	}
	state := setup.State{ID: flow.State(f), Job: f.Active.ID, Since: t.now}
	var number, job, since int64
	var last string
	err := translate(t.QueryRowContext(ctx, `SELECT number, state, job, since FROM states WHERE setup_id = $1 ORDER BY number DESC LIMIT 1`, setupID).Scan(&number, &last, &job, &since))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return state, err
	}
	if setup.StateID(last) == state.ID && job == state.Job {
		state.Since = at(since)
		return state, nil
	}
	if began := flow.Began(f); !began.IsZero() {
		state.Since = began
	}
	_, err = t.exec(ctx, `INSERT INTO states (setup_id, number, state, job, since) VALUES ($1, $2, $3, $4, $5)`,
		setupID, number+1, string(state.ID), state.Job, ms(state.Since))
	if err != nil {
		return state, err
	}
	return state, t.follow(ctx, setupID, state)
}

// A Situation is how things stand with a setup.
type Situation struct {
	State    setup.State
	Last     setup.Job       // the newest job that ended and may have changed something; without ID: none
	Findings []setup.Finding // that are outstanding, those of the longest standing first
	Adopted  time.Time       // when it was adopted, if no job has made everything since; zero otherwise
	Givable  bool            // it was adopted, and no job has changed anything since
}

// Situation is how things stand with a setup, folded from what is stored. The
// state has no time since when if nothing has happened to the setup under this
// version of apifront.
func (s *Store) Situation(ctx context.Context, v setup.Setup) (Situation, error) {
	f, err := factsOf(ctx, s.reader, v)
	if err != nil {
		return Situation{}, fmt.Errorf("state of setup %s: %w", v.ID, err)
	}
	now := Situation{State: setup.State{ID: flow.State(f), Job: f.Active.ID}, Last: f.Last, Findings: f.Findings, Adopted: f.Adopted, Givable: f.Untouched()}
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
