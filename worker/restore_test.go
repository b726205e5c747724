package worker_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
	"apifront/store"
)

// A backup is made at some moment of a job. The job goes on to its end, and
// then the backup is put back: in it the job is still under way, and knows
// nothing of what it made since. The next process takes it up, finds all of
// that, and ends as if nothing had happened: nothing is made twice.
func TestRestoreOfABackupInMidJob(t *testing.T) {
	t.Parallel()
	for i, v := range variants()[:2] {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			var calls int
			inPacedWorld(t, quickPace(), func(w *world) {
				w.done(w.begin(setup.JobApply, w.draft(v)))
				calls = w.wire.count()
			})
			parts := 3
			if underRace { // a job takes seconds there
				parts = 1
			}
			for part := range parts {
				safe := filepath.Join(t.TempDir(), "safe.db")
				inPacedWorld(t, quickPace(), func(w *world) {
					s := w.draft(v)
					w.wire.endAt(stop{calls*(part+1)/4 - i, stopAsked})
					job := w.begin(setup.JobApply, s)
					w.reached(w.wire.asked, job) // in the middle of a call
					must(w.t, store.Backup(w.t.Context(), w.path, safe))
					w.done(job)
					want, account := w.known(s), w.things()
					w.stop()
					_, err := store.Restore(w.t.Context(), w.path, safe)
					must(w.t, err)
					w.start()
					if j, err := w.store.Job(w.t.Context(), job); err != nil || !j.State.Active() {
						w.t.Fatalf("the restored job is %s, %v", j.State, err)
					}
					w.done(job)
					if diff := cmp.Diff(want, w.known(s)); diff != "" {
						w.t.Errorf("not the same end (want -, got +):\n%s", diff)
					}
					if diff := cmp.Diff(account, w.things()); diff != "" {
						w.t.Errorf("the account is not as it was (want -, got +):\n%s", diff)
					}
					if lost := w.orphans(s.ID); len(lost) > 0 {
						w.t.Errorf("exist and are not known: %v", lost)
					}
				})
			}
		})
	}
}

// known is the ending as a restored database can know it: what carries no tag
// is not known to be ours when it was made after the backup, nor when that was,
// and a teardown leaves it alone; a token that nobody needs any more is not made
// again.
func (w *world) known(s setup.Setup) ending {
	w.t.Helper()
	e := w.ending(s)
	for _, r := range e.Resources {
		delete(r, "has token")
		if slices.Contains([]string{"DNS record", "Path mapping", "Closure of the default endpoint"}, r["type"]) {
			for _, of := range []string{"owned", "has change", "has previous", "has moved", "has moved-from"} {
				delete(r, of)
			}
		}
	}
	return e
}
