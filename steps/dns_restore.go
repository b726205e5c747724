package steps

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/miekg/dns"

	"apifront/setup"
)

func restoreStep() Step {
	return Step{
		ID:         "dns-restore",
		Thing:      "DNS record",
		Title:      "Put the old record back",
		Why:        "Leads visitors to where they went before. Nothing in AWS is deleted, so that the traffic can be moved again.",
		Service:    "DNS",
		ServiceFor: dnsService,
		Tutorial:   0,
		Needs:      []setup.StepID{"identity"},
		Kinds:      []setup.JobKind{setup.JobRestore},
		Parts:      []setup.Part{setup.PartName},
		Mark:       setup.MarkTraffic,
		Wait:       Wait{Every: personWait, Settle: 3 * time.Second, Limit: 10 * time.Minute, Usual: time.Minute},
		Actions:    recordActions,
		Grants: func(s Scope) []Grant {
			if s.Spec.Domain.Switch == setup.SwitchLater && !s.Resources.CanRestore(s.Spec.Domain.Name) {
				return nil // there is nothing to put back
			}
			return s.recordGrants(s.trafficName(), visitorTypes)
		},
		Observe: observeRestore,
		Apply:   applyRestore,
	}
}

// jobMark is the mark, in an attribute, of what is stored for this job alone.
func jobMark(e *Env) string { return strconv.FormatInt(e.Job.ID, 10) }

// markedByJob says whether the mark is this job's. Earlier versions stored a
// token as the mark.
func markedByJob(e *Env, mark string) bool {
	return mark == jobMark(e) || mark == e.Token(0, jobMark(e))
}

func nothingToRestore() *setup.Problem {
	return problem("No record was put back.",
		"No record is stored for this name that apifront replaced, or it is back already.",
		"Look at the records of the name at your DNS provider. If one is missing, add it there.")
}

// An atName is the records at the name, compared with those that apifront put
// there and those that they replaced.
type atName struct {
	sets []types.ResourceRecordSet // sets that lead visitors
	old  []setup.Record
	back bool // the old records are there
	ours bool // the records that apifront put there are there
	now  []setup.Record
	odd  string // the routing policy, if a record has one
}

// stands reads the records at the name.
func stands(ctx context.Context, e *Env) (atName, error) {
	s := atName{old: e.Resources.OldRecords(e.name())}
	all, err := recordSets(ctx, e, e.name())
	if err != nil {
		return s, err
	}
	for _, set := range all {
		if set.Type != types.RRTypeA && set.Type != types.RRTypeAaaa && set.Type != types.RRTypeCname {
			continue
		}
		if policy := routing(set); policy != "" {
			s.odd = policy
		}
		s.sets = append(s.sets, set)
		s.now = append(s.now, asRecords(set)...)
	}
	s.back = s.odd == "" && sameRecords(s.now, s.old)
	s.ours = s.odd == "" && slices.ContainsFunc(e.writtenTraffic(), func(r setup.Resource) bool { return sameRecords(s.now, recordsOf(r)) })
	if k := e.lowered(); k != nil && s.odd == "" && sameRecords(s.now, k.Is) {
		s.ours = true // somebody else's, with a TTL of ours
	}
	return s, nil
}

// sameRecords says whether two lists mean the same to DNS. An empty list is the
// same as no other list.
func sameRecords(a, b []setup.Record) bool {
	if len(a) == 0 || len(a) != len(b) {
		return false
	}
	words := func(list []setup.Record) []string {
		var w []string
		for _, r := range list {
			w = append(w, recordWord(r))
		}
		slices.Sort(w)
		return w
	}
	return slices.Equal(words(a), words(b))
}

// recordWord is the same for two records that mean the same to DNS.
func recordWord(r setup.Record) string {
	return fmt.Sprint(r.Type, " ", unrooted(r.Value), " ", r.TTL, " ", r.Alias, " ", r.Zone, " ", r.Health)
}

// changedSince is the problem that somebody else has changed the records.
func changedSince(e *Env, s atName) *setup.Problem {
	is := "has no record there"
	switch {
	case s.odd != "":
		is = "has records with a routing policy there (" + s.odd + ")"
	case len(s.now) > 0:
		is = "has " + replaced(s.now) + " there"
	}
	return problem("The old record was not put back.",
		"Somebody has changed the records of "+e.name()+" since apifront moved the traffic: Route 53 "+is+". That is neither what apifront put there nor what stood there before, so it was left as it is.",
		"Decide in Route 53 which record is right. For the old one, set "+replaced(s.old)+" there, then re-run this step.")
}

