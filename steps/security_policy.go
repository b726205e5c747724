package steps

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/setup"
)

// Attributes of a custom domain of which a setup asks for a TLS policy.
const (
	attrPolicy = "policy" // that a job has set, or was about to
	attrStrict = "strict" // RFC 3339, when a job was about to make its access mode STRICT; strictProved once it has answered since
)

// strictProved says of attrStrict that all paths have answered since.
const strictProved = "proved"

// asksPolicy is the TLS policy that the spec asks for; "": none beside TLS_1_2.
func asksPolicy(s setup.Spec) string { return s.Domain.SecurityPolicy }

// domainPolicyWords say which TLS policy the custom domain has.
func domainPolicyWords(s setup.Spec) string {
	if p := asksPolicy(s); p != "" {
		return p
	}
	return "TLS 1.2"
}

// enhanced says whether a TLS policy is one of those that need an access mode.
func enhanced(p agtypes.SecurityPolicy) bool { return strings.HasPrefix(string(p), "SecurityPolicy_") }

// domainPolicyChanges list how TLS policy and access mode differ from what the spec asks for.
// Where it asks for none, a stricter policy that somebody has set stays, and mapVia says
// what cannot be mapped then; one that a job has set becomes TLS_1_2 again, which has no
// access mode. STRICT is made BASIC only if a job has made it so: AWS says that the
// custom domain is out of reach for about 15 minutes then.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html (documented)
func domainPolicyChanges(e *Env, d *apigateway.GetDomainNameOutput) (changes []setup.Change) {
	differs := func(field, is, want string) {
		changes = append(changes, setup.Change{Field: field, Is: is, Want: want})
	}
	row, _ := e.known(domainResource(e))
	is, mode, asked := string(d.SecurityPolicy), string(d.EndpointAccessMode), asksPolicy(e.Setup.Spec)
	switch {
	case asked != "":
		if is != asked {
			differs(fieldPolicy, is, asked)
		}
		strict := d.EndpointAccessMode == agtypes.EndpointAccessModeStrict
		if mode == "" || strict && e.Setup.Spec.Domain.AccessMode == "" && row.Attributes[attrStrict] != "" {
			differs(fieldAccess, mode, string(agtypes.EndpointAccessModeBasic))
		}
	case enhanced(d.SecurityPolicy) && is == row.Attributes[attrPolicy]:
		differs(fieldPolicy, is, string(agtypes.SecurityPolicyTls12))
		if mode != "" {
			differs(fieldAccess, mode, "")
		}
	case d.SecurityPolicy == agtypes.SecurityPolicyTls10 && !stays(e.Setup.Spec, "domain", fieldPolicy):
		differs(fieldPolicy, is, string(agtypes.SecurityPolicyTls12))
	}
	return changes
}

// strictEnds says what it means that changes take the access mode STRICT away; "": they
// do not.
func strictEnds(d *apigateway.GetDomainNameOutput, changes []setup.Change) string {
	if d.EndpointAccessMode != agtypes.EndpointAccessModeStrict || !slices.ContainsFunc(changes, func(c setup.Change) bool { return c.Field == fieldAccess }) {
		return ""
	}
	return ". Taking STRICT away takes it out of reach for about 15 minutes, as AWS says"
}

// becomesTLS12 says whether a job is about to take a stricter policy away that a job has
// set.
func becomesTLS12(e *Env, d *apigateway.GetDomainNameOutput) bool {
	return slices.ContainsFunc(domainPolicyChanges(e, d), func(c setup.Change) bool {
		return c.Field == fieldPolicy && c.Want == string(agtypes.SecurityPolicyTls12)
	})
}

// policyBarred is the problem of a custom domain that cannot have the policy that is
// asked for: API Gateway knows mutual TLS with TLS_1_2 alone.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html (documented)
func policyBarred(e *Env, d *apigateway.GetDomainNameOutput) *setup.Problem {
	if asksPolicy(e.Setup.Spec) == "" || d.MutualTlsAuthentication == nil || aws.ToString(d.MutualTlsAuthentication.TruststoreUri) == "" {
		return nil
	}
	return problem(
		"The custom domain cannot have the TLS policy "+asksPolicy(e.Setup.Spec)+".",
		"It asks callers for certificates (mutual TLS), which API Gateway knows with TLS_1_2 alone.",
		"Choose TLS 1.2 on the page Domain and DNS, or take mutual TLS off "+e.name()+" in API Gateway and re-run this step.",
	)
}

