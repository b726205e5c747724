package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
)

func disableStep() Step {
	return Step{
		ID:      "disable",
		Thing:   "distribution",
		Title:   "Switch the distribution off",
		Mark:    setup.MarkOff,
		Why:     "CloudFront deletes only a distribution that is switched off at all of its locations. The name is taken off it in the same change, so that another distribution can have it.",
		Service: "CloudFront",
		Needs:   []setup.StepID{"drain"},
		Kinds:   teardownOnly,
		Parts:   []setup.Part{setup.PartEdge},
		Wait:    Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 10 * time.Minute, Usual: 5 * time.Second},
		Actions: []string{"cloudfront:GetDistribution", "cloudfront:ListDistributions", "cloudfront:ListTagsForResource", "cloudfront:UpdateDistribution", "cloudfront:TagResource"},
		Grants: func(s Scope) []Grant {
			own := []string{s.edge("distribution/*")}
			grants := []Grant{
				{For: "List", Actions: []string{"cloudfront:ListDistributions"}, Resources: []string{"*"}},
				{For: "Read", Actions: []string{"cloudfront:GetDistribution", "cloudfront:ListTagsForResource"}, Resources: own},
				{For: "Disable", Use: Destroys, Actions: []string{"cloudfront:UpdateDistribution"}, Resources: own, Conditions: []Condition{s.resourced()}},
			}
			if s.claims(setup.KeyDistribution) {
				grants = append(grants, Grant{For: "Tag", Use: Destroys, Actions: []string{"cloudfront:TagResource"}, Resources: own, Conditions: []Condition{s.requested()}})
			}
			return grants
		},
		Observe: observeDisable,
		Apply:   applyDisable,
	}
}

func isDistribution(key string) bool { return key == setup.KeyDistribution }

// frontRow is the row of the setup's distribution; false if none was made, or it
// is gone.
func (e *Env) frontRow() (setup.Resource, bool) {
	rows := e.ownRows(isDistribution)
	if len(rows) == 0 {
		return setup.Resource{}, false
	}
	return rows[len(rows)-1], true
}

// keptFront is the ID of the setup's distribution if it stays; "" if it does
// not.
func (e *Env) keptFront() string {
	if r, ok := e.frontRow(); ok && !r.LeftSince.IsZero() {
		return r.ID
	}
	return ""
}

// frontNow is the setup's distribution as CloudFront has it. It is nil if there
// is none, which is stored then.
func frontNow(ctx context.Context, e *Env) (*standing, setup.Resource, error) {
	row, ok := e.frontRow()
	if !ok {
		return nil, row, nil
	}
	var d *standing
	var err error
	if row.ID != "" {
		d, err = remembered(ctx, e, readDistribution, func(ctx context.Context, e *Env) (*standing, error) {
			return describeDistribution(ctx, e, row.ID)
		})
	} else { // a call whose answer was lost may have made it
		d, _, err = lookForDistribution(ctx, e)
		if err == nil && d == nil && e.Now().Sub(row.SavedAt) < notListedYet {
			return nil, row, notYet(3*time.Second, "CloudFront may not list yet what was made last.")
		}
	}
	if err != nil {
		return nil, row, err
	}
	if d == nil {
		return nil, row, e.gone(ctx, row)
	}
	if row.ID == "" {
		row.ID, row.ARN = d.id(), aws.ToString(d.ARN)
		row.Attributes = map[string]string{setup.AttrDomainName: unrooted(aws.ToString(d.DomainName))}
		if err := e.store(ctx, row); err != nil {
			return nil, row, err
		}
	}
	return d, row, nil
}

// ourFront says whether the distribution of the row is still the setup's.
func ourFront(ctx context.Context, e *Env, d *standing, row setup.Resource) (bool, error) {
	tags, err := distributionTags(ctx, e, aws.ToString(d.ARN))
	return err == nil && e.belongs(row, tags, roleDistribution), err
}

// others are the names of a distribution besides the setup's.
func (s *standing) others(name string) []string {
	if s.DistributionConfig.Aliases == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.DistributionConfig.Aliases.Items), func(a string) bool { return strings.EqualFold(a, name) })
}

