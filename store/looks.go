package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"apifront/setup"
)

// lookLease is how long a worker may be at a look before another one takes it.
const lookLease = 30 * time.Second

// looksOfOne is how many questions of one connection a worker is at. Where AWS
// does not answer, each takes until its deadline; all others must go on.
const looksOfOne = 4

const lookColumns = `kind, connection, region, subject, result, problem, asked_at, done_at, pending`

// newestJobs are those among which a look finds the last one that ended. There is
// no need to go through the whole history: a look is old after minutes anyway.
const newestJobs = `(SELECT connection, account_id, finished_at FROM jobs WHERE kind <> 'invalidate' ORDER BY id DESC LIMIT 200)`

// jobEnded is when a job last ended that worked over the connection of a look, or
// in an account to which that connection has led jobs.
const jobEnded = `(SELECT COALESCE(MAX(n.finished_at), 0) FROM ` + newestJobs + ` n WHERE n.connection = looks.connection
	OR n.account_id <> '' AND n.account_id IN (SELECT m.account_id FROM ` + newestJobs + ` m WHERE m.connection = looks.connection))`

func scanLook(row scanner) (setup.Look, error) {
	var l setup.Look
	var kind, result, problem string
	var asked, done, ended int64
	var pending int
	if err := row.Scan(&kind, &l.Connection, &l.Region, &l.Subject, &result, &problem, &asked, &done, &pending, &ended); err != nil {
		return l, translate(err)
	}
	l.Kind, l.AskedAt, l.DoneAt, l.Pending, l.JobEnded = setup.LookKind(kind), at(asked), at(done), pending == 1, at(ended)
	if result != "" {
		l.Result = []byte(result)
	}
	if err := decode(problem, &l.Problem); err != nil {
		return l, fmt.Errorf("problem of look %s: %w", kind, err)
	}
	return l, nil
}

func readLook(ctx context.Context, q querier, k setup.LookKey) (setup.Look, error) {
	l, err := scanLook(q.QueryRowContext(ctx, `
		SELECT `+lookColumns+`, `+jobEnded+` FROM looks WHERE kind = $1 AND connection = $2 AND region = $3 AND subject = $4`,
		string(k.Kind), k.Connection, k.Region, k.Subject))
	if err != nil {
		return l, fmt.Errorf("look %s: %w", k.Kind, err)
	}
	return l, nil
}

// Look is what is stored of a question, or ErrNotFound if nobody asked it.
func (s *Store) Look(ctx context.Context, k setup.LookKey) (setup.Look, error) {
	return readLook(ctx, s.reader, k)
}

