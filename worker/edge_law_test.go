package worker_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

// An edgeStart is an edge-optimised custom domain as somebody has made it.
type edgeStart struct {
	variant

	policy agtypes.SecurityPolicy
	both   bool // a Regional endpoint stands beside the edge one
}

func (v edgeStart) String() string {
	words := v.variant.String() + ", " + string(v.policy)
	if v.both {
		words += ", with a Regional endpoint"
	}
	return words
}

func edgeStarts() []edgeStart {
	from := func(s *setup.Spec) { s.Domain.FromEdge = true }
	cached := func(s *setup.Spec) { s.Domain.FromEdge, s.Edge.Caching = true, setup.CachingAPI }
	return []edgeStart{
		{variant{rest: true, change: from}, agtypes.SecurityPolicyTls12, false},
		{variant{rest: true, elsewhere: true, change: from}, agtypes.SecurityPolicyTls10, false},
		{variant{rest: true, oneRegion: true, change: from}, agtypes.SecurityPolicyTls10, true},
		{variant{rest: true, reused: true, change: cached}, agtypes.SecurityPolicyTls12, true},
	}
}

// edge makes the custom domain, a mapping of it and the record that leads callers to it,
// and a draft of a setup that is to have them.
func (w *world) edge(v edgeStart, ttl int) setup.Setup {
	w.t.Helper()
	s := w.draft(v.variant)
	ctx, region := w.t.Context(), s.Spec.Account.Region
	certificate := func(region string) *string {
		return aws.String(w.sim.AddCertificate(w.demo.AccountID, region, sim.Certificate{Names: []string{theName}}))
	}
	gateway := w.outside(region).APIGateway()
	d, err := gateway.CreateDomainName(ctx, &apigateway.CreateDomainNameInput{
		DomainName: aws.String(theName), SecurityPolicy: v.policy, CertificateArn: certificate(setup.EdgeRegion),
		EndpointConfiguration: &agtypes.EndpointConfiguration{Types: []agtypes.EndpointType{agtypes.EndpointTypeEdge}},
	})
	must(w.t, err)
	m := s.Spec.API.Mappings[0]
	_, err = gateway.CreateBasePathMapping(ctx, &apigateway.CreateBasePathMappingInput{
		DomainName: aws.String(theName), BasePath: &m.Path, RestApiId: &m.APIID, Stage: &m.Stage,
	})
	must(w.t, err)
	if v.both {
		time.Sleep(time.Hour)
		_, err := gateway.UpdateDomainName(ctx, &apigateway.UpdateDomainNameInput{DomainName: aws.String(theName), PatchOperations: []agtypes.PatchOperation{
			{Op: agtypes.OpAdd, Path: aws.String("/endpointConfiguration/types"), Value: aws.String("REGIONAL")},
			{Op: agtypes.OpAdd, Path: aws.String("/regionalCertificateArn"), Value: certificate(region)},
		}})
		must(w.t, err)
	}
	w.sim.AddRecord(w.demo.Zones[theZone], theName, "CNAME", ttl, aws.ToString(d.DistributionDomainName)+".")
	time.Sleep(time.Hour)
	w.seen = w.things()
	return s
}

// An edge-optimised custom domain that was moved leaves the account as a plain setup
// does, and the same job again writes nothing.
func TestEdgeEndsAsAFreshSetup(t *testing.T) {
	for i, v := range edgeStarts() {
		if underRace && i > 0 { // all of them without it
			break
		}
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			var moved, plain any
			h := history{}
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.edge(v, 300)
				w.done(w.begin(setup.JobApply, s))
				moved, h.specs = w.state(), []setup.Spec{s.Spec}
				w.idle(s, "the move again")
			})
			inPacedWorld(t, quickPace(), func(w *world) {
				made := v.variant
				made.change = func(s *setup.Spec) { v.change(s); s.Domain.FromEdge = false }
				s := w.draft(made)
				w.done(w.begin(setup.JobApply, s))
				plain = w.state()
				h.specs = append(h.specs, s.Spec)
			})
			for line := range strings.Lines(canonical(plain, h).differ(canonical(moved, h))) {
				// What stays of what was there: the certificates that somebody else had, and when
				// the endpoint was made and went.
				somebodys := strings.HasPrefix(line, "+ ") && strings.Contains(line, ", <nil> of <nil>")
				if !somebodys && !strings.Contains(line, "/EdgeSince = ") && !strings.Contains(line, "/EdgeHeldTill = ") {
					t.Errorf("not as a plain setup: %s", line)
				}
			}
		})
	}
}

