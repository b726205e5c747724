//go:build browser

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// dnsStage makes setups and jobs whose traffic moves.
type dnsStage struct{ *stage }

// made is a setup that a job has made.
func (s dnsStage) made(label, dns, when string) setup.Setup {
	s.t.Helper()
	spec := stageSpec(label+".harborview.example", 2)
	spec.Domain.DNS, spec.Domain.Switch = dns, when
	d := s.draft(spec)
	j := s.start(d, setup.JobApply, setup.JobInput{})
	j.done("identity", "certificate-edge", "certificate-regional", "validation", "issued-regional", "issued-edge", "domain", "mappings", "distribution", "deployed", "preview", "dns")
	if when == setup.SwitchAtEnd {
		j.done("live")
	}
	j.done("remove")
	row, err := s.store.Job(s.t.Context(), j.id)
	if err != nil {
		s.t.Fatal(err)
	}
	v, err := s.store.Setup(s.t.Context(), row.SetupID)
	if err != nil {
		s.t.Fatal(err)
	}
	s.save(v.ID, setup.Resource{Key: setup.KeyDistribution, Type: "Distribution", ID: "E2QWX7K1M9PLTB", Owned: true, State: "Deployed", Attributes: map[string]string{setup.AttrDomainName: "d1x7q2k9v4m0ab.cloudfront.net"}})
	return v
}

func (s dnsStage) save(id string, r setup.Resource) {
	s.t.Helper()
	if err := s.store.SaveResource(s.t.Context(), id, r); err != nil {
		s.t.Fatal(err)
	}
}

// traffic stores the traffic record of a setup, which was moved some time ago.
func (s dnsStage) traffic(v setup.Setup, written bool, ago time.Duration, more map[string]string) {
	s.t.Helper()
	a := map[string]string{setup.AttrPrevious: fmt.Sprintf(`[{"type":"A","name":%q,"value":"203.0.113.40","ttl":3600},{"type":"AAAA","name":%q,"value":"2001:db8:40:1:2:3:4:5","ttl":3600}]`, v.Name(), v.Name())}
	if written {
		a[setup.AttrRecords] = fmt.Sprintf(`[{"type":"A","name":%q,"value":"d1x7q2k9v4m0ab.cloudfront.net","alias":true},{"type":"AAAA","name":%q,"value":"d1x7q2k9v4m0ab.cloudfront.net","alias":true}]`, v.Name(), v.Name())
	}
	if ago > 0 {
		a[setup.AttrMoved], a[setup.AttrMovedFrom] = s.store.Now().Add(-ago).UTC().Format(time.RFC3339), "3600"
	}
	for k, x := range more {
		a[k] = x
	}
	s.save(v.ID, setup.Resource{Key: setup.KeyRecordTraffic, Type: "DNS record", ID: v.Name(), Owned: written, State: "INSYNC", Attributes: a})
}

func (s dnsStage) looked(v setup.Setup, here setup.Whether, look setup.DNSLook) {
	s.checked(v, store.CheckOutcome{Result: setup.CheckHealthy, Sight: setup.Sight{Here: here, Answers: setup.Yes, Back: look.Back}, Name: &look})
}

// serverViews are what servers say: four name servers and three resolvers.
func serverViews(own string, ttl int, values []string, resolvers ...setup.DNSView) (list []setup.DNSView) {
	for i := range 4 {
		list = append(list, setup.DNSView{Server: fmt.Sprintf("ns-%d.awsdns-%02d.com", 412+i, i), Leads: own, Values: values, TTL: ttl})
	}
	return append(list, resolvers...)
}

func resolver(server, leads string, ttl int, values ...string) setup.DNSView {
	return setup.DNSView{Server: server, Resolver: true, Leads: leads, Values: values, TTL: ttl}
}

