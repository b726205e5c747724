package steps

import (
	"context"
	"slices"
	"time"

	"github.com/miekg/dns"

	"apifront/probe"
	"apifront/setup"
)

// hostedZone is the Route 53 zone that has the setup's records; "" where a
// person keeps them elsewhere.
func hostedZone(e *Env) string {
	if !atRoute53(e.Setup.Spec) {
		return ""
	}
	return unrooted(e.Setup.Spec.Domain.ZoneName)
}

// recordCause is why those who ask DNS do not find a CNAME record; nil: they do.
// The look at every server is made only if the first one does not have it, and is
// one line of the ledger.
func recordCause(ctx context.Context, e *Env, name, value string) *setup.Cause {
	a, err := e.Prober.Authoritative(ctx, name, dns.TypeCNAME)
	if err == nil && slices.Contains(a.Records, unrooted(value)) {
		return nil
	}
	return recordCauseEverywhere(ctx, e, name, value)
}

// recordCauseEverywhere is recordCause for a record that was just seen to be
// missing.
func recordCauseEverywhere(ctx context.Context, e *Env, name, value string) *setup.Cause {
	var look probe.RecordLook
	e.aside(ctx, "CNAME "+unrooted(name)+", everywhere", func(p *probe.Prober) string {
		walk, err := p.Walk(ctx, name)
		if err != nil {
			look = probe.RecordLook{Name: unrooted(name), Value: unrooted(value), Slip: probe.SlipUnread}
			return err.Error()
		}
		look = p.CNAME(ctx, walk, name, value)
		return recordWords(look)
	})
	return look.Cause(hostedZone(e))
}

func recordWords(l probe.RecordLook) string {
	text := "the zone is " + l.Zone
	if len(l.With) > 0 {
		text += "; there at " + setup.And(l.With)
	}
	if len(l.Without) > 0 {
		text += "; not at " + setup.And(l.Without)
	}
	if l.Slip != probe.NoSlip {
		text += " (" + string(l.Slip) + ")"
	}
	return text
}

// trafficCause is why the name does not lead to the distribution everywhere;
// nil: it does.
func trafficCause(ctx context.Context, e *Env, name, target string) *setup.Cause {
	traffic := probe.Traffic{Name: name, Target: target}
	e.aside(ctx, "A and AAAA "+name+", everywhere", func(p *probe.Prober) string {
		walk, err := p.Walk(ctx, name)
		if err != nil {
			return err.Error()
		}
		traffic = p.Traffic(ctx, walk, name, target)
		text := setup.Count(len(traffic.Right), "server") + " lead to the distribution"
		for _, other := range []struct {
			what    string
			servers []string
		}{{"elsewhere", traffic.Other}, {"still elsewhere", traffic.Old}, {"nowhere", traffic.None}} {
			if len(other.servers) > 0 {
				text += "; " + other.what + ": " + setup.And(other.servers)
			}
		}
		return text
	})
	return traffic.Cause(hostedZone(e))
}

// aside makes a look of many questions, and records it as one.
func (e *Env) aside(ctx context.Context, what string, look func(*probe.Prober) string) {
	call := setup.Call{Service: "dns", Operation: what, StartedAt: time.Now()}
	call.Message = look(e.Prober.Aside())
	call.Took = time.Since(call.StartedAt)
	e.Prober.Tell(ctx, call)
}
