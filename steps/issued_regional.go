package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func issuedRegionalStep() Step {
	return Step{
		ID:       "issued-regional",
		Title:    "Wait for certificate, API region",
		Why:      "ACM issues the certificate once it has seen the validation record.",
		Service:  "ACM",
		Tutorial: 1,
		Needs:    []string{"certificate-regional", "validation"},
		Instead:  "issued-edge",
		Kinds:    []setup.JobKind{setup.JobApply},
		Wait:     Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 5 * time.Second},
		Observe:  observeIssuedRegional,
	}
}

func observeIssuedRegional(_ context.Context, _ *Env) (Observation, error) {
	return pending("Not built yet"), nil
}
