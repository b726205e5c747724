package setups_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// What is not right is said with what callers get, and one job puts back what a
// job can.
func TestFindingsAreShownAndPutBack(t *testing.T) {
	t.Parallel()
	s := finished(t)
	path := "/setups/" + s.Setup.ID
	checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: serves})
	if status, body := s.Press(path + "/findings/back"); status != http.StatusConflict || !strings.Contains(body, "nothing that a job would put back") {
		t.Errorf("nothing is wrong, and putting back: status %d", status)
	}
	checked(t, s, wrong(serves, outside()))
	doc := page(s)
	handlerstest.Contains(t, doc, "#found", "The test of / did not reach the API.", "A proxy stands before the name.", "Switch the proxy off, then try again.")
	if doc.Find("form[action$='/findings/back']").Length() != 0 {
		t.Error("a job is offered that puts nothing back")
	}
	if status, _ := s.Press(path + "/findings/back"); status != http.StatusConflict {
		t.Errorf("putting back what no job can: status %d", status)
	}
	more := differs()
	more.Key, more.Field, more.Is, more.Want, more.Setting = "distribution/Enabled", "Enabled", "false", "true", setup.SettingEnabled
	checked(t, s, wrong(serves, differs(), more, outside()))
	doc = page(s)
	handlerstest.Contains(t, doc, ".lede", "differs from revision 1 in 3 things")
	handlerstest.Contains(t, doc, "#found", "Callers meet what stands above first. Once that is put right: callers get 502: API Gateway answers HTTPS only.", "http-only becomes https-only", "false becomes true", "Put both back", "of revision 1 as it is", "Callers notice nothing but")
	if first := doc.Find("#found article h3").First().Text(); !strings.Contains(first, "did not reach the API") {
		t.Errorf("first stands %q, and not what callers notice", first)
	}
	back := func(revision ...string) (int, string) {
		t.Helper()
		r := s.Request(http.MethodPost, path+"/findings/back", url.Values{"revision": revision}, nil)
		return r.StatusCode, r.Text(t)
	}
	if status, _ := back("7"); status != http.StatusConflict {
		t.Errorf("putting back another revision: status %d", status)
	}
	for _, broken := range [][]string{nil, {""}, {"one"}, {"1x"}} {
		if status, body := back(broken...); status != http.StatusBadRequest || !strings.Contains(body, "Nothing was changed") {
			t.Errorf("putting back revision %q: status %d", broken, status)
		}
	}
	s.Expect()
	form := doc.Find("form[action$='/findings/back']")
	r := s.Request(http.MethodPost, form.AttrOr("action", ""), url.Values{"revision": {form.Find("input").AttrOr("value", "")}}, nil)
	_ = r.Body.Close()
	if to := r.Header.Get("Location"); r.StatusCode != http.StatusSeeOther || to != "/jobs/2" {
		t.Fatalf("Put both back: status %d to %q", r.StatusCode, to)
	}
	j, err := s.Store.Job(t.Context(), 2)
	if err != nil || j.Kind != setup.JobApply || j.Revision != 1 || j.CreatedBy.Name != "Mira Okafor" {
		t.Errorf("the job is %+v, %v", j, err)
	}
	if n := revisionOf(t, s); n != 1 {
		t.Errorf("revision %d was made", n)
	}
	handlerstest.Contains(t, page(s), "#found", "Job 2 is at work on this setup")
	if status, body := back("1"); status != http.StatusConflict || !strings.Contains(body, "Job 2 is still at work") {
		t.Errorf("a second job: status %d", status)
	}
	if err := s.Store.CancelJob(t.Context(), 2, "Mira Okafor"); err != nil {
		t.Fatal(err)
	}
	doc = page(s)
	handlerstest.Contains(t, doc, "#now", "Job 2 was cancelled:", "See what to do")
	if href := doc.Find("#now > p a").AttrOr("href", ""); href != "/jobs/2" {
		t.Errorf("it leads to %q", href)
	}
}

