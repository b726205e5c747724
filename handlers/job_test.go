package handlers

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/setup"
	"apifront/store"
)

// A jobSite is a server over a real store, with a signed-in user, and the
// means to move a job's steps as a worker would.
type jobSite struct {
	t       testing.TB
	store   *store.Store
	server  *Server
	url     string
	client  *http.Client
	cookies []*http.Cookie
	setup   setup.Setup
	bells   *testBells
	first   int64 // row of the first step of the last job started
	numbers map[setup.StepID]int64
	stop    chan struct{}
}

// testBells remembers which bell was ordered last for each step.
type testBells struct {
	mu   sync.Mutex
	last int64
	row  map[int64]int64
	low  int64
}

func (b *testBells) Ring(_ context.Context, _ *sql.Tx, step int64, _ time.Duration) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	b.row[step] = b.last
	if b.low == 0 || step < b.low {
		b.low = step
	}
	return b.last, nil
}

func (b *testBells) Cancel(context.Context, *sql.Tx, int64) error { return nil }

func (b *testBells) bell(row int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.row[row]
}

func newJobSite(t testing.TB) *jobSite {
	t.Helper()
	site := openJobSite(t, filepath.Join(t.TempDir(), "a.db"))
	site.url = serve(t, site.server).URL
	return site
}

// openJobSite opens a site that does not listen.
func openJobSite(t testing.TB, path string) *jobSite {
	t.Helper()
	ctx := t.Context()
	st, err := store.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	site := &jobSite{t: t, store: st, bells: &testBells{row: map[int64]int64{}}, stop: make(chan struct{})}
	st.SetBell(site.bells)
	s := &Server{Config: Config{Store: st, Log: discardLog(), Version: "test", Done: site.stop}}
	site.server = s
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	site.client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	user := store.User{ID: "u1", Email: "mira@example.com", Name: "Mira Okafor", PasswordHash: "x", Role: "admin"}
	if err := st.CreateUser(ctx, user); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := s.openSession(w, httptest.NewRequestWithContext(ctx, http.MethodPost, "/sign-in", nil), "u1", false); err != nil {
		t.Fatal(err)
	}
	site.cookies = w.Result().Cookies()
	site.setup = site.draft("api.harborview.example", setup.DNSElsewhere)
	return site
}

// serve starts a server that is stopped before what was made earlier is.
func serve(t testing.TB, s *Server) *httptest.Server {
	t.Helper()
	s.Log = discardLog()
	server := httptest.NewServer(s.routes())
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server
}

