package steps

import (
	"fmt"
	"net/http"
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

// with puts a record set with a TTL at the setup's name.
func (w *world) with(kind types.RRType, ttl int64, values ...string) {
	w.t.Helper()
	set := types.ResourceRecordSet{Name: aws.String(w.setup.Spec.Domain.Name), Type: kind, TTL: aws.Int64(ttl)}
	for _, v := range values {
		set.ResourceRecords = append(set.ResourceRecords, types.ResourceRecord{Value: aws.String(v)})
	}
	w.change(types.Change{Action: types.ChangeActionUpsert, ResourceRecordSet: &set})
}

// A stood is what stands at the name before the setup.
type stood struct {
	name   string
	put    func(w *world, ttl int64)
	lowers bool // it has a TTL of its own
}

func stoodBefore() []stood {
	return []stood{
		{"A", func(w *world, ttl int64) { w.with(types.RRTypeA, ttl, "203.0.113.40", "203.0.113.41") }, true},
		{"AAAA", func(w *world, ttl int64) { w.with(types.RRTypeAaaa, ttl, "2001:db8::40") }, true},
		{"CNAME", func(w *world, ttl int64) { w.with(types.RRTypeCname, ttl, "shops.hosting.example.") }, true},
		{"A and AAAA with another TTL", func(w *world, ttl int64) {
			w.with(types.RRTypeA, ttl, "203.0.113.40")
			w.with(types.RRTypeAaaa, 3*ttl, "2001:db8::40")
		}, true},
		{"alias", func(w *world, ttl int64) {
			zone := w.setup.Spec.Domain.ZoneID
			w.sim.AddRecord(zone, "old.lakeside.example", "A", int(ttl), "203.0.113.40")
			w.change(types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &types.ResourceRecordSet{
				Name: aws.String("www.lakeside.example"), Type: types.RRTypeA,
				AliasTarget: &types.AliasTarget{DNSName: aws.String("old.lakeside.example"), HostedZoneId: &zone, EvaluateTargetHealth: true},
			}})
		}, false},
	}
}

// lower starts a job that lowers the TTL before it moves traffic.
func (w *world) lower() (setup.StepID, *setup.Problem) {
	w.t.Helper()
	w.job.ID++
	w.job.Kind, w.job.Input.LowerTTL = setup.JobApply, true
	defer func() { w.job.Input.LowerTTL = false }()
	return w.runAll(setup.JobApply)
}

// takeDown starts a job that takes the setup down, with the name where it says.
func (w *world) takeDown(to string) {
	w.t.Helper()
	w.job.ID++
	w.job.Kind, w.setup.Spec.Gone = setup.JobTeardown, &setup.Gone{Name: to}
	w.mustRunAll(setup.JobTeardown)
}

// A TTL is lowered, the traffic moved and moved back, as often as one likes: the
// zone is as it was found, to the last TTL. The move comes when no resolver
// remembers the old TTL, and not before. What has no TTL of its own, or a low one,
// is moved at once.
func TestLoweredTTLComesBack(t *testing.T) {
	for i, old := range stoodBefore() {
		for k, ttl := range []int64{30, 60, 300, 86400} {
			if UnderRace && k != (i+2)%4 { // all of them without it
				continue
			}
			t.Run(fmt.Sprint(old.name, ", ", ttl), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, sim.RealPace(), lakeside)
					w.clear()
					old.put(w, ttl)
					before := w.zone()
					oldTTL := time.Duration(setup.HighestTTL(atWWW(before))) * time.Second
					for range 2 {
						if id, p := w.lower(); id != "" {
							t.Fatalf("step %s: %v %v", id, w.observed[id], p)
						}
						changed, lowered := w.firstWrites()
						waits := old.lowers && oldTTL > time.Minute
						if lowered != waits || waits && changed < oldTTL {
							t.Errorf("lowered: %t; traffic moved %s after that", lowered, changed)
						}
						if k := w.resources.Lowered(); k != nil {
							t.Errorf("still stored: %+v", k)
						}
						if id, p := w.restore(); id != "" {
							t.Fatalf("step %s: %v %v", id, w.observed[id], p)
						}
						if d := cmp.Diff(before, w.zone()); d != "" {
							t.Fatalf("the zone is not as it was found:\n%s", d)
						}
					}
				})
			})
		}
	}
}

// atWWW are the records at the setup's name.
func atWWW(zone []setup.Record) []setup.Record {
	return slices.DeleteFunc(slices.Clone(zone), func(r setup.Record) bool {
		return r.Name != "www.lakeside.example" || !slices.Contains(visitorTypes, r.Type)
	})
}