// Of several things that are wrong callers meet one first; what was seen once is
// said once. The list of what exists says what the last check saw.
func TestWhatIsSaidIsTrueNow(t *testing.T) {
	t.Parallel()
	s := finished(t)
	seen := &setup.Problem{What: "The test of / did not reach the API.", Why: "CloudFront is off."}
	off, protocol := differs(), differs()
	off.Key, off.Field, off.Setting, off.Is, off.Want, off.Effect = "distribution/Enabled", "Enabled", setup.SettingEnabled, "false", "true", seen
	alias := off
	alias.Key, alias.Field, alias.Setting = "distribution/Aliases", "Aliases", setup.SettingAlias
	checked(t, s, wrong(silent, off, alias, protocol))
	doc := page(s)
	handlerstest.Contains(t, doc, "#found", "CloudFront is off.", "What was seen above may come from this as well.", "Once that is put right: callers get 502")
	if n := strings.Count(doc.Find("#found").Text(), seen.Why); n != 1 {
		t.Errorf("what was seen is said %d times", n)
	}
	row := func(doc *goquery.Document) string {
		return doc.Find("table:contains('AWS resources') tr:contains('Distribution')").Text()
	}
	if text := row(doc); !strings.Contains(text, "Differs") {
		t.Errorf("the distribution is %q", text)
	}
	checked(t, s, wrong(serves, protocol))
	handlerstest.Contains(t, page(s), "#found", "Callers get 502: API Gateway answers HTTPS only. The last check got right answers all the same.")
	gone := setup.FindingBody{Key: "distribution/missing", StepID: "distribution", Title: "Missing: distribution", Repair: true}
	checked(t, s, wrong(silent, gone))
	if text := row(page(s)); !strings.Contains(text, "Missing") || strings.Contains(text, "Deployed") {
		t.Errorf("the distribution is %q", text)
	}
	checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: serves})
	if text := row(page(s)); strings.Contains(text, "Missing") {
		t.Errorf("the distribution is %q", text)
	}
}

// A finding is muted and counted again by an operator, which the audit log has; a
// finding of another setup, or one that is closed, is not there.
func TestMutingAFinding(t *testing.T) {
	t.Parallel()
	s := finished(t)
	path := "/setups/" + s.Setup.ID
	checked(t, s, wrong(serves, differs()))
	now, err := s.Store.Situation(t.Context(), s.Setup)
	if err != nil || len(now.Findings) != 1 {
		t.Fatalf("%d findings, %v", len(now.Findings), err)
	}
	id := now.Findings[0].ID
	for _, act := range []struct{ path, state, text string }{
		{"mute", "Serving", "1 muted until it changes"}, {"unmute", "Drifted", "Mute until it changes"}, {"mute", "Serving", "Count it again"},
	} {
		r := s.Request(http.MethodPost, path+"/findings/"+id+"/"+act.path, nil, nil)
		_ = r.Body.Close()
		if to := r.Header.Get("Location"); r.StatusCode != http.StatusSeeOther || to != path+"#found" {
			t.Errorf("%s: status %d to %q", act.path, r.StatusCode, to)
		}
		doc := page(s)
		handlerstest.Contains(t, doc, "h1 .st", act.state)
		handlerstest.Contains(t, doc, "#found", act.text)
		home := s.Page("/", http.StatusOK)
		handlerstest.Contains(t, home, "table.fleet td.stat .st", act.state)
		if counted := strings.Contains(home.Find("table.fleet td.stat").Text(), "in 1 thing"); counted != (act.state == "Drifted") {
			t.Errorf("%s: the first page counts the finding: %v", act.path, counted)
		}
	}
	handlerstest.Contains(t, page(s), "#found", "Muted by Mira Okafor 0 s ago, until it changes.", "http-only becomes https-only (muted)", "Put it back")
	handlerstest.Contains(t, s.Page("/settings/audit", http.StatusOK), "main", "api.harborview.example", differs().Title)
	first := s.Setup
	s.Setup = s.Draft("next.harborview.example", setup.DNSElsewhere)
	s.Start(setup.JobApply, setup.JobInput{})
	for _, gone := range []string{"/setups/" + s.Setup.ID + "/findings/" + id, path + "/findings/nothing", "/setups/nothing/findings/" + id} {
		if status, body := s.Press(gone + "/unmute"); status != http.StatusNotFound {
			t.Errorf("%s: status %d: %s", gone, status, body)
		}
	}
	if now, err = s.Store.Situation(t.Context(), first); err != nil || !now.Findings[0].Muted() {
		t.Errorf("the finding counts again: %+v, %v", now.Findings, err)
	}
	for _, nobody := range []string{"/setups/nothing/check", "/setups/nothing/findings/back"} {
		if status, _ := s.Press(nobody); status != http.StatusNotFound {
			t.Errorf("%s: status %d", nobody, status)
		}
	}
}

