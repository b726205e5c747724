package jobs_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/handlers/jobs"
	"apifront/setup"
	"apifront/store"
)

func TestJobPageOfANewJob(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	doc := s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "h1", "Set up api.harborview.example")
	handlerstest.Contains(t, doc, "#step-preview-meta", "Starts after step")
	if doc.Find(`[hx-sse\:connect^="/jobs/1/events?after="]`).Length() != 1 {
		t.Error("a job that is not over opens no stream")
	}
	if doc.Find("noscript meta[http-equiv=refresh]").Length()+strings.Count(doc.Find("head noscript").Text(), "refresh") == 0 {
		t.Error("without script nothing reloads the page")
	}
	if stopped := s.Page("/jobs/1?refresh=off", http.StatusOK); strings.Contains(stopped.Find("head noscript").Text(), "refresh") {
		t.Error("?refresh=off still reloads")
	}
}

func TestJobPageOfAFailedStep(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	refused := setup.Call{Service: "apigatewayv2", Operation: "CreateApiMapping", Status: 400, Code: "BadRequestException", Message: "Invalid API identifier", RequestID: "31b7", Write: true}
	s.Pass("mappings", handlerstest.FailedMapping(), handlerstest.Call("apigatewayv2", "GetApiMappings"), handlerstest.Call("apigatewayv2", "GetApiMappings"), refused)
	doc := s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "title", "1 step failed: Job 1")
	handlerstest.Contains(t, doc, "#problem-mappings", "Path /billing was not mapped", "API Gateway said: BadRequestException: Invalid API identifier specified: k3v9x2p1qa",
		"Request ID 31b7d2f8-9a40-4c55-8be1-f20c7e6a9d13", "Choose another API, then start the job of the change.", "Try again , step 8Tries this step again")
	if doc.Find(".btn.solid").Length() != 1 || doc.Find(".steps button:not(.iconbtn), .steps form").Length() != 0 {
		t.Error("the page has not the one solid button, or a step has one of its own")
	}
	handlerstest.Contains(t, doc, "#step-mappings-acts", "The fix above starts here.")
	handlerstest.Contains(t, doc, "#step-mappings-calls", "apigatewayv2:GetApiMappings × 2", "400 BadRequest", "Invalid API identifier")
	if _, open := doc.Find("#step-mappings details").Attr("open"); !open {
		t.Error("a failed step is not open")
	}
	if _, open := doc.Find("#step-identity details").Attr("open"); open {
		t.Error("a finished step is open")
	}

	// Re-run, as a form without script.
	resp := s.Request(http.MethodPost, "/jobs/1/steps/mappings/rerun", url.Values{}, nil)
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/jobs/1" {
		t.Errorf("re-run: %d to %q, want 303 to the job", resp.StatusCode, resp.Header.Get("Location"))
	}
	// Again, by htmx: too late, and the page is loaded again to show that.
	resp = s.Request(http.MethodPost, "/jobs/1/steps/mappings/rerun", url.Values{}, http.Header{"Hx-Request": {"true"}})
	if resp.StatusCode != http.StatusNoContent || resp.Header.Get("HX-Refresh") != "true" {
		t.Errorf("second re-run: %d, HX-Refresh %q", resp.StatusCode, resp.Header.Get("HX-Refresh"))
	}
	s.Pass("mappings", handlerstest.Done("/orders and /billing"), handlerstest.Call("apigatewayv2", "GetApiMappings"))
	doc = s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "#step-mappings-calls", "Attempt 1, by the worker", "Attempt 2, re-run by Mira Okafor")
	handlerstest.Contains(t, doc, "#step-mappings-meta", "2 attempts")
	if n := doc.Find("#step-mappings-bar rect").Length(); n != 3 {
		t.Errorf("%d rects on the time axis, want the axis and one mark for each of 2 attempts", n)
	}
}

