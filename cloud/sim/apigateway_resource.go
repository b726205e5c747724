package sim

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// resourceV1 is a path of a REST API. Methods has an empty object for each verb
// unless the methods were asked for with the resources.
type resourceV1 struct {
	ID       string         `json:"id"`
	ParentID string         `json:"parentId,omitempty"`
	PathPart string         `json:"pathPart,omitempty"`
	Path     string         `json:"path"`
	Methods  map[string]any `json:"resourceMethods,omitempty"`
}

// methodV1 is a method of a REST API as v1 shows it.
type methodV1 struct {
	Verb          string         `json:"httpMethod"`
	Authorization string         `json:"authorizationType"`
	AuthorizerID  string         `json:"authorizerId,omitempty"`
	APIKey        bool           `json:"apiKeyRequired"`
	Responses     map[string]any `json:"methodResponses,omitempty"`
	Integration   any            `json:"methodIntegration,omitempty"`
}

// paths are the resources of a REST API: those with methods, and those above.
func (a *api) paths() []string {
	all := map[string]bool{"/": true}
	for _, m := range a.methods() {
		_, path := m.split()
		for path != "" && path != "/" {
			all[path] = true
			path = path[:strings.LastIndex(path, "/")]
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// rootID is the ID of the resource "/".
func (a *api) rootID() string { return a.ID[1:] + a.ID[:1] }

// resourceID is the ID of a path.
func (a *api) resourceID(path string) string {
	if path == "/" {
		return a.rootID()
	}
	return a.partID(path, 6)
}

func (a *api) writeResource(path string, embed bool) resourceV1 {
	v := resourceV1{ID: a.resourceID(path), Path: path, Methods: map[string]any{}}
	if path != "/" {
		at := strings.LastIndex(path, "/")
		v.ParentID, v.PathPart = a.resourceID(or(path[:at], "/")), path[at+1:]
	}
	for _, m := range a.methods() {
		if verb, of := m.split(); of == path {
			v.Methods[verb] = map[string]any{}
			if embed {
				v.Methods[verb] = a.writeMethod(&m)
			}
		}
	}
	return v
}

func (a *api) writeMethod(m *Method) methodV1 {
	verb, _ := m.split()
	v := methodV1{
		Verb: verb, Authorization: m.authorization(), APIKey: m.APIKey,
		Responses: map[string]any{"200": map[string]any{"statusCode": "200"}}, Integration: a.writeIntegration(m),
	}
	if v.Authorization == "CUSTOM" || v.Authorization == "COGNITO_USER_POOLS" {
		v.AuthorizerID = a.partID("authorizer "+v.Authorization, 6)
	}
	return v
}

func (a *api) writeIntegration(m *Method) map[string]any {
	verb, path := m.split()
	return map[string]any{
		"type": "HTTP_PROXY", "httpMethod": verb, "uri": "https://backend.example" + path, "connectionType": "INTERNET", "passthroughBehavior": "WHEN_NO_MATCH",
		"timeoutInMillis": int(m.limit(a.Kind) / time.Millisecond), "cacheNamespace": a.resourceID(path), "cacheKeyParameters": []string{},
	}
}

// getResources answers GetResources of v1.
func (s *Sim) getPaths(req *request) (answer, error) {
	a, err := s.findAPI(req, true)
	if err != nil {
		return answer{}, err
	}
	for _, embed := range req.r.URL.Query()["embed"] {
		if embed != "methods" {
			return answer{}, badRequest("Invalid embed parameter specified: %s", embed)
		}
	}
	page, next, err := s.pageOf(req, a.paths())
	if err != nil {
		return answer{}, err
	}
	out := v1List{Items: []any{}, Position: next}
	for _, path := range page {
		out.Items = append(out.Items, a.writeResource(path, req.query("embed") != ""))
	}
	return jsonAnswer(http.StatusOK, out)
}

// findResource is the API of the request and the path that the resource's ID
// says.
func (s *Sim) findResource(req *request) (*api, string, error) {
	a, err := s.findAPI(req, true)
	if err != nil {
		return nil, "", err
	}
	for _, path := range a.paths() {
		if a.resourceID(path) == req.arg("resource") {
			return a, path, nil
		}
	}
	return nil, "", gatewayNotFound("Invalid Resource identifier specified")
}

// getResource answers GetResource.
func (s *Sim) getResource(req *request) (answer, error) {
	a, path, err := s.findResource(req)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, a.writeResource(path, req.query("embed") == "methods"))
}

func (s *Sim) findMethod(req *request) (*api, *Method, error) {
	a, path, err := s.findResource(req)
	if err != nil {
		return nil, nil, err
	}
	m := a.named(req.arg("verb") + " " + path)
	if m == nil {
		return nil, nil, gatewayNotFound("Invalid Method identifier specified")
	}
	return a, m, nil
}

// getMethod answers GetMethod.
func (s *Sim) getMethod(req *request) (answer, error) {
	a, m, err := s.findMethod(req)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, a.writeMethod(m))
}

// getIntegration answers GetIntegration of v1.
func (s *Sim) getIntegration(req *request) (answer, error) {
	a, m, err := s.findMethod(req)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, a.writeIntegration(m))
}

