package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"apifront/probe"
	"apifront/setup"
)

// Watches are the looks that only checks make, beside those of the steps. They
// change nothing, and no job has them.
func Watches() []Step { return []Step{renewalWatch(), doorsWatch()} }

// renewalWatch looks whether ACM will be able to renew the certificates. ACM says
// so only when it has failed, weeks before they end, so what it will need then is
// looked at in every check.
func renewalWatch() Step {
	return Step{
		ID:      "renewal",
		Thing:   "renewal of the certificates",
		Title:   "Watch the renewal",
		Why:     "ACM renews a certificate that is in use, while its validation record is in DNS and CAA records let Amazon issue.",
		Service: "ACM",
		Needs:   []setup.StepID{"issued-edge", "issued-regional"},
		Parts:   []setup.Part{setup.PartName},
		Observe: observeRenewal,
	}
}

// Terms gather the certificates that the looks of one check see, so that they are
// read once. Several steps use them at the same time.
type Terms struct {
	// Guards says that every name server is asked, and CAA records are looked up.
	// Without it, one name server is asked first, and the others only if that has no
	// record.
	Guards bool

	mu   sync.Mutex
	seen map[string]*types.CertificateDetail // by the key of the resource
	list []setup.Term
}

// note keeps what ACM said of a certificate.
func (t *Terms) note(p certificatePlace, d *types.CertificateDetail) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil {
		t.seen = map[string]*types.CertificateDetail{}
	}
	t.seen[p.key] = d
}

// issued is what ACM said of the certificate of the place; nil if it is not
// issued, or was not seen.
func (t *Terms) issued(p certificatePlace) *types.CertificateDetail {
	t.mu.Lock()
	defer t.mu.Unlock()
	if d := t.seen[p.key]; d != nil && d.Status == types.CertificateStatusIssued && d.NotAfter != nil {
		return d
	}
	return nil
}

// List are the certificates that were judged.
func (t *Terms) List() []setup.Term {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.list)
}

func observeRenewal(ctx context.Context, e *Env) (Observation, error) {
	if e.Terms == nil {
		return ready("Only checks look at it"), nil
	}
	places := []certificatePlace{edgeCertificate(e.Setup.Spec)}
	if other := regionalCertificate(e.Setup.Spec); other.key != places[0].key {
		places = append(places, other)
	}
	g := guard{asked: map[string]*setup.Stop{}}
	var terms []setup.Term
	for _, p := range places {
		if d := e.Terms.issued(p); d != nil {
			t := setup.Term{Key: p.key, ARN: aws.ToString(d.CertificateArn), Region: p.region, Begins: aws.ToTime(d.NotBefore).UTC(), Ends: aws.ToTime(d.NotAfter).UTC()}
			t.Stops = g.stops(ctx, e, p, d)
			terms = append(terms, t)
		}
	}
	e.Terms.mu.Lock()
	e.Terms.list = terms
	e.Terms.mu.Unlock()
	if len(terms) == 0 {
		o := ready("No issued certificate was seen")
		o.Unseen = true
		return o, nil
	}
	o := ready(termsSummary(terms, e.Now()))
	o.Findings, o.Unseen = termFindings(e, terms, g), g.unseen || len(terms) < len(places)
	return o, nil
}

// A guard judges the certificates of one setup. The same record and the same CAA
// records count for both, so they are looked up once.
type guard struct {
	asked  map[string]*setup.Stop  // by record, or "CAA " and the name; nil: nothing is wrong
	about  map[string]setup.Record // that a stop is about, as it should be, by what the stop says
	unseen bool                    // something could not be asked
}

// newlyIssued is how long ACM may not show yet that a certificate is in use. It is
// ours, generous and not observed.
const newlyIssued = 24 * time.Hour

// stops are what keeps ACM from renewing the certificate.
// https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html
// https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-renewal.html
func (g *guard) stops(ctx context.Context, e *Env, p certificatePlace, d *types.CertificateDetail) []setup.Stop {
	if d.Type == types.CertificateTypeImported {
		return []setup.Stop{{
			Kind: setup.StopImported, Setting: setup.SettingRenewal, Why: "It was imported, and ACM renews only what it has issued.",
			Fix: "Import a new certificate in ACM in " + p.region + " to the same ARN, " + aws.ToString(d.CertificateArn) + ", before this one ends.",
		}}
	}
	var list []setup.Stop
	if !inUse(d) && e.Now().Sub(aws.ToTime(d.IssuedAt)) > newlyIssued {
		list = append(list, setup.Stop{
			Kind: setup.StopUnused, Setting: setup.SettingRenewal, Why: "No AWS service uses it, and ACM renews only what is in use.",
			Fix: "Start a change of this setup: its job gives the certificate to " + p.user + " again.",
		})
	}
	mail := slices.ContainsFunc(d.DomainValidationOptions, func(o types.DomainValidation) bool {
		return o.ValidationMethod == types.ValidationMethodEmail
	})
	if mail {
		return append(list, setup.Stop{
			Kind: setup.StopMail, Setting: setup.SettingRenewal, Why: "It was validated by e-mail, so a person must approve each renewal.",
			Fix: "Approve the renewal when Amazon writes to the owner of the domain, or choose a new certificate on the page Certificates.",
		})
	}
	for _, o := range d.DomainValidationOptions {
		if r := o.ResourceRecord; r != nil {
			list = g.add(list, aws.ToString(r.Name), func() *setup.Stop {
				return g.record(ctx, e, unrooted(aws.ToString(r.Name)), unrooted(aws.ToString(r.Value)))
			})
		}
		if e.Terms.Guards {
			name := aws.ToString(o.DomainName)
			list = g.add(list, "CAA "+name, func() *setup.Stop { return g.caa(ctx, e, name) })
		}
	}
	if s := renewalFailed(d); s != nil && len(list) == 0 {
		list = append(list, *s)
	}
	return list
}

