package setup

import (
	"slices"
	"time"
)

// A Term is one certificate as a check saw it: for how long it is valid, and what
// keeps ACM from renewing it.
type Term struct {
	Key    string    `json:"key"` // of the resource
	ARN    string    `json:"arn"`
	Region string    `json:"region"`
	Begins time.Time `json:"begins"`
	Ends   time.Time `json:"ends"`

	// Stops are what keeps ACM from renewing it; none: it renews by itself.
	Stops []Stop `json:"stops,omitempty"`
}

// A Guard is what a check saw of the certificates of a setup.
type Guard struct {
	Terms   []Term
	SeenAt  time.Time // zero: no check has seen any
	AskedAt time.Time // when all name servers were last asked for what renewals need
}

// Ends is when the first of the certificates ends; zero without one.
func (g Guard) Ends() (first time.Time) {
	for _, t := range g.Terms {
		if first.IsZero() || t.Ends.Before(first) {
			first = t.Ends
		}
	}
	return first
}

// Stopped says whether one of the certificates will not renew by itself.
func (g Guard) Stopped() bool {
	return slices.ContainsFunc(g.Terms, func(t Term) bool { return len(t.Stops) > 0 })
}

// A Stop is one thing that keeps ACM from renewing a certificate.
type Stop struct {
	Kind    StopKind `json:"kind"`
	Setting Setting  `json:"setting"`       // which is wrong
	Why     string   `json:"why"`           // sentences
	Fix     string   `json:"fix,omitempty"` // what a person does
}

// StopKind is what keeps ACM from renewing a certificate.
type StopKind string

// The kinds of stops.
const (
	StopImported StopKind = "imported" // ACM renews only what it has issued
	StopMail     StopKind = "mail"     // it was validated by e-mail, so a person must approve each renewal
	StopUnused   StopKind = "unused"   // no AWS service uses it
	StopDNS      StopKind = "dns"      // its validation record is not as ACM wants it
	StopCAA      StopKind = "caa"      // CAA records do not let Amazon issue
	StopFailed   StopKind = "failed"   // ACM tried, and says that it did not work
)

// Expected says whether the stop belongs to the certificate as it was made. It is
// no fault before the certificate comes to its end.
func (s Stop) Expected() bool { return s.Kind == StopImported || s.Kind == StopMail }

// How long a certificate has at most when it is looked after.
//
// ACM renews 198-day certificates about 45 days before their end: one report of
// AWS's announcement says 45 days (nottinfra.co.uk), another one 60
// (sjramblings.io), and AWS's user guide still has the 60 days of the certificates
// of 395 days. So a certificate of less than 45 days that was not renewed is
// worth a remark, and one of 30 a warning.
// https://docs.aws.amazon.com/acm/latest/userguide/dns-renewal-validation.html
const (
	TermRenews = 45 * 24 * time.Hour
	TermShort  = 30 * 24 * time.Hour
)

// Left is how long the certificate is still valid; 0 if it has ended.
func (t Term) Left(now time.Time) time.Duration { return max(t.Ends.Sub(now), 0) }

// DaysLeft is Left in whole days.
func (t Term) DaysLeft(now time.Time) int { return int(t.Left(now) / (24 * time.Hour)) }

// Renews is when ACM begins to renew it.
func (t Term) Renews() time.Time { return t.Ends.Add(-TermRenews) }
