package steps

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/setup"
)

func dnsLeaveStep() Step {
	return Step{
		ID:         "dns-leave",
		Thing:      "DNS record",
		Title:      "Lead the name away",
		Mark:       setup.MarkLeave,
		Why:        "Callers leave CloudFront first, so that nothing breaks for them on the way. A record that apifront did not write stays.",
		Service:    "DNS",
		ServiceFor: dnsService,
		Needs:      []setup.StepID{"identity"},
		Kinds:      teardownOnly,
		Parts:      []setup.Part{setup.PartName},
		Wait:       Wait{Every: personWait, Settle: 3 * time.Second, Limit: 10 * time.Minute, Usual: time.Minute},
		Actions:    recordActions,
		TitleFor: func(s setup.Spec) string {
			switch {
			case s.Gone == nil || s.Gone.Name == setup.GoneMoved:
				return "Wait until the name leads elsewhere"
			case s.Gone.Name == setup.GoneBack:
				return "Put the old record back"
			}
			return "Remove the traffic record"
		},
		Grants: func(s Scope) []Grant {
			return destroying(s.recordGrants(s.trafficName(), visitorTypes))
		},
		Observe: observeLeave,
		Apply:   applyLeave,
	}
}

// A leaving is how the records at the name stand when the setup is taken down.
type leaving struct {
	ours   []types.ResourceRecordSet // that apifront wrote
	others []setup.Record            // that lead visitors and that apifront did not write
	here   []setup.Record            // those of the others that lead to the distribution
	old    []setup.Record            // that are to be put back; none if the name is to lead nowhere
	low    []types.ResourceRecordSet // of other people, with a TTL that a job lowered
	raised []setup.Record            // these as they were found
}

// frontName is the domain name of the setup's distribution, if one was made and
// is not known to be gone.
func (e *Env) frontName() string {
	for _, r := range e.ownRows(madeBy("distribution")) {
		if name := r.Attributes[setup.AttrDomainName]; name != "" {
			return name
		}
	}
	return ""
}

// writtenHere are the traffic records that apifront wrote to the zone that the
// spec names, by a key that is the same for equal records.
func (e *Env) writtenHere() map[string]bool {
	written := map[string]bool{}
	for _, row := range e.ownRows(func(key string) bool { return key == setup.KeyRecordTraffic }) {
		if !samePlace(row, setup.Resource{Attributes: e.zoneAttribute()}) {
			continue
		}
		for _, r := range slices.Concat(recordsOf(row), readRecordsJSON(row.Attributes[attrWas])) {
			written[recordWord(r)] = true
		}
	}
	return written
}

// stayOrGo reads the records at the name.
func stayOrGo(ctx context.Context, e *Env) (leaving, error) {
	var l leaving
	sets, err := recordSets(ctx, e, e.name())
	if p, ok := errors.AsType[*setup.Problem](err); ok && p.Code == "NoSuchHostedZone" {
		return l, nil // no record is in it
	}
	if err != nil {
		return l, err
	}
	written, target := e.writtenHere(), e.frontName()
	l.low, l.raised = e.raised(sets)
	for _, set := range sets {
		if !slices.Contains(visitorTypes, string(set.Type)) {
			continue
		}
		records := asRecords(set)
		if routing(set) == "" && !slices.ContainsFunc(records, func(r setup.Record) bool { return !written[recordWord(r)] }) {
			l.ours = append(l.ours, set)
			continue
		}
		l.others = append(l.others, records...)
		for _, r := range records {
			if target != "" && unrooted(r.Value) == target {
				l.here = append(l.here, r)
			}
		}
	}
	if e.goneTo() == setup.GoneBack {
		l.old = e.Resources.OldRecords(e.name())
		if _, ok := e.Resources[setup.KeyRecordTraffic]; !ok {
			row := setup.Resources{setup.KeyRecordTraffic: {Attributes: e.wayBack(setup.KeyRecordTraffic)}}
			l.old = row.OldRecords(e.name())
		}
	}
	return l, nil
}

