package setup

import "net/netip"

// closedRanges are addresses that nobody on the public Internet can reach,
// besides those that netip has methods for. Some of them lead into a network in
// another way. The ranges for documentation are not in the list: nothing
// answers there, and in tests they stand for the Internet.
// https://www.iana.org/assignments/iana-ipv4-special-registry
// https://www.iana.org/assignments/iana-ipv6-special-registry
var closedRanges = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // shared address space of carriers; Alibaba Cloud's metadata service is in it
	netip.MustParsePrefix("192.0.0.0/24"),  // IETF protocol assignments; Oracle Cloud's metadata service is in it
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), // IETF protocol assignments; Teredo in it contains an IPv4 address
	netip.MustParsePrefix("2002::/16"), // 6to4: contains an IPv4 address

	// This address looks public. Inside every network of Azure, its platform
	// answers there.
	// https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
	netip.MustParsePrefix("168.63.129.16/32"),
}

// global6 is the part of IPv6 that networks get addresses from. An address
// outside of it can contain an IPv4 address in many ways (NAT64, SIIT,
// "compatible"), or belongs to a link or a site.
var global6 = netip.MustParsePrefix("2000::/3")

// PublicAddress says whether anybody on the Internet can reach the address.
// Loopback, private, link-local and multicast addresses, and the metadata
// services of clouds, are inside a network.
func PublicAddress(addr netip.Addr) bool {
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
