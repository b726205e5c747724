package steps

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud"
	"apifront/setup"
)

// A standing distribution is a distribution as CloudFront has it.
type standing struct {
	*types.Distribution
	etag   string
	unread cloud.Unread // settings that the SDK does not know
}

func (s *standing) id() string { return aws.ToString(s.Id) }

// describeDistribution returns the distribution, or nil if CloudFront does not
// know it.
func describeDistribution(ctx context.Context, e *Env, id string) (*standing, error) {
	out, err := e.Account.CloudFront().GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: &id})
	if code(err, "NoSuchDistribution") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("get distribution %s: %w", id, err)
	}
	return &standing{out.Distribution, aws.ToString(out.ETag), cloud.UnreadOf(out.ResultMetadata)}, nil
}

// A foundDistribution is the result of a look for the setup's distribution.
type foundDistribution struct {
	ours   *standing                  // nil if there is none
	holder *types.DistributionSummary // has the name, and is not ours
}

// findDistribution is lookForDistribution, once in a pass.
func findDistribution(ctx context.Context, e *Env) (*standing, *types.DistributionSummary, error) {
	f, err := remembered(ctx, e, readDistribution, func(ctx context.Context, e *Env) (foundDistribution, error) {
		ours, holder, err := lookForDistribution(ctx, e)
		return foundDistribution{ours, holder}, err
	})
	return f.ours, f.holder, err
}

// lookForDistribution finds the setup's distribution by its recorded ID. If
// there is none with that ID, it looks for our tags among the distributions
// that have the name or lead to the custom domain. holder is a distribution of
// the account that has the name and is not ours.
func lookForDistribution(ctx context.Context, e *Env) (found *standing, holder *types.DistributionSummary, err error) {
	if id := e.Resources.ID(setup.KeyDistribution); id != "" {
		found, err = describeDistribution(ctx, e, id)
		if found != nil || err != nil {
			return found, nil, err
		}
	}
	target := e.Resources.Attr(setup.KeyDomain, setup.AttrTarget)
	pages := cloudfront.NewListDistributionsPaginator(e.Account.CloudFront(), &cloudfront.ListDistributionsInput{})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("list distributions: %w", err)
		}
		for _, s := range out.DistributionList.Items {
			has := s.Aliases != nil && alias(&types.DistributionConfig{Aliases: s.Aliases}, e.name()) == e.name()
			if !has && !leadsTo(s, target) {
				continue
			}
			ours, err := ourDistribution(ctx, e, aws.ToString(s.ARN))
			if err != nil {
				return nil, nil, err
			}
			if ours {
				found, err = describeDistribution(ctx, e, aws.ToString(s.Id))
				return found, nil, err
			}
			if has && aws.ToString(s.Id) != e.Setup.Spec.Domain.MoveFrom {
				holder = &s
			}
		}
	}
	return nil, holder, nil
}

func leadsTo(s types.DistributionSummary, target string) bool {
	if target == "" || s.Origins == nil {
		return false
	}
	for _, o := range s.Origins.Items {
		if unrooted(aws.ToString(o.DomainName)) == target {
			return true
		}
	}
	return false
}

func ourDistribution(ctx context.Context, e *Env, arn string) (bool, error) {
	tags, err := distributionTags(ctx, e, arn)
	return err == nil && e.ours(tags, roleDistribution), err
}

// distributionTags are the tags of a distribution; none if it does not exist.
func distributionTags(ctx context.Context, e *Env, arn string) (map[string]string, error) {
	out, err := e.Account.CloudFront().ListTagsForResource(ctx, &cloudfront.ListTagsForResourceInput{Resource: &arn})
	if code(err, "NoSuchResource", "NoSuchDistribution") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list tags of %s: %w", arn, err)
	}
	tags := map[string]string{}
	if out.Tags != nil {
		for _, t := range out.Tags.Items {
			tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
	}
	return tags, nil
}
