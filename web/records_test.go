package web

import (
	"slices"
	"strings"
	"testing"

	"apifront/setup"
)

// One record stands upright, so none of its values is broken in a narrow card. Several
// stand in rows, and so does one that has a column for what stood there before.
func TestOneRecordStandsUpright(t *testing.T) {
	t.Parallel()
	row := NewRecordRow(setup.Domain{ZoneName: "example.com"}, setup.Record{Type: "CNAME", Name: "api.example.com", Value: "d1.cloudfront.net", TTL: 300}, "traffic record")
	for _, c := range []struct {
		what  string
		table RecordTable
		want  bool
	}{
		{"one", RecordTable{Rows: []RecordRow{row}}, true},
		{"one that is looked for", RecordTable{Rows: []RecordRow{row}, Seen: true}, true},
		{"two", RecordTable{Rows: []RecordRow{row, row}}, false},
		{"one with when", RecordTable{Rows: []RecordRow{row}, When: true}, false},
	} {
		var b strings.Builder
		if err := Records(c.table).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		class, _, _ := strings.Cut(b.String()[strings.Index(b.String(), `class="`)+len(`class="`):], `"`)
		if got := slices.Contains(strings.Fields(class), "upright"); got != c.want {
			t.Errorf("%s: classes %q", c.what, class)
		}
	}
}
