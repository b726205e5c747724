package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func certificateRegionalStep() Step {
	return Step{
		ID:       "certificate-regional",
		Title:    "Request certificate, API region",
		Why:      "API Gateway takes certificates from its own region only.",
		Service:  "ACM",
		Tutorial: 1,
		Needs:    []string{"identity"},
		Instead:  "certificate-edge",
		Kinds:    []setup.JobKind{setup.JobApply},
		Wait:     Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 5 * time.Second},
		Observe:  observeCertificateRegional,
	}
}

func observeCertificateRegional(_ context.Context, _ *Env) (Observation, error) {
	return pending("Not built yet"), nil
}
