package steps

import (
	"regexp"
	"strings"

	"apifront/setup"
)

// A Grant is something a step must be allowed: actions, on resources, under
// conditions. It is as narrow as AWS can tell calls apart before they are made.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
type Grant struct {
	For        string // the last word of the statement's ID, such as "Request"
	Use        Use
	Actions    []string
	Resources  []string // ARN patterns; "*" where AWS has no resource level
	Conditions []Condition
	// Explains marks reads that only tell people more of a refusal: without
	// them the step fails no sooner.
	Explains bool
}

// Use is what a grant is there for.
type Use int

// The uses of a grant.
const (
	Reads    Use = iota // looking
	Writes              // making and changing
	Destroys            // taking down
)

// A Condition is one key of a statement's Condition block. Several values are
// alternatives.
type Condition struct {
	Operator string // "StringEquals", "ForAllValues:StringLike", …
	Key      string
	Values   []string
}

// A Scope is what permissions are for: one setup of one installation.
type Scope struct {
	Spec    setup.Spec
	Install string // installation ID, which all that it makes is tagged with
	// DNS asks for what the connection of the hosted zone needs, where that is
	// another than the API's. The latter's policies have no Route 53 then.
	DNS bool
}

// Apart says whether the hosted zone is reached over a connection of its own.
func (s Scope) Apart() bool {
	return atRoute53(s.Spec) && s.Spec.DNSAccount().Connection != s.Spec.Account.Connection
}

// account is that of the connection that the scope is of.
func (s Scope) account() string {
	if s.DNS {
		return s.Spec.DNSAccount().AccountID
	}
	return s.Spec.Account.AccountID
}

// concerns says whether the grant is for the connection that the scope is of.
func (s Scope) concerns(g Grant) bool {
	return !s.Apart() || s.DNS == strings.HasPrefix(g.Actions[0], "route53:")
}

// What stands in ARNs is checked before it is put there, and escaped
// nevertheless.
var (
	accountPattern     = regexp.MustCompile(`^[0-9]{12}$`)
	regionPattern      = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)
	zonePattern        = regexp.MustCompile(`^[A-Z0-9]{1,32}$`)
	labelsPattern      = regexp.MustCompile(`^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$`)
	certificatePattern = regexp.MustCompile(`^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$`)
	webACLPattern      = regexp.MustCompile(`^arn:aws[a-z-]*:wafv2:us-east-1:[0-9]{12}:global/webacl/[A-Za-z0-9_-]+/[A-Za-z0-9_-]+$`)
	idPattern          = regexp.MustCompile(`^[A-Za-z0-9]+$`)
	stagePattern       = regexp.MustCompile(`^(\$default|[A-Za-z0-9_-]+)$`)
	installPattern     = regexp.MustCompile(`^[A-Za-z0-9-]{1,128}$`)
)

// Check says what is missing, or cannot stand in a policy; nil if nothing is.
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
	case edge != "" && !certificatePattern.MatchString(edge), regional != "" && !certificatePattern.MatchString(regional):
		return p("The certificate to reuse is not given by its ARN.", "Choose the certificate again on the page Certificates.")
	case strings.HasPrefix(spec.Edge.WebACL, "arn:") && !webACLPattern.MatchString(spec.Edge.WebACL):
		return p("The web ACL is not given by the ARN of one for CloudFront.", "Correct the web ACL on the page Edge settings.")
	case !installPattern.MatchString(s.Install):
		return p("Policies name the installation, and it has no usable ID.", "Look at the log of the server; the ID is made at its first start.")
	}
	return nil
}

