package worker_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
	"apifront/steps"
)

// Both certificates are refused for one cause, and the first step that sees it names
// both. Going on with the steps that its problem names ends the job once the record is
// there.
func TestRefusedCertificatesAreRequestedAgain(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.draft(variant{rest: true})
		zone := w.demo.Zones[theZone]
		w.sim.AddRecord(zone, theZone, "CAA", 1, `0 issue "letsencrypt.org"`)
		job := w.begin(setup.JobApply, s)
		if j := w.end(job); j.State != setup.JobFailed {
			w.t.Fatalf("with CAA against it the job is %s:\n%s", j.State, w.story(job))
		}
		list, err := w.store.Steps(w.t.Context(), job)
		must(w.t, err)
		i := slices.IndexFunc(list, func(st setup.Step) bool { return st.State == setup.StepFailed })
		p := list[i].Problem
		if p.From == "" || len(p.Also) != 1 || p.From == p.Also[0] || len(p.Add) != 1 || !strings.Contains(p.What, "us-east-1") || !strings.Contains(p.What, "eu-west-1") {
			w.t.Fatalf("%+v", p)
		}
		w.sim.AddRecord(zone, p.Add[0].Name, p.Add[0].Type, 1, `0 issue "letsencrypt.org"`, p.Add[0].Value)
		time.Sleep(time.Minute)
		must(w.t, w.store.RerunFrom(w.t.Context(), job, p.From, "Ada", p.Also[0], list[i].ID))
		w.done(job)
	})
}

// The plan of a setup says what its job would change if it ran again: nothing, or what
// somebody has changed by hand.
func TestThePlanOfASetup(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.changed(w.settled(cached(setup.CachingFixed)), cached(setup.CachingOff)) // not as its first draft
		var waits []setup.StepMark                                                      // of the steps whose wait is not over
		changes := func() (all []setup.Change) {
			plan, _ := w.planned(s.ID)
			waits = nil
			if len(plan.Lines) == 0 {
				w.t.Fatal("the plan has no steps")
			}
			for _, line := range plan.Lines {
				if line.Action == setup.PlanCreate || line.Problem != nil {
					w.t.Errorf("%+v", line)
				}
				if st, _ := steps.Find(line.StepID); line.Action == setup.PlanWait && !line.Ready {
					waits = append(waits, st.Mark)
				}
				all = append(all, line.Changes...)
			}
			return all
		}
		if got := changes(); len(got) > 0 {
			w.t.Errorf("right after the job: %v", got)
		}
		if want := []setup.StepMark{setup.MarkPreview, setup.MarkLive}; !slices.Equal(waits, want) {
			w.t.Errorf("what has still to be waited for or tested is %q, want %q", waits, want)
		}
		w.changeDistribution(s, func(c *types.DistributionConfig) { c.IsIPV6Enabled = aws.Bool(false) })
		if got := changes(); len(got) != 1 || got[0].Field != "IsIPV6Enabled" {
			w.t.Errorf("after a change by hand: %v", got)
		}
	})
}
