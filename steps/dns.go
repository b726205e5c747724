package steps

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/setup"
)

func dnsStep() Step {
	return Step{
		ID:         "dns",
		Thing:      "DNS record",
		Title:      "Move traffic",
		Why:        "The DNS record leads visitors to the distribution. The one it replaces is kept, so that it can be put back.",
		Service:    "DNS",
		ServiceFor: dnsService,
		Tutorial:   6,
		Settings:   []setup.Setting{setup.SettingTrafficRecord},
		Needs:      []setup.StepID{"preview"},
		Kinds:      []setup.JobKind{setup.JobApply},
		Parts:      []setup.Part{setup.PartName},
		Page:       setup.PageDomain,
		Mark:       setup.MarkTraffic,
		Keys:       []string{setup.KeyRecordTraffic},
		Wait:       Wait{Every: personWait, Settle: 3 * time.Second, Limit: 5 * time.Minute, Usual: time.Minute},
		Brief:      trafficBrief,
		Actions:    recordActions,
		Grants:     trafficGrants,
		TitleFor: func(s setup.Spec) string {
			if s.Domain.Switch == setup.SwitchLater {
				return "Show the traffic record"
			}
			return "Move traffic"
		},
		Reads:   readsTraffic,
		Observe: observeTraffic,
		Apply:   applyTraffic,
	}
}

// trafficGrants are the grants of the step dns. One change creates the new
// record and deletes what led visitors before, so the grants allow both.
func trafficGrants(s Scope) []Grant {
	if s.Spec.Domain.Switch != setup.SwitchLater {
		return s.recordGrants(s.trafficName(), visitorTypes)
	}
	grants := s.recordGrants(s.trafficName(), nil)
	return grants[:min(1, len(grants))] // the step only looks
}

// visitorTypes are the types of records that lead visitors. An alias to a
// distribution has one of the first two.
var visitorTypes = []string{"A", "AAAA", "CNAME"}

// cloudFrontZone is the hosted zone ID of every CloudFront distribution.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html
const cloudFrontZone = "Z2FDTNDATAQYW2"

// apexType is the name that providers give to a record that works like a CNAME
// at the apex of a zone, where DNS allows no CNAME. It is not a type of DNS.
const apexType = "ALIAS"

// trafficWhy says what the record is for.
const trafficWhy = "Leads visitors to the distribution."

// trafficAliases are the alias records for Route 53: A, and AAAA if IPv6 is on.
func trafficAliases(e *Env, target string) []setup.Record {
	kinds := []string{"A"}
	if e.Setup.Spec.Edge.IPv6 && !stays(e.Setup.Spec, "dns", "AAAA") {
		kinds = append(kinds, "AAAA")
	}
	var records []setup.Record
	for _, t := range kinds {
		records = append(records, setup.Record{Type: t, Name: e.name(), Value: target, Alias: true, Zone: cloudFrontZone, Why: trafficWhy})
	}
	return records
}

// trafficTarget is the domain name of the distribution; "" before it is made.
func trafficTarget(e *Env) string {
	return e.Resources.Attr(setup.KeyDistribution, setup.AttrDomainName)
}

func observeTraffic(ctx context.Context, e *Env) (Observation, error) {
	if e.DryRun && e.Setup.Spec.Domain.FromEdge {
		if d, err := remembered(ctx, e, readDomain, describeDomain); err != nil || moving(e, d) {
			return absent("In the place of the record that leads to the Regional endpoint"), err
		}
	}
	switch {
	case e.Setup.Spec.Domain.Switch == setup.SwitchLater:
		return observeLater(ctx, e)
	case atRoute53(e.Setup.Spec):
		return observeAliases(ctx, e)
	default:
		return observeElsewhere(ctx, e)
	}
}

// A trafficDiff is what has to change in the records of the name.
type trafficDiff struct {
	old     []setup.Record            // the records at the name that lead visitors
	remove  []types.ResourceRecordSet // sets to delete, exactly as they were seen
	right   []types.ResourceRecordSet // sets that are as wanted
	put     []setup.Record
	changes []setup.Change
}

