package handlers_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the tests read tables past the store

	"apifront/handlers"
	"apifront/handlers/handlerstest"
)

// A lockedBuffer is a log that many write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// raw sends bytes as they are, and returns the status line and the rest of what
// came back until the server closed.
func raw(s *handlerstest.Site, request string) (status, rest string) {
	s.T.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.Server.URL, "http://"))
	if err != nil {
		s.T.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		s.T.Fatal(err)
	}
	if _, err := c.Write([]byte(request)); err != nil {
		s.T.Fatal(err)
	}
	in := bufio.NewReader(c)
	status, err = in.ReadString('\n')
	if err != nil {
		s.T.Fatalf("no answer to %q: %v", request, err)
	}
	var b strings.Builder
	_, _ = in.WriteTo(&b) // until the server closes, or the deadline
	return strings.TrimSpace(status), b.String()
}

// What strangers send stands in the log as one value of one line, and a
// reference is ours.
func TestLogInjection(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]func(*lockedBuffer) slog.Handler{
		"text": func(b *lockedBuffer) slog.Handler {
			return slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug})
		},
		"JSON": func(b *lockedBuffer) slog.Handler {
			return slog.NewJSONHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug})
		},
	} {
		var log lockedBuffer
		s := handlerstest.NewSite(t, func(c *handlers.Config) { c.Log = slog.New(handler(&log)) })
		s.User("Mira Okafor", handlerstest.Email)
		for _, request := range []string{
			"GET /x%0d%0atime=forged%20level=ERROR%20msg=forged HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
			"GET /x%1b%5b31m%00%22%20level=ERROR HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: forged\r\nConnection: close\r\n\r\n",
			"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nUser-Agent: level=ERROR\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\nConnection: close\r\n\r\nemail=a%0d%0atime=forged%40b.example&password=abcd",
			"GET / HTTP/1.1\r\nHost: evil%0d%0atime=forged\r\nConnection: close\r\n\r\n",
		} {
			raw(s, request)
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(lines) < 4 {
			t.Errorf("%s: %d lines for 4 requests", name, len(lines))
		}
		for _, line := range lines {
			if !strings.HasPrefix(line, "time=20") && !json.Valid([]byte(line)) {
				t.Errorf("%s: a line begins with what was sent: %q", name, line)
			}
			if strings.ContainsAny(line, "\x00\x1b\r") {
				t.Errorf("%s: control characters in %q", name, line)
			}
			if strings.Contains(line, "ref=forged") || strings.Contains(line, `"ref":"forged"`) {
				t.Errorf("%s: a stranger chose the reference: %s", name, line)
			}
		}
	}
}

// No header is set by what was sent.
func TestHeaderInjection(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	for _, path := range []string{
		"/sign-in?next=/x%0d%0aSet-Cookie:%20evil=1", "/x%0d%0aSet-Cookie:%20evil=1", "/jobs?q=%0d%0aSet-Cookie:%20evil=1",
		"/static/x%0d%0aSet-Cookie:%20evil=1", "/help/%0d%0aSet-Cookie:%20evil=1",
	} {
		for _, cookie := range []string{"", "apifront=" + sessionCookie(s)} {
			_, rest := raw(s, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\nCookie: "+cookie+"; tz=a%0d%0aSet-Cookie: evil=1\r\nConnection: close\r\n\r\n")
			head, _, _ := strings.Cut(rest, "\r\n\r\n")
			if strings.Contains(strings.ToLower(head), "\nset-cookie: evil") {
				t.Errorf("%s sets a cookie: %s", path, head)
			}
		}
	}
}

// Requests that two servers could read in two ways are refused, and nothing
// behind them is taken for a request of its own. No path leads out of the files.
func TestRawRequests(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewSite(t, nil)
	s.User("Mira Okafor", handlerstest.Email)
	const hidden = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
	for name, test := range map[string]struct{ request, status string }{
		"two lengths":        {"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 71\r\n\r\n" + hidden, "400"},
		"length list":        {"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0, 71\r\n\r\n" + hidden, "400"},
		"negative length":    {"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n" + hidden, "400"},
		"signed length":      {"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: +0\r\n\r\n" + hidden, "400"},
		"unknown coding":     {"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n" + hidden, "501"},
		"two codings":        {"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + hidden, "50"},
		"space before colon": {"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length : 71\r\n\r\n" + hidden, "400"},
		"folded header":      {"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n X: y\r\nConnection: close\r\n\r\n", "400"},
		"two hosts":          {"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", "400"},
		"no host":            {"GET /sign-in HTTP/1.1\r\n\r\n", "400"},
		"no host, old":       {"GET /sign-in HTTP/1.0\r\n\r\n", "421"},
		"absolute address":   {"GET http://evil.example/sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "421"},
		"tunnel":             {"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\nConnection: close\r\n\r\n", "421"},
		"up":                 {"GET /static/../../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404"},
		"up, encoded":        {"GET /static/%2e%2e%2f%2e%2e%2fetc%2fpasswd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404"},
		"up, twice encoded":  {"GET /static/%252e%252e%252fetc%252fpasswd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404"},
		"up, backslash":      {"GET /static/..\\..\\go.mod HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404"},
		"zero":               {"GET /static/app.js%00.css HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404"},
		"a folder":           {"GET /static/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404"},
		"two slashes":        {"GET //evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404"},
	} {
		status, rest := raw(s, test.request)
		if !strings.HasPrefix(status, "HTTP/1.1 "+test.status) && !strings.HasPrefix(status, "HTTP/1.0 "+test.status) {
			t.Errorf("%s: %s, want %s", name, status, test.status)
		}
		if strings.Contains(rest, "ok\n") || strings.Contains(rest, "root:") || strings.Contains(rest, "module apifront") {
			t.Errorf("%s: another answer came behind the first, or a file: %s", name, rest)
		}
	}
}
