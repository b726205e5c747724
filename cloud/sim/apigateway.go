package sim

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// gatewayRoutes are the operations of API Gateway: v1, and v2 under /v2. Both
// are views of one store.
//
// https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html
var gatewayRoutes = []route{
	{http.MethodPost, "/domainnames", "CreateDomainName", (*Sim).createDomainV1},
	{http.MethodGet, "/domainnames", "GetDomainNames", (*Sim).getDomainsV1},
	{http.MethodGet, "/domainnames/{name}", "GetDomainName", (*Sim).getDomainV1},
	{http.MethodPatch, "/domainnames/{name}", "UpdateDomainName", (*Sim).updateDomainV1},
	{http.MethodDelete, "/domainnames/{name}", "DeleteDomainName", (*Sim).deleteDomainV1},
	{http.MethodPost, "/domainnames/{name}/basepathmappings", "CreateBasePathMapping", (*Sim).createMappingV1},
	{http.MethodGet, "/domainnames/{name}/basepathmappings", "GetBasePathMappings", (*Sim).getMappingsV1},
	{http.MethodGet, "/domainnames/{name}/basepathmappings/{path}", "GetBasePathMapping", (*Sim).getMappingV1},
	{http.MethodPatch, "/domainnames/{name}/basepathmappings/{path}", "UpdateBasePathMapping", (*Sim).updateMappingV1},
	{http.MethodDelete, "/domainnames/{name}/basepathmappings/{path}", "DeleteBasePathMapping", (*Sim).deleteMappingV1},
	{http.MethodGet, "/restapis", "GetRestApis", (*Sim).getAPIsV1},
	{http.MethodGet, "/restapis/{id}", "GetRestApi", (*Sim).getAPIV1},
	{http.MethodPatch, "/restapis/{id}", "UpdateRestApi", (*Sim).updateAPIV1},
	{http.MethodDelete, "/restapis/{id}", "DeleteRestApi", (*Sim).deleteAPIV1},
	{http.MethodGet, "/restapis/{id}/stages", "GetStages", (*Sim).getStagesV1},
	{http.MethodGet, "/restapis/{id}/stages/{stage}", "GetStage", (*Sim).getStageV1},
	{http.MethodPatch, "/restapis/{id}/stages/{stage}", "UpdateStage", (*Sim).updateStageV1},
	{http.MethodDelete, "/restapis/{id}/stages/{stage}", "DeleteStage", (*Sim).deleteStageV1},
	{http.MethodPost, "/restapis/{id}/deployments", "CreateDeployment", (*Sim).createDeploymentV1},
	{http.MethodGet, "/restapis/{id}/resources", "GetResources", (*Sim).getPaths},
	{http.MethodGet, "/restapis/{id}/resources/{resource}", "GetResource", (*Sim).getResource},
	{http.MethodGet, "/restapis/{id}/resources/{resource}/methods/{verb}", "GetMethod", (*Sim).getMethod},
	{http.MethodPatch, "/restapis/{id}/resources/{resource}/methods/{verb}", "UpdateMethod", (*Sim).updateMethod},
	{http.MethodGet, "/restapis/{id}/resources/{resource}/methods/{verb}/integration", "GetIntegration", (*Sim).getIntegration},
	{http.MethodPut, "/tags/{arn}", "TagResource", (*Sim).tagGatewayV1},
	{http.MethodGet, "/tags/{arn}", "GetTags", (*Sim).getGatewayTags},
	{http.MethodDelete, "/tags/{arn}", "UntagResource", (*Sim).untagGateway},
	{http.MethodGet, "/account", "GetAccount", (*Sim).getGatewayAccount},

	{http.MethodPost, "/v2/domainnames", "CreateDomainName", (*Sim).createDomainV2},
	{http.MethodGet, "/v2/domainnames", "GetDomainNames", (*Sim).getDomainsV2},
	{http.MethodGet, "/v2/domainnames/{name}", "GetDomainName", (*Sim).getDomainV2},
	{http.MethodPatch, "/v2/domainnames/{name}", "UpdateDomainName", (*Sim).updateDomainV2},
	{http.MethodDelete, "/v2/domainnames/{name}", "DeleteDomainName", (*Sim).deleteDomainV2},
	{http.MethodPost, "/v2/domainnames/{name}/apimappings", "CreateApiMapping", (*Sim).createMappingV2},
	{http.MethodGet, "/v2/domainnames/{name}/apimappings", "GetApiMappings", (*Sim).getMappingsV2},
	{http.MethodGet, "/v2/domainnames/{name}/apimappings/{id}", "GetApiMapping", (*Sim).getMappingV2},
	{http.MethodPatch, "/v2/domainnames/{name}/apimappings/{id}", "UpdateApiMapping", (*Sim).updateMappingV2},
	{http.MethodDelete, "/v2/domainnames/{name}/apimappings/{id}", "DeleteApiMapping", (*Sim).deleteMappingV2},
	{http.MethodGet, "/v2/domainnames/{name}/routingrules", "ListRoutingRules", (*Sim).listRoutingRules},
	{http.MethodGet, "/v2/apis", "GetApis", (*Sim).getAPIsV2},
	{http.MethodGet, "/v2/apis/{id}", "GetApi", (*Sim).getAPIV2},
	{http.MethodPatch, "/v2/apis/{id}", "UpdateApi", (*Sim).updateAPIV2},
	{http.MethodDelete, "/v2/apis/{id}", "DeleteApi", (*Sim).deleteAPIV2},
	{http.MethodGet, "/v2/apis/{id}/stages", "GetStages", (*Sim).getStagesV2},
	{http.MethodGet, "/v2/apis/{id}/stages/{stage}", "GetStage", (*Sim).getStageV2},
	{http.MethodDelete, "/v2/apis/{id}/stages/{stage}", "DeleteStage", (*Sim).deleteStageV2},
	{http.MethodPost, "/v2/apis/{id}/deployments", "CreateDeployment", (*Sim).createDeploymentV2},
	{http.MethodGet, "/v2/apis/{id}/routes", "GetRoutes", (*Sim).getRoutes},
	{http.MethodGet, "/v2/apis/{id}/routes/{route}", "GetRoute", (*Sim).getRoute},
	{http.MethodPatch, "/v2/apis/{id}/routes/{route}", "UpdateRoute", (*Sim).updateRoute},
	{http.MethodGet, "/v2/apis/{id}/integrations", "GetIntegrations", (*Sim).getIntegrations},
	{http.MethodPost, "/v2/tags/{arn}", "TagResource", (*Sim).tagGatewayV2},
	{http.MethodGet, "/v2/tags/{arn}", "GetTags", (*Sim).getGatewayTags},
	{http.MethodDelete, "/v2/tags/{arn}", "UntagResource", (*Sim).untagGateway},
}

