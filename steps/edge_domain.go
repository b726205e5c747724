package steps

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/setup"
)

// regionalPolicies are the policies that a Regional endpoint gets in the place of those
// for edge endpoints: the closest that takes no fewer callers. CloudFront's connection
// to it has TLS 1.2 at least.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html (documented: the lists; the pairs are ours)
var regionalPolicies = map[agtypes.SecurityPolicy]agtypes.SecurityPolicy{
	"SecurityPolicy_TLS13_2025_EDGE":     "SecurityPolicy_TLS13_1_2_2021_06",
	"SecurityPolicy_TLS12_PFS_2025_EDGE": "SecurityPolicy_TLS13_1_2_2021_06",
	"SecurityPolicy_TLS12_2018_EDGE":     "SecurityPolicy_TLS13_1_2_2021_06",
}

// Fields of a custom domain as AWS names them.
const (
	fieldTypes  = "endpointConfiguration/types"
	fieldAccess = "endpointAccessMode"
	fieldPolicy = "securityPolicy"
)

// observeEdgeDomain looks at a custom domain that has its edge endpoint still. It is
// ready once it has a Regional one beside it.
func observeEdgeDomain(ctx context.Context, e *Env, d *apigateway.GetDomainNameOutput) (Observation, error) {
	if p := edgeTaken(e, d); p != nil {
		return foreign(p), nil
	}
	if o, waits := unavailable(e, d); waits {
		return o, nil
	}
	if p, err := edgeMapped(ctx, e); p != nil || err != nil {
		return Observation{State: Foreign, Problem: p}.named(), err
	}
	changes := edgeChanges(e, d)
	if len(changes) > 0 {
		summary := "Edge-optimised; gets a Regional endpoint beside it"
		if d.EndpointAccessMode == agtypes.EndpointAccessModeStrict && !hasEndpoint(d, agtypes.EndpointTypeRegional) {
			summary += ". Its access mode is STRICT, so it is out of reach for about 15 minutes, as AWS says"
		}
		return Observation{State: Drifted, Summary: summary, Changes: changes}, nil
	}
	if err := e.keep(ctx, edgeResource(e, d)); err != nil {
		return Observation{}, err
	}
	return ready("API Gateway, " + e.Setup.Spec.Account.Region + ", with a Regional endpoint beside the edge one"), nil
}

// named gives an observation of what stands in the way the problem as its summary.
func (o Observation) named() Observation {
	if o.Problem != nil {
		o.Summary = o.Problem.What
	}
	return o
}

// edgeResource is the row of a custom domain with an edge endpoint.
func edgeResource(e *Env, d *apigateway.GetDomainNameOutput) setup.Resource {
	r := domainResource(e)
	row, _ := e.known(r)
	r.ID, r.ARN, r.Owned, r.State, r.Token = e.name(), aws.ToString(d.DomainNameArn), true, string(d.DomainNameStatus), row.Token
	r.Attributes = map[string]string{
		setup.AttrTarget: unrooted(aws.ToString(d.RegionalDomainName)),
		attrWasEdge:      cmp.Or(row.Attributes[attrWasEdge], e.stamp()),
	}
	e.foundTags(&r)
	return r
}

// edgeChanges lists what the custom domain needs to have a Regional endpoint beside the
// edge one. Policy and certificate are put right when the edge endpoint is gone: with
// two types API Gateway changes no policy.
func edgeChanges(e *Env, d *apigateway.GetDomainNameOutput) (changes []setup.Change) {
	if !e.ours(d.Tags, roleDomain) {
		changes = append(changes, setup.Change{Field: tagField + "apifront:*", Want: tagInstall + "=" + e.Install})
	}
	if hasEndpoint(d, agtypes.EndpointTypeRegional) {
		return changes
	}
	if d.EndpointAccessMode == agtypes.EndpointAccessModeStrict {
		changes = append(changes, setup.Change{Field: fieldAccess, Is: string(agtypes.EndpointAccessModeStrict), Want: string(agtypes.EndpointAccessModeBasic)})
	}
	types := d.EndpointConfiguration.Types
	changes = append(changes,
		setup.Change{Field: fieldTypes, Is: endpointWords(types), Want: endpointWords(append(slices.Clone(types), agtypes.EndpointTypeRegional))},
		setup.Change{Field: "regionalCertificateArn", Is: aws.ToString(d.RegionalCertificateArn), Want: cmp.Or(regionalCertificate(e.Setup.Spec).arn(e), "the new certificate")},
	)
	if want := regionalPolicy(e.Setup.Spec, d); want != "" {
		changes = append(changes, setup.Change{Field: fieldPolicy, Is: string(d.SecurityPolicy), Want: want})
	}
	return changes
}

// regionalPolicy is the policy that the Regional endpoint gets with it: the one that is
// asked for, or the closest one; "" where the domain has one that both endpoints may have.
func regionalPolicy(s setup.Spec, d *apigateway.GetDomainNameOutput) string {
	closest := regionalPolicies[d.SecurityPolicy]
	if closest == "" {
		return ""
	}
	return cmp.Or(asksPolicy(s), string(closest))
}

