package web

import (
	"strings"
	"unicode"

	"apifront/setup"
)

// ReasonField is the name of the field with the reason for putting the old record
// back, and LongestReason is its limit in characters.
const (
	ReasonField   = "reason"
	LongestReason = 200
)

// CleanReason is a reason as it is stored: on one line, and not longer than allowed.
func CleanReason(typed string) string {
	text := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || unicode.IsSpace(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(typed, ""))
	return strings.TrimSpace(setup.First(strings.Join(strings.Fields(text), " "), LongestReason))
}
