package setup

import (
	"fmt"
	"strings"
)

// LongestIssued is the limit, in octets, of the first name of a new
// certificate, as DNS writes it: this name becomes the common name. ACM refuses
// a longer one with InvalidDomainValidationOptionsException "The first domain
// name can be no longer than 64 characters.", as somebody who received that
// answer quotes it. The names that a certificate covers by a wildcard, and its
// further names, may be longer.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
const LongestIssued = 64

// TooLongToIssue says whether ACM refuses to issue a certificate for the name
// because of its length. The name is as CleanName returns it, or a wildcard
// name.
func TooLongToIssue(name string) bool { return len(name) > LongestIssued }

// TooLongText says, in a sentence, why no certificate is made for a name that
// is too long.
func TooLongText(name string) string {
	return fmt.Sprintf("ACM makes new certificates for names of %d characters at most, and this one has %d as DNS writes it.", LongestIssued, len(name))
}

// CoveringText says what to do if no certificate can be made for a name. It
// starts with a verb and has no dot at the end.
func CoveringText(name string) string {
	_, parent, ok := strings.Cut(name, ".")
	if wild := "*." + parent; ok && strings.Contains(parent, ".") && !TooLongToIssue(wild) && !strings.HasPrefix(name, "*.") {
		return "Add a certificate for " + wild + " to ACM, which covers it, or choose a shorter name"
	}
	return "Choose a shorter name, or import a certificate that covers this one into ACM"
}

// NewCertificates are the regions in which the job makes a new certificate.
func (s Spec) NewCertificates() (regions []string) {
	if s.Certificates.Edge == "" {
		regions = append(regions, EdgeRegion)
	}
	if !s.OneCertificate() && s.Certificates.Regional == "" {
		regions = append(regions, s.Account.Region)
	}
	return regions
}
