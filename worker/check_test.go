package worker_test

import (
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/cloud/sim"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// check orders a check and waits for its end, and for that of one that follows it
// within minutes.
func (w *world) check(s setup.Setup) (setup.Checkup, []setup.Finding, setup.StateID) {
	w.t.Helper()
	ctx := w.t.Context()
	must(w.t, w.store.AskCheck(ctx, s.ID, "Grace"))
	return w.rested(s)
}

// rested waits until no check of the setup is open, and says how things stand.
func (w *world) rested(s setup.Setup) (setup.Checkup, []setup.Finding, setup.StateID) {
	w.t.Helper()
	ctx := w.t.Context()
	for range 100 {
		time.Sleep(10 * time.Second)
		list, err := w.store.Checks(ctx, s.ID, 10)
		must(w.t, err)
		if len(list) == 0 || list[0].Open() {
			continue
		}
		v, err := w.store.Setup(ctx, s.ID)
		must(w.t, err)
		now, err := w.store.Situation(ctx, v)
		must(w.t, err)
		return list[0], now.Findings, now.State.ID
	}
	w.t.Fatal("the check has not ended after 1000 s")
	return setup.Checkup{}, nil, ""
}

// keys are the keys of findings.
func keys(list []setup.Finding) []string {
	var all []string
	for _, f := range list {
		all = append(all, f.Key)
	}
	slices.Sort(all)
	return all
}

// putBack starts a job of the newest revision as it is, and waits for its end.
func (w *world) putBack(s setup.Setup) {
	w.t.Helper()
	n := store.NewJob{SetupID: s.ID, Kind: setup.JobApply, By: "Ada", Input: setup.JobInput{PutBack: true}}
	for _, r := range steps.Rows(n.Kind, s.Spec) {
		n.Steps = append(n.Steps, store.NewStep{ID: r.ID, Title: r.Title, Service: r.Service, Needs: r.Needs, Skip: r.Skip})
	}
	job, err := w.store.StartJob(w.t.Context(), n)
	must(w.t, err)
	w.done(job)
}

// Each breakage is named exactly, and put back by one job that changes nothing
// else; after it the check is healthy again. Checks write nothing. The doctor, asked of
// the name, finds the same to be fixed, and nothing once it is.
func TestABreakageIsNamedAndPutBack(t *testing.T) {
	for i, b := range breakages() {
		if underRace && i%4 > 0 { // all of them without it
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.settled()
				c, found, state := w.rested(s)
				if c.Result != setup.CheckHealthy || c.Reason != setup.CheckAfterJob || state != setup.StateServing {
					w.t.Fatalf("after the job: %s check, %s, %s: %v %+v", c.Reason, c.Result, state, keys(found), c)
				}
				h := history{[]setup.Spec{s.Spec}}
				whole := canonical(w.state(), h)
				b.do(w, s)
				before := len(w.sim.Writes())
				c, found, state = w.check(s)
				if n := len(w.sim.Writes()); n != before {
					w.t.Errorf("the check wrote %v", w.sim.Writes()[before:])
				}
				if !slices.EqualFunc(keys(found), b.finds, like) || state != b.state {
					w.t.Errorf("found %v, %s, want %v, %s\n%+v", keys(found), state, b.finds, b.state, c)
				}
				w.hops(s, c, b.hops)
				for _, f := range found {
					w.evident(s, f)
					w.t.Logf("%s: %s (%q, want %q) %+v", f.Key, f.Title, f.Is, f.Want, f.Effect)
					if !f.Repair {
						w.t.Errorf("%s: no job puts it back", f.Key)
					}
				}
				w.fixable(s, b.name, found)
				w.putBack(s)
				if c, found, state = w.rested(s); c.Result != setup.CheckHealthy || state != setup.StateServing {
					w.t.Errorf("put back, and then %s, %s: %v\n%+v", c.Result, state, keys(found), c)
				}
				w.hops(s, c, "rrrr")
				w.fixed()
				if diff := whole.differ(canonical(w.state(), h)); diff != "" {
					w.t.Errorf("the account is not as it was:\n%s", diff)
				}
			})
		})
	}
}