func TestJobPageThatNeedsARecord(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.Pass("identity", handlerstest.Done(""))
	s.Pass("certificate-edge", handlerstest.Done(""))
	s.Pass("certificate-regional", handlerstest.Done(""))
	record := setup.Record{Type: "CNAME", Name: "_a79.api.harborview.example", Value: "_424.acm-validations.aws", Seen: []string{"elsewhere.example"}}
	s.Pass("validation", store.Outcome{State: setup.StepNeedsYou, Records: []setup.Record{record}, After: time.Hour})
	doc := s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "h1", "Needs you")
	handlerstest.Contains(t, doc, "#records-validation", "Checked 1 s ago, next in ", "Add 1 DNS record", "_a79.api", "In full: _a79.api.harborview.example", "Another value", "elsewhere.example", "Check now")
	if v, _ := doc.Find(`#records-validation [data-what="full validation record name"]`).Attr("data-copy"); v != "_a79.api.harborview.example" {
		t.Errorf("copy button of the full name copies %q", v)
	}
	before := s.Rung()
	resp := s.Request(http.MethodPost, "/jobs/1/records/check", url.Values{}, http.Header{"Hx-Request": {"true"}})
	if resp.StatusCode != http.StatusNoContent {
		t.Errorf("check now: status %d, want 204", resp.StatusCode)
	}
	if s.Rung() == before {
		t.Error("check now rings nobody")
	}
}

// Steps that wait for somebody to sign in to AWS are one card, with the command
// and a button that looks at once.
func TestJobPageThatNeedsASignIn(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.Pass("identity", handlerstest.Done(""))
	over := &setup.Problem{What: "The AWS sign-in has ended.", Why: "It is over.", Fix: "Sign in again with “aws sso login --profile prod”.", Code: "SignedOut"}
	for _, step := range []string{"certificate-edge", "certificate-regional"} {
		s.Pass(setup.StepID(step), store.Outcome{State: setup.StepNeedsYou, Problem: over, Summary: "Waits for you to sign in to AWS again.", After: time.Hour})
	}
	doc := s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "h1", "Needs you")
	handlerstest.Contains(t, doc, "#problem-certificate-edge", "The AWS sign-in has ended", "aws sso login --profile prod", "Look again now")
	if doc.Find("#problem-certificate-edge.bad, #problem-certificate-regional").Length() > 0 {
		t.Error("what waits looks like a failure, or is said twice")
	}
	to, _ := doc.Find("#problem-certificate-edge form").Attr("action")
	before := s.Rung()
	if resp := s.Request(http.MethodPost, to, url.Values{}, http.Header{"Hx-Request": {"true"}}); resp.StatusCode != http.StatusNoContent || s.Rung() != before+2 {
		t.Errorf("the button at %q: status %d, %d bells", to, resp.StatusCode, s.Rung()-before)
	}
}

func TestJobPageAfterACancel(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.Pass("identity", handlerstest.Done(""))
	s.Save(setup.KeyCertificateEdge, "Certificate", "arn:aws:acm:us-east-1:482177301954:certificate/5c0d3b1e", nil)
	doc := s.Page("/jobs/1/cancel", http.StatusOK)
	handlerstest.Contains(t, doc, "main", "Nothing is deleted", "Create distribution", "5c0d3b1e")
	resp := s.Request(http.MethodPost, "/jobs/1/cancel", url.Values{}, nil)
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("cancel: status %d", resp.StatusCode)
	}
	doc = s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "h1", "Cancelled")
	handlerstest.Contains(t, doc, "title", "Cancelled: Job 1")
	if doc.Find(`[hx-sse\:connect]`).Length() != 0 {
		t.Error("a job that is over opens a stream")
	}
	if resp := s.Request(http.MethodPost, "/jobs/1/cancel", url.Values{}, nil); resp.StatusCode != http.StatusConflict {
		t.Errorf("second cancel: status %d, want 409", resp.StatusCode)
	}
	if resp := s.Request(http.MethodGet, "/jobs/1/cancel", nil, nil); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("cancel page of a job that is over: status %d, want 303", resp.StatusCode)
	}
}

