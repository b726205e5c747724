package handlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/a-h/templ"

	"apifront/store"
)

const (
	// BatchPause is the least time between two messages of a stream. All changes of
	// that time are one message.
	BatchPause = 100 * time.Millisecond
	// Beat is how often a stream says that the server is there. Pages that hear nothing
	// for 2.5 of it say so (app.js), and no proxy closes a stream that is as quiet.
	Beat = 4 * time.Second
	// SessionBeats is after how many beats a stream asks whether its session still holds.
	SessionBeats = 5
)

// A pulse is the timer of all streams of a server. It runs only while somebody waits.
type pulse struct {
	mu   sync.Mutex
	next chan struct{}
}

// Next is closed at the next beat, for all who ask before it.
func (p *pulse) Next() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next == nil {
		c := make(chan struct{})
		p.next = c
		time.AfterFunc(Beat, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.next = nil
			close(c)
		})
	}
	return p.next
}

// An EventStream is an open stream of server-sent events.
type EventStream struct {
	w     http.ResponseWriter
	c     *http.ResponseController
	beats int // that were sent
}

// OpenStream begins the stream that answers a request, with a comment. The error means
// that the client is gone.
func OpenStream(w http.ResponseWriter, comment string) (*EventStream, error) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	st := &EventStream{w: w, c: http.NewResponseController(w)}
	return st, st.Comment(comment)
}

// Comment sends what readers skip.
func (st *EventStream) Comment(text string) error { return st.Write([]byte(": " + text + "\n\n")) }

// Beat tells the reader that the server is there. A comment would not do: the page's
// script does not see any. ask says that it is time to ask for the session.
func (st *EventStream) Beat() (ask bool, err error) {
	st.beats++
	return st.beats%SessionBeats == 0, st.Write([]byte("event: beat\ndata: \n\n"))
}

// End tells the reader not to come back.
func (st *EventStream) End() error { return st.Write([]byte("event: end\ndata: over\n\n")) }

// Write sends bytes to a reader, within TakeLimit.
func (st *EventStream) Write(b []byte) error {
	// A server without deadlines has none to set.
	if err := st.c.SetWriteDeadline(time.Now().Add(TakeLimit)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("set the write deadline: %w", err)
	}
	if _, err := st.w.Write(b); err != nil {
		return fmt.Errorf("write stream: %w", err)
	}
	if err := st.c.Flush(); err != nil {
		return fmt.Errorf("flush stream: %w", err)
	}
	return nil
}

// RenderPart is a part of a page as HTML.
func RenderPart(ctx context.Context, c templ.Component) ([]byte, error) {
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		return nil, fmt.Errorf("render part of a page: %w", err)
	}
	return b.Bytes(), nil
}

// DataLines frames HTML as the data of a message. Every line needs its own
// data field, and a carriage return ends a line too.
func DataLines(html []byte) []byte {
	var b bytes.Buffer
	html = bytes.ReplaceAll(html, []byte("\r\n"), []byte("\n"))
	html = bytes.ReplaceAll(html, []byte("\r"), []byte("\n"))
	for line := range bytes.SplitSeq(bytes.TrimRight(html, "\n"), []byte("\n")) {
		b.WriteString("data: ")
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// SessionHolds says whether the session of an open stream is still valid. While
// the database does not answer, it counts as valid.
func (s *Server) SessionHolds(ctx context.Context, tokenHash string) bool {
	if s.Store.Answers(ctx) != nil {
		return true // the beat does not wait for it
	}
	session, err := s.Store.Session(ctx, tokenHash)
	return err == nil && !session.Over(s.Now()) || err != nil && !errors.Is(err, store.ErrNotFound)
}
