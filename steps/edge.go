package steps

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/setup"
)

// The steps of this file's kind move an edge-optimised custom domain to a distribution
// of the account's own. The custom domain gets a Regional endpoint beside the edge one,
// DNS leads callers there, the edge endpoint is taken away once nobody is led to it, and
// only then CloudFront gives the name free for the setup's distribution.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-migrate.html

// Attributes of a custom domain that was edge-optimised.
const (
	attrWasEdge   = "was-edge"   // RFC 3339, when it was found with its edge endpoint
	attrWasStrict = "was-strict" // its endpoint access mode was STRICT, and is to be so again
	attrLed       = "led"        // RFC 3339, from when on all name servers led callers to its Regional endpoint
	attrLedFor    = "led-for"    // TTL in seconds of what had led them to the edge endpoint
)

// fromEdge is Step.Applies of the steps that move an edge-optimised custom domain.
func fromEdge(s setup.Spec) (bool, string) {
	return s.Domain.FromEdge, "The custom domain is made as a Regional one."
}

// WithEdge adds to the steps of a job those that move an edge-optimised custom domain,
// if the spec asks for it. They come before all that needs the name. Checks do not have
// them: what they look after is over when the job has ended.
func WithEdge(list []Step, spec setup.Spec) []Step {
	i := slices.IndexFunc(list, func(s Step) bool { return s.ID == domainStep().ID })
	if !spec.Domain.FromEdge || i < 0 {
		return list
	}
	off, name := edgeOffStep().ID, edgeNameStep().ID
	list = slices.Clone(list)
	for j := range list {
		switch list[j].ID {
		case mappingsStep().ID:
			list[j].Needs = append(slices.Clone(list[j].Needs), off)
		case distributionStep().ID:
			list[j].Needs = append(slices.Clone(list[j].Needs), name)
		}
	}
	return slices.Insert(list, i+1, EdgeSteps()...)
}

// EdgeSteps are the steps that only jobs have whose spec moves an edge-optimised custom
// domain, in their order.
func EdgeSteps() []Step {
	return []Step{edgeStandbyStep(), edgeTestStep(), edgeDNSStep(), edgeWaitStep(), edgeOffStep(), edgeNameStep()}
}

func hasEndpoint(d *apigateway.GetDomainNameOutput, t agtypes.EndpointType) bool {
	return d != nil && d.EndpointConfiguration != nil && slices.Contains(d.EndpointConfiguration.Types, t)
}

// moving says whether the custom domain has an edge endpoint that the spec wants gone.
func moving(e *Env, d *apigateway.GetDomainNameOutput) bool {
	return e.Setup.Spec.Domain.FromEdge && hasEndpoint(d, agtypes.EndpointTypeEdge)
}

// edgeTaken is the problem of an edge-optimised custom domain of which another
// installation, or another setup, says that it is its own; nil if none does.
func edgeTaken(e *Env, d *apigateway.GetDomainNameOutput) *setup.Problem {
	by := d.Tags[tagInstall]
	if by == "" || e.ours(d.Tags, roleDomain) {
		return nil
	}
	return problem(
		"Somebody else looks after this custom domain.",
		"Its tags say that it belongs to the installation "+by+" of apifront, for "+tagName(d.Tags[tagDomain])+".",
		"Remove it from the list there first, or take the tags "+tagInstall+", "+tagDomain+" and "+tagRole+" off it in API Gateway in "+e.Setup.Spec.Account.Region+", then re-run this step.",
	)
}

func noEdgeDomain(e *Env) *setup.Problem {
	region := e.Setup.Spec.Account.Region
	return problem(
		"There is no custom domain to move in "+region+".",
		"API Gateway in "+region+" does not know "+e.name()+". An edge-optimised custom domain is in the region of its APIs, and is moved there.",
		"Choose the region of the custom domain on the page Account and region. If it is gone, save the page Domain and DNS again, then start again.",
	)
}

// edgeLeft is the observation of a step that has nothing to do any more, because the
// edge endpoint is gone; false: it is there. d is nil if there is no custom domain.
func edgeLeft(ctx context.Context, e *Env) (d *apigateway.GetDomainNameOutput, o Observation, left bool, err error) {
	d, err = remembered(ctx, e, readDomain, describeDomain)
	switch {
	case err != nil:
		return nil, Observation{}, false, err
	case d == nil && e.DryRun:
		return nil, absent("After the custom domain"), true, nil
	case d == nil:
		return nil, foreign(domainGone(e)), true, nil
	case moving(e, d):
		return d, Observation{}, false, nil
	}
	return d, ready("The custom domain is Regional, and the edge endpoint is gone"), true, nil
}

// endpointWords are endpoint types as a change shows them.
func endpointWords(types []agtypes.EndpointType) string {
	var words []string
	for _, t := range types {
		words = append(words, string(t))
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}
