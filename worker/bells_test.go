package worker

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"apifront/store"
	"apifront/store/storetest"
)

// dueOther is a kind of bell that the product does not have.
const dueOther store.DueKind = "other"

// A tower is a database and a doorbell on it.
type tower struct {
	t    *testing.T
	s    *store.Store
	bell Doorbell

	mu   sync.Mutex
	rang []rang
}

// rang is a bell that was answered.
type rang struct {
	due  store.Due
	bell int64
	at   time.Time
}

// onEveryBell runs a law of doorbells on each one there is. Without a poll that
// is worth the name, so that nothing rings by it alone.
func onEveryBell(t *testing.T, law func(*tower)) {
	t.Helper()
	t.Parallel()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		law(newTower(t, func(*store.Store) (Doorbell, error) { return NewMemoryBell(), nil }))
	})
	onEveryRiver(t, law)
}

func onEveryRiver(t *testing.T, law func(*tower)) {
	t.Helper()
	for _, name := range []string{"sqlite", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "postgres" {
				storetest.Need(t)
			}
			law(newTower(t, func(s *store.Store) (Doorbell, error) { return riverFor(s, store.DueStep, dueOther) }))
		})
	}
}

// riverFor is River for some kinds, two at once of each, without a poll.
func riverFor(s *store.Store, kinds ...store.DueKind) (Doorbell, error) {
	atOnce := map[store.DueKind]int{}
	for _, k := range kinds {
		atOnce[k] = 2
	}
	return newRiverBell(s, atOnce, slog.New(slog.DiscardHandler), 24*time.Hour)
}

func newTower(t *testing.T, bell func(*store.Store) (Doorbell, error)) *tower {
	t.Helper()
	s, err := store.Open(context.Background(), databaseName(t))
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	b, err := bell(s)
	must(t, err)
	if p, ok := b.(interface{ Prepare(context.Context) error }); ok {
		must(t, p.Prepare(t.Context()))
	}
	return &tower{t: t, s: s, bell: b}
}

// river says whether the doorbell is River.
func (w *tower) river() bool { _, memory := w.bell.(*MemoryBell); return !memory }

// run answers bells of the kinds until the test ends or stop is called. again is
// what is said to the nth ring of a bell, beginning with 1.
func (w *tower) run(again func(ctx context.Context, due store.Due, n int) (time.Duration, error), kinds ...store.DueKind) (stop func()) {
	w.t.Helper()
	if len(kinds) == 0 {
		kinds = []store.DueKind{store.DueStep, dueOther}
	}
	answers := map[store.DueKind]Answer{}
	for _, kind := range kinds {
		answers[kind] = func(ctx context.Context, id, bell int64) (time.Duration, error) {
			r := rang{store.Due{Kind: kind, ID: id}, bell, time.Now()}
			w.mu.Lock()
			w.rang = append(w.rang, r)
			n := 0
			for _, old := range w.rang {
				if old.bell == bell {
					n++
				}
			}
			w.mu.Unlock()
			if again == nil {
				return 0, nil
			}
			return again(ctx, r.due, n)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.bell.Run(ctx, answers) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
	})
	w.t.Cleanup(stop)
	return stop
}

// in carries out do in a transaction.
func (w *tower) in(do func(*sql.Tx)) {
	w.t.Helper()
	tx, err := w.s.Writer().BeginTx(w.t.Context(), nil)
	must(w.t, err)
	do(tx)
	must(w.t, tx.Commit())
}

// order orders a bell in a transaction of its own.
func (w *tower) order(kind store.DueKind, id int64, in time.Duration) (bell int64) {
	w.t.Helper()
	w.in(func(tx *sql.Tx) {
		var err error
		bell, err = w.bell.Ring(w.t.Context(), tx, store.Due{Kind: kind, ID: id}, in)
		must(w.t, err)
	})
	return bell
}

// of is when a bell was answered.
func (w *tower) of(bell int64) []rang {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.rang), func(r rang) bool { return r.bell != bell })
}

// wait waits until a bell was answered n times, and says when.
func (w *tower) wait(bell int64, n int) []rang {
	w.t.Helper()
	waitFor(w.t, "the bell", func() bool { return len(w.of(bell)) >= n })
	return w.of(bell)
}

