package setup

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Test says how the API at a mapping is tested. The zero value asks for the
// mapped path itself, and any answer of the API will do.
type Test struct {
	Path   string `json:"path,omitempty"`   // below the mapping, as CleanTestPath returns it: "/health?full=1"
	Method string `json:"method,omitempty"` // GET or HEAD; "" is GET
	Status int    `json:"status,omitempty"` // that proves that the API works; 0: any that it answers itself
	Key    string `json:"key,omitempty"`    // Variable of a ProbeKey; "": none is sent
}

// Words are the test of a mapping in a line; "" if nobody said how to test it.
func (m Mapping) Words() string {
	t := m.Test
	if t == (Test{}) {
		return ""
	}
	text := t.verb() + " " + m.Tested()
	if t.Status > 0 {
		text += " answers " + strconv.Itoa(t.Status)
	}
	if t.Key != "" {
		text += ", with the key " + t.Key
	}
	return text
}

// Tested is what is asked for, as people write it: "/orders/health".
func (m Mapping) Tested() string {
	base := m.DisplayPath()
	if base == "/" && strings.HasPrefix(m.Test.Path, "/") {
		base = ""
	}
	return base + m.Test.Path
}

func (t Test) verb() string {
	if t.Method == "" {
		return http.MethodGet
	}
	return t.Method
}

// TestMethods are the methods of a test. They change nothing, as HTTP says.
// https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1
func TestMethods() []string { return []string{http.MethodGet, http.MethodHead} }

// The statuses that can prove something. Those below 200 are no answer yet.
// https://www.rfc-editor.org/rfc/rfc9110#section-15
const (
	lowestStatus  = 200
	highestStatus = 599
)

// NoStatus is the status of a test for which a person typed no number.
const NoStatus = -1

// longestTestPath is how long the path of a test may be, with its query.
const longestTestPath = 400

// A ProbeKey lets tests of one host send a key in one header. The key is in an
// environment variable of the server, and nowhere else.
type ProbeKey struct {
	Variable  string // such as "APIFRONT_PROBE_KEY_ORDERS"
	Host      string // such as "api.example.com"
	Header    string // such as "X-Api-Key"
	CreatedBy Person
	CreatedAt time.Time
}

// framing are the headers that say where a request goes, where it ends or what
// it is; a key is in none of them.
var framing = []string{
	"Connection", "Content-Length", "Cookie", "Expect", "Host", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"X-Http-Method", "X-Http-Method-Override", "X-Method-Override",
}

// CanCarryKey says whether a key may be sent in a header of this name.
func CanCarryKey(header string) bool {
	name := http.CanonicalHeaderKey(header)
	return name != "" && !slices.Contains(framing, name) && !strings.HasPrefix(name, "Sec-") &&
		!strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ':' })
}

// MinKey is the shortest key that is sent. A shorter text could not be found again in an
// answer without taking what only looks like it.
const MinKey = 8

// SendableKey says whether a key can be the value of a header.
// https://www.rfc-editor.org/rfc/rfc9110#section-5.5
func SendableKey(key Secret) bool {
	value := key.Reveal()
	return len(value) >= MinKey && strings.TrimSpace(value) == value &&
		!strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r >= 0x7f })
}

// CleanTestPath makes the path of a test from what a person typed.
func CleanTestPath(typed string) string {
	path := strings.TrimFunc(typed, isBlank)
	switch {
	case path == "/":
		return ""
	case path == "", path[0] == '/', path[0] == '?', strings.Contains(path, "://"):
		return path
	}
	return "/" + path
}

// testPathError says why a path cannot be asked for; "" if it can.
func testPathError(path string) string {
	u, err := url.Parse("https://host" + path)
	switch {
	case path == "":
		return ""
	case len(path) > longestTestPath:
		return "Shorten the path of the test: at most 400 characters"
	case strings.Contains(path, "://"), strings.HasPrefix(path, "//"), path[0] != '/' && path[0] != '?':
		return "Enter only what comes after the path, like /health: the test goes to your own name"
	case strings.Contains(path, "#"):
		return "Leave out # and what follows: it is never sent"
	case strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"<>\\^`{|}", r) }):
		return "Write characters that cannot stand in an address as %20 and the like"
	case err != nil:
		return "Correct the path of the test: after each % come two digits of a code, as in %20"
	case slices.ContainsFunc(strings.Split(u.Path, "/"), func(part string) bool { return part == "." || part == ".." }):
		return "Leave out the dots between slashes: the test stays below the path"
	case LooksLikeKey(u.RawQuery), LooksLikeKey(path):
		return "Leave out the key: it would be stored. An administrator binds a key to the name, and it is chosen below"
	}
	return ""
}

// checkTest judges how a mapping is tested.
func checkTest(j *judge, at, name string, m Mapping, keys Fact[[]ProbeKey]) {
	t := m.Test
	if m.Kind == APIKindWebSocket && (t.Path != "" || t.Method != "" || t.Status != 0) {
		j.stop(at+".test.path", "Empty the test of "+m.DisplayPath()+": a WebSocket API is tested by opening a WebSocket")
		return
	}
	if text := testPathError(t.Path); text != "" {
		j.stop(at+".test.path", text)
	}
	if t.Method != "" && !slices.Contains(TestMethods(), t.Method) {
		j.stop(at+".test.method", "Choose GET or HEAD: a test changes nothing")
	}
	if t.Status != 0 && (t.Status < lowestStatus || t.Status > highestStatus) {
		j.stop(at+".test.status", "Enter a status from 200 to 599, or nothing for any answer of the API")
	}
	if t.Key == "" || !keys.Have {
		return
	}
	if !slices.ContainsFunc(keys.Value, func(k ProbeKey) bool { return k.Variable == t.Key && (name == "" || k.Host == AnyOf(name)) }) {
		text := "Choose another key, or none: " + t.Key + " is not bound"
		if name != "" {
			text += " to " + AnyOf(name)
		}
		j.stop(at+".test.key", text+". An administrator can bind it")
	}
}