// partition is the part of AWS that the region is in.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func (s Scope) partition() string {
	switch {
	case strings.HasPrefix(s.Spec.Account.Region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(s.Spec.Account.Region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}

// literal keeps the characters of a text from meaning something in a pattern.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
var literal = strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}").Replace

// plain keeps a text from being read as a policy variable where no pattern
// stands, as in StringEquals.
var plain = strings.NewReplacer("$", "${$}").Replace

func (s Scope) arn(service, region, account, resource string) string {
	return "arn:" + s.partition() + ":" + service + ":" + region + ":" + account + ":" + resource
}

// gateway is a resource of API Gateway, whose ARNs have no account and no /v2.
func (s Scope) gateway(path string) string {
	return s.arn("apigateway", literal(s.Spec.Account.Region), "", path)
}

// domain is the custom domain, or what is below it.
func (s Scope) domain(below string) string {
	return s.gateway("/domainnames/" + literal(s.Spec.Domain.Name) + below)
}

// certificates are those that a place may have: all of the region while its
// own is not made yet.
func (s Scope) certificates(p certificatePlace) string {
	if p.reuse != "" {
		return literal(p.reuse)
	}
	return s.arn("acm", literal(p.region), literal(s.Spec.Account.AccountID), "certificate/*")
}

// edge is something of CloudFront.
func (s Scope) edge(resource string) string {
	return s.arn("cloudfront", "", literal(s.Spec.Account.AccountID), resource)
}

func (s Scope) zone() string {
	return s.arn("route53", "", "", "hostedzone/"+literal(s.Spec.Domain.ZoneID))
}

// requested are the tags that a call gives, resourced those that a resource has.
func (s Scope) requested() Condition {
	return Condition{"StringEquals", "aws:RequestTag/" + tagInstall, []string{plain(s.Install)}}
}

func (s Scope) resourced() Condition {
	return Condition{"StringEquals", "aws:ResourceTag/" + tagInstall, []string{plain(s.Install)}}
}

// Route 53's condition keys for a change of records. Names come to IAM in
// lower case, without the last dot, with octal codes for what is no letter,
// digit, "-", "_" or ".": * is \052.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html
const (
	keyRecordNames   = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
	keyRecordTypes   = "route53:ChangeResourceRecordSetsRecordTypes"
	keyRecordActions = "route53:ChangeResourceRecordSetsActions"
)

// changing are the conditions on a change of records. Null keeps calls out
// that do not say which names they change: ForAllValues is true of nothing.
func changing(name Condition, types, actions []string) []Condition {
	return []Condition{
		name,
		{"ForAllValues:StringEquals", keyRecordTypes, types},
		{"ForAllValues:StringEquals", keyRecordActions, actions},
		{"Null", keyRecordNames, []string{"false"}},
	}
}

// trafficName is the condition that a change is of the very name.
func (s Scope) trafficName() Condition {
	name := strings.ReplaceAll(s.Spec.Domain.Name, "*", `\052`)
	return Condition{"ForAllValues:StringEquals", keyRecordNames, []string{plain(name)}}
}

// validationName is the condition that a change is of a record that ACM could
// ask for: an underscore, something that only ACM knows, and the name.
func (s Scope) validationName() Condition {
	name := strings.TrimPrefix(s.Spec.Domain.Name, "*.")
	return Condition{"ForAllValues:StringLike", keyRecordNames, []string{"_*." + literal(name)}}
}

// recordChanges are what the steps do with records. UPSERT is not among them:
// it overwrites what somebody else put there after the look.
var recordChanges = []string{"CREATE", "DELETE"}

// recordGrants are those of a step that reads and changes records.
func (s Scope) recordGrants(name Condition, types, destroys []string) []Grant {
	if !atRoute53(s.Spec) {
		return nil
	}
	grants := []Grant{
		{For: "Read", Actions: []string{"route53:ListResourceRecordSets"}, Resources: []string{s.zone()}},
		// The ID of a change says nothing of its zone.
		{For: "Status", Actions: []string{"route53:GetChange"}, Resources: []string{s.arn("route53", "", "", "change/*")}},
		{For: "Change", Use: Writes, Actions: []string{"route53:ChangeResourceRecordSets"}, Resources: []string{s.zone()}, Conditions: changing(name, types, recordChanges)},
	}
	if destroys != nil {
		grants = append(grants, Grant{
			For: "Remove", Use: Destroys, Actions: []string{"route53:ChangeResourceRecordSets"}, Resources: []string{s.zone()},
			Conditions: changing(name, destroys, []string{"DELETE"}),
		})
	}
	return grants
}

// certificateGrants are those of a step that requests, or reuses, the
// certificate of a place.
func (s Scope) certificateGrants(p certificatePlace) []Grant {
	which := []string{s.certificates(p)}
	if p.reuse != "" {
		return []Grant{{For: "Read", Actions: []string{"acm:DescribeCertificate"}, Resources: which}}
	}
	return []Grant{
		{For: "List", Actions: []string{"acm:ListCertificates"}, Resources: []string{"*"}},
		{For: "Read", Actions: []string{"acm:DescribeCertificate", "acm:ListTagsForCertificate"}, Resources: which},
		{For: "Request", Use: Writes, Actions: []string{"acm:RequestCertificate"}, Resources: []string{"*"}, Conditions: []Condition{
			{"StringEquals", "acm:ValidationMethod", []string{"DNS"}},
			{"ForAllValues:StringEquals", "acm:DomainNames", []string{plain(s.Spec.Domain.Name)}},
			s.requested(),
			{"StringEquals", "aws:RequestedRegion", []string{plain(p.region)}},
		}},
		{For: "Tag", Use: Writes, Actions: []string{"acm:AddTagsToCertificate"}, Resources: which},
		{For: "Delete", Use: Destroys, Actions: []string{"acm:DeleteCertificate"}, Resources: which, Conditions: []Condition{s.resourced()}},
	}
}

// issuedGrants are those of a step that waits for the certificate of a place.
func (s Scope) issuedGrants(p certificatePlace) []Grant {
	return []Grant{{For: "Read", Actions: []string{"acm:DescribeCertificate"}, Resources: []string{s.certificates(p)}}}
}
