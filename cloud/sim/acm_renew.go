package sim

import (
	"slices"
	"time"
)

// renewsBefore is how long before its end ACM begins to renew a public
// certificate. AWS's user guide says 60 days, and is of the time of 395 days; of
// the 198 days since 2026-02-18 one report of AWS's announcement says 45 days
// (nottinfra.co.uk) and one says 60 (sjramblings.io). The shorter one is the one
// that hurts.
// https://docs.aws.amazon.com/acm/latest/userguide/dns-renewal-validation.html
const renewsBefore = 45 * 24 * time.Hour

// renewalSummary is ACM's RenewalSummary. A certificate has none before ACM begins
// to renew it: none of nine recorded answers has one.
type renewalSummary struct {
	RenewalStatus           string
	RenewalStatusReason     string             `json:",omitempty"`
	DomainValidationOptions []domainValidation // of the renewal, not of the request
	UpdatedAt               float64
}

// renew is what time does to an issued certificate. ACM renews what is eligible if
// the record of every name is still in public DNS. The ARN stays the same, so
// whoever uses the certificate has the new one. Without the records the renewal
// waits for a person (PENDING_VALIDATION), and has failed when the certificate
// ends. What AWS answers where CAA records forbid it was not observed.
// https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html
// https://docs.aws.amazon.com/acm/latest/userguide/check-certificate-renewal-status.html
func (s *Sim) renew(c *certificate, now time.Time) {
	for c.renewal(now) == "ELIGIBLE" && !now.Before(c.NotAfter.Add(-renewsBefore)) && s.mayRenew(c, now) {
		begins := c.NotAfter.Add(-renewsBefore)
		c.NotBefore = begins.Truncate(24 * time.Hour)
		c.NotAfter = c.NotBefore.Add(certificateLasts - time.Second)
		c.renewed("SUCCESS", "", now)
	}
	if !now.After(c.NotAfter) {
		return
	}
	if c.Renewal == "PENDING_VALIDATION" || c.Renewal == "PENDING_AUTO_RENEWAL" {
		c.renewed("FAILED", "", now)
	}
	c.Status = "EXPIRED"
}

// mayRenew looks whether ACM can renew the certificate now, and notes what stops
// it. It looks now and then, as ACM does.
func (s *Sim) mayRenew(c *certificate, now time.Time) bool {
	if c.Fate == FaultStuck {
		c.renewed("PENDING_AUTO_RENEWAL", "", now)
		return false
	}
	if now.Sub(c.LookedAt) < min(s.cfg.Pace.IssueDelay/10, lookEvery) {
		return false
	}
	c.LookedAt = now
	switch {
	case c.Validation != "DNS" || !s.validated(c, now):
		c.renewed("PENDING_VALIDATION", "", now)
	case slices.ContainsFunc(c.Names, func(n string) bool { return s.caaForbids(n, now) }):
		c.renewed("FAILED", "CAA_ERROR", now)
	default:
		c.LookedAt = time.Time{} // the next term is looked at anew
		return true
	}
	return false
}

// renewed notes how far a renewal is.
func (c *certificate) renewed(status, reason string, now time.Time) {
	if c.Renewal != status || c.RenewalReason != reason || status == "SUCCESS" {
		c.Renewal, c.RenewalReason, c.RenewalAt = status, reason, now
	}
}

// renewalSummary is what ACM answers about the renewal; nil before there was one.
func (c *certificate) renewalSummary() *renewalSummary {
	if c.Renewal == "" {
		return nil
	}
	r := &renewalSummary{RenewalStatus: c.Renewal, RenewalStatusReason: c.RenewalReason, UpdatedAt: acmTime(c.RenewalAt), DomainValidationOptions: []domainValidation{}}
	for _, n := range c.Names {
		v := c.validationOf(n, true)
		switch c.Renewal {
		case "PENDING_VALIDATION", "PENDING_AUTO_RENEWAL":
			v.ValidationStatus = "PENDING_VALIDATION"
		case "FAILED":
			v.ValidationStatus = "FAILED"
		}
		r.DomainValidationOptions = append(r.DomainValidationOptions, v)
	}
	return r
}
