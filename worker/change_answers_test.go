package worker_test

import (
	"reflect"
	"strings"
	"testing"

	"apifront/setup"
)

// neverChanged are the answers of which another value makes another setup.
var neverChanged = map[string]string{
	"Domain.Name":       "another name is another setup",
	"Account.AccountID": "another account is another setup",
	"Gone":              "no page of the wizard asks it: it is a teardown, which has laws of its own",
	"Domain.FromEdge":   "it says how a custom domain that was there became the setup's, which has laws of its own",
	"Domain.MoveFrom":   "it says from which distribution the name came when the setup was made, which has laws of its own",
	"AsFound":           "no page of the wizard asks it: it is what an adoption found, which has laws of its own",
}

// Every answer of the wizard is changed by a pair.
func TestPairsChangeEveryAnswer(t *testing.T) {
	changed := map[string]bool{}
	inPacedWorld(t, quickPace(), func(w *world) {
		w.furnish()
		for i, p := range pairs() {
			v := p.on(i)
			a := w.draft(w.wanted(v, p.a)).Spec
			b := copied(t, a)
			p.b(w, &b)
			differing("", reflect.ValueOf(a), reflect.ValueOf(b), changed)
		}
	})
	for _, field := range leaves("", reflect.TypeFor[setup.Spec]()) {
		if neverChanged[field] == "" && !changed[field] {
			t.Errorf("no pair changes %s", field)
		}
	}
}

// leaves are the fields of a type and of what is in it.
func leaves(at string, t reflect.Type) (list []string) {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			list = append(list, leaves(strings.TrimPrefix(at+"."+t.Field(i).Name, "."), t.Field(i).Type)...)
		}
		return list
	case reflect.Slice:
		return leaves(at, t.Elem())
	default:
		return []string{at}
	}
}

// differing notes the fields in which two values differ.
func differing(at string, a, b reflect.Value, into map[string]bool) {
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			differing(strings.TrimPrefix(at+"."+a.Type().Field(i).Name, "."), a.Field(i), b.Field(i), into)
		}
	case reflect.Slice:
		for i := range max(a.Len(), b.Len()) {
			x, y := reflect.Zero(a.Type().Elem()), reflect.Zero(a.Type().Elem())
			if i < a.Len() {
				x = a.Index(i)
			}
			if i < b.Len() {
				y = b.Index(i)
			}
			differing(at, x, y, into)
		}
	default:
		if !reflect.DeepEqual(a.Interface(), b.Interface()) {
			into[at] = true
		}
	}
}