func (s *jobSite) draft(name, dns string) setup.Setup {
	s.t.Helper()
	spec := setup.DefaultSpec()
	spec.Account = setup.Account{Connection: setup.DefaultConnection, AccountID: "482177301954", Region: "eu-central-1"}
	spec.API.Mappings = []setup.Mapping{
		{Path: "orders", APIID: "a1b2c3d4e5", APIName: "orders-api", Kind: setup.APIKindREST, Stage: "prod"},
		{Path: "billing", APIID: "k3v9x2p1qa", APIName: "billing-api", Kind: setup.APIKindREST, Stage: "prod"},
	}
	spec.Domain.Name, spec.Domain.DNS, spec.Domain.ZoneName = name, dns, "harborview.example"
	d, err := s.store.CreateDraft(s.t.Context(), "Mira Okafor", spec)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// start starts a job on the site's setup.
func (s *jobSite) start(kind setup.JobKind, input setup.JobInput) int64 {
	s.t.Helper()
	s.bells.mu.Lock()
	s.bells.low = 0
	s.bells.mu.Unlock()
	n, err := s.store.StartJob(s.t.Context(), store.NewJob{SetupID: s.setup.ID, Kind: kind, Input: input, By: "Mira Okafor", Steps: newSteps(kind, s.setup.Spec)})
	if err != nil {
		s.t.Fatal(err)
	}
	s.first = s.bells.low
	s.numbers = map[setup.StepID]int64{}
	list, err := s.store.Steps(s.t.Context(), n)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, st := range list {
		s.numbers[st.ID] = int64(st.Number)
	}
	return n
}

// pass carries out one pass of a step: the calls, then the outcome.
func (s *jobSite) pass(step setup.StepID, o store.Outcome, calls ...setup.Call) {
	s.t.Helper()
	row := s.first + s.numbers[step] - 1
	p, wait, err := s.store.Claim(s.t.Context(), row, s.bells.bell(row), time.Minute)
	if err != nil || p == nil {
		s.t.Fatalf("claim %s: pass %v, wait %s, error %v", step, p, wait, err)
	}
	if p.Step.ID != step {
		s.t.Fatalf("claimed %s, want %s", p.Step.ID, step)
	}
	for _, c := range calls {
		c.JobID, c.StepID, c.Attempt, c.StartedAt = p.Job.ID, step, p.Step.Attempt, time.Now()
		if err := s.store.RecordCall(s.t.Context(), c); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := s.store.Settle(s.t.Context(), p, o); err != nil {
		s.t.Fatal(err)
	}
}

func done(summary string) store.Outcome {
	return store.Outcome{State: setup.StepDone, Summary: summary}
}

func (s *jobSite) request(method, path string, form url.Values, header http.Header) *http.Response {
	s.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range s.cookies {
		r.AddCookie(c)
	}
	for k, v := range header {
		r.Header[k] = v
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// page reads a page and checks what holds for every page: one h1, ids used
// once, and targets of aria attributes, labels and links within the page that
// exist.
func (s *jobSite) page(path string, status int) *goquery.Document {
	s.t.Helper()
	resp := s.request(http.MethodGet, path, nil, nil)
	if resp.StatusCode != status {
		s.t.Fatalf("GET %s: status %d, want %d", path, resp.StatusCode, status)
	}
	doc, err := goquery.NewDocumentFromReader(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	checkPage(s.t, path, doc)
	return doc
}

func checkPage(t testing.TB, path string, doc *goquery.Document) {
	t.Helper()
	if n := doc.Find("h1").Length(); n != 1 {
		t.Errorf("%s: %d h1 elements, want 1", path, n)
	}
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, e *goquery.Selection) {
		id, _ := e.Attr("id")
		if ids[id] {
			t.Errorf("%s: id %q is used twice", path, id)
		}
		ids[id] = true
	})
	for _, attr := range []string{"aria-describedby", "aria-labelledby", "for"} {
		doc.Find("[" + attr + "]").Each(func(_ int, e *goquery.Selection) {
			value, _ := e.Attr(attr)
			for _, id := range strings.Fields(value) {
				if !ids[id] {
					t.Errorf("%s: %s=%q leads nowhere", path, attr, value)
				}
			}
		})
	}
	doc.Find(`a[href^="#"]`).Each(func(_ int, e *goquery.Selection) {
		href, _ := e.Attr("href")
		if !ids[strings.TrimPrefix(href, "#")] {
			t.Errorf("%s: link to %s leads nowhere", path, href)
		}
	})
	for _, words := range glued(doc) {
		t.Errorf("%s: words run into each other: %s", path, words)
	}
	if e := doc.Find("[style], [onclick]"); e.Length() > 0 {
		t.Errorf("%s: inline style or script, which the CSP forbids", path)
	}
}

func contains(t testing.TB, doc *goquery.Document, selector string, parts ...string) {
	t.Helper()
	text := squash(doc.Find(selector).Text())
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s: no %q in %q", selector, p, text)
		}
	}
}

func squash(s string) string { return strings.Join(strings.Fields(s), " ") }

func get(service, operation string) setup.Call {
	return setup.Call{Service: service, Operation: operation, Status: 200, RequestID: "req-" + operation, Took: 61 * time.Millisecond}
}

func failedMapping() store.Outcome {
	return store.Outcome{State: setup.StepFailed, Summary: "/orders is mapped, /billing is not", Problem: &setup.Problem{
		What: "Path /billing was not mapped.", Why: "The API behind this path no longer exists.", Fix: "Choose another API, then re-run the step.",
		Ref: "31b7d2f8-9a40-4c55-8be1-f20c7e6a9d13", Service: "API Gateway", Said: "BadRequestException: Invalid API identifier specified: k3v9x2p1qa",
	}}
}

// toMappings carries a job of two regions to the step mappings.
func (s *jobSite) toMappings() {
	s.t.Helper()
	s.pass("identity", done("Account 482177301954"), get("sts", "GetCallerIdentity"))
	s.pass("certificate-edge", done("ACM"), get("acm", "RequestCertificate"))
	s.pass("certificate-regional", done("ACM"))
	record := setup.Record{Type: "CNAME", Name: "_a79.api.harborview.example", Value: "_424.acm-validations.aws"}
	s.pass("validation", store.Outcome{State: setup.StepNeedsYou, Summary: "1 record to add", Records: []setup.Record{record}, After: time.Second})
	record.Found = true
	s.pass("validation", store.Outcome{State: setup.StepDone, Summary: "1 record for both certificates, found", Records: []setup.Record{record}})
	s.pass("issued-regional", done("Issued"))
	s.pass("issued-edge", done("Issued"))
	s.pass("domain", done("Available"))
}

func (s *jobSite) save(key, kind, id string, attributes map[string]string) {
	s.t.Helper()
	r := setup.Resource{Key: key, Type: kind, ID: id, Owned: true, State: "ISSUED", Attributes: attributes}
	if err := s.store.SaveResource(s.t.Context(), s.setup.ID, r); err != nil {
		s.t.Fatal(err)
	}
}

func TestJobPageOfANewJob(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.start(setup.JobApply, setup.JobInput{})
	doc := s.page("/jobs/1", http.StatusOK)
	contains(t, doc, "h1", "Set up api.harborview.example")
	contains(t, doc, "#step-preview-meta", "Starts after step")
	if doc.Find(`[hx-sse\:connect^="/jobs/1/events?after="]`).Length() != 1 {
		t.Error("a job that is not over opens no stream")
	}
	if doc.Find("noscript meta[http-equiv=refresh]").Length()+strings.Count(doc.Find("head noscript").Text(), "refresh") == 0 {
		t.Error("without script nothing reloads the page")
	}
	if stopped := s.page("/jobs/1?refresh=off", http.StatusOK); strings.Contains(stopped.Find("head noscript").Text(), "refresh") {
		t.Error("?refresh=off still reloads")
	}
}

func TestJobPageOfAFailedStep(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.start(setup.JobApply, setup.JobInput{})
	s.toMappings()
	refused := setup.Call{Service: "apigatewayv2", Operation: "CreateApiMapping", Status: 400, Code: "BadRequestException", Message: "Invalid API identifier", RequestID: "31b7", Write: true}
	s.pass("mappings", failedMapping(), get("apigatewayv2", "GetApiMappings"), get("apigatewayv2", "GetApiMappings"), refused)
	doc := s.page("/jobs/1", http.StatusOK)
	contains(t, doc, "title", "1 step failed: Job 1")
	contains(t, doc, "#problem-mappings", "Path /billing was not mapped", "API Gateway said: BadRequestException: Invalid API identifier specified: k3v9x2p1qa",
		"Request ID 31b7d2f8-9a40-4c55-8be1-f20c7e6a9d13", "Choose another API", "Re-run step", "Re-run from here")
	contains(t, doc, "#step-mappings-calls", "apigatewayv2:GetApiMappings × 2", "400 BadRequest", "Invalid API identifier")
	if _, open := doc.Find("#step-mappings details").Attr("open"); !open {
		t.Error("a failed step is not open")
	}
	if _, open := doc.Find("#step-identity details").Attr("open"); open {
		t.Error("a finished step is open")
	}

	// Re-run, as a form without script.
	resp := s.request(http.MethodPost, "/jobs/1/steps/mappings/rerun", url.Values{}, nil)
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/jobs/1" {
		t.Errorf("re-run: %d to %q, want 303 to the job", resp.StatusCode, resp.Header.Get("Location"))
	}
	// Again, by htmx: too late, and the page is loaded again to show that.
	resp = s.request(http.MethodPost, "/jobs/1/steps/mappings/rerun", url.Values{}, http.Header{"Hx-Request": {"true"}})
	if resp.StatusCode != http.StatusNoContent || resp.Header.Get("HX-Refresh") != "true" {
		t.Errorf("second re-run: %d, HX-Refresh %q", resp.StatusCode, resp.Header.Get("HX-Refresh"))
	}
	s.pass("mappings", done("/orders and /billing"), get("apigatewayv2", "GetApiMappings"))
	doc = s.page("/jobs/1", http.StatusOK)
	contains(t, doc, "#step-mappings-calls", "Attempt 1, by the worker", "Attempt 2, re-run by Mira Okafor")
	contains(t, doc, "#step-mappings-meta", "2 attempts")
	if n := doc.Find("#step-mappings-bar rect").Length(); n != 3 {
		t.Errorf("%d rects on the time axis, want the axis and one mark for each of 2 attempts", n)
	}
}

