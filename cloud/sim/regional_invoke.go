package sim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// invoke answers for a path of a stage: it finds the method, asks whether the
// caller may, and passes the request to the backend.
func (s *Sim) invoke(v visit, a *api, stage, route, base string) answer {
	if a.Stages[stage] == nil {
		return s.forbidden()
	}
	if a.Kind == "REST" && s.blocked(a.arn(s.homeOf(a).region)+"/stages/"+stage, v) {
		return s.forbidden() // a web ACL comes before everything else
	}
	if a.Kind == "WEBSOCKET" {
		return s.handshake(v, a, stage)
	}
	s.countStage(a, stage, "Count")
	m := a.method(v.method, route)
	if m == nil {
		if a.Kind == "REST" {
			return s.missingToken()
		}
		return s.gatewayError(a.Kind, http.StatusNotFound, "", "Not Found")
	}
	if refused := s.guard(v, a, m, stage, route); refused != nil {
		return *refused
	}
	return s.backend(v, a, m, stage, route, base)
}

// missingToken is the answer of a REST API to a path or method it does not have,
// and to an unsigned call of one that wants IAM: AWS does not tell them apart.
//
// https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden
func (s *Sim) missingToken() answer {
	return s.gatewayError("REST", http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token")
}

// guard says how API Gateway refuses a request, nil if it does not: by the
// API's resource policy, the method's authorization, and its API key. The
// answers to a REST API's key, to IAM of REST APIs and to a missing token are of
// the knowledge centre's page named at missingToken; those of HTTP APIs are
// reported by users (sst#6336).
func (s *Sim) guard(v visit, a *api, m *Method, stage, route string) *answer {
	if refused := s.judge(v, a, stage, route); refused != nil {
		return refused
	}
	var refused answer
	switch token := v.header.Get("Authorization"); m.authorization() {
	case "AWS_IAM":
		key, signed := signer(v)
		switch {
		case signed && s.accounts[key] != nil && s.now().Before(orFar(s.accounts[key].Expires)):
			return s.wantsKey(v, a, m)
		case a.Kind == "HTTP":
			refused = s.gatewayError(a.Kind, http.StatusForbidden, "", "Forbidden")
		case signed:
			refused = s.gatewayError(a.Kind, http.StatusForbidden, "UnrecognizedClientException", "The security token included in the request is invalid.")
		default:
			refused = s.missingToken()
		}
	case "CUSTOM", "COGNITO_USER_POOLS", "JWT":
		known := a.Token == "" || strings.TrimPrefix(token, "Bearer ") == a.Token
		switch {
		case token != "" && known:
			return s.wantsKey(v, a, m)
		case token == "" || m.Authorization != "CUSTOM":
			refused = s.unauthorized(a.Kind, m.Authorization)
		case a.Kind == "HTTP":
			refused = s.gatewayError(a.Kind, http.StatusForbidden, "", "Forbidden")
		default:
			refused = s.accessDenied("User is not authorized to access this resource with an explicit deny")
		}
	default:
		return s.wantsKey(v, a, m)
	}
	return &refused
}

// orFar is a time, or one that never comes for none.
func orFar(t time.Time) time.Time {
	if t.IsZero() {
		return authorityTill
	}
	return t
}

// wantsKey refuses a call without an API key that the method wants (V45).
func (s *Sim) wantsKey(v visit, a *api, m *Method) *answer {
	if !m.APIKey || slices.Contains(a.Keys, v.header.Get("X-Api-Key")) {
		return nil
	}
	refused := s.forbidden()
	return &refused
}

// signer is the access key that a request was signed with, by header or query.
// The signature itself is not computed again.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
func signer(v visit) (key string, signed bool) {
	credential := ""
	if rest, ok := strings.CutPrefix(v.header.Get("Authorization"), "AWS4-HMAC-SHA256 "); ok {
		for part := range strings.SplitSeq(rest, ",") {
			if value, ok := strings.CutPrefix(strings.TrimSpace(part), "Credential="); ok {
				credential = value
			}
		}
	} else if q, err := url.ParseQuery(v.query); err == nil {
		credential = q.Get("X-Amz-Credential")
	}
	parts := strings.Split(credential, "/")
	return parts[0], len(parts) == 5 && parts[3] == "execute-api"
}

// unauthorized is the answer to a token that is missing or, for user pools and
// JWT, no good.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
func (s *Sim) unauthorized(kind, authorization string) answer {
	code := "UnauthorizedException"
	if kind == "HTTP" {
		code = ""
	}
	a := s.gatewayError(kind, http.StatusUnauthorized, code, "Unauthorized")
	if authorization == "JWT" {
		a.Header.Set("Www-Authenticate", "Bearer")
	}
	return a
}

// accessDenied is the answer of an authorizer or a resource policy of a REST
// API. Its member begins with a capital letter.
func (s *Sim) accessDenied(message string) answer {
	h := s.gatewayHeader("REST")
	h.Set("X-Amzn-Errortype", "AccessDeniedException")
	return answer{Status: http.StatusForbidden, Header: h, Body: []byte(`{"Message":` + strconv.Quote(message) + `}`)}
}

// backend answers as the API's own backend does. Unless the method has an answer
// of its own it says what arrived, so that a probe sees which API it reached and
// what CloudFront let through; of cookies in a header, so that the answer itself
// is the same with and without. Seven query parameters are orders to it:
// sim-status (an HTTP status), sim-cache-control, sim-delay (such as 25s),
// sim-require (a header without which the answer is 403), sim-tell (a header
// whose value the answer repeats), sim-vary (Vary) and sim-set-cookie.
func (s *Sim) backend(v visit, a *api, m *Method, stage, route, base string) answer {
	query, err := url.ParseQuery(v.query)
	if err != nil {
		query = nil // a broken query is the API's business, and this API has none
	}
	if name := query.Get("sim-require"); name != "" && v.header.Get(name) == "" {
		return s.forbidden() // as a method that asks for an API key (V45)
	}
	out := answer{Status: http.StatusOK, Header: s.gatewayHeader(a.Kind)}
	if m.Answer != nil {
		m.Answer.into(&out, a.Kind == "REST")
	} else if out.Body, err = json.Marshal(map[string]any{
		"told": v.header.Get(query.Get("sim-tell")),
		"api":  a.ID, "name": a.Name, "kind": a.Kind, "stage": stage,
		"method": v.method, "host": v.host, "path": v.path, "mapping": base, "route": route, "query": v.query,
		"authorization": v.header.Get("Authorization") != "",
		"user_agent":    v.header.Get("User-Agent"), "through_cloudfront": v.header.Get("X-Amz-Cf-Id") != "",
		"body_bytes": v.body, "request": s.net.serial + 1,
	}); err != nil {
		s.logf("write API answer: %v", err)
		return s.gatewayError(a.Kind, http.StatusInternalServerError, "InternalServerErrorException", "Internal server error")
	}
	if m.Answer == nil && v.header.Get("Cookie") != "" {
		out.Header.Set("X-Sim-Cookies", "true")
	}
	if n, err := strconv.Atoi(query.Get("sim-status")); err == nil && n >= 200 && n <= 599 {
		out.Status = n
	}
	if d, err := time.ParseDuration(query.Get("sim-delay")); err == nil && d > 0 {
		out.late = d
	}
	for order, header := range map[string]string{"sim-cache-control": "Cache-Control", "sim-vary": "Vary", "sim-set-cookie": "Set-Cookie"} {
		if value := query.Get(order); value != "" {
			out.Header.Set(header, value)
		}
	}
	if etag := out.Header.Get("Etag"); etag != "" && out.Status == http.StatusOK && v.header.Get("If-None-Match") == etag {
		out.Status, out.Body = http.StatusNotModified, nil
	}
	if limit := m.limit(a.Kind); out.late > limit {
		return s.timedOut(a.Kind, limit)
	}
	return out
}

// timedOut is API Gateway's answer when the integration took too long. That all
// kinds of API answer 504 is of the knowledge centre; the error type was
// concluded from INTEGRATION_TIMEOUT being one of API Gateway's own errors, and
// not seen.
//
// https://repost.aws/knowledge-center/api-gateway-504-errors
func (s *Sim) timedOut(kind string, after time.Duration) answer {
	code := "InternalServerErrorException"
	if kind == "HTTP" {
		code = ""
	}
	a := s.gatewayError(kind, http.StatusGatewayTimeout, code, "Endpoint request timed out")
	a.late = after
	return a
}

// into makes an answer of a backend's. REST APIs give its Server header another
// name.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
func (from *Answer) into(out *answer, remap bool) {
	out.Status, out.Body, out.late = max(from.Status, http.StatusOK), []byte(from.Body), from.Delay
	for name, value := range from.Header {
		if remap && strings.EqualFold(name, "Server") {
			name = "X-Amzn-Remapped-Server"
		}
		out.Header.Set(name, value)
	}
}
