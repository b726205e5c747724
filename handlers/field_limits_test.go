package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// longPage is more than any page has with what a form may hold.
const longPage = 250_000

// Each field of each form, with 600,001 characters in it: nothing breaks,
// nothing longer than the limit is shown again or stored, and what may not be
// so long is said at its field where the form is for going on.
func TestFieldsHaveLimits(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	pages := []string{"/connections/new", "/settings/users", "/account", "/time-zone", "/doctor"}
	for _, p := range setup.Pages() {
		pages = append(pages, draft+"/"+string(p.ID))
	}
	long := strings.Repeat("a", 600_000) + "ñ"
	buttons, tried := []string{"next", "leave"}, 0
	if handlerstest.UnderRace {
		buttons = buttons[:1]
	}
	for _, path := range pages {
		doc := s.Page(path)
		doc.Find("main form[method=post]").Each(func(i int, form *goquery.Selection) {
			action := form.AttrOr("action", path)
			if strings.HasSuffix(action, "/delete") || strings.Contains(action, "sign-out") || strings.Contains(action, "end-all") || strings.HasSuffix(action, "/start") {
				return
			}
			whole := url.Values{}
			form.Find("input, select, textarea").Each(func(_ int, e *goquery.Selection) {
				if name := e.AttrOr("name", ""); name != "" {
					whole.Set(name, handlerstest.Fields(doc, fmt.Sprintf("main form[method=post]:nth-of-type(%d)", i+1)).Get(name))
				}
			})
			for name := range whole {
				for _, button := range buttons {
					send := url.Values{}
					for k, v := range handlerstest.Fields(doc, "form#page") {
						send[k] = v
					}
					for k, v := range whole {
						if send.Get(k) == "" {
							send[k] = v
						}
					}
					send.Set(name, long)
					send.Set("go", button)
					a := s.Post(action, send)
					tried++
					if a.Status >= http.StatusInternalServerError || len(a.Body) > longPage {
						t.Errorf("%s, field %s, %s: status %d, %d bytes", action, name, button, a.Status, len(a.Body))
					}
				}
			}
		})
	}
	if tried < 40 {
		t.Errorf("only %d fields were tried", tried)
	}
	for _, path := range append(pages, "/", "/jobs", "/connections") {
		if a := s.Get(path); a.Status >= http.StatusInternalServerError || len(a.Body) > longPage {
			t.Errorf("afterwards %s: status %d, %d bytes", path, a.Status, len(a.Body))
		}
	}
}

// What is too long is an error at its field, and the page keeps what fits.
func TestALongFieldIsAnError(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	for field, path := range map[string]string{"comment": "/edge", "acl": "/edge", "domain": "/domain", "tags": "/edge", "path-0": "/api", "region": "/account"} {
		a := s.Press(draft+path, "next", map[string]string{field: strings.Repeat("a", 500_000)})
		if a.Status != http.StatusUnprocessableEntity || a.Doc.Find("#errors a[href='#"+field+"']").Length() == 0 {
			t.Errorf("%s: status %d, errors %q", field, a.Status, handlerstest.Squash(a.Doc.Find("#errors").Text()))
		}
		if len(a.Body) > longPage {
			t.Errorf("%s: the page has %d bytes", field, len(a.Body))
		}
	}
}

// A draft that an earlier version stored with whatever was typed makes no page
// long.
func TestALongDraftOfBefore(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	id := strings.TrimPrefix(draft, "/drafts/")
	long := strings.Repeat("a", 500_000)
	_, err := s.Store.SaveDraft(t.Context(), id, 1, setup.PageDomain, "Mira Okafor", func(sp *setup.Spec) {
		sp.Domain.Name, sp.Edge.Comment, sp.API.Mappings = long, long, []setup.Mapping{{Path: long, APIID: long}}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", draft + "/domain", draft + "/edge", draft + "/api", draft + "/review", draft + "/delete", draft + "/plan.json"} {
		if a := s.Get(path); a.Status >= http.StatusInternalServerError || len(a.Body) > longPage {
			t.Errorf("%s: status %d, %d bytes", path, a.Status, len(a.Body))
		}
	}
	if name := handlerstest.Squash(s.Page("/").Find("main").Text()); strings.Contains(name, strings.Repeat("a", 300)) {
		t.Error("the list shows more of a name than a name can have")
	}
}

// Whoever makes a link has no sentence of ours: whatever stands in the address
// of a page, the page says nothing of it but in fields that people type into, or in quotes
// as what was searched for.
func TestAddressesSpeakNoTexts(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	if err := s.Store.CreateUser(t.Context(), store.User{Name: "Vera", Email: "vera@example.com", Role: store.RoleViewer}); err != nil {
		t.Fatal(err)
	}
	draft, other := s.NewDraft(), s.NewDraft()
	s.Through(draft, setup.PageReview)
	s.Through(other, setup.PageReview)
	const evil = "Call-0800-EVIL"
	texts := []string{evil, "api.harborview.example/" + evil, "https://x@api.harborview.example/" + evil}
	// What was sealed for one draft is nothing in another, and for one sentence nothing in another.
	a := s.Press(other+"/domain", "next", map[string]string{"domain": texts[1]})
	to, err := url.Parse(a.To)
	if err != nil || to.Query().Get("typed") == "" {
		t.Fatalf("Next leads to %q, %v", a.To, err)
	}
	handlerstest.Contains(t, s.Page(a.To), ".note", "Left out /"+evil)
	texts = append(texts, to.Query().Get("typed"))
	names := []string{"other", "typed", "window", "wait", "moved", "check", "return", "part", "q", "page", "status", "kind", "when", "setup", "before", "back", "step", "from",
		"refresh", "password", "next", "for", "error", "error_description", "who", "action", "result", "day", "till", "since", "until", "user", "subject", "after", "typed-note", "name"}
	pages := []string{draft + "/account", draft + "/api", draft + "/domain", draft + "/certificates", draft + "/edge", draft + "/review", draft + "/policy", draft + "/delete",
		"/", "/jobs", "/doctor", "/connections", "/connections/new", "/account", "/time-zone", "/settings/users", "/settings/audit", "/help", "/sign-in", "/welcome", handlers.OIDCCallback}
	for _, path := range pages {
		for _, text := range texts {
			queries := []url.Values{{}}
			for _, name := range names {
				queries[0].Set(name, text)
			}
			for _, name := range []string{"other", "typed", "error", "error_description"} {
				queries = append(queries, url.Values{name: {text}})
			}
			if handlerstest.UnderRace {
				queries = queries[:1]
			}
			for _, q := range queries {
				a := s.Get(path + "?" + q.Encode())
				if a.Doc == nil {
					continue
				}
				a.Doc.Find("input, textarea, script, style").Remove()
				said := strings.ReplaceAll(handlerstest.Squash(a.Doc.Text()), "“"+text+"”", "") // quoted, as the person's own
				if at := strings.Index(said, evil); at >= 0 {
					t.Errorf("%s?%s says: …%s…", path, q.Encode(), said[max(0, at-80):at+len(evil)])
				}
			}
		}
	}
}
