package wizard

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

// zoneAge is how old what AWS and DNS say about the hosted zone may be when a
// person goes on: a zone that was made or delegated a minute ago is found.
const zoneAge = 20 * time.Second

// renewZone asks AWS and DNS again about the hosted zone, if Route 53 manages
// DNS. About a name that is none the check says what is wrong.
func (c *visit) renewZone() error {
	d := c.spec().Domain
	if clean, _ := setup.CleanServed(d.Name); d.DNS != setup.DNSRoute53 || clean.Name == "" || clean.Name != d.Name {
		return nil
	}
	return c.s.Renew(c.ctx, zoneAge, zonesKey(c.spec().DNSAccount()), handlers.NameKey(c.spec().Account, d.Name))
}

// choosable are the hosted zones that can be chosen for a name: those that can
// be used, and then those that DNS does not lead to yet.
func choosable(name string, zones []setup.Zone) (all, usable []setup.Zone) {
	usable, refused := setup.ZonesFor(name, zones)
	undelegated := slices.DeleteFunc(refused, func(z setup.Zone) bool { return !z.Undelegated() })
	return slices.Concat(usable, undelegated), usable
}

// suggested is the hosted zone that a name gets unless a person says otherwise,
// or -1: another provider. A zone that is only not delegated yet is suggested,
// since its name servers are what has to be entered next.
func suggested(all, usable []setup.Zone) int {
	if len(usable) > 0 {
		return 0
	}
	return slices.IndexFunc(all, func(z setup.Zone) bool { return z.State == setup.NotDelegated })
}

// zoneText is what a hosted zone is called in a list of them.
func zoneText(z setup.Zone, all []setup.Zone) string {
	text := z.Name + " (" + z.ID + ")"
	switch twins := setup.Twins(z, all); {
	case z.State == setup.NotDelegated && z.Refused != "":
		text += ", not delegated"
	case !twins:
	case z.Delegated:
		text += ", the one the world asks"
	case z.Unsure != "":
		text += ", not known to be the one the world asks"
	default:
		text += ", not asked by anybody: its name servers are not those of the name"
	}
	return text
}

// delegationView says how DNS leads to the chosen hosted zone; nil if that is as
// it should be, or not known yet.
func delegationView(c *visit, zone setup.Zone, zones handlers.Answer[[]setup.Zone], facts handlers.Answer[setup.NameFacts]) *webwizard.DelegationView {
	d := c.spec().Domain
	if d.DNS != setup.DNSRoute53 || zone.ID == "" {
		return nil
	}
	d.ZoneID = zone.ID
	faults := setup.Spec{Domain: d}.Check(setup.Facts{Zones: zones.Fact(), Name: facts.Fact()}).Of("", setup.PageDomain)
	v := &webwizard.DelegationView{Zone: zone.Name, ID: zone.ID}
	for _, f := range faults {
		said := f.Text == zone.Unsure || c.errors.Of(anchor(f.Field)) == f.Text
		if f.Field != "domain.zone_id" || f.Kind == setup.FaultAwaits || said {
			continue
		}
		line := webwizard.CheckLine{State: "you", Text: f.Title + ". " + f.Text}
		if f.Stop() {
			line = webwizard.CheckLine{State: "failed", Text: f.Text + "."}
		}
		v.Lines = append(v.Lines, line)
	}
	if len(v.Lines) == 0 && c.errors.Of(anchor("domain.zone_id")) == "" {
		return nil
	}
	state := zone.State
	if cut := facts.Value.Cut; cut != nil && facts.Problem == nil {
		state = cut.To(zone.Name, zone.NameServers)
		v.Above = cut.Apex
		if cut.Apex == zone.Name {
			v.Above, v.Named = cut.Parent, cut.Servers
		}
	}
	switch right := slices.ContainsFunc(zones.Value, func(o setup.Zone) bool { return o.Name == zone.Name && o.ID != zone.ID && o.Delegated }); {
	case right: // its name servers are named already: choose it, and leave them alone
	case state == setup.NotDelegated || state == setup.DelegatedElsewhere || state == setup.DelegatedLame || state == setup.DelegatedPartly:
		v.Servers, v.Moves = zone.NameServers, state == setup.DelegatedElsewhere
	}
	v.Look = lookView(c.times, "What DNS says of "+d.Name, "Ask DNS again", facts)
	v.Look.Pending = facts.Pending || zones.Pending
	return v
}

// zoneOptions are the hosted zones of the account as a list to choose from: all that
// can be chosen for the name, and then the others, each with the reason why it cannot.
func zoneOptions(name string, account, all []setup.Zone, chosen string) (options []web.Option) {
	if name == "" {
		return nil
	}
	for _, z := range all {
		options = append(options, web.Option{Value: z.ID, Text: zoneText(z, all), Chosen: z.ID == chosen})
	}
	var others []web.Option
	for _, z := range account {
		if z.Name == "" || slices.ContainsFunc(all, func(o setup.Zone) bool { return o.ID == z.ID }) {
			continue
		}
		why := "does not hold " + name
		switch {
		case z.Private:
			why = "private"
		case setup.InZone(name, z.Name):
			why = "cannot be used"
		}
		others = append(others, web.Option{Value: z.ID, Text: z.Name + " (" + z.ID + "), " + why, Off: true})
	}
	if len(options) == 0 && len(others) > 0 {
		options = append(options, web.Option{Value: "", Text: "None holds " + name, Chosen: true})
	}
	slices.SortFunc(others, func(a, b web.Option) int { return cmp.Compare(a.Text, b.Text) })
	if more := len(others) - mostOptions; more > 0 {
		others = append(others[:mostOptions:mostOptions], web.Option{Text: "and " + setup.Count(more, "other zone") + " that cannot be chosen", Off: true})
	}
	return append(options, others...)
}

// setupLines say which setups the name has already. One of the draft's account would be
// changed by this draft.
func setupLines(c *visit, name string) (lines []webwizard.CheckLine, err error) {
	list, err := c.s.Store.SetupsNamed(c.ctx, name)
	if err != nil {
		return nil, err
	}
	account := c.spec().Account.AccountID
	for _, v := range list {
		line := webwizard.CheckLine{State: "you", Text: "You have a setup of this name. Go on only to change it: a name has one setup in an account.", Href: handlers.SetupURL(v.ID), Link: "Open the setup of " + name}
		switch of := v.Spec.Account.AccountID; {
		case c.draft.SetupID == v.ID:
			continue
		case account != "" && of != account:
			line.Text = "You have a setup of this name in account " + web.AccountNumber(of) + ". CloudFront lets one distribution answer for a name, so a second one has to take the name over."
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// knownZones names the hosted zones of the account before a name is typed, so that people
// see which names apifront can write records for.
func knownZones(name string, zones handlers.Answer[[]setup.Zone]) string {
	if name != "" || !zones.Have {
		return ""
	}
	var public []string
	for _, z := range zones.Value {
		if !z.Private && z.Name != "" {
			public = append(public, z.Name+" ("+z.ID+")")
		}
	}
	slices.Sort(public)
	switch n := len(public); {
	case n == 0:
		return "This account has no public hosted zone."
	case n > mostKnown:
		return "Public hosted zones of this account: " + strings.Join(public[:mostKnown], ", ") + " and " + strconv.Itoa(n-mostKnown) + " more."
	default:
		return setup.Count(n, "public hosted zone") + " of this account: " + setup.And(public) + "."
	}
}

// mostKnown is how many zones are named before a name is typed.
const mostKnown = 20
