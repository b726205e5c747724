package steps

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/cloud"
	"apifront/setup"
)

// Adoptable is what a look has found of a name in an account.
type Adoptable struct {
	Name    string
	Account *cloud.Account // of the connection; its region does not matter
	Who     string         // number of the account
	Install string         // of this installation; "": it has none, as on the command line

	Distribution string // ID; "": there is none
	Wildcard     bool   // it has the name by a wildcard alone
	Domain       *cloud.FoundDomain
	Configured   setup.Configured
	APINames     map[string]string
	Certificates map[string]*acmtypes.CertificateDetail // by ARN

	Zone  *setup.Zone // of the account, to which DNS leads for the name; nil: there is none
	Leads bool        // public DNS leads the name to the distribution
}

// An adopting is the reading of what there is.
type adopting struct {
	Adoptable

	e        *Env
	d        *standing // nil: there is no distribution
	tags     map[string]string
	origin   *types.Origin
	domain   mappedDomain
	spec     setup.Spec
	sets     []r53types.ResourceRecordSet // of the name in the zone
	left     []setup.Mapping              // that lead to an API which is gone
	adoption setup.Adoption
}

// Adopt reads what there is of a name so that it can become a setup as it is. It only
// reads. What it could not read is in Refused.
func Adopt(ctx context.Context, found Adoptable) *setup.Adoption {
	a := &adopting{Adoptable: found}
	a.adoption.ReadAt = time.Now().UTC()
	err := a.read(ctx)
	if err != nil {
		a.refuse(cloud.Explain(err))
	}
	if len(a.adoption.Refused) > 0 {
		return &setup.Adoption{ReadAt: a.adoption.ReadAt, Refused: a.adoption.Refused}
	}
	return &a.adoption
}

func (a *adopting) refuse(p *setup.Problem) {
	if p != nil {
		a.adoption.Refused = append(a.adoption.Refused, *p)
	}
}

// read reads all of it. It ends early where there is nothing that could be adopted.
func (a *adopting) read(ctx context.Context) error {
	if a.refuse(a.wrongKind()); len(a.adoption.Refused) > 0 {
		return nil
	}
	a.spec = setup.DefaultSpec()
	a.spec.Account = setup.Account{Connection: setup.DefaultConnection, AccountID: a.Who, Region: a.Domain.Region}
	a.spec.Domain.Name = a.Name
	in, err := a.Account.In(a.Domain.Region)
	if err != nil {
		return err
	}
	a.e = &Env{Account: in, DNSAccount: in, Install: a.Install, Now: time.Now, Resources: setup.Resources{}, Setup: setup.Setup{Spec: a.spec}}
	if a.domain, err = domainIn(ctx, a.e, a.Domain.Region); err != nil {
		return err
	}
	if a.Distribution != "" {
		if a.d, err = describeDistribution(ctx, a.e, a.Distribution); err != nil {
			return err
		}
	}
	if a.d != nil {
		if a.tags, err = distributionTags(ctx, a.e, aws.ToString(a.d.ARN)); err != nil {
			return err
		}
		a.origin = targetOrigin(a.d.DistributionConfig)
		if a.Wildcard && a.domain.GetDomainNameOutput != nil && a.foreignOrigin() != nil { // it is about other names
			a.Distribution, a.d, a.tags, a.origin, a.Leads = "", nil, nil, nil, false
		}
	}
	a.refuseDomain()
	a.refuseDistribution()
	if len(a.adoption.Refused) > 0 {
		return nil
	}
	a.readPolicy()
	a.readMappings(ctx)
	a.readCertificates()
	if a.d != nil {
		a.spec.Edge = readEdge(a.d.DistributionConfig, aws.ToString(a.origin.Id))
	}
	if err := a.readRecords(ctx); err != nil {
		return err
	}
	if len(a.adoption.Refused) > 0 {
		return nil
	}
	a.compare()
	slices.Sort(a.spec.AsFound)
	a.adoption.Spec, a.e.Setup.Spec = a.spec, a.spec
	a.resources()
	a.things()
	a.makers()
	return nil
}

