package jobs_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/handlers/jobs"
	"apifront/setup"
	"apifront/store"
)

func TestJobHistory(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	handlerstest.Contains(t, s.Page("/jobs", http.StatusOK), "main", "No jobs yet", "New setup")

	for range 30 {
		n := s.Start(setup.JobInvalidate, setup.JobInput{Paths: []string{"/catalog/*"}})
		if n == 1 {
			s.Save(setup.KeyDistribution, "Distribution", "E2QWX7K1M9PLTB", nil)
			s.Pass("identity", handlerstest.Done(""), handlerstest.Call("sts", "GetCallerIdentity"))
		}
		if err := s.Store.CancelJob(t.Context(), n, "Mira Okafor"); err != nil {
			t.Fatal(err)
		}
	}
	s.Start(setup.JobApply, setup.JobInput{})

	doc := s.Page("/jobs", http.StatusOK)
	handlerstest.Contains(t, doc, ".tabs", "All 31", "Running 1", "Cancelled 30", "Failed 0")
	handlerstest.Contains(t, doc, "tbody", "Set up", "Clear /catalog/*", "Cancelled", "Mira Okafor")
	if n := doc.Find("tbody tr").Length(); n != 25 {
		t.Errorf("%d rows on the first page, want 25", n)
	}
	next, _ := doc.Find(`a[rel=next]`).Attr("href")
	doc = s.Page(next, http.StatusOK)
	if n := doc.Find("tbody tr").Length(); n != 6 {
		t.Errorf("%d rows on the second page, want 6", n)
	}
	if doc.Find(`a[rel=next]`).Length() != 0 {
		t.Error("there is a page after the last")
	}
	back, _ := doc.Find(`a[rel=prev]`).Attr("href")
	if back != "/jobs" {
		t.Errorf("previous page is %s", back)
	}

	for query, rows := range map[string]int{
		"status=running":                        1,
		"status=cancelled&kind=apply":           0,
		"kind=apply":                            1,
		"q=harborview&kind=apply":               1,
		"q=req-GetCallerIdentity":               1,
		"q=E2QWX7K1M9PLTB&status=running":       1,
		"q=nothing.example":                     0,
		"when=day&status=running":               1,
		"before=3":                              2,
		"before=x&status=nothing&kind=whatever": 0,
	} {
		doc := s.Page("/jobs?"+query, http.StatusOK)
		if n := doc.Find("tbody tr").Length(); n != rows {
			t.Errorf("%s: %d rows, want %d", query, n, rows)
		}
		if rows == 0 {
			handlerstest.Contains(t, doc, "main", "No jobs match", "Show all jobs")
		}
	}
}

