package store

import (
	"context"
	"fmt"
	"time"
)

// Due is what a bell rings for.
type Due struct {
	Kind DueKind
	ID   int64 // of the row in the table of that kind
}

// A DueKind is a table whose rows a bell may ring for. Each kind waits in a line
// of its own, so that slow things of one kind hold up no other.
type DueKind string

// DueStep is a row of steps.
const DueStep DueKind = "step"

// bellBatch is how many bells one transaction orders.
const bellBatch = 200

// lateAtStart is how late a bell must be to be taken for lost when a process
// starts.
const lateAtStart = 30 * time.Second

// RingAll is called by a process that starts. On SQLite it is the only process:
// it ends leases that a dead process left, and orders a bell for every step that
// is to be looked at, at its time. On PostgreSQL other processes may work on the
// database, and their bells stand; it does only what RingOverdue does. It
// returns how many bells it ordered.
func (s *Store) RingAll(ctx context.Context) (int, error) {
	if s.Postgres() {
		return s.RingOverdue(ctx, lateAtStart)
	}
	if err := s.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE steps SET lease_until = 0 WHERE lease_until > 0`)
		if err == nil {
			_, err = t.exec(ctx, `UPDATE looks SET lease_by = '', lease_until = 0 WHERE lease_until > 0`)
		}
		return err
	}); err != nil {
		return 0, fmt.Errorf("end leases: %w", err)
	}
	return s.ringWhere(ctx, `p.next_at > 0`)
}

// RingOverdue orders a bell for every step that nobody is at although somebody
// should be: its worker died, or its bell was never ordered, or its bell is late
// by more than grace and taken for lost. It does so too for a step whose times
// are of a clock that was ahead. It returns how many bells it ordered.
func (s *Store) RingOverdue(ctx context.Context, grace time.Duration) (int, error) {
	now := s.Now()
	// The sums with 0 keep SQLite from comparing these values with the 0 in the condition of
	// the index: it would plan the statement anew for each value. PostgreSQL would take $6
	// for a 32-bit number, like the 0.
	return s.ringWhere(ctx, `p.next_at > 0 AND (
		(p.lease_until > 0 AND p.lease_until < $2)
		OR p.lease_until > $4
		OR (p.lease_until = 0 AND p.bell = 0 AND p.next_at <= $2)
		OR (p.lease_until = 0 AND p.next_at < $3)
		OR (p.lease_until = 0 AND p.next_at > $2 + 0 AND (p.checked_at > $5 OR p.next_at > CAST($6 AS BIGINT) + 0)))`,
		ms(now), ms(now.Add(-grace)), ms(now.Add(longestLease)), ms(now.Add(clockSlack)), ms(now.Add(LongestWait+clockSlack)))
}

// ringWhere rings in batches, in the order of the steps. The condition's
// arguments are numbered from $2.
func (s *Store) ringWhere(ctx context.Context, where string, args ...any) (int, error) {
	total, after := 0, int64(0)
	for {
		list, err := all(ctx, s.reader, scanStepRow, `
			SELECT `+stepColumns+` FROM steps p WHERE p.id > $1 AND `+where+
			fmt.Sprintf(` ORDER BY p.id LIMIT %d`, bellBatch), append([]any{after}, args...)...)
		if err != nil {
			return total, fmt.Errorf("steps to ring for: %w", err)
		}
		if len(list) == 0 {
			return total, nil
		}
		after = list[len(list)-1].id
		rung, err := write(ctx, s, func(t *tx) (int, error) {
			rung := 0
			for _, old := range list {
				r, err := t.lockStep(ctx, old.id)
				if err != nil {
					return 0, err
				}
				if r.nextAt == 0 || r.bell != old.bell || r.epoch != old.epoch {
					continue // somebody was quicker
				}
				when := at(max(r.nextAt, ms(t.now))) // a late bell has its grace anew
				if r.ahead(ms(t.now)) {
					when = at(ms(t.now))
				}
				r.adjust(ms(t.now)) // the time it was due is not known any more after this
				if r.leaseUntil > ms(t.now) && !r.held(ms(t.now)) {
					r.leaseUntil = 0 // nobody's, or Renew makes it anew
				}
				err = t.one(ctx, `UPDATE steps SET pending_since = $1, turn_since = $2, lease_until = $3 WHERE id = $4`, r.pendingSince, r.turnSince, r.leaseUntil, r.id)
				if err != nil {
					return 0, err
				}
				if err := t.ring(ctx, r, when); err != nil {
					return 0, err
				}
				rung++
			}
			return rung, nil
		})
		if err != nil {
			return total, fmt.Errorf("ring: %w", err)
		}
		total += rung
	}
}