// gatewayID is API Gateway's own request ID, eleven octets in Base64. It is made
// of the ID that every service gives.
func gatewayID(requestID string) string {
	sum := sha256.Sum256([]byte(requestID))
	return base64.StdEncoding.EncodeToString(sum[:11])
}

// apigateway answers API Gateway, both versions.
func (s *Sim) apigateway(req *request) (answer, error) {
	if err := s.gatewayRate(req); err != nil {
		return answer{}, err
	}
	return s.route(req, gatewayRoutes)
}

// gatewayRate is rule V13, its first half: all management calls of an account
// and region share 10 a second with a burst of 40.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
func (s *Sim) gatewayRate(req *request) error {
	rate := float64(s.cfg.Pace.GatewayRate)
	if rate == 0 {
		return nil
	}
	r, now := s.region(req.account.ID, req.region), s.now()
	r.gatewayUsed = max(0, r.gatewayUsed-rate*now.Sub(r.gatewayAt).Seconds())
	r.gatewayAt = now
	if r.gatewayUsed+1 > 4*rate {
		return tooManyRequests(time.Second)
	}
	r.gatewayUsed++
	return nil
}

// domainQuota is rule V13, its second half: CreateDomainName, UpdateDomainName
// and DeleteDomainName may each be called once in 30 s (Pace.DomainQuota) in
// an account and region, by v1 and v2 together, whether they succeed or not.
func (s *Sim) domainQuota(req *request) error {
	quota := s.cfg.Pace.DomainQuota
	if quota == 0 {
		return nil
	}
	r, now := s.region(req.account.ID, req.region), s.now()
	if last, ok := r.lastMutation[req.op]; ok && now.Sub(last) < quota {
		return tooManyRequests(quota - now.Sub(last))
	}
	r.lastMutation[req.op] = now
	return nil
}

func tooManyRequests(wait time.Duration) *apiError {
	return &apiError{
		Status: http.StatusTooManyRequests, Code: "TooManyRequestsException", Message: "Too Many Requests",
		RetryAfter: max(1, int(math.Ceil(wait.Seconds()))),
	}
}

