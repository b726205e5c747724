package steps

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud"
	"apifront/setup"
)

// edgeStandbyStep makes the distribution before the name is free, so that what CloudFront
// may refuse is known while callers are led as ever. A distribution without alternate
// domain names may have a certificate of its own.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/alternate-domain-names-move-create-target.html (documented)
func edgeStandbyStep() Step {
	return Step{
		ID:       "edge-standby",
		Thing:    "distribution",
		Title:    "Make the distribution, without the name",
		Why:      "The distribution stands ready before anything changes for callers. It gets the name once API Gateway's own distribution has let go of it.",
		Service:  "CloudFront",
		Tutorial: 3,
		Needs:    []setup.StepID{"issued-edge", "domain"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Asked:    true,
		Parts:    []setup.Part{setup.PartEdge},
		Page:     setup.PageEdge,
		Wait:     Wait{Every: 5 * time.Second, Settle: 5 * time.Second, Limit: 90 * time.Minute, Usual: 5 * time.Minute},
		Actions:  distributionStep().Actions,
		Applies:  fromEdge,
		Grants:   distributionGrants,
		Reads:    readsDeployed,
		Observe:  observeEdgeStandby,
		Apply:    applyEdgeStandby,
	}
}

func observeEdgeStandby(ctx context.Context, e *Env) (Observation, error) {
	if _, refused := e.read[readRefused]; refused {
		return notKnown("CloudFront does not know yet that the certificate is issued"), nil
	}
	if e.Waits && e.Resources.ID(setup.KeyDistribution) == "" && justIssued(e, edgeCertificate(e.Setup.Spec).arn(e)) {
		return notKnown("CloudFront takes a moment to know that the certificate is issued"), nil
	}
	d, holder, err := findDistribution(ctx, e)
	switch {
	case err != nil:
		return Observation{}, err
	case holder != nil:
		return foreign(heldBy(e, holder)), nil
	case d == nil:
		return absent("HTTPS-only origin, without the name"), nil
	}
	if err := keepDistribution(ctx, e, d.Distribution); err != nil {
		return Observation{}, err
	}
	if status := aws.ToString(d.Status); status != "Deployed" && !hasAlias(d.DistributionConfig, e.name()) {
		return notDeployed(d.id(), status), nil
	}
	return ready("CloudFront " + d.id() + ", deployed"), nil
}

func applyEdgeStandby(ctx context.Context, e *Env) error {
	in, _ := distributionInputs(e)
	if in.cachePolicy == "" { // it gets the setup's own with the name
		in.cachePolicy = setup.PolicyCachingDisabled
	}
	if in.target == "" || in.certificate == "" {
		return from(missing(e), "Make what is missing", problem("The distribution cannot be made yet.", "The custom domain or the certificate that it needs is not there.",
			`Choose "Re-run from here" at the first step that is not done.`))
	}
	d, holder, err := findDistribution(ctx, e)
	switch {
	case err != nil:
		return err
	case holder != nil:
		return heldBy(e, holder)
	case d != nil:
		return keepDistribution(ctx, e, d.Distribution)
	}
	return createDistribution(ctx, e, in, func(c *types.DistributionConfig) { c.Aliases = &types.Aliases{Quantity: aws.Int32(0)} })
}

// createDistribution makes the setup's distribution. The function, if there is one,
// changes what it is made with.
func createDistribution(ctx context.Context, e *Env, in distributionInput, but func(*types.DistributionConfig)) error {
	if err := distributionGone(ctx, e); err != nil {
		return err
	}
	// The next number makes a new token, because CloudFront never accepts the
	// caller reference of a deleted distribution again.
	header, err := e.headerReady(ctx, &in)
	if err != nil {
		return err
	}
	attributes := maps.Clone(header)
	if attributes == nil {
		attributes = map[string]string{}
	}
	maps.Copy(attributes, e.withTags())
	r, err := e.intend(ctx, setup.Resource{Key: setup.KeyDistribution, Type: "Distribution", Attributes: attributes}, func(r *setup.Resource) {
		r.Token = "apifront-" + e.Token(r.Number)
	})
	if err != nil {
		return err
	}
	in.reference = r.Token
	tags := &types.Tags{}
	for _, t := range e.tags(roleDistribution) {
		tags.Items = append(tags.Items, types.Tag{Key: aws.String(t.Key), Value: aws.String(t.Value)})
	}
	config := distributionConfig(e.Setup.Spec, in)
	if but != nil {
		but(config)
	}
	e.forget(readDistribution)
	out, err := e.Account.CloudFront().CreateDistributionWithTags(ctx, &cloudfront.CreateDistributionWithTagsInput{
		DistributionConfigWithTags: &types.DistributionConfigWithTags{DistributionConfig: config, Tags: tags},
	})
	if code(err, "DistributionAlreadyExists") {
		return referenceSpent(ctx, e, r)
	}
	if err != nil {
		return distributionRefused(ctx, e, in, fmt.Errorf("create distribution for %s: %w", e.name(), err))
	}
	e.remember(readDistribution, foundDistribution{ours: &standing{out.Distribution, aws.ToString(out.ETag), cloud.UnreadOf(out.ResultMetadata)}})
	return keepDistribution(ctx, e, out.Distribution)
}
