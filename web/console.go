package web

import (
	"net/url"
	"regexp"
	"strings"

	"apifront/setup"
)

// A ConsoleLink leads to a thing in AWS's console. The zero value leads nowhere.
type ConsoleLink struct {
	URL  string
	What string // "the distribution"
}

// Demo is the link in demo mode: to a page of ours that shows the address, because AWS's
// console knows nothing of what the simulator has made.
func (c ConsoleLink) Demo(is bool) ConsoleLink {
	if is && c.URL != "" {
		c.URL = ConsolePage + "?address=" + url.QueryEscape(c.URL)
	}
	return c
}

// ConsolePage is the page that shows what an arrow would open.
const ConsolePage = "/console"

// IsConsoleAddress says whether an address is one that an arrow can lead to.
func IsConsoleAddress(address string) bool {
	u, err := url.Parse(address)
	if err != nil || len(address) > 2000 || u.Scheme != "https" || u.User != nil {
		return false
	}
	region, is := strings.CutSuffix(u.Host, ".console.aws.amazon.com")
	return is && inCommercial(region)
}

// AWS documents few addresses of its console. It links to that of a cache policy itself:
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
// The others are as public code and runbooks of many hands have them, searched on
// 2026-11-30: tools that list resources with links, tests of such links, notes of teams.
// None was opened on an account of apifront's own.
const (
	consoleDistribution = "/cloudfront/v4/home#/distributions/ID"
	consoleCertificate  = "/acm/home?region=REGION#/certificates/ID"
	consoleDomain       = "/apigateway/main/publish/domain-names?domain=ID&region=REGION"
	consoleZone         = "/route53/v2/hostedzones#ListRecordSets/ID"
	consoleRESTAPI      = "/apigateway/main/apis/ID/resources?api=ID&region=REGION"
	consoleAPI          = "/apigateway/main/api-detail?api=ID&region=REGION" // HTTP and WebSocket
	consoleCachePolicy  = "/cloudfront/v4/home#/policies/cache/ID"
)

// commercial is the form of Regions of the partition "aws"; those of "aws-us-gov" and of
// the isolated partitions have it too, with words of their own in the middle.
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
var commercial = regexp.MustCompile(`^(af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+(-[a-z]+)?-[0-9]$`)

// inCommercial says whether a Region is one of the partition "aws".
func inCommercial(region string) bool {
	return commercial.MatchString(region) && !strings.Contains(region, "-gov-") && !strings.Contains(region, "-iso")
}

// console is a link into the console of a Region; none for what is not known, and none
// outside the partition "aws". The consoles of "aws-us-gov" and "aws-cn" have hosts of
// their own (console.amazonaws-us-gov.com, console.amazonaws.cn), and
// public code tells how some of these things are addressed there, not all: half of the
// arrows would be guesses.
func console(path, region, id, what string) ConsoleLink {
	if id == "" || !inCommercial(region) {
		return ConsoleLink{}
	}
	path = strings.NewReplacer("ID", url.QueryEscape(id), "REGION", url.QueryEscape(region)).Replace(path)
	return ConsoleLink{URL: "https://" + region + ".console.aws.amazon.com" + path, What: what}
}

// globalConsole is console for a service that has one console for all Regions. region is
// the setup's, which tells the partition.
func globalConsole(path, region, id, what string) ConsoleLink {
	if c := console(path, region, id, what); c.URL == "" {
		return c
	}
	return console(path, setup.EdgeRegion, id, what)
}

// ConsoleOf leads to a resource of a setup.
func ConsoleOf(spec setup.Spec, r setup.Resource) ConsoleLink {
	region := spec.Account.Region
	switch {
	case r.ID == "":
		return ConsoleLink{}
	case r.Key == setup.KeyDistribution:
		return globalConsole(consoleDistribution, region, r.ID, "the distribution")
	case r.Key == setup.KeyCertificateEdge, r.Key == setup.KeyCertificateRegional:
		if r.Region == "" || console("", region, r.ID, "").URL == "" {
			return ConsoleLink{}
		}
		return console(consoleCertificate, r.Region, r.ID[strings.LastIndex(r.ID, "/")+1:], "the certificate, "+r.Region)
	case r.Key == setup.KeyDomain:
		return console(consoleDomain, region, spec.Domain.Name, "the custom domain")
	case strings.HasPrefix(r.Key, "mapping:"):
		return console(consoleDomain, region, spec.Domain.Name, "the custom domain with its mappings")
	case r.Key == setup.KeyCachePolicy:
		return globalConsole(consoleCachePolicy, region, r.ID, "the cache policy")
	case r.Key == setup.KeyAccessLogs:
		return globalConsole(consoleDistribution, region, r.ID, "the distribution whose requests are logged")
	case r.Key == setup.KeyRecordTraffic, r.Key == setup.KeyRecordValidation, r.Key == setup.KeyRecordProof:
		return globalConsole(consoleZone, region, r.Attributes[setup.AttrHostedZone], "the hosted zone")
	}
	return ConsoleLink{}
}

// ConsoleOfHop leads to the thing of a hop, and says the ID of one that the hop does
// not name.
func ConsoleOfHop(spec setup.Spec, now setup.Resources, part setup.Part) (c ConsoleLink, id string) {
	switch part {
	case setup.PartName:
		if spec.Domain.DNS == setup.DNSRoute53 {
			return globalConsole(consoleZone, spec.Account.Region, spec.Domain.ZoneID, "the hosted zone"), ""
		}
	case setup.PartEdge:
		return ConsoleOf(spec, now[setup.KeyDistribution]), ""
	case setup.PartOrigin:
		return ConsoleOf(spec, now[setup.KeyDomain]), ""
	case setup.PartGateway:
		if list := spec.API.Mappings; len(list) > 0 {
			for _, m := range list {
				if m.APIID != list[0].APIID { // there is no one page for several
					return ConsoleLink{}, ""
				}
			}
			path := consoleAPI
			if list[0].Kind == setup.APIKindREST {
				path = consoleRESTAPI
			}
			return console(path, spec.Account.Region, list[0].APIID, "the API"), list[0].APIID
		}
	}
	return ConsoleLink{}, ""
}

// ConsoleOfThing leads to something that there is in AWS for a name, of no setup. What
// has no page of its own leads nowhere.
func ConsoleOfThing(t setup.Thing, name string) ConsoleLink {
	what := strings.ToLower(t.What)
	switch {
	case strings.HasPrefix(what, "distribution"):
		return console(consoleDistribution, setup.EdgeRegion, t.ID, "the distribution "+t.ID)
	case strings.HasPrefix(what, "custom domain"):
		return console(consoleDomain, t.Region, name, "the custom domain in "+t.Region)
	case strings.HasPrefix(what, "certificate"):
		return console(consoleCertificate, t.Region, t.ID[strings.LastIndex(t.ID, "/")+1:], "the certificate in "+t.Region)
	case strings.HasPrefix(what, "hosted zone"):
		return console(consoleZone, setup.EdgeRegion, t.ID[strings.LastIndex(t.ID, "/")+1:], "the hosted zone "+t.ID)
	}
	return ConsoleLink{}
}