// has says whether a distribution has the name.
func (s *standing) has(name string) bool {
	return s.DistributionConfig.Aliases != nil && len(s.others(name)) < len(s.DistributionConfig.Aliases.Items)
}

// noFront is the observation of a setup that has no distribution. Without one,
// nothing is to be done.
func (e *Env) noFront() Observation {
	o := ready("No distribution was made")
	if o.Removals = e.removals(isDistribution); len(o.Removals) > 0 {
		o.Summary = deletedWords(o.Removals)
	}
	return o
}

func observeDisable(ctx context.Context, e *Env) (Observation, error) {
	d, row, err := frontNow(ctx, e)
	if err != nil {
		return Observation{}, err
	}
	if d == nil {
		return e.noFront(), nil
	}
	ours, err := ourFront(ctx, e, d, row)
	if err != nil {
		return Observation{}, err
	}
	others := d.others(e.name())
	switch {
	case !ours:
		if err := e.leave(ctx, row, "Its tags do not say any more that apifront made it."); err != nil {
			return Observation{}, err
		}
		return e.noFront(), nil
	case aws.ToString(d.DistributionConfig.ContinuousDeploymentPolicyId) != "":
		return foreign(problem(
			"The distribution was not switched off.",
			"A continuous deployment policy is attached to "+d.id()+", so a second, staging distribution takes part of its requests.",
			"Detach the continuous deployment policy from "+d.id()+" in CloudFront and delete the staging distribution, then re-run this step.",
		)), nil
	case len(others) > 0 && d.has(e.name()):
		return Observation{State: Drifted, Summary: "Takes " + e.name() + " off the distribution " + d.id(), Changes: []setup.Change{{Field: "Aliases", Is: strings.Join(d.DistributionConfig.Aliases.Items, ", "), Want: strings.Join(others, ", ")}}}, nil
	case len(others) > 0:
		if err := e.leave(ctx, row, "Other names are on it: "+firstOf(others)+"."); err != nil {
			return Observation{}, err
		}
		return e.noFront(), nil
	case aws.ToBool(d.DistributionConfig.Enabled):
		return Observation{State: Drifted, Summary: "Switches " + d.id() + " off", Changes: []setup.Change{{Field: "Enabled", Is: "true", Want: "false"}}}, nil
	}
	if !row.LeftSince.IsZero() { // what kept it is over
		row.LeftSince = time.Time{}
		if err := e.unwant(ctx, row); err != nil {
			return Observation{}, err
		}
	}
	return ready("CloudFront " + d.id() + ", switched off"), nil
}

func applyDisable(ctx context.Context, e *Env) error {
	var refused error
	for range updateTries {
		d, row, err := frontNow(ctx, e)
		if err != nil || d == nil {
			return err
		}
		if err := e.claim(ctx, row, roleDistribution, tagsDistribution(ctx, e, d)); err != nil {
			return err
		}
		others := d.others(e.name())
		d.DistributionConfig.Aliases = &types.Aliases{Quantity: aws.Int32(int32(len(others))), Items: others} //nolint:gosec // G115: CloudFront allows 100
		if len(others) == 0 {
			d.DistributionConfig.Enabled = aws.Bool(false)
		}
		e.forget(readDistribution)
		out, err := e.Account.CloudFront().UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{
			Id: d.Id, IfMatch: &d.etag, DistributionConfig: d.DistributionConfig,
		}, d.unread.Keep)
		if err == nil {
			e.remember(readDistribution, &standing{out.Distribution, aws.ToString(out.ETag), d.unread})
			return nil
		}
		refused = fmt.Errorf("switch distribution %s off: %w", d.id(), err)
		if !outdated(err) {
			break
		}
	}
	return refused
}

func disabledStep() Step {
	return Step{
		ID:      "disabled",
		Thing:   "deployment",
		Title:   "Wait for CloudFront",
		Why:     "Every location must know that the distribution is off.",
		Service: "CloudFront",
		Needs:   []setup.StepID{"disable"},
		Kinds:   teardownOnly,
		Parts:   []setup.Part{setup.PartEdge},
		Wait:    Wait{Every: 5 * time.Second, Settle: 5 * time.Second, Limit: 90 * time.Minute, Usual: 5 * time.Minute},
		Actions: []string{"cloudfront:GetDistribution"},
		Grants: func(s Scope) []Grant {
			return []Grant{{For: "Read", Actions: []string{"cloudfront:GetDistribution"}, Resources: []string{s.edge("distribution/*")}}}
		},
		Observe: observeDisabled,
	}
}

