package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// lookEvery is how often ACM looks for a validation record at most.
const lookEvery = 250 * time.Millisecond

// validationRecord is the CNAME that proves control over a name to ACM.
// V7: it follows from the account and the name without "*.", so it is the
// same for every certificate in every region.
func validationRecord(account, name string) (record, value string) {
	base := strings.TrimPrefix(strings.ToLower(name), "*.")
	left := sha256.Sum256([]byte("name " + account + " " + base))
	right := sha256.Sum256([]byte("value " + account + " " + base))
	var middle strings.Builder
	for _, b := range right[16:26] {
		middle.WriteByte('a' + b%26)
	}
	return "_" + hex.EncodeToString(left[:16]) + "." + base + ".",
		"_" + hex.EncodeToString(right[:16]) + "." + middle.String() + ".acm-validations.aws."
}

// settle lets time pass: whatever is due by now has happened. It is called
// before each request; nothing runs in the background.
func (s *Sim) settle() {
	now := s.now()
	for _, z := range s.zones {
		z.settle(now)
	}
	if len(s.dns.Faults) > 0 {
		s.public.lookedFor = nil // they end by themselves
	}
	s.public.look(s.zones, s.tree.version)
	for _, r := range s.regions {
		for _, c := range r.certificates {
			s.settleCertificate(c, now)
		}
	}
}

// looks lets time pass although nobody asks.
func (s *Sim) looks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
}

// settleCertificate moves a certificate through its states.
func (s *Sim) settleCertificate(c *certificate, now time.Time) {
	if c.Status == "ISSUED" && !c.NotAfter.IsZero() {
		s.renew(c, now)
	}
	if c.Status != "PENDING_VALIDATION" {
		return
	}
	if now.Sub(c.CreatedAt) >= validationLasts {
		c.Status = "VALIDATION_TIMED_OUT"
		return
	}
	if c.Validation != "DNS" || c.Fate == FaultStuck {
		return // V3: e-mail validation waits for a person who never comes
	}
	if c.SeenAt.IsZero() {
		// ACM looks now and then, not all the time. Where DNS has not changed
		// since, the simulator does not look again: hundreds of certificates may
		// wait at once.
		if now.Sub(c.LookedAt) < min(s.cfg.Pace.IssueDelay/10, lookEvery) {
			return
		}
		c.LookedAt = now
		if s.public.lookedFor[c] {
			return
		}
		if !s.validated(c, now) {
			s.public.lookedFor[c] = true
			return
		}
		c.SeenAt = now
	}
	due := c.SeenAt.Add(s.takes(s.cfg.Pace.IssueDelay, "issue", c.Names[0]+c.Region, c.CreatedAt))
	if now.Before(due) {
		return
	}
	if c.Fate == FaultCAA || slices.ContainsFunc(c.Names, func(n string) bool { return s.caaForbids(n, now) }) {
		c.Status, c.Failure = "FAILED", "CAA_ERROR"
		return
	}
	c.issue(due)
}

func (c *certificate) issue(at time.Time) {
	c.Status, c.IssuedAt = "ISSUED", at
	c.NotBefore = at.Truncate(24 * time.Hour)
	c.NotAfter = c.NotBefore.Add(certificateLasts - time.Second)
}

// validated is rule V6: every name's record stands with its exact value in
// the public DNS. A zone nobody delegates to does not count.
func (s *Sim) validated(c *certificate, now time.Time) bool {
	for _, n := range c.Names {
		record, want := validationRecord(c.Account, n)
		values, cname, exists := s.lookup(record, "CNAME", now)
		if !exists {
			return false
		}
		seen := slices.Concat(values, []string{cname})
		if !slices.ContainsFunc(seen, func(v string) bool { return sameName(v, want) }) {
			return false
		}
	}
	return true
}

func sameName(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

// amazonCAs are the CAA values that let ACM issue.
// https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
var amazonCAs = []string{"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"}

// caaForbids is the other half of rule V6: the CAA set closest to the name
// does not name Amazon. Where a name is a CNAME, its target's set counts.
func (s *Sim) caaForbids(name string, now time.Time) bool {
	base, wild := strings.CutPrefix(strings.ToLower(name), "*.")
	base = strings.TrimSuffix(base, ".")
	for base != "" {
		if set := s.caaSet(base, now); len(set) > 0 {
			return !caaAllows(set, wild)
		}
		_, base, _ = strings.Cut(base, ".")
	}
	return false
}

// caaSet is the CAA records at a name, following at most 8 CNAMEs.
func (s *Sim) caaSet(name string, now time.Time) []string {
	for range 8 {
		values, cname, _ := s.lookup(name+".", "CAA", now)
		if len(values) > 0 || cname == "" {
			return values
		}
		name = strings.TrimSuffix(cname, ".")
	}
	return nil
}

// caaAllows reads values such as `0 issue "amazon.com"`. Without an issue
// property for this kind of name everybody may issue; without issuewild,
// issue rules wildcards too.
func caaAllows(set []string, wild bool) bool {
	byTag := map[string][]string{}
	for _, v := range set {
		f := strings.SplitN(v, " ", 3)
		if len(f) != 3 {
			continue
		}
		ca, _, _ := strings.Cut(strings.Trim(f[2], `"`), ";")
		tag := strings.ToLower(f[1])
		byTag[tag] = append(byTag[tag], strings.ToLower(strings.TrimSpace(ca)))
	}
	rule, ruled := byTag["issue"]
	if w, ok := byTag["issuewild"]; ok && wild {
		rule, ruled = w, true
	}
	return !ruled || slices.ContainsFunc(rule, func(ca string) bool { return slices.Contains(amazonCAs, ca) })
}
