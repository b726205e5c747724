package steps

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

// leave makes the spec say that DNS is at another provider. Nobody does anything
// about that.
func (w *world) leave() {
	d := &w.setup.Spec.Domain
	d.DNS, d.ZoneID, d.ZoneName = setup.DNSElsewhere, "", ""
	w.person = nil
}

// own are the traffic records that apifront wrote, as stored: those in use, and
// those that it left.
func (w *world) own() (now, left []string) {
	words := func(r setup.Resource) (list []string) {
		for _, o := range recordsOf(r) {
			list = append(list, o.Type)
		}
		return list
	}
	if r := w.resources[setup.KeyRecordTraffic]; r.Owned {
		now = words(r)
	}
	for _, r := range w.former {
		if r.Key == setup.KeyRecordTraffic && r.Owned {
			left = append(left, words(r)...)
			if r.LeftSince.IsZero() || !r.RemovedAt.IsZero() || r.Attributes[setup.AttrLeft] == "" {
				w.t.Errorf("stored as %+v", r)
			}
		}
	}
	return now, left
}

func (w *world) checkOwn(when string, now, left []string) {
	w.t.Helper()
	if isNow, isLeft := w.own(); !slices.Equal(isNow, now) || !slices.Equal(isLeft, left) {
		w.t.Errorf("%s: records of ours: %v in use and %v left, want %v and %v", when, isNow, isLeft, now, left)
	}
}

// A spec that says that DNS is elsewhere moves nothing. Our records stay in
// Route 53, are said to stay, and stay ours. The way back stays open all the
// time, and so does the way back to Route 53.
func TestRecordsStayWhenDNSIsToLeaveRoute53(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), lakeside)
		at := w.setup.Spec.Domain
		before := w.zone()
		w.apply()
		moved, spec := w.zone(), w.setup.Spec

		w.leave()
		n, calls := len(w.writes()), len(w.calls)
		w.apply()
		if said := w.observed["dns"]; !strings.Contains(said[len(said)-1], "ready: Route 53 still leads the name here, by the A and AAAA alias") {
			t.Errorf("said: %v", said)
		}
		for _, c := range w.calls[calls:] {
			if c.Service == "route53" {
				t.Errorf("Route 53 was called: %s", c.Operation)
			}
		}
		o, err := w.look(w.step("dns"))
		if err != nil || len(o.Records) != 2 || !o.Records[0].Alias || !o.Records[1].Found {
			t.Errorf("shown: %+v, %v", o, err)
		}
		if len(w.writes()) != n || !w.resources.CanRestore(at.Name) {
			t.Errorf("writes %v, can be put back: %v", w.writes()[n:], w.resources.CanRestore(at.Name))
		}
		w.checkOwn("elsewhere", []string{"A", "AAAA"}, nil)

		w.person = func([]setup.Record) {
			elsewhere := w.setup.Spec.Domain
			w.setup.Spec.Domain = at
			w.clear()
			w.put(types.ChangeActionCreate, types.RRTypeCname, "shops.hosting.example.")
			w.setup.Spec.Domain = elsewhere
		}
		if id, p := w.restore(); id != "" {
			t.Fatalf("step %s: %v %v", id, w.observed[id], p)
		}
		if w.resources.CanRestore(at.Name) {
			t.Error("it is offered again with nothing to put back")
		}

		w.setup.Spec = spec
		w.apply()
		if d := cmp.Diff(moved, w.zone()); d != "" {
			t.Errorf("the traffic did not move again:\n%s", d)
		}
		w.checkOwn("back at Route 53", []string{"A", "AAAA"}, nil)
		if id, p := w.restore(); id != "" {
			t.Fatalf("step %s: %v %v", id, w.observed[id], p)
		}
		if d := cmp.Diff(before, w.zone(), ignoreTTL); d != "" {
			t.Errorf("the zone is not as it was:\n%s", d)
		}
	})
}

var ignoreTTL = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".TTL" }, cmp.Ignore())

