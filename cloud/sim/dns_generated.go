package sim

import (
	"strings"
	"time"
)

// awsDomain is the zone of AWS's own names that a name lies in, "" if none.
func awsDomain(name string) string {
	for _, own := range []string{"cloudfront.net.", "amazonaws.com.", "acm-validations.aws."} {
		if inDomain(name, own) {
			return own
		}
	}
	return ""
}

// findOwn answers for the names that AWS makes itself, from one of its zones.
func (s *Sim) findOwn(apex, name, qtype string, now time.Time) found {
	f := found{apex: apex, exists: name == apex, nameserv: awsServers}
	f.soa, f.negative = source{apex: apex, servers: awsServers}.start()
	switch apex {
	case "cloudfront.net.":
		s.findEdge(&f, name, qtype, now)
	case "amazonaws.com.":
		s.findExecute(&f, name, qtype)
	default: // ACM looks at the CNAME that leads here, not at what is here.
		f.exists = true
	}
	f.ttl = ttlGenerated
	s.findSite(&f, name, qtype)
	if name == f.apex {
		s.apexDefaults(&f, qtype)
	}
	return f
}

// findSite answers for a site whose name no zone of the world covers.
func (s *Sim) findSite(f *found, name, qtype string) {
	if s.siteNamed(relative(name)) == nil {
		return
	}
	f.exists, f.ttl = true, ttlGenerated
	if qtype == "A" && s.net.flat {
		f.values = []string{addressDNS}
	} else if qtype == "A" {
		f.values = []string{addressForeign}
	}
}

func inDomain(name, domain string) bool {
	return name == domain || domain == "." || strings.HasSuffix(name, "."+domain)
}

func parentOf(name string) string {
	_, parent, _ := strings.Cut(name, ".")
	if parent == "" {
		return "."
	}
	return parent
}

// findEdge answers for d….cloudfront.net: of a distribution, enabled or not,
// or of an edge-optimized API Gateway domain.
func (s *Sim) findEdge(f *found, name, qtype string, now time.Time) {
	host := relative(name)
	for _, d := range s.distributions {
		if strings.EqualFold(d.DomainName, host) {
			f.exists = true
			ipv6 := d.Config.IPv6 == nil || *d.Config.IPv6
			f.values = s.edgeRecords(qtype, ipv6)
			return
		}
	}
	if d := s.edgeDomain(func(d *domain) bool { return strings.EqualFold(d.EdgeTarget, host) }, now); d != nil {
		f.exists = true
		f.values = s.edgeRecords(qtype, false)
	}
}

func (s *Sim) edgeRecords(qtype string, ipv6 bool) []string {
	switch {
	case qtype == "A" && s.net.flat:
		return []string{addressDNS}
	case qtype == "A":
		return []string{addressEdge0, addressEdge1}
	case qtype == "AAAA" && ipv6:
		return []string{addressEdge0v6, addressEdge1v6}
	case qtype == "HTTPS":
		return []string{`1 . alpn="h2"`}
	}
	return nil
}

// findExecute answers for d-….execute-api.REGION.amazonaws.com and
// {api}.execute-api.REGION.amazonaws.com.
func (s *Sim) findExecute(f *found, name, qtype string) {
	id, region, ok := splitExecute(relative(name))
	if !ok {
		return
	}
	if d := s.domainByTarget(relative(name)); d != nil {
		f.exists = true
		f.values = s.regionalRecords(qtype, d.IPType == "dualstack")
		return
	}
	a := s.apiIn(region, id)
	if a == nil || a.Endpoint == "PRIVATE" {
		return
	}
	f.exists = true
	if a.Endpoint == "EDGE" { // AWS has a distribution of its own before it
		f.values = s.edgeRecords(qtype, false)
		return
	}
	f.values = s.regionalRecords(qtype, false)
}

func (s *Sim) regionalRecords(qtype string, ipv6 bool) []string {
	switch {
	case qtype == "A" && s.net.flat:
		return []string{addressDNS}
	case qtype == "A":
		return []string{addressRegional}
	case qtype == "AAAA" && ipv6:
		return []string{addressRegionalv6}
	}
	return nil
}

// splitExecute takes ID.execute-api.REGION.amazonaws.com apart.
func splitExecute(host string) (id, region string, ok bool) {
	rest, ok := strings.CutSuffix(host, ".amazonaws.com")
	if !ok {
		return "", "", false
	}
	f := strings.Split(rest, ".")
	if len(f) != 3 || f[1] != "execute-api" {
		return "", "", false
	}
	return f[0], f[2], true
}
