//go:build browser

package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/store"
)

// stagedLooks are the looks of the doctor, with the states by ID; the others were right.
func stagedLooks(states map[setup.DoctorLookID]setup.DoctorLookState, texts map[setup.DoctorLookID]string) []setup.DoctorLook {
	seen := map[setup.DoctorLookID][2]string{
		setup.DoctorDelegation:   {"dns1 and dns2.registrar-servers.com (Namecheap), the same in .example and in the zone", "dig +noall +comments +answer +trace NS northquay.example"},
		setup.DoctorServers:      {"CNAME d3m9w2k6t8x4qz.cloudfront.net, TTL 300, 2 of 2 name servers, 3 of 3 resolvers", "dig +noall +comments +answer CNAME hooks.northquay.example @dns1.registrar-servers.com"},
		setup.DoctorCertificate:  {"Covers the name, until 29 Dec 2026, 31 days left", "openssl s_client -connect hooks.northquay.example:443 -servername hooks.northquay.example"},
		setup.DoctorRequest:      {"200 from the API, x-cache: Miss from cloudfront", `curl -i "https://hooks.northquay.example/?apifront=7f3a"`},
		setup.DoctorDistribution: {"E3HJ6T0Q5YB8LN, enabled, has the name as alternate domain name", "aws cloudfront get-distribution-config --id E3HJ6T0Q5YB8LN --query DistributionConfig.Aliases"},
		setup.DoctorOrigin:       {"https-only, TLSv1.2, to d-5t8y2n6w1b.execute-api.us-west-2.amazonaws.com", "aws cloudfront get-distribution-config --id E3HJ6T0Q5YB8LN --query DistributionConfig.Origins"},
		setup.DoctorHost:         {"AllViewer passes it on", "aws cloudfront get-origin-request-policy --id 216adef6-5c7f-47e4-b989-5492eafa07d3"},
		setup.DoctorBeneath:      {"Covers the name, until 29 Dec 2026", "openssl s_client -connect d-5t8y2n6w1b.execute-api.us-west-2.amazonaws.com:443 -servername hooks.northquay.example"},
		setup.DoctorDomain:       {"Regional in us-west-2, / is mapped to hooks-http, stage prod", "aws apigatewayv2 get-api-mappings --domain-name hooks.northquay.example --region us-west-2"},
		setup.DoctorStage:        {"prod, deployed on 12 Nov 2026", "aws apigatewayv2 get-stage --api-id a1b2c3d4e5 --stage-name prod --region us-west-2"},
		setup.DoctorRenewal:      {"ACM renews both from 14 Nov 2026", "dig +noall +comments +answer CNAME _4b6ffc1912793b0d8c3a5e4c9d878cbc.hooks.northquay.example"},
	}
	asks := map[setup.DoctorLookID][2]string{
		setup.DoctorDelegation:   {"NS northquay.example at the servers of .example", "dns1.registrar-servers.com, dns2.registrar-servers.com"},
		setup.DoctorServers:      {"CNAME hooks.northquay.example at dns1.registrar-servers.com", "d3m9w2k6t8x4qz.cloudfront.net"},
		setup.DoctorCertificate:  {"TLS with hooks.northquay.example", "Certificate for hooks.northquay.example, until 29 Dec 2026"},
		setup.DoctorRequest:      {"GET https://hooks.northquay.example/?apifront=7f3a", "200, x-cache: Miss from cloudfront"},
		setup.DoctorDistribution: {"CloudFront GetDistributionConfig E3HJ6T0Q5YB8LN", "Aliases: hooks.northquay.example"},
		setup.DoctorOrigin:       {"CloudFront GetDistributionConfig E3HJ6T0Q5YB8LN", "OriginProtocolPolicy: https-only"},
		setup.DoctorHost:         {"CloudFront GetOriginRequestPolicy 216adef6-5c7f-47e4-b989-5492eafa07d3", "HeaderBehavior: allViewer"},
		setup.DoctorBeneath:      {"TLS with d-5t8y2n6w1b.execute-api.us-west-2.amazonaws.com for hooks.northquay.example", "Certificate for hooks.northquay.example, until 29 Dec 2026"},
		setup.DoctorDomain:       {"API Gateway GetApiMappings hooks.northquay.example", "/ to a1b2c3d4e5, stage prod"},
		setup.DoctorStage:        {"API Gateway GetStage a1b2c3d4e5 prod", "deployed"},
		setup.DoctorRenewal:      {"CNAME _4b6ffc1912793b0d8c3a5e4c9d878cbc.hooks.northquay.example", "_40db18507abd1f3875fcef7fb1fed6ca.wghnegewwl.acm-validations.aws"},
	}
	list := setup.DoctorLooks()
	for i := range list {
		l := &list[i]
		l.State, l.Text, l.Took = setup.DoctorRight, seen[l.ID][0], time.Duration(33+i*41)*time.Millisecond
		l.Asked = []setup.Asked{setup.NewAsked(asks[l.ID][0], asks[l.ID][1], seen[l.ID][1])}
		if s, ok := states[l.ID]; ok {
			l.State = s
		}
		if text, ok := texts[l.ID]; ok {
			l.Text = text
			l.Asked[0] = setup.NewAsked(asks[l.ID][0], text, seen[l.ID][1])
			l.Asked[0].Bad = l.State == setup.DoctorWrong
		}
		if l.ID == setup.DoctorServers {
			for _, server := range []string{"dns1", "dns2", "dns3", "dns4"} {
				l.Asked = append(l.Asked, setup.NewAsked("AAAA hooks.northquay.example at "+server+".registrar-servers.com", "2001:db8::2", "dig +noall +comments +answer AAAA hooks.northquay.example @"+server+".registrar-servers.com"))
			}
		}
		if !l.Made() {
			l.Asked = nil
		}
		if l.State == setup.DoctorWaiting || l.State == setup.DoctorLooking {
			l.Took, l.Text = 0, ""
		}
	}
	return list
}

