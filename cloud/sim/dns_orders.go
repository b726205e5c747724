package sim

import (
	"slices"
	"strings"
)

// TypeFlattened is the type of a record by which a foreign provider answers with
// the addresses of another name, as ALIAS, ANAME and flattened CNAME records do.
// Its value is that name. Queries never see the record itself.
const TypeFlattened = "ALIAS"

// dnsOrders is what was said of the public DNS beside the zones.
type dnsOrders struct {
	Delegations map[string][]string `json:"delegations,omitempty"` // the servers that the parent names, by name
	Servers     []string            `json:"servers,omitempty"`     // name servers that have no zone of this world
	Resolvers   map[string]Resolver `json:"resolvers,omitempty"`   // by address
	Faults      []*serverFault      `json:"faults,omitempty"`      // of name servers
}

func (o *dnsOrders) none() bool {
	return len(o.Delegations) == 0 && len(o.Servers) == 0 && len(o.Resolvers) == 0 && len(o.Faults) == 0
}

// foreignServers are those of a foreign provider that says no other.
var foreignServers = []string{"ns1.dns-provider.example.", "ns2.dns-provider.example."}

// AddForeignZone makes a zone at another DNS provider than Route 53, and has the
// parent delegate to its servers. Without any they are ns1 and
// ns2.dns-provider.example. Its records are set by AddRecord, which takes
// whatever it is given.
func (s *Sim) AddForeignZone(name string, servers ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(servers) == 0 {
		servers = foreignServers
	}
	z := s.addZone("", name)
	z.Foreign, z.NameServers = true, nil
	for _, server := range servers {
		z.NameServers = append(z.NameServers, canonicalName(server))
	}
	s.setRecord(z.ID, z.Name, "NS", 3600, z.NameServers)
	s.setRecord(z.ID, z.Name, "SOA", 3600, []string{z.NameServers[0] + " hostmaster." + z.Name + " 1 10800 3600 604800 1800"})
	s.delegateTo(z)
	return z.ID
}

// AddNameServer makes a name server that has no zone: it refuses every query.
func (s *Sim) AddNameServer(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name = canonicalName(name); !slices.Contains(s.dns.Servers, name) {
		s.dns.Servers = append(s.dns.Servers, name)
		s.dnsChanged()
		s.changed()
	}
}

// delegateTo has the parent name the servers of a zone, and no other zone's.
func (s *Sim) delegateTo(z *zone) {
	delete(s.dns.Delegations, z.Name)
	for _, other := range s.zones {
		if other.Name == z.Name {
			other.Delegated = false
		}
	}
	z.Delegated = true
	s.dnsChanged()
	s.changed()
}

// Delegate says which servers the parent names for a name, whatever zones there
// are: another zone's, servers that have no such zone, names of no server, or
// none at all. NS records that the parent zone has itself come first.
func (s *Sim) Delegate(name string, servers ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name = canonicalName(name)
	named := []string{}
	for _, server := range servers {
		named = append(named, canonicalName(server))
	}
	if s.dns.Delegations == nil {
		s.dns.Delegations = map[string][]string{}
	}
	s.dns.Delegations[name] = named
	for _, z := range s.zones {
		if z.Name == name {
			z.Delegated = !z.Private && slices.ContainsFunc(z.NameServers, func(own string) bool { return slices.Contains(named, own) })
		}
	}
	s.dnsChanged()
	s.changed()
}

// ServerAddress is the address of a name server, as Dial reaches it at port 53;
// "" if there is none of that name.
func (s *Sim) ServerAddress(server string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if server = canonicalName(server); !s.isNameServer(server) {
		return ""
	}
	return s.addressOf(server)
}

// EnterRecord enters a record as a person does where the name's DNS is managed: in the zone
// that DNS leads to, in place of what would stand in its way there. A name without a zone
// gets one at another provider, of its last two labels.
func (s *Sim) EnterRecord(name, kind string, ttl int, values ...string) {
	zone := s.zoneOver(canonicalName(name))
	if zone == "" {
		labels := strings.Split(strings.TrimSuffix(canonicalName(name), "."), ".")
		zone = s.AddForeignZone(strings.Join(labels[max(0, len(labels)-2):], "."))
	}
	others := map[string][]string{"A": {"CNAME", TypeFlattened}, "AAAA": {"CNAME", TypeFlattened}, "CNAME": {"A", "AAAA", TypeFlattened}, TypeFlattened: {"A", "AAAA", "CNAME"}}
	for _, other := range others[kind] {
		s.AddRecord(zone, name, other, 0)
	}
	s.AddRecord(zone, name, kind, ttl, values...)
}

// zoneOver is the ID of the closest zone over an absolute name to which DNS leads; "" for
// none.
func (s *Sim) zoneOver(name string) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	length := 0
	for at, z := range s.zones {
		if !z.Private && z.Delegated && inZone(name, z.Name) && len(z.Name) > length {
			id, length = at, len(z.Name)
		}
	}
	return id
}