// dnsStates are the pages on which traffic moves and moves back.
func dnsStates(t *testing.T) (all []state) {
	t.Helper()
	s := dnsStage{newStage(t, true)}
	page := func(name string, v setup.Setup) {
		all = append(all, state{name: "dns-" + name, on: s.stage, path: "/setups/" + v.ID})
	}
	edge, old := []string{"198.51.100.7", "198.51.100.23", "2001:db8:f::7"}, []string{"203.0.113.40", "2001:db8:40:1:2:3:4:5"}

	moved := s.made("moved", setup.DNSRoute53, setup.SwitchAtEnd)
	s.traffic(moved, true, 7*time.Minute, nil)
	s.looked(moved, setup.Yes, setup.DNSLook{Zone: "harborview.example", Views: serverViews(setup.LeadsHere, 60, edge,
		resolver("192.0.2.53:53", setup.LeadsHere, 41, edge...), resolver("1.1.1.1:53", setup.LeadsElsewhere, 2950, old...), resolver("8.8.8.8:53", setup.LeadsSilent, 0))})
	page("moved", moved)

	odd := s.made("odd", setup.DNSRoute53, setup.SwitchAtEnd)
	s.traffic(odd, true, 0, nil)
	long := strings.Repeat("long-", 30) + ".provider.example"
	s.looked(odd, setup.Yes, setup.DNSLook{Zone: "harborview.example", Views: append(serverViews(setup.LeadsElsewhere, 86400, []string{long, `<b>"x"</b>`})[:1], serverViews(setup.LeadsNowhere, 0, nil)[1:]...)})
	page("long", odd)

	ready := s.made("ready", setup.DNSElsewhere, setup.SwitchLater)
	page("ready-never-asked", ready)
	still := s.made("still", setup.DNSElsewhere, setup.SwitchLater)
	s.looked(still, setup.No, setup.DNSLook{Zone: "harborview.example", OldTTL: 1800, Views: serverViews(setup.LeadsElsewhere, 1800, old[:1], resolver("192.0.2.53:53", setup.LeadsElsewhere, 600, old[:1]...))})
	page("ready", still)
	ours := s.made("ours", setup.DNSRoute53, setup.SwitchLater)
	s.looked(ours, setup.No, setup.DNSLook{Zone: "harborview.example", OldTTL: 3600, Views: serverViews(setup.LeadsElsewhere, 3600, old)})
	page("ready-route53", ours)
	slip := s.made("slip", setup.DNSElsewhere, setup.SwitchLater)
	s.looked(slip, setup.No, setup.DNSLook{Zone: "harborview.example", OldTTL: 1800, Views: serverViews(setup.LeadsElsewhere, 1800, old[:1]), Cause: &setup.Problem{
		What: "The name does not lead to the distribution.", Why: "The record is at slip.harborview.example.harborview.example: the provider added the zone to the name a second time.",
		Fix: "Enter the name without harborview.example at its end: slip.", Code: "traffic-doubled",
	}})
	page("ready-slip", slip)
	hand := s.made("hand", setup.DNSElsewhere, setup.SwitchLater)
	s.looked(hand, setup.No, setup.DNSLook{OldTTL: 1800, Views: serverViews(setup.LeadsElsewhere, 1800, old[:1])})
	s.looked(hand, setup.Yes, setup.DNSLook{Views: serverViews(setup.LeadsHere, 300, edge, resolver("192.0.2.53:53", setup.LeadsElsewhere, 900, old[:1]...))})
	page("moved-by-hand", hand)
	back := s.made("back", setup.DNSRoute53, setup.SwitchAtEnd)
	s.backBy(back, "Orders of two customers failed <b>twice</b>, ticket OPS-4711. We look at it on Monday and move again then.")
	s.traffic(back, false, 0, map[string]string{setup.AttrMoved: s.store.Now().Add(-20 * time.Second).UTC().Format(time.RFC3339), setup.AttrMovedFrom: "60", setup.AttrRestored: "9"})
	s.looked(back, setup.No, setup.DNSLook{OldTTL: 3600, Views: serverViews(setup.LeadsElsewhere, 3600, old, resolver("192.0.2.53:53", setup.LeadsElsewhere, 30, edge...))})
	page("moved-back", back)
	outside := s.made("outside", setup.DNSRoute53, setup.SwitchLater)
	s.traffic(outside, true, 0, nil)
	s.looked(outside, setup.No, setup.DNSLook{OldTTL: 3600, Back: true, Views: serverViews(setup.LeadsElsewhere, 3600, old)})
	page("moved-back-outside", outside)
	low := s.made("low", setup.DNSRoute53, setup.SwitchLater)
	s.traffic(low, false, 0, map[string]string{setup.AttrLowered: fmt.Sprintf(`{"job":3,"was":[{"type":"A","name":%q,"value":"203.0.113.40","ttl":3600}],"is":[{"type":"A","name":%q,"value":"203.0.113.40","ttl":60}]}`, low.Name(), low.Name())})
	s.looked(low, setup.No, setup.DNSLook{Views: serverViews(setup.LeadsElsewhere, 60, old[:1])})
	page("only-lowered", low)
	left := s.made("left", setup.DNSElsewhere, setup.SwitchLater)
	for _, ttl := range []int{3600, 60} {
		s.looked(left, setup.No, setup.DNSLook{Zone: "harborview.example", OldTTL: ttl, Views: serverViews(setup.LeadsElsewhere, ttl, old[:1])})
	}
	page("low-left", left)

	asked := s.made("asked", setup.DNSElsewhere, setup.SwitchLater)
	s.looked(asked, setup.No, setup.DNSLook{OldTTL: 1800, Views: serverViews(setup.LeadsElsewhere, 1800, old[:1])})
	if err := s.store.AskCheck(t.Context(), asked.ID, demoName); err != nil {
		t.Fatal(err)
	}
	page("asked", asked)

	return append(all, s.lowering()...)
}

