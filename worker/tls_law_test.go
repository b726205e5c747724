package worker_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/setup"
)

// thePolicy is the TLS policy that these tests ask for.
const thePolicy = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"

// strictSetup is a setup that asks for a TLS policy and the access mode STRICT.
func strictSetup() variant {
	return variant{rest: true, change: func(s *setup.Spec) { s.Domain.SecurityPolicy, s.Domain.AccessMode = thePolicy, setup.AccessStrict }}
}

// theDomain is the custom domain of the setup.
func (w *world) theDomain() *apigateway.GetDomainNameOutput {
	w.t.Helper()
	d, err := w.outside("eu-west-1").APIGateway().GetDomainName(w.t.Context(), &apigateway.GetDomainNameInput{DomainName: aws.String(theName)})
	must(w.t, err)
	return d
}

// patchDomain changes the custom domain as somebody in the console does.
func (w *world) patchDomain(pairs ...string) {
	w.t.Helper()
	in := &apigateway.UpdateDomainNameInput{DomainName: aws.String(theName)}
	for i := 0; i < len(pairs); i += 2 {
		in.PatchOperations = append(in.PatchOperations, agtypes.PatchOperation{Op: agtypes.OpReplace, Path: &pairs[i], Value: &pairs[i+1]})
	}
	_, err := w.outside("eu-west-1").APIGateway().UpdateDomainName(w.t.Context(), in)
	must(w.t, err)
	time.Sleep(time.Hour)
}

// checkPolicy checks TLS policy and access mode of the custom domain.
func (w *world) checkPolicy(policy, mode string) {
	w.t.Helper()
	if d := w.theDomain(); string(d.SecurityPolicy) != policy || string(d.EndpointAccessMode) != mode {
		w.t.Errorf("the custom domain has %s and %q, want %s and %q", d.SecurityPolicy, d.EndpointAccessMode, policy, mode)
	}
}

// The access mode is BASIC until all paths have answered from outside, and the job ends
// only when they have answered again, after the time within which STRICT is enforced.
func TestStrictComesLast(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.draft(strictSetup())
		job := w.begin(setup.JobApply, s)
		w.done(job)
		w.checkPolicy(thePolicy, setup.AccessStrict)
		list, err := w.store.Steps(w.t.Context(), job)
		must(w.t, err)
		at := func(id setup.StepID) setup.Step {
			i := slices.IndexFunc(list, func(x setup.Step) bool { return x.ID == id })
			if i < 0 {
				w.t.Fatalf("no step %s", id)
			}
			return list[i]
		}
		live, strict := at("live"), at("strict")
		if strict.StartedAt.Before(live.FinishedAt) || strict.FinishedAt.Sub(strict.StartedAt) < 15*time.Minute {
			w.t.Errorf("live ended at %s, strict began at %s and ended at %s", live.FinishedAt, strict.StartedAt, strict.FinishedAt)
		}
		if got, err := w.ask("/orders", nil); err != nil || got.status != 200 {
			w.t.Errorf("/orders answers %d, %v", got.status, err)
		}
		w.idle(s, "strict again")
	})
}

// A setup that asks for no TLS policy has no step for it, and leaves alone what somebody
// has made stricter. One that asks for BASIC leaves STRICT of somebody else alone, since
// taking it away is an outage.
func TestStricterOfOthersStays(t *testing.T) {
	t.Parallel()
	for _, asked := range []string{"", thePolicy} {
		t.Run(asked, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.draft(variant{rest: true, change: func(s *setup.Spec) { s.Domain.SecurityPolicy = asked }})
				job := w.begin(setup.JobApply, s)
				w.done(job)
				if strings.Contains(w.story(job), "strict:") {
					w.t.Errorf("the job has a step for STRICT:\n%s", w.story(job))
				}
				w.patchDomain("/securityPolicy", thePolicy, "/endpointAccessMode", "STRICT")
				w.idle(s, "after somebody made it stricter")
				w.checkPolicy(thePolicy, setup.AccessStrict)
			})
		})
	}
}

// From a stricter policy a setup goes to TLS_1_2 and an HTTP API in one change, and the
// access mode is unset with the policy.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html (documented)
func TestFromAPolicyToAnHTTPAPI(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		w.furnish()
		s := w.draft(w.wanted(variant{rest: true}, asks(thePolicy, "")))
		w.done(w.begin(setup.JobApply, s))
		w.checkPolicy(thePolicy, "BASIC")
		b := copied(w.t, s.Spec)
		b.Domain.SecurityPolicy = ""
		w.toMap(&b, 0, "orders", setup.APIKindHTTP, 2, "beta")
		leave := w.visitors(s.Spec, b)
		s, job := w.revise(s, b)
		w.done(job)
		leave()
		w.checkPolicy("TLS_1_2", "")
		w.checkAnswers(s.Spec, b)
		w.idle(s, "TLS_1_2 again")
	})
}

// A job dies anywhere while it makes the custom domain strict, and the next revision asks
// for TLS_1_2: what the job has set is taken back, whatever it knew of it.
func TestStrictStopAnywhere(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	t.Cleanup(func() { t.Logf("%d stops", runs.Load()) })
	var calls int
	var want ending
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.draft(strictSetup())
		w.done(w.begin(setup.JobApply, s))
		calls, want = w.wire.count(), w.ending(s)
	})
	for n, p := range points(t, calls, 3) {
		if sampleEvery(t) > 1 && n%3 != 0 && p.call < calls-40 {
			continue // the calls of every job are tried elsewhere
		}
		runs.Add(1)
		inPacedWorld(t, quickPace(), func(w *world) {
			s := w.draft(strictSetup())
			w.wire.endAt(stop{w.wire.count() + p.call, p.how})
			w.checkStopped(p.String(), w.begin(setup.JobApply, s), s, want)
			w.checkPolicy(thePolicy, setup.AccessStrict)
			if n%5 != 0 {
				return
			}
			b := copied(w.t, s.Spec)
			b.Domain.SecurityPolicy, b.Domain.AccessMode = "", ""
			_, job := w.revise(s, b)
			w.done(job)
			w.checkPolicy("TLS_1_2", "")
		})
	}
}

// A check finds another policy and another access mode, says what they mean, and a job
// puts them back.
func TestOtherPolicyIsDrift(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.draft(strictSetup())
		w.done(w.begin(setup.JobApply, s))
		if _, found, state := w.check(s); len(found) > 0 || state != setup.StateServing {
			w.t.Errorf("before: %s, %+v", state, found)
		}
		w.patchDomain("/endpointAccessMode", "BASIC", "/securityPolicy", "SecurityPolicy_TLS13_1_2_2021_06")
		_, found, state := w.check(s)
		if len(found) != 1 || found[0].Key != "domain/securityPolicy" || found[0].Setting != setup.SettingDomainTLS ||
			!strings.Contains(found[0].Title, "other ciphers") || state != setup.StateDrifted {
			w.t.Errorf("another policy: %s, %+v", state, found)
		}
		w.done(w.begin(setup.JobApply, s))
		w.checkPolicy(thePolicy, setup.AccessStrict)
		w.patchDomain("/endpointAccessMode", "BASIC")
		_, found, _ = w.check(s)
		if len(found) != 1 || found[0].Key != "strict/endpointAccessMode" || found[0].Is != "BASIC" || found[0].Want != setup.AccessStrict {
			w.t.Errorf("another access mode: %+v", found)
		}
		w.done(w.begin(setup.JobApply, s))
		w.checkPolicy(thePolicy, setup.AccessStrict)
	})
}
