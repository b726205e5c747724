package steps

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/miekg/dns"

	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
)

// otherDistribution leads the name to another distribution of the account, which
// does not have it.
func otherDistribution(p *patient) {
	p.t.Helper()
	cf := p.outside().CloudFront()
	d, err := cf.GetDistributionConfig(p.t.Context(), &cloudfront.GetDistributionConfigInput{Id: p.distribution()})
	p.must(err)
	c := d.DistributionConfig
	c.CallerReference = aws.String("another")
	c.Aliases = &types.Aliases{Quantity: aws.Int32(0)}
	c.ViewerCertificate = &types.ViewerCertificate{CloudFrontDefaultCertificate: aws.Bool(true)}
	out, err := cf.CreateDistribution(p.t.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: c})
	p.must(err)
	time.Sleep(time.Hour)
	record("CNAME", constant(aws.ToString(out.Distribution.DomainName)+"."))(p)
}

// zone is the hosted zone of the name.
func (p *patient) zone() string { return p.demo.Zones["harborview.example"] }

// delegated leads the domain to other name servers than those of its zone.
func delegated(servers ...string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		for _, s := range servers {
			p.sim.AddNameServer(s)
		}
		p.sim.Delegate("harborview.example", servers...)
		time.Sleep(time.Hour)
	}
}

// foreignZone leads the domain to a zone at another provider, which has an
// address for the name, or has none.
func foreignZone(address string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		id := p.sim.AddForeignZone("harborview.example", "ns1.hoster.example", "ns2.hoster.example")
		if address != "" {
			p.sim.AddRecord(id, p.setup.Spec.Domain.Name, "A", 60, address)
		}
		time.Sleep(48 * time.Hour)
	}
}

// servers is a fault of all name servers of the zone.
func servers(kind sim.ServerFaultKind) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		for _, s := range p.sim.NameServers(p.zone()) {
			p.must(p.sim.OrderServer(sim.ServerFault{Server: s, Kind: kind}))
		}
		time.Sleep(time.Hour)
	}
}

// families leaves the record of one address family, and leads the other one
// elsewhere.
func families(kind, address string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		p.sim.AddRecord(p.zone(), p.setup.Spec.Domain.Name, kind, 60, address)
		time.Sleep(time.Hour)
	}
}

