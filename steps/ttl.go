package steps

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/setup"
)

// ttlStep lowers the TTL of the records that lead callers today, and waits until
// nobody remembers the old one. Only jobs whose input asks for it have it. It
// changes where nobody is led, so it goes on beside the steps that make things.
func ttlStep() Step {
	return Step{
		ID:         "ttl",
		Thing:      "TTL of the old record",
		Title:      "Lower the TTL of the old record",
		Why:        "Resolvers keep the old record for as long as its TTL says. With a low one, all callers follow within a minute when traffic moves. Where the record leads stays as it is.",
		Service:    "DNS",
		ServiceFor: dnsService,
		Tutorial:   6,
		Needs:      []setup.StepID{"identity"},
		Kinds:      []setup.JobKind{setup.JobApply},
		Asked:      true,
		Parts:      []setup.Part{setup.PartName},
		Page:       setup.PageDomain,
		Mark:       setup.MarkTTL,
		Wait:       Wait{Every: personWait, Settle: 3 * time.Second, Limit: setup.LongestTTL + 24*time.Hour, Usual: time.Hour},
		Actions:    recordActions,
		Applies: func(s setup.Spec) (bool, string) {
			if s.Domain.FromEdge {
				return false, "The move of the custom domain waits by itself until nobody remembers the old record."
			}
			if s.Domain.Switch == setup.SwitchLater {
				return false, "You move the traffic yourself later. Its TTL is lowered then."
			}
			return true, ""
		},
		Grants:  trafficGrants,
		Observe: observeTTL,
		Apply:   applyTTL,
	}
}

// publishes is how long Route 53 takes at most, generally, until all of its
// servers know a change. It counts only where the ID of the change was lost.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-editing.html
// (documented)
const publishes = time.Minute

// An atTTL is how the records at the name stand, for the step ttl.
type atTTL struct {
	sets []types.ResourceRecordSet // sets that lead visitors
	now  []setup.Record
	kept *setup.Lowered // what is stored; nil: nothing
	odd  bool           // a record has a routing policy
}

// oldTTL is the highest TTL of the record sets, in seconds, if it can be lowered:
// 0 for aliases, which have none of their own, and where a routing policy is at
// work.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
// (documented)
func oldTTL(sets []types.ResourceRecordSet) int {
	n := 0
	for _, s := range sets {
		if !slices.Contains(visitorTypes, string(s.Type)) {
			continue
		}
		if routing(s) != "" {
			return 0
		}
		n = max(n, setup.HighestTTL(asRecords(s)))
	}
	return n
}

func atName53(ctx context.Context, e *Env) (atTTL, error) {
	at := atTTL{kept: e.lowered()}
	all, err := recordSets(ctx, e, e.name())
	if err != nil {
		return at, err
	}
	for _, set := range all {
		if slices.Contains(visitorTypes, string(set.Type)) {
			at.sets, at.now = append(at.sets, set), append(at.now, asRecords(set)...)
			at.odd = at.odd || routing(set) != ""
		}
	}
	return at, nil
}

// lowered is what is stored of the lowered TTL; nil for nothing.
func (e *Env) lowered() *setup.Lowered {
	return setup.ReadLowered(e.wayBack(setup.KeyRecordTraffic)[setup.AttrLowered])
}

// stands says whether the records are those that a job wrote with a low TTL.
func (at atTTL) stands() bool {
	return at.kept != nil && len(at.kept.Is) > 0 && sameRecords(at.now, at.kept.Is)
}

// touched says whether somebody has changed the records since this job lowered
// their TTL.
func (at atTTL) touched(e *Env) bool {
	k := at.kept
	return k != nil && k.Job == e.Job.ID && (k.Change != "" || !k.Until.IsZero()) && !at.stands()
}

// leadsHere says whether a record leads to the setup's distribution.
func leadsHere(e *Env, records []setup.Record) bool {
	target := trafficTarget(e)
	return target != "" && slices.ContainsFunc(records, func(r setup.Record) bool { return unrooted(r.Value) == target })
}

func observeTTL(ctx context.Context, e *Env) (Observation, error) {
	if !atRoute53(e.Setup.Spec) {
		return observeTTLElsewhere(ctx, e)
	}
	at, err := atName53(ctx, e)
	if err != nil {
		return Observation{}, err
	}
	n := oldTTL(at.sets)
	switch {
	case len(at.now) == 0:
		return ready("No record stands there yet, so there is no TTL to lower"), nil
	case leadsHere(e, at.now):
		return ready("The name leads to the distribution already"), nil
	case at.odd:
		return ready("The records have a routing policy, and are left as they are"), nil
	case at.touched(e):
		return ready("Somebody has changed the record since. It is left as it is"), nil
	case at.stands():
		return e.waitOut(ctx, *at.kept)
	case n > setup.LowTTL:
		o := Observation{State: Drifted, Summary: "Lowers the TTL of " + replaced(at.now) + " from " + setup.Span(time.Duration(n)*time.Second) + " to " + lowSpan()}
		for _, s := range at.sets {
			if ttl := aws.ToInt64(s.TTL); s.AliasTarget == nil && ttl > setup.LowTTL {
				o.Changes = append(o.Changes, setup.Change{Field: "TTL of " + string(s.Type) + " " + e.name(), Is: setup.Thousands(int(ttl)), Want: setup.Thousands(setup.LowTTL)})
			}
		}
		return o, nil
	case n == 0:
		return ready("The old record is an alias, which has no TTL of its own"), nil
	}
	return ready("The TTL is " + setup.Span(time.Duration(n)*time.Second) + " already"), nil
}

