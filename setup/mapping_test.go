package setup

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckPath(t *testing.T) {
	tests := []struct{ typed, path, want string }{
		{"", "", ""},
		{"/", "", ""},
		{" /v1/orders/ ", "v1/orders", ""},
		{"a$-_.+!*'()b", "a$-_.+!*'()b", ""},
		{"pinger", "pinger", ""},
		{strings.Repeat("a", 300), strings.Repeat("a", 300), ""},
		{strings.Repeat("a", 301), strings.Repeat("a", 301), "Shorten the path: at most 300 characters"},
		{"v1//orders", "v1//orders", "Take one of the two slashes that stand together out of the path"},
		{"my orders", "my orders", "Take the space out of the path. Letters, digits and $-_.+!*'() can be used"},
		{"käse", "käse", "Take ä out of the path. Letters, digits and $-_.+!*'() can be used"},
		{"a?b", "a?b", "Take ? out of the path. Letters, digits and $-_.+!*'() can be used"},
		{"/ping", "ping", "Choose another path: API Gateway keeps /ping for its own health checks"},
		{"sping/x", "sping/x", "Choose another path: API Gateway keeps /sping for its own health checks"},
	}
	for _, test := range tests {
		t.Run(test.typed, func(t *testing.T) {
			path := CleanPath(test.typed)
			got := ""
			if err := CheckPath(path); err != nil {
				got = err.Error()
			}
			if path != test.path || got != test.want {
				t.Errorf("got %q, %q; want %q, %q", path, got, test.path, test.want)
			}
		})
	}
}

func TestCheckMappings(t *testing.T) {
	rest := func(path string) Mapping { return Mapping{Path: path, Kind: APIKindREST} }
	socket := Mapping{Path: "live", Kind: APIKindWebSocket}
	tests := []struct {
		name string
		list []Mapping
		want []MappingProblem
	}{
		{"different paths", []Mapping{rest(""), rest("v1"), rest("v1/orders")}, nil},
		{"two WebSocket APIs", []Mapping{socket, {Path: "chat", Kind: APIKindWebSocket}}, nil},
		{"the same path below", []Mapping{rest("v1"), rest("v1")}, []MappingProblem{{1, true, "Choose another path: /v1 is taken by path 1"}}},
		{"the same path further below", []Mapping{rest(""), rest("a"), rest("")}, []MappingProblem{{2, true, "Choose another path: / is taken by path 1"}}},
		{"WebSocket beside REST", []Mapping{rest(""), socket}, []MappingProblem{{1, false, "Give the WebSocket API a domain name of its own: it cannot share one with REST or HTTP APIs"}}},
		{"a reserved path", []Mapping{rest("ping")}, []MappingProblem{{0, true, "Choose another path: API Gateway keeps /ping for its own health checks"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, CheckMappings(test.list)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// API Gateway takes the longest path that is mapped and whose segments a request
// begins with.
func TestThePathAboveAnswers(t *testing.T) {
	tests := []struct {
		path         string
		mapped, left []string
		want         string
		ok           bool
	}{
		{"orders", []string{"team"}, nil, "", false},
		{"orders", []string{"", "team"}, nil, "", true},
		{"v1/orders", []string{"", "v1"}, nil, "v1", true},
		{"v1/orders/new", []string{"v1", "v1/orders"}, nil, "v1/orders", true},
		{"v1/orders", []string{""}, []string{"v1"}, "v1", true},
		{"orders2", []string{"orders"}, nil, "", false},
		{"v1", []string{"v1/orders"}, nil, "", false},
		{"", []string{"orders"}, nil, "", false},
		{"orders", nil, []string{"orders"}, "", false},
	}
	for _, test := range tests {
		a := API{Left: test.left}
		for _, p := range test.mapped {
			a.Mappings = append(a.Mappings, Mapping{Path: p})
		}
		if got, ok := a.Above(test.path); got != test.want || ok != test.ok {
			t.Errorf("above %q of %q and %q: %q, %v; want %q, %v", test.path, test.mapped, test.left, got, ok, test.want, test.ok)
		}
	}
}
