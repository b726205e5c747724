package steps

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/probe"
	"apifront/setup"
)

// A Survey is all that the looks of one check have shown of a setup.
type Survey struct {
	Env      *Env       // the setup, with its resources as the looks left them
	Seen     []Observed // the looks that got an answer
	Here     setup.Whether
	Leads    *Outside // where DNS leads, where that was asked besides; nil: it was not
	Findings []setup.FindingBody
}

// Hops say where on the way of a request things are as they should be. No hop is
// right by what is known of others: each needs a look of its own.
func (s *Survey) Hops() []setup.Hop {
	name := s.nameHop()
	fault := name.State == setup.HopWrong
	edge := s.edgeHop(fault)
	fault = fault || edge.State == setup.HopWrong
	origin := s.originHop(fault)
	fault = fault || origin.State == setup.HopWrong
	list := []setup.Hop{name, edge, origin, s.apiHop(fault)}
	for i := range list {
		h := &list[i]
		if or := s.alike(h.Part); or != "" && h.State == setup.HopRight {
			h.State, h.Past, h.Claim, h.Text = setup.HopUnknown, false, "Not known", "What was seen may come of "+or+" as well."
		}
		h.Text = setup.Clip(setup.Printable(h.Text), 400)
		h.Claim, h.ID = setup.Clip(setup.Printable(h.Claim), 80), setup.Clip(setup.Printable(h.ID), 253)
		h.Asked = first(h.Asked, askedOfHop)
	}
	return list
}

// of is what the look at a step showed; ok is false if there was none.
func (s *Survey) of(step Step) (o Observation, ok bool) {
	i := slices.IndexFunc(s.Seen, func(o Observed) bool { return o.Step.ID == step.ID })
	if i < 0 {
		return o, false
	}
	return s.Seen[i].Obs, true
}

// outside is what the test of the paths saw: by the name, or past it.
func (s *Survey) outside() (out Outside) {
	for _, mark := range []setup.StepMark{setup.MarkPreview, setup.MarkLive} {
		for _, o := range s.Seen {
			if o.Step.Mark == mark && o.Out.tried != nil {
				out = o.Out
			}
		}
	}
	return out
}

// at are the findings of a hop.
func (s *Survey) at(part setup.Part) (list []setup.FindingBody) {
	for _, f := range s.Findings {
		if f.Hop() == part {
			list = append(list, f)
		}
	}
	return list
}

// alike are the settings of a hop that would look like what was seen, where nobody
// could tell them apart; "" for none.
func (s *Survey) alike(part setup.Part) string {
	var words []string
	for _, o := range s.Seen {
		for _, c := range o.Obs.Causes {
			for _, or := range c.Or {
				if or.Hop() == part && !c.Passing && !slices.Contains(words, or.Words()) {
					words = append(words, or.Words())
				}
			}
		}
	}
	return setup.Or(words)
}

// faulty is a hop with findings; ok is false if it has none. Requests end at one whose
// thing is missing, or of which callers get no right answer.
func (s *Survey) faulty(h setup.Hop) (_ setup.Hop, ok bool) {
	list := s.at(h.Part)
	if len(list) == 0 {
		return h, false
	}
	out := s.outside()
	answers := out.tried != nil && out.tried.Proved()
	worst, ends := list[0], false
	for _, f := range list {
		gone := strings.HasSuffix(f.Key, "/missing") && f.StepID != policiesStep().ID
		if stops := gone || f.Effect != nil && !f.Passes && !answers; stops && !ends {
			worst, ends = f, true
		}
	}
	h.State = setup.HopDiffers
	if ends {
		h.State = setup.HopWrong
	}
	h.Claim, h.Text = wrongClaim(worst), wrongText(worst, s.Env.Setup.Revision)
	switch n := len(list) - 1; {
	case n == 1:
		h.Text += " 1 more thing of this hop differs."
	case n > 1:
		h.Text += " " + setup.Count(n, "more thing") + " of this hop differ."
	}
	h.Asked = s.Evidence(worst)
	return h, true
}