// DNS moves to another provider, where a person adds the record. What apifront
// wrote in Route 53 is still there and still ours, and is in use again when DNS
// comes back. A restore works, before the job that leads back has come to the
// record and after it; also if the TTL of what the other provider had was lowered first.
func TestRecordsAreOursAgainWhenDNSComesBack(t *testing.T) {
	for _, c := range []struct {
		first  setup.JobKind
		lowers bool
	}{{setup.JobApply, false}, {setup.JobRestore, false}, {setup.JobApply, true}, {setup.JobRestore, true}} {
		first := c.first
		t.Run(fmt.Sprintf("%s, the TTL lowered: %t", first, c.lowers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.DemoPace(), lakeside)
				before, servers := w.zone(), w.sim.NameServers(w.setup.Spec.Domain.ZoneID)
				w.apply()
				moved, spec := w.zone(), w.setup.Spec

				other := w.sim.AddForeignZone("lakeside.example", "ns1.provider.example", "ns2.provider.example")
				w.sim.AddRecord(other, "www.lakeside.example", "CNAME", 300, "old.provider.example.")
				w.sim.Delegate("lakeside.example", "ns1.provider.example", "ns2.provider.example")
				time.Sleep(72 * time.Hour) // longer than any resolver keeps the old servers
				w.leave()
				w.person = func(records []setup.Record) {
					if c.lowers && records[0].Was > setup.LowTTL && records[0].TTL == setup.LowTTL {
						w.sim.AddRecord(other, "www.lakeside.example", "CNAME", setup.LowTTL, "old.provider.example.")
						return
					}
					for _, r := range records {
						w.sim.AddRecord(other, r.Name, r.Type, r.TTL, r.Value+".")
					}
				}
				if c.lowers {
					if id, p := w.lower(); id != "" {
						t.Fatalf("step %s: %v %v", id, w.observed[id], p)
					}
				} else {
					w.apply()
				}
				w.checkOwn("elsewhere", nil, []string{"A", "AAAA"})
				r := w.resources[setup.KeyRecordTraffic]
				if list := recordsOf(r); r.Owned || len(list) != 1 || list[0].Type != "CNAME" || placeOf(r) != "" {
					t.Errorf("the person's record is stored as %+v", r)
				}
				if v := w.resources[setup.KeyRecordValidation]; v.Owned || placeOf(v) != "" {
					t.Errorf("the person's validation record is stored as %+v", v)
				}
				if !w.resources.CanRestore("www.lakeside.example") {
					t.Error("the way back is lost")
				}

				w.sim.Delegate("lakeside.example", servers...)
				time.Sleep(72 * time.Hour)
				w.setup.Spec, w.person = spec, nil
				n := len(w.writes())
				if first == setup.JobApply {
					w.apply()
					w.checkOwn("back at Route 53", []string{"A", "AAAA"}, nil)
					if d := cmp.Diff(moved, w.zone()); d != "" || len(w.writes()) != n {
						t.Errorf("writes %v, and the zone:\n%s", w.writes()[n:], d)
					}
				}
				if id, p := w.restore(); id != "" {
					t.Fatalf("step %s: %v %v", id, w.observed[id], p)
				}
				if d := cmp.Diff(before, w.zone()); d != "" {
					t.Errorf("the zone is not as it was:\n%s", d)
				}
				w.apply()
				w.checkOwn("moved again", []string{"A", "AAAA"}, nil)
				if d := cmp.Diff(moved, w.zone()); d != "" {
					t.Errorf("the traffic did not move again:\n%s", d)
				}
			})
		})
	}
}

// The zone was in Route 53 all the time, and apifront could not write to it. The
// CNAME that a person added there is no old record: it leads to the distribution.
func TestDNSComesToRoute53(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), lakeside)
		before, at := w.zone(), w.setup.Spec.Domain
		w.elsewhere()
		w.apply()
		w.checkOwn("elsewhere", nil, nil)
		w.setup.Spec.Domain, w.person = at, nil
		w.apply()
		w.checkOwn("at Route 53", []string{"A", "AAAA"}, nil)
		old := w.resources.OldRecords("www.lakeside.example")
		if len(old) != 1 || old[0].Value != "shops.hosting.example" || len(w.resources.OlderRecords()) > 0 {
			t.Errorf("old records: %+v, older: %+v", old, w.resources.OlderRecords())
		}
		if id, p := w.restore(); id != "" {
			t.Fatalf("step %s: %v %v", id, w.observed[id], p)
		}
		if d := cmp.Diff(before, w.zone(), ignoreTTL); d != "" {
			t.Errorf("the zone is not as it was:\n%s", d)
		}
	})
}

// Another hosted zone is another place too: what was written to the first one is
// still there, and still ours.
func TestRecordsStayInTheOtherZone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), lakeside)
		w.apply()
		first := w.setup.Spec.Domain.ZoneID
		second := w.sim.AddTwinZone(w.demo.AccountID, "lakeside.example")
		w.sim.Delegate("lakeside.example", w.sim.NameServers(second)...)
		time.Sleep(72 * time.Hour)
		w.setup.Spec.Domain.ZoneID = second
		w.apply()
		w.checkOwn("in the second zone", []string{"A", "AAAA"}, []string{"A", "AAAA"})
		w.sim.Delegate("lakeside.example", w.sim.NameServers(first)...)
		time.Sleep(72 * time.Hour)
		w.setup.Spec.Domain.ZoneID = first
		n := len(w.writes())
		w.apply()
		w.checkOwn("in the first zone again", []string{"A", "AAAA"}, []string{"A", "AAAA"})
		if placeOf(w.resources[setup.KeyRecordTraffic]) != first || len(w.writes()) != n {
			t.Errorf("writes %v, stored as %+v", w.writes()[n:], w.resources[setup.KeyRecordTraffic])
		}
	})
}

// Rows of earlier versions do not say in which zone the records are. Those that
// are ours are in Route 53.
func TestRecordsOfEarlierVersions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), lakeside)
		w.apply()
		spec := w.setup.Spec
		for _, key := range []string{setup.KeyRecordTraffic, setup.KeyRecordValidation} {
			delete(w.resources[key].Attributes, setup.AttrHostedZone)
		}
		n := len(w.writes())
		w.leave()
		w.apply()
		w.checkOwn("elsewhere", []string{"A", "AAAA"}, nil)
		w.setup.Spec = spec
		w.apply()
		w.checkOwn("at Route 53", []string{"A", "AAAA"}, nil)
		if zone := placeOf(w.resources[setup.KeyRecordTraffic]); zone != spec.Domain.ZoneID || len(w.writes()) != n || len(w.former) != 0 {
			t.Errorf("zone %q, writes %v, former %+v", zone, w.writes()[n:], w.former)
		}
	})
}
