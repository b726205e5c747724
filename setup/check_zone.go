package setup

import (
	"fmt"
	"slices"
	"strings"
)

// checkZone checks that the hosted zone is one that the name lies in, and the
// one that DNS leads to. Unlike other answers, the zone must be known: records
// in the zone of another name would have no effect.
func checkZone(j *judge, d Domain, f Facts) {
	const dns, field = "domain.dns", "domain.zone_id"
	zones := f.Zones
	if zones.Awaited() {
		j.say(FaultAwaits, field, "", "list of hosted zones")
	}
	usable, refused := ZonesFor(d.Name, zones.Value)
	zone, found := byID(slices.Concat(usable, refused), d.ZoneID)
	switch {
	case !zones.Have && zones.Problem != nil:
		j.stop(dns, "Ask AWS again for the list of hosted zones, or choose Another provider or account")
	case !zones.Have:
		j.stop(dns, "Wait for the list of hosted zones, or choose Another provider or account")
	case found && (zone.Refused == "" || zone.Undelegated()):
		checkDelegation(j, d, zone, slices.Concat(usable, refused), f.Name)
	case !found && len(usable) > 0:
		j.stop(field, "Choose the hosted zone again: the one chosen before is gone")
	case len(refused) > 0:
		j.stop(dns, "Choose Another provider or account: the hosted zone "+refused[0].Name+" of this AWS account cannot be used")
	default:
		j.stop(dns, "Choose Another provider or account: this AWS account has no public hosted zone for "+d.Name)
	}
}

func byID(zones []Zone, id string) (Zone, bool) {
	i := slices.IndexFunc(zones, func(z Zone) bool { return z.ID == id })
	if i < 0 {
		return Zone{}, false
	}
	return zones[i], true
}

// checkDelegation checks that DNS leads to the hosted zone for the very name.
// What name servers said stops the start, since nobody would see the records.
// What only resolvers say does not: they remember what was.
func checkDelegation(j *judge, d Domain, zone Zone, all []Zone, name Fact[NameFacts]) {
	const field = "domain.zone_id"
	unchecked := func(why string) {
		j.say(FaultUnchecked, field, "Whether the world asks this hosted zone could not be checked", why)
	}
	c := name.Value.Cut
	if !name.Have || name.Problem != nil || c == nil {
		checkListed(j, zone, name.Value.Unread[NameZone])
		return
	}
	state := c.To(zone.Name, zone.NameServers)
	switch {
	case state == DelegationUnknown && zone.Unsure != "":
		unchecked(zone.Unsure)
	case state == DelegationUnknown:
		unchecked("DNS was not followed to " + d.Name + ": " + c.why() + ".")
	case !c.Direct && state != DelegatedHere:
		unchecked("No name server could be asked, and resolvers, which may remember older answers, lead " + d.Name + " to " + c.place() + ".")
	case state == DelegatedLame && len(c.Silent) > 0:
		unchecked("None of the name servers of " + zone.Name + " has answered for it: " + And(c.Useless()) + ".")
	case state == DelegatedPartly:
		ours := c.ours(zone.NameServers)
		others := slices.DeleteFunc(slices.Clone(c.Servers), func(s string) bool { return slices.Contains(ours, s) })
		j.say(FaultNotice, field, "DNS leads to other name servers too", "Besides "+And(ours)+" of this hosted zone, "+aboveText(c.Parent)+" names "+And(others)+" for "+zone.Name+". Whoever asks there does not see the records. Enter "+serversAt(c.Parent, zone.Name)+", and no others.")
	case state == DelegatedHere && len(c.Useless()) > 0:
		j.say(FaultNotice, field, "Not every name server answers for this hosted zone", fmt.Sprintf("%d of %d do not: %s. Callers who ask there wait, or do not find the name. Look again in a minute.", len(c.Useless()), len(c.Servers), And(c.Useless())))
	case state != DelegatedHere:
		j.stop(field, undelegated(d.Name, zone, all, *c, state))
	}
}

// checkListed judges a zone by the list alone, if nothing is known about the
// name; unread is why.
func checkListed(j *judge, zone Zone, unread string) {
	const field = "domain.zone_id"
	switch {
	case zone.Unsure != "":
		j.say(FaultUnchecked, field, "Whether the world asks this hosted zone could not be checked", zone.Unsure)
	case zone.Refused != "":
		j.stop(field, "Choose another hosted zone, or Another provider or account: "+strings.TrimSuffix(zone.Refused, "."))
	case !zone.Delegated:
		j.say(FaultNotice, field, "The world does not ask this hosted zone", "The name servers that the world asks for "+zone.Name+" are not those of this hosted zone, so records in it would not be seen.")
	case unread != "":
		j.say(FaultUnchecked, field, "Whether the world asks this hosted zone could not be checked", unread)
	}
}

// undelegated says what to do about a hosted zone that DNS does not lead to for
// the name, and why. all are the account's zones that the name lies in.
func undelegated(name string, zone Zone, all []Zone, c ZoneCut, state DelegationState) string {
	choose, unseen := "", ", so nobody would see records in "+zone.Name
	for _, z := range all {
		if s := c.To(z.Name, z.NameServers); (z.Refused == "" || z.Undelegated()) && (s == DelegatedHere || s == DelegatedPartly) {
			choose = "Choose the hosted zone " + z.Name + " (" + z.ID + ")"
		}
	}
	switch {
	case state == DelegatedBelow && choose != "":
		return choose + ": DNS leads " + name + " to that zone" + unseen
	case state == DelegatedBelow:
		return "Choose Another provider or account: DNS leads " + name + " to " + c.place() + unseen
	case state == DelegatedElsewhere && choose != "":
		return choose + ": DNS leads " + name + " to its name servers, so nobody would see records in " + zone.ID
	case state == DelegatedElsewhere:
		return "Choose Another provider or account, or enter " + serversAt(c.Parent, zone.Name) + ": DNS leads " + name + " to other ones, " + And(c.Servers) + unseen
	case state == DelegatedLame:
		return "Enter " + serversAt(c.Parent, zone.Name) + ", and look again: none of those that " + aboveText(c.Parent) + " names answers for it" + unseen
	case choose != "": // not delegated
		return choose + ", or enter " + serversAt(c.Apex, zone.Name) + ": " + aboveText(c.Apex) + " does not lead there yet" + unseen
	default:
		return "Enter " + serversAt(c.Apex, zone.Name) + ": " + aboveText(c.Apex) + " does not lead there yet" + unseen
	}
}

// serversAt says which name servers are entered, and where: in the zone above,
// or at the registrar, which enters them there.
func serversAt(above, zone string) string {
	text := "the name servers of the hosted zone " + zone
	if above == "" || IsRegistry(above) {
		return text + " at the registrar of the domain"
	}
	return text + " in the parent zone " + above
}

// aboveText names a zone that has others below it.
func aboveText(zone string) string {
	if zone == "" {
		return "the root of DNS"
	}
	return "the zone " + zone
}

// place is where the cut is: its zone, and its name servers.
func (c ZoneCut) place() string {
	switch {
	case c.Apex == "":
		return "no zone"
	case len(c.Servers) == 0:
		return "the zone " + c.Apex
	}
	return "the zone " + c.Apex + " on " + And(c.Servers)
}

// why is the reason why nothing is known below the cut.
func (c ZoneCut) why() string {
	if c.Ends == "" {
		return "it is not known which name servers the hosted zone has"
	}
	return c.Ends
}