func TestBellsRingForKindAndID(t *testing.T) {
	onEveryBell(t, func(w *tower) {
		early := w.order(store.DueStep, 7, 0) // before anybody answers
		w.run(nil)
		step, other := w.order(store.DueStep, 8, 0), w.order(dueOther, 8, 0)
		for bell, want := range map[int64]store.Due{early: {Kind: store.DueStep, ID: 7}, step: {Kind: store.DueStep, ID: 8}, other: {Kind: dueOther, ID: 8}} {
			if got := w.wait(bell, 1)[0].due; got != want {
				w.t.Errorf("the bell for %v rang for %v", want, got)
			}
		}
		time.Sleep(200 * time.Millisecond)
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.rang) != 3 {
			w.t.Errorf("three bells rang %d times: %v", len(w.rang), w.rang)
		}
	})
}

func TestBellsRingAtTheirTime(t *testing.T) {
	onEveryBell(t, func(w *tower) {
		w.run(nil)
		for _, in := range []time.Duration{300 * time.Millisecond, 6 * time.Second} {
			began := time.Now()
			if took := w.wait(w.order(store.DueStep, 1, in), 1)[0].at.Sub(began); took < in-time.Millisecond {
				w.t.Errorf("a bell for in %s rang after %s", in, took)
			}
		}
	})
}

func TestBellsRingAgain(t *testing.T) {
	onEveryBell(t, func(w *tower) {
		const in = 300 * time.Millisecond
		w.run(func(_ context.Context, due store.Due, n int) (time.Duration, error) {
			switch {
			case due.ID == 1 && n < 4:
				return in, nil
			case due.ID == 2 && n == 1:
				return 0, errors.New("not now")
			}
			return 0, nil
		})
		later, failed := w.order(store.DueStep, 1, 0), w.order(dueOther, 2, 0)
		got := w.wait(later, 4)
		for i, r := range got[1:] {
			if took := r.at.Sub(got[i].at); took < in {
				w.t.Errorf("a bell that was to ring again after %s did after %s", in, took)
			}
		}
		w.wait(failed, 2)
	})
}

func TestCancelledBellsAreSilent(t *testing.T) {
	onEveryBell(t, func(w *tower) {
		w.run(nil)
		gone := w.order(store.DueStep, 1, time.Second)
		w.in(func(tx *sql.Tx) {
			must(w.t, w.bell.Cancel(w.t.Context(), tx, gone))
			must(w.t, w.bell.Cancel(w.t.Context(), tx, 1<<40)) // not known
		})
		stays := w.order(store.DueStep, 2, time.Second)
		w.wait(stays, 1)
		time.Sleep(200 * time.Millisecond)
		if len(w.of(gone)) > 0 {
			w.t.Error("a bell that was taken back rang")
		}
		w.in(func(tx *sql.Tx) { must(w.t, w.bell.Cancel(w.t.Context(), tx, stays)) }) // it rang
	})
}

// A bell is part of its transaction.
func TestBellsOfFailedTransactionsAreSilent(t *testing.T) {
	t.Parallel()
	onEveryRiver(t, func(w *tower) {
		w.run(nil)
		tx, err := w.s.Writer().BeginTx(t.Context(), nil)
		must(w.t, err)
		_, err = w.bell.Ring(t.Context(), tx, store.Due{Kind: store.DueStep, ID: 1}, 0)
		must(w.t, err)
		must(w.t, tx.Rollback())
		w.wait(w.order(store.DueStep, 2, 0), 1)
		time.Sleep(200 * time.Millisecond)
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.rang) != 1 || w.rang[0].due.ID != 2 {
			w.t.Errorf("rang: %v", w.rang)
		}
	})
}

// Answers of one kind that never end hold up no other kind.
func TestSlowBellsHoldUpNoOtherKind(t *testing.T) {
	onEveryBell(t, func(w *tower) {
		hang := make(chan struct{})
		stop := w.run(func(_ context.Context, due store.Due, _ int) (time.Duration, error) {
			if due.Kind == dueOther {
				<-hang
			}
			return 0, nil
		})
		defer stop()
		defer close(hang)
		for i := range int64(2 * passesAtOnce) {
			w.order(dueOther, i+1, 0)
		}
		time.Sleep(200 * time.Millisecond) // all slots are taken
		for i := range int64(4) {
			w.wait(w.order(store.DueStep, i+1, 0), 1)
		}
	})
}

