package sim

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
)

// regionKeys are the regions of all accounts in a fixed order.
func (s *Sim) regionKeys() []regionKey {
	return slices.SortedFunc(maps.Keys(s.regions), compareRegions)
}

// domainByTarget is the domain with that d-….execute-api name, nil if none.
func (s *Sim) domainByTarget(host string) *domain {
	for _, r := range s.regions {
		for _, d := range r.domains {
			if d.Target != "" && strings.EqualFold(d.Target, host) {
				return d
			}
		}
	}
	return nil
}

// edgeDomain is an edge-optimized domain name that is known at the edges.
func (s *Sim) edgeDomain(is func(*domain) bool, now time.Time) *domain {
	for _, key := range s.regionKeys() {
		r := s.regions[key]
		for _, name := range slices.Sorted(maps.Keys(r.domains)) {
			if d := r.domains[name]; d.EdgeTarget != "" && !now.Before(d.EdgeSince) && is(d) {
				return d
			}
		}
	}
	return nil
}

// apiIn is the API with the ID in any account of a region, nil if none.
func (s *Sim) apiIn(region, id string) *api {
	for key, r := range s.regions {
		if key.region == region && r.apis[id] != nil {
			return r.apis[id]
		}
	}
	return nil
}

// regionalDomain is the regional custom domain that a host name selects, the
// exact name before a wildcard. An empty region means any: all regions share
// an address here.
func (s *Sim) regionalDomain(host, region string) *domain {
	var wild *domain
	for _, key := range s.regionKeys() {
		if region != "" && key.region != region {
			continue
		}
		r := s.regions[key]
		if d := r.domains[host]; d != nil && d.Target != "" {
			return d
		}
		for _, name := range slices.Sorted(maps.Keys(r.domains)) {
			if d := r.domains[name]; wild == nil && d.Target != "" && setup.Covers(d.Name, host) {
				wild = d
			}
		}
	}
	return wild
}

// regionalCertificate is what the regional endpoint shows for an SNI, and the
// domain it stands for, nil for the endpoint's own.
func (s *Sim) regionalCertificate(sni, region string) (shown, *domain) {
	if d := s.regionalDomain(sni, region); d != nil {
		if c := s.certificate(d.Certificate); c != nil {
			return c.shows(), d
		}
	}
	if region == "" {
		region = "us-east-1"
		if _, named, ok := splitExecute(sni); ok {
			region = named
		}
	}
	return shown{Names: []string{"*.execute-api." + region + ".amazonaws.com"}}, nil
}

// regional answers as API Gateway's regional endpoint: it picks the API by
// the Host header, whatever address or SNI led here. The access mode STRICT asks for
// the same name in both, and is enforced about 15 minutes after it was set.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html (documented)
func (s *Sim) regional(v visit, now time.Time) answer {
	if !v.tls { // nothing listens on port 80
		return answer{Status: http.StatusBadRequest}
	}
	if d := s.regionalDomain(v.host, v.region); d != nil {
		if d.Access == "STRICT" && !now.Before(d.StrictFrom) && v.sni != v.host {
			return s.forbidden()
		}
		return s.viaDomain(v, d, now)
	}
	if id, region, ok := splitExecute(v.host); ok && (v.region == "" || v.region == region) {
		if a := s.apiIn(region, id); a != nil && a.Endpoint != "PRIVATE" {
			return s.viaExecute(v, a)
		}
	}
	return s.forbidden()
}

// viaDomain finds the mapping: the longest key that the path begins with,
// segment by segment, else the root one. For about 15 minutes after the access mode
// STRICT is taken away, the endpoint is out of reach; what it answers then is not
// documented.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html (documented)
func (s *Sim) viaDomain(v visit, d *domain, now time.Time) answer {
	switch {
	case now.Before(d.AwayTill):
		return s.gatewayError("REST", http.StatusServiceUnavailable, "", "Service Unavailable")
	case d.RoutingMode == routingRulesOnly:
		return s.forbidden()
	}
	var best *mapping
	path := strings.TrimPrefix(v.path, "/")
	for _, m := range d.Mappings {
		m := m.at(now)
		if m == nil || !underKey(path, m.Key) {
			continue
		}
		if best == nil || len(m.Key) > len(best.Key) {
			best = m
		}
	}
	if best == nil {
		return s.forbidden()
	}
	r := s.regions[regionKey{d.Account, d.Region}]
	if r == nil || r.apis[best.API] == nil {
		return s.forbidden()
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(path, best.Key), "/")
	stage := best.Stage
	if stage == "" {
		stage, rest, _ = strings.Cut(rest, "/")
	}
	return s.invoke(v, r.apis[best.API], stage, "/"+rest, best.Key)
}

// underKey says whether a path without its leading slash lies under a key.
func underKey(path, key string) bool {
	return key == "" || path == key || strings.HasPrefix(path, key+"/")
}

// viaExecute is the API's own name: the stage is the first segment, except
// for an HTTP API's $default.
func (s *Sim) viaExecute(v visit, a *api) answer {
	stage, rest, _ := strings.Cut(strings.TrimPrefix(v.path, "/"), "/")
	rest = "/" + rest
	if a.Kind == "HTTP" && a.Stages[stage] == nil {
		stage, rest = "$default", v.path
	}
	if a.closedAt(stage) {
		return s.forbidden()
	}
	return s.invoke(v, a, stage, rest, "")
}

// forbidden is API Gateway's answer to a Host or path it has no API for.
func (s *Sim) forbidden() answer {
	return s.gatewayError("REST", http.StatusForbidden, "ForbiddenException", "Forbidden")
}

func (s *Sim) gatewayError(kind string, status int, code, message string) answer {
	h := s.gatewayHeader(kind)
	if code != "" {
		h.Set("X-Amzn-Errortype", code)
	}
	return answer{Status: status, Header: h, Body: []byte(`{"message":` + strconv.Quote(message) + `}`)}
}

// gatewayHeader is what API Gateway adds to every answer.
func (s *Sim) gatewayHeader(kind string) http.Header {
	h := http.Header{"Content-Type": {"application/json"}}
	if kind == "HTTP" {
		h.Set("Apigw-Requestid", s.net.token(15)+"=")
		return h
	}
	h.Set("X-Amzn-Requestid", s.net.requestID())
	h.Set("X-Amz-Apigw-Id", s.net.token(15)+"=")
	return h
}
