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

// hostedCause is the cause of what DNS says. Where a hosted zone has the records,
// Route 53 is asked whether DNS leads to that very zone, and only if something is
// wrong.
func hostedCause(ctx context.Context, e *Env, of func(probe.Hosted) *setup.Cause) *setup.Cause {
	h := probe.Hosted{Apex: hostedZone(e)}
	c := of(h)
	if c == nil || c.Passing || h.Apex == "" {
		return c
	}
	servers, err := e.DNSAccount.ZoneServers(ctx, e.Setup.Spec.Domain.ZoneID)
	if h.Servers, h.Gone = servers, code(err, "NoSuchHostedZone"); err != nil && !h.Gone {
		return c // what it may be besides stays said
	}
	return of(h)
}

// recordCause is why those who ask DNS do not find a CNAME record; nil: they do.
// The look at every server is made only if the first one does not have it, and is
// one line of the ledger.
func recordCause(ctx context.Context, e *Env, name, value string) (*setup.Cause, setup.Record) {
	a, err := e.Prober.Authoritative(ctx, name, dns.TypeCNAME)
	e.heard(a.Kept(err))
	if err == nil && slices.Contains(a.Records, unrooted(value)) {
		return nil, setup.Record{}
	}
	return recordCauseEverywhere(ctx, e, name, value)
}

// recordCauseEverywhere is recordCause for a record that was just seen to be
// missing. The record is as it should be, with the zone to which it belongs.
func recordCauseEverywhere(ctx context.Context, e *Env, name, value string) (*setup.Cause, setup.Record) {
	var look probe.RecordLook
	e.aside(ctx, "CNAME "+unrooted(name)+", everywhere", func(p *probe.Prober) string {
		walk, err := p.Walk(ctx, name)
		e.heard(walk.Kept()...)
		if err != nil {
			look = probe.RecordLook{Name: unrooted(name), Value: unrooted(value), Slip: probe.SlipUnread}
			return err.Error()
		}
		look = p.CNAME(ctx, walk, name, value)
		e.heard(probe.KeptViews(look.Views...)...)
		return recordWords(look)
	})
	return hostedCause(ctx, e, look.Cause), setup.Record{Type: "CNAME", Name: look.Name, Value: look.Value, TTL: 300, Apex: look.Zone, Servers: look.Servers}
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
// nil: it does. Besides is what is wrong in DNS all the same.
func trafficCause(ctx context.Context, e *Env, name, target string) (cause *setup.Cause, besides []setup.Cause) {
	traffic := trafficEverywhere(ctx, e, name, target)
	return hostedCause(ctx, e, traffic.Cause), traffic.Beside()
}

// Leads is where public DNS leads the setup's name.
type Leads struct {
	Here    bool         // some servers still lead to the distribution
	Nowhere *setup.Cause // why callers find no address at all; nil: they find one, or nobody knows
	Words   string
}

// WhereTo asks public DNS where the setup's name leads.
func WhereTo(ctx context.Context, e *Env) Leads {
	t := trafficEverywhere(ctx, e, probeHost(e.name()), trafficTarget(e))
	l := Leads{Here: len(t.Right) > 0, Words: "DNS does not answer"}
	switch {
	case t.Nowhere():
		l.Words = "DNS knows no address of it"
		l.Nowhere = &setup.Cause{Symptom: "traffic-none", Setting: setup.SettingTrafficRecord, Problem: problem(
			"Callers find no address of "+e.name()+".",
			"The record that leads them is gone, and DNS has no other.",
			"Put the record back.",
		)}
	case len(t.Leads) > 0:
		l.Words = "it leads to " + setup.And(t.Leads)
	case l.Here:
		l.Words = "it still leads to the distribution"
	}
	return l
}

// trafficEverywhere looks where the name leads, at every server. It is one line of
// the ledger.
func trafficEverywhere(ctx context.Context, e *Env, name, target string) probe.Traffic {
	traffic := probe.Traffic{Name: name, Target: target}
	e.aside(ctx, "A and AAAA "+name+", everywhere", func(p *probe.Prober) string {
		walk, err := p.Walk(ctx, name)
		e.heard(walk.Kept()...)
		if err != nil {
			return err.Error()
		}
		traffic = p.Traffic(ctx, walk, name, target)
		e.heard(probe.KeptViews(traffic.A...)...)
		e.heard(probe.KeptViews(traffic.AAAA...)...)
		e.Name.saw(traffic)
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
	e.seen.traffic = &traffic
	return traffic
}

// aside makes a look of many questions, and records it as one.
func (e *Env) aside(ctx context.Context, what string, look func(*probe.Prober) string) {
	call := setup.Call{Service: "dns", Operation: what, StartedAt: time.Now()}
	call.Message = look(e.Prober.Aside())
	call.Took = time.Since(call.StartedAt)
	e.Prober.Tell(ctx, call)
}
