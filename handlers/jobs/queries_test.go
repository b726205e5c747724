package jobs_test

import (
	"net/http"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// A page of a job asks the database a bounded number of times, however many
// steps and calls the job has.
func TestQueriesOfAJob(t *testing.T) {
	s := handlerstest.NewJobSite(t)
	n := s.Start(setup.JobApply, setup.JobInput{})
	s.Page("/jobs/1", http.StatusOK) // the session is kept from now on
	count := func(what string, most int64, do func()) {
		t.Helper()
		reads, writes := s.Store.Asked()
		do()
		moreReads, moreWrites := s.Store.Asked()
		t.Logf("%s: %d reads, %d writes", what, moreReads-reads, moreWrites-writes)
		if moreReads-reads > most || moreWrites != writes {
			t.Errorf("%s: %d reads and %d writes, want at most %d and none", what, moreReads-reads, moreWrites-writes, most)
		}
	}
	count("a job that has begun", 8, func() { s.Page("/jobs/1", http.StatusOK) })
	s.ToMappings()
	count("a job at work", 8, func() { s.Page("/jobs/1", http.StatusOK) })
	events := s.Events("/jobs/1/events?after=0", nil)
	quiet := func() {
		for {
			select {
			case <-events.C:
			case <-time.After(500 * time.Millisecond):
				return
			}
		}
	}
	quiet()
	reads, _ := s.Store.Asked()
	c := handlerstest.Call("apigateway", "GetDomainName")
	c.JobID, c.StepID, c.Attempt = n, "domain", 1
	if err := s.Store.RecordCall(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if m := events.Next(); m.Data == "" {
		t.Fatal("no message")
	}
	quiet()
	if more, _ := s.Store.Asked(); more-reads > 6 {
		t.Errorf("an event: %d reads, want at most 6", more-reads)
	} else {
		t.Logf("an event: %d reads", more-reads)
	}
	events.Close()
	s.Finish()
	for was := int64(-1); ; { // the stream may read a last time before it sees that nobody listens
		reads, _ := s.Store.Asked()
		if reads == was {
			break
		}
		was = reads
		time.Sleep(500 * time.Millisecond)
	}
	count("a job that has ended", 8, func() { s.Page("/jobs/1", http.StatusOK) })
}
