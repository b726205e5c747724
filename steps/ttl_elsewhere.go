package steps

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/miekg/dns"

	"apifront/probe"
	"apifront/setup"
)

// seeStanding asks every name server of the zone which records lead callers, with
// the highest TTL that one of them says. If a CNAME stands there, it is the record.
// heard is false if none answers. It is one line of the ledger.
func seeStanding(ctx context.Context, e *Env) (records []setup.Record, heard bool) {
	host := probeHost(e.name())
	e.aside(ctx, "TTL of "+host+", everywhere", func(p *probe.Prober) string {
		walk, err := p.Walk(ctx, host)
		if err != nil {
			return err.Error()
		}
		for _, qtype := range []uint16{dns.TypeCNAME, dns.TypeA, dns.TypeAAAA} {
			if qtype != dns.TypeCNAME && len(records) > 0 && records[0].Type == "CNAME" {
				break
			}
			for _, v := range p.Views(ctx, walk, host, qtype) {
				if v.Resolver && walk.Direct || v.Err != nil { // what resolvers say counts down
					continue
				}
				heard = true
				for _, value := range v.Answer.Records {
					records = addStanding(records, setup.Record{Type: dns.TypeToString[qtype], Name: e.name(), Value: value, TTL: int(v.Answer.TTL.Seconds())})
				}
			}
		}
		if !heard {
			return "no name server of the zone answers"
		}
		if len(records) == 0 {
			return "no record leads anywhere"
		}
		return fmt.Sprintf("%s, TTL %d s", replaced(records), setup.HighestTTL(records))
	})
	return records, heard
}

// addStanding adds what one server says to what others said.
func addStanding(list []setup.Record, r setup.Record) []setup.Record {
	i := slices.IndexFunc(list, func(o setup.Record) bool { return o.Type == r.Type && o.Value == r.Value })
	if i < 0 {
		return append(list, r)
	}
	list[i].TTL = max(list[i].TTL, r.TTL)
	return list
}

// observeTTLElsewhere asks a person to lower the TTL, and waits from when all of
// the zone's name servers say so until no resolver remembers the old one.
func observeTTLElsewhere(ctx context.Context, e *Env) (Observation, error) {
	now, heard := seeStanding(ctx, e)
	if !heard {
		return Observation{State: Person, Summary: "Waits for you to lower the TTL. DNS could not be asked just now"}, nil
	}
	k, n := e.lowered(), setup.HighestTTL(now)
	if k != nil && k.Job != e.Job.ID {
		k = nil
	}
	switch {
	case len(now) == 0:
		return ready("No record stands there yet, so there is no TTL to lower"), nil
	case leadsHere(e, now) || sameAddresses(ctx, e, addressesOf(now), trafficTarget(e)):
		return ready("The name leads to the distribution already"), nil
	case n > setup.LowTTL:
		if k == nil || !k.Until.IsZero() || k.TTL() < n {
			if err := e.keepFound(ctx, setup.Lowered{Job: e.Job.ID, Was: now}); err != nil {
				return Observation{}, err
			}
		}
		return askLower(now), nil
	case k == nil:
		return ready("The TTL is " + setup.Span(time.Duration(n)*time.Second) + " already"), nil
	}
	if k.Until.IsZero() {
		k.Until = e.Now().Add(setup.OldFor(k.TTL())).UTC().Truncate(time.Second)
		if err := e.keepLowered(ctx, *k); err != nil {
			return Observation{}, err
		}
	}
	return e.oldAnswers(*k), nil
}

// askLower asks a person to lower the TTL of the records.
func askLower(now []setup.Record) Observation {
	o := Observation{State: Person, Summary: "Waits for you to lower the TTL of " + replaced(now)}
	for _, r := range now {
		if r.TTL > setup.LowTTL {
			r.Was, r.TTL, r.Seen, r.Why = r.TTL, setup.LowTTL, []string{r.Value}, ""
			o.Records = append(o.Records, r)
		}
	}
	return o
}

func addressesOf(records []setup.Record) (list []string) {
	for _, r := range records {
		if r.Type != "CNAME" {
			list = append(list, r.Value)
		}
	}
	return list
}

// keepOldTTL remembers what a person lowers while a job waits for the traffic record: the
// records with their TTL as they were found, and, once all of the zone's name servers say
// a low one, until when resolvers may have the old one. A check changes no row.
func keepOldTTL(ctx context.Context, e *Env, ttl int) error {
	if ttl == 0 || e.DryRun || e.Job.ID == 0 {
		return nil
	}
	k := e.lowered()
	if k != nil && k.Job != e.Job.ID {
		k = nil
	}
	found := ttl > setup.LowTTL && (k == nil || !k.Until.IsZero() || k.TTL() < ttl)
	lowered := ttl <= setup.LowTTL && k != nil && k.Until.IsZero()
	if !found && !lowered {
		return nil
	}
	now, heard := seeStanding(ctx, e)
	switch low := setup.HighestTTL(now) <= setup.LowTTL; {
	case !heard || len(now) == 0 || leadsHere(e, now) || low == found:
		return nil
	case found:
		return e.keepFound(ctx, setup.Lowered{Job: e.Job.ID, Was: now})
	}
	k.Until = e.Now().Add(setup.OldFor(k.TTL())).UTC().Truncate(time.Second)
	return e.keepLowered(ctx, *k)
}
