package setup

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCachePathsTakesWhatPeopleType(t *testing.T) {
	for typed, want := range map[string][]string{
		"/*":                                  {"/*"},
		" /orders/*\n/billing ":               {"/orders/*", "/billing"},
		"/a /a /b":                            {"/a", "/b"},
		"https://api.example.com/orders?id=1": {"/orders?id=1"},
		"https://api.example.com":             {"/"},
		"/größe":                              {"/gr%C3%B6%C3%9Fe"},
	} {
		got, err := CachePaths(typed)
		if err != nil {
			t.Errorf("CachePaths(%q): %v", typed, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("CachePaths(%q): %s", typed, diff)
		}
	}
}

func TestCachePathsRefusesInOneSentence(t *testing.T) {
	var many, stars strings.Builder
	for i := range MaxCachePaths + 1 {
		fmt.Fprintf(&many, "/%d ", i)
	}
	for i := range MaxCacheWildcards + 1 {
		fmt.Fprintf(&stars, "/%d/* ", i)
	}
	for typed, part := range map[string]string{
		"":                                   "at least one path",
		"orders":                             "with a slash, like /orders",
		"/a/*/b":                             "at its end",
		"/**":                                "at its end",
		"/a#b":                               "from # on",
		"/" + strings.Repeat("x", 3000):      "at most 3000 characters",
		"/" + strings.Repeat("é", 3000):      "at most 3000 characters",
		many.String():                        "at most 3000 paths",
		stars.String():                       "at most 15 paths",
		"/" + strings.Repeat("x", 2999) + "": "",
	} {
		_, err := CachePaths(typed)
		if part == "" {
			if err != nil {
				t.Errorf("CachePaths(%.20q…): %v", typed, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("CachePaths(%.20q…) = %v, want a sentence with %q", typed, err, part)
		}
	}
}
