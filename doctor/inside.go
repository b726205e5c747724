package doctor

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/cloud"
	"apifront/probe"
	"apifront/setup"
)

// An inside is what AWS said.
type inside struct {
	why    string         // why AWS was not asked; "": it was
	failed *setup.Problem // why it gave no answer at all; nil: it did
	calls  atomic.Int64

	account *cloud.Account
	who     setup.Identity

	listed    bool // the distributions of the account are known
	listErr   error
	all       []cloud.FoundDistribution
	found     *cloud.FoundDistribution // that serves the name, or is to
	how       found
	domain    *cloud.FoundDomain // nil: none was found
	searched  []string           // regions in which it was looked for
	domainErr []error            // of regions that gave no answer
	apiRegion string             // of the APIs
	apis      map[string]string  // names of the APIs, by ID
	apiErrs   map[string]error   // why an API could not be read, by ID

	configured   setup.Configured
	certificates []certificate
	terms        []setup.Term
	renewals     []setup.FindingBody
	termsUnseen  bool

	hosts    []setup.Zone // all hosted zones; read only where there is something of the name
	home     string       // ID of the one to which DNS leads for the name; "": none of the account
	others   []otherZone  // those that have the name too, and to which public DNS does not lead
	lacks    bool         // no certificate of us-east-1 covers the name; asked only where the name is missing
	lacksErr error

	zones    []setup.Zone // hosted zones in which the name may be; read only where DNS does not lead right
	zonesErr error
	hosted   *setup.Zone // the one that has a record of the name
	records  map[string][]string

	adoption *setup.Adoption // nil: there is nothing to adopt, or it was not read

	holders setup.AliasHolders // who has the name, where no distribution here does
}

// found is by what the distribution of a name was found.
type found string

// The ways to find it.
const (
	byAlias    found = "alias"
	byWildcard found = "wildcard"
	byRecord   found = "record" // DNS leads to it
	byOrigin   found = "origin" // its origin is the custom domain
)

// A certificate is one of the two that the way needs.
type certificate struct {
	region, user, arn string
	detail            *acmtypes.CertificateDetail // nil: it could not be read, or ACM has none of that ARN
	err               error
}

// asked says whether AWS gave answers.
func (i *inside) asked() bool { return i.why == "" && i.failed == nil }

// lookInside reads in AWS what is on the way of the name.
func (e *exam) lookInside(ctx context.Context) {
	i := &e.inside
	e.chart.begin(setup.DoctorDistribution)
	var err error
	i.account, err = e.q.Open(ctx, "", func(context.Context, setup.Call) { i.calls.Add(1) })
	if err != nil {
		i.failed = cloud.Explain(err)
		return
	}
	var cnames []string
	var whoErr error
	var all sync.WaitGroup
	all.Go(func() { i.who, whoErr = i.account.Identity(ctx) })
	all.Go(func() {
		i.all, i.listErr = i.account.Distributions(ctx)
		i.listed = i.listErr == nil
	})
	all.Go(func() { cnames = e.leads(ctx) })
	all.Wait()
	if whoErr != nil {
		if i.failed = cloud.Explain(whoErr); i.failed.Code == "NoCredentials" {
			i.failed, i.why = nil, "No AWS account was asked: no credentials were found."
		}
		return
	}
	i.choose(e.q.Name, e.host, cnames)
	var d *setup.ConfiguredDistribution
	if i.found != nil {
		d = e.readDistribution(ctx)
	}
	e.chart.begin(setup.DoctorDomain)
	e.findDomain(ctx, d, cnames)
	if i.domain != nil && i.domain.Regional != nil && i.chooseByOrigin(i.domain.Regional.Target) { // it may have lost the name
		d = e.readDistribution(ctx)
	}
	i.configured.Distribution = d
	if i.domain != nil {
		i.configured.Domain = i.domain.Regional
	}
	if i.listed && i.found == nil && i.configured.Domain != nil {
		i.configured.Missing = append(i.configured.Missing, setup.SettingAlias)
	}
	if i.toGateway() && len(i.domainErr) == 0 && i.domain == nil {
		i.configured.Missing = append(i.configured.Missing, setup.SettingCustomDomain)
	}
	e.lookAtHolders(ctx)
	e.lookForCertificate(ctx)
	e.readRest(ctx)
}

// leads are the CNAME links of the name, as a resolver has them.
func (e *exam) leads(ctx context.Context) []string {
	facts := setup.NameFacts{Name: e.host}
	if addresses(ctx, e.q.Prober, &facts) != nil || facts.CNAME == "" {
		return nil // DNS has looks of its own, which say why
	}
	return []string{facts.CNAME}
}

