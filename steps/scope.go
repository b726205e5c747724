package steps

import (
	"regexp"
	"strings"

	"apifront/cloud"
	"apifront/setup"
)

// A Scope is what permissions are for: one setup of one installation, over one
// of its connections.
type Scope struct {
	Spec    setup.Spec
	Install string // installation ID, which is a tag of all that the installation makes
	// DNS selects the connection of the hosted zone, if that is another one
	// than the API's. The policies of the API's connection have no Route 53
	// then.
	DNS bool
	// Resources and Former are the known resources of the setup. The spec may
	// not want some of them any more, or want them in another region. A job
	// deletes those.
	Resources setup.Resources
	Former    setup.Former
	// NowOnly leaves out the deletions that only a job of a later change may
	// need.
	NowOnly bool
	// Teardown adds what a teardown deletes beside what is not wanted, and what
	// was left earlier.
	Teardown bool
}

// Apart says whether the hosted zone has a connection of its own.
func (s Scope) Apart() bool {
	return atRoute53(s.Spec) && s.Spec.DNSAccount().Connection != s.Spec.Account.Connection
}

// Account is the account of the scope's connection, 12 digits.
func (s Scope) Account() string {
	if s.DNS {
		return s.Spec.DNSAccount().AccountID
	}
	return s.Spec.Account.AccountID
}

// concerns says whether the scope's connection needs the grant. Both accounts have a
// trail.
func (s Scope) concerns(g Grant) bool {
	return !s.Apart() || g.Actions[0] == cloud.TrailAction || s.DNS == strings.HasPrefix(g.Actions[0], "route53:")
}

// The forms of what is put into ARNs. It is checked against them first, and
// escaped all the same.
var (
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	regionPattern  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)
	zonePattern    = regexp.MustCompile(`^[A-Z0-9]{1,32}$`)
	labelsPattern  = regexp.MustCompile(`^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$`)
	idPattern      = regexp.MustCompile(`^[A-Za-z0-9]+$`)
	stagePattern   = regexp.MustCompile(`^(\$default|[A-Za-z0-9_-]+)$`)
	installPattern = regexp.MustCompile(`^[A-Za-z0-9-]{1,128}$`)
)

// Check is the problem of a scope in which something is missing, or cannot be
// in a policy; nil if there is none.
func (s Scope) Check() *setup.Problem {
	p := func(why, fix string) *setup.Problem { return problem("The policy cannot be made yet.", why, fix) }
	spec := s.Spec
	edge, regional := edgeCertificate(spec).reuse, regionalCertificate(spec).reuse
	switch {
	case !accountPattern.MatchString(spec.Account.AccountID):
		return p("Policies name the AWS account, and it is not known.", "Choose a connection on the page Account and region.")
	case !regionPattern.MatchString(spec.Account.Region):
		return p("Policies name the region of the API, and there is none.", "Choose a region on the page Account and region.")
	case len(spec.Domain.Name) > 255 || !labelsPattern.MatchString(spec.Domain.Name):
		return p("Policies name the domain, and there is none that can be used.", "Enter a domain name on the page Domain and DNS.")
	case atRoute53(spec) && !zonePattern.MatchString(spec.Domain.ZoneID):
		return p("Policies name the hosted zone, and there is none.", "Choose a hosted zone, or DNS elsewhere, on the page Domain and DNS.")
	case edge != "" && !namesCertificate(edge), regional != "" && !namesCertificate(regional):
		return p("The certificate to reuse is not given by its ARN.", "Choose the certificate again on the page Certificates.")
	case strings.HasPrefix(spec.Edge.WebACL, "arn:") && !setup.IsWebACL(spec.Edge.WebACL):
		return p("The web ACL is not given by the ARN of one for CloudFront.", "Correct the web ACL on the page Edge settings.")
	case !spec.Edge.AccessLogs.Valid():
		return p("The bucket or log group for access logs has no name that can be used.", "Correct where access logs go on the page Edge settings.")
	case spec.Domain.MoveFrom != "" && !setup.IsDistributionID(spec.Domain.MoveFrom):
		return p("The distribution that gives the name is not given by its ID.", "Choose again on the page Domain and DNS whether the name moves.")
	case !installPattern.MatchString(s.Install):
		return p("Policies name the installation, and it has no usable ID.", "Look at the log of the server; the ID is made at its first start.")
	}
	return nil
}

// Partition is the AWS partition of the region, such as "aws".
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func (s Scope) Partition() string {
	switch {
	case strings.HasPrefix(s.Spec.Account.Region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(s.Spec.Account.Region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}

// arn is the ARN of a resource in the scope's partition.
func (s Scope) arn(service, region, account, resource string) string {
	return "arn:" + s.Partition() + ":" + service + ":" + region + ":" + account + ":" + resource
}

// gateway is the ARN of an API Gateway resource. These ARNs have no account and
// no /v2.
func (s Scope) gateway(path string) string { return s.gatewayIn(s.Spec.Account.Region, path) }

func (s Scope) gatewayIn(region, path string) string {
	return s.arn("apigateway", Literal(region), "", path)
}

// domain is the ARN of the custom domain, or of something below it.
func (s Scope) domain(below string) string {
	return s.gateway("/domainnames/" + Literal(s.Spec.Domain.Name) + below)
}

// certificates is the ARN pattern of the certificates that a place may have:
// all of the region while its own does not exist yet.
func (s Scope) certificates(p certificatePlace) string {
	if p.reuse != "" {
		return Literal(p.reuse)
	}
	return s.arn("acm", Literal(p.region), Literal(s.Spec.Account.AccountID), "certificate/*")
}

// edge is the ARN of a CloudFront resource.
func (s Scope) edge(resource string) string {
	return s.arn("cloudfront", "", Literal(s.Spec.Account.AccountID), resource)
}

func (s Scope) zone() string {
	return s.arn("route53", "", "", "hostedzone/"+Literal(s.Spec.Domain.ZoneID))
}

func namesCertificate(arn string) bool {
	_, _, ok := setup.CertificateARN(arn)
	return ok
}
