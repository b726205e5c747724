package setup

import (
	"reflect"
)

// Bounds of what a spec holds. They are far above every limit of AWS: an ARN
// has at most 2,048 characters, and a distribution 50 tags. They keep a draft
// small, even if it holds what no page would accept.
const (
	mostCharacters = 2200
	mostEntries    = 1000
)

// Bound cuts every text of the spec to mostCharacters, and every list to
// mostEntries.
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