// like says whether a key is as wanted; "*" at the end stands for any.
func like(is, want string) bool {
	prefix, any := strings.CutSuffix(want, "*")
	return is == want || any && strings.HasPrefix(is, prefix)
}

// mappingOf finds the mapping of a path.
func (w *world) mappingOf(s setup.Setup, path string) (c *apigatewayv2.Client, id string) {
	w.t.Helper()
	c = w.outside(s.Spec.Account.Region).APIGatewayV2()
	out, err := c.GetApiMappings(w.t.Context(), &apigatewayv2.GetApiMappingsInput{DomainName: aws.String(s.Name())})
	must(w.t, err)
	for _, m := range out.Items {
		if aws.ToString(m.ApiMappingKey) == path {
			return c, aws.ToString(m.ApiMappingId)
		}
	}
	w.t.Fatalf("%s is not mapped", path)
	return nil, ""
}

// changeRecords replaces the records whose name begins with the prefix by what the
// function makes of them; nil deletes one. Records of people's own stay.
func (w *world) changeRecords(s setup.Setup, become func(r53types.ResourceRecordSet) *r53types.ResourceRecordSet, prefix string) {
	w.t.Helper()
	c := w.outside(setup.EdgeRegion).Route53()
	out, err := c.ListResourceRecordSets(w.t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: &s.Spec.Domain.ZoneID})
	must(w.t, err)
	var changes []r53types.Change
	for _, set := range out.ResourceRecordSets {
		if name := aws.ToString(set.Name); !strings.HasPrefix(name, prefix) || !strings.Contains(name, s.Name()) {
			continue
		}
		n := become(set)
		if n != nil && reflect.DeepEqual(*n, set) {
			continue
		}
		changes = append(changes, r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: &set})
		if n != nil {
			changes = append(changes, r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: n})
		}
	}
	if len(changes) == 0 {
		w.t.Fatalf("no record begins with %s", prefix)
	}
	_, err = c.ChangeResourceRecordSets(w.t.Context(), &route53.ChangeResourceRecordSetsInput{HostedZoneId: &s.Spec.Domain.ZoneID, ChangeBatch: &r53types.ChangeBatch{Changes: changes}})
	must(w.t, err)
	time.Sleep(2 * time.Minute)
}

// The process ends at any call of a check, one that a person asked for or one by
// schedule: the next one makes the check again, with the same result, and nothing was
// written in AWS or of the setup's resources.
func TestACheckStopsAnywhere(t *testing.T) {
	var calls int
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled()
		w.rested(s)
		before := w.wire.count()
		w.check(s)
		calls = w.wire.count() - before
	})
	for i, p := range points(t, calls, 0) {
		inPacedWorld(t, quickPace(), func(w *world) {
			s := w.settled()
			w.rested(s)
			why := []setup.CheckReason{setup.CheckByPerson, setup.CheckBySchedule}[i%2]
			resources := func() []any {
				list, former, err := w.store.AllResources(w.t.Context(), s.ID)
				must(w.t, err)
				return []any{list, former}
			}
			h := history{[]setup.Spec{s.Spec}}
			was, whole := resources(), canonical(w.state(), h)
			w.wire.endAt(stop{w.wire.count() + p.call, p.how})
			if why == setup.CheckByPerson {
				must(w.t, w.store.AskCheck(w.t.Context(), s.ID, "Grace"))
			}
			select {
			case <-w.wire.end:
			case <-w.wire.asked:
			case <-time.After(4 * time.Hour):
				w.t.Errorf("%s: the process did not end", p)
			}
			w.stop()
			w.start()
			c, found, state := w.rested(s)
			if c.Result != setup.CheckHealthy || len(found) > 0 || state != setup.StateServing || c.Reason != why {
				w.t.Errorf("%s: %s, %v, %s: %+v", p, c.Result, keys(found), state, c)
			}
			if diff := cmp.Diff(was, resources()); diff != "" {
				w.t.Errorf("%s: the resources are others: %s", p, diff)
			}
			if diff := whole.differ(canonical(w.state(), h)); diff != "" {
				w.t.Errorf("%s: the account is another: %s", p, diff)
			}
		})
	}
	t.Logf("%d calls", calls)
}