func TestJobPageOfASuccess(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	s.Finish()
	doc := s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "title", "Succeeded: Job 1")
	handlerstest.Contains(t, doc, "#todo", "api.harborview.example is served by CloudFront", "4 of 4 requests passed from outside.",
		"curl -i https://api.harborview.example/orders",
		"curl -i --connect-to api.harborview.example:443:d1x7q2k9v4m0ab.cloudfront.net:443 https://api.harborview.example/orders",
		"BeforeAapiIn full: api.harborview.example203.0.113.40300", "AfterCNAMEapiIn full: api.harborview.exampled1x7q2k9v4m0ab.cloudfront.net300", "within 5 minutes")
	handlerstest.Contains(t, doc, "#job-side", "What was made", "E2QWX7K1M9PLTB")
	handlerstest.Contains(t, doc, "#job-head", "Open setup")
	if doc.Find("[data-since]").Length() != 0 {
		t.Error("a clock ticks on the page of a job that is over")
	}

	// On paper: all of it, with the request IDs of what changed something.
	handlerstest.Contains(t, doc, "#report", "By", "Mira Okafor", "1d5c-mapping", "apigatewayv2:CreateApiMapping", "E2QWX7K1M9PLTB", "d1x7q2k9v4m0ab.cloudfront.net", "No.", "Verify from outside")
	if got := doc.Find("#report").Text(); strings.Contains(got, "GetApiMappings") {
		t.Error("the report lists a call that only reads")
	}
	if doc.Find("dialog#keys kbd").Length() != 6 || doc.Find(`a[data-keys][href="/help/accessibility"]`).Length() != 1 {
		t.Error("the list of keys, or the way to it, is missing")
	}

	handlerstest.Contains(t, s.Page("/setups/"+s.Setup.ID, http.StatusOK), "main", "E2QWX7K1M9PLTB", "Clear cached answers", "Revision 1: New setup", "Job 1, succeeded", "Path of a request")
}

func TestNamesFromAWSAreEscaped(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	const evil = `<script>alert(1)</script><hx-partial hx-target="body">`
	s.Pass("identity", store.Outcome{State: setup.StepFailed, Summary: evil, Problem: &setup.Problem{What: evil, Why: evil, Fix: evil, Said: evil, Service: evil, Ref: evil}},
		setup.Call{Service: "sts", Operation: evil, Status: 400, Code: evil, Message: evil + "\r\rid: 99\r\r\ndata: x\n\nid: 99\n\n", RequestID: `"><img src=x>`})
	s.Save(setup.KeyDomain, evil, evil, map[string]string{setup.AttrTarget: evil})
	for _, path := range []string{"/jobs/1", "/setups/" + s.Setup.ID, "/jobs", "/jobs?q=" + url.QueryEscape(evil)} {
		doc := s.Page(path, http.StatusOK)
		if n := doc.Find("body script, img, hx-partial").Length(); n != 0 {
			t.Errorf("%s: %d elements came out of stored text", path, n)
		}
	}
	stream := s.Events("/jobs/1/events?after=0", nil)
	m := stream.Next()
	if strings.Contains(m.Data, "<script") || strings.Contains(m.Data, "<img") || m.ID == "99" || strings.Contains(m.Data, "\r") {
		t.Errorf("stored text got out of the stream: %s", m.Data)
	}
}