// unaskedInside are the looks that need a connection.
func unaskedInside() (map[setup.DoctorLookID]setup.DoctorLookState, map[setup.DoctorLookID]string) {
	states, texts := map[setup.DoctorLookID]setup.DoctorLookState{}, map[setup.DoctorLookID]string{}
	for _, id := range []setup.DoctorLookID{setup.DoctorDistribution, setup.DoctorOrigin, setup.DoctorDomain, setup.DoctorStage} {
		states[id], texts[id] = setup.DoctorUnasked, "Needs a connection to the account of the name."
	}
	return states, texts
}

// stagedWrong is a distribution that calls its origin over plain HTTP, and a certificate
// that will not renew.
func stagedWrong() setup.DiagnosisBody {
	looks := stagedLooks(map[setup.DoctorLookID]setup.DoctorLookState{setup.DoctorRequest: setup.DoctorWrong, setup.DoctorOrigin: setup.DoctorWrong, setup.DoctorRenewal: setup.DoctorRemark},
		map[setup.DoctorLookID]string{setup.DoctorRequest: "502 from CloudFront itself, x-cache: Error from cloudfront", setup.DoctorOrigin: "http-only", setup.DoctorRenewal: "The validation record has the domain twice in its name"})
	at := func(part setup.Part, state setup.HopState, claim, text, id string) setup.Hop {
		return setup.Hop{Part: part, State: state, Claim: claim, Text: text, ID: id}
	}
	b := setup.DiagnosisBody{
		Verdict: setup.VerdictWrong, Head: "2 wrong", Took: 7600 * time.Millisecond, AccountID: "482177301954", Calls: 31, Looks: looks,
		Text: "Callers get 502, because CloudFront calls API Gateway over plain HTTP. Apart from that, the certificate will not renew and ends in 31 days.",
		Way: []setup.Hop{
			at(setup.PartName, setup.HopRight, "Leads to CloudFront", "CNAME at Namecheap, the same everywhere.", "d3m9w2k6t8x4qz.cloudfront.net"),
			at(setup.PartEdge, setup.HopRight, "Its own certificate", "CloudFront has the name and is deployed.", "E3HJ6T0Q5YB8LN"),
			at(setup.PartOrigin, setup.HopWrong, "Called over plain HTTP", "API Gateway has no port 80. The request ends here with 502.", "http-only"),
			{Part: setup.PartGateway, State: setup.HopRight, Past: true, Claim: "200", Text: "Asked at API Gateway with this name: 200 in 70 ms.", ID: "d-5t8y2n6w1b.execute-api.us-west-2.amazonaws.com"},
		},
		Findings: []setup.FindingBody{
			{Key: "origin", Setting: setup.SettingOriginProtocol, Part: setup.PartOrigin, Title: "CloudFront calls the origin over plain HTTP", Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only",
				Effect: &setup.Problem{What: "Callers get 502 from CloudFront.", Why: "API Gateway answers on HTTPS only. CloudFront finds port 80 closed and answers 502 by itself, so the API never sees a request."},
				Fix:    "Set the origin's protocol to HTTPS only in the settings of distribution E3HJ6T0Q5YB8LN.",
				Evidence: []setup.Asked{
					{What: "GET https://hooks.northquay.example/", Answer: "502 from CloudFront, x-cache: Error from cloudfront", Line: "curl -i https://hooks.northquay.example/", Bad: true},
					{What: "CloudFront GetDistributionConfig E3HJ6T0Q5YB8LN", Answer: "OriginProtocolPolicy: http-only", Line: "aws cloudfront get-distribution-config --id E3HJ6T0Q5YB8LN", Bad: true},
				}},
			{Key: "validation", Setting: setup.SettingValidationRecord, Part: setup.PartName, Title: "The validation record has the domain twice in its name",
				Effect: &setup.Problem{Why: "ACM looks for a record that is not there, so both certificates stay on pending renewal and end on 29 Dec."},
				Fix:    "At Namecheap, edit the record: its name is _4b6ffc1912793b0d8c3a5e4c9d878cbc.hooks, without northquay.example, which Namecheap adds.",
				Record: &setup.Record{Type: "CNAME", Name: "_4b6ffc1912793b0d8c3a5e4c9d878cbc.hooks.northquay.example", Value: "_40db18507abd1f3875fcef7fb1fed6ca.wghnegewwl.acm-validations.aws", TTL: 300,
					Apex: "northquay.example", Servers: []string{"dns1.registrar-servers.com", "dns2.registrar-servers.com"}},
				Evidence: []setup.Asked{{What: "CNAME _4b6ffc1912793b0d8c3a5e4c9d878cbc.hooks.northquay.example.northquay.example", Answer: "is there", Line: "dig +noall +comments +answer CNAME _4b6ffc1912793b0d8c3a5e4c9d878cbc.hooks.northquay.example.northquay.example", Bad: true}}},
			{Key: "ipv6", Setting: setup.SettingIPv6, Part: setup.PartEdge, Title: "Callers notice nothing: IPv6 is off", Field: "IsIPV6Enabled", Is: "false", Want: "true", Beside: true},
		},
		Things: []setup.Thing{
			{What: "Distribution", ID: "E3HJ6T0Q5YB8LN", State: "Deployed"}, {What: "Custom domain", Region: "us-west-2", ID: "d-5t8y2n6w1b"},
			{What: "Certificate", Region: "us-east-1", ID: "arn:aws:acm:us-east-1:482177301954:certificate/2f6b0c4e-91d7-4a08-b3c5-6e0d2f9a7184", State: "Pending renewal"},
			{What: "Certificate", Region: "us-west-2", ID: "arn:aws:acm:us-west-2:482177301954:certificate/77a1e3d9-04bc-4f52-8e16-a9d3c5b70f2e", State: "Pending renewal"},
		},
	}
	return b
}

