package sim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"apifront/setup"
)

// gatewayZones are the hosted zones of the regional endpoints.
//
// https://docs.aws.amazon.com/general/latest/gr/apigateway.html
var gatewayZones = map[string]string{
	"us-east-1": "Z1UJRXOUMOOFQ8", "us-east-2": "ZOJJZC49E0EPZ", "us-west-1": "Z2MUQ32089INYE", "us-west-2": "Z2OJLYMUO9EFXC",
	"ca-central-1": "Z19DQILCV0OWEC", "sa-east-1": "ZCMLWB8V5SYIT",
	"eu-central-1": "Z1U9ULNL0V5AJ3", "eu-west-1": "ZLY8HYME6SFDD", "eu-west-2": "ZJ5UAJN8Y3Z2Q", "eu-west-3": "Z3KY65QIEKYHQQ",
	"eu-north-1": "Z3UWIKFBOOGXPP", "eu-south-1": "Z3BT4WSQ9TDYZV",
	"ap-east-1": "Z3FD1VL90ND7K5", "ap-south-1": "Z3VO1THU9YC4UR", "ap-northeast-1": "Z1YSHQZHG15GKL", "ap-northeast-2": "Z20JF4UZKIW1U8",
	"ap-northeast-3": "Z22ILHG95FLSZ2", "ap-southeast-1": "ZL327KTPIQFUL", "ap-southeast-2": "Z2RPCDW04V8134",
	"me-south-1": "Z20ZBPC0SS8806", "af-south-1": "Z2DHW2332DAMTN",
}

// cloudFrontZone is the hosted zone of every cloudfront.net name.
const cloudFrontZone = "Z2FDTNDATAQYW2"

// securityPolicies are the TLS policies of v1; SecurityPolicy_* ones need an
// endpointAccessMode.
var securityPolicies = []string{
	"TLS_1_0", "TLS_1_2",
	"SecurityPolicy_TLS13_1_3_2025_09", "SecurityPolicy_TLS13_1_3_FIPS_2025_09", "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
	"SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09", "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09", "SecurityPolicy_TLS13_1_2_PQ_2025_09",
	"SecurityPolicy_TLS13_1_2_2021_06",
	"SecurityPolicy_TLS13_2025_EDGE", "SecurityPolicy_TLS12_PFS_2025_EDGE", "SecurityPolicy_TLS12_2018_EDGE",
}

// routingModes by their v1 name.
var routingModes = map[string]string{
	"BASE_PATH_MAPPING_ONLY":              "API_MAPPING_ONLY",
	"ROUTING_RULE_ONLY":                   "ROUTING_RULE_ONLY",
	"ROUTING_RULE_THEN_BASE_PATH_MAPPING": "ROUTING_RULE_THEN_API_MAPPING",
}

const (
	mappingOnly      = "BASE_PATH_MAPPING_ONLY"
	routingRulesOnly = "ROUTING_RULE_ONLY"
	onlyRegional     = "Only REGIONAL domain names can be managed through the API Gateway V2 API. For EDGE domain names, " +
		"please use the API Gateway V1 API. Also note that only REST APIs can be attached to EDGE domain names."
	onlyTLS12 = "Only REGIONAL domain names with a security policy of TLS 1.2 can be managed through the API Gateway V2 API. " +
		"For TLS 1.0 domain names, please use the API Gateway V1 API to upgrade your security policy to TLS 1.2. " +
		"Currently, only REST APIs can be attached to a domain name with a security policy of TLS 1.0."
	mixing = "Mixing of REST APIs and HTTP APIs on the same domain name can only be accomplished through API Gateway's V2 DomainName interface. " +
		"Currently, WebSocket APIs can only be attached to a domain name with other WebSocket APIs. " +
		"This must also occur through API Gateway's V2 DomainName interface."
)

// maxDomains is how many public custom domains an account has in a region.
const maxDomains = 120

var domainPattern = regexp.MustCompile(`^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`)

// arn is the domain's ARN, which has no account (field guide I).
func (d *domain) arn() string {
	return "arn:aws:apigateway:" + d.Region + "::/domainnames/" + d.Name
}

