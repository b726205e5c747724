package doctor

import (
	"slices"

	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/cloud"
	"apifront/setup"
)

// takeover is how a setup could take the name over from what has it in this account: an
// edge-optimised custom domain, or a distribution that is about something else.
func (e *exam) takeover() *setup.Takeover {
	i := &e.inside
	if region := i.edgeRegion(e.q.Name); region != "" {
		return &setup.Takeover{Region: region, Text: "API Gateway in " + region + " has an edge-optimised custom domain " + e.q.Name + ". Start a setup for the name, choose the region " + region + " on the page Account and region and \"Move it\" on the page Domain and DNS: its job makes the custom domain Regional and puts a distribution of your own before it, with no failed request."}
	}
	d := i.configured.Distribution
	if i.found == nil || d == nil || i.how != byAlias || i.toGateway() || !i.elsewhere() {
		return nil
	}
	return &setup.Takeover{From: i.found.ID, Text: "The distribution " + i.found.ID + " of this account has the name, and its origin is " + d.OriginDomain + ", which is not API Gateway. If an API is to answer, start a setup for the name. " + setup.MoveFix(i.found.ID) + " Its job makes a new distribution and moves the name there; " + i.found.ID + " stays, with its other names."}
}

// edgeRegion is where an edge-optimised custom domain has the very name; "": nowhere.
func (i *inside) edgeRegion(name string) string {
	if i.domain != nil && i.domain.Name == name && i.domain.Has(agtypes.EndpointTypeEdge) {
		return i.domain.Region
	}
	for _, h := range i.holders.Blocking(name) {
		if h.Kind == setup.HolderEdge {
			return h.Region
		}
	}
	return ""
}

// elsewhere says whether the API of the name, if there is one, is behind another
// distribution: else the origin of this one is what is wrong.
func (i *inside) elsewhere() bool {
	if i.domain == nil || i.configured.Domain == nil {
		return i.domain == nil
	}
	return slices.ContainsFunc(i.all, func(d cloud.FoundDistribution) bool {
		return d.ID != i.found.ID && slices.Contains(d.Origins, i.configured.Domain.Target)
	})
}
