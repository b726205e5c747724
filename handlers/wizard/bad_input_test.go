package wizard_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// Every kind of bad input that people type as a domain name: if the name can be
// cleaned, the page says so and saves it; if not, it names the error and keeps
// the typed text.
func TestBadDomainNames(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	path := draft + "/domain"
	label := strings.Repeat("a", 64)
	long := strings.Repeat("abcdefgh.", 28) + "example" // 259 octets
	for _, test := range []struct{ name, typed, want, saved string }{
		{"scheme", "https://api.harborview.example", "Left out https://", "api.harborview.example"},
		{"path", "api.harborview.example/v1/orders", "Left out /v1/orders", "api.harborview.example"},
		{"upper case", "API.Harborview.Example", "Written in lower case", "api.harborview.example"},
		{"trailing dot", "api.harborview.example.", "Left out the dot at the end", "api.harborview.example"},
		{"port", "api.harborview.example:8443", "Left out port 8443", "api.harborview.example"},
		{"internationalised", "bücher.harborview.example", "Written as xn--bcher-kva.harborview.example", "xn--bcher-kva.harborview.example"},
		{"IPv4", "203.0.113.7", "not an IP address", ""},
		{"IPv6", "[2001:db8::7]", "not an IP address", ""},
		{"single label", "localhost", "with at least two parts", ""},
		{"over 253", long, "at most 253 characters", ""},
		{"label over 63", label + ".example.com", "longer than 63 characters", ""},
		{"wildcard within", "api.*.harborview.example", "Enter * alone and first", ""},
		{"two dots", "api..example.com", "Take out one of the two dots", ""},
		{"hyphen in front", "-api.example.com", "Take the hyphen away", ""},
		{"underscore", "my_api.example.com", "Take out the underscore", ""},
		{"not writable", "☃\u200d.example.com", "cannot be written in DNS", ""},
		{"AWS's own", "d123.cloudfront.net", "belong to AWS", ""},
		{"nothing", "", "Enter a domain name", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.Press(path, "next", map[string]string{"domain": test.typed})
			if test.saved != "" {
				if a.Status != http.StatusSeeOther {
					t.Fatalf("status %d: %s", a.Status, handlerstest.Squash(a.Doc.Find("#errors").Text()))
				}
				handlerstest.Contains(t, s.Page(a.To), ".note", "The domain name is "+test.saved, test.want)
				if got := s.Spec(draft).Domain.Name; got != test.saved {
					t.Errorf("saved %q", got)
				}
				return
			}
			if a.Status != http.StatusUnprocessableEntity {
				t.Fatalf("status %d to %q, want 422", a.Status, a.To)
			}
			handlerstest.CheckPage(t, "domain", a.Doc)
			handlerstest.Contains(t, a.Doc, "#errors a[href='#domain']", test.want)
			handlerstest.Contains(t, a.Doc, "#domain-err", test.want)
			if got := handlerstest.Fields(a.Doc, "form#page").Get("domain"); got != test.typed && test.typed != "" {
				t.Errorf("typed %q, kept %q", test.typed, got)
			}
		})
	}
}

// Bad paths and APIs: each error is at its line, and all typed text stays.
func TestBadPathsAndAPIs(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	path := draft + "/api"
	s.Press(path, "add", map[string]string{"path-0": "orders"})
	for _, test := range []struct{ name, field, typed, want string }{
		{"space", "path-1", "/my orders", "Take the space out of the path"},
		{"question mark", "path-1", "/a?b", "Take ? out of the path"},
		{"braces", "path-1", "/{id}", "Take { out of the path"},
		{"other script", "path-1", "/bücher", "Take ü out of the path"},
		{"two slashes", "path-1", "/a//b", "Take one of the two slashes"},
		{"too long", "path-1", "/" + strings.Repeat("a", 301), "at most 300 characters"},
		{"ping", "path-1", "/ping", "API Gateway keeps /ping"},
		{"sping", "path-1", "/sping", "API Gateway keeps /sping"},
		{"duplicate", "path-1", "/orders/", "/orders is taken by path 1"},
		{"WebSocket", "api-1", "w000000000/prod", "Give the WebSocket API a domain name of its own"},
		{"deleted stage", "api-1", "a1b2c3d4e5/gone", "orders-api has no stage gone any more"},
		{"another region", "api-1", "u5e4a5t100/prod", "u5e4a5t100 is not in eu-west-1. It was deleted, or it is in another region"},
		{"private", "api-1", "e000000000/prod", "It is private."},
	} {
		t.Run(test.name, func(t *testing.T) {
			changes := map[string]string{"path-1": "second", "api-1": "k3v9x2p1qa/live"}
			changes[test.field] = test.typed
			a := s.Press(path, "next", changes)
			if a.Status != http.StatusUnprocessableEntity {
				t.Fatalf("status %d to %q, want 422", a.Status, a.To)
			}
			handlerstest.CheckPage(t, "api", a.Doc)
			handlerstest.Contains(t, a.Doc, "#errors a[href='#"+test.field+"']", test.want)
			handlerstest.Contains(t, a.Doc, "#"+test.field+"-err", test.want)
			kept := handlerstest.Fields(a.Doc, "form#page")
			if got, want := strings.Trim(kept.Get("path-1"), "/"), strings.Trim(changes["path-1"], "/"); got != want {
				t.Errorf("path %q, kept %q", want, got)
			}
			if kept.Get("path-0") != "/orders" || kept.Get("api-1") != changes["api-1"] {
				t.Errorf("lost: %v", kept)
			}
		})
	}
}

// The summary lists errors in the order of the page, whatever is judged first.
func TestErrorsOfPathsStandInTheOrderOfThePage(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	path := draft + "/api"
	s.Press(path, "add", map[string]string{"path-0": "orders"})
	a := s.Press(path, "next", map[string]string{"path-0": "/ping", "test_path-0": "/a#b", "path-1": "/{id}", "api-1": "a1b2c3d4e5/gone", "test_path-1": "/a#b"})
	var got []string
	a.Doc.Find("#errors a").Each(func(_ int, link *goquery.Selection) { got = append(got, link.AttrOr("href", "")) })
	if want := []string{"#path-0", "#test_path-0", "#path-1", "#api-1", "#test_path-1"}; !slices.Equal(got, want) {
		t.Errorf("the errors are %v, want %v", got, want)
	}
}
