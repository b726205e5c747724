package setup

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// An Edge that was stored before the headers of the key were a part of the spec
// keeps its old meaning. Later ones mean what they say.
func TestStoredEdgeMeansWhatItMeant(t *testing.T) {
	t.Parallel()
	for stored, want := range map[string][]string{
		`{"caching":"fixed","ttl":60}`:                             {"Authorization", "Host"},
		`{"caching":"api","ttl":60}`:                               {"Authorization", "Host"},
		`{"caching":"off","ttl":60}`:                               KeyHeaders(), // caching was off, so it had no key
		`{"caching":"fixed","ttl":60,"key_headers":[]}`:            {},
		`{"caching":"api","ttl":60,"key_headers":["X-Tenant-Id"]}`: {"X-Tenant-Id"},
	} {
		var s Spec
		if err := json.Unmarshal([]byte(`{"edge":`+stored+`}`), &s); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(s.Edge.KeyHeaders, want) || s.Edge.TTL != 60 {
			t.Errorf("%s is read as %+v, want %v", stored, s.Edge, want)
		}
		for range 2 { // and the meaning stays, however often it is stored
			b, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			s = Spec{}
			if err := json.Unmarshal(b, &s); err != nil || !slices.Equal(s.Edge.KeyHeaders, want) {
				t.Errorf("%s is read again as %v: %v", b, s.Edge.KeyHeaders, err)
			}
		}
	}
	if err := json.Unmarshal([]byte(`{"edge":{"ttl":"soon"}}`), &Spec{}); err == nil {
		t.Error("a broken edge was read")
	}
}

func TestReadKeyHeaders(t *testing.T) {
	t.Parallel()
	many := make([]string, 11)
	for i := range many {
		many[i] = fmt.Sprintf("X-Header-%d", i)
	}
	for _, c := range []struct {
		typed string
		want  string // the list, or the beginning of the error
	}{
		{"", ""},
		{"authorization HOST x-api-key Origin", "Authorization Host Origin X-Api-Key"},
		{"X-API-Key x-api-key X-Api-Key: accept-LANGUAGE", "Accept-Language X-Api-Key"},
		{"CloudFront-Viewer-Country", "Cloudfront-Viewer-Country"},
		{strings.Join(many[:10], " "), strings.Join(many[:10], " ")},
		{strings.Join(many, " "), "Choose at most 10 headers"},
		{strings.Repeat("a", 1025), "Choose fewer or shorter headers"},
		{"X-Kopf-Ä", `Take 'Ä' out of the header`},
		{"X(Y)", `Take '(' out of the header`},
		{"a\x00b", `Take '\x00' out of the header`},
		{"X-<script>", `Take '<' out of the header`},
		{":", "Write the name"},
		{"*", "Name each header"},
		{"cookie", "Take out Cookie"},
		{"Accept-Encoding", "Take out Accept-Encoding"},
		{"TE", "Take out TE"},
		{"X-Forwarded-Proto", "Take out X-Forwarded-Proto"},
		{"x-edge-location", "Take out x-edge-location"},
	} {
		list, err := ReadKeyHeaders(strings.Fields(c.typed))
		if got := strings.Join(list, " "); err == nil && (got != c.want || list == nil) {
			t.Errorf("%q: %q, want %q", c.typed, got, c.want)
		}
		if err != nil && (c.want == "" || !strings.HasPrefix(err.Error(), c.want) || len(err.Error()) > 200) {
			t.Errorf("%q: %q, want %q", c.typed, err, c.want)
		}
	}
}

// FuzzReadKeyHeaders: whatever somebody types, an accepted list is accepted
// again, and unchanged.
func FuzzReadKeyHeaders(f *testing.F) {
	f.Add("Authorization x-api-key")
	f.Add("a: b, *")
	f.Fuzz(func(t *testing.T, typed string) {
		list, err := ReadKeyHeaders(strings.Fields(typed))
		if err != nil {
			return
		}
		again, err := ReadKeyHeaders(list)
		if err != nil || !slices.Equal(list, again) || len(list) > MaxKeyHeaders {
			t.Errorf("%q is %q, then %q: %v", typed, list, again, err)
		}
		for i, name := range list {
			if i > 0 && strings.EqualFold(name, list[i-1]) || strings.ContainsAny(name, " ,;:\r\n\x00") {
				t.Errorf("%q has %q", list, name)
			}
		}
	})
}

func TestUndistinguished(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		caching   string
		key, want []string
	}{
		{CachingOff, nil, nil},
		{CachingFixed, KeyHeaders(), nil},
		{CachingFixed, []string{"host", "ORIGIN", "x-api-key", "authorization"}, nil},
		{CachingAPI, []string{"Authorization", "Host"}, []string{"Origin", "X-Api-Key"}},
		{CachingAPI, nil, KeyHeaders()},
	} {
		if got := (Edge{Caching: c.caching, KeyHeaders: c.key}).Undistinguished(); len(got)+len(c.want) > 0 && !slices.Equal(got, c.want) {
			t.Errorf("%s with %v: %v, want %v", c.caching, c.key, got, c.want)
		}
	}
}
