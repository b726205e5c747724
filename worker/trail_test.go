package worker_test

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

// lookups counts the calls of CloudTrail so far.
func (w *world) lookups() (n int) {
	for _, c := range w.sim.Calls() {
		if c.Operation == "LookupEvents" {
			n++
		}
	}
	return n
}

// open are the open findings of a setup.
func (w *world) open(s setup.Setup) []setup.Finding {
	w.t.Helper()
	v, err := w.store.Setup(w.t.Context(), s.ID)
	must(w.t, err)
	now, err := w.store.Situation(w.t.Context(), v)
	must(w.t, err)
	return now.Findings
}

// Whatever somebody breaks, the finding names that person and the moment: nobody who
// did so before it was last right, who was refused, who changed another thing, and no
// call of our own. It is told at once; that CloudTrail lists calls late only leaves out
// who it was for a while. Nothing is written.
func TestAFindingNamesWhoDidIt(t *testing.T) {
	for i, b := range breakages() {
		if all := os.Getenv("APIFRONT_LAWS") == "all"; !all && i%4 != 0 || !all && underRace {
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.settled()
				w.rested(s)
				w.as("mallory", "")
				w.rewrites(s)
				if c, found, _ := w.check(s); c.Result != setup.CheckHealthy {
					w.t.Fatalf("before it is broken: %s %v", c.Result, keys(found))
				}
				if n := w.lookups(); n > 0 {
					w.t.Errorf("CloudTrail was asked %d times, and nothing differs", n)
				}
				w.asOurs()
				w.rewrites(s)
				w.as("jonas", browser)
				begun := time.Now()
				b.do(w, s)
				ended := time.Now()
				w.as("mallory", "")
				w.fails(s)
				w.elsewhere(s)
				w.asOurs()
				w.rewrites(s)
				w.asRecorded(s)
				w.rewrites(s)
				w.person = nil
				before := len(w.sim.Writes())
				asked := w.store.Now()
				c, found, _ := w.check(s)
				if len(found) != len(b.finds) || c.DoneAt.Sub(asked) > 2*time.Minute {
					w.t.Fatalf("found %v after %s, want %v", keys(found), c.DoneAt.Sub(asked), b.finds)
				}
				time.Sleep(25 * time.Minute)
				for _, f := range w.open(s) {
					t := f.Trail
					switch {
					case t == nil:
						w.t.Errorf("%s: nobody asked who it was", f.Key)
					case t.State != setup.TrailKnown, t.Last.Who != "jonas", t.Last.Kind != "IAM user", t.Last.How != "in the console",
						t.Last.At.Before(begun.Truncate(time.Second)), t.Last.At.After(ended), !t.DueAt.IsZero():
						w.t.Errorf("%s: %s %+v, want jonas between %s and %s\n%+v", f.Key, t.State, t.Last, begun, ended, t)
					case t.Others > 0 && !strings.Contains(b.name, "deleted") && !strings.Contains(b.name, "changed"):
						w.t.Errorf("%s: %d others", f.Key, t.Others)
					}
				}
				if n := len(w.sim.Writes()); n != before {
					w.t.Errorf("asking wrote %v", w.sim.Writes()[before:])
				}
				if n := w.lookups(); n > 24 {
					w.t.Errorf("CloudTrail was asked %d times about %v", n, keys(found))
				}
			})
		})
	}
}

// offended is a setup whose distribution jonas switched off, as a check saw it.
func (w *world) offended(order ...sim.Fault) (setup.Setup, setup.Checkup, setup.Finding) {
	w.t.Helper()
	s := w.settled()
	w.rested(s)
	w.as("jonas", browser)
	breakages()[5].do(w, s)
	w.person = nil
	time.Sleep(10 * time.Minute) // CloudTrail lists it
	for _, f := range order {
		w.sim.Order(f)
	}
	asked := w.store.Now()
	c, found, state := w.check(s)
	if len(found) != 1 || found[0].Key != "distribution/Enabled" || state != setup.StateNotAnswering || c.Result != setup.CheckFindings {
		w.t.Fatalf("the check is not complete: %s %s %v", c.Result, state, keys(found))
	}
	if found[0].Trail == nil || c.DoneAt.Sub(asked) > 3*time.Minute {
		w.t.Fatalf("after %s: %+v", c.DoneAt.Sub(asked), found[0].Trail)
	}
	return s, c, found[0]
}

