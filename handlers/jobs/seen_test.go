package jobs_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// The beginning of a body that stands nowhere else, and what it may do to a page.
const (
	bodyMarker  = "BODY-OF-A-STRANGER"
	hostileBody = "<script>alert(1)</script></pre><img src=x>" + bodyMarker + "\u202e\x00\x1b[31m\xff\u2066"
)

// strange is a look that met a stranger by one of two ways.
func strange() *setup.Seen {
	at := time.Now()
	good := setup.Evidence{
		Rung: setup.RungRegional, Path: "/orders", Method: "GET", URL: "https://api.harborview.example/orders/", Dialed: "d-a1.execute-api.eu-central-1.amazonaws.com", At: at, Key: "APIFRONT_PROBE_KEY_A",
		Status: 200, Header: map[string]string{"X-Amzn-Requestid": "r-1"}, Names: []string{"api.harborview.example"}, Begins: at, Expires: at.Add(time.Hour), Address: "192.0.2.1:443",
		Resolve: 3 * time.Millisecond, Connect: 4 * time.Millisecond, TLS: 5 * time.Millisecond, FirstByte: 66 * time.Millisecond,
	}
	bad := good
	bad.Rung, bad.Status, bad.Excerpt = setup.RungDistribution, 502, hostileBody
	bad.Header = map[string]string{"Server": "<b>\u202eevil" + strings.Repeat("x", 5000), "Via": "\x00\x1b<img src=x>"}
	none := good
	none.Rung, none.Path, none.Status, none.Header, none.Failed, none.Error = setup.RungDistribution, "/billing", 0, nil, "tls", "<script>alert(2)</script>"
	return &setup.Seen{Requests: []setup.Evidence{good, bad, none}, Answers: []setup.DNSAnswer{
		{Name: "api.harborview.example", Type: "CNAME", Server: "ns1.harborview.example", Address: "192.0.2.53:53", Code: "NOERROR", Records: []string{"<img src=x>\u202e"}, TTL: 5 * time.Minute},
		{Name: "api.harborview.example", Type: "CNAME", Server: "1.1.1.1:53", Resolver: true, Error: "i/o timeout"},
	}}
}

// A step shows what was seen: who answered by which way, what DNS said, and the
// beginning of a stranger's answer to those who may run jobs, for a week. It is
// on no other page and in no download.
func TestWhatWasSeen(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.Pass("identity", store.Outcome{State: setup.StepRunning, After: time.Hour, Seen: strange()})
	stream := s.Events("/jobs/1/events?after=0", nil)
	if m := stream.Next(); !strings.Contains(m.Data, bodyMarker) || !strings.Contains(m.Data, `hx-target="#step-identity-seen"`) || strings.Contains(m.Data, "<script") || strings.Contains(m.Data, "<img") {
		t.Errorf("the stream says: %s", m.Data)
	}
	stream.Close()
	s.Pass("identity", store.Outcome{State: setup.StepFailed, Summary: "no", Problem: &setup.Problem{What: "No."}, Seen: strange()})

	const page = "/jobs/1/steps/identity/seen"
	whole := func(path string) string { return s.Request(http.MethodGet, path, nil, nil).Text(t) }
	doc := s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "#step-identity-seen details", "What was seen", "Attempt 1, the look that ended it", "Regional name", "200, API Gateway", "78 ms", "CloudFront's name", "502, <b>evil",
		"No answer: TLS failed", "Not asked", "CNAME api.harborview.example", "ns1.harborview.example", "5 min", "resolver 1.1.1.1:53", "No use: i/o timeout", "All that was seen")
	handlerstest.Contains(t, doc, "#step-identity-seen pre", "<script>alert(1)</script></pre><img src=x>"+bodyMarker)
	if n := doc.Find("#step-certificate-edge-seen details").Length(); n != 0 {
		t.Error("a step that saw nothing shows what it saw")
	}
	doc = s.Page(page, http.StatusOK)
	handlerstest.Contains(t, doc, "main", "the look that ended it", "the newest look that did not end it", bodyMarker, "resolve 3 ms, connect 4 ms, TLS 5 ms, first byte 66 ms", "192.0.2.1:443", "APIFRONT_PROBE_KEY_A", "X-Amzn-Requestid", "api.harborview.example")
	handlerstest.Contains(t, s.Page(page+"?attempt=1", http.StatusOK), "[aria-current=page]", "the newest look")
	for _, path := range []string{"/jobs/1", page} {
		doc, text := s.Page(path, http.StatusOK), whole(path)
		if n := doc.Find("body script, img, main b:not([aria-current], .num)").Length(); n != 0 {
			t.Errorf("%s: %d elements came out of stored text", path, n)
		}
		if strings.ContainsAny(text, "\x00\x1b\u202e\u2066\ufffd") || strings.Contains(text, strings.Repeat("x", 700)) {
			t.Errorf("%s has characters that do not print, or a very long header", path)
		}
	}
	for _, path := range []string{"/jobs/1/log.json", "/jobs/1/log.json?step=identity", "/jobs", "/setups/" + s.Setup.ID, "/", "/settings/audit", "/settings/audit.csv", "/settings/audit.jsonl", "/jobs/1?step=identity&from=1"} {
		text := whole(path)
		if text == "" || strings.Contains(text, bodyMarker) && !strings.HasPrefix(path, "/jobs/1?") {
			t.Errorf("%s tells the body", path)
		}
	}
	s.Page("/jobs/1/steps/nothing/seen", http.StatusNotFound)
	s.Page("/jobs/9/steps/identity/seen", http.StatusNotFound)
	handlerstest.Contains(t, s.Page("/jobs/1/steps/dns/seen", http.StatusOK), "main", "Nothing was seen from outside")

	s.SignIn(store.User{Name: "Vera", Email: "vera@example.com", Role: store.RoleViewer})
	for _, path := range []string{"/jobs/1", page} {
		if text := whole(path); strings.Contains(text, bodyMarker) || !strings.Contains(text, "200, API Gateway") {
			t.Errorf("%s tells a viewer the body, or not who answered", path)
		}
	}
	stream = s.Events("/jobs/1/events?after=0", nil)
	if m := stream.Next(); strings.Contains(m.Data, bodyMarker) || !strings.Contains(m.Data, "200, API Gateway") {
		t.Errorf("the stream tells a viewer: %s", m.Data)
	}
	stream.Close()
	handlerstest.Contains(t, s.Page(page, http.StatusOK), "main", "shown to people with the role operator")

	later := time.Now().Add(store.ExcerptsKept + time.Minute)
	s.Store.SetClock(func() time.Time { return later })
	s.SignIn(store.User{Name: "Otto", Email: "otto@example.com", Role: store.RoleOperator})
	for _, path := range []string{"/jobs/1", page} {
		if text := whole(path); strings.Contains(text, bodyMarker) || !strings.Contains(text, "erased after a week") || !strings.Contains(text, "200, API Gateway") {
			t.Errorf("%s tells the body after a week, or nothing else", path)
		}
	}
}

