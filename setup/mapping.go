package setup

import (
	"fmt"
	"slices"
	"strings"
)

// longestPath is the limit of a base path in octets.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
const longestPath = 300

// mostMappings is the quota of multi-level API mappings of one custom domain.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
const mostMappings = 200

const pathCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789$-_.+!*'()/"

// CleanPath makes a base path from what a person typed: it removes blanks
// around it and slashes at its ends. "" is the root.
func CleanPath(typed string) string {
	return strings.Trim(strings.TrimFunc(typed, isBlank), "/")
}

// CheckPath says why a base path from CleanPath cannot be used; nil if it can.
// The error is an InputError. A path may have several levels: the custom domain
// is Regional and uses TLS 1.2, so API Gateway allows that.
func CheckPath(path string) error {
	if len(path) > longestPath {
		return InputError("Shorten the path: at most 300 characters")
	}
	if i := strings.IndexFunc(path, func(r rune) bool { return !strings.ContainsRune(pathCharacters, r) }); i >= 0 {
		r := []rune(path[i:])[0]
		if r == ' ' {
			return InputError("Take the space out of the path. Letters, digits and $-_.+!*'() can be used")
		}
		return InputError("Take " + string(r) + " out of the path. Letters, digits and $-_.+!*'() can be used")
	}
	if strings.Contains(path, "//") {
		return InputError("Take one of the two slashes that stand together out of the path")
	}
	switch first, _, _ := strings.Cut(path, "/"); first {
	case "ping", "sping":
		return InputError("Choose another path: API Gateway keeps /" + first + " for its own health checks")
	}
	return nil
}

// A MappingProblem says what is wrong with one of several mappings.
type MappingProblem struct {
	Index int  // of the mapping, in the list
	Path  bool // the path is wrong; otherwise the API or the stage
	Text  string
}

// CheckMappings says what is wrong with a list of mappings, without knowing
// which APIs exist: wrong paths, duplicates, a WebSocket API beside others, too
// many mappings.
func CheckMappings(mappings []Mapping) []MappingProblem {
	var found []MappingProblem
	seen := make(map[string]int, len(mappings))
	for i, m := range mappings {
		if err := CheckPath(m.Path); err != nil {
			found = append(found, MappingProblem{i, true, err.Error()})
			continue
		}
		if first, twice := seen[m.Path]; twice {
			text := fmt.Sprintf("Choose another path: %s is taken by path %d", m.DisplayPath(), first+1)
			found = append(found, MappingProblem{i, true, text})
			continue
		}
		seen[m.Path] = i
	}
	if i := mixedWebSocket(mappings); i >= 0 {
		found = append(found, MappingProblem{i, false, "Give the WebSocket API a domain name of its own: it cannot share one with REST or HTTP APIs"})
	}
	if len(mappings) > mostMappings {
		found = append(found, MappingProblem{mostMappings, true, "Use at most 200 paths for one domain name"})
	}
	return found
}

// mixedWebSocket is the index of the first mapping with which the list holds
// both WebSocket and other APIs; -1 if it never does.
func mixedWebSocket(mappings []Mapping) int {
	socket, other := false, false
	for i, m := range mappings {
		switch m.Kind {
		case APIKindWebSocket:
			socket = true
		case APIKindREST, APIKindHTTP:
			other = true
		}
		if socket && other {
			return i
		}
	}
	return -1
}

// Above is the path that answers for a path which is not mapped: the longest one
// above it that is mapped, or left so. API Gateway answers 403 where there is none.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
func (a API) Above(path string) (above string, ok bool) {
	mapped := slices.Clone(a.Left)
	for _, m := range a.Mappings {
		mapped = append(mapped, m.Path)
	}
	for _, p := range mapped {
		if p != path && (p == "" || strings.HasPrefix(path, p+"/")) && (!ok || len(p) > len(above)) {
			above, ok = p, true
		}
	}
	return above, ok
}