// nameHop is DNS: where callers of the name are led.
func (s *Survey) nameHop() setup.Hop {
	h := setup.Hop{Part: setup.PartName, ID: trafficTarget(s.Env), Claim: "Not known", Text: "Where DNS leads the name was not seen."}
	t := s.traffic()
	h.Asked = s.nameAsked()
	asked := h.Asked
	if s.Here == setup.No && s.Env.Setup.Spec.Domain.Switch == setup.SwitchLater {
		h.State, h.Claim = setup.HopAway, "Leads elsewhere"
		if h.Text, h.ID = s.awayText(); h.ID == "" {
			h.Claim = "No record yet"
		}
		return h
	}
	here := t != nil && ownLead(t)
	if bad, is := s.faulty(h); is {
		bad.State = setup.HopWrong
		if here {
			bad.State = setup.HopDiffers
		}
		if t != nil && len(t.Leads) > 0 && !here {
			bad.ID = setup.And(t.Leads)
		}
		bad.Asked = slices.Concat(first(asked, 1), bad.Asked)
		return bad
	}
	switch {
	case s.Here == setup.No && t != nil && !here:
		h.State, h.Claim, h.Text = setup.HopWrong, "Leads elsewhere", "DNS leads callers to "+setup.Or(t.Leads)+"."
		if len(t.Leads) == 0 {
			h.Claim, h.Text = "Has no address", "No server that was asked knows an address of the name."
		}
	case s.Here == setup.Yes && t != nil && len(t.Right)+len(t.Other) == 0 && len(t.None) > 0:
		h.Text = "The record is as wanted, and DNS has no address of what it leads to."
	case s.Here == setup.Yes && here:
		h.State, h.Claim, h.Text = setup.HopRight, "Leads to CloudFront", rightServers(t)
	}
	return h
}

// traffic is where servers of DNS lead the name; nil: none was asked.
func (s *Survey) traffic() *probe.Traffic {
	for _, o := range s.Seen {
		if o.Out.traffic != nil && o.Step.Mark == setup.MarkLive {
			return o.Out.traffic
		}
	}
	if s.Leads != nil {
		return s.Leads.traffic
	}
	return nil
}

// ownLead says whether the zone's own servers lead to the distribution, or
// resolvers if none of those answered.
func ownLead(t *probe.Traffic) bool {
	direct := slices.ContainsFunc(t.A, func(v probe.View) bool { return !v.Resolver && v.Err == nil })
	return slices.ContainsFunc(t.A, func(v probe.View) bool {
		return v.Resolver != direct && slices.Contains(t.Right, v.Server)
	})
}

// edgeHop is CloudFront: that it answers callers with the name's certificate, and is
// set as wanted.
func (s *Survey) edgeHop(fault bool) setup.Hop {
	h := setup.Hop{Part: setup.PartEdge, ID: s.Env.Resources.ID(setup.KeyDistribution), Claim: "Not known", Text: "No request came as far as CloudFront."}
	if bad, is := s.faulty(h); is {
		return bad
	}
	out := s.outside()
	e := out.through(probe.ThroughEdge)
	set, read := s.of(distributionStep())
	deployed, known := s.of(deployedStep())
	switch {
	case e == nil:
		return h
	case !read || set.State != Ready && set.State != Drifted || !known:
		h.Text = "Requests passed CloudFront. How it is set could not be read."
		return h
	case deployed.State == Pending:
		h.State, h.Claim, h.Text = setup.HopDiffers, "Changing", "CloudFront is copying changed settings to its locations."
		return h
	case deployed.State != Ready:
		h.Text = deployed.Summary
		return h
	}
	h.State, h.Past, h.Claim, h.Text = setup.HopRight, fault, "Your certificate, nothing kept", edgeText(*e)
	switch spec := s.Env.Setup.Spec; {
	case spec.Edge.Keeps():
		h.Claim = "Your certificate, answers kept"
	case spec.CachingAsFound():
		h.Claim = "Your certificate"
	}
	h.Asked = []setup.Asked{out.askedRequest(*e), probe.AskedTLS(*e), askedAgain(s.Env, distributionStep(), "", set.Summary)}
	return h
}

