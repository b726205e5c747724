package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"apifront/store"
)

// awaitEvery is how often a request that takes its time asks whether the
// database still answers.
const awaitEvery = time.Second

// awaiting ends a request whose database says nothing any more: nobody looks at
// an empty page for long, and no request holds a connection that will not come
// back. One that is only slow goes on. A stream is awaited until it begins.
func (s *Server) awaiting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, end := context.WithCancelCause(r.Context())
		defer end(nil)
		waiting, begun := context.WithCancel(ctx)
		defer begun()
		timer := time.AfterFunc(awaitEvery, func() { s.await(waiting, end) })
		defer timer.Stop()
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, keyAwaited, begun)))
	})
}

// await asks until somebody has what was waited for, and ends the request when
// the database does not answer.
func (s *Server) await(ctx context.Context, end context.CancelCauseFunc) {
	for ctx.Err() == nil {
		if err := s.Store.Answers(ctx); err != nil && ctx.Err() == nil {
			end(err)
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(awaitEvery):
		}
	}
}

// Begun says that what was waited for is there, and the rest may take its time.
func Begun(ctx context.Context) {
	if f, ok := ctx.Value(keyAwaited).(context.CancelFunc); ok {
		f()
	}
}

// ended is err, or why the request was ended, which says more than that it was.
func ended(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, store.ErrStorage) {
		return cause
	}
	return err
}
