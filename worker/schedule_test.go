package worker_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

// checks is the checks of a setup, the oldest first.
func (w *world) checks(s setup.Setup) []setup.Checkup {
	w.t.Helper()
	list, err := w.store.Checks(w.t.Context(), s.ID, 1000)
	must(w.t, err)
	slices.Reverse(list)
	return list
}

// By itself a setup is checked at its hours, gently and without a write; every minute
// while it does not answer, and at its hours again once it does.
func TestASetupIsCheckedByItself(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled(several)
		w.rested(s)
		writes, resources := len(w.sim.Writes()), w.resources(s)
		time.Sleep(12 * time.Hour)
		list := w.checks(s)
		// The first hour of its own comes after 45 min to 3 h 45 min.
		if n := len(list) - 1; n < 3 || n > 4 || list[0].Reason != setup.CheckAfterJob {
			w.t.Fatalf("after 12 h: %d checks by schedule, %+v", n, list)
		}
		if first := list[1].DoneAt.Sub(list[0].DoneAt); first < 44*time.Minute || first > 3*time.Hour+46*time.Minute {
			w.t.Errorf("the first check by schedule comes after %s", first)
		}
		for i, c := range list[1:] {
			if c.Reason != setup.CheckBySchedule || c.Result != setup.CheckHealthy || c.Sight.Answers != setup.Yes || len(c.Lines) > 0 {
				w.t.Errorf("check %d: %+v", i, c)
			}
			if apart := c.DoneAt.Sub(list[i].DoneAt); i > 0 && (apart < 3*time.Hour-time.Minute || apart > 3*time.Hour+time.Minute) {
				w.t.Errorf("check %d comes %s after the one before", i, apart)
			}
		}
		must(w.t, w.store.SetSchedule(w.t.Context(), s.ID, 15*time.Minute, "Ada"))
		w.changeDistribution(s, func(c *types.DistributionConfig) { c.Enabled = aws.Bool(false) })
		time.Sleep(90 * time.Minute)
		var silent []time.Time
		for _, c := range w.checks(s)[len(list):] {
			if c.Sight.Answers == setup.No {
				silent = append(silent, c.DoneAt)
			}
		}
		if n := len(silent); n < 60 || n > 80 || silent[2].Sub(silent[1]) > 2*time.Minute || silent[n-2].Sub(silent[n-3]) < 15*time.Minute/4 || silent[n-1].Sub(silent[n-2]) < 15*time.Minute/4 { // its own hour may come a little sooner than 5 minutes
			w.t.Errorf("%d checks while it did not answer: %s", n, silent)
		}
		w.putBack(s)
		if c, found, state := w.rested(s); c.Result != setup.CheckHealthy || state != setup.StateServing {
			w.t.Errorf("put back: %s, %v, %s", c.Result, keys(found), state)
		}
		before := len(w.checks(s))
		must(w.t, w.store.SetSchedule(w.t.Context(), s.ID, 0, "Ada"))
		time.Sleep(time.Hour)
		if n := len(w.checks(s)) - before; n > 0 {
			w.t.Errorf("off, and checked %d times", n)
		}
		for _, c := range w.sim.Writes()[writes:] {
			if c.Operation != "UpdateDistribution" && c.Operation != "UpdateDistributionWithStagingConfig" {
				w.t.Errorf("a check wrote %+v", c)
			}
		}
		if n := len(w.sim.Writes()) - writes; n != 2 { // the breakage and its repair
			w.t.Errorf("%d writes", n)
		}
		if now := w.resources(s); len(now) != len(resources) {
			w.t.Errorf("%d resources, before %d", len(now), len(resources))
		}
	})
}

// resources are what exists for a setup.
func (w *world) resources(s setup.Setup) setup.Resources {
	w.t.Helper()
	list, err := w.store.Resources(w.t.Context(), s.ID)
	must(w.t, err)
	return list
}

// What a gentle check does not ask is not forgotten: a WebSocket that a person saw
// fail counts as failing until a person has seen it open.
func TestAGentleCheckForgetsNothing(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.changed(w.settled(), func(w *world, s *setup.Spec) {
			w.toMap(s, 0, "orders", setup.APIKindWebSocket, 1, "prod")
			s.API.Mappings = s.API.Mappings[:1]
		})
		c, _, state := w.rested(s)
		if c.Result != setup.CheckHealthy || state != setup.StateServing || c.Sight.Answers != setup.Unknown {
			w.t.Fatalf("after the job: %s, %s: %+v", c.Result, state, c)
		}
		connect := func(status int) {
			_, err := w.sim.ChangeAPI(s.Spec.API.Mappings[0].APIID, sim.API{Kind: "WEBSOCKET", Methods: []sim.Method{{Key: "$connect", Answer: &sim.Answer{Status: status}}}})
			must(w.t, err)
		}
		connect(500)
		time.Sleep(4 * time.Hour)
		if list := w.checks(s); list[len(list)-1].Result != setup.CheckHealthy {
			w.t.Errorf("no check by schedule opens it, and one says %+v", list[len(list)-1])
		}
		if c, found, state := w.check(s); c.Reason != setup.CheckAgain || state != setup.StateNotAnswering || len(found) != 1 || !strings.HasPrefix(found[0].Key, "live/") {
			w.t.Errorf("a person saw it fail: %s check, %v, %s", c.Reason, keys(found), state)
		}
		connect(200)
		time.Sleep(2 * time.Hour)
		v, err := w.store.Situation(w.t.Context(), s)
		must(w.t, err)
		if v.State.ID != setup.StateNotAnswering || len(v.Findings) != 1 {
			w.t.Errorf("nobody has seen it open: %s, %v", v.State.ID, keys(v.Findings))
		}
		if c, found, state := w.check(s); c.Result != setup.CheckHealthy || len(found) > 0 || state != setup.StateServing {
			w.t.Errorf("a person saw it open: %s, %v, %s", c.Result, keys(found), state)
		}
	})
}
