package notice

import (
	"net/url"
	"strings"
	"unicode"

	"apifront/setup"
)

// answerShown is how many characters of an answer are kept.
const answerShown = 200

// shortestSecret is from how many characters on a part of an address is taken for a
// secret. Shorter ones are words such as "services".
const shortestSecret = 8

// shown is the beginning of what the other side said, in visible characters on one
// line, without anything of the address or the key, which it may have said back.
func shown(said string, secret setup.NoticeSecret) string {
	said = strings.ToValidUTF8(said, "\uFFFD")
	for _, s := range secretParts(secret) {
		said = strings.ReplaceAll(said, s, "…")
	}
	said = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, said)
	return setup.Clip(strings.Join(strings.Fields(said), " "), answerShown)
}

// secretParts are all that must not be shown, the longest first.
func secretParts(secret setup.NoticeSecret) []string {
	parts := []string{secret.Address}
	if u, err := url.Parse(secret.Address); err == nil && u.Host != "" {
		parts = append(parts, u.RequestURI(), u.EscapedPath())
		for part := range strings.SplitSeq(u.Path, "/") {
			parts = append(parts, part, url.PathEscape(part))
		}
		for name, values := range u.Query() {
			parts = append(parts, values...)
			parts = append(parts, name)
		}
		parts = append(parts, u.RawQuery)
	}
	parts = append(parts, secret.Key, strings.TrimPrefix(secret.Key, keyPrefix))
	var long []string
	for _, p := range parts {
		if len(p) >= shortestSecret {
			long = append(long, p)
		}
	}
	return long
}
