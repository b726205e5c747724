package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func liveStep() Step {
	return Step{
		ID:       "live",
		Title:    "Verify from outside",
		Why:      "Looks the name up in public DNS and sends requests to it, as a visitor would.",
		Service:  "HTTPS",
		Tutorial: 6,
		Needs:    []string{"dns"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Wait:     Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 5 * time.Second},
		Observe:  observeLive,
	}
}

func observeLive(_ context.Context, _ *Env) (Observation, error) {
	return pending("Not built yet"), nil
}