func TestJobPageThatNeedsARecord(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.start(setup.JobApply, setup.JobInput{})
	s.pass("identity", done(""))
	s.pass("certificate-edge", done(""))
	s.pass("certificate-regional", done(""))
	record := setup.Record{Type: "CNAME", Name: "_a79.api.harborview.example", Value: "_424.acm-validations.aws", Seen: []string{"elsewhere.example"}}
	s.pass("validation", store.Outcome{State: setup.StepNeedsYou, Records: []setup.Record{record}, After: time.Hour})
	doc := s.page("/jobs/1", http.StatusOK)
	contains(t, doc, "h1", "Needs you")
	contains(t, doc, "#records-validation", "Checked 1 s ago, next in ", "Add 1 DNS record", "_a79.api", "In full: _a79.api.harborview.example", "Another value", "elsewhere.example", "Check now")
	if v, _ := doc.Find(`#records-validation [data-what="full validation record name"]`).Attr("data-copy"); v != "_a79.api.harborview.example" {
		t.Errorf("copy button of the full name copies %q", v)
	}
	before := s.bells.last
	resp := s.request(http.MethodPost, "/jobs/1/records/check", url.Values{}, http.Header{"Hx-Request": {"true"}})
	if resp.StatusCode != http.StatusNoContent {
		t.Errorf("check now: status %d, want 204", resp.StatusCode)
	}
	if s.bells.last == before {
		t.Error("check now rings nobody")
	}
}

