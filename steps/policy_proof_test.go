package steps_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/policy"
	"apifront/setup"
	"apifront/steps"
)

// A proof runs a story with the policies of one kind.
type proof struct {
	*steps.Story
	t    *testing.T
	kind policy.Kind
	now  bool // only the grants for what the job itself removes
}

func newProof(t *testing.T, v steps.Variant) *proof {
	t.Helper()
	p := &proof{Story: steps.NewStory(t, v), t: t, kind: policy.Apply}
	p.Full = documentsOf(p.statements())
	return p
}

func (p *proof) statements() []policy.Statement {
	scope := p.Scope()
	scope.NowOnly = p.now
	return policy.Statements(p.kind, scope)
}

// documentsOf puts the statements into documents. How they are shared out makes
// no difference to IAM.
func documentsOf(list []policy.Statement) []string {
	var out []string
	for some := range slices.Chunk(list, 8) {
		out = append(out, policy.Document{Statements: some}.JSON())
	}
	return out
}

// inWorlds tells the story of a variant in a synctest bubble, with the policies
// that has returns, and calls check.
func inWorlds(t *testing.T, v steps.Variant, has func(*proof) []string, check func(*proof)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newProof(t, v)
		p.Policy = has(p)
		p.Tell()
		check(p)
	})
}

// TestPolicyProof: with the generated policy, every job passes and no call is
// refused, and every action is used on every resource. If any one statement is
// missing, or any one condition has a wrong value, exactly the steps that need
// it fail, and their problem names what is missing.
func TestPolicyProof(t *testing.T) {
	for n, v := range steps.Variants() {
		t.Run(v.String(), func(t *testing.T) {
			var list []policy.Statement
			inWorlds(t, v, func(p *proof) []string { list = p.statements(); return p.Full }, func(p *proof) {
				for id, pr := range p.Failed {
					t.Errorf("step %s fails with the whole policy: %+v", id, pr)
				}
				p.Explain()
				p.Who()
				p.nothingRefused()
				p.allUsed(list)
			})
			for i, c := range damages(list) {
				if (i+n)%proofSample(23) != 0 {
					continue
				}
				inWorlds(t, v, func(*proof) []string { return documentsOf(c.list) }, func(p *proof) { p.failedExactly(c) })
			}
		})
	}
}

// proofSample is n if every n-th damage is tried. APIFRONT_LAWS=all tries all,
// and under the race detector a ninth is tried of what is tried otherwise.
func proofSample(every int) int {
	switch {
	case os.Getenv("APIFRONT_LAWS") == "all":
		return 1
	case steps.UnderRace:
		return 9 * every
	default:
		return every
	}
}

// A damage is a policy in which one thing is missing or wrong.
type damage struct {
	what string
	list []policy.Statement
	of   policy.Statement
	some bool // only some of the statement's steps need it
}

func damages(list []policy.Statement) []damage {
	var all []damage
	for i, st := range list {
		all = append(all, damage{what: "without " + st.Sid, list: slices.Delete(slices.Clone(list), i, i+1), of: st})
	}
	for i, st := range list {
		for c, condition := range st.Conditions {
			what := condition.Key + " in " + st.Sid
			wrong := "wrong"
			if condition.Operator == "Null" {
				wrong = "true"
			}
			all = append(all, damage{what: "with another " + what, list: withValue(list, i, c, wrong), of: st})
			if len(condition.Values) == 1 {
				continue
			}
			for v, value := range condition.Values {
				rest := slices.Delete(slices.Clone(condition.Values), v, v+1)
				all = append(all, damage{what: "without " + value + " among " + what, list: withValue(list, i, c, rest...), of: st, some: true})
			}
		}
	}
	return all
}

// withValue returns the list with other values in one condition of one
// statement.
func withValue(list []policy.Statement, statement, condition int, values ...string) []policy.Statement {
	list = slices.Clone(list)
	list[statement].Conditions = slices.Clone(list[statement].Conditions)
	list[statement].Conditions[condition].Values = values
	return list
}

func (p *proof) failedExactly(c damage) {
	p.t.Helper()
	failed := slices.Sorted(maps.Keys(p.Failed))
	if c.some && len(c.of.Steps) > 0 {
		stranger := func(id setup.StepID) bool { return !slices.Contains(c.of.Steps, id) }
		if len(failed) == 0 || slices.ContainsFunc(failed, stranger) {
			p.t.Errorf("%s these steps fail: %v, and some of %v should", c.what, failed, c.of.Steps)
		}
	} else if d := cmp.Diff(slices.Sorted(slices.Values(c.of.Steps)), failed); d != "" {
		p.t.Errorf("%s other steps fail (-wanted +failed):\n%s", c.what, d)
	}
	for id, pr := range p.Failed {
		complete := pr.What != "" && pr.Why != "" && pr.Fix != ""
		names := slices.ContainsFunc(c.of.Actions, func(a string) bool { return strings.Contains(pr.Fix, a) })
		if !complete || !names {
			p.t.Errorf("%s step %s does not name one of %v: %+v", c.what, id, c.of.Actions, pr)
		}
	}
}

func (p *proof) nothingRefused() {
	p.t.Helper()
	for _, j := range p.Asked {
		if !j.Allowed {
			p.t.Errorf("%s was refused %s on %s", j.Operation, j.Action, j.Resource)
		}
	}
}