// choose finds the distribution of a name: the one that has it, that has a wildcard
// which covers it, or to which its record leads.
func (i *inside) choose(name, host string, cnames []string) {
	take := func(how found, is func(cloud.FoundDistribution) bool) bool {
		n := slices.IndexFunc(i.all, func(d cloud.FoundDistribution) bool { return !d.Staging && is(d) })
		if n >= 0 {
			i.found, i.how = &i.all[n], how
		}
		return n >= 0
	}
	_ = take(byAlias, func(d cloud.FoundDistribution) bool { return slices.Contains(d.Aliases, name) }) ||
		take(byWildcard, func(d cloud.FoundDistribution) bool {
			return slices.ContainsFunc(d.Aliases, func(a string) bool { return setup.Covers(a, host) })
		}) ||
		take(byRecord, func(d cloud.FoundDistribution) bool { return slices.Contains(cnames, d.DomainName) })
}

// chooseByOrigin finds the distribution whose origin is the custom domain, where none
// was found, or one that has the name by a wildcard alone and leads elsewhere: that one
// is about other names. It says whether it found another one.
func (i *inside) chooseByOrigin(target string) bool {
	if i.found != nil && (i.how != byWildcard || slices.Contains(i.found.Origins, target)) {
		return false
	}
	n := slices.IndexFunc(i.all, func(d cloud.FoundDistribution) bool { return !d.Staging && slices.Contains(d.Origins, target) })
	if n >= 0 {
		i.found, i.how = &i.all[n], byOrigin
	}
	return n >= 0
}

// readDistribution reads the one that was found.
func (e *exam) readDistribution(ctx context.Context) *setup.ConfiguredDistribution {
	i := &e.inside
	d, unread, err := i.account.ConfiguredDistribution(ctx, i.found.ID)
	i.configured.Unread = append(i.configured.Unread, unread...)
	if err != nil {
		i.configured.Unread = append(i.configured.Unread, cloud.CouldNotRead("The distribution "+i.found.ID, err))
	}
	return d
}

// regionOf is the region that the target of a custom domain says.
var regionOf = regexp.MustCompile(`\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$`)

// likely are the regions in which the custom domain is most likely: those that the
// origins say, or the record of a name that leads past CloudFront.
func (i *inside) likely(d *setup.ConfiguredDistribution, cnames []string) []string {
	names := slices.Clone(cnames)
	if d != nil {
		names = append([]string{d.OriginDomain}, names...)
	}
	if i.found != nil {
		names = append(names, i.found.Origins...)
	}
	var list []string
	for _, n := range names {
		if m := regionOf.FindStringSubmatch(n); m != nil && !slices.Contains(list, m[1]) {
			list = append(list, m[1])
		}
	}
	return list
}

// findDomain looks for the custom domain: in the region that the origin says, then in
// those of the connection, then in all others. It ends with the regions in which one is.
func (e *exam) findDomain(ctx context.Context, d *setup.ConfiguredDistribution, cnames []string) {
	i := &e.inside
	rounds := [][]string{i.likely(d, cnames), {i.account.Region, setup.EdgeRegion}, e.allRegions()}
	for _, round := range rounds {
		var regions []string
		for _, r := range round {
			if !slices.Contains(i.searched, r) && !slices.Contains(regions, r) && setup.IsRegion(r) {
				regions = append(regions, r)
			}
		}
		if e.findDomainIn(ctx, regions); i.domain != nil || ctx.Err() != nil {
			return
		}
	}
}

// findDomainIn looks in several regions side by side. One that is Regional is taken
// before one that is edge-optimised alone.
func (e *exam) findDomainIn(ctx context.Context, regions []string) {
	i := &e.inside
	list, errs := make([]*cloud.FoundDomain, len(regions)), make([]error, len(regions))
	var all sync.WaitGroup
	for n, region := range regions {
		all.Go(func() {
			in, err := i.account.In(region)
			if err == nil {
				list[n], err = in.FindDomain(ctx, e.q.Name)
			}
			errs[n] = err
		})
	}
	all.Wait()
	for n, region := range regions {
		if errs[n] != nil && !cloud.NotEnabled(errs[n]) {
			i.domainErr = append(i.domainErr, errs[n])
		}
		if errs[n] != nil {
			continue
		}
		i.searched = append(i.searched, region)
		if list[n] != nil && (i.domain == nil || i.domain.Regional == nil && list[n].Has(agtypes.EndpointTypeRegional)) {
			i.domain = list[n]
		}
	}
	if i.domain != nil {
		i.domainErr = nil // where it is not does not matter
	}
}

