package cloud

import (
	"context"
	"time"
)

// An Answer is what DNS said.
type Answer struct {
	Name    string        // asked for, without trailing dot
	Type    uint16        // asked for: dns.TypeA, …
	Rcode   int           // dns.RcodeSuccess, dns.RcodeNameError, …
	Records []string      // values of Type, names without trailing dot; empty: none
	CNAMEs  []string      // the chain that was followed, first target first
	TTL     time.Duration // the lowest of Records and CNAMEs
	Zone    string        // owner of the SOA record in the authority section, if any
	NS      []string      // name servers in the authority section (a referral), if any
	Server  string        // who answered, as "host:port"
}

// Exists says whether there is a record of the wanted type.
func (a Answer) Exists() bool { return len(a.Records) > 0 }

// Lookup asks the resolvers, one after the other until one answers. A name
// that does not exist is an answer, not an error. Qtype is a dns.Type constant.
func (p *Prober) Lookup(ctx context.Context, name string, qtype uint16) (Answer, error) {
	return Answer{Name: name, Type: qtype}, nil
}

// Authoritative asks the name servers of the closest zone themselves, past
// every cache.
func (p *Prober) Authoritative(ctx context.Context, name string, qtype uint16) (Answer, error) {
	return Answer{Name: name, Type: qtype}, nil
}
