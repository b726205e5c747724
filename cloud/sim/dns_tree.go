package sim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// The servers of the zones that nobody in this world holds.
var (
	rootServers = letters("root-servers.net.")
	gtldServers = letters("gtld-servers.net.")
	awsServers  = []string{"ns-1.sim.example.", "ns-2.sim.example."}
)

// letters are the names a to m in a domain.
func letters(domain string) []string {
	var all []string
	for c := 'a'; c <= 'm'; c++ {
		all = append(all, string(c)+"."+domain)
	}
	return all
}

// tldServers are the servers of a top-level domain, such as "org.".
func tldServers(tld string) []string {
	if tld == "com." || tld == "net." {
		return gtldServers
	}
	return []string{"a.nic." + tld, "b.nic." + tld}
}

// A dnsTree is the tree of zones, as far as it follows from the rest of the
// world.
type dnsTree struct {
	version int64 // rises with every change of zones, delegations and orders
	index   *dnsIndex
	indexed int64 // version of the index

	address map[string]string    // of a name server, by its name
	server  map[string]string    // the name server at an address
	opened  []func(string) error // called with every new address, while s.mu is held
}

// A dnsIndex finds zones and servers without looking at all of them.
type dnsIndex struct {
	zones   map[string][]string // IDs by name, sorted; private ones too
	servers map[string]bool     // all that are there
	domains map[string][]string // servers by the domain that they are named in
	tlds    map[string]bool
}

// dnsChanged notes that the tree of zones has changed. s.mu is held.
func (s *Sim) dnsChanged() { s.tree.version++ }

// dnsIndex is the index of the world as it is now.
func (s *Sim) dnsIndex() *dnsIndex {
	if s.tree.index != nil && s.tree.indexed == s.tree.version {
		return s.tree.index
	}
	x := &dnsIndex{zones: map[string][]string{}, servers: map[string]bool{}, domains: map[string][]string{}, tlds: map[string]bool{}}
	for _, tld := range []string{"aws.", "com.", "example.", "net."} {
		x.add(tld, tldServers(tld))
	}
	x.add("net.", rootServers)
	x.add("example.", awsServers)
	for _, id := range slices.Sorted(maps.Keys(s.zones)) {
		z := s.zones[id]
		x.zones[z.Name] = append(x.zones[z.Name], id)
		x.add(z.Name, z.NameServers)
	}
	for _, name := range slices.Sorted(maps.Keys(s.dns.Delegations)) {
		x.add(name, nil)
	}
	x.add("net.", s.dns.Servers)
	for _, site := range s.sites {
		for _, name := range site.Names {
			x.add(absolute(name), nil)
		}
	}
	s.tree.index, s.tree.indexed = x, s.tree.version
	return x
}

// zonesNamed are the public zones of a name, sorted by ID.
func (s *Sim) zonesNamed(name string) []*zone {
	var all []*zone
	for _, id := range s.dnsIndex().zones[name] {
		if z := s.zones[id]; z != nil && !z.Private {
			all = append(all, z)
		}
	}
	return all
}

// add notes the servers of a zone, and the top-level domains of all of them.
func (x *dnsIndex) add(zone string, servers []string) {
	for _, name := range append([]string{zone}, servers...) {
		if tld := topLevel(name); tld != "." && !x.tlds[tld] {
			x.tlds[tld] = true
			x.add(tld, tldServers(tld))
		}
	}
	for _, name := range servers {
		if name = absolute(name); !x.servers[name] {
			x.servers[name] = true
			x.domains[parentOf(name)] = append(x.domains[parentOf(name)], name)
		}
	}
}

// topLevel is the top-level domain of a name.
func topLevel(name string) string {
	name = strings.TrimSuffix(absolute(name), ".")
	return name[strings.LastIndexByte(name, '.')+1:] + "."
}

// isNameServer says whether a name server of that name is there.
func (s *Sim) isNameServer(name string) bool { return s.dnsIndex().servers[name] }

// A source is a zone as one of its servers has it.
type source struct {
	apex    string
	servers []string
	zone    *zone                    // nil: the root, a top-level domain, AWS's own or one that holds name servers
	records map[recordKey]*recordSet // of zone
}

// generated are the servers of a zone that follows from the world; nil if there
// is none of that name.
func (s *Sim) generated(apex string) []string {
	x := s.dnsIndex()
	switch {
	case apex == ".":
		return rootServers
	case awsDomain(apex) == apex:
		return awsServers
	case x.tlds[apex]:
		return tldServers(apex)
	case apex == "root-servers.net.", apex == "gtld-servers.net.":
		return x.domains[apex]
	case len(x.zones[apex]) > 0:
		return nil
	default:
		return x.domains[apex]
	}
}

