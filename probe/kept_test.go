package probe_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"apifront/probe"
	"apifront/setup"
)

// Of what API Gateway passes on no word of the API is kept, only its own; of
// others the beginning of the body, and its message nowhere else.
func TestNoWordOfAnAPIIsKept(t *testing.T) {
	t.Parallel()
	gateway := func(kind string) map[string]string {
		return map[string]string{"X-Amzn-Requestid": "r-1", "X-Amzn-Errortype": kind}
	}
	for name, c := range map[string]struct{ is, want setup.Evidence }{
		"API Gateway's own words": {setup.Evidence{Status: 403, Header: gateway(""), Message: "Forbidden"}, setup.Evidence{Status: 403, Header: gateway(""), Message: "Forbidden"}},
		"the API's words":         {setup.Evidence{Status: 404, Header: gateway(""), Message: "no account of Ada"}, setup.Evidence{Status: 404, Header: gateway("")}},
		"with a kind of error": {
			setup.Evidence{Status: 403, Header: gateway("AccessDeniedException:http://x"), Message: "User: arn:aws:iam::1:user/ada is not authorized"},
			setup.Evidence{Status: 403, Header: gateway("AccessDeniedException:http://x"), Message: "AccessDeniedException"},
		},
		"a body of the API": {setup.Evidence{Status: 200, Header: gateway(""), Excerpt: "hello"}, setup.Evidence{Status: 200, Header: gateway("")}},
		"a stranger":        {setup.Evidence{Status: 500, Message: "Forbidden", Excerpt: "{}"}, setup.Evidence{Status: 500, Excerpt: "{}"}},
	} {
		if diff := cmp.Diff([]setup.Evidence{c.want}, probe.Kept([]setup.Evidence{c.is})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Of DNS is kept who was asked and what was said, without what does not print,
// and little of what is long.
func TestAnswersOfDNSAreKept(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 5000)
	answer := probe.Answer{Name: "api.example.com", Type: dns.TypeTXT, Records: []string{"a\x00\u202eb\xff\n<c>", long}, CNAMEs: []string{"d1.cloudfront.net"}, TTL: time.Minute, Server: "192.0.2.1:53"}
	for range 100 {
		answer.Records = append(answer.Records, "more")
	}
	k := probe.View{Server: "ns1.example.com", Answer: answer}.Kept()
	if k.Server != "ns1.example.com" || k.Address != "192.0.2.1:53" || k.Code != "NOERROR" || k.Type != "TXT" || k.TTL != time.Minute || k.Records[0] != "ab <c>" || len(k.Records) != 20 || len(k.Records[1]) > 300 {
		t.Errorf("kept is %+v", k)
	}
	for name, c := range map[string]struct {
		err  error
		want [2]string
	}{
		"refused":     {&probe.LookupError{Name: "a", Rcode: dns.RcodeServerFailure}, [2]string{"SERVFAIL", ""}},
		"silent":      {&probe.LookupError{Name: "a", Err: errors.New("i/o\x00 timeout")}, [2]string{"", "i/o timeout"}},
		"of no sense": {errors.New("what"), [2]string{"", "what"}},
	} {
		if k := (probe.View{Server: "1.1.1.1:53", Resolver: true, Err: c.err}).Kept(); [2]string{k.Code, k.Error} != c.want || !k.Resolver || k.Address != "" {
			t.Errorf("%s: kept is %+v", name, k)
		}
	}
	w := probe.Walk{Name: "api.example.com", Broken: errors.New("gone"), Cuts: []probe.Cut{
		{Zone: "com", Parent: []string{"a.nic.example"}},
		{Zone: "example.com", Parent: []string{"ns1.example.net", "ns2.example.net"}, Own: []string{"ns1.example.net"}, Servers: []probe.NameServer{
			{Name: "ns1.example.net", Address: netip.MustParseAddr("192.0.2.1")}, {Name: "ns2.example.net", Err: errors.New("it does not serve the zone")},
		}},
	}}
	want := []setup.DNSAnswer{
		{Name: "com", Type: "NS", Code: "NOERROR", Records: []string{"a.nic.example"}},
		{Name: "example.com", Type: "NS", Code: "NOERROR", Records: []string{"ns1.example.net", "ns2.example.net"}},
		{Name: "example.com", Type: "NS", Server: "ns1.example.net", Address: "192.0.2.1", Code: "NOERROR", Records: []string{"ns1.example.net"}},
		{Name: "example.com", Type: "NS", Server: "ns2.example.net", Error: "it does not serve the zone"},
		{Name: "api.example.com", Type: "NS", Error: "gone"},
	}
	if diff := cmp.Diff(want, w.Kept()); diff != "" {
		t.Error(diff)
	}
}
