package doctor

import (
	"context"
	"slices"
	"strings"

	"apifront/setup"
)

// lookAtHolders asks who has the name in CloudFront, where no distribution of the
// account has the very name.
func (e *exam) lookAtHolders(ctx context.Context) {
	i := &e.inside
	if !i.listed || i.how == byAlias || ctx.Err() != nil {
		return
	}
	regions := slices.DeleteFunc(e.allRegions(), func(r string) bool { return slices.Contains(i.searched, r) })
	i.holders = i.account.AliasHolders(ctx, e.q.Name, "", regions)
	if d := i.domain; d != nil && d.EdgeTarget != "" && !slices.ContainsFunc(i.holders.List, func(h setup.AliasHolder) bool { return h.Kind == setup.HolderEdge }) {
		i.holders.List = slices.DeleteFunc(i.holders.List, func(h setup.AliasHolder) bool { return h.Alias == d.Name }) // that is its own distribution
		i.holders.List = append(i.holders.List, setup.AliasHolder{Kind: setup.HolderEdge, Alias: d.Name, ID: d.EdgeTarget, Region: d.Region})
	}
}

// allRegions are those in which something of the account may be.
func (e *exam) allRegions() []string {
	if len(e.q.Regions) > 0 {
		return slices.Clone(e.q.Regions)
	}
	return setup.RegionCodes()
}

// taken says who has the name, where a distribution of the account is to have it or
// nobody knows whose it is: CloudFront refuses to add it elsewhere, whatever else is put
// right. An edge-optimised custom domain that serves the name is no fault, and has a
// remark of its own.
func (e *exam) taken() {
	i := &e.inside
	e.overlapped()
	for _, h := range i.holders.Blocking(e.q.Name) {
		if h.Kind == setup.HolderEdge && i.found == nil {
			continue
		}
		p := h.Problem(e.q.Name)
		if h.Kind == setup.HolderEdge || h.Kind == setup.HolderOwn { // whose fix names pages of the wizard
			p.Fix = "Start a setup for " + e.q.Name + ". " + p.Fix
		}
		evidence := e.asksHolder(h)
		at := slices.IndexFunc(e.findings, func(f setup.FindingBody) bool { return f.Setting == setup.SettingAlias })
		if at < 0 {
			e.findings = append(e.findings, setup.FindingBody{
				Key: "doctor/alias/taken", Part: setup.PartEdge, Setting: setup.SettingAlias, Beside: i.found == nil || e.served(),
				Title: strings.TrimSuffix(p.What, "."), Effect: &setup.Problem{Why: p.Why}, Fix: p.Fix, Evidence: []setup.Asked{evidence},
			})
			continue
		}
		f := &e.findings[at]
		f.Fix = p.What + " CloudFront refuses to add it before that is over. " + p.Fix + " Then: " + f.Fix
		f.Evidence = first(append([]setup.Asked{evidence}, f.Evidence...), askedOfFinding)
	}
}

// asksHolder is how it is known who has the name.
func (e *exam) asksHolder(h setup.AliasHolder) setup.Asked {
	var a setup.Asked
	if h.Kind == setup.HolderEdge {
		a = setup.NewAsked("API Gateway GetDomainName "+h.Alias+" in "+h.Region, "EDGE, "+h.ID,
			awsLine("[endpointConfiguration.types,distributionDomainName]", "apigateway", "get-domain-name", "--region", h.Region, "--domain-name", h.Alias))
	} else {
		a = setup.NewAsked("CloudFront ListDomainConflicts of "+e.q.Name, h.Alias+": "+h.ID+" of account "+h.Account,
			awsLine("DomainConflicts", "cloudfront", "list-domain-conflicts", "--domain", e.q.Name, "--domain-control-validation-resource", "DistributionId="+e.inside.holders.Via))
	}
	a.Bad = true
	return a
}

// overlapped says whose wildcard answers callers, where our distribution lacks the name.
// AWS documents that a wildcard may stand beside the very name on another distribution,
// and that the more specific one gets the callers. Up to 2021 it said so of distributions
// of one account alone, so CloudFront may refuse the name while another account has it.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-restrictions
func (e *exam) overlapped() {
	i := &e.inside
	at := slices.IndexFunc(e.findings, func(f setup.FindingBody) bool { return f.Setting == setup.SettingAlias })
	if at < 0 {
		return
	}
	f := &e.findings[at]
	f.Fix = e.certificateFirst() + f.Fix
	for _, d := range i.all {
		if i.found != nil && d.ID != i.found.ID && slices.ContainsFunc(d.Aliases, func(a string) bool { return setup.Covers(a, e.host) }) {
			f.Fix += " Until then CloudFront leads callers to " + d.ID + " of this account, which has the wildcard " + covering(d.Aliases, e.host) + ": DNS does not decide that."
			break
		}
	}
	for _, h := range i.holders.List {
		if h.Blocks(e.q.Name) || h.Account == "" || !setup.Covers(h.Alias, e.host) {
			continue
		}
		f.Fix += " Account " + h.Account + " has the wildcard " + h.Alias + ", on " + h.ID + ": until the name is added, CloudFront leads callers there, wherever DNS leads. If CloudFront refuses to add the name (CNAMEAlreadyExists), the owner of that account has to remove the wildcard first."
		f.Evidence = first(append([]setup.Asked{e.asksHolder(h)}, f.Evidence...), askedOfFinding)
	}
}