func TestJobsThatAreNotThere(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	handlerstest.Contains(t, s.Page("/jobs/99", http.StatusNotFound), "h1", "There is no job 99")
	handlerstest.Contains(t, s.Page("/jobs/x", http.StatusNotFound), "h1", "There is no job x")
	handlerstest.Contains(t, s.Page("/setups/nothing", http.StatusNotFound), "h1", "There is no such setup")
	for _, path := range []string{"/jobs/99/cancel", "/jobs/99/steps/dns/rerun", "/jobs/99/records/check", "/jobs/99/records/restore"} {
		if resp := s.Request(http.MethodPost, path, url.Values{}, nil); resp.StatusCode != http.StatusNotFound {
			t.Errorf("POST %s: status %d, want 404", path, resp.StatusCode)
		}
	}
	s.Start(setup.JobApply, setup.JobInput{})
	if resp := s.Request(http.MethodPost, "/jobs/1/steps/nothing/rerun", url.Values{}, nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("re-run of an unknown step: status %d, want 404", resp.StatusCode)
	}
	if resp := s.Request(http.MethodPost, "/jobs/1/steps/identity/rerun", url.Values{}, nil); resp.StatusCode != http.StatusConflict {
		t.Errorf("re-run of a step that has not failed: status %d, want 409", resp.StatusCode)
	}
}

func TestEarlierCallsOfAStep(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	var calls []setup.Call
	for i := range 120 {
		calls = append(calls, handlerstest.Call("sts", fmt.Sprintf("Call%03d", i)))
	}
	s.Pass("identity", store.Outcome{State: setup.StepRunning, After: time.Hour}, calls...)
	doc := s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "#step-identity-calls", "Show 20 earlier calls", "Call020", "Call119")
	link, _ := doc.Find("#step-identity-calls a").First().Attr("href")
	path, _, _ := strings.Cut(link, "#")
	doc = s.Page(path, http.StatusOK)
	handlerstest.Contains(t, doc, "#step-identity-calls", "Call000", "Call019")
	handlerstest.Contains(t, doc, "#job-note", "Back to the newest calls")
	if strings.Contains(doc.Find("#step-identity-calls").Text(), "Call020") {
		t.Error("the earlier calls hold a newer one")
	}
	if doc.Find(`[hx-sse\:connect]`).Length() != 0 {
		t.Error("the stream would replace the earlier calls")
	}
}

// The page offers the old record if one was replaced. The job that puts it back
// asks a person to do it, and then says how things stand.
func TestPuttingTheOldRecordBack(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	restore := func() (status int, to string) {
		resp := s.Request(http.MethodPost, "/jobs/1/records/restore", url.Values{}, nil)
		return resp.StatusCode, resp.Header.Get("Location")
	}
	if status, _ := restore(); status != http.StatusConflict {
		t.Errorf("with nothing replaced: status %d, want 409", status)
	}
	s.Finish()
	doc := s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "#todo", "The old record sends clients back to 203.0.113.40 within 5 minutes. Nothing in AWS is deleted. You change it where you manage DNS")
	if doc.Find(`form[action="/jobs/1/records/restore"] button`).Text() != "Put the old record back" {
		t.Error("the button is missing")
	}
	handlerstest.Contains(t, doc, "#job-side", "Change edge settings")

	s.Expect()
	if status, to := restore(); status != http.StatusSeeOther || to != "/jobs/2" {
		t.Fatalf("status %d to %q, want 303 to the new job", status, to)
	}
	if status, _ := restore(); status != http.StatusConflict {
		t.Errorf("beside a job at work: status %d, want 409", status)
	}
	s.Follow(2)
	s.Pass("identity", handlerstest.Done(""))
	old := setup.Record{Type: "A", Name: "api.harborview.example", Value: "203.0.113.40", TTL: 300, Seen: []string{"d1x7q2k9v4m0ab.cloudfront.net"}}
	s.Pass("dns-restore", store.Outcome{State: setup.StepNeedsYou, Records: []setup.Record{old}, After: time.Second})
	doc = s.Page("/jobs/2", http.StatusOK)
	handlerstest.Contains(t, doc, "h1", "Put the old record of api.harborview.example back", "Needs you")
	handlerstest.Contains(t, doc, "#records-dns-restore", "Put the old record back", "203.0.113.40", "Another value", "d1x7q2k9v4m0ab.cloudfront.net", "Check now")
	old.Found = true
	s.Save(setup.KeyRecordTraffic, "Traffic record", "", map[string]string{
		setup.AttrPrevious: `[{"type":"A","name":"api.harborview.example","value":"203.0.113.40","ttl":300}]`, setup.AttrRestored: "x",
	})
	s.Pass("dns-restore", store.Outcome{State: setup.StepDone, Records: []setup.Record{old}})
	doc = s.Page("/jobs/2", http.StatusOK)
	handlerstest.Contains(t, doc, "#todo", "The old record of api.harborview.example is back", "answer with A 203.0.113.40", "within 5 minutes", "BeforeCNAMEapiIn full: api.harborview.exampled1x7q2k9v4m0ab.cloudfront.netnot known", "AfterAapiIn full: api.harborview.example203.0.113.40300")
	handlerstest.Contains(t, doc, "#job-side", "Move the traffic again")
	doc = s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "#todo", "The old record is back. A new job of this setup moves the traffic again.")
	if doc.Find(`form[action$="/records/restore"]`).Length() != 0 {
		t.Error("the old record is offered again")
	}
	if status, _ := restore(); status != http.StatusConflict {
		t.Errorf("once it is back: status %d, want 409", status)
	}
	handlerstest.Contains(t, s.Page("/jobs?kind=restore", http.StatusOK), "main", "Put the old record back")
	handlerstest.Contains(t, s.Page("/", http.StatusOK), "main", "Moved back", "callers reach the old server")
}

