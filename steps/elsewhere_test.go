package steps

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"apifront/cloud/sim"
	"apifront/setup"
)

// If DNS is at another provider, the job shows the records, looks for them, and
// ends after a person has added them. It does not call Route 53.
func TestDNSElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.RealPace(), nil)
		w.elsewhere()
		add := w.person
		var shown []setup.Record
		w.person = func(records []setup.Record) {
			shown = append(shown, records...)
			add(records)
		}
		w.mustRunAll(setup.JobApply)
		for _, c := range w.calls {
			if c.Service == "route53" {
				t.Fatalf("Route 53 was called: %s", c.Operation)
			}
		}
		for _, r := range shown {
			if r.Apex != "harborview.example" || len(r.Servers) < 2 {
				t.Errorf("nobody knows where %s is added: %q at %q", r.Name, r.Apex, r.Servers)
			}
		}
		if len(shown) < 2 || !strings.HasPrefix(shown[0].Name, "_") || shown[len(shown)-1].Name != "api.harborview.example" {
			t.Errorf("shown: %+v", shown)
		}
		for id, want := range map[string]string{"validation": "person: Waits for your CNAME record", "dns": "person: Waits for your CNAME record"} {
			if !slices.Contains(w.observed[setup.StepID(id)], want) {
				t.Errorf("step %s never said %q: %v", id, want, w.observed[setup.StepID(id)])
			}
		}
		if w.resources[setup.KeyRecordTraffic].Owned || w.resources[setup.KeyRecordValidation].Owned {
			t.Error("a record that a person added counts as ours")
		}
		w.person = nil
		w.mustRunAll(setup.JobApply)
	})
}

// The step shows a wrong record as it was seen, and does not accept it.
func TestDNSElsewhereShowsWhatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Pace{}, func(s *setup.Spec, d sim.DemoWorld) {
			s.Domain.Name, s.Domain.ZoneID = "www.lakeside.example", d.Zones["lakeside.example"]
		})
		w.elsewhere()
		w.upTo("dns")
		w.person = nil
		o, p := w.run(w.step("dns"))
		if p != nil || o.State != Person || len(o.Records) != 1 {
			t.Fatalf("%+v %v", o, p)
		}
		r := o.Records[0]
		if r.Found || !slices.Equal(r.Seen, []string{"shops.hosting.example"}) || r.Value != w.resources.Attr(setup.KeyDistribution, setup.AttrDomainName) {
			t.Errorf("%+v", r)
		}
		if previous := w.resources.Attr(setup.KeyRecordTraffic, setup.AttrPrevious); !strings.Contains(previous, "shops.hosting.example") {
			t.Errorf("what stood there before is not kept: %q", previous)
		}
	})
}

// DNS allows no CNAME at the apex of a zone.
func TestDNSElsewhereAtTheApex(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Pace{}, func(s *setup.Spec, _ sim.DemoWorld) { s.Domain.Name = "harborview.example" })
		w.elsewhere()
		w.upTo("dns")
		o, err := w.look(w.step("dns"))
		if err != nil || o.State != Person || o.Records[0].Type != "ALIAS" {
			t.Errorf("%+v %v", o, err)
		}
	})
}

// The record that is replaced is stored before the change.
func TestPreviousRecordIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), func(s *setup.Spec, d sim.DemoWorld) {
			s.Domain.Name, s.Domain.ZoneID, s.Domain.ZoneName = "www.lakeside.example", d.Zones["lakeside.example"], "lakeside.example"
		})
		w.mustRunAll(setup.JobApply)
		i := slices.IndexFunc(w.saves, func(r setup.Resource) bool { return r.Key == setup.KeyRecordTraffic })
		if first := w.saves[i]; first.ID != "" || !strings.Contains(first.Attributes[setup.AttrPrevious], `"value":"shops.hosting.example"`) {
			t.Errorf("first stored: %+v", first)
		}
		if !strings.Contains(w.resources.Attr(setup.KeyRecordTraffic, setup.AttrPrevious), "shops.hosting.example") {
			t.Error("the old record was forgotten")
		}
	})
}