// firstWrites is the time between the change of the TTL and that of the traffic in
// the newest job, and whether there was one of the TTL.
func (w *world) firstWrites() (between time.Duration, lowered bool) {
	var ttl, move time.Time
	for _, c := range w.calls {
		if c.Operation != "ChangeResourceRecordSets" || c.Code != "" {
			continue
		}
		switch c.StepID {
		case "ttl":
			ttl, lowered = c.StartedAt, true
		case "dns":
			move = c.StartedAt
		}
	}
	w.calls = nil
	return move.Sub(ttl), lowered
}

// A job that lowered the TTL does not go on. Wherever the name is to lead when the
// setup is taken down, and if the old record is put back, the TTL is as it was found.
func TestLoweredTTLWithoutAMove(t *testing.T) {
	for _, old := range stoodBefore() {
		for what, end := range map[string]func(w *world){
			"taken down, back":    func(w *world) { w.takeDown(setup.GoneBack) },
			"taken down, nowhere": func(w *world) { w.takeDown(setup.GoneNowhere) },
			"taken down, moved":   func(w *world) { w.takeDown(setup.GoneMoved) },
			"put back": func(w *world) {
				if !w.resources.CanRestore("www.lakeside.example") {
					w.t.Fatal("it is not offered")
				}
				if id, p := w.restore(); id != "" {
					w.t.Fatalf("step %s: %v %v", id, w.observed[id], p)
				}
			},
			"moved by another job, and put back": func(w *world) {
				w.apply()
				if id, p := w.restore(); id != "" {
					w.t.Fatalf("step %s: %v %v", id, w.observed[id], p)
				}
			},
			"moved by another job, and taken down": func(w *world) {
				w.apply()
				w.takeDown(setup.GoneBack)
			},
		} {
			if !old.lowers {
				continue
			}
			t.Run(old.name+", "+what, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, sim.DemoPace(), lakeside)
					w.clear()
					old.put(w, 300)
					before := w.zone()
					e := w.env("ttl")
					e.Job.ID = 1
					if err := applyTTL(t.Context(), e); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Minute)
					if d := cmp.Diff(before, w.zone()); d == "" {
						t.Fatal("nothing was lowered")
					}
					end(w)
					if d := cmp.Diff(before, w.zone()); d != "" {
						t.Errorf("the zone is not as it was found:\n%s", d)
					}
				})
			})
		}
	}
}

// Somebody changes the record after its TTL was lowered. It is never overwritten by
// the old value or the old TTL: what that person wrote is moved, and is what comes
// back.
func TestLoweredTTLLeavesForeignChanges(t *testing.T) {
	for what, change := range map[string]func(w *world){
		"another value":           func(w *world) { w.with(types.RRTypeA, 300, "198.51.100.7") },
		"another value, low TTL":  func(w *world) { w.with(types.RRTypeA, 60, "198.51.100.7") },
		"another TTL":             func(w *world) { w.with(types.RRTypeA, 900, "203.0.113.40") },
		"one more record":         func(w *world) { w.with(types.RRTypeAaaa, 900, "2001:db8::7") },
		"the record was deleted":  func(w *world) { w.clear() },
		"the TTL of before again": func(w *world) { w.with(types.RRTypeA, 300, "203.0.113.40") },
	} {
		for _, taken := range []bool{false, true} {
			t.Run(fmt.Sprint(what, ", taken down at once: ", taken), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, sim.DemoPace(), lakeside)
					w.clear()
					w.with(types.RRTypeA, 300, "203.0.113.40")
					w.job.Input.LowerTTL = true
					if err := applyTTL(t.Context(), w.env("ttl")); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Minute)
					change(w)
					theirs := w.zone()
					n := len(w.writes())
					if o, p := w.run(w.step("ttl")); o.State != Ready || p != nil {
						t.Fatal(o, p)
					}
					if d := cmp.Diff(theirs, w.zone()); d != "" || len(w.writes()) != n {
						t.Errorf("what somebody wrote was overwritten:\n%s", d)
					}
					if taken {
						w.takeDown(setup.GoneBack)
						// What nobody touched has its old TTL again.
						for i := range theirs {
							if what == "one more record" && theirs[i].Value == "203.0.113.40" {
								theirs[i].TTL = 300
							}
						}
					} else {
						w.apply()
						if len(atWWW(theirs)) > 0 {
							if id, p := w.restore(); id != "" {
								t.Fatalf("step %s: %v %v", id, w.observed[id], p)
							}
						}
					}
					if d := cmp.Diff(theirs, w.zone()); d != "" && (what != "the record was deleted" || taken) {
						t.Errorf("what somebody wrote does not stand at the end:\n%s", d)
					}
				})
			})
		}
	}
}