// Where CloudTrail has the call already, the check that finds it names who it was, so
// the notice can. Later calls may still come in, so it is asked once more.
func TestTheCheckItselfNamesWhoDidIt(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		s, _, f := w.offended()
		if f.Trail.State != setup.TrailKnown || f.Trail.Last.Who != "jonas" || f.Trail.Tries != 1 {
			w.t.Fatalf("%+v", f.Trail)
		}
		time.Sleep(25 * time.Minute)
		if f := w.open(s)[0]; f.Trail.State != setup.TrailKnown || f.Trail.Tries != 2 || !f.Trail.DueAt.IsZero() {
			w.t.Errorf("after 25 min: %+v", f.Trail)
		}
		n := w.lookups()
		time.Sleep(4 * time.Hour) // a check by schedule is among them
		if more := w.lookups() - n; more > 0 {
			w.t.Errorf("CloudTrail was asked %d times more within four hours", more)
		}
	})
}

// Without the permission a check is complete, says so, and CloudTrail is not asked again
// at each check; a person's check asks again, since somebody may just have allowed it.
func TestCloudTrailIsRefused(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		s, _, f := w.offended(sim.Fault{ID: "trail", Service: "cloudtrail", Kind: sim.FaultDenied, Times: 1000})
		if f.Trail.State != setup.TrailRefused || !strings.Contains(f.Trail.Words(time.Time.String), "may not read CloudTrail: the permission cloudtrail:LookupEvents would tell") {
			w.t.Fatalf("%+v", f.Trail)
		}
		n := w.lookups()
		if n > 2 {
			w.t.Errorf("it was asked %d times", n)
		}
		time.Sleep(4 * time.Hour) // a check by schedule
		w.as("jonas", browser)
		breakages()[2].do(w, s)
		time.Sleep(4 * time.Hour)
		if found := w.open(s); len(found) != 2 || found[0].Trail.State != setup.TrailRefused || found[1].Trail.State != setup.TrailRefused {
			w.t.Errorf("found %v", keys(found))
		}
		if more := w.lookups() - n; more > 0 {
			w.t.Errorf("it was asked %d times more", more)
		}
		w.sim.Withdraw("trail")
		_, found, _ := w.check(s)
		for _, f := range found {
			if f.Trail.State != setup.TrailKnown || f.Trail.Last.Who != "jonas" {
				w.t.Errorf("allowed, and then %s: %+v", f.Key, f.Trail)
			}
		}
	})
}

// A CloudTrail that refuses by its quota, does not answer, or answers what nobody can
// read holds up no check, names nobody, and is left alone after some tries.
func TestCloudTrailGivesNoAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		fault sim.Fault
		want  setup.TrailState
	}{
		"throttled":  {sim.Fault{Code: "ThrottlingException", Message: "Rate exceeded"}, setup.TrailSilent},
		"broken":     {sim.Fault{Code: "InternalFailure", Status: http.StatusInternalServerError}, setup.TrailSilent},
		"slow":       {sim.Fault{Kind: sim.FaultDelay, Delay: 10 * time.Minute}, setup.TrailSilent},
		"no answer":  {sim.Fault{Kind: sim.FaultReset}, setup.TrailSilent},
		"nonsense":   {sim.Fault{Kind: sim.FaultMangled, Body: "<html>"}, setup.TrailSilent},
		"no JSON":    {sim.Fault{Kind: sim.FaultDelay, Delay: time.Millisecond}, setup.TrailUnread},
		"other JSON": {sim.Fault{Kind: sim.FaultDelay, Delay: time.Millisecond}, setup.TrailUnread},
	} {
		if all := os.Getenv("APIFRONT_LAWS") == "all"; !all && (underRace && name != "slow" || !slices.Contains([]string{"throttled", "slow", "nonsense", "other JSON"}, name)) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				c.fault.Service, c.fault.Times = "cloudtrail", 10000
				s := w.settled()
				w.rested(s)
				w.as("jonas", browser)
				breakages()[5].do(w, s)
				w.person = nil
				switch name {
				case "no JSON":
					w.sim.BreakTrail(`{"eventName":`)
				case "other JSON":
					w.sim.BreakTrail(`{"eventName":["UpdateDistribution"],"userIdentity":"jonas"}`)
				}
				time.Sleep(10 * time.Minute)
				w.sim.Order(c.fault)
				asked := w.store.Now()
				after, found, _ := w.check(s) // one more came after it by itself, which asks nobody
				if len(found) != 1 || found[0].Trail == nil || found[0].Trail.State != c.want || after.DoneAt.Sub(asked) > 3*time.Minute {
					w.t.Fatalf("after %s: %v %+v", after.DoneAt.Sub(asked), keys(found), found[0].Trail)
				}
				list, err := w.store.Checks(w.t.Context(), s.ID, 10)
				must(w.t, err)
				k := slices.IndexFunc(list, func(k setup.Checkup) bool { return k.Reason == setup.CheckByPerson })
				if one, other := list[k].DoneAt.Sub(list[k].BegunAt), after.DoneAt.Sub(after.BegunAt); one > other+7*time.Second {
					w.t.Errorf("the check took %s, and one that asked nobody %s: CloudTrail held it up", one, other)
				}
				time.Sleep(2 * time.Hour)
				if t := w.open(s)[0].Trail; t.State != c.want || !t.DueAt.IsZero() || t.Last != nil {
					w.t.Errorf("after two hours: %+v", t)
				}
				if n := w.lookups(); n > 60 {
					w.t.Errorf("it was asked %d times", n)
				}
			})
		})
	}
}

