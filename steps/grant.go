package steps

import (
	"iter"
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
	Removes             // taking away what is not wanted any more, in a job and in a teardown
	Destroys            // taking down what is wanted, in a teardown alone
)

// WizardID stands for a step's ID where only the wizard's lists need something.
const WizardID setup.StepID = "wizard"

// Grants are what the connection that the scope is of needs: for the wizard's
// lists, and for each step that the spec needs, in the order of the steps.
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
	}
}

// A Condition is one key of a statement's Condition block. Several values are
// alternatives.
type Condition struct {
	Operator string // "StringEquals", "ForAllValues:StringLike", …
	Key      string
	Values   []string
}

// requested are the tags that a call gives, resourced those that a resource has.
func (s Scope) requested() Condition {
	return Condition{"StringEquals", "aws:RequestTag/" + tagInstall, []string{Plain(s.Install)}}
}

func (s Scope) resourced() Condition {
	return Condition{"StringEquals", "aws:ResourceTag/" + tagInstall, []string{Plain(s.Install)}}
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
	return Condition{"ForAllValues:StringEquals", keyRecordNames, []string{Plain(name)}}
}

// validationName is the condition that a change is of a record that ACM could
// ask for: an underscore, something that only ACM knows, and the name.
func (s Scope) validationName() Condition {
	name := strings.TrimPrefix(s.Spec.Domain.Name, "*.")
	return Condition{"ForAllValues:StringLike", keyRecordNames, []string{"_*." + Literal(name)}}
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
	grants := []Grant{
		{For: "List", Actions: []string{"acm:ListCertificates"}, Resources: []string{"*"}},
		{For: "Read", Actions: []string{"acm:DescribeCertificate", "acm:ListTagsForCertificate"}, Resources: which},
		{For: "Request", Use: Writes, Actions: []string{"acm:RequestCertificate"}, Resources: []string{"*"}, Conditions: []Condition{
			{"StringEquals", "acm:ValidationMethod", []string{"DNS"}},
			{"ForAllValues:StringEquals", "acm:DomainNames", []string{Plain(s.Spec.Domain.Name)}},
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

// issuedGrants are those of a step that waits for the certificate of a place.
func (s Scope) issuedGrants(p certificatePlace) []Grant {
	return []Grant{{For: "Read", Actions: []string{"acm:DescribeCertificate"}, Resources: []string{s.certificates(p)}}}
}
