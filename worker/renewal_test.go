package worker_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

// A healthy setup loses what its certificates need to renew: the next check by
// schedule says so, beside the state. CAA records are looked up once a night, and as
// long as they are wrong.
func TestRenewalIsGuardedBySchedule(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled(elsewhere)
		c, found, state := w.rested(s)
		if c.Result != setup.CheckHealthy || state != setup.StateServing {
			w.t.Fatalf("after the job: %s, %v", c.Result, keys(found))
		}
		if g, err := w.store.Guard(w.t.Context(), s.ID); err != nil || len(g.Terms) != 2 || g.AskedAt.IsZero() || g.Stopped() || g.Ends().Before(w.store.Now().Add(190*24*time.Hour)) {
			w.t.Errorf("after the job: %+v, %v", g, err)
		}
		res := w.resources(s)
		name, value := res.Attr(setup.KeyCertificateEdge, setup.AttrRecordName), res.Attr(setup.KeyCertificateEdge, setup.AttrRecordValue)
		zone := w.demo.Zones[theZone]
		begun := w.store.Now()
		// now waits for so many checks by schedule, and says what is found then.
		now := func(checks int) []string {
			for n := len(w.checks(s)); len(w.checks(s)) < n+checks || w.checks(s)[n+checks-1].Open(); {
				time.Sleep(10 * time.Minute)
			}
			v, err := w.store.Setup(w.t.Context(), s.ID)
			must(w.t, err)
			at, err := w.store.Situation(w.t.Context(), v)
			must(w.t, err)
			if at.State.ID != setup.StateServing {
				w.t.Errorf("after %s it is %s", w.store.Now().Sub(begun), at.State.ID)
			}
			found = at.Findings
			return keys(at.Findings)
		}
		w.sim.AddRecord(zone, name, "CNAME", 300)
		if got := now(1); !slices.Equal(got, []string{"renewal/dns/CNAME " + name}) || !strings.Contains(found[0].Title, "197 days are left") {
			w.t.Errorf("the record is gone: %v, %+v", got, found)
		}
		w.sim.AddRecord(zone, name, "CNAME", 300, value+".")
		if got := now(1); len(got) > 0 {
			w.t.Errorf("the record is back: %v", got)
		}
		w.sim.AddRecord(zone, theZone, "CAA", 300, `0 issue "letsencrypt.org"`)
		if got := now(1); len(got) > 0 {
			w.t.Errorf("CAA records are asked for in each check: %v", got)
		}
		if got := now(8); !slices.Equal(got, []string{"renewal/caa"}) {
			w.t.Errorf("CAA records forbid, a night later: %v", got)
		}
		if got := now(2); !slices.Equal(got, []string{"renewal/caa"}) {
			w.t.Errorf("CAA records forbid, two checks later: %v", got)
		}
		w.sim.AddRecord(zone, theZone, "CAA", 300)
		if got := now(1); len(got) > 0 {
			w.t.Errorf("CAA records are gone: %v", got)
		}
	})
}
