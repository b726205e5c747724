package setups_test

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

var (
	serves = setup.Sight{Here: setup.Yes, Answers: setup.Yes}
	silent = setup.Sight{Here: setup.Yes, Answers: setup.No}
)

// differs is a finding that a job puts back.
func differs() setup.FindingBody {
	return setup.FindingBody{
		Key: "distribution/OriginProtocolPolicy", StepID: "distribution", Part: setup.PartOrigin, Setting: setup.SettingOriginProtocol,
		Title: "Differs: the origin's protocol (OriginProtocolPolicy)", Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only", Repair: true,
	}
}

// outside is a finding that no job puts back.
func outside() setup.FindingBody {
	p := &setup.Problem{What: "The test of / did not reach the API.", Why: "A proxy stands before the name.", Fix: "Switch the proxy off, then re-run the step."}
	return setup.FindingBody{Key: "live/proxy/x", StepID: "live", Part: setup.PartName, Setting: setup.SettingProxy, Title: p.What, Effect: p, Fix: p.Fix, Paths: []string{""}}
}

func lines() []setup.CheckLine {
	return []setup.CheckLine{
		{StepID: "distribution", Title: "Distribution", Result: setup.LineWrong, Text: "1 setting differs", Took: 340 * time.Millisecond},
		{StepID: "dns", Title: "Traffic record", Result: setup.LineRight, Text: "Found", Took: time.Second},
		{StepID: "live", Title: "Name", Result: setup.LineUnknown, Text: "DNS did not answer"},
	}
}

// finished is a site whose setup a job has made.
func finished(t *testing.T) *handlerstest.JobSite {
	t.Helper()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	s.Finish()
	return s
}

// checked carries out the check that is ordered, or one that a person asks for.
func checked(t *testing.T, s *handlerstest.JobSite, o store.CheckOutcome) {
	t.Helper()
	p, found, err := s.Store.NextCheck(t.Context(), "w", 0)
	if err == nil && !found {
		if err = s.Store.AskCheck(t.Context(), s.Setup.ID, "Mira Okafor"); err == nil {
			p, found, err = s.Store.NextCheck(t.Context(), "w", 0)
		}
	}
	if err != nil || !found {
		t.Fatalf("no check is due: %v", err)
	}
	if o.Looked == nil {
		o.Looked = []setup.StepID{"distribution", "dns", "live"}
	}
	if err := s.Store.FinishCheck(t.Context(), "w", p, o); err != nil {
		t.Fatal(err)
	}
}

func wrong(sight setup.Sight, list ...setup.FindingBody) store.CheckOutcome {
	o := store.CheckOutcome{Result: setup.CheckFindings, Sight: sight, Findings: list, Lines: lines()}
	if sight.Answers == setup.No {
		o.Problem = &setup.Problem{What: "The test of / did not reach the API."}
	}
	return o
}

func blind() store.CheckOutcome {
	return store.CheckOutcome{Result: setup.CheckCouldNot, Problem: &setup.Problem{What: "The credentials have expired.", Why: "AWS refused them.", Fix: "Sign in again."}}
}

// page is the page of the site's setup.
func page(s *handlerstest.JobSite) *goquery.Document {
	return s.Page("/setups/"+s.Setup.ID, http.StatusOK)
}

