package worker_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

// An account that the wizard did not know is the one that the first job finds,
// for good: a connection that leads elsewhere later is stopped.
func TestAccountIsKnownFromTheFirstAnswer(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.draft(variant{rest: true, change: func(s *setup.Spec) { s.Account.AccountID = "" }})
		j := w.done(w.begin(setup.JobApply, s))
		s, err := w.store.Setup(w.t.Context(), s.ID)
		must(w.t, err)
		if j.AccountID != w.demo.AccountID || s.AccountID != w.demo.AccountID {
			w.t.Fatalf("the job is of account %q and the setup of %q, want %s", j.AccountID, s.AccountID, w.demo.AccountID)
		}

		w.stop()
		other := w.sim.AddAccount("210987654321", "mira")
		w.demo.KeyID, w.demo.Secret = other.ID, other.Secret
		w.start()
		job := w.begin(setup.JobApply, s)
		j = w.end(job)
		list, err := w.store.Steps(w.t.Context(), job)
		must(w.t, err)
		if p := list[0].Problem; j.State != setup.JobFailed || p == nil || p.Ref+p.Ours == "" || !strings.Contains(p.Why, "2109-8765-4321") {
			w.t.Errorf("with the keys of another account the job is %s: %+v", j.State, p)
		}
	})
}

// Turns are of the account, also in a process that has not asked STS yet.
func TestTurnsAreOfTheAccount(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.draft(variant{rest: true, oneRegion: true})
		w.wire.endAt(stop{call: 12})
		w.done(w.begin(setup.JobApply, s))
		if w.died != 1 || len(w.turns) < 2 {
			w.t.Fatalf("%d processes died, turns %v", w.died, w.turns)
		}
		for key := range w.turns {
			if !strings.HasPrefix(key, w.demo.AccountID+"/") {
				w.t.Errorf("a turn of %s", key)
			}
		}
	})
}

// planned asks for the plan of a draft, and returns it with what it does at each step.
func (w *world) planned(draft string) (plan setup.Plan, action map[setup.StepID]string) {
	w.t.Helper()
	key := setup.LookKey{Kind: setup.LookPlan, Subject: draft}
	_, err := w.store.AskLook(w.t.Context(), key, 0)
	must(w.t, err)
	time.Sleep(time.Minute)
	l, err := w.store.Look(w.t.Context(), key)
	must(w.t, err)
	must(w.t, json.Unmarshal(l.Result, &plan))
	action = map[setup.StepID]string{}
	for _, line := range plan.Lines {
		action[line.StepID] = line.Action
	}
	return plan, action
}

// What a person does, or nobody yet, is not what a plan makes.
func TestPlanTellsWhatAPersonDoes(t *testing.T) {
	for name, want := range map[string]string{setup.SwitchAtEnd: setup.PlanPerson, setup.SwitchLater: setup.PlanWait} {
		inPacedWorld(t, quickPace(), func(w *world) {
			s := w.draft(variant{change: func(s *setup.Spec) { s.Domain.DNS, s.Domain.Switch = setup.DNSElsewhere, name }})
			_, action := w.planned(s.ID)
			if action["dns"] != want || action["validation"] != setup.PlanPerson || action["distribution"] != setup.PlanCreate {
				w.t.Errorf("traffic moves %s: %v", name, action)
			}
		})
	}
}

// A plan's lines need what the job's steps will need: no skipped step.
func TestPlanNeedsNoSkippedStep(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.draft(variant{oneRegion: true})
		plan, action := w.planned(s.ID)
		if action["certificate-regional"] != setup.PlanSkip || action["distribution"] != setup.PlanCreate {
			w.t.Fatalf("the plan: %v", action)
		}
		for _, line := range plan.Lines {
			for _, need := range line.Needs {
				if action[need] == "" || action[need] == setup.PlanSkip {
					w.t.Errorf("%s needs %s, which is %q", line.StepID, need, action[need])
				}
			}
			if line.StepID == "domain" && !slices.Equal(line.Needs, []setup.StepID{"issued-edge"}) {
				w.t.Errorf("the domain needs %v", line.Needs)
			}
		}
		if made := w.sim.Writes(); len(made) > 0 {
			w.t.Errorf("the plan wrote %+v", made)
		}
	})
}