// goneTo is where the name is to lead.
func (e *Env) goneTo() string {
	if e.Setup.Spec.Gone == nil {
		return setup.GoneMoved
	}
	return e.Setup.Spec.Gone.Name
}

// trafficRows are the rows of traffic records at the place that the spec names.
// They may be about records that a person added.
func (e *Env) trafficRows() []setup.Resource {
	rows := e.rows(func(key string) bool { return key == setup.KeyRecordTraffic })
	return slices.DeleteFunc(rows, func(r setup.Resource) bool {
		return !samePlace(r, setup.Resource{Attributes: e.zoneAttribute()})
	})
}

func observeLeave(ctx context.Context, e *Env) (Observation, error) {
	rows := e.trafficRows()
	if len(rows) == 0 && e.frontName() == "" {
		return ready("Nothing of this setup leads callers"), nil
	}
	if !atRoute53(e.Setup.Spec) {
		return observeAway(ctx, e, nil)
	}
	l, err := stayOrGo(ctx, e)
	if err != nil {
		return Observation{}, err
	}
	switch {
	case len(l.low) > 0:
		return Observation{State: Drifted, Summary: "Gives " + replaced(l.raised) + " its TTL back"}, nil
	case len(l.ours) > 0 && e.goneTo() == setup.GoneMoved:
		return stillHere(e, l.recordsOfOurs()), nil
	case len(l.ours) > 0:
		return Observation{State: Drifted, Summary: l.words(), Changes: []setup.Change{{Field: e.name(), Is: replaced(l.recordsOfOurs()), Want: replaced(l.putBack())}}}, nil
	case len(l.here) > 0:
		return stillHere(e, l.here), nil
	case e.missesOld(l):
		return absent(l.words()), nil
	}
	done, err := published(ctx, e, setup.KeyRecordTraffic)
	if err != nil {
		return Observation{}, err
	}
	if !done {
		return pending("Route 53 is publishing the change"), nil
	}
	return observeAway(ctx, e, l.others)
}

// missesOld says whether the old record is to be put back and nothing stands in
// its place.
func (e *Env) missesOld(l leaving) bool {
	return len(l.old) > 0 && len(l.others) == 0 && len(e.ownRows(func(key string) bool { return key == setup.KeyRecordTraffic })) > 0
}

// putBack are the records that the step creates. It creates none beside those of
// other people.
func (l leaving) putBack() []setup.Record {
	if len(l.others) > 0 {
		return nil
	}
	return l.old
}

func (l leaving) recordsOfOurs() []setup.Record {
	var list []setup.Record
	for _, s := range l.ours {
		list = append(list, asRecords(s)...)
	}
	return list
}

// words says what the step will do.
func (l leaving) words() string {
	if back := l.putBack(); len(back) > 0 {
		return "Puts " + replaced(back) + " back"
	}
	return "Removes " + replaced(l.recordsOfOurs())
}

// stillHere waits for the person who has to change records that apifront may not
// change.
func stillHere(e *Env, records []setup.Record) Observation {
	o := Observation{State: Person, Summary: "Waits until " + e.name() + " leads elsewhere", Sure: true}
	why := "apifront did not write it, or was told to leave it to you."
	if len(records) > 0 {
		why = "It is " + replaced(records) + ". " + why
	}
	o.Problem = problem("The name still leads to CloudFront.",
		"The record of "+e.name()+" leads to the distribution "+e.frontName()+". "+why,
		"Change or delete the record where the DNS of "+e.name()+" is managed. The job looks again by itself and goes on then.")
	o.Problem.Drop = records
	return o
}

// leadsToOther says whether records lead to another distribution than the one with the
// domain name. All distributions may have the same addresses, so that these do not tell
// which it is.
func leadsToOther(records []setup.Record, front string) bool {
	return slices.ContainsFunc(records, func(r setup.Record) bool {
		return strings.HasSuffix(r.Value, ".cloudfront.net") && r.Value != front
	})
}

