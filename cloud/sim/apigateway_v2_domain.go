package sim

import (
	"maps"
	"net/http"
	"slices"
)

// domainV2 is a domain name as v2 writes and reads it.
type domainV2 struct {
	Selection      string            `json:"apiMappingSelectionExpression,omitempty"`
	DomainName     string            `json:"domainName,omitempty"`
	ARN            string            `json:"domainNameArn,omitempty"`
	Configurations []domainConfigV2  `json:"domainNameConfigurations,omitempty"`
	RoutingMode    string            `json:"routingMode,omitempty"`
	Tags           map[string]string `json:"tags,omitempty"`
	MutualTLS      any               `json:"mutualTlsAuthentication,omitempty"`
}

type domainConfigV2 struct {
	Target            string `json:"apiGatewayDomainName,omitempty"`
	CertificateArn    string `json:"certificateArn,omitempty"`
	CertificateName   string `json:"certificateName,omitempty"`
	UploadDate        string `json:"certificateUploadDate,omitempty"`
	Status            string `json:"domainNameStatus,omitempty"`
	StatusMessage     string `json:"domainNameStatusMessage,omitempty"`
	EndpointType      string `json:"endpointType,omitempty"`
	ZoneID            string `json:"hostedZoneId,omitempty"`
	IPType            string `json:"ipAddressType,omitempty"`
	OwnershipVerifier string `json:"ownershipVerificationCertificateArn,omitempty"`
	SecurityPolicy    string `json:"securityPolicy,omitempty"`
}

// writeV2 is the domain as v2 shows it. v2 also shows the domains that it does
// not manage.
func (s *Sim) writeV2(d *domain) domainV2 {
	v := domainV2{
		Selection: "$request.basepath", DomainName: d.Name, ARN: d.arn(),
		RoutingMode: routingModes[d.RoutingMode], Tags: d.Tags, MutualTLS: d.mutualTLS(),
	}
	common := domainConfigV2{Status: d.status(s.now()), SecurityPolicy: d.Security, IPType: d.IPType}
	if d.EdgeTarget != "" {
		c := common
		c.EndpointType, c.CertificateArn, c.Target, c.ZoneID = "EDGE", d.EdgeCertificate, d.EdgeTarget, cloudFrontZone
		c.UploadDate = isoTime(d.EdgeSince)
		v.Configurations = append(v.Configurations, c)
	}
	if d.Target != "" {
		c := common
		c.EndpointType, c.CertificateArn, c.Target, c.ZoneID = "REGIONAL", d.Certificate, d.Target, d.ZoneID
		v.Configurations = append(v.Configurations, c)
	}
	return v
}

// createDomainV2 answers CreateDomainName of v2.
func (s *Sim) createDomainV2(req *request) (answer, error) {
	if err := s.domainQuota(req); err != nil {
		return answer{}, err
	}
	var in domainV2
	if err := decodeJSON(req, &in); err != nil {
		return answer{}, err
	}
	d := &domain{Name: in.DomainName, Security: "TLS_1_2", IPType: "ipv4", RoutingMode: mappingOnly, Tags: copyTags(in.Tags)}
	if err := in.change(d); err != nil {
		return answer{}, err
	}
	if d.Certificate == "" {
		return answer{}, badRequest("A certificate was not provided for the endpoint type REGIONAL.")
	}
	if err := s.checkSecurity(d); err != nil {
		return answer{}, err
	}
	if err := s.addDomain(req, d); err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusCreated, s.writeV2(d))
}

// change is rule V14: exactly one configuration, REGIONAL and TLS_1_2; what it
// leaves out stays as it is.
func (in domainV2) change(d *domain) error {
	if in.MutualTLS != nil {
		return notModelled("mutual TLS on a domain name")
	}
	if len(in.Configurations) != 1 {
		return badRequest("Invalid input. Expected one domain name configuration")
	}
	c := in.Configurations[0]
	switch {
	case c.CertificateName != "", c.OwnershipVerifier != "":
		return notModelled("certificates uploaded to API Gateway")
	case c.EndpointType != "" && c.EndpointType != "REGIONAL":
		return badRequest(onlyRegional)
	case c.SecurityPolicy != "" && c.SecurityPolicy != "TLS_1_2":
		return badRequest("%s is not supported for APIGatewayV2 domainName.", c.SecurityPolicy)
	}
	if in.RoutingMode != "" {
		d.RoutingMode = in.RoutingMode
		for v1, v2 := range routingModes {
			if v2 == in.RoutingMode {
				d.RoutingMode = v1
			}
		}
	}
	d.Certificate = or(c.CertificateArn, d.Certificate)
	d.IPType = or(c.IPType, d.IPType)
	d.Security = or(c.SecurityPolicy, d.Security)
	return nil
}

// managedByV2 is rule V14 for a domain that exists.
func (d *domain) managedByV2() error {
	switch {
	case d.Target == "":
		return badRequest(onlyRegional)
	case d.Security == "TLS_1_0":
		return badRequest(onlyTLS12)
	}
	return nil
}

// getDomainV2 answers GetDomainName of v2.
func (s *Sim) getDomainV2(req *request) (answer, error) {
	d, err := s.findDomain(req)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, s.writeV2(d))
}

// getDomainsV2 answers GetDomainNames of v2.
func (s *Sim) getDomainsV2(req *request) (answer, error) {
	domains := s.region(req.account.ID, req.region).domains
	page, next, err := s.pageOf(req, slices.Collect(maps.Keys(domains)))
	if err != nil {
		return answer{}, err
	}
	out := v2List{Items: []any{}, Next: next}
	for _, name := range page {
		out.Items = append(out.Items, s.writeV2(domains[name]))
	}
	return jsonAnswer(http.StatusOK, out)
}

// updateDomainV2 answers UpdateDomainName of v2.
func (s *Sim) updateDomainV2(req *request) (answer, error) {
	if err := s.domainQuota(req); err != nil {
		return answer{}, err
	}
	d, err := s.findDomain(req)
	if err != nil {
		return answer{}, err
	}
	if err := d.managedByV2(); err != nil {
		return answer{}, err
	}
	var in domainV2
	if err := decodeJSON(req, &in); err != nil {
		return answer{}, err
	}
	if len(in.Configurations) == 0 && in.RoutingMode != "" {
		in.Configurations = []domainConfigV2{{}} // the routing mode alone
	}
	changed := *d
	if err := in.change(&changed); err != nil {
		return answer{}, err
	}
	if err := s.replaceDomain(d, &changed); err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, s.writeV2(d))
}

// deleteDomainV2 answers DeleteDomainName of v2.
func (s *Sim) deleteDomainV2(req *request) (answer, error) {
	if err := s.removeDomain(req); err != nil {
		return answer{}, err
	}
	return emptyAnswer(http.StatusNoContent)
}

// listRoutingRules answers ListRoutingRules: rules cannot be made here, so
// there are none.
func (s *Sim) listRoutingRules(req *request) (answer, error) {
	if _, err := s.findDomain(req); err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, map[string]any{"routingRules": []any{}})
}
