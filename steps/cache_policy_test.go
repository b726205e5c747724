package steps

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

// thePolicy returns a cache policy as CloudFront has it, with its ETag; nil if
// it is gone.
func (w *world) thePolicy(id string) (*types.CachePolicyConfig, string) {
	w.t.Helper()
	out, err := w.outside().CloudFront().GetCachePolicy(w.t.Context(), &cloudfront.GetCachePolicyInput{Id: &id})
	if code(err, "NoSuchCachePolicy") {
		return nil, ""
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return out.CachePolicy.CachePolicyConfig, aws.ToString(out.ETag)
}

// spoilPolicy changes the cache policy as somebody in the console does.
func (w *world) spoilPolicy() {
	w.t.Helper()
	id := w.resources.ID(setup.KeyCachePolicy)
	cf := w.outside().CloudFront()
	out, err := cf.GetCachePolicy(w.t.Context(), &cloudfront.GetCachePolicyInput{Id: &id})
	if err != nil {
		w.t.Fatal(err)
	}
	config := out.CachePolicy.CachePolicyConfig
	config.MinTTL, config.DefaultTTL, config.MaxTTL = aws.Int64(7), aws.Int64(7), aws.Int64(7)
	if _, err := cf.UpdateCachePolicy(w.t.Context(), &cloudfront.UpdateCachePolicyInput{Id: &id, IfMatch: out.ETag, CachePolicyConfig: config}, cloud.UnreadOf(out.ResultMetadata).Keep); err != nil {
		w.t.Fatal(err)
	}
}

// usedPolicy is the ID of the policy that the distribution uses.
func (w *world) usedPolicy() string {
	w.t.Helper()
	id := w.resources.ID(setup.KeyDistribution)
	out, err := w.outside().CloudFront().GetDistribution(w.t.Context(), &cloudfront.GetDistributionInput{Id: &id})
	if err != nil {
		w.t.Fatal(err)
	}
	return aws.ToString(out.Distribution.DistributionConfig.DefaultCacheBehavior.CachePolicyId)
}

// For other settings, the job makes another policy. It does not change the
// policy in use, and moves the distribution to the new one.
func TestCachePolicyIsReplacedNotChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.Edge.Caching = setup.CachingFixed })
		var tags []string // of each policy while it was in use
		for n, change := range []func(*setup.Edge){
			func(e *setup.Edge) { e.TTL = 60 },
			func(e *setup.Edge) { e.TTL = 90 },
			func(e *setup.Edge) { e.KeyHeaders, e.Accepts = nil, setup.SharedKinds() },
			func(e *setup.Edge) { e.Caching = setup.CachingAPI },
		} {
			change(&w.setup.Spec.Edge)
			var before, tag string
			if n > 0 {
				before = w.resources.ID(setup.KeyCachePolicy)
				_, tag = w.thePolicy(before)
			}
			plan := w.planned("policies")
			w.mustRunAll(setup.JobApply)
			now := w.resources[setup.KeyCachePolicy]
			if now.ID == before || w.usedPolicy() != now.ID || now.Number != n {
				t.Fatalf("change %d: policy %s number %d, the distribution uses %s, before %s", n, now.ID, now.Number, w.usedPolicy(), before)
			}
			config, _ := w.thePolicy(now.ID)
			if name := aws.ToString(config.Name); name != now.Attributes[attrName] || name != cachePolicyName(&Env{Setup: w.setup}, n) {
				t.Errorf("change %d: the policy is called %s", n, name)
			}
			if n == 0 {
				continue
			}
			if plan.State != Absent || len(plan.Changes) == 0 || !strings.Contains(plan.Summary, before) {
				t.Errorf("change %d was planned as %+v", n, plan)
			}
			if is, after := w.thePolicy(before); is != nil && after != tag {
				t.Errorf("change %d: the policy before was changed from %s to %s", n, tag, after)
			}
			tags = append(tags, tag)
		}
		if slices.Contains(w.writes(), "policies cloudfront:UpdateCachePolicy") || len(tags) != 3 {
			t.Errorf("written: %v", w.writes())
		}
	})
}

