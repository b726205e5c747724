package doctor

import (
	"net/http"
	"slices"
	"strings"

	"apifront/probe"
	"apifront/setup"
)

// KeyVariable is the environment variable from which the command line takes a key. It
// stands in lines that repeat a request, in the place of the key that was sent with it.
const KeyVariable = "APIFRONT_DOCTOR_KEY"

// keysFor are the keys with the one that was typed, for a host: the name, or the API's
// own name, which AWS said. No other host gets it. Whoever answers for the host has to
// show a certificate for it before the request is sent, and no redirect is followed.
func (e *exam) keysFor(host string, list []probe.KeyHeader) []probe.KeyHeader {
	if e.q.Key.IsZero() || host == "" || slices.ContainsFunc(list, func(k probe.KeyHeader) bool { return k.Host == host }) {
		return list
	}
	if e.sharesAnswers() { // also not past CloudFront, where it would only look like a fault of its own
		e.withheld = true
		return list
	}
	return append(list, probe.KeyHeader{Host: host, Header: e.q.Key.Header, Variable: KeyVariable, Typed: e.q.Key.Value})
}

// unmarked is how a request with a key differs from all others, where nobody knows what
// CloudFront tells kept answers apart by: by its query, which most cache keys have.
func (e *exam) unmarked() probe.Unique {
	return probe.Unique{Query: !e.q.Key.IsZero() && e.inside.configured.Distribution == nil}
}

// sharesAnswers says whether CloudFront would keep the answer to the key, and serve it to
// callers who have none: the key is not in the cache key, and nothing else is by which
// the request could differ.
func (e *exam) sharesAnswers() bool {
	d := e.inside.configured.Distribution
	if d == nil || !d.KeepsAnswers || d.PolicyUnknown || d.KeyQuery {
		return false
	}
	return !slices.ContainsFunc(d.KeyHeaders, func(h string) bool { return h == "*" || strings.EqualFold(h, e.q.Key.Header) })
}

// sentKey is the header in which the key was sent; "": in none.
func (e *exam) sentKey() string {
	if slices.ContainsFunc(e.outside.evidence(), func(v setup.Evidence) bool { return v.Key == KeyVariable }) {
		return http.CanonicalHeaderKey(e.q.Key.Header)
	}
	return ""
}

// withheldText says that the key was not sent, and why.
const withheldText = " The key was not sent: CloudFront keeps answers here, and neither the key nor a query tells them apart, so its answer could be served to callers who have none. Put the header into the cache key, or keep nothing."

// needsKey is the look with a key.
func needsKey(header, text string) setup.Need {
	return setup.KeyNeed(header, "Sent with the requests of one look to this name and its API, and then forgotten. "+text)
}
