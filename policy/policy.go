// Package policy makes IAM documents of what the steps must be granted: the
// policies that a connection needs, the trust policy of its role, and the
// templates and commands that make them. Pages show them and the preflight asks
// IAM for the same statements. It calls nothing and knows no action of a step.
package policy

import (
	"slices"
	"strconv"
	"strings"

	"apifront/setup"
	"apifront/steps"
)

// Kind is what a policy lets its holder do.
type Kind string

// The kinds of policy.
const (
	Apply    Kind = "apply"    // the wizard's lists, and every job of the setup
	Look     Kind = "look"     // the wizard's lists, and looking how things stand; no change
	Teardown Kind = "teardown" // looking, and taking down what a job made
)

// Kinds are all kinds of policy.
func Kinds() []Kind { return []Kind{Apply, Look, Teardown} }

// A Statement is one of a policy's: it allows.
type Statement struct {
	Sid        string
	Actions    []string
	Resources  []string
	Conditions []steps.Condition
	Steps      []setup.StepID // the steps that fail without it; steps.WizardID among them
	Use        steps.Use

	names []string // of the steps that it is for
	last  []string // words for what
}

// Statements are what the kind of policy allows for a scope, which Check has
// passed. What is equal is said once.
func Statements(kind Kind, scope steps.Scope) []Statement {
	var list []Statement
	for id, g := range steps.Grants(scope) {
		if !kind.includes(g.Use) || g.Explains && kind != Apply {
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
	// Each way of merging allows exactly what the parts did.
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

func (k Kind) includes(u steps.Use) bool {
	switch u {
	case steps.Writes:
		return k == Apply
	case steps.Removes:
		return k == Apply || k == Teardown
	case steps.Destroys:
		return k == Teardown
	case steps.Reads:
	}
	return true
}

// sidSteps is how many steps the ID of a statement names at most.
const sidSteps = 2

// sid names the steps of a statement and what they do with it. IAM takes
// letters and digits only, each ID once in a policy.
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
