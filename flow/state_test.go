package flow

import (
	"testing"
	"time"

	"apifront/setup"
)

// The state is the first that applies, from the top; what a check saw before the
// last job ended says nothing.
func TestState(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	at := func(minute int, r setup.CheckResult, here, answers setup.Whether) setup.Checkup {
		return setup.Checkup{DoneAt: noon.Add(time.Duration(minute) * time.Minute), Result: r, Sight: setup.Sight{Here: here, Answers: answers}}
	}
	good := func(minute int) setup.Checkup { return at(minute, setup.CheckHealthy, setup.Yes, setup.Yes) }
	bad := func(minute int) setup.Checkup { return at(minute, setup.CheckFindings, setup.Yes, setup.No) }
	blind := func(minute int) setup.Checkup { return at(minute, setup.CheckCouldNot, setup.Unknown, setup.Unknown) }
	away := func(minute int) setup.Checkup { return at(minute, setup.CheckHealthy, setup.No, setup.Yes) }
	outside := func(minute int) setup.Checkup {
		c := away(minute)
		c.Sight.Back = true
		return c
	}
	lost := func(minute int) setup.Checkup {
		c := at(minute, setup.CheckFindings, setup.No, setup.Yes)
		c.Sight.Nowhere = true
		return c
	}
	ended := setup.Checkup{DoneAt: noon.Add(time.Hour), Result: setup.CheckEnded}
	last := setup.Job{ID: 1, Kind: setup.JobApply, State: setup.JobSucceeded, FinishedAt: noon}
	restored := setup.Job{ID: 2, Kind: setup.JobRestore, State: setup.JobSucceeded, FinishedAt: noon}
	active := setup.Job{ID: 3, Kind: setup.JobApply, State: setup.JobRunning}
	drift := []setup.Finding{{ID: "f"}}
	muted := []setup.Finding{{ID: "f", MutedAt: noon}}
	passing := []setup.Finding{{ID: "f", FindingBody: setup.FindingBody{Passes: true}}}
	beside := []setup.Finding{{ID: "f", FindingBody: setup.FindingBody{Beside: true}}}
	checks := func(list ...setup.Checkup) []setup.Checkup { return list }
	for _, c := range []struct {
		name string
		f    Facts
		want setup.StateID
	}{
		{"the first job", Facts{Active: active}, setup.StateBeingMade},
		{"a later job, whatever was found", Facts{InPlace: true, Active: active, Last: last, Findings: drift, Checks: checks(bad(2), bad(1))}, setup.StateBeingChanged},
		{"the first job failed", Facts{Last: setup.Job{ID: 1, State: setup.JobFailed, FinishedAt: noon}}, setup.StateNotFinished},
		{"being taken down", Facts{Gone: true, Active: setup.Job{ID: 3, Kind: setup.JobTeardown}, Last: last, Findings: drift}, setup.StateBeingGone},
		{"taken down", Facts{Gone: true, Last: setup.Job{ID: 3, Kind: setup.JobTeardown, State: setup.JobSucceeded}, Checks: checks(bad(2), bad(1))}, setup.StateGone},
		{"a teardown failed", Facts{Gone: true, Last: setup.Job{ID: 3, Kind: setup.JobTeardown, State: setup.JobFailed}}, setup.StateNotFinished},
		{"set up again", Facts{Last: setup.Job{ID: 3, Kind: setup.JobTeardown, State: setup.JobSucceeded}, Active: active}, setup.StateBeingMade},
		{"no job at all", Facts{}, setup.StateNotFinished},
		{"made, and never checked", Facts{InPlace: true, Last: last}, setup.StateServing},
		{"a change failed", Facts{InPlace: true, Last: setup.Job{ID: 2, State: setup.JobFailed, FinishedAt: noon}, Checks: checks(good(1))}, setup.StateServing},
		{"one check could not run", Facts{InPlace: true, Last: last, Checks: checks(blind(2), good(1))}, setup.StateServing},
		{"two could not", Facts{InPlace: true, Last: last, Findings: drift, Checks: checks(blind(3), blind(2), good(1))}, setup.StateNotChecked},
		{"one could not, and a job ended another", Facts{InPlace: true, Last: last, Checks: checks(blind(2), ended)}, setup.StateServing},
		{"two could not, one of them before the job", Facts{InPlace: true, Last: last, Checks: checks(blind(1), blind(-1))}, setup.StateServing},
		{"one failure", Facts{InPlace: true, Last: last, Checks: checks(bad(2), good(1))}, setup.StateServing},
		{"two failures", Facts{InPlace: true, Last: last, Findings: drift, Checks: checks(bad(2), bad(1))}, setup.StateNotAnswering},
		{"two failures with one between that could not run", Facts{InPlace: true, Last: last, Checks: checks(bad(3), blind(2), bad(1))}, setup.StateNotAnswering},
		{"two failures with one between that a job ended", Facts{InPlace: true, Last: last, Checks: checks(bad(3), ended, bad(1))}, setup.StateNotAnswering},
		{"two failures, one of them before the job", Facts{InPlace: true, Last: last, Checks: checks(bad(1), bad(-1))}, setup.StateServing},
		{"failures while DNS leads elsewhere", Facts{InPlace: true, Last: last, Findings: drift, Checks: checks(at(2, setup.CheckFindings, setup.No, setup.No), at(1, setup.CheckFindings, setup.No, setup.No))}, setup.StateDrifted},
		{"the name leads nowhere, once", Facts{InPlace: true, Last: last, Findings: drift, Checks: checks(lost(2), good(1))}, setup.StateDrifted},
		{"the name leads nowhere, twice", Facts{InPlace: true, Last: last, Findings: drift, Checks: checks(lost(2), lost(1))}, setup.StateNotAnswering},
		{"no answer, and then the name leads nowhere", Facts{InPlace: true, Last: last, Findings: drift, Checks: checks(lost(2), bad(1))}, setup.StateNotAnswering},
		{"traffic moves later", Facts{Later: true, InPlace: true, Last: last}, setup.StateReady},
		{"traffic moves later, and was checked", Facts{Later: true, InPlace: true, Last: last, Checks: checks(away(1))}, setup.StateReady},
		{"traffic moves later, and somebody moved it", Facts{Later: true, InPlace: true, Last: last, Checks: checks(good(1))}, setup.StateServing},
		{"traffic moves later, and something differs", Facts{Later: true, InPlace: true, Last: last, Findings: drift, Checks: checks(away(1))}, setup.StateDrifted},
		{"put back outside, and kept", Facts{Later: true, InPlace: true, Last: last, Checks: checks(outside(1))}, setup.StateMovedBack},
		{"put back outside, and moved again", Facts{Later: true, InPlace: true, Last: last, Checks: checks(away(2), outside(1))}, setup.StateReady},
		{"put back outside, before the last job", Facts{Later: true, InPlace: true, Last: last, Checks: checks(outside(-1))}, setup.StateReady},
		{"put back outside, and not kept", Facts{InPlace: true, Last: last, Findings: drift, Checks: checks(outside(1))}, setup.StateDrifted},
		{"put back", Facts{Later: true, InPlace: true, Last: restored, Checks: checks(away(1))}, setup.StateMovedBack},
		{"put back, and moved again by hand", Facts{Later: true, InPlace: true, Last: restored, Checks: checks(good(1))}, setup.StateServing},
		{"something differs", Facts{InPlace: true, Last: last, Findings: drift, Checks: checks(good(1))}, setup.StateDrifted},
		{"what differs is muted", Facts{InPlace: true, Last: last, Findings: muted, Checks: checks(good(1))}, setup.StateServing},
		{"what differs is muted, and DNS leads elsewhere", Facts{InPlace: true, Last: last, Findings: muted, Checks: checks(away(1))}, setup.StateReady},
		{"what differs passes", Facts{InPlace: true, Last: last, Findings: passing, Checks: checks(good(1))}, setup.StateServing},
		{"a certificate will not renew", Facts{InPlace: true, Last: last, Findings: beside, Checks: checks(good(1))}, setup.StateServing},
		{"a certificate will not renew, and DNS leads elsewhere", Facts{InPlace: true, Last: last, Findings: beside, Checks: checks(away(1))}, setup.StateDrifted},
		{"a certificate will not renew, and traffic moves later", Facts{Later: true, InPlace: true, Last: last, Findings: beside, Checks: checks(away(1))}, setup.StateReady},
		{"DNS leads elsewhere", Facts{InPlace: true, Last: last, Checks: checks(away(1))}, setup.StateDrifted},
	} {
		if got := State(c.f); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	for _, c := range []struct {
		checks []setup.Checkup
		want   int // minute; 0: not known
	}{
		{checks(bad(3), bad(2), good(1)), 2}, {checks(lost(4), blind(3), bad(2), good(1)), 2}, {checks(bad(3), good(2), bad(1)), 0}, {checks(bad(2), bad(1), bad(-1)), 1},
	} {
		want := time.Time{}
		if c.want != 0 {
			want = noon.Add(time.Duration(c.want) * time.Minute)
		}
		if got := Began(Facts{InPlace: true, Last: last, Checks: c.checks}); !got.Equal(want) {
			t.Errorf("it does not answer since %s, want %s", got, want)
		}
	}
}

// A job that succeeded has put right what a check saw before; one that did not has
// not, and what was seen since stands.
func TestOutstanding(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	open := []setup.Finding{{ID: "before", SeenAt: noon.Add(-time.Minute)}, {ID: "after", SeenAt: noon.Add(time.Minute)}}
	for state, want := range map[setup.JobState]int{setup.JobSucceeded: 1, setup.JobFailed: 2, setup.JobCancelled: 2, "": 2} {
		got := Outstanding(open, setup.Job{State: state, FinishedAt: noon})
		if len(got) != want || got[len(got)-1].ID != "after" {
			t.Errorf("after a job that is %q: %v", state, got)
		}
	}
}
