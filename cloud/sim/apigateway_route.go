package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Method is a method of a REST API, or a route of an HTTP or WebSocket API,
// with what it asks of callers and what its backend answers.
type Method struct {
	// Key is a route key: "GET /items/{id}", "ANY /{proxy+}", "$default", and
	// for WebSocket APIs "$connect" and its kin.
	Key           string        `json:"key"`
	Authorization string        `json:"authorization,omitempty"` // NONE (or ""), AWS_IAM, CUSTOM; COGNITO_USER_POOLS (REST); JWT (HTTP)
	APIKey        bool          `json:"api_key,omitempty"`       // REST and WebSocket
	Timeout       time.Duration `json:"timeout,omitempty"`       // of the integration; 0: 29 s, or the 30 s of HTTP APIs
	Answer        *Answer       `json:"answer,omitempty"`        // of the backend; nil: it says what arrived
}

// An Answer is what a backend or a foreign host answers.
type Answer struct {
	Status int               `json:"status,omitempty"` // 0: 200
	Header map[string]string `json:"header,omitempty"`
	Body   string            `json:"body,omitempty"`
	Delay  time.Duration     `json:"delay,omitempty"` // nanoseconds in JSON
}

func (a Answer) clone() Answer {
	a.Header = maps.Clone(a.Header)
	return a
}

// methods are the API's methods. An API of which none were said has every
// path, by any method.
func (a *api) methods() []Method {
	all := slices.Clone(a.Methods)
	for _, path := range a.Routes {
		all = append(all, Method{Key: "ANY " + path})
	}
	if len(all) > 0 {
		return all
	}
	switch a.Kind {
	case "REST":
		return []Method{{Key: "ANY /"}, {Key: "ANY /{proxy+}"}}
	case "HTTP":
		return []Method{{Key: "$default"}}
	default:
		return []Method{{Key: "$connect"}, {Key: "$disconnect"}, {Key: "$default"}}
	}
}

// split takes a route key apart; of "$default" and its kin the path is "".
func (m *Method) split() (verb, path string) {
	verb, path, found := strings.Cut(m.Key, " ")
	if !found {
		return m.Key, ""
	}
	return verb, path
}

// authorization is what GetMethod and GetRoutes show.
func (m *Method) authorization() string { return or(m.Authorization, "NONE") }

// limit is the time that API Gateway gives the integration.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
func (m *Method) limit(kind string) time.Duration {
	switch {
	case m.Timeout > 0:
		return m.Timeout
	case kind == "HTTP":
		return 30 * time.Second
	default:
		return 29 * time.Second
	}
}

// method is the method that takes a request, nil if there is none: the closest
// path, and of one path the named verb before ANY. $default is last.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
func (a *api) method(verb, path string) *Method {
	var best *Method
	rank := ""
	all := a.methods()
	for i := range all {
		wantVerb, wantPath := all[i].split()
		r := "0"
		if wantPath != "" {
			if wantVerb != "ANY" && wantVerb != verb || !matchRoute(wantPath, path) {
				continue
			}
			r = closeness(wantPath)
			if wantVerb != "ANY" {
				r += "~" // after every segment
			}
		} else if wantVerb != "$default" || a.Kind != "HTTP" {
			continue
		}
		if best == nil || r > rank {
			best, rank = &all[i], r
		}
	}
	return best
}

// named is the method with that route key, nil if there is none.
func (a *api) named(key string) *Method {
	all := a.methods()
	for i := range all {
		if all[i].Key == key {
			return &all[i]
		}
	}
	return nil
}

// closeness sorts paths that match the same request: a literal segment is
// closer than {name}, and that closer than {name+}.
func closeness(path string) string {
	out := "1"
	for seg := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		switch {
		case strings.HasSuffix(seg, "+}"):
			out += "1"
		case strings.HasPrefix(seg, "{"):
			out += "2"
		default:
			out += "3"
		}
	}
	return out
}

// matchRoute says whether a route has the path. {name} stands for a segment,
// {name+} for all that follow.
func matchRoute(route, path string) bool {
	want := strings.Split(strings.Trim(route, "/"), "/")
	have := strings.Split(strings.Trim(path, "/"), "/")
	for i, w := range want {
		if i >= len(have) {
			return false
		}
		variable := strings.HasPrefix(w, "{") && strings.HasSuffix(w, "}")
		if variable && strings.HasSuffix(w, "+}") {
			return have[i] != ""
		}
		if w != have[i] && (!variable || have[i] == "") {
			return false
		}
	}
	return len(want) == len(have)
}

// partID is the ID of a part of the API: of a resource, route, integration or
// authorizer. It follows from what the part is.
func (a *api) partID(what string, n int) string {
	sum := sha256.Sum256([]byte(a.ID + " " + what))
	return hex.EncodeToString(sum[:])[:n]
}

// change replaces the settings of one method. What was implied by Routes is
// written down with it.
func (a *api) change(m Method) {
	a.Methods = a.methods()
	a.Routes = nil
	for i := range a.Methods {
		if a.Methods[i].Key == m.Key {
			a.Methods[i] = m
		}
	}
}

// verbs are the methods of HTTP that a route key may name.
var verbs = []string{"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// authorizations are the kinds of authorization of each kind of API.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
var authorizations = map[string][]string{
	"REST":      {"NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"},
	"HTTP":      {"NONE", "AWS_IAM", "CUSTOM", "JWT"},
	"WEBSOCKET": {"NONE", "AWS_IAM", "CUSTOM"},
}

// check says what of a method cannot be in an API of that kind.
func (m *Method) check(kind string) error {
	verb, path := m.split()
	switch {
	case kind == "WEBSOCKET" && path != "":
		return fmt.Errorf("%q is no route key of a WebSocket API", m.Key)
	case kind != "WEBSOCKET" && path == "" && (kind != "HTTP" || verb != "$default"):
		return fmt.Errorf("%q is no route key: a method, a blank, a path", m.Key)
	case path != "" && (!slices.Contains(verbs, verb) || !strings.HasPrefix(path, "/")):
		return fmt.Errorf("%q is no route key: a method, a blank, a path", m.Key)
	case !slices.Contains(authorizations[kind], m.authorization()):
		return fmt.Errorf("%s: the authorization %q is not one of %s APIs", m.Key, m.Authorization, kind)
	case m.Authorization != "" && m.Authorization != "NONE" && kind == "WEBSOCKET" && verb != "$connect":
		return fmt.Errorf("%s: of a WebSocket API only $connect has authorization", m.Key)
	case m.APIKey && kind == "HTTP":
		return fmt.Errorf("%s: HTTP APIs know no API keys", m.Key)
	case m.Timeout < 0, m.Timeout > 0 && kind == "HTTP" && m.Timeout > 30*time.Second:
		return fmt.Errorf("%s: an integration cannot have the timeout %s", m.Key, m.Timeout)
	case m.Answer != nil:
		if err := m.Answer.check(); err != nil {
			return fmt.Errorf("%s: %w", m.Key, err)
		}
	}
	return nil
}

// check says what of an answer cannot be.
func (a *Answer) check() error {
	if a.Status != 0 && (a.Status < 200 || a.Status > 599) {
		return fmt.Errorf("the status of an answer is from 200 to 599, not %d", a.Status)
	}
	if a.Delay < 0 {
		return fmt.Errorf("an answer is not %s late", a.Delay)
	}
	return nil
}
