package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"apifront/setup"
)

// diagnosisLease is how long a worker may be at a diagnosis without renewing before
// another one takes it.
const diagnosisLease = 20 * time.Second

// Limits of diagnoses. Each sends questions and requests into the world.
const (
	sameDiagnosis     = 10 * time.Second // in which the same question leads to the same diagnosis
	diagnosesAMinute  = 10               // of one person
	mostOpenDiagnoses = 100              // of all people, that have not ended
	mostTakes         = 3                // after which one that ends its workers is given up
)

// A TooManyDiagnosesError says after how long a person may ask again. It is an
// ErrConflict.
type TooManyDiagnosesError struct {
	Wait time.Duration
	All  bool // all people together asked too much, and not this one
}

// Error says it in a sentence.
func (e *TooManyDiagnosesError) Error() string {
	return "the next diagnosis can be asked for in " + e.Wait.String()
}

// Unwrap makes it an ErrConflict.
func (e *TooManyDiagnosesError) Unwrap() error { return ErrConflict }

const (
	diagnosisHead    = `id, name, path, connection, region, asked_by, asked_by_id, asked_at, begun_at, done_at, stopped_by, stopped_by_id, verdict, head, text, process`
	diagnosisColumns = diagnosisHead + `, body`
)

func scanDiagnosis(row scanner) (setup.Diagnosis, error) { return scanDiagnosisRow(row, true) }

// scanDiagnosisHead reads a diagnosis without what its looks showed.
func scanDiagnosisHead(row scanner) (setup.Diagnosis, error) { return scanDiagnosisRow(row, false) }

func scanDiagnosisRow(row scanner, whole bool) (setup.Diagnosis, error) {
	var d setup.Diagnosis
	var verdict, head, text, process, body string
	var asked, begun, done int64
	to := []any{&d.ID, &d.Name, &d.Path, &d.Connection, &d.Region, &d.By.Name, &d.By.ID, &asked, &begun, &done, &d.StoppedBy.Name, &d.StoppedBy.ID, &verdict, &head, &text, &process}
	if whole {
		to = append(to, &body)
	}
	if err := row.Scan(to...); err != nil {
		return d, translate(err)
	}
	d.AskedAt, d.BegunAt, d.DoneAt = at(asked), at(begun), at(done)
	if err := decode(body, &d.DiagnosisBody); err != nil {
		return d, fmt.Errorf("what diagnosis %s says: %w", d.ID, err)
	}
	d.Verdict, d.Head, d.Text, d.Keyed = setup.Verdict(verdict), head, text, process != ""
	return d, nil
}

// A NewDiagnosis is what somebody asks the doctor.
type NewDiagnosis struct {
	Name       string // as FoldName has it
	Path       string // "" or with a slash before it
	Connection string // by which AWS is asked; "": by none
	Region     string // in which the custom domain is looked for first; "": none is known
	By         string
	Key        setup.TypedKey // that is sent with the requests of this one, see TakeKey; zero: none
}

