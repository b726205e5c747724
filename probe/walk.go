package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"

	"apifront/setup"
)

// A Walk is the way on which DNS leads to a name, from the root down.
type Walk struct {
	Name string
	// Cuts are the zones on the way, from the top-level domain to the zone that
	// holds the name. The root is not among them.
	Cuts []Cut
	// Direct says that name servers were asked themselves. Otherwise only
	// resolvers were, because no root server answered, and what a parent zone
	// names is not told apart from what the zone says of itself.
	Direct bool
	// Broken is why the walk ended above the name; nil: it did not. The servers
	// of the last cut have no usable answer then.
	Broken error
}

// A Cut is a zone with its delegation.
type Cut struct {
	Zone    string       // apex, without trailing dot
	Parent  []string     // the name servers that the parent zone names, in order
	Above   string       // the server of the parent zone that said so; "": none, a resolver did
	Own     []string     // those that the zone names itself; nil: no server said
	Servers []NameServer // how those of Parent answer; nil: they were not asked
}

// A NameServer is one server of a zone, as it answered for the apex.
type NameServer struct {
	Name    string
	Address netip.Addr // that was asked; invalid: it has none
	Err     error      // why it is of no use for the zone; nil: it answers with authority
}

// errLame is a server that answers, but not for the zone.
var errLame = errors.New("it does not serve the zone")

// Lame are the servers of the cut that do not answer for the zone.
func (c Cut) Lame() []string {
	var list []string
	for _, s := range c.Servers {
		if s.Err != nil {
			list = append(list, s.Name)
		}
	}
	return list
}

// Last is the zone that holds the name, as far as the walk came; nil: it did
// not leave the root.
func (w Walk) Last() *Cut {
	if len(w.Cuts) == 0 {
		return nil
	}
	return &w.Cuts[len(w.Cuts)-1]
}

// Limits of a walk.
const (
	stagger     = 400 * time.Millisecond // until the next server is asked beside a silent one
	maxServers  = 13                     // of a zone that are asked; no more fit a packet of old
	serversOnce = 8                      // that are asked at a time
)

// rootHints are addresses of root servers, for where the resolvers do not say.
// https://www.internic.net/domain/named.root
var rootHints = []string{"198.41.0.4", "192.33.4.12", "192.5.5.241", "192.36.148.17", "193.0.14.129", "199.7.83.42"}

// Walk follows the delegations from the root to a name. It asks name servers
// themselves, past every cache. Where no root server answers, it goes by what
// resolvers say. The error is a *LookupError: then nothing is known.
func (p *Prober) Walk(ctx context.Context, name string) (Walk, error) {
	w := Walk{Name: setup.FoldName(name), Direct: true}
	servers, zone := p.roots(ctx), ""
	for _, at := range suffixes(w.Name) {
		a, err := p.askZone(ctx, servers, zone, at)
		if err != nil && len(w.Cuts) == 0 {
			return p.walkByResolver(ctx, w.Name)
		}
		if err != nil {
			w.Broken = err
			break
		}
		cut := Cut{Zone: a.Referral, Parent: a.NS, Above: serverAt(servers, a.Server)}
		if cut.Zone == "" && len(a.CNAMEs) == 0 && a.Exists() { // parent and zone are on the same servers
			cut.Zone, cut.Parent = at, a.Records
		}
		if cut.Zone == "" {
			continue
		}
		w.Cuts = append(w.Cuts, cut)
		servers, zone = p.nameServers(ctx, cut.Parent, a.Glue), cut.Zone
		if !setup.IsRegistry(cut.Zone) { // it looks after its zone itself
			last := &w.Cuts[len(w.Cuts)-1]
			if p.checkServers(ctx, last, servers); at != w.Name && len(last.Lame()) == len(servers) && len(servers) > 0 {
				w.Broken = servers[len(servers)-1].Err
				break // they would be no better at the next name
			}
		}
	}
	return w, nil
}

// someRoot stands for the name of a root server of which only the address is known.
const someRoot = "root-servers.net"

// serverAt is the name of the one of several servers that answered.
func serverAt(servers []NameServer, answered string) string {
	host, _, err := net.SplitHostPort(answered)
	if err != nil {
		return ""
	}
	i := slices.IndexFunc(servers, func(s NameServer) bool { return s.Address.IsValid() && s.Address.String() == host })
	if i < 0 || servers[i].Name == someRoot {
		return host
	}
	return servers[i].Name
}

// suffixes are the names on the way to a name, from the top-level domain down.
func suffixes(name string) []string {
	var list []string
	for at := name; at != ""; at = parent(at) {
		list = append(list, at)
	}
	slices.Reverse(list)
	return list
}

// roots are root servers, looked up once.
func (p *Prober) roots(ctx context.Context) []NameServer {
	p.mu.Lock()
	list := p.root
	p.mu.Unlock()
	if list == nil {
		list = p.lookupRoots(ctx)
		p.mu.Lock()
		p.root = list
		p.mu.Unlock()
	}
	return slices.Clone(list)
}

