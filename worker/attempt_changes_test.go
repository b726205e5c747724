package worker

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
	"apifront/steps"
)

// An attempt that could not repair what it found tells it too, as one that
// failed; the next one repairs it. A look that cannot repair anything tells what
// it saw.
func TestAnAttemptThatFailedTellsWhatItFound(t *testing.T) {
	c := newTally()
	protocol := setup.Change{Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only"}
	repairs, looks := says("repairs", nil, steps.Ready), says("looks", nil, steps.Ready)
	repairs.Observe = func(context.Context, *steps.Env) (steps.Observation, error) {
		if c.of("repaired") == 2 {
			return steps.Observation{State: steps.Ready}, nil
		}
		return steps.Observation{State: steps.Drifted, Changes: []setup.Change{protocol}}, nil
	}
	repairs.Apply = func(context.Context, *steps.Env) error {
		if c.add("repaired") == 1 {
			return temporary{}
		}
		return nil
	}
	looks.Apply = nil
	looks.Observe = func(context.Context, *steps.Env) (steps.Observation, error) {
		if c.add("looked") > 3 {
			return steps.Observation{State: steps.Ready}, nil
		}
		return steps.Observation{State: steps.Drifted, Changes: []setup.Change{protocol}, After: time.Second}, nil
	}
	list := []steps.Step{repairs, looks}
	bubble(t, list, func(r *rig) {
		j := startJob(r.t, r.store, list)
		until(r.t, r.store, j.ID, setup.JobSucceeded)
		attempts, err := r.store.Attempts(r.t.Context(), j.ID)
		must(r.t, err)
		type told struct {
			step    setup.StepID
			state   setup.StepState
			changes int
		}
		got := map[told]bool{}
		for _, a := range attempts {
			got[told{a.StepID, a.State, len(a.Changes)}] = true
		}
		want := map[told]bool{
			{"repairs", setup.StepFailed, 1}: true, {"repairs", setup.StepDone, 1}: true, {"looks", setup.StepDone, 1}: true,
		}
		if diff := cmp.Diff(want, got); diff != "" || len(attempts) != 3 {
			r.t.Errorf("%d attempts: %s", len(attempts), diff)
		}
	})
}
