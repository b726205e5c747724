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
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"apifront/store"
)

// Ding is the River job that rings for a step. It carries no state.
type Ding struct {
	Step int64 `json:"step"`
}

// Kind implements river.JobArgs.
func (Ding) Kind() string { return "step" }

// A riverBell is a doorbell whose bells are rows of River's tables in the
// store's database, so they are ordered in the store's own transactions.
type riverBell[T any] struct {
	client *river.Client[T]
	now    func() time.Time                                              // River's clock
	within func(ctx context.Context, tx *sql.Tx, do func(T) error) error // hands the transaction to River
	tables func(context.Context) error                                   // brings River's tables up to date

	mu     sync.Mutex
	answer Answer // set by Run
}

// newRiverBell is River on the store's database.
func newRiverBell(s *store.Store, log *slog.Logger) (Doorbell, error) {
	log = slog.New(atLeast{log.Handler(), slog.LevelWarn, &seldom{}})
	if s.Postgres() {
		return newPostgresBell(s, log)
	}
	b, err := bellOn(riversqlite.New(s.Writer()), true, log, storeClock{s})
	if err != nil {
		return nil, err
	}
	b.within = func(_ context.Context, tx *sql.Tx, do func(*sql.Tx) error) error { return do(tx) }
	b.tables = func(ctx context.Context) error {
		if err := migrateRiver(ctx, riversqlite.New(s.Writer()), log); err != nil {
			return err
		}
		return forgetLeader(ctx, riversqlite.New(s.Writer()))
	}
	return b, nil
}

// bellOn is a River client that has not begun. The settings are those that
// were measured for the project; River's own defaults would let a crash wait
// for an hour. clock is what River goes by; nil: Go's and the database's.
func bellOn[T any](driver riverdriver.Driver[T], listens bool, log *slog.Logger, clock rivertype.TimeGenerator) (*riverBell[T], error) {
	b := &riverBell[T]{now: time.Now}
	if clock != nil {
		b.now = clock.Now
	}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &dingWorker{answer: b.answered}); err != nil {
		return nil, fmt.Errorf("set up the doorbell: %w", err)
	}
	var err error
	b.client, err = river.NewClient(driver, &river.Config{
		Logger:               log,
		Workers:              workers,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: passesAtOnce}},
		FetchCooldown:        20 * time.Millisecond,
		FetchPollInterval:    250 * time.Millisecond, // short looks are not told to the listener
		JobTimeout:           passLimit + saveLimit,
		RescueStuckJobsAfter: passLimit + saveLimit + 20*time.Second,
		MaxAttempts:          1000, // attempts are ours; River's only count database errors
		RetryPolicy:          soon{},
		SoftStopTimeout:      stopAfter,
		PollOnly:             !listens,
		Test:                 river.TestConfig{Time: clock},
	})
	if err != nil {
		return nil, fmt.Errorf("set up the doorbell: %w", err)
	}
	return b, nil
}

// storeClock makes River on SQLite go by the store's clock. Without it River asks
// Go for some times and SQLite for others.
type storeClock struct{ store *store.Store }

// Now is the store's time.
func (c storeClock) Now() time.Time { return c.store.Now() }

// NowOrNil is the store's time, so that River never asks SQLite.
func (c storeClock) NowOrNil() *time.Time {
	now := c.store.Now()
	return &now
}

// migrateRiver brings River's own tables up to date.
func migrateRiver[T any](ctx context.Context, driver riverdriver.Driver[T], log *slog.Logger) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: log})
	if err != nil {
		return fmt.Errorf("read River's migrations: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate River's tables: %w", err)
	}
	return nil
}

// forgetLeader ends the leadership of a process that is gone, whenever it would
// end: a file has one process, and without a leader no bell that was ordered for
// later rings by itself. A clock that was ahead would make that last.
func forgetLeader[T any](ctx context.Context, driver riverdriver.Driver[T]) error {
	end := time.Now().AddDate(10, 0, 0)
	if _, err := driver.GetExecutor().LeaderDeleteExpired(ctx, &riverdriver.LeaderDeleteExpiredParams{Now: &end}); err != nil {
		return fmt.Errorf("end the leadership of an earlier process: %w", err)
	}
	return nil
}

// Prepare brings River's own tables up to date.
func (b *riverBell[T]) Prepare(ctx context.Context) error { return b.tables(ctx) }

// Ring implements store.Bell.
func (b *riverBell[T]) Ring(ctx context.Context, tx *sql.Tx, step int64, in time.Duration) (int64, error) {
	var opts *river.InsertOpts // without a time the bell rings at once; River's scheduler comes by every 5 s only
	if in > 0 {
		opts = &river.InsertOpts{ScheduledAt: b.now().Add(in)}
	}
	var bell int64
	err := b.within(ctx, tx, func(tx T) error {
		res, err := b.client.InsertTx(ctx, tx, Ding{Step: step}, opts)
		if err == nil {
			bell = res.Job.ID
		}
		return err
	})
	return bell, err
}

// Cancel implements store.Bell.
func (b *riverBell[T]) Cancel(ctx context.Context, tx *sql.Tx, bell int64) error {
	return b.within(ctx, tx, func(tx T) error {
		if _, err := b.client.JobCancelTx(ctx, tx, bell); err != nil && !errors.Is(err, river.ErrNotFound) {
			return err
		}
		return nil
	})
}

// Run implements Doorbell.
func (b *riverBell[T]) Run(ctx context.Context, answer Answer) error {
	b.mu.Lock()
	b.answer = answer
	b.mu.Unlock()
	if err := b.client.Start(ctx); err != nil {
		return fmt.Errorf("start the doorbell: %w", err)
	}
	<-b.client.Stopped()
	return nil
}

// answered is what Run was given.
func (b *riverBell[T]) answered() Answer {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.answer
}

// A dingWorker answers River's jobs.
type dingWorker struct {
	river.WorkerDefaults[Ding]
	answer func() Answer
}

// Work implements river.Worker.
func (d *dingWorker) Work(ctx context.Context, job *river.Job[Ding]) error {
	again, err := d.answer()(ctx, job.Args.Step, job.ID)
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

// atLeast drops log records below a level, since River tells of things that
// only matter to those who work on it, and those that say the same over and
// over: River asks for work several times a second.
type atLeast struct {
	slog.Handler
	level  slog.Level
	seldom *seldom
}

// Handle implements slog.Handler.
func (a atLeast) Handle(ctx context.Context, r slog.Record) error {
	if !a.seldom.now(r.Message) {
		return nil
	}
	return a.Handler.Handle(ctx, r)
}

// Enabled implements slog.Handler.
func (a atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= a.level && a.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (a atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeast{a.Handler.WithAttrs(attrs), a.level, a.seldom}
}

// WithGroup implements slog.Handler.
func (a atLeast) WithGroup(name string) slog.Handler {
	return atLeast{a.Handler.WithGroup(name), a.level, a.seldom}
}
