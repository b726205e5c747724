package steps

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/miekg/dns"

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
		Brief:      recordsBrief,
		Actions:    recordActions,
		Grants:     trafficGrants,
		TitleFor: func(s setup.Spec) string {
			if s.Domain.Switch == setup.SwitchLater {
				return "Show the traffic record"
			}
			return "Move traffic"
		},
		Observe: observeTraffic,
		Apply:   applyTraffic,
	}
}

// trafficGrants are the grants of the step dns. One change creates the new
// record and deletes what led visitors before, so the grants allow both.
func trafficGrants(s Scope) []Grant {
	if s.Spec.Domain.Switch != setup.SwitchLater {
		return s.recordGrants(s.trafficName(), visitorTypes, visitorTypes[:2])
	}
	grants := s.recordGrants(s.trafficName(), nil, nil)
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
	if e.Setup.Spec.Edge.IPv6 {
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
		if s.Type != types.RRTypeA && s.Type != types.RRTypeAaaa && s.Type != types.RRTypeCname {
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
	return d, nil
}

func observeAliases(ctx context.Context, e *Env) (Observation, error) {
	target := trafficTarget(e)
	planned := target
	if planned == "" {
		planned = "the new distribution"
	}
	wanted := trafficAliases(e, planned)
	sets, err := recordSets(ctx, e, e.name())
	if err != nil {
		return Observation{}, err
	}
	d, pr := diffTraffic(e, sets, wanted)
	if pr != nil {
		return foreign(pr), nil
	}
	if len(d.changes) > 0 {
		return Observation{State: Drifted, Summary: "Replaces " + replaced(d.old), Changes: d.changes}, nil
	}
	if len(d.put) > 0 || target == "" || unconfirmed(e, setup.KeyRecordTraffic) {
		return absent(recordTypes(wanted) + " in Route 53"), nil
	}
	done, err := published(ctx, e, setup.KeyRecordTraffic)
	if err != nil {
		return Observation{}, err
	}
	r := trafficResource(e, wanted)
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
	if v := old.Attributes[setup.AttrChange]; v != "" {
		r.Attributes[setup.AttrChange] = v
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
		return problem("The traffic cannot be moved yet.", "There is no distribution to lead it to.", `Choose "Re-run from here" at the step Create distribution.`)
	}
	wanted := trafficAliases(e, target)
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

// trafficRecord is the record that a person adds at another DNS provider.
func trafficRecord(ctx context.Context, e *Env) setup.Record {
	r := setup.Record{Type: "CNAME", Name: e.name(), Value: trafficTarget(e), TTL: 300, Why: trafficWhy}
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
		r.Seen = a.Records
	}
	named = slices.Contains(a.CNAMEs, r.Value)
	r.Found = named || sameAddresses(ctx, e, a.Records, r.Value)
	return r, named, failed
}

func observeElsewhere(ctx context.Context, e *Env) (Observation, error) {
	if trafficTarget(e) == "" {
		return absent("1 record for you to change"), nil
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
		o.Records = []setup.Record{r}
		return o, nil
	}
	o := Observation{State: Person, Summary: "Waits for your " + r.Type + " record", Records: []setup.Record{r}}
	if err != nil {
		o.Summary += ". DNS could not be asked just now"
	} else if err := keepPrevious(ctx, e, r); err != nil {
		return Observation{}, err
	}
	return o, nil
}

// keepTraffic stores the record that a person added. It is not ours.
func keepTraffic(ctx context.Context, e *Env, want setup.Record) error {
	r := trafficResource(e, []setup.Record{want})
	r.Owned, r.State, r.Token = false, "", ""
	return e.keepRecords(ctx, r)
}

// keepPrevious stores what the name answered before a person changed it. It
// does so only once.
func keepPrevious(ctx context.Context, e *Env, seen setup.Record) error {
	if len(e.writtenTraffic()) > 0 || len(seen.Seen) == 0 {
		return nil
	}
	var old []setup.Record
	for _, v := range seen.Seen {
		t := "CNAME"
		if isAddress(v) {
			t = "A"
		}
		old = append(old, setup.Record{Type: t, Name: seen.Name, Value: v})
	}
	return e.keep(ctx, setup.Resource{
		Key: setup.KeyRecordTraffic, Type: "DNS record",
		Attributes: map[string]string{setup.AttrPrevious: recordsJSON(old)},
	})
}

// observeLater shows the record that a person sets whenever they like.
func observeLater(ctx context.Context, e *Env) (Observation, error) {
	target := trafficTarget(e)
	if target == "" {
		return absent("You move the traffic yourself later"), nil
	}
	var records []setup.Record
	if atRoute53(e.Setup.Spec) {
		records = trafficAliases(e, target)
		sets, err := recordSets(ctx, e, e.name())
		if err != nil {
			return Observation{}, err
		}
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
		if records = []setup.Record{r}; r.Found && !named {
			if ours := ourAliases(ctx, e); len(ours) > 0 {
				records = ours
			}
		}
	}
	o := ready("Nothing is moved. Add this record whenever you like")
	if !slices.ContainsFunc(records, func(r setup.Record) bool { return !r.Found }) {
		o.Summary = "The record leads to the distribution already"
	}
	o.Records = records
	return o, nil
}
