package setup

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A look keeps what stood at the name before it led here, and when it was first
// seen to lead here, however often it is looked at. When the name leads elsewhere
// again, that is what stood there before.
func TestDNSLookKeepsWhatStoodThere(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC) }
	look := func(leads ...string) DNSLook {
		var l DNSLook
		for i, lead := range leads {
			l.Views = append(l.Views, DNSView{Server: "ns" + string(rune('1'+i)), Leads: lead, Values: []string{lead}, TTL: 300})
		}
		l.Views = append(l.Views, DNSView{Server: "192.0.2.53:53", Resolver: true, Leads: LeadsElsewhere})
		return l
	}
	old := DNSView{Server: "ns1", Leads: LeadsElsewhere, Values: []string{LeadsElsewhere}, TTL: 300}
	var last DNSLook
	for i, c := range []struct {
		look   DNSLook
		here   bool
		before []DNSView
		since  time.Time
	}{
		{look(LeadsNowhere, LeadsNowhere), false, nil, time.Time{}},
		{look(LeadsElsewhere), false, []DNSView{old}, time.Time{}},
		{look(LeadsHere, LeadsNowhere), false, []DNSView{old}, time.Time{}},
		{look(LeadsHere, LeadsHere), true, []DNSView{old}, at(3)},
		{look(LeadsHere, LeadsSilent), true, []DNSView{old}, at(3)},
		{look(LeadsSilent, LeadsSilent), false, []DNSView{old}, time.Time{}},
		{look(LeadsHere), true, []DNSView{old}, at(6)},
		{look(LeadsElsewhere), false, []DNSView{old}, time.Time{}},
	} {
		last = c.look.Now(last, at(i))
		if last.Here() != c.here || !last.HereSince.Equal(c.since) || !last.SeenAt.Equal(at(i)) {
			t.Errorf("look %d: here %t since %s, seen at %s", i, last.Here(), last.HereSince, last.SeenAt)
		}
		if d := cmp.Diff(c.before, last.Before); d != "" {
			t.Errorf("look %d:\n%s", i, d)
		}
	}
}

// Resolvers decide where a name leads only if none of its own servers was asked.
func TestDNSLookGoesByOwnServers(t *testing.T) {
	resolver := DNSView{Server: "192.0.2.53:53", Resolver: true, Leads: LeadsHere}
	for want, l := range map[bool]DNSLook{
		true:  {Views: []DNSView{resolver}},
		false: {Views: []DNSView{{Server: "ns1", Leads: LeadsElsewhere}, resolver}},
	} {
		if l.Here() != want || len(l.Resolvers()) != 1 {
			t.Errorf("%+v: here %t", l, l.Here())
		}
	}
	if (DNSLook{}).Here() {
		t.Error("here, though nobody looked")
	}
}

// The TTL is low since the look that first saw it so, for as long as the same record
// stands there with it. Whatever nobody heard ends nothing.
func TestDNSLookKnowsLowTTL(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 3, 1, hour, 0, 0, 0, time.UTC) }
	look := func(ttl int, value, leads string) DNSLook {
		l := DNSLook{OldTTL: ttl, Views: []DNSView{{Server: "ns1", Leads: leads, TTL: ttl}}}
		if value != "" {
			l.Views[0].Values = []string{value}
		}
		return l
	}
	var last DNSLook
	for i, c := range []struct {
		look  DNSLook
		since int // hour; 0: it is not low
	}{
		{look(600, "a", LeadsElsewhere), 0},
		{look(60, "a", LeadsElsewhere), 1},
		{look(60, "a", LeadsElsewhere), 1},
		{look(0, "", LeadsSilent), 1},
		{look(0, "a", LeadsElsewhere), 1},
		{look(30, "a", LeadsElsewhere), 1},
		{look(600, "a", LeadsElsewhere), 0},
		{look(60, "b", LeadsElsewhere), 0}, // another record, with a TTL of its own
		{look(300, "b", LeadsElsewhere), 0},
		{look(60, "b", LeadsElsewhere), 9},
		{look(0, "c", LeadsHere), 0},
		{look(60, "b", LeadsElsewhere), 0},
	} {
		last = c.look.Now(last, at(i))
		if is := last.Low; (is != nil) != (c.since > 0) || is != nil && !is.Since.Equal(at(c.since)) {
			t.Errorf("look %d: %+v, want it since %d", i, is, c.since)
		}
	}
}

// A TTL that a job lowered is low since then, also where no check saw it high, and not
// once the record is another one or traffic has moved.
func TestLowSeenOfAJob(t *testing.T) {
	until := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	text := `{"job":1,"was":[{"type":"A","name":"x","value":"192.0.2.1","ttl":600}],"until":"` + until.Format(time.RFC3339) + `"}`
	res := Resources{KeyRecordTraffic: {Attributes: map[string]string{AttrLowered: text}}}
	look := DNSLook{OldTTL: 60, Views: []DNSView{{Server: "ns1", Leads: LeadsElsewhere, Values: []string{"192.0.2.1"}}}}
	if got := res.LowSeen(look); got == nil || got.Was != 600 || !got.Since.Equal(until.Add(-10*time.Minute)) {
		t.Errorf("%+v", got)
	}
	high, other := look, look
	high.OldTTL = 600
	other.Views = []DNSView{{Server: "ns1", Leads: LeadsElsewhere, Values: []string{"192.0.2.9"}}}
	for _, l := range []DNSLook{high, other, {}} {
		if got := res.LowSeen(l); got != nil {
			t.Errorf("%+v: %+v", l, got)
		}
	}
}
