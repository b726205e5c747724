package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"apifront/store"
)

// awaitEvery is how often a slow request asks whether the database still
// answers.
const awaitEvery = time.Second

// awaiting ends a request when the database has stopped answering, so that
// nobody looks at an empty page for long and no dead connection is held. A
// request that is only slow goes on. A stream is watched until it begins.
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

// await asks the database again and again until the request has begun to
// answer. It ends the request when the database does not answer.
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

// Begun says that the answer has begun. From now on the request is not watched
// any more.
func Begun(ctx context.Context) {
	if f, ok := ctx.Value(keyAwaited).(context.CancelFunc); ok {
		f()
	}
}

// ended is the reason why the request was ended, if there is one, and err
// otherwise.
func ended(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, store.ErrStorage) {
		return cause
	}
	return err
}
