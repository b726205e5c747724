package sim

import (
	"maps"
	"slices"
	"strings"
	"time"

	"apifront/setup"
)

// Addresses of the data plane: two edges, one regional endpoint for every
// region, and one for all name servers and the resolver.
const (
	addressDNS      = "127.0.0.1"
	addressEdge0    = "127.0.0.2"
	addressEdge1    = "127.0.0.3"
	addressRegional = "127.0.0.4"

	addressEdge0v6    = "2001:db8::2" // documentation addresses: only Dial reaches them
	addressEdge1v6    = "2001:db8::3"
	addressRegionalv6 = "2001:db8::4"
)

// TTLs that the records do not say, in seconds.
const (
	ttlAlias     = 60
	ttlZone      = 172800 // NS of a zone
	ttlSOA       = 900    // and so of a negative answer
	ttlGenerated = 60     // AWS's own names
)

// aliasDepth bounds alias records that lead to alias records.
const aliasDepth = 8

// found is what the authoritative servers say of one name and type.
type found struct {
	apex      string   // of the zone that answers, absolute; "." when no zone does
	nameserv  []string // of that zone
	values    []string // as Route 53 writes them
	ttl       int      // seconds, of values or cname
	cname     string   // absolute; the name is an alias for it, and qtype is not CNAME
	exists    bool     // the name has records of some type, or names below it
	elsewhere []string // a child zone is delegated to these, which nobody here serves
}

// lookup is what public DNS serves at now, from the zone's own servers: the
// values of the records of one type. A CNAME is not followed: it is returned,
// absolute, with no values (asked for CNAME, it is a value). Alias records
// are answered with the target's addresses. Neither values nor exists means
// NXDOMAIN; exists alone means NODATA. Call it with s.mu held.
func (s *Sim) lookup(name, qtype string, now time.Time) (values []string, cname string, exists bool) {
	f := s.find(absolute(name), qtype, now)
	return f.values, f.cname, f.exists
}

// absolute is a name in lower case with its trailing dot.
func absolute(name string) string {
	name = strings.ToLower(name)
	if !strings.HasSuffix(name, ".") {
		name += "."
	}
	return name
}

