package store

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"apifront/setup"
)

// Two replicas re-run an ended job each, or one re-runs the newest and the other
// starts, on one name at once: one of them is refused and names the other's job.
// Of two ended jobs it is the older one.
func TestTwoRerunsOfOneNameAtOnce(t *testing.T) {
	name := onPostgres(t)
	a, b := replica(t, name), replica(t, name)
	ended := func(s *Store, setupID string) int64 {
		job := start(t, s, setupID)
		must(t, s.CancelJob(t.Context(), job, "Ada"))
		return job
	}
	for i := range 12 {
		domain := fmt.Sprintf("n%d.example.com", i)
		one := draft(t, a, domain).ID
		first, second := ended(a, one), ended(a, one)
		again, newest := first, false // even: a re-run of the older job beside one of the newer
		if i%2 == 1 {
			again, newest = second, true // odd: a re-run of the newest job beside a start
		}
		errs := make(chan error, 2)
		go func() { errs <- a.RerunStep(context.Background(), again, "a", "Ada") }()
		go func() {
			if i%2 == 0 {
				errs <- b.RerunStep(context.Background(), second, "a", "Grace")
				return
			}
			_, err := b.StartJob(context.Background(), NewJob{SetupID: one, Kind: setup.JobApply, By: "Grace", Steps: diamond()})
			errs <- err
		}()
		x, y := <-errs, <-errs
		if x == nil {
			x, y = y, x
		}
		active, isActive := errors.AsType[*ActiveJobError](x)
		later, isLater := errors.AsType[*LaterJobError](x)
		named := isActive && active.Job != 0 || !newest && isLater && later.Job == second
		if y != nil || !named {
			t.Errorf("two at once end with %v and %v, want one that names the other's job", x, y)
		}
		if j, err := a.Job(t.Context(), first); !newest && (err != nil || j.State != setup.JobCancelled) {
			t.Errorf("the older job is %s, %v: it was tried again beside the newer one", j.State, err)
		}
	}
}