// status is rule V16, its first half: UPDATING for a while after an update.
func (d *domain) status(now time.Time) string {
	if now.Before(d.UpdatingTill) {
		return "UPDATING"
	}
	return "AVAILABLE"
}

// types are the endpoint types; two of them while an edge-optimized domain is
// being moved to a regional one.
func (d *domain) types() []string {
	var types []string
	if d.EdgeTarget != "" {
		types = append(types, "EDGE")
	}
	if d.Target != "" {
		types = append(types, "REGIONAL")
	}
	return types
}

// findDomain is the account's domain of that name in the request's region.
func (s *Sim) findDomain(req *request) (*domain, error) {
	d, ok := s.region(req.account.ID, req.region).domains[req.arg("name")]
	if !ok {
		return nil, gatewayNotFound("Invalid domain name identifier specified")
	}
	return d, nil
}

// addDomain is what CreateDomainName of both versions have in common: rules
// V10, V12, the limit, and the new names.
func (s *Sim) addDomain(req *request, d *domain) error {
	d.Account, d.Region = req.account.ID, req.region
	d.CreatedAt, d.Mappings, d.Status = s.now(), map[string]*mapping{}, "AVAILABLE"
	if !domainPattern.MatchString(d.Name) || len(d.Name) > 253 {
		return badRequest("The domain name you provided is not valid: %s", d.Name)
	}
	if err := checkTags(nil, d.Tags); err != nil {
		return err
	}
	if err := s.domainFree(d); err != nil {
		return err
	}
	if err := s.certificateFits(d); err != nil {
		return err
	}
	r := s.region(req.account.ID, req.region)
	if len(r.domains) >= maxDomains {
		return refuseWith(http.StatusTooManyRequests, "LimitExceededException", "Maximum number of domain names for this account has been reached")
	}
	if slices.Contains(wantedTypes(d), "EDGE") {
		if err := s.aliasFree(d.Name, ""); err != nil {
			return badRequest("%s", err.Message)
		}
	}
	s.nameTargets(d)
	r.domains[d.Name] = d
	s.useCertificates(d)
	return nil
}

// wantedTypes are the types a domain has or is about to get.
func wantedTypes(d *domain) []string {
	var types []string
	if d.EdgeCertificate != "" {
		types = append(types, "EDGE")
	}
	if d.Certificate != "" {
		types = append(types, "REGIONAL")
	}
	return types
}

// nameTargets gives the domain the names that DNS should point to. A domain
// that is made again gets new ones.
func (s *Sim) nameTargets(d *domain) {
	d.Endpoint = "REGIONAL"
	switch {
	case d.Certificate == "":
		d.Target, d.ZoneID, d.Endpoint = "", "", "EDGE"
	case d.Target == "":
		d.Target = s.newLowerID("d-", 10) + ".execute-api." + d.Region + ".amazonaws.com"
		d.ZoneID = gatewayZone(d.Region)
		s.makeGatewayRole(d.Account)
	}
	switch {
	case d.EdgeCertificate == "":
		d.EdgeTarget = ""
	case d.EdgeTarget == "":
		d.EdgeTarget, d.EdgeSince = s.newLowerID("d", 13)+".cloudfront.net", s.now()
	}
}

func gatewayZone(region string) string {
	if zone, ok := gatewayZones[region]; ok {
		return zone
	}
	return "Z" + strings.ToUpper(strings.ReplaceAll(region, "-", "")) + "APIGW"
}

// domainFree is rule V12: a name is unique in its region over all accounts,
// and a wildcard and a name below it may not belong to two accounts. It is a
// BadRequestException, not a ConflictException.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
func (s *Sim) domainFree(d *domain) error {
	for key, r := range s.regions {
		if key.region != d.Region {
			continue
		}
		for name := range r.domains {
			clash := name == d.Name
			if key.account != d.Account {
				clash = clash || setup.Covers(name, d.Name) || setup.Covers(d.Name, name)
			}
			if clash {
				return badRequest("The domain name you provided already exists.")
			}
		}
	}
	return nil
}

