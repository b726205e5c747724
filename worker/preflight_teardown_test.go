package worker_test

import (
	"slices"
	"strings"
	"testing"

	"apifront/cloud/sim"
	"apifront/policy"
	"apifront/setup"
	"apifront/steps"
)

// Before a setup is taken down, IAM is asked for exactly what the job does: with the
// policy that apifront makes for it the look is green, without any one statement it
// names what is missing, and the policy of other jobs is not enough. It writes
// nothing.
func TestPreflightOfATeardown(t *testing.T) {
	for _, v := range []variant{
		{rest: true, change: func(s *setup.Spec) { s.Edge.Caching = setup.CachingAPI }},
		{oneRegion: true, elsewhere: true, reused: true},
	} {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			if v.elsewhere {
				withoutRace(t)
			}
			inPacedWorld(t, sim.Pace{}, func(w *world) {
				s := w.draft(v)
				w.done(w.begin(setup.JobApply, s))
				writes := len(w.sim.Writes())
				scope := steps.Scope{Spec: w.specOf(s), Install: "install-1"}
				var err error
				scope.Resources, scope.Former, err = w.store.AllResources(w.t.Context(), s.ID)
				must(w.t, err)
				key := setup.LookKey{Kind: setup.LookTeardown, Connection: setup.DefaultConnection, Subject: s.ID}
				look := func(list []policy.Statement) []setup.Check {
					documents := []string{maySimulate}
					for some := range slices.Chunk(list, 8) {
						documents = append(documents, policy.Document{Statements: some}.JSON())
					}
					must(w.t, w.sim.SetPolicy(w.demo.KeyID, documents...))
					checks, problem := asked[[]setup.Check](w, key)
					if problem != nil {
						w.t.Fatal(problem)
					}
					return checks
				}
				whole := policy.Statements(policy.Teardown, scope)
				if checks := look(whole); find(checks, "Every action").Result != setup.CheckGood || find(checks, "right account").Result != setup.CheckGood {
					w.t.Errorf("with the policy: %+v", checks)
				}
				// What a job needs is judged by itself: what other jobs only look at is no part of it.
				needs := policy.TeardownJob(scope)
				if c := find(look(needs), "Every action"); c.Result != setup.CheckGood {
					w.t.Errorf("with what the job needs: %+v", c)
				}
				if c := find(look(needs), "Not known"); c.Title != "" {
					w.t.Errorf("with what the job needs: %+v", c)
				}
				for i, st := range needs {
					if underRace && i%6 > 0 { // all of them without it
						continue
					}
					c := find(look(slices.Delete(slices.Clone(needs), i, i+1)), "would be refused")
					if len(st.Steps) == 0 { // it only explains, and stops no start
						unknown := find(look(slices.Delete(slices.Clone(needs), i, i+1)), "Not known")
						if c.Title != "" || unknown.Result != setup.CheckUnknown || !strings.Contains(unknown.Text, st.Actions[0]) {
							w.t.Errorf("without %s, that no step needs: %+v, %+v", st.Sid, c, unknown)
						}
						continue
					}
					named := strings.Join(c.Items, " ")
					if c.Result != setup.CheckBad || !slices.ContainsFunc(st.Actions, func(a string) bool { return strings.Contains(named, a) }) || !strings.Contains(c.Fix, `"Take down"`) {
						w.t.Errorf("without %s %v: %+v", st.Sid, st.Actions, c)
					}
				}
				if c := find(look(policy.Statements(policy.Apply, scope)), "would be refused"); !slices.Contains(c.Items, "cloudfront:DeleteDistribution") {
					w.t.Errorf("with the policy of other jobs: %+v", c)
				}
				if made := w.sim.Writes()[writes:]; len(made) > 0 {
					w.t.Errorf("the looks wrote %+v", made)
				}
				if !v.elsewhere { // there, a person needs more
					look(needs)
					w.done(w.takeDown(s, setup.GoneNowhere))
				}
			})
		})
	}
}
