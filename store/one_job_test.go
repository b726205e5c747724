package store

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"apifront/setup"
)

// Two replicas re-run an ended job each, or one re-runs and the other starts,
// on one name at once: one of them is refused and names the other's job.
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
		one, two := draft(t, a, domain).ID, draft(t, a, domain).ID
		first, second := ended(a, one), ended(a, two)
		errs := make(chan error, 2)
		go func() { errs <- a.RerunStep(context.Background(), first, "a", "Ada") }()
		go func() {
			if i%2 == 0 {
				errs <- b.RerunStep(context.Background(), second, "a", "Grace")
				return
			}
			_, err := b.StartJob(context.Background(), NewJob{SetupID: two, Kind: setup.JobApply, By: "Grace", Steps: diamond()})
			errs <- err
		}()
		x, y := <-errs, <-errs
		if x == nil {
			x, y = y, x
		}
		if e, ok := errors.AsType[*ActiveJobError](x); y != nil || !ok || e.Job == 0 {
			t.Errorf("two at once end with %v and %v, want one that names the other's job", x, y)
		}
	}
}