// A caller asks 20 times a second, through a resolver that remembers what DNS said: no
// request fails while an edge-optimised custom domain is moved.
func TestNoRequestFailsFromEdge(t *testing.T) {
	t.Parallel()
	pace := quickPace()
	pace.AliasRelease = 3 * time.Minute
	for i, v := range edgeStarts() {
		if sampleEvery(t) > 1 && (i > 1 || underRace && i > 0) {
			break
		}
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, pace, func(w *world) {
				s := w.edge(v, 300)
				p, leave := w.poll("/orders")
				defer leave()
				began := time.Now()
				w.done(w.begin(setup.JobApply, s))
				time.Sleep(2 * time.Minute)
				leave()
				_, here, wrong := p.counts()
				t.Logf("%s, %d requests, %d failed, at %v", time.Since(began), here, wrong, p.addresses)
				if wrong > 0 || here < 1000 || len(p.addresses) < 3 || p.addresses[0] == p.addresses[1] {
					t.Errorf("%d requests, %d failed, at %v", here, wrong, p.addresses)
				}
			})
		})
	}
}

// The process ends at any call of the move, and starts again: the same end.
func TestEdgeStopAnywhere(t *testing.T) {
	var runs atomic.Int64
	t.Cleanup(func() { t.Logf("%d stops", runs.Load()) })
	for i, v := range edgeStarts() {
		if underRace && i%3 > 0 { // all of them without it
			continue
		}
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			var calls int
			var want ending
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.edge(v, 60)
				before := w.wire.count()
				w.done(w.begin(setup.JobApply, s))
				calls, want = w.wire.count()-before, w.ending(s)
			})
			for n, p := range points(t, calls, i) {
				if sampleEvery(t) > 1 && n%3 != 0 {
					continue // the calls of every job are tried elsewhere
				}
				runs.Add(1)
				inPacedWorld(t, quickPace(), func(w *world) {
					s := w.edge(v, 60)
					w.wire.endAt(stop{w.wire.count() + p.call, p.how})
					w.checkStopped(p.String(), w.begin(setup.JobApply, s), s, want)
					w.checkRegional(s)
					if w.died != 1 {
						w.t.Errorf("%s: the process died %d times", p, w.died)
					}
				})
			}
			t.Logf("%d calls", calls)
		})
	}
}

// Any call of the move goes wrong: its step tries again, or ends with a problem and is
// re-run, and the end is the same.
func TestEdgeFailAnywhere(t *testing.T) {
	var runs atomic.Int64
	t.Cleanup(func() { t.Logf("%d troubles", runs.Load()) })
	for i, v := range edgeStarts() {
		if underRace && i%3 > 0 { // all of them without it
			continue
		}
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			var calls []sim.Call
			var want ending
			before := 0
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.edge(v, 60)
				before = len(w.sim.Calls())
				w.done(w.begin(setup.JobApply, s))
				calls, want = w.sim.Calls(), w.ending(s)
			})
			every := sampleEvery(t)
			if every > 1 {
				every *= 7 // the calls of every job are tried elsewhere
			}
			for k := before; k < len(calls); k++ {
				for n, tr := range troubles {
					if (k*len(troubles)+n)%every != i%every || tr.fault == nil {
						continue
					}
					runs.Add(1)
					inPacedWorld(t, quickPace(), func(w *world) {
						s := w.edge(v, 60)
						w.sim.Order(orderAt(tr, calls[k], alike(calls[before:k], calls[k])))
						w.troubled(s, calls[k], tr, want)
					})
				}
			}
			t.Logf("%d calls", len(calls)-before)
		})
	}
}

// orderAt is the fault of a trouble, at a call with so many of its kind before it.
func orderAt(tr trouble, call sim.Call, earlier int) sim.Fault {
	f := *tr.fault
	f.Service, f.Operation, f.Region, f.Skip = call.Service, call.Operation, call.Region, earlier
	if tr.lasts {
		f.Times = 1 << 30
	}
	return f
}

