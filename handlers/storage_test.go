package handlers_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// A heard is a log that a test may read while it is written.
type heard struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.Write(p)
}

func (h *heard) count(text string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Count(h.b.String(), text)
}

// full makes the database's disk full: SQLite is allowed no page more than
// there are, and these are filled.
func full(t *testing.T, s *store.Store) (room func()) {
	t.Helper()
	do := func(query string) error {
		_, err := s.Writer().ExecContext(t.Context(), query)
		return err
	}
	for _, q := range []string{`CREATE TABLE IF NOT EXISTS filler (x BLOB)`, `PRAGMA max_page_count = 1`} {
		if err := do(q); err != nil {
			t.Fatal(err)
		}
	}
	for _, size := range []int{4000, 400, 40, 4} {
		for do(fmt.Sprintf(`INSERT INTO filler VALUES (ZEROBLOB(%d))`, size)) == nil {
		}
	}
	var err error
	for err == nil { // the rest of the tables' own pages
		_, err = s.CreateDraft(t.Context(), "Filler", setup.DefaultSpec())
	}
	if !errors.Is(err, store.ErrFull) {
		t.Fatalf("a full disk says %v", err)
	}
	return func() {
		if err := do(`PRAGMA max_page_count = 1000000`); err != nil {
			t.Fatal(err)
		}
	}
}

// readOnly makes the database read-only for its writer.
func readOnly(t *testing.T, s *store.Store) (room func()) {
	t.Helper()
	set := func(on string) {
		if _, err := s.Writer().ExecContext(t.Context(), `PRAGMA query_only = `+on); err != nil {
			t.Fatal(err)
		}
	}
	set("ON")
	return func() { set("OFF") }
}

// When the disk is full or read-only, pages are read as ever, a page of the
// wizard says that it is not saved and keeps what was typed, every other form
// says what to do, nothing is half written, and all goes on when there is room.
func TestADatabaseThatTakesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, says, fix string
		block           func(*testing.T, *store.Store) func()
	}{
		{"full", "the disk is full", "Make room on that disk", full},
		{"read-only", "the database is read-only", "Make the file and its directory writable", readOnly},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			log := &heard{}
			s := handlerstest.SignedIn(t, func(cfg *handlers.Config) { cfg.Log = slog.New(slog.NewTextHandler(log, nil)) })
			draft := s.NewDraft()
			s.Through(draft, setup.PageDomain)
			before := s.Spec(draft)
			page := s.Page(draft + "/domain")
			room := c.block(t, s.Store)

			form := handlerstest.Fields(page, "form#page")
			typed := strings.Repeat("a-long-label.", 400) + "harborview.example"
			form.Set("domain", typed)
			form.Set("go", "leave")
			a := s.Post(draft+"/domain", form)
			if a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
				t.Errorf("saving a page: status %d, Retry-After %q, want 503 with one", a.Status, a.Header.Get("Retry-After"))
			}
			if !a.IsPage {
				t.Fatalf("it answers %d %s %s", a.Status, a.To, a.Body)
			}
			handlerstest.CheckPage(t, "the page that was not saved", a.Doc)
			alert := handlerstest.Squash(a.Doc.Find(`[role=alert]`).Text())
			if !strings.Contains(alert, "What you typed is not saved: "+c.says) || !strings.Contains(alert, c.fix) {
				t.Errorf("the page says %q", alert)
			}
			if got := a.Doc.Find("#domain").AttrOr("value", ""); got != typed {
				t.Errorf("what was typed is not kept: %.60q", got)
			}
			if n := log.count("draft not saved"); n != 1 {
				t.Errorf("the log says it %d times, want once", n)
			}
			if got := s.Spec(draft); got.Domain != before.Domain {
				t.Errorf("the draft was changed to %+v", got.Domain)
			}

			// Any other form: a page that says what to do.
			b := s.Post("/drafts", nil)
			if !b.IsPage {
				t.Fatalf("making a draft: %d %s %s", b.Status, b.To, b.Body)
			}
			if text := handlerstest.Squash(b.Doc.Find("main").Text()); b.Status != http.StatusServiceUnavailable ||
				!strings.Contains(text, "Nothing was saved: "+c.says) || !strings.Contains(text, c.fix) {
				t.Errorf("making a draft: status %d: %s", b.Status, text)
			}
			if n := log.count("page failed"); n != 1 {
				t.Errorf("the log says it %d times, want once", n)
			}

			// Reading goes on, also where a page has a question for AWS.
			s.Clock.Forward(time.Hour) // what is stored of AWS is old now
			for _, path := range []string{"/", "/jobs", draft + "/domain", draft + "/review", draft + "/certificates"} {
				if a := s.Get(path); a.Status != http.StatusOK {
					t.Errorf("GET %s: status %d", path, a.Status)
				}
			}

			room()
			form.Set("domain", "api.harborview.example")
			if a := s.Post(draft+"/domain", form); a.Status != http.StatusSeeOther {
				t.Errorf("saving with room again: status %d", a.Status)
			}
			if got := s.Spec(draft).Domain.Name; got != "api.harborview.example" {
				t.Errorf("with room again the draft has %q", got)
			}
		})
	}
}
