package worker

import (
	"context"
	"database/sql"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"apifront/store"
)

// oldDing is the River job of versions whose bells rang for steps only.
type oldDing struct {
	Step int64 `json:"step"`
}

func (oldDing) Kind() string { return "step" }

// oldWorker is how those versions answered.
type oldWorker struct {
	river.WorkerDefaults[oldDing]
	answered chan int64
}

func (o *oldWorker) Work(_ context.Context, job *river.Job[oldDing]) error {
	o.answered <- job.Args.Step
	return nil
}

// oldClient is a River client of an older version; answered, if not nil, gets the
// steps that it answers.
func (w *tower) oldClient(answered chan int64) interface {
	Start(context.Context) error
	Stop(context.Context) error
	Insert(context.Context, river.JobArgs, *river.InsertOpts) (*rivertype.JobInsertResult, error)
	JobGet(context.Context, int64) (*rivertype.JobRow, error)
} {
	w.t.Helper()
	c := &river.Config{Logger: slog.New(slog.DiscardHandler), FetchPollInterval: 100 * time.Millisecond}
	if answered != nil {
		c.Workers = river.NewWorkers()
		must(w.t, river.AddWorkerSafely(c.Workers, &oldWorker{answered: answered}))
		c.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2}}
	}
	if w.s.Postgres() {
		client, err := river.NewClient[pgx.Tx](riverpgxv5.New(w.s.Pool()), c)
		must(w.t, err)
		return client
	}
	c.Test.Time = storeClock{w.s} // as those versions had it
	client, err := river.NewClient[*sql.Tx](riversqlite.New(w.s.Writer()), c)
	must(w.t, err)
	return client
}

// What an older version ordered rings for steps after an upgrade: at once, at its
// time, and in its queue.
func TestBellsOfOlderVersionsRing(t *testing.T) {
	t.Parallel()
	onEveryRiver(t, func(w *tower) {
		old := w.oldClient(nil)
		now, err := old.Insert(t.Context(), oldDing{Step: 41}, nil)
		must(w.t, err)
		soon, err := old.Insert(t.Context(), oldDing{Step: 42}, &river.InsertOpts{ScheduledAt: time.Now().Add(time.Second)})
		must(w.t, err)
		bell, err := newRiverBell(w.s, map[store.DueKind]int{store.DueStep: 2}, slog.New(slog.DiscardHandler), pollEvery)
		must(w.t, err)
		w.bell = bell
		w.run(nil, store.DueStep)
		for want, job := range map[int64]int64{41: now.Job.ID, 42: soon.Job.ID} {
			if got := w.wait(job, 1)[0].due; got != (store.Due{Kind: store.DueStep, ID: want}) {
				w.t.Errorf("the old bell for step %d rang for %v", want, got)
			}
		}
	})
}

// During an upgrade a process of the older version still works: it answers what
// the newer ordered for steps, and leaves all other kinds alone.
func TestOlderVersionsAnswerBellsForSteps(t *testing.T) {
	t.Parallel()
	onEveryRiver(t, func(w *tower) {
		other := w.order(dueOther, 43, 0)
		w.order(store.DueStep, 44, 0)
		answered := make(chan int64, 10)
		old := w.oldClient(answered)
		must(w.t, old.Start(context.Background()))
		waitFor(w.t, "the old process's answer", func() bool { return len(answered) > 0 })
		if got := <-answered; got != 44 {
			w.t.Errorf("the old process answered for step %d, want 44", got)
		}
		time.Sleep(300 * time.Millisecond)
		must(w.t, old.Stop(context.Background()))
		if len(answered) > 0 {
			w.t.Errorf("the old process also answered for step %d", <-answered)
		}
		row, err := old.JobGet(t.Context(), other)
		must(w.t, err)
		if row.State != rivertype.JobStateAvailable || row.Attempt != 0 {
			w.t.Errorf("the bell that an old process does not know is %s after %d attempts", row.State, row.Attempt)
		}
		// A leader that is old discards a job that has to be rescued and whose
		// kind it does not know.
		if row.Kind != (oldDing{}).Kind() {
			w.t.Errorf("River's kind is %q", row.Kind)
		}
		var args map[string]any
		must(w.t, json.Unmarshal(row.EncodedArgs, &args))
		if _, ok := args["step"]; ok {
			w.t.Errorf("the bell of another kind looks like one for a step: %s", row.EncodedArgs)
		}
	})
}
