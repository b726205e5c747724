package setup

import (
	"regexp"
	"strings"
	"testing"
)

func TestLooksLikeKey(t *testing.T) {
	for text, want := range map[string]bool{
		"AKIAIOSFODNN7EXAMPLE":                            true,
		"my key is ASIAIOSFODNN7EXAMPLE, sorry":           true,
		"akiaiosfodnn7example":                            true,
		"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY":        true,
		"secret=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY": true,
		"": false, "production": false, "AKIA": false, "akia-team": false, "Slovakia2026project": false,
		"arn:aws:iam::123456789012:role/apifront":  false,
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmn": false,
		"apifront-ABCDEFGHIJKLMNOPQRSTUVWXYZ":      false,
	} {
		if got := LooksLikeKey(text); got != want {
			t.Errorf("LooksLikeKey(%q) = %v", text, got)
		}
	}
}

func TestRoleAccount(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:iam::123456789012:role/apifront":               "123456789012",
		"arn:aws-cn:iam::123456789012:role/team/eu/apifront":    "123456789012",
		"arn:aws:iam::123456789012:role/":                       "",
		"arn:aws:iam::123456789012:user/apifront":               "",
		"arn:aws:iam::1234:role/apifront":                       "",
		"arn:aws:sts::123456789012:assumed-role/apifront/x":     "",
		" arn:aws:iam::123456789012:role/apifront":              "",
		"arn:aws:iam::123456789012:role/a b":                    "",
		"arn:aws:iam::123456789012:role/" + longName(64):        "123456789012",
		"arn:aws:iam::123456789012:role/" + longName(65):        "",
		"arn:aws:iam::123456789012:role/" + longName(3000) + "": "",
	} {
		if got := RoleAccount(arn); got != want {
			t.Errorf("RoleAccount(%.60q) = %q, want %q", arn, got, want)
		}
	}
}

func longName(n int) string { return strings.Repeat("r", n) }

// sessionForm matches the session names that STS accepts.
var sessionForm = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

func TestSessionName(t *testing.T) {
	for _, test := range []struct{ user, job, want string }{
		{"Ada", "7", "apifront-Ada-7"},
		{"ada@example.com", "12", "apifront-ada@example.com-12"},
		{"Zoë O'Brien", "3", "apifront-Zo--O-Brien-3"},
		{"look", "", "apifront-look"},
		{"", "9", "apifront-9"},
		{longName(100), "123", "apifront-" + longName(51) + "-123"},
	} {
		if got := SessionName(test.user, test.job); got != test.want {
			t.Errorf("SessionName(%q, %q) = %q, want %q", test.user, test.job, got, test.want)
		}
	}
}

// FuzzSessionName: whatever a user is called, STS accepts the name, and the job
// is complete in it.
func FuzzSessionName(f *testing.F) {
	f.Add("Ada", "7")
	f.Add("\x00\xff名", "18446744073709551615")
	f.Fuzz(func(t *testing.T, user, job string) {
		if got := SessionName(user, job); !sessionForm.MatchString(got) {
			t.Errorf("SessionName(%q, %q) = %q", user, job, got)
		}
		if got := SessionName(user, "12345"); !strings.HasSuffix(got, "-12345") {
			t.Errorf("the job is lost in %q", got)
		}
	})
}