// Somebody changes the record between the look and the write: Route 53 refuses the
// batch, and that person's record stays.
func TestLoweredTTLComparesAsItWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), lakeside)
		w.clear()
		w.with(types.RRTypeA, 300, "203.0.113.40")
		e := w.env("ttl")
		if o, err := observeTTL(t.Context(), e); err != nil || o.State != Drifted {
			t.Fatal(o, err)
		}
		w.with(types.RRTypeA, 300, "198.51.100.7")
		before := w.zone()
		if err := applyTTL(t.Context(), e); err == nil {
			t.Error("it says nothing")
		}
		if d := cmp.Diff(before, w.zone()); d != "" {
			t.Errorf("what somebody else wrote was overwritten:\n%s", d)
		}
	})
}

// The process dies at every request in turn, before or after AWS has carried it out,
// while the TTL is lowered and traffic moves: the end is the same.
func TestLoweredTTLSurvivesEveryEnd(t *testing.T) {
	story := func(t *testing.T, at int, after bool) (requests int) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, sim.DemoPace(), lakeside)
			w.clear()
			w.with(types.RRTypeA, 300, "203.0.113.40")
			w.with(types.RRTypeAaaa, 30, "2001:db8::40")
			before := w.zone()
			w.upTo("dns")
			n, on := 0, true
			w.sending = func(r *http.Request) {
				if !on || !strings.Contains(r.URL.Path, "hostedzone") && !strings.Contains(r.URL.Path, "/change/") {
					return
				}
				if n++; n == at {
					kind := sim.FaultReset
					if after {
						kind = sim.FaultLost
					}
					w.sim.Order(sim.Fault{Service: "route53", Operation: "", Kind: kind, Times: 1})
				}
			}
			w.job.Input.LowerTTL = true
			for _, id := range []setup.StepID{"ttl", "dns"} {
				if o, p := w.run(w.step(id)); p != nil || o.State != Ready {
					t.Fatalf("died at %d: step %s: %v %v %v", at, id, o, p, w.observed[id])
				}
			}
			on = false
			requests = n
			for _, r := range atWWW(w.zone()) {
				if !r.Alias {
					t.Errorf("died at %d: %+v still stands", at, r)
				}
			}
			if id, p := w.restore(); id != "" {
				t.Fatalf("step %s: %v %v", id, w.observed[id], p)
			}
			if d := cmp.Diff(before, w.zone()); d != "" {
				t.Errorf("died at %d: the zone is not as it was found:\n%s", at, d)
			}
		})
		return requests
	}
	total := story(t, 0, false)
	if total < 4 {
		t.Fatalf("only %d requests", total)
	}
	for at := 1; at <= total; at++ {
		for _, after := range []bool{false, true} {
			if UnderRace && after != (at%2 == 0) { // both without it
				continue
			}
			story(t, at, after)
		}
	}
	t.Logf("%d requests, each failed and lost", total)
}

// The process dies before it stores what it knows, at each time in turn.
func TestLoweredTTLSurvivesEverySave(t *testing.T) {
	for at := 1; at <= 4; at++ {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, sim.DemoPace(), lakeside)
			w.clear()
			w.with(types.RRTypeA, 300, "203.0.113.40")
			before := w.zone()
			w.upTo("dns")
			n := 0
			w.crash = func(r setup.Resource) bool {
				n++
				return n == at
			}
			w.job.Input.LowerTTL = true
			for _, id := range []setup.StepID{"ttl", "dns"} {
				if o, p := w.run(w.step(id)); p != nil || o.State != Ready {
					t.Fatalf("died at save %d: step %s: %v %v %v", at, id, o, p, w.observed[id])
				}
			}
			if id, p := w.restore(); id != "" {
				t.Fatalf("step %s: %v %v", id, w.observed[id], p)
			}
			if d := cmp.Diff(before, w.zone()); d != "" {
				t.Errorf("died at save %d: the zone is not as it was found:\n%s", at, d)
			}
		})
	}
}

// With DNS elsewhere a person lowers the TTL. All name servers are watched until they
// say it, and then until the old TTL is over. The way back has the TTL of before.
func TestLoweredTTLElsewhere(t *testing.T) {
	for kind, value := range map[string]string{"A": "203.0.113.40", "AAAA": "2001:db8::40", "CNAME": "shops.hosting.example."} {
		for _, ttl := range []int{30, 60, 300, 86400} {
			t.Run(fmt.Sprint(kind, ", ", ttl), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, sim.DemoPace(), lakeside)
					zone := w.setup.Spec.Domain.ZoneID
					w.clear()
					w.sim.AddRecord(zone, "www.lakeside.example", kind, ttl, value)
					w.elsewhere()
					byHand, asked := w.person, 0
					var lowered, moved time.Time
					w.person = func(records []setup.Record) {
						switch {
						case records[0].Was > setup.LowTTL && records[0].TTL == setup.LowTTL:
							if asked++; asked == 3 { // not at once
								w.sim.AddRecord(zone, "www.lakeside.example", kind, setup.LowTTL, value)
								lowered = time.Now()
							}
							if records[0].Was != ttl || records[0].Value != strings.TrimSuffix(value, ".") || records[0].Type != kind {
								t.Errorf("shown: %+v", records[0])
							}
						case records[0].Name == "www.lakeside.example":
							moved = time.Now()
							w.drop(zone, types.RRType(kind), min(ttl, setup.LowTTL), value)
							byHand(records)
						default:
							byHand(records)
						}
					}
					if id, p := w.lower(); id != "" {
						t.Fatalf("step %s: %v %v", id, w.observed[id], p)
					}
					if waits := ttl > setup.LowTTL; waits != (asked > 0) || waits && moved.Sub(lowered) < time.Duration(ttl)*time.Second {
						t.Errorf("asked %d times; moved %s after the TTL was lowered", asked, moved.Sub(lowered))
					}
					old := w.resources.OldRecords("www.lakeside.example")
					if len(old) != 1 || old[0].TTL != ttl || old[0].Type != kind || old[0].Value != strings.TrimSuffix(value, ".") {
						t.Errorf("the way back is %+v", old)
					}
				})
			})
		}
	}
}

