package worker_test

import (
	"slices"
	"testing"
	"time"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
	"apifront/worker"
)

// The checks that somebody orders for many setups at once are made one each, at the pace
// that is set, over a restart, whether or not setups are checked by schedule.
func TestChecksOfManyKeepThePace(t *testing.T) {
	const setups, perMinute = 24, 4
	inPacedWorld(t, quickPace(), func(w *world) {
		w.stop()
		w.other = func(c *worker.Config) {
			c.ChecksPerMinute = perMinute
			c.Steps = func(k setup.JobKind) []steps.Step { return steps.For(k)[:1] }
		}
		w.start()
		ids := w.many(setups)
		_, err := w.store.Writer().ExecContext(w.t.Context(), `UPDATE schedules SET every = 0, next_at = 0`)
		must(t, err)
		time.Sleep(time.Hour) // at rest
		began := time.Now()
		o, err := w.store.AskChecks(w.t.Context(), store.SetupFilter{Query: "n"}, "Ada")
		must(t, err)
		if o.Asked < setups {
			t.Fatalf("ordered: %+v", o)
		}
		time.Sleep(2 * time.Minute)
		w.stop()
		w.start()
		time.Sleep(time.Duration(setups/perMinute+3) * time.Minute)
		var begun []time.Time
		for _, id := range ids {
			n := 0
			for _, c := range w.checks(setup.Setup{ID: id}) {
				if c.Reason == setup.CheckBySchedule {
					continue // before it was off
				}
				if c.Reason != setup.CheckOfMany || c.By.Name != "Ada" || c.Open() || c.Result != setup.CheckHealthy {
					t.Errorf("a check: %+v", c)
				}
				begun = append(begun, c.BegunAt)
				n++
			}
			if n != 1 {
				t.Errorf("%s was checked %d times", id, n)
			}
		}
		bounded(t, "checks", begun, perMinute)
		slices.SortFunc(begun, time.Time.Compare)
		if first := begun[0].Sub(began); first > time.Minute/perMinute {
			t.Errorf("the first began after %s", first)
		}
	})
}