func observeRestore(ctx context.Context, e *Env) (Observation, error) {
	if len(e.Resources.OldRecords(e.name())) == 0 {
		return foreign(nothingToRestore()), nil
	}
	if !atRoute53(e.Setup.Spec) {
		return observeRestoreElsewhere(ctx, e)
	}
	s, err := stands(ctx, e)
	if err != nil {
		return Observation{}, err
	}
	meant := markedByJob(e, e.recordRow(setup.KeyRecordTraffic).Attributes[setup.AttrRestored])
	switch {
	case s.back && lostAnswer(e):
		return absent(replaced(s.old) + ", which Route 53 has not confirmed yet"), nil
	case s.back:
		return observeBack(ctx, e, s.old, meant)
	case s.ours:
		return Observation{
			State: Drifted, Summary: "Puts " + replaced(s.old) + " back",
			Changes: []setup.Change{{Field: e.name(), Is: replaced(s.now), Want: replaced(s.old)}},
		}, nil
	default:
		return foreign(changedSince(e, s)), nil
	}
}

// observeBack waits until all of Route 53's servers know the old records. Then
// it looks at the zone's name servers from outside.
func observeBack(ctx context.Context, e *Env, old []setup.Record, meant bool) (Observation, error) {
	if meant {
		done, err := published(ctx, e, setup.KeyRecordTraffic)
		if err != nil {
			return Observation{}, err
		}
		if !done {
			return pending("Route 53 is publishing the record"), nil
		}
	}
	if err := keepBack(ctx, e, changeInsync, "", 0); err != nil {
		return Observation{}, err
	}
	records, all, err := seeOld(ctx, e, old)
	if !all {
		o := pending("Route 53 has the record. The zone's name servers do not show it yet")
		if err != nil {
			o.Summary = "Route 53 has the record. DNS could not be asked just now"
		}
		o.Records = records
		o.Problem = problem("The old record is back in Route 53, but DNS does not show it.",
			"The name servers that DNS leads to for "+e.name()+" answer without "+replaced(old)+", or do not answer.",
			"Compare the name servers of the zone with those at the registrar, then re-run this step.")
		return o, nil
	}
	o := ready("Route 53, " + replaced(old))
	o.Records = records
	return o, nil
}

// lostAnswer says whether this job was about to put the old records back and
// does not know Route 53's answer.
func lostAnswer(e *Env) bool {
	r := e.recordRow(setup.KeyRecordTraffic)
	return markedByJob(e, r.Attributes[setup.AttrRestored]) && r.State == "" && r.Attributes[setup.AttrChange] == ""
}

// keepBack stores that the records of apifront are not there any more. The old
// records stay stored, because the job's page shows them. If change is "", the
// known change ID stays. ttl is that of what was there before; 0: it is not known,
// or somebody else has put them back.
func keepBack(ctx context.Context, e *Env, state, change string, ttl int) error {
	r := e.recordRow(setup.KeyRecordTraffic)
	r.ID, r.Owned, r.State = "", false, state
	attributes := e.zoneAttribute()
	attributes[setup.AttrRestored] = jobMark(e)
	if change = cmp.Or(change, r.Attributes[setup.AttrChange]); change != "" {
		attributes[setup.AttrChange] = change
	}
	switch moved := r.Attributes[setup.AttrMoved]; {
	case !markedByJob(e, r.Attributes[setup.AttrRestored]), moved == "":
		if ttl > 0 {
			attributes[setup.AttrMoved], attributes[setup.AttrMovedFrom] = e.stamp(), strconv.Itoa(ttl)
		}
	default:
		attributes[setup.AttrMoved], attributes[setup.AttrMovedFrom] = moved, r.Attributes[setup.AttrMovedFrom]
	}
	maps.Copy(attributes, e.wayBack(setup.KeyRecordTraffic))
	delete(attributes, setup.AttrLowered)
	r.Attributes = attributes
	return e.keepRecords(ctx, r)
}

func applyRestore(ctx context.Context, e *Env) error {
	if len(e.Resources.OldRecords(e.name())) == 0 {
		return nothingToRestore()
	}
	if !atRoute53(e.Setup.Spec) {
		return nil
	}
	s, err := stands(ctx, e)
	if err != nil {
		return err
	}
	switch {
	case s.back && !lostAnswer(e):
		return nil
	case !s.back && !s.ours:
		return changedSince(e, s)
	case !s.back:
		if err := keepMeant(ctx, e); err != nil {
			return err
		}
	}
	change, err := changeRecords(ctx, e, restoreChanges(s))
	if code(err, "InvalidChangeBatch") {
		// Somebody changed the records in between, or the answer of an earlier
		// try was lost.
		now, again := stands(ctx, e)
		switch {
		case again != nil:
			return again
		case now.back && s.back:
			return keepBack(ctx, e, changeInsync, "", 0) // the records exist, and Route 53 does not write them again
		case now.back:
			change, err = changeRecords(ctx, e, restoreChanges(now))
		case !now.ours:
			return changedSince(e, now)
		}
	}
	if err != nil {
		return err
	}
	return keepBack(ctx, e, string(types.ChangeStatusPending), change, aliasSeconds)
}

