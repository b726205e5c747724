package jobs

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
	"apifront/web"
)

// certificateJob is a job whose certificates were refused for one cause.
func certificateJob() Facts {
	refused := func(step setup.StepID, region string) *setup.Problem {
		return &setup.Problem{
			What: "ACM did not issue the certificate in " + region + ".", Why: "CAA forbids it.", Code: "CAA_ERROR", Act: "Request a new certificate", From: step,
			Fix: `Add the CAA record, then choose "Re-run from here" at the step Request certificate, ` + region + ". It costs nothing.",
			Add: []setup.Record{{Type: "CAA", Name: "example.com", Value: `0 issue "amazon.com"`}},
		}
	}
	return Facts{
		Times: web.Times{Now: noon}, Job: setup.Job{ID: 7, SetupID: "s1", State: setup.JobFailed, Kind: setup.JobApply}, Setup: setup.Setup{ID: "s1"},
		Steps: []setup.Step{
			{ID: "request-a", Number: 2, Title: "Request certificate, us-east-1", State: setup.StepDone},
			{ID: "request-b", Number: 3, Title: "Request certificate, eu-west-1", State: setup.StepDone},
			{ID: "wait-a", Number: 5, Title: "Wait for certificate, us-east-1", State: setup.StepFailed, Needs: []setup.StepID{"request-a"}, Problem: refused("request-a", "us-east-1")},
			{ID: "wait-b", Number: 6, Title: "Wait for certificate, eu-west-1", State: setup.StepFailed, Needs: []setup.StepID{"request-b"}, Problem: refused("request-b", "eu-west-1")},
			{ID: "other", Number: 7, Title: "Make another thing", State: setup.StepFailed, Problem: &setup.Problem{What: "It was refused.", Why: "The role may not.", Fix: "Allow it, then re-run this step."}},
		},
	}
}

// One cause is one card, with one button that goes on with the steps that the problem
// names. It is the page's only solid one, and no step has a button.
func TestOneCauseIsOneCardWithOneButton(t *testing.T) {
	t.Parallel()
	v := NewView(certificateJob())
	if len(v.Cards) != 2 {
		t.Fatalf("%d cards", len(v.Cards))
	}
	c := v.Cards[0]
	if c.What != "ACM did not issue the certificates in us-east-1 and eu-west-1" || c.Fix != "Add the CAA record, then press “Request new certificates”. It costs nothing." || len(c.Add) != 1 {
		t.Errorf("%q: %s, %v", c.What, c.Fix, c.Add)
	}
	want := Act{
		Word: "Request new certificates", URL: "/jobs/7/steps/request-a/rerun-from", Also: []string{"request-b", "wait-a", "wait-b"}, Solid: true,
		Does: "Goes on with step 2, Request certificate, us-east-1, and step 3, Request certificate, eu-west-1, and all that follows. Nothing that exists is made twice.",
	}
	if diff := cmp.Diff(want, c.Acts[0]); diff != "" {
		t.Error(diff)
	}
	if a := v.Cards[1].Acts[0]; a.Word != "Try again" || a.URL != "/jobs/7/steps/other/rerun" || a.Solid {
		t.Errorf("%+v", a)
	}
	for id, above := range map[string]string{
		"wait-a": "The fix above starts at step 2, Request certificate, us-east-1.", "wait-b": "The fix above starts at step 3, Request certificate, eu-west-1.",
		"other": "The fix above starts here.", "request-a": "", "request-b": "",
	} {
		for _, s := range v.Steps {
			if s.ID == id && (s.Above != above || strings.Contains(s.Meta, "The fix above starts here") != strings.HasPrefix(id, "request")) {
				t.Errorf("%s: %q, %q", id, s.Above, s.Meta)
			}
		}
	}
	if n := strings.Count(render(t, todo(v)), `"btn solid"`); n != 1 {
		t.Errorf("%d solid buttons", n)
	}
}

// A problem may name several steps with which the job goes on.
func TestAProblemOfSeveralSteps(t *testing.T) {
	t.Parallel()
	f := certificateJob()
	p := f.Steps[2].Problem
	p.Also, p.Act = []setup.StepID{"request-b", "gone"}, "Request new certificates"
	f.Steps[3].State, f.Steps[3].Problem = setup.StepWaiting, nil
	v := NewView(f)
	if a := v.Cards[0].Acts[0]; a.Word != "Request new certificates" || fmt.Sprint(a.URL, a.Also) != "/jobs/7/steps/request-a/rerun-from[request-b wait-a]" {
		t.Errorf("%+v", a)
	}
	for _, s := range v.Steps[:2] {
		if !strings.Contains(s.Meta, "The fix above starts here") {
			t.Errorf("%s: %s", s.ID, s.Meta)
		}
	}
}

