package steps

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud/sim"
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
		{what: "The record leads to the old server, which has the name", guide: "35", done: do(site(old), record("CNAME", constant("old.hosting.test."))), want: "delegation|traffic-record", name: true},
		{what: "The record leads to a server with another certificate", guide: "35", done: do(site(stranger), record("CNAME", constant("old.hosting.test."))), want: "delegation|traffic-record", name: true},
		{what: "The record leads past CloudFront, to API Gateway", guide: "24", done: do(record("CNAME", target)), want: "delegation|traffic-record", name: true},
		{what: "The record leads to the API's own name", guide: "23", done: do(record("CNAME", func(p *patient) string {
			return p.setup.Spec.API.Mappings[0].APIID + ".execute-api.eu-west-1.amazonaws.com."
		})), want: "delegation|traffic-record", name: true},
		{what: "The record leads to another distribution", guide: "22", done: do(otherDistribution), want: "delegation|traffic-record", name: true},
		{what: "The record leads to an address where nobody listens", guide: "28", done: do(record("A", constant("192.0.2.77"))), want: "delegation|traffic-record", name: true},
		{what: "The record was deleted", guide: "26", done: do(record("A", constant(""))), want: "delegation|traffic-record", name: true},
		{what: "The record was deleted, with DNS at another provider", guide: "26 44", made: elsewhereAt, done: do(record("A", constant(""))), want: "traffic-record", name: true},
		{what: "The record leads elsewhere, with DNS at another provider", guide: "35 44", made: elsewhereAt, done: do(site(old), record("CNAME", constant("old.hosting.test."))), want: "traffic-record", name: true},
		{what: "The AAAA record leads elsewhere", guide: "27", done: do(families("AAAA", "2001:db8::1")), want: "traffic-record", name: true},
		{what: "The domain is delegated to servers that do not have it", guide: "26 45", done: do(delegated("ns1.lame.example", "ns2.lame.example")), want: "delegation", name: true},
		{what: "The domain is delegated to an empty zone of another provider", guide: "26 45", done: do(foreignZone("")), want: "delegation|traffic-record", name: true},
		{what: "The domain is delegated to another provider, which leads to the old server", guide: "45", done: do(site(old), foreignZone("127.0.0.5")), want: "delegation|traffic-record", name: true},
		{what: "All name servers of the zone are silent", hangs: true, guide: "26", done: do(servers(sim.ServerSilent)), want: "delegation", name: true},
		{what: "All name servers of the zone refuse", guide: "26", done: do(servers(sim.ServerRefuses)), want: "delegation", name: true},
		{what: "All name servers of the zone fail", guide: "26", done: do(servers(sim.ServerFails)), want: "delegation", name: true},
		{what: "The name is mistyped in the alias, and right in DNS", guide: "22", done: do(certificate("apis.harborview.example")), want: "alias"},
		{what: "No network: nothing takes a connection", done: do(cut), want: "network"},
	}
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
