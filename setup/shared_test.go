package setup

import (
	"encoding/json"
	"slices"
	"testing"
)

// What a person accepted before it was asked kind by kind is accepted still, and
// nothing that was not.
func TestFormerAcceptance(t *testing.T) {
	t.Parallel()
	all := []string{"credentials", "sites", "cookies", "headers", "queries"}
	for stored, want := range map[string][]string{
		`{"caching":"fixed","ttl":60}`:                                                      nil,
		`{"caching":"fixed","ttl":60,"accept_shared":false}`:                                nil,
		`{"caching":"fixed","ttl":60,"accept_shared":true}`:                                 all,
		`{"caching":"api","key_headers":["Host"],"accept_shared":true}`:                     all,
		`{"caching":"api","key_headers":["Host"],"accepts":["queries"]}`:                    {SharedQueries},
		`{"caching":"api","key_headers":["Host"],"accept_shared":true,"accepts":["sites"]}`: {SharedSites},
	} {
		var e, again Edge
		if err := json.Unmarshal([]byte(stored), &e); err != nil || !slices.Equal(e.Accepts, want) {
			t.Errorf("%s: %v, %v", stored, e.Accepts, err)
		}
		b, err := json.Marshal(e)
		if err != nil || json.Unmarshal(b, &again) != nil || !slices.Equal(again.Accepts, want) {
			t.Errorf("%s: written as %s", stored, b)
		}
	}
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	e := Edge{Accepts: []string{SharedSites, SharedQueries}}
	for _, x := range []struct {
		kinds []string
		want  bool
	}{
		{[]string{SharedSites}, true},
		{[]string{SharedQueries, SharedSites}, true},
		{[]string{SharedCookies}, false},
		{[]string{SharedSites, SharedCookies}, false},
		{SharedKinds(), false},
	} {
		if got := e.Accepted(x.kinds); got != x.want {
			t.Errorf("%v: %t", x.kinds, got)
		}
	}
	if (Edge{}).Accepted([]string{SharedSites}) || !(Edge{Accepts: SharedKinds()}).Accepted(SharedKinds()) {
		t.Error("wrong about none, or all")
	}
	for _, kind := range SharedKinds() {
		if SharedOf(SharedCode(kind)) != kind || SharedWords(kind) == kind {
			t.Errorf("%s has no code or words", kind)
		}
	}
	for _, code := range []string{"", "Shared-", "Shared-all", "AccessDenied", "sites"} {
		if kind := SharedOf(code); kind != "" {
			t.Errorf("%q is about %q", code, kind)
		}
	}
	if got := ReadShared([]string{"queries", "x", "credentials", "queries"}); !slices.Equal(got, []string{SharedCredentials, SharedQueries}) || ReadShared([]string{"x"}) != nil {
		t.Errorf("read %v", got)
	}
	for _, x := range []struct {
		e    Edge
		want bool
	}{
		{Edge{Caching: CachingFixed, KeyHeaders: []string{"Authorization", "Host"}}, true},
		{Edge{Caching: CachingOff, KeyHeaders: []string{"Authorization", "Host"}}, false},
		{Edge{Caching: CachingFixed, KeyHeaders: KeyHeaders()}, false},
		{Edge{Caching: CachingFixed}, false},
	} {
		if got := x.e.FormerKey(); got != x.want {
			t.Errorf("%+v: %t", x.e, got)
		}
	}
}
