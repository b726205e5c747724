package handlers

import (
	"strings"
	"unicode"

	"apifront/setup"
)

// Searched is a text to search for, as an address has it: at most n characters. A
// character that cannot stand in a name, and which PostgreSQL would refuse, becomes one
// that nothing has, so such a text finds nothing.
func Searched(text string, n int) string {
	text = strings.ToValidUTF8(strings.TrimSpace(text), string(unicode.ReplacementChar))
	return setup.First(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return unicode.ReplacementChar
		}
		return c
	}, text), n)
}
