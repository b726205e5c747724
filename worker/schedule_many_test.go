package worker_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
	"apifront/worker"
)

// manyScale is how many setups are watched, for how many days, and at how many checks
// a minute. With APIFRONT_LAWS=all it is what a large team has; else a part of it, whose
// bound is as close.
func manyScale(t *testing.T) (setups, days, perMinute int) {
	if sampleEvery(t) == 1 {
		return 2000, 7, worker.ChecksPerMinute
	}
	return 180, 1, 3
}

// Many setups that come at once are checked at a bounded pace, spread over the
// interval, and none is missed by more than a quarter of it, over two restarts of which
// one is a death. After a night without a server each is checked once, at the same
// pace. The memory stays as it is.
//
// Store, schedule, claims, leases, restarts and the calls to AWS are real; a check is
// that of the first step alone, which asks who the caller is, so that many of them take
// little time.
func TestManySetupsAreCheckedInTime(t *testing.T) {
	if underRace {
		t.Skip("two simulated days take minutes under the race detector; .ci/run runs this test without it")
	}
	setups, days, perMinute := manyScale(t)
	inPacedWorld(t, quickPace(), func(w *world) {
		w.stop()
		w.other = func(c *worker.Config) {
			c.ChecksPerMinute = perMinute
			c.Steps = func(k setup.JobKind) []steps.Step { return steps.For(k)[:1] }
		}
		w.start()
		ids := w.many(setups)
		began := time.Now()
		asked := func(c setup.Checkup) time.Time { return c.AskedAt }
		checked := func(when func(setup.Checkup) time.Time) (all [][]time.Time) { // the checks of each
			for _, id := range ids {
				var at []time.Time
				for _, c := range w.checks(setup.Setup{ID: id}) {
					if c.Reason != setup.CheckBySchedule || !c.Open() && c.Result != setup.CheckHealthy || len(c.Lines) > 0 {
						w.t.Fatalf("a check by schedule: %+v", c)
					}
					at = append(at, when(c))
				}
				all = append(all, at)
			}
			return all
		}
		calls, busy := 0, 0    // in all, and within a minute at most
		var lately []time.Time // calls
		var heap []uint64
		live := func(d time.Duration) {
			for end := time.Now().Add(d); time.Now().Before(end); {
				time.Sleep(min(time.Hour, time.Until(end)))
				lately = slices.DeleteFunc(lately, func(t time.Time) bool { return time.Since(t) > 2*time.Hour })
				for _, c := range w.sim.Calls() {
					lately = append(lately, c.At)
					calls++
				}
				w.sim.ForgetCalls()
				busy = max(busy, most(lately, time.Minute))
			}
		}
		day := 24 * time.Hour
		for range days {
			live(day / 3)
			if len(heap) == 0 {
				heap = append(heap, heapInUse())
			}
			if len(heap) == 1 { // asked to stop, and killed in the middle of a call
				w.stop()
				live(5 * time.Minute)
				w.start()
				live(day / 3)
				w.wire.endAt(stop{w.wire.count() + 1, stopBefore})
				<-w.wire.end
				w.stop()
				live(2 * time.Minute)
				w.start()
				live(day/3 - 7*time.Minute)
			} else {
				live(day * 2 / 3)
			}
			heap = append(heap, heapInUse())
		}
		var all []time.Time
		backlog := time.Minute*time.Duration(setups)/time.Duration(perMinute)*21/20 + time.Minute // a look takes a moment
		// A check is due at most a quarter of the interval later than it could be. It then waits
		// for its turn in the pace, and takes a moment.
		const latest = setup.CheckUsually*5/4 + time.Minute
		for i, at := range checked(asked) {
			if len(at) == 0 || at[0].Sub(began) > backlog {
				w.t.Fatalf("setup %d came, and was first checked %v", i, at)
			}
			for j := 1; j < len(at); j++ {
				if apart := at[j].Sub(at[j-1]); apart > latest || apart < setup.CheckUsually/4 && j > 1 {
					w.t.Errorf("setup %d was checked %s after the check before", i, apart)
				}
			}
			if last := time.Since(at[len(at)-1]); last > latest {
				w.t.Errorf("setup %d was last checked %s ago", i, last)
			}
			all = append(all, at...)
		}
		bounded(w.t, "checks", all, perMinute)
		if limit := (perMinute + 1) * (calls + len(all) - 1) / len(all); busy > limit {
			w.t.Errorf("%d calls within a minute, want at most %d", busy, limit)
		}
		slices.SortFunc(all, time.Time.Compare)
		busiest := most(all[slices.IndexFunc(all, func(t time.Time) bool { return t.Sub(began) > day/3 }):], 20*time.Minute)
		if mean := setups / 9; busiest > 2*mean+5 {
			w.t.Errorf("%d checks within 20 minutes, of %d setups", busiest, setups)
		}
		if n := len(heap); heap[n-1] > heap[0]*5/4+512 {
			w.t.Errorf("the heap grew: %v", heap)
		}
		w.t.Logf("%d setups, %d days: %d checks, %d calls, at most %d checks a minute and %d within 20; heap %v kB", setups, days, len(all), calls, most(all, time.Minute), busiest, heap)

		w.stop() // a night
		time.Sleep(10 * time.Hour)
		w.start()
		woke := time.Now()
		live(backlog)
		all = nil
		for i, at := range checked(func(c setup.Checkup) time.Time { return c.DoneAt }) {
			if n := len(since(at, woke)); n < 1 || n > 2 {
				w.t.Errorf("setup %d was checked %d times after the night", i, n)
			}
		}
		for _, at := range checked(asked) {
			all = append(all, since(at, woke)...)
		}
		bounded(w.t, "checks after a night", all, perMinute)
	})
}

