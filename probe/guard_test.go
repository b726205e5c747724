package probe

import (
	"fmt"
	"net/netip"
	"testing"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"13.32.1.1": true, "8.8.8.8": true, "2600:9000::1": true, "172.15.0.1": true, "172.32.0.1": true,
		"100.63.0.1": true, "100.128.0.1": true, "::ffff:13.32.1.1": true,

		"127.0.0.1": false, "127.8.8.8": false, "::1": false, "::ffff:127.0.0.1": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false,
		"169.254.169.254": false, "::ffff:169.254.169.254": false, "fd00:ec2::254": false, "169.254.170.2": false,
		"fe80::1": false, "fe80::1%eth0": false, "100.64.0.1": false, "100.127.255.255": false,
		"224.0.0.1": false, "ff02::1": false, "0.0.0.0": false, "0.1.2.3": false, "::": false,
		"255.255.255.255": false, "240.0.0.1": false, "192.0.0.170": false, "198.18.0.1": false,
		"64:ff9b::a9fe:a9fe": false, "2002:7f00:1::": false, "2001:0:7f00:1::": false, "fec0::1": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %t, want %t", address, got, want)
		}
	}
	if public(netip.Addr{}) {
		t.Error("no address at all counts as public")
	}
}

// An address inside a network stays one in every dress that IPv6 has for it.
func TestPublicSeesThroughIPv6(t *testing.T) {
	t.Parallel()
	for _, inside := range []string{"127.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "8.8.8.8"} {
		b := netip.MustParseAddr(inside).As4()
		high, low := fmt.Sprintf("%02x%02x", b[0], b[1]), fmt.Sprintf("%02x%02x", b[2], b[3])
		for name, dress := range map[string]string{
			"compatible":      "::" + inside,
			"SIIT":            "::ffff:0:" + high + ":" + low,
			"NAT64":           "64:ff9b::" + high + ":" + low,
			"NAT64, local":    "64:ff9b:1::" + high + ":" + low,
			"6to4":            "2002:" + high + ":" + low + "::1",
			"Teredo, server":  "2001:0:" + high + ":" + low + "::",
			"Teredo, client":  fmt.Sprintf("2001::%02x%02x:%02x%02x", ^b[0], ^b[1], ^b[2], ^b[3]),
			"ISATAP":          "fe80::5efe:" + high + ":" + low,
			"discard":         "100::" + high + ":" + low,
			"segment routing": "5f00::" + high + ":" + low,
		} {
			if public(netip.MustParseAddr(dress)) {
				t.Errorf("%s of %s, %s, counts as public", name, inside, dress)
			}
		}
		mapped := netip.MustParseAddr("::ffff:" + high + ":" + low)
		if public(mapped) != (inside == "8.8.8.8") {
			t.Errorf("%s, which is %s, counts as public: %t", mapped, inside, public(mapped))
		}
	}
}
