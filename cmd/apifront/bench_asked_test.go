package main

import (
	"strings"
	"testing"
	"time"
)

// BenchmarkAsked does a main job and counts what its rows hold, in octets without indexes:
// what its calls asked and were answered, and all else.
//
//	go test -run '^$' -bench Asked -benchtime 1x ./cmd/apifront
func BenchmarkAsked(b *testing.B) {
	var asked, all float64
	for range b.N {
		d := startDemo(b, "instant")
		v := newVisitor(b, d.app.url)
		v.signIn()
		v.walk(answers{"api": {"api-0": "kind:REST"}, "domain": {"domain": "api.harborview.example"}})
		v.press("Start job", nil)
		if title := v.finish(time.Minute); !strings.HasPrefix(title, "Succeeded") {
			b.Fatalf("the job ended as %q: %s", title, v.text())
		}
		sum := func(table string, columns ...string) (octets float64) {
			if len(columns) == 0 {
				var err error
				if columns, err = texts(b.Context(), d.app.store.Writer(), `SELECT name FROM pragma_table_info('`+table+`')`); err != nil || len(columns) == 0 {
					b.Fatal(table, columns, err)
				}
			}
			expr := "0"
			for _, c := range columns {
				expr += " + coalesce(length(CAST(" + c + " AS BLOB)), 0)"
			}
			if err := d.app.store.Writer().QueryRowContext(b.Context(), "SELECT sum("+expr+") FROM "+table).Scan(&octets); err != nil {
				b.Fatal(err)
			}
			return octets
		}
		asked, all = sum("calls", "command", "input", "answer"), 0
		for _, table := range []string{"jobs", "steps", "attempts", "calls", "events", "evidence", "resources", "revisions", "setups"} {
			all += sum(table)
		}
	}
	b.ReportMetric(asked, "asked-B")
	b.ReportMetric(all-asked, "else-B")
	b.ReportMetric(asked/(all-asked), "x")
}
