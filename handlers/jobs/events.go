package jobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"apifront/handlers"
	"apifront/store"
)

const (
	// eventsRead is how many events one batch may hold. With more, every step
	// counts as changed.
	eventsRead = 500
	// batchPause is the least time between two messages. All changes of that
	// time are one message.
	batchPause = 100 * time.Millisecond
	// heartbeat keeps proxies from closing a quiet stream.
	heartbeat = 20 * time.Second
)

// events streams the changes of a job page: first the stored ones after
// Last-Event-ID or ?after, then live ones. A message holds the affected regions
// of the page as they are now. Its number is that of the last event in them, so
// a reader who comes back misses nothing and gets nothing twice.
func (s *room) events(w http.ResponseWriter, r *http.Request) error {
	j, err := s.job(r)
	if err != nil {
		return err
	}
	session := handlers.Session(r.Context())
	f, leave := s.join(r, j.ID)
	defer leave()
	st := &stream{feed: f, w: w, c: http.NewResponseController(w), after: afterOf(r), sent: map[string][sha256.Size]byte{}}
	if j.Seq < st.after {
		st.after = 0 // the database is another one: the reader's number is higher than the job's
	}
	if err := st.open(); err != nil {
		return nil // the client is gone; there is nobody to tell
	}
	handlers.Begun(r.Context())
	st.holds = func(ctx context.Context) bool { return s.stillHolds(ctx, session.TokenHash) }
	if err := st.run(r.Context(), s.Done); err != nil && r.Context().Err() == nil {
		s.Log.WarnContext(r.Context(), "stream ended", "job", j.ID, "err", err)
	}
	return nil
}

// afterOf is the number of the last event the reader has.
func afterOf(r *http.Request) int64 {
	for _, text := range []string{r.Header.Get("Last-Event-ID"), r.URL.Query().Get("after")} {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
			return n
		}
	}
	return 0
}

// A stream is one open stream.
type stream struct {
	feed  *feed
	w     http.ResponseWriter
	c     *http.ResponseController
	after int64                        // the last event this reader has
	sent  map[string][sha256.Size]byte // what this reader has, by region
	holds func(context.Context) bool   // says whether the reader's session is still valid; called at each heartbeat
}

func (st *stream) open() error {
	h := st.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	st.w.WriteHeader(http.StatusOK)
	return st.write([]byte(": stream of job " + strconv.FormatInt(st.feed.job, 10) + "\n\n"))
}

// write sends bytes to a reader, within TakeLimit.
func (st *stream) write(b []byte) error {
	// A server without deadlines has none to set.
	if err := st.c.SetWriteDeadline(time.Now().Add(handlers.TakeLimit)); err != nil && !errors.Is(err, http.ErrNotSupported) {
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

// run sends what is new until the job is over, the reader is gone, or the
// server stops.
func (st *stream) run(ctx context.Context, done <-chan struct{}) error {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		j, news, err := st.feed.now()
		if err == nil && st.after < j.Seq {
			if err := st.send(); err != nil { // an error ends this stream only, and not the shared feed
				return err
			}
			continue
		}
		if gone(err) || err == nil && st.after == j.Seq && j.ID != 0 && !j.State.Active() {
			return st.write([]byte("event: end\ndata: over\n\n"))
		}
		if err != nil {
			return fmt.Errorf("read job %d: %w", st.feed.job, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-done:
			return nil
		case <-beat.C:
			if !st.holds(ctx) {
				return nil
			}
			if err := st.write([]byte(": still here\n\n")); err != nil {
				return err
			}
		case <-news:
		}
	}
}

// stillHolds says whether the session of an open stream is still valid. While
// the database does not answer, it counts as valid.
func (s *room) stillHolds(ctx context.Context, tokenHash string) bool {
	if s.Store.Answers(ctx) != nil {
		return true // the heartbeat does not wait for it
	}
	session, err := s.Store.Session(ctx, tokenHash)
	return err == nil && !session.Over(s.Now()) || err != nil && !errors.Is(err, store.ErrNotFound)
}

// send sends the regions that differ from what this reader has, as one message
// under the number of the newest event in them.
func (st *stream) send() error {
	u, err := st.feed.since(st.after)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	out.WriteString("id: ")
	out.WriteString(strconv.FormatInt(u.seq, 10))
	out.WriteByte('\n')
	head, now := out.Len(), map[string]bool{}
	for _, r := range u.regions {
		old, known := st.sent[r.key]
		st.sent[r.key] = r.mark
		if known && old == r.mark || now[r.within] {
			continue
		}
		now[r.key] = true
		out.Write(r.data)
	}
	if out.Len() == head {
		out.WriteString("data: \n")
	}
	out.WriteByte('\n')
	if err := st.write(out.Bytes()); err != nil {
		return err
	}
	st.after = u.seq
	return nil
}

func renderPart(ctx context.Context, c templ.Component) ([]byte, error) {
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		return nil, fmt.Errorf("render part of a page: %w", err)
	}
	return b.Bytes(), nil
}

// dataLines frames HTML as the data of a message. Every line needs its own
// data field, and a carriage return ends a line too.
func dataLines(html []byte) []byte {
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
