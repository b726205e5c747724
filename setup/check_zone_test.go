package setup

import (
	"strings"
	"testing"
)

// zoneRules are the rules about the hosted zone and the way that DNS goes.
func zoneRules() []rule {
	const zone = "domain.zone_id"
	foreign := []string{"ns1.hoster.example", "ns2.hoster.example"}
	refuse := func(f *Facts, i int, state DelegationState) {
		z := &f.Zones.Value[i]
		z.Delegated, z.State, z.Refused = false, state, "DNS does not lead to it."
	}
	// add puts another zone into the list, of which the name servers are ours(id).
	add := func(f *Facts, id, name string, state DelegationState) {
		f.Zones.Value = append(f.Zones.Value, Zone{ID: "Z" + id, Name: name, NameServers: ours(id)})
		if refuse(f, len(f.Zones.Value)-1, state); state == DelegatedHere {
			f.Zones.Value[len(f.Zones.Value)-1].Refused = ""
		}
	}
	cut := func(f *Facts) *ZoneCut { return f.Name.Value.Cut }
	below := func(s *Spec, f *Facts, servers []string) {
		s.Domain.Name, f.Name.Value.Name = "api.eu.example.com", "api.eu.example.com"
		f.Certificates.Value[0].Names, f.Certificates.Value[1].Names = []string{s.Domain.Name}, []string{s.Domain.Name}
		*cut(f) = ZoneCut{Apex: "eu.example.com", Parent: "example.com", Servers: servers, Direct: true}
	}
	return []rule{
		{"a zone between leads elsewhere", func(s *Spec, f *Facts) { below(s, f, foreign) }, stops(zone, "Choose Another provider or account: DNS leads api.eu.example.com to the zone eu.example.com on ns1.hoster.example and ns2.hoster.example, so nobody would see records in example.com")},
		{"a zone between is in the account", func(s *Spec, f *Facts) { below(s, f, ours("4")); add(f, "4", "eu.example.com", DelegatedHere) }, stops(zone, "Choose the hosted zone eu.example.com (Z4): DNS leads api.eu.example.com to that zone, so nobody would see records in example.com")},
		{"a zone between, chosen", func(s *Spec, f *Facts) {
			below(s, f, ours("4"))
			add(f, "4", "eu.example.com", DelegatedHere)
			s.Domain.ZoneID = "Z4"
		}, nil},
		{"a zone between is a twin of that in the account", func(s *Spec, f *Facts) {
			below(s, f, foreign)
			add(f, "4", "eu.example.com", DelegatedElsewhere)
		}, stops(zone, "Choose Another provider or account: DNS leads api.eu.example.com to the zone eu.example.com on ns1.")},
		{"a zone between, by resolvers only", func(s *Spec, f *Facts) { below(s, f, foreign); cut(f).Direct = false }, fault(FaultUnchecked, zone, "No name server could be asked, and resolvers, which may remember older answers, lead api.eu.example.com to the zone eu.example.com on ns1.")},
		{"a twin of the zone that DNS leads to", func(s *Spec, f *Facts) { add(f, "4", "example.com", DelegatedElsewhere); s.Domain.ZoneID = "Z4" }, stops(zone, "Choose the hosted zone example.com (Z1): DNS leads api.example.com to its name servers, so nobody would see records in Z4")},
		{"a twin that is not known yet to be one", func(s *Spec, f *Facts) { add(f, "4", "example.com", DelegatedHere); s.Domain.ZoneID = "Z4" }, stops(zone, "Choose the hosted zone example.com (Z1)")},
		{"delegated to somebody else", func(_ *Spec, f *Facts) { cut(f).Servers = foreign }, stops(zone, "Choose Another provider or account, or enter the name servers of the hosted zone example.com at the registrar of the domain: DNS leads api.example.com to other ones, ns1.hoster.example and ns2.hoster.example, so nobody")},
		{"delegated to somebody lame", func(_ *Spec, f *Facts) { cut(f).Servers, cut(f).Lame = foreign, foreign }, stops(zone, "Choose Another provider or account, or enter the name servers")},
		{"delegated since the list was made", func(_ *Spec, f *Facts) { refuse(f, 0, NotDelegated) }, nil},
		{"not delegated", func(_ *Spec, f *Facts) {
			refuse(f, 0, NotDelegated)
			*cut(f) = ZoneCut{Apex: "com", Servers: []string{"a.gtld-servers.net"}, Direct: true}
		}, stops(zone, "Enter the name servers of the hosted zone example.com at the registrar of the domain: the zone com does not lead there yet, so nobody would see records in example.com")},
		{"not delegated any more since the list was made", func(_ *Spec, f *Facts) { *cut(f) = ZoneCut{Apex: "com", Direct: true} }, stops(zone, "Enter the name servers of the hosted zone example.com at the registrar of the domain")},
		{"no such top-level domain", func(_ *Spec, f *Facts) { *cut(f) = ZoneCut{Apex: "", Direct: true} }, stops(zone, "Enter the name servers of the hosted zone example.com at the registrar of the domain: the root of DNS does not lead there yet")},
		{"not delegated, the parent is in the account", func(s *Spec, f *Facts) {
			rename(s, f, "api.eu.example.com")
			add(f, "4", "eu.example.com", NotDelegated)
			s.Domain.ZoneID = "Z4"
		}, stops(zone, "Choose the hosted zone example.com (Z1), or enter the name servers of the hosted zone eu.example.com in the parent zone example.com: the zone example.com does not lead there yet, so nobody would see records in eu.example.com")},
		{"the parent of one that is not delegated", func(s *Spec, f *Facts) {
			rename(s, f, "api.eu.example.com")
			add(f, "4", "eu.example.com", NotDelegated)
		}, nil},
		{"not delegated, as resolvers say", func(_ *Spec, f *Facts) { *cut(f) = ZoneCut{Apex: "com"} }, fault(FaultUnchecked, zone, "No name server could be asked, and resolvers, which may remember older answers, lead api.example.com to the zone com.")},
		{"delegated, as resolvers say", func(_ *Spec, f *Facts) { cut(f).Direct = false }, nil},
		{"lame", func(_ *Spec, f *Facts) { cut(f).Lame = cut(f).Servers }, stops(zone, "Enter the name servers of the hosted zone example.com at the registrar of the domain, and look again: none of those that the zone com names answers for it, so nobody")},
		{"silent", func(_ *Spec, f *Facts) { cut(f).Lame, cut(f).Silent = ours("1")[:1], ours("1")[1:] }, fault(FaultUnchecked, zone, "None of the name servers of example.com has answered for it: ns-1.awsdns-00.com and ns-1.awsdns-00.net.")},
		{"half lame", func(_ *Spec, f *Facts) { cut(f).Lame = ours("1")[1:] }, fault(FaultNotice, zone, "1 of 2 do not: ns-1.awsdns-00.net.")},
		{"delegated in part", func(_ *Spec, f *Facts) { cut(f).Servers = append(ours("1")[:1], foreign[0]) }, fault(FaultNotice, zone, "Besides ns-1.awsdns-00.com of this hosted zone, the zone com names ns1.hoster.example for example.com.")},
		{"way ends above", func(_ *Spec, f *Facts) { *cut(f) = ZoneCut{Apex: "com", Direct: true, Ends: "nobody answered"} }, fault(FaultUnchecked, zone, "DNS was not followed to api.example.com: nobody answered.")},
		{"way is not known at all", func(_ *Spec, f *Facts) { *cut(f) = ZoneCut{} }, fault(FaultUnchecked, zone, "DNS was not followed to api.example.com")},
		{"way ends at the root", func(_ *Spec, f *Facts) { *cut(f) = ZoneCut{Direct: true, Ends: "nobody answered"} }, fault(FaultUnchecked, zone, "DNS was not followed to api.example.com: nobody answered.")},
		{"name servers of the zone are not known", func(_ *Spec, f *Facts) { f.Zones.Value[0].NameServers, f.Zones.Value[0].Unsure = nil, "No answer." }, fault(FaultUnchecked, zone, "No answer.")},
		{"way not read", func(_ *Spec, f *Facts) {
			f.Name.Value.Cut, f.Name.Value.Unread = nil, map[NamePart]string{NameZone: "No answer."}
		}, fault(FaultUnchecked, zone, "No answer.")},
		{"way not read, and the list says no", func(_ *Spec, f *Facts) {
			refuse(f, 0, NotDelegated)
			f.Name.Value.Cut, f.Name.Value.Unread = nil, map[NamePart]string{NameZone: "No answer."}
		}, stops(zone, "Choose another hosted zone, or Another provider or account: DNS does not lead to it")},
		{"old way beside a failed look", func(_ *Spec, f *Facts) { *cut(f) = ZoneCut{Apex: "com", Direct: true}; f.Name.Problem = denied }, nil},
		{"DNS elsewhere asks for no zone on the way", func(s *Spec, f *Facts) { s.Domain.DNS, s.Domain.ZoneID, cut(f).Servers = DNSElsewhere, "", foreign }, nil},
		{"a refused zone that a twin is not", func(s *Spec, f *Facts) {
			add(f, "4", "example.com", DelegatedElsewhere)
			s.Domain.ZoneID = "Z4"
			f.Zones.Value[0].Refused = private
		}, stops(zone, "Choose Another provider or account, or enter the name servers of the hosted zone example.com at the registrar")},
		{"a refused zone that DNS does not lead to", func(_ *Spec, f *Facts) { f.Zones.Value[0].Refused = private }, stops("domain.dns", "Choose Another provider or account: the hosted zone example.com of this AWS account cannot be used")},
		{"lame in the list", func(_ *Spec, f *Facts) { refuse(f, 0, DelegatedLame); f.Name = Fact[NameFacts]{} }, stops(zone, "Choose another hosted zone")},
		{"a twin in the list", func(_ *Spec, f *Facts) { refuse(f, 0, DelegatedElsewhere); f.Name = Fact[NameFacts]{} }, stops(zone, "Choose another hosted zone")},
		{"a private zone, and none that can be used", func(_ *Spec, f *Facts) { refuse(f, 0, NotDelegated); f.Zones.Value[0].Private = true }, stops("domain.dns", "Choose Another provider or account: the hosted zone example.com of this AWS account cannot be used")},
	}
}

// What people read names where to go, and is one sentence.
func TestSentencesOfZones(t *testing.T) {
	t.Parallel()
	for _, r := range zoneRules() {
		s, f := rightWorld()
		r.change(&s, &f)
		for _, x := range s.Check(f) {
			if strings.Contains(x.Text, "  ") || strings.Contains(x.Text, "..") || x.Stop() == strings.HasSuffix(x.Text, ".") {
				t.Errorf("%s: %q", r.name, x.Text)
			}
		}
	}
}