// Steps that wait for somebody to sign in to AWS are one card, with the command
// and a button that looks at once.
func TestJobPageThatNeedsASignIn(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.start(setup.JobApply, setup.JobInput{})
	s.pass("identity", done(""))
	over := &setup.Problem{What: "The AWS sign-in has ended.", Why: "It is over.", Fix: "Sign in again with “aws sso login --profile prod”.", Code: "SignedOut"}
	for _, step := range []string{"certificate-edge", "certificate-regional"} {
		s.pass(setup.StepID(step), store.Outcome{State: setup.StepNeedsYou, Problem: over, Summary: "Waits for you to sign in to AWS again.", After: time.Hour})
	}
	doc := s.page("/jobs/1", http.StatusOK)
	contains(t, doc, "h1", "Needs you")
	contains(t, doc, "#problem-certificate-edge", "The AWS sign-in has ended", "aws sso login --profile prod", "Look again now")
	if doc.Find("#problem-certificate-edge.bad, #problem-certificate-regional").Length() > 0 {
		t.Error("what waits looks like a failure, or is said twice")
	}
	to, _ := doc.Find("#problem-certificate-edge form").Attr("action")
	before := s.bells.last
	if resp := s.request(http.MethodPost, to, url.Values{}, http.Header{"Hx-Request": {"true"}}); resp.StatusCode != http.StatusNoContent || s.bells.last != before+2 {
		t.Errorf("the button at %q: status %d, %d bells", to, resp.StatusCode, s.bells.last-before)
	}
}

