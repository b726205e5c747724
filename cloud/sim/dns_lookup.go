package sim

import (
	"slices"
	"strconv"
	"strings"
	"time"
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
	elsewhere []string // a referral: the zone apex is delegated to these
	from      string   // of a referral: the zone that refers
	failed    bool     // of find: none of elsewhere answers for apex
	soa       string   // of the zone that answers
	negative  int      // seconds that a resolver may remember that there is nothing
	lame      bool     // the server does not claim to be authoritative
	took      time.Duration
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

// findIn looks name up in one zone, by exact name, then by wildcard
// (RFC 4592: at the closest name that exists).
func (s *Sim) findIn(src source, name, qtype string, now time.Time, depth int) found {
	z, records := src.zone, src.records
	f := found{apex: z.Name, nameserv: z.NameServers}
	f.soa, f.negative = src.start()
	if name == z.Name || s.isNameServer(name) {
		f.exists = true
	}
	for owner := name; ; {
		if sets := setsAt(records, owner); len(sets) > 0 {
			f.exists = true
			s.choose(&f, src, sets, qtype, now, depth)
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
		s.apexDefaults(&f, qtype)
	}
	if len(f.values) == 0 && f.cname == "" && qtype == "A" && s.isNameServer(name) {
		f.values, f.ttl = []string{s.addressOf(name)}, ttlZone
	}
	return f
}

// apexDefaults gives a zone that holds no NS and SOA records its own.
func (s *Sim) apexDefaults(f *found, qtype string) {
	switch qtype {
	case "NS":
		for _, ns := range f.nameserv {
			f.values = append(f.values, absolute(ns))
		}
		f.ttl = ttlZone
	case "SOA":
		f.values, f.ttl = []string{f.soa}, ttlSOA
	}
}

func soaValue(servers []string) string {
	first := "ns-1.sim.example."
	if len(servers) > 0 {
		first = absolute(servers[0])
	}
	return first + " awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
}

// start is a zone's SOA record, and for how many seconds it lets resolvers
// remember that there is nothing: the lower of the record's TTL and its last
// number (RFC 2308).
func (src source) start() (value string, negative int) {
	value, negative = soaValue(src.servers), ttlSOA
	if r := src.records[recordKey{Name: src.apex, Type: "SOA"}]; r != nil && len(r.Values) > 0 {
		value, negative = r.Values[0], r.TTL
	}
	last := value[strings.LastIndexByte(value, ' ')+1:]
	if minimum, err := strconv.Atoi(last); err == nil {
		negative = min(negative, minimum)
	}
	return value, negative
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
func (s *Sim) choose(f *found, src source, sets []*recordSet, qtype string, now time.Time, depth int) {
	var cname *recordSet
	for _, r := range sets {
		if r.Type == qtype {
			s.answerFrom(f, src, r, now, depth)
			return
		}
		if r.Type == TypeFlattened && (qtype == "A" || qtype == "AAAA") && len(r.Values) > 0 && depth < aliasDepth {
			f.values, f.ttl = s.follow(r.Values[0], qtype, now, depth+1), r.TTL
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

func (s *Sim) answerFrom(f *found, src source, r *recordSet, now time.Time, depth int) {
	if r.AliasName == "" {
		f.values, f.ttl = slices.Clone(r.Values), r.TTL
		return
	}
	if depth >= aliasDepth {
		return
	}
	target := absolute(r.AliasName)
	f.ttl = ttlAlias
	if own := awsDomain(target); own != "" {
		f.values = s.findOwn(own, target, r.Type, now).values
		return
	}
	if inDomain(target, src.apex) {
		f.values = s.findIn(src, target, r.Type, now, depth+1).values
	}
}