// diffTraffic compares the records at the name with the wanted aliases. It
// ignores records of other types, such as text and mail. The problem says that
// a record with a routing policy is in the way.
func diffTraffic(e *Env, sets []types.ResourceRecordSet, wanted []setup.Record) (trafficDiff, *setup.Problem) {
	var d trafficDiff
	have := map[string]string{} // type to value, of the aliases that are right in every respect
	for _, s := range sets {
		if !slices.Contains(visitorTypes, string(s.Type)) || stays(e.Setup.Spec, "dns", string(s.Type)) {
			continue
		}
		if policy := routing(s); policy != "" {
			return d, problem(
				"The traffic was not moved.",
				"Route 53 has records with a routing policy at "+e.name()+" ("+policy+"), and a simple record cannot stand beside them.",
				"Decide in Route 53 what becomes of these records. Delete them, or point them at the distribution yourself and choose to move traffic by hand on the page Domain and DNS, then re-run this step.",
			)
		}
		records := asRecords(s)
		d.old = append(d.old, records...)
		i := slices.IndexFunc(wanted, func(w setup.Record) bool { return w.Type == string(s.Type) })
		switch {
		case i < 0:
			d.remove = append(d.remove, s)
			d.changes = append(d.changes, setup.Change{Field: string(s.Type) + " " + e.name(), Is: values(records)})
		case s.AliasTarget != nil && len(records) == 1 && records[0].Value == wanted[i].Value && records[0].Zone == wanted[i].Zone && !s.AliasTarget.EvaluateTargetHealth:
			have[wanted[i].Type] = wanted[i].Value
			d.right = append(d.right, s)
		default:
			d.remove = append(d.remove, s)
			d.changes = append(d.changes, setup.Change{Field: string(s.Type) + " " + e.name(), Is: values(records), Want: wanted[i].Value})
		}
	}
	for _, w := range wanted {
		if have[w.Type] == "" {
			d.put = append(d.put, w)
		}
	}
	if len(d.old) > 0 { // what is all new is made, and not changed
		for _, w := range d.put {
			if field := w.Type + " " + e.name(); !slices.ContainsFunc(d.changes, func(c setup.Change) bool { return c.Field == field }) {
				d.changes = append(d.changes, setup.Change{Field: field, Want: w.Value})
			}
		}
	}
	return d, nil
}

// words say what becomes of the records: "Replaces A 203.0.113.40".
func (d trafficDiff) words() string {
	var old []setup.Record
	for _, s := range d.remove {
		old = append(old, asRecords(s)...)
	}
	if len(old) == 0 {
		return "Adds " + recordTypes(d.put)
	}
	return "Replaces " + replaced(old)
}

func observeAliases(ctx context.Context, e *Env) (Observation, error) {
	target := trafficTarget(e)
	planned := target
	if planned == "" {
		planned = "the new distribution"
	}
	return observeAliasesTo(ctx, e, trafficAliases(e, planned), target != "")
}

// observeAliasesTo looks whether the wanted aliases stand at the name. There is nothing
// to lead it to before their target is there.
func observeAliasesTo(ctx context.Context, e *Env, wanted []setup.Record, there bool) (Observation, error) {
	if waits, err := publishing(ctx, e, setup.KeyRecordTraffic); waits || err != nil {
		return pending("Route 53 is publishing the record"), err
	}
	sets, err := recordSets(ctx, e, e.name())
	if err != nil {
		return Observation{}, err
	}
	d, pr := diffTraffic(e, sets, wanted)
	if pr != nil {
		return foreign(pr), nil
	}
	if len(d.changes) > 0 {
		return Observation{State: Drifted, Summary: d.words(), Changes: d.changes, OldTTL: oldTTL(sets), Back: e.back(d.old)}, nil
	}
	if len(d.put) > 0 || !there || unconfirmed(e, setup.KeyRecordTraffic) {
		return absent(recordTypes(wanted) + " in Route 53"), nil
	}
	done, err := published(ctx, e, setup.KeyRecordTraffic)
	if err != nil {
		return Observation{}, err
	}
	r := trafficResource(e, wanted)
	delete(r.Attributes, setup.AttrLowered) // the record with the low TTL is gone
	if done {
		r.State = changeInsync
	}
	if err := e.keepRecords(ctx, r); err != nil {
		return Observation{}, err
	}
	if !done {
		return pending("Route 53 is publishing the record"), nil
	}
	o := ready("Route 53, " + recordTypes(wanted))
	o.Records = found(wanted)
	return o, nil
}

// recordTypes names the types of alias records: "A and AAAA alias".
func recordTypes(records []setup.Record) string {
	var types []string
	for _, r := range records {
		types = append(types, r.Type)
	}
	return setup.And(types) + " alias"
}

// replaced names the records at the name: "A 203.0.113.40".
func replaced(old []setup.Record) string {
	var words []string
	for _, r := range old {
		words = append(words, r.Type+" "+r.Value)
	}
	return setup.And(words)
}

// trafficResource is the resource of the traffic records that exist now.
func trafficResource(e *Env, records []setup.Record) setup.Resource {
	old := e.recordRow(setup.KeyRecordTraffic)
	r := setup.Resource{
		Key: setup.KeyRecordTraffic, Type: "DNS record", ID: e.name(), Owned: old.Owned, State: old.State, Token: old.Token,
		Attributes: e.zoneAttribute(),
	}
	r.Attributes[setup.AttrRecords] = recordsJSON(records)
	for _, a := range []string{setup.AttrChange, setup.AttrMoved, setup.AttrMovedFrom} {
		if v := old.Attributes[a]; v != "" {
			r.Attributes[a] = v
		}
	}
	maps.Copy(r.Attributes, e.wayBack(setup.KeyRecordTraffic))
	return r
}

