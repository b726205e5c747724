package handlers

import "strings"

// Clip shortens a text that came from outside for a sentence.
func Clip(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n]) + "…"
}

// FirstRunes is the beginning of a text.
func FirstRunes(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for i := range text {
		if n == 0 {
			return strings.Clone(text[:i]) // the rest is not kept in memory
		}
		n--
	}
	return text
}

// ListOf joins words as a sentence does.
func ListOf(words []string, and string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " " + and + " " + words[n-1]
	}
	return strings.Join(words, "")
}
