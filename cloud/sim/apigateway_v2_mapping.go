package sim

import (
	"maps"
	"net/http"
	"slices"
)

// mappingV2 is an API mapping; its ID is API Gateway's own.
type mappingV2 struct {
	ID    string  `json:"apiMappingId,omitempty"`
	APIID string  `json:"apiId,omitempty"`
	Key   *string `json:"apiMappingKey,omitempty"` // "" is the root
	Stage string  `json:"stage,omitempty"`
}

func writeMappingV2(m *mapping) mappingV2 {
	key := m.Key
	return mappingV2{ID: m.ID, APIID: m.API, Key: &key, Stage: or(m.Stage, noPath)}
}

// createMappingV2 answers CreateApiMapping.
func (s *Sim) createMappingV2(req *request) (answer, error) {
	d, err := s.findDomain(req)
	if err != nil {
		return answer{}, err
	}
	if err := d.managedByV2(); err != nil {
		return answer{}, err
	}
	var in mappingV2
	if err := decodeJSON(req, &in); err != nil {
		return answer{}, err
	}
	m := &mapping{ID: s.newLowerID("", 6), API: in.APIID, Stage: in.Stage}
	if in.Key != nil {
		m.Key = *in.Key
	}
	if m.Stage == "" {
		return answer{}, badRequest("Invalid stage identifier specified")
	}
	if err := s.checkMapping(req, d, m, nil); err != nil {
		return answer{}, err
	}
	if d.Mappings[m.Key] != nil {
		return answer{}, gatewayConflict("ApiMapping key already exists for this domain name")
	}
	s.putMapping(d, m, nil)
	return jsonAnswer(http.StatusCreated, writeMappingV2(m))
}

// findMappingV2 is the domain and its mapping of the request.
func (s *Sim) findMappingV2(req *request) (*domain, *mapping, error) {
	d, err := s.findDomain(req)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range d.Mappings {
		if m.ID == req.arg("id") {
			return d, m, nil
		}
	}
	return nil, nil, gatewayNotFound("Invalid API mapping identifier specified %s", req.arg("id"))
}

// getMappingV2 answers GetApiMapping.
func (s *Sim) getMappingV2(req *request) (answer, error) {
	_, m, err := s.findMappingV2(req)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, writeMappingV2(m))
}

// getMappingsV2 answers GetApiMappings. Mappings made by v1 are there too.
func (s *Sim) getMappingsV2(req *request) (answer, error) {
	d, err := s.findDomain(req)
	if err != nil {
		return answer{}, err
	}
	page, next, err := s.pageOf(req, slices.Collect(maps.Keys(d.Mappings)))
	if err != nil {
		return answer{}, err
	}
	out := v2List{Items: []any{}, Next: next}
	for _, key := range page {
		out.Items = append(out.Items, writeMappingV2(d.Mappings[key]))
	}
	return jsonAnswer(http.StatusOK, out)
}

// updateMappingV2 answers UpdateApiMapping; what it leaves out stays.
func (s *Sim) updateMappingV2(req *request) (answer, error) {
	d, m, err := s.findMappingV2(req)
	if err != nil {
		return answer{}, err
	}
	if err := d.managedByV2(); err != nil {
		return answer{}, err
	}
	var in mappingV2
	if err := decodeJSON(req, &in); err != nil {
		return answer{}, err
	}
	changed := *m
	changed.API, changed.Stage = or(in.APIID, m.API), or(in.Stage, m.Stage)
	if in.Key != nil {
		changed.Key = *in.Key
	}
	if err := s.checkMapping(req, d, &changed, m); err != nil {
		return answer{}, err
	}
	if other := d.Mappings[changed.Key]; other != nil && other != m {
		return answer{}, gatewayConflict("ApiMapping key already exists for this domain name")
	}
	s.putMapping(d, &changed, m)
	return jsonAnswer(http.StatusOK, writeMappingV2(&changed))
}

// deleteMappingV2 answers DeleteApiMapping.
func (s *Sim) deleteMappingV2(req *request) (answer, error) {
	d, m, err := s.findMappingV2(req)
	if err != nil {
		return answer{}, err
	}
	delete(d.Mappings, m.Key)
	return emptyAnswer(http.StatusNoContent)
}
