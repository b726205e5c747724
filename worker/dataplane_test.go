package worker_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
	"apifront/store"
)

// The three facts of the tutorial, for a finished setup: it answers 200; with
// an origin reached over plain HTTP 502; without the Host header 403. The next
// job finds what somebody changed and puts it right.
func TestFinishedSetupAnswersAndDriftIsRepaired(t *testing.T) {
	for _, v := range []variant{{rest: true, oneRegion: true}, {}} {
		t.Run(v.String(), func(t *testing.T) {
			real := inWorld(t, func(w *world) {
				s := w.draft(v)
				w.done(w.begin(setup.JobApply, s))
				path := s.Spec.API.Mappings[0].DisplayPath()
				w.want(path, answer{status: 200})

				w.changeDistribution(s, func(c *types.DistributionConfig) {
					c.Origins.Items[0].CustomOriginConfig.OriginProtocolPolicy = types.OriginProtocolPolicyHttpOnly
				})
				w.want(path, answer{status: 502})
				w.repair(s, 1)
				w.want(path, answer{status: 200})

				w.changeDistribution(s, func(c *types.DistributionConfig) {
					c.DefaultCacheBehavior.OriginRequestPolicyId = aws.String(allViewerExceptHost)
				})
				w.want(path, answer{status: 403, said: "Forbidden"})
				w.repair(s, 1)
				w.want(path, answer{status: 200})
			})
			t.Logf("in %s", real.Round(time.Millisecond))
		})
	}
}

// want fails the test unless a visitor gets the answer.
func (w *world) want(path string, want answer) {
	w.t.Helper()
	got := w.visit(path)
	if got.status != want.status || want.said != "" && got.said != want.said {
		w.t.Fatalf("a visitor of %s gets %+v, want %+v", path, got, want)
	}
}

// changeDistribution is what somebody does in the console, until it is deployed.
func (w *world) changeDistribution(s setup.Setup, change func(*types.DistributionConfig)) {
	w.t.Helper()
	ctx := w.t.Context()
	c := w.outside(setup.EdgeRegion).CloudFront()
	res, err := w.store.Resources(ctx, s.ID)
	must(w.t, err)
	id := aws.String(res.ID(setup.KeyDistribution))
	d, err := c.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: id})
	must(w.t, err)
	change(d.Distribution.DistributionConfig)
	_, err = c.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{
		Id: id, IfMatch: d.ETag, DistributionConfig: d.Distribution.DistributionConfig,
	})
	must(w.t, err)
	must(w.t, cloudfront.NewDistributionDeployedWaiter(c).Wait(ctx, &cloudfront.GetDistributionInput{Id: id}, time.Hour))
}

// repair is a job that has to change so many things.
func (w *world) repair(s setup.Setup, changes int) {
	w.t.Helper()
	before := len(w.sim.Writes())
	w.done(w.begin(setup.JobApply, s))
	if made := w.sim.Writes()[before:]; len(made) != changes {
		w.t.Errorf("the repair wrote %+v, want %d writes", made, changes)
	}
}

// Cached answers are cleared: kept for the fixed time before the job, fetched
// anew after it, and the history shows what was cleared.
func TestClearedAnswersAreFetchedAnew(t *testing.T) {
	real := inWorld(t, func(w *world) {
		s := w.draft(variant{rest: true, change: func(s *setup.Spec) {
			s.Edge.Caching, s.Edge.TTL = setup.CachingFixed, 3600
		}})
		w.done(w.begin(setup.JobApply, s))
		path := s.Spec.API.Mappings[0].DisplayPath() + "/1"
		if got := w.visit(path); got.cache != "Miss from cloudfront" {
			w.t.Fatalf("the first answer: %+v", got)
		}
		time.Sleep(10 * time.Minute)
		if got := w.visit(path); got.cache != "Hit from cloudfront" || got.age != "600" {
			w.t.Fatalf("the answer after 10 minutes: %+v", got)
		}

		began := time.Now()
		job := w.begin(setup.JobInvalidate, s, "/orders/*")
		w.done(job)
		if took := time.Since(began); took < 90*time.Second || took > 3*time.Minute {
			w.t.Errorf("clearing took %s", took)
		}
		if got := w.visit(path); got.cache != "Miss from cloudfront" || got.status != 200 {
			w.t.Errorf("the answer after clearing: %+v", got)
		}
		time.Sleep(30 * time.Second)
		if got := w.visit(path); got.cache != "Hit from cloudfront" || got.age != "30" {
			w.t.Errorf("the answer after that: %+v", got)
		}
		w.checkHistory(s, job)

		// A second clearing is one of its own.
		w.done(w.begin(setup.JobInvalidate, s, "/*"))
		if got := w.visit(path); got.cache != "Miss from cloudfront" {
			w.t.Errorf("the answer after the second clearing: %+v", got)
		}
	})
	t.Logf("in %s", real.Round(time.Millisecond))
}