func TestJobPageAfterACancel(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.start(setup.JobApply, setup.JobInput{})
	s.pass("identity", done(""))
	s.save(setup.KeyCertificateEdge, "Certificate", "arn:aws:acm:us-east-1:482177301954:certificate/5c0d3b1e", nil)
	doc := s.page("/jobs/1/cancel", http.StatusOK)
	contains(t, doc, "main", "Nothing is deleted", "Create distribution", "5c0d3b1e")
	resp := s.request(http.MethodPost, "/jobs/1/cancel", url.Values{}, nil)
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("cancel: status %d", resp.StatusCode)
	}
	doc = s.page("/jobs/1", http.StatusOK)
	contains(t, doc, "h1", "Cancelled")
	contains(t, doc, "title", "Cancelled: Job 1")
	if doc.Find(`[hx-sse\:connect]`).Length() != 0 {
		t.Error("a job that is over opens a stream")
	}
	if resp := s.request(http.MethodPost, "/jobs/1/cancel", url.Values{}, nil); resp.StatusCode != http.StatusConflict {
		t.Errorf("second cancel: status %d, want 409", resp.StatusCode)
	}
	if resp := s.request(http.MethodGet, "/jobs/1/cancel", nil, nil); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("cancel page of a job that is over: status %d, want 303", resp.StatusCode)
	}
}

// finish carries the job from mappings to its end.
func (s *jobSite) finish() {
	s.t.Helper()
	s.pass("mappings", done("2 paths"), get("apigatewayv2", "GetApiMappings"),
		setup.Call{Service: "apigatewayv2", Operation: "CreateApiMapping", Status: 201, RequestID: "1d5c-mapping", Write: true})
	s.pass("distribution", done("E2QWX7K1M9PLTB"))
	s.save(setup.KeyDistribution, "Distribution", "E2QWX7K1M9PLTB", map[string]string{setup.AttrDomainName: "d1x7q2k9v4m0ab.cloudfront.net"})
	s.pass("deployed", done("Deployed"))
	s.pass("preview", done("4 of 4 requests passed"))
	s.save(setup.KeyRecordTraffic, "Traffic record", "api.harborview.example", map[string]string{
		setup.AttrPrevious: `[{"type":"A","name":"api.harborview.example","value":"203.0.113.40","ttl":300}]`,
		setup.AttrRecords:  `[{"type":"CNAME","name":"api.harborview.example","value":"d1x7q2k9v4m0ab.cloudfront.net","ttl":300}]`,
	})
	s.pass("dns", done("Found"))
	s.pass("live", done("4 of 4 requests passed from outside"))
}

func TestJobPageOfASuccess(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.start(setup.JobApply, setup.JobInput{})
	s.toMappings()
	s.finish()
	doc := s.page("/jobs/1", http.StatusOK)
	contains(t, doc, "title", "Succeeded: Job 1")
	contains(t, doc, "#todo", "api.harborview.example is served by CloudFront", "4 of 4 requests passed from outside.",
		"curl -i https://api.harborview.example/orders",
		"curl -i --connect-to api.harborview.example:443:d1x7q2k9v4m0ab.cloudfront.net:443 https://api.harborview.example/orders",
		"BeforeAapi203.0.113.40300", "AfterCNAMEapid1x7q2k9v4m0ab.cloudfront.net300", "within 5 minutes")
	contains(t, doc, "#job-side", "What was made", "E2QWX7K1M9PLTB")
	contains(t, doc, "#job-head", "Open setup")
	if doc.Find("[data-since]").Length() != 0 {
		t.Error("a clock ticks on the page of a job that is over")
	}

	// On paper: all of it, with the request IDs of what changed something.
	contains(t, doc, "#report", "By", "Mira Okafor", "1d5c-mapping", "apigatewayv2:CreateApiMapping", "E2QWX7K1M9PLTB", "d1x7q2k9v4m0ab.cloudfront.net", "No.", "Verify from outside")
	if got := doc.Find("#report").Text(); strings.Contains(got, "GetApiMappings") {
		t.Error("the report lists a call that only reads")
	}
	if doc.Find("dialog#keys kbd").Length() != 6 || doc.Find(`a[data-keys][href="/help/accessibility"]`).Length() != 1 {
		t.Error("the list of keys, or the way to it, is missing")
	}

	contains(t, s.page("/setups/"+s.setup.ID, http.StatusOK), "main", "E2QWX7K1M9PLTB", "Clear cached answers", "Job 1: Set up", "Path of a request")
}

