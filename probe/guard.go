package probe

import (
	"fmt"
	"net/netip"

	"apifront/setup"
)

// closedRanges are where no visitor's address is, beside those that netip
// knows by name. Some of them lead into a network by another way.
// https://www.iana.org/assignments/iana-ipv4-special-registry
// https://www.iana.org/assignments/iana-ipv6-special-registry
// The ranges for documentation are not here: nothing answers there, and in
// tests they stand for the Internet.
var closedRanges = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // shared by carriers, with Alibaba Cloud's metadata service
	netip.MustParsePrefix("192.0.0.0/24"),  // protocols' own, with Oracle Cloud's metadata service
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), // Teredo, with an IPv4 address within, and other protocols' own
	netip.MustParsePrefix("2002::/16"), // 6to4: an IPv4 address within

	// This one reads as public: the virtual public address under which Azure's
	// platform answers inside every network there.
	// https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
	netip.MustParsePrefix("168.63.129.16/32"),
}

// global6 is all of IPv6 that is given to networks. Outside of it an address
// can hold an IPv4 address in many ways (NAT64, SIIT, "compatible"), or is for
// a link or site.
var global6 = netip.MustParsePrefix("2000::/3")

// public says whether an address is one that visitors could have. Loopback,
// private, link-local and multicast are not, nor where clouds have their
// metadata services.
func public(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	if !addr.IsValid() || addr.IsUnspecified() || addr.IsLoopback() || addr.IsPrivate() ||
		addr.IsLinkLocalUnicast() || addr.IsMulticast() || addr.Is6() && !global6.Contains(addr) {
		return false
	}
	for _, closed := range closedRanges {
		if closed.Contains(addr) {
			return false
		}
	}
	return true
}

// guard refuses a probe to an address that visitors cannot have. It is asked
// with the very address that is dialled next.
func (p *Prober) guard(name string, addr netip.Addr) error {
	if p.settings.AllowPrivate || public(addr) {
		return nil
	}
	return &setup.Problem{
		What: fmt.Sprintf("%s was not contacted.", name),
		Why:  fmt.Sprintf("DNS leads to %s, an address inside a network. Visitors cannot reach it, and apifront does not look there.", addr),
		Fix:  fmt.Sprintf("Correct the DNS records of %s, or set APIFRONT_PROBE_DNS if this network has DNS of its own.", name),
		Code: "AddressRefused",
	}
}
