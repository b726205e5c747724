package sim

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// Of weighted records those of weight 0 answer only when there are no others.
func TestDNSWeights(t *testing.T) {
	for _, c := range []struct {
		weights []int64
		want    string
	}{{[]int64{0, 1}, "192.0.2.2"}, {[]int64{1, 0}, "192.0.2.1"}, {[]int64{0, 0}, "192.0.2.1"}} {
		w := newVisited(t, Pace{})
		w.mu.Lock()
		z := w.zones[w.zone]
		for i, weight := range c.weights {
			z.put(&recordSet{recordKey: recordKey{"w.example.com.", "A", fmt.Sprint(i)}, TTL: 60, Values: []string{fmt.Sprintf("192.0.2.%d", i+1)}, Weight: &weight})
		}
		z.Served = z.Records
		got, _, _ := w.lookup("w.example.com", "A", time.Now())
		w.mu.Unlock()
		if strings.Join(got, " ") != c.want {
			t.Errorf("weights %v: got %v, want %s", c.weights, got, c.want)
		}
	}
}

// Aliases lead to aliases, but not for ever.
func TestDNSAliasDepth(t *testing.T) {
	w := newVisited(t, Pace{})
	w.AddRecord(w.zone, "a0.example.com", "A", 60, "192.0.2.1")
	w.mu.Lock()
	defer w.mu.Unlock()
	z := w.zones[w.zone]
	for i := range aliasDepth + 1 {
		z.put(&recordSet{recordKey: recordKey{Name: fmt.Sprintf("a%d.example.com.", i+1), Type: "A"}, AliasName: fmt.Sprintf("a%d.example.com.", i)})
	}
	z.put(&recordSet{recordKey: recordKey{Name: "loop.example.com.", Type: "A"}, AliasName: "loop.example.com."})
	z.Served = z.Records
	for name, want := range map[string]int{"a1": 1, fmt.Sprintf("a%d", aliasDepth): 1, fmt.Sprintf("a%d", aliasDepth+1): 0, "loop": 0} {
		if got, _, exists := w.lookup(name+".example.com", "A", time.Now()); len(got) != want || !exists {
			t.Errorf("%s: got %v, %v", name, got, exists)
		}
	}
}

// What AWS's own names have beside addresses of IP version 4.
func TestDNSOwnNames(t *testing.T) {
	for _, c := range []struct {
		name, qtype string
		ipv6        bool
		want        string
	}{
		{testEdge, "HTTPS", true, `1 . alpn="h2"`}, {testEdge, "AAAA", true, addressEdge0v6 + " " + addressEdge1v6}, {testEdge, "AAAA", false, ""},
		{testTarget, "AAAA", true, addressRegionalv6}, {testTarget, "AAAA", false, ""}, {testTarget, "HTTPS", true, ""},
	} {
		w := newVisited(t, Pace{})
		w.distribution.Config.IPv6 = &c.ipv6
		w.domain.IPType = map[bool]string{true: "dualstack", false: "ipv4"}[c.ipv6]
		w.mu.Lock()
		got, _, exists := w.lookup(c.name, c.qtype, time.Now())
		w.mu.Unlock()
		if strings.Join(got, " ") != c.want || !exists {
			t.Errorf("%s %s, IPv6 %v: got %v", c.name, c.qtype, c.ipv6, got)
		}
	}
}

// Over UDP an answer is cut to what the asker takes, and says so.
func TestDNSTruncation(t *testing.T) {
	w := newVisited(t, Pace{})
	var values []string
	for i := range 20 {
		values = append(values, fmt.Sprintf(`"%02d %s"`, i, strings.Repeat("x", 40)))
	}
	w.AddRecord(w.zone, "big.example.com", "TXT", 60, values...)
	l, err := w.Listen(t.Context(), ListenConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, c := range []struct {
		network string
		size    uint16 // EDNS; 0: none
		whole   bool
	}{{"udp", 0, false}, {"udp", 700, false}, {"udp", 4096, true}, {"tcp", 0, true}} {
		m := new(dns.Msg)
		m.SetQuestion("big.example.com.", dns.TypeTXT)
		if c.size > 0 {
			m.SetEdns0(c.size, false)
		}
		got, _, err := (&dns.Client{Net: c.network, UDPSize: c.size}).ExchangeContext(t.Context(), m, l.DNS)
		if err != nil {
			t.Fatal(err)
		}
		got.Compress = true // as it came: Len counts it so
		most := max(int(c.size), dns.MinMsgSize)
		if got.Truncated == c.whole || (len(got.Answer) == 20) != c.whole || !c.whole && got.Len() > most || (got.IsEdns0() != nil) != (c.size > 0) {
			t.Errorf("%s, EDNS %d: truncated %v, %d records, %d bytes", c.network, c.size, got.Truncated, len(got.Answer), got.Len())
		}
	}
}

// A port that an edge cannot have puts everything at 127.0.0.1; one that is
// taken there too is an error.
func TestListenFallsBack(t *testing.T) {
	var lc net.ListenConfig
	taken, err := lc.Listen(t.Context(), "tcp", addressEdge1+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	w := newVisited(t, Pace{})
	l, err := w.Listen(t.Context(), ListenConfig{DataPort: portOf(taken)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got := w.addresses(testEdge, time.Now()); l.ProbePort != portOf(taken) || len(got) != 1 || got[0] != addressDNS {
		t.Errorf("got port %d and %v", l.ProbePort, got)
	}
	if other, err := newVisited(t, Pace{}).Listen(t.Context(), ListenConfig{DataPort: portOf(taken)}); err == nil {
		other.Close()
		t.Error("a port that is taken everywhere: no error")
	}
}