// revised starts a job of a new revision whose traffic moves later.
func revised(t *testing.T, s *handlerstest.JobSite, kind setup.JobKind) {
	t.Helper()
	v, err := s.Store.Setup(t.Context(), s.Setup.ID)
	if err != nil {
		t.Fatal(err)
	}
	v.Spec.Domain.Switch = setup.SwitchLater
	s.Expect()
	n, err := s.Store.StartJob(t.Context(), store.NewJob{SetupID: v.ID, Kind: kind, Want: &v.Spec, By: "Mira Okafor", Steps: []store.NewStep{{ID: "identity", Title: "Check the account"}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Follow(n)
	s.Pass("identity", handlerstest.Done("As wanted"))
}

// The page of a setup and the first page say the same state, with its icon and
// what it means for callers; the title begins with it.
func TestEveryStateOfASetup(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		word, mark, lede string
		button           bool // Check now
		come             func(t *testing.T, s *handlerstest.JobSite)
	}{
		{"Being made by job 1", "running", "Callers stay where they are", false, nil},
		{"Not finished", "failed", "No job has come to its end", false, func(t *testing.T, s *handlerstest.JobSite) {
			if err := s.Store.CancelJob(t.Context(), 1, "Mira Okafor"); err != nil {
				t.Fatal(err)
			}
		}},
		{"Serving", "done", "callers are served by CloudFront, as revision 1 wants it.", true, func(t *testing.T, s *handlerstest.JobSite) {
			checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: serves})
		}},
		{"Drifted", "you", "Callers get answers. Since", true, func(t *testing.T, s *handlerstest.JobSite) {
			checked(t, s, wrong(serves, differs()))
		}},
		{"Not answering", "failed", "callers get no right answer. The test of / did not reach the API.", true, func(t *testing.T, s *handlerstest.JobSite) {
			checked(t, s, wrong(silent))
			checked(t, s, wrong(silent, differs()))
		}},
		{"Not checked", "unsure", "two checks in a row could not look", true, func(t *testing.T, s *handlerstest.JobSite) {
			checked(t, s, blind())
			checked(t, s, blind())
		}},
		{"Ready, traffic not moved", "ready", "everything is made, and DNS does not lead callers to it.", true, func(t *testing.T, s *handlerstest.JobSite) {
			revised(t, s, setup.JobApply)
			checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: setup.Sight{Here: setup.No, Answers: setup.Yes}})
		}},
		{"Moved back", "back", "callers reach the old server", true, func(t *testing.T, s *handlerstest.JobSite) {
			revised(t, s, setup.JobRestore)
			checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: setup.Sight{Here: setup.No, Answers: setup.Yes}})
		}},
		{"Being changed by job 2", "running", "What callers get may change", false, func(t *testing.T, s *handlerstest.JobSite) {
			s.Start(setup.JobApply, setup.JobInput{})
		}},
	} {
		t.Run(c.word, func(t *testing.T) {
			t.Parallel()
			s := handlerstest.NewJobSite(t)
			s.Start(setup.JobApply, setup.JobInput{})
			if c.word != "Being made by job 1" && c.word != "Not finished" {
				s.ToMappings()
				s.Finish()
			}
			if c.come != nil {
				c.come(t, s)
			}
			doc := page(s)
			handlerstest.Contains(t, doc, "h1 .st", c.word)
			handlerstest.Contains(t, doc, ".head .lede", c.lede)
			if mark := doc.Find("h1 .st").AttrOr("data-s", ""); mark != c.mark {
				t.Errorf("the icon is %s, want %s", mark, c.mark)
			}
			icon := map[string]string{"running": "icon-running.", "failed": "icon-bad.", "you": "icon-you.", "done": "icon-done."}[c.mark]
			if href := doc.Find("link[rel=icon]").AttrOr("href", ""); !strings.Contains(href, cmp.Or(icon, "/icon.")) {
				t.Errorf("the icon of the tab is %q", href)
			}
			if title := doc.Find("title").Text(); !strings.HasPrefix(title, c.word+": api.harborview.example") {
				t.Errorf("the title is %q", title)
			}
			if has := doc.Find("form[action$='/check']").Length() == 1; has != c.button {
				t.Errorf("Check now is there: %v, want %v", has, c.button)
			}
			if status, body := s.Press("/setups/" + s.Setup.ID + "/check"); (status == http.StatusSeeOther) != c.button || status != http.StatusSeeOther && !strings.Contains(body, "Nothing was changed") {
				t.Errorf("Check now: status %d: %s", status, body)
			}
			home := s.Page("/", http.StatusOK)
			handlerstest.Contains(t, home, "table.fleet td.stat .st", c.word)
			if first := map[string]string{"Drifted": "1 drifted: Setups", "Not answering": "1 not answering: Setups"}[c.word]; !strings.HasPrefix(home.Find("title").Text(), cmp.Or(first, "Setups")) {
				t.Errorf("the title of the list is %q", home.Find("title").Text())
			}
			if mark := home.Find("table.fleet td.stat .st").AttrOr("data-s", ""); mark != c.mark {
				t.Errorf("the icon in the list is %s, want %s", mark, c.mark)
			}
			handlerstest.Contains(t, home, "table.fleet td[data-l='Last job']", fmt.Sprintf("Revision %d", revisionOf(t, s)), "Job ")
		})
	}
}

