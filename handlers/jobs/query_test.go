package jobs

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// A search text is cut between characters, because a database accepts no half
// character.
func TestASearchIsCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a" + strings.Repeat("ä", 400), strings.Repeat("€", 400), "ab" + strings.Repeat("😀", 400)} {
		q := readQuery(url.Values{"q": {text}, "setup": {text}})
		if !utf8.ValidString(q.q) || !utf8.ValidString(q.setup) || utf8.RuneCountInString(q.q) != 300 {
			t.Errorf("%d characters of %q…: whole %t", utf8.RuneCountInString(q.q), text[:6], utf8.ValidString(q.q))
		}
	}
}
