package doctor

import (
	"cmp"
	"slices"
	"strings"

	"apifront/probe"
	"apifront/setup"
)

// askedOfHop is how many questions a hop has at most.
const askedOfHop = 3

// way says where on the way of a request things are as they should be. No hop is right
// by what is known of others.
func (e *exam) way() []setup.Hop {
	name := e.nameHop()
	past := name.State == setup.HopWrong
	edge := e.edgeHop(past)
	past = past || edge.State == setup.HopWrong
	origin := e.originHop(past)
	past = past || origin.State == setup.HopWrong
	list := []setup.Hop{name, edge, origin, e.apiHop(past)}
	for i := range list {
		h := &list[i]
		h.Claim, h.Text, h.ID = setup.Clip(setup.Printable(h.Claim), 80), setup.Clip(setup.Printable(h.Text), 400), setup.Clip(setup.Printable(h.ID), 253)
		h.Asked = first(h.Asked, askedOfHop)
	}
	return list
}

// faulty is a hop with a finding; ok is false if it has none. Requests end at one whose
// fault was seen from outside.
func (e *exam) faulty(h setup.Hop) (_ setup.Hop, ok bool) {
	for _, f := range e.wrong() {
		if f.Hop() != h.Part {
			continue
		}
		h.State = setup.HopDiffers
		if f.Effect != nil && !f.Passes && !e.reading.Proved() {
			h.State = setup.HopWrong
		}
		h.Claim, h.Text, h.Asked = claims[f.Setting], f.Title+".", f.Evidence
		if f.Field != "" && f.Is != "" {
			h.Text = f.Field + " is " + setup.Clip(f.Is, 100) + ". " + h.Text
		}
		h.Claim = cmp.Or(h.Claim, "Wrong: "+f.Setting.Words())
		return h, true
	}
	if n := slices.IndexFunc(e.open, func(s setup.Setting) bool { return s.Hop() == h.Part }); n >= 0 {
		var or []string
		for _, s := range e.open {
			if s.Hop() == h.Part {
				or = append(or, s.Words())
			}
		}
		h.Claim, h.Text = "Not known", "What was seen may come of "+setup.Or(or)+", and of others as well."
		return h, true
	}
	return h, false
}

// claims say in a few words what is wrong where a setting is.
var claims = map[setup.Setting]string{
	setup.SettingTrafficRecord:       "Leads elsewhere",
	setup.SettingDelegation:          "Another zone is asked",
	setup.SettingEdgeCertificate:     "Another certificate",
	setup.SettingAlias:               "Does not know the name",
	setup.SettingEnabled:             "Switched off",
	setup.SettingDeployed:            "Not the same everywhere",
	setup.SettingFirewall:            "A firewall refuses",
	setup.SettingRestriction:         "Countries are refused",
	setup.SettingEdgeFunction:        "A function answers",
	setup.SettingErrorPages:          "Answers with pages of its own",
	setup.SettingOriginDomain:        "Goes to another origin",
	setup.SettingOriginProtocol:      "Not over HTTPS only",
	setup.SettingHostHeader:          "Host is not kept",
	setup.SettingOriginPath:          "A path is put before",
	setup.SettingOriginTLS:           "Other TLS versions",
	setup.SettingOriginTimeout:       "Does not wait long enough",
	setup.SettingCustomDomain:        "No custom domain",
	setup.SettingRegionalCertificate: "Another certificate",
	setup.SettingDomainMTLS:          "Wants client certificates",
	setup.SettingMapping:             "The path is not mapped",
	setup.SettingRoutingMode:         "Does not go by mappings",
	setup.SettingRoute:               "Does not know the stage",
	setup.SettingBackend:             "Does not answer rightly",
	setup.SettingThrottling:          "Too many requests",
}

// nameHop is DNS: where callers are led.
func (e *exam) nameHop() setup.Hop {
	o := &e.outside
	h := setup.Hop{Part: setup.PartName, Claim: "Not known", Text: "Where DNS leads the name was not seen.", Asked: o.answers()}
	if name := o.edgeName(); name != "" {
		h.ID = name
	} else if c := o.cnames(); len(c) > 0 {
		h.ID = c[0]
	}
	switch v := e.said(); v {
	case setup.VerdictNoName:
		h.State, h.Claim, h.Text = setup.HopWrong, "Has no record", "No server that was asked has an address of the name."
		return h
	case setup.VerdictNotDelegated:
		h.State, h.Claim, h.Text, h.Asked = setup.HopWrong, "Not delegated", e.chart.of(setup.DoctorDelegation).Text, e.delegationAsked()
		return h
	case setup.VerdictPrivate:
		h.State, h.Claim, h.Text, h.ID = setup.HopWrong, "A private address", "It leads to "+setup.And(o.secluded)+".", o.secluded[0]
		return h
	case setup.VerdictPastCloudFront:
		h.State, h.Claim, h.Text = setup.HopAway, "Leads past CloudFront", "It leads to "+o.leadsWords()+"."
		return h
	case setup.VerdictStranger:
		if !probe.ThroughEdge(o.byName()) {
			h.State, h.Claim, h.Text = setup.HopAway, "Leads elsewhere", "It leads to "+o.leadsWords()+"."
			return h
		}
	default:
	}
	if bad, is := e.faulty(h); is {
		return bad
	}
	by := o.byName()
	if by != nil && by.ThroughEdge() && e.chart.of(setup.DoctorServers).State != setup.DoctorUnknown {
		h.State, h.Claim, h.Text = setup.HopRight, "Leads to CloudFront", o.evenWords()
	}
	return h
}