func TestClearCachedAnswers(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	clearAt := "/setups/" + s.Setup.ID + "/clear"
	if resp := s.Request(http.MethodPost, clearAt, url.Values{"paths": {"/*"}}, nil); resp.StatusCode != http.StatusConflict {
		t.Errorf("without a distribution: status %d, want 409", resp.StatusCode)
	}
	handlerstest.Contains(t, s.Page("/setups/"+s.Setup.ID, http.StatusOK), "main", "There is no distribution yet")
	s.Finish()

	resp := s.Request(http.MethodPost, clearAt, url.Values{"paths": {"orders /a"}}, nil)
	doc, err := goquery.NewDocumentFromReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	handlerstest.CheckPage(t, clearAt, doc)
	if resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a path without a slash: status %d, want 422", resp.StatusCode)
	}
	handlerstest.Contains(t, doc, "title", "Error: Clear cached answers: api.harborview.example")
	handlerstest.Contains(t, doc, "#errors", "Start the path “orders” with a slash, like /orders")
	handlerstest.Contains(t, doc, "#paths-err", "Start the path “orders” with a slash, like /orders")
	if v := doc.Find("#paths").Text(); v != "orders /a" {
		t.Errorf("what was typed became %q", v)
	}

	resp = s.Request(http.MethodPost, clearAt, url.Values{"paths": {"/a~b"}}, nil)
	if doc, err = goquery.NewDocumentFromReader(resp.Body); err != nil || resp.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("a path with ~: status %d, error %v, want 422", resp.StatusCode, err)
	}
	handlerstest.Contains(t, doc, "#paths-err", "Enter /a* instead of “/a~b”")
	resp = s.Request(http.MethodPost, clearAt, url.Values{"paths": {"https://other.example/a"}}, nil)
	if doc, err = goquery.NewDocumentFromReader(resp.Body); err != nil || resp.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("an address of another name: status %d, error %v, want 422", resp.StatusCode, err)
	}
	handlerstest.Contains(t, doc, "#paths-err", "This is an address of other.example")

	// What the paths cover is said before they are sent, and a wider one can be taken.
	for _, c := range []struct {
		form  url.Values
		typed string
		says  []string
	}{
		{url.Values{"paths": {"/orders\n/orders/*\n/~tmp"}, "go": {"preview"}}, "/orders\n/orders/*\n/~tmp", []string{"2 of 3 need another look", "Only /orders itself. Answers for /orders?page=2 stay", "All below /orders/", "Enter /* instead of “/~tmp”"}},
		{url.Values{"paths": {"/billing/*\n/orders"}, "take": {"1"}}, "/billing/*\n/orders*", []string{"All that begins with /orders"}},
	} {
		resp = s.Request(http.MethodPost, clearAt, c.form, nil)
		if doc, err = goquery.NewDocumentFromReader(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%v: status %d, error %v", c.form, resp.StatusCode, err)
		}
		handlerstest.CheckPage(t, clearAt, doc)
		handlerstest.Contains(t, doc, "#covers", c.says...)
		if got := doc.Find("#paths").Text(); got != c.typed {
			t.Errorf("%v: the field has %q, want %q", c.form, got, c.typed)
		}
	}
	if list, err := s.Store.Clears(t.Context(), s.Setup.ID, 5); err != nil || len(list) != 0 {
		t.Errorf("looking at what paths cover started %+v, error %v", list, err)
	}
	handlerstest.Contains(t, s.Page(clearAt, http.StatusOK), "main", "CloudFront keeps nothing. Clearing changes nothing.", "0 of 1,000 paths used", "0 of 3,000 paths, and 0 of 15 with a *", "Everything that CloudFront keeps")

	resp = s.Request(http.MethodPost, clearAt, url.Values{"paths": {" /orders/* /a"}}, nil)
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/jobs/2" {
		t.Fatalf("status %d to %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	j, err := s.Store.Job(t.Context(), 2)
	if err != nil || j.Kind != setup.JobInvalidate || strings.Join(j.Input.Paths, " ") != "/orders/* /a" {
		t.Errorf("job %+v, error %v", j, err)
	}
	handlerstest.Contains(t, s.Page("/jobs/2", http.StatusOK), "h1", "Clear cached answers of api.harborview.example")
	handlerstest.Contains(t, s.Page("/jobs/2", http.StatusOK), "main", "/orders/* /a", "2 paths of the 1,000 a month")
	handlerstest.Contains(t, s.Page("/setups/"+s.Setup.ID, http.StatusOK), "main", "Job 2 is at work on this setup", "Clear 2 paths")

	resp = s.Request(http.MethodPost, clearAt, url.Values{"paths": {"/*"}}, nil)
	if doc, err = goquery.NewDocumentFromReader(resp.Body); err != nil || resp.StatusCode != http.StatusConflict {
		t.Fatalf("beside an active job: status %d, error %v, want 409", resp.StatusCode, err)
	}
	if href, _ := doc.Find("main a.solid").Attr("href"); href != "/jobs/2" {
		t.Errorf("the conflict leads to %q, want the active job", href)
	}
}