// readPolicy reads TLS policy and access mode of the custom domain, where an answer says
// them. Other policies stay as they are.
func (a *adopting) readPolicy() {
	d := a.domain.GetDomainNameOutput
	if d == nil || !slices.Contains(setup.SecurityPolicies(), string(d.SecurityPolicy)) {
		return
	}
	a.spec.Domain.SecurityPolicy = string(d.SecurityPolicy)
	if d.EndpointAccessMode == agtypes.EndpointAccessModeStrict {
		a.spec.Domain.AccessMode = setup.AccessStrict
	}
}

// readMappings reads what is mapped, as answers. A path that leads to an API which is
// gone is left as it is.
func (a *adopting) readMappings(ctx context.Context) {
	kinds, names, gone := map[string]setup.APIKind{}, maps.Clone(a.APINames), map[string]bool{}
	if names == nil {
		names = map[string]string{}
	}
	for _, api := range a.Configured.APIs {
		if api.Kind != "" {
			kinds[api.APIID] = api.Kind
		}
		gone[api.APIID] = gone[api.APIID] || api.Kind == "" && api.StageGone
	}
	for _, path := range slices.Sorted(maps.Keys(a.domain.mappings)) {
		is := a.domain.mappings[path]
		if _, known := kinds[is.api]; !known && !gone[is.api] {
			kinds[is.api], names[is.api] = apiOf(ctx, a.e, is.api)
		}
		m := setup.Mapping{Path: path, APIID: is.api, APIName: names[is.api], Kind: kinds[is.api], Stage: is.stage}
		switch {
		case m.Kind != "":
			a.spec.API.Mappings = append(a.spec.API.Mappings, m)
		case gone[is.api]:
			a.left = append(a.left, m)
			a.spec.API.Left = append(a.spec.API.Left, path)
		default:
			a.refuse(problem("The API behind "+m.DisplayPath()+" could not be read.",
				"The path leads to "+is.api+", and API Gateway did not say what kind of API that is.",
				"Check that the connection may read "+is.api+" (apigateway:GET) and that the API is still there, then look again."))
		}
	}
	if len(a.spec.API.Mappings) == 0 && len(a.adoption.Refused) == 0 {
		a.refuse(problem("Nothing is mapped on the custom domain.",
			"A setup leads at least one path to an API, and "+a.Name+" in "+a.Domain.Region+" leads none.",
			"Map a path of "+a.Name+" to a stage in API Gateway, then look again."))
	}
	for _, p := range setup.CheckMappings(a.spec.API.Mappings) {
		a.refuse(problem("The paths cannot be one setup.", p.Text+".", "Change the mappings of "+a.Name+" in API Gateway, then look again."))
	}
	a.e.Setup.Spec = a.spec
	if a.domain.GetDomainNameOutput != nil {
		_, pr := mapVia(a.e, a.domain.GetDomainNameOutput)
		if a.domain.SecurityPolicy != agtypes.SecurityPolicyTls10 {
			a.refuse(pr)
		}
	}
}

// readCertificates makes the certificates that are in use reused ones: certificates are
// never adopted. One that is missing is made by the first job.
func (a *adopting) readCertificates() {
	c := &a.spec.Certificates
	c.Answered = true
	regional := a.fitting(aws.ToString(a.domain.RegionalCertificateArn))
	if a.d != nil && !uncertified(a.d.DistributionConfig) {
		c.Edge = a.fitting(aws.ToString(a.d.DistributionConfig.ViewerCertificate.ACMCertificateArn))
	}
	switch {
	case !a.spec.OneCertificate():
		c.Regional = regional
	case c.Edge == "":
		c.Edge = regional
	}
}