// drop deletes a record of the setup's name, as the provider of the zone does.
func (w *world) drop(zone string, kind types.RRType, ttl int, value string) {
	w.t.Helper()
	_, err := w.outside().Route53().ChangeResourceRecordSets(w.t.Context(), &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: &zone, ChangeBatch: &types.ChangeBatch{Changes: deletions([]types.ResourceRecordSet{{
			Name: aws.String(w.setup.Spec.Domain.Name), Type: kind, TTL: aws.Int64(int64(ttl)), ResourceRecords: []types.ResourceRecord{{Value: &value}},
		}})},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	time.Sleep(time.Minute)
}

// What a job wrote down of the move says until when old answers live.
func TestMovedFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), lakeside)
		w.clear()
		w.with(types.RRTypeA, 3600, "203.0.113.40")
		w.apply()
		at, ttl := w.resources.Attr(setup.KeyRecordTraffic, setup.AttrMoved), w.resources.Attr(setup.KeyRecordTraffic, setup.AttrMovedFrom)
		if moved, err := time.Parse(time.RFC3339, at); err != nil || time.Since(moved) > time.Hour || ttl != "3600" {
			t.Errorf("moved at %q from %q, %v", at, ttl, err)
		}
		if id, p := w.restore(); id != "" {
			t.Fatalf("step %s: %v", id, p)
		}
		back, ttl := w.resources.Attr(setup.KeyRecordTraffic, setup.AttrMoved), w.resources.Attr(setup.KeyRecordTraffic, setup.AttrMovedFrom)
		if back <= at || ttl != "60" {
			t.Errorf("moved back at %q from %q", back, ttl)
		}
	})
}

// A person lowers the TTL while a job without that step waits for the traffic record: the
// job remembers what it was, and until when resolvers may keep the old record. Raised
// again, it is waited for anew, and a look of a check changes nothing.
func TestTTLLoweredAtTheTrafficCard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), lakeside)
		zone := w.setup.Spec.Domain.ZoneID
		w.clear()
		w.sim.AddRecord(zone, "www.lakeside.example", "A", 900, "203.0.113.40")
		w.elsewhere()
		w.upTo("dns")
		w.person = nil
		look := func() *setup.Lowered {
			t.Helper()
			time.Sleep(time.Hour) // DNS forgets
			if o, err := w.look(w.step("dns")); err != nil || o.State != Person {
				t.Fatal(o, err)
			}
			return w.resources.Lowered()
		}
		if k := look(); k == nil || k.TTL() != 900 || !k.Until.IsZero() || len(k.Is) > 0 {
			t.Fatalf("found: %+v", k)
		}
		for range 2 {
			w.sim.AddRecord(zone, "www.lakeside.example", "A", 30, "203.0.113.40")
			k := look()
			if k == nil || k.TTL() != 900 || time.Until(k.Until) > 15*time.Minute || time.Until(k.Until) < 14*time.Minute {
				t.Fatalf("lowered, at %s: %+v", time.Now(), k)
			}
			if again := look(); !again.Until.Equal(k.Until) {
				t.Errorf("looked at again, it is until %s instead of %s", again.Until, k.Until)
			}
			if w.resources.CanRestore("www.lakeside.example") {
				t.Error("there is nothing to put back")
			}
			w.sim.AddRecord(zone, "www.lakeside.example", "A", 900, "203.0.113.40")
			if k := look(); k == nil || k.TTL() != 900 || !k.Until.IsZero() {
				t.Fatalf("raised: %+v", k)
			}
		}
		if old := w.resources.OldRecords("www.lakeside.example"); len(old) != 1 || old[0].TTL != 900 {
			t.Errorf("the way back is %+v", old)
		}
	})
}
