package steps

import (
	"context"
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

// nameTaken says which distribution has the name, as far as this account can
// see.
func nameTaken(ctx context.Context, e *Env, refusal error) error {
	what := "Another distribution holds the name " + e.name() + "."
	a, err := e.Prober.Lookup(ctx, e.name(), dns.TypeCNAME)
	if err == nil {
		for _, target := range append(a.Records, a.CNAMEs...) {
			if strings.HasSuffix(unrooted(target), ".cloudfront.net") {
				return explained(refusal, what,
					"The DNS record of "+e.name()+" leads to "+unrooted(target)+", a CloudFront distribution that is not in this account, or not apifront's. CloudFront does not take a name while DNS leads to another distribution.",
					"Change the record of "+e.name()+" away from "+unrooted(target)+", for example to "+domainTarget(e)+", or remove the name from that distribution, then re-run this step.")
			}
		}
	}
	return explained(refusal, what,
		"No distribution of this account has the name. Another AWS account has it, or an AWS service that makes distributions of its own: an edge-optimised custom domain of API Gateway, Amplify, Lightsail or Cognito.",
		"Remove the name there, or ask AWS Support to move it if the account is out of reach, then re-run this step.")
}

func heldBy(e *Env, holder *types.DistributionSummary) *setup.Problem {
	return heldByID(e, aws.ToString(holder.Id), !aws.ToBool(holder.Enabled))
}

// heldByID says so of the distribution with the ID.
func heldByID(e *Env, id string, disabled bool) *setup.Problem {
	why := "A name can be on one distribution only. The distribution " + id + " of this account has it and was not made by apifront, so it is left alone."
	if disabled {
		why += " It is disabled, but it holds the name all the same."
	}
	return problem(
		"The distribution "+id+" holds the name "+e.name()+".", why,
		"Look at "+e.name()+" with the doctor and adopt what is there. Or remove "+e.name()+" from the alternate domain names of "+id+" in CloudFront at a time when the name may be down for some minutes, then re-run this step.",
	)
}
