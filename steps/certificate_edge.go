package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func certificateEdgeStep() Step {
	return Step{
		ID:       "certificate-edge",
		Title:    "Request certificate, us-east-1",
		Why:      "CloudFront takes certificates from us-east-1 only, wherever the API is.",
		Service:  "ACM",
		Tutorial: 1,
		Needs:    []string{"identity"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Wait:     Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 5 * time.Second},
		Observe:  observeCertificateEdge,
	}
}

func observeCertificateEdge(_ context.Context, _ *Env) (Observation, error) {
	return pending("Not built yet"), nil
}