func TestDownloadOfAJob(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	asked := handlerstest.Call("apigatewayv2", "GetApiMappings")
	asked.Command, asked.Input, asked.Answer = "apigatewayv2", json.RawMessage(`{"DomainName":"a"}`), map[string]string{"Items[0].ApiMappingId": "m"}
	s.Pass("mappings", handlerstest.FailedMapping(), asked)
	resp := s.Request(http.MethodGet, "/jobs/1/log.json?step=mappings", nil, nil)
	if got := resp.Header.Get("Content-Disposition"); got != `attachment; filename="apifront-job-1-mappings.json"` {
		t.Errorf("file name %q", got)
	}
	var file jobs.LogFile
	if err := json.NewDecoder(resp.Body).Decode(&file); err != nil {
		t.Fatal(err)
	}
	if len(file.Steps) != 1 || file.Steps[0].Problem == nil || len(file.Steps[0].Attempts) != 1 || file.Steps[0].Attempts[0].Calls[0].RequestID != "req-GetApiMappings" {
		t.Errorf("file %+v", file)
	}
	var input map[string]string
	c := file.Steps[0].Attempts[0].Calls[0]
	if err := json.Unmarshal(c.Input, &input); err != nil || input["DomainName"] != "a" || c.Command != "apigatewayv2" || c.Answer["Items[0].ApiMappingId"] != "m" {
		t.Errorf("it asked for %s of %s and was answered %v", c.Input, c.Command, c.Answer)
	}
	resp = s.Request(http.MethodGet, "/jobs/1/log.json", nil, nil)
	if err := json.NewDecoder(resp.Body).Decode(&file); err != nil || len(file.Steps) != len(s.Numbers) || len(file.Events) == 0 {
		t.Errorf("%d steps and %d events, error %v", len(file.Steps), len(file.Events), err)
	}
	if resp := s.Request(http.MethodGet, "/jobs/1/log.json?step=nothing", nil, nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown step: status %d, want 404", resp.StatusCode)
	}
}

// The log as text has one line for each thing that was said, whatever was said.
func TestTextLog(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	nasty := handlerstest.Call("apigatewayv2", "GetApiMappings")
	nasty.Code, nasty.Message = "NotFoundException", "no\nStep 99, forged: done\r\x1b[31m\u202e"
	s.Pass("mappings", handlerstest.FailedMapping(), nasty)
	resp := s.Request(http.MethodGet, "/jobs/1/log.txt", nil, nil)
	text := resp.Text(t)
	if got := resp.Header.Get("Content-Disposition"); got != `attachment; filename="apifront-job-1.txt"` || resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("file name %q, type %q", got, resp.Header.Get("Content-Type"))
	}
	skipped := strings.Count(text, "\nNo step, ")
	if n := strings.Count(text, "\nStep "); n+skipped != len(s.Numbers) || skipped == 0 || strings.Contains(text, "Step 0") {
		t.Errorf("%d steps and %d skipped, want %d:\n%s", n, skipped, len(s.Numbers), text)
	}
	for _, want := range []string{
		"Job 1, apply, running\n", "Name: api.harborview.example\n", "Step 1, Check the account: done\n", "sts:GetCallerIdentity", "  req-GetCallerIdentity\n",
		"Problem: ", "Fix: ", "NotFoundException", "      Said: no Step 99, forged: done [31m\n", "What happened\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	if strings.ContainsAny(text, "\r\x1b\u202e") {
		t.Error("there are control characters in it")
	}
	one := s.Request(http.MethodGet, "/jobs/1/log.txt?step=mappings", nil, nil).Text(t)
	if strings.Count(one, "\nStep ") != 1 || strings.Contains(one, "GetCallerIdentity") {
		t.Errorf("of one step it says:\n%s", one)
	}
	handlerstest.Contains(t, s.Page("/jobs/1", http.StatusOK), `a[href="/jobs/1/log.txt"]`, "text")
}

