//go:build browser

package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/store"
)

// checked carries out the check of a setup that is ordered, or one that a person
// asks for.
func (s *stage) checked(d setup.Setup, o store.CheckOutcome) {
	s.t.Helper()
	o.Lines = append(o.Lines, []setup.CheckLine{
		{Title: "Certificate, us-east-1", Result: setup.LineRight, Text: "Issued, 190 days left", Took: 310 * time.Millisecond},
		{Title: "Distribution", Result: setup.LineWrong, Text: "2 settings differ", Took: 840 * time.Millisecond},
		{Title: "Traffic record", Result: setup.LineRemark, Text: "Found, beside a record that somebody added", Took: 45 * time.Millisecond},
		{Title: "Name", Result: setup.LineUnknown, Text: "DNS did not answer within 5 seconds", Took: 5 * time.Second},
	}...)
	o.Looked = []setup.StepID{"distribution", "dns", "live", "mappings", "validation"}
	ctx := s.t.Context()
	p, found, err := s.store.NextCheck(ctx, "w")
	if err == nil && !found {
		if err = s.store.AskCheck(ctx, d.ID, demoName); err == nil {
			p, found, err = s.store.NextCheck(ctx, "w")
		}
	}
	if err == nil && !found {
		err = errors.New("no check is due")
	}
	if err == nil {
		err = s.store.FinishCheck(ctx, "w", p, o)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// stagedFindings are what can be wrong, from what callers notice to what they
// do not.
func stagedFindings() []setup.FindingBody {
	reached := &setup.Problem{
		What: "The test of /orders did not reach the API.", Why: "CloudFront could not connect to its origin and answered 502 by itself.", Fix: "Set OriginProtocolPolicy to https-only, then re-run the step.",
		Service: "CloudFront", Said: "502 ERROR: We can't connect to the server for this app or website at this time.", Ref: "xJ4l2-k9W",
	}
	return []setup.FindingBody{
		{Key: "distribution/OriginProtocolPolicy", StepID: "distribution", Part: setup.PartOrigin, Setting: setup.SettingOriginProtocol, Title: "Differs: the origin's protocol (OriginProtocolPolicy)", Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only", Effect: reached, Paths: []string{"orders"}, Repair: true},
		{Key: "distribution/CachePolicyId", StepID: "distribution", Part: setup.PartEdge, Setting: setup.SettingCaching, Title: "Differs: the caching", Field: "CachePolicyId", Is: "658327ea-f89d-4fab-a63d-7e88639e58f6", Want: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", Repair: true},
		{Key: "validation/missing", StepID: "validation", Part: setup.PartName, Setting: setup.SettingValidationRecord, Title: "Missing: the validation record", Want: "1 record for both certificates", Repair: true},
		{Key: "live/proxy/x", StepID: "live", Part: setup.PartName, Setting: setup.SettingProxy, Title: "Another server stands before the name.", Effect: &setup.Problem{What: "Another server stands before the name.", Why: "A proxy of the DNS provider answers for it.", Fix: "Switch the proxy off."}, Fix: "Switch the proxy off."},
		{Key: "live/deployed/x", StepID: "live", Part: setup.PartEdge, Setting: setup.SettingDeployed, Title: "Not all locations have the newest configuration.", Effect: &setup.Problem{What: "Not all locations have the newest configuration.", Why: "Some answer as before."}, Passes: true},
	}
}

// checkStates are the page of a setup in every state, with what is not right.
func checkStates(t *testing.T) (all []state) {
	serves, silent, away := setup.Sight{Here: setup.Yes, Answers: setup.Yes}, setup.Sight{Here: setup.Yes, Answers: setup.No}, setup.Sight{Here: setup.No, Answers: setup.Yes}
	healthy := store.CheckOutcome{Result: setup.CheckHealthy, Sight: serves}
	wrong := func(sight setup.Sight, list ...setup.FindingBody) store.CheckOutcome {
		o := store.CheckOutcome{Result: setup.CheckFindings, Sight: sight, Findings: list}
		if sight.Answers == setup.No {
			o.Problem = list[0].Effect
		}
		return o
	}
	blind := store.CheckOutcome{Result: setup.CheckCouldNot, Problem: expired()}
	s := newStage(t, true) // all of them, for the list
	for _, c := range []struct {
		name string
		come func(d setup.Setup)
	}{
		{"serving", func(d setup.Setup) {
			s.checked(d, healthy)
			s.checked(d, healthy)
			s.checked(d, wrong(serves, stagedFindings()[1]))
			s.checked(d, healthy)
		}},
		{"checking", func(d setup.Setup) {
			s.checked(d, healthy)
			if err := s.store.AskCheck(t.Context(), d.ID, demoName); err != nil {
				t.Fatal(err)
			}
			if _, found, err := s.store.NextCheck(t.Context(), "w"); err != nil || !found { // a worker is at it
				t.Fatal(err)
			}
		}},
		{"drifted", func(d setup.Setup) { s.checked(d, wrong(serves, stagedFindings()[1])) }},
		{"not-answering", func(d setup.Setup) {
			s.checked(d, healthy)
			s.checked(d, wrong(silent, stagedFindings()[0]))
			s.checked(d, wrong(silent, stagedFindings()...))
			now, err := s.store.Situation(t.Context(), d)
			for _, f := range now.Findings {
				if err == nil && f.Setting == setup.SettingValidationRecord {
					err = s.store.MuteFinding(t.Context(), d.ID, f.ID, true, demoName)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
		}},
		{"not-checked", func(d setup.Setup) {
			s.checked(d, blind)
			s.checked(d, blind)
		}},
		{"ready", func(d setup.Setup) { s.later(d, setup.JobApply); s.checked(d, wrong(away)) }},
		{"moved-back", func(d setup.Setup) { s.later(d, setup.JobRestore); s.checked(d, wrong(away)) }},
		{"changing", func(d setup.Setup) {
			s.checked(d, wrong(serves, stagedFindings()[1]))
			s.start(d, setup.JobApply, setup.JobInput{}).done("identity")
		}},
		{"failed", func(d setup.Setup) {
			s.checked(d, wrong(serves, stagedFindings()[1]))
			j := s.start(d, setup.JobApply, setup.JobInput{})
			j.pass("identity", store.Outcome{State: setup.StepFailed, Problem: expired()})
			s.checked(d, wrong(serves, stagedFindings()[1]))
		}},
		{"not-finished", nil},
		{"hostile", func(d setup.Setup) {
			nasty := `"><script>alert(1)</script></code></details><img src=x onerror=alert(1)> ]]> -->` + "\u202edrawkcab " + strings.Repeat("W", 300)
			var list []setup.FindingBody
			for i := range 40 {
				f := stagedFindings()[i%3]
				f.Key, f.Title, f.Field, f.Is, f.Want = fmt.Sprint(i), "Differs: "+nasty, nasty, nasty, nasty
				f.Effect = &setup.Problem{What: nasty, Why: nasty, Said: nasty, Service: "CloudFront"}
				list = append(list, f)
			}
			s.checked(d, wrong(serves, list...))
		}},
	} {
		d := s.draft(stageSpec(c.name+".harborview.example", 3))
		j := s.start(d, setup.JobApply, setup.JobInput{})
		if c.come == nil {
			j.done("identity")
			if err := s.store.CancelJob(t.Context(), j.id, demoName); err != nil {
				t.Fatal(err)
			}
		} else {
			j.finish()
			c.come(d)
		}
		all = append(all, state{name: "check-" + c.name, on: s, path: "/setups/" + d.ID})
		if c.name == "changing" {
			all = append(all, state{name: "check-409", on: s, path: "/setups/" + d.ID + "/findings/back", from: "/setups/" + d.ID, form: url.Values{}, status: 409})
		}
		if c.name == "serving" {
			all = append(all, state{name: "check-404", on: s, path: "/setups/" + d.ID + "/findings/gone/mute", from: "/setups/" + d.ID, form: url.Values{}, status: 404})
		}
	}
	return append(all, state{name: "check-home", on: s, path: "/"})
}

// later ends a job of a new revision whose traffic moves later.
func (s *stage) later(d setup.Setup, kind setup.JobKind) {
	s.t.Helper()
	v, err := s.store.Setup(s.t.Context(), d.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	v.Spec.Domain.Switch = setup.SwitchLater
	s.mu.Lock()
	s.low = 0
	s.mu.Unlock()
	id, err := s.store.StartJob(s.t.Context(), store.NewJob{SetupID: v.ID, Want: &v.Spec, Kind: kind, By: demoName, Steps: []store.NewStep{{ID: "identity", Title: "Check the account"}}})
	if err != nil {
		s.t.Fatal(err)
	}
	j := &stagedJob{stage: s, id: id, first: s.low, rows: map[setup.StepID]int64{"identity": s.low}}
	j.done("identity")
}
