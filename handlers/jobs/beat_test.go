package jobs_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// TestQuietStreamsBeat opens twenty streams of a job that does nothing, one after the
// other. All hear of the server at every beat, at the same moments, so one timer serves
// them all; and the database is asked for a session at every fifth beat only.
func TestQuietStreamsBeat(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	synctest.Test(t, func(t *testing.T) {
		s := handlerstest.OpenJobSite(t, path)
		l := &pipeListener{next: make(chan net.Conn), shut: make(chan struct{})}
		server := &http.Server{Handler: s.Handler, ReadHeaderTimeout: time.Second}
		served := make(chan error, 1)
		go func() { served <- server.Serve(l) }()
		n := s.Start(setup.JobApply, setup.JobInput{})

		const viewers = 20
		var mu sync.Mutex
		var moments []time.Time // at which any beat came
		beats := make([]int, viewers)
		var readers sync.WaitGroup
		var conns []net.Conn
		for i := range viewers {
			here, there := net.Pipe()
			conns = append(conns, here)
			l.next <- there
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://localhost/jobs/%d/events?after=0", n), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range s.Cookies {
				r.AddCookie(c)
			}
			readers.Go(func() {
				lines := bufio.NewScanner(here)
				lines.Buffer(nil, 1<<20)
				for lines.Scan() {
					if lines.Text() != "event: beat" {
						continue
					}
					mu.Lock()
					beats[i]++
					if now := time.Now(); !slices.ContainsFunc(moments, now.Equal) {
						moments = append(moments, now)
					}
					mu.Unlock()
				}
			})
			if err := r.Write(here); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		reads, writes := s.Store.Asked()
		time.Sleep(10 * handlers.Beat)
		synctest.Wait()
		mu.Lock()
		for i, got := range beats {
			if got != 10 {
				t.Errorf("viewer %d heard %d beats in the time of 10", i, got)
			}
		}
		if len(moments) != 10 {
			t.Errorf("beats came at %d moments, want 10 for all viewers together", len(moments))
		}
		mu.Unlock()
		moreReads, moreWrites := s.Store.Asked()
		t.Logf("%d viewers for %s: %d reads, %d writes", viewers, 10*handlers.Beat, moreReads-reads, moreWrites-writes)
		if most := int64(viewers * 10 / handlers.SessionBeats * 2); moreReads-reads > most || moreWrites != writes {
			t.Errorf("%d reads and %d writes, want at most %d and none", moreReads-reads, moreWrites-writes, most)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-served
		for _, c := range conns {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
		readers.Wait()
	})
}
