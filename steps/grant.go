package steps

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"apifront/cloud"
	"apifront/setup"
)

// A Grant is something that a step must be allowed: actions, on resources,
// under conditions. It is as narrow as IAM allows.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
type Grant struct {
	For        string // the last word of the statement's Sid, such as "Request"
	Use        Use
	Actions    []string
	Resources  []string // ARN patterns; "*" if the actions have no resource level
	Conditions []Condition
	// Explains marks reads that only explain a refusal. The step does not need
	// them to succeed.
	Explains bool
}

// Use is the purpose of a grant.
type Use int

// The uses of a grant.
const (
	Reads    Use = iota // looking at what is there
	Writes              // creating and changing
	Removes             // deleting what is not wanted any more
	Destroys            // what only a teardown does
)

// WizardID stands for the ID of a step if only the wizard's lists need the
// grant.
const WizardID setup.StepID = "wizard"

// OfLooks says whether a grant with this ID is for no step: for checks, or for the
// wizard's lists, alone.
func OfLooks(id setup.StepID) bool { return id == checksID || id == WizardID }

// checksID stands for the ID of a step if only checks need the grant.
const checksID setup.StepID = "checks"

// Grants yields what the scope's connection must be allowed: for the wizard's
// lists, for each step that the spec needs, in the order of the steps, and for checks.
func Grants(scope Scope) iter.Seq2[setup.StepID, Grant] {
	return func(yield func(setup.StepID, Grant) bool) {
		all := func(id setup.StepID, grants []Grant) bool {
			for _, g := range grants {
				if scope.concerns(g) && !yield(id, g) {
					return false
				}
			}
			return true
		}
		if !all(WizardID, scope.wizardGrants()) {
			return
		}
		for _, s := range All() {
			if s.Grants == nil {
				continue
			}
			if s.Applies != nil {
				if ok, _ := s.Applies(scope.Spec); !ok {
					continue
				}
			}
			if !all(s.ID, s.Grants(scope)) {
				return
			}
		}
		all(checksID, scope.checkGrants())
	}
}

// checkGrants tell checks who changed what differs. Nothing fails without them.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html (documented)
func (s Scope) checkGrants() []Grant {
	regions := []string{setup.EdgeRegion}
	if r := s.Spec.Account.Region; r != setup.EdgeRegion && !s.DNS {
		regions = append(regions, Plain(r))
	}
	slices.Sort(regions)
	return []Grant{{
		For: "Who", Actions: []string{cloud.TrailAction}, Resources: []string{"*"}, Explains: true,
		Conditions: []Condition{{"StringEquals", "aws:RequestedRegion", regions}},
	}}
}

// A Condition is one key of a statement's Condition block. If it has several
// values, one of them must match.
type Condition struct {
	Operator string // "StringEquals", "ForAllValues:StringLike", …
	Key      string
	Values   []string
}

// requested is the condition on the tags in a call, and resourced the one on
// the tags of the resource.
func (s Scope) requested() Condition {
	return Condition{"StringEquals", "aws:RequestTag/" + tagInstall, []string{Plain(s.Install)}}
}

func (s Scope) resourced() Condition {
	return Condition{"StringEquals", "aws:ResourceTag/" + tagInstall, []string{Plain(s.Install)}}
}

// Route 53's condition keys for a change of records. IAM gets names in lower
// case, without the trailing dot. A character other than a letter, a digit,
// "-", "_" or "." becomes an octal code: * is \052.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html
const (
	keyRecordNames   = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
	keyRecordTypes   = "route53:ChangeResourceRecordSetsRecordTypes"
	keyRecordActions = "route53:ChangeResourceRecordSetsActions"
)

// changing are the conditions on a change of records. The condition Null
// excludes calls without the names that they change, because ForAllValues is
// true for an empty list.
func changing(name Condition, types, actions []string) []Condition {
	return []Condition{
		name,
		{"ForAllValues:StringEquals", keyRecordTypes, types},
		{"ForAllValues:StringEquals", keyRecordActions, actions},
		{"Null", keyRecordNames, []string{"false"}},
	}
}

