package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/miekg/dns"

	"apifront/setup"
)

const turnDeleteDomain = "apigateway:DeleteDomainName"

func wantsDomain(s setup.Spec, r setup.Resource) (bool, string) {
	if r.Region != s.Account.Region {
		return false, "The custom domain is in " + s.Account.Region + " now."
	}
	return true, ""
}

// removeDomain deletes the custom domain in a former region. API Gateway
// silently deletes the domain's mappings with it. So a domain that still has
// mappings stays.
// https://github.com/aws/chalice/issues/1918 (reported)
func removeDomain(ctx context.Context, e *Env, r setup.Resource) error {
	d, err := domainIn(ctx, e, r.Region)
	if err != nil {
		return err
	}
	switch {
	case d.GetDomainNameOutput == nil:
		return e.gone(ctx, r)
	case !e.domainOf(r, d.GetDomainNameOutput):
		return e.leave(ctx, r, "Its tags do not say any more that apifront made it.")
	case r.Attributes[attrWasEdge] != "":
		return e.leave(ctx, r, "It was there before this setup, as an edge-optimised custom domain. It answers as Regional now.")
	case d.RoutingMode != "" && d.RoutingMode != agtypes.RoutingModeBasePathMappingOnly:
		return e.leave(ctx, r, "It has the routing mode "+string(d.RoutingMode)+", which apifront did not set.")
	case len(d.mappings) > 0:
		var names []string
		for _, path := range slices.Sorted(maps.Keys(d.mappings)) {
			names = append(names, "/"+path)
		}
		return e.leave(ctx, r, "It would take with it what is mapped on it: "+firstOf(names)+".")
	}
	if id := e.keptFront(); id != "" && e.Setup.Spec.IsGone() {
		return e.leave(ctx, r, "The distribution "+id+", which stays, leads to it.")
	}
	if err := leadsThere(ctx, e, unrooted(aws.ToString(d.RegionalDomainName)), r.Region); err != nil {
		return err
	}
	if err := e.claim(ctx, r, roleDomain, tagsDomain(ctx, e, d.account, domainARN(e, d.GetDomainNameOutput, r.Region))); err != nil {
		return err
	}
	if err := d.account.Turn(ctx, turnDeleteDomain); err != nil {
		return err
	}
	e.forget(readDomain + " in " + r.Region)
	_, err = d.account.APIGateway().DeleteDomainName(ctx, &apigateway.DeleteDomainNameInput{DomainName: aws.String(e.name())})
	if err != nil && !code(err, "NotFoundException") {
		return fmt.Errorf("delete custom domain %s in %s: %w", e.name(), r.Region, err)
	}
	return e.gone(ctx, r)
}

// leadsThere keeps the custom domain of the former region while DNS leads
// clients to it. If a person moves the traffic by hand, no step has shown that
// clients have left it.
func leadsThere(ctx context.Context, e *Env, target, region string) error {
	if target == "" || e.Setup.Spec.Domain.Switch != setup.SwitchLater && !e.Setup.Spec.IsGone() {
		return nil
	}
	host := probeHost(e.name())
	a, err := e.Prober.Lookup(ctx, host, dns.TypeA)
	if err != nil {
		return fmt.Errorf("look up %s: %w", host, err)
	}
	if !slices.Contains(a.CNAMEs, target) && !sameAddresses(ctx, e, a.Records, target) {
		return nil
	}
	return &stillUsed{
		"The name still leads to the custom domain in " + region,
		problem("The custom domain in "+region+" was not removed.",
			"Public DNS leads "+e.name()+" to "+target+", which is that custom domain. Without it clients would get no answer.",
			"Change the record of "+e.name()+" to the distribution, then re-run this step."),
	}
}
