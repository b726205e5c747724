package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/miekg/dns"

	"apifront/probe"
	"apifront/setup"
)

// recordActions are the IAM actions of a step that writes DNS records.
var recordActions = []string{"route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets", "route53:GetChange"}

// changeInsync is the state of a resource whose records all of Route 53's
// servers know.
const changeInsync = string(types.ChangeStatusInsync)

func atRoute53(s setup.Spec) bool { return s.Domain.DNS == setup.DNSRoute53 }

// dnsService is the service that has the records, as people write it.
func dnsService(s setup.Spec) string {
	if atRoute53(s) {
		return "Route 53"
	}
	return "DNS"
}

// recordSets returns the record sets at exactly this name of the setup's zone.
// It asks Route 53 once in a pass, and knows what the pass has written.
func recordSets(ctx context.Context, e *Env, name string) ([]types.ResourceRecordSet, error) {
	return remembered(ctx, e, readRecords+unrooted(name), func(ctx context.Context, e *Env) ([]types.ResourceRecordSet, error) {
		return listRecordSets(ctx, e, name)
	})
}

func listRecordSets(ctx context.Context, e *Env, name string) ([]types.ResourceRecordSet, error) {
	zone := e.Setup.Spec.Domain.ZoneID
	in := &route53.ListResourceRecordSetsInput{HostedZoneId: &zone, StartRecordName: aws.String(name)}
	var sets []types.ResourceRecordSet
	for {
		out, err := e.DNSAccount.Route53().ListResourceRecordSets(ctx, in)
		if code(err, "NoSuchHostedZone") {
			return nil, explained(err,
				"The hosted zone is gone.",
				"Route 53 does not know the zone "+zone+" that the setup writes its records to.",
				"Choose another zone on the page Domain and DNS, then re-run this step.")
		}
		if err != nil {
			return nil, fmt.Errorf("list records at %s in zone %s: %w", name, zone, err)
		}
		for _, s := range out.ResourceRecordSets {
			if recordName(s) != unrooted(name) {
				return sets, nil // Route 53 lists the sets sorted by name
			}
			sets = append(sets, s)
		}
		if !out.IsTruncated {
			return sets, nil
		}
		in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = out.NextRecordName, out.NextRecordType, out.NextRecordIdentifier
	}
}

// recordName is the name of the set as people write it.
func recordName(s types.ResourceRecordSet) string { return plainName(aws.ToString(s.Name)) }

// plainName is the name of a record to be compared, whether people typed it or Route
// 53 wrote it, which writes * as \052.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html (documented)
func plainName(name string) string { return strings.ReplaceAll(unrooted(name), `\052`, "*") }

func ofType(sets []types.ResourceRecordSet, t types.RRType) *types.ResourceRecordSet {
	i := slices.IndexFunc(sets, func(s types.ResourceRecordSet) bool { return s.Type == t })
	if i < 0 {
		return nil
	}
	return &sets[i]
}

// asRecords turns a record set into records as a person would type them, one
// for each value.
func asRecords(s types.ResourceRecordSet) []setup.Record {
	base := setup.Record{Type: string(s.Type), Name: recordName(s), TTL: int(aws.ToInt64(s.TTL))}
	if s.AliasTarget != nil {
		base.Alias = true
		base.Value = unrooted(aws.ToString(s.AliasTarget.DNSName))
		base.Zone = aws.ToString(s.AliasTarget.HostedZoneId)
		base.Health = s.AliasTarget.EvaluateTargetHealth
		return []setup.Record{base}
	}
	var list []setup.Record
	for _, v := range s.ResourceRecords {
		r := base
		r.Value = aws.ToString(v.Value)
		if s.Type == types.RRTypeCname {
			r.Value = unrooted(r.Value)
		}
		list = append(list, r)
	}
	return list
}

func values(records []setup.Record) string {
	var list []string
	for _, r := range records {
		list = append(list, r.Value)
	}
	return strings.Join(list, ", ")
}

// changeRecords sends a batch to the setup's zone and returns Route 53's change ID.
func changeRecords(ctx context.Context, e *Env, changes []types.Change) (string, error) {
	before := maps.Clone(e.read)
	for _, c := range changes {
		e.forget(readRecords + recordName(*c.ResourceRecordSet))
	}
	zone := e.Setup.Spec.Domain.ZoneID
	out, err := e.DNSAccount.Route53().ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: &zone,
		ChangeBatch:  &types.ChangeBatch{Comment: aws.String("apifront: " + e.name()), Changes: changes},
	})
	if err != nil {
		return "", fmt.Errorf("change records at %s in zone %s: %w", e.name(), zone, err)
	}
	// Route 53 carries out a batch as a whole or not at all. It has answered,
	// so this is what it lists from now on.
	for _, c := range changes {
		key := readRecords + recordName(*c.ResourceRecordSet)
		if sets, ok := before[key].([]types.ResourceRecordSet); ok {
			before[key] = changed(sets, c)
			e.remember(key, before[key])
		}
	}
	id := strings.TrimPrefix(aws.ToString(out.ChangeInfo.Id), "/change/")
	if e.Waits { // else it is asked at once how far it is
		e.remember(readChanged+id, out.ChangeInfo.Status == types.ChangeStatusInsync)
	}
	return id, nil
}