// However much a step saw, the page of its job stays small and leads to all of it.
func TestMuchWasSeen(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	seen := &setup.Seen{}
	for i := range 40 {
		for _, rung := range []setup.Rung{setup.RungAPI, setup.RungRegional, setup.RungDistribution, setup.RungName, "of another version"} {
			e := strange().Requests[0]
			e.Rung, e.Path, e.URL = rung, fmt.Sprintf("/path-%d", i), fmt.Sprintf("https://api.harborview.example/path-%d", i)
			if i == 37 {
				e.Status, e.Header, e.Excerpt = 503, nil, strings.Repeat("w ", 256)
			}
			seen.Requests = append(seen.Requests, e)
		}
	}
	for i := range 200 {
		seen.Answers = append(seen.Answers, setup.DNSAnswer{Name: "api.harborview.example", Type: "A", Server: fmt.Sprintf("ns%d.harborview.example", i), Code: "NOERROR", Records: []string{"192.0.2.1"}, TTL: time.Minute})
	}
	s.Pass("identity", store.Outcome{State: setup.StepDone})
	before := len(s.Request(http.MethodGet, "/jobs/1", nil, nil).Text(t))
	for _, step := range []setup.StepID{"certificate-edge", "certificate-regional"} {
		s.Pass(step, store.Outcome{State: setup.StepDone, Seen: seen})
	}
	text := s.Request(http.MethodGet, "/jobs/1", nil, nil).Text(t)
	if grown := len(text) - before; grown > 50_000 {
		t.Errorf("the page of the job grew by %d octets", grown)
	}
	doc := s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "#step-certificate-edge-seen", "/path-37", "503, a server without a name", "There is more than is shown here")
	all := s.Request(http.MethodGet, "/jobs/1/steps/certificate-edge/seen", nil, nil).Text(t)
	t.Logf("the page of all has %d octets", len(all))
	for _, want := range []string{"/path-0<", "/path-39<", "ns199.harborview.example"} {
		if !strings.Contains(all, want) {
			t.Errorf("%s is not on the page of all", want)
		}
	}
	if len(all) > 600_000 {
		t.Errorf("the page of all has %d octets", len(all))
	}
}