// The button goes on with the step that the problem names, whichever way it does: by
// its ID, by what it makes, or, as problems were stored before, in words. A step that
// cannot run now is no way on.
func TestWhereAFixStarts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		p     setup.Problem
		first setup.StepState
		want  string // of the button
	}{
		"its own":                    {setup.Problem{Fix: "Re-run the step."}, setup.StepDone, "Try again: /jobs/7/steps/b/rerun []"},
		"by ID":                      {setup.Problem{From: "a", Act: "Make it again"}, setup.StepDone, "Make it again: /jobs/7/steps/a/rerun-from [b]"},
		"by what it makes":           {setup.Problem{Remake: "thing"}, setup.StepDone, "Run again from step 1: /jobs/7/steps/a/rerun-from [b]"},
		"one of many":                {setup.Problem{Remake: "many:x"}, setup.StepDone, "Run again from step 1: /jobs/7/steps/a/rerun-from [b]"},
		"in words":                   {setup.Problem{Fix: `Choose "Re-run from here" at the step Make a thing, there.`}, setup.StepDone, "Run again from step 1: /jobs/7/steps/a/rerun-from [b]"},
		"one that runs":              {setup.Problem{From: "a", Act: "Make it again"}, setup.StepRunning, "Try again: /jobs/7/steps/b/rerun []"},
		"one that is skipped":        {setup.Problem{From: "a", Act: "Make it again"}, setup.StepSkipped, "Try again: /jobs/7/steps/b/rerun []"},
		"one of no job":              {setup.Problem{From: "z", Act: "Make it again"}, setup.StepDone, "Try again: /jobs/7/steps/b/rerun []"},
		"before it one that stopped": {setup.Problem{From: "b", Act: "Go on"}, setup.StepCancelled, "Go on: /jobs/7/steps/b/rerun-from []"},
	} {
		v := NewView(Facts{
			Job:   setup.Job{ID: 7, State: setup.JobFailed, Kind: setup.JobTeardown},
			About: map[setup.StepID]StepAbout{"a": {Keys: []string{"thing", "many:"}}},
			Steps: []setup.Step{
				{ID: "a", Number: 1, Title: "Make a thing, there", State: c.first},
				{ID: "b", Number: 2, Title: "Use it", State: setup.StepFailed, Needs: []setup.StepID{"a"}, Problem: &c.p},
			},
		})
		if len(v.Cards) != 1 || len(v.Cards[0].Acts) != 1 {
			t.Errorf("%s: %+v", name, v.Cards)
			continue
		}
		a := v.Cards[0].Acts[0]
		if got := fmt.Sprint(a.Word, ": ", a.URL, " ", a.Also); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Only the newest job offers to run again, only where a step is done, and never while it
// works.
func TestWhichStepsRunAgain(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Facts){
		"as it is": nil, "a later revision": func(f *Facts) { f.Setup.Revision = 2 }, "a later job": func(f *Facts) { f.Later = 9 },
		"at work": func(f *Facts) { f.Job.State = setup.JobRunning }, "of another kind": func(f *Facts) { f.Job.Kind = setup.JobTeardown },
	} {
		f := certificateJob()
		if change != nil {
			change(&f)
		}
		var got []string
		for _, s := range NewView(f).Steps {
			if s.Again != "" {
				got = append(got, s.ID)
			}
		}
		if want := map[bool]string{true: "[request-a request-b]", false: "[]"}[change == nil]; fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
}

// A cancelled job goes on with one button, and what a first job made can be cleaned up.
func TestAStoppedJob(t *testing.T) {
	t.Parallel()
	f := Facts{
		Job: setup.Job{ID: 7, SetupID: "s1", State: setup.JobCancelled, Kind: setup.JobApply}, Setup: setup.Setup{ID: "s1"}, Unfinished: true,
		Resources: setup.Resources{
			setup.KeyCertificateEdge:  {Key: setup.KeyCertificateEdge, ID: "arn/5c0d", Region: "us-east-1", Owned: true},
			setup.KeyRecordValidation: {Key: setup.KeyRecordValidation, Type: "Validation record", ID: "x"},
		},
		Steps: []setup.Step{
			{ID: "a", Number: 1, Title: "Ask", State: setup.StepDone}, {ID: "b", Number: 2, Title: "Make", State: setup.StepCancelled},
			{ID: "c", Number: 3, Title: "Test", State: setup.StepCancelled, Needs: []setup.StepID{"b"}},
		},
	}
	v := NewView(f)
	if v.Stopped == nil || v.Stopped.Title != "Cancelled after step 1, Ask" || v.CleanUp == nil || v.CleanUp.URL != "/setups/s1/teardown" {
		t.Fatalf("%+v, %+v", v.Stopped, v.CleanUp)
	}
	if want := "Clean up deletes what was made for this name and nothing else: certificate, us-east-1. It shows that first."; v.CleanUp.Does != want {
		t.Errorf("%q", v.CleanUp.Does)
	}
	if a := v.Stopped.GoOn; a == nil || a.Word != "Go on from step 2" || a.URL != "/jobs/7/steps/b/rerun-from" || fmt.Sprint(a.Also) != "[c]" || !a.Solid {
		t.Errorf("%+v", a)
	}
	shown := render(t, todo(v))
	if strings.Count(shown, `"btn solid"`) != 1 || !strings.Contains(shown, `name="also" value="c"`) || !strings.Contains(shown, `href="/setups/s1/teardown"`) {
		t.Error(shown)
	}
	f.Unfinished = false
	if v := NewView(f); v.CleanUp != nil || v.Stopped == nil {
		t.Errorf("with a revision in place: %+v", v.CleanUp)
	}
	f.Later = 9
	if v := NewView(f); v.Stopped != nil {
		t.Errorf("of history: %+v", v.Stopped)
	}
	f.Later, f.Unfinished, f.Job.State, f.Resources = 0, true, setup.JobFailed, nil
	if v := NewView(f); v.Stopped != nil || v.CleanUp == nil || !strings.Contains(v.CleanUp.Does, "Nothing was made") {
		t.Errorf("failed: %+v, %+v", v.Stopped, v.CleanUp)
	}
}
