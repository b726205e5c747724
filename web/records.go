package web

import (
	"strconv"
	"strings"

	"apifront/setup"
)

// RecordRow is one DNS record.
type RecordRow struct {
	Type, Name, Full, Value string
	TTL                     string
	State, Word             string
	Seen                    string
	What                    string // "validation record", for the labels of copy buttons
	Why                     string
}

// NewRecordRow shows a record with its name as the zone's own page wants it,
// relative to the zone, and the full name beside.
func NewRecordRow(d setup.Domain, r setup.Record, what string) RecordRow {
	row := RecordRow{Type: r.Type, Name: r.Name, Value: r.Value, What: what, Why: r.Why}
	if r.Alias {
		row.Type += " alias"
	}
	if d.ZoneName != "" && setup.InZone(r.Name, d.ZoneName) {
		row.Full = r.Name
		row.Name = strings.TrimSuffix(strings.TrimSuffix(r.Name, d.ZoneName), ".")
		if row.Name == "" {
			row.Name = "@"
		}
	}
	if r.TTL > 0 {
		row.TTL = strconv.Itoa(r.TTL)
	}
	return row
}
