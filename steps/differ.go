package steps

import (
	"strconv"

	"apifront/setup"
)

// A field is one setting that we decide, with AWS's name and its value as text.
type field struct{ name, value string }

// differ lists what is not as wanted. The two lists have the same names.
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

// number writes an optional number; one that AWS left out is "".
func number[T int32 | int64](n *T) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(int64(*n), 10)
}
