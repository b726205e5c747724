package setup

import (
	"slices"
	"strings"
)

func checkDomain(j *judge, s Spec, f Facts) {
	d := s.Domain
	clean, err := CleanServed(d.Name)
	switch {
	case err != nil:
		j.stop("domain.name", err.Error())
	case d.Name != clean.Name:
		j.stop("domain.name", "Save this page once, so that the name is written as DNS knows it")
	default:
		checkNameFacts(j, s, f)
	}
	switch d.DNS {
	case DNSElsewhere:
	case DNSRoute53:
		if checkDNSConnection(j, d, f) && err == nil && d.Name == clean.Name {
			checkZone(j, d, f)
		}
	default:
		j.stop("domain.dns", "Choose who manages DNS for this name")
	}
	if d.MoveFrom != "" && strings.HasPrefix(d.Name, "*.") {
		j.stop("domain.move", "A wildcard cannot be moved: where CloudFront looks for its proof is not known")
	} else if d.MoveFrom != "" && !IsDistributionID(d.MoveFrom) {
		j.stop("domain.move", "Choose again whether the name moves from another distribution: its ID cannot be read")
	}
	if d.Switch != SwitchAtEnd && d.Switch != SwitchLater {
		j.stop("domain.switch", "Choose when traffic should move")
	}
	checkSecurityPolicy(j, s, f)
}

// checkDNSConnection checks that the connection to the hosted zone exists and
// leads to the same account as before. It returns false if it does not.
func checkDNSConnection(j *judge, d Domain, f Facts) bool {
	if d.Connection == "" {
		return true
	}
	if f.Connections.Have && !slices.ContainsFunc(f.Connections.Value, func(o Connection) bool { return o.ID == d.Connection }) {
		j.stop("domain.connection", "Choose another connection for DNS: the one chosen before is gone")
		return false
	}
	if now := f.DNSIdentity.Value.AccountID; d.AccountID != "" && now != "" && now != d.AccountID {
		j.stop("domain.connection", "Choose a connection for DNS to account "+AccountNumber(d.AccountID)+": this one now leads to account "+AccountNumber(now))
		return false
	}
	return true
}

// checkNameFacts tells what DNS and CloudFront say about the name today. None
// of that stops the start: the job looks again, and stops if it has to.
func checkNameFacts(j *judge, s Spec, f Facts) {
	const field = "domain.name"
	know := func(title, text string) { j.say(FaultNotice, field, title, text) }
	unchecked := func(title, text string) { j.say(FaultUnchecked, field, title, text) }
	if f.Other.Have {
		j.say(FaultNotice, "domain", "There is a setup with this name already", "An account has one setup for a name: change that one.")
	}
	if !f.Name.Have || f.Name.Problem != nil {
		return
	}
	v := f.Name.Value
	checkEdgeDomain(j, s, v)
	switch why := v.Unread[NameCAA]; {
	case len(s.NewCertificates()) == 0:
	case why != "":
		unchecked("Whether Amazon may issue certificates for this name could not be checked", why)
	case v.CAABlocks:
		know("Amazon may not issue certificates for this name", "A CAA record forbids it: "+strings.Join(v.CAA, "; ")+".")
	}
	if why := v.Unread[NameAddresses]; why != "" {
		unchecked("Whether this name is live today could not be checked", why)
	}
	if at := v.LeadsTo(); at != "" && !f.Own.Value.Leads(v) {
		know("This name is live today", s.Domain.Name+" answers from "+at+". "+whenMoved(s, v))
	}
}

// checkEdgeDomain judges the answer about an edge-optimised custom domain of the name.
func checkEdgeDomain(j *judge, s Spec, v NameFacts) {
	switch {
	case v.Edge == nil:
	case !s.Domain.FromEdge:
		j.say(FaultNotice, "domain.from_edge", "The custom domain of this name is edge-optimised", "The job stops at it, unless you choose \"Move it\" on this page.")
	case s.Account.Region != "" && v.Edge.Region != s.Account.Region:
		j.stop("domain.from_edge", "Choose the region "+v.Edge.Region+" on the page Account and region: the edge-optimised custom domain is there, and so are its APIs and mappings")
	case s.Domain.Switch == SwitchLater:
		j.say(FaultNotice, "domain.from_edge", "The job waits for you once", "You move traffic by hand, so you also change the record to the Regional endpoint. The job shows it.")
	}
}

// whenMoved says when clients of a name that answers today move to CloudFront. A
// name that a distribution has may lead there already; its addresses do not tell.
func whenMoved(s Spec, v NameFacts) string {
	text := "Clients "
	if v.HolderID != "" {
		text = "If that is not CloudFront yet, clients "
	}
	if v.Edge != nil && s.Domain.FromEdge {
		return "Clients are led to the Regional endpoint of the custom domain first, and from there to CloudFront."
	}
	if s.Domain.Switch == SwitchLater {
		return text + "stay there until the traffic is moved, which this job leaves for later."
	}
	return text + "move to CloudFront near the end, after the new path has passed its tests."
}

// LeadsTo is what the name leads to today: its CNAME or its first address; ""
// if it has neither.
func (n NameFacts) LeadsTo() string {
	if n.CNAME == "" && len(n.Addresses) > 0 {
		return n.Addresses[0]
	}
	return n.CNAME
}
