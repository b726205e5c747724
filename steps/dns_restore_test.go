package steps

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

// lakeside gives the setup a name that has a CNAME already.
func lakeside(s *setup.Spec, d sim.DemoWorld) {
	s.Domain.Name, s.Domain.ZoneID, s.Domain.ZoneName = "www.lakeside.example", d.Zones["lakeside.example"], "lakeside.example"
}

// zone lists all records of the setup's zone, except those of the certificate.
func (w *world) zone() []setup.Record {
	w.t.Helper()
	in := &route53.ListResourceRecordSetsInput{HostedZoneId: &w.setup.Spec.Domain.ZoneID}
	var list []setup.Record
	for {
		time.Sleep(time.Second) // Route 53 allows five calls a second
		out, err := w.outside().Route53().ListResourceRecordSets(w.t.Context(), in)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, s := range out.ResourceRecordSets {
			if strings.HasPrefix(aws.ToString(s.Name), "_") {
				continue
			}
			list = append(list, asRecords(s)...)
			if s.AliasTarget != nil && s.AliasTarget.EvaluateTargetHealth {
				list[len(list)-1].Why = "follows the health of its target"
			}
		}
		if !out.IsTruncated {
			break
		}
		in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = out.NextRecordName, out.NextRecordType, out.NextRecordIdentifier
	}
	return list
}

// put changes one record set of the zone as somebody in the console does.
func (w *world) put(action types.ChangeAction, kind types.RRType, values ...string) {
	w.t.Helper()
	set := types.ResourceRecordSet{Name: aws.String(w.setup.Spec.Domain.Name), Type: kind, TTL: aws.Int64(300)}
	for _, v := range values {
		set.ResourceRecords = append(set.ResourceRecords, types.ResourceRecord{Value: aws.String(v)})
	}
	w.change(types.Change{Action: action, ResourceRecordSet: &set})
}

func (w *world) change(list ...types.Change) {
	w.t.Helper()
	_, err := w.outside().Route53().ChangeResourceRecordSets(w.t.Context(), &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: &w.setup.Spec.Domain.ZoneID, ChangeBatch: &types.ChangeBatch{Changes: list},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	time.Sleep(time.Minute) // Route 53 accepts no other change of the zone meanwhile
}

// clear deletes all records of the name.
func (w *world) clear() {
	w.t.Helper()
	time.Sleep(time.Minute)
	sets, err := listRecordSets(w.t.Context(), &Env{Setup: w.setup, DNSAccount: w.outside()}, w.setup.Spec.Domain.Name)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range sets {
		w.change(types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &s})
	}
}

// restore starts a job that puts the old record back.
func (w *world) restore() (setup.StepID, *setup.Problem) {
	w.t.Helper()
	w.job.ID++
	w.job.Kind = setup.JobRestore
	return w.runAll(setup.JobRestore)
}

// apply starts a job that moves the traffic.
func (w *world) apply() {
	w.t.Helper()
	w.job.ID++
	w.job.Kind = setup.JobApply
	w.mustRunAll(setup.JobApply)
}

// After the old records are put back, the zone is as it was, whatever it had.
// Another job can move the traffic again, and the records can be put back
// again. The job writes to nothing else in AWS.
func TestRestoreGivesTheZoneAsItWas(t *testing.T) {
	for _, c := range []struct {
		name string
		old  func(w *world)
	}{
		{"a CNAME", func(*world) {}},
		{"two addresses and an IPv6 address", func(w *world) {
			w.clear()
			w.put(types.ChangeActionCreate, types.RRTypeA, "203.0.113.40", "203.0.113.41")
			w.put(types.ChangeActionCreate, types.RRTypeAaaa, "2001:db8::40")
		}},
		{"an IPv6 address alone, and a text", func(w *world) {
			w.clear()
			w.put(types.ChangeActionCreate, types.RRTypeAaaa, "2001:db8::40")
			w.put(types.ChangeActionCreate, types.RRTypeTxt, `"kept"`)
		}},
		{"an alias that follows the health of its target", func(w *world) {
			w.clear()
			w.put(types.ChangeActionCreate, types.RRTypeTxt, `"kept"`)
			zone := w.setup.Spec.Domain.ZoneID
			w.sim.AddRecord(zone, "old.lakeside.example", "A", 300, "203.0.113.40")
			w.change(types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &types.ResourceRecordSet{
				Name: aws.String("www.lakeside.example"), Type: types.RRTypeA,
				AliasTarget: &types.AliasTarget{DNSName: aws.String("old.lakeside.example"), HostedZoneId: &zone, EvaluateTargetHealth: true},
			}})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.RealPace(), lakeside)
				c.old(w)
				before := w.zone()
				w.apply()
				moved := w.zone()
				for range 2 {
					n := len(w.calls)
					if id, p := w.restore(); id != "" {
						t.Fatalf("step %s: %v %v", id, w.observed[id], p)
					}
					var writes []string
					for _, c := range w.calls[n:] {
						if c.Write && c.Code == "" { // AWS may have refused the first try as too busy
							writes = append(writes, string(c.StepID)+" "+c.Operation)
						}
					}
					if d := cmp.Diff(before, w.zone()); d != "" {
						t.Errorf("the zone is not as it was:\n%s", d)
					}
					if d := cmp.Diff([]string{"dns-restore ChangeResourceRecordSets"}, writes); d != "" {
						t.Errorf("writes:\n%s", d)
					}
					if w.resources.CanRestore(w.setup.Spec.Domain.Name) {
						t.Error("it is offered again with nothing to put back")
					}
					w.apply()
					if d := cmp.Diff(moved, w.zone()); d != "" {
						t.Errorf("the traffic did not move again:\n%s", d)
					}
					if !w.resources.CanRestore(w.setup.Spec.Domain.Name) {
						t.Error("it is not offered again")
					}
				}
				checkActions(t, w)
			})
		})
	}
}