// changed returns the record sets at a name after a change.
func changed(sets []types.ResourceRecordSet, c types.Change) []types.ResourceRecordSet {
	sets = slices.DeleteFunc(slices.Clone(sets), func(s types.ResourceRecordSet) bool { return s.Type == c.ResourceRecordSet.Type })
	if c.Action != types.ChangeActionDelete {
		sets = append(sets, *c.ResourceRecordSet)
	}
	return sets
}

// unconfirmed says whether the step stored that it would change the records and
// does not know Route 53's answer: the process ended in between, or the answer
// was lost. Sending the same change again changes nothing, and returns the ID
// that tells when it is published.
func unconfirmed(e *Env, key string) bool {
	r := e.recordRow(key)
	return r.Owned && r.State == "" && r.Attributes[setup.AttrChange] == ""
}

// published says whether all of Route 53's servers know the last change of the
// resource.
func published(ctx context.Context, e *Env, key string) (bool, error) {
	r := e.recordRow(key)
	change := r.Attributes[setup.AttrChange]
	if change == "" || r.State == changeInsync {
		return true, nil
	}
	return publishedChange(ctx, e, change)
}

// publishing says whether Route 53 is still publishing the change that an earlier
// pass of this attempt sent. Then the records need not be read.
func publishing(ctx context.Context, e *Env, key string) (bool, error) {
	if !e.Waiting || unconfirmed(e, key) {
		return false, nil
	}
	done, err := published(ctx, e, key)
	return !done, err
}

// publishedChange says whether all of Route 53's servers know a change. If Route
// 53 does not know it any more, it was published long ago. It is asked once in a
// pass.
func publishedChange(ctx context.Context, e *Env, change string) (bool, error) {
	return remembered(ctx, e, readChanged+change, func(ctx context.Context, e *Env) (bool, error) { return askChange(ctx, e, change) })
}

func askChange(ctx context.Context, e *Env, change string) (bool, error) {
	out, err := e.DNSAccount.Route53().GetChange(ctx, &route53.GetChangeInput{Id: &change})
	if code(err, "NoSuchChange") {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("get change %s: %w", change, err)
	}
	return out.ChangeInfo.Status == types.ChangeStatusInsync, nil
}

// recordsJSON is a list of records as an attribute stores it.
func recordsJSON(records []setup.Record) string {
	if records == nil {
		records = []setup.Record{}
	}
	b, err := json.Marshal(records)
	if err != nil { // strings, numbers and booleans can always be encoded
		return "[]"
	}
	return string(b)
}

// seeRecord looks up a record that a person is to add, and fills in Found and
// Seen. It asks the zone's own name servers first, since they know the record
// at once, and then the resolvers.
func seeRecord(ctx context.Context, e *Env, r setup.Record) (setup.Record, error) {
	var seen []string
	var failed error
	for _, ask := range []func(context.Context, string, uint16) (probe.Answer, error){e.Prober.Authoritative, e.Prober.Lookup} {
		a, err := ask(ctx, r.Name, dns.TypeCNAME)
		if err != nil {
			failed = err
			continue
		}
		failed = nil
		for _, v := range a.Records {
			if unrooted(v) == unrooted(r.Value) {
				r.Found, r.Seen = true, []string{unrooted(v)}
				return r, nil
			}
			if !slices.Contains(seen, unrooted(v)) {
				seen = append(seen, unrooted(v))
			}
		}
	}
	r.Seen = seen
	return r, failed
}

// personWait is the time between two looks for a record that a person is to
// add.
const personWait = 5 * time.Second

func isAddress(value string) bool {
	_, err := netip.ParseAddr(value)
	return err == nil
}

// recordsBrief is Step.Brief of a step that writes records: it says who writes
// them.
func recordsBrief(s setup.Spec) (string, bool) {
	if atRoute53(s) {
		return "In Route 53", false
	}
	return "Needs a DNS record from you", false
}

// trafficBrief is the same of the traffic record, which may be left for later.
func trafficBrief(s setup.Spec) (string, bool) {
	if s.Domain.Switch == setup.SwitchLater {
		return "Shows the record, and moves nothing", false
	}
	return recordsBrief(s)
}