// stagedUnsure is a 403 of API Gateway that has two causes from outside.
func stagedUnsure() setup.DiagnosisBody {
	states, texts := unaskedInside()
	states[setup.DoctorRequest], states[setup.DoctorHost], states[setup.DoctorRenewal] = setup.DoctorUnknown, setup.DoctorUnknown, setup.DoctorUnasked
	texts[setup.DoctorRequest], texts[setup.DoctorHost], texts[setup.DoctorRenewal] = "403 from API Gateway, x-amzn-errortype: ForbiddenException", "Whether Host is kept cannot be seen from here.", "Needs a connection to the account of the name."
	return setup.DiagnosisBody{
		Verdict: setup.VerdictUnsure, Head: "One of two causes", Text: "API Gateway answers 403 Forbidden. It says the same for two different reasons, and from outside they look alike.", Took: 4100 * time.Millisecond,
		Looks: stagedLooks(states, texts),
		Way: []setup.Hop{
			{Part: setup.PartName, State: setup.HopRight, Claim: "Leads to CloudFront", Text: "CNAME at Cloudflare, DNS only.", ID: "d1x7q2k9v4m0ab.cloudfront.net"},
			{Part: setup.PartEdge, State: setup.HopRight, Claim: "Its own certificate", Text: "Covers the name, until 2 May 2027."},
			{Part: setup.PartOrigin, Claim: "Reaches API Gateway", Text: "HTTPS works. Whether Host is kept cannot be seen from here."},
			{Part: setup.PartGateway, Claim: "403 Forbidden", Text: "From API Gateway: x-amzn-errortype says ForbiddenException."},
		},
		Either: []setup.Alternative{
			{Title: "The API wants an API key", Text: "Then nothing is wrong with CloudFront or DNS. Every request without a key gets this answer.", Fix: "none. Callers send x-api-key."},
			{Title: "API Gateway does not know this name, or has no path for /", Text: "The Host header is not passed on, or the mapping is missing.", Fix: "origin request policy AllViewer, or a mapping for /."},
		},
		Needs: []setup.Need{
			{Kind: setup.NeedKey, Title: "Ask once with an API key", Text: "200 means cause 1."},
			{Kind: setup.NeedPath, Title: "Ask at another path", Text: "One that needs no key, like a health check. 200 means cause 1."},
			{Kind: setup.NeedConnection, Title: "Look inside AWS", Text: "A connection that may read mappings and the distribution shows it at once."},
			{Kind: setup.NeedOwner, Title: "Or have the owner run this", Text: "An empty list, or none for (none): cause 2.", Line: "aws apigatewayv2 get-api-mappings --domain-name partners.tidewater.example --region us-west-2"},
		},
	}
}

