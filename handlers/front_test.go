package handlers

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"
)

// Which names a server answers to. A page of evil.example whose name was led
// here after it was loaded asks with its own name, whatever the address.
func TestNamesThatAreAnswered(t *testing.T) {
	t.Parallel()
	loopback := Front{Listen: "127.0.0.1"}
	everywhere := Front{Listen: "0.0.0.0"}
	named := Front{Listen: "0.0.0.0", PublicURL: mustURL("https://Apifront.example.com/")}
	for _, test := range []struct {
		name  string
		front Front
		local string // the address that the connection came in at
		host  string
		want  bool
	}{
		{"loopback", loopback, "127.0.0.1:8080", "127.0.0.1:8080", true},
		{"its name", loopback, "127.0.0.1:8080", "localhost:8080", true},
		{"upper case, dot", loopback, "127.0.0.1:8080", "LOCALHOST.:8080", true},
		{"forwarded by ssh", loopback, "127.0.0.1:8080", "localhost:9999", true},
		{"IPv6", loopback, "[::1]:8080", "[::1]:8080", true},
		{"rebinding", loopback, "127.0.0.1:8080", "evil.example:8080", false},
		{"rebinding of a name below localhost", loopback, "127.0.0.1:8080", "localhost.evil.example", false},
		{"a name that resolves to loopback", loopback, "127.0.0.1:8080", "127.0.0.1.nip.io", false},
		{"unspecified", loopback, "127.0.0.1:8080", "0.0.0.0:8080", false},
		{"metadata", loopback, "127.0.0.1:8080", "169.254.169.254", false},
		{"nothing", loopback, "127.0.0.1:8080", "", false},
		{"user in front", loopback, "127.0.0.1:8080", "localhost@evil.example", false},
		{"path behind", loopback, "127.0.0.1:8080", "localhost/evil.example", false},
		{"two names", loopback, "127.0.0.1:8080", "localhost,evil.example", false},
		{"space", loopback, "127.0.0.1:8080", "localhost evil.example", false},

		{"the address listened on", Front{Listen: "10.1.2.3"}, "10.1.2.3:80", "10.1.2.3", true},
		{"another one", Front{Listen: "10.1.2.3"}, "10.1.2.3:80", "10.1.2.4", false},
		{"the name listened on", Front{Listen: "box.lan"}, "10.1.2.3:80", "box.lan:80", true},
		{"the address of the connection", everywhere, "10.1.2.3:80", "10.1.2.3", true},
		{"mapped", everywhere, "[::ffff:10.1.2.3]:80", "10.1.2.3", true},
		{"not that of the connection", everywhere, "10.1.2.3:80", "10.1.2.4", false},
		{"rebinding, everywhere", everywhere, "10.1.2.3:80", "evil.example", false},

		{"public", named, "10.1.2.3:8080", "apifront.example.com", true},
		{"public, another port", named, "10.1.2.3:8080", "apifront.example.com:8443", true},
		{"public, from the machine itself", named, "127.0.0.1:8080", "127.0.0.1:8080", true},
		{"public, by address", named, "10.1.2.3:8080", "10.1.2.3:8080", false},
		{"public, rebinding", named, "10.1.2.3:8080", "evil.example", false},
		{"public, a name that ends so", named, "10.1.2.3:8080", "evilapifront.example.com", false},
		{"public, a name that begins so", named, "10.1.2.3:8080", "apifront.example.com.evil.example", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			local, err := net.ResolveTCPAddr("tcp", test.local)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequestWithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, net.Addr(local)), http.MethodGet, "/", nil)
			r.Host = test.host
			if got := test.front.answers(r); got != test.want {
				t.Errorf("Host %q: %t", test.host, got)
			}
		})
	}
}

// Whom the server takes a request to be from.
func TestForwardedHeaders(t *testing.T) {
	t.Parallel()
	front := Front{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}
	for _, test := range []struct {
		name, peer string
		forwarded  []string
		host       string // X-Forwarded-Host
		want       string
		wantHost   string
	}{
		{"no proxy", "198.51.100.7:1234", nil, "", "198.51.100.7", "asked.example"},
		{"a stranger who says to be a proxy", "198.51.100.7:1234", []string{"203.0.113.1"}, "evil.example", "198.51.100.7", "asked.example"},
		{"a proxy", "10.0.0.1:1234", []string{"203.0.113.1"}, "", "203.0.113.1", "asked.example"},
		{"a proxy over IPv6", "[fd00::1]:1234", []string{"2001:db8::7"}, "", "2001:db8::7", "asked.example"},
		{"mapped", "[::ffff:10.0.0.1]:1234", []string{"::ffff:203.0.113.1"}, "", "203.0.113.1", "asked.example"},
		{"with port", "10.0.0.1:1234", []string{"203.0.113.1:555"}, "", "203.0.113.1", "asked.example"},
		{"bracketed", "10.0.0.1:1234", []string{"[2001:db8::7]"}, "", "2001:db8::7", "asked.example"},
		{"two proxies", "10.0.0.1:1234", []string{"203.0.113.1, 10.0.0.2"}, "", "203.0.113.1", "asked.example"},
		{"what the client put in front", "10.0.0.1:1234", []string{"127.0.0.1, 203.0.113.1"}, "", "203.0.113.1", "asked.example"},
		{"a trusted address that the client put in front", "10.0.0.1:1234", []string{"10.9.9.9, 203.0.113.1"}, "", "203.0.113.1", "asked.example"},
		{"two headers", "10.0.0.1:1234", []string{"127.0.0.1", "203.0.113.1"}, "", "203.0.113.1", "asked.example"},
		{"garbage", "10.0.0.1:1234", []string{"203.0.113.1, <script>"}, "", "10.0.0.1", "asked.example"},
		{"garbage in front", "10.0.0.1:1234", []string{"<script>, 203.0.113.1"}, "", "203.0.113.1", "asked.example"},
		{"nothing but proxies", "10.0.0.1:1234", []string{"10.0.0.3, 10.0.0.2"}, "", "10.0.0.3", "asked.example"},
		{"none", "10.0.0.1:1234", nil, "", "10.0.0.1", "asked.example"},
		{"a name", "10.0.0.1:1234", []string{"203.0.113.1"}, "front.example", "203.0.113.1", "front.example"},
		{"two names", "10.0.0.1:1234", []string{"203.0.113.1"}, "evil.example, front.example", "203.0.113.1", "front.example"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.Host, r.RemoteAddr = "asked.example", test.peer
			for _, v := range test.forwarded {
				r.Header.Add("X-Forwarded-For", v)
			}
			if test.host != "" {
				r.Header.Set("X-Forwarded-Host", test.host)
			}
			for _, name := range []string{"Forwarded", "X-Forwarded-Proto", "X-Real-Ip"} {
				r.Header.Set(name, "203.0.113.99")
			}
			front.unwrap(r)
			if got := remoteAddress(r); got != test.want {
				t.Errorf("the client is %s, want %s", got, test.want)
			}
			if r.Host != test.wantHost {
				t.Errorf("the name is %s, want %s", r.Host, test.wantHost)
			}
			for name := range r.Header {
				t.Errorf("%s is left for somebody to believe", name)
			}
		})
	}
}

func mustURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	return u
}
