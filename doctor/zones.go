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

// askAll is up to how many public zones Route 53 is asked for the name servers
// of each. It answers five calls a second; with more zones DNS says enough
// about most.
const askAll = 40

// dnsLimit is how long DNS may take for a list, so that there is time left to
// ask Route 53.
const dnsLimit = 10 * time.Second

// sideBySide is how many questions of a list are asked at a time.
const sideBySide = 4

// Zones lists the account's hosted zones by name, also those that cannot be
// used, with the reason. The prober finds which of them the parent zones name;
// nil: that is not asked, and no zone counts as delegated or is refused for not
// being so. A zone of which a part cannot be read stays in the list, and Unsure
// says why it is not known whether it is delegated.
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

// zoneServers fills in the name servers. Where there are very many zones it
// asks Route 53 only for those that DNS leaves in doubt, and takes DNS's word
// for the rest: a single zone of its name, served by Route 53. What Route 53
// refuses to say of one zone leaves the others as they are.
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

// awsServer is what Route 53's name servers are called.
var awsServer = regexp.MustCompile(`^ns-\d+\.awsdns-\d+\.`)

// A delegation is which name servers DNS says a zone has.
type delegation struct {
	servers []string
	broken  bool // those that the parent names do not answer
	unknown bool // DNS could not be asked
}

// delegationOf asks for a zone's name servers; unsure says why that failed.
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

// orphan is why a zone that DNS does not lead to cannot be used; "" if that is
// not known, since DNS could not be asked or Route 53 did not say which name
// servers the zone has.
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
