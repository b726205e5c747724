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
		"https://api.example.com?id=1":        {"/?id=1"},
		"/größe":                              {"/gr%C3%B6%C3%9Fe"},
		`/a"<>{}|\^[]` + "`":                  {"/a%22%3C%3E%7B%7D%7C%5C%5E%5B%5D%60"},
		"/100%/a%20b/%2":                      {"/100%25/a%20b/%252"},
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
		"/" + strings.Repeat("x", 4000):      "at most 3990 characters",
		"/" + strings.Repeat("é", 3000):      "at most 3990 characters",
		"/runtime~main.js":                   "Enter /runtime* instead",
		"/runtime%7Emain.js":                 "Enter /runtime* instead",
		"/a%7e?x=1":                          "Enter /a* instead",
		"/~ada":                              "Enter /* instead",
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

// FuzzCachePaths: accepted paths are accepted again, and unchanged.
func FuzzCachePaths(f *testing.F) {
	for _, typed := range []string{"/*", "/a?b", "/~", "/%7e", "https://x/ü", "/%", "/a//b", "http://x?*"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		paths, err := CachePaths(typed)
		if err != nil {
			return
		}
		if err := CheckCachePaths(paths); err != nil {
			t.Errorf("%q became %q: %v", typed, paths, err)
		}
		for _, p := range paths {
			if !strings.HasPrefix(p, "/") || strings.ContainsAny(p, "~ \"<>{}|\\^[]`") || len(p) > 4000 {
				t.Errorf("%q became %q", typed, p)
			}
		}
	})
}
