package jobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strconv"

	"apifront/handlers"
)

// eventsRead is how many events one batch may hold. With more, every step
// counts as changed.
const eventsRead = 500

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
	st := &stream{feed: f, after: afterOf(r), sent: map[string][sha256.Size]byte{}}
	if j.Seq < st.after {
		st.after = 0 // the database is another one: the reader's number is higher than the job's
	}
	if st.EventStream, err = handlers.OpenStream(w, "stream of job "+strconv.FormatInt(j.ID, 10)); err != nil {
		return nil // the client is gone; there is nobody to tell
	}
	handlers.Begun(r.Context())
	st.holds = func(ctx context.Context) bool { return s.SessionHolds(ctx, session.TokenHash) }
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
	*handlers.EventStream
	feed  *feed
	after int64                        // the last event this reader has
	sent  map[string][sha256.Size]byte // what this reader has, by region
	holds func(context.Context) bool   // says whether the reader's session is still valid; called every few beats
}

// run sends what is new until the job is over, the reader is gone, or the
// server stops.
func (st *stream) run(ctx context.Context, done <-chan struct{}) error {
	beat := st.feed.s.Pulse.Next()
	for {
		j, news, err := st.feed.now()
		if err == nil && st.after < j.Seq {
			if err := st.send(); err != nil { // an error ends this stream only, and not the shared feed
				return err
			}
			continue
		}
		if gone(err) || err == nil && st.after == j.Seq && j.ID != 0 && !j.State.Active() {
			return st.End()
		}
		if err != nil {
			return fmt.Errorf("read job %d: %w", st.feed.job, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-done:
			return nil
		case <-beat:
			beat = st.feed.s.Pulse.Next()
			if ask, err := st.Beat(); err != nil || ask && !st.holds(ctx) {
				return err
			}
		case <-news:
		}
	}
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
	if err := st.Write(out.Bytes()); err != nil {
		return err
	}
	st.after = u.seq
	return nil
}
