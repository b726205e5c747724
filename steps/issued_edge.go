package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func issuedEdgeStep() Step {
	return Step{
		ID:       "issued-edge",
		Title:    "Wait for certificate, us-east-1",
		Why:      "ACM issues the certificate once it has seen the validation record.",
		Service:  "ACM",
		Tutorial: 1,
		Needs:    []string{"certificate-edge", "validation"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Wait:     Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 5 * time.Second},
		Observe:  observeIssuedEdge,
	}
}

func observeIssuedEdge(_ context.Context, _ *Env) (Observation, error) {
	return pending("Not built yet"), nil
}
