package cloud

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
)

// AliasHolders are who has a name in CloudFront, besides the distribution that is to have
// it (own; "": none is there yet): distributions of the account and, where one of them has
// a certificate for the name, those of other accounts, which CloudFront says to nobody
// else. Unless it has said that nobody has the name, edge-optimised custom domains are
// looked for in the regions. What could not be read is said, and is no error.
func (a *Account) AliasHolders(ctx context.Context, name, own string, regions []string) (n setup.AliasHolders) {
	list, err := a.Distributions(ctx)
	if err != nil {
		n.Unread = append(n.Unread, CouldNotRead("The distributions of the account", err))
	}
	for _, d := range list {
		switch {
		case !slices.Contains(d.Aliases, name):
		case d.ID == own:
			n.Here = true
			return n
		default:
			n.List = append(n.List, setup.AliasHolder{Kind: setup.HolderOwn, Alias: name, ID: d.ID, Disabled: !d.Enabled})
		}
		n.Names = append(n.Names, d.DomainName)
	}
	var conflicts []setup.AliasHolder
	if n.Via, err = a.covering(ctx, name, list); err == nil && n.Via != "" { // its certificate proves that the name is ours
		conflicts, err = a.conflicts(ctx, name, n.Via, list)
		n.Asked = err == nil
	}
	if err != nil {
		n.Unread = append(n.Unread, CouldNotRead("Whether another account has the name", err))
	}
	exact := func(h setup.AliasHolder) bool { return h.Alias == name }
	if n.Asked && !slices.ContainsFunc(conflicts, exact) || slices.ContainsFunc(n.List, exact) {
		n.List = append(n.List, conflicts...)
		return n
	}
	edges, unread := a.edgeDomains(ctx, name, regions)
	for _, h := range conflicts {
		// The distribution of an edge-optimised domain is in an account of API Gateway's.
		if !slices.ContainsFunc(edges, func(e setup.AliasHolder) bool { return e.Alias == h.Alias }) {
			n.List = append(n.List, h)
		}
	}
	n.List = append(n.List, edges...)
	n.Regions, n.Unread = len(regions), append(n.Unread, unread...)
	return n
}

// covering is a distribution of the account that has a certificate for the name; "" for
// none.
func (a *Account) covering(ctx context.Context, name string, list []FoundDistribution) (string, error) {
	if !slices.ContainsFunc(list, func(d FoundDistribution) bool { return d.Certificate != "" }) {
		return "", nil
	}
	certificates, err := a.certificates(ctx, setup.EdgeRegion, name)
	if err != nil {
		return "", err
	}
	for _, c := range certificates {
		for _, d := range list {
			if d.Certificate == c.ARN && c.Status == "ISSUED" {
				return d.ID, nil
			}
		}
	}
	return "", nil
}

// conflicts are those who have the name, or one that overlaps it, as CloudFront says to
// the owner of a certificate for it. It leaves out the account's own distributions. It
// wants cloudfront:GetDistribution too.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/alternate-domain-names-move-find-source.html
func (a *Account) conflicts(ctx context.Context, name, via string, list []FoundDistribution) (all []setup.AliasHolder, err error) {
	who, err := a.Identity(ctx)
	if err != nil {
		return nil, err
	}
	in := &cloudfront.ListDomainConflictsInput{Domain: &name, DomainControlValidationResource: &types.DistributionResourceId{DistributionId: &via}}
	for {
		out, err := a.CloudFront().ListDomainConflicts(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list domain conflicts of %s: %w", name, err)
		}
		for _, c := range out.DomainConflicts {
			h := setup.AliasHolder{Kind: setup.HolderForeign, Alias: setup.FoldName(aws.ToString(c.Domain)), ID: aws.ToString(c.ResourceId), Account: aws.ToString(c.AccountId)}
			if c.ResourceType == types.DistributionResourceTypeDistributionTenant {
				h.Kind = setup.HolderTenant
			}
			ours := h.Kind == setup.HolderForeign && h.Account == who.AccountID
			if !ours && !slices.ContainsFunc(list, func(d FoundDistribution) bool { return d.ID == h.ID }) {
				all = append(all, h)
			}
		}
		if aws.ToString(out.NextMarker) == "" || aws.ToString(out.NextMarker) == aws.ToString(in.Marker) {
			return all, nil
		}
		in.Marker = out.NextMarker
	}
}

// EdgeDomain is the edge-optimised custom domain of the account that has the name, in one
// of the regions; nil: none was found. What could not be read counts as not there: the
// preflight says it.
func (a *Account) EdgeDomain(ctx context.Context, name string, regions []string) *setup.AliasHolder {
	list, _ := a.edgeDomains(ctx, name, regions)
	for _, h := range list {
		if h.Alias == name {
			return &h
		}
	}
	return nil
}

// edgeDomains are the edge-optimised custom domains of a name in several regions side by
// side. The region need not be that of the API. A region that the account has not
// switched on knows no credentials, and has none.
// https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
func (a *Account) edgeDomains(ctx context.Context, name string, regions []string) (list []setup.AliasHolder, unread []string) {
	found, errs := make([]*FoundDomain, len(regions)), make([]error, len(regions))
	var all sync.WaitGroup
	for n, region := range regions {
		all.Go(func() {
			in, err := a.In(region)
			if err == nil {
				found[n], err = in.domainNamed(ctx, name)
			}
			errs[n] = err
		})
	}
	all.Wait()
	var silent []string
	for n, d := range found {
		switch {
		case errs[n] != nil && !NotEnabled(errs[n]):
			silent = append(silent, regions[n])
		case d != nil && d.Has(agtypes.EndpointTypeEdge):
			list = append(list, setup.AliasHolder{Kind: setup.HolderEdge, Alias: d.Name, ID: d.EdgeTarget, Region: d.Region})
		}
	}
	if len(silent) > 0 {
		unread = append(unread, "Custom domains in "+strings.Join(silent, ", ")+" could not be read.")
	}
	return list, unread
}

// NotEnabled says whether a region is one that the account has not switched on: AWS
// knows no credentials of it there, so nothing is there. That the credentials are good
// was seen before.
// https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html (documented: the region), reported: the codes
func NotEnabled(err error) bool {
	return slices.Contains([]string{"UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure"}, Code(err))
}