// AskDiagnosis orders a diagnosis, or finds the one of the same question that is
// under way or was ordered a moment ago. One with a key is like no other. A *TooManyDiagnosesError says that this
// person, or all together, asked too much.
func (s *Store) AskDiagnosis(ctx context.Context, n NewDiagnosis) (setup.Diagnosis, error) {
	process := ""
	if !n.Key.IsZero() {
		process = s.typed.process
	}
	fresh, err := uuid.NewV7()
	if err != nil {
		return setup.Diagnosis{}, fmt.Errorf("name a diagnosis: %w", err)
	}
	if process != "" { // before a worker can take it
		s.typed.keep(fresh.String(), n.Key, s.Now().Add(setup.KeyLasts))
	}
	d, err := write(ctx, s, func(t *tx) (setup.Diagnosis, error) {
		turn, err := t.count(ctx, "diagnoses", 1) // one at a time, so that the limits hold
		if err != nil {
			return setup.Diagnosis{}, err
		}
		d, err := scanDiagnosis(t.QueryRowContext(ctx, `
			SELECT `+diagnosisColumns+` FROM diagnoses
			WHERE name = $1 AND path = $2 AND connection = $3 AND region = $4 AND process = '' AND $7 = ''
				AND (done_at = 0 OR asked_at > $5 AND asked_at <= $6 AND verdict <> 'stopped')
			ORDER BY asked_at DESC, id DESC LIMIT 1`,
			n.Name, n.Path, n.Connection, n.Region, ms(t.now.Add(-sameDiagnosis)), ms(t.now), process))
		if err == nil || !errors.Is(err, ErrNotFound) {
			return d, err
		}
		by := personOf(ctx, n.By)
		if err := t.mayDiagnose(ctx, by); err != nil {
			return setup.Diagnosis{}, err
		}
		id := fresh.String()
		_, err = t.exec(ctx, `
			INSERT INTO diagnoses (`+diagnosisColumns+`, takes, lease_by, lease_until)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, '', '', '', '', '', $9, '', 0, '', 0)`,
			id, n.Name, n.Path, n.Connection, n.Region, by.Name, by.ID, ms(t.now), process)
		if err != nil {
			return setup.Diagnosis{}, err
		}
		t.Wake(watchDiagnoses)
		if turn%pruneDiagnosesEvery == 1 {
			if err := t.pruneDiagnoses(ctx, keepDiagnoses); err != nil {
				return setup.Diagnosis{}, err
			}
		}
		return setup.Diagnosis{ID: id, Name: n.Name, Path: n.Path, Connection: n.Connection, Region: n.Region, By: by, AskedAt: at(ms(t.now)), Keyed: process != ""}, nil
	})
	if err != nil {
		s.typed.drop(fresh.String())
		return d, fmt.Errorf("order a diagnosis of %s: %w", n.Name, err)
	}
	return d, nil
}

// mayDiagnose says whether a person may order one more diagnosis now.
func (t *tx) mayDiagnose(ctx context.Context, by setup.Person) error {
	var open int
	if err := t.QueryRowContext(ctx, `SELECT COUNT(*) FROM diagnoses WHERE done_at = 0`).Scan(&open); err != nil {
		return translate(err)
	}
	if open >= mostOpenDiagnoses {
		return &TooManyDiagnosesError{Wait: time.Minute, All: true}
	}
	// Times far ahead are of a clock that was wrong, and count for nothing. Those of a
	// moment ahead are of replicas whose clocks differ, and of whoever asked later and
	// got the turn first.
	times, err := all(ctx, t, func(row scanner) (at int64, err error) { return at, row.Scan(&at) }, `
		SELECT asked_at FROM diagnoses WHERE asked_by_id = $1 AND (asked_by_id <> '' OR asked_by = $2) AND asked_at > $3 AND asked_at <= $4
		ORDER BY asked_at DESC LIMIT $5`, by.ID, by.Name, ms(t.now.Add(-time.Minute)), ms(t.now.Add(time.Minute)), diagnosesAMinute)
	if err != nil {
		return err
	}
	if len(times) == diagnosesAMinute {
		return &TooManyDiagnosesError{Wait: at(times[len(times)-1]).Add(time.Minute).Sub(t.now)}
	}
	return nil
}

// Diagnosis is the diagnosis with the ID, or ErrNotFound.
func (s *Store) Diagnosis(ctx context.Context, id string) (setup.Diagnosis, error) {
	d, err := scanDiagnosis(s.reader.QueryRowContext(ctx, `SELECT `+diagnosisColumns+` FROM diagnoses WHERE id = $1`, id))
	if err != nil {
		return d, fmt.Errorf("diagnosis %s: %w", id, err)
	}
	return d, nil
}

// Diagnoses are the newest diagnoses, without what their looks showed; before is the ID
// of the one after which the list goes on, "" for its beginning.
func (s *Store) Diagnoses(ctx context.Context, before string, limit int) ([]setup.Diagnosis, error) {
	list, err := all(ctx, s.reader, scanDiagnosisHead, `
		SELECT `+diagnosisHead+` FROM diagnoses WHERE ($1 = '' OR id < $1) ORDER BY id DESC LIMIT $2`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list diagnoses: %w", err)
	}
	return list, nil
}

