package steps

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"apifront/cloud/sim"
	"apifront/setup"
)

// slipping are the worlds in which ACM waits for the validation record: "made" is
// done before the job, "done" once the record should be there. At another DNS
// provider the person adds what done says, and nothing else; name says that the
// step that asks for the record waits, and has nothing more to say. ACM itself issues
// nothing in any of them, so that what the steps say is what they see in DNS.
func slipping() []condition {
	const zone = "harborview.example"
	at := func(kind string, place func(setup.Record) (name, value string)) []func(*patient) {
		return do(func(p *patient) {
			p.t.Helper()
			name, value := place(p.validation())
			p.sim.AddRecord(p.zone(), name, kind, 300, value)
		})
	}
	right := func(r setup.Record) (string, string) { return r.Name, r.Value + "." }
	label := func(r setup.Record) string { l, _, _ := strings.Cut(r.Name, "."); return l }
	deeper := both(edits(func(s *setup.Spec) { s.Domain.Name = "api.eu." + zone }), elsewhereAt)
	return []condition{
		{what: "No record, at another provider", guide: "44", made: elsewhereAt, want: "validation-record", name: true},
		{what: "Another value", guide: "44", made: elsewhereAt, done: at("CNAME", func(r setup.Record) (string, string) { return r.Name, "_old." + r.Value + "." }), want: "validation-record"},
		{what: "A TXT record in place of the CNAME record", guide: "44", made: elsewhereAt, done: at("TXT", func(r setup.Record) (string, string) { return r.Name, `"` + r.Value + `"` }), want: "validation-record"},
		{what: "The name doubled by the provider", guide: "44", made: elsewhereAt, done: at("CNAME", func(r setup.Record) (string, string) { return r.Name + "." + zone, r.Value + "." }), want: "validation-record"},
		{what: "The value with the zone added", guide: "44", made: elsewhereAt, done: at("CNAME", func(r setup.Record) (string, string) { return r.Name, r.Value + "." + zone + "." }), want: "validation-record"},
		{what: "The name without the labels between", guide: "44", made: deeper, done: at("CNAME", func(r setup.Record) (string, string) { return label(r) + "." + zone, r.Value + "." }), want: "validation-record"},
		{what: "The name without its underscore", guide: "44", made: elsewhereAt, done: at("CNAME", func(r setup.Record) (string, string) { return strings.TrimPrefix(r.Name, "_"), r.Value + "." }), want: "validation-record"},
		{what: "The record is proxied", guide: "44", made: elsewhereAt, done: at("A", func(r setup.Record) (string, string) { return r.Name, "127.0.0.5" }), want: "proxy"},
		{what: "The record is flattened", guide: "44", made: elsewhereAt, done: after(func(p *patient) {
			p.sim.AddRecord(p.sim.AddForeignZone("acm-validations.test", "ns1.hoster.example"), "x.acm-validations.test", "A", 60, "192.0.2.88")
		}, at(sim.TypeFlattened, func(r setup.Record) (string, string) { return r.Name, "x.acm-validations.test" })), want: "proxy"},
		{what: "A wildcard record answers in place of the record", guide: "44", made: elsewhereAt, done: at("CNAME", func(r setup.Record) (string, string) { return "*." + zone, "www.elsewhere.test." }), want: "validation-record", name: true},
		{what: "The record is in a private zone", guide: "44", made: elsewhereAt, done: do(func(p *patient) {
			r := p.validation()
			p.sim.AddRecord(p.sim.AddPrivateZone(p.demo.AccountID, zone), r.Name, "CNAME", 300, r.Value+".")
		}), want: "validation-record", name: true},
		{what: "Not all of the provider's servers have the record yet", guide: "44", made: elsewhereAt, done: after(someServers(sim.ServerStale, 0), at("CNAME", right)), want: "~validation-record", name: true},
		{what: "The record was deleted at Route 53", guide: "44", done: at("CNAME", func(r setup.Record) (string, string) { return r.Name, "" }), want: "validation-record"},
		{what: "Somebody changed the value at Route 53", guide: "44", done: at("CNAME", func(r setup.Record) (string, string) { return r.Name, "_other." + r.Value + "." }), want: "validation-record"},
		{what: "The record was deleted, and Route 53 does not say which zone is ours", guide: "44", done: after(zoneUnread, at("CNAME", func(r setup.Record) (string, string) { return r.Name, "" })), want: "delegation|validation-record"},
		{what: "The hosted zone was deleted", guide: "26", done: do(zoneDeleted), want: "delegation"},
		{what: "Nobody delegates to the zone", guide: "45", made: func(p *patient) { p.sim.Delegate(zone) }, want: "delegation"},
		{what: "The domain is delegated to a twin of the zone", guide: "45", made: twin(""), want: "delegation"},
		{what: "The domain is delegated to servers that do not have it", guide: "45", made: delegated("ns1.lame.example", "ns2.lame.example"), want: "delegation"},
		{what: "A sub-zone of the name is delegated elsewhere", guide: "45", made: subZone, want: "delegation"},
		{what: "All name servers of the zone are silent", guide: "26", hangs: true, done: do(servers(sim.ServerSilent)), want: "delegation"},
		{what: "All name servers of the zone fail", guide: "26", done: do(servers(sim.ServerFails)), want: "delegation"},
		{what: "All resolvers are silent", hangs: true, made: resolvers, done: do(resolver(sim.ResolverSilent, 0, 1, 2, 3)), want: "network"},

		{what: "The record is there, and ACM takes its time"},
		{what: "The record is there, at another provider", made: elsewhereAt, done: at("CNAME", right)},
		{what: "The record is there, and resolvers remember that it was not", made: both(resolvers, elsewhereAt), done: after(func(p *patient) {
			for i := range p.probe.DNS {
				p.lookedUp(i, p.validation().Name)
			}
		}, at("CNAME", right))},
		{what: "The record is there, and one name server refuses", done: do(someServers(sim.ServerRefuses, 2))},
		{what: "The record is there, and one name server is silent", hangs: true, done: do(someServers(sim.ServerSilent, 0))},
		{what: "The record is there, and one resolver fails", made: resolvers, done: do(resolver(sim.ResolverFails, 1))},
		{what: "The record is there, beside a CAA record that allows Amazon", made: func(p *patient) { p.sim.AddRecord(p.zone(), zone, "CAA", 60, `0 issue "amazon.com"`) }},
		{what: "The record is there, beside a private zone without it", done: do(func(p *patient) { p.sim.AddPrivateZone(p.demo.AccountID, zone) })},
	}
}

