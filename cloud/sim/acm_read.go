package sim

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"time"
)

type arnInput struct {
	CertificateArn string
}

type resourceRecord struct{ Name, Type, Value string }

type domainValidation struct {
	DomainName       string
	ValidationDomain string
	ValidationStatus string
	ValidationMethod string
	ResourceRecord   *resourceRecord `json:",omitempty"`
}

// certificateDetail is ACM's CertificateDetail; times are epoch seconds.
type certificateDetail struct {
	CertificateArn          string
	DomainName              string
	SubjectAlternativeNames []string
	DomainValidationOptions []domainValidation `json:",omitempty"`
	Subject                 string
	Issuer                  string
	Status                  string
	Type                    string
	KeyAlgorithm            string
	SignatureAlgorithm      string
	KeyUsages               []keyUsage
	ExtendedKeyUsages       []extendedKeyUsage
	InUseBy                 []string
	CreatedAt               float64
	IssuedAt                float64 `json:",omitempty"`
	NotBefore               float64 `json:",omitempty"`
	NotAfter                float64 `json:",omitempty"`
	FailureReason           string  `json:",omitempty"`
	RenewalEligibility      string
	RenewalSummary          *renewalSummary `json:",omitempty"`
	Options                 map[string]string
}

func (s *Sim) describeCertificate(req *request) (answer, error) {
	var in arnInput
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	c, err := s.findCertificate(req, in.CertificateArn)
	if err != nil {
		return answer{}, err
	}
	age := s.now().Sub(c.CreatedAt)
	// V5: the first moments it is not to be found yet, and later its record
	// is not there yet.
	recordDelay := s.takes(s.cfg.Pace.RecordDelay, "record", c.Names[0]+c.Region, c.CreatedAt)
	if age < recordDelay/4 {
		return answer{}, refuse("ResourceNotFoundException", "Could not find certificate %s.", c.ARN)
	}
	d := certificateDetail{
		CertificateArn: c.ARN, DomainName: c.Names[0], SubjectAlternativeNames: c.Names,
		Subject: "CN=" + c.Names[0], Status: c.Status, Type: c.Type, KeyAlgorithm: keyAnswered(c.Key),
		SignatureAlgorithm: "SHA256WITHRSA", InUseBy: c.users(s.now(), s.cfg.Pace.Release),
		CreatedAt: acmTime(c.CreatedAt), IssuedAt: acmTime(c.IssuedAt), NotBefore: acmTime(c.NotBefore), NotAfter: acmTime(c.NotAfter),
		FailureReason: c.Failure, RenewalEligibility: c.renewal(s.now()),
		Options: map[string]string{"CertificateTransparencyLoggingPreference": "ENABLED", "Export": "DISABLED"},
		Issuer:  "Amazon", KeyUsages: []keyUsage{}, ExtendedKeyUsages: []extendedKeyUsage{},
	}
	usages, extended := c.usages()
	for _, u := range usages {
		d.KeyUsages = append(d.KeyUsages, keyUsage{Name: u})
	}
	for _, u := range extended {
		d.ExtendedKeyUsages = append(d.ExtendedKeyUsages, extendedKeyUsage{Name: u, OID: usageOIDs[u]})
	}
	if c.Type == "AMAZON_ISSUED" {
		d.RenewalSummary = c.renewalSummary()
		for _, n := range c.Names {
			d.DomainValidationOptions = append(d.DomainValidationOptions, c.validationOf(n, age >= recordDelay))
		}
	}
	return json11Answer(map[string]any{"Certificate": d})
}

func (c *certificate) validationOf(name string, recordKnown bool) domainValidation {
	v := domainValidation{
		DomainName: name, ValidationDomain: name, ValidationMethod: c.Validation,
		ValidationStatus: "PENDING_VALIDATION",
	}
	switch c.Status {
	case "ISSUED", "EXPIRED", "INACTIVE", "REVOKED":
		v.ValidationStatus = "SUCCESS"
	case "FAILED", "VALIDATION_TIMED_OUT":
		v.ValidationStatus = "FAILED"
	}
	if c.Validation == "DNS" && recordKnown {
		name, value := validationRecord(c.Account, name)
		v.ResourceRecord = &resourceRecord{Name: name, Type: "CNAME", Value: value}
	}
	return v
}

// users is who uses the certificate, or did until less than lag ago (V9).
func (c *certificate) users(now time.Time, lag time.Duration) []string {
	users := []string{}
	for arn, released := range c.InUseBy {
		if released.IsZero() || now.Sub(released) < lag {
			users = append(users, arn)
		}
	}
	slices.Sort(users)
	return users
}

func (c *certificate) renewal(now time.Time) string {
	if c.Type == "AMAZON_ISSUED" && c.Status == "ISSUED" && len(c.users(now, 0)) > 0 {
		return "ELIGIBLE"
	}
	return "INELIGIBLE"
}

type keyUsage struct{ Name string }

type extendedKeyUsage struct{ Name, OID string }

// usageOIDs are the numbers of extended key usages.
// https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12
var usageOIDs = map[string]string{"TLS_WEB_SERVER_AUTHENTICATION": "1.3.6.1.5.5.7.3.1"}