func revisionOf(t *testing.T, s *handlerstest.JobSite) int {
	t.Helper()
	v, err := s.Store.Setup(t.Context(), s.Setup.ID)
	if err != nil {
		t.Fatal(err)
	}
	return v.Revision
}

// While a check looks, the page asks for its own upper part again, and reloads
// where there is no script. Then it says what was seen.
func TestACheckIsFollowed(t *testing.T) {
	t.Parallel()
	s := finished(t)
	handlerstest.Contains(t, page(s), ".facts", "Not checked yet", "Next check: at ")
	handlerstest.Contains(t, page(s), ".lede", "No check has looked since the last job.")
	s.Store.SetClock(func() time.Time { return time.Now().Add(time.Minute) }) // by then it is due
	checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: serves})
	doc := page(s)
	handlerstest.Contains(t, doc, ".facts", "Checked 0 s ago: all right", "Next check: ", "Revision 1")
	handlerstest.Contains(t, doc, "#seen", "not of a check that nobody asked for")
	if doc.Find("[hx-get]").Length() != 0 || strings.Contains(doc.Find("head noscript").Text(), "refresh") {
		t.Error("the page asks again though no check looks")
	}
	if status, _ := s.Press("/setups/" + s.Setup.ID + "/check"); status != http.StatusSeeOther {
		t.Errorf("Check now: status %d", status)
	}
	doc = page(s)
	handlerstest.Contains(t, doc, ".head .actions", "Checking…")
	if to := doc.Find("#now [hx-get]"); to.AttrOr("hx-get", "") != "/setups/"+s.Setup.ID || to.AttrOr("hx-select", "") != "#now" {
		t.Error("the page does not ask again")
	}
	if doc.Find("#now aside").Length() != 1 {
		t.Error("a page that looks again leaves parts as they were before the check")
	}
	if !strings.Contains(doc.Find("head noscript").Text(), "refresh") || strings.Contains(s.Page("/setups/"+s.Setup.ID+"?refresh=off", http.StatusOK).Find("head noscript").Text(), "refresh") {
		t.Error("without script the page does not reload, or cannot be stopped")
	}
	checked(t, s, wrong(serves, differs()))
	checked(t, s, wrong(silent))
	handlerstest.Contains(t, page(s), ".lede", "The last check got no right answer. The setup counts as serving until")
	handlerstest.Contains(t, page(s), "#now > .sec .card", "The test of / did not reach the API.")
	checked(t, s, wrong(serves, differs()))
	again := wrong(silent, differs())
	again.Again = time.Minute
	checked(t, s, again)
	handlerstest.Contains(t, page(s), ".lede", "The last check got no right answer. Since")
	handlerstest.Contains(t, page(s), ".facts", "no right answer", "The name is asked once more at ")
	checked(t, s, wrong(serves, differs()))
	checked(t, s, wrong(serves, differs()))
	doc = page(s)
	if doc.Find("[hx-get]").Length() != 0 {
		t.Error("the page still asks again")
	}
	handlerstest.Contains(t, doc, "[role=status]", "Drifted. Checked 0 s ago: 1 finding")
	handlerstest.Contains(t, doc, "#way h2", "1 of 3 looks passed, 1 found something wrong, 1 could not tell")
	handlerstest.Contains(t, doc, "#seen", "Distribution", "Wrong", "1 setting differs", "0.3 s", "Not known", "DNS did not answer")
	handlerstest.Contains(t, doc, "#history", "2 checks with 1 finding", "Asked for by Mira Okafor, from ", "State: Drifted", "Before: Serving, since ", "A job had ended.", "Check passed")
}

