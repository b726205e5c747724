package handlerstest

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"apifront/store"
)

// bells is a store.Bell that remembers the last bell of each step.
type bells struct {
	mu   sync.Mutex
	last int64
	row  map[int64]int64
	low  int64
}

func (b *bells) Ring(_ context.Context, _ *sql.Tx, due store.Due, _ time.Duration) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	b.row[due.ID] = b.last
	if b.low == 0 || due.ID < b.low {
		b.low = due.ID
	}
	return b.last, nil
}

func (b *bells) Cancel(context.Context, *sql.Tx, int64) error { return nil }

func (b *bells) bell(row int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.row[row]
}
