package steps

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"apifront/setup"
)

func liveStep() Step {
	return Step{
		ID:       "live",
		Thing:    "answers from outside",
		Title:    "Verify from outside",
		Why:      "Looks the name up in public DNS and sends requests to it, as a visitor would.",
		Service:  "HTTPS",
		Tutorial: 6,
		Needs:    []setup.StepID{"dns"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Parts:    []setup.Part{setup.PartName},
		Mark:     setup.MarkLive,
		// Resolvers keep the old record for as long as its TTL.
		Wait:  Wait{Every: 5 * time.Second, Settle: 5 * time.Second, Limit: time.Hour, Usual: 30 * time.Second},
		Brief: func(setup.Spec) (string, bool) { return "TLS, paths and Host header", false },
		Applies: func(s setup.Spec) (bool, string) {
			if s.Domain.Switch == setup.SwitchLater {
				return false, "You move the traffic yourself later, so there is nothing to verify yet."
			}
			return true, ""
		},
		Actions: append(slices.Clone(trialActions), "route53:GetHostedZone"),
		Grants:  func(s Scope) []Grant { return append(trialGrants(s), s.zoneGrants()...) },
		Pass:    LongestPass,
		Observe: observeLive,
	}
}

func observeLive(ctx context.Context, e *Env) (Observation, error) {
	target := e.Resources.Attr(setup.KeyDistribution, setup.AttrDomainName)
	n := len(e.Setup.Spec.API.Mappings)
	if target == "" || e.DryRun {
		return absent("TLS, " + setup.Count(n, "request") + " and public DNS"), nil
	}
	var t trial
	var err error
	var cause *setup.Cause
	var besides []setup.Cause
	var both sync.WaitGroup
	both.Go(func() { t, err = try(ctx, e, setup.RungName) })
	both.Go(func() { cause, besides = trafficCause(ctx, e, probeHost(e.name()), target) })
	if both.Wait(); err != nil {
		return Observation{}, err
	}
	if t.gone() { // then no record can lead to it
		cause = nil
	}
	switch {
	case t.Proved() && (cause == nil || cause.Passing):
		o := ready(t.words() + ", through CloudFront")
		o.Causes, o.Unasked = t.Causes, pathsOf(t.left)
		if cause != nil {
			o.Summary += ". " + cause.Problem.Why
			o.Causes = append(o.Causes, *cause)
		}
		for _, c := range besides {
			o.Summary += ". " + strings.TrimSuffix(c.Problem.Why, ".")
		}
		o.Causes = append(o.Causes, besides...)
		return o, nil
	case cause == nil, t.through() && !t.Proved():
		return t.pending(e), nil
	}
	o := pending("Public DNS does not lead to the distribution everywhere: " + cause.Setting.Words())
	o.Unasked = pathsOf(t.left)
	before := slices.DeleteFunc(t.beforeName(), func(c setup.Cause) bool { return c.Setting == cause.Setting })
	o.Causes = append([]setup.Cause{*cause}, before...)
	o.Problem, o.Sure = causesProblem(o.Causes, e.Setup.Spec), !cause.Passing
	if cause.Passing {
		o.Summary = cause.Problem.Why
	}
	return o, nil
}

// sameAddresses says whether the target has one of the addresses.
func sameAddresses(ctx context.Context, e *Env, addresses []string, target string) bool {
	if len(addresses) == 0 {
		return false
	}
	a, err := e.Prober.Lookup(ctx, target, dns.TypeA)
	return err == nil && slices.ContainsFunc(a.Records, func(v string) bool { return slices.Contains(addresses, v) })
}
