package sim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestV34Matches(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"/*", "/items?a=1", true},
		{"/*", "/", true},
		{"/items", "/items", true},
		{"/items", "/items?a=1", false},
		{"/items", "/Items", false},
		{"/items", "/items/1", false},
		{"/items", "/items/", false},
		{"/items?*", "/items?a=1", true},
		{"/items?*", "/items", false},
		{"/items*", "/items?a=1", true},
		{"/items*", "/items-2", true},
		{"/items/*", "/items/1", true},
		{"/items/*", "/items", false},
		{"/items?a=1", "/items?a=1", true},
		{"/items?a=1", "/items?a=2", false},
		{"/items?a=1", "/items", false},
		{"/a%7Eb", "/a~b", false},
		{"/%61", "/a", false},
	} {
		if got := invalidates(c.pattern, c.path); got != c.want {
			t.Errorf("invalidates(%q, %q) = %v, want %v", c.pattern, c.path, got, c.want)
		}
	}
}

// The query string counts as far as the cache key has it.
func TestV34QueryStringsOfTheKey(t *testing.T) {
	for policy, apart := range map[string]bool{"none": false, "all": true} {
		synctest.Test(t, func(t *testing.T) {
			w := newVisited(t, Pace{})
			w.cachingPolicy(cachePolicyConfig{MinTTL: 600, DefaultTTL: 600, MaxTTL: 600, Key: &cacheKeyConfig{
				Headers: whitelist("Host"), QueryStrings: &queryStringsConfig{Behavior: policy},
			}})
			hit := func() bool {
				got := w.visit(t, addressEdge0+":443", ask(t, "GET", "https://"+testName+"/items?x=1"), "")
				return strings.HasPrefix(got.Header.Get("X-Cache"), "Hit")
			}
			hit()
			if !hit() {
				t.Fatalf("%s keeps nothing", policy)
			}
			for n, c := range []struct {
				path  string
				stays bool
			}{{"/items", apart}, {"/items?*", !apart}, {"/items?x=1", !apart}, {"/*", false}} {
				hit()
				time.Sleep(time.Second)
				now := time.Now()
				id := fmt.Sprintf("I%d", n)
				w.distribution.Invalidations[id] = &invalidation{ID: id, Paths: []string{c.path}, CreatedAt: now, DoneAt: now.Add(time.Second)}
				time.Sleep(2 * time.Second)
				if stays := hit(); stays != c.stays {
					t.Errorf("%s after clearing %s: a hit: %t, want %t", policy, c.path, stays, c.stays)
				}
			}
		})
	}
}

func TestV34Characters(t *testing.T) {
	for _, c := range "~ \"<>{}|\\^[]`é\t\x7f" {
		if checkPaths([]string{"/a" + string(c) + "b"}) == nil {
			t.Errorf("%q is taken", c)
		}
	}
	for _, good := range []string{"/", "/*", "/a-b_c.d", "/a%20b", "/a%7Eb", "/a?b=c&d=e*", "/a;b,c:d@e!f$g'h(i)+j=k", "/" + strings.Repeat("x", 3999)} {
		if err := checkPaths([]string{good}); err != nil {
			t.Errorf("%.40s: %v", good, err)
		}
	}
	if err, ok := checkPaths([]string{"/~"}).(*apiError); !ok || err.Status != http.StatusBadRequest || err.Code != "InvalidArgument" { //nolint:errorlint // it is made here
		t.Errorf("got %v", err)
	}
}