// originHop is the way from CloudFront to API Gateway: over HTTPS, to the custom
// domain, with the name as Host.
func (s *Survey) originHop(fault bool) setup.Hop {
	h := setup.Hop{Part: setup.PartOrigin, ID: domainTarget(s.Env), Claim: "Not known", Text: "No request came as far as API Gateway."}
	if bad, is := s.faulty(h); is {
		return bad
	}
	out := s.outside()
	set, read := s.of(distributionStep())
	if read && set.State != Ready && set.State != Drifted {
		h.Text = "There is no distribution of which the origin could be looked at."
		return h
	}
	domain, known := s.of(domainStep())
	if !read || !known || domain.State != Ready {
		h.Text = "How the origin or the custom domain is set could not be read."
		return h
	}
	e := out.through(func(e *setup.Evidence) bool { return probe.ThroughEdge(e) && e.FromGateway() && !probe.KeptCopy(e) })
	if e == nil {
		e = out.by(setup.RungRegional)
	}
	if e == nil {
		return h
	}
	h.State, h.Past, h.Claim = setup.HopRight, fault, "HTTPS only, Host kept"
	h.Text = "API Gateway answered for the name, and its certificate covers it."
	if e.Rung == setup.RungRegional {
		h.Text = "Asked without CloudFront, API Gateway answered for the name with its certificate. OriginProtocolPolicy and Host are set as wanted."
	}
	// The look at the distribution compared the field, and found it as wanted.
	origin := askedAgain(s.Env, distributionStep(), "OriginProtocolPolicy", fieldWords("OriginProtocolPolicy", string(types.OriginProtocolPolicyHttpsOnly)))
	h.Asked = []setup.Asked{origin, askedAgain(s.Env, domainStep(), "", domain.Summary), out.askedRequest(*e)}
	return h
}

// apiHop is API Gateway behind its door: that each path answers.
func (s *Survey) apiHop(fault bool) setup.Hop {
	h := setup.Hop{Part: setup.PartGateway, Claim: "Not known", Text: "No request came as far as the API."}
	if list := s.Env.Setup.Spec.API.Mappings; len(list) == 1 {
		h.ID = list[0].APIID
	}
	if bad, is := s.faulty(h); is {
		return bad
	}
	out := s.outside()
	mapped, known := s.of(mappingsStep())
	switch {
	case out.tried == nil:
		return h
	case !known || mapped.State != Ready:
		h.Text = "How the paths are mapped could not be read."
		return h
	case out.tried.locked != nil:
		h.Text = "No request was sent: a key is missing."
		return h
	case out.tried.unopened:
		h.Text = "API Gateway was asked without opening the WebSocket, which says nothing of the API. Check now opens it."
		return h
	}
	paths, rung := out.tried.Paths, setup.RungName
	if !allProved(paths) {
		if !fault {
			return h
		}
		if paths, rung = s.proofBelow(out); rung == "" {
			return h
		}
	}
	h.State, h.Past = setup.HopRight, fault
	h.Claim, h.Text = apiWords(paths, rung, out.tried.left, fault)
	for _, p := range paths {
		if p.Seen != nil {
			h.Asked = append(h.Asked, out.askedRequest(*p.Seen))
		}
	}
	return h
}

func allProved(list []probe.PathReading) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(p probe.PathReading) bool { return p.Proof == probe.NoProof })
}

// proofBelow is the proof that every path answers when it is asked past CloudFront: at
// API Gateway with the name, or at the API's own name. Without a rung there is none.
func (s *Survey) proofBelow(out Outside) ([]probe.PathReading, setup.Rung) {
	_, wanted := aimAt(s.Env, out.tried.mappings)
	wanted.Methods, wanted.ViewerProtocol, wanted.Keeps = nil, "", new(false)
	for _, rungs := range [][]setup.Rung{{setup.RungAPI, setup.RungRegional}, {setup.RungAPI}} {
		seen := slices.DeleteFunc(slices.Clone(out.tried.seen), func(e setup.Evidence) bool { return !slices.Contains(rungs, e.Rung) })
		top := rungs[len(rungs)-1]
		r := probe.Decode(seen, setup.Configured{}, wanted)
		if allProved(r.Paths) && !slices.ContainsFunc(r.Paths, func(p probe.PathReading) bool { return p.Rung != top }) {
			return r.Paths, top
		}
	}
	return nil, ""
}

// through is the first answer that came by way of the distribution and is such.
func (o Outside) through(such func(*setup.Evidence) bool) *setup.Evidence {
	if o.tried == nil {
		return nil
	}
	for _, rung := range []setup.Rung{setup.RungName, setup.RungDistribution} {
		for i, e := range o.tried.seen {
			if e.Rung == rung && e.Status != 0 && e.Failed == "" && such(&o.tried.seen[i]) {
				return &o.tried.seen[i]
			}
		}
	}
	return nil
}

// by is the first answer of API Gateway's on a rung.
func (o Outside) by(rung setup.Rung) *setup.Evidence {
	if o.tried == nil {
		return nil
	}
	for i, e := range o.tried.seen {
		if e.Rung == rung && e.Failed == "" && e.FromGateway() {
			return &o.tried.seen[i]
		}
	}
	return nil
}
