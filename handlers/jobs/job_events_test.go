package jobs_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

func seq(s *handlerstest.JobSite, job int64) string {
	s.T.Helper()
	j, err := s.Store.Job(s.T.Context(), job)
	if err != nil {
		s.T.Fatal(err)
	}
	return strconv.FormatInt(j.Seq, 10)
}

func TestStreamSendsWhatHappens(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	n := s.Start(setup.JobApply, setup.JobInput{})
	st := s.Events("/jobs/1/events?after="+seq(s, n), nil)
	s.Pass("identity", handlerstest.Done("Account 482177301954"), handlerstest.Call("sts", "GetCallerIdentity"))
	var all strings.Builder
	last := ""
	for last != seq(s, n) {
		m := st.Next()
		last = m.ID
		all.WriteString(m.Data)
	}
	for _, part := range []string{
		`hx-target="#step-identity-status" hx-swap="outerMorph"`, `hx-target="#step-identity-calls"`, "sts:GetCallerIdentity",
		"1 of ", " min left: Job 1 · apifront</title>", `hx-target="#job-summary"`,
	} {
		if !strings.Contains(all.String(), part) {
			t.Errorf("no %q in the stream", part)
		}
	}
	if got := st.Resp.Header.Get("Content-Encoding"); got != "" {
		t.Errorf("the stream is sent as %s", got)
	}
	if got := st.Resp.Header.Get("X-Accel-Buffering") + " " + st.Resp.Header.Get("Cache-Control"); got != "no no-store" {
		t.Errorf("headers %q", got)
	}
}

func TestStreamSendsOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.Pass("identity", handlerstest.Done(""))
	st := s.Events("/jobs/1/events?after=0", nil)
	if m := st.Next(); !strings.Contains(m.Data, `hx-target="#job-side"`) {
		t.Error("the first message of a stream is not whole")
	}
	s.Pass("certificate-edge", store.Outcome{State: setup.StepRunning, Summary: "Requested", After: time.Hour})
	m := st.Next()
	if strings.Contains(m.Data, `hx-target="#job-side"`) || strings.Contains(m.Data, `#step-identity-calls`) || strings.Contains(m.Data, `#step-identity-status`) {
		t.Errorf("a message holds what has not changed: %s", m.Data)
	}
	if !strings.Contains(m.Data, `#step-certificate-edge-status`) {
		t.Error("a message lacks what has changed")
	}
}

// The row of a step that is done says in the stream, too, what it got over by itself.
// News of other steps do not take that away, and a stream that begins later says it.
func TestStreamSaysWhatStepsGotOver(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	n := s.Start(setup.JobApply, setup.JobInput{})
	st := s.Events("/jobs/1/events?after="+seq(s, n), nil)
	lost := handlerstest.Call("sts", "CreateThing")
	lost.Write, lost.Status, lost.Code = true, 0, setup.CodeNoAnswer
	s.Pass("identity", handlerstest.Done("Account"), lost)
	const words = "Account. The answer to CreateThing was lost. What it made was found again, and nothing was made twice"
	row := func(st *handlerstest.EventStream) (last string) {
		for m := st.Next(); ; m = st.Next() {
			if _, after, ok := strings.Cut(m.Data, `hx-target="#step-identity-status"`); ok {
				last, _, _ = strings.Cut(after, "</summary>")
			}
			if m.ID == seq(s, n) {
				return last
			}
		}
	}
	if got := row(st); !strings.Contains(got, words) {
		t.Errorf("the stream says of the step that is done: %s", got)
	}
	s.Pass("certificate-edge", store.Outcome{State: setup.StepRunning, Summary: "Requested", After: time.Hour})
	if got := row(st); got != "" {
		t.Errorf("with news of another step, the stream says: %s", got)
	}
	st.Close()
	time.Sleep(2 * handlers.BatchPause)
	late := s.Events("/jobs/1/events?after="+seq(s, n), nil)
	s.Pass("certificate-regional", store.Outcome{State: setup.StepRunning, Summary: "Requested", After: time.Hour})
	if got := row(late); !strings.Contains(got, words) {
		t.Errorf("a later stream says: %s", got)
	}
}

func TestStreamAfterAReconnectMissesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	n := s.Start(setup.JobApply, setup.JobInput{})
	other := s.Events("/jobs/1/events?after=0", nil) // keeps the feed open
	defer other.Close()
	st := s.Events("/jobs/1/events?after=0", nil)
	first := st.Next()
	if first.ID == "" || first.ID == "0" {
		t.Fatalf("first message has id %q", first.ID)
	}
	st.Close()

	// What happens while this reader does not listen, and the feed reads in the
	// middle of it.
	time.Sleep(2 * handlers.BatchPause)
	calls := []setup.Call{}
	for i := range 3 {
		calls = append(calls, handlerstest.Call("sts", fmt.Sprintf("Call%d", i)))
	}
	s.Pass("identity", handlerstest.Done("Account"), calls...)

	// The URL still says after=0: the header is the newer one. The reader may
	// come back to a feed that somebody else keeps open and that is still behind:
	// then the news come in more than one message.
	st = s.Events("/jobs/1/events?after=0", http.Header{"Last-Event-Id": {first.ID}})
	m, region := st.Next(), ""
	for {
		if strings.Contains(m.Data, `hx-target="#step-identity-calls"`) {
			region = m.Data
		}
		if m.ID == seq(s, n) {
			break
		}
		if m.ID == first.ID {
			t.Fatalf("message up to %s is sent again", m.ID)
		}
		m = st.Next()
	}
	for i := range 3 {
		if got := strings.Count(region, fmt.Sprintf(">sts:Call%d</code>", i)); got != 1 {
			t.Errorf("call %d is there %d times, want once", i, got)
		}
	}
	st.Close()

	// With everything seen there is nothing to send but what comes.
	st = s.Events("/jobs/1/events?after=0", http.Header{"Last-Event-Id": {m.ID}})
	s.Pass("certificate-edge", handlerstest.Done("ACM"))
	next := st.Next()
	if strings.Contains(next.Data, "sts:Call1") {
		t.Error("a call that was seen is sent again")
	}
	if !strings.Contains(next.Data, "#step-certificate-edge-status") {
		t.Error("the next step is missing")
	}
	st.Close()

	// A number from another database: everything is sent.
	st = s.Events("/jobs/1/events?after=100000", nil)
	if m := st.Next(); !strings.Contains(m.Data, "sts:Call1") {
		t.Error("a reader who is ahead gets nothing")
	}
}

func TestStreamEndsWithTheJob(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	st := s.Events("/jobs/1/events?after=0", nil)
	st.Next()
	if err := s.Store.CancelJob(t.Context(), 1, "Mira Okafor"); err != nil {
		t.Fatal(err)
	}
	m := st.Next()
	if !strings.Contains(m.Data, "Cancelled: Job 1") {
		t.Errorf("the last message does not tell the end: %s", m.Data)
	}
	if m = st.Next(); m.Event != "end" {
		t.Errorf("event %q after the last message, want end", m.Event)
	}
	if m, more := <-st.C; more {
		t.Errorf("after the end comes %v", m)
	}
	// Coming back to a job that is over: the end at once.
	if m := s.Events("/jobs/1/events?after="+seq(s, 1), nil).Next(); m.Event != "end" {
		t.Errorf("first event %q, want end", m.Event)
	}
}

func TestStreamEndsWhenTheServerStops(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	st := s.Events("/jobs/1/events?after=0", nil)
	st.Next()
	began := time.Now()
	close(s.Stop)
	for m := range st.C {
		if m.Event == "end" {
			t.Error("the job is not over, and the stream says it is")
		}
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("the stream ended after %s", took)
	}
}

func TestStreamNeedsASession(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.Cookies = nil
	if resp := s.Request(http.MethodGet, "/jobs/1/events?after=0", nil, http.Header{"Hx-Request": {"true"}}); resp.Header.Get("HX-Redirect") == "" {
		t.Errorf("status %d without a session, and no way to the sign-in page", resp.StatusCode)
	}
}