// edgeHop is CloudFront: that it answers callers with the name's certificate.
func (e *exam) edgeHop(past bool) setup.Hop {
	h := setup.Hop{Part: setup.PartEdge, Claim: "Not known", Text: "No request came as far as CloudFront."}
	d := e.inside.configured.Distribution
	if d != nil {
		h.ID = d.ID
	}
	if bad, is := e.faulty(h); is {
		return bad
	}
	v := e.answerOn(func(v *setup.Evidence) bool { return probe.ThroughEdge(v) }, setup.RungName, setup.RungDistribution)
	if v == nil {
		return h
	}
	h.State, h.Past, h.Claim = setup.HopRight, past, "The name's certificate"
	h.Text = "CloudFront answered with a certificate that covers the name, until " + v.Expires.UTC().Format("2 Jan 2006") + "."
	h.Asked = []setup.Asked{e.askedRequest(*v), probe.AskedTLS(*v)}
	if d != nil && !d.PolicyUnknown {
		h.Claim = "The name's certificate, nothing kept"
		if d.KeepsAnswers {
			h.Claim = "The name's certificate, answers kept"
		}
		h.Asked = append(h.Asked, e.asksDistribution("", d.ID, false))
	}
	return h
}

// originHop is the way from CloudFront to API Gateway.
func (e *exam) originHop(past bool) setup.Hop {
	h := setup.Hop{Part: setup.PartOrigin, Claim: "Not known", Text: "No request came as far as API Gateway."}
	d := e.inside.configured.Distribution
	if d != nil {
		h.ID = d.OriginDomain
	}
	if bad, is := e.faulty(h); is {
		return bad
	}
	v := e.answerOn(func(v *setup.Evidence) bool { return probe.ThroughEdge(v) && v.FromGateway() && !probe.KeptCopy(v) }, setup.RungName, setup.RungDistribution)
	if v == nil {
		return h
	}
	h.State, h.Past, h.Claim, h.Text = setup.HopRight, past, "Reaches API Gateway", "API Gateway answered through CloudFront."
	h.Asked = []setup.Asked{e.askedRequest(*v)}
	switch {
	case d == nil:
		h.Text += " How CloudFront calls it cannot be seen from outside."
	case e.inside.ownName():
		h.State, h.Claim, h.Text = setup.HopDiffers, "By the API's own name", "CloudFront calls "+d.OriginDomain+", without a custom domain."
	case d.OriginProtocol == "https-only" && d.PassesHost:
		h.Claim, h.Text = "HTTPS only, Host kept", "OriginPath is "+cmp.Or(d.OriginPath, "empty")+", and API Gateway answered for the name."
		h.Asked = append(h.Asked, e.asksDistribution("OriginProtocolPolicy", d.OriginProtocol, false))
	default:
		h.State, h.Claim, h.Text = setup.HopUnknown, "Not known", "What the policies pass on could not be read."
	}
	return h
}

// apiHop is API Gateway behind its door: that each path answers.
func (e *exam) apiHop(past bool) setup.Hop {
	h := setup.Hop{Part: setup.PartGateway, Claim: "Not known", Text: "No request came as far as the API."}
	if len(e.wanted.Paths) == 1 {
		h.ID = e.wanted.Paths[0].APIID
	}
	if bad, is := e.faulty(h); is {
		return bad
	}
	if e.answered() && !past {
		var said []string
		for _, p := range e.reading.Paths {
			if p.Seen == nil {
				continue
			}
			said = append(said, strings.TrimSuffix(answerWords(p), ", through CloudFront"))
			h.Asked = append(h.Asked, e.askedRequest(*p.Seen))
		}
		h.State, h.Text = setup.HopRight, strings.Join(said[:min(len(said), 4)], ", ")+"."
		h.Claim = setup.Count(len(said), "path") + map[bool]string{true: " answers", false: " answer"}[len(said) == 1]
		return h
	}
	v := e.answerOn(func(v *setup.Evidence) bool { return v.FromGateway() && v.Status < 500 && v.Message != "Forbidden" }, setup.RungRegional, setup.RungAPI)
	if past && v != nil {
		where := "at API Gateway with this name"
		if v.Rung == setup.RungAPI {
			where = "at the API's own name"
		}
		h.State, h.Past, h.Claim = setup.HopRight, true, "Answers when asked past the fault"
		h.Text = "Asked " + where + ": " + v.Path + " " + statusOf(*v) + " in " + probe.ShortSpan(v.Resolve+v.Connect+v.TLS+v.FirstByte) + "."
		h.Asked = []setup.Asked{e.askedRequest(*v)}
	}
	return h
}

// answerOn is the first answer on one of the rungs that is such; nil: there is none.
func (e *exam) answerOn(such func(*setup.Evidence) bool, rungs ...setup.Rung) *setup.Evidence {
	all := e.outside.evidence()
	for _, r := range rungs {
		for i := range all {
			if v := &all[i]; v.Rung == r && v.Status != 0 && v.Failed == "" && !v.Below && such(v) {
				return v
			}
		}
	}
	return nil
}
