package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func dnsStep() Step {
	return Step{
		ID:       "dns",
		Title:    "Move traffic",
		Why:      "The DNS record leads visitors to the distribution. The one it replaces is kept, so that it can be put back.",
		Service:  "DNS",
		Tutorial: 6,
		Needs:    []string{"preview"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Wait:     Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 5 * time.Second},
		Observe:  observeDns,
	}
}

func observeDns(_ context.Context, _ *Env) (Observation, error) {
	return pending("Not built yet"), nil
}
