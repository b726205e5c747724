package sim

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	namesPerCertificate = 10 // the default quota
	certificatesAllowed = 2500
	tokenLasts          = time.Hour
	validationLasts     = 72 * time.Hour
	// Since 2026-02-18; it was 395 days before.
	certificateLasts = 198 * 24 * time.Hour
)

// requestToken is what an idempotency token of RequestCertificate led to (V4).
type requestToken struct {
	ARN string
	At  time.Time
}

// acmOperations are the modelled operations of ACM.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_Operations.html
var acmOperations = map[string]operation{
	"RequestCertificate":        (*Sim).requestCertificate,
	"DescribeCertificate":       (*Sim).describeCertificate,
	"ListCertificates":          (*Sim).listCertificates,
	"DeleteCertificate":         (*Sim).deleteCertificate,
	"AddTagsToCertificate":      (*Sim).addTagsToCertificate,
	"RemoveTagsFromCertificate": (*Sim).removeTagsFromCertificate,
	"ListTagsForCertificate":    (*Sim).listTagsForCertificate,
}

// acm answers ACM's JSON 1.1 protocol.
func (s *Sim) acm(req *request) (answer, error) {
	op, _ := strings.CutPrefix(req.r.Header.Get("X-Amz-Target"), "CertificateManager.")
	run, ok := acmOperations[op]
	if !ok {
		req.op = op
		return answer{}, notModelled("the ACM operation %q", op)
	}
	return s.perform(req, op, run)
}

// readJSON reads a JSON body. Members the simulator does not know are not
// silently accepted.
func readJSON(req *request, into any) error {
	d := json.NewDecoder(strings.NewReader(string(req.body)))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		return nil
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return notModelled("the member %s of %s", field, req.op)
	}
	return refuse("SerializationException", "%v", err)
}

type acmTag struct {
	Key   string
	Value string `json:",omitempty"`
}

type requestCertificateInput struct {
	DomainName              string
	SubjectAlternativeNames []string
	ValidationMethod        string
	KeyAlgorithm            string
	IdempotencyToken        string
	Tags                    []acmTag
	DomainValidationOptions []struct{ DomainName, ValidationDomain string }
	Options                 struct{ CertificateTransparencyLoggingPreference, Export string }
	CertificateAuthorityArn string
	ManagedBy               string
}

func (s *Sim) requestCertificate(req *request) (answer, error) {
	var in requestCertificateInput
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	if err := in.check(); err != nil {
		return answer{}, err
	}
	names := in.names()
	r := s.region(req.account.ID, req.region)
	if len(r.certificates) >= certificatesAllowed {
		return answer{}, refuse("LimitExceededException", "Error: you have reached your limit of %d certificates in the last year.", certificatesAllowed)
	}
	// V4: the same token with the same parameters within an hour is the same
	// certificate. What AWS does on other parameters is not published; here
	// they make another certificate.
	tokenKey := strings.Join([]string{in.IdempotencyToken, strings.Join(names, ","), in.ValidationMethod, in.KeyAlgorithm}, "|")
	if in.IdempotencyToken != "" {
		earlier, ok := r.tokens[tokenKey]
		if ok && s.now().Sub(earlier.At) < tokenLasts && r.certificates[earlier.ARN] != nil {
			return json11Answer(map[string]string{"CertificateArn": earlier.ARN})
		}
	}
	c := &certificate{
		ARN:    "arn:aws:acm:" + req.region + ":" + req.account.ID + ":certificate/" + s.newUUID(),
		Region: req.region, Account: req.account.ID,
		Names: names, Validation: in.ValidationMethod, Key: in.KeyAlgorithm,
		Type: "AMAZON_ISSUED", Status: "PENDING_VALIDATION",
		Token: in.IdempotencyToken, Fate: req.effect,
		Tags: map[string]string{}, CreatedAt: s.now(), InUseBy: map[string]time.Time{},
	}
	if c.Validation == "" {
		c.Validation = "EMAIL" // V3: without ValidationMethod nobody is ever asked by DNS
	}
	if c.Key == "" {
		c.Key = "RSA_2048"
	}
	for _, t := range in.Tags {
		c.Tags[t.Key] = t.Value
	}
	r.certificates[c.ARN] = c
	r.tokens[tokenKey] = requestToken{ARN: c.ARN, At: c.CreatedAt}
	return json11Answer(map[string]string{"CertificateArn": c.ARN})
}