// fitting is the certificate if it is issued and covers the name, as far as ACM said; ""
// otherwise: a job then requests another one, and would not take this.
func (a *adopting) fitting(arn string) string {
	if d := a.Certificates[arn]; d != nil && (d.Status != acmtypes.CertificateStatusIssued || !covers(d, a.Name)) {
		return ""
	}
	return arn
}

// readRecords finds out who has the records of the name, and whether it leads to the
// distribution. Records in the account's own zone are the setup's if apifront could
// have made them: simple ones that lead nowhere else.
func (a *adopting) readRecords(ctx context.Context) error {
	d := &a.spec.Domain
	d.DNS, d.Switch = setup.DNSElsewhere, setup.SwitchLater
	if a.Leads && a.d != nil {
		d.Switch = setup.SwitchAtEnd
	}
	if a.Zone == nil {
		return nil
	}
	a.e.Setup.Spec.Domain.ZoneID = a.Zone.ID
	sets, err := listRecordSets(ctx, a.e, a.Name)
	if err != nil {
		return err
	}
	target, aliased := "", false
	if a.d != nil {
		target = unrooted(aws.ToString(a.d.DomainName))
	}
	for _, s := range sets {
		if !slices.Contains(visitorTypes, string(s.Type)) {
			continue
		}
		if routing(s) != "" || s.Type == r53types.RRTypeCname && d.Switch == setup.SwitchAtEnd {
			return nil // nothing that a job of ours would write
		}
		aliased = aliased || s.Type == r53types.RRTypeA && s.AliasTarget != nil && target != "" && unrooted(aws.ToString(s.AliasTarget.DNSName)) == target
	}
	d.DNS, d.ZoneID, d.ZoneName, d.Switch = setup.DNSRoute53, a.Zone.ID, a.Zone.Name, setup.SwitchLater
	if aliased {
		d.Switch = setup.SwitchAtEnd
	}
	a.sets = sets
	return nil
}

// resources are the rows of what is taken over.
func (a *adopting) resources() {
	add := func(r setup.Resource) {
		r.Owned = true
		r.Attributes = maps.Clone(r.Attributes)
		r.Attributes[setup.AttrAdopted] = a.adoption.ReadAt.Format(time.RFC3339)
		a.adoption.Resources = append(a.adoption.Resources, r)
		a.e.Resources[r.Key] = r
	}
	r := domainResource(a.e)
	r.ID, r.ARN, r.State = a.Name, aws.ToString(a.domain.DomainNameArn), string(a.domain.DomainNameStatus)
	r.Attributes = map[string]string{setup.AttrTarget: a.target()}
	add(r)
	for _, m := range a.spec.API.Mappings {
		is := a.domain.mappings[m.Path]
		add(mappingResource(a.e, m, is.via, is.id, true))
	}
	if a.d == nil {
		return
	}
	r = setup.Resource{
		Key: setup.KeyDistribution, Type: "Distribution", ID: a.d.id(), ARN: aws.ToString(a.d.ARN), State: aws.ToString(a.d.Status),
		Attributes: map[string]string{setup.AttrDomainName: unrooted(aws.ToString(a.d.DomainName))},
	}
	if id := aws.ToString(a.origin.Id); id != originID {
		r.Attributes[attrOrigin] = id
	}
	add(r)
	if a.atHome() {
		r = trafficResource(a.e, trafficAliases(a.e, trafficTarget(a.e)))
		r.State = changeInsync
		add(r)
	}
}

// atHome says whether the records that lead the name are in the account's own zone.
func (a *adopting) atHome() bool {
	return atRoute53(a.spec) && a.spec.Domain.Switch == setup.SwitchAtEnd
}

// target is the DNS name of the custom domain.
func (a *adopting) target() string { return unrooted(aws.ToString(a.domain.RegionalDomainName)) }