// updateMethod answers UpdateMethod: what it asks of callers. It takes effect at
// once here; AWS wants a new deployment, which is not modelled.
func (s *Sim) updateMethod(req *request) (answer, error) {
	a, m, err := s.findMethod(req)
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
		switch op.Path {
		case "/apiKeyRequired":
			if changed.APIKey, err = strconv.ParseBool(op.Value); err != nil {
				return answer{}, badRequest("Invalid boolean value: %s", op.Value)
			}
		case "/authorizationType":
			if !slices.Contains(authorizations["REST"], op.Value) {
				return answer{}, badRequest("Invalid authorization type: %s", op.Value)
			}
			changed.Authorization = op.Value
		case "/authorizerId": // each API has one for each kind
		default:
			return answer{}, notModelled("the patch path %s of UpdateMethod", op.Path)
		}
	}
	a.change(changed)
	return jsonAnswer(http.StatusOK, a.writeMethod(&changed))
}

// routeV2 is a route of an HTTP or WebSocket API as v2 shows it.
type routeV2 struct {
	ID            string `json:"routeId"`
	Key           string `json:"routeKey"`
	Authorization string `json:"authorizationType"`
	AuthorizerID  string `json:"authorizerId,omitempty"`
	APIKey        bool   `json:"apiKeyRequired"`
	Target        string `json:"target"`
}

func (a *api) writeRoute(m *Method) routeV2 {
	v := routeV2{
		ID: a.partID(m.Key, 7), Key: m.Key, Authorization: m.authorization(), APIKey: m.APIKey,
		Target: "integrations/" + a.integrationID(m),
	}
	if v.Authorization == "CUSTOM" || v.Authorization == "JWT" {
		v.AuthorizerID = a.partID("authorizer "+v.Authorization, 6)
	}
	return v
}

func (a *api) integrationID(m *Method) string { return a.partID("integration "+m.Key, 7) }

// routeKeys are the keys of an API's routes.
func (a *api) routeKeys() []string {
	var keys []string
	for _, m := range a.methods() {
		keys = append(keys, m.Key)
	}
	return keys
}

// getRoutes answers GetRoutes.
func (s *Sim) getRoutes(req *request) (answer, error) {
	return s.listParts(req, func(a *api, m *Method) any { return a.writeRoute(m) })
}

// getIntegrations answers GetIntegrations: each route has one of its own.
func (s *Sim) getIntegrations(req *request) (answer, error) {
	return s.listParts(req, func(a *api, m *Method) any {
		return map[string]any{
			"integrationId": a.integrationID(m), "integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "integrationUri": "https://backend.example/",
			"connectionType": "INTERNET", "payloadFormatVersion": "1.0", "timeoutInMillis": int(m.limit(a.Kind) / time.Millisecond),
		}
	})
}

// listParts is a page of what each route of an API has.
func (s *Sim) listParts(req *request, write func(*api, *Method) any) (answer, error) {
	a, err := s.findAPI(req, false)
	if err != nil {
		return answer{}, err
	}
	page, next, err := s.pageOf(req, a.routeKeys())
	if err != nil {
		return answer{}, err
	}
	out := v2List{Items: []any{}, Next: next}
	for _, key := range page {
		out.Items = append(out.Items, write(a, a.named(key)))
	}
	return jsonAnswer(http.StatusOK, out)
}

func (s *Sim) findRoute(req *request) (*api, *Method, error) {
	a, err := s.findAPI(req, false)
	if err != nil {
		return nil, nil, err
	}
	for _, key := range a.routeKeys() {
		if m := a.named(key); a.writeRoute(m).ID == req.arg("route") {
			return a, m, nil
		}
	}
	return nil, nil, gatewayNotFound("Unable to find Route with id %s", req.arg("route"))
}

// getRoute answers GetRoute.
func (s *Sim) getRoute(req *request) (answer, error) {
	a, m, err := s.findRoute(req)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, a.writeRoute(m))
}

// updateRoute answers UpdateRoute: what it asks of callers.
func (s *Sim) updateRoute(req *request) (answer, error) {
	a, m, err := s.findRoute(req)
	if err != nil {
		return answer{}, err
	}
	var in struct {
		Authorization *string `json:"authorizationType"`
		AuthorizerID  *string `json:"authorizerId"` // each API has one for each kind
		APIKey        *bool   `json:"apiKeyRequired"`
	}
	if err := decodeJSON(req, &in); err != nil {
		return answer{}, err
	}
	changed := *m
	if in.Authorization != nil {
		changed.Authorization = *in.Authorization
	}
	if in.APIKey != nil {
		changed.APIKey = *in.APIKey
	}
	if err := changed.check(a.Kind); err != nil {
		return answer{}, badRequest("%v", err)
	}
	a.change(changed)
	return jsonAnswer(http.StatusOK, a.writeRoute(&changed))
}
