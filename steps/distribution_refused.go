package steps

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/miekg/dns"

	"apifront/setup"
)

// distributionRefused explains why CloudFront refused a distribution. It returns
// nil if CloudFront does not know yet that the certificate is issued: the next
// Observe says so.
func distributionRefused(ctx context.Context, e *Env, in distributionInput, refusal error) error {
	switch {
	case code(refusal, "CNAMEAlreadyExists"):
		return nameTaken(ctx, e, refusal)
	case code(refusal, "InvalidViewerCertificate"):
		fresh := justIssued(e, in.certificate) // as the step before has read it
		if !fresh {
			now, err := freshlyIssued(ctx, e, setup.EdgeRegion, in.certificate)
			fresh = err == nil && now
		}
		if fresh {
			e.remember(readRefused, true)
			return nil
		}
		return explained(refusal,
			"CloudFront did not accept the certificate.",
			"CloudFront takes issued certificates of us-east-1 that cover "+e.name()+", with an RSA key of at most 2048 bits or an EC key of 256 bits.",
			`Look at the certificate in ACM in us-east-1, choose another one on the page Certificates if it does not fit, then re-run this step.`)
	case code(refusal, "TooManyDistributions"):
		return explained(refusal, "The distribution was not created.", "The account has as many distributions as CloudFront allows.",
			"Delete a distribution that nothing uses, or ask AWS to raise the quota, then re-run this step.")
	default:
		return refusal
	}
}

// nameTaken says who has the name, as the preflight does, as far as this account can
// see: CloudFront tells of other accounts only if a distribution of this one has a
// certificate for the name.
func nameTaken(ctx context.Context, e *Env, refusal error) error {
	const again = " Then re-run this step."
	n := e.Account.AliasHolders(ctx, e.name(), e.Resources.ID(setup.KeyDistribution), setup.RegionCodes())
	for _, h := range n.Blocking(e.name()) {
		p := h.Problem(e.name())
		return explained(refusal, p.What, p.Why, p.Fix+again)
	}
	a, err := e.Prober.Lookup(ctx, e.name(), dns.TypeCNAME)
	if err == nil {
		for _, target := range append(a.Records, a.CNAMEs...) {
			at := setup.FoldName(unrooted(target))
			if !strings.HasSuffix(at, ".cloudfront.net") || slices.Contains(n.Names, at) {
				continue
			}
			p := setup.AliasHolder{Kind: setup.HolderDNS, Alias: e.name(), ID: at}.Problem(e.name())
			return explained(refusal, p.What, p.Why, p.Fix+" For example to "+domainTarget(e)+"."+again)
		}
	}
	what := "Another distribution holds the name " + e.name() + "."
	for _, h := range n.List { // a wildcard that overlaps it
		if h.Account != "" {
			return explained(refusal, what, "Account "+h.Account+" has the wildcard "+h.Alias+", on "+h.ID+". CloudFront leads callers by the more specific name, and did not take it beside the wildcard of another account.",
				"Ask the owner of account "+h.Account+" to remove "+h.Alias+" from the alternate domain names of "+h.ID+"."+again)
		}
	}
	why := "No distribution of this account has the name. Another AWS account has it, or an AWS service that makes distributions of its own: an edge-optimised custom domain of API Gateway, Amplify, Lightsail or Cognito."
	if len(n.Unread) > 0 {
		why += " " + strings.Join(n.Unread, " ")
	}
	return explained(refusal, what, why, "Remove the name there, or ask AWS Support to move it if the account is out of reach, then re-run this step.")
}

func heldBy(e *Env, holder *types.DistributionSummary) *setup.Problem {
	return heldByID(e, aws.ToString(holder.Id), !aws.ToBool(holder.Enabled))
}

// heldByID says so of the distribution with the ID.
func heldByID(e *Env, id string, disabled bool) *setup.Problem {
	why := "A name can be on one distribution only. This one is of this account, and apifront did not make it."
	if disabled {
		why += " It is disabled, but it holds the name all the same."
	}
	return problem(
		"The distribution "+id+" holds the name "+e.name()+".", why,
		setup.MoveFix(id)+" Or adopt what is there, with the doctor. Or take the name out of the alternate domain names there at a time when it may be down for some minutes, then re-run this step.",
	)
}
