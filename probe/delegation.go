package probe

import (
	"slices"

	"apifront/setup"
)

// DelegationState says whether DNS leads to a zone.
type DelegationState string

// The states of a delegation.
const (
	DelegationUnknown  DelegationState = "unknown"   // DNS did not say
	DelegatedHere      DelegationState = "here"      // the parent names the zone's servers, and no others
	DelegatedPartly    DelegationState = "partly"    // it names some of them, and others too
	NotDelegated       DelegationState = "not"       // the parent names no servers for the zone
	DelegatedElsewhere DelegationState = "elsewhere" // it names other servers: a twin of the zone, or another provider
	DelegatedBelow     DelegationState = "below"     // a zone between the zone and the name leads elsewhere
	DelegatedLame      DelegationState = "lame"      // none of the servers it names answers for the zone
)

// A Delegation is whether, and how, DNS leads to a zone for a name.
type Delegation struct {
	State   DelegationState
	Zone    string   // that DNS leads to for the name; "": not known
	Servers []string // that its parent names
	Lame    []string // of Servers: those that do not answer for it
}

// To says whether DNS leads to the zone with that apex and these name servers,
// of which Route 53 gives four to each zone.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
func (w Walk) To(apex string, servers []string) Delegation {
	last := w.Last()
	if last == nil {
		return Delegation{State: DelegationUnknown}
	}
	d := Delegation{Zone: last.Zone, Servers: last.Parent, Lame: last.Lame()}
	apex = setup.FoldName(apex)
	named := 0
	for _, s := range last.Parent {
		if slices.ContainsFunc(servers, func(o string) bool { return setup.FoldName(o) == s }) {
			named++
		}
	}
	switch {
	case below(last.Zone, apex):
		d.State = DelegatedBelow
	case last.Zone != apex && w.Broken != nil:
		d.State = DelegationUnknown
	case last.Zone != apex:
		d.State = NotDelegated
	case len(servers) == 0:
		d.State = DelegationUnknown
	case named == 0:
		d.State = DelegatedElsewhere
	case len(d.Lame) > 0 && len(d.Lame) == len(last.Servers):
		d.State = DelegatedLame
	case named < len(last.Parent):
		d.State = DelegatedPartly
	default:
		d.State = DelegatedHere
	}
	return d
}
