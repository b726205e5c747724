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
	now := s.store.Now()
	term := setup.Term{Key: setup.KeyCertificateEdge, ARN: "arn:aws:acm:us-east-1:482177301954:certificate/9c95d0f5-54c3-43e8-a259-0ba09c83fdde", Region: "us-east-1", Begins: now.Add(-86 * 24 * time.Hour), Ends: now.Add(112 * 24 * time.Hour)}
	o.Guard = setup.Guard{Terms: []setup.Term{term, term}}
	o.Guard.Terms[1].Region, o.Guard.Terms[1].Key = "eu-west-1", setup.KeyCertificateRegional
	if len(o.Findings) > 0 {
		o.Guard.Terms[1].Stops = []setup.Stop{{Kind: setup.StopDNS, Why: "None of the name servers of harborview.example has the record _5f2a.api.harborview.example.", Fix: "Add the record where harborview.example is managed."}}
	}
	for i := range o.Lines {
		o.Lines[i].Asked = stagedAsked(i)
	}
	if o.Hops == nil && o.Result.Told() {
		o.Hops = stagedHops("")
		if len(o.Findings) > 0 {
			o.Hops = stagedHops(o.Findings[0].Hop())
		}
		for i := range o.Hops {
			if h := &o.Hops[i]; o.Sight.Answers == setup.Yes && h.State == setup.HopWrong { // callers are served all the same
				h.State, h.Claim, h.Text = setup.HopDiffers, "Keeps answers otherwise", "CachePolicyId is CachingOptimized. Revision 1 wants CachingDisabled."
			}
			o.Hops[i].Past = o.Hops[i].Past && o.Sight.Answers != setup.Yes
		}
		if o.Sight.Here == setup.No {
			o.Hops[0] = setup.Hop{Part: setup.PartName, State: setup.HopAway, Claim: "Leads elsewhere", Text: "Route 53 has 203.0.113.40.", ID: "203.0.113.40"}
		}
	}
	o.Looked = []setup.StepID{"distribution", "dns", "live", "mappings", "validation"}
	ctx := s.t.Context()
	p, found, err := s.store.NextCheck(ctx, "w", 0)
	if err == nil && !found {
		if err = s.store.AskCheck(ctx, d.ID, demoName); err == nil {
			p, found, err = s.store.NextCheck(ctx, "w", 0)
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
		{Key: "distribution/OriginProtocolPolicy", StepID: "distribution", Part: setup.PartOrigin, Setting: setup.SettingOriginProtocol, Title: "Callers get 502, because CloudFront calls API Gateway over plain HTTP", Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only", Effect: reached, Paths: []string{"/orders"}, Repair: true, Evidence: stagedAsked(1)},
		{Key: "distribution/CachePolicyId", StepID: "distribution", Part: setup.PartEdge, Setting: setup.SettingCaching, Title: "CloudFront keeps answers, and signed-in callers can get each other's", Field: "CachePolicyId", Is: "658327ea-f89d-4fab-a63d-7e88639e58f6", Want: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", Repair: true},
		{Key: "distribution/OriginReadTimeout", StepID: "distribution", Part: setup.PartOrigin, Setting: setup.SettingOriginTimeout, Title: "Callers may wait longer for an error, because CloudFront waits up to 90 s for the API", Field: "OriginReadTimeout", Is: "90", Want: "60", Repair: true},
		{Key: "validation/missing", StepID: "validation", Part: setup.PartName, Setting: setup.SettingValidationRecord, Title: "The certificates will not renew by themselves, because the validation record is not there", Want: "1 record for both certificates", Repair: true},
		{Key: "live/proxy/x", StepID: "live", Part: setup.PartName, Setting: setup.SettingProxy, Title: "Another server stands before the name.", Effect: &setup.Problem{What: "Another server stands before the name.", Why: "A proxy of the DNS provider answers for it.", Fix: "Switch the proxy off."}, Fix: "Switch the proxy off."},
		{Key: "live/deployed/x", StepID: "live", Part: setup.PartEdge, Setting: setup.SettingDeployed, Title: "Not all locations have the newest configuration.", Effect: &setup.Problem{What: "Not all locations have the newest configuration.", Why: "Some answer as before."}, Passes: true},
	}
}

// stagedAsked are questions of the numbered look of a check.
func stagedAsked(i int) []setup.Asked {
	return [][]setup.Asked{
		{{What: "ACM DescribeCertificate in us-east-1", Answer: "ACM, issued", Line: "aws acm describe-certificate --region us-east-1 --certificate-arn arn:aws:acm:us-east-1:482177301954:certificate/9c95d0f5-54c3-43e8-a259-0ba09c83fdde --query Certificate.Status"}},
		{
			{What: "CloudFront GetDistributionConfig E76UANR3MTMUCF", Answer: "OriginProtocolPolicy: http-only", Line: `aws cloudfront get-distribution-config --id E76UANR3MTMUCF --query "DistributionConfig.Origins.Items[?Id=='apigw'].CustomOriginConfig.OriginProtocolPolicy"`, Bad: true},
			{What: "GET https://api.harborview.example/orders", Answer: "502 from CloudFront in 84 ms, X-Cache: Error from cloudfront", Line: `curl -i -H "X-Api-Key: $APIFRONT_PROBE_KEY_ORDERS" https://api.harborview.example/orders`, Bad: true},
		},
		{{What: "A api.harborview.example at ns-412.awsdns-51.com", Answer: "203.0.113.7, 203.0.113.8", Line: "dig +noall +answer A api.harborview.example @ns-412.awsdns-51.com"}},
		nil,
	}[i%4]
}

// stagedHops are the hops of a check, with a fault at one of them or at none.
func stagedHops(fault setup.Part) []setup.Hop {
	list := []setup.Hop{
		{Part: setup.PartName, State: setup.HopRight, Claim: "Leads to CloudFront", Text: "A and AAAA, the same at 4 name servers and 3 resolvers.", ID: "d2p2axlc6y10g2.cloudfront.net"},
		{Part: setup.PartEdge, State: setup.HopRight, Claim: "Your certificate, nothing kept", Text: "CloudFront (FRA56-P1) answered in 38 ms with a certificate that is valid until 20 Mar 2027.", ID: "E76UANR3MTMUCF"},
		{Part: setup.PartOrigin, State: setup.HopRight, Claim: "HTTPS only, Host kept", Text: "API Gateway answered for the name, and its certificate covers it.", ID: "d-zhy1roz7t3.execute-api.eu-west-1.amazonaws.com"},
		{Part: setup.PartGateway, State: setup.HopRight, Claim: "3 of 3 paths answer", Text: "/ 200, /orders 200, /partners 403 (it asks callers for a key or a signature)."},
	}
	wrong := map[setup.Part][2]string{
		setup.PartName: {"Has no record", "No server that was asked knows an address of the name."}, setup.PartEdge: {"Switched off", "Enabled is false. Revision 1 wants true."},
		setup.PartOrigin: {"Not over HTTPS only", "OriginProtocolPolicy is http-only. Revision 1 wants https-only."}, setup.PartGateway: {"A path is not mapped", "Mapping /orders is not there. Revision 1 wants k3v9x2p1qa, stage prod."},
	}
	past := false
	for i := range list {
		h := &list[i]
		h.Asked = stagedAsked(i)
		if h.Part == fault {
			h.State, h.Claim, h.Text, past = setup.HopWrong, wrong[fault][0], wrong[fault][1], true
		} else {
			h.Past = past
		}
	}
	return list
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
			if _, found, err := s.store.NextCheck(t.Context(), "w", 0); err != nil || !found { // a worker is at it
				t.Fatal(err)
			}
		}},
		{"off", func(d setup.Setup) {
			for _, o := range []store.CheckOutcome{healthy, healthy, wrong(serves, stagedFindings()[1]), blind, wrong(silent, stagedFindings()[0]), healthy} {
				s.checked(d, o)
			}
			if err := s.store.SetSchedule(t.Context(), d.ID, 0, demoName); err != nil {
				t.Fatal(err)
			}
		}},
		{"never", func(setup.Setup) {}},
		{"fault-name", func(d setup.Setup) {
			f := stagedFindings()[4]
			f.Setting, f.Title = setup.SettingTrafficRecord, "Callers find no address of "+d.Name()+"."
			o := wrong(setup.Sight{Here: setup.No, Answers: setup.Yes, Nowhere: true}, f)
			o.Hops = stagedHops(setup.PartName)
			s.checked(d, o)
			s.checked(d, o)
		}},
		{"fault-edge", func(d setup.Setup) {
			f := stagedFindings()[0]
			f.Key, f.Setting, f.Title, f.Field, f.Is, f.Want = "distribution/Enabled", setup.SettingEnabled, "Callers get errors, because the distribution is switched off", "Enabled", "false", "true"
			s.checked(d, wrong(silent, f))
			s.checked(d, wrong(silent, f))
		}},
		{"fault-api", func(d setup.Setup) {
			f := stagedFindings()[0]
			f.Key, f.StepID, f.Part, f.Setting, f.Title, f.Field, f.Is, f.Want = "mappings/Mapping /orders", "mappings", setup.PartGateway, setup.SettingMapping, "Missing: the path mappings", "Mapping /orders", "", "k3v9x2p1qa, stage prod"
			s.checked(d, wrong(silent, f))
			s.checked(d, wrong(silent, f))
		}},
		{"drifted", func(d setup.Setup) { s.checked(d, wrong(serves, stagedFindings()[1])) }},
		{"added", func(d setup.Setup) {
			added := setup.StandingMapping{Mapping: setup.Mapping{Path: "reports/" + strings.Repeat("long-", 40) + "/v1", APIID: "k3v9x2p1qa", APIName: `billing "api" <script>`, Kind: setup.APIKindHTTP, Stage: "prod"}, ID: "m1", Via: "v2", Region: "eu-west-1"}
			to := setup.StandingMapping{Mapping: setup.Mapping{Path: d.Spec.API.Mappings[0].Path, APIID: "k3v9x2p1qa", APIName: "billing-api", Kind: d.Spec.API.Mappings[0].Kind, Stage: "beta"}, ID: "m2", Via: "v2", Region: d.Spec.Account.Region}
			added.Region = d.Spec.Account.Region
			s.checked(d, wrong(serves,
				setup.FindingBody{Key: "mappings/Mapping /reports", StepID: "mappings", Part: setup.PartGateway, Title: "Path " + added.DisplayPath() + " was added", Field: "Mapping " + added.DisplayPath(), Is: added.APIName + ", stage prod", Added: true, There: &added},
				setup.FindingBody{Key: "mappings/Mapping", StepID: "mappings", Part: setup.PartGateway, Setting: setup.SettingMapping, Title: "Differs: the path mappings", Field: "Mapping " + to.DisplayPath(), Is: "k3v9x2p1qa, stage beta", Want: "the former one, stage prod", Repair: true, There: &to},
				setup.FindingBody{Key: "distribution/ACMCertificateArn", StepID: "distribution", Part: setup.PartEdge, Setting: setup.SettingEdgeCertificate, Title: "Differs: the certificate of the distribution", Field: "ACMCertificateArn", Is: "arn:aws:acm:us-east-1:482177301954:certificate/7d1b8a4e-0f7f-4a0b-9f0e-5a1d2c3b4a5f", Want: "arn:aws:acm:us-east-1:482177301954:certificate/0d1b8a4e-0f7f-4a0b-9f0e-5a1d2c3b4a5f", Repair: true, Fits: true},
			))
		}},
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
				f.Evidence = nil
				if i > 2 {
					list = append(list, f)
					continue
				}
				f.Evidence = []setup.Asked{{What: nasty, Answer: nasty, Line: "curl -i " + setup.ShellWord("https://"+strings.Repeat("w", 300)+".example"), Bad: true}, setup.NewAsked(nasty, nasty, nasty)}
				list = append(list, f)
			}
			o := wrong(serves, list...)
			o.Hops = stagedHops(setup.PartOrigin)
			for i := range o.Hops {
				h := &o.Hops[i]
				h.Claim, h.Text, h.ID = nasty[:80], nasty, nasty
				h.Asked = []setup.Asked{{What: nasty, Answer: nasty, Line: nasty}}
			}
			s.checked(d, o)
		}},
		{"late", func(d setup.Setup) { // no worker has come for it; the last one, since its check is due
			s.checked(d, healthy)
			s.store.SetClock(func() time.Time { return time.Now().Add(-10 * time.Minute) })
			defer s.store.SetClock(time.Now)
			if err := s.store.AskCheck(t.Context(), d.ID, demoName); err != nil {
				t.Fatal(err)
			}
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
			all = append(all, state{name: "check-409", on: s, path: "/setups/" + d.ID + "/findings/back", from: "/setups/" + d.ID, form: url.Values{"revision": {"7"}}, status: 409}, state{name: "check-400", on: s, path: "/setups/" + d.ID + "/findings/back", from: "/setups/" + d.ID, form: url.Values{}, status: 400})
		}
		if c.name == "off" {
			s.later(d, setup.JobApply)
			all = append(all, s.scheduleStates(d)...)
		}
		if c.name == "serving" {
			all = append(all, state{name: "check-404", on: s, path: "/setups/" + d.ID + "/findings/gone/mute", from: "/setups/" + d.ID, form: url.Values{}, status: 404})
		}
	}
	return append(all, state{name: "check-home", on: s, path: "/"})
}

// scheduleStates are the page that says how a setup is checked, and the history of
// its checks.
func (s *stage) scheduleStates(d setup.Setup) []state {
	at := "/setups/" + d.ID
	return []state{
		{name: "check-schedule", on: s, path: at + "/checks"},
		{name: "check-schedule-422", on: s, path: at + "/checks", from: at + "/checks", form: url.Values{"every": {"7"}}, status: 422},
		{name: "check-history", on: s, path: at + "?history=checks"},
		{name: "check-history-jobs", on: s, path: at + "?history=jobs"},
		{name: "check-history-end", on: s, path: at + "?history=revisions&before=0000000000000000-0-0"},
	}
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
