package handlers

import (
	"strings"

	"apifront/setup"
	webwizard "apifront/web/wizard"
)

// What tests outside of the package know of its inside.

// The limits and names that tests hold the server to.
const (
	CSP              = csp
	FirstWait        = firstWait
	FreeAccountTries = freeAccountTries
	FreeAddressTries = freeAddressTries
	FreeTries        = freeTries
	LineBurst        = lineBurst
	LongestAccount   = longestAccount
	LostEvery        = lostEvery
	MostForm         = mostForm
	NewCertificate   = newCertificate
	OIDCCallback     = oidcCallback
	OIDCPath         = oidcPath
	OIDCPatience     = oidcPatience
	OIDCRetry        = oidcRetry
	Permissions      = permissions
	ShortIdle        = shortIdle
	ShortSession     = shortSession
	ZoneCookie       = zoneCookie
)

// What tests ask of the inside.
var (
	Anchor       = anchor
	Anchors      = anchors
	FieldLimit   = fieldLimit
	ForAnybody   = forAnybody
	Limited      = limited
	Network      = network
	SignInLimits = signInLimits
)

// CountZones counts the time zones that are kept.
func CountZones() (n int) {
	zones.Range(func(any, any) bool { n++; return true })
	return n
}

// OlderZones are the names that are understood and not on offer.
func OlderZones() []string { return strings.Fields(olderZoneNames) }

// Differ is what a review says of a change of a spec; "" for nothing.
func Differ(is, want setup.Spec) string {
	blocks := func(sp setup.Spec) []webwizard.AnswerBlock {
		return answerBlocks(func(id string) string { return id }, setup.Draft{Spec: sp}, "")
	}
	said := ""
	for _, b := range diffBlocks(blocks(is), blocks(want)) {
		for _, r := range b.Rows {
			said += r.Field + ": " + r.Is + " becomes " + r.Want + "; "
		}
	}
	return said
}
