package cloud

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"apifront/setup"
)

// Why a zone cannot be used.
const (
	refusedPrivateZone = "It is private: it answers inside VPCs only, and visitors do not see what stands in it."
	refusedLinked      = "Another AWS service manages it, and its records cannot be changed here."
)

// HostedZones lists the account's hosted zones by name, without their name
// servers. Those that cannot be used say why.
func (a *Account) HostedZones(ctx context.Context) ([]setup.Zone, error) {
	var all []setup.Zone
	pages := route53.NewListHostedZonesPaginator(a.Route53(), &route53.ListHostedZonesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list hosted zones: %w", err)
		}
		for _, z := range page.HostedZones {
			zone := setup.Zone{
				ID:   strings.TrimPrefix(aws.ToString(z.Id), "/hostedzone/"),
				Name: unescape(strings.TrimSuffix(aws.ToString(z.Name), ".")),
			}
			zone.Private = z.Config != nil && z.Config.PrivateZone
			switch {
			case zone.Private:
				zone.Refused = refusedPrivateZone
			case z.LinkedService != nil:
				zone.Refused = refusedLinked
			}
			all = append(all, zone)
		}
	}
	slices.SortFunc(all, func(x, y setup.Zone) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.ID, y.ID))
	})
	return all, nil
}

// octal is a character as Route 53 writes it in names: \052 is *.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
var octal = regexp.MustCompile(`\\[0-7]{3}`)

func unescape(name string) string {
	return octal.ReplaceAllStringFunc(name, func(s string) string {
		n, err := strconv.ParseUint(s[1:], 8, 8)
		if err != nil {
			return s
		}
		return string(rune(n))
	})
}

// ZoneServers are the name servers of a hosted zone, as Route 53 says.
func (a *Account) ZoneServers(ctx context.Context, id string) ([]string, error) {
	out, err := a.Route53().GetHostedZone(ctx, &route53.GetHostedZoneInput{Id: aws.String(id)})
	if err != nil {
		return nil, fmt.Errorf("describe hosted zone %s: %w", id, err)
	}
	if out.DelegationSet == nil {
		return nil, nil
	}
	servers := make([]string, 0, len(out.DelegationSet.NameServers))
	for _, ns := range out.DelegationSet.NameServers {
		servers = append(servers, setup.FoldName(ns))
	}
	return servers, nil
}
