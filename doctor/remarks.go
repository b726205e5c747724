package doctor

import (
	"cmp"
	"slices"
	"strings"

	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/probe"
	"apifront/setup"
	"apifront/steps"
)

// An adder adds a remark, unless something was said of the setting already. The ID tells
// remarks of one setting apart.
type adder func(s setup.Setting, id, title, field, is, want, fix string, asked ...setup.Asked)

// remarks are what differs from the recipe while requests reach the API, and what is to
// be said of renewals.
func (e *exam) remarks() []setup.FindingBody {
	list := e.renewals()
	add := func(s setup.Setting, id, title, field, is, want, fix string, asked ...setup.Asked) {
		if slices.ContainsFunc(e.findings, func(f setup.FindingBody) bool { return f.Setting == s }) {
			return // it is said already
		}
		step, _ := steps.StepFor(s)
		list = append(list, setup.FindingBody{
			Key: "doctor/" + string(s) + "/" + id, StepID: step.ID, Part: s.Hop(), Setting: s, Beside: true,
			Title: title, Field: field, Is: is, Want: want, Fix: fix, Evidence: first(asked, askedOfFinding),
		})
	}
	e.refusals(add)
	e.unserved(add)
	e.otherZones(add)
	e.domainRemarks(add)
	e.addressRemarks(add)
	if e.inside.configured.Distribution != nil {
		e.originRemarks(add)
		e.edgeRemarks(add)
		e.pathRemarks(add)
	}
	return list
}

// unserved says that callers reach the API by a distribution of somebody else, where the
// custom domain is of this account.
func (e *exam) unserved(add adder) {
	i, by := &e.inside, e.outside.byName()
	if !i.listed || i.found != nil || i.domain == nil || i.domain.EdgeTarget != "" || !e.served() || !probe.ThroughEdge(by) {
		return
	}
	add(setup.SettingAlias, "elsewhere", "Callers reach the API through a distribution that account "+i.who.AccountID+" does not have, so nothing of it can be said or changed here", "", "", "",
		"Look with a connection to the account that has it. Or start a setup for "+e.q.Name+": its distribution takes the name over once the owner has removed it there.", e.askedRequest(*by), e.asksDistribution("", "no distribution has "+e.q.Name, false))
}

// domainRemarks are on the custom domain.
func (e *exam) domainRemarks(add adder) {
	f := e.inside.domain
	if f == nil || !f.Has(agtypes.EndpointTypeEdge) {
		return
	}
	types := strings.Join(f.Types, ", ")
	title := "The custom domain is edge-optimised: API Gateway keeps a distribution of its own for it, whose cache and settings nobody can change"
	const moves = "Start a setup for the name in its region and choose \"Move it\" on the page Domain and DNS: its job "
	fix := moves + "makes the custom domain Regional and puts a distribution of your own before it, with no failed request."
	if r := f.Regional; r != nil {
		title = "The custom domain is edge-optimised and Regional at once: a migration was begun and not ended, and API Gateway's own distribution still has the name"
		fix = "Lead the name to " + r.Target + ", wait until the TTL of the old record has passed, then take the endpoint type EDGE away. A distribution of your own can have the name some minutes later."
		if slices.Contains(e.outside.cnames(), r.Target) {
			fix = "DNS leads to the Regional target already: take the endpoint type EDGE away once the TTL of the old record has passed. A distribution of your own can have the name some minutes later."
		}
	}
	if f.Regional != nil {
		fix += " " + moves + "goes on from there and does all of it."
	}
	add(setup.SettingCustomDomain, "remark", title, "endpointConfiguration.types", types, "REGIONAL", fix, e.asksDomain(types, false))
}

// addressRemarks are on the addresses of the name. Where DNS leads it to CloudFront over
// IPv4 alone, callers who have IPv6 only do not find it.
func (e *exam) addressRemarks(add adder) {
	o, d := &e.outside, e.inside.configured.Distribution
	by := o.byName()
	if by == nil || !probe.ThroughEdge(by) || len(o.cnames()) > 0 || d != nil && !d.IPv6 {
		return
	}
	v4, v6 := false, false
	for i := range o.traffic.A {
		if o.traffic.A[i].Err != nil || o.traffic.AAAA[i].Err != nil {
			continue
		}
		v4, v6 = v4 || len(o.traffic.A[i].Answer.Records) > 0, v6 || len(o.traffic.AAAA[i].Answer.Records) > 0
	}
	if !v4 || v6 {
		return
	}
	to, fix := "The distribution", "Add an AAAA record beside the A record, which leads to the same distribution. If IPv6 is switched off there (IsIPV6Enabled), switch it on too."
	if d != nil {
		to, fix = d.DomainName, "Add an AAAA record that leads to "+d.DomainName+", as the A record does. IPv6 is switched on there already."
	}
	var asked []setup.Asked
	for _, a := range o.answers() {
		if strings.HasPrefix(a.What, "AAAA ") {
			asked = append(asked, a)
		}
	}
	add(setup.SettingIPv6, "aaaa", "Callers who have IPv6 only do not find the name: it has an A record, and no AAAA record", "AAAA "+e.q.Name, "", to, fix, first(asked, 1)...)
}

