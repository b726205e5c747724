package steps

import (
	"strconv"

	"apifront/setup"
)

// A field is one setting that the setup decides: AWS's name and the value as
// text.
type field struct{ name, value string }

// differ lists the fields that are not as wanted. Both lists have the same
// names.
func differ(is, want []field) []setup.Change {
	values := map[string]string{}
	for _, f := range is {
		values[f.name] = f.value
	}
	var changes []setup.Change
	for _, w := range want {
		if values[w.name] != w.value {
			changes = append(changes, setup.Change{Field: w.name, Is: values[w.name], Want: w.value})
		}
	}
	return changes
}

// number is an optional number as text; "" if AWS left it out.
func number[T int32 | int64](n *T) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(int64(*n), 10)
}
