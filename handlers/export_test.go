package handlers

import (
	"strings"
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