// If somebody changed the records since, the step shows that and leaves them as
// they are.
func TestRestoreLeavesForeignChanges(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"another value": func(w *world) {
			w.put(types.ChangeActionUpsert, types.RRTypeA, "198.51.100.7")
		},
		"no record": func(w *world) {
			w.clear()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.DemoPace(), lakeside)
				w.apply()
				change(w)
				before, n := w.zone(), len(w.writes())
				if o, err := w.look(w.step("dns-restore")); err != nil || o.State != Foreign {
					t.Errorf("seen as %v, %v", o, err)
				}
				id, p := w.restore()
				complete(t, p)
				if id != "dns-restore" || !strings.Contains(p.Why, "Somebody has changed") || name == "another value" && !strings.Contains(p.Why, "198.51.100.7") {
					t.Errorf("step %s: %v", id, p)
				}
				err := applyRestore(t.Context(), w.env("dns-restore"))
				if err == nil {
					t.Error("applied without a look first, it says nothing")
				}
				if d := cmp.Diff(before, w.zone()); d != "" || len(w.writes()) != n {
					t.Errorf("the zone was changed:\n%s", d)
				}
			})
		})
	}
}

// If somebody changes the record between the look and the write, Route 53
// refuses the batch, and the record of that person stays.
func TestRestoreComparesAsItWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), lakeside)
		w.apply()
		w.job.ID, w.job.Kind = 2, setup.JobRestore
		time.Sleep(2 * time.Second) // Route 53 takes five calls a second
		e := w.env("dns-restore")
		if o, err := observeRestore(t.Context(), e); err != nil || o.State != Drifted {
			t.Fatal(o, err)
		}
		w.put(types.ChangeActionUpsert, types.RRTypeA, "198.51.100.7")
		time.Sleep(2 * time.Second)
		before := w.zone()
		if err := applyRestore(t.Context(), e); err == nil || !strings.Contains(err.Error(), "198.51.100.7") {
			t.Errorf("err = %v", err)
		}
		if d := cmp.Diff(before, w.zone()); d != "" {
			t.Errorf("what somebody else wrote was overwritten:\n%s", d)
		}
	})
}

// Route 53's answer is lost, or the process dies before the answer is stored.
func TestRestoreLosesNothing(t *testing.T) {
	for name, trouble := range map[string]func(w *world){
		"answer lost once":  func(w *world) { w.lose(1) },
		"answer lost often": func(w *world) { w.lose(5) },
		"process died": func(w *world) {
			died := false
			w.crash = func(r setup.Resource) bool {
				if died || r.Key != setup.KeyRecordTraffic || r.ID != "" {
					return false
				}
				died = true
				return true
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.RealPace(), lakeside)
				before := w.zone()
				w.apply()
				trouble(w)
				id, p := w.restore()
				for range 3 { // the worker tries again
					if id != "" {
						w.job.ID--
						id, p = w.restore()
					}
				}
				if id != "" {
					t.Fatalf("step %s: %v %v", id, w.observed[id], p)
				}
				if d := cmp.Diff(before, w.zone()); d != "" {
					t.Errorf("the zone is not as it was:\n%s", d)
				}
				if r := w.resources[setup.KeyRecordTraffic]; r.State != changeInsync || r.Attributes[setup.AttrChange] == "" || r.ID != "" || r.Owned {
					t.Errorf("stored: %+v", r)
				}
			})
		})
	}
}

func (w *world) lose(times int) {
	w.sim.Order(sim.Fault{Service: "route53", Operation: "ChangeResourceRecordSets", Kind: sim.FaultLost, Times: times})
}

// If no old record is stored, there is nothing to put back, and the job writes
// nothing.
func TestRestoreWithoutAnOldRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.apply()
		if w.resources.CanRestore(w.setup.Spec.Domain.Name) {
			t.Error("it is offered")
		}
		n := len(w.writes())
		id, p := w.restore()
		complete(t, p)
		if err := applyRestore(t.Context(), w.env("dns-restore")); err == nil {
			t.Error("applying says nothing")
		}
		if id != "dns-restore" || len(w.writes()) != n {
			t.Errorf("stopped at %q after %v", id, w.writes()[n:])
		}
	})
}

// If DNS is elsewhere, the job shows the old value and looks for it.
func TestRestoreElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), lakeside)
		zone := w.setup.Spec.Domain.ZoneID
		w.elsewhere()
		w.apply()
		var shown []setup.Record
		w.person = func(records []setup.Record) {
			shown = append(shown, records...)
			w.sim.AddRecord(zone, "www.lakeside.example", "CNAME", 300, "shops.hosting.example.")
		}
		n := len(w.writes())
		if id, p := w.restore(); id != "" {
			t.Fatalf("step %s: %v %v", id, w.observed[id], p)
		}
		target := w.resources.Attr(setup.KeyDistribution, setup.AttrDomainName)
		if len(shown) != 1 || shown[0].Value != "shops.hosting.example" || !slices.Equal(shown[0].Seen, []string{target}) || shown[0].Found {
			t.Errorf("shown: %+v", shown)
		}
		if len(w.writes()) != n || w.resources.CanRestore("www.lakeside.example") {
			t.Errorf("writes %v, still offered: %v", w.writes()[n:], w.resources.CanRestore("www.lakeside.example"))
		}
	})
}