// usages are what the key may be used for. The values are known once the
// certificate is issued; before that ACM answers empty lists.
func (c *certificate) usages() (usages, extended []string) {
	if c.IssuedAt.IsZero() {
		return []string{}, []string{}
	}
	return []string{"DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"}, []string{"TLS_WEB_SERVER_AUTHENTICATION"}
}

// keyAnswered is a key as ACM answers it, with a hyphen; requests and filters
// have an underscore.
func keyAnswered(key string) string { return strings.ReplaceAll(key, "_", "-") }

func acmTime(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

type listCertificatesInput struct {
	CertificateStatuses []string
	Includes            struct {
		KeyTypes         []string `json:"keyTypes"`
		KeyUsage         []string `json:"keyUsage"`
		ExtendedKeyUsage []string `json:"extendedKeyUsage"`
		ExportOption     string   `json:"exportOption"`
		ManagedBy        string   `json:"managedBy"`
	}
	MaxItems  int
	NextToken string
	SortBy    string
	SortOrder string
}

type certificateSummary struct {
	CertificateArn                       string
	DomainName                           string
	SubjectAlternativeNameSummaries      []string
	HasAdditionalSubjectAlternativeNames bool
	Status                               string
	Type                                 string
	KeyAlgorithm                         string
	KeyUsages                            []string
	ExtendedKeyUsages                    []string
	ExportOption                         string
	InUse                                bool
	Exported                             bool
	RenewalEligibility                   string
	CreatedAt                            float64
	IssuedAt                             float64 `json:",omitempty"`
	NotBefore                            float64 `json:",omitempty"`
	NotAfter                             float64 `json:",omitempty"`
}

func (s *Sim) listCertificates(req *request) (answer, error) {
	var in listCertificatesInput
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	if (in.SortBy == "") != (in.SortOrder == "") {
		return answer{}, refuse("ValidationException", "SortBy and SortOrder must be specified together.")
	}
	if len(in.Includes.KeyUsage)+len(in.Includes.ExtendedKeyUsage) > 0 || in.Includes.ExportOption == "ENABLED" || in.Includes.ManagedBy != "" {
		return answer{}, notModelled("ListCertificates' filters but statuses and key types")
	}
	if in.MaxItems < 0 || in.MaxItems > 1000 {
		return answer{}, refuse("ValidationException", "1 validation error detected: Value '%d' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000", in.MaxItems)
	}
	keys := in.Includes.KeyTypes
	if len(keys) == 0 {
		keys = []string{"RSA_1024", "RSA_2048"} // V8: others are hidden unless asked for
	}
	found := slices.Collect(maps.Values(s.region(req.account.ID, req.region).certificates))
	found = slices.DeleteFunc(found, func(c *certificate) bool {
		return !slices.Contains(keys, c.Key) ||
			(len(in.CertificateStatuses) > 0 && !slices.Contains(in.CertificateStatuses, c.Status))
	})
	newestFirst := in.SortOrder != "ASCENDING"
	slices.SortFunc(found, func(a, b *certificate) int {
		order := a.CreatedAt.Compare(b.CreatedAt)
		if newestFirst {
			order = -order
		}
		if order == 0 {
			order = strings.Compare(a.ARN, b.ARN)
		}
		return order
	})
	if in.NextToken != "" {
		last, err := base64.StdEncoding.DecodeString(in.NextToken)
		at := slices.IndexFunc(found, func(c *certificate) bool { return c.ARN == string(last) })
		if err != nil || at < 0 {
			return answer{}, refuse("ValidationException", "The NextToken is not valid.")
		}
		found = found[at+1:]
	}
	var out struct {
		CertificateSummaryList []certificateSummary
		NextToken              string `json:",omitempty"`
	}
	out.CertificateSummaryList = []certificateSummary{}
	size := s.pageSize(in.MaxItems, 1000)
	for i, c := range found {
		if i == size {
			out.NextToken = base64.StdEncoding.EncodeToString([]byte(found[i-1].ARN))
			break
		}
		out.CertificateSummaryList = append(out.CertificateSummaryList, s.summary(c))
	}
	return json11Answer(out)
}

func (s *Sim) summary(c *certificate) certificateSummary {
	usages, extended := c.usages()
	return certificateSummary{
		KeyUsages: usages, ExtendedKeyUsages: extended, ExportOption: "DISABLED",
		CertificateArn: c.ARN, DomainName: c.Names[0], SubjectAlternativeNameSummaries: c.Names,
		Status: c.Status, Type: c.Type, KeyAlgorithm: keyAnswered(c.Key),
		InUse:              len(c.users(s.now(), s.cfg.Pace.Release)) > 0,
		RenewalEligibility: c.renewal(s.now()),
		CreatedAt:          acmTime(c.CreatedAt), IssuedAt: acmTime(c.IssuedAt),
		NotBefore: acmTime(c.NotBefore), NotAfter: acmTime(c.NotAfter),
	}
}

// pageSize is how many items a page has: what was asked for, at most most,
// and never more than Config.PageSize (V33).
func (s *Sim) pageSize(asked, most int) int {
	size := most
	if asked > 0 && asked < size {
		size = asked
	}
	if s.cfg.PageSize > 0 && s.cfg.PageSize < size {
		size = s.cfg.PageSize
	}
	return size
}
