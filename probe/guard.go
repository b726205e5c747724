package probe

import (
	"fmt"
	"net/netip"

	"apifront/setup"
)

// guard refuses to probe an address that visitors cannot reach. The caller
// dials exactly the address that it has checked here. The error is a
// *setup.Problem.
func (p *Prober) guard(name string, addr netip.Addr) error {
	if p.settings.AllowPrivate || setup.PublicAddress(addr) {
		return nil
	}
	return &setup.Problem{
		What: fmt.Sprintf("%s was not contacted.", name),
		Why:  fmt.Sprintf("DNS leads to %s, an address inside a network. Visitors cannot reach it, and apifront does not look there.", addr),
		Fix:  fmt.Sprintf("Correct the DNS records of %s, or set APIFRONT_PROBE_DNS if this network has DNS of its own.", name),
		Code: "AddressRefused",
	}
}

// Reaches says whether visitors can reach the address. Where private addresses are
// allowed, as with a simulator, those of this machine stand for the Internet.
func (p *Prober) Reaches(addr netip.Addr) bool {
	return setup.PublicAddress(addr) || p.settings.AllowPrivate && addr.Unmap().IsLoopback()
}
