package probe

import (
	"errors"

	"apifront/setup"
)

// DelegationState says whether DNS leads to a zone.
type DelegationState = setup.DelegationState

// The states of a delegation.
const (
	DelegationUnknown  = setup.DelegationUnknown
	DelegatedHere      = setup.DelegatedHere
	DelegatedPartly    = setup.DelegatedPartly
	NotDelegated       = setup.NotDelegated
	DelegatedElsewhere = setup.DelegatedElsewhere
	DelegatedBelow     = setup.DelegatedBelow
	DelegatedLame      = setup.DelegatedLame
)

// A Delegation is whether, and how, DNS leads to a zone for a name.
type Delegation struct {
	State   DelegationState
	Zone    string   // that DNS leads to for the name; "": not known
	Servers []string // that its parent names
	Lame    []string // of Servers: those that do not answer for it
}

// To says whether DNS leads to the zone with that apex and these name servers.
func (w Walk) To(apex string, servers []string) Delegation {
	last := w.Last()
	if last == nil {
		return Delegation{State: DelegationUnknown}
	}
	return Delegation{State: w.Cut().To(apex, servers), Zone: last.Zone, Servers: last.Parent, Lame: last.Lame()}
}

// Cut is the zone that the walk led to, as it is stored; its Apex is "" if the
// walk did not leave the root.
func (w Walk) Cut() setup.ZoneCut {
	c := setup.ZoneCut{Direct: w.Direct}
	if w.Broken != nil {
		c.Ends = w.Broken.Error()
	}
	last := w.Last()
	if last == nil {
		return c
	}
	c.Apex, c.Servers = last.Zone, last.Parent
	if above := len(w.Cuts) - 2; above >= 0 {
		c.Parent = w.Cuts[above].Zone
	}
	for _, s := range last.Servers {
		switch {
		case s.Err == nil:
		case s.answered():
			c.Lame = append(c.Lame, s.Name)
		default:
			c.Silent = append(c.Silent, s.Name)
		}
	}
	return c
}

// answered says whether the server gave an answer, be it a refusal.
func (s NameServer) answered() bool {
	failed, ok := errors.AsType[*LookupError](s.Err)
	return s.Err == nil || errors.Is(s.Err, errLame) || ok && failed.Rcode != 0
}
