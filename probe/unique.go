package probe

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Unique says what CloudFront tells kept answers apart by, as far as a request
// can use it: one that differs from all before it is passed on to the origin.
// Where neither is of use, only Age and X-Cache show a kept answer.
type Unique struct {
	Query   bool     // every query string is in the cache key
	Headers []string // that are in the cache key
}

// uniqueQuery is the query parameter that takes a random value.
const uniqueQuery = "apifront"

// differing are the headers that may take a random value, the most harmless
// first, with what they say then. The first three mean the same as without the
// random part. Origin comes last: an API may refuse an origin that it does not
// know, though on all rungs alike. No others: a random X-Api-Key, Authorization
// or Cookie is refused, a Host leads elsewhere, an X-HTTP-Method-Override asks
// for another method, and of the rest nobody knows what they mean to the API.
// https://www.rfc-editor.org/rfc/rfc9110#section-12.5
var differing = []struct {
	name  string
	value func(random string) string
}{
	{"User-Agent", func(r string) string { return "apifront (" + r + ")" }},
	{"Accept-Language", func(r string) string { return "*, x-" + r[:8] + ";q=0.001" }},
	{"Accept", func(r string) string { return "*/*, application/x-" + r + ";q=0.001" }},
	{"Origin", func(r string) string { return "https://" + r + ".invalid" }},
}

// apply makes an address and headers differ from all others. What the headers
// say already is left.
func (u Unique) apply(at string, h http.Header) string {
	random := strings.ToLower(rand.Text())
	if u.Query {
		parsed, err := url.Parse(at)
		if err != nil {
			return at // it is refused when it is to be sent
		}
		if parsed.RawQuery != "" {
			parsed.RawQuery += "&"
		}
		parsed.RawQuery += uniqueQuery + "=" + random
		return parsed.String()
	}
	for _, d := range differing {
		inKey := slices.ContainsFunc(u.Headers, func(name string) bool { return strings.EqualFold(name, d.name) })
		if inKey && h.Get(d.name) == "" {
			h.Set(d.name, d.value(random))
			break
		}
	}
	return at
}