// planned is the observation of a step in a plan.
func (w *world) planned(id setup.StepID) Observation {
	w.t.Helper()
	s := w.step(id)
	if s.Applies != nil {
		if ok, _ := s.Applies(w.setup.Spec); !ok {
			return Observation{}
		}
	}
	e := w.env(id)
	e.DryRun = true
	e.Save = func(context.Context, setup.Resource) error { return nil }
	o, err := w.lookIn(e, s)
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

// If somebody changes the policy in use, a job restores the wanted settings and
// makes no second policy.
func TestCachePolicyDriftIsPutBackInPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.Edge.Caching, s.Edge.TTL = setup.CachingFixed, 60 })
		w.mustRunAll(setup.JobApply)
		id := w.resources.ID(setup.KeyCachePolicy)
		w.spoilPolicy()
		n := len(w.writes())
		if plan := w.planned("policies"); plan.State != Drifted || plan.Changes[0] != (setup.Change{Field: "MinTTL", Is: "7", Want: "60"}) {
			t.Errorf("planned: %+v", plan)
		}
		w.mustRunAll(setup.JobApply)
		if got := w.writes()[n:]; !slices.Equal(got, []string{"policies cloudfront:UpdateCachePolicy"}) {
			t.Errorf("written: %v", got)
		}
		if config, _ := w.thePolicy(id); *config.MinTTL != 60 || w.resources.ID(setup.KeyCachePolicy) != id || w.usedPolicy() != id {
			t.Errorf("MinTTL is %d", *config.MinTTL)
		}
	})
}

// For a policy that an earlier version recorded, it is not known what it was
// made for. If it has the wanted settings, the setup goes on using it.
// Otherwise the job replaces it, and does not change it.
func TestCachePolicyOfAnEarlierVersion(t *testing.T) {
	for _, ttl := range []int{60, 90} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, sim.DemoPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.Edge.Caching, s.Edge.TTL = setup.CachingFixed, 60 })
			w.mustRunAll(setup.JobApply)
			r := w.resources[setup.KeyCachePolicy]
			r.Attributes = nil
			w.resources[setup.KeyCachePolicy] = r
			_, tag := w.thePolicy(r.ID)
			w.setup.Spec.Edge.TTL = ttl
			w.mustRunAll(setup.JobApply)
			if same := w.resources.ID(setup.KeyCachePolicy) == r.ID; same != (ttl == 60) || w.usedPolicy() != w.resources.ID(setup.KeyCachePolicy) {
				t.Errorf("%d s: the same policy is used: %t", ttl, same)
			}
			if is, after := w.thePolicy(r.ID); is != nil && after != tag {
				t.Errorf("%d s: the policy was changed", ttl)
			}
		})
	}
}

// A policy that is not recorded any more may have the name of a new one, as
// after somebody restored an old copy of the database. The job leaves it as it
// is, whether or not a distribution uses it, and takes another name. If it has
// the wanted settings, the job uses it again.
func TestCachePolicyThatIsNotRecorded(t *testing.T) {
	for _, ttl := range []int{60, 90} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, sim.DemoPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.Edge.Caching, s.Edge.TTL = setup.CachingFixed, 60 })
			w.mustRunAll(setup.JobApply)
			old := w.resources.ID(setup.KeyCachePolicy)
			_, tag := w.thePolicy(old)
			delete(w.resources, setup.KeyCachePolicy)
			w.setup.Spec.Edge.TTL = ttl
			w.upTo("deployed")
			now := w.resources.ID(setup.KeyCachePolicy)
			if (now == old) != (ttl == 60) || w.usedPolicy() != now {
				t.Errorf("%d s: policy %s, before %s, used %s", ttl, now, old, w.usedPolicy())
			}
			if _, after := w.thePolicy(old); after != tag {
				t.Errorf("%d s: the policy was changed", ttl)
			}
			if ttl == 90 && (len(w.former) != 1 || w.former[0].ID != old || w.former[0].UnwantedSince.IsZero()) {
				t.Errorf("recorded: %+v", w.former)
			}
		})
	}
}
