package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"apifront/setup"
)

func wantsEdgeCertificate(s setup.Spec, r setup.Resource) (bool, string) {
	return wantsCertificate(edgeCertificate(s), r)
}

func wantsRegionalCertificate(s setup.Spec, r setup.Resource) (bool, string) {
	if s.OneCertificate() {
		return false, "The certificate of us-east-1 serves API Gateway too."
	}
	return wantsCertificate(regionalCertificate(s), r)
}

func wantsCertificate(p certificatePlace, r setup.Resource) (bool, string) {
	switch {
	case r.Region != p.region:
		return false, p.user + " takes certificates of " + p.region + " now."
	case p.reuse != "" && p.reuse != r.ID:
		return false, "Another certificate was chosen for " + p.user + "."
	}
	return true, ""
}

// removeCertificate deletes a certificate that nothing uses. ACM's InUseBy
// shows a change of use only minutes later, in both directions.
func removeCertificate(ctx context.Context, e *Env, r setup.Resource) error {
	a, err := e.Account.In(r.Region)
	if err != nil {
		return err
	}
	if r.ID == "" { // a call whose answer was lost may have made it
		if r, err = lostCertificate(ctx, e, r); err != nil || r.ID == "" {
			return err
		}
	}
	d, err := describeCertificate(ctx, e, r.Region, r.ID)
	if err != nil {
		return err
	}
	if d == nil && e.Setup.Spec.IsGone() && e.Now().Sub(r.SavedAt) < notShownYet {
		return notYet(3*time.Second, "ACM may not show yet what was requested last.")
	}
	if d == nil {
		return e.gone(ctx, r)
	}
	tags, err := certificateTags(ctx, e, r.Region, r.ID)
	if err != nil {
		return err
	}
	if !e.ours(tags, certificateRole(r)) {
		return e.leave(ctx, r, "Its tags do not say any more that apifront made it.")
	}
	for _, f := range e.Former {
		if f.Key == setup.KeyDomain && f.Region == r.Region && !f.LeftSince.IsZero() && f.RemovedAt.IsZero() {
			return e.leave(ctx, r, "The custom domain in "+r.Region+", which stays, uses it.")
		}
	}
	if user, ok := othersUse(e, d.InUseBy); ok && e.Setup.Spec.IsGone() {
		return e.leave(ctx, r, "Used by "+user+".")
	}
	if len(d.InUseBy) > 0 {
		return certificateUsed(r, d.InUseBy)
	}
	_, err = a.ACM(r.Region).DeleteCertificate(ctx, &acm.DeleteCertificateInput{CertificateArn: &r.ID})
	switch {
	case code(err, "ResourceInUseException"):
		return certificateUsed(r, nil)
	case err != nil && !code(err, "ResourceNotFoundException"):
		return fmt.Errorf("delete certificate %s: %w", r.ID, err)
	}
	return e.gone(ctx, r)
}

func certificateRole(r setup.Resource) string {
	if r.Key == setup.KeyCertificateEdge {
		return roleEdgeCertificate
	}
	return roleRegionalCertificate
}

// lostCertificate fills in the ARN of the row's certificate, if ACM has one
// with our tags that no other row has. If there is none, the certificate is
// gone.
func lostCertificate(ctx context.Context, e *Env, r setup.Resource) (setup.Resource, error) {
	if e.Now().Sub(r.SavedAt) < notShownYet {
		return r, notYet(3*time.Second, "ACM may not show yet what was requested last.")
	}
	known := map[string]bool{}
	for _, k := range e.Resources {
		known[k.ARN] = true
	}
	for _, k := range e.Former {
		known[k.ARN] = true
	}
	place := certificatePlace{key: r.Key, region: r.Region, role: certificateRole(r)}
	err := ownCertificates(ctx, e, place, func(d *types.CertificateDetail) {
		if arn := aws.ToString(d.CertificateArn); !known[arn] {
			r.ID, r.ARN = arn, arn
		}
	})
	if err != nil || r.ID != "" {
		return r, err
	}
	return r, e.gone(ctx, r)
}

// certificateUsed is the error for a certificate that ACM says is in use. It
// names the users.
func certificateUsed(r setup.Resource, users []string) error {
	who := "something that ACM does not name"
	if len(users) > 0 {
		var words []string
		for _, arn := range users {
			words = append(words, user(arn))
		}
		slices.Sort(words)
		who = firstOf(slices.Compact(words))
	}
	return &stillUsed{
		"ACM says that the certificate in " + r.Region + " is still in use. That lasts up to 15 minutes",
		problem("A certificate that is not wanted any more was not removed.",
			"ACM says that "+r.ID+" is used by "+who+".",
			"Look whether "+who+" needs the certificate. If it does, leave it; else give it another one, then re-run this step."),
	}
}

// othersUse names a user of a certificate that is not this setup's: its use does
// not end by waiting. A load balancer in an account of AWS belongs to API
// Gateway, and ACM shows it for some time after the custom domain is gone.
func othersUse(e *Env, users []string) (string, bool) {
	for _, arn := range users {
		parts := strings.SplitN(arn, ":", 6)
		if len(parts) < 6 || parts[4] != e.accountID() {
			continue
		}
		if row, ok := e.frontRow(); ok && row.ARN == arn && row.LeftSince.IsZero() {
			continue
		}
		if slices.ContainsFunc(e.Former, func(f setup.Resource) bool { return f.ARN == arn && !f.RemovedAt.IsZero() }) {
			continue
		}
		return user(arn), true
	}
	return "", false
}

// user names the resource of an ARN in InUseBy. API Gateway's own load
// balancers are in accounts that belong to AWS.
func user(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	switch {
	case len(parts) < 6:
		return arn
	case parts[2] == "cloudfront":
		return "the distribution " + strings.TrimPrefix(parts[5], "distribution/")
	case parts[2] == "apigateway", parts[2] == "elasticloadbalancing":
		return "API Gateway or a load balancer in " + parts[3] + " (" + arn + ")"
	default:
		return arn
	}
}