// inUse says whether ACM renews the certificate because something uses it.
func inUse(d *types.CertificateDetail) bool {
	return len(d.InUseBy) > 0 || d.RenewalEligibility == types.RenewalEligibilityEligible
}

// add looks once, and adds what it finds.
func (g *guard) add(list []setup.Stop, key string, look func() *setup.Stop) []setup.Stop {
	s, asked := g.asked[key]
	if !asked {
		s = look()
		g.asked[key] = s
	}
	if s == nil || slices.ContainsFunc(list, func(o setup.Stop) bool { return o == *s }) {
		return list
	}
	return append(list, *s)
}

// record is what is wrong with a validation record; nil: nothing, or it cannot be
// seen.
func (g *guard) record(ctx context.Context, e *Env, name, value string) *setup.Stop {
	look := recordCause
	if e.Terms.Guards {
		look = recordCauseEverywhere
	}
	c, r := look(ctx, e, name, value)
	if c == nil || c.Passing || c.Problem == nil {
		return nil
	}
	if c.Setting == setup.SettingNetwork {
		g.unseen = true
		return nil
	}
	setting := setup.SettingRenewal // where the record itself is right, such as in a zone that nobody asks
	if c.Setting == setup.SettingValidationRecord {
		setting = c.Setting
	}
	s := setup.Stop{Kind: setup.StopDNS, Setting: setting, Why: c.Problem.Why, Fix: c.Problem.Fix}
	if c.Symptom == probe.RecordMissing {
		s.Fix += " It is a CNAME record with the name " + name + " and the value " + value + "."
	}
	if g.about == nil {
		g.about = map[string]setup.Record{}
	}
	g.about[s.Why] = r
	return &s
}

// caa says that CAA records do not let Amazon issue for the name; nil: they
// do, or cannot be seen.
func (g *guard) caa(ctx context.Context, e *Env, name string) *setup.Stop {
	found, err := e.caaOf(ctx, name)
	set := found.Records
	g.unseen = g.unseen || err != nil
	if err != nil || !probe.CAABlocks(set, strings.HasPrefix(name, "*.")) {
		return nil
	}
	return &setup.Stop{
		Kind: setup.StopCAA, Setting: setup.SettingCAA, Why: "CAA records in DNS name who may issue certificates for " + name + ", and Amazon is not among them: " + strings.Join(set, ", ") + ".",
		Fix: `Add the CAA record 0 issue "amazon.com" where these records are.`,
	}
}

// renewalFailed says that ACM tried to renew the certificate in vain. nil: it did
// not try, is at it, or has done it. PENDING_VALIDATION waits for a person.
// https://docs.aws.amazon.com/acm/latest/userguide/check-certificate-renewal-status.html
func renewalFailed(d *types.CertificateDetail) *setup.Stop {
	r := d.RenewalSummary
	if r == nil || r.RenewalStatus != types.RenewalStatusFailed && r.RenewalStatus != types.RenewalStatusPendingValidation {
		return nil
	}
	s := &setup.Stop{Kind: setup.StopFailed, Setting: setup.SettingRenewal, Why: "ACM tried to renew it and could not: it says " + string(r.RenewalStatus)}
	if r.RenewalStatusReason != "" {
		s.Why += ", " + string(r.RenewalStatusReason)
	}
	s.Why += ". What DNS says now is right, so it may only be that ACM has not looked again."
	s.Fix = "Look again in some hours. If it stays so, write to AWS Support and name the certificate " + aws.ToString(d.CertificateArn) + "."
	return s
}

// termsSummary says in a line how the certificates are.
func termsSummary(terms []setup.Term, now time.Time) string {
	days, stopped := terms[0].DaysLeft(now), 0
	for _, t := range terms {
		days = min(days, t.DaysLeft(now))
		if len(t.Stops) > 0 {
			stopped++
		}
	}
	left := setup.Count(days, "day") + " left"
	switch {
	case stopped == 0:
		return "Renews by itself, " + left
	case len(terms) == 1:
		return "Will not renew by itself, " + left
	}
	return fmt.Sprintf("%d of %d will not renew by themselves, %s", stopped, len(terms), left)
}
