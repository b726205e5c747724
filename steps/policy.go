package steps

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"

	"apifront/setup"
)

// PolicyKind is what a policy lets its holder do.
type PolicyKind string

// The kinds of policy.
const (
	PolicyApply    PolicyKind = "apply"    // the wizard's lists, and every job of the setup
	PolicyLook     PolicyKind = "look"     // the wizard's lists, and looking how things stand; no change
	PolicyTeardown PolicyKind = "teardown" // looking, and taking down what a job made
)

// PolicyKinds are all kinds of policy.
func PolicyKinds() []PolicyKind { return []PolicyKind{PolicyApply, PolicyLook, PolicyTeardown} }

// WizardID is what statements name that only the wizard's lists need.
const WizardID setup.StepID = "wizard"

// A Statement is one of a policy's: it allows.
type Statement struct {
	Sid        string
	Actions    []string
	Resources  []string
	Conditions []Condition
	Steps      []setup.StepID // the steps that fail without it; WizardID among them
	Use        Use

	names []string // of the steps that it is for
	last  []string // words for what
}

// policyLimit is how many characters a managed policy may have, white space
// not counted.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const policyLimit = 6144

// Statements are what the kind of policy allows for a scope, which Check has
// passed. What is equal is said once.
func Statements(kind PolicyKind, scope Scope) []Statement {
	var list []Statement
	add := func(id setup.StepID, grants []Grant) {
		for _, g := range grants {
			if !scope.concerns(g) || !kind.includes(g.Use) || g.Explains && kind != PolicyApply {
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
	}
	add(WizardID, scope.wizardGrants())
	for _, s := range All() {
		if s.Grants == nil {
			continue
		}
		if s.Applies != nil {
			if ok, _ := s.Applies(scope.Spec); !ok {
				continue
			}
		}
		add(s.ID, s.Grants(scope))
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

func (k PolicyKind) includes(u Use) bool {
	switch u {
	case Writes:
		return k == PolicyApply
	case Destroys:
		return k == PolicyTeardown
	case Reads:
	}
	return true
}

// merge puts statements together that have the same use and conditions and
// are the same in what same compares.
func merge(list []Statement, same func(a, b Statement) bool, join func(a *Statement, b Statement)) []Statement {
	var out []Statement
	for _, st := range list {
		i := slices.IndexFunc(out, func(o Statement) bool {
			return o.Use == st.Use && sameConditions(o.Conditions, st.Conditions) && same(o, st)
		})
		if i < 0 {
			out = append(out, st)
			continue
		}
		join(&out[i], st)
		out[i].take(st)
	}
	return out
}

// take makes the statement one of the other's steps too.
func (st *Statement) take(o Statement) {
	st.Steps = union(st.Steps, o.Steps)
	st.names = appendNew(st.names, o.names)
	st.last = appendNew(st.last, o.last)
}

// mergeValues puts statements together that differ in the values of one
// condition alone, of a key that has one value in a call.
func mergeValues(list []Statement) []Statement {
	var out []Statement
	for _, st := range list {
		at, with := -1, 0
		for i, o := range out {
			if o.Use == st.Use && slices.Equal(o.Actions, st.Actions) && slices.Equal(o.Resources, st.Resources) {
				if c, one := differsInOne(o.Conditions, st.Conditions); one {
					at, with = i, c
				}
			}
		}
		if at < 0 {
			out = append(out, st)
			continue
		}
		o := &out[at]
		o.Conditions = slices.Clone(o.Conditions)
		o.Conditions[with].Values = union(o.Conditions[with].Values, st.Conditions[with].Values)
		o.take(st)
	}
	return out
}

func differsInOne(a, b []Condition) (at int, one bool) {
	if len(a) != len(b) {
		return 0, false
	}
	for i := range a {
		if a[i].Operator != b[i].Operator || a[i].Key != b[i].Key {
			return 0, false
		}
		if slices.Equal(a[i].Values, b[i].Values) {
			continue
		}
		if one || a[i].Operator != "StringEquals" {
			return 0, false
		}
		at, one = i, true
	}
	return at, one
}

func sameConditions(a, b []Condition) bool {
	return slices.EqualFunc(a, b, func(x, y Condition) bool {
		return x.Operator == y.Operator && x.Key == y.Key && slices.Equal(x.Values, y.Values)
	})
}

// union is both lists, sorted, each entry once.
func union[S ~string](a, b []S) []S {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// appendNew is the list with what is new, in order.
func appendNew(list, more []string) []string {
	for _, m := range more {
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
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

// A Policy is a policy document.
type Policy struct {
	Statements []Statement
}

// Policies are the documents of a kind for a scope: one, or as many as AWS's
// limit on their size makes necessary. The problem says what is missing for it.
func Policies(kind PolicyKind, scope Scope) ([]Policy, *setup.Problem) {
	if p := scope.Check(); p != nil {
		return nil, p
	}
	return split(Statements(kind, scope), policyLimit), nil
}

// split fills documents one after the other.
func split(list []Statement, limit int) []Policy {
	var out []Policy
	for _, st := range slices.Collect(parts(list, limit)) {
		if n := len(out) - 1; n >= 0 {
			fuller := Policy{append(slices.Clone(out[n].Statements), st)}
			if fuller.Size() <= limit {
				out[n] = fuller
				continue
			}
		}
		out = append(out, Policy{[]Statement{st}})
	}
	return out
}

// parts are the statements, those that alone are too large cut up by resources.
func parts(list []Statement, limit int) iter.Seq[Statement] {
	return func(yield func(Statement) bool) {
		for _, st := range list {
			n := 1
			for ; n < len(st.Resources) && (Policy{[]Statement{st}}).Size()/n > limit*2/3; n++ {
			}
			number := 0
			for some := range slices.Chunk(st.Resources, (len(st.Resources)+n-1)/n) {
				part := st
				part.Resources = some
				if number++; number > 1 {
					part.Sid += "Part" + strconv.Itoa(number)
				}
				if !yield(part) {
					return
				}
			}
		}
	}
}

// Size is how many characters AWS counts.
func (p Policy) Size() int {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(p.JSON())); err != nil {
		return policyLimit + 1
	}
	return len(strings.Join(strings.Fields(compact.String()), ""))
}

// JSON is the document, indented.
func (p Policy) JSON() string { return indented(p.document()) }

// A document is a policy as IAM reads it.
type document struct {
	Version   string
	Statement []documentStatement
}

type documentStatement struct {
	Sid       string
	Effect    string
	Principal map[string]string `json:",omitempty"`
	Action    oneOrMany
	Resource  oneOrMany                       `json:",omitempty"`
	Condition map[string]map[string]oneOrMany `json:",omitempty"`
}

// oneOrMany is a list that IAM takes without brackets if it has one entry.
type oneOrMany []string

// MarshalJSON writes a list of one as its entry.
func (l oneOrMany) MarshalJSON() ([]byte, error) {
	if len(l) == 1 {
		return json.Marshal(l[0])
	}
	return json.Marshal([]string(l))
}

func (p Policy) document() document {
	d := document{Version: "2012-10-17"}
	for _, st := range p.Statements {
		d.Statement = append(d.Statement, documentStatement{
			Sid: st.Sid, Effect: "Allow", Action: st.Actions, Resource: st.Resources, Condition: conditionBlock(st.Conditions),
		})
	}
	return d
}

func conditionBlock(list []Condition) map[string]map[string]oneOrMany {
	if len(list) == 0 {
		return nil
	}
	block := map[string]map[string]oneOrMany{}
	for _, c := range list {
		if block[c.Operator] == nil {
			block[c.Operator] = map[string]oneOrMany{}
		}
		block[c.Operator][c.Key] = c.Values
	}
	return block
}

func indented(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return "" // strings always marshal
	}
	return b.String()
}
