package setup

import (
	"strings"
	"testing"
)

// What a person types as the path of a test, and what is wrong with it.
func TestPathsOfTests(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		typed, path string
		wrong       bool
	}{
		{"", "", false}, {" / ", "", false}, {"health", "/health", false}, {"/health/", "/health/", false},
		{"/health?full=1&a=b", "/health?full=1&a=b", false}, {"?full=1", "?full=1", false}, {"/a%20b", "/a%20b", false}, {"/v1.2/..x", "/v1.2/..x", false},
		{"https://me:secret@other.example/health", "https://me:secret@other.example/health", true},
		{"//other.example/health", "//other.example/health", true},
		{"/health#top", "/health#top", true}, {"/a b", "/a b", true}, {"/ä", "/ä", true}, {"/a%2", "/a%2", true},
		{"/../admin", "/../admin", true}, {"/a/./b", "/a/./b", true}, {"/%2e%2e/x", "/%2e%2e/x", true},
		{"/health?key=AKIAIOSFODNN7EXAMPLE", "/health?key=AKIAIOSFODNN7EXAMPLE", true},
	} {
		path := CleanTestPath(x.typed)
		if text := testPathError(path); path != x.path || (text != "") != x.wrong {
			t.Errorf("%q: %q, %q", x.typed, path, text)
		}
	}
}

func TestWordsOfTests(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		m    Mapping
		want string
	}{
		{Mapping{Path: "orders"}, ""},
		{Mapping{Test: Test{Path: "/health", Status: 200}}, "GET /health answers 200"},
		{Mapping{Path: "orders", Test: Test{Path: "/health", Method: "HEAD", Key: "APIFRONT_PROBE_KEY_A"}}, "HEAD /orders/health, with the key APIFRONT_PROBE_KEY_A"},
		{Mapping{Path: "orders", Test: Test{Path: "?a=1"}}, "GET /orders?a=1"},
		{Mapping{Test: Test{Path: "?a=1"}}, "GET /?a=1"},
		{Mapping{Test: Test{Path: "/health", Status: NoStatus}}, "GET /health"},
	} {
		if got := x.m.Words(); got != x.want {
			t.Errorf("%q, want %q", got, x.want)
		}
	}
}

// How long the path of a test may be, and which faults have which words.
func TestFaultsOfTestPaths(t *testing.T) {
	t.Parallel()
	long := "/" + strings.Repeat("a", 399)
	for _, x := range []struct{ path, want string }{
		{long, ""}, {long + "b", "Shorten the path of the test"},
		{"/a?to=https://other.example", "Enter only what comes after the path"}, {"//other.example", "Enter only what"}, {"health", "Enter only what"},
		{"/a#b", "Leave out #"}, {"/a\tb", "Write characters that cannot stand"}, {"/a\x7f", "Write characters that cannot stand"}, {"/a{b}", "Write characters that cannot stand"},
		{`/a\b`, "Write characters that cannot stand"}, {"/a%2", "Correct the path of the test: after each %"}, {"/%2e%2e", "Leave out the dots"}, {"/a/./b", "Leave out the dots"},
		{"?a=../..", ""}, {"/a?b=AKIAIOSFODNN7EXAMPLE", "Leave out the key"}, {"/AKIAIOSFODNN7EXAMPLE", "Leave out the key"},
		{"/a?k=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "Leave out the key"},
	} {
		if text := testPathError(x.path); !strings.HasPrefix(text, x.want) || x.want == "" && text != "" {
			t.Errorf("%.40q: %q, want %q", x.path, text, x.want)
		}
	}
}

// A key is in no header that says where a request goes, where it ends or what
// it is, however its name is written.
func TestHeadersOfKeys(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"X-Api-Key", "authorization", "x-tenant", "Security", "X-Amz-Security-Token", "Api_Key"} {
		if !CanCarryKey(name) {
			t.Errorf("%s carries none", name)
		}
	}
	for _, name := range []string{
		"", "host", "HOST", "connection", "content-length", "cookie", "expect", "te", "trailer", "transfer-encoding", "upgrade",
		"x-http-method", "x-http-method-override", "x-method-override", "sec-websocket-key", "Sec-Fetch-Site",
		"X Api", "X-Api-Key:", "X\tApi", "X-\u00c4pi", "X-Api\x7f", "X-Api\r\nHost",
	} {
		if CanCarryKey(name) {
			t.Errorf("%q carries a key", name)
		}
	}
}