// first is done before the rest.
func after(first func(*patient), rest []func(*patient)) []func(*patient) {
	return append(do(first), rest...)
}

// validation is the record that ACM looks for.
func (p *patient) validation() setup.Record {
	p.t.Helper()
	records, _ := validationRecords(p.env("validation"))
	if len(records) == 0 {
		p.t.Fatal("ACM has named no record yet")
	}
	return records[0]
}

// A slipped is what the steps say while ACM waits.
type slipped struct {
	person, regional, edge finding
}

// slips makes the world, and says what is named while ACM waits.
func (c condition) slips(t *testing.T) (f slipped) {
	t.Helper()
	p := &patient{newWorldIn(t, sim.Config{Pace: sim.RealPace(), PageSize: 1, Log: t.Logf}, nil)}
	p.sim.Order(sim.Fault{Service: "acm", Operation: "RequestCertificate", Kind: sim.FaultStuck, Times: 2})
	if c.made != nil {
		c.made(p)
	}
	elsewhere := p.setup.Spec.Domain.DNS == setup.DNSElsewhere
	p.upTo("validation")
	if !elsewhere {
		p.upTo("issued-regional")
		time.Sleep(time.Minute)
	}
	for _, do := range c.done {
		do(p)
	}
	want := strings.Fields(c.want)
	for _, look := range []struct {
		id setup.StepID
		f  *finding
	}{{"validation", &f.person}, {"issued-regional", &f.regional}, {"issued-edge", &f.edge}} {
		if look.id == "validation" && !elsewhere {
			continue // the step compares what Route 53 has
		}
		*look.f = p.examine(look.id)
		if look.id == "validation" && c.name {
			look.f.names(t, nil)
		} else {
			look.f.names(t, want)
		}
	}
	time.Sleep(time.Minute) // for answers of servers that nobody waits for any more
	return f
}

// names checks what is named, and not whether anything is proved.
func (f finding) names(t *testing.T, want []string) {
	t.Helper()
	if !slices.Equal(f.named, want) {
		t.Errorf("%s: named are %v by %v, want %v: %s", f.step, f.named, f.rows, want, f.words)
	}
}

// TestSlips: of each world in which ACM waits for its record, the first look
// names why, and names nothing where the record is there.
func TestSlips(t *testing.T) {
	quietly(t)
	list := slipping()
	found := make([]slipped, len(list))
	t.Run("worlds", func(t *testing.T) {
		for i, c := range list {
			if UnderRace && i%5 != 0 {
				continue
			}
			t.Run(c.what, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { found[i] = c.slips(t) })
			})
		}
	})
	if UnderRace || t.Failed() {
		return
	}
	for i, c := range list {
		if took := found[i].regional.took; took > slipWithin && !c.hangs {
			t.Errorf("%s: it takes %s", c.what, took)
		}
	}
	holds(t, filepath.Join("..", "docs", "diagnosis.md"), "slips", slipText(list, found))
}