func stagedHealthy() setup.DiagnosisBody {
	b := setup.DiagnosisBody{Verdict: setup.VerdictHealthy, Head: "Nothing wrong", Text: "A request reaches the API through CloudFront in 84 ms.", Took: 6900 * time.Millisecond, AccountID: "482177301954", Calls: 28, Looks: stagedLooks(nil, nil)}
	b.Way = stagedWrong().Way
	b.Way[2] = setup.Hop{Part: setup.PartOrigin, State: setup.HopRight, Claim: "HTTPS only, Host kept", Text: "Origin path is empty, as it should be.", ID: "d-zhy1roz7t3.execute-api.eu-west-1.amazonaws.com"}
	b.Way[3] = setup.Hop{Part: setup.PartGateway, State: setup.HopRight, Claim: "Answers", Text: "200 in 70 ms."}
	const own, target = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com", "d-zhy1roz7t3.execute-api.eu-west-1.amazonaws.com"
	b.Doors = []setup.Door{
		{Kind: setup.DoorEndpoint, Host: own, Title: "The default endpoint of the API, " + own + ", answers to whoever asks it", Fix: "The line closes it for everybody, also for others who call the API there; the stage takes that over with its next deployment.",
			Line:  "aws apigateway update-rest-api --rest-api-id a1b2c3d4e5 --patch-operations op=replace,path=/disableExecuteApiEndpoint,value=true --region eu-west-1",
			Asked: []setup.Asked{{What: "GET https://" + own + "/prod/, at the API's own name", Answer: "200 from API Gateway in 70 ms", Line: "curl -i https://" + own + "/prod/"}}},
		{Kind: setup.DoorRegional, Host: target, Title: "The Regional name of the custom domain, " + target + ", answers for api.harborview.example to whoever asks it", Fix: "No setting closes it, since CloudFront calls it. It is closed by a web ACL on the stage of the REST API that wants a secret header which CloudFront adds.",
			Asked: []setup.Asked{{What: "GET https://api.harborview.example/, at API Gateway with this name", Answer: "200 from API Gateway in 70 ms", Line: "curl -i --connect-to api.harborview.example:443:" + target + ":443 https://api.harborview.example/"}}},
	}
	return b
}

// diagnosed is the page of a diagnosis that came to b, of a name with a path.
func (s *stage) diagnosed(name, connection string, b setup.DiagnosisBody) string {
	s.t.Helper()
	d := s.asked(name, connection)
	took, found, err := s.store.NextDiagnosis(s.t.Context(), "w")
	if err != nil || !found || took.ID != d.ID {
		s.t.Fatalf("the worker gets %+v, %v, %v", took, found, err)
	}
	if err := s.store.FinishDiagnosis(s.t.Context(), "w", d.ID, b); err != nil {
		s.t.Fatal(err)
	}
	return "/doctor/" + d.ID
}

