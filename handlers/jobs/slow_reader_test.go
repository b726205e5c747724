package jobs_test

import (
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/handlers/jobs"
	"apifront/setup"
	"apifront/store"
)

// A pipeListener is a network whose connections hold no byte: what is written
// waits until it is read.
type pipeListener struct {
	next chan net.Conn
	once sync.Once
	shut chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.next:
		return c, nil
	case <-l.shut:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.shut) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

// TestNobodyWaitsForASlowReader lets a viewer read nothing while its job
// writes thousands of events. Time in the bubble stands still while anybody
// works and goes on as soon as everybody waits: no time passes until the job is
// over, so nothing waited for the viewer. Nothing is kept for the viewer
// either, and after a minute its stream has ended.
func TestNobodyWaitsForASlowReader(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	synctest.Test(t, func(t *testing.T) {
		var in *jobs.Room
		s := handlerstest.OpenJobSite(t, path, jobs.In(&in))
		l := &pipeListener{next: make(chan net.Conn), shut: make(chan struct{})}
		server := &http.Server{Handler: s.Handler, ReadHeaderTimeout: time.Second}
		served := make(chan error, 1)
		go func() { served <- server.Serve(l) }()
		n := s.Start(setup.JobApply, setup.JobInput{})

		here, there := net.Pipe()
		l.next <- there
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://localhost/jobs/%d/events?after=0", n), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range s.Cookies {
			r.AddCookie(c)
		}
		if err := r.Write(here); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the stream is open, and stuck in its first byte
		if streams, kept := jobs.Streams(in); streams != 1 || kept > 1 {
			t.Fatalf("%d streams, for which %d updates are kept", streams, kept)
		}

		began := time.Now()
		calls := make([]setup.Call, 2000)
		for i := range calls {
			calls[i] = handlerstest.Call("acm", "ListCertificates")
		}
		s.Pass("identity", handlerstest.Done("Account 482177301954"), calls...)
		if err := s.Store.CancelJob(t.Context(), n, "Mira Okafor"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("the job waited %s", took)
		}
		synctest.Wait()
		if streams, kept := jobs.Streams(in); streams != 1 || kept > 1 {
			t.Errorf("%d streams, for which %d updates are kept", streams, kept)
		}

		time.Sleep(handlers.TakeLimit - time.Second)
		synctest.Wait()
		if streams, _ := jobs.Streams(in); streams != 1 {
			t.Error("the stream ended before its reader's time was over")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if streams, _ := jobs.Streams(in); streams != 0 {
			t.Error("the stream goes on for a reader that takes nothing")
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-served
		if err := here.Close(); err != nil {
			t.Error(err)
		}
		if _, err := s.Store.Job(t.Context(), n); err != nil {
			t.Errorf("the job: %v", err)
		}
	})
}

// TestAReaderThatLeavesIsForgotten closes a stream from the other end.
func TestAReaderThatLeavesIsForgotten(t *testing.T) {
	t.Parallel()
	var in *jobs.Room
	s := handlerstest.NewJobSite(t, jobs.In(&in))
	s.Start(setup.JobApply, setup.JobInput{})
	first, second := s.Events("/jobs/1/events?after=0", nil), s.Events("/jobs/1/events?after=0", nil)
	first.Next()
	second.Next()
	if streams, _ := jobs.Streams(in); streams != 2 {
		t.Errorf("%d streams are counted, want 2", streams)
	}
	first.Close()
	second.Close()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		streams, _ := jobs.Streams(in)
		if streams == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d streams are left 5 s after their readers have gone", streams)
		}
	}
	// The store is not watched for them any more either: a change wakes nobody.
	s.Pass("identity", store.Outcome{State: setup.StepDone})
	if streams, kept := jobs.Streams(in); streams != 0 || kept != 0 {
		t.Errorf("%d streams and %d updates after the change", streams, kept)
	}
}
