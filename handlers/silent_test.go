package handlers_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
	"apifront/store/storetest"
)

// A line is the way to PostgreSQL. When it is dead nothing comes through, in
// either direction, and nobody is told.
type line struct {
	to   string
	mu   sync.Mutex
	dead chan struct{} // nil: it is alive; closed when it lives again
}

// newLine is the URL of a new schema by way of a line.
func newLine(t *testing.T) (*line, string) {
	t.Helper()
	storetest.Need(t)
	u, err := url.Parse(storetest.Schema(t))
	if err != nil {
		t.Fatal(err)
	}
	l := &line{to: u.Host}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.live(); _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go l.carry(conn)
		}
	}()
	u.Host = listener.Addr().String()
	return l, u.String()
}

func (l *line) carry(from net.Conn) {
	defer from.Close()
	l.pass()
	to, err := net.Dial("tcp", l.to)
	if err != nil {
		return
	}
	defer to.Close()
	go func() {
		defer from.Close()
		l.copy(from, to)
	}()
	l.copy(to, from)
}

func (l *line) copy(to io.Writer, from io.Reader) {
	b := make([]byte, 1<<16)
	for {
		n, err := from.Read(b)
		l.pass()
		if _, failed := to.Write(b[:n]); failed != nil || err != nil {
			return
		}
	}
}

// pass waits while the line is dead.
func (l *line) pass() {
	l.mu.Lock()
	dead := l.dead
	l.mu.Unlock()
	if dead != nil {
		<-dead
	}
}

func (l *line) die() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = make(chan struct{})
}

func (l *line) live() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead != nil {
		close(l.dead)
		l.dead = nil
	}
}

// When PostgreSQL says nothing any more, readiness says so, every page and every
// new stream is the page that says so, an open stream stays, and all goes on
// when it speaks again. Nobody waits until the page itself runs out of time.
func TestASilentDatabase(t *testing.T) {
	t.Parallel()
	l, name := newLine(t)
	s := handlerstest.NewSiteOn(t, name, nil)
	s.User("Mira Okafor", handlerstest.Email)
	s.SignIn(handlerstest.Email)
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	form := handlerstest.Fields(s.Page(draft+"/domain"), "form#page")
	job, err := s.Store.StartJob(t.Context(), store.NewJob{DraftID: strings.TrimPrefix(draft, "/drafts/"), Kind: setup.JobApply, By: "Mira Okafor", Steps: []store.NewStep{{ID: "identity", Title: "Check"}}})
	if err != nil {
		t.Fatal(err)
	}
	other := s.NewDraft()
	stream := "/jobs/" + strconv.FormatInt(job, 10) + "/events"
	open, err := s.Client.Get(s.Server.URL + stream)
	if err != nil || open.StatusCode != http.StatusOK {
		t.Fatalf("the stream: %v %v", open, err)
	}
	defer open.Body.Close()
	if a := s.Get("/readyz"); a.Status != http.StatusOK {
		t.Fatalf("readyz says %d before", a.Status)
	}

	l.die()
	until(t, "readyz", func() bool { return s.Get("/readyz").Status == http.StatusServiceUnavailable })
	var group sync.WaitGroup
	for path, form := range map[string]url.Values{
		"/": nil, "/sign-in": nil, "/jobs": nil, "/settings/users": nil, other + "/account": nil, stream: nil, "/settings/audit.csv": nil,
		"/drafts": {}, draft + "/domain": form,
	} {
		group.Go(func() {
			method := http.MethodGet
			if form != nil {
				method = http.MethodPost
			}
			began := time.Now()
			a := s.Do(method, path, form, nil)
			text := handlerstest.Squash(a.Doc.Find("main").Text())
			if a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" || !strings.Contains(text, "the database does not answer") {
				t.Errorf("%s %s: status %d: %s", method, path, a.Status, text)
			}
			if form != nil && !strings.Contains(text, "Look first whether it was saved, which is not known") {
				t.Errorf("%s %s says of what was sent: %s", method, path, text)
			}
			if waited := time.Since(began); waited > handlers.PageTimeout/2 {
				t.Errorf("%s %s took %s", method, path, waited)
			}
		})
	}
	group.Wait()

	l.live()
	until(t, "readyz again", func() bool { return s.Get("/readyz").Status == http.StatusOK })
	for _, path := range []string{"/", "/jobs", other + "/account"} {
		if a := s.Get(path); a.Status != http.StatusOK {
			t.Errorf("afterwards %s: status %d", path, a.Status)
		}
	}
	if err := s.Store.CancelJob(t.Context(), job, "Mira Okafor"); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(open.Body)
	for lines.Scan() {
		if lines.Text() == "event: end" {
			return
		}
	}
	t.Errorf("the open stream ended without its end: %v", lines.Err())
}

// until waits for what comes soon.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s does not come", what)
		}
	}
}

// Readiness tests a write: a database that takes none is not ready, though its
// pages can be read, and says in a word why.
func TestReadyMeansWritable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, says string
		block      func(*testing.T, *store.Store) func()
	}{
		{"full", "the disk of the store is full", full},
		{"read-only", "the store is read-only", readOnly},
		{"gone", "the file of the store was renamed, replaced or deleted", func(t *testing.T, s *store.Store) func() {
			t.Helper()
			if err := os.Rename(s.Path(), s.Path()+".away"); err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := os.Rename(s.Path()+".away", s.Path()); err != nil {
					t.Fatal(err)
				}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := handlerstest.SignedIn(t, nil)
			if a := s.Get("/readyz"); a.Status != http.StatusOK || a.Body != "ready\n" {
				t.Fatalf("before: %d %s", a.Status, a.Body)
			}
			room := c.block(t, s.Store)
			until(t, "readyz", func() bool { return s.Get("/readyz").Status == http.StatusServiceUnavailable })
			if a := s.Get("/readyz"); a.Body != c.says+"\n" || a.Header.Get("Retry-After") == "" {
				t.Errorf("it says %q", a.Body)
			}
			if a := s.Get("/"); a.Status != http.StatusOK {
				t.Errorf("a page is read with status %d", a.Status)
			}
			if a := s.Post("/drafts", nil); a.Status != http.StatusServiceUnavailable || !strings.Contains(a.Body, "Nothing was saved") {
				t.Errorf("a form is answered with %d", a.Status)
			}
			room()
			until(t, "readyz again", func() bool { return s.Get("/readyz").Status == http.StatusOK })
		})
	}
}