// badRequest and its kin are API Gateway's refusals.
func badRequest(format string, args ...any) *apiError {
	return refuseWith(http.StatusBadRequest, "BadRequestException", format, args...)
}

func gatewayConflict(format string, args ...any) *apiError {
	return refuseWith(http.StatusConflict, "ConflictException", format, args...)
}

func gatewayNotFound(format string, args ...any) *apiError {
	return refuseWith(http.StatusNotFound, "NotFoundException", format, args...)
}

// decodeJSON reads a body. A member that v does not have is something the
// simulator does not model.
func decodeJSON(req *request, v any) error {
	d := json.NewDecoder(bytes.NewReader(req.body))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, more := d.Token(); errors.Is(more, io.EOF) {
			return nil
		}
		return badRequest("Invalid request input")
	}
	if field, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return notModelled("the member %s of %s", field, req.op)
	}
	if errors.Is(err, io.EOF) {
		return badRequest("Invalid request input")
	}
	return refuseWith(http.StatusBadRequest, "SerializationException", "Could not parse the request body: %v", err)
}

// A patch is the body of a v1 update.
type patch struct {
	Operations []patchOperation `json:"patchOperations"`
}

type patchOperation struct {
	Op    string `json:"op"` // add, remove, replace
	Path  string `json:"path"`
	Value string `json:"value"`
	From  string `json:"from"`
}

// paths gives the segments of a patch path: "/a~1b" is one segment, "a/b".
func (o patchOperation) paths() []string {
	segments := strings.Split(strings.TrimPrefix(o.Path, "/"), "/")
	for i := range segments {
		segments[i] = strings.ReplaceAll(strings.ReplaceAll(segments[i], "~1", "/"), "~0", "~")
	}
	return segments
}

func invalidPatch(o patchOperation) *apiError {
	return badRequest("Invalid patch path  '%s' specified for op '%s'.", o.Path, o.Op)
}

// pageOf is rule V33 for API Gateway: a page of the sorted keys and the token
// of the next one. v1 asks by limit and position, v2 by maxResults and
// nextToken.
func (s *Sim) pageOf(req *request, keys []string) (page []string, next string, err error) {
	size, limitParam, tokenParam := 25, "limit", "position"
	if strings.HasPrefix(req.r.URL.Path, "/v2/") {
		size, limitParam, tokenParam = 100, "maxResults", "nextToken"
	}
	if v := req.query(limitParam); v != "" {
		n, convErr := strconv.Atoi(v)
		if convErr != nil || n < 1 {
			return nil, "", badRequest("Invalid value for parameter %s", limitParam)
		}
		size = min(n, 500)
	}
	if s.cfg.PageSize > 0 {
		size = min(size, s.cfg.PageSize)
	}
	slices.Sort(keys)
	if v := req.query(tokenParam); v != "" {
		last, decErr := base64.RawURLEncoding.DecodeString(v)
		if decErr != nil || !strings.HasPrefix(string(last), "/") {
			return nil, "", badRequest("Invalid position parameter specified")
		}
		from, found := slices.BinarySearch(keys, string(last[1:]))
		if found {
			from++
		}
		keys = keys[from:]
	}
	if len(keys) <= size {
		return keys, "", nil
	}
	return keys[:size], base64.RawURLEncoding.EncodeToString([]byte("/" + keys[size-1])), nil // the root's key is empty
}

// A v1List is a list as v1 writes it: its key is "item", not "items".
type v1List struct {
	Items    []any  `json:"item"`
	Position string `json:"position,omitempty"`
}

// A v2List is a list as v2 writes it.
type v2List struct {
	Items []any  `json:"items"`
	Next  string `json:"nextToken,omitempty"`
}

// epochSeconds is a time as v1 writes it: seconds.
func epochSeconds(t time.Time) int64 { return t.Unix() }

// isoTime is a time as v2 and CloudFront write it.
func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// getGatewayAccount answers GetAccount with the usual limits.
func (s *Sim) getGatewayAccount(*request) (answer, error) {
	return jsonAnswer(http.StatusOK, map[string]any{
		"throttleSettings": map[string]any{"burstLimit": 5000, "rateLimit": 10000.0},
		"features":         []string{"UsagePlans"},
		"apiKeyVersion":    "4",
	})
}
