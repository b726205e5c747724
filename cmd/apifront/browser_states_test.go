//go:build browser

package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
)

// A state is a page as somebody meets it.
type state struct {
	name   string // also that of its pictures
	on     *stage
	path   string
	form   url.Values // sent to path as a form; nil: the page is only read
	from   string     // page with the form; "": path
	nobody bool       // read by somebody who is not signed in
	alien  bool       // the form stands on a page of another place
	status int        // 0: 200
}

func (st state) want() int {
	if st.status == 0 {
		return http.StatusOK
	}
	return st.status
}

func (st state) request(base string) (*http.Request, error) {
	if st.form == nil {
		return http.NewRequest(http.MethodGet, base+st.path, nil)
	}
	r, err := http.NewRequest(http.MethodPost, base+st.path, strings.NewReader(st.form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if err == nil && st.alien {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	return r, err
}

// everyState makes every page in every state.
func everyState(t *testing.T) (all []state) {
	t.Helper()
	for _, some := range []func(*testing.T) []state{doorStates, homeStates, wizardStates, reviewStates, changeStates, jobStates, longStates, setupStates, errorStates, answerStates, sharedStates, keyStates, testStates, seenStates, scriptStates, checkStates, trailStates, noticeStates, teardownStates, dnsStates, doctorStates, adoptStates, moveStates, secretStates} {
		all = append(all, some(t)...)
	}
	return all
}

func doorStates(t *testing.T) []state {
	first, known := newStage(t, false), newStage(t, true)
	began := time.Now()
	tries := newStageAt(t, true, func() time.Time { return began }) // the wait stays as long as it is
	for range 6 {                                                   // the sixth has to wait
		tries.body(state{path: "/sign-in", nobody: true, form: url.Values{"email": {"jonas@apifront.example"}, "password": {"guess"}}})
	}
	provided := newStageWith(t, true, handlers.Config{OIDC: &handlers.OIDC{Issuer: "http://127.0.0.1:1", ClientID: "c"}})
	only := newStageWith(t, false, handlers.Config{OIDC: &handlers.OIDC{Issuer: "http://127.0.0.1:1", ClientID: "c", Only: true}})
	d := startDemo(t, "instant") // for the page that tells the password
	demo := &stage{t: t, handler: nil, url: d.app.url, v: newVisitor(t, d.app.url)}
	demo.v.signIn()
	return []state{
		{name: "welcome", on: first, path: "/welcome", nobody: true},
		{name: "welcome-422", on: first, path: "/welcome", nobody: true, form: url.Values{"code": {"wrong"}, "email": {"mira"}}, status: 422},
		{name: "welcome-next", on: known, path: "/welcome/next"},
		{name: "sign-in", on: known, path: "/sign-in", nobody: true},
		{name: "sign-in-demo", on: demo, path: "/sign-in", nobody: true},
		{name: "sign-in-422", on: known, path: "/sign-in", nobody: true, form: url.Values{"email": {demoEmail}, "password": {"guess"}}, status: 422},
		{name: "sign-in-429", on: tries, path: "/sign-in", nobody: true, form: url.Values{"email": {"jonas@apifront.example"}, "password": {"guess"}}, status: 429},
		{name: "sign-in-provider", on: provided, path: "/sign-in", nobody: true},
		{name: "sign-in-provider-only", on: only, path: "/sign-in", nobody: true},
		{name: "sign-in-provider-400", on: provided, path: "/sign-in/oidc/callback", nobody: true, status: 400},
		{name: "sign-in-provider-502", on: provided, path: "/sign-in/oidc", nobody: true, status: 502},
		{name: "home-demo", on: demo, path: "/"},
		{name: "console-demo", on: newStageWith(t, true, handlers.Config{Demo: &handlers.Demo{}}), path: "/console?address=" + url.QueryEscape("https://us-east-1.console.aws.amazon.com/cloudfront/v4/home#/distributions/E2QWX7K1M9PLTB")},
	}
}

func wizardStates(t *testing.T) (all []state) {
	waiting, failed, fresh, long := newStage(t, true), newStage(t, true), newStage(t, true), newStage(t, true)
	for k := range failed.looks {
		failed.looks[k] = expired()
	}
	empty := newStage(t, true) // an account without anything in it
	empty.looks[setup.LookAPIs], empty.looks[setup.LookZones] = []setup.APIInfo{}, []setup.Zone{}
	empty.looks[setup.LookCertificates], empty.looks[setup.LookName] = []setup.CertificateInfo{}, setup.NameFacts{}
	label := "a-rather-long-label-as-some-people-have-them-for-no-good-reason"
	for name, s := range map[string]*stage{"waiting": waiting, "failed": failed, "fresh": fresh, "long": long, "empty": empty} {
		spec := stageSpec("api.harborview.example", 1)
		if name == "long" {
			spec = stageSpec(label+"."+label+"."+label+".harborview.example", 30)
			spec.Edge.Comment = strings.Repeat("W", 128)
		}
		draft := "/drafts/" + s.draft(spec).ID + "/"
		for _, page := range wizardPages {
			if name != "waiting" {
				s.read(draft+page, draft+page)
			}
			all = append(all, state{name: page + "-" + name, on: s, path: draft + page})
		}
	}
	unchosen := stageSpec("api.harborview.example", 1)
	unchosen.API.Mappings = nil
	none := "/drafts/" + fresh.draft(unchosen).ID + "/api"
	fresh.read(none, none)
	all = append(all, state{name: "api-unchosen", on: fresh, path: none})
	unnamed := "/drafts/" + fresh.draft(stageSpec("", 1)).ID + "/domain" // the zones are named before a name is typed
	fresh.read(unnamed, unnamed)
	all = append(all, state{name: "domain-unnamed", on: fresh, path: unnamed})
	undelegated := newStage(t, true) // nobody leads to the hosted zone yet
	undelegated.looks[setup.LookName] = setup.NameFacts{ZoneApex: "example", Cut: &setup.ZoneCut{Apex: "example", Servers: []string{"a.nic.example"}, Direct: true}}
	undelegated.looks[setup.LookZones] = []setup.Zone{{
		ID: "Z1", Name: "harborview.example", State: setup.NotDelegated, Refused: "DNS does not lead to it.",
		NameServers: []string{"ns-64.awsdns-04.com", "ns-65.awsdns-05.net", "ns-66.awsdns-06.org", "ns-67.awsdns-07.co.uk"},
	}}
	lost := "/drafts/" + undelegated.draft(stageSpec("api.harborview.example", 1)).ID + "/domain"
	undelegated.read(lost, lost)
	all = append(all, state{name: "domain-undelegated", on: undelegated, path: lost})
	fromEdge := newStage(t, true) // an edge-optimised custom domain has the name
	fromEdge.looks[setup.LookName] = setup.NameFacts{
		CNAME: "d3qk8x2m7v1zab.cloudfront.net", ZoneApex: "harborview.example", NameServers: []string{"ns-1.awsdns-00.com"},
		Edge: &setup.AliasHolder{Kind: setup.HolderEdge, Alias: "api.harborview.example", ID: "d3qk8x2m7v1zab.cloudfront.net", Region: "eu-west-1"},
	}
	spec := stageSpec("api.harborview.example", 1)
	spec.Domain.FromEdge = true
	moved := "/drafts/" + fromEdge.draft(spec).ID + "/domain"
	fromEdge.read(moved, moved)
	all = append(all, state{name: "domain-from-edge", on: fromEdge, path: moved})
	draft := "/drafts/" + fresh.draft(stageSpec("api.harborview.example", 2)).ID + "/"
	for page, typed := range map[string]url.Values{
		"account": {"region": {"mars-1"}}, "api": {"path-0": {"/my orders"}}, "domain": {"domain": {"203.0.113.7"}},
		"certificates": {"edge": {"arn:aws:acm:us-east-1:482177301954:certificate/gone"}}, "edge": {"wait": {"forever"}, "tls": {"SSLv3"}, "tags": {"team"}},
	} {
		fresh.read(draft+page, draft+page)
		form := formOf(fresh.v.page)
		for k, v := range typed {
			form[k] = v
		}
		form.Set("go", "next")
		all = append(all, state{name: page + "-422", on: fresh, path: draft + page, form: form, status: 422})
	}
	fresh.v.open(strings.TrimSuffix(draft, "/") + "/delete")
	return append(all, state{name: "draft-delete", on: fresh, path: draft + "delete"},
		state{name: "plan-panel", on: fresh, path: draft + "plan"})
}

// formOf is what the page's main form holds.
func formOf(doc *goquery.Document) url.Values {
	v := url.Values{}
	doc.Find("form#page").First().Find("input, select, textarea").Each(func(_ int, e *goquery.Selection) {
		name, kind := e.AttrOr("name", ""), e.AttrOr("type", "")
		_, on := e.Attr("checked")
		switch {
		case name == "" || kind == "submit" || (kind == "radio" || kind == "checkbox") && !on:
		case e.Is("select"):
			o := e.Find("option[selected]")
			if o.Length() == 0 {
				o = e.Find("option").First()
			}
			v.Add(name, o.AttrOr("value", ""))
		case e.Is("textarea"):
			v.Add(name, e.Text())
		default:
			v.Add(name, e.AttrOr("value", ""))
		}
	})
	return v
}

func reviewStates(t *testing.T) (all []state) {
	for name, plan := range map[string]any{
		"passed": stageLooks()[setup.LookPlan],
		"blocked": setup.Plan{At: time.Now(), Lines: []setup.PlanLine{{
			StepID: "distribution", Title: "Create distribution", Service: "CloudFront", Action: setup.PlanStop, Summary: "The name is taken",
			Problem: &setup.Problem{What: "Another distribution of this account has this name.", Why: "CloudFront lets one distribution answer for a name.", Fix: "Take the name off E2QWX7K1M9PLTB first.", Service: "CloudFront", Said: "CNAMEAlreadyExists"},
		}}},
		"unanswered": stageLooks()[setup.LookPlan],
	} {
		s := newStage(t, true)
		s.looks[setup.LookPlan] = plan
		spec := stageSpec("api.harborview.example", 3)
		if name == "unanswered" {
			spec.API.Mappings = nil
		}
		draft := "/drafts/" + s.draft(spec).ID + "/"
		for _, page := range wizardPages {
			s.read(draft+page, draft+page)
		}
		all = append(all, state{name: "review-" + name, on: s, path: draft + "review"})
	}
	return all
}

// finish carries a job to its end, with the steps that only some jobs have.
func (j *stagedJob) finish(more ...string) *stagedJob {
	j.t.Helper()
	j.done("identity")
	j.done(more...)
	j.done("certificate-edge", "certificate-regional", "validation", "issued-regional", "issued-edge", "domain", "mappings", "distribution", "deployed", "preview")
	for _, r := range []setup.Resource{
		{Key: setup.KeyCertificateEdge, Type: "Certificate", ID: "0c2f91c3", ARN: "arn:aws:acm:us-east-1:482177301954:certificate/0c2f91c3-5a3b-4d19-9c1e-2b7f6a0e8d11", State: "ISSUED"},
		{Key: setup.KeyDistribution, Type: "Distribution", ID: "E2QWX7K1M9PLTB", ARN: "arn:aws:cloudfront::482177301954:distribution/E2QWX7K1M9PLTB", State: "Deployed", Attributes: map[string]string{setup.AttrDomainName: "d1x7q2k9v4m0ab.cloudfront.net"}},
		{Key: setup.KeyRecordTraffic, Type: "Traffic record", ID: "api.harborview.example", Attributes: map[string]string{
			setup.AttrPrevious: `[{"type":"A","name":"api.harborview.example","value":"203.0.113.40","ttl":300}]`,
			setup.AttrRecords:  `[{"type":"CNAME","name":"api.harborview.example","value":"d1x7q2k9v4m0ab.cloudfront.net","ttl":300}]`,
		}},
	} {
		r.Owned = true
		job, err := j.store.Job(j.t.Context(), j.id)
		if err == nil {
			err = j.store.SaveResource(j.t.Context(), job.SetupID, r)
		}
		if err != nil {
			j.t.Fatal(err)
		}
	}
	j.done("dns", "live", "remove")
	return j
}

func mappingRefused() store.Outcome {
	return store.Outcome{State: setup.StepFailed, Summary: "/orders is mapped, /billing is not", Problem: &setup.Problem{
		What: "Path /billing was not mapped.", Why: "The API behind this path no longer exists.", Fix: "Choose another API, then re-run the step.",
		Ref: "31b7d2f8-9a40-4c55-8be1-f20c7e6a9d13", Service: "API Gateway", Said: "BadRequestException: Invalid API identifier specified: k3v9x2p1qa",
	}}
}

func jobStates(t *testing.T) (all []state) {
	s := newStage(t, true)
	look := func(name string, j *stagedJob) {
		all = append(all, state{name: "job-" + name, on: s, path: fmt.Sprintf("/jobs/%d", j.id)})
	}
	job := func(name, dns string) *stagedJob {
		spec := stageSpec(name+".harborview.example", 2)
		spec.Domain.DNS = dns
		return s.start(s.draft(spec), setup.JobApply, setup.JobInput{})
	}
	look("new", job("new", setup.DNSRoute53))

	running := job("running", setup.DNSRoute53)
	running.done("identity", "certificate-edge")
	running.pass("certificate-regional", store.Outcome{State: setup.StepRunning, Summary: "Asked for", After: time.Hour}, stageCall("acm", "RequestCertificate"))
	look("running", running)
	all = append(all, state{name: "job-cancel", on: s, path: fmt.Sprintf("/jobs/%d/cancel", running.id)})

	half := job("half", setup.DNSRoute53)
	half.done("identity", "certificate-edge", "certificate-regional", "validation", "issued-regional", "issued-edge", "domain")
	half.pass("mappings", mappingRefused(), setup.Call{Service: "apigatewayv2", Operation: "CreateApiMapping", Status: 400, Code: "BadRequestException", Message: "Invalid API identifier specified: k3v9x2p1qa", RequestID: "31b7d2f8-9a40-4c55-8be1-f20c7e6a9d13", Write: true, Took: time.Second})
	half.pass("distribution", store.Outcome{State: setup.StepRunning, Summary: "Being made", After: time.Hour}, stageCall("cloudfront", "CreateDistribution"))
	look("running-with-failure", half)

	yours := job("yours", setup.DNSElsewhere)
	yours.done("identity", "certificate-edge", "certificate-regional")
	yours.pass("validation", store.Outcome{State: setup.StepNeedsYou, Summary: "1 record to add", After: time.Hour, Records: []setup.Record{
		{Type: "CNAME", Name: "_a79865eb4cd1a6ab990a45779b4e0b96.yours.harborview.example", Value: "_424c7224e9b0146f9a8808af955727d0.acm-validations.aws", TTL: 300, Why: "Shows ACM that the name is yours."},
	}}, stageCall("dns", "CNAME _a79865eb4cd1a6ab990a45779b4e0b96.yours.harborview.example"))
	look("needs-you", yours)
	ovh := job("ovh", setup.DNSElsewhere)
	ovh.done("identity", "certificate-edge", "certificate-regional")
	ovh.pass("validation", store.Outcome{State: setup.StepNeedsYou, Summary: "1 record to add", After: time.Hour, Records: []setup.Record{
		{Type: "CNAME", Name: "_a79865eb4cd1a6ab990a45779b4e0b96.ovh.harborview.example", Value: "_424c7224e9b0146f9a8808af955727d0.acm-validations.aws", TTL: 300, Why: "Shows ACM that the name is yours.", Apex: "harborview.example", Servers: []string{"dns19.ovh.net.", "ns19.ovh.net."}},
	}}, stageCall("dns", "CNAME _a79865eb4cd1a6ab990a45779b4e0b96.ovh.harborview.example"))
	look("needs-you-ovh", ovh)

	failed := job("failed", setup.DNSRoute53)
	failed.done("identity")
	lost := stageCall("acm", "RequestCertificate")
	lost.Status, lost.Code, lost.Message, lost.RequestID, lost.Write = 0, setup.CodeNoAnswer, "connection reset by peer", "", true
	failed.pass("certificate-edge", store.Outcome{State: setup.StepDone, Summary: "ACM, requested"}, lost, stageCall("acm", "RequestCertificate"))
	failed.done("certificate-regional", "validation", "issued-regional", "issued-edge")
	failed.turn("domain", "API Gateway allows one new domain name every 30 s", 18*time.Second)
	failed.done("domain")
	failed.pass("mappings", mappingRefused())
	failed.pass("distribution", store.Outcome{State: setup.StepFailed, Summary: "Refused", Problem: &setup.Problem{
		What: "CloudFront did not create the distribution.", Why: "CloudFront must verify this account first.", Fix: "Ask AWS Support, then re-run the step.", Service: "CloudFront", Said: "AccessDenied: " + strings.Repeat("Your account must be verified before you can add new CloudFront resources. ", 4), Ref: "9f31b7d2",
	}})
	look("failed", failed)

	refused := job("refused", setup.DNSRoute53)
	refused.done("identity", "certificate-edge", "certificate-regional", "validation")
	refused.pass("issued-regional", store.Outcome{State: setup.StepFailed, Summary: "Refused", Problem: &setup.Problem{
		What: "ACM did not issue the certificates in eu-west-1 and us-east-1.", Code: "CAA_ERROR", Service: "ACM", Said: "FAILED, CAA_ERROR",
		Why: `At harborview.example DNS has CAA 0 issue "letsencrypt.org". These records name who may issue certificates for this name, and Amazon is not among them.`,
		Fix: `Add the CAA record 0 issue "amazon.com" at harborview.example beside those that are there, then choose "Re-run from here" at the step Request certificate, eu-west-1. A request that failed cannot be revived; the failed one costs nothing.`,
		Add: []setup.Record{{Type: "CAA", Name: "harborview.example", Value: `0 issue "amazon.com"`}}, From: "certificate-regional", Also: []setup.StepID{"certificate-edge"}, Act: "Request new certificates",
	}})
	look("refused", refused)

	cancelled := job("cancelled", setup.DNSRoute53)
	cancelled.done("identity", "certificate-edge")
	if err := s.store.CancelJob(t.Context(), cancelled.id, demoName); err != nil {
		t.Fatal(err)
	}
	look("cancelled", cancelled)

	succeeded := job("succeeded", setup.DNSRoute53).finish()
	look("succeeded", succeeded)
	all = append(all, state{name: "job-cancel-409", on: s, path: fmt.Sprintf("/jobs/%d/cancel", succeeded.id), form: url.Values{}, status: 409})
	row, err := s.store.Job(t.Context(), succeeded.id)
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.store.Setup(t.Context(), row.SetupID)
	if err != nil {
		t.Fatal(err)
	}
	clear := s.start(d, setup.JobInvalidate, setup.JobInput{Paths: []string{"/orders/*"}})
	clear.done("identity")
	look("invalidate", clear)
	elsewhere := job("back", setup.DNSElsewhere).finish()
	if row, err = s.store.Job(t.Context(), elsewhere.id); err != nil {
		t.Fatal(err)
	}
	if d, err = s.store.Setup(t.Context(), row.SetupID); err != nil {
		t.Fatal(err)
	}
	back := s.start(d, setup.JobRestore, setup.JobInput{})
	back.done("identity")
	back.pass("dns-restore", store.Outcome{State: setup.StepNeedsYou, Summary: "1 record to change back", After: time.Hour, Records: []setup.Record{
		{Type: "A", Name: "back.harborview.example", Value: "203.0.113.40", TTL: 300, Why: "Sends clients back to the old server."},
	}}, stageCall("dns", "A back.harborview.example"))
	look("restore", back)
	again := fmt.Sprintf("/jobs/%d/steps/certificate-regional/rerun-from", failed.id)
	s.read(again) // once no job ends any more
	all = append(all, state{name: "job-again", on: s, path: again})
	return all
}

// longStates are jobs with much of everything.
func longStates(t *testing.T) []state {
	s := newStage(t, true)
	label := "a-rather-long-label-as-some-people-have-them-for-no-good-reason"
	j := s.start(s.draft(stageSpec(label+"."+label+".harborview.example", 30)), setup.JobApply, setup.JobInput{})
	steps := []string{"identity", "certificate-edge", "certificate-regional", "validation", "issued-regional"}
	for _, step := range steps {
		var calls []setup.Call
		for i := range 100 {
			c := stageCall("apigatewayv2", fmt.Sprintf("Get%sNumber%d", strings.ReplaceAll(step, "-", ""), i))
			c.RequestID = fmt.Sprintf("31b7d2f8-%04x-4c55-8be1-f20c7e6a%04x", i*641, i*97)
			calls = append(calls, c)
		}
		j.pass(setup.StepID(step), store.Outcome{State: setup.StepDone, Summary: "As wanted"}, calls...)
	}
	path := fmt.Sprintf("/jobs/%d", j.id)
	return []state{
		{name: "job-500-calls", on: s, path: path},
		{name: "job-hostile", on: s, path: hostileJob(s)},
	}
}

// hostileJob is a job with everything that AWS may say to break a page.
func hostileJob(s *stage) string {
	s.t.Helper()
	spec := stageSpec("hostile.harborview.example", 1)
	spec.API.Mappings[0].APIName = `"><script>alert(1)</script>&amp;`
	j := s.start(s.draft(spec), setup.JobApply, setup.JobInput{})
	j.pass("identity", store.Outcome{State: setup.StepFailed, Summary: `<b>"refused"</b>`, Problem: &setup.Problem{
		What: "AWS did not say who we are.", Why: "It answered with something else.", Fix: "Re-run the step.", Service: "STS",
		Said: strings.Repeat("WWWWWWWWWW", 40) + ` </code></details><img src=x onerror=alert(1)> ]]> --> ` + "\u202edrawkcab",
	}})
	return fmt.Sprintf("/jobs/%d", j.id)
}

func setupStates(t *testing.T) []state {
	s := newStage(t, true)
	d := s.draft(stageSpec("api.harborview.example", 30))
	s.start(d, setup.JobApply, setup.JobInput{}).finish()
	old := s.revisions("old.harborview.example")
	started := s.draft(stageSpec("new.harborview.example", 1))
	s.start(started, setup.JobApply, setup.JobInput{}).done("identity")
	return []state{
		{name: "setup", on: s, path: "/setups/" + d.ID},
		{name: "setup-policy", on: s, path: "/setups/" + d.ID + "/policy"},
		{name: "draft-policy", on: s, path: "/drafts/" + s.draft(stageSpec("next.harborview.example", 3)).ID + "/policy"},
		{name: "draft-policy-unfinished", on: s, path: "/drafts/" + s.draft(setup.DefaultSpec()).ID + "/policy"},
		{name: "setup-policy-teardown", on: s, path: "/setups/" + d.ID + "/policy?kind=teardown"},
		{name: "setup-revisions", on: s, path: "/setups/" + old.SetupID},
		{name: "setup-revisions-older", on: s, path: "/setups/" + old.SetupID + "?before=3"},
		{name: "compare-revisions", on: s, path: "/setups/" + old.SetupID + "/compare?from=1&to=12"},
		{name: "compare-jobs", on: s, path: fmt.Sprintf("/setups/%s/compare?job=%d&with=%d", old.SetupID, old.ID, old.ID+5)},
		{name: "jobs-compare", on: s, path: "/jobs?setup=" + old.SetupID},
		{name: "compare-one", on: s, path: "/setups/" + d.ID + "/compare"},
		{name: "setup-traffic-409", on: s, path: "/setups/" + d.ID + "/traffic/move", from: "/setups/" + d.ID, form: url.Values{}, status: 409},
		{name: "job-old", on: s, path: fmt.Sprintf("/jobs/%d", old.ID)},
		{name: "job-old-409", on: s, path: fmt.Sprintf("/jobs/%d/steps/identity/rerun-from", old.ID), from: fmt.Sprintf("/jobs/%d", old.ID), form: url.Values{}, status: 409},
		{name: "setup-at-work", on: s, path: "/setups/" + started.ID},
		{name: "clear-off", on: s, path: "/setups/" + d.ID + "/clear"},
		{name: "clear-at-work", on: s, path: "/setups/" + started.ID + "/clear"},
		{name: "started-draft-409", on: s, path: "/drafts/" + started.ID + "/start", from: "/setups/" + started.ID, form: url.Values{}, status: 409},
		{name: "signed-out", on: s, path: "/sign-in?next=%2Fjobs%2F1", nobody: true},
	}
}

// revisions makes a setup of many revisions and drafts, of which the last has the
// traffic moved later. It returns the first job.
func (s *stage) revisions(name string) setup.Job {
	s.t.Helper()
	ctx := s.t.Context()
	first := s.start(s.draft(stageSpec(name, 3)), setup.JobApply, setup.JobInput{}).finish()
	j, err := s.store.Job(ctx, first.id)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range 12 {
		v, err := s.store.Setup(ctx, j.SetupID)
		if err != nil {
			s.t.Fatal(err)
		}
		v.Spec.Edge.Comment, v.Spec.Domain.Switch = fmt.Sprint(i), setup.SwitchLater
		id, err := s.store.StartJob(ctx, store.NewJob{SetupID: v.ID, Want: &v.Spec, Why: strings.Repeat("A long reason of a person ", i), Kind: setup.JobRestore, By: demoName, Steps: []store.NewStep{{ID: "identity", Title: "Check the account"}}})
		if err == nil {
			err = s.store.CancelJob(ctx, id, demoName)
		}
		if err == nil {
			_, err = s.store.OpenChange(ctx, store.Change{By: fmt.Sprint("Person ", i), Setup: v, Spec: v.Spec, CameFrom: i % 2})
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return j
}
