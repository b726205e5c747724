package steps

import (
	"context"
	"slices"
	"strconv"

	"github.com/miekg/dns"

	"apifront/setup"
)

// trafficRecord is the record that a person adds at another DNS provider.
func trafficRecord(ctx context.Context, e *Env) setup.Record {
	return trafficRecordTo(ctx, e, trafficTarget(e))
}

// trafficRecordTo is that record for a distribution with the domain name.
func trafficRecordTo(ctx context.Context, e *Env, target string) setup.Record {
	r := setup.Record{Type: "CNAME", Name: e.name(), Value: target, TTL: 300, Why: trafficWhy}
	if apex(ctx, e) {
		r.Type, r.TTL = apexType, 0
		r.Why += " A CNAME cannot stand at the top of a domain: use what your provider calls ALIAS, ANAME or CNAME flattening."
	}
	return r
}

// apex says whether the name is the apex of its zone.
func apex(ctx context.Context, e *Env) bool {
	if e.Setup.Spec.Domain.ZoneName != "" {
		return unrooted(e.Setup.Spec.Domain.ZoneName) == e.name()
	}
	a, err := e.Prober.Lookup(ctx, e.name(), dns.TypeSOA)
	return err == nil && a.Exists() && len(a.CNAMEs) == 0
}

// seeTraffic looks up the traffic record. If the provider flattens it, DNS has
// the distribution's addresses in its place; named says that it has the record
// itself.
func seeTraffic(ctx context.Context, e *Env, r setup.Record) (seen setup.Record, named bool, failed error) {
	if r.Type == "CNAME" {
		if r, failed = seeRecord(ctx, e, r); r.Found {
			return r, true, nil
		}
	}
	host := probeHost(r.Name)
	a, err := e.Prober.Authoritative(ctx, host, dns.TypeA)
	r.Was = int(a.TTL.Seconds())
	if err != nil {
		a, err = e.Prober.Lookup(ctx, host, dns.TypeA)
	}
	if err != nil {
		return r, false, err
	}
	if err == nil && !a.Exists() && len(a.CNAMEs) > 0 && !slices.Contains(a.CNAMEs, r.Value) { // the way goes on in another zone
		if further, err := e.Prober.Lookup(ctx, host, dns.TypeA); err == nil {
			a = further
		}
	}
	if len(r.Seen) == 0 {
		if r.Seen = a.Records; len(r.Seen) == 0 && len(a.CNAMEs) == 0 { // it may have an IPv6 address alone
			if six, err := e.Prober.Authoritative(ctx, host, dns.TypeAAAA); err == nil {
				r.Seen, r.Was = six.Records, int(six.TTL.Seconds())
			}
		}
	}
	named = slices.Contains(a.CNAMEs, r.Value)
	if r.Found = named || sameAddresses(ctx, e, a.Records, r.Value); r.Found {
		r.Was = 0
	}
	return r, named, failed
}

func observeElsewhere(ctx context.Context, e *Env) (Observation, error) {
	if trafficTarget(e) == "" {
		o := absent("1 record for you to change")
		if e.DryRun {
			o.State, o.OldTTL = Person, standingTTL(ctx, e)
		}
		return o, nil
	}
	want := trafficRecord(ctx, e)
	r, named, err := seeTraffic(ctx, e, want)
	if r.Found && !named {
		if ours := ourAliases(ctx, e); len(ours) > 0 {
			o := ready("Route 53 still leads the name here, by the " + recordTypes(ours) + " that apifront added. They stay until DNS has moved to your other provider")
			o.Records = ours
			return o, nil
		}
	}
	if r.Found {
		if err := keepTraffic(ctx, e, want); err != nil {
			return Observation{}, err
		}
		o := ready(r.Type + " found in public DNS")
		o.Records = whereAdded(ctx, e, []setup.Record{r})
		return o, nil
	}
	o := Observation{State: Person, Summary: "Waits for your " + r.Type + " record", Records: whereAdded(ctx, e, []setup.Record{r}), OldTTL: r.Was, Back: e.seenBack(r.Seen)}
	if c := slipOfMove(ctx, e, r.Seen); err == nil && c != nil {
		o.Problem, o.Sure = c.Problem, true
	}
	if err != nil {
		o.Summary += ". DNS could not be asked just now"
	} else if err := keepPrevious(ctx, e, r); err != nil {
		return Observation{}, err
	} else if err := keepOldTTL(ctx, e, r.Was); err != nil {
		return Observation{}, err
	}
	return o, nil
}

// keepTraffic stores the record that a person added. It is not ours.
func keepTraffic(ctx context.Context, e *Env, want setup.Record) error {
	r := trafficResource(e, []setup.Record{want})
	r.Owned, r.State, r.Token = false, "", ""
	if len(recordsOf(e.recordRow(setup.KeyRecordTraffic))) == 0 { // it is seen for the first time
		ttl := setup.HighestTTL(e.oldOf())
		if k := e.lowered(); k != nil && !k.Until.IsZero() {
			ttl = setup.LowTTL
		}
		delete(r.Attributes, setup.AttrMoved)
		delete(r.Attributes, setup.AttrMovedFrom)
		if ttl > 0 {
			r.Attributes[setup.AttrMoved], r.Attributes[setup.AttrMovedFrom] = e.stamp(), strconv.Itoa(ttl)
		}
	}
	delete(r.Attributes, setup.AttrLowered) // the record with the low TTL is gone
	return e.keepRecords(ctx, r)
}

// keepPrevious stores what the name's own servers say before a person changes it. It
// does so only once. Where they do not answer, it stores what was seen.
func keepPrevious(ctx context.Context, e *Env, seen setup.Record) error {
	if len(e.writtenTraffic()) > 0 || len(seen.Seen) == 0 {
		return nil
	}
	old, _ := seeStanding(ctx, e)
	old = slices.DeleteFunc(old, func(r setup.Record) bool { return unrooted(r.Value) == trafficTarget(e) })
	if len(old) == 0 {
		for _, v := range seen.Seen {
			t := "CNAME"
			if isAddress(v) {
				t = "A"
			}
			old = append(old, setup.Record{Type: t, Name: seen.Name, Value: v})
		}
	}
	return e.keep(ctx, setup.Resource{
		Key: setup.KeyRecordTraffic, Type: "DNS record",
		Attributes: map[string]string{setup.AttrPrevious: recordsJSON(old)},
	})
}
