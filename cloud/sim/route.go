package sim

import (
	"net/http"
	"net/url"
	"strings"
)

// A route leads a method and a path to an operation of a REST service.
type route struct {
	method string
	// path has {name} segments, which become args. It may end in "?Key" or
	// "?Key=value" where the query decides, such as "…/distribution?WithTags";
	// such routes stand before the plain one.
	path string
	op   string
	run  operation
}

// route performs the first route that fits the request.
func (s *Sim) route(req *request, routes []route) (answer, error) {
	// The escaped path: SDKs escape "/" within an argument (ARNs in /tags/{arn}).
	segments := strings.Split(strings.Trim(req.r.URL.EscapedPath(), "/"), "/")
	pathKnown := false
	for _, rt := range routes {
		args, ok := rt.match(segments, req.r.URL.Query())
		if !ok {
			continue
		}
		pathKnown = true
		if rt.method == req.r.Method {
			req.args = args
			return s.perform(req, rt.op, rt.run)
		}
	}
	if pathKnown {
		return answer{}, notModelled("%s on %s", req.r.Method, req.r.URL.Path)
	}
	return answer{}, notModelled("%s %s", req.r.Method, req.r.URL.Path)
}

func (rt route) match(segments []string, query url.Values) (map[string]string, bool) {
	path, condition, conditional := strings.Cut(rt.path, "?")
	if conditional {
		key, value, valued := strings.Cut(condition, "=")
		if !query.Has(key) || (valued && query.Get(key) != value) {
			return nil, false
		}
	}
	want := strings.Split(strings.Trim(path, "/"), "/")
	if len(want) != len(segments) {
		return nil, false
	}
	args := map[string]string{}
	for i, w := range want {
		got, err := url.PathUnescape(segments[i])
		if err != nil {
			return nil, false
		}
		name, isArg := strings.CutPrefix(w, "{")
		if isArg {
			args[strings.TrimSuffix(name, "}")] = got
		} else if w != got {
			return nil, false
		}
	}
	return args, true
}

// reads says whether an operation changes nothing in AWS.
func reads(op, method string) bool {
	for _, p := range []string{"Get", "List", "Describe", "Search", "Simulate", "Assume", "Test", "Lookup"} {
		if strings.HasPrefix(op, p) {
			return true
		}
	}
	return op == "" && (method == http.MethodGet || method == http.MethodHead)
}