// lowSpan is the low TTL as people write it.
func lowSpan() string { return setup.Span(setup.LowTTL * time.Second) }

// waitOut waits until Route 53 has published the low TTL, and from then on until
// no resolver remembers the old one.
func (e *Env) waitOut(ctx context.Context, k setup.Lowered) (Observation, error) {
	if k.Until.IsZero() {
		late := publishes
		if k.Change != "" {
			done, err := publishedChange(ctx, e, k.Change)
			if err != nil {
				return Observation{}, err
			}
			if !done {
				return pending("Route 53 is publishing the record"), nil
			}
			late = 0
		}
		k.Until = e.Now().Add(setup.OldFor(k.TTL()) + late).UTC().Truncate(time.Second)
		if err := e.keepLowered(ctx, k); err != nil {
			return Observation{}, err
		}
	}
	return e.oldAnswers(k), nil
}

// oldAnswers waits for old answers to end.
func (e *Env) oldAnswers(k setup.Lowered) Observation {
	left := k.Until.Sub(e.Now())
	if left <= 0 {
		return ready("The TTL is " + lowSpan() + ", and nobody remembers the old one any more")
	}
	o := pending("The TTL is " + lowSpan() + ". Old answers may live for " + setup.Span(time.Duration(k.TTL())*time.Second) + " from when it was lowered")
	o.After = left
	return o
}

// keepLowered stores what is known of the lowered TTL.
func (e *Env) keepLowered(ctx context.Context, k setup.Lowered) error {
	r := e.rowWithWayBack()
	r.Attributes[setup.AttrLowered] = loweredJSON(k)
	return e.keepRecords(ctx, r)
}

// keepFound stores the records as they were found, before their TTL is lowered, so
// that they can be put back whatever happens. They are the old ones, which the move
// will replace, unless DNS has moved to another provider: what apifront wrote in
// Route 53 has the way back, as keepPrevious has it.
func (e *Env) keepFound(ctx context.Context, k setup.Lowered) error {
	r := e.rowWithWayBack()
	if atRoute53(e.Setup.Spec) || len(e.writtenTraffic()) == 0 {
		keepReplaced(e, &r, k.Was)
		delete(r.Attributes, attrWas)
	}
	r.Attributes[setup.AttrLowered] = loweredJSON(k)
	return e.keepRecords(ctx, r)
}

// rowWithWayBack is a copy of the row of the traffic record, with all that is known
// of what stood there before.
func (e *Env) rowWithWayBack() setup.Resource {
	r := e.recordRow(setup.KeyRecordTraffic)
	r.Attributes = maps.Clone(r.Attributes)
	maps.Copy(r.Attributes, e.wayBack(setup.KeyRecordTraffic))
	return r
}

func loweredJSON(k setup.Lowered) string {
	b, err := json.Marshal(k)
	if err != nil { // strings, numbers, booleans and a time of this age can always be encoded
		return ""
	}
	return string(b)
}

func applyTTL(ctx context.Context, e *Env) error {
	if !atRoute53(e.Setup.Spec) {
		return nil
	}
	at, err := atName53(ctx, e)
	if err != nil {
		return err
	}
	if at.odd || at.touched(e) || at.stands() || leadsHere(e, at.now) || oldTTL(at.sets) <= setup.LowTTL {
		return nil
	}
	k := setup.Lowered{Job: e.Job.ID, Was: at.now}
	var low []types.ResourceRecordSet
	var changes []types.Change
	for _, set := range at.sets {
		if set.AliasTarget == nil && aws.ToInt64(set.TTL) > setup.LowTTL {
			changes = append(changes, deletions([]types.ResourceRecordSet{set})...)
			set.TTL = aws.Int64(setup.LowTTL)
			low = append(low, set)
		}
		k.Is = append(k.Is, asRecords(set)...)
	}
	for _, set := range low {
		changes = append(changes, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &set})
	}
	if err := e.keepFound(ctx, k); err != nil {
		return err
	}
	all, err := recordSets(ctx, e, e.name())
	if err != nil {
		return err
	}
	if k.Change, err = changeAsSeen(ctx, e, changes, all, e.name()); err != nil {
		return err
	}
	return e.keepLowered(ctx, k)
}

// asFound are the records as they were found before a job of the setup lowered
// their TTL. Records that somebody changed since are found as they are.
func (e *Env) asFound(records []setup.Record) []setup.Record {
	if k := e.lowered(); k != nil && len(k.Is) > 0 && sameRecords(records, k.Is) {
		return k.Was
	}
	return records
}

// raised are the changes that give record sets their old TTL back: those that
// stand as a job wrote them, and not as they were found.
func (e *Env) raised(sets []types.ResourceRecordSet) (lower []types.ResourceRecordSet, old []setup.Record) {
	k := e.lowered()
	if k == nil {
		return nil, nil
	}
	ofType := func(list []setup.Record, kind types.RRType) (some []setup.Record) {
		for _, r := range list {
			if r.Type == string(kind) {
				some = append(some, r)
			}
		}
		return some
	}
	for _, set := range sets {
		is, was := ofType(k.Is, set.Type), ofType(k.Was, set.Type)
		if routing(set) == "" && sameRecords(asRecords(set), is) && !sameRecords(is, was) && len(was) > 0 {
			lower, old = append(lower, set), append(old, was...)
		}
	}
	return lower, old
}
