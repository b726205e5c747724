package steps

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"

	"apifront/probe"
	"apifront/setup"
)

// edgeWaitStep waits until nobody asks the edge endpoint any more.
func edgeWaitStep() Step {
	return Step{
		ID:       "edge-wait",
		Thing:    "callers of the edge endpoint",
		Title:    "Wait until the old record is forgotten",
		Why:      "Resolvers keep the old record for as long as its TTL says. Whoever has it asks the edge endpoint, so that stays until then.",
		Service:  "DNS",
		Tutorial: 6,
		Needs:    []setup.StepID{"edge-dns"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Asked:    true,
		Parts:    []setup.Part{setup.PartName},
		Page:     setup.PageDomain,
		Wait:     Wait{Every: 10 * time.Second, Settle: 10 * time.Second, Limit: setup.LongestTTL + 24*time.Hour, Usual: 5 * time.Minute},
		Brief: func(setup.Spec) (string, bool) {
			return "As long as the TTL of the old record, asked for at every name server", false
		},
		Actions: []string{"apigateway:GET"},
		Applies: fromEdge,
		Grants:  edgeReads,
		Pass:    LongestPass,
		Observe: observeEdgeWait,
	}
}

func observeEdgeWait(ctx context.Context, e *Env) (Observation, error) {
	d, o, left, err := edgeLeft(ctx, e)
	if err != nil || left {
		return o, err
	}
	if e.DryRun {
		return absent("Until nobody remembers the old record"), nil
	}
	return edgeUnused(ctx, e, d)
}

// edgeUnused says whether nobody is led to the edge endpoint any more: the old record's
// TTL is over, every name server and resolver leads to the Regional endpoint, and what
// answers by the name is not CloudFront.
func edgeUnused(ctx context.Context, e *Env, d *apigateway.GetDomainNameOutput) (Observation, error) {
	led, ttl, known := e.led()
	if !known {
		return notLedYet(e, "Nothing is stored of when callers were led to the Regional endpoint."), nil
	}
	keep := setup.OldFor(ttl)
	if wait := led.Add(keep + time.Second).Sub(e.Now()); wait > 0 {
		o := pending("Old answers may live for " + setup.Span(keep) + " from when the record was changed")
		if ttl == unknownTTL {
			o.Summary = "Nobody knows the TTL of the old record, so it is taken to be " + setup.Span(keep)
		}
		o.After = wait
		return o, nil
	}
	target := unrooted(aws.ToString(d.RegionalDomainName))
	elsewhere, heard := regionalEverywhere(ctx, e, target)
	switch {
	case !heard:
		return notLedYet(e, "DNS could not be asked just now."), nil
	case len(elsewhere) > 0:
		return notLedYet(e, setup.And(elsewhere)+" still lead elsewhere."), nil
	}
	ask, err := edgeTarget(ctx, e, "")
	if err != nil || len(ask.Paths) == 0 {
		return ready("Every name server leads to the Regional endpoint"), err
	}
	ask.Rungs, ask.Paths = []setup.Rung{setup.RungName, setup.RungRegional}, ask.Paths[:1]
	seen := e.Prober.Climb(ctx, ask)
	if err := ctx.Err(); err != nil {
		return Observation{}, err
	}
	// An API may put CloudFront's headers on by itself; then they say nothing.
	through := func(rung setup.Rung) bool {
		return slices.ContainsFunc(seen, func(s setup.Evidence) bool { return s.Rung == rung && probe.ThroughEdge(&s) })
	}
	path := setup.Mapping{Path: ask.Paths[0].Mapping}.DisplayPath()
	switch {
	case statusAt(seen, setup.RungName, path) == 0:
		return notLedYet(e, "The name got no answer for "+path+"."), nil
	case through(setup.RungName) && !through(setup.RungRegional):
		return notLedYet(e, "CloudFront still answers by the name."), nil
	}
	return ready("Every name server leads to the Regional endpoint, and CloudFront answers nobody by the name"), nil
}

// led is when callers were led to the Regional endpoint, and the TTL of what had led them
// before; false: nothing is stored of it.
func (e *Env) led() (at time.Time, ttl int, known bool) {
	row := e.Resources[setup.KeyDomain].Attributes
	at, wrong := time.Parse(time.RFC3339, row[attrLed])
	ttl, err := strconv.Atoi(row[attrLedFor])
	return at, ttl, wrong == nil && err == nil
}

// notLedYet waits with what would break callers.
func notLedYet(e *Env, why string) Observation {
	o := pending("The edge endpoint stays for now. " + why)
	o.Problem = from("edge-dns", "Lead callers again", problem(
		"Callers may still be led to the edge endpoint.",
		why+" Without the edge endpoint they would get no answer.",
		"Look at the records of "+e.name()+" and lead them to "+domainTarget(e)+", then re-run the step Lead callers to the Regional endpoint.",
	))
	return o
}

// regionalEverywhere looks which servers lead the name elsewhere than to the Regional
// endpoint. It is one line of the ledger.
func regionalEverywhere(ctx context.Context, e *Env, target string) (elsewhere []string, heard bool) {
	host := probeHost(e.name())
	e.aside(ctx, "A and AAAA "+host+", everywhere", func(p *probe.Prober) string {
		walk, err := p.Walk(ctx, host)
		if err != nil {
			return err.Error()
		}
		t := p.Traffic(ctx, walk, host, target)
		elsewhere = slices.Concat(t.Other, t.Old, t.None)
		heard = len(t.Right)+len(elsewhere) > 0
		text := setup.Count(len(t.Right), "server") + " lead to the Regional endpoint"
		if len(elsewhere) > 0 {
			text += "; not yet: " + setup.And(elsewhere)
		}
		return text
	})
	return elsewhere, heard
}
