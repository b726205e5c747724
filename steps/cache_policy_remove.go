package steps

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"

	"apifront/setup"
)

func wantsCachePolicy(s setup.Spec, r setup.Resource) (bool, string) {
	switch {
	case !caching(s):
		return false, "Caching is off."
	case settingsOf(r) != nil && !madeFor(s.Edge, r):
		return false, "Another policy has the settings that are wanted now."
	}
	return true, ""
}

// removeCachePolicy deletes a policy that no distribution uses. CloudFront
// refuses that while a behavior names the policy
// (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DeleteCachePolicy.html,
// documented), and while a change that removes it from a behavior is being
// deployed
// (https://github.com/braintrustdata/terraform-aws-braintrust-data-plane/pull/339,
// reported once).
func removeCachePolicy(ctx context.Context, e *Env, r setup.Resource) error {
	name := cmp.Or(r.Attributes[attrName], cachePolicyName(e, r.Number))
	if r.ID == "" { // a call whose answer was lost may have made it
		list, err := ownCachePolicies(ctx, e, name)
		if err != nil {
			return err
		}
		if r.ID = list[name]; r.ID == "" {
			return e.gone(ctx, r)
		}
	}
	p, err := describeCachePolicy(ctx, e, r.ID)
	if err != nil {
		return err
	}
	if p == nil {
		return e.gone(ctx, r)
	}
	if is := aws.ToString(p.config.Name); is != name {
		return e.leave(ctx, r, "Somebody else has given it the name "+is+".")
	}
	_, err = e.Account.CloudFront().DeleteCachePolicy(ctx, &cloudfront.DeleteCachePolicyInput{Id: &r.ID, IfMatch: &p.etag})
	switch {
	case code(err, "CachePolicyInUse"):
		return policyUsed(ctx, e, r, err)
	case outdated(err):
		return &stillUsed{"Somebody has just changed the cache policy " + name, nil}
	case err != nil && !code(err, "NoSuchCachePolicy"):
		return fmt.Errorf("delete cache policy %s: %w", r.ID, err)
	}
	return e.gone(ctx, r)
}

// policyUsed is the error for a policy that CloudFront says is in use. It names
// the users. If somebody uses the policy in a behavior of their own on the
// setup's distribution, the policy stays.
func policyUsed(ctx context.Context, e *Env, r setup.Resource, refusal error) error {
	users, paths := policyUsers(ctx, e, r.ID)
	if len(paths) > 0 {
		return e.leave(ctx, r, "Somebody has given it to "+firstOf(paths)+" of the distribution "+e.Resources.ID(setup.KeyDistribution)+".")
	}
	if id := e.keptFront(); id != "" && slices.Contains(users, id) && e.Setup.Spec.IsGone() {
		return e.leave(ctx, r, "The distribution "+id+", which stays, uses it.")
	}
	if others := e.others(users); len(others) > 0 && e.Setup.Spec.IsGone() {
		return e.leave(ctx, r, "Used by the distribution "+firstOf(others)+".")
	}
	who := "a distribution"
	if len(users) > 0 {
		who = "the distribution " + firstOf(users)
	}
	return &stillUsed{
		"CloudFront says that the cache policy before is still in use",
		explained(refusal, "A cache policy that is not wanted any more was not removed.",
			"CloudFront says that "+r.ID+" is used by "+who+".",
			"Choose another cache policy for "+who+" in CloudFront, then re-run this step."),
	}
}

// others are those of some distributions that were never the setup's.
func (e *Env) others(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		return id == e.Resources.ID(setup.KeyDistribution) ||
			slices.ContainsFunc(e.Former, func(f setup.Resource) bool { return f.Key == setup.KeyDistribution && f.ID == id })
	})
}

// policyUsers are the distributions with a behavior that names the policy, as
// far as they can be listed, and the paths of such behaviors on our own
// distribution.
func policyUsers(ctx context.Context, e *Env, id string) (users, paths []string) {
	pages := cloudfront.NewListDistributionsPaginator(e.Account.CloudFront(), &cloudfront.ListDistributionsInput{})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil || out.DistributionList == nil {
			return users, paths
		}
		for _, d := range out.DistributionList.Items {
			uses := d.DefaultCacheBehavior != nil && aws.ToString(d.DefaultCacheBehavior.CachePolicyId) == id
			if d.CacheBehaviors != nil {
				for _, b := range d.CacheBehaviors.Items {
					if aws.ToString(b.CachePolicyId) != id {
						continue
					}
					uses = true
					if aws.ToString(d.Id) == e.Resources.ID(setup.KeyDistribution) {
						paths = append(paths, aws.ToString(b.PathPattern))
					}
				}
			}
			if uses {
				users = append(users, aws.ToString(d.Id))
			}
		}
	}
	return users, paths
}
