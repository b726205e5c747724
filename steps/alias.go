package steps

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"

	"apifront/cloud"
	"apifront/setup"
)

// aliasID is the step that gives a deployed distribution the name.
const aliasID setup.StepID = "alias"

func aliasStep() Step {
	return Step{
		ID:      aliasID,
		Thing:   "name of the distribution",
		Title:   "Give the distribution its name",
		Why:     "Something else has had the name until now, so the distribution was made without it. It gets the name once it is deployed everywhere, and is deployed again with it.",
		Service: "CloudFront",
		Needs:   []setup.StepID{"deployed", proofID},
		Kinds:   []setup.JobKind{setup.JobApply},
		Parts:   []setup.Part{setup.PartEdge},
		Page:    setup.PageDomain,
		Wait:    Wait{Every: 5 * time.Second, Settle: 5 * time.Second, Limit: 90 * time.Minute, Usual: 5 * time.Minute},
		Brief:   func(setup.Spec) (string, bool) { return "Once it is deployed everywhere", false },
		Actions: []string{"cloudfront:ListDistributions", "cloudfront:GetDistribution", "cloudfront:ListTagsForResource", "cloudfront:UpdateDistribution", "cloudfront:AssociateAlias"},
		Grants: func(s Scope) []Grant {
			own := []string{s.edge("distribution/*")}
			return append(append(nameGrants(s),
				Grant{For: "Change", Use: Writes, Actions: []string{"cloudfront:UpdateDistribution"}, Resources: own, Conditions: []Condition{s.resourced()}}),
				moveGrants(s)...)
		},
		TitleFor: func(s setup.Spec) string {
			if s.Domain.MoveFrom != "" {
				return "Move the name"
			}
			return "Give the distribution its name"
		},
		Rare:    true,
		Instead: "deployed",
		Applies: func(s setup.Spec) (bool, string) {
			return s.AliasLater(), "The distribution has the name from the start."
		},
		Reads:   func(e *Env, _ string) reading { return readsDistribution(e, aliasField) },
		Observe: observeAlias,
		Apply:   applyAlias,
	}
}

func observeAlias(ctx context.Context, e *Env) (Observation, error) {
	d, holder, err := findDistribution(ctx, e)
	switch {
	case err != nil:
		return Observation{}, err
	case holder != nil:
		return foreign(heldBy(e, holder)), nil
	case d == nil:
		return observeUnmade(ctx, e)
	case !hasAlias(d.DistributionConfig, e.name()):
		return observeNameless(ctx, e, d)
	}
	if err := keepDistribution(ctx, e, d.Distribution); err != nil {
		return Observation{}, err
	}
	if status := aws.ToString(d.Status); status != "Deployed" {
		return notDeployed(d.id(), status), nil
	}
	if from, deploys, err := sourceDeploys(ctx, e); err != nil {
		return Observation{}, err
	} else if deploys {
		return notDeployed(from, inProgress), nil
	}
	return ready("CloudFront " + d.id() + ", " + e.name()), nil
}

// observeUnmade is a distribution that is not made yet. A plan shows what the move changes
// of the one that has the name.
func observeUnmade(ctx context.Context, e *Env) (Observation, error) {
	o, from := absent("Once the distribution is deployed"), e.Setup.Spec.Domain.MoveFrom
	if !e.DryRun || from == "" {
		return o, nil
	}
	now, err := holderOf(ctx, e)
	if err != nil || now != from {
		return o, err
	}
	source, err := describeDistribution(ctx, e, from)
	if err != nil {
		return o, err
	}
	o.State, o.Summary = Drifted, "The name moves from "+from+" to the new distribution"
	o.Changes = append(sourceChanges(e, source), setup.Change{Field: aliasField, Want: e.name()})
	return o, nil
}

// observeNameless is a distribution that does not have the name yet.
func observeNameless(ctx context.Context, e *Env, d *standing) (Observation, error) {
	from, err := holderOf(ctx, e)
	switch {
	case err != nil:
		return Observation{}, err
	case from != "" && from == e.Setup.Spec.Domain.MoveFrom:
		return observeMove(ctx, e, d)
	case from != "":
		return foreign(heldByID(e, from, false)), nil
	}
	return Observation{
		State: Drifted, Summary: "CloudFront " + d.id() + " gets the name " + e.name(),
		Changes: []setup.Change{{Field: aliasField, Is: alias(d.DistributionConfig, e.name()), Want: e.name()}},
	}, nil
}

func applyAlias(ctx context.Context, e *Env) error {
	d, _, err := findDistribution(ctx, e)
	if err != nil {
		return err
	}
	if d == nil {
		return from("distribution", "Create the distribution", problem("The name was not added.", "The distribution that is to have it is not there.",
			`Choose "Re-run from here" at the step Create distribution.`))
	}
	from, err := holderOf(ctx, e)
	switch {
	case err != nil:
		return err
	case from != "" && from == e.Setup.Spec.Domain.MoveFrom:
		return applyMove(ctx, e, d)
	case from != "" && from != d.id():
		return heldByID(e, from, false)
	}
	return addAlias(ctx, e, d)
}

// putAlias adds the name to the setup's distribution with one call.
func putAlias(ctx context.Context, e *Env, d *standing) error {
	decideAlias(d.DistributionConfig, e.name())
	e.forget(readDistribution)
	out, err := e.Account.CloudFront().UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{
		Id: d.Id, IfMatch: &d.etag, DistributionConfig: d.DistributionConfig,
	}, d.unread.Keep)
	if err != nil {
		return fmt.Errorf("add %s to distribution %s: %w", e.name(), d.id(), err)
	}
	e.remember(readDistribution, foundDistribution{ours: &standing{out.Distribution, aws.ToString(out.ETag), cloud.UnreadOf(out.ResultMetadata)}})
	return keepDistribution(ctx, e, out.Distribution)
}

// addAlias gives the name to the setup's distribution. Nothing else of it changes.
func addAlias(ctx context.Context, e *Env, d *standing) error {
	var refused error
	for range updateTries {
		if hasAlias(d.DistributionConfig, e.name()) {
			return keepDistribution(ctx, e, d.Distribution)
		}
		err := putAlias(ctx, e, d)
		if code(err, "CNAMEAlreadyExists") {
			return nameTaken(ctx, e, err)
		}
		if err == nil || !outdated(err) {
			return err
		}
		refused = err
		if d, err = describeDistribution(ctx, e, d.id()); d == nil || err != nil {
			return err // it was deleted in between: the next look finds it absent
		}
	}
	return refused
}
