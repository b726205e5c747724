package jobs

import (
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/web"
)

// A step that waits for a known time says until when, and one that looks often does not.
func TestARunningStepSaysUntilWhenItWaits(t *testing.T) {
	t.Parallel()
	at := func(wait, now time.Duration) string {
		return NewView(Facts{
			Times: web.Times{Now: noon.Add(now), Loc: time.FixedZone("", 3600)}, Job: setup.Job{ID: 1, Kind: setup.JobTeardown, State: setup.JobRunning},
			Steps: []setup.Step{{ID: "a", Number: 1, State: setup.StepRunning, Attempt: 1, Summary: "Old", CheckedAt: noon, NextAt: noon.Add(wait)}},
			About: map[setup.StepID]StepAbout{"a": {Every: 2 * time.Minute}},
		}).Steps[0].Meta
	}
	for _, now := range []time.Duration{0, 4 * time.Minute} { // noon is 14:08:52 UTC
		if got := at(5*time.Minute, now); got != "Old. Waits until 15:14" {
			t.Errorf("after %s it says %q", now, got)
		}
	}
	for _, got := range []string{at(2*time.Minute, 0), at(5*time.Minute, 6*time.Minute), at(0, 0)} {
		if strings.Contains(got, "Waits") {
			t.Errorf("without a known time it says %q", got)
		}
	}
}

// Three and more steps in a row are named by the first and the last.
func TestStepsInARow(t *testing.T) {
	t.Parallel()
	for want, list := range map[string][]int{
		"step 4": {4}, "steps 1 and 2": {1, 2}, "steps 1 to 3": {1, 2, 3}, "steps 1 to 11": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
		"steps 1, 2, 4 to 6 and 9": {1, 2, 4, 5, 6, 9},
	} {
		if got := stepsOf(list); got != want {
			t.Errorf("%v are %q, want %q", list, got, want)
		}
	}
}

// A job that finds the record of a person in place does not say that there was none.
func TestTheEndOfAJobThatTakesTheMoveOver(t *testing.T) {
	t.Parallel()
	spec := setup.DefaultSpec()
	spec.Domain = setup.Domain{Name: "api.example.com", DNS: setup.DNSElsewhere, Switch: setup.SwitchAtEnd}
	record := setup.Record{Type: "CNAME", Name: "api.example.com", Value: "d1.cloudfront.net", Found: true}
	f := Facts{
		Times: web.Times{Now: noon}, Job: setup.Job{ID: 42, Kind: setup.JobApply, State: setup.JobSucceeded}, Setup: setup.Setup{ID: "s", Spec: spec},
		About: map[setup.StepID]StepAbout{"dns": {Mark: setup.MarkTraffic}, "live": {Mark: setup.MarkLive}},
		Steps: []setup.Step{{ID: "dns", Number: 12, State: setup.StepDone, Records: []setup.Record{record}, FinishedAt: noon}, {ID: "live", Number: 13, State: setup.StepDone}},
	}
	const led = "The name led there before this job"
	if v := NewView(f); v.Change == nil || !strings.Contains(v.Change.Undo, "There was no record before") || strings.Contains(v.Done.Text, led) {
		t.Errorf("a job whose record a person added meanwhile: %+v, %+v", v.Change, v.Done)
	}
	f.Led = true
	if v := NewView(f); v.Change != nil || !strings.Contains(v.Done.Text, led) {
		t.Errorf("a job that took the move over: %+v, %+v", v.Change, v.Done)
	}
	f.Resources = setup.Resources{setup.KeyRecordTraffic: {SavedAt: noon, Attributes: map[string]string{setup.AttrPrevious: `[{"type":"A","name":"api.example.com","value":"192.0.2.1"}]`}}}
	if c := NewView(f).Change; c == nil || c.Note != "Changed by hand, before this job." {
		t.Errorf("with the old record known: %+v", c)
	}
}