// backBy ends a job that put the old record back, for a reason.
func (s dnsStage) backBy(v setup.Setup, reason string) {
	s.t.Helper()
	want := v.Spec
	want.Domain.Switch = setup.SwitchLater
	s.mu.Lock()
	s.low = 0
	s.mu.Unlock()
	id, err := s.store.StartJob(s.t.Context(), store.NewJob{
		SetupID: v.ID, Want: &want, Why: "Put the old record back", Kind: setup.JobRestore, By: demoName, Input: setup.JobInput{Reason: reason},
		Steps: []store.NewStep{{ID: "identity", Title: "Check the account"}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	j := &stagedJob{stage: s.stage, id: id, first: s.low, rows: map[setup.StepID]int64{"identity": s.low}}
	j.done("identity")
}

// lowering are jobs that lower the TTL first, and the card of the move by hand.
func (s dnsStage) lowering() (all []state) {
	s.t.Helper()
	input := setup.JobInput{LowerTTL: true}
	job := func(name, dns string) (*stagedJob, setup.Setup) {
		spec := stageSpec(name+".harborview.example", 2)
		spec.Domain.DNS = dns
		d := s.draft(spec)
		n := store.NewJob{DraftID: d.ID, Kind: setup.JobApply, Input: input, By: demoName}
		j := s.startJob(n, steps.JobRows(setup.JobApply, input, spec))
		row, err := s.store.Job(s.t.Context(), j.id)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, state{name: "dns-job-" + name, on: s.stage, path: fmt.Sprintf("/jobs/%d", j.id)})
		v, err := s.store.Setup(s.t.Context(), row.SetupID)
		if err != nil {
			s.t.Fatal(err)
		}
		return j, v
	}
	j, v := job("lower-by-hand", setup.DNSElsewhere)
	j.done("identity")
	j.pass("ttl", store.Outcome{State: setup.StepNeedsYou, Summary: "Waits for you to lower the TTL of CNAME shops.hosting.example", After: time.Hour, Records: []setup.Record{
		{Type: "CNAME", Name: v.Name(), Value: "shops.hosting.example", TTL: setup.LowTTL, Was: 86400, Seen: []string{"shops.hosting.example"}},
	}})
	j, v = job("lower-waits", setup.DNSRoute53)
	j.done("identity", "certificate-edge", "certificate-regional", "validation")
	until := s.store.Now().Add(47 * time.Minute).UTC().Truncate(time.Second)
	s.traffic(v, false, 0, map[string]string{setup.AttrLowered: fmt.Sprintf(`{"job":%d,"was":[{"type":"A","name":%q,"value":"203.0.113.40","ttl":3600}],"is":[{"type":"A","name":%q,"value":"203.0.113.40","ttl":60}],"until":%q}`,
		j.id, v.Name(), v.Name(), until.Format(time.RFC3339))})
	j.pass("ttl", store.Outcome{State: setup.StepRunning, Summary: "The TTL is 1 min. Old answers may live for 1 h from when it was lowered", After: 19 * time.Minute})
	j, v = job("traffic", setup.DNSElsewhere)
	s.save(v.ID, setup.Resource{Key: setup.KeyDistribution, Type: "Distribution", ID: "E2QWX7K1M9PLTC", Owned: true, State: "Deployed", Attributes: map[string]string{setup.AttrDomainName: "d1x7q2k9v4m0ab.cloudfront.net"}})
	j.done("identity", "certificate-edge", "certificate-regional", "validation", "issued-regional", "issued-edge", "domain", "mappings", "distribution", "deployed", "preview", "ttl")
	j.pass("dns", store.Outcome{State: setup.StepNeedsYou, Summary: "Waits for your CNAME record", After: time.Hour, Records: []setup.Record{
		{Type: "CNAME", Name: v.Name(), Value: "d1x7q2k9v4m0ab.cloudfront.net", TTL: 300, Was: 3600, Seen: []string{"203.0.113.40"}, Why: "Leads visitors to the distribution."},
	}})
	for _, provider := range [][2]string{{"cloudflare", "ada.ns.cloudflare.com."}, {"route53", "ns-64.awsdns-08.com."}} {
		j, v = job("traffic-"+provider[0], setup.DNSElsewhere)
		s.save(v.ID, setup.Resource{Key: setup.KeyDistribution, Type: "Distribution", ID: "E2QWX7K1M9PLTC", Owned: true, State: "Deployed", Attributes: map[string]string{setup.AttrDomainName: "d1x7q2k9v4m0ab.cloudfront.net"}})
		j.done("identity", "certificate-edge", "certificate-regional", "validation", "issued-regional", "issued-edge", "domain", "mappings", "distribution", "deployed", "preview", "ttl")
		j.pass("dns", store.Outcome{State: setup.StepNeedsYou, Summary: "Waits for your CNAME record", After: time.Hour, Records: []setup.Record{
			{Type: "CNAME", Name: v.Name(), Value: "d1x7q2k9v4m0ab.cloudfront.net", TTL: 300, Why: "Leads visitors to the distribution.", Apex: "harborview.example", Servers: provider[1:]},
		}})
	}
	j, v = job("traffic-lowered", setup.DNSElsewhere)
	j.done("identity", "certificate-edge", "certificate-regional", "validation", "issued-regional", "issued-edge", "domain", "mappings", "distribution", "deployed", "preview", "ttl")
	s.traffic(v, false, 0, map[string]string{setup.AttrLowered: fmt.Sprintf(`{"job":%d,"was":[{"type":"A","name":%q,"value":"203.0.113.40","ttl":3600}],"until":%q}`,
		j.id, v.Name(), s.store.Now().Add(22*time.Minute).UTC().Format(time.RFC3339))})
	j.pass("dns", store.Outcome{State: setup.StepNeedsYou, Summary: "Waits for your CNAME record", After: time.Hour, Records: []setup.Record{
		{Type: "CNAME", Name: v.Name(), Value: "d1x7q2k9v4m0ab.cloudfront.net", TTL: 300, Was: 60, Seen: []string{"203.0.113.40"}, Why: "Leads visitors to the distribution."},
	}})
	return all
}
