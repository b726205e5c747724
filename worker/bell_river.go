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

// Ding is the River job that rings. It carries no state. A bell for a step looks
// as it did when there were only steps, so processes of older and newer versions
// answer each other's bells.
type Ding struct {
	Step int64         `json:"step,omitempty"` // for a step; else 0
	For  store.DueKind `json:"for,omitempty"`
	ID   int64         `json:"id,omitempty"`
	At   int64         `json:"at,omitempty"` // not before, in Unix milliseconds of River's clock; 0: at once
}

// Kind implements river.JobArgs. All kinds of bells are of one kind for River:
// its leader discards what it does not know when it rescues jobs of a process
// that died, and the leader may be of an older version. What keeps an older
// process from answering a kind of bell is that it does not know its queue.
func (Ding) Kind() string { return "step" }

// ding is the River job that rings for what is due.
func ding(due store.Due) Ding {
	if due.Kind == store.DueStep {
		return Ding{Step: due.ID}
	}
	return Ding{For: due.Kind, ID: due.ID}
}

// due is what it rings for.
func (d Ding) due() store.Due {
	if d.For == "" {
		return store.Due{Kind: store.DueStep, ID: d.Step}
	}
	return store.Due{Kind: d.For, ID: d.ID}
}

// queueOf is the River queue of a kind. Each kind has its own, so a process
// fetches only the kinds that it knows, and each kind has its own slots.
func queueOf(kind store.DueKind) string {
	if kind == store.DueStep {
		return river.QueueDefault // as in versions that only knew steps
	}
	return string(kind)
}

// riverSchedules is how often River's scheduler looks for jobs that become due,
// and how far ahead it looks. A job that is put off for less stays available.
const riverSchedules = 5 * time.Second

// A riverBell is a doorbell whose bells are rows of River's tables in the
// store's database, so they are ordered in the store's own transactions.
type riverBell[T any] struct {
	client *river.Client[T]
	now    func() time.Time                                              // River's clock
	within func(ctx context.Context, tx *sql.Tx, do func(T) error) error // hands the transaction to River
	tables func(context.Context) error                                   // brings River's tables up to date
	alarms alarms

	// commits is how long after a bell was ordered its alarm goes off. On SQLite at
	// once: asking waits for the end of the transaction, which has the only
	// connection that writes. On PostgreSQL asking before the commit finds nothing
	// and River may not ask again for 20 ms; the commit itself tells River.
	commits time.Duration

	mu      sync.Mutex
	answers map[store.DueKind]Answer // set by Run
}