// A process answers no kind that it does not know. A newer one does.
func TestBellsWaitForWhoKnowsThem(t *testing.T) {
	onEveryBell(t, func(w *tower) {
		if w.river() {
			old, err := riverFor(w.s, store.DueStep)
			must(w.t, err)
			newer := w.bell
			w.bell = old
			defer func() { w.bell = newer }()
		}
		stop := w.run(nil, store.DueStep)
		other := w.order(dueOther, 1, 0)
		w.wait(w.order(store.DueStep, 1, 0), 1)
		time.Sleep(200 * time.Millisecond)
		if len(w.of(other)) > 0 {
			w.t.Fatal("a bell was answered by who does not know its kind")
		}
		stop()
		if !w.river() {
			return
		}
		var err error
		w.bell, err = riverFor(w.s, store.DueStep, dueOther)
		must(w.t, err)
		w.run(nil)
		w.wait(other, 1)
	})
}

// Run begins nothing new when it is to end, and ends what does not end.
func TestBellsStop(t *testing.T) {
	onEveryBell(t, func(w *tower) {
		began := make(chan struct{})
		stop := w.run(func(ctx context.Context, _ store.Due, _ int) (time.Duration, error) {
			close(began)
			<-ctx.Done()
			return 0, ctx.Err()
		})
		w.order(store.DueStep, 1, 0)
		<-began
		stop()
		late := w.order(store.DueStep, 2, 0)
		time.Sleep(200 * time.Millisecond)
		if len(w.of(late)) > 0 {
			w.t.Error("a bell was answered after the end")
		}
	})
}

// Another process finds a bell that this one only ordered.
func TestBellsOfAnotherProcess(t *testing.T) {
	storetest.Need(t)
	t.Parallel()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		w := newTower(t, func(s *store.Store) (Doorbell, error) { return riverFor(s, store.DueStep, dueOther) })
		w.run(nil)
		w.wait(w.order(store.DueStep, 1, 0), 1) // it is awake
		here := w.bell
		var err error
		w.bell, err = riverFor(w.s, store.DueStep, dueOther)
		must(t, err)
		step, other := w.order(store.DueStep, 2, 0), w.order(dueOther, 2, 0)
		w.bell = here
		w.wait(step, 1)
		w.wait(other, 1)
	})
}

// In a bubble all waiting is exact. However a bell was ordered, it is late by no
// more than River's own: 20 ms between two fetches, and up to 250 ms in which it
// collects what answers have said.
func TestBellsAreNotLate(t *testing.T) {
	path := bubbleName(t)
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), path)
		must(t, err)
		defer func() { must(t, s.Close()) }()
		bell, err := riverFor(s, store.DueStep, dueOther)
		must(t, err)
		must(t, bell.(interface{ Prepare(context.Context) error }).Prepare(t.Context()))
		w := &tower{t: t, s: s, bell: bell}
		waits := []time.Duration{time.Millisecond, 300 * time.Millisecond, 3 * time.Second, 5100 * time.Millisecond, 61 * time.Second, 20 * time.Minute}
		stop := w.run(func(_ context.Context, due store.Due, n int) (time.Duration, error) {
			if due.Kind == dueOther && n <= len(waits) {
				return waits[n-1], nil
			}
			return 0, nil
		})
		defer stop()
		time.Sleep(time.Minute) // River's leader is at work
		late := func(what string, r rang, due time.Time) {
			t.Helper()
			if by := r.at.Sub(due); by < -time.Millisecond || by > 300*time.Millisecond {
				t.Errorf("%s came %s late", what, by)
			}
		}
		for i := range int64(100) {
			began := time.Now()
			bell := w.order(store.DueStep, i+1, 0)
			time.Sleep(time.Duration(i) * 7 * time.Millisecond)
			synctest.Wait()
			late("a bell for now", w.wait(bell, 1)[0], began)
		}
		for _, in := range waits {
			began := time.Now()
			later := w.order(store.DueStep, 1, in)
			time.Sleep(in + 10*time.Second)
			late("a bell for in "+in.String(), w.wait(later, 1)[0], began.Add(in))
		}
		again := w.order(dueOther, 1, 0)
		time.Sleep(time.Hour)
		got := w.wait(again, len(waits)+1)
		for i, r := range got[1:] {
			late("a bell that is to ring again after "+waits[i].String(), r, got[i].at.Add(waits[i]))
		}
	})
}
