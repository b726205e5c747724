package setup

import (
	"regexp"
	"strings"
)

// An AliasHolder is something that has a name in CloudFront, or a name that overlaps it.
// A name is on one distribution in all of AWS.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-restrictions
type AliasHolder struct {
	Kind     HolderKind `json:"kind"`
	Alias    string     `json:"alias"` // as it has the name: the very name, or a wildcard
	ID       string     `json:"id"`    // partly hidden where it is another account's
	Account  string     `json:"account,omitempty"`
	Region   string     `json:"region,omitempty"` // of a custom domain
	Disabled bool       `json:"disabled,omitempty"`
}

// HolderKind is what has a name.
type HolderKind string

// The kinds of holders.
const (
	HolderOwn     HolderKind = "own"     // a distribution of this account
	HolderForeign HolderKind = "foreign" // a distribution of another account
	HolderTenant  HolderKind = "tenant"  // a distribution tenant, of whichever account
	HolderEdge    HolderKind = "edge"    // an edge-optimised custom domain of this account
	HolderDNS     HolderKind = "dns"     // none is known; the CNAME record leads to a distribution that is not this account's
)

// Blocks says whether the name cannot be added to another distribution while it stands.
// A wildcard leaves the very name free: CloudFront goes by the more specific one.
func (h AliasHolder) Blocks(name string) bool { return h.Alias == name }

// Moves says whether the job of a spec moves what has the name, so that it is no
// obstacle.
func (h AliasHolder) Moves(s Spec) bool {
	return h.Kind == HolderEdge && s.Domain.FromEdge && h.Region == s.Account.Region && h.Blocks(s.Domain.Name)
}

// Problem is that the name is taken, and what to do.
func (h AliasHolder) Problem(name string) Problem {
	const one = "A name can be on one distribution in all of AWS."
	p := Problem{Service: "CloudFront", Code: "CNAMEAlreadyExists", Ours: "who has the name " + name}
	switch h.Kind {
	case HolderOwn:
		p.What = "The distribution " + h.ID + " of this account has the name " + name + "."
		p.Why = one
		if h.Disabled {
			p.Why += " It is disabled, but it holds the name all the same."
		}
		p.Fix = MoveFix(h.ID) + " Or remove " + name + " from the alternate domain names of " + h.ID + " at a time when the name may be down for some minutes."
	case HolderForeign, HolderTenant:
		what := "the CloudFront distribution " + h.ID
		if h.Kind == HolderTenant {
			what = "the CloudFront distribution tenant " + h.ID
		}
		p.What = "Account " + h.Account + " has the name " + name + "."
		p.Why = one + " CloudFront says that " + what + " has it, and hides a part of its ID. An account that nobody here knows may be that of a service: an edge-optimised custom domain of API Gateway, Amplify, Lightsail or Cognito."
		p.Fix = "Send the owner of account " + h.Account + " this: \"Remove " + name + " from the alternate domain names of " + what + ". CloudFront gives the name to nobody else before that. Its callers get an error from then until the name is added elsewhere.\" " +
			"If the owner is out of reach, prove to AWS Support that the name is yours: a TXT record " + ProofName(name) + " with the domain name of your distribution, and ask them to move it."
	case HolderEdge:
		p.What = "API Gateway in " + h.Region + " has an edge-optimised custom domain " + name + "."
		p.Why = "It keeps a distribution of its own for it, " + h.ID + ", which has the name. " + one
		p.Fix = "Choose the region " + h.Region + " on the page Account and region, and \"Move it\" on the page Domain and DNS: the job leads callers to a Regional endpoint of the custom domain before it takes anything away. If nobody uses it, delete it."
	case HolderDNS:
		p.What = "DNS leads " + name + " to " + h.ID + ", a distribution that is not in this account."
		p.Why = "CloudFront does not take a name while its CNAME record leads to another distribution. Whoever has that one has the name, most likely."
		p.Fix = "Ask the owner of " + h.ID + " to remove " + name + " from its alternate domain names. Lead the record elsewhere first, for example straight to API Gateway, so that callers are served meanwhile."
	}
	return p
}

// MoveFix says where a person chooses that the name moves from the distribution with the
// ID.
func MoveFix(id string) string {
	return "Choose on the page Domain and DNS that the name moves from " + id + ", which no caller notices."
}

// MovedNote says that a name which was moved does not go back by itself, and how it goes.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/alternate-domain-names-move.html (documented)
func MovedNote(name, from string) string {
	return "The name was moved from distribution " + from + ", and does not go back to it by itself: where DNS leads to " + from + " after this, callers get an error. " +
		"To give it back without an outage, set the TXT record " + ProofName(name) + " to the domain name of " + from + " and run aws cloudfront associate-alias --target-distribution-id " + from + " --alias " + name + " before the setup is taken down."
}

// distributionID is the form of the IDs of distributions.
var distributionID = regexp.MustCompile(`^E[A-Z0-9]{1,30}$`)

// IsDistributionID says whether a text may be the ID of a distribution.
func IsDistributionID(id string) bool { return distributionID.MatchString(id) }

// ProofName is the name of the TXT record that proves to CloudFront whose a name is. A
// name that a registry gives out is taken for the apex of its zone.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/alternate-domain-names-move-create-target.html
func ProofName(name string) string {
	name = strings.TrimPrefix(name, "*.")
	if IsRegistrable(name) { // "_" before it would be a name of the registry
		return "_." + name
	}
	return "_" + name
}

// AliasHolders are who has a name, as far as an account can see.
type AliasHolders struct {
	List    []AliasHolder `json:"list,omitempty"`
	Here    bool          `json:"here,omitempty"`   // the distribution that is to have the name has it; nothing else was asked
	Names   []string      `json:"names,omitempty"`  // d….cloudfront.net of all distributions of the account
	Asked   bool          `json:"asked"`            // CloudFront has said who has it, in all accounts
	Regions int           `json:"regions"`          // in which a custom domain was looked for
	Unread  []string      `json:"unread,omitempty"` // what could not be read
	Via     string        `json:"via,omitempty"`    // distribution by whose certificate CloudFront was asked
}

// Blocking are those that keep the name from being added to a distribution.
func (n AliasHolders) Blocking(name string) (list []AliasHolder) {
	for _, h := range n.List {
		if h.Blocks(name) {
			list = append(list, h)
		}
	}
	return list
}
