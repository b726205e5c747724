package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
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

// mostWalks is for how many names of zones DNS is followed from the root. That
// takes about twenty questions each, and an account may have hundreds of zones.
// With more of them, a resolver is asked one question about each, and DNS is
// followed only to those that this leaves in doubt.
const mostWalks = 40

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
	if p == nil {
		return all, zoneServers(ctx, a, all, nil)
	}
	limited, cancel := context.WithTimeout(ctx, dnsLimit)
	defer cancel()
	found := &delegations{p: p, cuts: map[string]cut{}}
	if names := found.names(all, func(setup.Zone, cut) bool { return true }); len(names) > mostWalks {
		found.ask(limited, names)
	}
	doubtful, resolved := found.names(all, found.inDoubt), found.resolved(all)
	var walks sync.WaitGroup
	walks.Go(func() { found.walk(limited, doubtful) })
	err = zoneServers(ctx, a, all, resolved)
	if walks.Wait(); err != nil {
		return nil, err
	}
	found.walk(limited, found.names(all, found.differs))
	for i := range all {
		if all[i].Refused == "" {
			found.judge(all, i)
		}
	}
	for i := range all { // a zone is refused by what its twins are
		if all[i].State != "" && !all[i].Delegated && all[i].Unsure == "" {
			all[i].Refused = orphan(all, all[i], found.cuts[all[i].Name].ZoneCut)
		}
	}
	return all, nil
}

// delegations are what DNS says of the zones of a list, by their names.
type delegations struct {
	p    *probe.Prober
	cuts map[string]cut
	made int // walks, so far
}

// A cut is the zone that DNS leads to for the name of a zone.
type cut struct {
	setup.ZoneCut
	unread string // why nothing is known; "" if something is
}

// ask asks a resolver for the name servers of zones.
func (d *delegations) ask(ctx context.Context, names []string) {
	d.each(names, func(name string) (c cut) {
		answer, err := d.p.Lookup(ctx, name, dns.TypeNS)
		switch {
		case err != nil:
			c.unread = cloud.CouldNotRead("Where DNS leads for it", err)
		case !answer.Exists() || len(answer.CNAMEs) > 0:
			c.unread = "A resolver knows no name servers of it, and may remember that from before."
		default:
			c.Apex = name
			for _, s := range answer.Records {
				c.Servers = append(c.Servers, setup.FoldName(s))
			}
		}
		return c
	})
}

// walk follows DNS from the root to names of zones, as long as there are walks
// left.
func (d *delegations) walk(ctx context.Context, names []string) {
	names = names[:min(len(names), mostWalks-d.made)]
	d.made += len(names)
	d.each(names, func(name string) cut {
		c, err := cutOf(ctx, d.p, name)
		if err != nil {
			return cut{unread: cloud.CouldNotRead("Where DNS leads for it", err)}
		}
		return cut{ZoneCut: c}
	})
}

// each finds the cuts of names, several at a time.
func (d *delegations) each(names []string, find func(name string) cut) {
	found := make([]cut, len(names))
	asks := errgroup.Group{}
	asks.SetLimit(2 * sideBySide)
	for i, name := range names {
		asks.Go(func() error { found[i] = find(name); return nil })
	}
	_ = asks.Wait() // none of them fails: each keeps its own reason
	for i, name := range names {
		d.cuts[name] = found[i]
	}
}

// names are the names of some zones that can be used, each once.
func (d *delegations) names(all []setup.Zone, which func(setup.Zone, cut) bool) (list []string) {
	for _, z := range all {
		if z.Refused == "" && !slices.Contains(list, z.Name) && which(z, d.cuts[z.Name]) {
			list = append(list, z.Name)
		}
	}
	return list
}

// inDoubt says whether no resolver has told enough of a zone.
func (d *delegations) inDoubt(_ setup.Zone, c cut) bool {
	return c.unread != "" || !slices.ContainsFunc(c.Servers, awsServer.MatchString)
}

// differs says whether a resolver says something else of a zone than Route 53.
func (d *delegations) differs(z setup.Zone, c cut) bool {
	return !c.Direct && c.unread == "" && len(z.NameServers) > 0 && c.To(z.Name, z.NameServers) != setup.DelegatedHere
}

// resolved are the name servers of the zones that a resolver has told.
func (d *delegations) resolved(all []setup.Zone) map[string][]string {
	seen := map[string][]string{}
	for _, z := range all {
		seen[z.Name] = d.cuts[z.Name].Servers
	}
	return seen
}

// judge fills in how DNS leads to a zone. Resolvers remember what was, so what
// they alone deny is not known.
func (d *delegations) judge(all []setup.Zone, i int) {
	z, c := &all[i], d.cuts[all[i].Name]
	z.State = setup.DelegationUnknown
	if c.unread == "" {
		z.State = c.To(z.Name, z.NameServers)
	}
	switch z.State {
	case setup.DelegatedHere, setup.DelegatedPartly:
		z.Delegated, z.Unsure = true, ""
	case setup.DelegationUnknown:
		z.Unsure = cmp.Or(z.Unsure, c.unread, c.Ends, "Route 53 did not say which name servers it has.")
	case setup.DelegatedLame:
		z.Unsure = ""
		if len(c.Silent) > 0 {
			z.Unsure = "Some of its name servers did not answer: " + strings.Join(c.Silent, ", ") + "."
		}
	case setup.NotDelegated, setup.DelegatedElsewhere, setup.DelegatedBelow:
		z.Unsure = ""
		if !c.Direct {
			z.Unsure = "Only resolvers could be asked, which may remember other name servers (" + strings.Join(c.Servers, ", ") + ")."
		}
	}
}

// zoneServers fills in the name servers. With more than askAll zones it asks
// Route 53 only about those that DNS leaves in doubt. For the others, each the
// only zone of its name and served by Route 53, it takes the answer of DNS. If
// Route 53 refuses to answer about one zone, the others are not affected.
func zoneServers(ctx context.Context, a *cloud.Account, all []setup.Zone, seen map[string][]string) error {
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
		if told := seen[all[i].Name]; usable > askAll && byName[all[i].Name] == 1 && slices.ContainsFunc(told, awsServer.MatchString) {
			all[i].NameServers = told
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

// orphan is the reason why a zone that is not delegated cannot be used.
func orphan(all []setup.Zone, zone setup.Zone, c setup.ZoneCut) string {
	for _, twin := range all {
		if twin.Name == zone.Name && twin.ID != zone.ID && twin.Delegated {
			return fmt.Sprintf("There is another zone of this name, %s, and that is the one DNS leads to.", twin.ID)
		}
	}
	switch {
	case zone.State == setup.NotDelegated && c.Apex != "":
		return "DNS does not lead to it: the zone " + c.Apex + " above it names no name servers for it, so nobody would see records written here."
	case zone.State == setup.NotDelegated:
		return "DNS does not lead to it: neither a registrar nor the parent zone names its name servers, so nobody would see records written here."
	case len(c.Lame) == len(c.Servers):
		return "DNS leads to name servers that do not answer for it (" + strings.Join(c.Servers, ", ") + "). Set the name servers at the registrar, or in the parent zone, to those of this zone."
	default:
		return fmt.Sprintf("DNS leads to other name servers (%s), so nobody would see records written here.", strings.Join(c.Servers, ", "))
	}
}
