package probe

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	"apifront/setup"
)

// publicResolvers are asked if the system names no resolver.
var publicResolvers = []string{"1.1.1.1:53", "8.8.8.8:53"}

// resolvers are the resolvers to ask, in order.
func (p *Prober) resolvers() []string {
	if len(p.settings.DNS) > 0 {
		return p.settings.DNS
	}
	system, err := dns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil || len(system.Servers) == 0 {
		return publicResolvers
	}
	servers := make([]string, 0, len(system.Servers))
	for _, s := range system.Servers {
		servers = append(servers, net.JoinHostPort(s, system.Port))
	}
	return servers
}

// serverPort is the port of the name servers. It is 53, unless the resolvers in
// the settings have another one, as in a simulator.
func (p *Prober) serverPort() string {
	if len(p.settings.DNS) > 0 {
		if _, port, err := net.SplitHostPort(p.settings.DNS[0]); err == nil {
			return port
		}
	}
	return "53"
}

// Authoritative asks the name servers of the closest zone themselves, past
// every cache, one after the other until one answers. If the name is a CNAME,
// they may answer only with that: Records is then empty, and CNAMEs has the
// target. The error is a *LookupError.
func (p *Prober) Authoritative(ctx context.Context, name string, qtype uint16) (Answer, error) {
	none := Answer{Name: setup.FoldName(name), Type: qtype}
	zone, servers, err := p.Zone(ctx, name)
	if err != nil {
		return none, err
	}
	last := error(&LookupError{Name: none.Name, Type: qtype, Err: fmt.Errorf("no name server of %s has an address", zone)})
	for _, server := range servers {
		addresses, err := p.Addresses(ctx, server)
		if err != nil {
			last = err
			continue
		}
		for _, address := range addresses {
			answer, err := p.ask(ctx, question{
				name: name, qtype: qtype, found: server,
				server: net.JoinHostPort(address.String(), p.serverPort()),
			})
			if err == nil {
				return answer, nil
			}
			if last = err; ctx.Err() != nil {
				return none, last
			}
		}
	}
	return none, last
}

// Zone returns the apex of the closest zone that holds a name, without trailing
// dot, and the zone's name servers according to DNS. It never returns the root.
// The error is a *LookupError; with dns.RcodeNameError there is no such zone.
func (p *Prober) Zone(ctx context.Context, name string) (apex string, servers []string, err error) {
	for at := setup.FoldName(name); at != ""; at = parent(at) {
		servers, err := p.apex(ctx, at)
		if err != nil {
			return "", nil, err
		}
		if len(servers) > 0 {
			return at, servers, nil
		}
	}
	return "", nil, &LookupError{Name: setup.FoldName(name), Type: dns.TypeNS, Rcode: dns.RcodeNameError}
}

// apex returns the name servers at a name; none if no zone begins there.
func (p *Prober) apex(ctx context.Context, name string) ([]string, error) {
	p.mu.Lock()
	servers, known := p.zones[name]
	p.mu.Unlock()
	if known {
		return servers, nil
	}
	answer, err := p.Lookup(ctx, name, dns.TypeNS)
	if err != nil {
		return nil, err
	}
	if len(answer.CNAMEs) == 0 { // with a CNAME, the records belong to the zone of its target
		servers = answer.Records
	}
	p.mu.Lock()
	p.zones[name] = servers
	p.mu.Unlock()
	return servers, nil
}

// parent is the name without its first label; "" if it has only one.
func parent(name string) string {
	_, rest, _ := strings.Cut(name, ".")
	return rest
}

// Addresses returns the addresses of a host, IPv4 first. If the host has none,
// the list is empty and there is no error. The error is a *LookupError.
func (p *Prober) Addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return []netip.Addr{addr}, nil
	}
	var all []netip.Addr
	var failed error
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		answer, err := p.Lookup(ctx, host, qtype)
		if err != nil {
			failed = err
			continue
		}
		for _, r := range answer.Records {
			if addr, err := netip.ParseAddr(r); err == nil {
				all = append(all, addr)
			}
		}
		if answer.Rcode == dns.RcodeNameError {
			break
		}
	}
	if len(all) == 0 {
		return nil, failed
	}
	return all, nil
}
