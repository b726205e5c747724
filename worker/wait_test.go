package worker_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"apifront/migrations"
	"apifront/setup"
	"apifront/store"
)

// newerSchema is the version of a migration that this program does not know.
const newerSchema = 90001

// A job waits three days for a person. Meanwhile the process is stopped,
// killed, and replaced by a newer one that migrates the database. It asks ever
// more seldom, loses nothing, and goes on when the record is there.
func TestWaitForDaysWithRestartsAndAMigration(t *testing.T) {
	t.Parallel()
	if underRace {
		t.Skip("three simulated days take minutes under the race detector; .ci/run runs this test without it")
	}
	var looks int
	var took time.Duration
	real := inWorld(t, func(w *world) {
		began := time.Now()
		s := w.draft(variant{elsewhere: true})
		job := w.begin(setup.JobApply, s)
		for _, restart := range []func(){
			func() { w.stop(); w.start() },
			func() { close(w.wire.end); w.stop(); w.start() },
			func() { w.stop(); w.deploy(); w.start() },
			func() { w.stop(); w.start() },
		} {
			time.Sleep(17*time.Hour + 45*time.Minute)
			before := w.waiting(job)
			restart()
			time.Sleep(time.Minute)
			if diff := cmp.Diff(before, w.waiting(job)); diff != "" {
				w.t.Fatalf("a restart changed what waits (before -, after +):\n%s", diff)
			}
		}
		calls, err := w.store.CountCalls(w.t.Context(), job)
		must(w.t, err)
		looks = calls["validation"]
		// The person adds the records, and may leave it to us to find them.
		w.addRecords(job)
		added := time.Now()
		if w.done(job); time.Since(added) > 30*time.Minute {
			w.t.Errorf("after the records were added it took %s", time.Since(added))
		}
		took = time.Since(began)
		w.checkSteps(job, s)
		w.checkAccount(s, variant{elsewhere: true})
		if lost := w.orphans(s.ID); len(lost) > 0 {
			w.t.Errorf("exist and are not known: %v", lost)
		}
	})
	t.Logf("%s with %d queries while it waited, in %s of real time", took.Round(time.Minute), looks, real.Round(time.Millisecond))
	if took < 71*time.Hour {
		t.Errorf("it waited only %s", took)
	}
	if looks < 71*4 || looks > 71*120 {
		t.Errorf("it made %d queries while it waited", looks)
	}
}

// waiting is what a job that waits for a person has done and waits for. It
// ends the test if the job does anything else.
func (w *world) waiting(job int64) map[setup.StepID]string {
	w.t.Helper()
	j, err := w.store.Job(w.t.Context(), job)
	must(w.t, err)
	if j.State != setup.JobNeedsYou {
		w.t.Fatalf("the job that waits is %s:\n%s", j.State, w.story(job))
	}
	list, err := w.store.Steps(w.t.Context(), job)
	must(w.t, err)
	is := map[setup.StepID]string{}
	for _, p := range list {
		is[p.ID] = string(p.State)
		for _, r := range p.Records {
			is[p.ID] += " " + r.Name + " " + r.Type + " " + r.Value
		}
		if late := time.Since(p.NextAt); p.State == setup.StepNeedsYou && late > time.Minute {
			w.t.Errorf("nobody has looked at %s for %s longer than it should be", p.ID, late)
		}
	}
	return is
}

// deploy does to the database what a newer version does when it opens it. The
// version of today refuses that database; then it is made to know it, in place
// of the newer program.
func (w *world) deploy() {
	w.t.Helper()
	ctx := context.Background()
	db, err := sql.Open("sqlite", "file:"+w.path)
	must(w.t, err)
	files := fstest.MapFS{}
	known, err := migrations.FS.ReadDir(".")
	must(w.t, err)
	for _, f := range known {
		text, err := migrations.FS.ReadFile(f.Name())
		must(w.t, err)
		files[f.Name()] = &fstest.MapFile{Data: text}
	}
	files["90001_newer.sql"] = &fstest.MapFile{Data: []byte(`-- +goose Up
		ALTER TABLE steps ADD COLUMN mood TEXT NOT NULL DEFAULT 'patient';
		ALTER TABLE jobs ADD COLUMN mood TEXT NOT NULL DEFAULT 'patient';
		CREATE INDEX steps_mood ON steps (mood, next_at);
		CREATE TABLE resources_newer AS SELECT * FROM resources;
		DROP TABLE resources_newer;`)}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	must(w.t, err)
	done, err := p.Up(ctx)
	must(w.t, err)
	if len(done) != 1 {
		w.t.Fatalf("%d migrations were pending, want the newer one only", len(done))
	}
	if s, err := store.Open(ctx, w.path); err == nil || !strings.Contains(err.Error(), "newer apifront") {
		w.t.Errorf("a database with a newer schema was opened: %v, %v", s, err)
	}
	_, err = db.ExecContext(ctx, `DELETE FROM goose_db_version WHERE version_id = $1`, newerSchema)
	must(w.t, err)
	must(w.t, db.Close())
}
