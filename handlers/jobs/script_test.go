package jobs_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// asked is a call of which it is known what it asked.
func asked(command, operation, input string, answer map[string]string) setup.Call {
	c := handlerstest.Call(command, operation)
	c.Command, c.Input, c.Answer, c.Region, c.Write = command, json.RawMessage(input), answer, "us-east-1", !strings.HasPrefix(operation, "Get")
	return c
}

// A job's calls are shown as lines of the AWS CLI, and all of it as a script.
func TestJobAsAWSCLI(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	handlerstest.Contains(t, s.Page("/jobs/1", http.StatusOK), `a[href="/jobs/1/script"]`, "As AWS CLI")
	handlerstest.Contains(t, s.Page("/jobs/1/script", http.StatusOK), "main", "There is no script yet")
	if resp := s.Request(http.MethodGet, "/jobs/1/script.sh", nil, nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a script of nothing: status %d, want 404", resp.StatusCode)
	}
	s.ToMappings()
	s.Pass("mappings", handlerstest.FailedMapping(),
		asked("apigatewayv2", "CreateApiMapping", `{"DomainName":"api.harborview.example","ApiMappingKey":"it's <b>","ApiId":"a1b2c3d4e5","S":{"$secret":"origin-header"}}`, map[string]string{"ApiMappingId": "m4pp1n"}))
	calls, err := s.Store.Calls(t.Context(), 1, "mappings", 10, 0)
	if err != nil || len(calls) != 1 {
		t.Fatalf("%d calls, error %v", len(calls), err)
	}
	page := s.Page("/jobs/1", http.StatusOK)
	href, _ := page.Find(`#step-mappings td a:contains("AWS CLI")`).Attr("href")
	doc := s.Page(href, http.StatusOK)
	handlerstest.Contains(t, doc, "main pre", `aws apigatewayv2 create-api-mapping --region us-east-1 --cli-input-json '{"DomainName":"api.harborview.example","ApiMappingKey":"it'\''s <b>","ApiId":"a1b2c3d4e5","S":"<the secret origin-header>"}'`)
	handlerstest.Contains(t, doc, "main", "Where the secret origin-header belongs, it says so", "req-CreateApiMapping", "may have changed something in AWS")
	handlerstest.Contains(t, s.Page("/jobs/1/script", http.StatusOK), "main", "1 write that AWS carried out", "AWS gives what it makes new IDs. The script reads them from AWS’s answers.", "ORIGIN_HEADER=… sh apifront-job-1.sh", "aws apigatewayv2 create-api-mapping", "not the whole job",
		"variables for other IDs, such as USE_API_ORDERS_API", "unless a variable says otherwise: USE_API_ORDERS_API.", "API_ORDERS_API=${USE_API_ORDERS_API:-$(had API_ORDERS_API a1b2c3d4e5)}")
	resp := s.Request(http.MethodGet, "/jobs/1/script.sh", nil, nil)
	if got := resp.Header.Get("Content-Disposition"); got != `attachment; filename="apifront-job-1.sh"` || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/x-shellscript") {
		t.Errorf("file %q of type %q", got, resp.Header.Get("Content-Type"))
	}
	if text := resp.Text(t); !strings.HasPrefix(text, "#!/bin/sh\n# Job 1 of api.harborview.example") || !strings.Contains(text, "WAS STILL RUNNING") {
		t.Errorf("the script is\n%s", text)
	}
	for _, path := range []string{"/jobs/1/calls/0", "/jobs/1/calls/x", "/jobs/9/script"} {
		s.Page(path, http.StatusNotFound)
	}
}

// A job of before says that it was not kept what it asked.
func TestOldJobAsAWSCLI(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	old := handlerstest.Call("acm", "RequestCertificate")
	old.Write = true
	s.Pass("identity", store.Outcome{State: setup.StepDone, Summary: "The account is right"}, old, handlerstest.Call("sts", "GetCallerIdentity"))
	calls, err := s.Store.Calls(t.Context(), 1, "identity", 10, 0)
	if err != nil || len(calls) != 2 {
		t.Fatalf("%d calls, error %v", len(calls), err)
	}
	page := s.Page("/jobs/1", http.StatusOK)
	if page.Find(`td a:contains("AWS CLI")`).Length() != 0 {
		t.Error("a call of before leads to a line of the AWS CLI")
	}
	handlerstest.Contains(t, s.Page("/jobs/1/calls/"+strconv.FormatInt(calls[0].ID, 10), http.StatusOK), "main", "What this call asked of AWS was not kept")
	handlerstest.Contains(t, s.Page("/jobs/1/calls/"+strconv.FormatInt(calls[1].ID, 10), http.StatusOK), "main", "This call asks AWS who the caller is")
	handlerstest.Contains(t, s.Page("/jobs/1/script", http.StatusOK), "main", "was not kept then")
}
