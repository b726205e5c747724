package handlers

import (
	"net/http"
	"net/netip"
	"strings"
	"time"

	"apifront/store"
)

// How tries to sign in are slowed down. Three things are counted, in the
// store, where a restart and every replica see them:
//
//   - one account from one address: somebody guesses one password;
//   - one address: somebody tries one password on many accounts;
//   - one account: somebody guesses from many addresses.
//
// The last one would let a stranger keep somebody out. So a browser in which
// somebody signed in before has a count of its own for that account and none
// of the three, the wait of an account is short, and a link of an
// administrator needs no try.
const (
	freeTries        = 5
	freeAddressTries = 20
	freeAccountTries = 30
	firstWait        = 30 * time.Second
	longestWait      = 15 * time.Minute
	longestAccount   = 2 * time.Minute
)

// signInLimits are the limits of one try. device is the browser's own number
// if somebody signed in to the account with it before.
func signInLimits(r *http.Request, email, device string) []store.Limit {
	account := strings.ToLower(email)
	if device != "" {
		return []store.Limit{{Subject: "device\x00" + device + "\x00" + account, Free: freeTries, First: firstWait, Longest: longestWait, Own: true}}
	}
	from := network(remoteAddress(r))
	return []store.Limit{
		{Subject: "both\x00" + from + "\x00" + account, Free: freeTries, First: firstWait, Longest: longestWait, Own: true},
		{Subject: "address\x00" + from, Free: freeAddressTries, First: firstWait, Longest: longestWait},
		{Subject: "account\x00" + account, Free: freeAccountTries, First: firstWait, Longest: longestAccount},
	}
}

// secretLimits are the limits of guessing a secret of another kind, by whoever
// comes from one address.
func secretLimits(r *http.Request, what string) []store.Limit {
	return []store.Limit{{Subject: what + "\x00" + network(remoteAddress(r)), Free: freeTries, First: firstWait, Longest: longestWait, Own: true}}
}

// network is what one subscriber has: an IPv4 address, or the /64 prefix of an
// IPv6 address.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}
