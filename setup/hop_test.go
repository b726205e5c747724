package setup

import (
	"os/exec"
	"strings"
	"testing"
	"unicode"
)

// hostile are texts that answers and names may hold.
func hostile() []string {
	return []string{
		"https://api.example.com/orders", "/a b", "/$(rm -rf)", "/it's", "/a&b", "", "`id`", `\`, `"`, `'"$x\!`, "it's $HOME", "it's !1", "a\tb", "-x", "*", "~",
		"Origins.Items[?Id=='apigw'].X", "[?A==`400`].B", "ä€\u202e", strings.Repeat("W", 400),
	}
}

// A shell takes every word as it is.
func TestShellWordsAreLiteral(t *testing.T) {
	t.Parallel()
	for _, word := range hostile() {
		out, err := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+ShellWord(word)).CombinedOutput()
		if err != nil || string(out) != word {
			t.Errorf("%q as %s is %q: %v", word, ShellWord(word), out, err)
		}
	}
	if got := ShellLine("curl", "-i", "https://api.example.com/a&b"); got != "curl -i 'https://api.example.com/a&b'" {
		t.Error(got)
	}
}

// What was answered is kept without what does not print, and cut. A line is kept whole
// or not at all.
func TestWhatWasAskedIsCut(t *testing.T) {
	t.Parallel()
	nasty := "<b>\x1b[31m\x00\u202egnp.exe\u200b\r\nSet-Cookie: a\xff" + strings.Repeat("W", 5000)
	a := NewAsked(nasty, nasty, "curl "+nasty)
	if a.Line != "" {
		t.Errorf("a line that is cut: %q", a.Line)
	}
	for _, text := range []string{a.What, a.Answer} {
		odd := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
		if odd >= 0 || len(text) > 1000 || !strings.HasPrefix(text, "<b>[31mgnp.exe Set-Cookie: aW") {
			t.Errorf("%d, %q", odd, text)
		}
	}
	if a = NewAsked("A", "1", "dig A x"); a.Line != "dig A x" {
		t.Error(a)
	}
	if a = NewAsked("A", "1", "dig A x\u202e"); a.Line != "" {
		t.Error(a)
	}
}

// Each setting is of one hop, or decides nothing of a request.
func TestHopsOfSettings(t *testing.T) {
	t.Parallel()
	beside := map[Setting]bool{SettingValidationRecord: true, SettingCAA: true, SettingRenewal: true, SettingNetwork: true, SettingRequest: true}
	for _, s := range Settings() {
		n := 0
		for _, list := range hopSettings {
			for _, of := range list {
				if of == s {
					n++
				}
			}
		}
		if want := map[bool]int{true: 0, false: 1}[beside[s]]; n != want {
			t.Errorf("%s is of %d hops, want %d", s, n, want)
		}
	}
	for _, c := range []struct {
		f    FindingBody
		want Part
	}{
		{FindingBody{Key: "distribution/missing", Part: PartEdge, Setting: SettingOriginDomain}, PartEdge},
		{FindingBody{Key: "distribution/OriginPath", Part: PartEdge, Setting: SettingOriginPath, Field: "OriginPath"}, PartOrigin},
		{FindingBody{Key: "live/origin-protocol/origin-not-https", Part: PartEdge, Setting: SettingOriginProtocol}, PartOrigin},
		{FindingBody{Key: "distribution/Comment", Part: PartEdge, Field: "Comment"}, PartEdge},
		{FindingBody{Key: "distribution/Tag apifront:*", Part: PartEdge, Field: "Tag apifront:*"}, ""},
		{FindingBody{Key: "validation/missing", Part: PartName, Setting: SettingValidationRecord}, ""},
		{FindingBody{Key: "renewal/ends/us-east-1", Part: PartName, Setting: SettingRenewal, Beside: true}, ""},
		{FindingBody{Key: "domain/missing", Part: PartGateway, Setting: SettingCustomDomain}, PartOrigin},
		{FindingBody{Key: "mappings/missing", Part: PartGateway, Setting: SettingMapping}, PartGateway},
	} {
		if got := c.f.Hop(); got != c.want {
			t.Errorf("%s is at %q, want %q", c.f.Key, got, c.want)
		}
	}
}
