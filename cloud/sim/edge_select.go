package sim

import (
	"crypto/tls"
	"crypto/x509"
	"maps"
	"slices"
	"strings"
	"time"
)

// edgeCount is how many edges there are; they learn of changes one by one.
const edgeCount = 2

// A holder is who has a name at an edge: a distribution with the config that
// this edge serves, or an edge-optimized API of API Gateway.
type holder struct {
	distribution *distribution
	config       *distributionConfig
	domain       *domain // edge-optimized custom domain name
	api          *api    // edge-optimized API at its own name
}

// account is whose the name is; AWS's own is "".
func (h *holder) account() string {
	switch {
	case h.distribution != nil:
		return h.distribution.Account
	case h.domain != nil:
		return h.domain.Account
	}
	return ""
}

// holderOf finds who has a host name at an edge now: the exact alias before
// the closest wildcard. A disabled distribution still holds its aliases.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-wildcard
func (s *Sim) holderOf(edge int, host string, now time.Time) *holder {
	if host == "" {
		return nil
	}
	var best *holder
	var longest int
	for _, id := range slices.Sorted(maps.Keys(s.distributions)) {
		d := s.distributions[id]
		c := d.Edges[edge].at(now)
		if c == nil {
			continue
		}
		if strings.EqualFold(d.DomainName, host) || c.hasAlias(host) {
			return &holder{distribution: d, config: c}
		}
		for _, a := range c.aliases() {
			if parent, wild := strings.CutPrefix(a, "*"); wild && strings.HasSuffix(host, parent) && len(host) > len(parent) && len(a) > longest {
				best, longest = &holder{distribution: d, config: c}, len(a)
			}
		}
	}
	d := s.edgeDomain(func(d *domain) bool { return d.Name == host || strings.EqualFold(d.EdgeTarget, host) }, now)
	if d != nil {
		return &holder{domain: d}
	}
	if id, region, ok := splitExecute(host); ok {
		if a := s.apiIn(region, id); a != nil && a.Endpoint == "EDGE" {
			return &holder{api: a}
		}
	}
	return best
}

// edgeCertificate is what an edge shows for an SNI.
func (s *Sim) edgeCertificate(h *holder, sni string) shown {
	var arn string
	switch {
	case h == nil:
	case h.distribution != nil && h.config.Enabled && !strings.EqualFold(h.distribution.DomainName, sni):
		arn = h.config.certificateARN()
	case h.domain != nil && !strings.EqualFold(h.domain.EdgeTarget, sni):
		arn = h.domain.EdgeCertificate
	case h.api != nil:
		_, region, _ := splitExecute(sni)
		return shown{Names: []string{"*.execute-api." + region + ".amazonaws.com"}}
	}
	if c := s.certificate(arn); arn != "" && c != nil {
		return c.shows()
	}
	return shown{Names: []string{"*.cloudfront.net", "cloudfront.net"}}
}

// edgeTLS chooses certificate and protocol for one handshake at an edge.
func (s *Sim) edgeTLS(edge int, sni string) (*tls.Config, error) {
	s.mu.Lock()
	s.settle()
	h := s.holderOf(edge, sni, s.now())
	cert := s.edgeCertificate(h, sni)
	s.mu.Unlock()
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if h != nil && h.distribution != nil {
		if vc := h.config.ViewerCertificate; vc != nil && vc.MinimumProtocolVersion != "" {
			cfg.MinVersion = minimumVersion(vc.MinimumProtocolVersion)
		}
		if !strings.HasPrefix(h.config.HTTPVersion, "http2") {
			cfg.NextProtos = []string{"http/1.1"}
		}
	}
	leaf, err := s.ca.leaf(cert)
	if err != nil {
		return nil, err
	}
	cfg.Certificates = []tls.Certificate{*leaf}
	return cfg, nil
}

// minimumVersion reads CloudFront's security policies. Go has no SSLv3.
func minimumVersion(policy string) uint16 {
	switch {
	case strings.HasPrefix(policy, "TLSv1.3"):
		return tls.VersionTLS13
	case strings.HasPrefix(policy, "TLSv1.2"):
		return tls.VersionTLS12
	case strings.HasPrefix(policy, "TLSv1.1"):
		return tls.VersionTLS11
	default:
		return tls.VersionTLS10
	}
}

// regionalTLS chooses the certificate for one handshake at the regional endpoint.
func (s *Sim) regionalTLS(sni string) (*tls.Config, error) {
	s.mu.Lock()
	s.settle()
	cert, d := s.regionalCertificate(sni, "")
	s.mu.Unlock()
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if d != nil {
		cfg.MinVersion = d.minimumVersion()
		if d.Truststore != "" {
			// What is in the trust store nobody here knows: no certificate is good.
			cfg.ClientAuth, cfg.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		}
	}
	leaf, err := s.ca.leaf(cert)
	if err != nil {
		return nil, err
	}
	cfg.Certificates = []tls.Certificate{*leaf}
	return cfg, nil
}

// minimumVersion reads API Gateway's security policies.
func (d *domain) minimumVersion() uint16 {
	switch {
	case strings.Contains(d.Security, "_TLS13_1_3_"):
		return tls.VersionTLS13
	case d.Security == "TLS_1_0":
		return tls.VersionTLS10
	default:
		return tls.VersionTLS12
	}
}
