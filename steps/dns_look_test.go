package steps

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"apifront/cloud/sim"
	"apifront/setup"
)

// lookFor is the first observation of a step after trouble was made, which says
// what is wrong with the setting.
func (w *world) lookFor(id setup.StepID, setting string) {
	w.t.Helper()
	calls := len(w.calls)
	o, err := w.look(w.step(id))
	switch {
	case err != nil || o.State == Ready || o.Problem == nil || !o.Sure || !strings.Contains(o.Problem.Why+o.Problem.Fix, setting):
		w.t.Errorf("%s says at first: %s, %s, sure: %t, %+v, %v", id, o.State, o.Summary, o.Sure, o.Problem, err)
	case len(w.calls)-calls > 60:
		w.t.Errorf("%s made %d calls for one look", id, len(w.calls)-calls)
	}
}

// A hosted zone that nobody asks is named at the first look at the certificate,
// not after it has hung for an hour.
func TestAZoneThatNobodyAsks(t *testing.T) {
	for what, lead := range map[string]func(w *world, zone string){
		"not delegated": func(w *world, _ string) { w.sim.Delegate("harborview.example") },
		"to another provider": func(w *world, _ string) {
			w.sim.AddForeignZone("hoster.example")
			w.sim.Delegate("harborview.example", "ns1.dns-provider.example", "ns2.dns-provider.example")
		},
		"a sub-zone elsewhere": func(w *world, zone string) {
			w.sim.AddForeignZone("api.harborview.example", "ns1.hoster.example")
			w.sim.AddRecord(zone, "api.harborview.example", "NS", 300, "ns1.hoster.example")
		},
		"silent servers": func(w *world, zone string) {
			for _, s := range w.sim.NameServers(zone) {
				if err := w.sim.OrderServer(sim.ServerFault{ID: s, Server: s, Kind: sim.ServerSilent}); err != nil {
					w.t.Fatal(err)
				}
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.RealPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.Domain.Name = "api.harborview.example" })
				lead(w, w.setup.Spec.Domain.ZoneID)
				w.upTo("issued-regional")
				time.Sleep(time.Minute)
				w.lookFor("issued-regional", "name servers of")
				w.lookFor("issued-edge", "name servers of")
				if !strings.Contains(w.problemOf("issued-edge").Why, "harborview.example") {
					t.Errorf("it says %+v", w.problemOf("issued-edge"))
				}
				time.Sleep(time.Minute) // until silent servers have given up
			})
		})
	}
}

// problemOf is what a look at the step says now.
func (w *world) problemOf(id setup.StepID) *setup.Problem {
	w.t.Helper()
	o, err := w.look(w.step(id))
	if err != nil || o.Problem == nil {
		w.t.Fatalf("%s: %+v, %v", id, o, err)
	}
	return o.Problem
}

// What a person typed wrong into the pages of a DNS provider is said, and not
// only that the record is missing.
func TestAValidationRecordTypedWrong(t *testing.T) {
	for what, tt := range map[string]struct {
		kind string
		at   func(setup.Record) (name, value string)
		code string
	}{
		"not there":     {"", nil, ""},
		"doubled":       {"CNAME", func(r setup.Record) (string, string) { return r.Name + ".harborview.example", r.Value }, "record-doubled"},
		"a text":        {"TXT", func(r setup.Record) (string, string) { return r.Name, `"` + r.Value + `"` }, "record-is-text"},
		"another value": {"CNAME", func(r setup.Record) (string, string) { return r.Name, "_old." + r.Value }, "record-other-value"},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.RealPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.Domain.Name = "api.harborview.example" })
				zone := w.setup.Spec.Domain.ZoneID
				w.elsewhere()
				w.upTo("validation")
				w.person = nil
				o, err := w.look(w.step("validation"))
				if err != nil || o.State != Person || o.Problem != nil || len(o.Records) != 1 {
					t.Fatalf("before anything was added: %+v, %v", o, err)
				}
				if tt.at == nil {
					return
				}
				name, value := tt.at(o.Records[0])
				w.sim.AddRecord(zone, name, tt.kind, 300, value)
				time.Sleep(time.Minute)
				o, err = w.look(w.step("validation"))
				if err != nil || o.State != Person || !o.Sure || o.Problem == nil || o.Problem.Code != tt.code {
					t.Errorf("it says %+v %+v, %v", o, o.Problem, err)
				}
			})
		})
	}
}

// "Verify from outside" says where DNS leads in place of the distribution, and
// that what resolvers remember passes.
func TestLiveSaysWhereDNSLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.RealPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.Domain.Name = "api.harborview.example" })
		w.mustRunAll(setup.JobApply)
		zone, name := w.setup.Spec.Domain.ZoneID, w.setup.Spec.Domain.Name
		if o, err := w.look(w.step("live")); err != nil || o.State != Ready {
			t.Fatalf("when all is well: %+v, %v", o, err)
		}
		// The record is taken away, and another server stands in its place.
		w.sim.AddRecord(zone, name, "AAAA", 60)
		w.sim.AddRecord(zone, name, "A", 60, "192.0.2.1")
		time.Sleep(10 * time.Minute)
		w.lookFor("live", "192.0.2.1")
		// Nobody asks the zone any more.
		w.sim.Delegate("harborview.example")
		time.Sleep(72 * time.Hour)
		w.lookFor("live", "nobody asks there")
	})
}
