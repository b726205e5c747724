package probe

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"apifront/setup"
)

// A dnsSymptom is a row of the table of what is wrong in DNS.
type dnsSymptom struct {
	setting setup.Setting
	passing bool
	// {name}, {value}, {zone}, {servers}, {seen}, {at}, {hosted}, {target},
	// {until} and {others} are replaced.
	why, fix string
}

// dnsSymptoms is the table, by the name of the row. The slips of records are
// those that people report (field guide D.3).
var dnsSymptoms = map[string]dnsSymptom{
	RecordMissing: {setup.SettingValidationRecord, false,
		"None of the name servers of {zone} ({servers}) has the record {name}.", "Add the record where {zone} is managed."},
	"record-other-value": {setup.SettingValidationRecord, false,
		"The record {name} has the value {seen}, and not {value}.", "Change the value of the record to {value}."},
	"record-value-zone": {setup.SettingValidationRecord, false,
		"The record {name} has the value {seen}: the provider added the zone to it.", "Enter the value with a full stop at its end, {value}., or as the provider wants a name outside of the zone."},
	"record-is-text": {setup.SettingValidationRecord, false,
		"At {at} there is a TXT record with the value, and ACM looks for a CNAME record.", "Make the record a CNAME record."},
	"record-flattened": {setup.SettingProxy, false,
		"{at} has addresses ({seen}) in place of a CNAME record: the provider's proxy or its CNAME flattening answers.", "Switch the proxy and the flattening off for this record (DNS only)."},
	"record-doubled": {setup.SettingValidationRecord, false,
		"The record is at {at}: the provider added the zone to the name a second time.", "Enter the name without {zone} at its end."},
	"record-shortened": {setup.SettingValidationRecord, false,
		"The record is at {at}, at the top of the zone, and not at {name}.", "Enter the name with all its labels: {name}."},
	"record-underscore": {setup.SettingValidationRecord, false,
		"The record is at {at}: the underscore at the beginning of the name is missing.", "Enter the name with its underscore: {name}."},
	"record-partly": {setup.SettingValidationRecord, true,
		"Some of the name servers of {zone} have the record, and {others} not yet.", "Wait until the provider has brought it to all of them."},
	"servers-silent": {setup.SettingDelegation, false,
		"DNS leads {name} to {zone} on {servers}, and none of them answers for it.", "Set the name servers of {zone}, at the registrar or in the parent zone, to those that serve it."},
	"dns-silent": {setup.SettingNetwork, false,
		"No name server and no resolver answered a question for {name} from here.", "Check this machine's DNS, and whether it may ask name servers."},
	"zone-not-asked": {setup.SettingDelegation, false,
		"The record is in the hosted zone {hosted} in Route 53, but nobody asks there: DNS leads {name} to {zone} on {servers}, which do not have it.",
		"Set the name servers of {hosted}, at the registrar or in the parent zone, to those that Route 53 gave the hosted zone; or choose the zone that DNS leads to on the page Domain and DNS."},

	"traffic-none": {setup.SettingTrafficRecord, false,
		"None of the name servers of {zone} ({servers}) has an address for {name}.", "Add the record of {name} where {zone} is managed."},
	"traffic-elsewhere": {setup.SettingTrafficRecord, false,
		"The name servers of {zone} lead {name} to {seen}, which is not the distribution.", "Point the record of {name} at {target}, and look for a second record of the name."},
	"traffic-families": {setup.SettingTrafficRecord, false,
		"{name} leads to the distribution over IPv4 or over IPv6 only; the other leads to {seen}.", "Point the A and the AAAA record of {name} at the distribution, or remove the one that does not."},
	"traffic-being-published": {setup.SettingTrafficRecord, true,
		"Some of the name servers of {zone} lead {name} to the distribution, and {others} not yet.", "Wait until all of them have the record."},
	"traffic-remembered": {setup.SettingTrafficRecord, true,
		"The name servers lead {name} to the distribution. Resolvers ({others}) still remember {seen}, for up to {until}.", "Wait. Until then visitors of these resolvers go to the old server, so keep it running."},
	"traffic-absence-remembered": {setup.SettingTrafficRecord, true,
		"The name servers know {name}. Resolvers ({others}) remember that it was not there, for up to {until}.", "Wait until the resolvers ask again."},
}

// RecordMissing is the symptom of a record that nobody has added yet.
const RecordMissing = "record-missing"

// slipRows are the rows of the slips.
var slipRows = map[Slip]string{
	SlipMissing: RecordMissing, SlipPartly: "record-partly", SlipOtherValue: "record-other-value", SlipValueZone: "record-value-zone",
	SlipText: "record-is-text", SlipFlattened: "record-flattened", SlipDoubled: "record-doubled", SlipShortened: "record-shortened",
	SlipUnderscored: "record-underscore",
}

