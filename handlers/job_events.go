package handlers

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

	"apifront/setup"
	"apifront/store"
	"apifront/web"
)

const (
	// eventsRead is how many events one batch may hold. With more, every step
	// counts as changed.
	eventsRead = 500
	// batchPause is the least time between two messages: what happens
	// meanwhile is one message.
	batchPause = 100 * time.Millisecond
	// heartbeat keeps proxies from closing a quiet stream.
	heartbeat = 20 * time.Second
)

// jobEvents streams a job page's changes: stored ones after Last-Event-ID or
// ?after, then live ones. A message is the affected regions of the page as
// they are now, under the number of the last event they contain, so that a
// reader who comes back misses nothing and doubles nothing.
func (s *Server) jobEvents(w http.ResponseWriter, r *http.Request) error {
	j, err := s.job(r)
	if err != nil {
		return err
	}
	// Subscribe first, then read: nothing can fall between.
	changed, stop := s.Store.Watch(j.ID)
	defer stop()

	st := &jobStream{s: s, r: r, w: w, c: http.NewResponseController(w), job: j.ID, after: afterOf(r), sent: map[string][sha256.Size]byte{}}
	if err := st.open(); err != nil {
		return nil // the client is gone; there is nobody to tell
	}
	if err := st.run(r.Context(), changed); err != nil && r.Context().Err() == nil {
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

// A jobStream is one open stream.
type jobStream struct {
	s     *Server
	r     *http.Request
	w     http.ResponseWriter
	c     *http.ResponseController
	job   int64
	after int64
	sent  map[string][sha256.Size]byte // what this reader has, by region
}

func (st *jobStream) open() error {
	// A server without deadlines has none to clear.
	if err := st.c.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("clear the write deadline: %w", err)
	}
	h := st.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	st.w.WriteHeader(http.StatusOK)
	return st.write([]byte(": stream of job " + strconv.FormatInt(st.job, 10) + "\n\n"))
}

func (st *jobStream) write(b []byte) error {
	if _, err := st.w.Write(b); err != nil {
		return fmt.Errorf("write stream: %w", err)
	}
	if err := st.c.Flush(); err != nil {
		return fmt.Errorf("flush stream: %w", err)
	}
	return nil
}

// run sends batches until the job is over, the reader is gone, or the server
// stops.
func (st *jobStream) run(ctx context.Context, changed <-chan struct{}) error {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	pause := time.NewTimer(batchPause)
	defer pause.Stop()
	for {
		over, err := st.batch(ctx)
		if err != nil {
			return err
		}
		if over {
			return st.write([]byte("event: end\ndata: over\n\n"))
		}
		pause.Reset(batchPause)
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				return nil
			case <-st.s.Done:
				return nil
			case <-beat.C:
				if err := st.write([]byte(": still here\n\n")); err != nil {
					return err
				}
			case <-changed:
				waiting = false
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-st.s.Done:
			return nil
		case <-pause.C:
		}
	}
}

// batch sends what is new, and says whether the job is over and all is sent.
func (st *jobStream) batch(ctx context.Context) (over bool, err error) {
	j, err := st.s.Store.Job(ctx, st.job)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("read job %d: %w", st.job, err)
	}
	if j.Seq < st.after {
		st.after = 0 // the reader is ahead of us: the database is another one
	}
	if j.Seq == st.after {
		return !j.State.Active(), nil
	}
	steps, err := st.affected(ctx, j)
	if err != nil {
		return false, err
	}
	f, err := st.s.jobFacts(ctx, st.r, j, callsWish{only: steps})
	if err != nil {
		return false, err
	}
	f.Still = true
	html, err := st.regions(ctx, web.NewJobView(f), steps)
	if err != nil {
		return false, err
	}
	if err := st.write(message(j.Seq, html)); err != nil {
		return false, err
	}
	st.after = j.Seq
	return !j.State.Active(), nil
}

// affected names the steps that the events since st.after are about.
func (st *jobStream) affected(ctx context.Context, j setup.Job) (map[string]bool, error) {
	events, err := st.s.Store.Events(ctx, st.job, st.after, eventsRead)
	if err != nil {
		return nil, fmt.Errorf("read events of job %d: %w", st.job, err)
	}
	steps := map[string]bool{}
	for _, e := range events {
		if e.StepID != "" {
			steps[e.StepID] = true
		}
	}
	// More events than were read, or fewer than there must be because old
	// ones are not kept: anything may have changed.
	if int64(len(events)) < j.Seq-st.after {
		all, err := st.s.Store.Steps(ctx, st.job)
		if err != nil {
			return nil, fmt.Errorf("read steps of job %d: %w", st.job, err)
		}
		for _, step := range all {
			steps[step.ID] = true
		}
	}
	return steps, nil
}

// regions renders the regions that differ from what this reader has.
func (st *jobStream) regions(ctx context.Context, v web.JobView, changed map[string]bool) ([]byte, error) {
	var out bytes.Buffer
	now := map[string]bool{}
	for _, region := range web.JobRegions(v, changed) {
		html, err := renderPart(ctx, region.Body)
		if err != nil {
			return nil, err
		}
		mark := sha256.Sum256(html)
		if region.Same != nil {
			same, err := renderPart(ctx, region.Same)
			if err != nil {
				return nil, err
			}
			mark = sha256.Sum256(same)
		}
		old, known := st.sent[region.Key]
		st.sent[region.Key] = mark
		if known && old == mark || now[region.Within] {
			continue
		}
		now[region.Key] = true
		out.Write(html)
		out.WriteByte('\n')
	}
	return out.Bytes(), nil
}

func renderPart(ctx context.Context, c templ.Component) ([]byte, error) {
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		return nil, fmt.Errorf("render part of a page: %w", err)
	}
	return b.Bytes(), nil
}

// message frames HTML as one event. Every line needs its own data field, and
// a carriage return ends a line too.
func message(id int64, html []byte) []byte {
	var b bytes.Buffer
	b.WriteString("id: ")
	b.WriteString(strconv.FormatInt(id, 10))
	b.WriteByte('\n')
	html = bytes.ReplaceAll(html, []byte("\r\n"), []byte("\n"))
	html = bytes.ReplaceAll(html, []byte("\r"), []byte("\n"))
	for _, line := range bytes.Split(bytes.TrimRight(html, "\n"), []byte("\n")) {
		b.WriteString("data: ")
		b.Write(line)
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return b.Bytes()
}
