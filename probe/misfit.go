package probe

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"apifront/setup"
)

// A misfit is a setting that AWS says is not as the way needs it.
type misfit struct {
	id      string
	setting setup.Setting
	told    told
	// is says what is there, for one path where that differs by path; "": it fits.
	is       func(setup.Configured, Wanted) string
	why, fix string // {is}, {name} and {target} are replaced
}

// told says when a misfit is a cause.
type told int

const (
	ifBroken told = iota // only if a path does not work: with it the way may work all the same
	passes               // likewise, and it goes away by waiting
	always               // also if every path works: it then breaks soon, or was changed on the way unseen
	beside               // likewise, and it says nothing of whether a path works
)

// misfits is the table of what can be wrong in a configuration. Each is wrong
// whatever the answers look like.
var misfits = []misfit{
	{"no-custom-domain", setup.SettingCustomDomain, ifBroken,
		func(c setup.Configured, _ Wanted) string {
			return absent(c, setup.SettingCustomDomain)
		},
		"API Gateway has no Regional custom domain {name} in the API's region.", "Create the custom domain {name} in API Gateway."},
	{"domain-not-available", setup.SettingCustomDomain, passes,
		func(c setup.Configured, _ Wanted) string {
			return when(c.Domain != nil && !c.Domain.Available, "it is being changed")
		},
		"API Gateway is still at work at the custom domain.", "Wait some minutes."},
	{"routing-rules-only", setup.SettingRoutingMode, ifBroken,
		func(c setup.Configured, _ Wanted) string {
			return when(c.Domain != nil && c.Domain.RoutingMode == "ROUTING_RULE_ONLY", "ROUTING_RULE_ONLY")
		},
		"The routing mode of the custom domain is {is}, in which API Gateway ignores mappings.", "Set the routing mode of {name} back to API mappings only in API Gateway."},
	{"domain-mtls", setup.SettingDomainMTLS, ifBroken,
		func(c setup.Configured, _ Wanted) string { return when(c.Domain != nil && c.Domain.MTLS, "on") },
		"The custom domain asks for a client certificate (mutual TLS), and CloudFront shows none.", "Switch mutual TLS off on the custom domain."},
	{"not-mapped", setup.SettingMapping, always, unmapped,
		"{is}.", "Map the paths on the custom domain."},
	{"no-stage", setup.SettingRoute, ifBroken, stagesGone,
		"API Gateway does not know {is}.", "Deploy the API to the stage again, or choose another stage on the page API and paths."},
	{"no-distribution", setup.SettingEnabled, ifBroken,
		func(c setup.Configured, _ Wanted) string { return absent(c, setup.SettingAlias) },
		"No distribution of the account has the name {name}.", "Create the distribution."},
	{"disabled", setup.SettingEnabled, always,
		func(c setup.Configured, _ Wanted) string {
			return when(c.Distribution != nil && !c.Distribution.Enabled, "disabled")
		},
		"The distribution is disabled, so CloudFront serves nothing of it.", "Enable the distribution."},
	{"no-alias", setup.SettingAlias, always,
		func(c setup.Configured, w Wanted) string {
			return when(c.Distribution != nil && !hasAlias(c.Distribution.Aliases, w.Name), "without the name")
		},
		"The distribution does not have {name} among its alternate domain names (Aliases).", "Add {name} to the distribution's alternate domain names."},
	{"no-edge-certificate", setup.SettingEdgeCertificate, always,
		func(c setup.Configured, w Wanted) string {
			return when(c.Distribution != nil && c.Distribution.Certificate == "" && hasAlias(c.Distribution.Aliases, w.Name), "CloudFront's own")
		},
		"The distribution shows CloudFront's own certificate.", "Give the distribution a certificate from us-east-1 that covers {name}."},
	{"origin-protocol", setup.SettingOriginProtocol, always,
		func(c setup.Configured, _ Wanted) string {
			return when(c.Distribution != nil && c.Distribution.OriginProtocol != "https-only", protocolOf(c))
		},
		"OriginProtocolPolicy of the origin is {is}. API Gateway listens on 443 only.", "Set OriginProtocolPolicy of the origin to https-only."},
	{"origin-port", setup.SettingOriginProtocol, always,
		func(c setup.Configured, _ Wanted) string {
			return when(c.Distribution != nil && c.Distribution.OriginProtocol == "https-only" && c.Distribution.OriginPort != 0 && c.Distribution.OriginPort != 443, originPortOf(c))
		},
		"HTTPSPort of the origin is {is}. API Gateway listens on 443 only.", "Set HTTPSPort of the origin to 443."},
	{"origin-old-tls", setup.SettingOriginTLS, ifBroken,
		func(c setup.Configured, _ Wanted) string {
			return when(c.Distribution != nil && len(c.Distribution.OriginTLS) > 0 && !slices.Contains(c.Distribution.OriginTLS, "TLSv1.2"), originTLSOf(c))
		},
		"CloudFront speaks {is} with the origin (OriginSslProtocols), and API Gateway wants TLSv1.2.", "Set OriginSslProtocols of the origin to TLSv1.2."},
	{"origin-domain", setup.SettingOriginDomain, ifBroken,
		func(c setup.Configured, _ Wanted) string {
			return when(c.Distribution != nil && c.Domain != nil && !strings.EqualFold(c.Distribution.OriginDomain, c.Domain.Target), originOf(c))
		},
		"The origin of the distribution is {is}, and not the target of the custom domain, {target}.", "Make {target} the domain name of the origin."},
	{"origin-path-set", setup.SettingOriginPath, always,
		func(c setup.Configured, _ Wanted) string {
			return when(c.Distribution != nil && c.Distribution.OriginPath != "", originPathOf(c))
		},
		"CloudFront puts {is} before every path (OriginPath). The stage is in the mapping already.", "Empty OriginPath of the origin."},
	{"host-not-passed", setup.SettingHostHeader, always,
		func(c setup.Configured, _ Wanted) string {
			return when(c.Distribution != nil && !c.Distribution.PolicyUnknown && !c.Distribution.PassesHost, "not passed on")
		},
		"CloudFront does not pass the Host header on to the origin (OriginRequestPolicyId), and API Gateway picks the API by it.", "Give the default behavior the origin request policy AllViewer."},
	{"methods-cut", setup.SettingMethods, beside, methodsCut,
		"CloudFront does not let {is} through.", "Allow the methods on the page Edge settings."},
	{"caching", setup.SettingCaching, beside, keepsOtherwise,
		"CloudFront {is}, and the setup says otherwise.", "Give the default behavior the cache policy of the setup."},
	{"viewer-protocol", setup.SettingViewerProtocol, beside,
		func(c setup.Configured, w Wanted) string {
			return when(c.Distribution != nil && w.ViewerProtocol != "" && c.Distribution.ViewerProtocol != w.ViewerProtocol, viewerProtocolOf(c))
		},
		"ViewerProtocolPolicy is {is}, and the setup says otherwise.", "Set ViewerProtocolPolicy of the default behavior as the setup says."},
}