// intendPolicy stores which TLS policy a job is about to set, so that it is known as a
// job's own whatever happens.
func (e *Env) intendPolicy(ctx context.Context) error {
	asked := asksPolicy(e.Setup.Spec)
	row, ok := e.known(domainResource(e))
	if asked == "" || !ok || row.Attributes[attrPolicy] == asked {
		return nil
	}
	row.Attributes = mergedAttributes(row.Attributes, map[string]string{attrPolicy: asked})
	return e.keep(ctx, row)
}

// foundPolicy notes on the row of a custom domain whose its TLS policy is. One that is
// asked for is the setup's. What a job has set is forgotten once it is not there and
// nothing asks for it any more.
func (e *Env) foundPolicy(r *setup.Resource, d *apigateway.GetDomainNameOutput) {
	row, _ := e.known(*r)
	switch asked := asksPolicy(e.Setup.Spec); {
	case asked != "" && string(d.SecurityPolicy) == asked:
		r.Attributes[attrPolicy] = asked
	case asked == "" && row.Attributes[attrPolicy] != "" && string(d.SecurityPolicy) != row.Attributes[attrPolicy]:
		r.Attributes[attrPolicy] = ""
	}
	if row.Attributes[attrStrict] != "" && e.Setup.Spec.Domain.AccessMode == "" && d.EndpointAccessMode != agtypes.EndpointAccessModeStrict {
		r.Attributes[attrStrict] = ""
	}
}

// wasStricter says whether a job has given the custom domain a TLS policy with which only
// v1 reads its mappings.
func (s Scope) wasStricter() bool { return s.Resources.Attr(setup.KeyDomain, attrPolicy) != "" }

// domainPolicyConsequence is what another TLS policy of the custom domain means. All
// policies that take TLS 1.2 have ciphers that CloudFront offers to origins.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html (documented)
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-ciphers-cloudfront-to-origin.html (documented)
func domainPolicyConsequence(is, want string) string {
	known := setup.SecurityPolicies()
	switch at := slices.Index(known, is); {
	case is == string(agtypes.SecurityPolicyTls10):
		return "Nothing changes for callers; the custom domain takes old TLS versions as well"
	case is == string(agtypes.SecurityPolicyTls12) && want != is:
		return "Nothing changes for callers; the custom domain takes weaker ciphers than you chose"
	case at >= 0 && (want == string(agtypes.SecurityPolicyTls12) || at > slices.Index(known, want)):
		return "Nothing changes for callers; the custom domain takes fewer ciphers than you chose"
	case at >= 0:
		return "Nothing changes for callers; the custom domain takes other ciphers than you chose"
	}
	return "Callers get 502 if CloudFront and the custom domain have no TLS version in common"
}

// accessConsequence is what another access mode of the custom domain means.
func accessConsequence(is, want string) string {
	switch {
	case want == setup.AccessStrict:
		return "Nothing changes for callers of the name; the custom domain answers others too, whose TLS handshake has another name"
	case is == setup.AccessStrict:
		return "Nothing changes for callers; to put it back takes the custom domain out of reach for about 15 minutes"
	}
	return "Nothing changes for callers; the access mode goes with the TLS policy"
}

// keepPolicyThere keeps the TLS policy that the custom domain has, or the access mode
// BASIC, where an answer says it.
func keepPolicyThere(k Kept, f setup.FindingBody) (Kept, bool) {
	d := &k.Spec.Domain
	k.Text = "Nothing changes in AWS. apifront wants it so from then on, and warns no more."
	switch {
	case f.Field == fieldAccess && f.StepID == strictID && f.Is == string(agtypes.EndpointAccessModeBasic):
		d.AccessMode, k.Why = "", "Keep the access mode BASIC"
		return k, true
	case f.Field != fieldPolicy:
		return k, false
	case f.Is == string(agtypes.SecurityPolicyTls12) && f.Want != f.Is:
		d.SecurityPolicy, d.AccessMode = "", ""
	case slices.Contains(setup.SecurityPolicies(), f.Is) && canMapV1(k.Spec):
		d.SecurityPolicy = f.Is
	default:
		return k, false
	}
	k.Why, k.fields = "Keep the TLS policy of the custom domain", []string{fieldAccess}
	k.Rows = func(now setup.Resources, _ setup.Former, _ time.Time) []setup.Resource {
		r, ok := now[setup.KeyDomain]
		if !ok {
			return nil
		}
		r.Attributes = mergedAttributes(r.Attributes, map[string]string{attrPolicy: d.SecurityPolicy})
		return []setup.Resource{r}
	}
	return k, true
}
