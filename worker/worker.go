// Package worker carries out jobs and looks: it is told by a doorbell which
// step is due, claims it, makes one short pass over the step's definition
// (observe, and apply if needed), and stores how that ended. All state is in
// the store, so a pass may be cut off anywhere and waiting holds nothing. It
// never makes pages; handlers and it meet in the store.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"apifront/cloud"
	"apifront/notice"
	"apifront/probe"
	"apifront/seal"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// Limits of the engine. A dead worker's step is taken over within lease and
// sweepEvery together.
const (
	passLimit   = 60 * time.Second // one pass of a step that does not say how long its passes take
	longestPass = steps.LongestPass
	lease       = 20 * time.Second // renewed while the pass goes on
	renewEvery  = 6 * time.Second
	sweepEvery  = 5 * time.Second
	lostAfter   = 30 * time.Second // a bell that late is taken for lost
	stopAfter   = 8 * time.Second  // what a pass gets to end by itself on stop
	saveLimit   = 10 * time.Second // storing what happened, also after a cancel
	lookLimit   = 20 * time.Second // one look
	sweepLimit  = 30 * time.Second // one sweep
	eraseEvery  = time.Hour        // what is kept for a while is erased
	storeRest   = 5 * time.Second  // before a step is tried again when the store failed
)

// How many things are done at once. They wait for AWS nearly all the time.
const (
	passesAtOnce = 24 // for each kind of bell
	looksAtOnce  = 32 // of one connection at most 4, see store.NextLook
)

// ChecksPerMinute is how many checks are begun in a minute unless
// somebody chose otherwise. It is enough for 5,000 setups every three hours.
const ChecksPerMinute = 30

// Config is what a worker works with.
type Config struct {
	Store   *store.Store
	Cloud   *cloud.Cloud
	Probe   probe.Settings // how probes reach the outside
	Log     *slog.Logger
	Install string // installation ID, for tags

	// Seals seal what steps keep and nobody is to read.
	Seals seal.Keys

	// Notices sends them; nil: they wait for a process that can.
	Notices *notice.Sender

	// Steps are the definitions of a kind of job; nil: steps.For.
	Steps func(setup.JobKind) []steps.Step
	// ChecksPerMinute is how many checks are begun in a minute, by all workers of the
	// store together, at the most; 0: 30. Those that were ordered wait for nobody.
	ChecksPerMinute int
	// Bell rings the worker; nil: River, on the store's database.
	Bell Doorbell
	// Pace changes how long to wait between two looks and two tries; nil: as
	// the steps say. A simulator that runs faster than AWS is looked at faster.
	Pace func(time.Duration) time.Duration
}

// A Doorbell is a store.Bell together with its other end, which answers it.
type Doorbell interface {
	store.Bell
	// Run calls the answer of its kind for every bell that rings, several at
	// once, until ctx ends. Then it begins nothing new, gives running answers
	// stopAfter to end, cancels their contexts, and returns when all have ended.
	// When an answer returns a time, or an error, the same bell rings again.
	// However long the answers of one kind take, they hold up no other kind.
	// Bells of a kind without an answer wait for a process that has one.
	Run(ctx context.Context, answers map[store.DueKind]Answer) error
}

// An Answer looks at what a bell rang for; id is the row's. It says after how
// long the bell is to ring again; 0: not at all.
type Answer func(ctx context.Context, id, bell int64) (again time.Duration, err error)

// A Worker carries out what the store holds. Run may be called once.
type Worker struct {
	Config
	name   string // unique, for leases of looks
	seldom seldom
	late   lateLedger
	fails  failing
	erased time.Time // when the sweep erased last
	ready  bool      // Prepare was carried out
}

// New is a worker that has not begun.
func New(c Config) (*Worker, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("name the worker: %w", err)
	}
	if c.Steps == nil {
		c.Steps = steps.For
	}
	if c.ChecksPerMinute == 0 {
		c.ChecksPerMinute = ChecksPerMinute
	}
	if c.Pace == nil {
		c.Pace = func(d time.Duration) time.Duration { return d }
	}
	if c.Bell == nil {
		if c.Bell, err = newRiverBell(c.Store, map[store.DueKind]int{store.DueStep: passesAtOnce}, c.Log, pollEvery); err != nil {
			return nil, err
		}
	}
	return &Worker{Config: c, name: id.String()}, nil
}

// Prepare writes all that must be in the database before work can begin: the
// doorbell's tables, and bells for what is unfinished. A program calls it before
// it says that it is ready; otherwise Run does.
func (w *Worker) Prepare(ctx context.Context) error {
	if w.ready {
		return nil
	}
	if p, ok := w.Bell.(interface{ Prepare(context.Context) error }); ok {
		if err := p.Prepare(ctx); err != nil {
			return fmt.Errorf("prepare the doorbell: %w", store.Translate(err))
		}
	}
	w.Store.SetBell(w.Bell)
	n, err := w.Store.RingAll(ctx)
	if err != nil {
		return fmt.Errorf("ring for unfinished steps: %w", err)
	}
	if n > 0 {
		w.Log.InfoContext(ctx, "taking up unfinished steps", "steps", n)
	}
	w.ready = true
	return nil
}

// Run works until ctx ends. Then passes that are under way get a few seconds to
// end. One that does not is handed back as if it had not begun, without spending
// an attempt. Run returns within 10 s.
func (w *Worker) Run(ctx context.Context) error {
	if err := w.Prepare(ctx); err != nil {
		return ended(ctx, err)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return w.Bell.Run(ctx, map[store.DueKind]Answer{store.DueStep: w.answer}) })
	g.Go(func() error { return w.sweep(ctx) })
	g.Go(func() error { return w.looks(ctx) })
	g.Go(func() error { return w.checks(ctx) })
	g.Go(func() error { return w.deliveries(ctx) })
	g.Go(func() error { return w.trails(ctx) })
	g.Go(func() error { return w.diagnoses(ctx) })
	return ended(ctx, g.Wait())
}

// ended is err, unless it only says that the context has ended.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// sweep repairs what no bell tells of: bells that were lost, and steps whose
// worker died.
func (w *Worker) sweep(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		w.sweepOnce(ctx)
	}
}

// sweepOnce is one sweep. It ends after sweepLimit, also where the database does
// not answer; the next one begins anew.
func (w *Worker) sweepOnce(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, sweepLimit)
	defer cancel()
	w.recordLate(limited)
	n, err := w.Store.RingOverdue(limited, lostAfter)
	w.troubled(ctx, "looking for lost bells failed", silent(limited, err))
	if n > 0 {
		w.Log.WarnContext(ctx, "rang again for steps that nobody looked at", "steps", n)
	}
	w.erase(limited)
}

// erase erases what was kept long enough. Several processes may do so at a time.
func (w *Worker) erase(ctx context.Context) {
	if !w.erased.IsZero() && time.Since(w.erased) < eraseEvery {
		return
	}
	n, err := w.Store.EraseExcerpts(ctx)
	w.troubled(ctx, "erasing the beginnings of old answers failed", silent(ctx, err))
	if err != nil {
		return
	}
	if _, err := w.Store.ForgetNotices(ctx); err != nil {
		w.troubled(ctx, "forgetting old notices failed", silent(ctx, err))
		return
	}
	if err := w.Store.ForgetDiagnoses(ctx); err != nil {
		w.troubled(ctx, "forgetting old diagnoses failed", silent(ctx, err))
		return
	}
	w.erased = time.Now()
	if n > 0 {
		w.Log.InfoContext(ctx, "erased the beginnings of old answers", "looks", n)
	}
	w.foldChecks(ctx)
}
