//go:build browser

package main

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/store"
)

// changeStates are reviews of a change: of much, of nothing, with a path that is
// taken out, of another name, and of a setup that others have changed meanwhile.
func changeStates(t *testing.T) (all []state) {
	serving := func() (*stage, setup.Setup) {
		s := newStage(t, true)
		d := s.draft(stageSpec("api.harborview.example", 3))
		s.start(d, setup.JobApply, setup.JobInput{}).finish()
		v, err := s.store.Setup(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		return s, v
	}
	s, v := serving()
	s.looks[setup.LookRequests] = setup.Requests{Until: time.Now().Add(-4 * time.Minute), Paths: []setup.StageCount{
		{Path: "", API: "orders-api", Stage: "prod", Kind: setup.APIKindHTTP, Requests: 12_061},
	}}
	draft := func(change func(*setup.Spec)) string {
		spec := stageSpec("api.harborview.example", 3)
		change(&spec)
		made, err := s.store.OpenChange(t.Context(), store.Change{By: demoName, Setup: v, Spec: spec, Anew: true})
		if err != nil {
			t.Fatal(err)
		}
		path := "/drafts/" + made.Draft.ID + "/"
		for _, page := range wizardPages {
			s.read(path+page, path+page)
		}
		return path
	}
	much := draft(func(sp *setup.Spec) {
		sp.API.Mappings = sp.API.Mappings[1:]
		sp.API.Mappings[0].Stage = "beta"
		sp.Edge.Caching, sp.Edge.TTL = setup.CachingFixed, 3600
		sp.Edge.WebACL = "arn:aws:wafv2:us-east-1:482177301954:global/webacl/a-rather-long-name-as-some-people-have-them/0c2f91c3-5a3b-4d19-9c1e-2b7f6a0e8d11"
		sp.Edge.Tags = []setup.Tag{{Key: "team", Value: "shop"}, {Key: "cost-centre", Value: "4711"}}
	})
	all = append(all,
		state{name: "change-much", on: s, path: much + "review"},
		state{name: "change-nothing", on: s, path: draft(func(*setup.Spec) {}) + "review"},
		state{name: "change-another-name", on: s, path: draft(func(sp *setup.Spec) { sp.Domain.Name = "next.harborview.example" }) + "review"},
	)
	s, v = cachedStage(t, serving)
	s.looks[setup.LookRequests] = setup.Requests{Unknown: "The permission cloudwatch:GetMetricData would tell."}
	uncosted := draft(func(sp *setup.Spec) { sp.Edge.Comment = "uncosted" })
	all = append(all,
		state{name: "change-kept", on: s, path: draft(func(sp *setup.Spec) {
			sp.Edge.Caching, sp.Edge.TTL = setup.CachingFixed, 60
			sp.API.Mappings[1].Stage, sp.API.Mappings = "beta", sp.API.Mappings[:2]
		}) + "review"},
		state{name: "review-cost", on: s, path: costed(t, s, draft(func(sp *setup.Spec) {
			sp.Edge.WebACL = "arn:aws:wafv2:us-east-1:482177301954:global/webacl/w/0c2f91c3-5a3b-4d19-9c1e-2b7f6a0e8d11"
		})) + "review"},
		state{name: "review-cost-422", on: s, path: uncosted + "cost", from: uncosted + "review", form: url.Values{"requests": {"many"}, "answer-size": {"big"}}, status: 422},
		state{name: "change-kept-off", on: s, path: draft(func(*setup.Spec) {}) + "review"},
	)
	all = append(all, comparedStates(t)...)
	s, v = serving()
	behind := draft(func(sp *setup.Spec) { sp.Edge.Comment = "mine" })
	sp := v.Spec
	sp.Edge.Methods = setup.MethodsRead
	other, err := s.store.OpenChange(t.Context(), store.Change{By: "Jonas Lind", Setup: v, Spec: sp})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.StartJob(t.Context(), store.NewJob{DraftID: other.Draft.ID, Kind: setup.JobApply, By: "Jonas Lind", Steps: []store.NewStep{{ID: "identity", Title: "Check the account", Service: "STS"}}}); err != nil {
		t.Fatal(err)
	}
	return append(all,
		state{name: "change-behind", on: s, path: behind + "review"},
		state{name: "change-behind-409", on: s, path: behind + "start", from: behind + "review", form: url.Values{}, status: 409},
		state{name: "setup-of-that-name", on: s, path: "/drafts/" + s.draft(stageSpec("api.harborview.example", 3)).ID + "/review"},
	)
}

// comparedStates are reviews while AWS is compared, where that takes too long or fails,
// and where nothing differs.
func comparedStates(t *testing.T) (all []state) {
	lines := []setup.PlanLine{
		{StepID: "certificate-edge", Title: "Request certificate, us-east-1", Action: setup.PlanReuse, Ready: true, Summary: "ACM, issued"},
		{StepID: "certificate-regional", Title: "Request certificate, eu-west-1", Action: setup.PlanReuse, Ready: true, Summary: "ACM, issued"},
		{StepID: "validation", Title: "Add validation record", Action: setup.PlanReuse, Ready: true, Summary: "Route 53, 1 record"},
		{StepID: "issued-edge", Action: setup.PlanWait, Ready: true}, {StepID: "issued-regional", Action: setup.PlanWait, Ready: true},
		{StepID: "domain", Title: "Create custom domain", Action: setup.PlanReuse, Ready: true, Summary: "Regional, TLS 1.2"},
		{StepID: "mappings", Title: "Map 3 paths", Action: setup.PlanReuse, Ready: true, Summary: "3 paths"},
		{StepID: "policies", Title: "Create cache policy", Action: setup.PlanReuse, Ready: true, Summary: "Managed by AWS"},
		{StepID: "distribution", Title: "Create distribution", Action: setup.PlanReuse, Ready: true, Summary: "E2QWX7K1M9PLTB"},
		{StepID: "deployed", Action: setup.PlanWait, Ready: true}, {StepID: "preview", Action: setup.PlanWait},
		{StepID: "dns", Title: "Move traffic", Action: setup.PlanReuse, Ready: true, Summary: "Route 53, 2 records"},
		{StepID: "live", Action: setup.PlanWait}, {StepID: "remove", Action: setup.PlanReuse, Ready: true},
	}
	for name, c := range map[string]struct {
		plan   any
		change func(*setup.Spec)
		after  time.Duration // since the review was asked for
	}{
		"change-comparing":        {change: func(sp *setup.Spec) { sp.Edge.Comment = "shop" }},
		"change-compare-late":     {change: func(sp *setup.Spec) { sp.Edge.Comment = "shop" }, after: time.Minute},
		"change-compare-failed":   {plan: &setup.Problem{What: "AWS did not answer.", Why: "The connection was closed.", Fix: "Compare again."}, change: func(sp *setup.Spec) { sp.Edge.Comment = "shop" }},
		"change-nothing-to-apply": {plan: setup.Plan{Lines: lines}, change: func(*setup.Spec) {}},
		"change-small":            {plan: setup.Plan{Lines: changedLine(lines)}, change: func(sp *setup.Spec) { sp.Edge.Comment, sp.Edge.Methods = "shop", setup.MethodsRead }},
		"review-comparing":        {},
	} {
		now := time.Now()
		s := newStageAt(t, true, func() time.Time { return now })
		if c.plan != nil {
			s.looks[setup.LookPlan] = c.plan
		}
		d := s.draft(stageSpec("api.harborview.example", 3))
		path := "/drafts/" + d.ID + "/"
		if c.change != nil {
			s.start(d, setup.JobApply, setup.JobInput{}).finish()
			v, err := s.store.Setup(t.Context(), d.ID)
			if err != nil {
				t.Fatal(err)
			}
			spec := v.Spec
			c.change(&spec)
			made, err := s.store.OpenChange(t.Context(), store.Change{By: demoName, Setup: v, Spec: spec, Anew: true})
			if err != nil {
				t.Fatal(err)
			}
			path = "/drafts/" + made.Draft.ID + "/"
		}
		for _, page := range wizardPages[:5] {
			s.read(path+page, path+page)
		}
		if s.v.open(path + "review"); c.plan != nil {
			s.work()
		}
		now = now.Add(c.after)
		all = append(all, state{name: name, on: s, path: path + "review"})
	}
	return all
}

// changedLine are lines of which the one of the distribution changes something.
func changedLine(lines []setup.PlanLine) []setup.PlanLine {
	lines = slices.Clone(lines)
	for i, l := range lines {
		if l.StepID == "distribution" {
			lines[i].Action, lines[i].Ready, lines[i].Changes = setup.PlanChange, false, []setup.Change{{Field: "AllowedMethods", Is: "7 methods", Want: "GET, HEAD"}, {Field: "Comment", Want: "shop"}}
		}
	}
	return lines
}

// cachedStage is a stage whose setup keeps answers, by its second revision.
func cachedStage(t *testing.T, serving func() (*stage, setup.Setup)) (*stage, setup.Setup) {
	t.Helper()
	s, v := serving()
	v.Spec.Edge.Caching, v.Spec.Edge.TTL = setup.CachingFixed, 36000
	id, err := s.store.StartJob(t.Context(), store.NewJob{SetupID: v.ID, Want: &v.Spec, Why: "Change", Kind: setup.JobApply, By: demoName, Steps: []store.NewStep{{ID: "identity", Title: "Check the account"}}})
	if err == nil {
		err = s.store.CancelJob(t.Context(), id, demoName)
	}
	if err == nil {
		v, err = s.store.Setup(t.Context(), v.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

// costed says how much the setup of a draft, by its address, is used.
func costed(t *testing.T, s *stage, path string) string {
	t.Helper()
	id := strings.Trim(strings.TrimPrefix(path, "/drafts/"), "/")
	if err := s.store.SaveUsage(t.Context(), id, setup.Usage{Requests: 1_234_567_890, AnswerSize: 12_345}); err != nil {
		t.Fatal(err)
	}
	return path
}
