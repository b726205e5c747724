package sim

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// apiV1 is a REST API as v1 shows it.
type apiV1 struct {
	ID              string            `json:"id"`
	Name            string            `json:"name"`
	CreatedDate     int64             `json:"createdDate"`
	Endpoint        *endpointV1       `json:"endpointConfiguration"`
	KeySource       string            `json:"apiKeySource"`
	DisableExecute  bool              `json:"disableExecuteApiEndpoint"`
	RootResourceID  string            `json:"rootResourceId"`
	Tags            map[string]string `json:"tags,omitzero"`
	SecurityPolicy  string            `json:"securityPolicy,omitempty"`
	EndpointAccess  string            `json:"endpointAccessMode,omitempty"`
	ResourcePolicy  string            `json:"policy,omitempty"`
	BinaryMediaType []string          `json:"binaryMediaTypes,omitempty"`
}

func writeAPIV1(a *api) apiV1 {
	ip := "ipv4"
	if a.Endpoint == "PRIVATE" {
		ip = "dualstack"
	}
	return apiV1{
		ID: a.ID, Name: a.Name, CreatedDate: epochSeconds(a.CreatedAt), Endpoint: &endpointV1{Types: []string{a.Endpoint}, IPType: ip},
		KeySource: "HEADER", DisableExecute: a.DisableExecute, RootResourceID: a.rootID(), Tags: copyTags(a.Tags),
		ResourcePolicy: strings.ReplaceAll(a.Policy, `"`, `\"`), // AWS escapes it once more
	}
}

// apiV2 is an HTTP or WebSocket API as v2 shows it.
type apiV2 struct {
	ID             string            `json:"apiId"`
	Endpoint       string            `json:"apiEndpoint"`
	Name           string            `json:"name"`
	Protocol       string            `json:"protocolType"`
	Route          string            `json:"routeSelectionExpression"`
	KeySelection   string            `json:"apiKeySelectionExpression"`
	CreatedDate    string            `json:"createdDate"`
	IPType         string            `json:"ipAddressType"`
	DisableExecute bool              `json:"disableExecuteApiEndpoint"`
	Tags           map[string]string `json:"tags"`
}

func writeAPIV2(a *api, region string) apiV2 {
	v := apiV2{
		ID: a.ID, Endpoint: "https://" + a.ID + ".execute-api." + region + ".amazonaws.com", Name: a.Name, Protocol: a.Kind,
		Route: "$request.method $request.path", KeySelection: "$request.header.x-api-key",
		CreatedDate: isoTime(a.CreatedAt), IPType: "ipv4", DisableExecute: a.DisableExecute, Tags: copyTags(a.Tags),
	}
	if a.Kind == "WEBSOCKET" {
		v.Endpoint = "wss://" + a.ID + ".execute-api." + region + ".amazonaws.com"
		v.Route = "$request.body.action"
	}
	return v
}

// arn is the API's ARN, which has no account.
func (a *api) arn(region string) string {
	if a.Kind == "REST" {
		return "arn:aws:apigateway:" + region + "::/restapis/" + a.ID
	}
	return "arn:aws:apigateway:" + region + "::/apis/" + a.ID
}

// findAPI is the API of the request. v1 sees REST APIs only, v2 the others.
func (s *Sim) findAPI(req *request, rest bool) (*api, error) {
	a, ok := s.region(req.account.ID, req.region).apis[req.arg("id")]
	if !ok || (a.Kind == "REST") != rest {
		return nil, gatewayNotFound("Invalid API identifier specified %s:%s", req.account.ID, req.arg("id"))
	}
	return a, nil
}

// apiIDs are the IDs of REST APIs, or of all others.
func (s *Sim) apiIDs(req *request, rest bool) []string {
	var ids []string
	for id, a := range s.region(req.account.ID, req.region).apis {
		if (a.Kind == "REST") == rest {
			ids = append(ids, id)
		}
	}
	return ids
}

// getAPIsV1 answers GetRestApis.
func (s *Sim) getAPIsV1(req *request) (answer, error) {
	page, next, err := s.pageOf(req, s.apiIDs(req, true))
	if err != nil {
		return answer{}, err
	}
	out := v1List{Items: []any{}, Position: next}
	for _, id := range page {
		item := writeAPIV1(s.region(req.account.ID, req.region).apis[id])
		if len(item.Tags) == 0 {
			item.Tags = nil // the list leaves the member out where there are none
		}
		out.Items = append(out.Items, item)
	}
	return jsonAnswer(http.StatusOK, out)
}