// trafficName is the condition that a change is of records at exactly the
// setup's name.
func (s Scope) trafficName() Condition {
	name := strings.ReplaceAll(s.Spec.Domain.Name, "*", `\052`)
	return Condition{"ForAllValues:StringEquals", keyRecordNames, []string{Plain(name)}}
}

// certificateName is the name for which certificates are requested; if none can be, the
// setup's own.
func (s Scope) certificateName() string {
	return cmp.Or(s.Spec.CertificateName(), s.Spec.Domain.Name)
}

// validationName is the condition that a change is of a record that ACM could
// ask for: an underscore, a text that only ACM knows, and the name.
func (s Scope) validationName() Condition {
	name := strings.TrimPrefix(s.certificateName(), "*.")
	return Condition{"ForAllValues:StringLike", keyRecordNames, []string{"_*." + Literal(name)}}
}

// recordChanges are the actions in the steps' changes of records. UPSERT is not
// among them, because it overwrites what somebody else put there after the
// look.
var recordChanges = []string{"CREATE", "DELETE"}

// recordGrants are the grants of a step that reads and changes records.
func (s Scope) recordGrants(name Condition, types []string) []Grant {
	if !atRoute53(s.Spec) {
		return nil
	}
	return []Grant{
		{For: "Read", Actions: []string{"route53:ListResourceRecordSets"}, Resources: []string{s.zone()}},
		// The ID of a change does not name its zone.
		{For: "Status", Actions: []string{"route53:GetChange"}, Resources: []string{s.arn("route53", "", "", "change/*")}},
		{For: "Change", Use: Writes, Actions: []string{"route53:ChangeResourceRecordSets"}, Resources: []string{s.zone()}, Conditions: changing(name, types, recordChanges)},
	}
}

// certificateGrants are the grants of a step that requests or reuses the
// certificate of a place.
func (s Scope) certificateGrants(p certificatePlace) []Grant {
	which := []string{s.certificates(p)}
	if p.reuse != "" {
		return []Grant{{For: "Read", Actions: []string{"acm:DescribeCertificate"}, Resources: which}}
	}
	grants := []Grant{
		{For: "List", Actions: []string{"acm:ListCertificates"}, Resources: []string{"*"}},
		{For: "Read", Actions: []string{"acm:DescribeCertificate", "acm:ListTagsForCertificate"}, Resources: which},
		{For: "Request", Use: Writes, Actions: []string{"acm:RequestCertificate"}, Resources: []string{"*"}, Conditions: []Condition{
			{"StringEquals", "acm:ValidationMethod", []string{"DNS"}},
			{"ForAllValues:StringEquals", "acm:DomainNames", []string{Plain(s.certificateName())}},
			s.requested(),
			{"StringEquals", "aws:RequestedRegion", []string{Plain(p.region)}},
		}},
		{For: "Tag", Use: Writes, Actions: []string{"acm:AddTagsToCertificate"}, Resources: which},
	}
	if s.untags() {
		grants = append(grants, Grant{For: "Untag", Use: Writes, Actions: []string{"acm:RemoveTagsFromCertificate"}, Resources: which, Conditions: []Condition{s.resourced()}})
	}
	return grants
}

// issuedGrants are the grants of a step that waits for the certificate of a
// place.
func (s Scope) issuedGrants(p certificatePlace) []Grant {
	read := Grant{For: "Read", Actions: []string{"acm:DescribeCertificate"}, Resources: []string{s.certificates(p)}}
	return append([]Grant{read}, s.zoneGrants()...)
}

// zoneGrants are what tells whether DNS leads to the hosted zone. The wizard has
// them too.
func (s Scope) zoneGrants() []Grant {
	if !atRoute53(s.Spec) {
		return nil
	}
	return []Grant{{For: "Zone", Actions: []string{"route53:GetHostedZone"}, Resources: []string{s.arn("route53", "", "", "hostedzone/*")}, Explains: true}}
}
