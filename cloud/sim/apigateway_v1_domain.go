package sim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// domainV1 is a domain name as v1 writes and reads it.
type domainV1 struct {
	DomainName        string            `json:"domainName"`
	ARN               string            `json:"domainNameArn,omitempty"`
	CertificateArn    string            `json:"certificateArn,omitempty"`
	CertificateDate   int64             `json:"certificateUploadDate,omitempty"`
	DistributionName  string            `json:"distributionDomainName,omitempty"`
	DistributionZone  string            `json:"distributionHostedZoneId,omitempty"`
	RegionalArn       string            `json:"regionalCertificateArn,omitempty"`
	RegionalName      string            `json:"regionalDomainName,omitempty"`
	RegionalZone      string            `json:"regionalHostedZoneId,omitempty"`
	Endpoint          *endpointV1       `json:"endpointConfiguration,omitempty"`
	Status            string            `json:"domainNameStatus,omitempty"`
	SecurityPolicy    string            `json:"securityPolicy,omitempty"`
	AccessMode        string            `json:"endpointAccessMode,omitempty"`
	RoutingMode       string            `json:"routingMode,omitempty"`
	Tags              map[string]string `json:"tags,omitzero"`
	CertificateName   string            `json:"certificateName,omitempty"`
	RegionalCertName  string            `json:"regionalCertificateName,omitempty"`
	CertificateBody   string            `json:"certificateBody,omitempty"`
	MutualTLS         any               `json:"mutualTlsAuthentication,omitempty"`
	OwnershipVerifier string            `json:"ownershipVerificationCertificateArn,omitempty"`
}

type endpointV1 struct {
	Types  []string `json:"types"`
	IPType string   `json:"ipAddressType,omitempty"`
}

// writeV1 is the domain as v1 shows it.
func (s *Sim) writeV1(d *domain) domainV1 {
	v := domainV1{
		DomainName: d.Name, ARN: d.arn(), Status: d.status(s.now()),
		Endpoint:       &endpointV1{Types: d.types(), IPType: d.IPType},
		SecurityPolicy: d.Security, AccessMode: d.Access, RoutingMode: d.RoutingMode, Tags: copyTags(d.Tags),
		CertificateDate: epochSeconds(d.CreatedAt),
	}
	v.MutualTLS = d.mutualTLS()
	if d.Target != "" {
		v.RegionalArn, v.RegionalName, v.RegionalZone = d.Certificate, d.Target, d.ZoneID
	}
	if d.EdgeTarget != "" {
		v.CertificateArn, v.DistributionName, v.DistributionZone = d.EdgeCertificate, d.EdgeTarget, cloudFrontZone
		v.CertificateDate = epochSeconds(d.EdgeSince)
	}
	return v
}

// createDomainV1 answers CreateDomainName of v1.
func (s *Sim) createDomainV1(req *request) (answer, error) {
	if err := s.domainQuota(req); err != nil {
		return answer{}, err
	}
	var in domainV1
	if err := decodeJSON(req, &in); err != nil {
		return answer{}, err
	}
	switch {
	case in.MutualTLS != nil:
		return answer{}, notModelled("mutual TLS on a domain name")
	case in.CertificateName != "", in.RegionalCertName != "", in.CertificateBody != "", in.OwnershipVerifier != "":
		return answer{}, notModelled("certificates uploaded to API Gateway")
	}
	d := &domain{
		Name: in.DomainName, Security: or(in.SecurityPolicy, "TLS_1_2"), Access: in.AccessMode,
		RoutingMode: or(in.RoutingMode, mappingOnly), IPType: "ipv4", Tags: copyTags(in.Tags),
	}
	if err := endpointV1Of(in, d); err != nil {
		return answer{}, err
	}
	if err := s.checkSecurity(d); err != nil {
		return answer{}, err
	}
	if err := s.addDomain(req, d); err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusCreated, s.writeV1(d))
}

// endpointV1Of is rule V11: a domain name is EDGE unless it says REGIONAL, and
// each type has a certificate member of its own.
func endpointV1Of(in domainV1, d *domain) error {
	types := []string{"EDGE"}
	if in.Endpoint != nil && len(in.Endpoint.Types) > 0 {
		types = in.Endpoint.Types
	}
	if in.Endpoint != nil {
		d.IPType = or(in.Endpoint.IPType, d.IPType)
	}
	if len(types) > 1 {
		return badRequest("Cannot create an api with multiple Endpoint Types")
	}
	switch types[0] {
	case "EDGE":
		if in.CertificateArn == "" {
			return badRequest("A certificate was not provided for the endpoint type EDGE.")
		}
		if in.RegionalArn != "" {
			return badRequest("A regional certificate cannot be provided for the endpoint type EDGE.")
		}
		d.EdgeCertificate = in.CertificateArn
	case "REGIONAL":
		if in.RegionalArn == "" {
			return badRequest("A certificate was not provided for the endpoint type REGIONAL.")
		}
		if in.CertificateArn != "" {
			return badRequest("An edge certificate cannot be provided for the endpoint type REGIONAL.")
		}
		d.Certificate = in.RegionalArn
	case "PRIVATE":
		return notModelled("private domain names")
	default:
		return badRequest("Invalid endpoint type: %s", types[0])
	}
	return nil
}

// getDomainV1 answers GetDomainName of v1.
func (s *Sim) getDomainV1(req *request) (answer, error) {
	if req.query("domainNameId") != "" {
		return answer{}, notModelled("private domain names")
	}
	d, err := s.findDomain(req)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, s.writeV1(d))
}