// getAPIV1 answers GetRestApi.
func (s *Sim) getAPIV1(req *request) (answer, error) {
	a, err := s.findAPI(req, true)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, writeAPIV1(a))
}

// updateAPIV1 answers UpdateRestApi: the name, whether the default endpoint is
// open, and the resource policy. That takes effect at once here; AWS wants a new
// deployment for it.
func (s *Sim) updateAPIV1(req *request) (answer, error) {
	a, err := s.findAPI(req, true)
	if err != nil {
		return answer{}, err
	}
	var in patch
	if err := decodeJSON(req, &in); err != nil {
		return answer{}, err
	}
	changed := *a
	for _, op := range in.Operations {
		if op.Op != "replace" {
			return answer{}, invalidPatch(op)
		}
		switch op.Path {
		case "/name":
			changed.Name = op.Value
		case "/disableExecuteApiEndpoint":
			closed, err := strconv.ParseBool(op.Value)
			if err != nil {
				return answer{}, badRequest("Invalid boolean value: %s", op.Value)
			}
			changed.setExecute(closed)
		case "/policy":
			if _, err := parseResourcePolicy(op.Value); op.Value != "" && err != nil {
				return answer{}, badRequest("Invalid policy document. Please check the policy syntax and ensure that Principals are valid. %v", err)
			}
			changed.Policy = op.Value
		default:
			return answer{}, notModelled("the patch path %s of UpdateRestApi", op.Path)
		}
	}
	*a = changed
	return jsonAnswer(http.StatusOK, writeAPIV1(a))
}

// deleteAPIV1 answers DeleteRestApi.
func (s *Sim) deleteAPIV1(req *request) (answer, error) {
	if err := s.removeAPI(req, true); err != nil {
		return answer{}, err
	}
	return emptyAnswer(http.StatusAccepted)
}

// removeAPI is rule V15 seen from the API: one that is mapped stays.
func (s *Sim) removeAPI(req *request, rest bool) error {
	a, err := s.findAPI(req, rest)
	if err != nil {
		return err
	}
	r := s.region(req.account.ID, req.region)
	for _, d := range r.domains {
		for _, m := range d.Mappings {
			if m.API == a.ID {
				return badRequest("Deleting API '%s' failed. Please remove all API mappings related to the API", a.ID)
			}
		}
	}
	delete(r.apis, a.ID)
	return nil
}

// getAPIsV2 answers GetApis: HTTP and WebSocket APIs, no REST ones.
func (s *Sim) getAPIsV2(req *request) (answer, error) {
	page, next, err := s.pageOf(req, s.apiIDs(req, false))
	if err != nil {
		return answer{}, err
	}
	out := v2List{Items: []any{}, Next: next}
	for _, id := range page {
		out.Items = append(out.Items, writeAPIV2(s.region(req.account.ID, req.region).apis[id], req.region))
	}
	return jsonAnswer(http.StatusOK, out)
}

// getAPIV2 answers GetApi.
func (s *Sim) getAPIV2(req *request) (answer, error) {
	a, err := s.findAPI(req, false)
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(http.StatusOK, writeAPIV2(a, req.region))
}

// updateAPIV2 answers UpdateApi: the name, and whether the default endpoint is
// open.
func (s *Sim) updateAPIV2(req *request) (answer, error) {
	a, err := s.findAPI(req, false)
	if err != nil {
		return answer{}, err
	}
	var in struct {
		Name           *string `json:"name"`
		DisableExecute *bool   `json:"disableExecuteApiEndpoint"`
	}
	if err := decodeJSON(req, &in); err != nil {
		return answer{}, err
	}
	if in.Name != nil {
		a.Name = *in.Name
	}
	if in.DisableExecute != nil {
		a.setExecute(*in.DisableExecute)
	}
	return jsonAnswer(http.StatusOK, writeAPIV2(a, req.region))
}

// deleteAPIV2 answers DeleteApi.
func (s *Sim) deleteAPIV2(req *request) (answer, error) {
	if err := s.removeAPI(req, false); err != nil {
		return answer{}, err
	}
	return emptyAnswer(http.StatusNoContent)
}