// The history of a step says what an attempt repaired or, until it is done,
// what it is to repair.
func TestJobPageSaysWhatWasRepaired(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	o := store.Outcome{State: setup.StepRunning, After: time.Millisecond, Changes: []setup.Change{
		{Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only"},
		{Field: "Tag <b>team</b>", Is: "shop"},
	}}
	s.Pass("identity", o, handlerstest.Call("sts", "GetCallerIdentity"))
	handlerstest.Contains(t, s.Page("/jobs/1", http.StatusOK), "#step-identity-calls", "Attempt 1, by the worker",
		"OriginProtocolPolicy: http-only is to become https-only", "Tag <b>team</b>: shop is to become nothing")
	time.Sleep(2 * time.Millisecond)
	s.Pass("identity", store.Outcome{State: setup.StepDone, Removals: []setup.Removal{
		{Key: "a", Type: "Cache policy", ID: "658327ea", Gone: true, Why: "It is gone from AWS."},
		{Key: "b", Type: "Mapping", ID: "x", Path: "/old", Stays: true, Why: "Somebody changed it."},
	}}, handlerstest.Call("sts", "GetCallerIdentity"))
	if status, body := s.Press("/jobs/1/cancel"); status != http.StatusSeeOther {
		t.Fatalf("cancel: status %d: %s", status, body)
	}
	handlerstest.Contains(t, s.Page("/jobs/1", http.StatusOK), "#step-identity-calls", "Attempt 1, by the worker",
		"OriginProtocolPolicy: http-only became https-only", "Tag <b>team</b>: shop became nothing",
		"Cache policy 658327ea was removed. It is gone from AWS.", "/old stays. Somebody changed it.")
	handlerstest.Contains(t, s.Page("/jobs/1", http.StatusOK), "#report", "What this job changed and removed", "OriginProtocolPolicy: http-only became https-only",
		"Cache policy 658327ea was removed. It is gone from AWS.")

	var file jobs.LogFile
	if err := json.NewDecoder(s.Request(http.MethodGet, "/jobs/1/log.json?step=identity", nil, nil).Body).Decode(&file); err != nil {
		t.Fatal(err)
	}
	a := file.Steps[0].Attempts[0]
	if len(a.Changes) != 2 || a.Changes[0] != o.Changes[0] || len(a.Removals) != 2 || !a.Removals[0].Gone {
		t.Errorf("the log has %+v and %+v", a.Changes, a.Removals)
	}
}
