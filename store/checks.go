package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"apifront/flow"
	"apifront/setup"
)

// checkLease is how long a worker may be at a check without renewing before
// another one takes it.
const checkLease = 30 * time.Second

// checkAfterJob is how long after the end of a job the check of what it left
// begins. A person who starts the next job at once is not looked in at.
const checkAfterJob = 10 * time.Second

// LongestCheckLines is what the lines of one check may have as JSON, in octets.
const LongestCheckLines = 256 << 10

const checkColumns = `c.id, c.setup_id, c.revision, c.reason, c.asked_by, c.asked_by_id, c.asked_at, c.due_at, c.done_at,
	c.result, c.sight, c.problem, c.findings, c.lines, c.lease_until, c.times, c.first_at, c.begun_at, c.many`

func scanCheck(row scanner) (setup.Checkup, error) {
	var c setup.Checkup
	var reason, result, sight, problem, lines string
	var asked, due, done, held, first, begun int64
	var many int
	err := row.Scan(&c.ID, &c.SetupID, &c.Revision, &reason, &c.By.Name, &c.By.ID, &asked, &due, &done,
		&result, &sight, &problem, &c.Findings, &lines, &held, &c.Times, &first, &begun, &many)
	if err != nil {
		return c, translate(err)
	}
	c.Reason, c.Result = setup.CheckReason(reason), setup.CheckResult(result)
	if many == 1 {
		c.Reason = setup.CheckOfMany
	}
	c.AskedAt, c.DueAt, c.DoneAt, c.HeldTo, c.FirstAt, c.BegunAt = at(asked), at(due), at(done), at(held), at(first), at(begun)
	return c, errors.Join(decode(sight, &c.Sight), decode(problem, &c.Problem), decode(lines, &c.Lines))
}

// AskCheck orders a check of a setup for a person. One that is ordered already
// becomes due now, and is not ordered twice; one that a worker is at by itself, and
// that asks less, gives way. An *ActiveJobError says that a job is
// changing the setup; ErrConflict that nothing was ever made for it.
func (s *Store) AskCheck(ctx context.Context, setupID, by string) error {
	err := s.write(ctx, func(t *tx) error {
		v, err := t.lockSetup(ctx, setupID)
		if err != nil {
			return err
		}
		f, err := t.facts(ctx, v)
		if err != nil {
			return err
		}
		switch {
		case f.Active.ID != 0:
			return &ActiveJobError{Job: f.Active.ID}
		case !f.InPlace:
			return conflict("nothing was made for %s yet", v.Name())
		}
		_, err = t.exec(ctx, `DELETE FROM checks WHERE setup_id = $1 AND done_at = 0 AND reason <> 'person' AND lease_until > $2`, v.ID, ms(t.now))
		if err != nil {
			return err
		}
		return t.orderCheck(ctx, v, setup.CheckByPerson, personOf(ctx, by), 0)
	})
	if err != nil {
		return fmt.Errorf("order a check of setup %s: %w", setupID, err)
	}
	return nil
}

// orderCheck orders a check that is due after in. If one is ordered already and
// has not begun, the earlier time counts.
func (t *tx) orderCheck(ctx context.Context, v setup.Setup, reason setup.CheckReason, by setup.Person, in time.Duration) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("name a check: %w", err)
	}
	_, err = t.exec(ctx, `
		INSERT INTO checks (id, setup_id, revision, reason, asked_by, asked_by_id, asked_at, due_at, done_at, result, sight, problem, findings, lines, lease_by, lease_until, times, first_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', '', '', 0, '', '', 0, 1, 0)
		ON CONFLICT (setup_id) WHERE done_at = 0 DO UPDATE SET
			due_at = CASE WHEN checks.due_at < excluded.due_at THEN checks.due_at ELSE excluded.due_at END,
			revision = excluded.revision,
			many = 0,
			reason = CASE WHEN excluded.reason = 'person' OR checks.many = 1 THEN excluded.reason ELSE checks.reason END,
			asked_by = CASE WHEN excluded.reason = 'person' THEN excluded.asked_by ELSE checks.asked_by END,
			asked_by_id = CASE WHEN excluded.reason = 'person' THEN excluded.asked_by_id ELSE checks.asked_by_id END`,
		id.String(), v.ID, v.Revision, string(reason), by.Name, by.ID, ms(t.now), ms(t.now.Add(in)))
	t.Wake(watchChecks)
	return err
}

// A CheckPass is a check that a worker is at.
type CheckPass struct {
	Check  setup.Checkup
	Setup  setup.Setup
	Before setup.Checkup // the check before it that told something since the last job; without ID: none
	Open   []setup.Finding
	Guard  setup.Guard // what the check before saw of the certificates
}

