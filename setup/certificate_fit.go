package setup

import (
	"fmt"
	"slices"
	"time"
)

// minimumLeft is how long a certificate must still be valid, unless ACM will
// renew it.
const minimumLeft = 30 * 24 * time.Hour

// Statuses and types of certificates that the rules know, as ACM writes them.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html
const (
	CertificateIssued    = "ISSUED"
	certificateExpired   = "EXPIRED"
	certificatePending   = "PENDING_VALIDATION"
	certificateAmazon    = "AMAZON_ISSUED"
	certificateImported  = "IMPORTED"
	certificateOfPrivate = "PRIVATE"
)

// Unfit says, in a sentence, why a certificate cannot be reused for an API in
// the region; "" if it can. Whether the certificate covers the name is checked
// elsewhere.
func (c CertificateInfo) Unfit(apiRegion string, now time.Time) string {
	switch {
	case c.Status == certificateExpired || !c.NotAfter.IsZero() && c.NotAfter.Before(now):
		return "It expired on " + c.NotAfter.UTC().Format("2 January 2006") + "."
	case c.Status == certificatePending:
		return "It is not issued yet: it still waits for its validation record."
	case c.Status != CertificateIssued:
		return "Only issued certificates can be reused; ACM says that its status is " + Said(c.Status) + "."
	case c.Type == certificateOfPrivate:
		return "It comes from a private authority, which visitors do not trust."
	case c.Type != certificateAmazon && !c.Imported():
		return "Only certificates that Amazon issued can be reused; ACM says that its type is " + Said(c.Type) + "."
	}
	if why := unfitKey(c.Key, certificateUsers(c.Region, apiRegion)); why != "" {
		return why
	}
	if c.NotAfter.Before(now.Add(minimumLeft)) && !c.Renews {
		if c.Imported() {
			return fmt.Sprintf("It was imported and ends in %d days. Import a new one to its ARN first.", int(c.NotAfter.Sub(now).Hours()/24))
		}
		return fmt.Sprintf("It ends in %d days, and ACM does not promise to renew it.", int(c.NotAfter.Sub(now).Hours()/24))
	}
	return ""
}

// Imported says whether somebody else than ACM issued the certificate. ACM renews none
// of these; a new one is imported to the same ARN, and who uses it gets that.
// https://docs.aws.amazon.com/acm/latest/userguide/import-reimport.html
func (c CertificateInfo) Imported() bool { return c.Type == certificateImported }

// Remark is what is to be known of a certificate before it is reused: who renews an
// imported one, and what is not known of it. "" if there is nothing. CloudFront takes
// certificates of public authorities only, on both sides, and ACM does not list who
// issued one.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
func (c CertificateInfo) Remark() string {
	if !c.Imported() {
		return ""
	}
	return "It was imported, so ACM does not renew it: import a new one to the same ARN before it ends. apifront warns 45 and 30 days before. It must come from a public authority, or CloudFront refuses it."
}

// Said is a value for a sentence, as AWS sent it, or "not given" if it is
// empty.
func Said[T ~string](value T) string {
	if value == "" {
		return "not given"
	}
	return string(value)
}

// A certificateUser is an AWS service that presents a certificate to clients.
type certificateUser struct {
	keys []string // kinds of key that the service certainly accepts
	why  string   // why any other kind of key is refused
}

// The kinds of key that the services accept. CloudFront has a list. API
// Gateway's pages name no kinds for Regional domains, so only those are here
// that are known to be in use with it.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
// https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-specify-certificate-for-custom-domain-name.html
var (
	cloudFrontKeys = certificateUser{
		keys: []string{KeyRSA1024, KeyRSA2048, KeyRSA3072, KeyRSA4096, KeyP256},
		why:  "CloudFront does not take that; it takes RSA keys of at most 4096 bits and ECDSA P-256",
	}
	gatewayKeys = certificateUser{
		keys: []string{KeyRSA2048, KeyP256},
		why:  "AWS does not say that API Gateway takes that; RSA 2048 and ECDSA P-256 are certain",
	}
)

// certificateUsers are the services that use a certificate of this region, for
// an API in apiRegion.
func certificateUsers(region, apiRegion string) []certificateUser {
	var users []certificateUser
	if region == EdgeRegion {
		users = append(users, cloudFrontKeys)
	}
	if region == apiRegion {
		users = append(users, gatewayKeys)
	}
	return users
}

// unfitKey says, in a sentence, which of the users may not accept the
// certificate's key; "" if all do. ACM spells keys in two ways, and key may
// have either spelling.
func unfitKey(key string, users []certificateUser) string {
	if !KnownKey(key) {
		return "ACM says that its key is " + Said(key) + ", which this version of apifront does not know."
	}
	for _, u := range users {
		if !slices.Contains(u.keys, asRequested(key)) {
			return "Its key is " + KeyTitle(key) + ". " + u.why + "."
		}
	}
	return ""
}
