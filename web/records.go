package web

import (
	"cmp"
	"strconv"
	"strings"

	"apifront/setup"
)

// RecordRow is one DNS record.
type RecordRow struct {
	Type, Name, Full, Value string
	Blank                   bool // the field of the name stays empty
	TTL                     string
	State, Word             string
	Seen                    string
	What                    string // "validation record", for the labels of copy buttons
	Why                     string
}

// OldRecordText says what putting the old records of a name back does: "The old
// record sends clients back to 203.0.113.40 within 5 minutes."
func OldRecordText(d setup.Domain, old []setup.Record) string {
	text := "The old record sends clients back to " + old[0].Value + " " + ClientsFollow(d) + ". Nothing in AWS is deleted. "
	if d.DNS == setup.DNSElsewhere {
		return text + "You change it where you manage DNS; the job shows the old value and checks for it."
	}
	return text + "The job changes it in Route 53, unless somebody has changed the record since."
}

// ClientsFollow is when clients follow a change of the traffic record: caches
// keep an alias to CloudFront for a minute, and the record that we ask people
// to add for five.
func ClientsFollow(d setup.Domain) string {
	if d.DNS == setup.DNSElsewhere {
		return "within 5 minutes"
	}
	return "within a minute"
}

// RecordWords names records in a sentence: "A 203.0.113.40, AAAA 2001:db8::1".
func RecordWords(list []setup.Record) string {
	var words []string
	for _, r := range list {
		words = append(words, r.Type+" "+r.Value)
	}
	return strings.Join(words, ", ")
}

// NewRecordRow shows a record as the form of its provider wants it, with the name
// relative to the zone, and the full name beside.
func NewRecordRow(d setup.Domain, r setup.Record, what string) RecordRow {
	p, _ := setup.ProviderOf(r.Servers)
	row := RecordRow{Type: r.Type, Name: r.Name, Value: p.ValueIn(r), What: what, Why: r.Why}
	switch {
	case r.Alias:
		row.Type += " alias"
	case r.Type == "ALIAS" && p.TopType != "":
		row.Type = p.TopType
	}
	if zone := cmp.Or(d.ZoneName, r.Apex); zone != "" && setup.InZone(r.Name, zone) {
		row.Full = r.Name
		row.Name, row.Blank = p.NameIn(zone, r.Name)
	}
	if r.TTL > 0 {
		row.TTL = strconv.Itoa(r.TTL)
	}
	return row
}
