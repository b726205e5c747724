package jobs

import (
	"slices"
	"strings"
	"testing"

	"apifront/setup"
	"apifront/web"
)

// The card of records has the words of the form of the provider that the name servers
// belong to, the name and the value as they are entered there, and what is particular to
// it; of an unknown one it has those of DNS.
func TestTheCardSpeaksAsTheProvidersForm(t *testing.T) {
	t.Parallel()
	spec := setup.DefaultSpec()
	spec.Domain = setup.Domain{Name: "api.example.com", DNS: setup.DNSElsewhere, Switch: setup.SwitchAtEnd}
	card := func(r setup.Record) RecordCard {
		f := Facts{
			Job: setup.Job{ID: 7, Kind: setup.JobApply, State: setup.JobNeedsYou, SetupName: spec.Domain.Name}, Setup: setup.Setup{Spec: spec}, Times: web.Times{Now: noon},
			About: map[setup.StepID]StepAbout{"dns": {Mark: setup.MarkTraffic}},
			Steps: []setup.Step{{ID: "dns", State: setup.StepNeedsYou, Records: []setup.Record{r}}},
		}
		var v View
		return v.recordCard(f, f.Steps[0])
	}
	const proxy = "DNS only"
	for server, want := range map[string]struct {
		words, name, value, at string
		advice                 []string
	}{
		"ada.ns.cloudflare.com":         {"Name Target TTL", "api", "d1.cloudfront.net", "at Cloudflare", []string{"Cloudflare adds example.com to the name by itself.", proxy}},
		"ns-1.awsdns-00.co.uk":          {"Record name Value TTL (seconds)", "api", "d1.cloudfront.net", "in Route 53, in the account that has the zone", []string{"Route 53 adds example.com"}},
		"ns01.domaincontrol.com":        {"Name Value TTL", "api", "d1.cloudfront.net", "at GoDaddy", []string{"GoDaddy adds example.com"}},
		"dns1.registrar-servers.com":    {"Host Value TTL", "api", "d1.cloudfront.net", "at Namecheap", []string{"Namecheap adds example.com"}},
		"ns1038.ui-dns.biz":             {"Hostname Point to TTL", "api", "d1.cloudfront.net", "at IONOS", []string{"IONOS adds example.com"}},
		"dns19.ovh.net":                 {"Sub-domain Target TTL", "api", "d1.cloudfront.net.", "at OVHcloud", []string{"OVHcloud adds example.com", "Enter the full stop at the end of the value too."}},
		"ns-12-a.gandi.net":             {"Name Value TTL", "api", "d1.cloudfront.net.", "at Gandi", []string{"Enter the full stop"}},
		"ns1.dnsimple.com":              {"Name Content TTL", "api", "d1.cloudfront.net", "at DNSimple", []string{"DNSimple adds example.com"}},
		"ns1-03.azure-dns.com":          {"Name Value TTL", "api", "d1.cloudfront.net", "at Azure DNS", []string{"Azure DNS adds example.com"}},
		"ns-cloud-a1.googledomains.com": {"Name Value TTL", "api", "d1.cloudfront.net", "at Google Cloud DNS", nil},
		"ns1.digitalocean.com":          {"Hostname Value TTL", "api", "d1.cloudfront.net", "at DigitalOcean", []string{"DigitalOcean adds example.com"}},
		"ns1.vercel-dns.com":            {"Name Value TTL", "api", "d1.cloudfront.net", "at Vercel", []string{"Vercel adds example.com"}},
		"hydrogen.ns.hetzner.com":       {"Name Value TTL", "api", "d1.cloudfront.net.", "at Hetzner", []string{"Hetzner adds example.com", "Enter the full stop"}},
		"ns1.hoster.example":            {"Name Value TTL", "api", "d1.cloudfront.net", "where the DNS of api.example.com is managed", []string{"At Cloudflare, set it to DNS only."}},
	} {
		c := card(setup.Record{Type: "CNAME", Name: "api.example.com", Value: "d1.cloudfront.net", TTL: 300, Apex: "example.com", Servers: []string{server}})
		form := web.RecordTable{Rows: c.Rows}.Form()
		if got := form.NameField + " " + form.ValueField + " " + form.TTLField; got != want.words || c.Rows[0].Name != want.name || c.Rows[0].Full != "api.example.com" || c.Rows[0].Value != want.value {
			t.Errorf("%s: %q %+v", server, got, c.Rows[0])
		}
		if !strings.Contains(c.Text, want.at) {
			t.Errorf("%s: it says %q", server, c.Text)
		}
		for _, a := range want.advice {
			if !slices.ContainsFunc(c.Advice, func(s string) bool { return strings.Contains(s, a) }) {
				t.Errorf("%s: no %q in %q", server, a, c.Advice)
			}
		}
		if other := slices.ContainsFunc(c.Advice, func(s string) bool { return strings.Contains(s, proxy) }); other != (c.Text == "" || strings.Contains(server, "cloudflare") || strings.Contains(server, "hoster")) {
			t.Errorf("%s: of Cloudflare's proxy: %q", server, c.Advice)
		}
		shown := render(t, recordCard(View{}, c, "todo"))
		for _, word := range []string{form.NameField, form.ValueField, form.TTLField} {
			if !strings.Contains(shown, ">"+word+"</th>") || !strings.Contains(shown, `data-l="`+word+`"`) {
				t.Errorf("%s: the table does not have %q", server, word)
			}
		}
	}
	// The zone itself.
	spec.Domain.Name = "example.com"
	for server, want := range map[string]struct{ kind, name, advice string }{
		"ada.ns.cloudflare.com": {"CNAME", "@", "CNAME flattening"},
		"ns-1.awsdns-00.org":    {"A", "", "Alias to CloudFront distribution"},
		"ns1.dnsimple.com":      {"ALIAS", "@", "has the type ALIAS"},
		"ns1.digitalocean.com":  {"ALIAS", "@", "no record that leads the zone itself"},
		"ns1.hoster.example":    {"ALIAS", "@", ""},
	} {
		c := card(setup.Record{Type: "ALIAS", Name: "example.com", Value: "d1.cloudfront.net", Apex: "example.com", Servers: []string{server}})
		if r := c.Rows[0]; r.Type != want.kind || r.Name != want.name || r.Blank != (want.name == "") {
			t.Errorf("%s: %+v", server, r)
		}
		if !slices.ContainsFunc(c.Advice, func(s string) bool { return strings.Contains(s, want.advice) }) {
			t.Errorf("%s: no %q in %q", server, want.advice, c.Advice)
		}
		if shown := render(t, recordCard(View{}, c, "todo")); strings.Contains(shown, "leave empty") != c.Rows[0].Blank {
			t.Errorf("%s: an empty name: %v", server, !c.Rows[0].Blank)
		}
	}
}
