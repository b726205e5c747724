package steps_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"apifront/policy"
	"apifront/setup"
	"apifront/steps"
)

// TestPolicyOfAStrictDomain: with the generated policy the custom domain gets the TLS
// policy that is asked for and becomes strict, and no call is refused. Without any of
// the statements by which it is made and changed, exactly the steps that need them fail.
// Other setups have no step for it.
func TestPolicyOfAStrictDomain(t *testing.T) {
	v := steps.Variants()[0]
	in := func(has func(*proof) []string, check func(*proof)) {
		synctest.Test(t, func(t *testing.T) {
			p := newProof(t, v)
			for _, st := range p.statements() {
				if slices.Contains(st.Steps, "strict") {
					t.Errorf("nobody asked for it: %+v", st)
				}
			}
			p.Stricter()
			p.Full = documentsOf(p.statements())
			p.Policy = has(p)
			p.TellStricter()
			check(p)
		})
	}
	var list []policy.Statement
	in(func(p *proof) []string { list = p.statements(); return p.Full }, func(p *proof) {
		for id, pr := range p.Failed {
			t.Errorf("step %s fails with the whole policy: %+v", id, pr)
		}
		p.nothingRefused()
	})
	tried := 0
	for _, c := range damages(list) {
		if c.of.Use != steps.Writes || !slices.Contains(c.of.Steps, setup.StepID("strict")) {
			continue
		}
		tried++
		in(func(*proof) []string { return documentsOf(c.list) }, func(p *proof) { p.failedExactly(c) })
	}
	if tried < 1 {
		t.Errorf("%d damages were tried", tried)
	}
}
