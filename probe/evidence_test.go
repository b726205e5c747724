package probe_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"apifront/probe"
	"apifront/setup"
)

// evidenceOf is what is kept of an answer.
func evidenceOf(t *testing.T, h http.HandlerFunc) setup.Evidence {
	t.Helper()
	p, _ := served(t, "198.51.100.7", nil, h)
	seen := p.Climb(t.Context(), probe.Target{Name: theName, Rungs: []setup.Rung{setup.RungName}, Paths: []probe.TargetPath{{Mapping: "a"}}})
	return seen[0]
}

// Of headers only those are kept that tell who answered, and nothing of them
// that belongs to one caller.
func TestEvidenceHeaders(t *testing.T) {
	t.Parallel()
	got := evidenceOf(t, func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range map[string][]string{
			"Set-Cookie": {"session=s3cr3t"}, "Cookie": {"s3cr3t"}, "Authorization": {"Bearer s3cr3t"}, "X-Api-Key": {"s3cr3t"}, "X-Own": {"s3cr3t"}, "Etag": {"s3cr3t"},
			"Location":         {"https://ada:s3cr3t@example.com/login/x?token=s3cr3t#s3cr3t"},
			"Www-Authenticate": {`Bearer realm="s3cr3t, Digest", error="s3cr3t \", Basic"`, `Basic realm="s3cr3t", Negotiate s3cr3t==`},
			"Via":              {"1.1 a.cloudfront.net (CloudFront)", "1.1 b.cloudfront.net (CloudFront)"},
			"X-Cache":          {"Miss from cloudfront"}, "Age": {"7"}, "X-Amz-Cf-Pop": {"FRA56-P1"}, "X-Amz-Cf-Id": {"id=="}, "Server": {"nginx\u200b\tx"}, "Allow": {"GET, HEAD"},
			"X-Amz-Apigw-Id": {"a="}, "Apigw-Requestid": {"b="}, "X-Amzn-Requestid": {"c"}, "X-Amzn-Errortype": {"ForbiddenException"},
			"Cache-Control": {"no-store"}, "Content-Type": {"application/json"}, "Retry-After": {"3"}, "X-Amzn-Waf-Action": {"challenge"},
			"Sec-Websocket-Accept": {"s3cr3t"},
		} {
			w.Header()[name] = values
		}
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"Message":"No\u0007 way","token":"s3cr3t"}`)
	})
	want := map[string]string{
		"Location": "https://example.com/login/x", "Www-Authenticate": "Bearer, Basic, Negotiate",
		"Via":     "1.1 a.cloudfront.net (CloudFront), 1.1 b.cloudfront.net (CloudFront)",
		"X-Cache": "Miss from cloudfront", "Age": "7", "X-Amz-Cf-Pop": "FRA56-P1", "X-Amz-Cf-Id": "id==", "Server": "nginx x", "Allow": "GET, HEAD",
		"X-Amz-Apigw-Id": "a=", "Apigw-Requestid": "b=", "X-Amzn-Requestid": "c", "X-Amzn-Errortype": "ForbiddenException",
		"Cache-Control": "no-store", "Content-Type": "application/json", "Retry-After": "3", "X-Amzn-Waf-Action": "challenge", "Sec-Websocket-Accept": "wrong",
	}
	if diff := cmp.Diff(want, got.Header); diff != "" {
		t.Error(diff)
	}
	if got.Message != "No way" || got.Excerpt != "" {
		t.Errorf("message %q, excerpt %q", got.Message, got.Excerpt)
	}
	if b, _ := json.Marshal(got); strings.Contains(string(b), "s3cr3t") {
		t.Errorf("kept %s", b)
	}
}

// An excerpt is kept only of what API Gateway has not touched, and only of a
// text.
func TestEvidenceExcerpt(t *testing.T) {
	t.Parallel()
	page := "<html>\x00\n\t<body>It \u200bworks! é" + strings.Repeat("é", 5000)
	for name, c := range map[string]struct {
		header  [2]string
		body    string
		excerpt string
	}{
		"a page":      {[2]string{"Content-Type", "text/html"}, page, "<html> <body>It works! é"},
		"no type":     {[2]string{"Server", "x"}, "hello", "hello"},
		"XML":         {[2]string{"Content-Type", "application/xml"}, "<Error><Code>NoSuchKey</Code>", "<Error><Code>NoSuchKey</Code>"},
		"an image":    {[2]string{"Content-Type", "image/png"}, "PNG", ""},
		"compressed":  {[2]string{"Content-Encoding", "br"}, "PNG", ""},
		"the API's":   {[2]string{"X-Amzn-Requestid", "r"}, page, ""},
		"not a text":  {[2]string{"Content-Type", "text/plain"}, "\xff\xfe\x00\x01", ""},
		"nothing yet": {[2]string{"Content-Type", "text/plain"}, "", ""},
	} {
		got := evidenceOf(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(c.header[0], c.header[1])
			fmt.Fprint(w, c.body)
		})
		if !strings.HasPrefix(got.Excerpt, c.excerpt) || (got.Excerpt == "") != (c.excerpt == "") || len(got.Excerpt) > 512 || !utf8.ValidString(got.Excerpt) {
			t.Errorf("%s: %q, %d octets", name, got.Excerpt, len(got.Excerpt))
		}
		if strings.ContainsFunc(got.Excerpt, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%s: %q does not print", name, got.Excerpt)
		}
	}
}

// However much a server says, what is kept of it is small.
func TestEvidenceIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ab ", 800)
	got := evidenceOf(t, func(w http.ResponseWriter, _ *http.Request) {
		for _, name := range []string{"Age", "Allow", "Apigw-Requestid", "Cache-Control", "Location", "Retry-After", "Server", "Upgrade", "Via", "Www-Authenticate", "X-Amz-Apigw-Id", "X-Amz-Cf-Id", "X-Amz-Cf-Pop", "X-Amzn-Errortype", "X-Amzn-Requestid", "X-Cache"} {
			w.Header()[name] = []string{long}
		}
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"message":%q}`, long)
	})
	b, err := json.Marshal(got)
	if err != nil || len(b) > 8<<10 || len(got.Header) < 14 {
		t.Errorf("%d octets, %v, headers %v", len(b), err, slices.Sorted(maps.Keys(got.Header)))
	}
	// A head without end is not an answer.
	got = evidenceOf(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Server", strings.Repeat("a", 1<<20)) })
	if got.Failed != probe.PhaseHTTP || got.Error == "" || len(got.Error) > 1000 {
		t.Errorf("%q, %d octets", got.Failed, len(got.Error))
	}
}

// Of an error's members those are kept that API Gateway writes itself.
func TestEvidenceMembers(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		`{"message":"Forbidden","connectionId":"a=","requestId":"b=","ada@example.com":1}`: {"connectionId", "message", "requestId"},
		`{"Message":"Forbidden"}`: {"Message"},
		`["message"]`:             nil,
		`<html>message</html>`:    nil,
	} {
		got := evidenceOf(t, says(http.StatusForbidden, body, "X-Amzn-Requestid", "r"))
		if !slices.Equal(got.Members, want) {
			t.Errorf("%s: kept %q", body, got.Members)
		}
	}
}
