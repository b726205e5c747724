package setup

import "testing"

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
	} {
		if got := x.m.Words(); got != x.want {
			t.Errorf("%q, want %q", got, x.want)
		}
	}
}
