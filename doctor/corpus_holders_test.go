package doctor_test

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

const (
	spareName    = "spare.example.com"
	wildcardName = "*.example.com"
)

// alter changes a distribution of an account, by its own domain name.
func (c *clinic) alter(a *cloud.Account, domain string, do func(*cftypes.DistributionConfig)) {
	c.t.Helper()
	all, err := a.Distributions(c.t.Context())
	c.must(err)
	i := slices.IndexFunc(all, func(d cloud.FoundDistribution) bool { return d.DomainName == domain })
	if i < 0 {
		c.t.Fatalf("there is no distribution %s", domain)
	}
	d, err := a.CloudFront().GetDistributionConfig(c.t.Context(), &cloudfront.GetDistributionConfigInput{Id: &all[i].ID})
	c.must(err)
	do(d.DistributionConfig)
	_, err = a.CloudFront().UpdateDistribution(c.t.Context(), &cloudfront.UpdateDistributionInput{Id: &all[i].ID, IfMatch: d.ETag, DistributionConfig: d.DistributionConfig})
	c.must(err)
	time.Sleep(time.Hour)
}

// edged is a change of the name's distribution.
func edged(do func(*cftypes.DistributionConfig)) func(*clinic) {
	return func(c *clinic) { c.t.Helper(); c.alter(c.account, c.distribution, do) }
}

// behaving is a change of its default behavior.
func behaving(do func(*cftypes.DefaultCacheBehavior)) func(*clinic) {
	return edged(func(d *cftypes.DistributionConfig) { do(d.DefaultCacheBehavior) })
}

// fetching is a change of its origin.
func fetching(do func(*cftypes.Origin)) func(*clinic) {
	return edged(func(d *cftypes.DistributionConfig) { do(&d.Origins.Items[0]) })
}

// aliased are the names of a distribution.
func aliased(names ...string) func(*cftypes.DistributionConfig) {
	return func(d *cftypes.DistributionConfig) {
		d.Aliases = &cftypes.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names}
	}
}

// patched changes the custom domain of the name.
func patched(patches ...agtypes.PatchOperation) func(*clinic) {
	return func(c *clinic) {
		c.t.Helper()
		time.Sleep(time.Minute) // one update in 30 seconds
		_, err := c.account.APIGateway().UpdateDomainName(c.t.Context(), &apigateway.UpdateDomainNameInput{DomainName: aws.String(hostName), PatchOperations: patches})
		c.must(err)
		time.Sleep(time.Hour)
	}
}

func replaced(path, value string) agtypes.PatchOperation {
	return agtypes.PatchOperation{Op: agtypes.OpReplace, Path: &path, Value: &value}
}

// spare is a complete way but for the name: the distribution has another one, and a
// certificate for both.
func (c *clinic) spare() {
	c.custom("eu-west-1")
	c.front(c.account, c.spareCertificate())
	c.aliases(bothKinds...)
}

// spareCertificate is one for the name and another, of which the distribution gets the
// other.
func (c *clinic) spareCertificate() string {
	c.alias = spareName
	c.edge = c.certificate(setup.EdgeRegion, hostName, spareName)
	return c.edge
}

// theirs is a distribution of another account with a name, in front of the same custom
// domain.
func (c *clinic) theirs(alias string) *cloud.Account {
	other, was, at := c.other(), c.alias, c.distribution
	c.alias = alias
	c.front(other, c.sim.AddCertificate(neighbour, setup.EdgeRegion, sim.Certificate{Names: []string{alias}}))
	c.neighbours, c.stranger, c.alias, c.distribution = other, c.distribution, was, at
	return other
}

// edgeDomain makes an edge-optimised custom domain of the name in a region.
func (c *clinic) edgeDomain(region string) {
	api, regional, target := c.api, c.endpoint, c.target
	if region != "eu-west-1" {
		c.api = c.sim.AddAPI(accountID, region, sim.API{Name: "old-api", Kind: "REST", Stages: []string{"prod"}})
	}
	c.endpoint = agtypes.EndpointTypeEdge
	c.custom(region)
	c.edgeTarget = c.target
	c.api, c.endpoint, c.target = api, regional, target
}

// website is a distribution with the name whose origin is no API.
func (c *clinic) website() {
	c.must(c.sim.AddSite(sim.Site{Names: []string{"www.hosting.test", hostName}, Like: "nginx"}))
	c.origin = "www.hosting.test"
	c.front(c.account, c.edge)
	c.origin = ""
	c.aliases(bothKinds...)
}

