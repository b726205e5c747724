package steps

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// A leaf is one field of a configuration, with its turn.
type leaf[C any] struct {
	turn[C]
	name  string // as findings name it
	value func(*C) reflect.Value
}

// leavesOf are the fields of a configuration.
func leavesOf[C any](turns []turn[C]) (list []leaf[C]) {
	used := map[string]bool{}
	var walk func(at string, t reflect.Type, value func(*C) reflect.Value)
	walk = func(at string, t reflect.Type, value func(*C) reflect.Value) {
		i := slices.IndexFunc(turns, func(t turn[C]) bool { return t.at == at })
		if i >= 0 {
			used[at] = true
		}
		below := func(v reflect.Value, member func(reflect.Value) reflect.Value) reflect.Value {
			if v.Kind() == reflect.Pointer && !v.IsNil() {
				v = v.Elem()
			}
			if v.Kind() == reflect.Slice && v.Len() > 0 {
				v = v.Index(0)
			}
			if v.Kind() != reflect.Struct {
				return reflect.Value{}
			}
			return member(v)
		}
		inner := t
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if i < 0 && inner.Kind() == reflect.Struct {
			for n := range inner.NumField() {
				f := inner.Field(n)
				if !f.IsExported() {
					continue
				}
				walk(strings.TrimPrefix(at+"."+f.Name, "."), f.Type, func(c *C) reflect.Value {
					return below(value(c), func(v reflect.Value) reflect.Value { return v.Field(n) })
				})
			}
			return
		}
		words := strings.Split(at, ".")
		name := words[len(words)-1]
		if name == "Quantity" {
			return // it is the number of Items
		}
		if name == "Items" {
			name = words[len(words)-2]
		}
		l := leaf[C]{name: name, value: value}
		if l.at = at; i >= 0 {
			l.turn = turns[i]
		}
		list = append(list, l)
	}
	walk("", reflect.TypeFor[C](), func(c *C) reflect.Value { return reflect.ValueOf(c) })
	for _, t := range turns {
		if !used[t.at] {
			panic("there is no field " + t.at)
		}
	}
	return list
}

// change gives the field another value.
func (l leaf[C]) change(c *C, e ends) error {
	if l.set != nil {
		l.set(c, e)
		countItems(reflect.ValueOf(c))
		return nil
	}
	v := l.value(c)
	if !v.IsValid() {
		return fmt.Errorf("%s: there is nothing to change", l.at)
	}
	if v.Kind() == reflect.Pointer {
		n := reflect.New(v.Type().Elem())
		if !v.IsNil() {
			n.Elem().Set(v.Elem())
		}
		v.Set(n) // a value of its own
		v = n.Elem()
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int32, reflect.Int64:
		v.SetInt(v.Int() + 7)
	case reflect.String:
		values := v.MethodByName("Values")
		if !values.IsValid() {
			return fmt.Errorf("%s: no other value is known", l.at)
		}
		all := values.Call(nil)[0]
		for i := range all.Len() {
			if all.Index(i).String() != v.String() {
				v.Set(all.Index(i))
				break
			}
		}
	default:
		return fmt.Errorf("%s: no other value is known", l.at)
	}
	return nil
}

// countItems sets each Quantity to the number of Items.
func countItems(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			countItems(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			countItems(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				countItems(v.Field(i))
			}
		}
		q, items := v.FieldByName("Quantity"), v.FieldByName("Items")
		if q.IsValid() && items.IsValid() {
			q.Set(reflect.ValueOf(aws.Int32(int32(items.Len()))))
		}
	default:
	}
}

// wants are the names of the findings that a change of the field has.
func (l leaf[C]) wants() []string {
	switch {
	case l.theirs != "":
		return nil
	case l.finds != nil:
		return l.finds
	}
	return []string{l.name}
}

// clone is a copy that shares nothing.
func clone[C any](t *testing.T, c *C) *C {
	t.Helper()
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	n := new(C)
	if err := json.Unmarshal(b, n); err != nil {
		t.Fatal(err)
	}
	return n
}

// differs is how two configurations differ. The order of lists says nothing.
func differs[C any](t *testing.T, a, b *C) string {
	t.Helper()
	text := func(c *C) string {
		n := clone(t, c)
		if d, ok := any(n).(*types.DistributionConfig); ok {
			slices.Sort(d.Aliases.Items)
			slices.SortFunc(d.CustomErrorResponses.Items, func(a, b types.CustomErrorResponse) int { return int(*a.ErrorCode - *b.ErrorCode) })
		}
		b, err := json.MarshalIndent(n, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return cmp.Diff(text(a), text(b))
}

// fieldNames are the names of changes, sorted.
func fieldNames(list []setup.Change) (names []string) {
	for _, c := range list {
		names = append(names, c.Field)
	}
	slices.Sort(names)
	return names
}