// What is cleared is what was said to be cleared: a path to the letter, or with
// what is kept under its query strings.
func TestClearingAndQueryStrings(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.draft(variant{rest: true, change: func(s *setup.Spec) {
			s.Edge.Caching, s.Edge.TTL = setup.CachingFixed, 36000
		}})
		w.done(w.begin(setup.JobApply, s))
		path := s.Spec.API.Mappings[0].DisplayPath() + "/1"
		at := []string{path, path + "?x=1", path + "?y=2"}
		for _, c := range []struct {
			path  string
			stays []bool
		}{{path, []bool{false, true, true}}, {path + "?*", []bool{true, false, false}}, {path + "?x=1", []bool{true, false, true}}, {path + "*", []bool{false, false, false}}} {
			if covers := setup.CacheCovers(c.path, s.Spec); len(covers) != 1 || (covers[0].Instead == path+"*") != (c.path == path) {
				w.t.Errorf("%s: %+v", c.path, covers)
			}
			for _, url := range at {
				w.visit(url)
				if got := w.visit(url); got.cache != "Hit from cloudfront" {
					w.t.Fatalf("%s is not kept: %+v", url, got)
				}
			}
			time.Sleep(time.Minute)
			paths, err := setup.CachePaths(c.path)
			must(w.t, err)
			w.done(w.begin(setup.JobInvalidate, s, paths...))
			for i, url := range at {
				if stays := w.visit(url).cache == "Hit from cloudfront"; stays != c.stays[i] {
					w.t.Errorf("%s cleared: %s stays: %t, want %t", c.path, url, stays, c.stays[i])
				}
			}
		}
	})
}

// checkHistory: the list of jobs, their steps and calls tell of the clearing.
func (w *world) checkHistory(s setup.Setup, job int64) {
	w.t.Helper()
	ctx := w.t.Context()
	jobs, err := w.store.Jobs(ctx, listOf(s))
	must(w.t, err)
	if len(jobs) != 2 || jobs[0].ID != job || jobs[0].Kind != setup.JobInvalidate || jobs[0].State != setup.JobSucceeded ||
		len(jobs[0].Input.Paths) != 1 || jobs[0].Input.Paths[0] != "/orders/*" {
		w.t.Errorf("the history: %+v", jobs)
	}
	calls, err := w.store.Calls(ctx, job, "invalidation", 1000, 0)
	must(w.t, err)
	created := 0
	for _, c := range calls {
		if c.Operation == "CreateInvalidation" && c.Write && c.RequestID != "" && c.Status == 201 {
			created++
		}
	}
	if created != 1 {
		w.t.Errorf("the ledger has %d invalidations among %d calls, want 1", created, len(calls))
	}
	attempts, err := w.store.Attempts(ctx, job)
	must(w.t, err)
	for _, a := range attempts {
		if a.State != setup.StepDone || a.FinishedAt.IsZero() || a.Number != 1 {
			w.t.Errorf("attempt %+v", a)
		}
	}
	if len(attempts) != 2 {
		w.t.Errorf("%d attempts, want one of each step", len(attempts))
	}
}

func listOf(s setup.Setup) store.JobFilter { return store.JobFilter{SetupID: s.ID} }