// A finding that an answer of the setup can say is kept as it is: a revision without
// a job. What callers gain from keeping has the solid button. One that is put back
// alone takes the others with it, which is said.
func TestKeepingAFinding(t *testing.T) {
	t.Parallel()
	s := finished(t)
	path := "/setups/" + s.Setup.ID
	wait := differs()
	wait.Key, wait.Field, wait.Is, wait.Want, wait.Setting, wait.Title = "distribution/OriginReadTimeout", "OriginReadTimeout", "90", "60", setup.SettingOriginTimeout, "Differs: the wait"
	cut := wait
	cut.Key, cut.Field, cut.Is, cut.Want, cut.Setting, cut.Title = "distribution/AllowedMethods", "AllowedMethods", "GET, HEAD", "all", setup.SettingMethods, "Differs: the methods"
	checked(t, s, wrong(serves, wait, cut, differs()))
	doc := page(s)
	card := func(doc *goquery.Document, title string) *goquery.Selection {
		return doc.Find("#found article").FilterFunction(func(_ int, e *goquery.Selection) bool { return strings.Contains(e.Find("h3").Text(), title) })
	}
	handlerstest.Contains(t, doc, "#found", "Becomes revision 2. Nothing changes in AWS.", "What it means stays: callers who send a method that is not allowed get 403", "it puts back the other 2 things below as well")
	if n := card(doc, wait.Title).Find("form[action$='/keep'] .btn.solid").Length(); n != 1 {
		t.Error("callers gain, and keeping is not the solid button")
	}
	if n := card(doc, cut.Title).Find("form[action$='/keep'] .btn:not(.solid)").Length(); n != 1 {
		t.Error("callers lose, and keeping is the solid button, or none")
	}
	if n := card(doc, differs().Title).Find("form[action$='/keep']").Length(); n != 0 {
		t.Error("what no answer says can be kept")
	}
	act := func(form *goquery.Selection, revision string) *handlerstest.Response {
		t.Helper()
		return s.Request(http.MethodPost, form.AttrOr("action", ""), url.Values{"revision": {revision}}, nil)
	}
	keep := card(doc, wait.Title).Find("form[action$='/keep']")
	for revision, want := range map[string]int{"": http.StatusBadRequest, "7": http.StatusConflict} {
		if r := act(keep, revision); r.StatusCode != want {
			t.Errorf("kept at revision %q: status %d", revision, r.StatusCode)
		}
	}
	if r := act(keep, "1"); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != path {
		t.Fatalf("kept: status %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	v, err := s.Store.Setup(t.Context(), s.Setup.ID)
	if err != nil || v.Revision != 2 || v.Spec.Edge.ReadTimeout != 90 {
		t.Errorf("revision %d waits %d s, %v", v.Revision, v.Spec.Edge.ReadTimeout, err)
	}
	doc = page(s)
	handlerstest.Contains(t, doc, "#history", "Revision 2: Keep OriginReadTimeout as it is", "By Mira Okafor.")
	handlerstest.Contains(t, doc, ".head .actions", "Checking")
	if n := doc.Find("#found article").Length(); n != 2 {
		t.Errorf("%d findings are left", n)
	}
	if r := act(keep, "2"); r.StatusCode != http.StatusNotFound {
		t.Errorf("kept once more: status %d", r.StatusCode)
	}
	handlerstest.Contains(t, s.Page("/settings/audit", http.StatusOK), "main", "Keep a finding as it is", "revision 2: Differs: the wait")
	now, err := s.Store.Situation(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range now.Findings {
		if f.Field == differs().Field {
			if r := s.Request(http.MethodPost, path+"/findings/"+f.ID+"/keep", url.Values{"revision": {"2"}}, nil); r.StatusCode != http.StatusConflict {
				t.Errorf("kept what no answer says: status %d", r.StatusCode)
			}
		}
	}
	s.Expect()
	if r := act(card(doc, cut.Title).Find("form[action$='/back']"), "2"); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/jobs/2" {
		t.Errorf("put one back: status %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	if r := s.Request(http.MethodPost, path+"/findings/"+now.Findings[0].ID+"/back", url.Values{"revision": {"2"}}, nil); r.StatusCode != http.StatusConflict {
		t.Errorf("put back beside a job: status %d", r.StatusCode)
	}
}

// A path that somebody added: keeping it has the solid button and makes it the setup's
// own; putting it back is said with what its callers get, and starts a job that removes
// it and only it.
func TestAnAddedPath(t *testing.T) {
	t.Parallel()
	s := finished(t)
	path := "/setups/" + s.Setup.ID
	there := setup.StandingMapping{Mapping: setup.Mapping{Path: "new", APIID: "abc", APIName: "billing", Kind: setup.APIKindHTTP, Stage: "prod"}, ID: "m9", Via: "v2", Region: s.Setup.Spec.Account.Region}
	added := setup.FindingBody{Key: "mappings/Mapping /new", StepID: "mappings", Title: "Path /new was added", Field: "Mapping /new", Is: "billing, stage prod", Added: true, There: &there}
	checked(t, s, wrong(serves, added))
	doc := page(s)
	handlerstest.Contains(t, doc, "#found", "Path /new was added", "open to callers now", "/new joins this setup", "Put back: delete path /new", "Its callers get ", "No such path", "The API itself stays.")
	if n := doc.Find("#found article form[action$='/keep'] .btn.solid").Length(); n != 1 {
		t.Error("callers gain, and keeping is not the solid button")
	}
	if doc.Find("#found article form[action$='/back'] .solid").Length() != 0 || doc.Find("form[action$='/findings/back']").Length() != 0 {
		t.Error("removing it is what the page wants, or all are put back at once")
	}
	if status, _ := s.Press(path + "/findings/back"); status != http.StatusConflict {
		t.Errorf("putting back all, of which nobody chose it: status %d", status)
	}
	form := doc.Find("#found article form[action$='/back']")
	s.Expect()
	for revision, want := range map[string]int{"": http.StatusBadRequest, "7": http.StatusConflict} {
		if r := s.Request(http.MethodPost, form.AttrOr("action", ""), url.Values{"revision": {revision}}, nil); r.StatusCode != want {
			t.Errorf("at revision %q: status %d", revision, r.StatusCode)
		}
	}
	if _, former, err := s.Store.AllResources(t.Context(), s.Setup.ID); err != nil || len(former) != 0 {
		t.Errorf("refused, and taken over: %+v, %v", former, err)
	}
	r := s.Request(http.MethodPost, form.AttrOr("action", ""), url.Values{"revision": {"1"}}, nil)
	if to := r.Header.Get("Location"); r.StatusCode != http.StatusSeeOther || to != "/jobs/2" {
		t.Fatalf("put back: status %d to %q", r.StatusCode, to)
	}
	res, err := s.Store.Resources(t.Context(), s.Setup.ID)
	if row := res[setup.MappingKey("new")]; err != nil || !row.Owned || row.ID != "m9" {
		t.Errorf("the row is %+v, %v", row, err)
	}
	if n := revisionOf(t, s); n != 1 {
		t.Errorf("revision %d was made", n)
	}
	if err := s.Store.CancelJob(t.Context(), 2, "Mira Okafor"); err != nil {
		t.Fatal(err)
	}
	checked(t, s, wrong(serves, added))
	r = s.Request(http.MethodPost, page(s).Find("#found article form[action$='/keep']").AttrOr("action", ""), url.Values{"revision": {"1"}}, nil)
	v, err := s.Store.Setup(t.Context(), s.Setup.ID)
	if r.StatusCode != http.StatusSeeOther || err != nil || v.Revision != 2 || len(v.Spec.API.Mappings) != len(s.Setup.Spec.API.Mappings)+1 {
		t.Errorf("kept: status %d, revision %d: %+v, %v", r.StatusCode, v.Revision, v.Spec.API.Mappings, err)
	}
}
