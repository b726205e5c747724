package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func validationStep() Step {
	return Step{
		ID:       "validation",
		Title:    "Add validation record",
		Why:      "One CNAME record proves to ACM that the name is yours. It serves both certificates and their renewals, so it stays.",
		Service:  "DNS",
		Tutorial: 1,
		Needs:    []string{"certificate-edge", "certificate-regional"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Wait:     Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 5 * time.Second},
		Observe:  observeValidation,
	}
}

func observeValidation(_ context.Context, _ *Env) (Observation, error) {
	return pending("Not built yet"), nil
}
