package steps

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/miekg/dns"

	"apifront/probe"
	"apifront/setup"
)

// A NameLook gathers what a check sees of the setup's name in DNS.
type NameLook struct {
	mu   sync.Mutex
	look *setup.DNSLook
}

// Look is what was seen; nil: nobody looked at every server.
func (n *NameLook) Look() *setup.DNSLook {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.look
}

func (n *NameLook) saw(t probe.Traffic) {
	if n == nil {
		return
	}
	l := &setup.DNSLook{Zone: t.Zone}
	for i := range t.A {
		v := setup.DNSView{Server: t.A[i].Server, Resolver: t.A[i].Resolver, Leads: setup.LeadsNowhere}
		heard := false
		for _, view := range []probe.View{t.A[i], t.AAAA[i]} {
			if view.Err != nil {
				continue
			}
			heard = true
			for _, value := range slices.Concat(view.Answer.CNAMEs, view.Answer.Records) {
				if !slices.Contains(v.Values, value) {
					v.Values = append(v.Values, value)
				}
			}
			if view.Answer.Exists() || len(view.Answer.CNAMEs) > 0 {
				v.TTL = max(v.TTL, int(view.Answer.TTL.Seconds()))
			}
		}
		switch {
		case !heard:
			v.Leads = setup.LeadsSilent
		case slices.Contains(t.Right, v.Server):
			v.Leads = setup.LeadsHere
		case slices.Contains(t.Other, v.Server), slices.Contains(t.Old, v.Server):
			v.Leads = setup.LeadsElsewhere
		}
		l.Views = append(l.Views, v)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.look = l
}

// LookAtName asks every server where the setup's name leads, for a setup whose
// traffic is moved by hand. What it finds is in Env.Name. It returns why the name
// does not lead to the distribution, if somebody has tried that; nil if not.
func LookAtName(ctx context.Context, e *Env) *setup.Cause {
	target := trafficTarget(e)
	if target == "" {
		return nil
	}
	t := trafficEverywhere(ctx, e, probeHost(e.name()), target)
	switch c := hostedCause(ctx, e, t.Cause); {
	case len(t.Right) > 0 && c != nil: // it was moved, and not everywhere
		return c
	case len(t.Right) > 0:
		return nil
	}
	return slipOfMove(ctx, e, t.Leads)
}

// slipOfMove is what went wrong when a person moved the traffic; nil where nobody has
// tried yet. leads are the addresses and names to which the name leads.
func slipOfMove(ctx context.Context, e *Env, leads []string) *setup.Cause {
	target := trafficTarget(e)
	if atRoute53(e.Setup.Spec) || target == "" {
		return nil
	}
	host := probeHost(e.name())
	zone, servers, err := e.Prober.Zone(ctx, host)
	if err != nil {
		return nil
	}
	slip := func(symptom, why, fix string) *setup.Cause {
		return &setup.Cause{Symptom: symptom, Setting: setup.SettingTrafficRecord, Problem: &setup.Problem{
			What: "The name does not lead to the distribution.", Why: why, Fix: fix, Code: symptom,
		}}
	}
	if twice := host + "." + zone; host != zone {
		if a, err := e.Prober.Authoritative(ctx, twice, dns.TypeCNAME); err == nil && slices.Contains(a.Records, target) {
			return slip("traffic-doubled",
				"The record is at "+twice+": the provider added the zone to the name a second time.",
				"Enter the name without "+zone+" at its end: "+strings.TrimSuffix(host, "."+zone)+".")
		}
	}
	old := values(e.oldOf())
	for _, v := range leads {
		switch {
		case v == target+"."+zone:
			return slip("traffic-value-zone",
				"The record leads to "+v+": the provider added the zone to its target.",
				"Enter the target with a full stop at its end, "+target+"., or as the provider wants a name outside of the zone.")
		case old != "" && !slices.Contains(strings.Split(old, ", "), v) && isAddress(v) && atCloudflare(servers):
			return slip("traffic-proxied",
				"The record leads to "+setup.And(leads)+": Cloudflare's own proxy stands before CloudFront.",
				"Switch the proxy off for this record (DNS only).")
		case old != "" && !slices.Contains(strings.Split(old, ", "), v):
			return slip("traffic-other-value",
				"The record leads to "+setup.And(leads)+", which is neither the distribution nor what stood there before.",
				"Change its target to "+target+".")
		}
	}
	return nil
}

// atCloudflare says whether name servers are Cloudflare's.
func atCloudflare(servers []string) bool {
	p, _ := setup.ProviderOf(servers)
	return p.Name == setup.ProviderCloudflare
}

// whereAdded tells of records that a person adds which zone they are of, and who runs it.
func whereAdded(ctx context.Context, e *Env, records []setup.Record) []setup.Record {
	zone, servers, err := e.Prober.Zone(ctx, probeHost(e.name()))
	if err != nil || setup.IsShared(zone) {
		return records // the records can be added without that, and not at a registry
	}
	for i := range records {
		if setup.InZone(records[i].Name, zone) {
			records[i].Apex, records[i].Servers = zone, servers
		}
	}
	return records
}
