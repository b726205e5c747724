package cloud

import (
	"regexp"
	"strings"
	"testing"
)

// verbs are what a Fix may begin with.
var verbs = regexp.MustCompile(`^(Allow|Cancel|Check|Choose|Correct|Delete|Deploy|Enable|Open|Re-run|Read|Remove|Set|Sign|Wait)\b`)

func TestExplanations(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range append(explanations, throttled, awsFault, unknownRefusal, unknownError) {
		at := e.service + " " + e.code + " " + e.has + " " + e.of
		if e.what == "" || e.why == "" || e.fix == "" {
			t.Errorf("%s: an empty field", at)
		}
		if !verbs.MatchString(e.fix) {
			t.Errorf("%s: fix does not begin with a verb: %q", at, e.fix)
		}
		for _, s := range []string{e.what, e.why, e.fix} {
			if !strings.HasSuffix(s, ".") {
				t.Errorf("%s: not a sentence: %q", at, s)
			}
			for _, name := range regexp.MustCompile(`\{\w+\}`).FindAllString(s, -1) {
				if filled := (facts{}).fill(name); filled == name {
					t.Errorf("%s: nothing fills %s", at, name)
				}
			}
		}
		if e.code != "" && strings.Contains(e.what, e.code) {
			t.Errorf("%s: a code in what happened: %q", at, e.what)
		}
		if e.code != "" && seen[at] {
			t.Errorf("%s: twice in the table; the second is never found", at)
		}
		seen[at] = true
		if quotaCodes[e.code] && e.again {
			t.Errorf("%s: a quota is not temporary", at)
		}
	}
}