func TestConnections(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	handlerstest.Contains(t, s.Page("/connections", http.StatusOK), "tbody", "Default connection", "Not tested", "Not known yet")
	resp := s.Request(http.MethodPost, "/connections", url.Values{"connection": {setup.DefaultConnection}}, nil)
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("test: status %d", resp.StatusCode)
	}
	handlerstest.Contains(t, s.Page("/connections", http.StatusOK), "tbody", "Testing")
	if resp := s.Request(http.MethodPost, "/connections", url.Values{"connection": {"profile:nobody"}}, nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a connection that is not there: status %d, want 404", resp.StatusCode)
	}
	answer := func(result string, p *setup.Problem) {
		t.Helper()
		for range 2 { // who it is, and the whole test
			k, found, err := s.Store.NextLook(t.Context(), "w")
			if err != nil || !found {
				t.Fatalf("no look is wanted: %v", err)
			}
			if err := s.Store.FinishLook(t.Context(), "w", k, []byte(result), p); err != nil {
				t.Fatal(err)
			}
		}
	}
	answer(`{"account_id":"482177301954","arn":"arn:aws:iam::482177301954:user/mira"}`, nil)
	handlerstest.Contains(t, s.Page("/connections", http.StatusOK), "tbody", "Works", "4821-7730-1954", "user/mira")
	s.Request(http.MethodPost, "/connections", url.Values{"connection": {setup.DefaultConnection}}, nil)
	answer("", &setup.Problem{What: "AWS refused the credentials.", Why: "They have expired.", Fix: "Sign in again.", Said: "ExpiredToken", Service: "STS"})
	handlerstest.Contains(t, s.Page("/connections", http.StatusOK), "main", "Failed", "They have expired.", "ExpiredToken", "4821-7730-1954")
}

func TestHelp(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	doc := s.Page("/help", http.StatusOK)
	links := doc.Find("main a")
	if links.Length() < 5 {
		t.Errorf("%d topics", links.Length())
	}
	links.Each(func(_ int, a *goquery.Selection) {
		href, _ := a.Attr("href")
		s.Page(href, http.StatusOK)
	})
	// What the layout and other pages link to.
	for _, topic := range []string{"dns", "certificates", "caching", "iam-policy", "accessibility", "demo", "glossary"} {
		s.Page("/help/"+topic, http.StatusOK)
	}
	policy := s.Page("/help/iam-policy", http.StatusOK).Find("pre code").Text()
	var p struct {
		Statement []struct{ Action []string }
	}
	if err := json.Unmarshal([]byte(policy), &p); err != nil {
		t.Fatalf("the policy is no JSON: %v", err)
	}
	for _, action := range p.Statement[0].Action {
		if strings.Contains(action, ":DeleteDistribution") {
			t.Errorf("the page says that no distribution is deleted, and the policy has %s", action)
		}
	}
	s.Page("/help/nothing", http.StatusNotFound)
}

func TestErrorPagesWithoutTheStore(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	st, err := store.Open(ctx, t.TempDir()+"/a.db")
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	s := &handlerstest.JobSite{T: t, Store: st}
	s.URL, s.Client = handlerstest.Serve(t, handlers.New(handlers.Config{Store: st, Version: "test"}, handlerstest.Rooms()...)), http.DefaultClient
	doc := s.Page("/jobs", http.StatusInternalServerError)
	handlerstest.Contains(t, doc, "main", "Nothing in AWS was changed by this page", "Reference", "Go to the setups")
}

// Arrows lead from the page of a job into the AWS console: beside each thing that has a
// page there, and in the step that has made it.
func TestArrowsOfAJob(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	s.Finish()
	doc := s.Page("/jobs/1", http.StatusOK)
	const want = "https://us-east-1.console.aws.amazon.com/cloudfront/v4/home#/distributions/E2QWX7K1M9PLTB"
	a := doc.Find(`#job-side a.out[href="` + want + `"]`)
	if a.Length() != 1 || a.AttrOr("aria-label", "") != "Open the distribution in the AWS console" || a.AttrOr("rel", "") != "noopener noreferrer" {
		t.Errorf("%d arrows to the distribution", a.Length())
	}
	a = doc.Find(`a[href="` + want + `"]:not(.out)`)
	if a.Length() != 1 || a.Text() != "Open the distribution in the AWS console" || a.Closest("li").AttrOr("id", "") != "step-distribution" || a.AttrOr("rel", "") != "noopener noreferrer" {
		t.Errorf("%d steps lead to the distribution", a.Length())
	}
}
