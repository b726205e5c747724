package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func previewStep() Step {
	return Step{
		ID:       "preview",
		Title:    "Test through CloudFront",
		Why:      "Sends real requests for the name through the new distribution while DNS still leads elsewhere.",
		Service:  "HTTPS",
		Tutorial: 5,
		Needs:    []string{"deployed", "mappings"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Wait:     Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 5 * time.Second},
		Observe:  observePreview,
	}
}

func observePreview(_ context.Context, _ *Env) (Observation, error) {
	return pending("Not built yet"), nil
}
