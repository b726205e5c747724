package handlers

import (
	"strings"
	"testing"
)

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	const email, name = "mira.okafor@harborview.example", "Mira Okafor"
	for password, want := range map[string]string{
		"eleven char":                           "at least 12",
		"élevén chär":                           "at least 12",
		strings.Repeat("äb", 334):               "at most 1,000",
		"mira.okafor@harborview.example":        "your name or email",
		"MiraOkafor2026!":                       "your name or email",
		"okafor-mira-77":                        "your name or email",
		"Harborview2026":                        "your name or email",
		"password1234":                          "one of the first",
		"Password123!!":                         "one of the first",
		"P@ssw0rd2026":                          "one of the first",
		"1qaz2wsx3edc":                          "one of the first",
		"123456789012":                          "one of the first",
		"abcdefghijkl":                          "one of the first",
		"aaaaaaaaaaaab":                         "one of the first",
		"dragondragon":                          "one of the first",
		"unbelievable":                          "one of the first",
		"apifront2026":                          "one of the first",
		"correct-horse-42":                      "",
		"correct horse battery":                 "",
		"okafor sells seashells":                "",
		"x7#Kp2!qLm9z":                          "",
		strings.Repeat("ab7c!Kx_", 12) + "tail": "",
		"пять слов в ряд":                       "",
	} {
		got := passwordError(password, email, name)
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
	if n := len(commonPasswords()); n < 9000 {
		t.Errorf("the list has %d entries", n)
	}
	for p := range commonPasswords() {
		if len(p) >= shortestPassword && (!common(p) || !common(p+"7") || !common(p+"2026!")) {
			t.Errorf("%q is common and taken", p)
		}
	}
}

func FuzzPasswordError(f *testing.F) {
	f.Add("password1234", "mira@example.com", "Mira")
	f.Add("\xff\x00aaaaaaaaaaaa", "@", "")
	f.Fuzz(func(t *testing.T, password, email, name string) {
		if passwordError(password, email, name) == "" && (len(password) < shortestPassword || len(password) > longestPassword) {
			t.Errorf("%q is taken", password)
		}
	})
}