// holderWards are worlds in which something else has the name in CloudFront.
func holderWards() []ward {
	return []ward{
		{part: "Who has the name", what: "A distribution of another account has the name, ours has not", source: "46 V21", wrong: "alias", says: []string{"Account " + neighbour + " has the name " + hostName, "Callers get what another distribution answers"}, asked: "ListDomainConflicts", heals: byHand, hand: func(c *clinic) { c.alter(c.neighbours, c.stranger, aliased()); renamed(c) }, outside: setup.VerdictHealthy, made: func(c *clinic) {
			c.custom("eu-west-1")
			c.theirs(hostName)
			at := c.target
			c.spareCertificate()
			c.target = at
			c.front(c.account, c.edge)
			c.aliases(bothKinds...)
		}},
		{what: "A distribution of another account has the name, and DNS leads to it", doors: "-", source: "46", remarks: "alias", says: []string{"does not have, so nothing of it can be said"}, asked: "ListDistributions", outside: setup.VerdictHealthy, made: func(c *clinic) {
			c.custom("eu-west-1")
			c.theirs(hostName)
			c.leads("CNAME", c.stranger+".")
		}},
		{what: "A distribution tenant has the name", source: "46", wrong: "alias", open: namelessOpen, says: []string{"the CloudFront distribution tenant "}, asked: "ListDomainConflicts", heals: byHand, hand: func(c *clinic) { c.sim.RemoveTenants(hostName); renamed(c) }, outside: setup.VerdictUnsure, made: func(c *clinic) {
			c.custom("eu-west-1")
			c.sim.AddTenant(neighbour, hostName)
			c.front(c.account, c.spareCertificate())
			c.aliases(bothKinds...)
		}},
		{what: "A wildcard of another account has the name, ours has not", source: "46 V21", wrong: "alias", says: []string{"Account " + neighbour + " has the wildcard " + wildcardName, "has to remove the wildcard first"}, asked: "ListDomainConflicts", heals: byHand, hand: func(c *clinic) { c.alter(c.neighbours, c.stranger, aliased()); renamed(c) }, outside: setup.VerdictHealthy, made: func(c *clinic) {
			c.complete()
			edged(aliased())(c)
			c.theirs(wildcardName)
		}},
		{what: "A wildcard of another distribution of the account covers the name, which leads to a website", source: "D.6", wrong: "alias", says: []string{"which has the wildcard " + wildcardName, "Callers get what another distribution answers"}, asked: "GetDistributionConfig", heals: byAdopt, outside: setup.VerdictStranger, made: func(c *clinic) {
			c.must(c.sim.AddSite(sim.Site{Names: []string{"www.hosting.test", hostName}, Like: "nginx"}))
			c.custom("eu-west-1")
			origin := c.target
			c.origin, c.alias = "www.hosting.test", wildcardName
			c.front(c.account, c.certificate(setup.EdgeRegion, wildcardName))
			c.origin = origin
			edge := c.spareCertificate()
			c.front(c.account, edge)
			c.aliases(bothKinds...)
		}},
		{what: "A distribution of the account that serves a website has the name", moves: "distribution", source: "D.6", wrong: "edge-function|error-pages|origin-domain", verdict: setup.VerdictStranger, outside: setup.VerdictStranger, made: (*clinic).website},
		{what: "An edge-optimised custom domain serves the name", doors: "-", moves: "edge eu-west-1", source: "E.1", remarks: "custom-domain", says: []string{"keeps a distribution of its own"}, asked: "GetDomainName", outside: setup.VerdictHealthy, made: func(c *clinic) {
			c.edgeDomain("eu-west-1")
			c.leads("CNAME", c.edgeTarget+".")
		}},
		{what: "An edge-optimised custom domain of another region serves the name", doors: "-", moves: "edge us-west-2", source: "46", remarks: "custom-domain", says: []string{"keeps a distribution of its own"}, asked: "GetDomainName", outside: setup.VerdictHealthy, made: func(c *clinic) {
			c.edgeDomain("us-west-2")
			c.leads("CNAME", c.edgeTarget+".")
		}},
		{what: "An edge-optimised custom domain of another region has the name, ours has not", moves: "edge us-west-2", source: "46", wrong: "alias", says: []string{"API Gateway in us-west-2 has an edge-optimised custom domain"}, asked: "in us-west-2", heals: byHand, hand: func(c *clinic) { c.undomainIn("us-west-2"); renamed(c) }, outside: setup.VerdictHealthy, made: func(c *clinic) {
			c.edgeDomain("us-west-2")
			c.spare()
		}},
		{what: "Half a migration: the custom domain is edge-optimised and Regional, and DNS leads to the edge", doors: "-", moves: "edge eu-west-1", source: "N.1", remarks: "custom-domain", says: []string{"begun and not ended", "Lead the name to d-"}, asked: "GetDomainName", outside: setup.VerdictHealthy, made: func(c *clinic) {
			c.edgeDomain("eu-west-1")
			c.leads("CNAME", c.edgeTarget+".")
			patched(agtypes.PatchOperation{Op: agtypes.OpAdd, Path: aws.String("/endpointConfiguration/types"), Value: aws.String("REGIONAL")}, agtypes.PatchOperation{Op: agtypes.OpAdd, Path: aws.String("/regionalCertificateArn"), Value: &c.regional})(c)
		}},
		{what: "Half a migration: DNS leads to the Regional target already", moves: "edge eu-west-1", source: "N.1", remarks: "custom-domain", verdict: setup.VerdictPastCloudFront, says: []string{"DNS leads to the Regional target already: take the endpoint type EDGE away"}, asked: "GetDomainName", outside: setup.VerdictPastCloudFront, made: func(c *clinic) {
			c.edgeDomain("eu-west-1")
			patched(agtypes.PatchOperation{Op: agtypes.OpAdd, Path: aws.String("/endpointConfiguration/types"), Value: aws.String("REGIONAL")}, agtypes.PatchOperation{Op: agtypes.OpAdd, Path: aws.String("/regionalCertificateArn"), Value: &c.regional})(c)
			out, err := c.account.APIGateway().GetDomainName(c.t.Context(), &apigateway.GetDomainNameInput{DomainName: aws.String(hostName)})
			c.must(err)
			c.leads("CNAME", aws.ToString(out.RegionalDomainName)+".")
		}},
	}
}