// A viewer sees the same and is offered nothing.
func TestAViewerSeesFindings(t *testing.T) {
	t.Parallel()
	s := finished(t)
	checked(t, s, wrong(serves, differs()))
	s.SignIn(store.User{Name: "Vera", Email: "vera@example.com", Role: store.RoleViewer})
	doc := page(s)
	handlerstest.Contains(t, doc, "#now", "Drifted", "http-only", "becomes https-only", "An operator can check now, put things back, keep and mute them.")
	if n := doc.Find("#now form, #now button:not([data-copy])").Length(); n != 0 {
		t.Errorf("%d buttons", n)
	}
	if err := s.Store.AskCheck(t.Context(), s.Setup.ID, "Mira Okafor"); err != nil {
		t.Fatal(err)
	}
	handlerstest.Contains(t, page(s), ".head .actions", "Checking…")
	for _, act := range []string{"/check", "/findings/back", "/findings/x/mute", "/findings/x/keep", "/findings/x/back"} {
		if status, _ := s.Press("/setups/" + s.Setup.ID + act); status != http.StatusForbidden {
			t.Errorf("%s: status %d", act, status)
		}
	}
}

// Whatever AWS and others say is text. A page holds as much of it as is shown,
// and no more.
func TestHostileFindings(t *testing.T) {
	t.Parallel()
	s := finished(t)
	nasty := `"><script>alert(1)</script>&amp;<img src=x onerror=alert(1)>` + "\u202e" + strings.Repeat("W", 400)
	var list []setup.FindingBody
	for i := range 60 {
		f := differs()
		f.Key, f.Is, f.Want, f.Field, f.Title = fmt.Sprint(i), nasty, fmt.Sprint(i)+nasty, nasty[:60], "Differs: "+nasty
		f.Effect = &setup.Problem{What: nasty, Why: nasty, Said: nasty, Service: nasty}
		list = append(list, f)
	}
	o := wrong(serves, list...)
	for i := range o.Lines {
		o.Lines[i].Title, o.Lines[i].Text = nasty, nasty
	}
	checked(t, s, o)
	doc := page(s)
	if n := doc.Find("main script, main img, main [onerror]").Length(); n != 0 {
		t.Errorf("%d elements came from outside", n)
	}
	handlerstest.Contains(t, doc, "#found", "<script>alert(1)</script>", "35 more findings", "35 more things", "Put all 60 back")
	if n := doc.Find("#found article").Length(); n != 25 {
		t.Errorf("%d findings are shown, want 25", n)
	}
}

// The pages of a setup with many checks and findings, and of many setups, ask the
// database a bounded number of times.
func TestQueriesOfSetups(t *testing.T) {
	s := finished(t)
	for range 12 {
		checked(t, s, wrong(serves, differs(), outside()))
	}
	count := func(path string, most int64) {
		t.Helper()
		s.Page(path, http.StatusOK) // the session is kept from now on
		reads, writes := s.Store.Asked()
		s.Page(path, http.StatusOK)
		r, w := s.Store.Asked()
		t.Logf("%s: %d reads, %d writes", path, r-reads, w-writes)
		if r-reads > most || w != writes {
			t.Errorf("%s: %d reads and %d writes, want at most %d and none", path, r-reads, w-writes, most)
		}
	}
	count("/setups/"+s.Setup.ID, 18)
	for i := range 20 {
		s.Setup = s.Draft(fmt.Sprintf("n%d.harborview.example", i), setup.DNSElsewhere)
		s.Start(setup.JobApply, setup.JobInput{})
	}
	count("/", 7)
}
