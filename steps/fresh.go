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

// certificateSpreads is for how long other services may not know that ACM has
// issued a certificate.
const certificateSpreads = 5 * time.Minute

// gatewayLearns is how long API Gateway usually takes at the most to know that
// ACM has issued a certificate. AWS publishes no number. Terraform looks at ACM
// every ten seconds at the most and then calls CreateDomainName without a second
// try, and its users would complain if seconds were not enough: concluded from
// internal/service/acm/certificate_validation.go and
// internal/service/apigateway/domain_name.go of
// hashicorp/terraform-provider-aws, not seen. To come too early costs the 30 s
// until the next turn.
const gatewayLearns = 5 * time.Second

// gatewayKnows is nil when API Gateway can know that the certificate is issued,
// as far as its age tells. The age is by AWS's clock.
func gatewayKnows(e *Env, arn string) error {
	issued := issuedAt(e, arn)
	if issued.IsZero() {
		return nil
	}
	age, learns := e.Account.Now().Sub(issued), e.Account.Every(cloud.GatewayLearns, gatewayLearns)
	// A certificate from the future is a clock that is wrong. It is not waited for.
	if age >= learns || age < -learns {
		return nil
	}
	wait := learns - age
	return notYet(wait, fmt.Sprintf("ACM has just issued the certificate. API Gateway takes a moment to know that; the custom domain is made in %d s.", wholeSeconds(wait)))
}

// issuedAt is when ACM issued the certificate, as the steps before have read;
// zero where that is not known. An imported certificate has no such time.
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
// not know yet that the certificate is issued. Nothing says that refused calls
// do not count for the quota of one call in 30 s, so the next turn is waited
// for: an earlier call may be refused for its number, and holds everybody up.
func knownLater(ctx context.Context, e *Env, turn string) error {
	const why = "API Gateway does not know yet that ACM has issued the certificate."
	err := e.Account.Turn(ctx, turn)
	if err == nil { // an account without a quota
		return notYet(gatewayLearns, why)
	}
	next, ok := errors.AsType[*cloud.NotYet](err)
	if !ok {
		return err
	}
	return &cloud.NotYet{At: next.At, Busy: true, Why: fmt.Sprintf("%s The next try is in %d s, when it takes such a call again.", why, wholeSeconds(time.Until(next.At)))}
}

func wholeSeconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// freshlyIssued says whether the certificate is right and was issued so
// recently that other services may not know it yet.
func freshlyIssued(ctx context.Context, e *Env, region, arn string) (bool, error) {
	d, err := describeCertificate(ctx, e, region, arn)
	if err != nil || d == nil {
		return false, err
	}
	return d.Status == types.CertificateStatusIssued && covers(d, e.name()) &&
		d.IssuedAt != nil && e.Account.Now().Sub(*d.IssuedAt).Abs() < certificateSpreads, nil
}
