package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func identityStep() Step {
	return Step{
		ID:       "identity",
		Title:    "Check the account",
		Why:      "Makes sure that the connection still reaches the account that was chosen, before anything is created.",
		Service:  "STS",
		Tutorial: 0,
		Needs:    []string{},
		Kinds:    []setup.JobKind{setup.JobApply, setup.JobInvalidate},
		Wait:     Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 5 * time.Second},
		Observe:  observeIdentity,
	}
}

func observeIdentity(_ context.Context, _ *Env) (Observation, error) {
	return pending("Not built yet"), nil
}
