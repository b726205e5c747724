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
	at, _ = u.mark(at, h, strings.ToLower(rand.Text()), "")
	return at
}

// mark puts a random part into an address or into headers, where the cache key
// has it. It leaves one header alone, and what the headers say already. false:
// there is no place for it.
func (u Unique) mark(at string, h http.Header, random, alone string) (string, bool) {
	if u.Query {
		return withQuery(at, uniqueQuery+"="+random), true
	}
	for _, d := range differing {
		if !strings.EqualFold(d.name, alone) && u.has(d.name) && h.Get(d.name) == "" {
			h.Set(d.name, d.value(random))
			return at, true
		}
	}
	return at, false
}

// has says whether a header is in the cache key.
func (u Unique) has(header string) bool {
	return slices.ContainsFunc(u.Headers, func(name string) bool { return strings.EqualFold(name, header) })
}

// withQuery is an address with one more query parameter.
func withQuery(at, parameter string) string {
	parsed, err := url.Parse(at)
	if err != nil {
		return at // it is refused when it is to be sent
	}
	if parsed.RawQuery != "" {
		parsed.RawQuery += "&"
	}
	parsed.RawQuery += parameter
	return parsed.String()
}
