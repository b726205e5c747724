package jobs_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// A step that asks whether to go on has a card with the number, "Wait" and "Go on", of
// which neither needs script. When it does not ask any more, going on is a 409 that says
// why. Somebody who may only look gets no buttons.
func TestJobPageThatAsksWhetherToGoOn(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	const url38, card = "/jobs/1/steps/identity/go-on", "#problem-identity"
	if resp := s.Request(http.MethodPost, url38, url.Values{}, nil); resp.StatusCode != http.StatusConflict {
		t.Errorf("a step that asks nothing: %d", resp.StatusCode)
	}
	s.Pass("identity", store.Outcome{State: setup.StepNeedsYou, Summary: "Callers still come", After: time.Hour, Problem: &setup.Problem{
		What: "38 requests a minute still reach CloudFront.", Why: "They keep an address.", Fix: "Wait, or go on.", Code: setup.CodeCallersCome, Meanwhile: true,
	}})
	doc := s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "h1", "Needs you")
	handlerstest.Contains(t, doc, card, "38 requests a minute still reach CloudFront", "They keep an address.", "Wait, or go on.")
	if doc.Find(card+".bad").Length() > 0 {
		t.Error("what waits looks like a failure")
	}
	before := s.Rung()
	for _, c := range []struct{ to, word string }{{"/jobs/1/records/check", "Wait"}, {url38, "Go on"}} {
		form := doc.Find(card + ` form[action="` + c.to + `"][method="post"]`)
		if form.Length() != 1 || !strings.HasPrefix(strings.TrimSpace(form.Find("button").Text()), c.word) {
			t.Errorf("%q leads to %d forms: %q", c.word, form.Length(), form.Text())
		}
	}
	mira := s.Cookies
	s.SignIn(store.User{Name: "Eve", Email: "eve@example.com", Role: store.RoleViewer})
	if doc := s.Page("/jobs/1", http.StatusOK); doc.Find(card).Length() != 1 || doc.Find(card+" form").Length() > 0 {
		t.Errorf("who may only look has %d cards with %d forms", doc.Find(card).Length(), doc.Find(card+" form").Length())
	}
	s.Cookies = mira
	if resp := s.Request(http.MethodPost, "/jobs/1/records/check", url.Values{}, nil); resp.StatusCode != http.StatusSeeOther || s.Rung() != before+1 {
		t.Errorf("wait: %d, %d bells", resp.StatusCode, s.Rung()-before)
	}
	if resp := s.Request(http.MethodPost, "/jobs/1/steps/nothing/go-on", url.Values{}, nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a step that is not there: %d", resp.StatusCode)
	}
	if resp := s.Request(http.MethodPost, url38, url.Values{}, http.Header{"Hx-Request": {"true"}}); resp.StatusCode != http.StatusNoContent || s.Rung() != before+2 {
		t.Errorf("go on: %d, %d bells", resp.StatusCode, s.Rung()-before)
	}
	j, err := s.Store.Job(t.Context(), 1)
	if err != nil || j.Input.GoOn == nil || j.Input.GoOn.By.Name != "Mira Okafor" {
		t.Errorf("the job knows %+v, %v", j.Input.GoOn, err)
	}
	s.Pass("identity", handlerstest.Done(j.Input.GoOn.Words()))
	doc = s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "#step-identity", "Mira Okafor went on: 38 requests a minute still reach CloudFront")
	if doc.Find(card).Length() > 0 {
		t.Error("it still asks")
	}
	status, body := s.Press(url38)
	if status != http.StatusConflict || !strings.Contains(body, "Callers may have left meanwhile") {
		t.Errorf("too late: %d", status)
	}
	if resp := s.Request(http.MethodPost, url38, url.Values{}, http.Header{"Hx-Request": {"true"}}); resp.Header.Get("HX-Refresh") != "true" {
		t.Errorf("too late, with script: %d", resp.StatusCode)
	}
}