func brokenNames() []condition {
	old := sim.Site{Names: []string{"old.hosting.test", "api.harborview.example"}, Like: "nginx"}
	stranger := sim.Site{Names: []string{"old.hosting.test"}, Like: "nginx"}
	target := func(p *patient) string { return p.target() + "." }
	return []condition{
		{what: "The record leads to the old server, which has the name", guide: "35", done: do(site(old), record("CNAME", constant("old.hosting.test."))), want: "traffic-record", name: true},
		{what: "The record leads to a server with another certificate", guide: "35", done: do(site(stranger), record("CNAME", constant("old.hosting.test."))), want: "traffic-record", name: true},
		{what: "The record leads to a server that answers 421", guide: "16 35", done: do(site(sim.Site{Names: []string{"old.hosting.test", "api.harborview.example"}, Answer: sim.Answer{Status: 421}}), record("CNAME", constant("old.hosting.test."))), want: "traffic-record", name: true},
		{what: "The record leads past CloudFront, to API Gateway", guide: "24", done: do(record("CNAME", target)), want: "traffic-record", name: true},
		{what: "The record leads to the API's own name", guide: "23", done: do(record("CNAME", func(p *patient) string {
			return p.setup.Spec.API.Mappings[0].APIID + ".execute-api.eu-west-1.amazonaws.com."
		})), want: "traffic-record", name: true},
		{what: "The record leads to another distribution", guide: "22", done: do(otherDistribution), want: "traffic-record", name: true},
		{what: "The record leads to an address where nobody listens", guide: "28", done: do(record("A", constant("192.0.2.77"))), want: "traffic-record", name: true},
		{what: "The record was deleted", guide: "26", done: do(record("A", constant(""))), want: "traffic-record", name: true},
		{what: "The record was deleted, with DNS at another provider", guide: "26 44", made: elsewhereAt, done: do(record("A", constant(""))), want: "traffic-record", name: true},
		{what: "The record leads elsewhere, with DNS at another provider", guide: "35 44", made: elsewhereAt, done: do(site(old), record("CNAME", constant("old.hosting.test."))), want: "traffic-record", name: true},
		{what: "The AAAA record leads elsewhere", guide: "27", done: do(families("AAAA", "2001:db8::1")), want: "traffic-record", name: true},
		{what: "The domain is delegated to servers that do not have it", guide: "26 45", done: do(delegated("ns1.lame.example", "ns2.lame.example")), want: "delegation", name: true},
		{what: "The domain is delegated to an empty zone of another provider", guide: "26 45", done: do(foreignZone("")), want: "delegation", name: true},
		{what: "The domain is delegated to another provider, which leads to the old server", guide: "45", done: do(site(old), foreignZone("127.0.0.5")), want: "delegation", name: true},
		{what: "All name servers of the zone are silent", hangs: true, guide: "26", done: do(servers(sim.ServerSilent)), want: "delegation", name: true},
		{what: "All name servers of the zone refuse", guide: "26", done: do(servers(sim.ServerRefuses)), want: "delegation", name: true},
		{what: "All name servers of the zone fail", guide: "26", done: do(servers(sim.ServerFails)), want: "delegation", name: true},
		{what: "A sub-zone of the name is delegated elsewhere", guide: "45", done: do(subZone), want: "delegation", name: true},
		{what: "The domain is delegated to an empty twin of the zone", guide: "45", done: do(twin("")), want: "delegation", name: true},
		{what: "The domain is delegated to a twin of the zone, which leads to the old server", guide: "45", done: do(site(old), twin("127.0.0.5")), want: "delegation", name: true},
		{what: "The hosted zone was deleted", guide: "26", done: do(zoneDeleted), want: "delegation", name: true},
		{what: "The record leads elsewhere, and Route 53 does not say which zone is ours", guide: "35", done: do(site(old), record("CNAME", constant("old.hosting.test.")), zoneUnread), want: "delegation|traffic-record", name: true},
		{what: "The record leads to a proxy", guide: "35", done: do(site(old), record("A", constant("127.0.0.5"))), want: "traffic-record", name: true},
		{what: "One name server of the zone refuses", done: do(someServers(sim.ServerRefuses, 2)), want: "delegation", name: true, works: true},
		{what: "One name server of the zone fails", done: do(someServers(sim.ServerFails, 1)), want: "delegation", name: true, works: true},
		{what: "One name server of the zone does not claim it", done: do(someServers(sim.ServerLame, 3)), want: "delegation", name: true, works: true},
		{what: "One name server of the zone is silent", hangs: true, done: do(someServers(sim.ServerSilent, 2)), want: "delegation", name: true, works: true},
		{what: "One name server still has the old record", done: do(site(old), record("CNAME", constant("old.hosting.test.")), someServers(sim.ServerStale, 2), moved), want: "~traffic-record", name: true, works: true},
		{what: "One name server does not have the record yet", done: do(record("A", constant("")), someServers(sim.ServerStale, 2), moved), want: "~traffic-record", name: true, works: true},
		{what: "A resolver fails", made: resolvers, done: do(resolver(sim.ResolverFails, 1)), want: "network", name: true, works: true},
		{what: "A resolver is silent", hangs: true, made: resolvers, done: do(resolver(sim.ResolverSilent, 1)), want: "network", name: true, works: true},
		{what: "All resolvers fail", made: resolvers, done: do(resolver(sim.ResolverFails, 0, 1, 2, 3)), want: "network"},
		{what: "All resolvers refuse", made: resolvers, done: do(resolver(sim.ResolverRefuses, 0, 1, 2, 3)), want: "network"},
		{what: "All resolvers are silent", hangs: true, made: resolvers, done: do(resolver(sim.ResolverSilent, 0, 1, 2, 3)), want: "network"},
		{what: "A resolver remembers the old server", guide: "27", made: resolvers, done: do(site(old), oldRecord("CNAME", "old.hosting.test."), asked(1), justMoved), want: "~traffic-record", name: true, works: true},
		{what: "The resolver of this server remembers the old server", guide: "27", made: resolvers, done: do(site(old), oldRecord("CNAME", "old.hosting.test."), asked(0), justMoved), want: "~traffic-record", name: true},
		{what: "A resolver remembers that the record was not there", guide: "27", made: resolvers, done: do(oldRecord("A", ""), asked(1), justMoved), want: "~traffic-record", name: true, works: true},
		{what: "The resolver of this server remembers that the record was not there", guide: "27", made: resolvers, done: do(oldRecord("A", ""), asked(0), justMoved), want: "~traffic-record", name: true},
		{what: "The name is mistyped in the alias, and right in DNS", guide: "22", done: do(certificate("apis.harborview.example")), want: "alias"},
		{what: "No network: nothing takes a connection", done: do(cut), want: "network"},
	}
}

