package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"

	"apifront/setup"
	"apifront/store"
)

// What a reader may not do is not offered: no link and no form of a page leads
// to a route that needs more than the reader has.
func TestNothingIsOfferedThatIsRefused(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	n := s.start(setup.JobApply, setup.JobInput{})
	s.toMappings()
	s.pass("mappings", failedMapping())
	s.draft("next.harborview.example", setup.DNSElsewhere)
	routes := s.server.routes().(chi.Routes)
	look := func(path string) (offered map[string]bool) {
		offered = map[string]bool{}
		doc := s.page(path, http.StatusOK)
		add := func(method, address string) {
			u, err := url.Parse(address)
			if err != nil || u.Host != "" || !strings.HasPrefix(u.Path, "/") {
				return
			}
			route := chi.NewRouteContext()
			if !routes.Match(route, method, u.Path) {
				t.Errorf("%s offers %s %s, which no route answers", path, method, u.Path)
				return
			}
			offered[method+" "+route.RoutePattern()] = true
		}
		doc.Find("a[href]").Each(func(_ int, e *goquery.Selection) { add(http.MethodGet, e.AttrOr("href", "")) })
		doc.Find("form").Each(func(_ int, e *goquery.Selection) {
			if method := strings.ToUpper(e.AttrOr("method", "get")); method != "DIALOG" { // which only closes it
				add(method, e.AttrOr("action", path))
			}
		})
		return offered
	}
	most := map[Role]Role{}
	for _, who := range []Role{Viewer, Operator, Admin} {
		u := store.User{ID: "r-" + who.String(), Email: who.String() + "@example.com", Name: who.String(), PasswordHash: "x", Role: who.String()}
		if err := s.store.CreateUser(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		if err := s.server.openSession(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/sign-in", nil), u.ID, false); err != nil {
			t.Fatal(err)
		}
		s.cookies = w.Result().Cookies()
		for _, path := range []string{"/", "/jobs", "/jobs?status=cancelled", fmt.Sprintf("/jobs/%d", n), "/setups/" + s.setup.ID, "/connections", "/account", "/time-zone", "/help", "/help/iam-policy"} {
			for name := range look(path) {
				needs, known := wanted[name]
				if !known {
					t.Errorf("%s offers %s, which is not in the matrix", path, name)
				}
				if needs > who {
					t.Errorf("%s offers a %s %s, which needs the role %s", path, who, name, needs)
				}
				most[who] = max(most[who], needs)
			}
		}
	}
	for who, needs := range most {
		if needs != who {
			t.Errorf("a %s is offered nothing that needs the role", who)
		}
	}
}
