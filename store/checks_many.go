package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"apifront/setup"
)

// An Ordered is what became of an order to check many setups.
type Ordered struct {
	Asked int // a check of them waits for its turn now
	Busy  int // a check was ordered already, or looks just now
	None  int // nothing is to be checked: a job is at work, or not everything is in place
}

// rowsOfChecks is how many checks one statement stores.
const rowsOfChecks = 100

// AskChecks orders a check of each setup of the filter, whatever its Limit and Offset,
// for a person. They begin one after the other, at the pace of the checks by schedule and
// in their line. What is ordered already is not ordered twice.
func (s *Store) AskChecks(ctx context.Context, f SetupFilter, by string) (Ordered, error) {
	o, err := write(ctx, s, func(t *tx) (o Ordered, err error) {
		list, err := t.lockSetups(ctx, f)
		if err != nil {
			return o, err
		}
		var asked []orderable
		for _, v := range list {
			switch {
			case !v.state.Checked():
				o.None++
			case v.open:
				o.Busy++
			default:
				asked = append(asked, v)
			}
		}
		o.Asked = len(asked)
		person := personOf(ctx, by)
		for some := range slices.Chunk(asked, rowsOfChecks) {
			if err := t.insertChecks(ctx, some, person); err != nil {
				return o, err
			}
		}
		if o.Asked > 0 {
			t.Wake(watchMany)
		}
		return o, nil
	})
	if err != nil {
		return o, fmt.Errorf("order checks of setups: %w", err)
	}
	return o, nil
}

// An orderable is a setup of which a check may be ordered.
type orderable struct {
	id       string
	revision int
	state    setup.StateID
	open     bool // a check of it is open
}

// lockSetups takes the rows of the setups of a filter until the end of the transaction,
// and returns how they are then, by ID.
func (t *tx) lockSetups(ctx context.Context, f SetupFilter) ([]orderable, error) {
	where, args := f.where(t.now)
	first, last := f.ranks()
	n := len(args)
	args = append(args, first, last)
	query := fmt.Sprintf(`
		SELECT s.id, s.revision, COALESCE(st.state, ''), (SELECT COUNT(*) FROM checks c WHERE c.setup_id = s.id AND c.done_at = 0)
		%s WHERE %s AND %s BETWEEN $%d AND $%d ORDER BY s.id`, setupsJoined, where, setupRank, n+1, n+2)
	read := func(end string) ([]orderable, error) {
		return all(ctx, t, func(row scanner) (v orderable, err error) {
			var state string
			var open int
			err = row.Scan(&v.id, &v.revision, &state, &open)
			v.state, v.open = setup.StateID(state), open > 0
			return v, err
		}, query+end, args...)
	}
	if !t.postgres { // there is one writer
		return read("")
	}
	locked, err := read(" FOR UPDATE OF s")
	if err != nil {
		return nil, err
	}
	list, err := read("") // what had changed them before they were locked counts
	return slices.DeleteFunc(list, func(v orderable) bool {
		_, found := slices.BinarySearchFunc(locked, v.id, func(l orderable, id string) int { return strings.Compare(l.id, id) })
		return !found
	}), err
}

// insertChecks stores checks of setups none of which has an open one.
func (t *tx) insertChecks(ctx context.Context, list []orderable, by setup.Person) error {
	args := []any{string(setup.CheckByPerson), by.Name, by.ID, ms(t.now)}
	var rows []string
	for _, v := range list {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("name a check: %w", err)
		}
		n := len(args)
		rows = append(rows, fmt.Sprintf(`($%d, $%d, $%d, $1, $2, $3, $4, $4, 0, '', '', '', 0, '', '', 0, 1, 0, 1)`, n+1, n+2, n+3))
		args = append(args, id.String(), v.id, v.revision)
	}
	_, err := t.exec(ctx, `
		INSERT INTO checks (id, setup_id, revision, reason, asked_by, asked_by_id, asked_at, due_at, done_at, result, sight, problem, findings, lines, lease_by, lease_until, times, first_at, many)
		VALUES `+strings.Join(rows, ", "), args...)
	return err
}

// waiting is the condition that a check was ordered with many others and waits for its
// turn. Its arguments are now, and how far into the future a lease may reach.
const waiting = `c.done_at = 0 AND c.many = 1 AND (c.lease_until < $%d OR c.lease_until > $%d)`

// nextOfMany is the setup whose check has waited longest of those that were ordered with
// many others; "": none.
func (t *tx) nextOfMany(ctx context.Context) (string, error) {
	list, err := all(ctx, t, func(row scanner) (id string, err error) { return id, row.Scan(&id) },
		fmt.Sprintf(`SELECT c.setup_id FROM checks c WHERE `+waiting+` ORDER BY c.due_at, c.id LIMIT 1`, 1, 2), ms(t.now), ms(t.now.Add(longestLease)))
	if err != nil || len(list) == 0 {
		return "", err
	}
	return list[0], nil
}

// takeOfMany gives the check of a setup that was ordered with many others to the worker
// by. It is nil if there is none that waits any more.
func (t *tx) takeOfMany(ctx context.Context, by, setupID string) (*CheckPass, error) {
	v, err := t.lockSetup(ctx, setupID)
	if err != nil {
		return nil, err
	}
	list, err := all(ctx, t, scanCheck, fmt.Sprintf(`SELECT `+checkColumns+` FROM checks c WHERE c.setup_id = $3 AND `+waiting, 1, 2),
		ms(t.now), ms(t.now.Add(longestLease)), v.ID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	f, err := t.facts(ctx, v)
	if err != nil {
		return nil, err
	}
	return t.takeCheck(ctx, by, list[0], v, f)
}

// WatchManyChecks wakes the caller when checks of many setups were ordered.
func (s *Store) WatchManyChecks() (ordered <-chan struct{}, stop func()) {
	return s.Watch(watchMany)
}
