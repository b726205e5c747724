package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// What checks see of a name in DNS stays until one sees it anew, with what stood there
// before.
func TestWhatDNSSaysIsKept(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	now := stopped(s)
	look := func(l *setup.DNSLook) setup.DNSLook {
		t.Helper()
		*now = now.Add(time.Hour)
		must(t, s.AskCheck(ctx, v.ID, "Ada"))
		p := nextCheck(ctx, t, s, v.ID, setup.CheckByPerson)
		must(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckHealthy, Sight: serves, Name: l}))
		kept, err := s.DNSLook(ctx, v.ID)
		must(t, err)
		w, err := s.Watched(ctx, v.ID)
		must(t, err)
		if d := cmp.Diff(kept, w.Name); d != "" {
			t.Error(d)
		}
		return kept
	}
	if kept, err := s.DNSLook(ctx, v.ID); err != nil || !kept.SeenAt.IsZero() {
		t.Fatal(kept, err)
	}
	old := setup.DNSView{Server: "ns1.example.net", Leads: setup.LeadsElsewhere, Values: []string{"203.0.113.40"}, TTL: 300}
	first := look(&setup.DNSLook{Zone: "example.com", Views: []setup.DNSView{old}, OldTTL: 300})
	if !first.SeenAt.Equal(*now) || first.OldTTL != 300 {
		t.Errorf("kept: %+v", first)
	}
	if d := cmp.Diff(first, look(nil)); d != "" {
		t.Errorf("forgotten by a check that did not look:\n%s", d)
	}
	here := old
	here.Leads, here.Values = setup.LeadsHere, []string{"198.51.100.9"}
	moved := look(&setup.DNSLook{Zone: "example.com", Views: []setup.DNSView{here}})
	if d := cmp.Diff([]setup.DNSView{old}, moved.Before); d != "" || !moved.HereSince.Equal(*now) {
		t.Errorf("here since %s, before that:\n%s", moved.HereSince, d)
	}
	here.Values = []string{strings.Repeat("a", longestDNSLook)}
	if d := cmp.Diff(moved, look(&setup.DNSLook{Views: []setup.DNSView{here}})); d != "" {
		t.Errorf("a look without bounds was stored:\n%s", d)
	}
}