// certificateFits is rule V10 for every endpoint type of the domain, and V11:
// each type needs a certificate.
func (s *Sim) certificateFits(d *domain) error {
	if d.Certificate != "" {
		if err := s.gatewayCertificate(d, d.Certificate, d.Region); err != nil {
			return err
		}
	}
	if d.EdgeCertificate != "" {
		return s.gatewayCertificate(d, d.EdgeCertificate, "us-east-1")
	}
	return nil
}

// gatewayCertificate is rule V10: the certificate is in the right region, of
// the caller's account, issued (and API Gateway knows it), of a supported
// algorithm, and covers the name by one label.
func (s *Sim) gatewayCertificate(d *domain, arn, region string) error {
	where, account, ok := splitCertificateARN(arn)
	if !ok {
		return badRequest("Invalid certificate ARN: %s", arn)
	}
	if where != region && arn == d.EdgeCertificate {
		return badRequest("Certificate must be in us-east-1.")
	}
	if where != region {
		return badRequest("Invalid certificate ARN: %s. Certificate must be in '%s'.", arn, region)
	}
	if account != d.Account {
		return badRequest("The certificate provided must be owned by the account creating the domain.")
	}
	c := s.certificate(arn)
	if c == nil {
		return badRequest("Unable to find certificate %s (Service: AWSCertificateManager; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: %s; Proxy: null)", arn, s.newUUID())
	}
	issued := c.Status == "ISSUED" && !s.now().Before(c.IssuedAt.Add(s.cfg.Pace.GatewayLag))
	switch {
	case c.Status == "PENDING_VALIDATION", c.Status == "ISSUED" && !issued:
		return badRequest("Certificate %s in account %s not yet issued (Service: AWSCertificateManager; Status Code: 400; Error Code: RequestInProgressException; Request ID: %s; Proxy: null)", arn, account, s.newUUID())
	case !issued:
		return badRequest("The certificate %s is not valid: its status is %s.", arn, c.Status)
	case !slices.Contains([]string{"RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1"}, c.Key):
		return badRequest("The certificate %s uses an unsupported key algorithm: %s.", arn, c.Key)
	case !setup.CoversAny(c.Names, d.Name):
		return badRequest("The domain name to be created is not covered by the provided certificate.")
	}
	return nil
}

// useCertificates brings InUseBy in step with what the domain names.
func (s *Sim) useCertificates(d *domain) {
	for _, arn := range []string{d.Certificate, d.EdgeCertificate} {
		if c := s.certificate(arn); c != nil {
			c.useBy(d.arn())
		}
	}
}

// releaseCertificates lets go of the certificates that before used and after
// does not. Either may be nil.
func (s *Sim) releaseCertificates(before, after *domain) {
	for _, arn := range []string{before.Certificate, before.EdgeCertificate} {
		if after != nil && (arn == after.Certificate || arn == after.EdgeCertificate) {
			continue
		}
		if c := s.certificate(arn); c != nil {
			c.release(before.arn(), s.now())
		}
	}
}

// replaceDomain is what UpdateDomainName of both versions have in common. Rule
// V16: an update while the last one runs is a conflict. Rule V10 holds for what
// the domain becomes.
func (s *Sim) replaceDomain(d, changed *domain) error {
	now := s.now()
	if d.status(now) == "UPDATING" {
		return gatewayConflict("The domain name %s is being updated. Wait until its status is AVAILABLE.", d.Name)
	}
	if changed.Certificate != d.Certificate || changed.EdgeCertificate != d.EdgeCertificate {
		if err := s.certificateFits(changed); err != nil {
			return err
		}
	}
	if d.EdgeTarget == "" && changed.EdgeCertificate != "" {
		if err := s.aliasFree(d.Name, ""); err != nil {
			return badRequest("%s", err.Message)
		}
	}
	if err := s.checkSecurity(changed); err != nil {
		return err
	}
	if err := moving(d, changed); err != nil {
		return err
	}
	s.nameTargets(changed)
	if d.EdgeTarget != "" && changed.EdgeTarget == "" {
		changed.EdgeHeldTill = now.Add(s.cfg.Pace.AliasRelease)
	}
	s.releaseCertificates(d, changed)
	changed.UpdatingTill = now.Add(s.takes(s.cfg.Pace.DomainUpdate, "update", changed.Name, now))
	switch {
	case d.Access == "STRICT" && changed.Access != "STRICT":
		changed.AwayTill = changed.UpdatingTill
	case d.Access != "STRICT" && changed.Access == "STRICT":
		changed.StrictFrom = changed.UpdatingTill
	}
	*d = *changed
	s.useCertificates(d)
	return nil
}