// troubled is one job of a move in which a call goes wrong.
func (w *world) troubled(s setup.Setup, call sim.Call, tr trouble, want ending) {
	w.t.Helper()
	at := tr.name + " at " + call.Service + ":" + call.Operation
	job := w.begin(setup.JobApply, s)
	if tr.lasts { // a step that waits for a person does not end by it, and goes on by itself when it is over
		over := time.AfterFunc(dayOff/2, func() {
			j, err := w.store.Job(context.Background(), job)
			if err != nil || j.State.Active() && j.State != setup.JobNeedsYou {
				w.t.Errorf("%s: after half a day the job is %s (%v)", at, j.State, err)
			}
			w.sim.Withdraw("")
		})
		defer over.Stop()
	}
	j := w.end(job)
	if j.State == setup.JobFailed && !tr.passes {
		w.checkFailed(at, job)
		w.mend(at, job, tr)
		j = w.end(job)
	}
	w.sim.Withdraw("") // of a call that the job lived without
	if j.State != setup.JobSucceeded {
		w.t.Errorf("%s: the job is %s:\n%s", at, j.State, w.story(job))
		return
	}
	if diff := cmp.Diff(want, w.ending(s)); diff != "" {
		w.t.Errorf("%s: not the same end (want -, got +):\n%s", at, diff)
	}
	if lost := w.orphans(s.ID); len(lost) > 0 {
		w.t.Errorf("%s: exist and are not known: %v", at, lost)
	}
	w.checkRegional(s)
}

// checkRegional: no edge endpoint is left.
func (w *world) checkRegional(s setup.Setup) {
	w.t.Helper()
	d, err := w.outside(s.Spec.Account.Region).APIGateway().GetDomainName(w.t.Context(), &apigateway.GetDomainNameInput{DomainName: aws.String(theName)})
	must(w.t, err)
	if !slices.Equal(d.EndpointConfiguration.Types, []agtypes.EndpointType{agtypes.EndpointTypeRegional}) {
		w.t.Errorf("the custom domain is %v", d.EndpointConfiguration.Types)
	}
	if !strings.HasPrefix(string(d.SecurityPolicy), "TLS_1_2") {
		w.t.Errorf("its policy is %s", d.SecurityPolicy)
	}
}

// The policies of a setup that moves an edge-optimised custom domain are enough for it,
// the looks before it find the domain and nothing red, and at a teardown the custom domain
// stays as a Regional one: callers are served by it.
func TestEdgeWithItsPolicy(t *testing.T) {
	t.Parallel()
	for i, v := range edgeStarts() {
		if underRace && i%3 > 0 { // all of them without it
			continue
		}
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.edge(v, 60)
				must(t, w.sim.SetPolicy(w.demo.KeyID, append(policyOf(t, s), maySimulate)...))
				facts, problem := asked[setup.NameFacts](w, setup.LookKey{Kind: setup.LookName, Connection: setup.DefaultConnection, Subject: theName})
				if problem != nil || facts.Edge == nil || facts.Edge.Region != s.Spec.Account.Region || facts.HolderID != "" {
					t.Errorf("the name is seen as %+v, %v", facts, problem)
				}
				checks, problem := asked[[]setup.Check](w, setup.LookKey{Kind: setup.LookPreflight, Subject: s.ID})
				if c := find(checks, "The edge-optimised custom domain is moved by this job"); problem != nil || c.Result != setup.CheckGood {
					t.Errorf("%+v, %v", checks, problem)
				}
				if i := slices.IndexFunc(checks, func(c setup.Check) bool { return c.Result == setup.CheckBad }); i >= 0 {
					t.Errorf("%+v", checks[i])
				}
				w.done(w.begin(setup.JobApply, s))
				w.checkRegional(s)
				must(t, w.sim.SetPolicy(w.demo.KeyID, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
				if i > 1 {
					return
				}
				m := s.Spec.API.Mappings[0]
				w.done(w.takeDown(s, setup.GoneBack))
				w.checkRegional(s)
				if got := w.mappedTo(m.Path); got != m.APIID+"/"+m.Stage {
					t.Errorf("%s leads to %q", m.DisplayPath(), got)
				}
				if v.elsewhere {
					return // the person of these worlds only takes records away
				}
				time.Sleep(time.Hour)
				if a := w.visit(m.DisplayPath()); a.status != http.StatusOK {
					t.Errorf("a caller gets %d", a.status)
				}
			})
		})
	}
}
