package flow

import (
	"testing"

	"apifront/setup"
)

// diamond is a small job: a → b, c → d, with e skipped, in these states.
func diamond(a, b, c, d setup.StepState) []setup.Step {
	return []setup.Step{
		{ID: "a", State: a},
		{ID: "b", State: b, Needs: []setup.StepID{"a"}},
		{ID: "c", State: c, Needs: []setup.StepID{"a", "e"}},
		{ID: "d", State: d, Needs: []setup.StepID{"b", "c"}},
		{ID: "e", State: setup.StepSkipped},
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	const done, failed, waiting, running, needs, cancelled = setup.StepDone, setup.StepFailed, setup.StepWaiting, setup.StepRunning, setup.StepNeedsYou, setup.StepCancelled
	for _, c := range []struct {
		a, b, c, d setup.StepState
		want       setup.JobState
	}{
		{waiting, waiting, waiting, waiting, setup.JobRunning},
		{done, running, waiting, waiting, setup.JobRunning},
		{done, failed, waiting, waiting, setup.JobRunning},
		{done, failed, done, waiting, setup.JobFailed},
		{failed, waiting, waiting, waiting, setup.JobFailed},
		{done, needs, done, waiting, setup.JobNeedsYou},
		{done, needs, running, waiting, setup.JobNeedsYou},
		{done, needs, failed, waiting, setup.JobNeedsYou},
		{done, done, done, done, setup.JobSucceeded},
		{done, cancelled, cancelled, cancelled, setup.JobCancelled},
		{done, done, cancelled, cancelled, setup.JobCancelled},
		{done, failed, cancelled, cancelled, setup.JobFailed},
		{done, running, cancelled, cancelled, setup.JobRunning},
	} {
		if got, _, _ := Fold(diamond(c.a, c.b, c.c, c.d)); got != c.want {
			t.Errorf("%s %s %s %s: the job is %s, want %s", c.a, c.b, c.c, c.d, got, c.want)
		}
	}
}

// Whatever the states, a step that is run again has all that it needs, and what
// need not run again stays.
func TestRerunLaws(t *testing.T) {
	t.Parallel()
	states := []setup.StepState{setup.StepWaiting, setup.StepRunning, setup.StepNeedsYou, setup.StepDone, setup.StepFailed, setup.StepCancelled}
	kept, refused := 0, 0
	for n := range len(states) * len(states) * len(states) * len(states) {
		at := func(i int) setup.StepState {
			for range i {
				n /= len(states)
			}
			return states[n%len(states)]
		}
		list := diamond(at(0), at(1), at(2), at(3))
		for _, s := range list {
			for name, ask := range map[string]func([]setup.Step, setup.StepID) (map[setup.StepID]bool, error){"alone": Rerun, "from": RerunFrom} {
				again, err := ask(list, s.ID)
				if err != nil {
					refused++
					continue
				}
				kept++
				after := make([]setup.Step, len(list))
				copy(after, list)
				for i := range after {
					if again[after[i].ID] && after[i].State != setup.StepSkipped {
						after[i].State = setup.StepWaiting
					}
				}
				if !again[s.ID] || name == "alone" && len(again) != 1 {
					t.Errorf("%s of %s takes along %v", name, s.ID, again)
				}
				if state, _, _ := Fold(after); !state.Active() {
					t.Errorf("%s of %s in %v leaves a job that is %s", name, s.ID, list, state)
				}
			}
		}
	}
	if kept < 500 || refused < 500 {
		t.Errorf("%d re-runs and %d refusals were looked at", kept, refused)
	}
}
