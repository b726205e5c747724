package jobs

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
	"apifront/web"
)

var noon = time.Date(2026, 11, 21, 14, 8, 52, 0, time.UTC)

func look(id int64, operation string, status int, at time.Duration) setup.Call {
	return setup.Call{ID: id, Attempt: 1, Service: "cloudfront", Operation: operation, Status: status, RequestID: fmt.Sprint("r", id), StartedAt: noon.Add(at), Took: 94 * time.Millisecond}
}

func TestEqualLooksAreFolded(t *testing.T) {
	t.Parallel()
	write := look(4, "CreateDistribution", 201, 3*time.Second)
	write.Write = true
	calls := []setup.Call{
		look(1, "GetDistribution", 200, 0), look(2, "ListTags", 200, time.Second), look(3, "GetDistribution", 200, 2*time.Second),
		write, look(5, "GetDistribution", 200, 4*time.Second), look(6, "GetDistribution", 500, 5*time.Second),
	}
	rows, left, before := callRows(web.Times{Now: noon}, calls, nil)
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprint(r.Time, " ", r.Call, " ", r.Answer, " ", r.Ref, r.Bad))
	}
	want := []string{
		"14:08:52 to 14:08:54 cloudfront:GetDistribution × 2 200 OK false",
		"14:08:53.000 cloudfront:ListTags 200 OK r2false",
		"14:08:55.000 cloudfront:CreateDistribution 201 Created r4false",
		"14:08:56.000 cloudfront:GetDistribution 200 OK r5false",
		"14:08:57.000 cloudfront:GetDistribution 500 Internal Server Error r6true",
	}
	if diff := cmp.Diff(want, got); diff != "" || left != 0 || before != 1 {
		t.Errorf("rows (-want +got), left %d, before %d: %s", left, before, diff)
	}
}

// What an attempt changed and removed is shown also where none of its calls is: they
// are earlier than those that are listed, or none was stored.
func TestChangesAreShownWithoutCalls(t *testing.T) {
	t.Parallel()
	attempt := func(n int, field string) setup.Attempt {
		a := setup.Attempt{StepID: "distribution", Number: n, By: setup.Person{Name: setup.WorkerName}, State: setup.StepDone}
		if field != "" {
			a.Changes = []setup.Change{{Field: field, Is: "1", Want: "2"}}
		}
		return a
	}
	removed := setup.Attempt{StepID: "distribution", Number: 5, By: setup.Person{Name: "Grace"}, State: setup.StepDone, Removals: []setup.Removal{{Type: "Cache policy", ID: "p1", Gone: true}}}
	attempts := []setup.Attempt{attempt(1, "A"), attempt(2, ""), attempt(3, "C"), attempt(4, ""), removed}
	third, fourth := look(1, "GetDistribution", 200, 0), look(2, "ListTags", 200, time.Second)
	third.Attempt, fourth.Attempt = 3, 4
	for name, c := range map[string]struct {
		calls []setup.Call
		want  []string
	}{
		"some": {[]setup.Call{third, fourth}, []string{
			"Attempt 1, by the worker", "A: 1 became 2", "Attempt 3, by the worker", "C: 1 became 2", "cloudfront:GetDistribution",
			"Attempt 4, by the worker", "cloudfront:ListTags", "Attempt 5, re-run by Grace", "Cache policy p1 was removed.",
		}},
		"none": {nil, []string{
			"Attempt 1, by the worker", "A: 1 became 2", "Attempt 3, by the worker", "C: 1 became 2", "Attempt 5, re-run by Grace", "Cache policy p1 was removed.",
		}},
	} {
		rows, _, _ := callRows(web.Times{Now: noon}, c.calls, attempts)
		var got []string
		for _, r := range rows {
			got = append(got, r.Attempt+r.Change+r.Call)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s of the calls: %s", name, diff)
		}
	}
}

func TestAStepShowsAHundredRowsAndSaysWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	var calls []setup.Call
	for i := range 130 {
		calls = append(calls, look(int64(i+1), fmt.Sprintf("Get%d", i), 200, time.Duration(i)*time.Second))
	}
	f := Facts{
		Times: web.Times{Now: noon}, Job: setup.Job{ID: 42, State: setup.JobRunning}, Steps: []setup.Step{{ID: "deployed", Number: 1, State: setup.StepRunning}},
		Calls: map[setup.StepID][]setup.Call{"deployed": calls}, CallCount: map[setup.StepID]int{"deployed": 500},
	}
	row := NewView(f).Steps[0]
	if len(row.Rows) != 100 || row.Earlier != 400 || row.EarlierURL != "/jobs/42?step=deployed&from=31#step-deployed" {
		t.Errorf("%d rows, %d earlier at %s", len(row.Rows), row.Earlier, row.EarlierURL)
	}
}

