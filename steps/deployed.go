package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func deployedStep() Step {
	return Step{
		ID:       "deployed",
		Title:    "Wait for the edge",
		Why:      "CloudFront copies the settings to all of its locations.",
		Service:  "CloudFront",
		Tutorial: 3,
		Needs:    []string{"distribution"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Wait:     Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 5 * time.Second},
		Observe:  observeDeployed,
	}
}

func observeDeployed(_ context.Context, _ *Env) (Observation, error) {
	return pending("Not built yet"), nil
}
