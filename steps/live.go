package steps

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/miekg/dns"

	"apifront/setup"
)

func liveStep() Step {
	return Step{
		ID:       "live",
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
		Actions: trialActions,
		Grants:  trialGrants,
		Pass:    trialTime,
		Observe: observeLive,
	}
}

func observeLive(ctx context.Context, e *Env) (Observation, error) {
	target := e.Resources.Attr(setup.KeyDistribution, setup.AttrDomainName)
	n := len(e.Setup.Spec.API.Mappings)
	if target == "" || e.DryRun {
		return absent("TLS, " + setup.Count(n, "request") + " and public DNS"), nil
	}
	host := probeHost(e.name())
	a, err := e.Prober.Lookup(ctx, host, dns.TypeA)
	if err != nil {
		return Observation{}, fmt.Errorf("look up %s: %w", host, err)
	}
	if !a.Exists() && len(a.CNAMEs) == 0 {
		o := pending("Public DNS does not know " + e.name() + " yet")
		o.Problem = problem(
			"Public DNS does not know the name.",
			"The record of "+e.name()+" is written, but public resolvers do not find it. Often the hosted zone is not the one that the domain's registrar names; resolvers also remember for some minutes that a name did not exist.",
			"Compare the name servers of the zone with those at the registrar, then re-run this step.",
		)
		return o, nil
	}
	t, err := try(ctx, e, setup.RungName)
	if err != nil {
		return Observation{}, err
	}
	agrees := slices.Contains(a.CNAMEs, target) || sameAddresses(ctx, e, a.Records, target)
	switch {
	case t.Proved():
		return ready(t.words() + ", through CloudFront"), nil
	case !agrees && !t.through():
		o := pending("Public DNS still leads to the old server. Resolvers keep a record for its TTL")
		o.Problem = problem(
			"Public DNS still leads elsewhere.",
			"The record of "+e.name()+" is changed, but public resolvers answer "+setup.And(append(slices.Clone(a.CNAMEs), a.Records...))+", which does not belong to the distribution.",
			"Wait until the old record's TTL is over, or look for a second record of the name at your DNS provider, then re-run this step.",
		)
		return o, nil
	default:
		return t.pending(e), nil
	}
}

// sameAddresses says whether the target has one of the addresses.
func sameAddresses(ctx context.Context, e *Env, addresses []string, target string) bool {
	if len(addresses) == 0 {
		return false
	}
	a, err := e.Prober.Lookup(ctx, target, dns.TypeA)
	return err == nil && slices.ContainsFunc(a.Records, func(v string) bool { return slices.Contains(addresses, v) })
}
