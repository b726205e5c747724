package setups_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// keeps is a site whose setup a job has made, with caching.
func keeps(t *testing.T, how string) *handlerstest.JobSite {
	t.Helper()
	s := finished(t)
	v, err := s.Store.Setup(t.Context(), s.Setup.ID)
	if err != nil {
		t.Fatal(err)
	}
	v.Spec.Edge.Caching = how
	s.Expect()
	n, err := s.Store.StartJob(t.Context(), store.NewJob{SetupID: v.ID, Kind: setup.JobApply, Want: &v.Spec, By: "Mira Okafor", Steps: []store.NewStep{{ID: "identity", Title: "Check the account"}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Follow(n)
	s.Pass("identity", handlerstest.Done("As wanted"))
	return s
}

// A repair after which CloudFront would go on giving answers from the time when
// things were wrong offers to clear them, and clears what nobody wants any more.
func TestARepairClearsWhatWasKept(t *testing.T) {
	t.Parallel()
	path := func(field string, of setup.Setting, step setup.StepID) setup.FindingBody {
		return setup.FindingBody{Key: string(step) + "/" + field, StepID: step, Setting: of, Title: "Differs", Field: field, Is: "a", Want: "b", Repair: true}
	}
	for name, c := range map[string]struct {
		caching string
		finding setup.FindingBody
		says    string // "": nothing is offered
		asks    bool
		paths   string
	}{
		"origin":            {setup.CachingFixed, path("OriginPath", setup.SettingOriginPath, "distribution"), "Meanwhile another server answered", true, "/*"},
		"mapping":           {setup.CachingAPI, path("Mapping /orders", setup.SettingMapping, "mappings"), "Meanwhile another API or stage answered /orders", true, "/orders*"},
		"nothing kept":      {setup.CachingOff, path("OriginPath", setup.SettingOriginPath, "distribution"), "", false, ""},
		"no answer changed": {setup.CachingFixed, differs(), "", false, ""},
		"errors":            {setup.CachingOff, path("ErrorCachingMinTTL 404", "", "distribution"), "CloudFront kept error answers", true, "/*"},
		"turned on":         {setup.CachingOff, path("CachePolicyId", setup.SettingCaching, "distribution"), "Somebody has turned caching on", false, "/*"},
	} {
		for _, tick := range []bool{false, true} {
			s := keeps(t, c.caching)
			checked(t, s, wrong(serves, c.finding))
			doc := page(s)
			box := doc.Find("input[name=clear][form=put-back]")
			if _, on := box.Attr("checked"); (box.Length() == 1) != c.asks || on != c.asks {
				t.Errorf("%s: %d boxes, ticked %t", name, box.Length(), on)
			}
			if text := doc.Find("#found").Text(); c.says != "" && !strings.Contains(text, c.says) || c.says == "" && strings.Contains(text, "in the same job") {
				t.Errorf("%s: %q", name, text)
			}
			form := url.Values{"revision": {doc.Find("form#put-back input[name=revision]").AttrOr("value", "")}}
			if tick {
				form.Set("clear", "1")
			}
			resp := s.Request(http.MethodPost, "/setups/"+s.Setup.ID+"/findings/back", form, nil)
			if resp.StatusCode != http.StatusSeeOther {
				t.Fatalf("%s: status %d", name, resp.StatusCode)
			}
			jobs, err := s.Store.Jobs(t.Context(), store.JobFilter{SetupID: s.Setup.ID, Limit: 1})
			if err != nil {
				t.Fatal(err)
			}
			want := c.paths
			if c.asks && !tick {
				want = ""
			}
			if got := strings.Join(jobs[0].Input.Paths, " "); got != want || !jobs[0].Input.PutBack {
				t.Errorf("%s, ticked %t: the job clears %q, want %q", name, tick, got, want)
			}
			list, err := s.Store.Steps(t.Context(), jobs[0].ID)
			if err != nil {
				t.Fatal(err)
			}
			if has := slices.ContainsFunc(list, func(s setup.Step) bool { return s.ID == "invalidation" }); has != (want != "") {
				t.Errorf("%s, ticked %t: a step that clears: %t", name, tick, has)
			}
		}
	}
}