// healthyNames are neighbors of those that are well.
func healthyNames() []condition {
	front := func(p *patient) string { return p.resources.Attr(setup.KeyDistribution, setup.AttrDomainName) }
	return []condition{
		{what: "The record was changed to another way to the distribution, and resolvers remember the former", made: resolvers, done: do(asked(0, 1), func(p *patient) { put(p, "CNAME", 300, front(p)+".") })},
		{what: "The record leads there by a CNAME record of another zone", done: do(func(p *patient) {
			zone := p.sim.AddForeignZone("edge.test", "ns1.hoster.example")
			p.sim.AddRecord(zone, "api.edge.test", "CNAME", 60, front(p)+".")
		}, record("CNAME", constant("api.edge.test.")))},
		{what: "The record is flattened by the provider", made: elsewhereAt, done: do(moved)},
		{what: "A private zone of the name leads elsewhere", done: do(func(p *patient) {
			p.sim.AddRecord(p.sim.AddPrivateZone(p.demo.AccountID, "harborview.example"), p.setup.Spec.Domain.Name, "A", 60, "127.0.0.5")
		})},
		{what: "A twin of the zone that nobody delegates to leads elsewhere", done: do(func(p *patient) {
			p.sim.AddRecord(p.sim.AddTwinZone(p.demo.AccountID, "harborview.example"), p.setup.Spec.Domain.Name, "A", 60, "127.0.0.5")
		})},
		{what: "A CAA record that allows Amazon", made: func(p *patient) { p.sim.AddRecord(p.zone(), "harborview.example", "CAA", 60, `0 issue "amazon.com"`) }},
		{what: "A name server that answers large answers over TCP alone", done: do(someServers(sim.ServerTruncates, 1))},
		{what: "Another resolver than this server's leads names that do not exist to an address", made: resolvers, done: do(resolver(sim.ResolverHijacks, 1))},
	}
}

// subZone delegates a zone of the name itself to another provider.
func subZone(p *patient) {
	p.t.Helper()
	p.sim.AddForeignZone(p.setup.Spec.Domain.Name, "ns1.hoster.example")
	p.sim.AddRecord(p.zone(), p.setup.Spec.Domain.Name, "NS", 300, "ns1.hoster.example")
	time.Sleep(time.Hour)
}

// twin delegates the domain to a second hosted zone of its name, which has an
// address for the name, or has none.
func twin(address string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		id := p.sim.AddTwinZone(p.demo.AccountID, "harborview.example")
		if address != "" {
			p.sim.AddRecord(id, p.setup.Spec.Domain.Name, "A", 60, address)
		}
		p.sim.Delegate("harborview.example", p.sim.NameServers(id)...)
		time.Sleep(72 * time.Hour)
	}
}

