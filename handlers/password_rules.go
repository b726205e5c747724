package handlers

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

const (
	// shortestPassword is in characters, longestPassword in bytes: longer ones
	// only cost time.
	shortestPassword = 12
	longestPassword  = 1000
)

// passwordList are the most common passwords, also short ones: a short one
// with a year behind it is long and no better. The file says where it is from.
//
//go:embed passwords.txt
var passwordList string

// commonPasswords is the list as a set, in lower case.
var commonPasswords = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{"apifront": true}
	for line := range strings.SplitSeq(passwordList, "\n") {
		if line != "" && !strings.HasPrefix(line, "# ") && line != "#" {
			set[line] = true
		}
	}
	return set
})

// passwordError says what is wrong with a new password of somebody with the
// given email and name; "" when it will do.
func passwordError(password, email, name string) string {
	switch {
	case utf8.RuneCountInString(password) < shortestPassword:
		return "Enter a password of at least 12 characters"
	case len(password) > longestPassword:
		return "Enter a password of at most 1,000 characters"
	case personal(password, email, name):
		return "Enter a password that is not made of your name or email"
	case common(password):
		return "This password is one of the first that are tried. Enter another one; a few words in a row are fine"
	}
	return ""
}

// personal says whether a password is somebody's email or name with little
// around it.
func personal(password, email, name string) bool {
	rest := strings.ToLower(password)
	local, domain, _ := strings.Cut(strings.ToLower(email), "@")
	words := append([]string{strings.ToLower(email), local, domain}, strings.Fields(strings.ToLower(name))...)
	words = append(words, strings.FieldsFunc(local+" "+domain, func(r rune) bool { return !unicode.IsLetter(r) })...)
	found := false
	for _, w := range words {
		if utf8.RuneCountInString(w) >= 3 && strings.Contains(rest, w) {
			rest, found = strings.ReplaceAll(rest, w, ""), true
		}
	}
	return found && utf8.RuneCountInString(core(rest)) < 6
}

// common says whether a password is on the list, or is something of the list
// with digits and signs around it, written in "l33t", or repeated; or whether
// it has hardly any characters of its own.
func common(password string) bool {
	p := strings.ToLower(password)
	if monotonous(p) {
		return true
	}
	set := commonPasswords()
	for _, form := range []string{p, plain.Replace(p), plainer.Replace(p)} {
		if w := core(form); w != "" && set[unit(w)] {
			return true
		}
		for w := form; w != ""; { // with all that is behind it, and with less and less
			if set[unit(w)] {
				return true
			}
			last, size := utf8.DecodeLastRuneInString(w)
			if unicode.IsLetter(last) {
				break
			}
			w = w[:len(w)-size]
		}
	}
	return false
}

// plain undoes the usual replacements of letters.
var (
	plain   = strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t", "!", "i")
	plainer = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t")
)

// core is a password without what is no letter at its ends.
func core(p string) string {
	return strings.TrimFunc(p, func(r rune) bool { return !unicode.IsLetter(r) })
}

// unit is what a text repeats, or all of it.
func unit(text string) string {
	for n := 1; n <= len(text)/2; n++ {
		if len(text)%n == 0 && strings.Repeat(text[:n], len(text)/n) == text {
			return text[:n]
		}
	}
	return text
}

// monotonous says whether a text has fewer than five different characters, or
// goes through them in order, like 123456789012 and abcdefabcdef.
func monotonous(text string) bool {
	different := map[rune]bool{}
	steps, inOrder := 0, 0
	last := rune(-1)
	for _, r := range text {
		different[r] = true
		if last >= 0 {
			steps++
			if d := r - last; d == 1 || d == -1 || d == 0 || last == '9' && r == '0' || last == '0' && r == '9' {
				inOrder++
			}
		}
		last = r
	}
	return len(different) < 5 || inOrder*4 >= steps*3
}
