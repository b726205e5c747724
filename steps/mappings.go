package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func mappingsStep() Step {
	return Step{
		ID:       "mappings",
		Title:    "Map paths",
		Why:      "API Gateway picks the API by the name and the base path of a request.",
		Service:  "API Gateway",
		Tutorial: 2,
		Needs:    []string{"domain"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Wait:     Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 5 * time.Second},
		Observe:  observeMappings,
	}
}

func observeMappings(_ context.Context, _ *Env) (Observation, error) {
	return pending("Not built yet"), nil
}
