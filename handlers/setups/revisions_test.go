package setups_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// made is a site whose setup has come to the end of its first job.
func made(t *testing.T) *handlerstest.JobSite {
	t.Helper()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	s.Finish()
	return s
}

// revise starts the job of a next revision, and ends it by cancelling.
func revise(t *testing.T, s *handlerstest.JobSite, kind setup.JobKind, why string, change func(*setup.Spec)) int64 {
	t.Helper()
	v := nowOf(t, s)
	change(&v.Spec)
	job, err := s.Store.StartJob(t.Context(), store.NewJob{SetupID: v.ID, Want: &v.Spec, Why: why, Kind: kind, By: "Jonas Lindqvist", Steps: handlerstest.Steps(kind, v.Spec)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Store.CancelJob(t.Context(), job, "Jonas Lindqvist"); err != nil {
		t.Fatal(err)
	}
	return job
}

func nowOf(t *testing.T, s *handlerstest.JobSite) setup.Setup {
	t.Helper()
	v, err := s.Store.Setup(t.Context(), s.Setup.ID)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// forms are the forms of a page that lead to an address, by the words of their
// buttons.
func forms(doc *goquery.Document, action string) map[string]url.Values {
	found := map[string]url.Values{}
	doc.Find(`form[method="post"][action="` + action + `"]`).Each(func(_ int, f *goquery.Selection) {
		values := url.Values{}
		f.Find("input").Each(func(_ int, i *goquery.Selection) {
			values.Set(i.AttrOr("name", ""), i.AttrOr("value", ""))
		})
		found[handlerstest.Squash(f.Find("button").Text())] = values
	})
	return found
}

// press sends a form and returns where it leads, or the page of the refusal.
func press(t *testing.T, s *handlerstest.JobSite, path string, form url.Values) (status int, to string, doc *goquery.Document) {
	t.Helper()
	if form == nil {
		form = url.Values{}
	}
	resp := s.Request(http.MethodPost, path, form, nil)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(resp.Text(t)))
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Location"), doc
}

// The page of a job whose revision is not the newest offers to go back to that
// revision and nothing to try again, and says what it was of. What exists now is
// not said to be of it.
func TestAnOldJobOffersToGoBack(t *testing.T) {
	t.Parallel()
	s := made(t)
	setupPage := "/setups/" + s.Setup.ID
	doc := s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "#job-head", "Revision 1")
	if doc.Find("#old-h").Length() != 0 || len(forms(doc, setupPage+"/change")) == 0 {
		t.Error("the job of the newest revision is history")
	}
	last := revise(t, s, setup.JobApply, "Change", func(v *setup.Spec) {
		v.Edge.Caching = setup.CachingAPI
		v.API.Mappings = v.API.Mappings[:1]
	})
	// What a later job makes is not this one's.
	s.Save(setup.KeyDistribution, "Distribution", "E9LATER", map[string]string{setup.AttrDomainName: "d9later.cloudfront.net"})
	s.Save(setup.KeyRecordTraffic, "Traffic record", "api.harborview.example", map[string]string{
		setup.AttrPrevious: `[{"type":"A","name":"api.harborview.example","value":"198.51.100.9","ttl":300}]`,
		setup.AttrRecords:  `[{"type":"CNAME","name":"api.harborview.example","value":"d9later.cloudfront.net","ttl":300}]`,
	})
	doc = s.Page("/jobs/1", http.StatusOK)
	handlerstest.Contains(t, doc, "#todo", "This job carried out revision 1; revision 2 is the newest", "Go back to revision 1", "See all revisions", "api.harborview.example was served by CloudFront")
	handlerstest.Contains(t, doc, "#job-side", "Exists in AWS now", "Job 2 has worked on this setup since", "Revision1")
	handlerstest.Contains(t, doc, "#report", "Revision1", "Path /billing", "Job 2 has worked on this setup since")
	if text := doc.Find("#todo").Text(); strings.Contains(text, "198.51.100.9") || strings.Contains(text, "d9later") || strings.Contains(text, "curl") {
		t.Errorf("what exists now is told as of an old job: %s", handlerstest.Squash(text))
	}
	if n := doc.Find(`[action*="rerun"], [href*="rerun"], [action$="/restore"], [hx-post]`).Length(); n != 0 {
		t.Errorf("%d acts that the newest revision forbids", n)
	}
	back := forms(doc, setupPage+"/change")
	if len(back) != 1 || back["Go back to revision 1"].Get("revision") != "1" {
		t.Errorf("the change forms are %v", back)
	}
	for _, act := range []string{"rerun", "rerun-from"} {
		status, _, refusal := press(t, s, "/jobs/1/steps/dns/"+act, nil)
		if act == "rerun" && status == http.StatusConflict {
			continue // a step that is done is not tried again alone
		}
		handlerstest.Contains(t, refusal, "main", "This job carried out revision 1; revision 2 is the newest", "go back to revision 1", "Nothing was changed")
		if status != http.StatusConflict || refusal.Find(`main a[href="`+setupPage+`?history=revisions#history"]`).Length() != 1 {
			t.Errorf("%s: status %d", act, status)
		}
	}
	if !strings.Contains(handlerstest.Squash(s.Page(fmt.Sprintf("/jobs/%d", last), http.StatusOK).Find("main").Text()), "Go on from step") {
		t.Error("the newest job offers no re-run")
	}
	var log struct {
		Revision int `json:"revision"`
		Newest   int `json:"newest_revision"`

		At    time.Time `json:"resources_at"`
		Since int64     `json:"resources_since_job"`
	}
	text := s.Request(http.MethodGet, "/jobs/1/log.json", nil, nil).Text(t)
	if err := json.Unmarshal([]byte(text), &log); err != nil || log.Revision != 1 || log.Newest != 2 || log.Since != last || log.At.IsZero() {
		t.Errorf("the log says %+v, %v", log, err)
	}
	// A failed one tells what failed, and not what to do.
	revise(t, s, setup.JobApply, "Change", func(v *setup.Spec) { v.Edge.Caching = setup.CachingOff })
	s.SignIn(store.User{Name: "Vera", Email: "vera@example.com", Role: store.RoleViewer})
	doc = s.Page(fmt.Sprintf("/jobs/%d", last), http.StatusOK)
	handlerstest.Contains(t, doc, "#todo", "This job was to carry out revision 2; revision 3 is the newest", "role operator")
	if doc.Find(`main form[method="post"]`).Length() != 0 {
		t.Error("a viewer is offered an act")
	}
}

// "Move traffic now" is a revision with a job of its own, offered where that was
// left for later and everything is made.
func TestMoveTrafficNowIsARevision(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	d, err := s.Store.SaveDraft(t.Context(), s.Setup.ID, 0, setup.PageDomain, "Mira Okafor", func(v *setup.Spec) { v.Domain.Switch = setup.SwitchLater })
	if err != nil {
		t.Fatal(err)
	}
	s.Setup.Spec = d.Draft.Spec
	s.Start(setup.JobApply, setup.JobInput{})
	page, move := "/setups/"+s.Setup.ID, "/setups/"+s.Setup.ID+"/traffic/move"
	refused := func(words ...string) {
		t.Helper()
		if n := len(forms(s.Page(page, http.StatusOK), move)); n != 0 {
			t.Error("the traffic can be moved")
		}
		before := nowOf(t, s).Revision
		status, _, doc := press(t, s, move, nil)
		if status != http.StatusConflict || nowOf(t, s).Revision != before {
			t.Errorf("status %d", status)
		}
		handlerstest.Contains(t, doc, "main", words...)
	}
	refused("Job 1 is still at work")
	s.ToMappings()
	s.Pass("mappings", handlerstest.Done("2 paths"))
	s.Pass("distribution", handlerstest.Done("E2QWX7K1M9PLTB"))
	s.Save(setup.KeyDistribution, "Distribution", "E2QWX7K1M9PLTB", map[string]string{setup.AttrDomainName: "d1x7q2k9v4m0ab.cloudfront.net"})
	if err := s.Store.CancelJob(t.Context(), 1, "Mira Okafor"); err != nil {
		t.Fatal(err)
	}
	refused("The traffic cannot be moved yet", "Job 1 has not come to its end")
	if err := s.Store.RerunFrom(t.Context(), 1, "deployed", "Mira Okafor"); err != nil {
		t.Fatal(err)
	}
	s.Pass("deployed", handlerstest.Done("Deployed"))
	s.Pass("preview", handlerstest.Done("4 of 4 requests passed"))
	s.Pass("dns", handlerstest.Done("You move the traffic yourself later"))
	s.Pass("remove", handlerstest.Done("Nothing is left over"))
	doc := s.Page(page, http.StatusOK)
	handlerstest.Contains(t, doc, "#move", "Traffic has not moved to CloudFront", "Move traffic now", "tests CloudFront again", "shows the record to change where you manage DNS", "d1x7q2k9v4m0ab.cloudfront.net", "put it back")
	// A record that stands, left from a revision that moved the traffic, is told.
	s.Save(setup.KeyRecordTraffic, "DNS record", s.Setup.Spec.Domain.Name, map[string]string{setup.AttrRecords: `[{"type":"A","name":"api.harborview.example","value":"d1x7q2k9v4m0ab.cloudfront.net","alias":true}]`})
	doc = s.Page(page, http.StatusOK)
	handlerstest.Contains(t, doc, "#move", "Moving the traffic is left to you", "it led to CloudFront", "Move traffic now")
	status, to, _ := press(t, s, move, forms(doc, move)["Move traffic now"])
	if status != http.StatusSeeOther || to != "/jobs/2" {
		t.Fatalf("status %d to %q", status, to)
	}
	v := nowOf(t, s)
	r, err := s.Store.Revision(t.Context(), v.ID, 2)
	j, err2 := s.Store.Job(t.Context(), 2)
	want := s.Setup.Spec
	want.Domain.Switch = setup.SwitchAtEnd
	if err != nil || err2 != nil || v.Revision != 2 || r.Why != "Move traffic" || r.CreatedBy.Name != "Mira Okafor" || j.Revision != 2 || j.Kind != setup.JobApply || fmt.Sprint(v.Spec) != fmt.Sprint(want) {
		t.Errorf("revision %d is %+v, the job is %+v (%v, %v)", v.Revision, r, j, err, err2)
	}
	list, err := s.Store.Steps(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range list {
		if st.ID == "dns" && st.Title != "Move traffic" || st.ID == "live" && st.State == setup.StepSkipped {
			t.Errorf("the job that moves traffic has the step %s, %s", st.Title, st.State)
		}
	}
	refused("Job 2 is still at work")
	if err := s.Store.CancelJob(t.Context(), 2, "Mira Okafor"); err != nil {
		t.Fatal(err)
	}
	refused("The traffic is not left for later", "Revision 2")
	// Whoever may only look is told who can.
	revise(t, s, setup.JobRestore, "Put the old record back", func(v *setup.Spec) { v.Domain.Switch = setup.SwitchLater })
	if got := nowOf(t, s).Revision; got != 3 {
		t.Fatalf("revision %d", got)
	}
	refused("The traffic cannot be moved yet", "Job 2 has not come to its end")
}

// The old record is put back from the page of the setup too. That traffic moves
// later is wanted from then on, so that an unchanged change does not move it.
func TestTheOldRecordIsPutBackFromTheSetupPage(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	page, restore := "/setups/"+s.Setup.ID, "/setups/"+s.Setup.ID+"/traffic/restore"
	status, _, refusal := press(t, s, restore, nil)
	handlerstest.Contains(t, refusal, "main", "There is no old record to put back", "Open the setup")
	if status != http.StatusConflict || refusal.Find(`main a[href="`+page+`"]`).Length() == 0 {
		t.Errorf("with nothing replaced: status %d", status)
	}
	s.ToMappings()
	s.Finish()
	doc := s.Page(page, http.StatusOK)
	handlerstest.Contains(t, doc, "#back", "before, A 203.0.113.40 stood there", "within 5 minutes", "Nothing in AWS is deleted")
	s.Expect()
	status, to, _ := press(t, s, restore, forms(doc, restore)["Put the old record back"])
	if status != http.StatusSeeOther || to != "/jobs/2" {
		t.Fatalf("status %d to %q", status, to)
	}
	handlerstest.Contains(t, s.Page(page, http.StatusOK), "#back", "Job 2 is at work on this setup")
	if n := len(forms(s.Page(page, http.StatusOK), restore)); n != 0 {
		t.Error("the button is there beside a job at work")
	}
	status, _, refusal = press(t, s, restore, nil)
	handlerstest.Contains(t, refusal, "main", "Job 2 is still at work")
	if status != http.StatusConflict {
		t.Errorf("beside a job at work: status %d", status)
	}
	s.Follow(2)
	s.Pass("identity", handlerstest.Done(""))
	s.Save(setup.KeyRecordTraffic, "Traffic record", "", map[string]string{
		setup.AttrPrevious: `[{"type":"A","name":"api.harborview.example","value":"203.0.113.40","ttl":300}]`, setup.AttrRestored: "2",
	})
	s.Pass("dns-restore", handlerstest.Done("Back"))
	doc = s.Page(page, http.StatusOK)
	if doc.Find("#back").Length() != 0 {
		t.Error("a record that is back is offered")
	}
	handlerstest.Contains(t, doc, "#move", "Move traffic now")
	// The change that changes nothing.
	status, to, _ = press(t, s, page+"/change", nil)
	if status != http.StatusSeeOther {
		t.Fatalf("change: status %d", status)
	}
	draft, err := s.Store.Draft(t.Context(), strings.Split(to, "/")[2])
	if err != nil || draft.Spec.Domain.Switch != setup.SwitchLater || draft.BeganFrom != 2 {
		t.Fatalf("the draft is %+v, %v", draft, err)
	}
	for _, st := range handlerstest.Steps(setup.JobApply, draft.Spec) {
		if st.ID == "dns" && st.Title == "Move traffic" || st.ID == "live" && st.Skip == "" {
			t.Errorf("an unchanged change carries out %s", st.Title)
		}
	}
}

// A path that was taken out and left mapped is open to callers, so the page says it.
func TestALeftPathIsSaid(t *testing.T) {
	t.Parallel()
	s := made(t)
	revise(t, s, setup.JobApply, "Change", func(v *setup.Spec) { v.API.Left = []string{"legacy", "v1/old"} })
	handlerstest.Contains(t, s.Page("/setups/"+s.Setup.ID, http.StatusOK), "main", "Taken out, but left mapped: /legacy and /v1/old")
}

// "Go back" opens a draft with the answers of that revision, begun from the newest,
// to be looked at first. It starts nothing.
func TestGoBackOpensADraftOfTheRevision(t *testing.T) {
	t.Parallel()
	s := made(t)
	revise(t, s, setup.JobApply, "Change", func(v *setup.Spec) { v.Edge.Caching = setup.CachingAPI })
	revise(t, s, setup.JobApply, "", func(v *setup.Spec) { v.Edge.Caching = setup.CachingFixed })
	page, change := "/setups/"+s.Setup.ID, "/setups/"+s.Setup.ID+"/change"
	doc := s.Page(page, http.StatusOK)
	handlerstest.Contains(t, doc, "#revision-1", "Revision 1", "New setup", "Go back to revision 1")
	handlerstest.Contains(t, doc, "#revision-2", "Change", "Go back to revision 2")
	for at, want := range map[string]string{"#revision-1": `Job 1, succeeded in \d+ m?s, by Mira Okafor\.`, "#revision-2": `Job 2, cancelled after \d+ m?s, by Jonas Lindqvist\.`} {
		if text := doc.Find(at).Text(); !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("%s does not say %s: %s", at, want, text)
		}
	}
	handlerstest.Contains(t, doc, "#revision-3", "The newest")
	if doc.Find("#revision-3 form").Length() != 0 {
		t.Error("the newest revision can be gone back to")
	}
	var order []string
	doc.Find(`#history [id^="revision-"]`).Each(func(_ int, r *goquery.Selection) { order = append(order, r.AttrOr("id", "")) })
	if fmt.Sprint(order) != "[revision-3 revision-2 revision-1]" {
		t.Errorf("the order is %v", order)
	}
	status, to, _ := press(t, s, change, forms(doc, change)["Go back to revision 1"])
	if status != http.StatusSeeOther || !strings.HasSuffix(to, "/review") {
		t.Fatalf("status %d to %q", status, to)
	}
	d, err := s.Store.Draft(t.Context(), strings.Split(to, "/")[2])
	if err != nil || d.SetupID != s.Setup.ID || d.BeganFrom != 3 || d.CameFrom != 1 || d.Spec.Edge.Caching != setup.CachingOff || d.Job != 0 {
		t.Errorf("the draft is %+v, %v", d, err)
	}
	if now := nowOf(t, s); now.Revision != 3 || now.Spec.Edge.Caching != setup.CachingFixed {
		t.Errorf("going back has changed what is wanted: %+v", now)
	}
	handlerstest.Contains(t, s.Page(page, http.StatusOK), "main", "Changes not started", "Back to revision 1", "Began from revision 3")
	handlerstest.Contains(t, s.Page("/", http.StatusOK), "main", "Back to revision 1. Began from revision 3", "Revision 3")
	if s.Page(page, http.StatusOK).Find(`main a[href="/drafts/`+d.ID+`"]`).Length() == 0 {
		t.Error("no link to the draft")
	}
	for _, bad := range []string{"99", "0", "-1"} {
		if status, _, _ := press(t, s, change, url.Values{"revision": {bad}}); status != http.StatusNotFound {
			t.Errorf("revision %s: status %d", bad, status)
		}
	}
	if status, _, doc = press(t, s, "/setups/x/change", nil); status != http.StatusNotFound {
		t.Errorf("no such setup: status %d: %s", status, doc.Text())
	}
	s.SignIn(store.User{Name: "Vera", Email: "vera@example.com", Role: store.RoleViewer})
	doc = s.Page(page, http.StatusOK)
	if doc.Find(`main form[method="post"]`).Length() != 0 || doc.Find(`main a[href^="/drafts/"]`).Length() != 0 {
		t.Error("a viewer is offered an act")
	}
	handlerstest.Contains(t, doc, "main", "Back to revision 1", "Revision 2")
}

// Many revisions and drafts are shown a page at a time, and every one is reached.
func TestManyRevisions(t *testing.T) {
	t.Parallel()
	s := made(t)
	const all = 54
	for i := 2; i <= all; i++ {
		revise(t, s, setup.JobApply, strings.Repeat("Long words of a person ", i), func(v *setup.Spec) { v.Edge.Comment = fmt.Sprint(i) })
	}
	v := nowOf(t, s)
	for i := range 12 {
		if _, err := s.Store.OpenChange(t.Context(), store.Change{By: fmt.Sprint("Person ", i), Setup: v, Spec: v.Spec}); err != nil {
			t.Fatal(err)
		}
	}
	page := "/setups/" + s.Setup.ID
	handlerstest.Contains(t, s.Page(page, http.StatusOK), "main", "7 more drafts of this setup")
	seen, next, pages := map[string]bool{}, page+"?history=revisions", 0
	for next != "" && pages < 10 {
		doc := s.Page(next, http.StatusOK)
		doc.Find(`#history [id^="revision-"]`).Each(func(_ int, r *goquery.Selection) { seen[r.AttrOr("id", "")] = true })
		next, pages = "", pages+1
		doc.Find("#history a").Each(func(_ int, a *goquery.Selection) {
			if strings.Contains(a.Text(), "Show older") {
				next, _, _ = strings.Cut(a.AttrOr("href", ""), "#")
			}
		})
	}
	if len(seen) != all || pages != 2 {
		t.Errorf("%d revisions on %d pages", len(seen), pages)
	}
	for _, odd := range []string{"?before=0", "?before=-4", "?before=999", "?before=x", "?before=1", "?history=all", "?history=REVISIONS", "?history=%00&before=%ff"} {
		if n := s.Page(page+odd, http.StatusOK).Find("#history .tl > li").Length(); n != 20 {
			t.Errorf("%s: %d rows", odd, n)
		}
	}
}

// A change opens at the field that is asked for, and at no other place.
func TestAChangeOpensAtAField(t *testing.T) {
	t.Parallel()
	s := made(t)
	change := "/setups/" + s.Setup.ID + "/change"
	for field, want := range map[string]string{
		"accept-credentials": "/edge?return=review#accept-credentials", "": "/edge?return=review", "A b": "/edge?return=review",
		"//evil.example": "/edge?return=review", "x\r\ny": "/edge?return=review", strings.Repeat("a", 41): "/edge?return=review",
	} {
		status, to, _ := press(t, s, change, url.Values{"page": {"edge"}, "field": {field}, "anew": {"1"}})
		if status != http.StatusSeeOther || !strings.HasPrefix(to, "/drafts/") || !strings.HasSuffix(to, want) {
			t.Errorf("%q: status %d to %q", field, status, to)
		}
	}
}