func applyTraffic(ctx context.Context, e *Env) error {
	if e.Setup.Spec.Domain.Switch == setup.SwitchLater || !atRoute53(e.Setup.Spec) {
		return nil
	}
	target := trafficTarget(e)
	if target == "" {
		return from("distribution", "Create the distribution", problem("The traffic cannot be moved yet.", "There is no distribution to lead it to.", `Choose "Re-run from here" at the step Create distribution.`))
	}
	return applyAliases(ctx, e, trafficAliases(e, target))
}

// applyAliases puts the wanted aliases in the place of what leads visitors.
func applyAliases(ctx context.Context, e *Env, wanted []setup.Record) error {
	sets, err := recordSets(ctx, e, e.name())
	if err != nil {
		return err
	}
	d, pr := diffTraffic(e, sets, wanted)
	if pr != nil {
		return pr
	}
	confirms := len(d.put) == 0 && len(d.remove) == 0
	if confirms {
		if !unconfirmed(e, setup.KeyRecordTraffic) {
			return nil
		}
		d.remove, d.put = d.right, wanted
	}
	r := trafficResource(e, wanted)
	r.ID, r.Owned, r.State, r.Token = e.recordRow(setup.KeyRecordTraffic).ID, true, "", e.Token(r.Number)
	delete(r.Attributes, setup.AttrChange)
	if !confirms {
		e.leaving(&r, d.remove)
	}
	// The records are stored before the change, so that they can be put back
	// whatever happens.
	keepReplaced(e, &r, d.old)
	if err := e.keepRecords(ctx, r); err != nil {
		return err
	}
	change, err := changeAsSeen(ctx, e, trafficChanges(d), sets, e.name())
	r.State = string(types.ChangeStatusPending)
	if confirms && code(err, "InvalidChangeBatch") {
		r.State, err = changeInsync, nil // the records exist, and Route 53 does not write them again
	}
	if err != nil {
		return err
	}
	r.ID = e.name()
	delete(r.Attributes, attrWas)
	if change != "" {
		r.Attributes[setup.AttrChange] = change
	}
	r.Attributes[setup.AttrMoved] = e.stamp()
	return e.keepRecords(ctx, r)
}

// trafficChanges is one batch, which Route 53 carries out as a whole or not at
// all. So a CNAME is deleted in the same moment in which the aliases are
// created. The batch deletes exactly what was seen and creates the rest. If
// somebody changes the records between the look and the write, Route 53 refuses
// it.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
// (documented). It follows, but was not observed, that one batch may delete a
// record and create it again unchanged.
func trafficChanges(d trafficDiff) []types.Change {
	changes := deletions(d.remove)
	for _, w := range d.put {
		changes = append(changes, types.Change{
			Action: types.ChangeActionCreate,
			ResourceRecordSet: &types.ResourceRecordSet{
				Name: aws.String(w.Name), Type: types.RRType(w.Type),
				AliasTarget: &types.AliasTarget{DNSName: aws.String(w.Value), HostedZoneId: aws.String(w.Zone), EvaluateTargetHealth: false},
			},
		})
	}
	return changes
}

// observeLater shows the record that a person sets whenever they like.
func observeLater(ctx context.Context, e *Env) (Observation, error) {
	target := trafficTarget(e)
	if target == "" {
		if e.DryRun { // a plan; nothing of it is made
			return pending("You move the traffic yourself later"), nil
		}
		return absent("You move the traffic yourself later"), nil
	}
	var records, stand []setup.Record
	var ttl int
	var back bool
	if atRoute53(e.Setup.Spec) {
		records = trafficAliases(e, target)
		sets, err := recordSets(ctx, e, e.name())
		if err != nil {
			return Observation{}, err
		}
		for _, s := range sets {
			if slices.Contains(visitorTypes, string(s.Type)) {
				stand = append(stand, asRecords(s)...)
			}
		}
		ttl, back = oldTTL(sets), e.back(stand)
		for i := range records {
			set := ofType(sets, types.RRType(records[i].Type))
			if set == nil {
				set = ofType(sets, types.RRTypeCname)
			}
			if set == nil {
				continue
			}
			is := asRecords(*set)
			for _, r := range is {
				records[i].Seen = append(records[i].Seen, r.Value)
			}
			records[i].Found = set.AliasTarget != nil && values(is) == target
		}
	} else {
		r, named, err := seeTraffic(ctx, e, trafficRecord(ctx, e))
		if err != nil {
			return Observation{}, err
		}
		ttl, back = r.Was, e.seenBack(r.Seen)
		if records = []setup.Record{r}; r.Found && !named {
			if ours := ourAliases(ctx, e); len(ours) > 0 {
				records = ours
			}
		}
	}
	o := ready("Nothing is moved. Add this record whenever you like")
	if !slices.ContainsFunc(records, func(r setup.Record) bool { return !r.Found }) {
		o.Summary, ttl, back = "The record leads to the distribution already", 0, false
	}
	o.Records, o.OldTTL, o.Back = records, ttl, back
	return o, nil
}