// Where AWS refuses a look, what it would have shown is not known: findings stay
// as they are, and no check is healthy.
func TestACheckThatMayNotLook(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled()
		w.rested(s)
		w.changeDistribution(s, func(c *types.DistributionConfig) { c.HttpVersion = types.HttpVersionHttp11 })
		_, found, _ := w.check(s)
		if len(found) != 1 || found[0].Key != "distribution/HttpVersion" {
			w.t.Fatalf("found %v", keys(found))
		}
		refuse := func(service string) {
			w.wire.mu.Lock()
			defer w.wire.mu.Unlock()
			w.wire.edit = func(r *http.Response) {
				if strings.Contains(r.Request.Header.Get("Authorization"), "/"+service+"/") {
					r.StatusCode = http.StatusForbidden
					r.Body = io.NopCloser(strings.NewReader(`<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized</Message></Error><RequestId>r</RequestId></ErrorResponse>`))
					r.Header.Set("Content-Type", "text/xml")
				}
			}
		}
		refuse("cloudfront")
		for range 2 {
			c, found, state := w.check(s)
			if c.Result != setup.CheckCouldNot || len(found) != 1 || c.Problem == nil || c.Problem.Code != "AccessDenied" {
				w.t.Errorf("may not look, and says %s, %v, %s: %+v", c.Result, keys(found), state, c.Problem)
			}
		}
		if _, _, state := w.check(s); state != setup.StateNotChecked {
			w.t.Errorf("three checks could not look, and the state is %s", state)
		}
		// What is found elsewhere meanwhile says nothing of what could not be seen.
		w.changeRecords(s, func(set r53types.ResourceRecordSet) *r53types.ResourceRecordSet {
			if strings.HasPrefix(*set.Name, "_x.") {
				return &set
			}
			return nil
		}, "_")
		if c, found, _ := w.check(s); c.Result != setup.CheckFindings || !slices.Equal(keys(found), []string{"distribution/HttpVersion", "validation/missing"}) {
			w.t.Errorf("found %v, %s", keys(found), c.Result)
		}
		refuse("nothing")
		if c, found, state := w.check(s); c.Result != setup.CheckFindings || len(found) != 2 || state != setup.StateDrifted {
			w.t.Errorf("may look again: %s, %v, %s", c.Result, keys(found), state)
		}
	})
}

// A job that begins while a check looks ends the check, and the check finds
// nothing.
func TestAJobBeginsWhileACheckLooks(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled()
		w.rested(s)
		w.changeDistribution(s, func(c *types.DistributionConfig) { c.HttpVersion = types.HttpVersionHttp11 })
		looking := make(chan struct{})
		var once sync.Once
		w.wire.mu.Lock()
		w.wire.hang = func(r *http.Request) bool {
			if !strings.Contains(r.Header.Get("Authorization"), "/route53/") {
				return false
			}
			is := false
			once.Do(func() { is = true; close(looking) })
			return is
		}
		w.wire.mu.Unlock()
		must(w.t, w.store.AskCheck(w.t.Context(), s.ID, "Grace"))
		<-looking
		w.putBack(s)
		list, err := w.store.Checks(w.t.Context(), s.ID, 10)
		must(w.t, err)
		i := slices.IndexFunc(list, func(c setup.Checkup) bool { return c.Reason == setup.CheckByPerson })
		if i < 0 || list[i].Result != setup.CheckEnded {
			w.t.Errorf("the check beside the job: %+v", list)
		}
		if c, found, state := w.rested(s); c.Result != setup.CheckHealthy || len(found) > 0 || state != setup.StateServing {
			w.t.Errorf("after the job: %s, %v, %s", c.Result, keys(found), state)
		}
	})
}