// allUsed checks that every action of every statement was used on every
// resource in it, and that every value of its conditions came with a call.
func (p *proof) allUsed(list []policy.Statement) {
	p.t.Helper()
	for _, st := range list {
		for _, action := range st.Actions {
			for _, resource := range st.Resources {
				if !p.Used[sim.Match{Sid: st.Sid, Action: strings.ToLower(action), Resource: resource}] {
					p.t.Errorf("%s: %s on %s is not used", st.Sid, action, resource)
				}
			}
		}
		for _, c := range st.Conditions {
			for _, v := range c.Values {
				if strings.HasSuffix(c.Operator, "StringEquals") && !p.Values[st.Sid+" "+strings.ToLower(c.Key)+" "+v] {
					p.t.Errorf("%s: no call came with %s in %s", st.Sid, v, c.Key)
				}
			}
		}
	}
}

// TestPolicyToLookOnly: over the whole story, every read is allowed and every
// write is refused. The policy allows nothing that is not used.
func TestPolicyToLookOnly(t *testing.T) {
	for _, v := range steps.Variants() {
		t.Run(v.String(), func(t *testing.T) {
			var list []policy.Statement
			inWorlds(t, v, func(p *proof) []string {
				p.kind = policy.Look
				list = p.statements()
				return documentsOf(list)
			}, func(p *proof) {
				p.LookAgain()
				p.MustInvalidate()
				p.Who()
				p.allUsed(list)
				writes := 0
				for _, j := range p.Asked {
					reads := strings.HasPrefix(j.Operation, "Get") || strings.HasPrefix(j.Operation, "List") || strings.HasPrefix(j.Operation, "Describe") || j.Operation == "LookupEvents"
					if reads != j.Allowed {
						t.Errorf("%s on %s: allowed is %v", j.Operation, j.Resource, j.Allowed)
					}
					if !reads {
						writes++
					}
				}
				if writes < 5 {
					t.Errorf("the story tried %d writes", writes)
				}
			})
		})
	}
}

// TestPolicyForTeardown: this policy allows to delete all that a job made, and
// allows nothing that is not used. If any one statement that allows a deletion
// is missing, or has another value in its condition, exactly the deletions that
// need it fail.
func TestPolicyForTeardown(t *testing.T) {
	for n, v := range steps.Variants() {
		t.Run(v.String(), func(t *testing.T) {
			var list []policy.Statement
			inTeardown(t, v, func(p *proof) []string { list = p.statements(); return documentsOf(list) }, func(p *proof) {
				for id, pr := range p.Failed {
					t.Errorf("%s fails with the whole policy: %+v", id, pr)
				}
				p.nothingRefused()
				p.allUsed(list)
			})
			for i, c := range damages(list) {
				if c.of.Use != steps.Destroys && c.of.Use != steps.Removes || (i+n)%proofSample(7) != 0 {
					continue
				}
				inTeardown(t, v, func(*proof) []string { return documentsOf(c.list) }, func(p *proof) { p.failedExactly(c) })
			}
		})
	}
}

// inTeardown is inWorlds for what comes after a job: looking, and deleting what
// it made.
func inTeardown(t *testing.T, v steps.Variant, has func(*proof) []string, check func(*proof)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newProof(t, v)
		p.MustRun(setup.JobApply)
		p.kind = policy.Teardown
		p.Full = documentsOf(p.statements())
		p.Policy = has(p)
		p.Wizard()
		p.LookForgetful()
		p.LookAgain()
		p.MustInvalidate()
		p.TakeDown()
		check(p)
	})
}

// TestPolicyForChange: the policy for a job of a changed spec is enough for the
// change and for the deletions after it. Every grant for a deletion is used. If
// any one of these statements is missing, or has another value in its
// condition, exactly the last step fails, with a problem that names the policy
// to renew.
func TestPolicyForChange(t *testing.T) {
	toRemove := func(st policy.Statement) bool {
		return st.Use == steps.Removes || slices.Equal(st.Steps, []setup.StepID{"remove"})
	}
	for n, v := range steps.Variants() {
		t.Run(v.String(), func(t *testing.T) {
			var list []policy.Statement
			inChange(t, v, func(p *proof) []string { list = p.statements(); return documentsOf(list) }, func(p *proof) {
				for id, pr := range p.Failed {
					t.Errorf("%s fails with the whole policy: %+v", id, pr)
				}
				p.nothingRefused()
				p.allUsed(slices.DeleteFunc(slices.Clone(list), func(st policy.Statement) bool { return !toRemove(st) }))
			})
			for i, c := range damages(list) {
				if !toRemove(c.of) || (i+n)%proofSample(3) != 0 {
					continue
				}
				inChange(t, v, func(*proof) []string { return documentsOf(c.list) }, func(p *proof) {
					p.failedExactly(c)
					for id, pr := range p.Failed {
						if !strings.Contains(pr.Fix, `"`+setup.PolicyRunJobs+`"`) {
							t.Errorf("%s %s does not name the policy to renew: %+v", c.what, id, pr)
						}
					}
				})
			}
		})
	}
}

// inChange is inWorlds for a changed setup. What the setup had before was made
// with all permissions.
func inChange(t *testing.T, v steps.Variant, has func(*proof) []string, check func(*proof)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newProof(t, v)
		p.MustRun(setup.JobApply)
		p.Change()
		p.now = true
		p.Full = documentsOf(p.statements())
		p.Policy = has(p)
		p.Changed()
		check(p)
	})
}

// TestPolicyRemovesOwnOnly: the whole policy of a changed setup allows no
// deletion of a resource that belongs to another name or another installation,
// or that is still wanted.
func TestPolicyRemovesOwnOnly(t *testing.T) {
	for _, v := range steps.Variants() {
		inChange(t, v, func(p *proof) []string { p.now = false; return documentsOf(p.statements()) }, func(p *proof) {
			for _, region := range []string{"eu-west-1", "us-west-2", setup.EdgeRegion} {
				for _, what := range p.Foreign(region) {
					t.Errorf("%s: allowed in %s: %s", v, region, what)
				}
			}
		})
	}
}