// NextCheck takes a check that was ordered and is due for the worker by. It waits for
// no pace, but takes a place in that of the checks by schedule, which is gap long. Those
// that were ordered for many setups at once are left to NextScheduled.
// found is false if there is none.
func (s *Store) NextCheck(ctx context.Context, by string, gap time.Duration) (p CheckPass, found bool, err error) {
	now := s.Now()
	var due int // asking first keeps a worker with nothing to do from writing
	err = s.reader.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM (SELECT 1 FROM checks WHERE done_at = 0 AND many = 0 AND due_at <= $1 AND (lease_until < $1 OR lease_until > $2) LIMIT 1) w`,
		ms(now), ms(now.Add(longestLease))).Scan(&due)
	if err != nil || due == 0 {
		return p, false, translate(err)
	}
	taken, err := write(ctx, s, func(t *tx) (*CheckPass, error) {
		c, err := scanCheck(t.QueryRowContext(ctx, `
			SELECT `+checkColumns+` FROM checks c
			WHERE c.done_at = 0 AND c.many = 0 AND c.due_at <= $1 AND (c.lease_until < $1 OR c.lease_until > $2)
			ORDER BY CASE c.reason WHEN 'person' THEN 0 ELSE 1 END, c.due_at, c.id LIMIT 1`+s.skipLocked(), ms(t.now), ms(t.now.Add(longestLease))))
		if errors.Is(err, ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if err := t.paceCheck(ctx, gap); err != nil { // before the setup, as in NextScheduled
			return nil, err
		}
		v, err := t.lockSetup(ctx, c.SetupID)
		if err != nil {
			return nil, err
		}
		f, err := t.facts(ctx, v)
		if err != nil {
			return nil, err
		}
		return t.takeCheck(ctx, by, c, v, f)
	})
	if err != nil {
		return p, false, fmt.Errorf("next check: %w", err)
	}
	if taken == nil {
		return p, false, nil
	}
	return *taken, true, nil
}

// takeCheck gives an open check to the worker by.
func (t *tx) takeCheck(ctx context.Context, by string, c setup.Checkup, v setup.Setup, f flow.Facts) (*CheckPass, error) {
	c.Revision = v.Revision
	p := &CheckPass{Check: c, Setup: v, Open: f.Findings}
	var err error
	if p.Guard, err = guardOf(ctx, t, v.ID); err != nil {
		return nil, err
	}
	for _, before := range f.Checks {
		if before.Result.Told() && before.DoneAt.After(f.Since()) {
			p.Before = before
			break
		}
	}
	return p, t.one(ctx, `UPDATE checks SET lease_by = $1, lease_until = $2, revision = $3, begun_at = $4 WHERE id = $5`,
		by, ms(t.now.Add(checkLease)), v.Revision, ms(t.now), c.ID)
}

// RenewCheck keeps a check for the worker that is at it. ErrFenced if it is not
// the worker's any more: another one took it, or a job began and ended it.
func (s *Store) RenewCheck(ctx context.Context, by, id string) error {
	err := s.write(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `UPDATE checks SET lease_until = $1 WHERE id = $2 AND lease_by = $3 AND done_at = 0`, ms(t.now.Add(checkLease)), id, by)
		if err == nil && n == 0 {
			err = ErrFenced
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("renew check %s: %w", id, err)
	}
	return nil
}

// CheckOutcome is how a check ended.
type CheckOutcome struct {
	Result   setup.CheckResult
	Sight    setup.Sight
	Problem  *setup.Problem
	Lines    []setup.CheckLine
	Looked   []setup.StepID      // steps that could be looked at; findings of the others stay as they are
	Stay     []string            // IDs of open findings of which nothing was asked
	Findings []setup.FindingBody // CheckHealthy, CheckFindings: all that is not right now
	Again    time.Duration       // after which it is to be checked once more; 0: not
	Guard    setup.Guard         // what it saw of the certificates
	Name     *setup.DNSLook      // what it saw of the name at every server; nil: it did not ask them
	Hops     []setup.Hop         // the way of a request; none: nobody looked

	// Trails are what CloudTrail said of who changed what findings are about, by the
	// keys of those that it was asked about.
	Trails map[string]setup.Trail
}

// FinishCheck stores how a check ended, opens and closes findings, and folds the
// state of the setup. ErrFenced if the worker does not hold the check any more, or
// a job began meanwhile.
func (s *Store) FinishCheck(ctx context.Context, by string, p CheckPass, o CheckOutcome) error {
	err := s.write(ctx, func(t *tx) error {
		v, err := t.lockSetup(ctx, p.Setup.ID)
		if err != nil {
			return err
		}
		o := o
		if v.Revision != p.Setup.Revision {
			o = CheckOutcome{Result: setup.CheckEnded}
		}
		if o.Result.Told() {
			if err := t.keepFindings(ctx, v, o); err != nil {
				return err
			}
			if err := t.keepGuard(ctx, v.ID, o.Guard); err != nil {
				return err
			}
			if err := t.keepDNSLook(ctx, v, o.Name); err != nil {
				return err
			}
		}
		list, err := openFindings(ctx, t, v.ID)
		if err != nil {
			return err
		}
		if o.Result.Told() {
			g, err := guardOf(ctx, t, v.ID)
			if err != nil {
				return err
			}
			if err := t.tellRenewal(ctx, v, list, g.Ends()); err != nil {
				return err
			}
		}
		sight, err := encode(o.Sight)
		if err != nil {
			return err
		}
		problem, err := encodeProblem(o.Problem)
		if err != nil {
			return err
		}
		lines := ""
		if o.Result != setup.CheckHealthy || p.Check.Reason == setup.CheckByPerson {
			if lines, err = boundedLines(o.Lines); err != nil {
				return err
			}
		}
		n, err := t.exec(ctx, `
			UPDATE checks SET done_at = $1, result = $2, sight = $3, problem = $4, findings = $5, lines = $6, lease_by = '', lease_until = 0
			WHERE id = $7 AND lease_by = $8 AND done_at = 0`,
			ms(t.now), string(o.Result), sight, problem, len(list), lines, p.Check.ID, by)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrFenced
		}
		if o.Again > 0 {
			if err := t.orderCheck(ctx, v, setup.CheckAgain, setup.Person{}, o.Again); err != nil {
				return err
			}
		}
		if err := t.keepHops(ctx, v.ID, p.Check.ID, o); err != nil {
			return err
		}
		t.Wake(watchAll)
		return t.checkEnded(ctx, v, o.Result.Told())
	})
	if err != nil {
		return fmt.Errorf("finish the check of setup %s: %w", p.Setup.ID, err)
	}
	return nil
}

// boundedLines is as many lines as are kept, as JSON.
func boundedLines(list []setup.CheckLine) (string, error) {
	for {
		if len(list) == 0 {
			return "", nil
		}
		text, err := encode(list)
		if err != nil || len(text) <= LongestCheckLines {
			return text, err
		}
		list = list[:len(list)/2]
	}
}

// FreeChecks gives back the checks that a worker was at.
func (s *Store) FreeChecks(ctx context.Context, by string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE checks SET lease_by = '', lease_until = 0 WHERE lease_by = $1`, by)
		t.Wake(watchChecks)
		return err
	})
}

