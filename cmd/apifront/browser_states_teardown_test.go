//go:build browser

package main

import (
	"errors"
	"fmt"
	"net/url"
	"testing"
	"time"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// takeDown starts the job that takes a setup down.
func (s *stage) takeDown(d setup.Setup) *stagedJob {
	s.t.Helper()
	v, err := s.store.Setup(s.t.Context(), d.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	v.Spec.Gone = &setup.Gone{Name: setup.GoneBack}
	n := store.NewJob{SetupID: v.ID, Want: &v.Spec, Why: "Take down", Kind: setup.JobTeardown, By: demoName}
	return s.startJob(n, steps.Rows(setup.JobTeardown, v.Spec))
}

// has says what became of a thing in a teardown: it is gone, or it stays for a reason.
func (j *stagedJob) has(r setup.Resource, gone bool, stays string) {
	j.t.Helper()
	r.Owned = true
	if gone {
		r.RemovedAt = time.Now()
	}
	if stays != "" {
		r.LeftSince, r.Attributes = time.Now(), map[string]string{setup.AttrLeft: stays}
	}
	job, err := j.store.Job(j.t.Context(), j.id)
	if err == nil {
		err = j.store.SaveResource(j.t.Context(), job.SetupID, r)
	}
	if err != nil {
		j.t.Fatal(err)
	}
}

// stillComing is what a teardown asks while callers still come.
func stillComing(what string) *setup.Problem {
	return &setup.Problem{
		What: what, Code: setup.CodeCallersCome, Meanwhile: true,
		Why: "No cache should lead callers of stay.harborview.example here any more. Those who still come keep an address of CloudFront: programs that have not asked DNS again, health checks, or scanners. They get an error as soon as the distribution is switched off.",
		Fix: "Wait: the job looks again by itself and goes on when they have left. Or go on, if they may get an error.",
	}
}

// teardownStates are the page that takes a setup down, its job, and what the setup
// is then.
func teardownStates(t *testing.T) []state {
	t.Helper()
	s := newStage(t, true)
	made := func(label, dns string) setup.Setup {
		spec := stageSpec(label+".harborview.example", 3)
		spec.Domain.DNS = dns
		d := s.draft(spec)
		j := s.start(d, setup.JobApply, setup.JobInput{}).finish()
		row, err := s.store.Job(t.Context(), j.id)
		v, err2 := s.store.Setup(t.Context(), row.SetupID)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		return v
	}
	ready, working, waiting, broken, gone := made("down", setup.DNSRoute53), made("going", setup.DNSRoute53), made("yours", setup.DNSElsewhere), made("plan", setup.DNSRoute53), made("gone", setup.DNSRoute53)
	first := s.draft(stageSpec("first.harborview.example", 1))
	cut := s.start(first, setup.JobApply, setup.JobInput{})
	cut.done("identity")
	if err := s.store.CancelJob(t.Context(), cut.id, demoName); err != nil {
		t.Fatal(err)
	}
	at := s.takeDown(working)
	at.done("identity", "dns-leave", "drain", "disable", "mappings-delete")
	at.pass("disabled", store.Outcome{State: setup.StepRunning, Summary: "CloudFront is copying the settings to its locations", After: time.Minute})
	you := s.takeDown(waiting)
	you.done("identity")
	you.pass("dns-leave", store.Outcome{State: setup.StepNeedsYou, Summary: "Waits for you to put A 203.0.113.40 back", After: time.Hour, Records: []setup.Record{
		{Type: "A", Name: waiting.Name(), Value: "203.0.113.40", TTL: 300, Apex: "harborview.example", Servers: []string{"ada.ns.cloudflare.com"}},
	}})
	servers := []string{"ada.ns.cloudflare.com", "rob.ns.cloudflare.com"}
	hand := made("hand", setup.DNSElsewhere)
	byHand := s.takeDown(hand)
	byHand.done("identity")
	byHand.pass("dns-leave", store.Outcome{State: setup.StepNeedsYou, Summary: "Waits until " + hand.Name() + " leads elsewhere", After: time.Hour, Problem: &setup.Problem{
		What: "The name still leads to CloudFront.", Why: "The record of " + hand.Name() + " leads to the distribution d1x7q2k9v4m0ab.cloudfront.net. apifront did not write it, or was told to leave it to you.",
		Fix:  "Change or delete the record where the DNS of " + hand.Name() + " is managed. The job looks again by itself and goes on then.",
		Drop: []setup.Record{{Type: "CNAME", Name: hand.Name(), Value: "d1x7q2k9v4m0ab.cloudfront.net", TTL: 300, Apex: "harborview.example", Servers: servers}},
	}})
	plan := s.takeDown(broken)
	plan.done("identity", "dns-leave", "drain", "disable", "disabled", "mappings-delete", "domain-delete", "certificate-regional-delete")
	plan.pass("distribution-delete", store.Outcome{State: setup.StepFailed, Summary: "CloudFront keeps the distribution because of its pricing plan.", Problem: &setup.Problem{
		What: "CloudFront keeps the distribution because of its pricing plan.", Why: "A distribution in a flat-rate pricing plan cannot be deleted before the plan is cancelled and its billing month is over.",
		Fix: "Cancel the pricing plan in the CloudFront console, wait until the billing month is over, then re-run the step.", Service: "CloudFront",
	}})
	cutOff := s.takeDown(made("half", setup.DNSRoute53))
	cutOff.done("identity", "dns-leave")
	if err := s.store.CancelJob(t.Context(), cutOff.id, demoName); err != nil {
		t.Fatal(err)
	}
	over := s.takeDown(gone)
	over.done("identity", "dns-leave", "drain", "disable", "disabled", "distribution-delete", "policies-delete", "mappings-delete", "domain-delete", "certificate-regional-delete", "certificate-edge-delete")
	over.pass("validation-delete", store.Outcome{State: setup.StepDone, Summary: "Stays, because the certificate arn:aws:acm:us-east-1:482177301954:certificate/caaf3d1b-a5ef-4e24-a1a8-b9e0d9ebe282 renews with it"})
	for _, j := range []*stagedJob{at, over} {
		j.has(setup.Resource{Key: setup.MappingKey("orders"), Type: "Path mapping", ID: "a7k2m4", Attributes: map[string]string{setup.AttrAPI: "a1b2c3d4e5", setup.AttrStage: "prod"}}, true, "")
		j.has(setup.Resource{Key: setup.KeyCachePolicy, Type: "Cache policy", ID: "7f3a9c1e-2b7f-4d19-9c1e-0c2f91c35a3b"}, false, "Used by the distribution E463BOM0AC4CN4.")
	}
	for _, r := range []setup.Resource{
		{Key: setup.KeyDistribution, Type: "Distribution", ID: "E2QWX7K1M9PLTB"}, {Key: setup.KeyRecordTraffic, Type: "Traffic record", ID: "api.harborview.example"},
		{Key: setup.KeyCertificateEdge, Type: "Certificate", ID: "0c2f91c3", Region: "us-east-1"},
	} {
		over.has(r, true, "")
	}
	stay := s.takeDown(made("stay", setup.DNSRoute53))
	stay.done("identity", "dns-leave")
	stay.pass("drain", store.Outcome{State: setup.StepNeedsYou, Summary: "Callers still come", After: time.Minute, Problem: stillComing("38 requests a minute still reach CloudFront.")}, stageCall("cloudwatch", "GetMetricData"))
	many := s.takeDown(made("a-name-that-is-so-long-that-it-hardly-fits-into-any-line-of-a-page", setup.DNSRoute53))
	many.done("identity", "dns-leave")
	many.pass("drain", store.Outcome{State: setup.StepNeedsYou, Summary: "Callers still come", After: time.Minute, Problem: stillComing("1,234,567,890 requests a minute still reach CloudFront.")}, stageCall("cloudwatch", "GetMetricData"))
	counting := s.takeDown(made("counting", setup.DNSRoute53))
	counting.done("identity", "dns-leave")
	counting.pass("drain", store.Outcome{State: setup.StepRunning, Summary: "CloudWatch has not counted yet who still comes. It is some minutes late", After: time.Minute}, stageCall("cloudwatch", "GetMetricData"))
	unknown := s.takeDown(made("unknown", setup.DNSRoute53))
	unknown.done("identity", "dns-leave")
	unknown.pass("drain", store.Outcome{State: setup.StepDone, Summary: "No cache leads callers to CloudFront any more. Whether some still come is not known: the permission cloudwatch:GetMetricData would tell"}, setup.Call{
		Service: "cloudwatch", Operation: "GetMetricData", Region: "us-east-1", Status: 403, Code: "AccessDenied", RequestID: "31b7d2f8-9a40-4c55-8be1-f20c7e6a9d13", Took: 61 * time.Millisecond,
		Message: "User: arn:aws:iam::482177301954:user/mira is not authorized to perform: cloudwatch:GetMetricData because no identity-based policy allows the cloudwatch:GetMetricData action",
	})
	unknown.pass("disable", store.Outcome{State: setup.StepRunning, Summary: "Switches the distribution off", After: time.Minute})
	on := s.takeDown(made("on", setup.DNSRoute53))
	on.done("identity", "dns-leave")
	on.pass("drain", store.Outcome{State: setup.StepDone, Summary: demoName + " went on: 38 requests a minute still reach CloudFront"}, stageCall("cloudwatch", "GetMetricData"))
	on.pass("disable", store.Outcome{State: setup.StepRunning, Summary: "Switches the distribution off", After: time.Minute})
	asking := made("asking", setup.DNSRoute53)
	right := setup.Check{Result: setup.CheckGood, Title: "The connection leads to the right account", Text: "AWS says: arn:aws:iam::482177301954:user/mira."}
	s.looks[setup.LookTeardown] = []setup.Check{right, {
		Result: setup.CheckBad, Title: "The job would be refused", Text: "IAM says that the connection may not use what is named here, on what the job uses it for.",
		Items: []string{"acm:DeleteCertificate", "apigateway:RemoveCertificateFromDomain", "cloudfront:DeleteCachePolicy", "cloudfront:DeleteDistribution"},
		Fix:   `Give the connection the policy "Take down" of this setup. It can be taken away again afterwards.`,
	}}
	s.read("/setups/" + ready.ID + "/teardown")
	s.looks[setup.LookTeardown] = []setup.Check{right, {Result: setup.CheckGood, Title: "Every action of the job is allowed", Text: "IAM says so of 31 actions, each with the resource it is for."}, {
		Result: setup.CheckUnknown, Title: "Not known: whether callers still come",
		Text: "The connection may not use cloudwatch:GetMetricData. So the job asks nobody before it switches the distribution off, and callers who keep an address of CloudFront get an error then.",
		Fix:  `With the policy "Take down" of this setup the job looks, and waits for you if somebody still comes.`,
	}}
	s.read("/setups/" + first.ID + "/teardown")
	page := func(d setup.Setup) string { return "/setups/" + d.ID }
	job := func(j *stagedJob) string { return fmt.Sprintf("/jobs/%d", j.id) }
	return []state{
		{name: "teardown", on: s, path: page(ready) + "/teardown"},
		{name: "teardown-asking", on: s, path: page(asking) + "/teardown"},
		{name: "teardown-elsewhere", on: s, path: page(waiting) + "/teardown"},
		{name: "teardown-422", on: s, path: page(ready) + "/teardown", form: url.Values{"name": {"www.harborview.example"}}, status: 422},
		{name: "teardown-409", on: s, path: page(working) + "/teardown", from: page(working), form: url.Values{"name": {working.Name()}}, status: 409},
		{name: "teardown-clean-up", on: s, path: page(first) + "/teardown"},
		{name: "setup-not-finished", on: s, path: page(first)},
		{name: "setup-being-taken-down", on: s, path: page(working)},
		{name: "setup-half-taken-down", on: s, path: page(broken)},
		{name: "setup-taken-down", on: s, path: page(gone)},
		{name: "job-teardown", on: s, path: job(at)},
		{name: "job-teardown-cancel", on: s, path: job(at) + "/cancel"},
		{name: "job-teardown-stopped", on: s, path: job(cutOff)},
		{name: "job-teardown-needs-you", on: s, path: job(you)},
		{name: "job-teardown-by-hand", on: s, path: job(byHand)},
		{name: "job-teardown-callers", on: s, path: job(stay)},
		{name: "job-teardown-callers-many", on: s, path: job(many)},
		{name: "job-teardown-callers-counting", on: s, path: job(counting)},
		{name: "job-teardown-callers-unknown", on: s, path: job(unknown)},
		{name: "job-teardown-callers-went-on", on: s, path: job(on)},
		{name: "job-teardown-callers-409", on: s, path: job(on) + "/steps/drain/go-on", from: job(on), form: url.Values{}, status: 409},
		{name: "job-teardown-failed", on: s, path: job(plan)},
		{name: "job-teardown-done", on: s, path: job(over)},
		{name: "home-teardowns", on: s, path: "/"},
		{name: "home-taken-down", on: s, path: "/?state=taken-down"},
	}
}