// edgeMapped is the problem of a path that leads elsewhere than the spec wants. Both
// endpoints share the mappings, and callers use them, so that is said before anything is
// changed.
func edgeMapped(ctx context.Context, e *Env) (*setup.Problem, error) {
	there, err := rememberedMappings(ctx, e, viaV1)
	if err != nil {
		return nil, err
	}
	for _, m := range e.Setup.Spec.API.Mappings {
		is, ok := there[m.Path]
		if !ok || is.api == m.APIID && is.stage == m.Stage || ourMapping(e, m.Path, is) {
			continue
		}
		return problem(
			"Path "+m.DisplayPath()+" leads elsewhere today.",
			"The custom domain leads it to API "+is.api+", stage "+is.stage+", and the setup wants API "+m.APIID+", stage "+m.Stage+". The mapping was not made by this setup, so it is not overwritten.",
			"Choose API "+is.api+" and stage "+is.stage+" for "+m.DisplayPath()+" on the page API and paths, or delete the mapping in API Gateway and re-run this step.",
		), nil
	}
	return nil, nil
}

// applyEdgeDomain gives the custom domain the tags of the setup, since policies allow
// deletions on it only then, and a Regional endpoint beside the edge one. A strict access
// mode is relaxed first: API Gateway adds no endpoint type before that.
func applyEdgeDomain(ctx context.Context, e *Env, d *apigateway.GetDomainNameOutput) error {
	r := edgeResource(e, d)
	if !e.ours(d.Tags, roleDomain) {
		r.Attributes = mergedAttributes(e.withTags(), r.Attributes)
		if err := e.keep(ctx, r); err != nil { // what was there is known whatever happens
			return err
		}
		e.forget(readDomain)
		tags := e.tags(roleDomain)
		if err := tagsDomain(ctx, e, e.Account, domainARN(e, d, e.Setup.Spec.Account.Region))(tags); err != nil {
			return err
		}
	}
	if hasEndpoint(d, agtypes.EndpointTypeRegional) {
		return nil
	}
	if d.EndpointAccessMode == agtypes.EndpointAccessModeStrict {
		if asksPolicy(e.Setup.Spec) == "" {
			r.Attributes[attrWasStrict] = "yes"
		}
		if err := e.keep(ctx, r); err != nil {
			return err
		}
		return patchDomain(ctx, e, "", patchOf(agtypes.OpReplace, fieldAccess, string(agtypes.EndpointAccessModeBasic)))
	}
	arn := regionalCertificate(e.Setup.Spec).arn(e)
	if arn == "" {
		return from(setup.StepID(regionalCertificate(e.Setup.Spec).step), "Request the certificate", problem("There is no certificate for the Regional endpoint.", "API Gateway needs an issued certificate in "+e.Setup.Spec.Account.Region+" for it.",
			`Choose "Re-run from here" at the step `+requestTitle(regionalCertificate(e.Setup.Spec))+"."))
	}
	if err := gatewayKnows(e, arn); err != nil {
		return err
	}
	ops := []agtypes.PatchOperation{
		patchOf(agtypes.OpAdd, fieldTypes, string(agtypes.EndpointTypeRegional)),
		patchOf(agtypes.OpAdd, "regionalCertificateArn", arn),
	}
	if want := regionalPolicy(e.Setup.Spec, d); want != "" {
		if err := e.intendPolicy(ctx); err != nil {
			return err
		}
		ops = append(ops, patchOf(agtypes.OpReplace, fieldPolicy, want))
	}
	return patchDomain(ctx, e, arn, ops...)
}

func mergedAttributes(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, b)
	return out
}

// patchOf is one operation of an update. What is replaced by "" is unset; elsewhere a
// value that is "" is left out.
func patchOf(op agtypes.Op, field, value string) agtypes.PatchOperation {
	p := agtypes.PatchOperation{Op: op, Path: aws.String("/" + strings.TrimPrefix(field, "/"))}
	if value != "" || op == agtypes.OpReplace {
		p.Value = &value
	}
	return p
}

// patchDomain changes the custom domain, at the pace that API Gateway allows. The
// certificate is that of the change; "": it has none.
func patchDomain(ctx context.Context, e *Env, certificate string, ops ...agtypes.PatchOperation) error {
	if err := e.Account.Turn(ctx, turnUpdateDomain); err != nil {
		return err
	}
	e.forget(readDomain)
	_, err := e.Account.APIGateway().UpdateDomainName(ctx, &apigateway.UpdateDomainNameInput{DomainName: aws.String(e.name()), PatchOperations: ops})
	if code(err, "ConflictException") { // an earlier change is still under way
		return notYet(10*time.Second, "API Gateway is still busy with an earlier change of the custom domain.")
	}
	if certificate != "" && code(err, "BadRequestException") {
		if fresh, failed := freshlyIssued(ctx, e, e.Setup.Spec.Account.Region, certificate); failed == nil && fresh {
			return knownLater(ctx, e, turnUpdateDomain)
		}
	}
	if err != nil {
		return fmt.Errorf("change custom domain %s: %w", e.name(), err)
	}
	return nil
}