// askers are more people than one person's limit needs.
var askers = []string{"Mira Okafor", "Jonas Lindqvist", "Priya Raman", "Tomás Ferreira-Albuquerque", "Anneliese von Hohenstaufen-Wittelsbach", "Li"}

// asked orders a diagnosis.
func (s *stage) asked(name, connection string) setup.Diagnosis {
	s.t.Helper()
	host, path, cut := strings.Cut(name, "/")
	if cut {
		path = "/" + path
	}
	d, err := s.store.AskDiagnosis(s.t.Context(), store.NewDiagnosis{Name: host, Path: path, Connection: connection, By: askers[int(time.Now().UnixNano()/1000)%len(askers)]})
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// doctorStates are the page that asks, the page that looks, and every verdict.
func doctorStates(t *testing.T) []state {
	t.Helper()
	none, some := newStage(t, true), newStage(t, true)
	began := time.Now()
	limited := newStageAt(t, true, func() time.Time { return began }) // the minute does not end
	for i := range 10 {
		limited.body(state{path: "/doctor", form: url.Values{"domain": {fmt.Sprintf("n%d.example.com", i)}, "connection": {""}}})
	}
	result := some.diagnosed("hooks.northquay.example", setup.DefaultConnection, stagedWrong())
	unknown := some.diagnosed("partners.tidewater.example", "", stagedUnsure())
	healthy := some.diagnosed("api.harborview.example/health", setup.DefaultConnection, stagedHealthy())
	remarks := stagedHealthy()
	remarks.Verdict, remarks.Head, remarks.Text = setup.VerdictRemarks, "Works, 1 remark", "Requests reach the API. 1 setting differs from what apifront would make."
	remarks.Findings = stagedWrong().Findings[2:]
	all := []state{
		{name: "doctor-empty", on: none, path: "/doctor"},
		{name: "doctor-filled", on: none, path: "/doctor?name=api.harborview.example"},
		{name: "doctor-422", on: none, path: "/doctor", form: url.Values{"domain": {"https://10.0.0.1/x"}, "connection": {""}}, status: 422},
		{name: "doctor-429", on: limited, path: "/doctor", form: url.Values{"domain": {"one-more.example.com"}, "connection": {""}}, status: 429},
		{name: "doctor-404", on: none, path: "/doctor/nobody", status: 404},
		{name: "doctor-result", on: some, path: result},
		{name: "doctor-unknown", on: some, path: unknown},
		{name: "doctor-key-422", on: some, path: unknown, form: url.Values{"header": {"Host"}, "key": {"short"}}, status: 422},
		{name: "doctor-healthy", on: some, path: healthy},
		{name: "doctor-remarks", on: some, path: some.diagnosed("legacy.harborview.example", setup.DefaultConnection, remarks)},
	}
	states, texts := unaskedInside()
	for _, c := range []struct {
		verdict          setup.Verdict
		name, head, text string
	}{
		{setup.VerdictPastCloudFront, "direct.harborview.example", "Not on CloudFront", "The name leads straight to API Gateway in eu-west-1, and works."},
		{setup.VerdictStranger, "media.lakeside.example", "Not an API Gateway", "CloudFront answers, and the origin is an S3 bucket."},
		{setup.VerdictNoName, "new.tidewater.example", "Name not found", "No name server of tidewater.example knows this name. Callers get “host not found”."},
		{setup.VerdictNotDelegated, "api.newco.example", "Domain not delegated", "Its hosted zone exists, but .example does not lead to it."},
		{setup.VerdictPrivate, "db.internal.harborview.example", "Private name", "It leads to 10.0.4.17, an address that is not on the public internet."},
		{setup.VerdictCouldNot, "api.lakeside.example", "Could not look", "This server reaches no DNS server: 10.0.0.2 and 1.1.1.1 did not answer within 5 s. That says nothing about the name."},
	} {
		b := setup.DiagnosisBody{Verdict: c.verdict, Head: c.head, Text: c.text, Took: 10 * time.Second, Looks: stagedLooks(states, texts)}
		if c.verdict == setup.VerdictNotDelegated {
			b.Zone, b.Servers = "newco.example", []string{"ns-1017.awsdns-63.net", "ns-1306.awsdns-35.org", "ns-1781.awsdns-30.co.uk", "ns-472.awsdns-59.com"}
		}
		by := ""
		if c.verdict == setup.VerdictStranger {
			by, b.AccountID, b.Calls = setup.DefaultConnection, "482177301954", 24
			b.Takeover = &setup.Takeover{From: "E3HJ6T0Q5YB8LN", Text: "The distribution E3HJ6T0Q5YB8LN of this account has the name, and its origin is media-lakeside.s3.amazonaws.com, which is not API Gateway. If an API is to answer, start a setup for the name. " + setup.MoveFix("E3HJ6T0Q5YB8LN") + " Its job makes a new distribution and moves the name there; E3HJ6T0Q5YB8LN stays, with its other names."}
		}
		all = append(all, state{name: "doctor-" + string(c.verdict), on: some, path: some.diagnosed(c.name, by, b)})
	}
	all = append(all, state{name: "doctor-waiting", on: none, path: "/doctor/" + none.asked("waits.harborview.example", "").ID})
	running := some.asked("runs.northquay.example", setup.DefaultConnection)
	if _, _, err := some.store.NextDiagnosis(t.Context(), "w"); err != nil {
		t.Fatal(err)
	}
	half := map[setup.DoctorLookID]setup.DoctorLookState{setup.DoctorRequest: setup.DoctorWrong, setup.DoctorOrigin: setup.DoctorLooking, setup.DoctorRenewal: setup.DoctorLooking}
	for _, id := range []setup.DoctorLookID{setup.DoctorHost, setup.DoctorBeneath, setup.DoctorDomain, setup.DoctorStage} {
		half[id] = setup.DoctorWaiting
	}
	if err := some.store.SaveDiagnosis(t.Context(), "w", running.ID, setup.DiagnosisBody{Looks: stagedLooks(half, map[setup.DoctorLookID]string{setup.DoctorRequest: "502 from CloudFront itself, x-cache: Error from cloudfront"})}); err != nil {
		t.Fatal(err)
	}
	stopped := some.asked("stopped.northquay.example", "")
	if err := some.store.StopDiagnosis(t.Context(), stopped.ID, demoName); err != nil {
		t.Fatal(err)
	}
	long := stagedWrong()
	name := strings.Repeat("a-rather-long-label-as-some-people-have-them.", 5) + "example"
	for i := range long.Findings {
		long.Findings[i].Title, long.Findings[i].Is = strings.Repeat("unbroken", 30), strings.Repeat("<b>value</b>", 30)
		long.Findings[i].Evidence = []setup.Asked{setup.NewAsked(strings.Repeat("what", 60), strings.Repeat("answer", 60), "curl https://"+name+"/"+strings.Repeat("p", 300))}
	}
	long.Things[0].State, long.Head = strings.Repeat("state", 10), strings.Repeat("verdict ", 9)
	all = append(all,
		state{name: "doctor-running", on: some, path: "/doctor/" + running.ID},
		state{name: "doctor-stopped", on: some, path: "/doctor/" + stopped.ID},
		state{name: "doctor-long", on: some, path: some.diagnosed(name+"/"+strings.Repeat("path-", 60), setup.DefaultConnection, long)},
		state{name: "doctor-recent", on: some, path: "/doctor"},
	)
	mine, fixes := newStage(t, true), newStage(t, true)
	for _, on := range []*stage{mine, fixes} {
		d := on.draft(stageSpec("hooks.northquay.example", 1))
		on.start(d, setup.JobApply, setup.JobInput{}).finish()
		b := stagedWrong()
		b.AccountID, b.Findings[0].StepID, b.Findings[2].StepID = "", "distribution", "distribution"
		if on == mine {
			all = append(all, state{name: "doctor-setup", on: on, path: on.diagnosed("hooks.northquay.example", setup.DefaultConnection, b)})
			continue
		}
		on.checked(d, store.CheckOutcome{Result: setup.CheckFindings, Looked: []setup.StepID{"distribution"}, Findings: stagedFindings()[:4]})
		all = append(all, state{name: "doctor-fix", on: on, path: on.diagnosed("hooks.northquay.example", setup.DefaultConnection, b)})
	}
	return all
}
