package setup

import (
	"slices"
	"strings"
)

// The kinds of answers that callers may share, in the values of Edge.Accepts:
// what two callers differ in who get the same kept answer.
const (
	SharedCredentials = "credentials" // a token, a key
	SharedSites       = "sites"       // Origin: the site of a browser
	SharedCookies     = "cookies"
	SharedHeaders     = "headers" // any other header
	SharedQueries     = "queries"
)

// SharedKinds are the values of Edge.Accepts, in the order of the page.
func SharedKinds() []string {
	return []string{SharedCredentials, SharedSites, SharedCookies, SharedHeaders, SharedQueries}
}

// formerAccepts is what a person accepted before it was asked kind by kind:
// all that the test found then.
func formerAccepts() []string {
	return []string{SharedCredentials, SharedSites, SharedCookies, SharedHeaders, SharedQueries}
}

// SharedWords say who shares answers of a kind, as the page has it.
func SharedWords(kind string) string {
	switch kind {
	case SharedCredentials:
		return "Callers with and without a token or key"
	case SharedSites:
		return "Browsers of different sites (Origin)"
	case SharedCookies:
		return "Callers with different cookies"
	case SharedHeaders:
		return "Callers who differ in another header"
	case SharedQueries:
		return "Callers with different query strings"
	}
	return kind
}

// ReadShared are the kinds among some values, in the order of the page and each
// once; nil if there are none.
func ReadShared(values []string) (kinds []string) {
	for _, kind := range SharedKinds() {
		if slices.Contains(values, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Accepted says whether a person accepts that answers of all these kinds are
// shared.
func (e Edge) Accepted(kinds []string) bool {
	return !slices.ContainsFunc(kinds, func(kind string) bool { return !slices.Contains(e.Accepts, kind) })
}

// FormerKey says whether the cache key is that of the first version, which told
// neither API keys nor sites apart.
func (e Edge) FormerKey() bool { return e.Keeps() && slices.Equal(e.KeyHeaders, formerKeyHeaders()) }

// sharedCode begins the code of a problem that the acceptance of a kind ends.
const sharedCode = "Shared-"

// SharedCode is the code of the problem that answers of a kind are shared.
func SharedCode(kind string) string { return sharedCode + kind }

// SharedOf is the kind that a code is about; "" if it is about none.
func SharedOf(code string) string {
	kind, ok := strings.CutPrefix(code, sharedCode)
	if !ok || !slices.Contains(SharedKinds(), kind) {
		return ""
	}
	return kind
}
