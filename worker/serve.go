package worker

import (
	"context"
	"sync"
	"time"
)

// A queue is what is asked of workers in the store, beside steps. Each worker
// takes of it by itself, with a lease.
type queue[T any] struct {
	asked  <-chan struct{} // that there is more; lost wake-ups are made up for
	atOnce int             // how many this worker is at
	next   func(context.Context) (T, bool)
	do     func(context.Context, T)
	free   func(context.Context) error // gives back what this worker is at

	// soon is when it is worth asking again after next has found nothing, at the
	// latest after sweepEvery; nil: then.
	soon func() time.Duration
}

// serve does what is in the queue, several at once, until ctx ends; what it is at
// then is given back.
func serve[T any](ctx context.Context, q queue[T]) error {
	slots := make(chan struct{}, q.atOnce)
	var group sync.WaitGroup
	for ctx.Err() == nil {
		select { // a free slot comes first: a lease runs from when something is taken
		case <-ctx.Done():
			continue
		case slots <- struct{}{}:
		}
		if one, found := q.next(ctx); found {
			group.Go(func() {
				defer func() { <-slots }()
				q.do(ctx, one)
			})
			continue
		}
		<-slots
		wait := sweepEvery
		if q.soon != nil {
			wait = min(wait, q.soon())
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-q.asked:
		case <-timer.C:
		}
		timer.Stop()
	}
	group.Wait()
	save, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveLimit)
	defer cancel()
	return q.free(save)
}
