package store

import (
	"context"
	"errors"
	"fmt"

	"apifront/store/db"
)

// AuditState is what verifying found of a trail that is whole.
type AuditState struct {
	Lines int64
	Head  string // hash of the last line, to be kept outside; "" without lines
}

// An AuditError says where the trail is not what was written.
type AuditError struct {
	Seq int64 // the first line that is wrong, or that is missing
	Why string
}

// Error says it in a sentence.
func (e *AuditError) Error() string {
	return fmt.Sprintf("the audit trail is broken at line %d: %s", e.Seq, e.Why)
}

// VerifyAudit reads the whole audit trail of a database, also while servers
// work on it, and says whether every line is as it was written and where it was
// written: an *AuditError if not. Whoever can write to the database can also
// make a whole new chain, or take lines off its end and put the counter back;
// that shows only against a head that was kept outside: head is the hash of a
// line that must be there, "" for none.
func VerifyAudit(ctx context.Context, name, head string) (state AuditState, err error) {
	d, err := db.OpenToRead(ctx, name)
	if err != nil {
		return state, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return verifyAudit(ctx, d, head)
}

// verifyAudit checks the chain from its beginning.
func verifyAudit(ctx context.Context, q rowsQuerier, head string) (AuditState, error) {
	var state AuditState
	// The counter first: lines that are written meanwhile only make more.
	counter, err := all(ctx, q, func(row scanner) (n int64, err error) { return n, row.Scan(&n) }, `SELECT COALESCE(MAX(value), 0) FROM counters WHERE name = 'audit'`)
	if err != nil {
		return state, fmt.Errorf("read the counter of the audit trail: %w", err)
	}
	counted := counter[0]
	rows, err := q.QueryContext(ctx, `SELECT `+auditColumns+` FROM audit ORDER BY seq`)
	if err != nil {
		return state, fmt.Errorf("read the audit trail: %w", translate(err))
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	found := head == ""
	for rows.Next() {
		l, err := scanAudit(rows)
		if err != nil {
			return state, &AuditError{state.Lines + 1, "it cannot be read: " + db.OneLine(err)}
		}
		if err := l.follows(state); err != nil {
			return state, err
		}
		state.Lines, state.Head = l.Seq, l.Hash
		found = found || l.Hash == head
	}
	if err := rows.Err(); err != nil {
		return state, fmt.Errorf("read the audit trail: %w", translate(err))
	}
	if state.Lines < counted {
		return state, &AuditError{state.Lines + 1, fmt.Sprintf("it ends here, but %d lines were written", counted)}
	}
	if !found {
		return state, &AuditError{state.Lines + 1, "no line has the hash of --head: the end was cut off, or the chain was written anew, since that head was noted"}
	}
	return state, nil
}

// follows says whether the line is whole and comes after what was read.
func (l AuditLine) follows(before AuditState) error {
	sum, err := l.sum()
	switch {
	case err != nil:
		return err
	case l.Seq != before.Lines+1:
		return &AuditError{before.Lines + 1, fmt.Sprintf("it is missing, line %d comes next", l.Seq)}
	case l.Previous != before.Head:
		return &AuditError{l.Seq, "it does not follow the line before: one of the two was put in, moved or written anew"}
	case l.Hash != sum:
		return &AuditError{l.Seq, "its hash does not fit what it says: it was changed"}
	}
	return nil
}
