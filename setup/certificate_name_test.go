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

// In the place of a name that is too long a certificate is requested for the wildcard
// above it, if the record that proves that name can be written.
func TestCertificateName(t *testing.T) {
	long := strings.Repeat("a", 60) + ".harborview.example"
	for _, test := range []struct{ name, dns, zone, want string }{
		{"api.harborview.example", DNSRoute53, "harborview.example", "api.harborview.example"},
		{long, DNSRoute53, "harborview.example", "*.harborview.example"},
		{long, DNSRoute53, "Harborview.example.", "*.harborview.example"},
		{long, DNSElsewhere, "", "*.harborview.example"},
		{long, DNSRoute53, "", "*.harborview.example"},
		{long, DNSRoute53, long, ""}, // the zone begins at the name
		{"x." + long, DNSRoute53, long, ""},
		{"x." + long, DNSElsewhere, "", ""},
		{strings.Repeat("a", 62) + ".example", DNSElsewhere, "", ""}, // the wildcard of a top-level domain
	} {
		s := Spec{Domain: Domain{Name: test.name, DNS: test.dns, ZoneName: test.zone}}
		if got := s.CertificateName(); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
	for name, want := range map[string]string{"api.harborview.example": "api.harborview.example", long: "*.harborview.example", "x." + long: "x." + long, "*.harborview.example": "*.harborview.example"} {
		if got := AsksCAA(name); got != want {
			t.Errorf("CAA of %s is asked of %s", name, got)
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
