package handlers

import (
	"bufio"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/store"
)

func discardLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// A testStream reads a stream of events.
type testStream struct {
	t    testing.TB
	resp *http.Response
	in   chan message1
}

type message1 struct{ id, event, data string }

func (s *jobSite) events(path string, header http.Header) *testStream {
	s.t.Helper()
	resp := s.request(http.MethodGet, path, nil, header)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		s.t.Fatalf("GET %s: %d, %s", path, resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	st := &testStream{t: s.t, resp: resp, in: make(chan message1, 100)}
	go st.read()
	return st
}

func (st *testStream) read() {
	defer close(st.in)
	var m message1
	lines := bufio.NewScanner(st.resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case lines.Text() == "":
			if m != (message1{}) {
				st.in <- m
			}
			m = message1{}
		case field == "id":
			m.id = value
		case field == "event":
			m.event = value
		case field == "data":
			m.data += value + "\n"
		}
	}
}

// next is the next message; the zero one when the stream has ended.
func (st *testStream) next() message1 {
	st.t.Helper()
	select {
	case m := <-st.in:
		return m
	case <-time.After(5 * time.Second):
		st.t.Fatal("no message within 5 s")
		return message1{}
	}
}

func (st *testStream) close() { _ = st.resp.Body.Close() }

func (s *jobSite) seq(job int64) string {
	s.t.Helper()
	j, err := s.store.Job(s.t.Context(), job)
	if err != nil {
		s.t.Fatal(err)
	}
	return strconv.FormatInt(j.Seq, 10)
}

func TestStreamSendsWhatHappens(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	n := s.start(setup.JobApply, setup.JobInput{})
	st := s.events("/jobs/1/events?after="+s.seq(n), nil)
	s.pass("identity", done("Account 482177301954"), get("sts", "GetCallerIdentity"))
	var all strings.Builder
	last := ""
	for last != s.seq(n) {
		m := st.next()
		last = m.id
		all.WriteString(m.data)
	}
	for _, part := range []string{
		`hx-target="#step-identity-status" hx-swap="outerMorph"`, `hx-target="#step-identity-calls"`, "sts:GetCallerIdentity",
		"1 of ", "<title>Running: Job 1 · apifront</title>", `hx-target="#job-summary"`,
	} {
		if !strings.Contains(all.String(), part) {
			t.Errorf("no %q in the stream", part)
		}
	}
	if got := st.resp.Header.Get("Content-Encoding"); got != "" {
		t.Errorf("the stream is sent as %s", got)
	}
	if got := st.resp.Header.Get("X-Accel-Buffering") + " " + st.resp.Header.Get("Cache-Control"); got != "no no-store" {
		t.Errorf("headers %q", got)
	}
}

func TestStreamSendsOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.start(setup.JobApply, setup.JobInput{})
	s.pass("identity", done(""))
	st := s.events("/jobs/1/events?after=0", nil)
	if m := st.next(); !strings.Contains(m.data, `hx-target="#job-side"`) {
		t.Error("the first message of a stream is not whole")
	}
	s.pass("certificate-edge", store.Outcome{State: setup.StepRunning, Summary: "Requested", After: time.Hour})
	m := st.next()
	if strings.Contains(m.data, `hx-target="#job-side"`) || strings.Contains(m.data, `#step-identity-calls`) || strings.Contains(m.data, `#step-identity-status`) {
		t.Errorf("a message holds what has not changed: %s", m.data)
	}
	if !strings.Contains(m.data, `#step-certificate-edge-status`) {
		t.Error("a message lacks what has changed")
	}
}

func TestStreamAfterAReconnectMissesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	n := s.start(setup.JobApply, setup.JobInput{})
	st := s.events("/jobs/1/events?after=0", nil)
	first := st.next()
	if first.id == "" || first.id == "0" {
		t.Fatalf("first message has id %q", first.id)
	}
	st.close()

	// What happens while nobody listens.
	calls := []setup.Call{}
	for i := range 3 {
		calls = append(calls, get("sts", fmt.Sprintf("Call%d", i)))
	}
	s.pass("identity", done("Account"), calls...)

	// The URL still says after=0: the header is the newer one.
	st = s.events("/jobs/1/events?after=0", http.Header{"Last-Event-Id": {first.id}})
	m := st.next()
	if m.id != s.seq(n) {
		t.Errorf("message up to %s, want %s", m.id, s.seq(n))
	}
	for i := range 3 {
		if got := strings.Count(m.data, fmt.Sprintf(">sts:Call%d</code>", i)); got != 1 {
			t.Errorf("call %d is there %d times, want once", i, got)
		}
	}
	st.close()

	// With everything seen there is nothing to send but what comes.
	st = s.events("/jobs/1/events?after=0", http.Header{"Last-Event-Id": {m.id}})
	s.pass("certificate-edge", done("ACM"))
	next := st.next()
	if strings.Contains(next.data, "sts:Call1") {
		t.Error("a call that was seen is sent again")
	}
	if !strings.Contains(next.data, "#step-certificate-edge-status") {
		t.Error("the next step is missing")
	}
	st.close()

	// A number from another database: everything is sent.
	st = s.events("/jobs/1/events?after=100000", nil)
	if m := st.next(); !strings.Contains(m.data, "sts:Call1") {
		t.Error("a reader who is ahead gets nothing")
	}
}

func TestStreamEndsWithTheJob(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.start(setup.JobApply, setup.JobInput{})
	st := s.events("/jobs/1/events?after=0", nil)
	st.next()
	if err := s.store.CancelJob(t.Context(), 1, "Mira Okafor"); err != nil {
		t.Fatal(err)
	}
	m := st.next()
	if !strings.Contains(m.data, "Cancelled: Job 1") {
		t.Errorf("the last message does not tell the end: %s", m.data)
	}
	if m = st.next(); m.event != "end" {
		t.Errorf("event %q after the last message, want end", m.event)
	}
	if m, more := <-st.in; more {
		t.Errorf("after the end comes %v", m)
	}
	// Coming back to a job that is over: the end at once.
	if m := s.events("/jobs/1/events?after="+s.seq(1), nil).next(); m.event != "end" {
		t.Errorf("first event %q, want end", m.event)
	}
}

func TestStreamEndsWhenTheServerStops(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.start(setup.JobApply, setup.JobInput{})
	st := s.events("/jobs/1/events?after=0", nil)
	st.next()
	began := time.Now()
	close(s.stop)
	for m := range st.in {
		if m.event == "end" {
			t.Error("the job is not over, and the stream says it is")
		}
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("the stream ended after %s", took)
	}
}

func TestStreamNeedsASession(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.start(setup.JobApply, setup.JobInput{})
	s.cookies = nil
	if resp := s.request(http.MethodGet, "/jobs/1/events?after=0", nil, http.Header{"Hx-Request": {"true"}}); resp.Header.Get("HX-Redirect") == "" {
		t.Errorf("status %d without a session, and no way to the sign-in page", resp.StatusCode)
	}
}
