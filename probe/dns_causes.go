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
	// {until}, {others} and {repair} are replaced.
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
		"DNS leads {name} to {zone} on {servers}, and none of them answers for it.", "{repair}"},
	"dns-silent": {setup.SettingNetwork, false,
		"No name server and no resolver answered a question for {name} from here.", "Check this machine's DNS, and whether it may ask name servers."},
	"zone-not-asked": {setup.SettingDelegation, false,
		"The record is in the hosted zone {hosted} in Route 53, but nobody asks there: DNS leads {name} to {zone} on {servers}, which do not have it.",
		"Set the name servers of {hosted}, at the registrar or in the parent zone, to those that Route 53 gave the hosted zone; or choose the zone that DNS leads to on the page Domain and DNS."},
	"zone-gone": {setup.SettingDelegation, false,
		"Route 53 does not know the hosted zone of {hosted} any more. DNS leads {name} to {zone} on {servers}, which do not have the record.",
		"Choose the zone that DNS leads to on the page Domain and DNS, or make the hosted zone again and set its name servers at the registrar or in the parent zone."},
	"servers-lame": {setup.SettingDelegation, false,
		"Of the name servers that DNS names for {zone}, {others} gave no answer for it. Visitors whose resolver asks there wait longer, or fail.", "Look at these name servers, or take them out at the registrar or in the parent zone."},
	"resolvers-fail": {setup.SettingNetwork, false,
		"The name servers know {name}, and the resolver {others} gave no answer.", "Look at this resolver: who uses it may not reach the name."},

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

// Hosted is the hosted zone in Route 53 that has the setup's records by what AWS
// says; the zero value: a person keeps them elsewhere.
type Hosted struct {
	Apex    string
	Servers []string // that Route 53 gave it; none: nobody asked
	Gone    bool     // Route 53 does not know it any more
}

// asked says whether DNS, which leads to the zone on the servers, leads to the
// hosted one. Without sure it may be another zone of the same name.
func (h Hosted) asked(zone string, servers []string) (yes, sure bool) {
	switch {
	case h.Apex == "" || zone == "":
		return true, true
	case h.Gone || zone != setup.FoldName(h.Apex):
		return false, true
	case len(h.Servers) == 0:
		return true, false
	}
	return slices.ContainsFunc(servers, func(s string) bool { return slices.Contains(h.Servers, s) }), true
}

// repair is what to do about a zone none of whose name servers answers. Those that
// Route 53 gave the hosted zone are the right ones, and setting them again does not
// help.
func (h Hosted) repair(zone string, servers []string) string {
	asked, sure := h.asked(zone, servers)
	switch {
	case h.Apex == "" || !sure:
		return "Look at why these name servers do not answer. If the zone has moved, set its name servers, at the registrar or in the parent zone, to those that serve it."
	case asked:
		return "These are the name servers of the hosted zone, as Route 53 gave them, so nothing is to be set. Look at whether this server can reach them, and wait until they answer."
	}
	return "Set the name servers of " + zone + ", at the registrar or in the parent zone, to those that serve it."
}

// astray is the row of a record that is nowhere where DNS leads, because that is
// not the hosted zone.
func (h Hosted) astray() string {
	if h.Gone {
		return "zone-gone"
	}
	return "zone-not-asked"
}

// orAsked leaves a cause open where there may be a second zone of this name.
func orAsked(c *setup.Cause, sure bool) *setup.Cause {
	if !sure {
		c.Or, c.Tell = []setup.Setting{setup.SettingDelegation}, "Whether these are the name servers that Route 53 gave the hosted zone."
	}
	return c
}

// Cause is what is wrong with the record; nil: nothing is.
func (l RecordLook) Cause(h Hosted) *setup.Cause {
	row := slipRows[l.Slip]
	asked, sure := h.asked(l.Zone, l.Servers)
	switch {
	case l.Slip == NoSlip:
		return nil
	case l.Slip == SlipUnread && l.Zone != "" && h.Gone: // its servers answer for it no more
		row = h.astray()
	case l.Slip == SlipUnread && l.Zone != "": // somebody led there
		row = "servers-silent"
	case l.Slip == SlipUnread:
		row = "dns-silent"
	case l.Slip != SlipMissing && l.Slip != SlipOtherValue:
		sure = true // a person's slip, in the zone that DNS leads to
	case !asked:
		row = h.astray()
	}
	return orAsked(dnsCause(row, "ACM does not find the validation record.", map[string]string{
		"name": l.Name, "value": l.Value, "zone": l.Zone, "servers": setup.And(l.Servers), "seen": setup.And(l.Seen), "at": l.At,
		"hosted": h.Apex, "others": setup.And(l.Without), "repair": h.repair(l.Zone, l.Servers),
	}), sure || l.Slip == SlipUnread)
}

