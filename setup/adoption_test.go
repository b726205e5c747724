package setup

import (
	"strings"
	"testing"
)

// Where what CloudFront keeps was left as found, it may keep answers: a change of a path
// says so, and so does putting it right. An answer given since decides instead.
func TestStaleWhereCachingIsAsFound(t *testing.T) {
	was := DefaultSpec()
	was.API.Mappings = []Mapping{{Path: "orders", APIID: "a1", Kind: APIKindREST, Stage: "prod"}, {Path: "items", APIID: "a1", Kind: APIKindREST, Stage: "prod"}}
	was.AsFound = []string{"distribution/Comment", FoundCaching}
	for _, tt := range []struct {
		what   string
		change func(*Spec)
		paths  string
	}{
		{"nothing", func(*Spec) {}, ""},
		{"another stage", func(s *Spec) { s.API.Mappings[0].Stage = "beta" }, "/orders*"},
		{"a path less", func(s *Spec) { s.API.Mappings = s.API.Mappings[:1] }, "/items*"},
		{"put right", func(s *Spec) { s.AsFound = s.AsFound[:1] }, "/*"},
		{"caching is turned on", func(s *Spec) { s.Edge.Caching = CachingAPI }, "/*"},
	} {
		is := was
		is.API.Mappings = append([]Mapping{}, was.API.Mappings...)
		tt.change(&is)
		c := NewClearing(StaleAfter(was, is))
		var paths []string
		if c != nil {
			paths = c.Paths
		}
		if got := strings.Join(paths, " "); got != tt.paths {
			t.Errorf("%s: clears %q, want %q", tt.what, got, tt.paths)
		}
	}
	was.Edge.Caching = CachingFixed
	if was.CachingAsFound() {
		t.Error("an answer was given since, and it is as found")
	}
}
