package handlers_test

import (
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// Text from outside that looks like markup for htmx stays text, stands where
// htmx looks at nothing, and nothing in there is htmx's.
func TestForeignTextIsNothingForHTMX(t *testing.T) {
	const evil = `</code><b hx-get="/evil" hx-trigger="load">x</b>`
	s := handlerstest.NewJobSite(t)
	job := s.Start(setup.JobApply, setup.JobInput{})
	s.Pass("identity", store.Outcome{
		State: setup.StepFailed, Problem: &setup.Problem{What: "What " + evil, Why: "Why " + evil, Fix: "Fix " + evil, Said: "Said " + evil, Ref: "Ref " + evil, Service: "STS"},
	}, setup.Call{Service: "STS", Operation: "GetCallerIdentity", Status: 403, Code: "AccessDenied", Message: "Message " + evil, RequestID: "Request " + evil})
	doc := s.Page("/jobs/"+strconv.FormatInt(job, 10), http.StatusOK)
	if doc.Find("[hx-get='/evil']").Length() > 0 {
		t.Fatal("a name became an element")
	}
	shown := map[string]bool{}
	doc.Find("main *").Each(func(_ int, e *goquery.Selection) {
		own := ""
		e.Contents().Each(func(_ int, n *goquery.Selection) {
			if goquery.NodeName(n) == "#text" {
				own += n.Text()
			}
		})
		before, _, have := strings.Cut(own, evil)
		if !have {
			return
		}
		words := strings.Fields(before)
		shown[words[len(words)-1]] = true
		if e.Closest("[hx-ignore]").Length() == 0 {
			html, _ := goquery.OuterHtml(e)
			t.Errorf("htmx looks at %s", html)
		}
	})
	for _, want := range []string{"What", "Said", "Why", "Fix", "Ref", "Message"} {
		if !shown[want] {
			t.Errorf("the page does not show the text %s", want)
		}
	}
	doc.Find("[hx-ignore], [hx-ignore] *").Each(func(_ int, e *goquery.Selection) {
		for _, a := range e.Get(0).Attr {
			if strings.HasPrefix(a.Key, "hx-") && a.Key != "hx-ignore" {
				t.Errorf("%s is htmx's where htmx looks at nothing", a.Key)
			}
		}
	})
	// The htmx that we ship knows the attribute.
	js, err := os.ReadFile("../web/static/app.js")
	if err != nil || !strings.Contains(string(js), `closest("[hx-ignore]")`) {
		t.Errorf("app.js does not know hx-ignore: %v", err)
	}
}
