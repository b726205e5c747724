package jobs

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/web"
)

// What a page says of the time that is left.
func TestLeft(t *testing.T) {
	now := time.Date(2031, 5, 6, 14, 20, 0, 0, time.UTC)
	way := []setup.WayStep{{Step: "a", Usual: 5 * time.Minute}}
	for _, c := range []struct {
		name     string
		forecast setup.Forecast
		state    setup.StepState
		want     string
	}{
		{"minutes", setup.Forecast{Left: 7*time.Minute + 40*time.Second, Way: way}, setup.StepRunning, "About 8 min left, done around 14:27"},
		{"seconds", setup.Forecast{Left: 20 * time.Second, Way: way}, setup.StepRunning, "Less than 1 min left, done around 14:20"},
		{"long", setup.Forecast{Left: 93 * time.Minute, Way: way}, setup.StepRunning, "About 1 h 35 min left, done around 15:53"},
		{"a person later", setup.Forecast{Left: 4 * time.Minute, Person: "b", Way: way}, setup.StepRunning, "About 4 min left, then it is your turn, around 14:24"},
		{"a person now", setup.Forecast{Person: "a", After: 8 * time.Minute, Way: way}, setup.StepNeedsYou, "About 8 min after you have done what is asked"},
		{"late", setup.Forecast{Longer: "a", Way: way}, setup.StepRunning, "Longer than usual: Wait for the edge has taken 9 min, mostly 5 min"},
		{"failed", setup.Forecast{Left: time.Minute, Stopped: true, Way: way}, setup.StepFailed, ""},
		{"unknown", setup.Forecast{Left: time.Minute, Unknown: true, Way: way}, setup.StepRunning, "No usual time known yet"},
	} {
		f := Facts{
			Times: web.Times{Now: now, Loc: time.UTC}, Job: setup.Job{State: setup.JobRunning}, Forecast: c.forecast,
			Steps: []setup.Step{{ID: "a", Title: "Wait for the edge", State: c.state, StartedAt: now.Add(-9 * time.Minute)}, {ID: "b", State: setup.StepWaiting}},
			About: map[setup.StepID]StepAbout{"a": {Usual: 5 * time.Minute}},
		}
		if l := newLeft(f); strings.TrimSpace(l.Bold+" "+l.Rest) != c.want {
			t.Errorf("%s: it says %q, want %q", c.name, l.Bold+" "+l.Rest, c.want)
		}
		title := "Running: Job 7"
		if left, _, ok := strings.Cut(c.want, " left,"); ok {
			title = left + " left: Job 7"
		}
		f.Job.ID = 7
		if got := NewView(f).Title; got != title {
			t.Errorf("%s: the title is %q, want %q", c.name, got, title)
		}
		f.Job.State = setup.JobSucceeded
		if l := newLeft(f); l != (Left{}) {
			t.Errorf("%s: once the job is over it says %+v", c.name, l)
		}
	}
}

// The parts of the bar lie side by side, fill it, and have the state that matters
// most.
func TestSegs(t *testing.T) {
	now := time.Now()
	f := Facts{
		Times: web.Times{Now: now},
		Steps: []setup.Step{
			{ID: "a", State: setup.StepDone}, {ID: "b", State: setup.StepRunning, StartedAt: now.Add(-time.Minute)},
			{ID: "c", State: setup.StepFailed}, {ID: "d", State: setup.StepWaiting}, {ID: "e", State: setup.StepDone},
		},
		Forecast: setup.Forecast{Way: []setup.WayStep{
			{Step: "a"}, {Step: "b", Usual: 4 * time.Minute, Beside: []setup.StepID{"e"}}, {Step: "d", Usual: 2 * time.Minute, Beside: []setup.StepID{"c"}},
		}},
	}
	list := newSegs(f)
	var said []string
	end := -segGap
	for _, s := range list {
		x, w, fill := number(t, s.X), number(t, s.W), number(t, s.Fill)
		if x-end-segGap > 0.2 || end+segGap-x > 0.2 || w < segLeast || fill > w {
			t.Errorf("after %v comes %+v", end, s)
		}
		end = x + w
		said = append(said, fmt.Sprintf("%s %.0f%%", s.State, 100*fill/w))
	}
	if end < segWidth-1 || end > segWidth+1 {
		t.Errorf("the bar ends at %v", end)
	}
	if got, want := strings.Join(said, ", "), "done 100%, running 25%, failed 100%"; got != want {
		t.Errorf("it shows %s, want %s", got, want)
	}
	if got := newSegs(Facts{}); got != nil {
		t.Errorf("of no step: %v", got)
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A demo whose AWS nobody has timed yet says of no step how long it usually takes.
func TestAStepIsUsualOnlyWhereTheJobIs(t *testing.T) {
	now := time.Date(2031, 5, 6, 14, 20, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		unknown bool
		jobs    int
		want    string
	}{"real": {false, 0, "Usually 5 min"}, "demo": {true, 0, ""}, "a demo that has seen the step": {true, 3, "Usually 5 min, up to 6 min in the last 3 jobs here"}} {
		f := Facts{
			Times: web.Times{Now: now, Loc: time.UTC}, Job: setup.Job{ID: 7, State: setup.JobRunning}, Forecast: setup.Forecast{Unknown: c.unknown, Way: []setup.WayStep{{Step: "a"}}},
			Steps: []setup.Step{{ID: "a", State: setup.StepRunning, StartedAt: now.Add(-time.Minute)}},
			About: map[setup.StepID]StepAbout{"a": {Usual: 5 * time.Minute, Most: 6 * time.Minute, Jobs: c.jobs}},
		}
		if meta := NewView(f).Steps[0].Meta; meta != c.want {
			t.Errorf("%s: the step says %q, want %q", name, meta, c.want)
		}
	}
}