// relative is a name in lower case without its trailing dot.
func relative(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// find answers for an absolute name.
func (s *Sim) find(name, qtype string, now time.Time) found {
	if f, ok := s.findGenerated(name, qtype, now); ok {
		return f
	}
	z, elsewhere := s.zoneOf(name, now)
	if elsewhere != nil {
		return found{apex: elsewhere.Name, elsewhere: elsewhere.Values, exists: true}
	}
	if z == nil {
		return found{apex: ".", exists: s.aboveZone(name)}
	}
	return s.findIn(z, name, qtype, now, 0)
}

// zoneOf walks the delegations from the root to the zone that answers for name.
// The NS records that a parent zone has for the name decide; without any, the
// zone's own flag does. If the last delegation leads to servers that are not in
// this world, it is returned.
func (s *Sim) zoneOf(name string, now time.Time) (*zone, *recordSet) {
	var z *zone
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	for i := len(labels) - 1; i >= 0; i-- {
		at := strings.Join(labels[i:], ".") + "."
		if z != nil {
			if cut := z.served(now)[recordKey{Name: at, Type: "NS"}]; cut != nil {
				if z = s.zoneServedBy(at, cut.Values); z == nil {
					return nil, cut
				}
				continue
			}
		}
		if child := s.zoneDelegated(at); child != nil {
			z = child
		}
	}
	return z, nil
}

// zoneDelegated is the public zone with the name that the world knows.
func (s *Sim) zoneDelegated(name string) *zone {
	for _, id := range slices.Sorted(maps.Keys(s.zones)) {
		if z := s.zones[id]; z.Name == name && z.Delegated && !z.Private {
			return z
		}
	}
	return nil
}

// zoneServedBy is the public zone with the name that one of the servers has.
func (s *Sim) zoneServedBy(name string, servers []string) *zone {
	for _, id := range slices.Sorted(maps.Keys(s.zones)) {
		z := s.zones[id]
		if z.Name != name || z.Private {
			continue
		}
		for _, ns := range servers {
			if slices.ContainsFunc(z.NameServers, func(own string) bool { return absolute(own) == absolute(ns) }) {
				return z
			}
		}
	}
	return nil
}

// aboveZone says whether a delegated zone or one of AWS's own names lies
// below name, so that name exists.
func (s *Sim) aboveZone(name string) bool {
	if name == "." {
		return true
	}
	for _, z := range s.zones {
		if z.Delegated && !z.Private && strings.HasSuffix(z.Name, "."+name) {
			return true
		}
	}
	return name == "net." || name == "com." || name == "aws."
}

// findIn looks name up in one zone, by exact name, then by wildcard
// (RFC 4592: at the closest name that exists).
func (s *Sim) findIn(z *zone, name, qtype string, now time.Time, depth int) found {
	f := found{apex: z.Name, nameserv: z.NameServers}
	records := z.served(now)
	if name == z.Name {
		f.exists = true
	}
	for owner := name; ; {
		if sets := setsAt(records, owner); len(sets) > 0 {
			f.exists = true
			s.choose(&f, z, sets, qtype, now, depth)
			break
		}
		if f.exists || hasBelow(records, owner) {
			f.exists = true
			break
		}
		base := strings.TrimPrefix(owner, "*.")
		if owner != name && (base == z.Name || hasBelow(records, base) || len(setsAt(records, base)) > 0) {
			break // the closest existing name has no wildcard: NXDOMAIN
		}
		_, parent, ok := strings.Cut(base, ".")
		if !ok || parent == "" {
			break
		}
		owner = "*." + parent
	}
	if name == z.Name && len(f.values) == 0 && f.cname == "" {
		s.apexDefaults(&f, z, qtype)
	}
	return f
}

// apexDefaults gives a zone that holds no NS and SOA records its own.
func (s *Sim) apexDefaults(f *found, z *zone, qtype string) {
	switch qtype {
	case "NS":
		for _, ns := range z.NameServers {
			f.values = append(f.values, absolute(ns))
		}
		f.ttl = ttlZone
	case "SOA":
		f.values, f.ttl = []string{soaValue(z.NameServers)}, ttlSOA
	}
}

func soaValue(servers []string) string {
	first := "ns-1.sim.example."
	if len(servers) > 0 {
		first = absolute(servers[0])
	}
	return first + " awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
}

// setsAt are the record sets at exactly that name, sorted by type and
// SetIdentifier. Those of weight 0 come last: they answer only when all of a
// type have weight 0.
func setsAt(records map[recordKey]*recordSet, name string) []*recordSet {
	var sets []*recordSet
	for k, r := range records {
		if k.Name == name {
			sets = append(sets, r)
		}
	}
	slices.SortFunc(sets, func(a, b *recordSet) int {
		if a.Type != b.Type {
			return strings.Compare(a.Type, b.Type)
		}
		if a.idle() != b.idle() {
			return map[bool]int{true: 1, false: -1}[a.idle()]
		}
		return strings.Compare(a.SetIdentifier, b.SetIdentifier)
	})
	return sets
}

func (r *recordSet) idle() bool { return r.Weight != nil && *r.Weight == 0 }

func hasBelow(records map[recordKey]*recordSet, name string) bool {
	for k := range records {
		if strings.HasSuffix(k.Name, "."+name) {
			return true
		}
	}
	return false
}

// choose fills f from the record sets of one name. Of weighted ones it takes the
// first one that has a weight; on AWS chance decides which it is.
func (s *Sim) choose(f *found, z *zone, sets []*recordSet, qtype string, now time.Time, depth int) {
	var cname *recordSet
	for _, r := range sets {
		if r.Type == qtype {
			s.answerFrom(f, z, r, now, depth)
			return
		}
		if r.Type == "CNAME" && cname == nil {
			cname = r
		}
	}
	if cname != nil && len(cname.Values) > 0 {
		f.cname, f.ttl = absolute(cname.Values[0]), cname.TTL
	}
}

func (s *Sim) answerFrom(f *found, z *zone, r *recordSet, now time.Time, depth int) {
	if r.AliasName == "" {
		f.values, f.ttl = slices.Clone(r.Values), r.TTL
		return
	}
	if depth >= aliasDepth {
		return
	}
	target := absolute(r.AliasName)
	f.ttl = ttlAlias
	if g, ok := s.findGenerated(target, r.Type, now); ok {
		f.values = g.values
		return
	}
	if setup.InZone(target, z.Name) {
		f.values = s.findIn(z, target, r.Type, now, depth+1).values
	}
}
