package steps

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"apifront/setup"
)

func deployedStep() Step {
	return Step{
		ID:       "deployed",
		Thing:    "deployment",
		Title:    "Wait for the edge",
		Why:      "CloudFront copies the settings to all of its locations.",
		Service:  "CloudFront",
		Tutorial: 3,
		Settings: []setup.Setting{setup.SettingDeployed},
		Needs:    []setup.StepID{"distribution"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Parts:    []setup.Part{setup.PartEdge},
		Page:     setup.PageEdge,
		Wait:     Wait{Every: 5 * time.Second, Settle: 5 * time.Second, Limit: 90 * time.Minute, Usual: 5 * time.Minute},
		Actions:  []string{"cloudfront:GetDistribution"},
		Grants: func(s Scope) []Grant {
			return []Grant{{For: "Read", Actions: []string{"cloudfront:GetDistribution"}, Resources: []string{s.edge("distribution/*")}}}
		},
		Reads:   readsDeployed,
		Observe: observeDeployed,
	}
}

func observeDeployed(ctx context.Context, e *Env) (Observation, error) {
	id := e.Resources.ID(setup.KeyDistribution)
	if id == "" {
		return absent("Usually 3 to 10 minutes"), nil
	}
	if r := e.Resources[setup.KeyDistribution]; r.State == inProgress && e.saved(setup.KeyDistribution) < justSaid {
		return notDeployed(id, r.State), nil // CloudFront has answered this to the create or update call
	}
	d, err := describeDistribution(ctx, e, id)
	if err != nil {
		return Observation{}, err
	}
	if d == nil {
		if e.DryRun {
			return absent("Usually 3 to 10 minutes"), nil
		}
		return foreign(from("distribution", "Create a new distribution", problem(
			"The distribution is gone.",
			"CloudFront does not know "+id+" any more. Somebody may have deleted it.",
			`Choose "Re-run from here" at the step Create distribution to make a new one.`,
		))), nil
	}
	if err := keepDistribution(ctx, e, d.Distribution); err != nil {
		return Observation{}, err
	}
	if status := aws.ToString(d.Status); status != "Deployed" {
		return notDeployed(id, status), nil
	}
	return ready("CloudFront, deployed"), nil
}

// inProgress is the status of a distribution whose settings are not at all edge
// locations yet.
const inProgress = "InProgress"

// justSaid is how long an answer of AWS is new enough not to ask again.
const justSaid = 2 * time.Second

func notDeployed(id, status string) Observation {
	if status != inProgress {
		return unknownStatus("CloudFront", "the distribution "+id, status)
	}
	o := pending("CloudFront is copying the settings to its locations")
	o.Problem = problem(
		"CloudFront has not deployed the distribution.",
		"The distribution "+id+" still has the status "+status+", which usually lasts 3 to 10 minutes.",
		"Look for trouble with CloudFront on the AWS Health Dashboard, then re-run this step. Nothing has to be made again.",
	)
	return o
}