func when(is bool, what string) string {
	if is {
		return what
	}
	return ""
}

// The next are what stands in the distribution; "" where nothing is known of it.

func protocolOf(c setup.Configured) string {
	if c.Distribution == nil {
		return ""
	}
	return cmp.Or(c.Distribution.OriginProtocol, "that of a bucket")
}

func originOf(c setup.Configured) string {
	if c.Distribution == nil {
		return ""
	}
	return cmp.Or(c.Distribution.OriginDomain, "not there")
}

func originPortOf(c setup.Configured) string {
	if c.Distribution == nil {
		return ""
	}
	return strconv.Itoa(c.Distribution.OriginPort)
}

func originTLSOf(c setup.Configured) string {
	if c.Distribution == nil {
		return ""
	}
	return setup.And(c.Distribution.OriginTLS)
}

func viewerProtocolOf(c setup.Configured) string {
	if c.Distribution == nil {
		return ""
	}
	return c.Distribution.ViewerProtocol
}

// keepsOtherwise says what CloudFront does with answers, if that is not wanted.
func keepsOtherwise(c setup.Configured, w Wanted) string {
	d := c.Distribution
	switch {
	case d == nil || d.PolicyUnknown || w.Keeps == nil || d.KeepsAnswers == *w.Keeps:
		return ""
	case d.KeepsAnswers:
		return "keeps answers"
	}
	return "keeps no answers"
}

func originPathOf(c setup.Configured) string {
	if c.Distribution == nil {
		return ""
	}
	return c.Distribution.OriginPath
}

func absent(c setup.Configured, s setup.Setting) string {
	return when(slices.Contains(c.Missing, s), "not there")
}

// unmapped says which wanted paths are mapped otherwise, or not at all.
func unmapped(c setup.Configured, w Wanted) string {
	if c.Domain == nil {
		return ""
	}
	var words []string
	for _, p := range w.Paths {
		i := slices.IndexFunc(c.Domain.Mappings, func(m setup.Mapping) bool { return m.DisplayPath() == p.Path })
		switch {
		case i < 0:
			words = append(words, p.Path+" is not mapped on the custom domain")
		case c.Domain.Mappings[i].APIID != p.APIID || c.Domain.Mappings[i].Stage != p.Stage:
			m := c.Domain.Mappings[i]
			words = append(words, p.Path+" is mapped to API "+m.APIID+", stage "+m.Stage+", and not to "+p.APIID+", stage "+p.Stage)
		}
	}
	return setup.And(words)
}

// stagesGone says which wanted stages there are no more.
func stagesGone(c setup.Configured, _ Wanted) string {
	var words []string
	for _, a := range c.APIs {
		if a.StageGone {
			words = append(words, "the stage "+a.Stage+" of the API "+a.APIID)
		}
	}
	return setup.And(words)
}

// methodsCut says which wanted methods CloudFront does not let through.
func methodsCut(c setup.Configured, w Wanted) string {
	if c.Distribution == nil {
		return ""
	}
	var cut []string
	for _, m := range w.Methods {
		if !slices.Contains(c.Distribution.Methods, m) {
			cut = append(cut, m)
		}
	}
	return setup.And(cut)
}

// A found misfit is a cause, with when to tell it.
type foundMisfit struct {
	setup.Cause

	told told
}

// misfits are the settings that AWS says are wrong.
func (w Wanted) misfits(c setup.Configured) []foundMisfit {
	target := "the target of the custom domain"
	if c.Domain != nil && c.Domain.Target != "" {
		target = c.Domain.Target
	}
	var list []foundMisfit
	for _, m := range misfits {
		is := m.is(c, w)
		if is == "" {
			continue
		}
		words := strings.NewReplacer("{is}", is, "{name}", w.Name, "{target}", target)
		list = append(list, foundMisfit{told: m.told, Cause: setup.Cause{Symptom: m.id, Setting: m.setting, Passing: m.told == passes, Problem: &setup.Problem{
			What: "The way to the API is not set up right.", Why: words.Replace(m.why), Fix: words.Replace(m.fix), Code: m.id,
		}}})
	}
	return list
}