// Cause is why the name does not lead to the target everywhere; nil: it does.
func (t Traffic) Cause(h Hosted) *setup.Cause {
	var direct, answered, right int
	for i := range t.A {
		if !t.A[i].Resolver {
			direct++
			if t.answers(i) {
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
	asked, sure := h.asked(t.Zone, t.Servers)
	astray := direct > 0 && !asked // DNS leads to another zone than ours
	var row string
	others := t.Other
	switch {
	case direct > 0 && answered == 0 && len(t.Right) == 0 && h.Gone:
		row = h.astray()
	case direct > 0 && answered == 0 && len(t.Right) == 0:
		row = "servers-silent"
	case t.Zone == "" && len(t.Right)+len(t.Other)+len(t.Old)+len(t.None) == 0:
		row = "dns-silent"
	case t.Families:
		row = "traffic-families"
	case right > 0 && (len(t.Other) > 0 || len(none(false)) > 0):
		row, others = "traffic-being-published", append(slices.Clone(t.Other), none(false)...)
	case len(t.Other) > 0 && astray:
		row = h.astray()
	case len(t.Other) > 0:
		row = "traffic-elsewhere"
	case len(none(false)) > 0 && astray:
		row = h.astray()
	case len(none(false)) > 0 || len(t.Right) == 0 && len(t.Old) == 0:
		row = "traffic-none"
	case len(t.Old) > 0:
		row, others = "traffic-remembered", t.Old
	case len(none(true)) > 0:
		row, others = "traffic-absence-remembered", none(true)
	default:
		return nil
	}
	return orAsked(t.cause(row, h, others), sure || row != "traffic-none" && row != "traffic-elsewhere")
}

// Beside is what is wrong with DNS though visitors come to the target: servers
// and resolvers that gave no answer while others did.
func (t Traffic) Beside() []setup.Cause {
	var useless [2][]string
	var answered [2]bool
	for i := range t.A {
		kind := 0
		if t.A[i].Resolver {
			kind = 1
		}
		if t.answers(i) {
			answered[kind] = true
		} else {
			useless[kind] = append(useless[kind], t.A[i].Server)
		}
	}
	var list []setup.Cause
	for kind, row := range []string{"servers-lame", "resolvers-fail"} {
		if answered[0] && answered[1] && len(useless[kind]) > 0 {
			list = append(list, *t.cause(row, Hosted{}, useless[kind]))
		}
	}
	return list
}

// answers says whether the server of the views answered for one family at least.
func (t Traffic) answers(i int) bool { return t.A[i].Err == nil || t.AAAA[i].Err == nil }

func (t Traffic) cause(row string, h Hosted, others []string) *setup.Cause {
	return dnsCause(row, "Public DNS does not lead to the distribution.", map[string]string{
		"name": t.Name, "zone": t.Zone, "servers": setup.And(t.Servers), "seen": setup.And(t.Leads), "hosted": h.Apex,
		"target": t.Target, "others": setup.And(others), "until": setup.Span(t.Until.Round(time.Second)),
		"repair": h.repair(t.Zone, t.Servers),
	})
}

func (t Traffic) isResolver(server string) bool {
	return slices.ContainsFunc(t.A, func(v View) bool { return v.Server == server && v.Resolver })
}

// dnsCause is a row of the table in words.
func dnsCause(row, what string, words map[string]string) *setup.Cause {
	var pairs []string
	for _, key := range []string{"name", "value", "zone", "servers", "seen", "at", "hosted", "target", "until", "others", "repair"} {
		fallback := map[string]string{"zone": "its zone", "servers": "its name servers", "seen": "nothing", "others": "others"}[key]
		pairs = append(pairs, "{"+key+"}", cmp.Or(words[key], fallback))
	}
	r := dnsSymptoms[row]
	switch row {
	case "dns-silent":
		what = "DNS does not answer." // what it would say is not known
	case "servers-lame", "resolvers-fail":
		what = "DNS does not answer everywhere."
	}
	text := strings.NewReplacer(pairs...)
	return &setup.Cause{Symptom: row, Setting: r.setting, Passing: r.passing, Problem: &setup.Problem{
		What: what, Why: text.Replace(r.why), Fix: text.Replace(r.fix), Code: row,
	}}
}
