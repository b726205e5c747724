package doctor

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	webdoctor "apifront/web/doctor"
)

// events streams what a diagnosis sees, until it has ended: each message is the page as
// it is now, so a reader who comes back misses nothing.
func (s *room) events(w http.ResponseWriter, r *http.Request) error {
	d, err := s.diagnosis(r)
	if err != nil {
		return err
	}
	changed, leave := s.Store.WatchDiagnosed() // first, so that nothing falls between
	defer leave()
	st, err := handlers.OpenStream(w, "stream of diagnosis "+d.ID)
	if err != nil {
		return nil // the client is gone; there is nobody to tell
	}
	handlers.Begun(r.Context())
	if err := s.follow(r, st, d.ID, changed); err != nil && r.Context().Err() == nil {
		s.Log.WarnContext(r.Context(), "stream ended", "diagnosis", d.ID, "err", err)
	}
	return nil
}

// follow sends what is new until the diagnosis has ended, the reader is gone, or the
// server stops.
func (s *room) follow(r *http.Request, st *handlers.EventStream, id string, changed <-chan struct{}) error {
	ctx, session := r.Context(), handlers.Session(r.Context())
	beat := s.Pulse.Next()
	var sent []byte
	for {
		d, err := s.readAgain(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return st.End()
		}
		if err != nil {
			return err // the reader connects again
		}
		message, err := s.message(r, d)
		if err != nil {
			return err
		}
		if !bytes.Equal(message, sent) {
			if err := st.Write(message); err != nil {
				return err
			}
			sent = message
		}
		if !d.Open() {
			return st.End()
		}
		time.Sleep(handlers.BatchPause)
		for waits := true; waits; {
			select {
			case <-ctx.Done():
				return nil
			case <-s.Done:
				return nil
			case <-beat:
				beat = s.Pulse.Next()
				if ask, err := st.Beat(); err != nil || ask && !s.SessionHolds(ctx, session.TokenHash) {
					return err
				}
			case <-changed:
				waits = false
			}
		}
	}
}

func (s *room) readAgain(ctx context.Context, id string) (setup.Diagnosis, error) {
	ctx, done := context.WithTimeout(ctx, handlers.PageTimeout)
	defer done()
	return s.Store.Diagnosis(ctx, id)
}

// message is the page of a diagnosis as a message of the stream.
func (s *room) message(r *http.Request, d setup.Diagnosis) ([]byte, error) {
	ctx, done := context.WithTimeout(r.Context(), handlers.PageTimeout)
	defer done()
	v, err := s.view(r.WithContext(ctx), d)
	if err != nil {
		return nil, err
	}
	v.Stay = "" // a reader of a stream has a script
	html, err := handlers.RenderPart(ctx, webdoctor.Message(v))
	if err != nil {
		return nil, err
	}
	return append(handlers.DataLines(html), '\n'), nil
}
