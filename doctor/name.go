// Package doctor finds out about a domain name, or a zone, what neither AWS nor
// DNS tells alone: it joins the answers of DNS with what an AWS account knows.
// It only reads.
package doctor

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"apifront/cloud"
	"apifront/probe"
	"apifront/setup"
)

// walkLimit is how long the way from the root to one name may take.
const walkLimit = 10 * time.Second

// NameFacts returns what DNS and CloudFront say about a domain name today. If
// the account is nil, CloudFront is not asked. If a part cannot be read, the
// others still are, and Unread says why. The error says that no part could be
// read, that the request was cancelled, or that the connection has to sign in.
func NameFacts(ctx context.Context, p *probe.Prober, a *cloud.Account, name string) (setup.NameFacts, error) {
	facts := setup.NameFacts{Name: setup.FoldName(name)}
	var holder string
	var holderErr error
	var aws, way sync.WaitGroup
	if a != nil { // at the same time as DNS, which may use up all the time
		aws.Go(func() { holder, holderErr = a.AliasHolder(ctx, facts.Name) })
	}
	var cut setup.ZoneCut
	var cutErr error
	way.Go(func() { cut, cutErr = cutOf(ctx, p, strings.TrimPrefix(facts.Name, "*.")) })
	var failed []error
	read, unread := 0, map[setup.NamePart]string{}
	part := func(which setup.NamePart, what string, err error) {
		if read++; err != nil {
			failed, unread[which] = append(failed, err), cloud.CouldNotRead(what, err)
		}
	}
	part(setup.NameAddresses, "Where "+facts.Name+" leads today", addresses(ctx, p, &facts))
	way.Wait()
	if cutErr == nil {
		facts.Cut, facts.ZoneApex, facts.NameServers = &cut, cut.Apex, cut.Servers
	}
	part(setup.NameZone, "The name servers of "+facts.Name, cutErr)
	var err error
	issued := setup.AsksCAA(name)
	facts.CAA, err = p.CAA(ctx, issued)
	part(setup.NameCAA, "The CAA records of "+facts.Name, err)
	if err == nil {
		facts.CAABlocks = probe.CAABlocks(facts.CAA, strings.HasPrefix(issued, "*."))
	}
	if aws.Wait(); a != nil {
		facts.HolderID = holder
		part(setup.NameHolder, "Whether a distribution has the name", holderErr)
	}
	if len(failed) == read || errors.Is(ctx.Err(), context.Canceled) || cloud.SignIn(holderErr) {
		return facts, cmp.Or(holderErr, failed[0])
	}
	if len(unread) > 0 {
		facts.Unread = unread
	}
	return facts, nil
}

// addresses fills in the addresses of the name and the CNAME it leads to.
func addresses(ctx context.Context, p *probe.Prober, facts *setup.NameFacts) error {
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		answer, err := p.Lookup(ctx, facts.Name, qtype)
		if err != nil {
			return err
		}
		facts.Addresses = append(facts.Addresses, answer.Records...)
		if facts.CNAME == "" && len(answer.CNAMEs) > 0 {
			facts.CNAME = answer.CNAMEs[0]
		}
		if answer.Rcode == dns.RcodeNameError && facts.CNAME == "" {
			break
		}
	}
	return nil
}

// cutOf is the zone that DNS leads to for a name. Its Apex is "" if there is none
// but the root. An error says that nothing is known.
func cutOf(ctx context.Context, p *probe.Prober, name string) (setup.ZoneCut, error) {
	ctx, cancel := context.WithTimeout(ctx, walkLimit)
	defer cancel()
	walk, err := p.Walk(ctx, name)
	if err != nil {
		return setup.ZoneCut{}, err
	}
	return walk.Cut(), nil
}
