package steps

import (
	"cmp"
	"strings"

	"apifront/cloud"
	"apifront/setup"
)

func isMapping(r setup.Resource) bool { return strings.HasPrefix(r.Key, setup.MappingKey("")) }

func isCertificate(r setup.Resource) bool {
	return r.Key == setup.KeyCertificateEdge || r.Key == setup.KeyCertificateRegional
}

// removals are the resources that the step may have to delete: those that exist
// and are not wanted and, unless NowOnly, those that a later change of the
// setup can make unwanted.
func (s Scope) removals() []setup.Resource {
	var list []setup.Resource
	for _, u := range unwanted(s.Spec, s.Resources, s.Former) {
		if region := u.Resource.Region; (!u.Stays || s.Teardown) && (region == "" || regionPattern.MatchString(region)) {
			list = append(list, u.Resource)
		}
	}
	if s.NowOnly {
		return list
	}
	mapping := func(via string) setup.Resource {
		return setup.Resource{Key: setup.MappingKey(""), Region: s.Spec.Account.Region, Attributes: map[string]string{setup.AttrVia: via}}
	}
	list = append(list, mapping(viaV2))
	if canMapV1(s.Spec) {
		list = append(list, mapping(viaV1))
	}
	for _, p := range newCertificates(s.Spec) {
		list = append(list, setup.Resource{Key: p.key, Region: p.region})
	}
	if caching(s.Spec) {
		list = append(list, setup.Resource{Key: setup.KeyCachePolicy})
	}
	if closesEndpoints(s.Spec) {
		for _, p := range endpointsOf(s.Spec) {
			list = append(list, p.row())
		}
	}
	if s.Spec.Edge.AccessLogs.Wanted() {
		list = append(list, setup.Resource{Key: setup.KeyAccessLogs})
	}
	if s.Teardown {
		list = append(list, setup.Resource{Key: setup.KeyDomain, Region: s.Spec.Account.Region})
	}
	return list
}

// removeGrants are the grants of the step that removes what is not wanted any
// more. If AWS knows the tags of a resource, they must be those of this
// installation. A mapping has the tags of its domain; a cache policy has none.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html (documented)
func (s Scope) removeGrants() []Grant {
	return s.removeGrantsOf(func(r setup.Resource) bool { return true })
}

// removeGrantsOf are those of the resources for which of is true.
func (s Scope) removeGrantsOf(of func(setup.Resource) bool) []Grant {
	var grants []Grant
	add := func(word string, use Use, resource string, own bool, actions ...string) {
		g := Grant{For: word, Use: use, Actions: actions, Resources: []string{resource}}
		if own {
			g.Conditions = []Condition{s.resourced()}
		}
		grants = append(grants, g)
	}
	// To find what a call whose answer was lost may have made, and who uses a
	// resource that is in use.
	explains := func(actions ...string) {
		for _, a := range actions {
			grants = append(grants, Grant{For: "List", Actions: []string{a}, Resources: []string{"*"}, Explains: true})
		}
	}
	// An adopted custom domain gets its tags first.
	claims := func(r setup.Resource) {
		if s.claims(setup.KeyDomain) {
			add("Tag", Removes, s.domainTags(r.Region), false, "apigateway:PUT")
		}
	}
	for _, r := range s.removals() {
		if !of(r) {
			continue
		}
		domain := s.gatewayIn(r.Region, "/domainnames/"+Literal(s.Spec.Domain.Name))
		switch {
		case isMapping(r):
			list := domain + "/apimappings"
			if r.Attributes[setup.AttrVia] == viaV1 {
				list = domain + "/basepathmappings"
			}
			add("Read", Reads, domain, false, "apigateway:GET")
			add("Read", Reads, list, false, "apigateway:GET")
			claims(r)
			add("Mapping", Removes, list+"/*", true, "apigateway:DELETE")
		case r.Key == setup.KeyDomain:
			// Its mappings are deleted with it, so the step first looks for
			// mappings that other people made.
			add("Read", Reads, domain, false, "apigateway:GET")
			add("Read", Reads, domain+"/apimappings", false, "apigateway:GET")
			claims(r)
			add("Domain", Removes, domain, true, "apigateway:DELETE")
			add("Domain", Removes, domain, false, "apigateway:RemoveCertificateFromDomain")
		case isEndpoint(r):
			if p, ok := endpointOf(r); ok {
				grants = append(grants, s.endpointGrants(p, Removes)...)
			}
		case isAccessLogs(r):
			s.removeLogGrants(add)
			grants = append(grants, Grant{For: "Deliveries", Actions: []string{"logs:DescribeDeliveries"}, Resources: []string{"*"}, Conditions: inEdgeRegion()})
		case isCertificate(r):
			which := s.arn("acm", Literal(r.Region), Literal(s.Spec.Account.AccountID), "certificate/*")
			add("Read", Reads, which, false, "acm:DescribeCertificate", "acm:ListTagsForCertificate")
			explains("acm:ListCertificates")
			add("Certificate", Removes, which, true, "acm:DeleteCertificate")
		case r.Key == setup.KeyRecordProof:
			for _, g := range s.recordGrants(s.proofName(), []string{"TXT"}) {
				if g.Use != Reads {
					g.Use = Removes
				}
				grants = append(grants, g)
			}
		case r.Key == setup.KeyCachePolicy:
			which := s.edge("cache-policy/*")
			add("Read", Reads, which, false, "cloudfront:GetCachePolicy")
			explains("cloudfront:ListCachePolicies", "cloudfront:ListDistributions")
			add("CachePolicy", Removes, which, false, "cloudfront:DeleteCachePolicy")
		}
	}
	return grants
}

// mayNotRemove is the problem of a connection that is not allowed to delete the
// resource. Policies that were made before this step existed do not allow it.
func mayNotRemove(e *Env, refusal error, r setup.Resource) *setup.Problem {
	p := *cloud.Explain(refusal)
	if e.Setup.Spec.IsGone() {
		return &p
	}
	what := strings.ToLower(r.Type[:min(len(r.Type), 1)]) + r.Type[min(len(r.Type), 1):]
	p.What = "The " + cmp.Or(what, "resource") + " that is not wanted any more was not removed."
	p.Why += " It stays until it is removed; the new path works without it."
	p.Fix = "Put the policy \"" + setup.PolicyRunJobs + "\" of this setup in the place of the one that the connection has: it is on the setup's page IAM policy, and allows this. Then re-run this step. " + p.Fix
	return &p
}
