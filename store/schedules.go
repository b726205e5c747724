package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"apifront/flow"
	"apifront/setup"
)

// Schedule is when a setup is checked by itself.
func (s *Store) Schedule(ctx context.Context, setupID string) (setup.Schedule, error) {
	v, err := scheduleOf(ctx, s.reader, setupID)
	if err != nil {
		return v, fmt.Errorf("schedule of setup %s: %w", setupID, err)
	}
	return v, nil
}

// scheduleOf is the schedule of a setup; the usual one if nothing was ever planned.
func scheduleOf(ctx context.Context, q querier, setupID string) (setup.Schedule, error) {
	var every, next, told int64
	err := translate(q.QueryRowContext(ctx, `SELECT every, next_at, told_at FROM schedules WHERE setup_id = $1`, setupID).Scan(&every, &next, &told))
	if errors.Is(err, ErrNotFound) {
		return setup.Schedule{Every: setup.CheckUsually}, nil
	}
	return schedule(every, next, told), err
}

func schedule(every, next, told int64) setup.Schedule {
	return setup.Schedule{Every: time.Duration(every) * time.Millisecond, Next: at(next), Told: at(told)}
}

// keepSchedule stores the schedule of a setup.
func (t *tx) keepSchedule(ctx context.Context, setupID string, v setup.Schedule) error {
	_, err := t.exec(ctx, `
		INSERT INTO schedules (setup_id, every, next_at, told_at, folded_to) VALUES ($1, $2, $3, $4, 0)
		ON CONFLICT (setup_id) DO UPDATE SET every = excluded.every, next_at = excluded.next_at, told_at = excluded.told_at`,
		setupID, v.Every.Milliseconds(), ms(v.Next), ms(v.Told))
	return err
}

// follow plans the next check of a setup whose state is another one now. One that is
// planned stays, so nothing is put off by what happens to a setup meanwhile.
func (t *tx) follow(ctx context.Context, setupID string, state setup.State) error {
	v, err := scheduleOf(ctx, t, setupID)
	if err != nil {
		return err
	}
	next := v.After(setupID, state, t.now)
	if !next.IsZero() && !v.Next.IsZero() {
		return nil
	}
	v.Next = next
	return t.keepSchedule(ctx, setupID, v)
}

// checkEnded folds the state of a setup whose check has ended, and plans the next
// check by schedule. told says whether the check says how things stand.
func (t *tx) checkEnded(ctx context.Context, v setup.Setup, told bool) error {
	f, err := t.facts(ctx, v)
	if err != nil {
		return err
	}
	state, err := t.keepState(ctx, v.ID, f)
	if err != nil {
		return err
	}
	plan, err := scheduleOf(ctx, t, v.ID)
	if err != nil {
		return err
	}
	if told {
		plan.Told = t.now
	}
	plan.Next = plan.After(v.ID, state, t.now)
	return t.keepSchedule(ctx, v.ID, plan)
}

// SetSchedule says how often a setup is checked by itself; 0: not at all.
func (s *Store) SetSchedule(ctx context.Context, setupID string, every time.Duration, by string) error {
	err := s.write(ctx, func(t *tx) error {
		v, err := t.lockSetup(ctx, setupID)
		if err != nil {
			return err
		}
		plan, err := scheduleOf(ctx, t, v.ID)
		if err != nil || plan.Every == every {
			return err
		}
		f, err := t.facts(ctx, v)
		if err != nil {
			return err
		}
		was := plan.Words()
		plan.Every = every
		plan.Next = plan.After(v.ID, setup.State{ID: flow.State(f)}, t.now)
		if err := t.keepSchedule(ctx, v.ID, plan); err != nil {
			return err
		}
		return t.audit(ctx, Act{Action: ActCheckSchedule, On: v.Name(), By: by, Detail: plan.Words() + ", before " + was})
	})
	if err != nil {
		return fmt.Errorf("set the schedule of setup %s: %w", setupID, err)
	}
	return nil
}

// theChecks is the pace of all checks. Those by schedule wait for it.
const theChecks = "checks"

// paceAhead is how far into the future checks that were ordered take places: however
// many they are, those by schedule go on a minute after them.
const paceAhead = time.Minute

// paceCheck takes the next free place for a check that does not wait for it.
func (t *tx) paceCheck(ctx context.Context, gap time.Duration) error {
	_, err := t.exec(ctx, `
		INSERT INTO paces (name, free_at) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET free_at = CASE
			WHEN paces.free_at <= $3 THEN excluded.free_at
			WHEN paces.free_at <= $4 THEN paces.free_at + $5
			ELSE $6 END`,
		theChecks, ms(t.now.Add(gap)), ms(t.now), ms(t.now.Add(paceAhead-gap)), gap.Milliseconds(), ms(t.now.Add(paceAhead)))
	return err
}

