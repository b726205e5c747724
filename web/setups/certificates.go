package setups

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
	"apifront/web"
)

// CertificatesView is how long the certificates are valid, and whether they renew.
type CertificatesView struct {
	Seen string // when a check last saw them
	List []CertificateView
}

// A CertificateView is one certificate.
type CertificateView struct {
	Title   string // who uses it, and where it is
	ID, ARN string // ID is the end of the ARN
	What    string // names the ARN for those who copy it
	Left    string
	Until   string
	Life    LifeView
	Mark    string
	Verdict string // one sentence
	Text    string // why, and what a person does
}

// A LifeView is the drawing of a certificate's life, in days.
type LifeView struct {
	Box        string // viewBox
	Days, Used string
	From, Span string // of the last days, in which ACM renews
	Label      string
}

// certificates are what the last check saw of the certificates.
func certificates(f Facts) *CertificatesView {
	if len(f.Guard.Terms) == 0 {
		return nil
	}
	v := &CertificatesView{Seen: "As a check last saw them, " + f.Times.Past(f.Guard.SeenAt) + "."}
	for _, t := range f.Guard.Terms {
		v.List = append(v.List, newCertificate(f, t))
	}
	return v
}

func newCertificate(f Facts, t setup.Term) CertificateView {
	now := f.Times.Now
	c := CertificateView{
		Title: "For " + usersOf(f.Setup.Spec, t) + ", " + t.Region, ARN: t.ARN, ID: t.ARN[strings.LastIndexByte(t.ARN, '/')+1:], What: "certificate ARN, " + t.Region,
		Left: setup.Count(t.DaysLeft(now), "day") + " left", Until: "until " + f.Times.Date(t.Ends).Text, Life: newLife(t, now),
	}
	left := t.Left(now)
	switch {
	case left == 0:
		c.Mark, c.Left, c.Until, c.Verdict = "failed", "Ended", f.Times.Date(t.Ends).Text, "Ended."
	case len(t.Stops) > 0 && t.Stops[0].Kind == setup.StopImported:
		c.Mark, c.Verdict = "wait", "Does not renew. Import a new one before "+f.Times.Date(t.Ends).Text+"."
	case len(t.Stops) > 0:
		c.Mark, c.Verdict = "you", "Will not renew."
	case left <= setup.TermShort:
		c.Mark, c.Verdict, c.Text = "you", "Should have renewed by now.", "ACM begins about 45 days before the end, and nothing seems to stop it."
	case left <= setup.TermRenews:
		c.Mark, c.Verdict, c.Text = "running", "Should renew by itself in the next few days.", "Everything that ACM needs is there."
	default:
		c.Mark, c.Verdict, c.Text = "done", "Will renew by itself from about "+f.Times.Date(t.Renews()).Text+".", "It is in use, its validation record answers, and no CAA record forbids Amazon."
	}
	for _, x := range t.Stops {
		c.Text += x.Why + " "
	}
	if len(t.Stops) > 0 {
		c.Text += t.Stops[0].Fix
	}
	if len(t.Stops) > 0 && left <= setup.TermRenews && left > 0 {
		c.Mark = "you"
	}
	return c
}

// usersOf names the services that use the certificate.
func usersOf(spec setup.Spec, t setup.Term) string {
	switch {
	case spec.OneCertificate():
		return "CloudFront and API Gateway"
	case t.Key == setup.KeyCertificateRegional:
		return "API Gateway"
	}
	return "CloudFront"
}

func newLife(t setup.Term, now time.Time) LifeView {
	const day = 24 * time.Hour
	all := max(int((t.Ends.Sub(t.Begins)+day/2)/day), 1)
	used := min(max(int(now.Sub(t.Begins)/day), 0), all)
	renews := min(int(setup.TermRenews/day), all)
	return LifeView{
		Box: fmt.Sprintf("0 0 %d 8", all), Days: strconv.Itoa(all), Used: strconv.Itoa(used), From: strconv.Itoa(all - renews), Span: strconv.Itoa(renews),
		Label: fmt.Sprintf("%d of %s used. Renews in the last %d.", used, setup.Count(all, "day"), renews),
	}
}

// validUntil is when a certificate ends: as a check saw it, or as the last job did.
func validUntil(f Facts, r setup.Resource) time.Time {
	for _, t := range f.Guard.Terms {
		if t.Key == r.Key && t.ARN == r.ARN {
			return t.Ends
		}
	}
	return web.NotAfter(r)
}

// A ShortCertificate is the certificates of a setup in a list: the one that ends
// first, and why one will not renew.
type ShortCertificate struct {
	Mark string // "" for nothing to say
	Left string
	Text string
}

// ShortCertificates are the certificates that a check saw; nil for none.
func ShortCertificates(g setup.Guard, now time.Time) *ShortCertificate {
	if len(g.Terms) == 0 {
		return nil
	}
	first := setup.Term{Ends: g.Ends()}
	c := ShortCertificate{Left: setup.Count(first.DaysLeft(now), "day")}
	left := first.Left(now)
	for _, t := range g.Terms {
		for _, s := range t.Stops {
			if c.Text == "" {
				c.Text = "Will not renew: " + stopWord(s.Kind)
			}
			if !s.Expected() || left < setup.TermRenews {
				c.Mark = "you"
			}
		}
	}
	switch {
	case left == 0:
		c.Mark, c.Left = "failed", "Ended"
	case left < setup.TermShort:
		c.Mark = "you"
	case c.Text == "" && left < setup.TermRenews:
		c.Text = "Renews about now"
	}
	return &c
}

// stopWord says in a few words why ACM does not renew a certificate.
func stopWord(k setup.StopKind) string {
	switch k {
	case setup.StopImported:
		return "imported"
	case setup.StopMail:
		return "validated by e-mail"
	case setup.StopUnused:
		return "not in use"
	case setup.StopDNS:
		return "validation record"
	case setup.StopCAA:
		return "a CAA record"
	case setup.StopFailed:
		return "ACM could not"
	}
	return string(k)
}