// A call that is delivered after an earlier one of somebody else is the one that
// counts in the end; how many others may have done it is said.
func TestTheLastCallIsNamed(t *testing.T) {
	t.Parallel()
	pace := quickPace()
	pace.TrailDelay = 10 * time.Minute
	inPacedWorld(t, pace, func(w *world) {
		s := w.settled()
		w.rested(s)
		w.as("ivan", browser)
		w.rewrites(s)
		time.Sleep(8 * time.Minute)
		w.as("jonas", browser)
		breakages()[5].do(w, s)
		w.person = nil
		time.Sleep(2 * time.Minute)
		_, found, _ := w.check(s)
		if t := found[0].Trail; t.State != setup.TrailKnown || t.Last.Who != "ivan" || t.DueAt.IsZero() {
			w.t.Fatalf("CloudTrail lists one call so far: %+v", t)
		}
		time.Sleep(25 * time.Minute)
		if t := w.open(s)[0].Trail; t.State != setup.TrailKnown || t.Last.Who != "jonas" || t.Others != 1 || t.More || !t.DueAt.IsZero() {
			w.t.Errorf("in the end: %+v", t)
		}
	})
}

// Nobody else has changed it, as far as CloudTrail knows: nobody is named.
func TestNobodyIsNamedWithoutACall(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled()
		w.rested(s)
		breakages()[5].do(w, s)
		w.sim.ForgetTrail()
		_, found, _ := w.check(s)
		if t := found[0].Trail; t.State != setup.TrailWaiting {
			w.t.Fatalf("at first: %+v", t)
		}
		time.Sleep(25 * time.Minute)
		if t := w.open(s)[0].Trail; t.State != setup.TrailNone || !t.DueAt.IsZero() || t.Tries != 3 || !strings.Contains(t.Words(time.Time.String), "CloudTrail lists no such call between ") {
			w.t.Errorf("in the end: %+v", t)
		}
	})
}

// However many ask, of however many processes, CloudTrail is asked at most twice a
// second in an account and Region, and refuses nobody.
func TestCloudTrailIsAskedTwiceASecond(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		var group sync.WaitGroup
		for replica := range 4 {
			settings := w.settings(w.newWire())
			settings.Turn, settings.Hold = w.store.TakeTurn, w.store.HoldTurns
			c := cloud.New(settings)
			for i := range 10 {
				holder := string(rune('a'+replica)) + string(rune('a'+i))
				a, err := c.Open(w.t.Context(), setup.DefaultConnection, setup.EdgeRegion, holder, nil)
				must(w.t, err)
				group.Go(func() {
					for range 100 {
						now := time.Now()
						_, _, err := a.LookUpEvents(w.t.Context(), setup.EdgeRegion, "UpdateDistribution", now.Add(-time.Hour), now, 1)
						if err == nil {
							return
						}
						time.Sleep(5 * time.Second) // as the worker does: later
					}
					w.t.Error("it never had its turn")
				})
			}
		}
		group.Wait()
		var at []time.Time
		for _, c := range w.sim.Calls() {
			if c.Operation != "LookupEvents" {
				continue
			}
			if c.Code != "" {
				w.t.Errorf("refused: %s", c.Code)
			}
			if at = append(at, c.At); len(at) > 2 && at[len(at)-1].Sub(at[len(at)-3]) < time.Second {
				w.t.Errorf("three within a second, the last at %s", c.At)
			}
		}
		if len(at) != 40 {
			w.t.Errorf("%d lookups, want 40", len(at))
		}
	})
}

// Who changes the same thing after it was seen to differ is not named.
func TestACallAfterTheLookIsNotNamed(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		s, _, _ := w.offended()
		w.as("mallory", browser)
		w.rewrites(s)
		w.person = nil
		time.Sleep(25 * time.Minute)
		if t := w.open(s)[0].Trail; t.State != setup.TrailKnown || t.Last.Who != "jonas" || t.Others != 0 || t.Tries != 2 {
			w.t.Errorf("%+v", t)
		}
	})
}