func TestNamesFromAWSAreEscaped(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.start(setup.JobApply, setup.JobInput{})
	const evil = `<script>alert(1)</script><hx-partial hx-target="body">`
	s.pass("identity", store.Outcome{State: setup.StepFailed, Summary: evil, Problem: &setup.Problem{What: evil, Why: evil, Fix: evil, Said: evil, Service: evil, Ref: evil}},
		setup.Call{Service: "sts", Operation: evil, Status: 400, Code: evil, Message: evil + "\r\rid: 99\r\r\ndata: x\n\nid: 99\n\n", RequestID: `"><img src=x>`})
	s.save(setup.KeyDomain, evil, evil, map[string]string{setup.AttrTarget: evil})
	for _, path := range []string{"/jobs/1", "/setups/" + s.setup.ID, "/jobs", "/jobs?q=" + url.QueryEscape(evil)} {
		doc := s.page(path, http.StatusOK)
		if n := doc.Find("body script, img, hx-partial").Length(); n != 0 {
			t.Errorf("%s: %d elements came out of stored text", path, n)
		}
	}
	stream := s.events("/jobs/1/events?after=0", nil)
	m := stream.next()
	if strings.Contains(m.data, "<script") || strings.Contains(m.data, "<img") || m.id == "99" || strings.Contains(m.data, "\r") {
		t.Errorf("stored text got out of the stream: %s", m.data)
	}
}

func TestJobsThatAreNotThere(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	contains(t, s.page("/jobs/99", http.StatusNotFound), "h1", "There is no job 99")
	contains(t, s.page("/jobs/x", http.StatusNotFound), "h1", "There is no job x")
	contains(t, s.page("/setups/nothing", http.StatusNotFound), "h1", "There is no such setup")
	for _, path := range []string{"/jobs/99/cancel", "/jobs/99/steps/dns/rerun", "/jobs/99/records/check", "/jobs/99/records/restore"} {
		if resp := s.request(http.MethodPost, path, url.Values{}, nil); resp.StatusCode != http.StatusNotFound {
			t.Errorf("POST %s: status %d, want 404", path, resp.StatusCode)
		}
	}
	s.start(setup.JobApply, setup.JobInput{})
	if resp := s.request(http.MethodPost, "/jobs/1/steps/nothing/rerun", url.Values{}, nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("re-run of an unknown step: status %d, want 404", resp.StatusCode)
	}
	if resp := s.request(http.MethodPost, "/jobs/1/steps/identity/rerun", url.Values{}, nil); resp.StatusCode != http.StatusConflict {
		t.Errorf("re-run of a step that has not failed: status %d, want 409", resp.StatusCode)
	}
}

func TestEarlierCallsOfAStep(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.start(setup.JobApply, setup.JobInput{})
	var calls []setup.Call
	for i := range 120 {
		calls = append(calls, get("sts", fmt.Sprintf("Call%03d", i)))
	}
	s.pass("identity", store.Outcome{State: setup.StepRunning, After: time.Hour}, calls...)
	doc := s.page("/jobs/1", http.StatusOK)
	contains(t, doc, "#step-identity-calls", "Show 20 earlier calls", "Call020", "Call119")
	link, _ := doc.Find("#step-identity-calls a").First().Attr("href")
	path, _, _ := strings.Cut(link, "#")
	doc = s.page(path, http.StatusOK)
	contains(t, doc, "#step-identity-calls", "Call000", "Call019")
	contains(t, doc, "#job-note", "Back to the newest calls")
	if strings.Contains(doc.Find("#step-identity-calls").Text(), "Call020") {
		t.Error("the earlier calls hold a newer one")
	}
	if doc.Find(`[hx-sse\:connect]`).Length() != 0 {
		t.Error("the stream would replace the earlier calls")
	}
}