// originRemarks are on how CloudFront calls the origin.
func (e *exam) originRemarks(add adder) {
	i, d := &e.inside, e.inside.configured.Distribution
	if i.ownName() {
		add(setup.SettingOriginDomain, "remark", "CloudFront calls the API by its own name, so paths go to one API and stage alone, and the API does not see the name that callers ask for",
			"DomainName", d.OriginDomain, "The target of a custom domain", "Make a Regional custom domain of the name, and make its target the origin.", e.asksField("DomainName", d.OriginDomain))
	}
	if d.CachePolicy == "" {
		add(setup.SettingForwarding, "remark", "Old cache settings (ForwardedValues) stand in the place of policies",
			"ForwardedValues.Headers", cmp.Or(strings.Join(d.KeyHeaders, ", "), "none"), "A cache policy and an origin request policy",
			"Give the default behavior the cache policy CachingDisabled and the origin request policy AllViewer, if nothing is to be kept.", e.asksField("OriginRequestPolicyId", policyWords(d)))
	}
}

// asksField is a field of the distribution, and no fault.
func (e *exam) asksField(field, is string) setup.Asked {
	return e.asksDistribution(field, field+": "+is, false)
}

// edgeRemarks are on how CloudFront treats callers.
func (e *exam) edgeRemarks(add adder) {
	d := e.inside.configured.Distribution
	if header := e.credentialOutsideKey(d); header != "" {
		add(setup.SettingCacheKey, "remark", "CloudFront keeps answers, and callers with credentials can get each other's: "+header+" does not tell them apart",
			"Headers", cmp.Or(strings.Join(d.KeyHeaders, ", "), "none"), header+" among them", "Put "+header+" into the cache key, or keep nothing (CachingDisabled).", e.asksField("OriginRequestPolicyId", policyWords(d)))
	}
	if d.ViewerProtocol == "allow-all" {
		add(setup.SettingViewerProtocol, "remark", "Callers over plain HTTP are answered without encryption", "ViewerProtocolPolicy", d.ViewerProtocol, "redirect-to-https",
			"Set ViewerProtocolPolicy of the default behavior to redirect-to-https.", e.asksField("ViewerProtocolPolicy", d.ViewerProtocol))
	}
	if !slices.Contains(d.Methods, "POST") {
		add(setup.SettingMethods, "remark", "Callers who send POST, PUT, PATCH or DELETE get 403 from CloudFront", "AllowedMethods", strings.Join(d.Methods, ", "), "All methods that the API takes",
			fixes[setup.SettingMethods], e.asksField("AllowedMethods", strings.Join(d.Methods, ", ")))
	}
	if old := d.MinimumTLS; old == "SSLv3" || old == "TLSv1" || strings.HasPrefix(old, "TLSv1_") || strings.HasPrefix(old, "TLSv1.1") {
		add(setup.SettingViewerTLS, "remark", "Callers with TLS versions older than 1.2 are let in", "MinimumProtocolVersion", old, "TLSv1.2_2021 or newer",
			"Choose a newer security policy of the distribution.", e.asksField("MinimumProtocolVersion", old))
	}
	if !d.IPv6 {
		add(setup.SettingIPv6, "remark", "Callers who have IPv6 only may not reach the name", "IsIPV6Enabled", "false", "true", "Switch IPv6 on, and add an AAAA record beside the A record.", e.asksField("IsIPV6Enabled", "false"))
	}
	if d.Continuous != "" {
		add(setup.SettingDeployed, "continuous", "A continuous deployment policy leads a part of the requests to a staging distribution, whose settings were not looked at", "ContinuousDeploymentPolicyId", d.Continuous, "none",
			"Promote the staging distribution in CloudFront, or disable the policy. CloudFront and apifront change little of the distribution before that.", e.asksField("ContinuousDeploymentPolicyId", d.Continuous))
	}
}

// credentialOutsideKey is the header by which callers prove who they are, where answers
// are kept and it is not in the key; "": none. X-Api-Key is one only for an API that asks
// for keys.
func (e *exam) credentialOutsideKey(d *setup.ConfiguredDistribution) string {
	in := func(header string) bool {
		return slices.ContainsFunc(d.KeyHeaders, func(h string) bool { return strings.EqualFold(h, header) || h == "*" })
	}
	keyed := slices.ContainsFunc(e.inside.configured.APIs, func(a setup.ConfiguredAPI) bool { return a.Access == "API_KEY" })
	switch {
	case !d.KeepsAnswers || d.PolicyUnknown:
		return ""
	case !in("Authorization"):
		return "Authorization"
	case keyed && !in("X-Api-Key"):
		return "X-Api-Key"
	}
	return ""
}
