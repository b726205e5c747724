package sim

import (
	"net"
	"regexp"
	"slices"
	"strings"

	"apifront/setup"
)

const aliasHelp = " For more details, see: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-requirements"

// tlsFloors are the values of MinimumProtocolVersion.
var tlsFloors = []string{
	"SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016", "TLSv1.2_2018", "TLSv1.2_2019", "TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025",
}

var aliasPattern = regexp.MustCompile(`^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`)

// checkViewer is rule V20: aliases in the form CloudFront wants them, and a
// certificate that covers each.
func (s *Sim) checkViewer(account string, c *distributionConfig) error {
	seen := map[string]bool{}
	for _, a := range c.aliases() {
		switch {
		case !aliasPattern.MatchString(a) || len(a) > 253 || net.ParseIP(a) != nil:
			return invalidArgument("The parameter CNAME contains one or more parameters that are not valid: %s", a)
		case seen[a]:
			return invalidArgument("The parameter CNAME contains %s more than once.", a)
		case strings.HasSuffix(a, ".cloudfront.net"):
			return invalidArgument("The parameter CNAME contains %s, which CloudFront keeps for itself.", a)
		}
		seen[a] = true
	}
	if len(c.aliases()) > maxAliases {
		return refuse("TooManyDistributionCNAMEs", "Your request contains more CNAMEs than are allowed per distribution.")
	}
	return s.checkViewerCertificate(account, c)
}

func invalidViewerCertificate(message string) *apiError {
	return refuse("InvalidViewerCertificate", "%s", message)
}

// checkViewerCertificate is rule V20 for the certificate: given with its SNI
// setting and TLS floor, in us-east-1, issued and known to CloudFront (it
// learns of it Pace.IssuedLag later), RSA up to 4096 bits or P-256, and
// covering every alias by one label.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
func (s *Sim) checkViewerCertificate(account string, c *distributionConfig) error {
	v := c.ViewerCertificate
	if v != nil && v.IAMCertificateID != "" {
		return notModelled("certificates in IAM")
	}
	if v == nil || v.ACMCertificateArn == "" {
		if v != nil && !v.CloudFrontDefaultCertificate && v.CertificateSource != "cloudfront" {
			return invalidArgument("Exactly one of ACMCertificateArn, CloudFrontDefaultCertificate and IAMCertificateId must be specified.")
		}
		if len(c.aliases()) > 0 {
			return invalidViewerCertificate("To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name." + aliasHelp)
		}
		return nil
	}
	if v.CloudFrontDefaultCertificate {
		return invalidViewerCertificate("You cannot specify more than one of ACMCertificateArn, IAMCertificateId, or CloudFrontDefaultCertificate.")
	}
	switch v.SSLSupportMethod {
	case "sni-only", "vip":
	case "static-ip":
		return notModelled("static IP addresses")
	default:
		return invalidArgument("The parameter SSLSupportMethod is required with a certificate, as sni-only or vip.")
	}
	if v.MinimumProtocolVersion != "" && !slices.Contains(tlsFloors, v.MinimumProtocolVersion) {
		return refuse("InvalidMinimumProtocolVersion", "The parameter MinimumProtocolVersion is not valid: %q", v.MinimumProtocolVersion)
	}
	if v.SSLSupportMethod == "sni-only" && v.MinimumProtocolVersion == "SSLv3" {
		return invalidArgument("The parameter MinimumProtocolVersion cannot be SSLv3 with sni-only.")
	}
	cert := s.certificate(v.ACMCertificateArn)
	if cert == nil || cert.Region != "us-east-1" || cert.Account != account || cert.Status != "ISSUED" ||
		s.now().Before(cert.IssuedAt.Add(s.takes(s.cfg.Pace.IssuedLag, "issued", cert.Names[0], cert.CreatedAt))) {
		return invalidViewerCertificate("The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.")
	}
	if !slices.Contains([]string{"RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1"}, cert.Key) {
		return invalidViewerCertificate("The specified SSL certificate uses a key that CloudFront does not support: " + cert.Key + ".")
	}
	for _, a := range c.aliases() {
		if !setup.CoversAny(cert.Names, a) {
			return invalidViewerCertificate("The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) that you're trying to add." + aliasHelp)
		}
	}
	return nil
}
