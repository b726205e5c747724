package sim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// noPath is how v1 writes the root path, and noStage the stage left open.
const noPath = "(none)"

// mappingV1 is a base path mapping.
type mappingV1 struct {
	BasePath  string `json:"basePath,omitempty"`
	RestAPIID string `json:"restApiId,omitempty"`
	Stage     string `json:"stage,omitempty"`
}

func writeMappingV1(m *mapping) mappingV1 {
	return mappingV1{BasePath: or(m.Key, noPath), RestAPIID: m.API, Stage: m.Stage}
}

// fromV1 takes v1's "(none)" for the empty string that is stored.
func fromV1(v string) string {
	if v == noPath {
		return ""
	}
	return v
}

// checkMappingV1 is rule V15 where v1 is stricter: a key has one level, the API
// is a REST API, and no mapping is added to a domain that has mappings of other
// kinds of API.
// https://github.com/serverless/serverless/issues/7459
// https://github.com/CodeGenieApp/serverless-express/issues/596
func (s *Sim) checkMappingV1(req *request, d *domain, m, without *mapping) error {
	if strings.Contains(m.Key, "/") {
		return badRequest("Base path may contain only letters, numbers and one of $-_.+!*'()")
	}
	apis := s.region(req.account.ID, req.region).apis
	a := apis[m.API]
	if a == nil {
		return badRequest("Invalid REST API identifier specified")
	}
	if a.Kind != "REST" {
		return badRequest(mixing)
	}
	for _, other := range d.Mappings {
		if o := apis[other.API]; without == nil && o != nil && o.Kind != "REST" {
			return badRequest(mixing) // nobody has recorded what a change of a mapping says
		}
	}
	return s.checkMapping(req, d, m, without)
}

// createMappingV1 answers CreateBasePathMapping.
func (s *Sim) createMappingV1(req *request) (answer, error) {
	d, err := s.findDomain(req)
	if err != nil {
		return answer{}, err
	}
	var in mappingV1
	if err := decodeJSON(req, &in); err != nil {
		return answer{}, err
	}
	m := &mapping{ID: s.newLowerID("", 6), Key: fromV1(in.BasePath), API: in.RestAPIID, Stage: fromV1(in.Stage)}
	if err := s.checkMappingV1(req, d, m, nil); err != nil {
		return answer{}, err
	}
	if d.Mappings[m.Key] != nil {
		return answer{}, gatewayConflict("Base path already exists for this domain name")
	}
	s.putMapping(d, m, nil)
	return jsonAnswer(http.StatusCreated, writeMappingV1(m))
}

// findMappingV1 is the domain and its mapping of the request.
func (s *Sim) findMappingV1(req *request) (*domain, *mapping, error) {
	d, err := s.findDomain(req)
	if err != nil {
		return nil, nil, err
	}
	m := d.Mappings[fromV1(req.arg("path"))]
	if m == nil {
		return nil, nil, gatewayNotFound("Invalid base path mapping identifier specified")
	}
	return d, m, nil
}

// getMappingV1 answers GetBasePathMapping.
func (s *Sim) getMappingV1(req *request) (answer, error) {
	_, m, err := s.findMappingV1(req)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, writeMappingV1(m))
}

// getMappingsV1 answers GetBasePathMappings. Mappings made by v2 are there too.
func (s *Sim) getMappingsV1(req *request) (answer, error) {
	d, err := s.findDomain(req)
	if err != nil {
		return answer{}, err
	}
	page, next, err := s.pageOf(req, slices.Collect(maps.Keys(d.Mappings)))
	if err != nil {
		return answer{}, err
	}
	out := v1List{Items: []any{}, Position: next}
	for _, key := range page {
		out.Items = append(out.Items, writeMappingV1(d.Mappings[key]))
	}
	return jsonAnswer(http.StatusOK, out)
}

// updateMappingV1 answers UpdateBasePathMapping.
func (s *Sim) updateMappingV1(req *request) (answer, error) {
	d, m, err := s.findMappingV1(req)
	if err != nil {
		return answer{}, err
	}
	var in patch
	if err := decodeJSON(req, &in); err != nil {
		return answer{}, err
	}
	changed := *m
	for _, op := range in.Operations {
		if op.Op != "replace" {
			return answer{}, invalidPatch(op)
		}
		switch strings.ToLower(op.Path) {
		case "/stage":
			changed.Stage = fromV1(op.Value)
		case "/restapiid":
			changed.API = op.Value
		case "/basepath":
			changed.Key = fromV1(op.Value)
		default:
			return answer{}, invalidPatch(op)
		}
	}
	if err := s.checkMappingV1(req, d, &changed, m); err != nil {
		return answer{}, err
	}
	if other := d.Mappings[changed.Key]; other != nil && other != m {
		return answer{}, gatewayConflict("Base path already exists for this domain name")
	}
	s.putMapping(d, &changed, m)
	return jsonAnswer(http.StatusOK, writeMappingV1(&changed))
}

// deleteMappingV1 answers DeleteBasePathMapping.
func (s *Sim) deleteMappingV1(req *request) (answer, error) {
	d, m, err := s.findMappingV1(req)
	if err != nil {
		return answer{}, err
	}
	delete(d.Mappings, m.Key)
	return emptyAnswer(http.StatusAccepted)
}
