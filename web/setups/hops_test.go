package setups

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"apifront/setup"
	"apifront/web"
)

// wayFacts are a setup that serves, and whose last check saw every hop right.
func wayFacts(now time.Time) Facts {
	f := Facts{
		Times: web.Times{Now: now, Loc: time.UTC},
		Setup: setup.Setup{ID: "s", Revision: 2, Spec: setup.DefaultSpec()},
		State: setup.State{ID: setup.StateServing, Since: now.Add(-time.Hour)},
		Checks: []setup.Checkup{{
			ID: "k2", SetupID: "s", Revision: 2, DoneAt: now.Add(-4 * time.Minute), Result: setup.CheckHealthy, Reason: setup.CheckBySchedule,
			Sight: setup.Sight{Here: setup.Yes, Answers: setup.Yes},
		}},
		Last: setup.Job{ID: 1, State: setup.JobSucceeded, FinishedAt: now.Add(-time.Hour)},
		Plan: setup.Schedule{Every: 3 * time.Hour},
		Way:  setup.Way{CheckID: "k2", SeenAt: now.Add(-4 * time.Minute)},
	}
	for _, p := range setup.Parts() {
		f.Way.Hops = append(f.Way.Hops, setup.Hop{Part: p, State: setup.HopRight, Claim: "Claim of " + string(p), Text: "Seen.", Asked: []setup.Asked{{What: "Asked", Answer: "yes", Line: "dig A x"}}})
	}
	return f
}

func marks(v *HopsView) (list []string) {
	for _, h := range v.Hops {
		list = append(list, h.Mark)
	}
	return list
}

// A hop is green only by the newest check, of the newest revision, after the last job,
// and of this day. Everything else is not known, whatever was seen before.
func TestHopsSayWhatIsTrueNow(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 5, 6, 14, 20, 0, 0, time.UTC)
	if got := marks(NewView(wayFacts(now)).Hops); !slices.Equal(got, []string{"done", "done", "done", "done"}) {
		t.Fatalf("all is right: %v", got)
	}
	for what, c := range map[string]struct {
		change func(*Facts)
		says   string
	}{
		"a job, and looks that were kept": {func(f *Facts) {
			f.State = setup.State{ID: setup.StateBeingChanged, Job: 7}
			f.Checks[0].Lines = []setup.CheckLine{{Title: "Distribution", Result: setup.LineRight}}
		}, "Job 7 is at work"},
		"never checked":         {func(f *Facts) { f.Checks, f.Way = nil, setup.Way{} }, "No check has looked yet."},
		"a job is at work":      {func(f *Facts) { f.State = setup.State{ID: setup.StateBeingChanged, Job: 7} }, "Job 7 is at work"},
		"a job has ended since": {func(f *Facts) { f.Last.FinishedAt = now.Add(-time.Minute) }, "A job has ended since"},
		"another revision":      {func(f *Facts) { f.Setup.Revision = 3 }, "looked at revision 2"},
		"another check":         {func(f *Facts) { f.Way.CheckID = "k1" }, "did not keep it"},
		"it could not look": {func(f *Facts) {
			f.Checks[0].Result, f.Way.Hops = setup.CheckCouldNot, nil
			f.Checks[0].Problem = &setup.Problem{What: "Expired."}
		}, "could not look"},
		"long ago": {func(f *Facts) { f.Checks[0].DoneAt = now.Add(-9 * 24 * time.Hour); f.Last = setup.Job{} }, "Seen 9 days ago"},
		"unknown to it": {func(f *Facts) {
			for i := range f.Way.Hops {
				f.Way.Hops[i].State = setup.HopUnknown
			}
		}, "Seen."},
	} {
		f := wayFacts(now)
		c.change(&f)
		v := NewView(f).Hops
		if v != nil && (v.Title == "All right" || strings.Contains(v.Title, "passed")) {
			t.Errorf("%s: the card says that all is right", what)
		}
		if v == nil || slices.ContainsFunc(v.Hops, func(h web.HopView) bool { return h.Mark != "unsure" || !strings.Contains(h.Text, c.says) }) {
			t.Errorf("%s: %+v", what, v)
		}
	}
	for _, id := range []setup.StateID{setup.StateGone, setup.StateNotFinished, setup.StateBeingMade} {
		f := wayFacts(now)
		f.State.ID = id
		if v := NewView(f).Hops; v != nil {
			t.Errorf("%s: %+v", id, v)
		}
	}
}

