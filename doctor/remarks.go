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

// remarks are what differs from the recipe while requests reach the API, and what is to
// be said of renewals.
func (e *exam) remarks() []setup.FindingBody {
	list := e.renewals()
	i, d := &e.inside, e.inside.configured.Distribution
	add := func(s setup.Setting, title, field, is, want, fix string, asked setup.Asked) {
		if slices.ContainsFunc(e.findings, func(f setup.FindingBody) bool { return f.Setting == s }) {
			return // it is said already
		}
		step, _ := steps.StepFor(s)
		list = append(list, setup.FindingBody{
			Key: "doctor/" + string(s) + "/remark", StepID: step.ID, Part: s.Hop(), Setting: s, Beside: true,
			Title: title, Field: field, Is: is, Want: want, Fix: fix, Evidence: first([]setup.Asked{asked}, 1),
		})
	}
	for _, p := range e.reading.Paths {
		if s := p.Seen; s != nil && p.Proof != probe.NoProof && s.FromGateway() && (s.Message == "Missing Authentication Token" || s.Status == 404 && s.Message == "Not Found") {
			add(setup.SettingRequest, "The API is reached, and has no route for "+p.Path+" that a plain GET finds: it answers "+statusOf(*s)+" "+s.Message, "", "", "",
				fixes[setup.SettingRequest], e.askedRequest(*s))
			break
		}
	}
	if f := i.domain; f != nil && f.Has(agtypes.EndpointTypeEdge) {
		types := strings.Join(f.Types, ", ")
		add(setup.SettingCustomDomain, "The custom domain is edge-optimised: API Gateway keeps a distribution of its own for it, whose cache and settings nobody can change",
			"endpointConfiguration.types", types, "REGIONAL", "Make the custom domain Regional, and put a distribution of your own before it.", e.asksDomain(types, false))
	}
	if d == nil {
		return list
	}
	asked := func(field, is string) setup.Asked { return e.asksDistribution(field, field+": "+is, false) }
	if i.ownName() {
		add(setup.SettingOriginDomain, "CloudFront calls the API by its own name, so paths go to one API and stage alone, and the API does not see the name that callers ask for",
			"DomainName", d.OriginDomain, "The target of a custom domain", "Make a Regional custom domain of the name, and make its target the origin.", asked("DomainName", d.OriginDomain))
	}
	if d.CachePolicy == "" {
		add(setup.SettingForwarding, "Old cache settings (ForwardedValues) stand in the place of policies",
			"ForwardedValues.Headers", cmp.Or(strings.Join(d.KeyHeaders, ", "), "none"), "A cache policy and an origin request policy",
			"Give the default behavior the cache policy CachingDisabled and the origin request policy AllViewer, if nothing is to be kept.", asked("OriginRequestPolicyId", policyWords(d)))
	}
	if d.KeepsAnswers && !d.PolicyUnknown && !slices.ContainsFunc(d.KeyHeaders, func(h string) bool { return strings.EqualFold(h, "Authorization") || h == "*" }) {
		add(setup.SettingCacheKey, "CloudFront keeps answers, and signed-in callers can get each other's: Authorization does not tell them apart",
			"Headers", cmp.Or(strings.Join(d.KeyHeaders, ", "), "none"), "Authorization among them", "Put Authorization into the cache key, or keep nothing (CachingDisabled).", asked("OriginRequestPolicyId", policyWords(d)))
	}
	if d.ViewerProtocol == "allow-all" {
		add(setup.SettingViewerProtocol, "Callers over plain HTTP are answered without encryption", "ViewerProtocolPolicy", d.ViewerProtocol, "redirect-to-https",
			"Set ViewerProtocolPolicy of the default behavior to redirect-to-https.", asked("ViewerProtocolPolicy", d.ViewerProtocol))
	}
	if !slices.Contains(d.Methods, "POST") {
		add(setup.SettingMethods, "Callers who send POST, PUT, PATCH or DELETE get 403 from CloudFront", "AllowedMethods", strings.Join(d.Methods, ", "), "All methods that the API takes",
			fixes[setup.SettingMethods], asked("AllowedMethods", strings.Join(d.Methods, ", ")))
	}
	if old := d.MinimumTLS; old == "SSLv3" || old == "TLSv1" || strings.HasPrefix(old, "TLSv1_") || strings.HasPrefix(old, "TLSv1.1") {
		add(setup.SettingViewerTLS, "Callers with TLS versions older than 1.2 are let in", "MinimumProtocolVersion", old, "TLSv1.2_2021 or newer",
			"Choose a newer security policy of the distribution.", asked("MinimumProtocolVersion", old))
	}
	if !d.IPv6 {
		add(setup.SettingIPv6, "Callers who have IPv6 only may not reach the name", "IsIPV6Enabled", "false", "true", "Switch IPv6 on, and add an AAAA record beside the A record.", asked("IsIPV6Enabled", "false"))
	}
	return list
}