// readRest reads the APIs to which paths are mapped, and the two certificates.
func (e *exam) readRest(ctx context.Context) {
	i := &e.inside
	var mappings []setup.Mapping
	region := setup.EdgeRegion
	if i.domain != nil {
		mappings, region = i.domain.Mappings, i.domain.Region
	}
	if d := i.configured.Distribution; d != nil && strings.HasPrefix(d.Certificate, "arn:") {
		i.certificates = append(i.certificates, certificate{region: setup.EdgeRegion, user: "CloudFront", arn: d.Certificate})
	}
	if d := i.configured.Domain; d != nil && d.Certificate != "" && !slices.ContainsFunc(i.certificates, func(c certificate) bool { return c.arn == d.Certificate }) {
		i.certificates = append(i.certificates, certificate{region: region, user: "API Gateway", arn: d.Certificate})
	}
	if i.ownName() {
		own := i.configured.Distribution
		id, _, _ := strings.Cut(own.OriginDomain, ".")
		mappings = []setup.Mapping{{APIID: id, Stage: strings.Trim(own.OriginPath, "/")}}
		region = regionOf.FindStringSubmatch(own.OriginDomain)[1]
	}
	i.apiRegion = region
	e.chart.begin(setup.DoctorStage)
	mappings = mappings[:min(len(mappings), mostPaths)]
	apis, names, errs := make([]setup.ConfiguredAPI, len(mappings)), make([]string, len(mappings)), make([]error, len(mappings))
	var all sync.WaitGroup
	in, err := i.account.In(region)
	for n, m := range mappings {
		if errs[n] = err; err == nil {
			all.Go(func() { apis[n], names[n], errs[n] = in.FindAPI(ctx, m) })
		}
	}
	for n := range i.certificates {
		all.Go(func() {
			c := &i.certificates[n]
			c.detail, c.err = i.account.CertificateDetail(ctx, c.region, c.arn)
		})
	}
	all.Wait()
	i.configured.APIs, i.apis, i.apiErrs = apis, map[string]string{}, map[string]error{}
	for n, m := range mappings {
		i.apis[m.APIID] = names[n]
		if errs[n] != nil {
			i.apiErrs[m.APIID] = errs[n]
			i.configured.Unread = append(i.configured.Unread, cloud.CouldNotRead("The API of "+m.DisplayPath(), errs[n]))
		}
	}
}

// lookAtZones reads the hosted zones of the account in which the name may be, where
// DNS does not lead to the distribution or does not know the name.
func (e *exam) lookAtZones(ctx context.Context) {
	i, o := &e.inside, &e.outside
	if !i.asked() {
		return
	}
	if d := i.configured.Distribution; d != nil {
		o.traffic = e.q.Prober.Toward(ctx, o.traffic, d.DomainName)
		if c := o.traffic.Cause(probe.Hosted{}); c == nil || c.Passing {
			return
		}
	} else if !o.traffic.Nowhere() && o.walkErr == nil && o.walk.Broken == nil {
		return
	}
	all, err := i.account.HostedZones(ctx)
	if i.zonesErr = err; err != nil {
		return
	}
	for _, z := range all {
		if !z.Private && setup.InZone(strings.TrimPrefix(e.q.Name, "*."), z.Name) {
			i.zones = append(i.zones, z)
		}
	}
	slices.SortStableFunc(i.zones, func(x, y setup.Zone) int { return len(y.Name) - len(x.Name) })
	i.zones = i.zones[:min(len(i.zones), sideBySide)]
	var each sync.WaitGroup
	records := make([]map[string][]string, len(i.zones))
	for n := range i.zones {
		each.Go(func() {
			z := &i.zones[n]
			if servers, err := i.account.ZoneServers(ctx, z.ID); err != nil {
				z.Unsure = cloud.CouldNotRead("Its name servers", err)
			} else {
				z.NameServers = servers
			}
			if found, err := i.account.Records(ctx, z.ID, e.q.Name); err == nil {
				records[n] = found
			} else {
				z.Unsure = cloud.CouldNotRead("Its records", err)
			}
		})
	}
	each.Wait()
	cut := o.walk.Cut()
	for n := range i.zones { // the one that DNS leads to comes before its twins
		z := &i.zones[n]
		leadsHere := cut.Apex == z.Name && slices.ContainsFunc(cut.Servers, func(s string) bool { return slices.Contains(z.NameServers, s) })
		right := i.leadsRight(records[n])
		if len(records[n]) > 0 && (i.hosted == nil || right || leadsHere && !i.leadsRight(i.records)) {
			i.hosted, i.records = z, records[n]
		}
	}
}

// leadsRight says whether records of the name lead to its distribution.
func (i *inside) leadsRight(records map[string][]string) bool {
	d := i.configured.Distribution
	for _, values := range records {
		if d != nil && slices.Contains(values, d.DomainName) {
			return true
		}
	}
	return false
}

// hostedIn is the hosted zone of the account that has a record of the name, for what
// DNS says; the zero value: none has.
func (i *inside) hostedIn() probe.Hosted {
	if i.hosted == nil {
		return probe.Hosted{}
	}
	return probe.Hosted{Apex: i.hosted.Name, Servers: i.hosted.NameServers}
}
