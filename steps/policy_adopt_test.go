package steps_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"apifront/cloud/sim"
	"apifront/policy"
	"apifront/setup"
	"apifront/steps"
)

// TestPolicyForAdopted: the policies of an adopted setup are enough for the first
// change, which gives it the tags of apifront before anything else, and for a teardown
// without any change before. Without the statement that gives the tags, exactly what
// needs them fails.
func TestPolicyForAdopted(t *testing.T) {
	change := func(p *proof) { p.Changed() }
	takeDown := func(p *proof) { p.TakeDownAdopted() }
	for _, v := range steps.Variants() {
		for _, tt := range []struct {
			what string
			kind policy.Kind
			do   func(*proof)
		}{{"change", policy.Apply, change}, {"teardown", policy.Teardown, takeDown}} {
			t.Run(v.String()+", "+tt.what, func(t *testing.T) {
				for _, without := range []string{"", "cloudfront:TagResource"} {
					synctest.Test(t, func(t *testing.T) {
						p := newProof(t, v)
						p.MustRun(setup.JobApply)
						p.Adopt()
						if tt.kind == policy.Apply {
							p.ChangeAdopted()
						}
						p.kind, p.now = tt.kind, tt.kind == policy.Apply
						p.Full = documentsOf(p.statements())
						p.Policy = documentsOf(slices.DeleteFunc(p.statements(), func(st policy.Statement) bool { return without != "" && slices.Contains(st.Actions, without) }))
						tt.do(p)
						p.adoptedAs(without)
					})
				}
			})
		}
	}
}

// adoptedAs checks what failed, and that each thing got its tags before it was changed.
func (p *proof) adoptedAs(without string) {
	p.t.Helper()
	if without == "" {
		for id, pr := range p.Failed {
			p.t.Errorf("step %s fails with the whole policy: %+v", id, pr)
		}
		p.nothingRefused()
	} else if len(p.Failed) != 1 {
		p.t.Errorf("without %s fails %v", without, p.Failed)
	}
	for _, service := range []string{"cloudfront:", "apigateway:"} {
		tagged := slices.IndexFunc(p.Asked, func(j sim.Judgement) bool {
			return j.Allowed && j.Operation == "TagResource" && strings.HasPrefix(j.Action, service)
		})
		changed := slices.IndexFunc(p.Asked, func(j sim.Judgement) bool {
			return j.Allowed && strings.HasPrefix(j.Action, service) && slices.ContainsFunc([]string{"Update", "Delete"}, func(s string) bool { return strings.HasPrefix(j.Operation, s) })
		})
		if without == "" && (tagged < 0 || changed < tagged) {
			p.t.Errorf("%s tagged by call %d, changed by call %d", service, tagged, changed)
		}
	}
}
