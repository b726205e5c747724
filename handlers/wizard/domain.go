package wizard

import (
	"slices"
	"strings"

	"github.com/a-h/templ"

	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

type domain struct{}

func (domain) id() setup.PageID { return setup.PageDomain }

func (domain) words() (title, intro, next string) {
	return "Domain and DNS", "Choose the public name of your API and say who manages its DNS.", "Next: certificates"
}

// read reads the form. It cleans the name if it can, and otherwise keeps it as
// typed.
func (domain) read(c *visit) error {
	d := &c.spec().Domain
	before := *d
	typed := strings.TrimSpace(c.form.Get("domain"))
	d.Name = typed
	clean, err := setup.CleanServed(typed)
	if err == nil {
		d.Name = clean.Name
	}
	readMove(c, before)
	readPolicy(c)
	d.DNS, d.Switch = c.form.Get("dns"), c.form.Get("switch")
	d.ZoneID, d.ZoneName = c.form.Get("zone"), ""
	if err := readFromEdge(c); err != nil {
		return err
	}
	if err := readDNSConnection(c); err != nil {
		return err
	}
	zones, err := handlers.Stored[[]setup.Zone](c.ctx, c.s.Server, zonesKey(c.spec().DNSAccount()))
	if err != nil {
		return err
	}
	if !zones.Have {
		return nil
	}
	all, usable := choosable(d.Name, zones.Value)
	first := suggested(all, usable)
	// The answer was filled in for another name and nobody changed it, so it is
	// filled in again.
	if c.form.Get("dns-for") != d.Name && clean.Name != "" && d.DNS == c.form.Get("dns-was") {
		d.DNS, d.ZoneID = setup.DNSElsewhere, ""
		if first >= 0 {
			d.DNS, d.ZoneID = setup.DNSRoute53, all[first].ID
		}
	}
	if d.DNS == setup.DNSElsewhere {
		d.ZoneID = ""
		return nil
	}
	i := slices.IndexFunc(all, func(z setup.Zone) bool { return z.ID == d.ZoneID })
	if i < 0 && len(all) > 0 {
		i = max(first, 0)
	}
	d.ZoneID = ""
	if i >= 0 {
		d.ZoneID, d.ZoneName = all[i].ID, all[i].Name
	}
	return nil
}

func (domain) check(c *visit) (web.FieldErrors, error) { return c.pageErrors(setup.PageDomain) }

func (domain) refresh(c *visit) error {
	if d := c.spec().Domain; d.Name != "" {
		if err := c.s.LookAgain(c.ctx, handlers.NameKey(c.spec().Account, d.Name)); err != nil {
			return err
		}
	}
	return c.s.LookAgain(c.ctx, zonesKey(c.spec().DNSAccount()))
}

func (domain) show(c *visit, w webwizard.View) (func(web.Frame) templ.Component, error) {
	a, d := c.spec().Account, c.spec().Domain
	zones, err := handlers.Ask[[]setup.Zone](c.ctx, c.s.Server, zonesKey(c.spec().DNSAccount()), c.draft.CreatedAt.Add(-handlers.FreshFor))
	if err != nil {
		return nil, err
	}
	v := webwizard.DomainView{Name: d.Name, DNSFrom: "this name", Look: lookView(c.times, "Hosted zones of this account", "Refresh list", zones), Stamp: c.s.Now().UnixMilli()}
	v.DNSWhy, v.DNSRisk = dnsHelp("")
	c.pending = zones.Pending
	if typed := strings.TrimSpace(c.form.Get("domain")); typed != "" {
		v.Name = typed
	}
	clean, nameErr := setup.CleanServed(v.Name)
	var facts handlers.Answer[setup.NameFacts]
	if nameErr == nil {
		v.DNSFor = clean.Name
		for _, n := range clean.Notes {
			v.Lines = append(v.Lines, webwizard.CheckLine{State: "you", Text: n})
		}
		facts, err = handlers.Ask[setup.NameFacts](c.ctx, c.s.Server, handlers.NameKey(a, clean.Name), c.draft.CreatedAt.Add(-handlers.FreshFor))
		if err != nil {
			return nil, err
		}
		c.pending = c.pending || facts.Pending
		mine, err := setupLines(c, clean.Name)
		if err != nil {
			return nil, err
		}
		v.Lines = append(v.Lines, mine...)
		v.Lines = append(v.Lines, nameLines(facts, a, clean.Name, c.fresh())...)
		line, err := lengthLine(c, clean.Name)
		if err != nil {
			return nil, err
		}
		v.Lines = append(v.Lines, line...)
		v.Move = moveView(c, clean.Name, facts)
		v.DNSHint = dnsHint(facts)
		if facts.Have && facts.Value.ZoneApex != "" && !setup.IsShared(facts.Value.ZoneApex) {
			v.DNSFrom = facts.Value.ZoneApex
		}
		if !setup.IsShared(facts.Value.ZoneApex) {
			v.DNSWhy, v.DNSRisk = dnsHelp(providerOf(facts.Value.NameServers))
		}
	}
	if v.Connections, err = dnsConnections(c); err != nil {
		return nil, err
	}
	if d.Connection != "" { // its account number is stored with the page
		who, err := handlers.Ask[setup.Identity](c.ctx, c.s.Server, identityKey(c.spec().DNSAccount()), c.draft.CreatedAt.Add(-handlers.FreshFor))
		if err != nil {
			return nil, err
		}
		c.pending = c.pending || who.Pending
	}
	v.Pending = c.pending
	showZones(c, &v, clean.Name, zones, facts)
	v.FromEdge = fromEdgeView(facts, a, d)
	v.Policy, v.Access = choose(policyChoices(*c.spec()), d.SecurityPolicy), choose(accessChoices(), d.AccessMode)
	v.Open = d.SecurityPolicy != "" || w.Errors.Of("security_policy") != "" || w.Errors.Of("access_mode") != ""
	v.Switch = []web.Option{
		{Value: setup.SwitchAtEnd, ID: "switch-end", Text: "At the end of the job", Detail: "After the distribution is deployed and has passed its test requests.", Chosen: d.Switch == setup.SwitchAtEnd},
		{Value: setup.SwitchLater, Text: "Later, when I change the record myself", Detail: "The job finishes without the traffic record. You get the record to add whenever you are ready.", Chosen: d.Switch == setup.SwitchLater},
	}
	return func(f web.Frame) templ.Component { return webwizard.Domain(f, w, v) }, nil
}

// showZones shows the hosted zones of the name, and how DNS leads to the chosen
// one.
func showZones(c *visit, v *webwizard.DomainView, name string, zones handlers.Answer[[]setup.Zone], facts handlers.Answer[setup.NameFacts]) {
	d := c.spec().Domain
	all, usable := choosable(name, zones.Value)
	var chosen setup.Zone
	if i := slices.IndexFunc(all, func(z setup.Zone) bool { return z.ID == d.ZoneID }); i >= 0 {
		chosen = all[i]
	} else if len(all) > 0 {
		chosen = all[max(suggested(all, usable), 0)]
	}
	v.DNS = dnsOptions(d, name, zones.Have, chosen)
	v.Known = knownZones(name, zones)
	v.ZoneID, v.Zones = chosen.ID, zoneOptions(name, zones.Value, all, chosen.ID)
	v.Delegation = delegationView(c, chosen, zones, facts)
	_, refused := setup.ZonesFor(name, zones.Value)
	for _, z := range refused {
		if z.ID != chosen.ID || v.Delegation == nil {
			v.Notes = append(v.Notes, "The hosted zone "+z.Name+" ("+z.ID+") cannot be used. "+z.Refused)
		}
	}
	for i, z := range usable {
		switch {
		case z.Unsure != "":
			v.Notes = append(v.Notes, "It is not known whether the world asks the hosted zone "+z.Name+" ("+z.ID+"). "+z.Unsure)
		case i == 0 && !z.Delegated && (z.ID != chosen.ID || v.Delegation == nil):
			v.Notes = append(v.Notes, "The name servers that the world asks for "+z.Name+" are not those of this hosted zone, so records in it would not be seen.")
		}
	}
}

func dnsOptions(d setup.Domain, name string, have bool, zone setup.Zone) []web.Option {
	detail := "apifront creates the records and checks them."
	switch {
	case name == "" || !have:
	case zone.ID == "":
		detail += " This account has no public hosted zone for " + name + "."
	default:
		detail += " Hosted zone " + zone.Name + " (" + zone.ID + ")."
	}
	return []web.Option{
		{Value: setup.DNSRoute53, ID: "dns-route53", Text: "Route 53, in this AWS account", Detail: detail, Chosen: d.DNS == setup.DNSRoute53},
		{Value: setup.DNSElsewhere, Text: "Another provider or account", Detail: "You add the records by hand. apifront shows each one with a copy button and checks for it every few seconds.", Chosen: d.DNS == setup.DNSElsewhere},
	}
}

// dnsHint says who manages DNS, as far as the name servers show it.
func dnsHint(facts handlers.Answer[setup.NameFacts]) string {
	if !facts.Have || len(facts.Value.NameServers) == 0 || setup.IsShared(facts.Value.ZoneApex) {
		return "" // who runs a zone of many is nobody's provider
	}
	if provider := providerOf(facts.Value.NameServers); provider != "" {
		return "Its name servers belong to " + provider + "."
	}
	return "Its name servers are " + strings.TrimSuffix(facts.Value.NameServers[0], ".") + " and others."
}

// nameLines says what is known about a name today. What a new setup finds in its way may
// be adopted instead.
func nameLines(facts handlers.Answer[setup.NameFacts], a setup.Account, name string, fresh bool) []webwizard.CheckLine {
	if facts.Problem != nil {
		return []webwizard.CheckLine{{State: "you", Text: facts.Problem.What + " " + facts.Problem.FixOutside()}}
	}
	if !facts.Have {
		return []webwizard.CheckLine{{State: "running", Text: "Looking up " + name + "."}}
	}
	var lines []webwizard.CheckLine
	add := func(state, text string) { lines = append(lines, webwizard.CheckLine{State: state, Text: text}) }
	v := facts.Value
	switch {
	case v.Unread[setup.NameHolder] != "":
		add("you", v.Unread[setup.NameHolder]+" The job looks again, and stops if a distribution that it did not make has the name.")
	case v.HolderID != "":
		line := webwizard.CheckLine{State: "you", Text: "Distribution " + v.HolderID + " in this account has this name already. Move the name from there below. Otherwise the job stops, unless it made that distribution."}
		if fresh {
			line.Href, line.Link = handlers.DoctorURL(name, a.Connection), "Look at it with the doctor and adopt it"
		}
		lines = append(lines, line)
	case v.Edge != nil:
		add("you", "API Gateway in "+v.Edge.Region+" has an edge-optimised custom domain of this name, with a distribution of its own, "+v.Edge.ID+", that you cannot configure.")
	default:
		account := "this account"
		if a.AccountID != "" {
			account = "account " + web.AccountNumber(a.AccountID)
		}
		add("done", "Free to use: no distribution in "+account+" has this name.")
	}
	for _, part := range []setup.NamePart{setup.NameAddresses, setup.NameZone, setup.NameCAA} {
		if why := v.Unread[part]; why != "" {
			add("you", why)
		}
	}
	switch {
	case v.CNAME != "":
		add("you", "It leads today to "+v.CNAME+". Clients keep using that until traffic is moved.")
	case len(v.Addresses) > 0:
		add("you", "It answers today from "+strings.Join(v.Addresses[:min(2, len(v.Addresses))], ", ")+". Clients keep using that address until traffic is moved.")
	}
	if v.ZoneApex == name {
		add("you", "It is the top of its domain, where a CNAME cannot stand. In Route 53 the job adds alias records. At another provider you add what it calls ALIAS, ANAME or CNAME flattening.")
	}
	if v.CAABlocks {
		add("you", "A CAA record forbids Amazon to issue certificates for this name: "+strings.Join(v.CAA, "; ")+". Add one that names amazon.com, or the certificates stay pending.")
	}
	return lines
}

// lengthLine says which existing certificates cover a name that is too long for
// a new one.
func lengthLine(c *visit, name string) ([]webwizard.CheckLine, error) {
	if !setup.TooLongToIssue(name) || c.spec().Account.Region == "" {
		return nil, nil
	}
	if wild := c.spec().CertificateName(); wild != "" {
		return []webwizard.CheckLine{{State: "done", Text: setup.TooLongText(name) + " " + setup.WildcardText(wild) + " The page Certificates offers it."}}, nil
	}
	list, err := handlers.Ask[[]setup.CertificateInfo](c.ctx, c.s.Server, certificatesKey(c.spec().Account, name), c.draft.CreatedAt.Add(-handlers.FreshFor))
	if err != nil {
		return nil, err
	}
	c.pending = c.pending || list.Pending
	if !list.Have {
		return []webwizard.CheckLine{{State: "you", Text: setup.TooLongText(name) + " Only a certificate that exists and covers it can be used."}}, nil
	}
	regions, missing, unread := []string{setup.EdgeRegion}, []string{}, []string{}
	if !c.spec().OneCertificate() {
		regions = append(regions, c.spec().Account.Region)
	}
	var found []string
	for _, region := range regions {
		i := slices.IndexFunc(list.Value, func(x setup.CertificateInfo) bool { return x.Region == region && x.Refused == "" })
		switch {
		case i < 0 && setup.UnreadCertificates(list.Value, region):
			unread = append(unread, region)
			continue
		case i < 0:
			missing = append(missing, region)
			continue
		}
		found = append(found, strings.Join(list.Value[i].Names, ", ")+" in "+region)
	}
	text := setup.TooLongText(name)
	if len(found) > 0 {
		text += " Covered by the certificate for " + setup.And(found) + "."
	}
	if len(unread) > 0 {
		text += " The certificates of " + setup.And(unread) + " could not be read; the page Certificates says why."
	}
	if len(missing) == 0 && len(unread) > 0 {
		return []webwizard.CheckLine{{State: "you", Text: text}}, nil
	}
	if len(missing) == 0 {
		return []webwizard.CheckLine{{State: "done", Text: text + " The page Certificates offers to reuse it."}}, nil
	}
	return []webwizard.CheckLine{{State: "failed", Text: text + " No certificate in " + strings.Join(missing, " or ") + " covers it. " + setup.CoveringText(name) + "."}}, nil
}

func joinNotes(notes []string) string { return strings.Join(notes, " ") }