func observeDisabled(ctx context.Context, e *Env) (Observation, error) {
	d, o, err := frontOff(ctx, e)
	if err != nil || d == nil {
		return o, err
	}
	return ready("Off at every location"), nil
}

// frontOff is the setup's distribution if it is off at every location. If it is
// not, d is nil and the observation says why.
func frontOff(ctx context.Context, e *Env) (d *standing, o Observation, err error) {
	if e.keptFront() != "" {
		return nil, e.noFront(), nil
	}
	d, _, err = frontNow(ctx, e)
	switch {
	case err != nil:
		return nil, o, err
	case d == nil:
		return nil, e.noFront(), nil
	case aws.ToBool(d.DistributionConfig.Enabled):
		return nil, foreign(switchedOn(d.id())), nil
	case aws.ToString(d.Status) != "Deployed":
		return nil, notDeployed(d.id(), aws.ToString(d.Status)), nil
	}
	return d, o, nil
}

// switchedOn is the problem of a distribution that somebody has switched on
// again meanwhile.
func switchedOn(id string) *setup.Problem {
	return from("disable", "Switch it off again", problem("The distribution was switched on again.",
		"Somebody has switched "+id+" on after this job had switched it off.",
		`Choose "Re-run from here" at the step Switch the distribution off, if it is to be deleted all the same.`))
}

func distributionDeleteStep() Step {
	return Step{
		ID:      "distribution-delete",
		Thing:   "distribution",
		Title:   "Delete distribution",
		Why:     "CloudFront deletes it as soon as every location knows that it is off.",
		Service: "CloudFront",
		Needs:   []setup.StepID{"disabled"},
		Kinds:   teardownOnly,
		Parts:   []setup.Part{setup.PartEdge},
		Wait:    Wait{Every: 10 * time.Second, Settle: 2 * time.Second, Limit: 30 * time.Minute, Usual: 3 * time.Second},
		Actions: []string{"cloudfront:GetDistribution", "cloudfront:ListTagsForResource", "cloudfront:DeleteDistribution"},
		Grants: func(s Scope) []Grant {
			own := []string{s.edge("distribution/*")}
			return []Grant{
				{For: "Read", Actions: []string{"cloudfront:GetDistribution", "cloudfront:ListTagsForResource"}, Resources: own},
				{For: "Delete", Use: Destroys, Actions: []string{"cloudfront:DeleteDistribution"}, Resources: own, Conditions: []Condition{s.resourced()}},
			}
		},
		Observe: observeDistributionDelete,
		Apply:   applyDistributionDelete,
	}
}

func observeDistributionDelete(ctx context.Context, e *Env) (Observation, error) {
	d, o, err := frontOff(ctx, e)
	if err != nil || d == nil {
		return o, err
	}
	o = absent("Deletes " + d.id())
	o.Removals = e.removals(isDistribution)
	return o, nil
}

// applyDistributionDelete deletes a distribution that is off everywhere. One
// that a pricing plan holds is a problem for a person: the plan ends with its
// billing month.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HowToDeleteDistribution.html
func applyDistributionDelete(ctx context.Context, e *Env) error {
	d, row, err := frontNow(ctx, e)
	if err != nil || d == nil {
		return err
	}
	ours, err := ourFront(ctx, e, d, row)
	if err != nil {
		return err
	}
	if !ours {
		return e.leave(ctx, row, "Its tags do not say any more that apifront made it.")
	}
	e.forget(readDistribution)
	_, err = e.Account.CloudFront().DeleteDistribution(ctx, &cloudfront.DeleteDistributionInput{Id: d.Id, IfMatch: &d.etag})
	if err != nil && !code(err, "NoSuchDistribution") {
		return fmt.Errorf("delete distribution %s: %w", d.id(), err)
	}
	return e.gone(ctx, row)
}
