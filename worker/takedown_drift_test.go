package worker_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/setup"
)

// A meddling is what somebody did to a setup before it is taken down.
type meddling struct {
	name string
	do   func(*world, setup.Setup)
	// stays are the keys of the setup's resources that the teardown leaves, each
	// with a part of the reason that it gives. All others are gone.
	stays map[string]string
	// foreign are words of what other people made meanwhile, which is there in the end.
	foreign []string
}

// staysWith are the keys of what stays, and why.
func staysWith(pairs ...string) map[string]string {
	list := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		list[pairs[i]] = pairs[i+1]
	}
	return list
}

// drifted are the breakages, with what a teardown then leaves. Those that are not
// named leave nothing.
func drifted() []meddling {
	stays := map[string]map[string]string{
		"our tags taken off the distribution": staysWith(setup.KeyDistribution, "do not say any more that apifront made it", setup.KeyDomain, "leads to it",
			setup.KeyCachePolicy, "uses it", setup.KeyCertificateEdge, "Used by the distribution", setup.KeyCertificateRegional, "The custom domain"),
		"our tags taken off a certificate": staysWith(setup.KeyCertificateEdge, "do not say any more that apifront made it"),
		"a mapping to another API": staysWith(setup.MappingKey("orders"), "Somebody else has changed it", setup.KeyDomain, "/orders",
			setup.KeyCertificateRegional, "The custom domain"),
	}
	foreign := map[string][]string{
		"the record changed":                       {"203.0.113.99", "2001:db8::99"},
		"the record changed, and its half deleted": {"203.0.113.99"},
	}
	var list []meddling
	for _, b := range breakages() {
		list = append(list, meddling{name: b.name, do: b.do, stays: stays[b.name], foreign: foreign[b.name]})
	}
	return list
}

// foreigners are what other people put on what is the setup's.
func foreigners() []meddling {
	edge := func(change func(*world, *types.DistributionConfig)) func(*world, setup.Setup) {
		return func(w *world, s setup.Setup) {
			w.changeDistribution(s, func(c *types.DistributionConfig) { change(w, c) })
		}
	}
	return []meddling{
		{
			name: "another name on the distribution", do: edge(func(w *world, c *types.DistributionConfig) {
				arn := w.reuse[setup.EdgeRegion]
				c.ViewerCertificate.ACMCertificateArn = &arn
				c.Aliases = &types.Aliases{Quantity: aws.Int32(2), Items: []string{theName, "www." + theZone}}
			}),
			stays: staysWith(setup.KeyDistribution, "Other names are on it: www."+theZone, setup.KeyDomain, "leads to it",
				setup.KeyCachePolicy, "uses it", setup.KeyCertificateRegional, "The custom domain"),
		},
		{
			name: "another mapping on the custom domain", do: func(w *world, _ setup.Setup) { w.mapByHand("eu-west-1", theName, "byhand", "orders-api-eu", "prod") },
			stays:   staysWith(setup.KeyDomain, "/byhand", setup.KeyCertificateRegional, "The custom domain"),
			foreign: []string{"byhand"},
		},
		{
			name: "another distribution with the cache policy", do: func(w *world, s setup.Setup) {
				w.otherDistribution(func(c *types.DistributionConfig) {
					c.DefaultCacheBehavior.CachePolicyId = aws.String(w.idOf(s, setup.KeyCachePolicy))
				})
			},
			stays:   staysWith(setup.KeyCachePolicy, "Used by the distribution"),
			foreign: []string{"CachePolicyID = <cache policy apifront install-1 " + theName + ">"},
		},
		{
			name: "another distribution with the certificate", do: func(w *world, s setup.Setup) {
				w.otherDistribution(func(c *types.DistributionConfig) {
					c.Aliases = &types.Aliases{Quantity: aws.Int32(0)}
					c.ViewerCertificate.ACMCertificateArn = aws.String(w.idOf(s, setup.KeyCertificateEdge))
				})
			},
			stays:   staysWith(setup.KeyCertificateEdge, "Used by the distribution"),
			foreign: []string{"/distributions/<distribution of <nil>>/Config/ViewerCertificate/ACMCertificateArn"},
		},
		{
			name: "a record with a routing policy beside ours", do: func(w *world, s setup.Setup) {
				w.changeRecords(s, func(set r53types.ResourceRecordSet) *r53types.ResourceRecordSet {
					if set.Type == r53types.RRTypeA && set.AliasTarget != nil {
						set.SetIdentifier, set.Weight = aws.String("blue"), aws.Int64(10)
					}
					return &set
				}, s.Name())
			},
		},
	}
}

// idOf is the ID of a resource of the setup.
func (w *world) idOf(s setup.Setup, key string) string {
	w.t.Helper()
	res, err := w.store.Resources(w.t.Context(), s.ID)
	must(w.t, err)
	return res.ID(key)
}