// endChecks ends the open check of a setup: what it sees while a job changes
// things means nothing.
func (t *tx) endChecks(ctx context.Context, setupID string) error {
	_, err := t.exec(ctx, `
		UPDATE checks SET done_at = $1, result = 'ended', lease_by = '', lease_until = 0 WHERE setup_id = $2 AND done_at = 0`, ms(t.now), setupID)
	return err
}

// Checks are the newest checks of a setup, those that have not ended first.
func (s *Store) Checks(ctx context.Context, setupID string, limit int) ([]setup.Checkup, error) {
	list, err := checksOf(ctx, s.reader, setupID, limit)
	if err != nil {
		return nil, fmt.Errorf("list checks of setup %s: %w", setupID, err)
	}
	return list, nil
}

func checksOf(ctx context.Context, q querier, setupID string, limit int) ([]setup.Checkup, error) {
	return all(ctx, q, scanCheck, `
		SELECT `+checkColumns+` FROM checks c WHERE c.setup_id = $1
		ORDER BY CASE c.done_at WHEN 0 THEN 0 ELSE 1 END, c.done_at DESC, c.id DESC LIMIT $2`, setupID, limit)
}

// WatchChecks wakes the caller when a check was ordered.
func (s *Store) WatchChecks() (ordered <-chan struct{}, stop func()) {
	return s.Watch(watchChecks)
}

// jobMoved follows a job whose state has changed: one that begins ends the check
// that is open, and after one that has ended a check looks at what it left.
func (t *tx) jobMoved(ctx context.Context, setupID string, kind setup.JobKind, state setup.JobState) error {
	if kind == setup.JobInvalidate {
		return nil
	}
	v, err := readSetup(ctx, t, setupID)
	if err != nil {
		return err
	}
	if state.Active() {
		if err := t.endChecks(ctx, v.ID); err != nil {
			return err
		}
		return t.foldState(ctx, v)
	}
	if kind == setup.JobTeardown && state == setup.JobSucceeded {
		if _, err := t.exec(ctx, `UPDATE findings SET closed_at = $1 WHERE setup_id = $2 AND closed_at = 0`, ms(t.now), v.ID); err != nil {
			return err
		}
	}
	f, err := t.facts(ctx, v)
	if err != nil {
		return err
	}
	if f.InPlace {
		if err := t.orderCheck(ctx, v, setup.CheckAfterJob, setup.Person{}, checkAfterJob); err != nil {
			return err
		}
	}
	_, err = t.keepState(ctx, v.ID, f)
	return err
}
