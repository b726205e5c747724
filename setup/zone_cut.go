package setup

import "slices"

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

// A ZoneCut is the zone that DNS leads to for a name. Its Apex is "" if the root
// knows no zone for it.
type ZoneCut struct {
	Apex    string   `json:"apex"`
	Parent  string   `json:"parent,omitempty"`  // apex of the zone above, which names Servers; "": the root
	Servers []string `json:"servers,omitempty"` // the name servers that Parent names
	Lame    []string `json:"lame,omitempty"`    // of Servers: those that answer, and not for the zone
	Silent  []string `json:"silent,omitempty"`  // of Servers: those that gave no answer
	Direct  bool     `json:"direct,omitempty"`  // name servers were asked; otherwise only resolvers were, which remember
	Ends    string   `json:"ends,omitempty"`    // why DNS could not be followed further down; "": the zone holds the name
}

// To says whether DNS leads to the zone with that apex and these name servers,
// of which Route 53 gives four to each zone.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
func (c ZoneCut) To(apex string, servers []string) DelegationState {
	apex = FoldName(apex)
	ours := c.ours(servers)
	switch {
	case c.Apex == "" && !c.Direct:
		return DelegationUnknown
	case c.Apex != apex && InZone(c.Apex, apex):
		return DelegatedBelow
	case c.Apex != apex && c.Ends != "":
		return DelegationUnknown
	case c.Apex != apex:
		return NotDelegated
	case len(servers) == 0:
		return DelegationUnknown
	case len(ours) == 0:
		return DelegatedElsewhere
	case len(c.Useless()) == len(c.Servers):
		return DelegatedLame
	case len(ours) < len(c.Servers):
		return DelegatedPartly
	}
	return DelegatedHere
}

// ours are the name servers of the cut that are among these.
func (c ZoneCut) ours(servers []string) (list []string) {
	for _, s := range c.Servers {
		if slices.ContainsFunc(servers, func(o string) bool { return FoldName(o) == s }) {
			list = append(list, s)
		}
	}
	return list
}

// Useless are the name servers that do not answer for the zone.
func (c ZoneCut) Useless() []string { return slices.Concat(c.Lame, c.Silent) }
