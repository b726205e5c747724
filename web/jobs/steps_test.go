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
