package doctor

import (
	"context"
	"slices"
	"strings"

	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"

	"apifront/cloud"
	"apifront/probe"
	"apifront/setup"
	"apifront/steps"
)

// lookAtAdoption reads what there is of the name so that it can become a setup as it
// is. It is nothing where the account has neither a distribution nor a custom domain of
// the name.
func (e *exam) lookAtAdoption(ctx context.Context) {
	i := &e.inside
	if !i.asked() || i.found == nil && i.domain == nil {
		return
	}
	if !i.listed {
		i.adoption = &setup.Adoption{ReadAt: e.began.UTC(), Refused: []setup.Problem{*cloud.Explain(i.listErr)}}
		return
	}
	a := steps.Adoptable{
		Name: e.q.Name, Account: i.account, Who: i.who.AccountID, Install: e.q.Install,
		Domain: i.domain, Configured: i.configured, APINames: i.apis,
		Certificates: map[string]*acmtypes.CertificateDetail{},
	}
	for _, c := range i.certificates {
		a.Certificates[c.arn] = c.detail
	}
	if i.found != nil {
		a.Distribution, a.Wildcard = i.found.ID, i.how == byWildcard
		toward := e.q.Prober.Toward(ctx, e.outside.traffic, i.found.DomainName)
		c := toward.Cause(probe.Hosted{})
		a.Leads = c == nil || c.Passing && len(toward.Right) > 0
	}
	zone, err := e.homeZone(ctx)
	if ctx.Err() != nil {
		return
	}
	a.Zone = zone
	i.adoption = steps.Adopt(ctx, a)
	if err != nil && len(i.adoption.Refused) == 0 {
		i.adoption = &setup.Adoption{ReadAt: i.adoption.ReadAt, Refused: []setup.Problem{*cloud.Explain(err)}}
	}
}

// homeZone is the hosted zone of the account to which DNS leads for the name; nil: the
// account has none.
func (e *exam) homeZone(ctx context.Context) (*setup.Zone, error) {
	cut := e.outside.walk.Cut()
	if cut.Apex == "" {
		return nil, nil
	}
	all, err := e.inside.account.HostedZones(ctx)
	if e.inside.hosts = all; err != nil {
		return nil, err
	}
	for _, z := range all {
		if z.Private || setup.FoldName(z.Name) != cut.Apex || !setup.InZone(strings.TrimPrefix(e.q.Name, "*."), z.Name) {
			continue
		}
		servers, err := e.inside.account.ZoneServers(ctx, z.ID)
		if err != nil {
			return nil, err
		}
		if slices.Contains([]setup.DelegationState{setup.DelegatedHere, setup.DelegatedPartly}, cut.To(z.Name, servers)) {
			e.inside.home = z.ID
			return &z, nil
		}
	}
	return nil, nil
}
