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

// TestPolicyOfAMove: with the generated policy a name moves and no call is refused. The
// statements that only a move needs name the other distribution and the TXT record, are
// used, and without any of them the move fails and nothing else does. No other setup's
// policy has them.
func TestPolicyOfAMove(t *testing.T) {
	v := steps.Variants()[0]
	in := func(has func(*proof) []string, check func(*proof)) {
		synctest.Test(t, func(t *testing.T) {
			p := newProof(t, v)
			for _, st := range p.statements() {
				if strings.Contains(strings.Join(st.Actions, " "), "AssociateAlias") || slices.Contains(st.Steps, "proof") {
					t.Errorf("without a move: %+v", st)
				}
			}
			p.Moves()
			p.Full = documentsOf(p.statements())
			p.Policy = has(p)
			p.TellMove()
			check(p)
		})
	}
	var list []policy.Statement
	in(func(p *proof) []string { list = p.statements(); return p.Full }, func(p *proof) {
		for id, pr := range p.Failed {
			t.Errorf("step %s fails with the whole policy: %+v", id, pr)
		}
		p.nothingRefused()
		p.allUsed(slices.DeleteFunc(slices.Clone(list), func(st policy.Statement) bool { return !ofMove(st) }))
	})
	n, tried := 0, 0
	for _, c := range damages(list) {
		if !ofMove(c.of) {
			continue
		}
		if n++; (n-1)%min(proofSample(3), 3) != 0 {
			continue
		}
		tried++
		in(func(*proof) []string { return documentsOf(c.list) }, func(p *proof) { p.failedExactly(c) })
	}
	if tried < 3 {
		t.Errorf("only %d damages were tried", tried)
	}
}

// ofMove says whether only the steps of a move need a statement.
func ofMove(st policy.Statement) bool {
	return len(st.Steps) > 0 && !slices.ContainsFunc(st.Steps, func(id setup.StepID) bool {
		return !slices.Contains([]setup.StepID{"proof", "alias", "proof-remove"}, id)
	})
}
