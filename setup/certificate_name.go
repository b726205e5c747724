package setup

import (
	"fmt"
	"strings"
)

// LongestIssued is how many octets the first name of a new certificate has at
// the most, as DNS writes it: it becomes the common name. ACM refuses a longer
// one with InvalidDomainValidationOptionsException "The first domain name can be
// no longer than 64 characters.", as a receiver of that answer quotes it. What a
// certificate covers, by a wildcard or as a further name, may be longer.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
const LongestIssued = 64

// TooLongToIssue says whether ACM makes no certificate for the name. It is a
// cleaned one, or that of a wildcard.
func TooLongToIssue(name string) bool { return len(name) > LongestIssued }

// TooLongText says why no certificate is made for a long name.
func TooLongText(name string) string {
	return fmt.Sprintf("ACM makes new certificates for names of %d characters at most, and this one has %d as DNS writes it.", LongestIssued, len(name))
}

// CoveringText says what helps where no certificate can be made for a name.
func CoveringText(name string) string {
	_, parent, ok := strings.Cut(name, ".")
	if wild := "*." + parent; ok && strings.Contains(parent, ".") && !TooLongToIssue(wild) && !strings.HasPrefix(name, "*.") {
		return "Add a certificate for " + wild + " to ACM, which covers it, or choose a shorter name"
	}
	return "Choose a shorter name, or import a certificate that covers this one into ACM"
}

// NewCertificates is the regions in which the answers want a certificate that
// does not exist yet.
func (s Spec) NewCertificates() (regions []string) {
	if s.Certificates.Edge == "" {
		regions = append(regions, EdgeRegion)
	}
	if !s.OneCertificate() && s.Certificates.Regional == "" {
		regions = append(regions, s.Account.Region)
	}
	return regions
}
