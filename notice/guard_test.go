package notice

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"

	"apifront/setup"
)

// Which addresses people may type.
func TestCheck(t *testing.T) {
	t.Parallel()
	s := New(Settings{Inner: []string{"chat.corp:443", "10.0.0.5:8065", "[fd00::5]:80"}})
	for address, host := range map[string]string{
		"https://hooks.example.com/services/T0/B0/x": "hooks.example.com",
		"https://hooks.example.com:8443/x?a=b":       "hooks.example.com:8443",
		"https://203.0.113.7/x":                      "203.0.113.7",
		"https://CHAT.corp/x":                        "CHAT.corp",
		"http://10.0.0.5:8065/hooks/x":               "10.0.0.5:8065",
		"http://[fd00::5]/hooks/x":                   "[fd00::5]",
		"https://10.0.0.5:8065/hooks/x":              "10.0.0.5:8065",
		"":                                           "",
		"hooks.example.com":                          "",
		"//hooks.example.com":                        "",
		"https:hooks.example.com":                    "",
		"https://":                                   "",
		"https://:443/":                              "",
		"ftp://hooks.example.com":                    "",
		"file:///etc/passwd":                         "",
		"https://a:b@hooks.example.com/":             "",
		"https://hooks.example.com/#x":               "",
		"https://hooks.example.com/a b":              "",
		"https://hooks.example.com/\r\nX: y":         "",
		"http://hooks.example.com/x":                 "",
		"http://10.0.0.5/x":                          "",
		"http://10.0.0.6:8065/x":                     "",
		"https://127.0.0.1/":                         "",
		"https://[::1]/":                             "",
		"https://[::ffff:127.0.0.1]/":                "",
		"https://169.254.169.254/latest":             "",
		"https://[64:ff9b::a9fe:a9fe]/":              "",
		"https://LocalHost/":                         "",
		"https://0.0.0.0/":                           "",
		"https://hooks.example.com/" + strings.Repeat("a", 2000): "",
	} {
		got, wrong := s.Check(setup.NoticeChat, address)
		if got != host || (wrong == "") != (host != "") {
			t.Errorf("%q: %q, %q", setup.Clip(address, 60), got, wrong)
		}
	}
}

// zone answers all questions with these addresses, and once it is moved, with the
// last one alone.
func zone(t *testing.T, moved *atomic.Bool, addresses ...string) *net.Resolver {
	t.Helper()
	packets, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		list := addresses
		if moved != nil && moved.Load() {
			list = list[len(list)-1:]
		} else if moved != nil {
			list = list[:len(list)-1]
		}
		for _, text := range list {
			ip := net.ParseIP(text)
			head := dns.RR_Header{Name: q.Question[0].Name, Class: dns.ClassINET}
			switch {
			case q.Question[0].Qtype == dns.TypeA && !strings.Contains(text, ":"):
				head.Rrtype = dns.TypeA
				m.Answer = append(m.Answer, &dns.A{Hdr: head, A: ip})
			case q.Question[0].Qtype == dns.TypeAAAA && strings.Contains(text, ":"):
				head.Rrtype = dns.TypeAAAA
				m.Answer = append(m.Answer, &dns.AAAA{Hdr: head, AAAA: ip})
			}
		}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = server.ActivateAndServe() }()
	t.Cleanup(func() { _ = server.Shutdown() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", packets.LocalAddr().String())
	}}
}

// A name that leads inside is not told, in whatever form DNS says so, and also if it
// led outside when it was asked for the first time. The server inside gets no
// connection.
func TestNamesThatLeadInside(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	inside.Config.ConnState = func(net.Conn, http.ConnState) { reached.Add(1) }
	t.Cleanup(inside.Close)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(inside.URL, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(inside.Certificate())
	keys := testKeys(t)
	const name = "example.com" // that of the certificate
	for what, addresses := range map[string][]string{
		"loopback":         {"127.0.0.1"},
		"another loopback": {"127.9.9.9"},
		"IPv6 loopback":    {"::1"},
		"mapped":           {"::ffff:127.0.0.1"},
		"compatible":       {"::7f00:1"},
		"NAT64":            {"64:ff9b::7f00:1"},
		"6to4":             {"2002:7f00:1::1"},
		"private":          {"10.1.2.3"},
		"link-local":       {"169.254.169.254"},
		"unspecified":      {"0.0.0.0"},
		"IPv6 private":     {"fd00:ec2::254"},
		"both families":    {"127.0.0.1", "::1"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := New(Settings{Keys: keys, Resolver: zone(t, nil, addresses...), CA: roots})
			a := s.Send(t.Context(), place(t, keys, setup.NoticeChat, setup.NoticeSecret{Address: "https://" + name + ":" + port + "/x"}), message())
			if a.Taken || a.Status != 0 || !strings.Contains(a.Text, "inside a network") {
				t.Errorf("%+v", a)
			}
		})
	}
	t.Run("rebinding", func(t *testing.T) {
		t.Parallel()
		var moved atomic.Bool
		r := zone(t, &moved, "203.0.113.7", "127.0.0.1")
		first, err := r.LookupNetIP(t.Context(), "ip", name)
		if err != nil || len(first) != 1 || !setup.PublicAddress(first[0]) {
			t.Fatal(first, err)
		}
		moved.Store(true)
		s := New(Settings{Keys: keys, Resolver: r, CA: roots})
		a := s.Send(t.Context(), place(t, keys, setup.NoticeChat, setup.NoticeSecret{Address: "https://" + name + ":" + port + "/x"}), message())
		if a.Taken || !strings.Contains(a.Text, "inside a network") {
			t.Errorf("%+v", a)
		}
	})
	t.Cleanup(func() {
		if n := reached.Load(); n != 0 {
			t.Errorf("the server inside was reached %d times", n)
		}
	})
}

// The setting lets a name inside be told, and no other port of it. Its certificate
// still counts.
func TestInner(t *testing.T) {
	t.Parallel()
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(inside.Close)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(inside.URL, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(inside.Certificate())
	keys := testKeys(t)
	p := place(t, keys, setup.NoticeChat, setup.NoticeSecret{Address: "https://example.com:" + port + "/x"})
	for what, c := range map[string]struct {
		s     Settings
		taken bool
		text  string
	}{
		"named":               {Settings{Inner: []string{"example.com:" + port}, CA: roots}, true, ""},
		"another port":        {Settings{Inner: []string{"example.com:443"}, CA: roots}, false, "inside a network"},
		"another name":        {Settings{Inner: []string{"127.0.0.1:" + port}, CA: roots}, false, "inside a network"},
		"foreign certificate": {Settings{Inner: []string{"example.com:" + port}}, false, "certificate"},
	} {
		c.s.Keys, c.s.Resolver = keys, zone(t, nil, "127.0.0.1")
		if a := New(c.s).Send(t.Context(), p, message()); a.Taken != c.taken || !strings.Contains(a.Text, c.text) {
			t.Errorf("%s: %+v", what, a)
		}
	}
}

// How the setting is read.
func TestReadInner(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", " , ": "", "Chat.corp:443": "chat.corp:443", "10.0.0.5:8065, [fd00::5]:80": "10.0.0.5:8065 [fd00::5]:80",
		"chat.corp": "!", ":443": "!", "chat.corp:": "!", "10.0.0.0/8": "!",
	} {
		list, err := ReadInner(text)
		if got := strings.Join(list, " "); (err != nil) != (want == "!") || err == nil && got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
