package worker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
)

// Ding is the River job that rings for a step. It carries no state.
type Ding struct {
	Step int64 `json:"step"`
}

// Kind implements river.JobArgs.
func (Ding) Kind() string { return "step" }

// A riverBell is a doorbell whose bells are rows of River's tables in the
// store's database, so they are ordered in the store's own transactions.
type riverBell struct {
	db     *sql.DB
	log    *slog.Logger
	client *river.Client[*sql.Tx]

	mu     sync.Mutex
	answer Answer // set by Run
}

// newRiverBell is a River client that has not begun. The settings are those
// that were measured for the project; River's own defaults would let a crash
// wait for an hour.
func newRiverBell(db *sql.DB, log *slog.Logger) (*riverBell, error) {
	b := &riverBell{db: db, log: slog.New(atLeast{log.Handler(), slog.LevelWarn})}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &dingWorker{bell: b}); err != nil {
		return nil, fmt.Errorf("set up the doorbell: %w", err)
	}
	var err error
	b.client, err = river.NewClient(riversqlite.New(db), &river.Config{
		Logger:               b.log,
		Workers:              workers,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: passesAtOnce}},
		FetchCooldown:        20 * time.Millisecond,
		FetchPollInterval:    250 * time.Millisecond, // short looks are not told to the listener
		JobTimeout:           passLimit + saveLimit,
		RescueStuckJobsAfter: passLimit + saveLimit + 20*time.Second,
		MaxAttempts:          1000, // attempts are ours; River's only count database errors
		RetryPolicy:          soon{},
		SoftStopTimeout:      stopAfter,
	})
	if err != nil {
		return nil, fmt.Errorf("set up the doorbell: %w", err)
	}
	return b, nil
}

// Prepare brings River's own tables up to date.
func (b *riverBell) Prepare(ctx context.Context) error {
	m, err := rivermigrate.New(riversqlite.New(b.db), &rivermigrate.Config{Logger: b.log})
	if err != nil {
		return fmt.Errorf("read River's migrations: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate River's tables: %w", err)
	}
	return nil
}

// Ring implements store.Bell.
func (b *riverBell) Ring(ctx context.Context, tx *sql.Tx, step int64, at time.Time) (int64, error) {
	opts := &river.InsertOpts{ScheduledAt: at}
	if !at.After(time.Now()) {
		opts = nil // River's scheduler comes by every 5 s only; without a time the bell rings at once
	}
	res, err := b.client.InsertTx(ctx, tx, Ding{Step: step}, opts)
	if err != nil {
		return 0, err
	}
	return res.Job.ID, nil
}

// Cancel implements store.Bell.
func (b *riverBell) Cancel(ctx context.Context, tx *sql.Tx, bell int64) error {
	if _, err := b.client.JobCancelTx(ctx, tx, bell); err != nil && !errors.Is(err, river.ErrNotFound) {
		return err
	}
	return nil
}

// Run implements Doorbell.
func (b *riverBell) Run(ctx context.Context, answer Answer) error {
	b.mu.Lock()
	b.answer = answer
	b.mu.Unlock()
	if err := b.client.Start(ctx); err != nil {
		return fmt.Errorf("start the doorbell: %w", err)
	}
	<-b.client.Stopped()
	return nil
}

// A dingWorker answers River's jobs.
type dingWorker struct {
	river.WorkerDefaults[Ding]
	bell *riverBell
}

// Work implements river.Worker.
func (d *dingWorker) Work(ctx context.Context, job *river.Job[Ding]) error {
	d.bell.mu.Lock()
	answer := d.bell.answer
	d.bell.mu.Unlock()
	again, err := answer(ctx, job.Args.Step, job.ID)
	if err != nil {
		return err
	}
	if again > 0 {
		return river.JobSnooze(again)
	}
	return nil
}

// soon is a retry policy for database trouble.
type soon struct{}

// NextRetry implements river.ClientRetryPolicy.
func (soon) NextRetry(*rivertype.JobRow) time.Time { return time.Now().Add(3 * time.Second) }

// atLeast drops log records below a level: River tells of things that only
// matter to those who work on it.
type atLeast struct {
	slog.Handler
	level slog.Level
}

// Enabled implements slog.Handler.
func (a atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= a.level && a.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (a atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeast{a.Handler.WithAttrs(attrs), a.level}
}

// WithGroup implements slog.Handler.
func (a atLeast) WithGroup(name string) slog.Handler {
	return atLeast{a.Handler.WithGroup(name), a.level}
}
