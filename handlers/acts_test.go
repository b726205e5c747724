package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// What a reader may not do is not offered: no link and no form of a page leads
// to a route that needs more than the reader has.
func TestNothingIsOfferedThatIsRefused(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	n := s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	s.Pass("mappings", handlerstest.FailedMapping())
	s.Draft("next.harborview.example", setup.DNSElsewhere)
	routes := s.Handler.(chi.Routes)
	look := func(path string) (offered map[string]bool) {
		offered = map[string]bool{}
		doc := s.Page(path, http.StatusOK)
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
	most := map[handlers.Role]handlers.Role{}
	for _, who := range []handlers.Role{handlers.Viewer, handlers.Operator, handlers.Admin} {
		s.SignIn(store.User{Name: who.String(), Email: who.String() + "@example.com", Role: who.String()})
		for _, path := range []string{"/", "/jobs", "/jobs?status=cancelled", fmt.Sprintf("/jobs/%d", n), "/setups/" + s.Setup.ID, "/connections", "/doctor", "/account", "/time-zone", "/help", "/help/iam-policy"} {
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
