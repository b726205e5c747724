package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/miekg/dns"
)

// A DNSOrder changes the public DNS, as POST /_sim/dns takes it. One of its
// members is set.
type DNSOrder struct {
	ForeignZone *ZoneServers `json:"foreign_zone,omitempty"` // AddForeignZone
	Record      *ZoneRecord  `json:"record,omitempty"`       // AddRecord; without values: taken out
	Delegate    *ZoneServers `json:"delegate,omitempty"`     // Delegate
	NameServer  string       `json:"name_server,omitempty"`  // AddNameServer
	ServerFault *ServerFault `json:"server_fault,omitempty"` // OrderServer
	Withdraw    *string      `json:"withdraw,omitempty"`     // WithdrawServer
	Resolver    *Resolver    `json:"resolver,omitempty"`     // SetResolver
	Flush       *string      `json:"flush,omitempty"`        // FlushResolver
}

// ZoneServers is a zone's name with name servers.
type ZoneServers struct {
	Name    string   `json:"name"`
	Servers []string `json:"servers"`
}

// A ZoneRecord is a record set of a zone.
type ZoneRecord struct {
	Zone   string   `json:"zone"` // ID
	Name   string   `json:"name"`
	Type   string   `json:"type"`
	TTL    int      `json:"ttl"`
	Values []string `json:"values"`
}

// DNSState is the public DNS as GET /_sim/dns shows it.
type DNSState struct {
	Resolvers   []Resolver          `json:"resolvers"`
	Zones       []DNSZone           `json:"zones"`
	Delegations map[string][]string `json:"delegations"` // as ordered
	Faults      []ServerFault       `json:"faults"`      // of name servers; For is what is left
}

// A DNSZone is a public zone in DNSState.
type DNSZone struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Foreign   bool        `json:"foreign,omitempty"`
	Delegated bool        `json:"delegated"`
	Servers   []DNSServer `json:"servers"`
}

// A DNSServer is a name server in DNSState.
type DNSServer struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// DNS is a picture of the public DNS now.
func (s *Sim) DNS() DNSState {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := DNSState{Zones: []DNSZone{}, Delegations: maps.Clone(s.dns.Delegations), Faults: []ServerFault{}}
	for _, a := range resolverAddresses {
		r := s.dns.Resolvers[a]
		r.Address = a
		out.Resolvers = append(out.Resolvers, r)
	}
	for _, id := range slices.Sorted(maps.Keys(s.zones)) {
		z := s.zones[id]
		if z.Private {
			continue
		}
		seen := DNSZone{ID: id, Name: z.Name, Foreign: z.Foreign, Delegated: z.Delegated}
		for _, server := range z.NameServers {
			seen.Servers = append(seen.Servers, DNSServer{server, s.addressOf(server)})
		}
		out.Zones = append(out.Zones, seen)
	}
	now := s.now()
	for _, f := range s.dns.Faults {
		if f.over(now) {
			continue
		}
		left := f.ServerFault
		if !f.Till.IsZero() {
			left.For = f.Till.Sub(now)
		}
		out.Faults = append(out.Faults, left)
	}
	return out
}

// OrderDNS does what an order says.
func (s *Sim) OrderDNS(o DNSOrder) error {
	if err := o.problem(); err != nil {
		return err
	}
	switch {
	case o.ForeignZone != nil:
		s.AddForeignZone(o.ForeignZone.Name, o.ForeignZone.Servers...)
	case o.Record != nil:
		return s.orderRecord(*o.Record)
	case o.Delegate != nil:
		s.Delegate(o.Delegate.Name, o.Delegate.Servers...)
	case o.NameServer != "":
		s.AddNameServer(o.NameServer)
	case o.ServerFault != nil:
		return s.OrderServer(*o.ServerFault)
	case o.Withdraw != nil:
		s.WithdrawServer(*o.Withdraw)
	case o.Resolver != nil:
		return s.SetResolver(*o.Resolver)
	case o.Flush != nil:
		s.FlushResolver(*o.Flush)
	}
	return nil
}

// problem says why an order is none.
func (o DNSOrder) problem() error {
	var said int
	for _, set := range []bool{o.ForeignZone != nil, o.Record != nil, o.Delegate != nil, o.NameServer != "", o.ServerFault != nil, o.Withdraw != nil, o.Resolver != nil, o.Flush != nil} {
		if set {
			said++
		}
	}
	if said != 1 {
		return errors.New("a DNS order says one of foreign_zone, record, delegate, name_server, server_fault, withdraw, resolver, flush")
	}
	var names []string
	for _, z := range []*ZoneServers{o.ForeignZone, o.Delegate} {
		if z != nil {
			names = append(append(names, z.Name), z.Servers...)
		}
	}
	if o.NameServer != "" {
		names = append(names, o.NameServer)
	}
	for _, name := range names {
		if !validName(canonicalName(name)) {
			return fmt.Errorf("%q is no domain name", name)
		}
	}
	return nil
}

// orderRecord sets a record that reads as one.
func (s *Sim) orderRecord(r ZoneRecord) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	z := s.zones[r.Zone]
	switch {
	case z == nil:
		return fmt.Errorf("record: there is no zone with the ID %q", r.Zone)
	case !inZone(canonicalName(r.Name), z.Name):
		return fmt.Errorf("record: %q does not lie in %s", r.Name, z.Name)
	case r.TTL < 0:
		return errors.New("record: a TTL is not negative")
	}
	for _, v := range r.Values {
		kind := r.Type
		if kind == TypeFlattened {
			kind = "CNAME"
		}
		if rr, err := dns.NewRR(fmt.Sprintf("x. %d IN %s %s", r.TTL, kind, v)); err != nil || rr == nil {
			return fmt.Errorf("record: %q is no value of type %s", v, r.Type)
		}
	}
	s.setRecord(r.Zone, r.Name, r.Type, r.TTL, r.Values)
	return nil
}

// dnsFromBody reads one DNSOrder, or an array of them. Those before the first
// that is refused are done.
func (s *Sim) dnsFromBody(r *http.Request) answer {
	var body bytes.Buffer
	if _, err := body.ReadFrom(http.MaxBytesReader(nil, r.Body, bodyLimit)); err != nil {
		return plain(http.StatusRequestEntityTooLarge, err.Error())
	}
	raw := bytes.TrimSpace(body.Bytes())
	if !bytes.HasPrefix(raw, []byte("[")) {
		raw = slices.Concat([]byte("["), raw, []byte("]"))
	}
	var orders []DNSOrder
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&orders); err != nil {
		return plain(http.StatusBadRequest, "a DNS order is a JSON object: "+err.Error())
	}
	for _, o := range orders {
		if err := s.OrderDNS(o); err != nil {
			return plain(http.StatusBadRequest, err.Error())
		}
	}
	return controlJSON(s.DNS())
}
