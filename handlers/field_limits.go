package handlers

import (
	"fmt"
	"net/url"
	"unicode/utf8"

	"apifront/setup"
	"apifront/web"
)

// fieldLimits is how many characters may be typed into a field, by its name. A
// field that is not here takes mostTyped. The limits are far above every
// sensible answer. The rules for an answer stand where it is read.
var fieldLimits = map[string]int{
	"domain":   10_000, // whole addresses are pasted here
	"name":     200,
	"address":  2000,
	"email":    300,
	"password": longestPassword,
	"old":      longestPassword,
	"role":     2100, // an ARN
	"acl":      2100,
	"edge":     2100,
	"regional": 2100,
	"regions":  3000,
	"tags":     30_000, // 50 of 128 and 256 characters
	"key":      8000,   // tokens are long
	"key_more": 3000,
	"paths":    100_000,
	"next":     2000,
}

const (
	mostTyped  = 500 // characters in any other field
	mostValues = 100 // fields of one name
)

func fieldLimit(name string) int {
	if n, ok := fieldLimits[name]; ok {
		return n
	}
	return mostTyped
}

// bound cuts each field one character after its limit. So nothing longer is
// ever stored or shown again, and a check still sees that the field is too
// long.
func bound(form url.Values) {
	for name, values := range form {
		values = values[:min(len(values), mostValues)]
		for i, v := range values {
			values[i] = setup.First(v, fieldLimit(name)+1)
		}
		form[name] = values
	}
}

// FieldsTooLong says which fields of a form hold more than they take. Fields that are
// wrong already are not named twice.
func FieldsTooLong(form url.Values, already web.FieldErrors) web.FieldErrors {
	var errs web.FieldErrors
	for name, values := range form {
		limit := fieldLimit(name)
		for _, v := range values {
			if utf8.RuneCountInString(v) > limit && already.Of(name) == "" && errs.Of(name) == "" {
				errs = append(errs, web.FieldError{ID: name, Text: fmt.Sprintf("Enter at most %d characters. What was typed after them was not kept", limit)})
			}
		}
	}
	return errs
}
