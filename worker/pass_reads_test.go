package worker

import (
	"path/filepath"
	"testing"
	"time"

	"apifront/steps"
	"apifront/store"
)

// A pass reads the times of earlier jobs once at the most, and only where it needs them:
// before the first look of a step, and where AWS is at it.
func TestAPassReadsTimesOnce(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for _, c := range []struct {
		name    string
		state   steps.State
		attempt int
		pending bool // AWS was at it before
		want    int64
	}{
		{"a first look, and AWS is at it", steps.Pending, 1, false, 1},
		{"a first look, and it is ready", steps.Ready, 1, false, 1},
		{"a later look, and AWS is at it", steps.Pending, 1, true, 1},
		{"a later look, and it is ready", steps.Ready, 1, true, 0},
		{"a second attempt, and AWS is at it", steps.Pending, 2, false, 1},
		{"a second attempt, and it is ready", steps.Ready, 2, false, 0},
	} {
		list := []steps.Step{says("a", nil, c.state)}
		s, err := store.Open(ctx, filepath.Join(t.TempDir(), "db"))
		must(t, err)
		w, err := New(testConfig(s, list, NewMemoryBell()))
		must(t, err)
		startJob(t, s, list)
		var row, bell int64
		must(t, s.Writer().QueryRowContext(ctx, `SELECT id, bell FROM steps`).Scan(&row, &bell))
		p, _, err := s.Claim(ctx, row, bell, time.Minute)
		must(t, err)
		if p == nil {
			t.Fatal("the step cannot be claimed")
		}
		p.Step.Attempt, p.PendingSince = c.attempt, time.Time{}
		if c.pending {
			p.PendingSince = time.Now()
		}
		reads := func(do func()) int64 {
			before, _ := s.Asked()
			do()
			after, _ := s.Asked()
			return after - before
		}
		times := reads(func() { w.times(ctx, p) })
		env := reads(func() {
			_, err := w.passEnv(ctx, p)
			must(t, err)
		})
		got := reads(func() {
			_, err := w.pass(ctx, p)
			must(t, err)
		})
		if times != 1 || got-env != c.want {
			t.Errorf("%s: the times are read %d times, want %d", c.name, got-env, c.want)
		}
		must(t, s.Close())
	}
}