func writeStageV1(st *stage) map[string]any {
	v := map[string]any{
		"stageName": st.Name, "deploymentId": st.deployment(), "createdDate": epochSeconds(st.CreatedAt), "lastUpdatedDate": epochSeconds(st.CreatedAt),
		"cacheClusterEnabled": false, "cacheClusterStatus": "NOT_AVAILABLE", "methodSettings": map[string]any{}, "tracingEnabled": false,
	}
	if st.Description != "" {
		v["description"] = st.Description
	}
	return v
}

func writeStageV2(st *stage) map[string]any {
	return map[string]any{
		"stageName": st.Name, "deploymentId": st.deployment(), "createdDate": isoTime(st.CreatedAt), "lastUpdatedDate": isoTime(st.CreatedAt),
		"autoDeploy": st.autoDeploys(), "defaultRouteSettings": map[string]any{"detailedMetricsEnabled": false},
		"routeSettings": map[string]any{}, "stageVariables": map[string]any{}, "tags": map[string]any{},
	}
}

// getStagesV1 answers GetStages of v1, which has no pages.
func (s *Sim) getStagesV1(req *request) (answer, error) {
	a, err := s.findAPI(req, true)
	if err != nil {
		return answer{}, err
	}
	out := v1List{Items: []any{}}
	for _, name := range slices.Sorted(maps.Keys(a.Stages)) {
		out.Items = append(out.Items, writeStageV1(a.Stages[name]))
	}
	return jsonAnswer(http.StatusOK, out)
}

// getStageV1 answers GetStage of v1.
func (s *Sim) getStageV1(req *request) (answer, error) {
	a, err := s.findAPI(req, true)
	if err != nil {
		return answer{}, err
	}
	st, ok := a.Stages[req.arg("stage")]
	if !ok {
		return answer{}, gatewayNotFound("Invalid stage identifier specified")
	}
	out := writeStageV1(st)
	if arn := s.firewallOf(a.arn(s.homeOf(a).region) + "/stages/" + st.Name); arn != "" {
		out["webAclArn"] = arn
	}
	return jsonAnswer(http.StatusOK, out)
}

// getStagesV2 answers GetStages of v2.
func (s *Sim) getStagesV2(req *request) (answer, error) {
	a, err := s.findAPI(req, false)
	if err != nil {
		return answer{}, err
	}
	page, next, err := s.pageOf(req, slices.Collect(maps.Keys(a.Stages)))
	if err != nil {
		return answer{}, err
	}
	out := v2List{Items: []any{}, Next: next}
	for _, name := range page {
		out.Items = append(out.Items, writeStageV2(a.Stages[name]))
	}
	return jsonAnswer(http.StatusOK, out)
}

// getStageV2 answers GetStage of v2.
func (s *Sim) getStageV2(req *request) (answer, error) {
	a, err := s.findAPI(req, false)
	if err != nil {
		return answer{}, err
	}
	st, ok := a.Stages[req.arg("stage")]
	if !ok {
		return answer{}, gatewayNotFound("Invalid stage identifier specified")
	}
	return jsonAnswer(http.StatusOK, writeStageV2(st))
}

// deleteStageV1 answers DeleteStage of v1, deleteStageV2 that of v2.
func (s *Sim) deleteStageV1(req *request) (answer, error) {
	if err := s.removeStage(req, true); err != nil {
		return answer{}, err
	}
	return emptyAnswer(http.StatusAccepted)
}

func (s *Sim) deleteStageV2(req *request) (answer, error) {
	if err := s.removeStage(req, false); err != nil {
		return answer{}, err
	}
	return emptyAnswer(http.StatusNoContent)
}

// removeStage is rule V15 seen from the stage: one that is mapped stays, in the
// words that people report.
// https://github.com/hashicorp/terraform-provider-aws/issues/41651
// https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteStage.html
func (s *Sim) removeStage(req *request, rest bool) error {
	a, err := s.findAPI(req, rest)
	if err != nil {
		return err
	}
	name := req.arg("stage")
	if a.Stages[name] == nil {
		return gatewayNotFound("Invalid stage identifier specified")
	}
	var mapped []string
	for at, d := range s.region(req.account.ID, req.region).domains {
		for _, m := range d.Mappings {
			if m.API == a.ID && m.Stage == name && !slices.Contains(mapped, at) {
				mapped = append(mapped, at)
			}
		}
	}
	if slices.Sort(mapped); len(mapped) > 0 {
		return badRequest("Deleting stage %s failed. Please remove all base path mappings related to the stage in your domains: %s", name, strings.Join(mapped, ", "))
	}
	delete(a.Stages, name)
	return nil
}
