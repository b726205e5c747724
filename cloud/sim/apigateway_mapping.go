package sim

import (
	"regexp"
	"strings"
	"time"
)

// keyPattern is what a base path or mapping key is made of.
var keyPattern = regexp.MustCompile(`^[A-Za-z0-9$\-_.+!*'()/]{0,300}$`)

// maxDeepMappings is how many multi-level mappings a domain may have.
const maxDeepMappings = 200

// at is the mapping that the edges know at a moment, nil for none. While a
// change is on its way, that is the mapping from before.
func (m *mapping) at(now time.Time) *mapping {
	if now.Before(m.Since) {
		return m.Before
	}
	return m
}

// checkMapping is rule V15 for both versions: the key's characters, the API and
// its stage, and which kinds of API may share a domain. without is the mapping
// that m replaces, nil for a new one.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
func (s *Sim) checkMapping(req *request, d *domain, m *mapping, without *mapping) error {
	if d.RoutingMode == routingRulesOnly {
		return badRequest("The routing mode of the domain name is ROUTING_RULE_ONLY: API mappings cannot be created")
	}
	if err := checkKey(m.Key); err != nil {
		return err
	}
	a, ok := s.region(req.account.ID, req.region).apis[m.API]
	if !ok {
		return badRequest("Invalid API identifier specified: %s:%s", req.account.ID, m.API)
	}
	if a.Endpoint == "PRIVATE" {
		return badRequest("Cannot map the private API %s to a public domain name", m.API)
	}
	if m.Stage != "" && a.Stages[m.Stage] == nil {
		return badRequest("Invalid stage identifier specified")
	}
	if a.Kind != "REST" && d.Security != "TLS_1_2" {
		return badRequest("%s APIs can only be mapped to domain names with the security policy TLS_1_2", kindName(a.Kind))
	}
	deep := 0
	for _, other := range d.Mappings {
		if other == without {
			continue
		}
		if strings.Contains(other.Key, "/") {
			deep++
		}
		o := s.region(req.account.ID, req.region).apis[other.API]
		if o != nil && (o.Kind == "WEBSOCKET") != (a.Kind == "WEBSOCKET") {
			return badRequest("WebSocket APIs cannot share a domain name with REST or HTTP APIs")
		}
	}
	if strings.Contains(m.Key, "/") && deep >= maxDeepMappings {
		return badRequest("The domain name already has %d multi-level API mappings", maxDeepMappings)
	}
	return nil
}

func kindName(kind string) string {
	if kind == "WEBSOCKET" {
		return "WebSocket"
	}
	return kind
}

// checkKey is rule V15 for the key: its characters, at most 300 of them, and no
// empty segment. "/" alone is refused too; the root is "".
func checkKey(key string) error {
	if !keyPattern.MatchString(key) || strings.HasPrefix(key, "/") || strings.HasSuffix(key, "/") || strings.Contains(key, "//") {
		return badRequest("An ApiMapping key may contain only letters, numbers and one of $-_.+!*'()")
	}
	return nil
}

// putMapping adds a mapping to the domain; it answers after Pace.MappingDelay.
// before is what it replaces, nil for nothing.
func (s *Sim) putMapping(d *domain, m, before *mapping) {
	now := s.now()
	m.Since = now.Add(s.takes(s.cfg.Pace.MappingDelay, "mapping", d.Name+"/"+m.Key, now))
	if before != nil {
		if known := before.at(now); known != nil {
			was := *known
			was.Before = nil
			m.Before = &was
		}
		delete(d.Mappings, before.Key)
	}
	d.Mappings[m.Key] = m
}
