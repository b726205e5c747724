package worker

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

// A MemoryBell is a doorbell without a database, for tests whose time is not
// real. Its bells are forgotten with the process, like a lost bell.
type MemoryBell struct {
	mu     sync.Mutex
	last   int64
	timers map[int64]*time.Timer // by bell
	due    []memoryRing
	more   chan struct{} // something is due
	closed bool
}

// memoryRing is a bell that rang.
type memoryRing struct{ step, bell int64 }

// NewMemoryBell is a bell that nobody answers yet.
func NewMemoryBell() *MemoryBell {
	return &MemoryBell{timers: map[int64]*time.Timer{}, more: make(chan struct{}, 1)}
}

// Ring implements store.Bell. It may ring before the commit. On SQLite the
// claim then waits for the writing connection; in a bubble on PostgreSQL no
// time goes by while the transaction is under way. A bell of a transaction
// that failed is stale.
func (m *MemoryBell) Ring(_ context.Context, _ *sql.Tx, step int64, in time.Duration) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	// Bells of another process's life must not be taken for one of this: the
	// numbers begin at the time.
	m.last = max(m.last+1, time.Now().UnixMicro())
	m.order(memoryRing{step, m.last}, in)
	return m.last, nil
}

// order rings after d. The caller holds mu.
func (m *MemoryBell) order(r memoryRing, d time.Duration) {
	if m.closed {
		return
	}
	m.timers[r.bell] = time.AfterFunc(max(d, time.Nanosecond), func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if _, ok := m.timers[r.bell]; !ok || m.closed {
			return
		}
		delete(m.timers, r.bell)
		m.due = append(m.due, r)
		m.wake()
	})
}

func (m *MemoryBell) wake() {
	select {
	case m.more <- struct{}{}:
	default:
	}
}

// Cancel implements store.Bell.
func (m *MemoryBell) Cancel(_ context.Context, _ *sql.Tx, bell int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t, ok := m.timers[bell]; ok {
		t.Stop()
		delete(m.timers, bell)
	}
	return nil
}

// Run implements Doorbell.
func (m *MemoryBell) Run(ctx context.Context, answer Answer) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	slots := make(chan struct{}, passesAtOnce)
	var group sync.WaitGroup
	for ctx.Err() == nil {
		r, ok := m.next()
		if !ok {
			select {
			case <-ctx.Done():
			case <-m.more:
			}
			continue
		}
		select {
		case <-ctx.Done():
			continue
		case slots <- struct{}{}:
		}
		group.Go(func() {
			defer func() { <-slots }()
			again, err := answer(work, r.step, r.bell)
			if err != nil {
				again = 2 * time.Second
			}
			if again > 0 {
				m.mu.Lock()
				defer m.mu.Unlock()
				m.order(r, again)
			}
		})
	}
	m.close()
	hard := time.AfterFunc(stopAfter, cancel)
	defer hard.Stop()
	group.Wait()
	return nil
}

// next takes the oldest bell that rang.
func (m *MemoryBell) next() (memoryRing, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.due) == 0 {
		return memoryRing{}, false
	}
	r := m.due[0]
	m.due = m.due[1:]
	return r, true
}

// close forgets every bell.
func (m *MemoryBell) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	for id, t := range m.timers {
		t.Stop()
		delete(m.timers, id)
	}
}
