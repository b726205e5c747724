package worker

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// River's rows are only doorbells: they vanish at random moments, some or all
// of them, and every job ends all the same, no step is applied twice, and none
// waits much longer than it takes to miss a bell.
func TestLostRowsOfRiverAreRungAgain(t *testing.T) {
	path := bubbleName(t)
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), path)
		must(t, err)
		defer func() { must(t, s.Close()) }()
		c := newTally()
		var list []steps.Step
		for _, id := range []setup.StepID{"first", "left", "right", "last"} {
			list = append(list, takesPerJob(id, map[setup.StepID][]setup.StepID{"left": {"first"}, "right": {"first"}, "last": {"left", "right"}}[id], time.Minute, c))
		}
		w, err := New(testConfig(s, list, nil))
		must(t, err)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		defer func() {
			cancel()
			must(t, <-ended)
		}()
		time.Sleep(time.Second)
		chance := rand.New(rand.NewPCG(5, 5))
		var jobs []int64
		for i := range 6 {
			jobs = append(jobs, startJobOn(t, s, fmt.Sprintf("api%d.example.com", i), list).ID)
		}
		began, lost := time.Now(), int64(0)
		for active := len(jobs); active > 0; {
			if time.Since(began) > time.Hour {
				t.Fatalf("after an hour %d jobs are not over", active)
			}
			time.Sleep(time.Duration(chance.IntN(20_000)) * time.Millisecond)
			sql := `DELETE FROM river_job`
			if chance.IntN(4) > 0 {
				sql += fmt.Sprintf(` WHERE id %% 3 = %d`, chance.IntN(3))
			}
			res, err := s.Writer().ExecContext(t.Context(), sql)
			must(t, err)
			n, err := res.RowsAffected()
			must(t, err)
			lost += n
			active = 0
			for _, id := range jobs {
				j, err := s.Job(t.Context(), id)
				must(t, err)
				if j.State.Active() {
					active++
				} else if j.State != setup.JobSucceeded {
					t.Fatalf("job %d is %s", id, j.State)
				}
			}
		}
		t.Logf("%d rows were lost in %s", lost, time.Since(began))
		for what, n := range c.all() {
			if strings.HasSuffix(what, "applied") && n != 1 {
				t.Errorf("%s %d times", what, n)
			}
		}
		if lost < 20 {
			t.Errorf("only %d rows were lost", lost)
		}
	})
}

// takesPerJob is takes for several jobs at once.
func takesPerJob(id setup.StepID, needs []setup.StepID, busy time.Duration, c *tally) steps.Step {
	var mu sync.Mutex
	jobs := map[int64]steps.Step{}
	of := func(e *steps.Env) steps.Step {
		mu.Lock()
		defer mu.Unlock()
		if _, ok := jobs[e.Job.ID]; !ok {
			jobs[e.Job.ID] = takes(setup.StepID(fmt.Sprintf("%s of job %d", id, e.Job.ID)), nil, busy, c)
		}
		return jobs[e.Job.ID]
	}
	all := takes(id, needs, busy, c)
	all.Observe = func(ctx context.Context, e *steps.Env) (steps.Observation, error) { return of(e).Observe(ctx, e) }
	all.Apply = func(ctx context.Context, e *steps.Env) error { return of(e).Apply(ctx, e) }
	return all
}
