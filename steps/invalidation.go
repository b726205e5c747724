package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func invalidationStep() Step {
	return Step{
		ID:       "invalidation",
		Title:    "Clear cached answers",
		Why:      "CloudFront forgets the answers it keeps for these paths.",
		Service:  "CloudFront",
		Tutorial: 0,
		Needs:    []string{"identity"},
		Kinds:    []setup.JobKind{setup.JobInvalidate},
		Wait:     Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 5 * time.Second},
		Observe:  observeInvalidation,
	}
}

func observeInvalidation(_ context.Context, _ *Env) (Observation, error) {
	return pending("Not built yet"), nil
}
