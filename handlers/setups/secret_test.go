package setups_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/seal"
	"apifront/setup"
	"apifront/store"
)

const planted = "planted-secret-of-the-origin-0123456789abcde"

// withSecret is a setup whose distribution sends a secret header.
func withSecret(t *testing.T) *handlerstest.JobSite {
	t.Helper()
	s := handlerstest.NewJobSite(t)
	spec := s.Setup.Spec
	spec.Edge.OriginHeader = setup.OriginHeader
	spec.API.Mappings = append(spec.API.Mappings, setup.Mapping{Path: "catalog", APIID: "h3v9x2p1qa", Kind: setup.APIKindHTTP, Stage: "$default"}, setup.Mapping{Path: "live", APIID: "w3v9x2p1qa", Kind: setup.APIKindWebSocket, Stage: "prod"})
	d, err := s.Store.CreateDraft(t.Context(), "Mira Okafor", spec)
	if err != nil {
		t.Fatal(err)
	}
	s.Setup = setup.Setup{ID: d.ID, AccountID: spec.Account.AccountID, Spec: d.Spec}
	s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	s.Finish()
	save(t, s, map[string]string{setup.AttrOriginHeader: setup.OriginHeader, setup.AttrOriginSecret: sealed(t, s, planted)})
	return s
}

func sealed(t *testing.T, s *handlerstest.JobSite, text string) string {
	t.Helper()
	out, err := handlerstest.Seals(t).Seal(seal.AboutOrigin(s.Setup.ID), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func save(t *testing.T, s *handlerstest.JobSite, attributes map[string]string) {
	t.Helper()
	s.Save(setup.KeyDistribution, "Distribution", "E2QWX7K1M9PLTB", attributes)
}

// The page shows no secret by itself. It is shown to who asks for it by a form, the audit
// trail says so, and what makes the API want it has a place for it.
func TestSecretIsShownByAsking(t *testing.T) {
	t.Parallel()
	s := withSecret(t)
	at := "/setups/" + s.Setup.ID + "/secret"
	doc := s.Page(at, http.StatusOK)
	handlerstest.Contains(t, doc, "main", "x-origin-verify", "Stored encrypted", "Show the secret", "Change the secret", "REST APIs: a web ACL", `"SearchString": "SECRET"`,
		"aws wafv2 associate-web-acl --region eu-central-1 --web-acl-arn ARN --resource-arn arn:aws:apigateway:eu-central-1::/restapis/a1b2c3d4e5/stages/prod",
		"HTTP APIs: a Lambda authorizer", "isAuthorized: known", "WebSocket APIs: an authorizer of $connect", "ORIGIN_SECRETS")
	text := s.Request(http.MethodGet, at, nil, nil).Text(t)
	if strings.Contains(text, planted) {
		t.Error("the page shows the secret to who has not asked")
	}
	shown := s.Request(http.MethodPost, at+"/show", url.Values{}, nil)
	if text := shown.Text(t); shown.StatusCode != http.StatusOK || !strings.Contains(text, planted) || shown.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("status %d, %q", shown.StatusCode, shown.Header.Get("Cache-Control"))
	}
	lines, err := s.Store.AuditBefore(t.Context(), store.AuditFilter{}, 0, 1)
	if err != nil || len(lines) != 1 || lines[0].Action != store.ActSecretShow || !strings.Contains(lines[0].On, s.Setup.Name()) || strings.Contains(lines[0].Detail, planted) {
		t.Errorf("the audit trail says %+v, %v", lines, err)
	}
	if resp := s.Request(http.MethodPost, at+"/show", url.Values{"which": {"next"}}, nil); resp.StatusCode != http.StatusConflict {
		t.Errorf("the new one, of which there is none: status %d", resp.StatusCode)
	}
}

// A change of the secret is a job, and stores a new one that nobody has seen. Another job
// takes up the same one.
func TestSecretChangeIsAJob(t *testing.T) {
	t.Parallel()
	s := withSecret(t)
	at := "/setups/" + s.Setup.ID + "/secret"
	next := func() string {
		have, err := s.Store.Resources(t.Context(), s.Setup.ID)
		if err != nil {
			t.Fatal(err)
		}
		return have.Attr(setup.KeyDistribution, setup.AttrOriginNext)
	}
	if resp := s.Request(http.MethodPost, at+"/change", url.Values{}, nil); resp.StatusCode != http.StatusBadRequest || next() != "" {
		t.Errorf("without a revision: status %d", resp.StatusCode)
	}
	var first string
	for i := range 2 {
		s.Expect()
		resp := s.Request(http.MethodPost, at+"/change", url.Values{"revision": {"1"}}, nil)
		n, err := strconv.ParseInt(strings.TrimPrefix(resp.Header.Get("Location"), "/jobs/"), 10, 64)
		if resp.StatusCode != http.StatusSeeOther || err != nil {
			t.Fatalf("status %d to %q", resp.StatusCode, resp.Header.Get("Location"))
		}
		j, err := s.Store.Job(t.Context(), n)
		if err != nil || !j.Input.NewSecret || j.Revision != 1 {
			t.Fatalf("the job is %+v, %v", j, err)
		}
		if i == 0 {
			first = next()
		}
		text, err := handlerstest.Seals(t).Open(seal.AboutOrigin(s.Setup.ID), next())
		if err != nil || len(text) != 52 || next() != first {
			t.Errorf("the new secret has %d characters, %v", len(text), err)
		}
		if text := s.Request(http.MethodPost, at+"/show", url.Values{"which": {"next"}}, nil).Text(t); i == 0 && !strings.Contains(text, "This is the new secret") {
			t.Error("the new secret is not shown")
		}
		if err := s.Store.CancelJob(t.Context(), n, "Mira Okafor"); err != nil {
			t.Fatal(err)
		}
		handlerstest.Contains(t, s.Page(at, http.StatusOK), "main", "A new secret is made and is not sent yet", "Go on with the new secret")
	}
}

// Without a secret there is nothing to show or change.
func TestNoSecret(t *testing.T) {
	t.Parallel()
	s := finished(t)
	at := "/setups/" + s.Setup.ID + "/secret"
	handlerstest.Contains(t, s.Page(at, http.StatusOK), "main", "This setup has no secret header")
	for _, act := range []string{"/show", "/change"} {
		if resp := s.Request(http.MethodPost, at+act, url.Values{"revision": {"1"}}, nil); resp.StatusCode != http.StatusConflict {
			t.Errorf("%s: status %d", act, resp.StatusCode)
		}
	}
}
