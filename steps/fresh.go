package steps

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"apifront/cloud"
	"apifront/setup"
)

// certificateSpreads is how long other services may not know yet that ACM has
// issued a certificate.
const certificateSpreads = 5 * time.Minute

// gatewayLearns is how long API Gateway usually takes, at most, to know that
// ACM has issued a certificate. AWS publishes no number. Terraform looks at ACM
// at most every ten seconds and then calls CreateDomainName without a second
// try; its users would complain if seconds were not enough. That is concluded
// from internal/service/acm/certificate_validation.go and
// internal/service/apigateway/domain_name.go of
// hashicorp/terraform-provider-aws, not observed. A call that comes too early
// costs 30 s, the time until the next turn.
const gatewayLearns = 5 * time.Second

// gatewayKnows returns nil if the certificate is old enough for API Gateway to
// know that it is issued. Its age is by AWS's clock, which is known to the second
// only: what a pass has found old enough stays so, or it would look again for less
// than a second.
func gatewayKnows(e *Env, arn string) error {
	issued := issuedAt(e, arn)
	if _, old := e.read[readOld]; old || issued.IsZero() {
		return nil
	}
	age, learns := e.Account.Now().Sub(issued), e.Account.Every(cloud.GatewayLearns, gatewayLearns)
	// If the certificate is issued in the future, a clock is wrong. Then there
	// is no wait.
	if age >= learns || age < -learns {
		e.remember(readOld, true)
		return nil
	}
	wait := learns - age
	return notYet(wait, fmt.Sprintf("ACM has just issued the certificate. API Gateway takes a moment to know that; the custom domain is made in %d s.", wholeSeconds(wait)))
}

// issuedAt is when ACM issued the certificate, as earlier steps have read it;
// zero if that is not known. An imported certificate has no such time.
func issuedAt(e *Env, arn string) (issued time.Time) {
	for _, key := range []string{setup.KeyCertificateRegional, setup.KeyCertificateEdge} {
		if e.Resources.ID(key) != arn {
			continue
		}
		if at, err := time.Parse(time.RFC3339Nano, e.Resources.Attr(key, setup.AttrIssued)); err == nil {
			return at
		}
	}
	return issued
}

// knownLater is the wait after a call that API Gateway refused because it did
// not know yet that the certificate is issued. Refused calls may count for the
// quota of one call in 30 s. So the wait lasts until the next turn: an earlier
// call may be refused because of the quota, and delays all other jobs.
func knownLater(ctx context.Context, e *Env, turn string) error {
	const why = "API Gateway does not know yet that ACM has issued the certificate."
	err := e.Account.Turn(ctx, turn)
	if err == nil { // the account has no quota
		return notYet(gatewayLearns, why)
	}
	next, ok := errors.AsType[*cloud.NotYet](err)
	if !ok {
		return err
	}
	return &cloud.NotYet{At: next.At, Busy: true, Why: fmt.Sprintf("%s The next try is in %d s, when it takes such a call again.", why, wholeSeconds(time.Until(next.At)))}
}

func wholeSeconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// freshlyIssued says whether the certificate is as wanted, but was issued so
// recently that other services may not know it yet.
func freshlyIssued(ctx context.Context, e *Env, region, arn string) (bool, error) {
	d, err := describeCertificate(ctx, e, region, arn)
	if err != nil || d == nil {
		return false, err
	}
	return d.Status == types.CertificateStatusIssued && covers(d, e.name()) &&
		d.IssuedAt != nil && e.Account.Now().Sub(*d.IssuedAt).Abs() < certificateSpreads, nil
}