// Looks is what is stored of questions, without those that nobody asked, in one
// query.
func (s *Store) Looks(ctx context.Context, keys []setup.LookKey) (map[setup.LookKey]setup.Look, error) {
	found := map[setup.LookKey]setup.Look{}
	if len(keys) == 0 {
		return found, nil
	}
	where, args := "", []any(nil)
	for i, k := range keys {
		if i > 0 {
			where += " OR "
		}
		where += fmt.Sprintf("(kind = $%d AND connection = $%d AND region = $%d AND subject = $%d)", 4*i+1, 4*i+2, 4*i+3, 4*i+4)
		args = append(args, string(k.Kind), k.Connection, k.Region, k.Subject)
	}
	list, err := all(ctx, s.reader, scanLook, `SELECT `+lookColumns+`, `+jobEnded+` FROM looks WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read %d looks: %w", len(keys), err)
	}
	for _, l := range list {
		found[l.LookKey] = l
	}
	return found, nil
}

// AskLook returns what is stored of a question, and wakes the worker to answer
// it if it was never answered or the answer is older than maxAge (0: always).
// A question that is being answered is not asked twice. One about a region
// that AWS does not have is not stored: the error is a *setup.Problem.
func (s *Store) AskLook(ctx context.Context, k setup.LookKey, maxAge time.Duration) (setup.Look, error) {
	if p := (setup.Connection{}).RefuseRegion(k.Region); p != nil {
		return setup.Look{LookKey: k}, p
	}
	l, err := readLook(ctx, s.reader, k)
	if err == nil && maxAge > 0 && !l.DoneAt.IsZero() && recent(l.DoneAt, s.Now(), maxAge) {
		return l, nil
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return l, err
	}
	if err := s.askLooks(ctx, []setup.LookKey{k}, maxAge); err != nil {
		return setup.Look{}, err
	}
	return s.Look(ctx, k)
}

// AskLooks wakes the worker to answer questions, in one transaction. Those about a
// region that AWS does not have are not stored.
func (s *Store) AskLooks(ctx context.Context, keys []setup.LookKey) error {
	keys = slices.DeleteFunc(slices.Clone(keys), func(k setup.LookKey) bool {
		return (setup.Connection{}).RefuseRegion(k.Region) != nil
	})
	if len(keys) == 0 {
		return nil
	}
	return s.askLooks(ctx, keys, 0)
}

func (s *Store) askLooks(ctx context.Context, keys []setup.LookKey, maxAge time.Duration) error {
	prune := false
	for range keys {
		prune = s.asked.Add(1)%pruneLooksEvery == 1 || prune
	}
	return s.write(ctx, func(t *tx) error {
		if err := t.forgetLooks(ctx); err != nil {
			return err
		}
		for _, k := range keys {
			_, err := t.exec(ctx, `
				INSERT INTO looks (kind, connection, region, subject, result, problem, asked_at, done_at, pending, again, lease_by, lease_until)
				VALUES ($1, $2, $3, $4, '', '', $5, 0, 1, 0, '', 0)
				ON CONFLICT (kind, connection, region, subject) DO UPDATE SET
					asked_at = excluded.asked_at, pending = 1,
					again = CASE WHEN looks.lease_until > excluded.asked_at AND CAST($6 AS BIGINT) = 0 THEN 1 ELSE looks.again END`,
				string(k.Kind), k.Connection, k.Region, k.Subject, ms(t.now), maxAge.Milliseconds())
			if err != nil {
				return err
			}
		}
		if prune {
			if err := t.pruneLooks(ctx, keepLooks); err != nil {
				return err
			}
		}
		t.Wake(watchLooks)
		return nil
	})
}

// NextLook takes a question for the worker by. Connections take turns: it is the
// question that waits longest, of those whose connection has the fewest at work.
// found is false if there is none now: nobody asks, or the worker is at
// looksOfOne questions of every connection that somebody asks about.
func (s *Store) NextLook(ctx context.Context, by string) (k setup.LookKey, found bool, err error) {
	var waiting int // asking first keeps a worker with nothing to do from writing
	err = s.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM looks WHERE pending = 1 AND (lease_until < $1 OR lease_until > $2) LIMIT 1) w`,
		ms(s.Now()), ms(s.Now().Add(longestLease))).Scan(&waiting)
	if err != nil || waiting == 0 {
		return k, false, translate(err)
	}
	l, err := write(ctx, s, func(t *tx) (*setup.Look, error) {
		l, err := scanLook(t.QueryRowContext(ctx, `
			WITH work AS (
				SELECT connection AS of, COUNT(*) AS at_work, SUM(CASE WHEN lease_by = $3 THEN 1 ELSE 0 END) AS mine FROM looks
				WHERE pending = 1 AND lease_until >= $1 AND lease_until <= $2 GROUP BY connection)
			SELECT `+lookColumns+`, 0 FROM looks
			WHERE pending = 1 AND (lease_until < $1 OR lease_until > $2)
				AND connection NOT IN (SELECT of FROM work WHERE mine >= $4)
			ORDER BY COALESCE((SELECT at_work FROM work WHERE of = connection), 0), asked_at, kind LIMIT 1`+s.skipLocked(),
			ms(t.now), ms(t.now.Add(longestLease)), by, looksOfOne))
		if errors.Is(err, ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		n, err := t.exec(ctx, `
			UPDATE looks SET lease_by = $1, lease_until = $2, again = 0
			WHERE kind = $3 AND connection = $4 AND region = $5 AND subject = $6 AND (lease_until < $7 OR lease_until > $8)`,
			by, ms(t.now.Add(lookLease)), string(l.Kind), l.Connection, l.Region, l.Subject, ms(t.now), ms(t.now.Add(longestLease)))
		if err != nil || n == 0 {
			return nil, err
		}
		return &l, nil
	})
	switch {
	case err != nil:
		return k, false, fmt.Errorf("next look: %w", err)
	case l == nil:
		return k, false, nil
	}
	return l.LookKey, true, nil
}

// FinishLook stores the answer (JSON), or the problem why there is none; with a
// problem the last answer stays. The answer is of the moment at which the worker took
// the question, so it is older than what was saved meanwhile. ErrFenced if the worker by does not hold the
// look any more.
func (s *Store) FinishLook(ctx context.Context, by string, k setup.LookKey, result []byte, p *setup.Problem) error {
	problem, err := encodeProblem(p)
	if err != nil {
		return err
	}
	err = s.write(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `
			UPDATE looks SET result = CASE WHEN $1 = '' THEN result ELSE $1 END, problem = $2, done_at = lease_until - $3,
				pending = again, again = 0, lease_by = '', lease_until = 0
			WHERE kind = $4 AND connection = $5 AND region = $6 AND subject = $7 AND lease_by = $8`,
			string(result), problem, lookLease.Milliseconds(), string(k.Kind), k.Connection, k.Region, k.Subject, by)
		if err == nil && n == 0 {
			err = ErrFenced
		}
		t.Wake(watchAll)
		t.Wake(watchLooks)
		return err
	})
	if err != nil {
		return fmt.Errorf("finish look %s: %w", k.Kind, err)
	}
	return nil
}

// FreeLooks gives back the questions that a worker was at.
func (s *Store) FreeLooks(ctx context.Context, by string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE looks SET lease_by = '', lease_until = 0 WHERE lease_by = $1`, by)
		t.Wake(watchLooks)
		return err
	})
}