// observeAway looks at the name from outside. When it does not lead to the
// distribution any more, the rows of its records are gone. others are records
// that stay.
func observeAway(ctx context.Context, e *Env, others []setup.Record) (Observation, error) {
	if e.frontName() != "" {
		r, named, err := seeTraffic(ctx, e, trafficRecordTo(ctx, e, e.frontName()))
		r.Found = r.Found && (named || !leadsToOther(others, e.frontName()) && !leadsToOther(e.Resources.OldRecords(e.name()), e.frontName()))
		switch {
		case err != nil:
			return Observation{}, err
		case r.Found && atRoute53(e.Setup.Spec) && e.goneTo() != setup.GoneMoved:
			o := pending("Route 53 has the change. DNS does not show it yet")
			o.Problem = problem("The name still leads to CloudFront.",
				"Route 53 has no record that leads "+e.name()+" to "+e.frontName()+" any more, but the name servers that DNS leads to do not say so.",
				"Compare the name servers of the zone with those at the registrar. Change the record where they are, then re-run this step.")
			return o, nil
		case r.Found:
			return e.askElsewhere(ctx, r), nil
		}
	}
	for _, row := range e.trafficRows() {
		if err := e.gone(ctx, row); err != nil {
			return Observation{}, err
		}
	}
	o := ready("The name does not lead to CloudFront")
	if back := e.oldOf(); e.goneTo() == setup.GoneBack && len(back) > 0 && sameRecords(others, back) {
		o.Summary = e.name() + " leads to " + replaced(back) + " again"
		o.Records = found(slices.Clone(back))
	} else if len(others) > 0 {
		o.Summary = "Other records stay at the name: " + replaced(others)
	}
	return o, nil
}

// oldOf are the records that stood at the name before apifront's.
func (e *Env) oldOf() []setup.Record {
	return setup.Resources{setup.KeyRecordTraffic: {Attributes: e.wayBack(setup.KeyRecordTraffic)}}.OldRecords(e.name())
}

// askElsewhere shows a person what to do at another DNS provider, about the record that
// leads the name here.
func (e *Env) askElsewhere(ctx context.Context, here setup.Record) Observation {
	o := stillHere(e, nil)
	here.Why = ""
	o.Problem.Drop = whereAdded(ctx, e, []setup.Record{here})
	if e.goneTo() == setup.GoneBack {
		if old := e.oldOf(); len(old) > 0 {
			o.Summary = "Waits for you to put " + replaced(old) + " back"
			o.Records, o.Problem, o.Sure = whereAdded(ctx, e, old), nil, false
		}
	}
	return o
}

func applyLeave(ctx context.Context, e *Env) error {
	if !atRoute53(e.Setup.Spec) {
		return nil
	}
	l, err := stayOrGo(ctx, e)
	if err != nil {
		return err
	}
	if e.goneTo() == setup.GoneMoved { // the record is left to a person, but not the TTL
		l.ours, l.old = nil, nil
	}
	if len(l.ours) == 0 && len(l.low) == 0 && !e.missesOld(l) {
		return nil
	}
	row := e.recordRow(setup.KeyRecordTraffic)
	keep := func(state, change string) error {
		r := row
		r.State, r.Attributes = state, maps.Clone(row.Attributes)
		delete(r.Attributes, setup.AttrChange)
		if change != "" {
			r.Attributes[setup.AttrChange] = change
		}
		return e.store(ctx, r)
	}
	if err := keep("", ""); err != nil { // nobody knows yet whether the next change is published
		return err
	}
	changes := deletions(slices.Concat(l.ours, l.low))
	for _, set := range asSets(slices.Concat(l.raised, l.putBack())) {
		changes = append(changes, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &set})
	}
	sets, err := recordSets(ctx, e, e.name())
	if err != nil {
		return err
	}
	change, err := changeAsSeen(ctx, e, changes, sets, e.name())
	if err != nil {
		return err
	}
	return keep(string(types.ChangeStatusPending), change)
}
