package worker

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"apifront/cloud"
	"apifront/doctor"
	"apifront/probe"
	"apifront/setup"
)

// nameChecks say whether something else has the name in CloudFront, which would refuse
// the job's distribution after everything before it is made. A distribution of the
// account that has the name is an answer of the plan, which says it too.
func (w *Worker) nameChecks(ctx context.Context, account *cloud.Account, spec setup.Spec, resources setup.Resources) []setup.Check {
	name := setup.FoldName(spec.Domain.Name)
	if name == "" {
		return nil
	}
	regions := w.allRegions(ctx, spec.Account.Connection, spec.Account.Region)
	n := account.AliasHolders(ctx, name, resources.ID(setup.KeyDistribution), regions)
	if n.Here {
		return []setup.Check{{Result: setup.CheckGood, Title: "The distribution of the setup has the name", Text: "Nobody else can have it."}}
	}
	if len(n.Blocking(name)) == 0 {
		n.List = append(n.List, leadsToStranger(ctx, probe.New(w.Probe, looker("preflight").record), name, n.Names)...)
	}
	var checks []setup.Check
	for _, h := range n.List {
		p := h.Problem(name)
		c := setup.Check{Result: setup.CheckBad, Title: strings.TrimSuffix(p.What, "."), Text: p.Why, Fix: p.Fix}
		if h.Moves(spec) {
			c = setup.Check{Result: setup.CheckGood, Title: "The edge-optimised custom domain is moved by this job", Text: "The distribution of API Gateway's own that has the name, " + h.ID + ", goes once callers are led to the Regional endpoint. Then CloudFront gives the name free within an hour."}
		}
		if h.Kind == setup.HolderOwn && h.Blocks(name) && h.ID == spec.Domain.MoveFrom {
			c = setup.Check{Result: setup.CheckGood, Title: "The name moves from distribution " + h.ID,
				Text: "CloudFront takes it from there and gives it to the new distribution in one step, once a TXT record proves it. " + h.ID + " loses that name and nothing else. The new distribution can be tested with the name only after that."}
		}
		if !h.Blocks(name) {
			c = setup.Check{Result: setup.CheckNote, Title: "Account " + h.Account + " has the wildcard " + h.Alias,
				Text: "CloudFront lists it as overlapping, on " + h.ID + ". It leads callers by the more specific name, which this one is. Whether it takes that from another account, AWS does not document."}
		}
		checks = append(checks, c)
	}
	if len(n.Blocking(name)) > 0 {
		return checks
	}
	free := setup.Check{Result: setup.CheckGood, Title: "Nobody else has the name in CloudFront", Text: "CloudFront says so of all accounts."}
	if !n.Asked {
		free.Title = "Nobody is known to have the name in CloudFront"
		free.Text = fmt.Sprintf("No distribution of the account has it, and none of its custom domains in %d regions is edge-optimised. Of other accounts CloudFront tells only who has a distribution with a certificate for the name.", n.Regions)
	}
	if len(n.Unread) > 0 {
		free.Result, free.Title, free.Text = setup.CheckUnknown, "Whether the name is taken could not be checked", strings.Join(n.Unread, " ")
		free.Fix = "Give the connection the policy of this draft. The job meets who has the name when it makes the distribution."
	}
	return append(checks, free)
}

// nameFacts are what DNS and CloudFront say about a name. Where it is live and no
// distribution of the account has it, an edge-optimised custom domain may.
func (w *Worker) nameFacts(ctx context.Context, account *cloud.Account, key setup.LookKey, look caller) (setup.NameFacts, error) {
	facts, err := doctor.NameFacts(ctx, probe.New(w.Probe, look.record), account, key.Subject)
	if err == nil && facts.HolderID == "" && facts.Unread[setup.NameHolder] == "" && facts.LeadsTo() != "" {
		facts.Edge = account.EdgeDomain(ctx, facts.Name, w.allRegions(ctx, key.Connection, key.Region))
	}
	return facts, err
}

// allRegions are the Regions that a connection is meant for, or all that there are.
func (w *Worker) allRegions(ctx context.Context, connection, first string) []string {
	if regions := w.regionsOf(ctx, connection, first); len(regions) > 0 {
		return regions
	}
	return setup.RegionCodes()
}

// leadsToStranger is the distribution of somebody else that the CNAME record of a name
// leads to, if there is one. Addresses do not tell whose it is.
func leadsToStranger(ctx context.Context, p *probe.Prober, name string, own []string) []setup.AliasHolder {
	answer, err := p.Lookup(ctx, name, dns.TypeCNAME)
	if err != nil {
		return nil // the page of the domain says that DNS is silent
	}
	for _, target := range append(answer.Records, answer.CNAMEs...) {
		target = setup.FoldName(strings.TrimSuffix(target, "."))
		if strings.HasSuffix(target, ".cloudfront.net") && !slices.Contains(own, target) {
			return []setup.AliasHolder{{Kind: setup.HolderDNS, Alias: name, ID: target}}
		}
	}
	return nil
}