// wrongKind is why nothing that was found can be a setup's; nil: it can.
func (a *adopting) wrongKind() *setup.Problem {
	switch d := a.Domain; {
	case d == nil && ownHost(a.Configured.Distribution):
		return problem("The distribution calls the API by its own name.",
			"Its origin is "+a.Configured.Distribution.OriginDomain+", so there is no Regional custom domain of the name that could be adopted, and API Gateway never learns the name.",
			"Start a setup for "+a.Name+" and stop before traffic moves: apifront makes the custom domain and another distribution beside this one. Move the name when both answer.")
	case d == nil:
		return problem("There is no custom domain of the name in this account.", "A setup leads callers to a Regional custom domain of API Gateway, and none of "+a.Name+" was found in the regions that were asked.",
			"Look with a connection to the account that has the custom domain, or start a setup for "+a.Name+", which makes one.")
	case d.Name != a.Name:
		return problem("The custom domain is a wildcard.", "API Gateway answers for the name by "+d.Name+", which belongs to other names too.",
			"Make a Regional custom domain for "+a.Name+" itself in API Gateway in "+d.Region+", map its paths there, lead the origin of the distribution to it, then look again.")
	case d.Regional == nil && d.Has(agtypes.EndpointTypeEdge):
		return problem("The custom domain is edge-optimised.", "AWS owns the distribution in front of it, so nothing of that can be set here.",
			"Start a setup for "+a.Name+" in the region "+d.Region+" and choose \"Move it\" on the page Domain and DNS: the job leads callers over before it takes anything away.")
	case d.Regional == nil || len(d.Types) > 1:
		return problem("The custom domain is not Regional alone.", "Its endpoint types are "+setup.And(d.Types)+".",
			"Leave only REGIONAL on "+a.Name+" in API Gateway in "+d.Region+", then look again.")
	}
	return nil
}

// ownHost says whether the origin of a distribution is an API's own name.
func ownHost(d *setup.ConfiguredDistribution) bool {
	return d != nil && strings.Contains(d.OriginDomain, ".execute-api.") && !strings.HasPrefix(d.OriginDomain, "d-")
}

func (a *adopting) refuseDomain() {
	d := a.domain.GetDomainNameOutput
	region := a.Domain.Region
	if d == nil {
		a.refuse(problem("The custom domain is gone.", "API Gateway in "+region+" knew it a moment ago.", "Look again."))
		return
	}
	switch {
	case d.RoutingMode == agtypes.RoutingModeRoutingRuleOnly:
		a.refuse(problem("The custom domain uses routing rules only.", "In the routing mode "+string(d.RoutingMode)+" API Gateway ignores the mappings of paths, which is what a setup has.",
			"Set the routing mode of "+a.Name+" to API mappings only, or to routing rules then API mappings, in API Gateway in "+region+", then look again."))
	case d.DomainNameStatus != agtypes.DomainNameStatusAvailable && d.DomainNameStatus != "":
		a.refuse(problem("The custom domain is not available.", "API Gateway says that its status is "+string(d.DomainNameStatus)+".",
			"Wait until API Gateway in "+region+" says that "+a.Name+" is available, then look again."))
	case mutual(d) && (a.origin == nil || a.origin.CustomOriginConfig == nil || a.origin.CustomOriginConfig.OriginMtlsConfig == nil):
		a.refuse(problem("The custom domain asks callers for a certificate.", "Mutual TLS is on, and CloudFront shows it no certificate, so requests through a distribution are refused.",
			"Turn mutual TLS off for "+a.Name+" in API Gateway in "+region+", or give the origin a client certificate in CloudFront, then look again."))
	}
	a.refuse(a.taken("custom domain", d.Tags, roleDomain,
		"aws apigateway untag-resource --region "+region+" --resource-arn "+domainARN(a.e, d, region)+" --tag-keys "+tagInstall+" "+tagSetup+" "+tagDomain+" "+tagRole))
}

func mutual(d *apigateway.GetDomainNameOutput) bool {
	return d.MutualTlsAuthentication != nil && aws.ToString(d.MutualTlsAuthentication.TruststoreUri) != ""
}

