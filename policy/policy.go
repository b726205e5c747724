// Package policy makes IAM documents from what the steps must be granted: the
// policies that a connection needs, the trust policy of its role, and the
// templates and commands that create them. Pages show them, and the preflight
// asks IAM about the same statements. The package calls nothing and names no
// action of a step itself.
package policy

import (
	"slices"
	"strconv"
	"strings"

	"apifront/setup"
	"apifront/steps"
)

// Kind says what a policy lets its holder do.
type Kind string

// The kinds of policy.
const (
	Apply    Kind = "apply"    // the wizard's lists, and every job of the setup
	Look     Kind = "look"     // the wizard's lists, and looking at what is there; no change
	Teardown Kind = "teardown" // looking at what is there, and deleting what a job made
)

// Kinds returns all kinds of policy.
func Kinds() []Kind { return []Kind{Apply, Look, Teardown} }

// A Statement is one statement of a policy. Its effect is always Allow.
type Statement struct {
	Sid        string
	Actions    []string
	Resources  []string
	Conditions []steps.Condition
	Steps      []setup.StepID // the steps that fail without it; steps.WizardID among them
	Use        steps.Use

	names []string // of the steps, for the Sid
	last  []string // words for what the steps do with it, for the end of the Sid
}

// Statements returns what a policy of the kind allows for a scope. Check must
// have passed the scope. Statements that are alike are joined.
func Statements(kind Kind, scope steps.Scope) []Statement {
	return statements(kind, scope, func(setup.StepID) bool { return true })
}

// TeardownJob returns what the job that takes the setup down needs: of the policy of
// that kind what its own steps do, without the wizard's lists and the looks of other
// jobs.
func TeardownJob(scope steps.Scope) []Statement {
	own := steps.For(setup.JobTeardown)
	return statements(Teardown, scope, func(id setup.StepID) bool {
		return slices.ContainsFunc(own, func(s steps.Step) bool { return s.ID == id })
	})
}

func statements(kind Kind, scope steps.Scope, of func(setup.StepID) bool) []Statement {
	var list []Statement
	scope.Teardown = kind == Teardown
	for id, g := range steps.Grants(scope) {
		if !of(id) {
			continue
		}
		if only := onlyTeardown(id); only && kind != Teardown || !only && g.Use != steps.Reads && kind == Teardown {
			continue
		}
		if !kind.includes(g.Use) || g.Explains && !kind.explains(id) {
			continue
		}
		st := Statement{
			Actions: slices.Clone(g.Actions), Resources: slices.Clone(g.Resources), Conditions: g.Conditions, Use: g.Use,
			names: []string{string(id)}, last: []string{g.For},
		}
		if !g.Explains {
			st.Steps = []setup.StepID{id}
		}
		list = append(list, st)
	}
	// Each of these ways of joining allows exactly what the parts allowed.
	list = merge(list, func(a, b Statement) bool { return slices.Equal(a.Resources, b.Resources) }, func(a *Statement, b Statement) {
		a.Actions = union(a.Actions, b.Actions)
	})
	list = merge(list, func(a, b Statement) bool { return slices.Equal(a.Actions, b.Actions) && slices.Equal(a.last, b.last) }, func(a *Statement, b Statement) {
		a.Resources = union(a.Resources, b.Resources)
	})
	list = mergeValues(list)
	for i := range list {
		list[i].Sid = sid(list, i)
	}
	return list
}

// onlyTeardown says whether a step is only in teardowns.
func onlyTeardown(id setup.StepID) bool {
	s, ok := steps.Find(id)
	return ok && s.OnlyTeardown()
}

// explains says whether a policy of the kind has what only explains something of a step.
func (k Kind) explains(id setup.StepID) bool {
	switch k {
	case Apply:
		return true
	case Look:
		return steps.OfLooks(id)
	case Teardown:
		return onlyTeardown(id)
	}
	return false
}

func (k Kind) includes(u steps.Use) bool {
	switch u {
	case steps.Writes:
		return k == Apply
	case steps.Removes:
		return k == Apply
	case steps.Destroys:
		return k == Teardown
	case steps.Reads:
	}
	return true
}

// sidSteps is how many steps the Sid of a statement names at most.
const sidSteps = 2

// sid is the Sid of a statement. It names the steps and what they do. IAM
// allows only letters and digits in it, and no Sid twice in a policy.
func sid(list []Statement, i int) string {
	names, last := list[i].names, list[i].last
	if len(names) > sidSteps {
		names = append(names[:1:1], "and-others")
	}
	var b strings.Builder
	for _, name := range names {
		for word := range strings.SplitSeq(name, "-") {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	b.WriteString(strings.Join(last[:min(len(last), 2)], ""))
	id := b.String()
	for n, taken := 2, id; slices.ContainsFunc(list[:i], func(o Statement) bool { return o.Sid == id }); n++ {
		id = taken + strconv.Itoa(n)
	}
	return id
}