// sourceAt is a zone as a server has it; ok is false if it has none of that name.
func (s *Sim) sourceAt(server, apex string, now time.Time) (src source, ok bool) {
	for _, z := range s.zonesNamed(apex) {
		if hasServer(z.NameServers, server) {
			return source{apex: apex, servers: z.NameServers, zone: z, records: s.servedBy(server, z, now)}, true
		}
	}
	servers := s.generated(apex)
	return source{apex: apex, servers: servers}, hasServer(servers, server)
}

func hasServer(servers []string, name string) bool {
	return slices.ContainsFunc(servers, func(one string) bool { return absolute(one) == name })
}

// cut are the servers that a zone names for a name below its apex, where another
// zone begins. The NS records of the zone decide. Without any, it is what the
// world says of the delegation, then the zone of that name that is delegated.
func (s *Sim) cut(src source, at string) (servers []string, ttl int) {
	if awsDomain(src.apex) != "" {
		return nil, 0
	}
	if r := src.records[recordKey{Name: at, Type: "NS"}]; r != nil {
		return r.Values, r.TTL
	}
	if said, ok := s.dns.Delegations[at]; ok {
		return said, ttlZone
	}
	for _, z := range s.zonesNamed(at) {
		if z.Delegated {
			return z.NameServers, ttlZone
		}
	}
	if src.zone == nil {
		return s.generated(at), ttlZone
	}
	return nil, 0
}

// findAt is what a name server says. A zone of its own answers, or refers to the
// servers of a zone below; ok is false if it has no zone for the name. At a
// delegation the parent answers for DS.
func (s *Sim) findAt(server, name, qtype string, now time.Time, depth int) (f found, ok bool) {
	from := name
	if qtype == "DS" && name != "." {
		from = parentOf(name)
	}
	for apex := from; ; apex = parentOf(apex) {
		if src, ok := s.sourceAt(server, apex, now); ok {
			return s.findFrom(src, name, qtype, now, depth), true
		}
		if apex == "." {
			return found{}, false
		}
	}
}

// findFrom answers from one zone, or refers to a zone below it.
func (s *Sim) findFrom(src source, name, qtype string, now time.Time, depth int) found {
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	for i := len(labels) - 1; i >= 0 && name != "."; i-- {
		at := strings.Join(labels[i:], ".") + "."
		if at == src.apex || !inDomain(at, src.apex) || at == name && qtype == "DS" {
			continue
		}
		if servers, ttl := s.cut(src, at); len(servers) > 0 {
			return found{apex: at, elsewhere: servers, from: src.apex, ttl: ttl, exists: true}
		}
	}
	if src.zone != nil {
		return s.findIn(src, name, qtype, now, depth)
	}
	if own := awsDomain(src.apex); own != "" {
		return s.findOwn(own, name, qtype, now)
	}
	f := found{apex: src.apex, nameserv: src.servers, exists: name == src.apex || s.above(name)}
	f.soa, f.negative = registrySOA(src), ttlSOA
	switch {
	case name == src.apex:
		s.apexDefaults(&f, qtype)
	case qtype == "A" && s.isNameServer(name):
		f.values, f.ttl = []string{s.addressOf(name)}, ttlZone
	default:
		s.findSite(&f, name, qtype)
	}
	return f
}

// registrySOA is the SOA record of a zone that nobody in this world holds.
func registrySOA(src source) string {
	return fmt.Sprintf("%s hostmaster.%s 1 1800 900 604800 %d", absolute(src.servers[0]), strings.TrimPrefix(src.apex, "."), ttlSOA)
}

// above says whether a name exists because something is delegated at it or
// below it, or a name server is.
func (s *Sim) above(name string) bool {
	x := s.dnsIndex()
	if x.servers[name] || x.tlds[name] {
		return true
	}
	for other := range x.zones {
		if inDomain(other, name) && slices.ContainsFunc(s.zonesNamed(other), func(z *zone) bool { return z.Delegated }) {
			return true
		}
	}
	for other, servers := range s.dns.Delegations {
		if inDomain(other, name) && len(servers) > 0 {
			return true
		}
	}
	for _, site := range s.sites {
		if slices.ContainsFunc(site.Names, func(host string) bool { return inDomain(absolute(host), name) }) {
			return true
		}
	}
	for other := range x.domains {
		if inDomain(other, name) && len(x.zones[other]) == 0 {
			return true
		}
	}
	return false
}

// addressOf is the address of a name server: one of its own, or that of all.
func (s *Sim) addressOf(server string) string {
	server = absolute(server)
	if a, ok := s.tree.address[server]; ok {
		return a
	}
	if s.tree.address == nil {
		s.tree.address, s.tree.server = map[string]string{}, map[string]string{}
	}
	n := len(s.tree.address)
	a := fmt.Sprintf("127.53.%d.%d", n/250, n%250+1)
	for _, open := range s.tree.opened {
		if err := open(a); err != nil { // this system has no such address
			a = addressDNS
			break
		}
	}
	s.tree.address[server] = a
	if a != addressDNS {
		s.tree.server[a] = server
	}
	return a
}