// taken is the problem of a thing that another installation of apifront says is its
// own, or this one for another name; nil if none does.
func (a *adopting) taken(what string, tags map[string]string, role, line string) *setup.Problem {
	by := tags[tagInstall]
	if by == "" || a.e.ours(tags, role) {
		return nil
	}
	whose := "another installation of apifront, " + by + ","
	if by == a.Install {
		whose = "this installation, for " + cmp.Or(tags[tagDomain], "another name") + ","
	}
	return problem("The "+what+" belongs to somebody.", "Its tags say that "+whose+" looks after it. Two would undo what the other does.",
		"Remove it from the list there first. If nobody uses that installation any more, this lets go of it: "+line)
}

func (a *adopting) refuseDistribution() {
	if a.d == nil {
		if a.Distribution != "" {
			a.refuse(problem("The distribution is gone.", "CloudFront knew "+a.Distribution+" a moment ago.", "Look again."))
		}
		return
	}
	c, id := a.d.DistributionConfig, a.d.id()
	switch {
	case aws.ToBool(c.Staging):
		a.refuse(problem("The distribution is a staging distribution.", id+" takes part of the requests of another one, by a continuous deployment policy. CloudFront lets nobody change it freely.",
			"Promote it, or delete the continuous deployment policy in CloudFront, then look again."))
	case c.ConnectionMode == types.ConnectionModeTenantOnly || c.TenantConfig != nil:
		a.refuse(problem("The distribution is for tenants.", id+" is a multi-tenant distribution: names are on its tenants and not on itself.",
			"Start a setup for "+a.Name+", which makes a distribution of its own, and move the name there."))
	}
	if n := behaviors(c); n > 0 {
		a.refuse(problem("The distribution treats some paths differently.", id+" has "+setup.Count(n, "cache behavior")+" beside the default one, and a setup has one for all paths.",
			"Delete the other cache behaviors in CloudFront if they are not needed, or start a setup for a name of its own, then look again."))
	}
	if v := c.ViewerCertificate; v != nil && aws.ToString(v.IAMCertificateId) != "" {
		a.refuse(problem("The certificate of the distribution is not in ACM.", "It is the certificate "+aws.ToString(v.IAMCertificateId)+" of IAM, which nobody renews by itself.",
			"Choose a certificate of ACM in us-east-1 for "+id+" in CloudFront, then look again."))
	}
	a.refuse(a.foreignOrigin())
	a.refuse(a.taken("distribution", a.tags, roleDistribution,
		"aws cloudfront untag-resource --resource "+aws.ToString(a.d.ARN)+" --tag-keys Items="+strings.Join([]string{tagInstall, tagSetup, tagDomain, tagRole}, ",")))
}

func behaviors(c *types.DistributionConfig) int {
	if c.CacheBehaviors == nil {
		return 0
	}
	return len(c.CacheBehaviors.Items)
}

// foreignOrigin is the problem of a distribution that does not lead to the custom
// domain; nil: it does.
func (a *adopting) foreignOrigin() *setup.Problem {
	o, id := a.origin, a.d.id()
	fix := "Lead the origin of " + id + " to " + a.target() + " in CloudFront and pass the Host header on (AllViewer), in one change. Then look again."
	switch {
	case o == nil:
		return problem("The distribution leads to a group of origins.", "The default behavior of "+id+" leads to "+aws.ToString(a.d.DistributionConfig.DefaultCacheBehavior.TargetOriginId)+", and a setup has one origin.",
			fix)
	case unrooted(aws.ToString(o.DomainName)) == a.target():
		return nil
	case ownHost(&setup.ConfiguredDistribution{OriginDomain: unrooted(aws.ToString(o.DomainName))}):
		return problem("The distribution calls the API by its own name.", "Its origin is "+aws.ToString(o.DomainName)+", though there is a custom domain of the name.", fix)
	}
	return problem("The distribution leads elsewhere.", "Its origin is "+aws.ToString(o.DomainName)+", which is not the Regional custom domain of "+a.Name+" in this account.", fix)
}