// otherDistribution changes the distribution of other people.
func (w *world) otherDistribution(change func(*types.DistributionConfig)) {
	w.t.Helper()
	ctx, c := w.t.Context(), w.outside(setup.EdgeRegion).CloudFront()
	list, err := c.ListDistributions(ctx, &cloudfront.ListDistributionsInput{})
	must(w.t, err)
	for _, d := range list.DistributionList.Items {
		if d.Aliases == nil || !slices.Contains(d.Aliases.Items, otherName) {
			continue
		}
		got, err := c.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: d.Id})
		must(w.t, err)
		change(got.Distribution.DistributionConfig)
		_, err = c.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: d.Id, IfMatch: got.ETag, DistributionConfig: got.Distribution.DistributionConfig})
		must(w.t, err)
		must(w.t, cloudfront.NewDistributionDeployedWaiter(c).Wait(ctx, &cloudfront.GetDistributionInput{Id: d.Id}, time.Hour))
		return
	}
	w.t.Fatalf("no distribution has %s", otherName)
}

// lineOf is a part of the lines of a resource of the setup.
func lineOf(key string) string {
	switch {
	case key == setup.KeyDistribution:
		return "/distributions/"
	case key == setup.KeyDomain:
		return "/domains/" + theName + "/"
	case strings.HasPrefix(key, setup.MappingKey("")):
		return "/domains/" + theName + "/Mappings/" + strings.TrimPrefix(key, setup.MappingKey("")) + "/"
	case key == setup.KeyCachePolicy:
		return "/cache_policies/"
	case key == setup.KeyCertificateEdge:
		return "/certificates/<"
	case key == setup.KeyCertificateRegional:
		return "/certificates/<"
	}
	return key
}

// Whatever somebody did to a setup before it is taken down: the job ends, nothing
// of other people's is deleted or changed, what stays is said with the reason, and
// all else is gone.
func TestTeardownAfterSomebodyMeddled(t *testing.T) {
	for i, m := range append(drifted(), foreigners()...) {
		if underRace && sampleEvery(t) > 1 && i%24 > 0 { // all of them without it
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) { w.takenDownAfter(m) })
		})
	}
}

func (w *world) takenDownAfter(m meddling) {
	w.t.Helper()
	w.furnish()
	w.sim.AddRecord(w.demo.Zones[theZone], theName, "A", 300, oldHost)
	s := w.draft(w.wanted(variant{rest: true}, cached(setup.CachingAPI)))
	before := w.state()
	w.done(w.begin(setup.JobApply, s))
	whole := w.state()
	m.do(w, s)
	meddled := w.state()
	job := w.takeDown(s, setup.GoneBack)
	w.done(job)

	// Of the certificates of other people some renew with our validation record.
	with, without := w.specOf(s), w.specOf(s)
	without.Certificates = setup.Certificates{Edge: "theirs", Regional: "theirs"}
	h := history{specs: []setup.Spec{with, without}}
	now, found, theirs := canonical(w.state(), h), canonical(before, h), canonical(meddled, h)
	made := map[string]bool{} // where something was made or changed
	for _, line := range theirs.without(canonical(whole, h)) {
		made[line[:strings.LastIndex(line, "/")]] = true
	}
	for _, line := range now.without(found) {
		known := made[line[:strings.LastIndex(line, "/")]] || strings.Contains(line, "AWSServiceRoleForAPIGateway")
		for key := range m.stays {
			known = known || strings.Contains(line, lineOf(key))
		}
		if !known {
			w.t.Errorf("is there, and was not before: %s", line)
		}
	}
	for _, line := range found.without(now) {
		if slices.Contains(theirs, line) {
			w.t.Errorf("is not there any more: %s", line)
		}
	}
	for _, word := range m.foreign {
		if !slices.ContainsFunc(now, func(line string) bool { return strings.Contains(line, word) }) {
			w.t.Errorf("what other people made is not there any more: %s", word)
		}
	}
	w.checkStays(s, job, m)
}

// checkStays: what the store keeps as left is what the meddling lets stay, and the
// job has said of each what and why.
func (w *world) checkStays(s setup.Setup, job int64, m meddling) {
	w.t.Helper()
	current, former, err := w.store.AllResources(w.t.Context(), s.ID)
	must(w.t, err)
	for _, r := range current {
		former = append(former, r)
	}
	said := map[string]setup.Removal{}
	attempts, err := w.store.Attempts(w.t.Context(), job)
	must(w.t, err)
	for _, a := range attempts {
		for _, r := range a.Removals {
			said[r.Key] = r
		}
	}
	left := map[string]bool{}
	for _, r := range former {
		why := r.Attributes[setup.AttrLeft]
		if !r.Owned || !r.RemovedAt.IsZero() || r.Key == setup.KeyInvalidation || r.Key == setup.KeyRecordValidation && strings.HasSuffix(why, " renews with it.") {
			continue
		}
		left[r.Key] = true
		want, ok := m.stays[r.Key]
		switch told := said[r.Key]; {
		case !ok:
			w.t.Errorf("%s number %d, %s, is ours and not gone (left: %s)", r.Key, r.Number, r.ID, why)
		case r.LeftSince.IsZero() || !strings.Contains(why, want):
			w.t.Errorf("%s is left because %q, want %q", r.Key, why, want)
		case !told.Stays || told.Why != why:
			w.t.Errorf("%s is left because %q, and the job said %+v", r.Key, why, told)
		}
	}
	for key, why := range m.stays {
		if !left[key] {
			w.t.Errorf("%s is gone, and should stay (%s): %+v", key, why, said[key])
		}
	}
	if w.t.Failed() {
		w.t.Logf("the job:\n%s", cmp.Or(w.story(job), "nothing"))
	}
}
