package probe

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"

	"apifront/setup"
)

// A View is one server's answer to a question.
type View struct {
	Server   string // name of a name server, or "address:port" of a resolver
	Resolver bool   // it answers from memory
	Answer   Answer
	Err      error // nil: there is an answer
}

// secondOpinions are resolvers that are asked beside a single one of the system.
// What the settings name stands alone: that network has DNS of its own.
var secondOpinions = []string{"1.1.1.1:53", "8.8.8.8:53"}

// allResolvers are the resolvers whose answers are compared.
func (p *Prober) allResolvers() []string {
	list := slices.Clone(p.resolvers())
	if len(p.settings.DNS) > 0 || len(list) > 1 {
		return list
	}
	for _, server := range secondOpinions {
		if !slices.Contains(list, server) {
			list = append(list, server)
		}
	}
	return list
}

// Views asks every name server of the zone that the walk ended in, and every
// resolver, side by side. Name servers come first. A server that has no address,
// or gave the walk no answer, is in the list with its error and not waited for
// again.
func (p *Prober) Views(ctx context.Context, w Walk, name string, qtype uint16) []View {
	return p.views(ctx, w, name, qtype, p.allResolvers())
}

// OwnViews is Views without the resolvers, which would remember that there is nothing
// yet. Where no name server can be asked, there is none.
func (p *Prober) OwnViews(ctx context.Context, w Walk, name string, qtype uint16) []View {
	return p.views(ctx, w, name, qtype, nil)
}

func (p *Prober) views(ctx context.Context, w Walk, name string, qtype uint16, resolvers []string) []View {
	var servers []NameServer
	if last := w.Last(); last != nil && w.Direct {
		servers = last.Servers
		if servers == nil {
			servers = p.nameServers(ctx, last.Parent, nil)
		}
	}
	views := make([]View, len(servers)+len(resolvers))
	var each errgroup.Group
	each.SetLimit(2 * serversOnce)
	for i, s := range servers {
		if s.Err != nil && !s.answered() {
			none := Answer{Name: setup.FoldName(name), Type: qtype}
			views[i] = View{Server: s.Name, Answer: none, Err: &LookupError{Name: none.Name, Type: qtype, Err: s.Err}}
			continue
		}
		each.Go(func() error {
			a, err := p.askServer(ctx, s, name, qtype)
			if err == nil && !a.Authoritative {
				err = &LookupError{Name: a.Name, Type: qtype, Err: errLame}
			}
			views[i] = View{Server: s.Name, Answer: a, Err: err}
			return nil
		})
	}
	for i, r := range resolvers {
		each.Go(func() error {
			a, err := p.ask(ctx, question{name: name, qtype: qtype, server: r, recursive: true})
			views[len(servers)+i] = View{Server: r, Resolver: true, Answer: a, Err: err}
			return nil
		})
	}
	_ = each.Wait() // none of them fails: each view keeps its own error
	return views
}

// Traffic is where the name's records lead, as servers say.
type Traffic struct {
	Name    string
	Target  string   // host that the name should lead to
	Zone    string   // that DNS leads to for the name; "": not known
	Servers []string // that the parent names for Zone
	A       []View
	AAAA    []View
	Right   []string // servers whose answers all lead to the target
	Old     []string // resolvers that still have another answer than the zone's own servers
	Other   []string // the zone's own servers, or resolvers if none was asked, that lead elsewhere
	None    []string // servers that know no address
	// Leads are the addresses and CNAMEs other than the target's that were seen.
	Leads []string
	// Until is for how long resolvers may keep what they have; 0: nothing is old.
	Until time.Duration
	// Families says that A and AAAA lead to different places.
	Families bool
}

// Traffic looks where the name leads, at every server, and compares that with
// the addresses of the target.
func (p *Prober) Traffic(ctx context.Context, w Walk, name, target string) Traffic {
	t := Traffic{Name: name, Target: target}
	if last := w.Last(); last != nil {
		t.Zone, t.Servers = last.Zone, last.Parent
	}
	var addresses []netip.Addr
	var all errgroup.Group
	all.Go(func() error { t.A = p.Views(ctx, w, name, dns.TypeA); return nil })
	all.Go(func() error { t.AAAA = p.Views(ctx, w, name, dns.TypeAAAA); return nil })
	all.Go(func() error { addresses, _ = p.Addresses(ctx, target); return nil }) // without them CNAMEs decide
	_ = all.Wait()                                                               // none of them fails: each view keeps its own error
	p.follow(ctx, t.A, dns.TypeA, target)
	p.follow(ctx, t.AAAA, dns.TypeAAAA, target)
	t.read(addresses)
	return t
}