// zoneDeleted deletes the hosted zone, with all its records.
func zoneDeleted(p *patient) {
	p.t.Helper()
	r53, id := p.outside().Route53(), p.zone()
	in := &route53.ListResourceRecordSetsInput{HostedZoneId: &id}
	var changes []r53types.Change
	for {
		out, err := r53.ListResourceRecordSets(p.t.Context(), in)
		p.must(err)
		for _, s := range out.ResourceRecordSets {
			if s.Type != r53types.RRTypeNs && s.Type != r53types.RRTypeSoa || aws.ToString(s.Name) != "harborview.example." {
				changes = append(changes, r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: &s})
			}
		}
		if !out.IsTruncated {
			break
		}
		in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = out.NextRecordName, out.NextRecordType, out.NextRecordIdentifier
	}
	if len(changes) > 0 {
		_, err := r53.ChangeResourceRecordSets(p.t.Context(), &route53.ChangeResourceRecordSetsInput{HostedZoneId: &id, ChangeBatch: &r53types.ChangeBatch{Changes: changes}})
		p.must(err)
		time.Sleep(time.Hour)
	}
	servers := p.sim.NameServers(id)
	_, err := r53.DeleteHostedZone(p.t.Context(), &route53.DeleteHostedZoneInput{Id: &id})
	p.must(err)
	delegated(servers...)(p) // the registrar is not told
}

// zoneUnread lets Route 53 refuse to say which name servers the zone has.
func zoneUnread(p *patient) {
	p.sim.Order(sim.Fault{Service: "route53", Operation: "GetHostedZone", Kind: sim.FaultDenied, Times: 10})
}

// someServers is a fault of those of the zone's four name servers.
func someServers(kind sim.ServerFaultKind, which ...int) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		for _, i := range which {
			p.must(p.sim.OrderServer(sim.ServerFault{Server: p.sim.NameServers(p.zone())[i], Kind: kind}))
		}
	}
}

// resolvers are four that the test asks, in place of one.
func resolvers(p *patient) {
	p.probe.DNS = p.sim.Resolvers()
}

// resolver is how those of the resolvers behave.
func resolver(behavior sim.ResolverBehavior, which ...int) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		for _, i := range which {
			p.must(p.sim.SetResolver(sim.Resolver{Address: p.sim.Resolvers()[i], Behavior: behavior}))
		}
	}
}

// put has one record at the name in place of all others, at once.
func put(p *patient, kind string, ttl int, value string) {
	p.t.Helper()
	zone, name := p.zone(), p.setup.Spec.Domain.Name
	for _, k := range []string{"A", "AAAA", "CNAME", "HTTPS", sim.TypeFlattened} {
		p.sim.AddRecord(zone, name, k, ttl)
	}
	if value != "" {
		p.sim.AddRecord(zone, name, kind, ttl, value)
	}
}

// oldRecord is what the name had before, for long.
func oldRecord(kind, value string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		put(p, kind, 300, value)
		time.Sleep(time.Hour)
	}
}

// asked lets those of the resolvers remember the name.
func asked(which ...int) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		for _, i := range which {
			p.lookedUp(i, p.setup.Spec.Domain.Name)
		}
	}
}

// lookedUp asks one of the resolvers for a name.
func (p *patient) lookedUp(i int, name string) {
	p.t.Helper()
	asking := p.probe
	asking.DNS = p.probe.DNS[i : i+1]
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeCNAME} {
		_, err := probe.New(asking, nil).Lookup(p.t.Context(), name, kind)
		p.must(err)
	}
}

// justMoved is moved, a moment before the look.
func justMoved(p *patient) {
	p.t.Helper()
	put(p, sim.TypeFlattened, 60, p.resources.Attr(setup.KeyDistribution, setup.AttrDomainName))
	time.Sleep(time.Second)
}

// cut lets no connection of a test through but those to DNS.
func cut(p *patient) {
	dial := p.probe.Dial
	p.probe.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if _, port, err := net.SplitHostPort(address); err == nil && port == "443" {
			return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("network is unreachable")}
		}
		return dial(ctx, network, address)
	}
}