// NextScheduled takes the setup whose check by schedule has been due longest, for the
// worker by, or else a check that was ordered with many others. Of all replicas together, two are never taken within gap of each other, nor
// one before the places that ordered checks took.
// found is false if there is none; wait is when there may be one.
func (s *Store) NextScheduled(ctx context.Context, by string, gap time.Duration) (p CheckPass, wait time.Duration, found bool, err error) {
	now := s.Now()
	var next, many, free int64 // asking first keeps a worker with nothing to do from writing
	err = s.reader.QueryRowContext(ctx, fmt.Sprintf(`
		SELECT COALESCE((SELECT MIN(next_at) FROM schedules WHERE next_at > 0), 0), COALESCE((SELECT MIN(c.due_at) FROM checks c WHERE `+waiting+`), 0),
			COALESCE((SELECT free_at FROM paces WHERE name = $1), 0)`, 2, 3), theChecks, ms(now), ms(now.Add(longestLease))).Scan(&next, &many, &free)
	if err != nil {
		return p, 0, false, translate(err)
	}
	if many > 0 && (next == 0 || many < next) {
		next = many
	}
	if next == 0 {
		return p, LongestWait, false, nil
	}
	if free > ms(now.Add(paceAhead+clockSlack)) { // of a clock that was ahead
		free = 0
	}
	if wait = at(max(next, free)).Sub(now); wait > 0 {
		return p, wait, false, nil
	}
	taken, err := write(ctx, s, func(t *tx) (*CheckPass, error) {
		n, err := t.exec(ctx, `
			INSERT INTO paces (name, free_at) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET free_at = excluded.free_at WHERE paces.free_at <= $3 OR paces.free_at > $4`,
			theChecks, ms(t.now.Add(gap)), ms(t.now), ms(t.now.Add(paceAhead+clockSlack)))
		if err != nil || n == 0 {
			return nil, err
		}
		var setupID string
		err = translate(t.QueryRowContext(ctx, `
			SELECT setup_id FROM schedules WHERE next_at > 0 AND next_at <= $1 ORDER BY next_at, setup_id LIMIT 1`, ms(t.now)).Scan(&setupID))
		if err == nil {
			return t.takeScheduled(ctx, by, setupID)
		}
		if !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		if setupID, err = t.nextOfMany(ctx); err != nil || setupID == "" {
			return nil, err
		}
		return t.takeOfMany(ctx, by, setupID)
	})
	if err != nil {
		return p, 0, false, fmt.Errorf("next check by schedule: %w", err)
	}
	if taken == nil {
		return p, gap, false, nil
	}
	return *taken, 0, true, nil
}

// takeScheduled orders the check of a setup whose hour has come, and gives it to the
// worker by; one that was ordered with many others does for it. It is nil if another
// check looks just now, or nothing is to be checked.
func (t *tx) takeScheduled(ctx context.Context, by, setupID string) (*CheckPass, error) {
	v, err := t.lockSetup(ctx, setupID)
	if err != nil {
		return nil, err
	}
	plan, err := scheduleOf(ctx, t, setupID)
	if err != nil || plan.Next.IsZero() || plan.Next.After(t.now) {
		return nil, err
	}
	f, err := t.facts(ctx, v)
	if err != nil {
		return nil, err
	}
	plan.Next = plan.After(setupID, setup.State{ID: flow.State(f)}, t.now) // the end of the check plans anew
	if err := t.keepSchedule(ctx, setupID, plan); err != nil || plan.Next.IsZero() {
		return nil, err
	}
	var open int
	if err := t.QueryRowContext(ctx, `SELECT COUNT(*) FROM checks WHERE setup_id = $1 AND done_at = 0`, setupID).Scan(&open); err != nil {
		return nil, translate(err)
	}
	if open > 0 {
		return t.takeOfMany(ctx, by, setupID)
	}
	if err := t.orderCheck(ctx, v, setup.CheckBySchedule, setup.Person{}, 0); err != nil {
		return nil, err
	}
	c, err := scanCheck(t.QueryRowContext(ctx, `SELECT `+checkColumns+` FROM checks c WHERE c.setup_id = $1 AND c.done_at = 0`, setupID))
	if err != nil {
		return nil, err
	}
	return t.takeCheck(ctx, by, c, v, f)
}