// keepMeant stores that the job is about to put the old records back.
func keepMeant(ctx context.Context, e *Env) error {
	r := e.recordRow(setup.KeyRecordTraffic)
	attributes := e.zoneAttribute()
	attributes[setup.AttrRestored] = jobMark(e)
	if v := r.Attributes[setup.AttrRecords]; v != "" {
		attributes[setup.AttrRecords] = v
	}
	maps.Copy(attributes, e.wayBack(setup.KeyRecordTraffic))
	r.State, r.Attributes = "", attributes
	return e.keepRecords(ctx, r)
}

// restoreChanges is one batch, which Route 53 carries out as a whole or not at
// all. It deletes exactly what was seen. If somebody changes the records
// between the look and the write, Route 53 refuses it. Old records that exist
// already are written again unchanged; the ID of that change tells when they
// are published.
func restoreChanges(s atName) []types.Change {
	changes := deletions(s.sets)
	for _, set := range asSets(s.old) {
		changes = append(changes, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &set})
	}
	return changes
}

// asSets is the reverse of asRecords: it returns one record set for each type.
func asSets(records []setup.Record) []types.ResourceRecordSet {
	list := slices.Clone(records)
	slices.SortStableFunc(list, func(a, b setup.Record) int { return cmp.Compare(a.Type, b.Type) })
	var sets []types.ResourceRecordSet
	for i, r := range list {
		if i == 0 || list[i-1].Type != r.Type {
			sets = append(sets, types.ResourceRecordSet{Name: aws.String(r.Name), Type: types.RRType(r.Type)})
		}
		set := &sets[len(sets)-1]
		if r.Alias {
			set.AliasTarget = &types.AliasTarget{DNSName: aws.String(r.Value), HostedZoneId: aws.String(r.Zone), EvaluateTargetHealth: r.Health}
			continue
		}
		set.TTL = aws.Int64(int64(r.TTL))
		set.ResourceRecords = append(set.ResourceRecords, types.ResourceRecord{Value: aws.String(r.Value)})
	}
	return sets
}

// observeRestoreElsewhere shows the old records to the person who can put them
// back, and looks for them.
func observeRestoreElsewhere(ctx context.Context, e *Env) (Observation, error) {
	old := e.Resources.OldRecords(e.name())
	records, all, err := seeOld(ctx, e, old)
	if all {
		if err := keepBack(ctx, e, "", "", setup.HighestTTL(recordsOf(e.recordRow(setup.KeyRecordTraffic)))); err != nil {
			return Observation{}, err
		}
		o := ready(replaced(old) + " found in public DNS")
		o.Records = whereAdded(ctx, e, records)
		return o, nil
	}
	o := Observation{State: Person, Summary: "Waits for you to put " + replaced(old) + " back", Records: whereAdded(ctx, e, records)}
	if err != nil {
		o.Summary += ". DNS could not be asked just now"
	}
	return o, nil
}

// seeOld looks up the old records; all says whether DNS has all of them.
func seeOld(ctx context.Context, e *Env, old []setup.Record) (records []setup.Record, all bool, failed error) {
	all = true
	for _, r := range old {
		r.Found, r.Seen = false, nil
		var err error
		if r.Type == "CNAME" {
			r, err = seeRecord(ctx, e, r)
		} else {
			r, err = seeAddress(ctx, e, r)
		}
		if err != nil {
			failed = err
		}
		all = all && r.Found
		records = append(records, r)
	}
	return records, all, failed
}

// ledTo is where callers are led while an old record is not back: the distribution, or
// the Regional endpoint, if they were on their way from an edge endpoint.
func ledTo(e *Env, old setup.Record) string {
	if e.Setup.Spec.Domain.FromEdge && strings.HasSuffix(old.Value, ".cloudfront.net") {
		return domainTarget(e)
	}
	return trafficTarget(e)
}

// seeAddress looks for an address at the zone's own name servers, or at the
// resolvers if these cannot be asked. The addresses of an alias are those of
// its target, which change by themselves. So any address counts except those of
// the distribution.
func seeAddress(ctx context.Context, e *Env, r setup.Record) (setup.Record, error) {
	kind := dns.TypeA
	if r.Type == "AAAA" {
		kind = dns.TypeAAAA
	}
	host := probeHost(r.Name)
	a, err := e.Prober.Authoritative(ctx, host, kind)
	if err != nil {
		a, err = e.Prober.Lookup(ctx, host, kind)
	}
	if err != nil {
		return r, err
	}
	r.Seen = append(slices.Clone(a.CNAMEs), a.Records...)
	if r.Alias {
		to := ledTo(e, r)
		unlike := strings.HasSuffix(to, ".cloudfront.net") && leadsToOther([]setup.Record{r}, to) // addresses do not tell
		r.Found = len(a.Records) > 0 && (unlike || !sameAddresses(ctx, e, a.Records, to))
	} else {
		r.Found = slices.Contains(a.Records, r.Value)
	}
	return r, nil
}
