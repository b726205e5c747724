package setup

import (
	"reflect"
)

// Bounds of what a spec holds. They are far above what AWS takes anywhere (an
// ARN has at most 2,048 characters, a distribution 50 tags): they keep drafts
// small that hold what no page would let pass.
const (
	mostCharacters = 2200
	mostEntries    = 1000
)

// Bound cuts every text and every list of the spec to its bound.
func (s *Spec) Bound() { bound(reflect.ValueOf(s).Elem()) }

func bound(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(First(v.String(), mostCharacters))
	case reflect.Struct:
		for i := range v.NumField() {
			bound(v.Field(i))
		}
	case reflect.Slice:
		if v.Len() > mostEntries {
			v.SetLen(mostEntries)
		}
		for i := range v.Len() {
			bound(v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			bound(v.Elem())
		}
	default: // numbers and truth values have no length
	}
}
