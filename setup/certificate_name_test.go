package setup

import (
	"slices"
	"strings"
	"testing"
)

// The length that counts is that of the name as DNS writes it, in octets.
func TestTooLongToIssue(t *testing.T) {
	zone := ".harborview.example" // 19 octets
	tests := []struct {
		typed string
		long  bool
		help  string
	}{
		{strings.Repeat("a", 45) + zone, false, ""},
		{strings.Repeat("a", 46) + zone, true, "Add a certificate for *.harborview.example"},
		{strings.Repeat("a", 40) + ".reports-and-statistics-for-partners.harborview.example", true, "Add a certificate for *.reports-and-statistics-for-partners.harborview.example"},
		{strings.Repeat("ü", 25) + zone, false, ""},
		{strings.Repeat("äöü", 10) + ".b" + strings.Repeat("ö", 5) + zone, true, "Add a certificate for *.xn--b"},
		{strings.Repeat("a.", 26) + "b" + strings.Repeat("c", 30) + zone, true, "Choose a shorter name"},
	}
	for _, test := range tests {
		clean, err := CleanName(test.typed)
		if err != nil {
			t.Fatal(err)
		}
		if long := TooLongToIssue(clean.Name); long != test.long {
			t.Errorf("%s (%d octets): too long is %v", clean.Name, len(clean.Name), long)
		}
		if test.long && !strings.HasPrefix(CoveringText(clean.Name), test.help) {
			t.Errorf("%s: %s", clean.Name, CoveringText(clean.Name))
		}
	}
}

func TestNewCertificates(t *testing.T) {
	for _, test := range []struct{ region, edge, regional, want string }{
		{"us-east-1", "", "", "us-east-1"}, {"us-east-1", "arn", "", ""}, {"us-east-1", "", "arn", "us-east-1"},
		{"eu-west-1", "", "", "us-east-1 eu-west-1"}, {"eu-west-1", "arn", "", "eu-west-1"}, {"eu-west-1", "arn", "arn", ""},
	} {
		s := Spec{Account: Account{Region: test.region}, Certificates: Certificates{Edge: test.edge, Regional: test.regional}}
		if got := s.NewCertificates(); !slices.Equal(got, strings.Fields(test.want)) {
			t.Errorf("%+v: %v", test, got)
		}
	}
}
