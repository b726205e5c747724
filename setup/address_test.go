package setup

import (
	"fmt"
	"net/netip"
	"testing"
)

func TestPublicAddress(t *testing.T) {
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
		"168.63.129.15": true, "168.63.129.17": true, "192.0.1.1": true, "192.0.3.1": true, "2001:db7::1": true, "2001:db9::1": true, "3ffe::1": true,
		"64:ff9b::a9fe:a9fe": false, "2002:7f00:1::": false, "2001:0:7f00:1::": false, "fec0::1": false,
	} {
		if got := PublicAddress(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %t, want %t", address, got, want)
		}
	}
	if PublicAddress(netip.Addr{}) {
		t.Error("no address at all counts as public")
	}
}

// The metadata services of clouds are never reached, whatever their address.
func TestMetadataServicesAreNotPublic(t *testing.T) {
	t.Parallel()
	for service, address := range map[string]string{
		"AWS": "169.254.169.254", "AWS, IPv6": "fd00:ec2::254", "AWS, containers": "169.254.170.2", "AWS, containers, IPv6": "fd00:ec2::23", "AWS, DNS, IPv6": "fd00:ec2::253",
		"Azure, platform": "168.63.129.16", "Azure, mapped": "::ffff:168.63.129.16", "Google, IPv6": "fd20:ce::254", "Alibaba": "100.100.100.200",
		"Oracle": "192.0.0.192", "Tencent": "169.254.0.23", "OpenStack, IPv6": "fe80::a9fe:a9fe", "Scaleway": "169.254.42.42", "Scaleway, IPv6": "fd00:42::42",
		"Akamai, IPv6": "fd00:a9fe:a9fe::1",
	} {
		if PublicAddress(netip.MustParseAddr(address)) {
			t.Errorf("%s at %s counts as public", service, address)
		}
	}
}

// Each range that IANA's registries of special addresses call not globally
// reachable is not public, at both of its ends. The ranges for documentation
// are the exception.
// https://www.iana.org/assignments/iana-ipv4-special-registry
// https://www.iana.org/assignments/iana-ipv6-special-registry
func TestSpecialRangesAreNotPublic(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16",
		"198.18.0.0/15", "240.0.0.0/4", "255.255.255.255/32",
		"::1/128", "::/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001:2::/48", "5f00::/16", "fc00::/7", "fe80::/10",
	} {
		p := netip.MustParsePrefix(text)
		last := p.Addr().AsSlice()
		for i := p.Bits(); i < len(last)*8; i++ {
			last[i/8] |= 1 << (7 - i%8)
		}
		end, _ := netip.AddrFromSlice(last)
		for _, a := range []netip.Addr{p.Addr(), end} {
			if PublicAddress(a) {
				t.Errorf("%s of %s counts as public", a, p)
			}
		}
	}
}

// An IPv4 address inside a network is not public in any of the forms that IPv6
// has for it.
func TestPublicAddressSeesThroughIPv6(t *testing.T) {
	t.Parallel()
	for _, inside := range []string{"127.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "168.63.129.16", "8.8.8.8"} {
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
			if PublicAddress(netip.MustParseAddr(dress)) {
				t.Errorf("%s of %s, %s, counts as public", name, inside, dress)
			}
		}
		mapped := netip.MustParseAddr("::ffff:" + high + ":" + low)
		if PublicAddress(mapped) != (inside == "8.8.8.8") {
			t.Errorf("%s, which is %s, counts as public: %t", mapped, inside, PublicAddress(mapped))
		}
	}
}
