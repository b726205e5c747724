// Package doctor finds out about a domain name, or a zone, what neither AWS nor
// DNS says alone: it joins probes with what an AWS account knows. It only reads.
package doctor

import (
	"context"
	"errors"
	"strings"

	"github.com/miekg/dns"

	"apifront/cloud"
	"apifront/probe"
	"apifront/setup"
)

// NameFacts is what DNS and CloudFront say of a domain name today. The account
// may be nil, and then CloudFront is not asked.
func NameFacts(ctx context.Context, p *probe.Prober, a *cloud.Account, name string) (setup.NameFacts, error) {
	facts := setup.NameFacts{Name: setup.FoldName(name)}
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		answer, err := p.Lookup(ctx, name, qtype)
		if err != nil {
			return facts, err
		}
		facts.Addresses = append(facts.Addresses, answer.Records...)
		if facts.CNAME == "" && len(answer.CNAMEs) > 0 {
			facts.CNAME = answer.CNAMEs[0]
		}
		if answer.Rcode == dns.RcodeNameError && facts.CNAME == "" {
			break
		}
	}
	var err error
	if facts.ZoneApex, facts.NameServers, err = p.Zone(ctx, name); err != nil && !noZone(err) {
		return facts, err
	}
	if facts.CAA, err = p.CAA(ctx, name); err != nil {
		return facts, err
	}
	facts.CAABlocks = probe.CAABlocks(facts.CAA, strings.HasPrefix(name, "*."))
	if a != nil {
		if facts.HolderID, err = a.AliasHolder(ctx, facts.Name); err != nil {
			return facts, err
		}
	}
	return facts, nil
}

// noZone says whether DNS answered that there is no zone for the name at all.
func noZone(err error) bool {
	failed, ok := errors.AsType[*probe.LookupError](err)
	return ok && failed.Err == nil && failed.Rcode == dns.RcodeNameError
}
