package worker

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"apifront/setup"
	"apifront/steps"
)

// A said is a log that is kept, by message.
type said struct {
	mu sync.Mutex
	n  map[string]int
}

func (s *said) Enabled(context.Context, slog.Level) bool { return true }
func (s *said) WithAttrs([]slog.Attr) slog.Handler       { return s }
func (s *said) WithGroup(string) slog.Handler            { return s }

func (s *said) Handle(_ context.Context, r slog.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n == nil {
		s.n = map[string]int{}
	}
	msg := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "err" {
			msg += ": " + a.Value.String()
		}
		if a.Key == "what" {
			msg += ": " + a.Value.String()
		}
		return true
	})
	s.n[msg]++
	return nil
}

// times is how often something was said that contains the text.
func (s *said) times(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for msg, times := range s.n {
		if strings.Contains(msg, text) {
			n += times
		}
	}
	return n
}

// A database that does not answer ends each sweep. That is said once, and once
// that it is over; then the work goes on.
func TestASweepEndsWhereTheDatabaseHangs(t *testing.T) {
	list := []steps.Step{says("one", nil, steps.Ready)}
	log := &said{}
	bubbleLog(t, list, log, func(r *rig) {
		time.Sleep(time.Second) // the worker has set its own bell
		r.store.SetBell(deafBell{})
		job := startJob(r.t, r.store, list).ID
		r.store.SetBell(r.bell)
		hang, err := r.store.Writer().BeginTx(r.t.Context(), nil) // the only connection that writes
		must(r.t, err)
		_, err = hang.ExecContext(r.t.Context(), `UPDATE jobs SET seq = seq`)
		must(r.t, err)
		time.Sleep(10 * time.Minute)
		if n := log.times("ERROR looking for lost bells failed: the database cannot be written: it does not answer"); n != 1 {
			r.t.Errorf("in ten minutes it was said %d times that the database does not answer: %v", n, log.n)
		}
		must(r.t, hang.Rollback())
		time.Sleep(2 * sweepEvery)
		until(r.t, r.store, job, setup.JobSucceeded)
		if n := log.times("INFO what failed works again: looking for lost bells failed"); n != 1 {
			r.t.Errorf("it was said %d times that the database answers again", n)
		}
		if n := log.times("ERROR"); n != 1 {
			r.t.Errorf("what was said: %v", log.n)
		}
	})
}