// Toward is the same answers, compared with the addresses of another target.
func (p *Prober) Toward(ctx context.Context, t Traffic, target string) Traffic {
	to := Traffic{Name: t.Name, Target: target, Zone: t.Zone, Servers: t.Servers, A: slices.Clone(t.A), AAAA: slices.Clone(t.AAAA)}
	addresses, _ := p.Addresses(ctx, target) // without them CNAMEs decide
	p.follow(ctx, to.A, dns.TypeA, target)
	p.follow(ctx, to.AAAA, dns.TypeAAAA, target)
	to.read(addresses)
	return to
}

// Nowhere says whether nobody finds an address: the zone's own servers, or
// resolvers if none of those answered, know none. A CNAME to nothing is none.
func (t Traffic) Nowhere() bool {
	direct := slices.ContainsFunc(t.A, func(v View) bool { return !v.Resolver && v.Err == nil })
	asked := false
	for i := range t.A {
		if t.A[i].Resolver == direct {
			continue
		}
		for _, v := range []View{t.A[i], t.AAAA[i]} {
			if v.Answer.Exists() || slices.ContainsFunc(v.Answer.CNAMEs, func(c string) bool { return strings.HasSuffix(c, ".cloudfront.net") }) {
				return false
			}
		}
		asked = asked || t.A[i].Err == nil && t.AAAA[i].Err == nil
	}
	return asked
}

// follow completes the answers of name servers that end in a CNAME of another
// zone: resolvers say where that leads.
func (p *Prober) follow(ctx context.Context, views []View, qtype uint16, target string) {
	known := map[string]Answer{}
	for i := range views {
		a := &views[i].Answer
		if views[i].Resolver || views[i].Err != nil || a.Exists() || len(a.CNAMEs) == 0 || slices.Contains(a.CNAMEs, target) {
			continue
		}
		last := a.CNAMEs[len(a.CNAMEs)-1]
		if strings.HasSuffix(last, ".cloudfront.net") { // another distribution, though it may have the same addresses
			continue
		}
		further, asked := known[last]
		if !asked {
			further, _ = p.Lookup(ctx, last, qtype) // without an answer it leads nowhere
			known[last] = further
		}
		a.CNAMEs, a.Records = slices.Concat(a.CNAMEs, further.CNAMEs), further.Records
	}
}

func (t *Traffic) read(addresses []netip.Addr) {
	direct := slices.ContainsFunc(t.A, func(v View) bool { return !v.Resolver && v.Err == nil })
	var right4, wrong4, right6, wrong6 bool
	for i := range t.A {
		a, aaaa := t.A[i], t.AAAA[i]
		if a.Err != nil && aaaa.Err != nil {
			continue
		}
		to4, to6 := t.leads(a, addresses), t.leads(aaaa, addresses)
		right4, wrong4 = right4 || to4 == leadsRight, wrong4 || to4 == leadsElsewhere
		right6, wrong6 = right6 || to6 == leadsRight, wrong6 || to6 == leadsElsewhere
		switch {
		case to4 == leadsElsewhere || to6 == leadsElsewhere:
			if a.Resolver && direct {
				t.Old = append(t.Old, a.Server)
				t.Until = max(t.Until, a.Answer.TTL, aaaa.Answer.TTL)
			} else {
				t.Other = append(t.Other, a.Server)
			}
		case to4 == leadsRight || to6 == leadsRight:
			t.Right = append(t.Right, a.Server)
		default:
			t.None = append(t.None, a.Server)
			if a.Resolver && direct {
				t.Until = max(t.Until, a.Answer.Negative)
			}
		}
	}
	t.Families = right4 && wrong6 && !wrong4 || right6 && wrong4 && !wrong6
	slices.Sort(t.Leads)
	t.Leads = slices.Compact(t.Leads)
}

// Where one answer leads.
type leading int

const (
	leadsNowhere leading = iota
	leadsRight
	leadsElsewhere
)

// leads says where one answer leads, and notes what is not the target's. A
// record of a name server may be an alias for the target: then only the
// addresses tell.
func (t *Traffic) leads(v View, addresses []netip.Addr) leading {
	if v.Err != nil {
		return leadsNowhere
	}
	if slices.Contains(v.Answer.CNAMEs, t.Target) {
		return leadsRight
	}
	if !v.Answer.Exists() && len(v.Answer.CNAMEs) == 0 {
		return leadsNowhere
	}
	elsewhere := len(v.Answer.Records) == 0
	for _, r := range v.Answer.Records {
		addr, err := netip.ParseAddr(r)
		if err != nil || !slices.Contains(addresses, addr) {
			elsewhere = true
			t.Leads = append(t.Leads, r)
		}
	}
	if elsewhere {
		t.Leads = append(t.Leads, v.Answer.CNAMEs...)
		return leadsElsewhere
	}
	return leadsRight
}