// newRiverBell is River on the store's database. atOnce is how many bells of each
// kind are answered at the same time. poll is how often River asks by itself.
func newRiverBell(s *store.Store, atOnce map[store.DueKind]int, log *slog.Logger, poll time.Duration) (Doorbell, error) {
	log = slog.New(atLeast{log.Handler(), slog.LevelWarn, &seldom{}})
	if s.Postgres() {
		return newPostgresBell(s, atOnce, log, poll)
	}
	b, err := bellOn(newAlarmDriver(riversqlite.New(s.Writer()), false), atOnce, log, poll, storeClock{s})
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
func bellOn[T any](driver *alarmDriver[T], atOnce map[store.DueKind]int, log *slog.Logger, poll time.Duration, clock rivertype.TimeGenerator) (*riverBell[T], error) {
	b := &riverBell[T]{now: time.Now, alarms: alarms{ask: driver.listener.ask}}
	if clock != nil {
		b.now = clock.Now
	}
	queues := map[string]river.QueueConfig{}
	for kind, n := range atOnce {
		queues[queueOf(kind)] = river.QueueConfig{MaxWorkers: n}
	}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &dingWorker{work: b.work}); err != nil {
		return nil, fmt.Errorf("set up the doorbell: %w", err)
	}
	var err error
	b.client, err = river.NewClient(driver, &river.Config{
		Logger:               log,
		Workers:              workers,
		Queues:               queues,
		FetchCooldown:        20 * time.Millisecond,
		FetchPollInterval:    poll,
		JobTimeout:           longestPass + saveLimit,
		RescueStuckJobsAfter: longestPass + saveLimit + 20*time.Second,
		MaxAttempts:          1000, // attempts are ours; River's only count database errors
		RetryPolicy:          soon{b.now},
		SoftStopTimeout:      stopAfter,
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

// forgetLeader ends the leadership of an earlier process, whenever it would end
// by itself. A file has one process, so that one is gone. Without a leader no
// bell that was ordered for later rings by itself; after a clock that was ahead,
// that would last until its time.
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
func (b *riverBell[T]) Ring(ctx context.Context, tx *sql.Tx, due store.Due, in time.Duration) (int64, error) {
	opts, d := &river.InsertOpts{Queue: queueOf(due.Kind)}, ding(due)
	switch when := b.now().Add(in); {
	case in <= 0: // without a time it is available at once
	case in <= riverSchedules:
		// River's scheduler would find it too late. It is available at once, and is
		// put off when it is fetched.
		d.At = when.UnixMilli()
	default:
		opts.ScheduledAt = when
	}
	var bell int64
	err := b.within(ctx, tx, func(tx T) error {
		res, err := b.client.InsertTx(ctx, tx, d, opts)
		if err == nil {
			bell = res.Job.ID
		}
		return err
	})
	if err == nil {
		wait := b.commits
		if !opts.ScheduledAt.IsZero() {
			wait = in
		}
		b.alarms.set(bell, opts.Queue, wait)
	}
	return bell, err
}

// Cancel implements store.Bell. The alarm stays: the transaction may yet fail.
func (b *riverBell[T]) Cancel(ctx context.Context, tx *sql.Tx, bell int64) error {
	return b.within(ctx, tx, func(tx T) error {
		if _, err := b.client.JobCancelTx(ctx, tx, bell); err != nil && !errors.Is(err, river.ErrNotFound) {
			return err
		}
		return nil
	})
}

// Run implements Doorbell.
func (b *riverBell[T]) Run(ctx context.Context, answers map[store.DueKind]Answer) error {
	b.mu.Lock()
	b.answers = answers
	b.mu.Unlock()
	later, unsubscribe := b.client.SubscribeConfig(&river.SubscribeConfig{
		Kinds:    []river.EventKind{river.EventKindJobSnoozed, river.EventKindJobFailed},
		ChanSize: 10_000,
	})
	var watching sync.WaitGroup
	watching.Go(func() {
		for e := range later {
			if e.Job.FinalizedAt == nil {
				b.alarms.set(e.Job.ID, e.Job.Queue, e.Job.ScheduledAt.Sub(b.now()))
			}
		}
	})
	defer watching.Wait()
	defer b.alarms.close()
	defer unsubscribe()
	if err := b.client.Start(ctx); err != nil {
		return fmt.Errorf("start the doorbell: %w", err)
	}
	<-b.client.Stopped()
	return nil
}

// work answers a bell.
func (b *riverBell[T]) work(ctx context.Context, job *river.Job[Ding]) error {
	b.alarms.stop(job.ID)
	if early := time.UnixMilli(job.Args.At).Sub(b.now()); early > 0 && early <= riverSchedules { // else the clock was put back
		return river.JobSnooze(early)
	}
	due := job.Args.due()
	b.mu.Lock()
	answer := b.answers[due.Kind]
	b.mu.Unlock()
	if answer == nil {
		return fmt.Errorf("nobody answers bells of the kind %q", due.Kind)
	}
	again, err := answer(ctx, due.ID, job.ID)
	if err != nil {
		return err
	}
	if again > 0 {
		return river.JobSnooze(again)
	}
	return nil
}

// A dingWorker answers River's jobs.
type dingWorker struct {
	river.WorkerDefaults[Ding]
	work func(context.Context, *river.Job[Ding]) error
}

// Work implements river.Worker.
func (d *dingWorker) Work(ctx context.Context, job *river.Job[Ding]) error { return d.work(ctx, job) }

// soon is a retry policy for database trouble.
type soon struct{ now func() time.Time }

// NextRetry implements river.ClientRetryPolicy.
func (s soon) NextRetry(*rivertype.JobRow) time.Time { return s.now().Add(3 * time.Second) }

// atLeast drops log records below a level, since River tells of things that
// matter only to those who work on it. It also drops records that say the same
// again and again, as River does where the database fails.
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
