package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"apifront/setup"
	"apifront/store"
)

// seldomEvery is how often the log says that something still fails.
const seldomEvery = time.Minute

// A seldom keeps one trouble from filling the log: on a full disk everything
// fails again every few seconds, and the log may be on that disk.
type seldom struct {
	mu   sync.Mutex
	last map[string]time.Time // by message
}

// now says whether a message is to be logged.
func (s *seldom) now(msg string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, ok := s.last[msg]; ok && time.Since(last) < seldomEvery {
		return false
	}
	if s.last == nil {
		s.last = map[string]time.Time{}
	}
	s.last[msg] = time.Now()
	return true
}

// storeFailed logs that the store did not do what it should.
func (w *Worker) storeFailed(ctx context.Context, msg string, err error, attrs ...slog.Attr) {
	if errors.Is(err, store.ErrStorage) && !w.seldom.now(msg) {
		return
	}
	w.Log.LogAttrs(ctx, slog.LevelError, msg, append(attrs, slog.Any("err", err))...) //nolint:sloglint // the callers' messages are static
}

// failing is which of the things that the worker does again and again fail at
// present, by the message of the log that said so.
type failing struct {
	mu  sync.Mutex
	now map[string]bool
}

// troubled takes how a thing ended that the worker does again and again; nil:
// well. It logs once that the thing fails, and once that it works again.
func (w *Worker) troubled(ctx context.Context, msg string, err error) {
	if ctx.Err() != nil {
		return // it was stopped
	}
	w.fails.mu.Lock()
	defer w.fails.mu.Unlock()
	switch {
	case err != nil && !w.fails.now[msg]:
		if w.fails.now == nil {
			w.fails.now = map[string]bool{}
		}
		w.fails.now[msg] = true
		w.Log.LogAttrs(ctx, slog.LevelError, msg, slog.Any("err", err)) //nolint:sloglint // the callers' messages are static
	case err == nil && w.fails.now[msg]:
		delete(w.fails.now, msg)
		w.Log.InfoContext(ctx, "what failed works again", "what", msg)
	}
}

// silent returns err. If the time of ctx was over, it makes it an ErrSilent: the
// database does not answer.
func silent(ctx context.Context, err error) error {
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", store.ErrSilent, err)
	}
	return err
}

// mostLate is how many calls are kept for a database that takes nothing. A pass
// begins only when its claim is stored, so there are few.
const mostLate = 1000

// A lateLedger is calls that were made and could not be recorded.
type lateLedger struct {
	mu    sync.Mutex
	calls []setup.Call
}

func (l *lateLedger) add(c setup.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) < mostLate {
		l.calls = append(l.calls, c)
	}
}

func (l *lateLedger) take() []setup.Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	calls := l.calls
	l.calls = nil
	return calls
}

// recordCall writes a call into the ledger. If the database takes nothing now,
// recordLate does it later.
func (w *Worker) recordCall(ctx context.Context, c setup.Call) {
	err := silent(ctx, w.Store.RecordCall(ctx, c))
	if errors.Is(err, store.ErrStorage) {
		w.late.add(c)
	}
	if err != nil {
		w.storeFailed(ctx, "a call could not be recorded", err, slog.Int64("job", c.JobID), slog.String("step", string(c.StepID)))
	}
}

// recordLate writes what recordCall could not. What still cannot be written
// waits on.
func (w *Worker) recordLate(ctx context.Context) {
	for _, c := range w.late.take() {
		w.recordCall(ctx, c)
	}
}
