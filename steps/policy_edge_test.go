package steps_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"apifront/policy"
	"apifront/setup"
	"apifront/steps"
)

// TestPolicyOfAnEdgeMove: with the generated policy an edge-optimised custom domain is
// moved and no call is refused. Without any statement that its steps have, a step that
// has it fails, names what is missing, and goes on when it is there: the end is the same.
// No other setup's policy has the steps.
func TestPolicyOfAnEdgeMove(t *testing.T) {
	for _, v := range steps.EdgeVariants() {
		t.Run(v.String(), func(t *testing.T) { policyOfAnEdgeMove(t, v) })
	}
}

func policyOfAnEdgeMove(t *testing.T, v steps.Variant) {
	t.Helper()
	in := func(has func(*proof) []string, check func(*proof)) {
		synctest.Test(t, func(t *testing.T) {
			p := newProof(t, v)
			for _, st := range p.statements() {
				if slices.ContainsFunc(st.Steps, ofEdge) {
					t.Errorf("without a move: %+v", st)
				}
			}
			p.FromEdge()
			p.Full = documentsOf(p.statements())
			p.Policy = has(p)
			p.TellMove()
			p.CheckMoved()
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
		if !slices.ContainsFunc(c.of.Steps, ofEdge) || allowedBeside(list, c.of) {
			continue
		}
		tried++
		c.some = true // what the other steps of the statement need is proved elsewhere
		if n := proofSample(3); (tried+len(list))%min(n, 3) != 0 {
			continue
		}
		in(func(*proof) []string { return documentsOf(c.list) }, func(p *proof) { p.failedExactly(c) })
	}
	if tried < 4 {
		t.Errorf("only %d damages were tried", tried)
	}
	t.Logf("%d damages", tried)
}

// allowedBeside says whether the other statements allow all that one does: what explains
// a refusal may be read too.
func allowedBeside(list []policy.Statement, st policy.Statement) bool {
	for _, action := range st.Actions {
		for _, resource := range st.Resources {
			if !slices.ContainsFunc(list, func(o policy.Statement) bool {
				return o.Sid != st.Sid && len(o.Conditions) == 0 && slices.Contains(o.Actions, action) && slices.Contains(o.Resources, resource)
			}) {
				return false
			}
		}
	}
	return true
}

// ofEdge says whether a step is of the move of an edge-optimised custom domain.
func ofEdge(id setup.StepID) bool { return strings.HasPrefix(string(id), "edge-") }
