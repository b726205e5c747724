package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A process that is asked to stop ends in time, also when something hangs; what
// ends by itself is waited for and says how.
func TestStoppingHasALimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		own := errors.New("a part failed")
		for name, c := range map[string]struct {
			takes time.Duration // after the request to stop
			want  error         // nil: that of the limit
			ended time.Duration
		}{
			"at once":  {0, own, 0},
			"in time":  {14 * time.Second, own, 14 * time.Second},
			"too late": {time.Hour, nil, 15 * time.Second},
		} {
			ctx, stop := context.WithCancel(t.Context())
			time.AfterFunc(time.Minute, stop)
			began := time.Now()
			err := within(ctx, 15*time.Second, func() error {
				<-ctx.Done()
				time.Sleep(c.takes)
				return own
			})
			if took := time.Since(began) - time.Minute; took != c.ended || c.want != nil && !errors.Is(err, c.want) || c.want == nil && (err == nil || errors.Is(err, own)) {
				t.Errorf("%s: ended %s after the request with %v", name, took, err)
			}
		}
		time.Sleep(2 * time.Hour) // what was left behind ends too
	})
}