// LastDiagnosis is the newest diagnosis of the name by the connection that has come to
// its end, or ErrNotFound.
func (s *Store) LastDiagnosis(ctx context.Context, name, connection string) (setup.Diagnosis, error) {
	d, err := scanDiagnosis(s.reader.QueryRowContext(ctx, `
		SELECT `+diagnosisColumns+` FROM diagnoses WHERE name = $1 AND connection = $2 AND done_at > 0 AND verdict <> 'stopped'
		ORDER BY id DESC LIMIT 1`, name, connection))
	if err != nil {
		return d, fmt.Errorf("the last diagnosis of %s: %w", name, err)
	}
	return d, nil
}

// NextDiagnosis takes a diagnosis that waits for the worker by. found is false if there
// is none. One with a key is for a worker of this process, until it has begun or the key is
// gone: then any worker says so.
func (s *Store) NextDiagnosis(ctx context.Context, by string) (d setup.Diagnosis, found bool, err error) {
	now := s.Now()
	var waiting int // asking first keeps a worker with nothing to do from writing
	err = s.reader.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM (SELECT 1 FROM diagnoses
			WHERE done_at = 0 AND (lease_until < $1 OR lease_until > $2) AND (process IN ('', $3) OR begun_at > 0 OR asked_at < $4) LIMIT 1) w`,
		ms(now), ms(now.Add(longestLease)), s.typed.process, ms(now.Add(-setup.KeyLasts))).Scan(&waiting)
	if err != nil || waiting == 0 {
		return d, false, translate(err)
	}
	taken, err := write(ctx, s, func(t *tx) (*setup.Diagnosis, error) {
		d, err := scanDiagnosis(t.QueryRowContext(ctx, `
			SELECT `+diagnosisColumns+` FROM diagnoses
			WHERE done_at = 0 AND (lease_until < $1 OR lease_until > $2) AND (process IN ('', $3) OR begun_at > 0 OR asked_at < $4)
			ORDER BY asked_at, id LIMIT 1`+s.skipLocked(), ms(t.now), ms(t.now.Add(longestLease)), s.typed.process, ms(t.now.Add(-setup.KeyLasts))))
		if errors.Is(err, ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		var takes int
		err = t.QueryRowContext(ctx, `
			UPDATE diagnoses SET lease_by = $1, lease_until = $2, takes = takes + 1, begun_at = CASE begun_at WHEN 0 THEN $3 ELSE begun_at END
			WHERE id = $4 AND done_at = 0 RETURNING takes`,
			by, ms(t.now.Add(diagnosisLease)), ms(t.now), d.ID).Scan(&takes)
		if err != nil {
			return nil, translate(err)
		}
		if d.BegunAt.IsZero() {
			d.BegunAt = at(ms(t.now))
		}
		t.Wake(watchDiagnosed)
		if takes > mostTakes {
			return nil, t.endDiagnosis(ctx, d.ID, d.GivenUp(mostTakes), setup.Person{})
		}
		return &d, nil
	})
	if err != nil {
		return d, false, fmt.Errorf("next diagnosis: %w", err)
	}
	if taken == nil {
		return d, false, nil
	}
	return *taken, true, nil
}

// RenewDiagnosis keeps a diagnosis for the worker that is at it. ErrFenced if it is not
// the worker's any more: another one took it, or a person stopped it.
func (s *Store) RenewDiagnosis(ctx context.Context, by, id string) error {
	err := s.write(ctx, func(t *tx) error {
		return t.held(ctx, `UPDATE diagnoses SET lease_until = $1 WHERE id = $2 AND lease_by = $3 AND done_at = 0`, ms(t.now.Add(diagnosisLease)), id, by)
	})
	if err != nil {
		return fmt.Errorf("renew diagnosis %s: %w", id, err)
	}
	return nil
}

// held carries out an update of what a worker holds, or says ErrFenced.
func (t *tx) held(ctx context.Context, query string, args ...any) error {
	n, err := t.exec(ctx, query, args...)
	if err == nil && n == 0 {
		err = ErrFenced
	}
	return err
}

// SaveDiagnosis stores what a diagnosis has seen so far, and renews the lease. ErrFenced
// as in RenewDiagnosis.
func (s *Store) SaveDiagnosis(ctx context.Context, by, id string, b setup.DiagnosisBody) error {
	body, err := boundedBody(b) // it takes long for a long one, so nobody waits for it in a transaction
	if err != nil {
		return fmt.Errorf("save what diagnosis %s saw: %w", id, err)
	}
	err = s.write(ctx, func(t *tx) error {
		t.Wake(watchDiagnosed)
		return t.held(ctx, `UPDATE diagnoses SET body = $1, lease_until = $2 WHERE id = $3 AND lease_by = $4 AND done_at = 0`,
			body, ms(t.now.Add(diagnosisLease)), id, by)
	})
	if err != nil {
		return fmt.Errorf("save what diagnosis %s saw: %w", id, err)
	}
	return nil
}

// FinishDiagnosis stores what a diagnosis came to. ErrFenced as in RenewDiagnosis.
func (s *Store) FinishDiagnosis(ctx context.Context, by, id string, b setup.DiagnosisBody) error {
	body, err := boundedBody(b) // before the transaction, as in SaveDiagnosis
	if err != nil {
		return fmt.Errorf("finish diagnosis %s: %w", id, err)
	}
	err = s.write(ctx, func(t *tx) error {
		if err := t.held(ctx, `UPDATE diagnoses SET lease_until = lease_until WHERE id = $1 AND lease_by = $2 AND done_at = 0`, id, by); err != nil {
			return err
		}
		return t.storeEnd(ctx, id, b, body, setup.Person{})
	})
	if err != nil {
		return fmt.Errorf("finish diagnosis %s: %w", id, err)
	}
	return nil
}

// StopDiagnosis ends a diagnosis for a person; what was seen so far stays. One that has
// ended already is left as it is.
func (s *Store) StopDiagnosis(ctx context.Context, id, by string) error {
	err := s.write(ctx, func(t *tx) error {
		if err := t.one(ctx, `UPDATE diagnoses SET lease_until = lease_until WHERE id = $1`, id); err != nil { // the worker waits
			return err
		}
		d, err := scanDiagnosis(t.QueryRowContext(ctx, `SELECT `+diagnosisColumns+` FROM diagnoses WHERE id = $1`, id))
		if err != nil || !d.Open() {
			return err
		}
		b := d.Stopped()
		if !d.BegunAt.IsZero() {
			b.Took = max(t.now.Sub(d.BegunAt), 0)
		}
		return t.endDiagnosis(ctx, id, b, personOf(ctx, by))
	})
	s.typed.drop(id)
	if err != nil {
		return fmt.Errorf("stop diagnosis %s: %w", id, err)
	}
	return nil
}

// endDiagnosis writes the end of a diagnosis that the transaction holds. What it says
// is short, or was stored before.
func (t *tx) endDiagnosis(ctx context.Context, id string, b setup.DiagnosisBody, by setup.Person) error {
	body, err := boundedBody(b)
	if err != nil {
		return err
	}
	return t.storeEnd(ctx, id, b, body, by)
}

// storeEnd is endDiagnosis with the body as it is kept.
func (t *tx) storeEnd(ctx context.Context, id string, b setup.DiagnosisBody, body string, by setup.Person) error {
	t.Wake(watchDiagnosed)
	return t.one(ctx, `
		UPDATE diagnoses SET done_at = $1, verdict = $2, head = $3, text = $4, body = $5, stopped_by = $6, stopped_by_id = $7, lease_by = '', lease_until = 0
		WHERE id = $8 AND done_at = 0`,
		ms(t.now), string(b.Verdict), setup.Clip(b.Head, longestHead), setup.Clip(b.Text, longestText), body, by.Name, by.ID, id)
}

// FreeDiagnoses gives back the diagnoses that a worker was at. They are begun anew, and
// that it was told to end counts as no try.
func (s *Store) FreeDiagnoses(ctx context.Context, by string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE diagnoses SET lease_by = '', lease_until = 0, takes = takes - 1 WHERE lease_by = $1`, by)
		t.Wake(watchDiagnoses)
		return err
	})
}

// WatchDiagnoses wakes the caller when a diagnosis was asked for.
func (s *Store) WatchDiagnoses() (asked <-chan struct{}, stop func()) { return s.Watch(watchDiagnoses) }

// WatchDiagnosed wakes the caller when any diagnosis has seen something, or ended.
func (s *Store) WatchDiagnosed() (changed <-chan struct{}, stop func()) {
	return s.Watch(watchDiagnosed)
}
