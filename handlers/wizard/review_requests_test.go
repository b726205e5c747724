package wizard_test

import (
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// A path that a change takes out says how many requests reached what it leads to, and
// what that number counts, or which permission would tell; the page asks for it once.
func TestRequestsOfAPathTakenOut(t *testing.T) {
	until := time.Now().Add(-5 * time.Minute)
	for name, c := range map[string]struct {
		answer  any
		caching string
		says    []string
		not     string
	}{
		"many": {setup.Requests{Until: until, Paths: []setup.StageCount{{Path: "orders", API: "orders-api", Stage: "prod", Kind: setup.APIKindHTTP, Requests: 12061}}}, setup.CachingOff,
			[]string{"12,061 requests reached stage prod of orders-api in the 24 hours until ", "Counted by any name and path: CloudWatch does not count /orders alone, and tests by apifront are among them."}, "keeps"},
		"many, and some are kept": {setup.Requests{Until: until, Paths: []setup.StageCount{{Path: "orders", API: "orders-api", Stage: "prod", Kind: setup.APIKindHTTP, Requests: 2}}}, setup.CachingAPI,
			[]string{"2 requests reached", "What CloudFront answered from what it keeps is not."}, ""},
		"none": {setup.Requests{Until: until, Paths: []setup.StageCount{{Path: "orders", API: "orders-api", Stage: "prod", Kind: setup.APIKindHTTP}}}, setup.CachingOff,
			[]string{"No request reached stage prod of orders-api", "Counted by any name and path."}, "does not count"},
		"none, and some are kept": {setup.Requests{Until: until, Paths: []setup.StageCount{{Path: "orders", API: "orders-api", Stage: "prod", Kind: setup.APIKindHTTP}}}, setup.CachingAPI,
			[]string{"No request reached", "Counted by any name and path, without what CloudFront answered from what it keeps."}, ""},
		"of a deleted API":    {setup.Requests{Until: until, Paths: []setup.StageCount{{Path: "orders", Stage: "prod", Gone: true}}}, setup.CachingOff, []string{"The API that it leads to does not exist any more."}, "24 hours"},
		"not allowed":         {setup.Requests{Unknown: "The permission cloudwatch:GetMetricData would tell."}, setup.CachingOff, []string{"Requests of the last 24 hours: not known. The permission cloudwatch:GetMetricData would tell."}, "reached"},
		"no answer":           {&setup.Problem{What: "CloudWatch did not answer in time.", Why: "w", Fix: "f"}, setup.CachingOff, []string{"not known. CloudWatch did not answer in time."}, "reached"},
		"about another stage": {setup.Requests{Until: until, Paths: []setup.StageCount{{Path: "orders", API: "orders-api", Stage: "beta", Requests: 7}}}, setup.CachingOff, []string{"not known. CloudWatch was not asked about this path."}, "7 requests"},
	} {
		t.Run(name, func(t *testing.T) {
			s := handlerstest.SignedIn(t, nil)
			first := s.NewDraft()
			s.Through(first, setup.PageReview)
			save := func(draft string, change func(sp *setup.Spec)) {
				t.Helper()
				if _, err := s.Store.SaveDraft(t.Context(), strings.TrimPrefix(draft, "/drafts/"), 0, setup.PageReview, "Mira Okafor", change); err != nil {
					t.Fatal(err)
				}
			}
			save(first, func(sp *setup.Spec) {
				sp.API.Mappings[0].Path, sp.API.Mappings[0].Stage = "orders", "prod"
				sp.Edge.Caching = c.caching
			})
			s.Work()
			if a := s.Begin(first, nil); a.To != "/jobs/1" {
				t.Fatalf("start: %d %q: %s", a.Status, a.To, a.Doc.Find("#errors").Text())
			}
			draft := opened(t, s, "/setups/"+strings.TrimPrefix(first, "/drafts/"))
			save(draft, func(sp *setup.Spec) { sp.API.Mappings[0].Path = "v2" })
			s.Looks[setup.LookRequests] = c.answer
			page := s.Get(draft + "/review").Doc
			handlerstest.Contains(t, page, "#part", "Requests of the last 24 hours: CloudWatch is being asked.")
			if page.Find(`#part [hx-get]`).Length() == 0 {
				t.Error("the page does not come back for the answer")
			}
			s.Work()
			page = s.Get(draft + "/review").Doc
			handlerstest.CheckPage(t, name, page)
			handlerstest.Contains(t, page, "#part", c.says...)
			if text := page.Find("section[aria-labelledby=change-h]").Text(); c.not != "" && strings.Contains(text, c.not) {
				t.Errorf("it says %q", text)
			}
			if k, found, err := s.Store.NextLook(t.Context(), "test"); err != nil || found {
				t.Errorf("it asks again: %+v, %v", k, err)
			}
		})
	}
}
