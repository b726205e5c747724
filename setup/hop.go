package setup

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// A Way is the way of a request as the last check saw it, in four hops.
type Way struct {
	CheckID string    // of the check; "": none has looked
	SeenAt  time.Time // when the check ended
	Hops    []Hop     // name, edge, origin, API
}

// A Hop is one part of the way of a request, as a check saw it.
type Hop struct {
	Part  Part     `json:"part"`
	State HopState `json:"state,omitempty"`
	Past  bool     `json:"past,omitempty"` // it was asked past a fault before it
	Claim string   `json:"claim"`          // a few words: what was seen of it
	Text  string   `json:"text,omitempty"` // a sentence: by what
	ID    string   `json:"id,omitempty"`   // of what is there, in AWS or in DNS
	Asked []Asked  `json:"asked,omitempty"`
}

// HopState is what a check says of a hop.
type HopState string

// The states of hops.
const (
	HopUnknown HopState = ""        // no look of the check tells
	HopRight   HopState = "right"   // a look at this very hop says so, and nothing else contradicts
	HopWrong   HopState = "wrong"   // requests end here, or leave the way
	HopDiffers HopState = "differs" // it is not as the revision wants it, and requests go on
	HopAway    HopState = "away"    // the name leads elsewhere, as the revision wants it
)

// Parts are the parts of a request's way, in its order.
func Parts() []Part { return []Part{PartName, PartEdge, PartOrigin, PartGateway} }

// An Asked is one question of a check and its answer, and the line that asks again.
type Asked struct {
	What   string `json:"what"`
	Answer string `json:"answer,omitempty"`
	Line   string `json:"line,omitempty"` // of dig, curl, openssl or aws; "" for none
	Bad    bool   `json:"bad,omitempty"`  // the answer tells of a fault
}

// How long the texts of an Asked may be, in characters.
const (
	mostAskedText = 300
	mostAskedLine = 700
)

// NewAsked is a question with its answer, as far as they are kept: without what does
// not print, and cut. A line is whole or it is not there.
func NewAsked(what, answer, line string) Asked {
	a := Asked{What: Clip(Printable(what), mostAskedText), Answer: Clip(Printable(answer), mostAskedText)}
	if line == Printable(line) && len(line) <= mostAskedLine {
		a.Line = line
	}
	return a
}

// Printable is a text without what does not print or turns the direction of what
// follows, its blanks as one space each.
func Printable(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == unicode.ReplacementChar || !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// ShellLine is a command line for a POSIX shell that has the words as they are.
func ShellLine(words ...string) string {
	quoted := make([]string, 0, len(words))
	for _, w := range words {
		quoted = append(quoted, ShellWord(w))
	}
	return strings.Join(quoted, " ")
}

// ShellWord is a word as a POSIX shell takes it literally.
func ShellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._:/+,@%", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	if strings.Contains(s, "'") && !strings.ContainsAny(s, "\"$`\\!") {
		return `"` + s + `"`
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// hopSettings are the settings on the way of a request, by their hop. Others decide
// nothing of a request: the validation record, renewals, and what is apifront's own.
var hopSettings = map[Part][]Setting{
	PartName: {SettingTrafficRecord, SettingDelegation, SettingProxy},
	PartEdge: {
		SettingEdgeCertificate, SettingAlias, SettingEnabled, SettingDeployed, SettingMethods, SettingCacheKey, SettingCaching,
		SettingViewerProtocol, SettingViewerTLS, SettingFirewall, SettingRestriction, SettingErrorPages, SettingEdgeFunction, SettingIPv6,
	},
	PartOrigin: {
		SettingOriginDomain, SettingOriginProtocol, SettingHostHeader, SettingOriginPath, SettingOriginTLS, SettingOriginTimeout, SettingForwarding,
		SettingCustomDomain, SettingRegionalCertificate, SettingDomainTLS, SettingDomainMTLS,
	},
	PartGateway: {SettingMapping, SettingRoutingMode, SettingRoute, SettingAPIAccess, SettingAPIPolicy, SettingBackend, SettingThrottling},
}

// Hop is the hop that the setting belongs to; "": it decides nothing of a request.
func (s Setting) Hop() Part {
	for part, list := range hopSettings {
		if slices.Contains(list, s) {
			return part
		}
	}
	return ""
}

// Hop is the hop at which the finding is; "": requests do not meet it.
func (f FindingBody) Hop() Part {
	_, about, _ := strings.Cut(f.Key, "/")
	whole := about == "missing" || about == "foreign" || about == "stopped"
	switch {
	case f.Beside || strings.HasPrefix(f.Field, "Tag "):
		return ""
	case f.Setting != "" && (!whole || f.Part != PartEdge):
		return f.Setting.Hop()
	}
	return f.Part
}