func TestTimesAsPeopleReadThem(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c := web.Times{Now: noon, Loc: berlin}
	for got, want := range map[string]string{
		c.Second(noon.Add(-time.Minute)).Text:                    "15:07:52",
		c.Second(noon.Add(-time.Minute)).ISO:                     "2026-11-21T14:07:52Z",
		c.Minute(noon.Add(-24 * time.Hour)).Text:                 "20 Nov 15:08",
		c.Minute(time.Date(2025, 3, 1, 8, 0, 0, 0, berlin)).Text: "1 Mar 2025 08:00",
		c.Ago(noon.Add(-8 * time.Second)).Text:                   "8 s ago",
		c.Ago(noon.Add(-6 * time.Minute)).Text:                   "6 min ago",
		c.Ago(noon.Add(-3 * time.Hour)).Text:                     "3 h ago",
		c.Ago(noon.Add(-20 * time.Hour)).Text:                    "Yesterday",
		c.Ago(noon.Add(-50 * time.Hour)).Text:                    "2 days ago",
		c.Ago(noon.Add(time.Second)).Text:                        "0 s ago",
		web.LongTime(0):                                          "1 s",
		web.Took(0):                                              "1 ms",
		web.Took(142*time.Millisecond + 900*time.Microsecond):    "142 ms",
		web.Took(time.Second):                                    "1 s",
		web.LongTime(401 * time.Second):                          "6 min 41 s",
		web.LongTime(21*time.Hour + 37*time.Minute):              "21 h 37 min",
		web.LongTime(74 * time.Hour):                             "3 days 2 h",
		c.Second(time.Time{}).Text:                               "",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The words of a state are those of the guide, and no others.
func TestWordsOfStates(t *testing.T) {
	t.Parallel()
	for state, want := range map[setup.StepState]string{
		setup.StepWaiting: "Waiting", setup.StepRunning: "Running", setup.StepDone: "Done", setup.StepFailed: "Failed",
		setup.StepNeedsYou: "Needs you", setup.StepCancelled: "Cancelled", setup.StepSkipped: "Skipped",
	} {
		if got := web.StepWord(state); got != want {
			t.Errorf("a step that is %s is called %q, want %q", state, got, want)
		}
	}
	for state, want := range map[setup.JobState]string{
		setup.JobRunning: "Running", setup.JobNeedsYou: "Needs you",
		setup.JobSucceeded: "Succeeded", setup.JobFailed: "Failed", setup.JobCancelled: "Cancelled",
	} {
		if got := web.JobWord(setup.Job{State: state}); got != want {
			t.Errorf("a job that is %s is called %q, want %q", state, got, want)
		}
	}
}

// The night the clocks go back has 25 hours, and the day before is yesterday.
func TestTimesWhenTheClocksChange(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	back := web.Times{Now: time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), Loc: berlin} // 02:30 for the second time
	forth := web.Times{Now: time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), Loc: berlin}  // 03:00, a second after 01:59:59
	for _, test := range []struct{ got, want string }{
		{back.Minute(back.Now).Text, "02:30"},
		{back.Minute(back.Now.Add(-time.Hour)).Text, "02:30"},
		{back.Minute(back.Now.Add(-time.Hour)).ISO, "2026-10-25T00:30:00Z"},
		{back.Ago(back.Now.Add(-time.Hour)).Text, "1 h ago"},
		{back.Minute(back.Now.Add(-4 * time.Hour)).Text, "24 Oct 23:30"},
		{back.Ago(back.Now.Add(-24 * time.Hour)).Text, "Yesterday"},
		{back.Past(back.Now.Add(-24 * time.Hour)), "yesterday"},
		{back.Past(back.Now.Add(-8 * time.Second)), "8 s ago"},
		{forth.Minute(forth.Now).Text, "03:00"},
		{forth.Second(forth.Now.Add(-time.Second)).Text, "01:59:59"},
		{forth.Ago(forth.Now.Add(-7 * time.Hour)).Text, "Yesterday"},
		{forth.Zone(), "Europe/Berlin"},
		{web.Times{Now: forth.Now}.Zone(), "UTC"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func TestTheTrafficRecordIsShownBeforeItsTime(t *testing.T) {
	t.Parallel()
	spec := setup.DefaultSpec()
	spec.Domain = setup.Domain{Name: "api.example.com", DNS: setup.DNSElsewhere, Switch: setup.SwitchAtEnd}
	f := Facts{
		Times: web.Times{Now: noon}, Job: setup.Job{ID: 42, Kind: setup.JobApply, State: setup.JobRunning}, Setup: setup.Setup{Spec: spec},
		About:     map[setup.StepID]StepAbout{"dns": {Mark: setup.MarkTraffic}},
		Resources: setup.Resources{setup.KeyDistribution: {ID: "E1", Attributes: map[string]string{setup.AttrDomainName: "d1.cloudfront.net"}}},
		Steps: []setup.Step{
			{ID: "mappings", Number: 8, State: setup.StepFailed}, {ID: "preview", Number: 11, State: setup.StepWaiting, Needs: []setup.StepID{"mappings"}},
			{ID: "dns", Number: 12, State: setup.StepWaiting, Needs: []setup.StepID{"preview"}},
		},
	}
	cards := NewView(f).Records
	if len(cards) != 1 || cards[0].Title != "Do not change the traffic record yet" || !strings.Contains(cards[0].Text, "steps 8 and 11 are still open") || cards[0].Rows[0].Value != "d1.cloudfront.net" {
		t.Errorf("cards %+v", cards)
	}
	f.Setup.Spec.Domain.Switch = setup.SwitchLater
	if cards := NewView(f).Records; len(cards) != 0 {
		t.Errorf("a job that does not move traffic shows %+v", cards)
	}
}

// A job that was to move nothing says where the record leads, if it has seen that.
func TestTheEndOfAJobThatMovesNothing(t *testing.T) {
	t.Parallel()
	spec := setup.DefaultSpec()
	spec.Domain = setup.Domain{Name: "api.example.com", DNS: setup.DNSRoute53, Switch: setup.SwitchLater}
	for want, records := range map[string][]setup.Record{
		"Traffic has not moved": {{Type: "A", Found: true}, {Type: "AAAA"}},
		"The DNS record of api.example.com leads to d1.cloudfront.net": {{Type: "A", Found: true}, {Type: "AAAA", Found: true}},
	} {
		f := Facts{
			Times: web.Times{Now: noon}, Job: setup.Job{ID: 42, Kind: setup.JobApply, State: setup.JobSucceeded}, Setup: setup.Setup{Spec: spec},
			About:     map[setup.StepID]StepAbout{"dns": {Mark: setup.MarkTraffic}},
			Resources: setup.Resources{setup.KeyDistribution: {ID: "E1", Attributes: map[string]string{setup.AttrDomainName: "d1.cloudfront.net"}}},
			Steps:     []setup.Step{{ID: "dns", Number: 12, State: setup.StepDone, Records: records}},
		}
		if c := doneCard(f); !strings.Contains(c.Text, want) || strings.Contains(c.Title, "ready") != strings.Contains(want, "not moved") {
			t.Errorf("with %v: %+v", records, c)
		}
	}
}

// A job that had nothing to change in Route 53 does not say that it changed the
// record, and a job of a later revision is a change.
func TestAChangeThatFindsTheTrafficMoved(t *testing.T) {
	t.Parallel()
	spec := setup.DefaultSpec()
	spec.Domain = setup.Domain{Name: "api.example.com", DNS: setup.DNSRoute53, Switch: setup.SwitchAtEnd}
	f := Facts{
		Times: web.Times{Now: noon}, Setup: setup.Setup{Spec: spec},
		Job:   setup.Job{ID: 42, SetupName: "api.example.com", Revision: 2, Kind: setup.JobApply, State: setup.JobSucceeded},
		About: map[setup.StepID]StepAbout{"dns": {Mark: setup.MarkTraffic}},
		Steps: []setup.Step{{ID: "dns", Number: 12, State: setup.StepDone, Records: []setup.Record{{Type: "A", Name: "api.example.com", Value: "d1.cloudfront.net", Alias: true}}}},
	}
	f.Writes = []setup.Call{{StepID: "cache-policy", Operation: "CreateCachePolicy", Write: true}}
	if v := NewView(f); v.Change != nil || v.Heading != "Change api.example.com" {
		t.Errorf("without a call: %q with %+v", v.Heading, v.Change)
	}
	f.Writes = append(f.Writes, setup.Call{StepID: "dns", Operation: "ChangeResourceRecordSets", Write: true})
	f.Job.Revision = 1
	if v := NewView(f); v.Change == nil || v.Heading != "Set up api.example.com" {
		t.Errorf("with a call: %q with %+v", v.Heading, v.Change)
	}
}

func TestEveryJobStateHasItsPage(t *testing.T) {
	t.Parallel()
	for state, title := range map[setup.JobState]string{
		setup.JobRunning: "Running: Job 42", setup.JobNeedsYou: "Needs you: Job 42",
		setup.JobSucceeded: "Succeeded: Job 42", setup.JobFailed: "Failed: Job 42", setup.JobCancelled: "Cancelled: Job 42",
	} {
		for _, kind := range []setup.JobKind{setup.JobApply, setup.JobInvalidate} {
			f := Facts{Times: web.Times{Now: noon}, Job: setup.Job{ID: 42, Kind: kind, State: state, SetupName: "api.example.com", CreatedAt: noon.Add(-time.Minute), Input: setup.JobInput{Paths: []string{"/*"}}}}
			if !state.Active() {
				f.Job.FinishedAt = noon
			}
			for _, s := range []setup.StepState{setup.StepWaiting, setup.StepRunning, setup.StepDone, setup.StepFailed, setup.StepNeedsYou, setup.StepSkipped, setup.StepCancelled} {
				f.Steps = append(f.Steps, setup.Step{ID: setup.StepID(s), Number: len(f.Steps) + 1, Title: "Step", State: s})
			}
			v := NewView(f)
			var b bytes.Buffer
			if err := Page(web.Frame{Title: v.Title}, v).Render(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			if v.Title != title || !strings.Contains(b.String(), "<title>"+title) {
				t.Errorf("title %q, want %q", v.Title, title)
			}
			if (v.Events != "") != state.Active() {
				t.Errorf("%s: stream at %q", state, v.Events)
			}
		}
	}
}

// The words of a job that is done name what was cleared and what was not.
func TestClearedWords(t *testing.T) {
	many := make([]string, 40)
	for i := range many {
		many[i] = fmt.Sprintf("/%d", i)
	}
	for _, c := range []struct {
		paths     []string
		with, not string
	}{
		{[]string{"/*"}, "everything", "query string"},
		{[]string{"/q", "/q?*"}, "/q, /q?*", "was not cleared"},
		{[]string{"/q", "/q*"}, "/q, /q*", "was not cleared"},
		{[]string{"/q"}, "What it keeps for /q with a query string was not cleared.", "everything"},
		{[]string{"/r*", "/q"}, "What it keeps for /q with", "everything"},
		{[]string{"/q?x=1"}, "/q?x=1", "was not cleared"},
		{many, "and 28 other paths", "/13,"},
	} {
		if got := clearedWords(c.paths); !strings.Contains(got, c.with) || strings.Contains(got, c.not) {
			t.Errorf("%.3v: %s", c.paths, got)
		}
	}
}

// A step is offered to be tried again alone only if nothing has stopped before
// it, however far.
func TestAloneOnlyWithoutAStopBefore(t *testing.T) {
	t.Parallel()
	list := []setup.Step{
		{ID: "a", State: setup.StepFailed}, {ID: "b", State: setup.StepWaiting, Needs: []setup.StepID{"a"}},
		{ID: "c", State: setup.StepCancelled, Needs: []setup.StepID{"b"}},
	}
	if !canRerunAlone(list, list[0]) || canRerunAlone(list, list[2]) {
		t.Errorf("the failed step is offered: %t, the one behind it: %t", canRerunAlone(list, list[0]), canRerunAlone(list, list[2]))
	}
	list[0].State = setup.StepDone
	if !canRerunAlone(list, list[2]) {
		t.Error("a step is not offered although nothing stopped before it")
	}
}

// What a person can accept leads to the very box; any other problem to the page of
// its step.
func TestAProblemLeadsToItsAnswer(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ code, page, field, word string }{
		{setup.SharedCode(setup.SharedCredentials), "edge", "accept-credentials", "Change edge settings"},
		{setup.SharedCode(setup.SharedQueries), "edge", "accept-queries", "Change edge settings"},
		{"Shared-all", "api", "", "Choose another API"},
		{"KeyUnbound", "api", "", "Change how it is tested"},
	} {
		f := Facts{
			Times: web.Times{Now: noon}, Job: setup.Job{ID: 42, SetupID: "s1", Kind: setup.JobApply, State: setup.JobFailed},
			Setup: setup.Setup{ID: "s1"}, About: map[setup.StepID]StepAbout{"preview": {Page: setup.PageAPI}},
			Steps: []setup.Step{{ID: "preview", Number: 1, State: setup.StepFailed, Problem: &setup.Problem{What: "a", Why: "b", Fix: "c", Code: x.code}}},
		}
		v := NewView(f)
		if len(v.Cards) == 1 && v.Cards[0].Keys != (x.code == "KeyUnbound") {
			t.Errorf("%s: leads to the page Test keys: %v", x.code, v.Cards[0].Keys)
		}
		change := func(a Act) bool { return a.Page == x.page && a.Field == x.field && a.Word == x.word }
		if len(v.Cards) != 1 || len(v.Cards[0].Acts) != 2 || !slices.ContainsFunc(v.Cards[0].Acts, change) || change(v.Cards[0].Acts[0]) != (x.code != "Shared-all") {
			t.Errorf("%s: %+v", x.code, v.Cards)
			continue
		}
		var b bytes.Buffer
		if err := problemCard(v, v.Cards[0]).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), `name="field"`) != (x.field != "") {
			t.Errorf("%s: %s", x.code, b.String())
		}
	}
}