// moving is what holds while a domain has two endpoint types: the second is added only
// with the access mode BASIC, and neither policy nor access mode changes after that. With
// an enhanced policy the new type brings one of its own.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-migrate.html (documented; the texts are not)
func moving(d, changed *domain) error {
	had, has := len(d.types()), len(wantedTypes(changed))
	switch {
	case had == 1 && has == 2 && (d.Access == "STRICT" || changed.Access == "STRICT"):
		return badRequest("An endpoint type can be added only while the endpoint access mode is BASIC.")
	case had == 2 && has == 2 && (d.Security != changed.Security || d.Access != changed.Access):
		return badRequest("The security policy and the endpoint access mode cannot be changed while the domain name has two endpoint types.")
	}
	return nil
}

// checkSecurity checks the TLS policy with what depends on it.
//
// What is said of a missing access mode is what AWS said, as three people quote it:
// https://github.com/serverless/serverless/issues/13332
//
// Mutual TLS goes with the older policies only:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html
func (s *Sim) checkSecurity(d *domain) error {
	enhanced := strings.HasPrefix(d.Security, "SecurityPolicy_")
	edge := strings.HasSuffix(d.Security, "_EDGE")
	types := wantedTypes(d)
	switch {
	case !slices.Contains(securityPolicies, d.Security):
		return badRequest("Invalid security policy: %s", d.Security)
	case enhanced && d.Access == "":
		return badRequest("Endpoint access mode is required for the specified security policy")
	case d.Access != "" && d.Access != "BASIC" && d.Access != "STRICT":
		return badRequest("Invalid endpoint access mode: %s", d.Access)
	case !enhanced && d.Access != "":
		return badRequest("endpointAccessMode is not supported with the security policy %s", d.Security)
	case edge && slices.Contains(types, "REGIONAL"), enhanced && !edge && len(types) == 1 && types[0] == "EDGE":
		return badRequest("The security policy %s is not supported for the endpoint type %s", d.Security, strings.Join(types, ", "))
	case d.Truststore != "" && !truststorePattern.MatchString(d.Truststore):
		return badRequest("Invalid truststore URI: %s", d.Truststore)
	case d.Truststore != "" && enhanced:
		return badRequest("Mutual TLS is not supported with the security policy %s", d.Security)
	case d.IPType != "ipv4" && d.IPType != "dualstack":
		return badRequest("Invalid IP address type: %s", d.IPType)
	case routingModes[d.RoutingMode] == "":
		return badRequest("Invalid routing mode: %s", d.RoutingMode)
	}
	for _, m := range d.Mappings {
		if a := s.region(d.Account, d.Region).apis[m.API]; enhanced && a != nil && a.Kind == "HTTP" {
			return badRequest("The security policy %s is not supported for domain names with HTTP API mappings", d.Security)
		}
	}
	return nil
}

// removeDomain is DeleteDomainName of both versions. Mappings that are left go
// with it.
func (s *Sim) removeDomain(req *request) error {
	if err := s.domainQuota(req); err != nil {
		return err
	}
	d, err := s.findDomain(req)
	if err != nil {
		return err
	}
	s.releaseCertificates(d, nil)
	delete(s.region(req.account.ID, req.region).domains, d.Name)
	return nil
}

// truststorePattern is the place of a trust store: a bucket and a key.
var truststorePattern = regexp.MustCompile(`^s3://[a-z0-9.-]+/.+$`)