// many makes setups in place, as an import does: their checks are due. They are those
// of one setup under other names.
func (w *world) many(n int) (ids []string) {
	w.t.Helper()
	s := w.draft(variant{})
	w.done(w.beginWith(store.NewJob{DraftID: s.ID, Kind: setup.JobApply, By: "Ada"}, steps.Rows(setup.JobApply, s.Spec)[:1]))
	w.rested(s)
	db := w.store.Writer()
	copyRows := func(table, key string, change func(name string) string) {
		w.t.Helper()
		names := w.columns(table)
		var values []string
		for _, name := range names {
			values = append(values, change(name))
		}
		_, err := db.ExecContext(w.t.Context(), fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s = '%s'",
			table, strings.Join(names, ", "), strings.Join(values, ", "), table, key, s.ID))
		must(w.t, err)
	}
	for i := range n {
		id := uuid.Must(uuid.NewV7()).String()
		ids = append(ids, id)
		for _, table := range []string{"setups", "revisions", "jobs", "states", "schedules"} {
			key := "setup_id"
			if table == "setups" {
				key = "id"
			}
			copyRows(table, key, func(name string) string {
				switch {
				case name == key:
					return "'" + id + "'"
				case table == "jobs" && name == "id":
					return fmt.Sprintf("id + %d", 1000+i)
				case table == "setups" && name == "name":
					return fmt.Sprintf("'n%d.' || name", i)
				case name == "next_at":
					return "1"
				}
				return name
			})
		}
	}
	must(w.t, w.store.SetSchedule(w.t.Context(), s.ID, 0, "Ada")) // it was only the pattern
	return ids
}

// columns are the columns of a table.
func (w *world) columns(table string) []string {
	w.t.Helper()
	rows, err := w.store.Writer().QueryContext(w.t.Context(), "SELECT * FROM "+table+" LIMIT 0")
	must(w.t, err)
	defer func() { must(w.t, rows.Close()) }()
	names, err := rows.Columns()
	must(w.t, err)
	must(w.t, rows.Err())
	return names
}

// heapInUse is what the process holds, in kB.
func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc >> 10
}

// since are the times from a time on.
func since(all []time.Time, from time.Time) (late []time.Time) {
	for _, at := range all {
		if !at.Before(from) {
			late = append(late, at)
		}
	}
	return late
}

// most is how many of the times lie within one span.
func most(all []time.Time, span time.Duration) (n int) {
	all = slices.SortedFunc(slices.Values(all), time.Time.Compare)
	first := 0
	for i, at := range all {
		for at.Sub(all[first]) >= span {
			first++
		}
		n = max(n, i-first+1)
	}
	return n
}

// bounded fails the test if more than a number of the times lie within a minute.
func bounded(t *testing.T, what string, all []time.Time, limit int) {
	t.Helper()
	if n := most(all, time.Minute); n > limit {
		t.Errorf("%d %s within a minute, want at most %d", n, what, limit)
	}
}