// Traffic that is left for later, or was put back, is no drift.
func TestStatesOfWhereTrafficGoes(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		later := func(_ *world, s *setup.Spec) { s.Domain.Switch = setup.SwitchLater }
		w.sim.AddRecord(w.demo.Zones[theZone], "api.harborview.example", "A", 60, "203.0.113.40")
		s := w.settled(later)
		if c, found, state := w.rested(s); c.Result != setup.CheckHealthy || state != setup.StateReady || c.Sight.Here != setup.No || c.Sight.Answers != setup.Yes {
			w.t.Errorf("traffic moves later: %s, %v, %s, %+v", c.Result, keys(found), state, c.Sight)
		}
		s = w.changed(s, func(_ *world, s *setup.Spec) { s.Domain.Switch = setup.SwitchAtEnd })
		if c, found, state := w.rested(s); c.Result != setup.CheckHealthy || state != setup.StateServing || c.Sight != (setup.Sight{Here: setup.Yes, Answers: setup.Yes}) {
			w.t.Errorf("traffic moved: %s, %v, %s, %+v", c.Result, keys(found), state, c.Sight)
		}
		s.Spec.Domain.Switch = setup.SwitchLater
		w.done(w.begin(setup.JobRestore, s))
		if c, found, state := w.rested(s); c.Result != setup.CheckHealthy || state != setup.StateMovedBack {
			w.t.Errorf("put back: %s, %v, %s, %+v", c.Result, keys(found), state, c.Sight)
		}
	})
}

// With caching on, a check that somebody asks for tests what callers share, in
// keys of its own. The check after a job does not: the job has just done so.
func TestACheckTestsWhatIsShared(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled(cached(setup.CachingFixed))
		shared := func(c setup.Checkup) bool {
			return slices.ContainsFunc(c.Lines, func(l setup.CheckLine) bool { return l.StepID == "preview" })
		}
		w.rested(s)
		if c, _, _ := w.check(s); c.Result != setup.CheckHealthy || !shared(c) {
			w.t.Errorf("when asked: %s, %+v", c.Result, c.Lines)
		}
		w.changeDistribution(s, func(c *types.DistributionConfig) {
			c.DefaultCacheBehavior.CachePolicyId = aws.String("658327ea-f89d-4fab-a63d-7e88639e58f6") // CachingOptimized
		})
		c, found, state := w.check(s)
		if c.Result != setup.CheckFindings || state != setup.StateDrifted || len(found) == 0 || found[0].Key != "distribution/CachePolicyId" {
			w.t.Errorf("another cache policy: %s, %s, %v", c.Result, state, keys(found))
		}
		job := w.begin(setup.JobApply, s)
		must(w.t, w.store.CancelJob(w.t.Context(), job, "Ada"))
		if c, _, _ = w.rested(s); c.Reason != setup.CheckAfterJob || len(c.Lines) == 0 || shared(c) {
			w.t.Errorf("after a job: %s, %+v", c.Reason, c.Lines)
		}
	})
}

// What the name itself showed is not kept for ever where DNS leads elsewhere
// meanwhile: then the answers are those through CloudFront.
func TestAFindingOfTheNameClosesElsewhere(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled()
		w.rested(s)
		api := func(status int) {
			a := &sim.Answer{Status: status, Body: `{"message":"Internal server error"}`}
			_, err := w.sim.ChangeAPI(s.Spec.API.Mappings[0].APIID, sim.API{Kind: "REST", Methods: []sim.Method{{Key: "ANY /{proxy+}", Answer: a}, {Key: "ANY /", Answer: a}}})
			must(w.t, err)
		}
		api(500)
		if _, found, state := w.check(s); state != setup.StateNotAnswering || len(found) != 1 || found[0].StepID != "live" {
			w.t.Fatalf("the backend fails: %s, %v", state, keys(found))
		}
		api(200)
		w.changeRecords(s, func(set r53types.ResourceRecordSet) *r53types.ResourceRecordSet {
			if set.AliasTarget == nil {
				return &set
			}
			return nil
		}, s.Name())
		if _, found, _ := w.check(s); slices.ContainsFunc(found, func(f setup.Finding) bool { return f.StepID == "live" }) {
			w.t.Errorf("the backend answers, nobody asks by the name, and yet %v", keys(found))
		}
	})
}