// Cause is what is wrong with the record; nil: nothing is. Hosted is the hosted
// zone in Route 53 that has the record by what AWS says; "": a person adds it
// elsewhere.
func (l RecordLook) Cause(hosted string) *setup.Cause {
	row := slipRows[l.Slip]
	switch {
	case l.Slip == NoSlip:
		return nil
	case l.Slip == SlipUnread && l.Zone != "": // somebody led there
		row = "servers-silent"
	case l.Slip == SlipUnread:
		row = "dns-silent"
	case l.Slip == SlipMissing && hosted != "":
		row = "zone-not-asked"
	}
	return dnsCause(row, "ACM does not find the validation record.", map[string]string{
		"name": l.Name, "value": l.Value, "zone": l.Zone, "servers": setup.And(l.Servers), "seen": setup.And(l.Seen), "at": l.At,
		"hosted": hosted, "others": setup.And(l.Without),
	})
}

// Cause is why the name does not lead to the target everywhere; nil: it does.
// Hosted is the hosted zone in Route 53 that has its record by what AWS says; "":
// a person keeps it elsewhere.
func (t Traffic) Cause(hosted string) *setup.Cause {
	var direct, answered, right int
	for i := range t.A {
		if !t.A[i].Resolver {
			direct++
			if t.A[i].Err == nil || t.AAAA[i].Err == nil {
				answered++
				if slices.Contains(t.Right, t.A[i].Server) {
					right++
				}
			}
		}
	}
	none := func(resolver bool) []string {
		return slices.DeleteFunc(slices.Clone(t.None), func(s string) bool { return t.isResolver(s) != resolver })
	}
	astray := hosted != "" && direct > 0 && t.Zone != setup.FoldName(hosted) // DNS leads to another zone than ours
	var row string
	others := t.Other
	switch {
	case direct > 0 && answered == 0 && len(t.Right) == 0:
		row = "servers-silent"
	case t.Zone == "" && len(t.Right)+len(t.Other)+len(t.Old)+len(t.None) == 0:
		row = "dns-silent"
	case t.Families:
		row = "traffic-families"
	case right > 0 && (len(t.Other) > 0 || len(none(false)) > 0):
		row, others = "traffic-being-published", append(slices.Clone(t.Other), none(false)...)
	case len(t.Other) > 0 && astray:
		row = "zone-not-asked"
	case len(t.Other) > 0:
		row = "traffic-elsewhere"
	case len(none(false)) > 0 && astray:
		row = "zone-not-asked"
	case len(none(false)) > 0 || len(t.Right) == 0 && len(t.Old) == 0:
		row = "traffic-none"
	case len(t.Old) > 0:
		row, others = "traffic-remembered", t.Old
	case len(none(true)) > 0:
		row, others = "traffic-absence-remembered", none(true)
	default:
		return nil
	}
	c := dnsCause(row, "Public DNS does not lead to the distribution.", map[string]string{
		"name": t.Name, "zone": t.Zone, "servers": setup.And(t.Servers), "seen": setup.And(t.Leads), "hosted": hosted,
		"target": t.Target, "others": setup.And(others), "until": setup.Span(t.Until.Round(time.Second)),
	})
	if hosted != "" && (row == "traffic-none" || row == "traffic-elsewhere") {
		c.Or = []setup.Setting{setup.SettingDelegation} // there may be a second zone of this name, and DNS leads to that
		c.Tell = "Whether these are the name servers that Route 53 gave the hosted zone."
	}
	return c
}

func (t Traffic) isResolver(server string) bool {
	return slices.ContainsFunc(t.A, func(v View) bool { return v.Server == server && v.Resolver })
}

// dnsCause is a row of the table in words.
func dnsCause(row, what string, words map[string]string) *setup.Cause {
	var pairs []string
	for _, key := range []string{"name", "value", "zone", "servers", "seen", "at", "hosted", "target", "until", "others"} {
		fallback := map[string]string{"zone": "its zone", "servers": "its name servers", "seen": "nothing", "others": "others"}[key]
		pairs = append(pairs, "{"+key+"}", cmp.Or(words[key], fallback))
	}
	r := dnsSymptoms[row]
	if row == "dns-silent" {
		what = "DNS does not answer." // what it would say is not known
	}
	text := strings.NewReplacer(pairs...)
	return &setup.Cause{Symptom: row, Setting: r.setting, Passing: r.passing, Problem: &setup.Problem{
		What: what, Why: text.Replace(r.why), Fix: text.Replace(r.fix), Code: row,
	}}
}
