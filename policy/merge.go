package policy

import (
	"slices"

	"apifront/steps"
)

// merge joins statements that have the same use and the same conditions, and
// that same finds equal. join joins the rest of two statements.
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

// take adds the other statement's steps and words to the statement.
func (st *Statement) take(o Statement) {
	st.Steps = union(st.Steps, o.Steps)
	st.names = appendNew(st.names, o.names)
	st.last = appendNew(st.last, o.last)
}

// mergeValues joins statements that differ only in the values of one condition.
// The operator must be StringEquals: its key has one value in a call.
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

func differsInOne(a, b []steps.Condition) (at int, one bool) {
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

func sameConditions(a, b []steps.Condition) bool {
	return slices.EqualFunc(a, b, func(x, y steps.Condition) bool {
		return x.Operator == y.Operator && x.Key == y.Key && slices.Equal(x.Values, y.Values)
	})
}

// union returns the entries of both lists, sorted, each once.
func union[S ~string](a, b []S) []S {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// appendNew appends the entries that the list does not have yet, in their
// order.
func appendNew(list, more []string) []string {
	for _, m := range more {
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}
