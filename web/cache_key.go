package web

import (
	"strings"

	"apifront/setup"
)

// KeyText is what tells kept answers apart: "Authorization, Host and query
// string".
func KeyText(e setup.Edge) string {
	if len(e.KeyHeaders) == 0 {
		return "query string only"
	}
	return strings.Join(e.KeyHeaders, ", ") + " and query string"
}

// SharedText says which callers get each other's kept answers because a header
// is not in the cache key; "" if it has all that a new setup has.
func SharedText(e setup.Edge) string {
	missing := e.Undistinguished()
	if len(missing) == 0 {
		return ""
	}
	text := "Callers who differ only in " + oneOf(missing) + " share kept answers."
	for _, x := range []struct{ header, then string }{
		{"Authorization", " One without a token can get an answer that was made for a token."},
		{"X-Api-Key", " One without an API key can get a key holder's answer."},
		{"Origin", " A browser can get a CORS answer that names another site."},
		{"Host", " One who asks for another name of the distribution can get this one's answer."},
	} {
		for _, h := range missing {
			if h == x.header {
				text += x.then
			}
		}
	}
	return text
}

// oneOf is a list in a sentence: "A, B or C".
func oneOf(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}