func (p *Prober) lookupRoots(ctx context.Context) []NameServer {
	var list []NameServer
	if a, err := p.Lookup(ctx, ".", dns.TypeNS); err == nil && a.Exists() {
		list = p.nameServers(ctx, a.Records[:min(len(a.Records), 3)], a.Glue)
	}
	if len(list) > 0 && slices.ContainsFunc(list, func(s NameServer) bool { return s.Address.IsValid() }) {
		return list
	}
	list = nil
	for _, hint := range rootHints {
		list = append(list, NameServer{Name: someRoot, Address: netip.MustParseAddr(hint)})
	}
	return list
}

// nameServers gives name servers their addresses: those that came along, or
// those that resolvers know.
func (p *Prober) nameServers(ctx context.Context, names []string, glue map[string][]netip.Addr) []NameServer {
	list := make([]NameServer, min(len(names), maxServers))
	var each errgroup.Group
	each.SetLimit(serversOnce)
	for i := range list {
		list[i].Name = names[i]
		each.Go(func() error {
			list[i].Address, list[i].Err = p.serverAddress(ctx, names[i], glue[names[i]])
			return nil
		})
	}
	_ = each.Wait() // none of them fails: each keeps its own error
	return list
}

// serverAddress is the address by which a name server is asked: one that came
// along, or one that resolvers know. IPv4 comes first, since more machines have
// it.
func (p *Prober) serverAddress(ctx context.Context, name string, glue []netip.Addr) (netip.Addr, error) {
	addresses := slices.Clone(glue)
	if len(addresses) == 0 {
		var err error
		if addresses, err = p.Addresses(ctx, name); err != nil {
			return netip.Addr{}, err
		}
	}
	if len(addresses) == 0 {
		return netip.Addr{}, errors.New("it has no address")
	}
	slices.SortStableFunc(addresses, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	return addresses[0], nil
}

// askServer puts a question to one name server.
func (p *Prober) askServer(ctx context.Context, s NameServer, name string, qtype uint16) (Answer, error) {
	if !s.Address.IsValid() {
		return Answer{Name: setup.FoldName(name), Type: qtype}, &LookupError{Name: setup.FoldName(name), Type: qtype, Err: fmt.Errorf("%s: %w", s.Name, s.Err)}
	}
	return p.ask(ctx, question{name: name, qtype: qtype, found: s.Name, server: net.JoinHostPort(s.Address.String(), p.serverPort())})
}

// askZone asks the servers of a zone for the name servers of a name below it,
// until one answers for the zone or refers to a zone further down. A silent
// server does not hold the next one up.
func (p *Prober) askZone(ctx context.Context, servers []NameServer, zone, name string) (Answer, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		answer Answer
		err    error
	}
	results := make(chan result, len(servers))
	asked := 0
	start := func() {
		s := servers[asked]
		asked++
		go func() {
			a, err := p.askServer(ctx, s, name, dns.TypeNS)
			if err == nil && !a.Authoritative && !below(a.Referral, zone) {
				err = &LookupError{Name: a.Name, Type: dns.TypeNS, Err: fmt.Errorf("%s: %w", s.Name, errLame)}
			}
			if err == nil && a.Authoritative {
				a.Referral, a.NS = "", nil
			}
			results <- result{a, err}
		}()
	}
	last := error(&LookupError{Name: name, Type: dns.TypeNS, Err: errors.New("there is no server to ask")})
	for ended := 0; ended < len(servers); {
		if asked == ended {
			start()
		}
		next := time.NewTimer(stagger)
		select {
		case r := <-results:
			next.Stop()
			if r.err == nil {
				return r.answer, nil
			}
			last = r.err
			ended++
		case <-next.C:
			if asked < len(servers) {
				start()
			}
		}
	}
	return Answer{Name: name, Type: dns.TypeNS}, last
}

// below says whether a name is not the zone but lies in it. Everything lies in
// the root, "".
func below(name, zone string) bool {
	return name != "" && name != zone && (zone == "" || strings.HasSuffix(name, "."+zone))
}

// checkServers asks every server of a cut for the apex.
func (p *Prober) checkServers(ctx context.Context, c *Cut, servers []NameServer) {
	c.Servers = servers
	own := make([][]string, len(servers))
	var each errgroup.Group
	each.SetLimit(serversOnce)
	for i := range servers {
		each.Go(func() error {
			a, err := p.askServer(ctx, servers[i], c.Zone, dns.TypeNS)
			switch {
			case err != nil:
				servers[i].Err = err
			case !a.Authoritative || !a.Exists():
				servers[i].Err = errLame
			default:
				own[i] = a.Records
			}
			return nil
		})
	}
	_ = each.Wait() // none of them fails: each server keeps its own error
	for _, list := range own {
		c.Own = append(c.Own, list...)
	}
	slices.Sort(c.Own)
	c.Own = slices.Compact(c.Own)
}

// walkByResolver finds the zones on the way by what resolvers say.
func (p *Prober) walkByResolver(ctx context.Context, name string) (Walk, error) {
	w := Walk{Name: name}
	for _, at := range suffixes(name) {
		var servers []string
		if servers, w.Broken = p.apex(ctx, at); w.Broken != nil {
			break
		}
		if len(servers) > 0 {
			w.Cuts = append(w.Cuts, Cut{Zone: at, Parent: servers})
		}
	}
	if len(w.Cuts) == 0 {
		return w, w.Broken
	}
	return w, nil
}
