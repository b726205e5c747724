package worker_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// blocks are ways in which a database takes nothing more: a full disk, where
// SQLite is allowed no page more than there are and those are filled, and one
// that became read-only. Each is a query for the beginning and one for the end.
var blocks = map[string][2]string{
	"full":      {`PRAGMA max_page_count = 1`, `PRAGMA max_page_count = 1000000`},
	"read-only": {`PRAGMA query_only = ON`, `PRAGMA query_only = OFF`},
}

// The database takes nothing more from any call of a job on, whose answer comes
// when it is so already, for five minutes. The job waits and goes on by
// itself: the same end as without it, nothing twice, nothing that nobody knows,
// no attempt spent, every call in the ledger.
func TestStorageFailsAnywhere(t *testing.T) {
	t.Parallel()
	for kind, block := range blocks {
		for i, v := range variants()[:2] {
			t.Run(kind+", "+v.String(), func(t *testing.T) {
				t.Parallel()
				var calls int
				var want ending
				inPacedWorld(t, quickPace(), func(w *world) {
					s := w.draft(v)
					w.done(w.begin(setup.JobApply, s))
					calls, want = w.wire.count(), w.ending(s)
				})
				every := sampleEvery(t)
				if every > 1 {
					every *= 3
				}
				for n := 1 + i%every; n <= calls; n += every {
					inPacedWorld(t, quickPace(), func(w *world) {
						s := w.draft(v)
						free := w.blockAfter(n, block)
						job := w.begin(setup.JobApply, s)
						w.checkStopped(fmt.Sprintf("%s after call %d", kind, n), job, s, want)
						took := free()
						if kind == "read-only" && took < blockedFor { // on a full disk small things find room
							w.t.Errorf("%s after call %d: the job ended %s after it", kind, n, took)
						}
						time.Sleep(max(blockedFor-took, 0) + time.Minute) // what could not be recorded is by now
						w.checkLedger(job)
					})
				}
			})
		}
	}
}

// blockedFor is how long the database takes nothing.
const blockedFor = 5 * time.Minute

// blockAfter makes the database take nothing more after the call. free says
// how long ago that was.
func (w *world) blockAfter(n int, block [2]string) (free func() time.Duration) {
	w.t.Helper()
	do := func(query string) error {
		_, err := w.store.Writer().ExecContext(context.Background(), query)
		return err
	}
	must(w.t, do(`CREATE TABLE IF NOT EXISTS filler (x BLOB)`))
	var began time.Time
	var once sync.Once
	w.wire.mu.Lock()
	defer w.wire.mu.Unlock()
	w.wire.after = func(call int) {
		if call < n {
			return
		}
		once.Do(func() {
			began = time.Now()
			if err := do(block[0]); err != nil {
				w.t.Error(err)
			}
			for _, size := range []int{4000, 400, 40, 4} {
				for do(fmt.Sprintf(`INSERT INTO filler VALUES (ZEROBLOB(%d))`, size)) == nil {
				}
			}
			time.AfterFunc(blockedFor, func() {
				if err := do(block[1]); err != nil {
					w.t.Error(err)
				}
			})
		})
	}
	return func() time.Duration { return time.Since(began) }
}

// checkLedger: the simulator saw no write that the job's ledger does not have.
func (w *world) checkLedger(job int64) {
	w.t.Helper()
	list, err := w.store.Calls(w.t.Context(), job, "", 10000, 0)
	must(w.t, err)
	got, want := map[string]int{}, map[string]int{}
	for _, c := range list {
		if c.Write {
			got[c.Operation]++
		}
	}
	for _, c := range w.sim.Calls() {
		if c.Write {
			want[c.Operation]++
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("writes that the simulator saw (-) and the ledger has (+):\n%s", diff)
	}
}
