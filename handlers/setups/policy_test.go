package setups_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/handlers/setups"
	"apifront/policy"
	"apifront/setup"
	"apifront/store"
)

// policyDraft is a draft with all the answers that policies need.
func policyDraft(s *handlerstest.Site, change func(*setup.Spec)) string {
	s.T.Helper()
	spec := setup.DefaultSpec()
	spec.Account.AccountID, spec.Account.Region = "482177301954", "eu-west-1"
	spec.Domain.Name, spec.Domain.ZoneID = "api.harborview.example", "Z0123456789"
	if change != nil {
		change(&spec)
	}
	d, err := s.Store.CreateDraft(s.T.Context(), "Mira Okafor", spec)
	if err != nil {
		s.T.Fatal(err)
	}
	return d.ID
}

func policySite(t *testing.T) *handlerstest.Site {
	t.Helper()
	return handlerstest.SignedIn(t, func(c *handlers.Config) { c.Install = "INSTALL1" })
}

// The page has each kind of policy, to copy and to download. The copy and the
// file are the same.
func TestPolicyPage(t *testing.T) {
	t.Parallel()
	s := policySite(t)
	base := "/drafts/" + policyDraft(s, nil) + "/policy"
	want := map[string][2]string{ // in the policy, and not in it
		"apply":    {"acm:DeleteCertificate", "cloudfront:DeleteDistribution"},
		"look":     {"acm:DescribeCertificate", "acm:RequestCertificate"},
		"teardown": {"cloudfront:DeleteDistribution", "acm:RequestCertificate"},
	}
	for kind, actions := range want {
		page := s.Page(base + "?kind=" + kind)
		if got := page.Find("nav.tabs a[aria-current]").Text(); !strings.Contains(got, setups.PolicyWords[policy.Kind(kind)][0]) {
			t.Errorf("%s: the chosen kind is %q", kind, got)
		}
		var all strings.Builder
		files := 0
		page.Find("a[download]").Each(func(_ int, a *goquery.Selection) {
			href, _ := a.Attr("href")
			r := s.Get(href)
			if r.Status != http.StatusOK || !json.Valid([]byte(r.Body)) || !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment") {
				t.Errorf("%s: status %d", href, r.Status)
			}
			if !strings.Contains(page.Find("pre code").Text(), r.Body) {
				t.Errorf("%s is not what the page shows", href)
			}
			if !strings.Contains(href, "template") {
				all.WriteString(r.Body)
			}
			files++
		})
		if files < 2 || !strings.Contains(all.String(), actions[0]) || strings.Contains(all.String(), actions[1]) || !strings.Contains(all.String(), "api.harborview.example") {
			t.Errorf("%s: %d files, %s", kind, files, all.String())
		}
		if !strings.Contains(page.Text(), "aws iam create-policy --policy-name apifront-"+kind+"-api-harborview-example") {
			t.Errorf("%s: no command", kind)
		}
	}
	for _, file := range []string{"trust.json", "policy.json", "..%2f..%2fetc%2fpasswd", "apifront-look-api-harborview-example.json"} {
		if r := s.Get(base + "/" + file); r.Status != http.StatusNotFound {
			t.Errorf("%s: status %d", file, r.Status)
		}
	}
	// A setup whose address is written as that of a draft, and the other way.
	if r := s.Get(strings.Replace(base, "/drafts/", "/setups/", 1)); r.Status != http.StatusNotFound {
		t.Errorf("a draft as a setup: status %d", r.Status)
	}
}

// If an answer that the policy needs is missing, there is no policy, and the
// page names the answer. The review page links to it.
func TestPolicyOfAnUnfinishedDraft(t *testing.T) {
	t.Parallel()
	s := policySite(t)
	id := policyDraft(s, func(spec *setup.Spec) { spec.Domain.ZoneID = "*" })
	page := s.Page("/drafts/" + id + "/policy")
	if !strings.Contains(page.Text(), "Choose a hosted zone") || page.Find("a[download]").Length() != 0 {
		t.Error(page.Find("main").Text())
	}
	if s.Page("/drafts/"+id+"/review").Find(`a[href="/drafts/`+id+`/policy"]`).Length() != 1 {
		t.Error("the review page has no link to the policy")
	}
}

