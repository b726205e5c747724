package worker_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"apifront/setup"
)

// times are the columns that hold a time, by table.
var times = map[string][]string{
	"jobs":      {"created_at", "started_at", "finished_at"},
	"steps":     {"checked_at", "started_at", "finished_at", "pending_since", "turn_since", "lease_until", "next_at"},
	"attempts":  {"started_at", "finished_at"},
	"resources": {"saved_at"},
	"looks":     {"asked_at", "done_at", "lease_until"},
	"turns":     {"last_at", "held_till"},
	"places":    {"at"},
}

// jump makes the clock jump by so much: time itself cannot, so all that is
// stored moves the other way.
func (w *world) jump(db *sql.DB, by time.Duration) {
	w.t.Helper()
	tx, err := db.BeginTx(context.Background(), nil)
	must(w.t, err)
	for table, columns := range times {
		for _, c := range columns {
			_, err := tx.Exec(fmt.Sprintf(`UPDATE %s SET %s = %s - $1 WHERE %s > 0`, table, c, c, c), by.Milliseconds())
			must(w.t, err)
		}
	}
	must(w.t, tx.Commit())
}

// The clock jumps by a day, forward or back, at some moment of a job: while the
// process runs, or while it does not. The job ends as without that and at most
// minutes later, nothing twice, no attempt spent.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	for i, v := range variants()[:2] {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			var calls int
			var want ending
			var usual time.Duration
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.draft(v)
				began := time.Now()
				w.done(w.begin(setup.JobApply, s))
				calls, want, usual = w.wire.count(), w.ending(s), time.Since(began)
			})
			every := sampleEvery(t)
			if every > 1 {
				every = 2*every + 1
			}
			for n := 1 + i; n < calls*9/10; n += every {
				for _, by := range []time.Duration{24 * time.Hour, -24 * time.Hour} {
					for _, running := range []bool{true, false} {
						p := fmt.Sprintf("%s at call %d, running %t", by, n, running)
						inPacedWorld(t, quickPace(), func(w *world) {
							s := w.draft(v)
							began := time.Now()
							if running {
								at := make(chan struct{})
								w.wire.mu.Lock()
								w.wire.after = func(call int) {
									if call == n {
										close(at)
									}
								}
								w.wire.mu.Unlock()
								job := w.begin(setup.JobApply, s)
								w.reached(at, job)
								time.Sleep(time.Second) // most steps wait now
								w.jump(w.store.Writer(), by)
								w.checkStopped(p, job, s, want)
							} else {
								w.wire.endAt(stop{n, stopAsked})
								job := w.begin(setup.JobApply, s)
								w.reached(w.wire.asked, job)
								w.stop()
								db, err := sql.Open("sqlite", "file:"+w.path)
								must(w.t, err)
								w.jump(db, by)
								must(w.t, db.Close())
								w.start()
								w.checkStopped(p, job, s, want)
							}
							if took := time.Since(began); took > usual+10*time.Minute {
								w.t.Errorf("%s: the job took %s, usually it takes %s", p, took, usual)
							}
						})
					}
				}
			}
		})
	}
}
