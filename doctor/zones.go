package doctor

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"

	"apifront/cloud"
	"apifront/probe"
	"apifront/setup"
)

// askAll is the largest number of public zones for which Route 53 is asked for
// the name servers of each one. It answers five calls a second. With more
// zones, the answers of DNS are enough for most of them.
const askAll = 40

// dnsLimit is how long the questions to DNS for a list of zones may take, so
// that there is time left to ask Route 53.
const dnsLimit = 10 * time.Second

// sideBySide is how many zones Route 53 is asked about at the same time. DNS is
// asked about twice as many.
const sideBySide = 4

// Zones lists the account's hosted zones by name. A zone that cannot be used is
// in the list too, with the reason in Refused. The prober finds out which zones
// the parent zones delegate to. If it is nil, nobody asks DNS, no zone is
// Delegated, and none is refused for the lack of a delegation. A zone stays in
// the list if a part of it cannot be read; then Unsure says why it is not known
// whether the zone is delegated. The error says that the zones could not be
// listed, that the request was cancelled, or that the connection has to sign
// in.
func Zones(ctx context.Context, p *probe.Prober, a *cloud.Account) ([]setup.Zone, error) {
	all, err := a.HostedZones(ctx)
	if err != nil {
		return nil, err
	}
	seen := slices.Repeat([]delegation{{unknown: true}}, len(all))
	if p != nil {
		each, cancel := context.WithTimeout(ctx, dnsLimit)
		defer cancel()
		asks := errgroup.Group{}
		asks.SetLimit(2 * sideBySide)
		for i := range all {
			if all[i].Refused != "" {
				continue
			}
			asks.Go(func() error {
				seen[i], all[i].Unsure = delegationOf(each, p, all[i].Name)
				return nil
			})
		}
		if err := asks.Wait(); err != nil {
			return nil, err
		}
	}
	if err := zoneServers(ctx, a, all, seen); err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Refused == "" && p != nil {
			all[i].Delegated = overlaps(all[i].NameServers, seen[i].servers)
		}
	}
	for i := range all {
		if all[i].Refused == "" && !all[i].Delegated {
			all[i].Refused = orphan(all, all[i], seen[i])
		}
		if all[i].Refused != "" || all[i].Delegated {
			all[i].Unsure = ""
		}
	}
	return all, nil
}

// zoneServers fills in the name servers. With more than askAll zones it asks
// Route 53 only about those that DNS leaves in doubt. For the others, each the
// only zone of its name and served by Route 53, it takes the answer of DNS. If
// Route 53 refuses to answer about one zone, the others are not affected.
func zoneServers(ctx context.Context, a *cloud.Account, all []setup.Zone, seen []delegation) error {
	byName, usable := map[string]int{}, 0
	for _, z := range all {
		if z.Refused == "" {
			byName[z.Name]++
			usable++
		}
	}
	asks, each := errgroup.WithContext(ctx)
	asks.SetLimit(sideBySide)
	for i := range all {
		if all[i].Refused != "" {
			continue
		}
		if usable > askAll && byName[all[i].Name] == 1 && slices.ContainsFunc(seen[i].servers, awsServer.MatchString) {
			all[i].NameServers = seen[i].servers
			continue
		}
		asks.Go(func() error {
			servers, err := a.ZoneServers(each, all[i].ID)
			all[i].NameServers = servers
			if err != nil {
				all[i].Unsure = cloud.CouldNotRead("Its name servers", err)
			}
			if cloud.SignIn(err) || errors.Is(ctx.Err(), context.Canceled) {
				return err
			}
			return nil
		})
	}
	return asks.Wait()
}

// awsServer matches the names of Route 53's name servers.
var awsServer = regexp.MustCompile(`^ns-\d+\.awsdns-\d+\.`)

// A delegation is the answer of DNS about the name servers of a zone.
type delegation struct {
	servers []string
	broken  bool // the name servers in the parent zone do not answer
	unknown bool // DNS could not be asked
}

// delegationOf asks DNS for a zone's name servers; unsure says why that failed.
func delegationOf(ctx context.Context, p *probe.Prober, zone string) (d delegation, unsure string) {
	answer, err := p.Lookup(ctx, zone, dns.TypeNS)
	if failed, ok := errors.AsType[*probe.LookupError](err); ok && failed.Rcode == dns.RcodeServerFailure {
		return delegation{broken: true}, ""
	}
	if err != nil {
		return delegation{unknown: true}, cloud.CouldNotRead("Where DNS leads for it", err)
	}
	servers := make([]string, 0, len(answer.Records))
	for _, ns := range answer.Records {
		servers = append(servers, setup.FoldName(ns))
	}
	return delegation{servers: servers}, ""
}

// orphan is the reason why a zone that is not delegated cannot be used. It is
// "" if that is not known, because DNS could not be asked or because Route 53
// did not say which name servers the zone has.
func orphan(all []setup.Zone, zone setup.Zone, seen delegation) string {
	for _, twin := range all {
		if twin.Name == zone.Name && twin.ID != zone.ID && twin.Delegated {
			return fmt.Sprintf("There is another zone of this name, %s, and that is the one DNS leads to.", twin.ID)
		}
	}
	switch {
	case seen.broken:
		return "DNS leads to name servers that do not answer for it. Set the name servers at the registrar, or in the parent zone, to those of this zone."
	case seen.unknown, len(seen.servers) > 0 && len(zone.NameServers) == 0 && zone.Unsure != "":
		return ""
	case len(seen.servers) > 0:
		return fmt.Sprintf("DNS leads to other name servers (%s), so nobody would see records written here.", strings.Join(seen.servers, ", "))
	default:
		return "DNS does not lead to it: neither a registrar nor the parent zone names its name servers, so nobody would see records written here."
	}
}

func overlaps(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
