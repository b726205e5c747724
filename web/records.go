package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"apifront/setup"
)

// RecordTable shows DNS records in the words of the form of their provider. Nothing else
// draws a record that somebody may enter or look for there.
type RecordTable struct {
	Caption string
	Rows    []RecordRow
	When    bool // the first column says when a record stands there
	Seen    bool // the last column says what DNS has
}

// Form is the form of the provider of the rows; with the words of DNS where none is known.
func (t RecordTable) Form() (p setup.Provider) {
	for _, r := range t.Rows {
		if p.Name == "" {
			p = r.Form
		}
	}
	p.NameField, p.ValueField, p.TTLField = cmp.Or(p.NameField, "Name"), cmp.Or(p.ValueField, "Value"), cmp.Or(p.TTLField, "TTL")
	return p
}

// TTL says whether any record has a time to live that somebody enters.
func (t RecordTable) TTL() bool {
	return slices.ContainsFunc(t.Rows, func(r RecordRow) bool { return r.TTL != "" })
}

// Upright says whether the table has one record only. Its fields then stand one below
// the other, as in the form into which somebody copies them, and no value is broken.
func (t RecordTable) Upright() bool { return len(t.Rows) == 1 && !t.When }

// span is how many columns a row without a record has beside the first.
func (t RecordTable) span() string {
	n := 3
	if t.TTL() {
		n++
	}
	if t.Seen {
		n++
	}
	return strconv.Itoa(n)
}

// FormHint says whose form the words are of; "" where nobody knows.
func (t RecordTable) FormHint() string {
	p := t.Form()
	if p.Name == "" {
		return ""
	}
	return strings.TrimSpace("Names and values are as the form of " + p.Name + " takes them. " + p.Note)
}

// NewFindingRecord shows the record that a finding is about, as it should be; nil: it is
// about none.
func NewFindingRecord(d setup.Domain, x setup.FindingBody) *RecordTable {
	if x.Record == nil {
		return nil
	}
	return &RecordTable{Caption: "Record as it should be", Rows: []RecordRow{NewRecordRow(d, *x.Record, "record")}}
}

// RecordRow is one DNS record.
type RecordRow struct {
	When                    string // "Before"; only in a table that has that column
	None                    bool   // there is no record then
	Form                    setup.Provider
	Alias                   bool // its TTL is set by AWS
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
	row := RecordRow{Type: r.Type, Name: r.Name, Value: p.ValueIn(r), What: what, Why: r.Why, Form: p, Alias: r.Alias}
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
