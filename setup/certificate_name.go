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

// CertificateName is the name of the certificates that the job requests: the setup's
// own or, where that is too long for ACM, the wildcard of the name above, which covers
// it. "" if there is none: the wildcard is too long too, or the record that proves the
// name above does not belong in the hosted zone of the setup.
// https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
func (s Spec) CertificateName() string {
	name := s.Domain.Name
	if !TooLongToIssue(name) {
		return name
	}
	wild := wildcardAbove(name)
	if s.Domain.DNS == DNSRoute53 && s.Domain.ZoneName != "" && !InZone(strings.TrimPrefix(wild, "*."), s.Domain.ZoneName) {
		return ""
	}
	return wild
}

// wildcardAbove is the wildcard for which a certificate covers a name; "" if ACM makes
// none.
func wildcardAbove(name string) string {
	_, parent, ok := strings.Cut(name, ".")
	if wild := "*." + parent; ok && !IsRegistry(parent) && !TooLongToIssue(wild) && !strings.HasPrefix(name, "*.") {
		return wild
	}
	return ""
}

// AsksCAA is the name whose CAA records decide whether Amazon may issue a certificate
// for a name: its own, or the wildcard that takes its place.
// https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
func AsksCAA(name string) string {
	if wild := wildcardAbove(name); TooLongToIssue(name) && wild != "" {
		return wild
	}
	return name
}

// WildcardText says, in a sentence, what a certificate is made for in place of a name
// that is too long.
func WildcardText(wild string) string {
	return "So it is made for " + wild + ", which covers this name and all others directly below " + strings.TrimPrefix(wild, "*.") + "."
}

// TooLongText says, in a sentence, why no certificate is made for a name that
// is too long.
func TooLongText(name string) string {
	return fmt.Sprintf("ACM makes new certificates for names of %d characters at most, and this one has %d as DNS writes it.", LongestIssued, len(name))
}

// CoveringText says what to do if no certificate can be made for a name. It
// starts with a verb and has no dot at the end.
func CoveringText(name string) string {
	if wild := wildcardAbove(name); wild != "" {
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