// names is the domain name, then the others, each once and in lower case.
func (in requestCertificateInput) names() []string {
	names := []string{}
	for _, n := range append([]string{in.DomainName}, in.SubjectAlternativeNames...) {
		if n = strings.ToLower(n); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

var (
	certificateToken = regexp.MustCompile(`^\w{1,32}$`)
	certificateName  = regexp.MustCompile(`^(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]$`)
)

// The pattern as AWS prints it.
const certificateNamePattern = `(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])`

func (in requestCertificateInput) check() error {
	// V1: a dashed UUID is no token.
	if in.IdempotencyToken != "" && !certificateToken.MatchString(in.IdempotencyToken) {
		return acmConstraint(in.IdempotencyToken, "idempotencyToken", `regular expression pattern: \w+`)
	}
	// V2: names, their lengths and their number.
	if len(in.DomainName) > 253 {
		return refuse("ValidationException", "1 validation error detected: Value '%s' at 'domainName' failed to satisfy constraint: Member must have length less than or equal to 253", in.DomainName)
	}
	if !certificateName.MatchString(in.DomainName) {
		return acmConstraint(in.DomainName, "domainName", "regular expression pattern: "+certificateNamePattern)
	}
	for _, n := range in.SubjectAlternativeNames {
		if len(n) > 253 || !certificateName.MatchString(n) {
			return acmConstraint("["+strings.Join(in.SubjectAlternativeNames, ", ")+"]", "subjectAlternativeNames",
				"constraint: [Member must have length less than or equal to 253, Member must satisfy regular expression pattern: "+certificateNamePattern+"]")
		}
	}
	if len(in.DomainName) > 64 {
		return refuse("InvalidDomainValidationOptionsException", "The first domain name can be no longer than 64 characters.")
	}
	if n := len(in.names()); n > namesPerCertificate {
		return refuse("LimitExceededException", "Error: you have reached your limit of %d domain names in this certificate.", namesPerCertificate)
	}
	if !slices.Contains([]string{"", "DNS", "EMAIL"}, in.ValidationMethod) {
		if in.ValidationMethod == "HTTP" {
			return notModelled("HTTP validation")
		}
		return acmConstraint(in.ValidationMethod, "validationMethod", "enum value set: [EMAIL, DNS, HTTP]")
	}
	if !slices.Contains([]string{"", "RSA_2048", "EC_prime256v1", "EC_secp384r1"}, in.KeyAlgorithm) {
		return refuse("ValidationException", "The key algorithm %s is not supported for public certificates.", in.KeyAlgorithm)
	}
	if len(in.DomainValidationOptions) > 0 && in.ValidationMethod == "DNS" {
		return refuse("InvalidDomainValidationOptionsException", "Domain validation options are not supported for DNS validation.")
	}
	if in.CertificateAuthorityArn != "" || in.ManagedBy != "" || in.Options.Export == "ENABLED" {
		return notModelled("private, managed and exportable certificates")
	}
	return checkACMTags(in.Tags)
}

func acmConstraint(value, member, must string) *apiError {
	return refuse("ValidationException", "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy %s", value, member, must)
}

// checkACMTags is ACM's rule for tags.
func checkACMTags(tags []acmTag) error {
	if len(tags) > 50 {
		return refuse("TooManyTagsException", "The request contains too many tags. A resource has at most 50.")
	}
	for _, t := range tags {
		if t.Key == "" || len(t.Key) > 128 || len(t.Value) > 256 || strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return refuse("InvalidTagException", "The tag key %q or its value is not valid.", t.Key)
		}
	}
	return nil
}

// findCertificate is the caller's certificate with the ARN, in the region of
// the call.
func (s *Sim) findCertificate(req *request, arn string) (*certificate, error) {
	if _, _, ok := splitCertificateARN(arn); !ok {
		return nil, refuse("InvalidArnException", "Invalid Arn: %s", arn)
	}
	c, ok := s.region(req.account.ID, req.region).certificates[arn]
	if !ok {
		return nil, refuseWith(http.StatusBadRequest, "ResourceNotFoundException", "Could not find certificate %s.", arn)
	}
	return c, nil
}