// A connection that assumes a role has a trust policy. It names the identity
// that the last test of the source connection returned, and the external ID.
func TestPolicyOfARole(t *testing.T) {
	t.Parallel()
	s := policySite(t)
	c, err := s.Store.CreateConnection(t.Context(), setup.Connection{
		Name: "production", Kind: setup.ConnectionRole, RoleARN: "arn:aws:iam::482177301954:role/apifront", ExternalID: "ext-0123456789abcdef0123", Source: setup.DefaultConnection,
	}, "Mira Okafor")
	if err != nil {
		t.Fatal(err)
	}
	page := "/drafts/" + policyDraft(s, func(spec *setup.Spec) { spec.Account.Connection = c.ID }) + "/policy"
	if text := s.Page(page).Text(); !strings.Contains(text, "press Test") {
		t.Error("nobody knows who the server is, and the page does not say so")
	}
	if r := s.Get(page + "/" + policy.TrustFile); r.Status != http.StatusNotFound {
		t.Errorf("status %d", r.Status)
	}
	s.Looks[setup.LookIdentity] = setup.Identity{AccountID: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/server/i-0abc", Partition: "aws"}
	if _, err := s.Store.AskLook(t.Context(), setup.LookKey{Kind: setup.LookIdentity, Connection: setup.DefaultConnection}, 0); err != nil {
		t.Fatal(err)
	}
	s.Work()
	text := s.Get(page + "/" + policy.TrustFile).Body
	for _, want := range []string{`"arn:aws:iam::111122223333:root"`, `"arn:aws:iam::111122223333:role/*/server"`, c.ExternalID, `"sts:AssumeRole"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if template := s.Get(page + "/" + policy.TemplateFile).Body; !strings.Contains(template, "AssumeRolePolicyDocument") || !strings.Contains(template, c.ExternalID) {
		t.Error(template)
	}
}

// If the hosted zone has a connection of its own, each account gets the policy
// for what happens in it.
func TestPolicyForTwoAccounts(t *testing.T) {
	t.Parallel()
	s := policySite(t)
	base := "/drafts/" + policyDraft(s, func(spec *setup.Spec) {
		spec.Domain.Connection, spec.Domain.AccountID = "profile:dns", "444455556666"
	}) + "/policy"
	const name = "/apifront-apply-api-harborview-example.json"
	api, dns := s.Get(base+name).Body, s.Get(base+name+"?for=dns").Body
	if strings.Contains(api, `"route53:`) || !strings.Contains(api, `"acm:`) {
		t.Error(api)
	}
	if !strings.Contains(dns, `"route53:`) || strings.Contains(dns, `"acm:`) {
		t.Error(dns)
	}
	if n := s.Page(base).Find("nav.tabs").Length(); n != 2 {
		t.Errorf("%d choices", n)
	}
}

// A problem that AWS did not allow something links to the setup's policy; other
// problems do not.
func TestRefusalLeadsToThePolicy(t *testing.T) {
	t.Parallel()
	for code, links := range map[string]int{"AccessDeniedException": 1, "ThrottlingException": 0} {
		s := handlerstest.NewJobSite(t)
		s.Start(setup.JobApply, setup.JobInput{})
		s.Pass("identity", store.Outcome{State: setup.StepFailed, Problem: &setup.Problem{
			What: "AWS did not allow a call.", Why: "It said so.", Fix: "Allow acm:RequestCertificate.", Code: code,
		}})
		page := s.Page("/jobs/1", http.StatusOK)
		if n := page.Find(`a[href^="/setups/"][href$="/policy"]`).Length(); n != links {
			t.Errorf("%s: %d links to the policy", code, n)
		}
	}
}

// The policies include resources in a region that the answers no longer name,
// and allow to read and delete them. The policy to look allows only to read
// them.
func TestPolicyOfAnotherRegion(t *testing.T) {
	t.Parallel()
	s := policySite(t)
	id := policyDraft(s, nil)
	if _, err := s.Store.StartJob(t.Context(), store.NewJob{DraftID: id, Kind: setup.JobApply, By: "Mira Okafor", Steps: []store.NewStep{{ID: "identity", Title: "Check"}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Store.SaveResource(t.Context(), id, setup.Resource{Key: setup.KeyDomain, ID: "api.harborview.example", Region: "ap-south-1", Owned: true}); err != nil {
		t.Fatal(err)
	}
	const there = "arn:aws:apigateway:ap-south-1::/domainnames/api.harborview.example"
	for kind, removes := range map[policy.Kind]bool{policy.Apply: true, policy.Look: false, policy.Teardown: true} {
		var d struct {
			Statement []struct {
				Action, Resource any
				Condition        map[string]map[string]any
			}
		}
		reads, deletes, all := false, false, ""
		s.Page("/setups/" + id + "/policy?kind=" + string(kind)).Find("a[download]").Each(func(_ int, a *goquery.Selection) {
			href, _ := a.Attr("href")
			body := s.Get(href).Body
			if err := json.Unmarshal([]byte(body), &d); err != nil {
				t.Fatal(err)
			}
			all += body
			for _, st := range d.Statement {
				actions, of := fmt.Sprint(st.Action), fmt.Sprint(st.Resource)+" "
				here := strings.Contains(of, there+" ") || strings.Contains(of, there+"]")
				reads = reads || here && strings.Contains(actions, "apigateway:GET")
				deletes = deletes || here && strings.Contains(actions, "apigateway:DELETE") && st.Condition["StringEquals"]["aws:ResourceTag/apifront:install"] == "INSTALL1"
			}
		})
		if !reads || deletes != removes {
			t.Errorf("%s: in the region of before, reading is allowed: %v, removing: %v\n%s", kind, reads, deletes, all)
		}
	}
}
