package steps

import (
	"context"
	"time"

	"apifront/setup"
)

// edgeNameStep gives the distribution the name as soon as CloudFront lets go of it.
func edgeNameStep() Step {
	return Step{
		ID:       "edge-name",
		Thing:    "name of the distribution",
		Title:    "Give the distribution the name",
		Why:      "CloudFront keeps the name for the edge endpoint for a while after that endpoint is gone. Meanwhile the Regional endpoint answers callers.",
		Service:  "CloudFront",
		Tutorial: 3,
		Needs:    []setup.StepID{"edge-off"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Asked:    true,
		Parts:    []setup.Part{setup.PartEdge},
		Page:     setup.PageEdge,
		// What users saw was up to 40 minutes; nothing is documented.
		Wait:    Wait{Every: releaseWait, Settle: 5 * time.Second, Limit: time.Hour, Usual: 20 * time.Minute},
		Actions: []string{"apigateway:GET", "cloudfront:ListDistributions", "cloudfront:GetDistribution", "cloudfront:ListTagsForResource", "cloudfront:UpdateDistribution", "acm:DescribeCertificate"},
		Applies: fromEdge,
		Grants: func(s Scope) []Grant {
			own := []string{s.edge("distribution/*")}
			return append(edgeReads(s),
				Grant{For: "List", Actions: []string{"cloudfront:ListDistributions"}, Resources: []string{"*"}},
				Grant{For: "Find", Actions: []string{"cloudfront:GetDistribution", "cloudfront:ListTagsForResource"}, Resources: own},
				Grant{For: "Change", Use: Writes, Actions: []string{"cloudfront:UpdateDistribution"}, Resources: own, Conditions: []Condition{s.resourced()}},
				Grant{For: "Wait", Actions: []string{"acm:DescribeCertificate"}, Resources: []string{s.certificates(edgeCertificate(s.Spec))}, Explains: true},
			)
		},
		Reads:   readsDistribution,
		Observe: observeEdgeName,
		Apply:   applyEdgeName,
	}
}

// releaseWait is the time between two tries while CloudFront keeps the name.
const releaseWait = 90 * time.Second

// readHeld is the key, in the memory of a pass, that says that CloudFront has refused the
// name in it.
const readHeld = "held"

func observeEdgeName(ctx context.Context, e *Env) (Observation, error) {
	if held, is := e.read[readHeld].(Observation); is {
		return held, nil
	}
	d, holder, err := findDistribution(ctx, e)
	switch {
	case err != nil:
		return Observation{}, err
	case holder != nil:
		return foreign(heldBy(e, holder)), nil
	case d == nil:
		return absent("Once CloudFront has let go of it"), nil
	case hasAlias(d.DistributionConfig, e.name()):
		return ready("CloudFront " + d.id() + " has the name"), nil
	}
	if err := keepDistribution(ctx, e, d.Distribution); err != nil {
		return Observation{}, err
	}
	return Observation{
		State: Drifted, Summary: "CloudFront " + d.id() + " gets the name",
		Changes: []setup.Change{{Field: aliasField, Is: alias(d.DistributionConfig, e.name()), Want: e.name()}},
	}, nil
}

func applyEdgeName(ctx context.Context, e *Env) error {
	d, holder, err := findDistribution(ctx, e)
	switch {
	case err != nil:
		return err
	case holder != nil:
		return heldBy(e, holder)
	case d == nil:
		return from("edge-standby", "Make the distribution again", problem("There is no distribution to give the name to.", "CloudFront does not know the setup's distribution.",
			`Choose "Re-run from here" at the step Make the distribution, without the name.`))
	}
	if hasAlias(d.DistributionConfig, e.name()) {
		return nil
	}
	err = putAlias(ctx, e, d)
	switch {
	case code(err, "CNAMEAlreadyExists"):
		o := pending("CloudFront has not let go of the name yet. Callers are answered by the Regional endpoint")
		o.Problem, o.After, o.InVain = nameHeld(e, err), releaseWait, true
		e.remember(readHeld, o)
		return nil
	case outdated(err):
		return notYet(time.Second, "Somebody has changed the distribution in between. It is looked at again.")
	}
	return err
}

// nameHeld is the problem of a name that CloudFront has not given free in time.
func nameHeld(e *Env, refusal error) *setup.Problem {
	return explained(refusal,
		"CloudFront has not let go of the name "+e.name()+".",
		"The edge endpoint is gone, and CloudFront still says that another distribution has the name. Callers are answered by the Regional endpoint "+domainTarget(e)+", so nothing is down.",
		"Re-run this step to go on waiting. If it stays so for a day, ask AWS Support which distribution holds the name.")
}
