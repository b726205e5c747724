package flow

import (
	"slices"
	"testing"

	"apifront/setup"
)

// diamond is a small job in which a needs nothing, b and c need a, and d needs
// both. e is skipped; the others have these states.
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

// acts are the two ways to try steps again.
var acts = map[string]func([]setup.Step, setup.StepID) (map[setup.StepID]bool, error){"alone": Rerun, "from": RerunFrom}

// again is the job after a re-run of these steps.
func again(list []setup.Step, which map[setup.StepID]bool) []setup.Step {
	after := slices.Clone(list)
	for i := range after {
		if which[after[i].ID] && after[i].State != setup.StepSkipped {
			after[i].State = setup.StepWaiting
		}
	}
	return after
}

// cancel is the job after somebody cancelled it.
func cancel(list []setup.Step) ([]setup.Step, error) {
	state, _, _ := Fold(list)
	which, err := CancelJob(state, list)
	after := slices.Clone(list)
	for i := range after {
		if which[after[i].ID] {
			after[i].State = setup.StepCancelled
		}
	}
	return after, err
}

// after returns every job that one event can make of this one: a step begins,
// ends or needs a person, the job is cancelled, or steps are tried again.
func after(list []setup.Step) (jobs [][]setup.Step) {
	with := func(i int, states ...setup.StepState) {
		for _, state := range states {
			next := slices.Clone(list)
			next[i].State = state
			jobs = append(jobs, next)
		}
	}
	for i, s := range list {
		switch s.State {
		case setup.StepWaiting:
			if Ready(s, Finished(list)) {
				with(i, setup.StepRunning)
			}
		case setup.StepRunning, setup.StepNeedsYou:
			with(i, setup.StepRunning, setup.StepNeedsYou, setup.StepDone, setup.StepFailed)
		case setup.StepDone, setup.StepFailed, setup.StepSkipped, setup.StepCancelled:
		}
	}
	if cancelled, err := cancel(list); err == nil {
		jobs = append(jobs, cancelled)
	}
	for _, act := range acts {
		for _, s := range list {
			if which, err := act(list, s.ID); err == nil {
				jobs = append(jobs, again(list, which))
			}
		}
	}
	return jobs
}

func key(list []setup.Step) (k [5]setup.StepState) {
	for i, s := range list {
		k[i] = s.State
	}
	return k
}

// everyJob calls do with each job that a diamond can become, and returns their
// number.
func everyJob(do func([]setup.Step)) int {
	first := diamond(setup.StepWaiting, setup.StepWaiting, setup.StepWaiting, setup.StepWaiting)
	seen, todo := map[[5]setup.StepState]bool{key(first): true}, [][]setup.Step{first}
	for len(todo) > 0 {
		list := todo[0]
		todo = todo[1:]
		do(list)
		for _, next := range after(list) {
			if k := key(next); !seen[k] {
				seen[k], todo = true, append(todo, next)
			}
		}
	}
	return len(seen)
}

// However a job came to its state, every re-run that is allowed makes the job
// go on, and the re-run of one step alone takes no other step along.
func TestRerunLaws(t *testing.T) {
	t.Parallel()
	allowed, refused := 0, 0
	jobs := everyJob(func(list []setup.Step) {
		for name, act := range acts {
			for _, s := range list {
				which, err := act(list, s.ID)
				if err != nil {
					refused++
					continue
				}
				allowed++
				if !which[s.ID] || name == "alone" && len(which) != 1 {
					t.Errorf("%s of %s in %v takes along %v", name, s.ID, key(list), which)
				}
				if state, _, _ := Fold(again(list, which)); !state.Active() {
					t.Errorf("%s of %s in %v leaves a job that is %s", name, s.ID, key(list), state)
				}
			}
		}
	})
	if jobs < 50 || allowed < 50 || refused < 50 {
		t.Errorf("%d jobs, %d re-runs and %d refusals were looked at", jobs, allowed, refused)
	}
	t.Logf("%d jobs, %d re-runs and %d refusals", jobs, allowed, refused)
}

// However a job came to its state, it can be cancelled if and only if it is
// active. After that no step goes on, the steps that had ended are as they
// were, and each cancelled step can be tried again from there on.
func TestCancelLaws(t *testing.T) {
	t.Parallel()
	cancelled := 0
	everyJob(func(list []setup.Step) {
		state, _, _ := Fold(list)
		after, err := cancel(list)
		if (err == nil) != state.Active() {
			t.Errorf("a cancel of %v, which is %s, says %v", key(list), state, err)
		}
		if err != nil {
			return
		}
		cancelled++
		if state, _, needsYou := Fold(after); state.Active() || needsYou > 0 {
			t.Errorf("a cancel of %v leaves %v, which is %s", key(list), key(after), state)
		}
		for i, s := range list {
			ended := s.State.Finished() || s.State == setup.StepFailed || s.State == setup.StepCancelled
			switch {
			case ended && after[i].State != s.State:
				t.Errorf("a cancel of %v makes %s of %s", key(list), after[i].State, s.ID)
			case !ended && after[i].State != setup.StepCancelled:
				t.Errorf("a cancel of %v leaves %s %s", key(list), s.ID, after[i].State)
			case !ended:
				if _, err := RerunFrom(after, s.ID); err != nil {
					t.Errorf("after a cancel of %v, step %s cannot be tried again: %v", key(list), s.ID, err)
				}
			}
		}
	})
	if cancelled < 30 {
		t.Errorf("%d jobs were cancelled", cancelled)
	}
	t.Logf("%d jobs were cancelled", cancelled)
}
