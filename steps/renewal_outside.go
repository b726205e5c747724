package steps

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"apifront/probe"
	"apifront/setup"
)

// A Renewing is a certificate whose renewal is looked at, of a name that no setup has.
type Renewing struct {
	Region string
	User   string // the service that uses it, for people
	Detail *types.CertificateDetail
}

// Renewals say whether ACM will be able to renew certificates, and what is to be said
// of that. Every name server is asked, and CAA records are looked up. Unseen says that
// something could not be asked.
func Renewals(ctx context.Context, p *probe.Prober, now time.Time, list []Renewing) (terms []setup.Term, findings []setup.FindingBody, unseen bool) {
	e := &Env{Prober: p, Now: func() time.Time { return now }, Terms: &Terms{Guards: true}}
	g := guard{asked: map[string]*setup.Stop{}}
	for _, r := range list {
		d := r.Detail
		if d == nil || d.Status != types.CertificateStatusIssued || d.NotAfter == nil {
			continue
		}
		place := certificatePlace{key: "certificate/" + r.Region, region: r.Region, user: r.User}
		t := setup.Term{Key: place.key, ARN: aws.ToString(d.CertificateArn), Region: r.Region, Begins: aws.ToTime(d.NotBefore).UTC(), Ends: aws.ToTime(d.NotAfter).UTC()}
		t.Stops = g.stops(ctx, e, place, d)
		terms = append(terms, t)
	}
	return terms, termFindings(e, terms, g), g.unseen
}

// RenewalWords say in a line how certificates are; "" without one.
func RenewalWords(terms []setup.Term, now time.Time) string {
	if len(terms) == 0 {
		return ""
	}
	return termsSummary(terms, now)
}
