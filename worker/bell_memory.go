package worker

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"apifront/store"
)

// A MemoryBell is a doorbell without a database, for tests whose time is not
// real. Its bells are forgotten with the process, like a lost bell.
type MemoryBell struct {
	mu     sync.Mutex
	last   int64
	timers map[int64]*time.Timer // by bell
	lines  map[store.DueKind]*memoryLine
	closed bool
}

// A memoryLine is what rang of one kind and is not answered yet.
type memoryLine struct {
	due  []memoryRing
	more chan struct{} // something is due
}

// memoryRing is a bell that rang.
type memoryRing struct {
	due  store.Due
	bell int64
}

// NewMemoryBell is a bell that nobody answers yet.
func NewMemoryBell() *MemoryBell {
	return &MemoryBell{timers: map[int64]*time.Timer{}, lines: map[store.DueKind]*memoryLine{}}
}

// Ring implements store.Bell. It may ring before the commit. On SQLite the
// claim then waits for the writing connection; in a bubble on PostgreSQL no
// time goes by while the transaction is under way. A bell of a transaction
// that failed is stale.
func (m *MemoryBell) Ring(_ context.Context, _ *sql.Tx, due store.Due, in time.Duration) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	// The numbers begin at the time, so that a bell of an earlier process is not
	// taken for one of this process.
	m.last = max(m.last+1, time.Now().UnixMicro())
	m.order(memoryRing{due, m.last}, in)
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
		l := m.line(r.due.Kind)
		l.due = append(l.due, r)
		select {
		case l.more <- struct{}{}:
		default:
		}
	})
}

// line is the line of a kind. The caller holds mu.
func (m *MemoryBell) line(kind store.DueKind) *memoryLine {
	if m.lines[kind] == nil {
		m.lines[kind] = &memoryLine{more: make(chan struct{}, 1)}
	}
	return m.lines[kind]
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
func (m *MemoryBell) Run(ctx context.Context, answers map[store.DueKind]Answer) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var lines, group sync.WaitGroup
	for kind, answer := range answers {
		m.mu.Lock()
		l := m.line(kind)
		m.mu.Unlock()
		lines.Go(func() { m.serve(ctx, work, l, answer, &group) })
	}
	lines.Wait()
	m.close()
	hard := time.AfterFunc(stopAfter, cancel)
	defer hard.Stop()
	group.Wait()
	return nil
}

// serve answers the bells of a line until ctx ends. Answers get work, and are
// counted in the group.
func (m *MemoryBell) serve(ctx, work context.Context, l *memoryLine, answer Answer, group *sync.WaitGroup) {
	slots := make(chan struct{}, passesAtOnce)
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			return
		case slots <- struct{}{}:
		}
		r, ok := m.next(ctx, l)
		if !ok {
			return
		}
		group.Go(func() {
			defer func() { <-slots }()
			again, err := answer(work, r.due.ID, r.bell)
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
}

// next waits for a bell and takes the one that rang first; false: ctx has ended.
func (m *MemoryBell) next(ctx context.Context, l *memoryLine) (memoryRing, bool) {
	for {
		m.mu.Lock()
		if len(l.due) > 0 {
			r := l.due[0]
			l.due = l.due[1:]
			m.mu.Unlock()
			return r, true
		}
		m.mu.Unlock()
		select {
		case <-ctx.Done():
			return memoryRing{}, false
		case <-l.more:
		}
	}
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