// The old record is offered where one was replaced; the job that puts it back
// asks for it by hand, and says afterwards how things stand.
func TestPuttingTheOldRecordBack(t *testing.T) {
	t.Parallel()
	s := newJobSite(t)
	s.start(setup.JobApply, setup.JobInput{})
	s.toMappings()
	restore := func() (status int, to string) {
		resp := s.request(http.MethodPost, "/jobs/1/records/restore", url.Values{}, nil)
		return resp.StatusCode, resp.Header.Get("Location")
	}
	if status, _ := restore(); status != http.StatusConflict {
		t.Errorf("with nothing replaced: status %d, want 409", status)
	}
	s.finish()
	doc := s.page("/jobs/1", http.StatusOK)
	contains(t, doc, "#todo", "The old record sends clients back to 203.0.113.40 within 5 minutes. Nothing in AWS is deleted. You change it where you manage DNS")
	if doc.Find(`form[action="/jobs/1/records/restore"] button`).Text() != "Put the old record back" {
		t.Error("the button is missing")
	}
	contains(t, doc, "#job-side", "Change edge settings")

	s.bells.mu.Lock()
	s.bells.low = 0
	s.bells.mu.Unlock()
	if status, to := restore(); status != http.StatusSeeOther || to != "/jobs/2" {
		t.Fatalf("status %d to %q, want 303 to the new job", status, to)
	}
	if status, _ := restore(); status != http.StatusConflict {
		t.Errorf("beside a job at work: status %d, want 409", status)
	}
	s.first, s.numbers = s.bells.low, map[setup.StepID]int64{"identity": 1, "dns-restore": 2}
	s.pass("identity", done(""))
	old := setup.Record{Type: "A", Name: "api.harborview.example", Value: "203.0.113.40", TTL: 300, Seen: []string{"d1x7q2k9v4m0ab.cloudfront.net"}}
	s.pass("dns-restore", store.Outcome{State: setup.StepNeedsYou, Records: []setup.Record{old}, After: time.Second})
	doc = s.page("/jobs/2", http.StatusOK)
	contains(t, doc, "h1", "Put the old record of api.harborview.example back", "Needs you")
	contains(t, doc, "#records-dns-restore", "Put the old record back", "203.0.113.40", "Another value", "d1x7q2k9v4m0ab.cloudfront.net", "Check now")
	old.Found = true
	s.save(setup.KeyRecordTraffic, "Traffic record", "", map[string]string{
		setup.AttrPrevious: `[{"type":"A","name":"api.harborview.example","value":"203.0.113.40","ttl":300}]`, setup.AttrRestored: "x",
	})
	s.pass("dns-restore", store.Outcome{State: setup.StepDone, Records: []setup.Record{old}})
	doc = s.page("/jobs/2", http.StatusOK)
	contains(t, doc, "#todo", "The old record of api.harborview.example is back", "answer with A 203.0.113.40", "within 5 minutes", "BeforeCNAMEapid1x7q2k9v4m0ab.cloudfront.net", "AfterAapi203.0.113.40300")
	contains(t, doc, "#job-side", "Move the traffic again")
	doc = s.page("/jobs/1", http.StatusOK)
	contains(t, doc, "#todo", "The old record is back. A new job of this setup moves the traffic again.")
	if doc.Find(`form[action$="/records/restore"]`).Length() != 0 {
		t.Error("the old record is offered again")
	}
	if status, _ := restore(); status != http.StatusConflict {
		t.Errorf("once it is back: status %d, want 409", status)
	}
	contains(t, s.page("/jobs?kind=restore", http.StatusOK), "main", "Put the old record back")
	contains(t, s.page("/", http.StatusOK), "main", "Traffic goes to the old record")
}