// A check that keeps no lines shows the questions of its hops, and one with a fault
// says which hops were asked past it.
func TestHopsAfterAFault(t *testing.T) {
	t.Parallel()
	f := wayFacts(time.Date(2031, 5, 6, 14, 20, 0, 0, time.UTC))
	f.Way.Hops[1].State = setup.HopWrong
	f.Way.Hops[2].Past, f.Way.Hops[3].Past = true, true
	v := NewView(f).Hops
	if got := marks(v); !slices.Equal(got, []string{"done", "failed", "done", "done"}) || v.State != "bad" {
		t.Errorf("%v, %q", got, v.State)
	}
	for i, h := range v.Hops {
		if past := h.Claim == "Answers past the fault"; past != (i > 1) {
			t.Errorf("%s: %s", h.Kind, h.Claim)
		}
	}
	if len(v.Looks) != 4 || v.Looks[0].Asked[0].Line != "dig A x" {
		t.Errorf("%+v", v.Looks)
	}
	f.Way.Hops[1].State = setup.HopDiffers
	if v := NewView(f).Hops; v.State != "warn" {
		t.Errorf("differs: %q", v.State)
	}
}

// What others said stands on the page as text, cut, and without what turns it round,
// even if the store should hold more.
func TestHostileEvidence(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 5, 6, 14, 20, 0, 0, time.UTC)
	nasty := `"><script>alert(1)</script><img src=x onerror=alert(1)>` + "\x00\x1b[31m\u202e\u200b\r\n" + strings.Repeat("W", 5000)
	f := wayFacts(now)
	asked := []setup.Asked{{What: nasty, Answer: nasty, Line: nasty, Bad: true}, {What: "A", Answer: "B", Line: "curl " + strings.Repeat("W", 5000)}}
	for i := range f.Way.Hops {
		h := &f.Way.Hops[i]
		h.Claim, h.Text, h.ID, h.Asked = nasty, nasty, nasty, asked
	}
	f.Checks[0].Lines = []setup.CheckLine{{Title: "Distribution", Result: setup.LineWrong, Text: nasty, Asked: asked}}
	f.Findings = []setup.Finding{{ID: "f", Revision: 2, FindingBody: setup.FindingBody{Key: "k", Title: "Differs", Evidence: asked}}}
	var b bytes.Buffer
	if err := Page(web.Frame{}, NewView(f)).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	html := b.String()
	if strings.Contains(html, "<script>alert") || strings.Contains(html, "<img src=x") || strings.Contains(html, strings.Repeat("W", 700)) {
		t.Error("what was said is not escaped, or not cut")
	}
	for _, r := range html {
		if r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf) {
			t.Fatalf("%U is on the page", r)
		}
	}
	if n := strings.Count(html, "&lt;script&gt;alert(1)&lt;/script&gt;"); n < 8 {
		t.Errorf("what was said stands there %d times", n)
	}
}

// In demo mode no arrow leads into the AWS console, which does not know what it would
// open, but to the page that shows its address.
func TestNoConsoleInDemoMode(t *testing.T) {
	t.Parallel()
	f := wayFacts(time.Date(2031, 5, 6, 14, 20, 0, 0, time.UTC))
	f.Setup.Spec.Account.Region = "eu-west-1"
	f.Resources = setup.Resources{setup.KeyDistribution: {Key: setup.KeyDistribution, ID: "E76"}}
	for _, f.Demo = range []bool{false, true} {
		v := NewView(f)
		if got := v.Hops.Hops[1].Console.URL; got != v.Rows[0].Console.URL || strings.HasPrefix(got, "https://us-east-1.console.aws.amazon.com/") == f.Demo || strings.HasPrefix(got, web.ConsolePage+"?") != f.Demo {
			t.Errorf("demo %v: %+v, %+v", f.Demo, v.Hops.Hops[1].Console, v.Rows[0].Console)
		}
	}
}