// getDomainsV1 answers GetDomainNames of v1.
func (s *Sim) getDomainsV1(req *request) (answer, error) {
	if owner := req.query("resourceOwner"); owner != "" && owner != "SELF" {
		return answer{}, notModelled("domain names of other accounts")
	}
	domains := s.region(req.account.ID, req.region).domains
	page, next, err := s.pageOf(req, slices.Collect(maps.Keys(domains)))
	if err != nil {
		return answer{}, err
	}
	out := v1List{Items: []any{}, Position: next}
	for _, name := range page {
		item := s.writeV1(domains[name])
		item.Tags = nil // the list has none, whatever the domain has
		out.Items = append(out.Items, item)
	}
	return jsonAnswer(http.StatusOK, out)
}

// updateDomainV1 answers UpdateDomainName of v1: a list of patch operations,
// applied together or not at all.
func (s *Sim) updateDomainV1(req *request) (answer, error) {
	if err := s.domainQuota(req); err != nil {
		return answer{}, err
	}
	d, err := s.findDomain(req)
	if err != nil {
		return answer{}, err
	}
	var in patch
	if err := decodeJSON(req, &in); err != nil {
		return answer{}, err
	}
	changed, types := *d, d.types()
	for _, op := range in.Operations {
		if types, err = changed.patch(op, types); err != nil {
			return answer{}, err
		}
	}
	if err := changed.settleTypes(types); err != nil {
		return answer{}, err
	}
	if err := s.replaceDomain(d, &changed); err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, s.writeV1(d))
}

// patch applies one operation, and answers the endpoint types after it.
//
// https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
func (d *domain) patch(op patchOperation, types []string) ([]string, error) {
	path := op.paths()
	if len(path) >= 2 && path[0] == "endpointConfiguration" && path[1] == "types" {
		return patchTypes(op, path[2:], types)
	}
	if op.Op != "replace" && op.Op != "add" && op.Op != "remove" {
		return nil, invalidPatch(op)
	}
	value := op.Value
	switch {
	case op.Op == "remove":
		value = ""
	case value == "" && op.Path != "/endpointAccessMode": // which "" unsets
		return nil, badRequest("Invalid patch operation specified: value is required for %s", op.Path)
	}
	certificate := false
	switch op.Path {
	case "/regionalCertificateArn":
		d.Certificate, certificate = value, true
	case "/certificateArn":
		d.EdgeCertificate, certificate = value, true
	case "/securityPolicy":
		d.Security = value
	case "/endpointAccessMode":
		d.Access = value
	case "/routingMode":
		d.RoutingMode = value
	case "/endpointConfiguration/ipAddressType":
		d.IPType = value
	case "/certificateName", "/regionalCertificateName":
		if op.Op != "remove" {
			return nil, notModelled("certificates uploaded to API Gateway")
		}
		return types, nil // none is ever there
	case "/mutualTlsAuthentication/truststoreUri":
		d.Truststore, certificate = value, true
	case "/mutualTlsAuthentication/truststoreVersion", "/ownershipVerificationCertificateArn", "/policy":
		return nil, notModelled("the patch path %s of UpdateDomainName", op.Path)
	default:
		return nil, invalidPatch(op)
	}
	if op.Op != "replace" && !certificate {
		return nil, invalidPatch(op)
	}
	return types, nil
}

// mutualTLS is what both versions show of mutual TLS, nil for nothing.
func (d *domain) mutualTLS() any {
	if d.Truststore == "" {
		return nil
	}
	return map[string]any{"truststoreUri": d.Truststore}
}

// patchTypes adds, removes or replaces an endpoint type: "replace
// /endpointConfiguration/types/EDGE REGIONAL" and its kin.
func patchTypes(op patchOperation, rest, types []string) ([]string, error) {
	out := slices.Clone(types)
	at := -1
	if len(rest) == 1 {
		at = slices.Index(out, rest[0])
		if rest[0] == "0" && len(out) == 1 {
			at = 0
		}
	}
	switch {
	case op.Op == "add" && !slices.Contains(out, op.Value):
		out = append(out, op.Value)
	case op.Op == "add":
	case op.Op == "remove" && len(rest) == 0 && slices.Contains(out, op.Value):
		out = slices.DeleteFunc(out, func(t string) bool { return t == op.Value })
	case op.Op == "remove" && at >= 0:
		out = slices.Delete(out, at, at+1)
	case op.Op == "replace" && at >= 0:
		out[at] = op.Value
	case op.Op == "replace" && len(rest) == 0 && len(out) == 1:
		out[0] = op.Value
	default:
		return nil, invalidPatch(op)
	}
	for _, t := range out {
		if t == "PRIVATE" {
			return nil, notModelled("private domain names")
		}
		if t != "EDGE" && t != "REGIONAL" {
			return nil, badRequest("Invalid endpoint type: %s", t)
		}
	}
	return out, nil
}

// settleTypes is rule V11 for an update. A type that is removed takes its
// certificate with it; a type that is added needs one.
func (d *domain) settleTypes(types []string) error {
	if len(types) == 0 {
		return badRequest("A domain name must have an endpoint type.")
	}
	if !slices.Contains(types, "EDGE") {
		d.EdgeCertificate = ""
	}
	if !slices.Contains(types, "REGIONAL") {
		d.Certificate = ""
	}
	have := wantedTypes(d)
	for _, t := range types {
		if !slices.Contains(have, t) {
			return badRequest("A certificate was not provided for the endpoint type %s.", t)
		}
	}
	return nil
}

// deleteDomainV1 answers DeleteDomainName of v1.
func (s *Sim) deleteDomainV1(req *request) (answer, error) {
	if err := s.removeDomain(req); err != nil {
		return answer{}, err
	}
	return emptyAnswer(http.StatusAccepted)
}

// or is v, or fallback when v is empty.
func or(v, fallback string) string {
	if strings.TrimSpace(v) == "" {
		return fallback
	}
	return v
}
