package db

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// However many ask, one question is put, its answer is good for a moment, and a
// database that says nothing keeps nobody waiting, and is not asked again until
// it has answered.
func TestAnInquiryIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var i inquiry
		var mu sync.Mutex
		put, silent := 0, make(chan struct{})
		answer := func(context.Context) error { return nil }
		answers := func(say func(context.Context) error) {
			mu.Lock()
			defer mu.Unlock()
			answer = say
		}
		ask := func() []error {
			var group sync.WaitGroup
			errs := make([]error, 50)
			for n := range errs {
				group.Go(func() {
					errs[n] = i.ask(t.Context(), func(ctx context.Context) error {
						mu.Lock()
						put++
						say := answer
						mu.Unlock()
						return say(ctx)
					})
				})
			}
			group.Wait()
			return errs
		}
		want := func(what string, puts int, target error) {
			t.Helper()
			began := time.Now()
			for _, err := range ask() {
				if target == nil && err != nil || !errors.Is(err, target) {
					t.Fatalf("%s: the answer is %v, want %v", what, err, target)
				}
			}
			if waited := time.Since(began); waited > 2*time.Second {
				t.Errorf("%s: it took %s", what, waited)
			}
			mu.Lock()
			defer mu.Unlock()
			if put != puts {
				t.Errorf("%s: it was asked %d times, want %d", what, put, puts)
			}
		}
		want("at first", 1, nil)
		want("at once again", 1, nil)
		time.Sleep(readyFor + time.Millisecond)
		answers(func(context.Context) error { return ErrFull })
		want("later", 2, ErrFull)
		time.Sleep(readyFor + time.Millisecond)
		answers(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		want("one that hears", 3, ErrSilent)
		time.Sleep(readyFor + time.Millisecond)
		answers(func(context.Context) error { <-silent; return nil })
		want("one that does not hear", 4, ErrSilent)
		time.Sleep(time.Hour)
		want("and goes on so", 4, ErrSilent)
		close(silent)
		synctest.Wait()
		answers(func(context.Context) error { return errors.New("odd") })
		want("in the end", 5, ErrStorage)
	})
}
