package steps

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/cloud"
	"apifront/setup"
)

// The turns that pace API Gateway's domain calls, named after the operations.
const (
	turnCreateDomain = "apigateway:CreateDomainName"
	turnUpdateDomain = "apigateway:UpdateDomainName"
)

func domainStep() Step {
	return Step{
		ID:       "domain",
		Thing:    "custom domain",
		Title:    "Create custom domain",
		Why:      "The Regional custom domain gives CloudFront an origin that knows the name and has a certificate for it.",
		Service:  "API Gateway",
		Tutorial: 2,
		TitleFor: domainTitle,
		Settings: []setup.Setting{setup.SettingCustomDomain, setup.SettingRegionalCertificate},
		Needs:    []setup.StepID{"issued-regional"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Parts:    []setup.Part{setup.PartGateway},
		Page:     setup.PageDomain,
		Keys:     []string{setup.KeyDomain},
		// A change of the certificate or the TLS policy may take an hour.
		Wait:  Wait{Every: 3 * time.Second, Settle: 2 * time.Second, Limit: time.Hour, Usual: 5 * time.Second},
		Brief: func(s setup.Spec) (string, bool) { return "API Gateway, " + s.Account.Region, true },
		Actions: []string{
			"acm:DescribeCertificate",
			"apigateway:GET", "apigateway:POST", "apigateway:PATCH", "apigateway:PUT", "apigateway:DELETE",
			"apigateway:AddCertificateToDomain", "apigateway:RemoveCertificateFromDomain",
			"iam:CreateServiceLinkedRole",
		},
		Grants:  domainGrants,
		Reads:   readsDomain,
		Observe: observeDomain,
		Apply:   applyDomain,
		Wants:   wantsDomain,
		Remove:  removeDomain,
	}
}

// domainTitle is what the step does for the spec.
func domainTitle(s setup.Spec) string {
	if s.Domain.FromEdge {
		return "Give the custom domain a Regional endpoint"
	}
	return "Create custom domain"
}

// gatewayService is the service of the role that API Gateway creates with the
// first Regional domain name of an account.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
const gatewayService = "ops.apigateway.amazonaws.com"

func domainGrants(s Scope) []Grant {
	all, own := s.gateway("/domainnames"), s.domain("")
	grants := []Grant{
		{For: "Read", Actions: []string{"apigateway:GET"}, Resources: []string{own}},
		// The ARN of the create call does not have the new name; the tags do.
		{For: "Create", Use: Writes, Actions: []string{"apigateway:POST"}, Resources: []string{all}, Conditions: []Condition{
			s.requested(), {"StringEquals", "aws:RequestTag/" + tagDomain, []string{Plain(tagName(s.Spec.Domain.Name))}},
		}},
		{For: "Certificate", Use: Writes, Actions: []string{"apigateway:AddCertificateToDomain"}, Resources: []string{all, own}},
		{For: "Change", Use: Writes, Actions: []string{"apigateway:PATCH", "apigateway:RemoveCertificateFromDomain"}, Resources: []string{own}},
		// AWS asks for PUT on the tags of a resource that has no ID yet.
		{For: "Tag", Use: Writes, Actions: []string{"apigateway:PUT"}, Resources: []string{s.gateway("/tags/" + url.QueryEscape("arn:"+s.Partition()+":apigateway:"+s.Spec.Account.Region+"::/domainnames/") + "*")}},
		{For: "Role", Use: Writes, Actions: []string{"iam:CreateServiceLinkedRole"}, Resources: []string{
			s.arn("iam", "", Literal(s.Spec.Account.AccountID), "role/aws-service-role/"+gatewayService+"/*"),
		}, Conditions: []Condition{{"StringEquals", "iam:AWSServiceName", []string{gatewayService}}}},
		{For: "Wait", Actions: []string{"acm:DescribeCertificate"}, Resources: []string{s.certificates(regionalCertificate(s.Spec))}, Explains: true},
	}
	if s.untags() {
		grants = append(grants, Grant{For: "Untag", Use: Writes, Actions: []string{"apigateway:DELETE"}, Resources: []string{s.domainTags(s.Spec.Account.Region)}})
	}
	return grants
}

// domainTags is the ARN of the tags of the custom domain in a region.
func (s Scope) domainTags(region string) string {
	of := "arn:" + s.Partition() + ":apigateway:" + region + "::/domainnames/"
	return s.gatewayIn(region, "/tags/"+url.QueryEscape(of)+Literal(s.Spec.Domain.Name))
}

// describeDomain returns the custom domain of the setup's name; nil if there is
// none. It reads with API Gateway v1, because v2 does not return all of it.
func describeDomain(ctx context.Context, e *Env) (*apigateway.GetDomainNameOutput, error) {
	return describeDomainIn(ctx, e, e.Account)
}

// describeDomainIn is describeDomain in the region of the account a.
func describeDomainIn(ctx context.Context, e *Env, a *cloud.Account) (*apigateway.GetDomainNameOutput, error) {
	out, err := a.APIGateway().GetDomainName(ctx, &apigateway.GetDomainNameInput{DomainName: aws.String(e.name())})
	if code(err, "NotFoundException") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("get custom domain %s: %w", e.name(), err)
	}
	return out, nil
}

// ourDomain says whether the custom domain is the setup's. An adopted one is until it
// is deleted: one that somebody made anew has another target.
func (e *Env) ourDomain(d *apigateway.GetDomainNameOutput) bool {
	row, _ := e.known(domainResource(e))
	return e.domainOf(row, d)
}

func (e *Env) domainOf(row setup.Resource, d *apigateway.GetDomainNameOutput) bool {
	if row.Attributes[setup.AttrTarget] != unrooted(aws.ToString(d.RegionalDomainName)) {
		return e.ours(d.Tags, roleDomain)
	}
	return e.belongs(row, d.Tags, roleDomain)
}

func regionalOnly(d *apigateway.GetDomainNameOutput) bool {
	return d.EndpointConfiguration != nil && slices.Equal(d.EndpointConfiguration.Types, []agtypes.EndpointType{agtypes.EndpointTypeRegional})
}

// domainChanges lists how the domain differs from what the setup wants.
func domainChanges(e *Env, d *apigateway.GetDomainNameOutput) []setup.Change {
	var changes []setup.Change
	want := regionalCertificate(e.Setup.Spec).arn(e)
	if is := aws.ToString(d.RegionalCertificateArn); want != "" && is != want && !stays(e.Setup.Spec, "domain", "regionalCertificateArn") {
		changes = append(changes, setup.Change{Field: "regionalCertificateArn", Is: is, Want: want})
	}
	return append(changes, domainPolicyChanges(e, d)...)
}

func observeDomain(ctx context.Context, e *Env) (Observation, error) {
	region := e.Setup.Spec.Account.Region
	r := domainResource(e)
	row, known := e.known(r)
	if !known && !e.DryRun {
		// If the certificate cannot be used yet, the look would have to be
		// repeated.
		if err := gatewayKnows(e, regionalCertificate(e.Setup.Spec).arn(e)); err != nil {
			return Observation{}, err
		}
	}
	d, err := remembered(ctx, e, readDomain, describeDomain)
	if err != nil {
		return Observation{}, err
	}
	if d == nil && e.Setup.Spec.Domain.FromEdge && !known {
		return foreign(noEdgeDomain(e)), nil
	}
	if d == nil {
		return absent("Regional, " + domainPolicyWords(e.Setup.Spec) + ", in " + region), nil
	}
	if moving(e, d) {
		return observeEdgeDomain(ctx, e, d)
	}
	if p := foreignDomain(e, d); p != nil {
		return foreign(p), nil
	}
	r.ID, r.ARN, r.Owned, r.State, r.Token = e.name(), aws.ToString(d.DomainNameArn), true, string(d.DomainNameStatus), row.Token
	r.Attributes = map[string]string{setup.AttrTarget: unrooted(aws.ToString(d.RegionalDomainName))}
	e.foundPolicy(&r, d)
	e.foundTags(&r)
	if err := e.keep(ctx, r); err != nil {
		return Observation{}, err
	}
	if o, waits := unavailable(e, d); waits {
		return o, nil
	}
	if err := e.learnTags(ctx, setup.KeyDomain, func(context.Context) (map[string]string, error) { return d.Tags, nil }); err != nil {
		return Observation{}, err
	}
	// One that was adopted is the setup's without its tags too.
	lost, err := e.lostTags(ctx, setup.KeyDomain, roleDomain, func(context.Context) (map[string]string, error) { return d.Tags, nil })
	if err != nil {
		return Observation{}, err
	}
	if changes := e.claims(setup.KeyDomain, roleDomain, slices.Concat(domainChanges(e, d), lost, e.tagChanges(setup.KeyDomain))); len(changes) > 0 {
		return Observation{
			State: Drifted, Summary: "The custom domain has other settings" + strictEnds(d, changes), Changes: changes,
			Fits: fitting(ctx, e, regionalCertificate(e.Setup.Spec), "regionalCertificateArn", changes),
		}, nil
	}
	return ready("API Gateway, " + region), nil
}

// unavailable is what is seen of a custom domain that API Gateway is changing, or wants
// something for; false: it can be changed.
func unavailable(e *Env, d *apigateway.GetDomainNameOutput) (Observation, bool) {
	switch d.DomainNameStatus {
	case agtypes.DomainNameStatusUpdating, agtypes.DomainNameStatusPending:
		return pending("API Gateway is changing the custom domain. This may take up to an hour"), true
	case agtypes.DomainNameStatusFailed, agtypes.DomainNameStatusPendingCertificateReimport, agtypes.DomainNameStatusPendingOwnershipVerification:
		pr := problem(
			"The custom domain is not available.",
			"API Gateway says that its status is "+string(d.DomainNameStatus)+".",
			"Open the custom domain "+e.name()+" in API Gateway in "+e.Setup.Spec.Account.Region+", do what it asks for, then re-run this step.",
		)
		pr.Service, pr.Said = "API Gateway", strings.TrimSpace(string(d.DomainNameStatus)+" "+aws.ToString(d.DomainNameStatusMessage))
		return foreign(pr), true
	case agtypes.DomainNameStatusAvailable, "": // Regional domains may have no status
	default:
		return unknownStatus("API Gateway", "the custom domain "+e.name(), string(d.DomainNameStatus)), true
	}
	if p := policyBarred(e, d); p != nil {
		o := foreign(p)
		o.Setting = setup.SettingDomainMTLS
		return o, true
	}
	return Observation{}, false
}

// domainResource is the row of the custom domain in the setup's region, without
// what AWS returns about it.
func domainResource(e *Env) setup.Resource {
	return setup.Resource{Key: setup.KeyDomain, Type: "Custom domain", Region: e.Setup.Spec.Account.Region}
}

// domainTarget is the DNS name of the custom domain in the setup's region; ""
// if there is none yet.
func domainTarget(e *Env) string {
	if r := e.Resources[setup.KeyDomain]; r.Region == e.Setup.Spec.Account.Region {
		return r.Attributes[setup.AttrTarget]
	}
	return ""
}

// foreignDomain is the problem of an existing domain that must not be used; nil
// if it may be.
func foreignDomain(e *Env, d *apigateway.GetDomainNameOutput) *setup.Problem {
	region := e.Setup.Spec.Account.Region
	if moving(e, d) {
		return edgeTaken(e, d)
	}
	if !regionalOnly(d) {
		kind := "none"
		if d.EndpointConfiguration != nil && len(d.EndpointConfiguration.Types) > 0 {
			kind = string(d.EndpointConfiguration.Types[0])
		}
		return problem(
			"API Gateway has a custom domain with this name that is not Regional.",
			"Its endpoint type is "+kind+". An edge-optimised domain comes with a CloudFront distribution that AWS owns, and that distribution holds the name, so your own cannot have it.",
			`Choose "Move it" on the page Domain and DNS: callers are led over before anything is taken away. If nobody calls it, delete it in API Gateway in `+region+", then re-run this step. apifront has not changed it.",
		)
	}
	if !e.ourDomain(d) {
		return problem(
			"API Gateway has a custom domain with this name already.",
			"The custom domain "+e.name()+" in "+region+" was not made by apifront for this setup, so it is left alone.",
			"Look at "+e.name()+" with the doctor and adopt what is there. Or delete the custom domain in API Gateway if nothing uses it, or give it the tags "+tagInstall+"="+e.Install+", "+tagDomain+"="+tagName(e.name())+" and "+tagRole+"="+roleDomain+" to hand it over, then re-run this step.",
		)
	}
	return nil
}

func applyDomain(ctx context.Context, e *Env) error {
	d, err := remembered(ctx, e, readDomain, describeDomain)
	if err != nil {
		return err
	}
	if d != nil {
		if p := foreignDomain(e, d); p != nil {
			return p
		}
		if moving(e, d) {
			return applyEdgeDomain(ctx, e, d)
		}
		if err := retagDomain(ctx, e, d); err != nil {
			return err
		}
		return updateDomain(ctx, e, d)
	}
	arn := regionalCertificate(e.Setup.Spec).arn(e)
	if arn == "" {
		return from(setup.StepID(regionalCertificate(e.Setup.Spec).step), "Request the certificate", problem("There is no certificate for the custom domain.", "API Gateway needs an issued certificate in "+e.Setup.Spec.Account.Region+" before it takes the name.",
			`Choose "Re-run from here" at the step `+requestTitle(regionalCertificate(e.Setup.Spec))+"."))
	}
	if err := gatewayKnows(e, arn); err != nil {
		return err
	}
	if err := e.Account.Turn(ctx, turnCreateDomain); err != nil {
		return err
	}
	r := domainResource(e)
	r.Attributes = e.withTags()
	policy := asksPolicy(e.Setup.Spec)
	if policy != "" {
		r.Attributes = mergedAttributes(r.Attributes, map[string]string{attrPolicy: policy})
	}
	r, err = e.intend(ctx, r, func(r *setup.Resource) { r.Token = e.Token(r.Number) })
	if err != nil {
		return err
	}
	e.forget(readDomain)
	in := &apigateway.CreateDomainNameInput{
		DomainName:             aws.String(e.name()),
		RegionalCertificateArn: &arn,
		EndpointConfiguration: &agtypes.EndpointConfiguration{
			Types:         []agtypes.EndpointType{agtypes.EndpointTypeRegional}, // the default is EDGE
			IpAddressType: agtypes.IpAddressTypeIpv4,
		},
		SecurityPolicy: agtypes.SecurityPolicyTls12,
		Tags:           tagMap(e.tags(roleDomain)),
	}
	if policy != "" {
		in.SecurityPolicy, in.EndpointAccessMode = agtypes.SecurityPolicy(policy), agtypes.EndpointAccessModeBasic
	}
	out, err := e.Account.APIGateway().CreateDomainName(ctx, in)
	if err != nil {
		return domainRefused(ctx, e, turnCreateDomain, arn, err)
	}
	r.ID = e.name()
	r.ARN = aws.ToString(out.DomainNameArn)
	r.State = string(out.DomainNameStatus)
	if d := asDomain(out); e.ourDomain(d) {
		e.remember(readDomain, d)
	}
	r.Attributes = map[string]string{setup.AttrTarget: unrooted(aws.ToString(out.RegionalDomainName))}
	return e.keep(ctx, r)
}

// retagDomain gives the custom domain the tags of the spec. It does not wait
// for a turn, because the quota of UpdateDomainName does not count calls for
// tags. An adopted one that this job is the first to change gets those of apifront too.
func retagDomain(ctx context.Context, e *Env, d *apigateway.GetDomainNameOutput) error {
	client := e.Account.APIGateway()
	region := e.Setup.Spec.Account.Region
	arn := domainARN(e, d, region)
	if len(domainChanges(e, d))+len(e.tagChanges(setup.KeyDomain)) > 0 {
		if err := claimDomain(ctx, e, e.Account, d, region); err != nil {
			return err
		}
	}
	add := tagsDomain(ctx, e, e.Account, arn)
	if err := e.giveBack(ctx, setup.KeyDomain, roleDomain, func(context.Context) (map[string]string, error) { return d.Tags, nil }, func(tags []setup.Tag) error {
		e.forget(readDomain) // it shows the tags
		return add(tags)
	}); err != nil {
		return err
	}
	return e.retag(ctx, setup.KeyDomain, func() (map[string]string, error) { return d.Tags, nil }, add, func(keys []string) error {
		_, err := client.UntagResource(ctx, &apigateway.UntagResourceInput{ResourceArn: &arn, TagKeys: keys})
		if err != nil {
			return fmt.Errorf("take tags from custom domain %s: %w", e.name(), err)
		}
		return nil
	})
}

func domainARN(e *Env, d *apigateway.GetDomainNameOutput, region string) string {
	return cmp.Or(aws.ToString(d.DomainNameArn), "arn:"+Scope{Spec: e.Setup.Spec}.Partition()+":apigateway:"+region+"::/domainnames/"+e.name())
}

// tagsDomain is how the custom domain in the region of the account a gets tags.
func tagsDomain(ctx context.Context, e *Env, a *cloud.Account, arn string) func([]setup.Tag) error {
	return func(tags []setup.Tag) error {
		_, err := a.APIGateway().TagResource(ctx, &apigateway.TagResourceInput{ResourceArn: &arn, Tags: tagMap(tags)})
		if err != nil {
			return fmt.Errorf("tag custom domain %s: %w", e.name(), err)
		}
		return nil
	}
}

// claimDomain gives an adopted custom domain the tags of apifront. What is mapped on it
// can be deleted only then.
func claimDomain(ctx context.Context, e *Env, a *cloud.Account, d *apigateway.GetDomainNameOutput, region string) error {
	row, _ := e.known(setup.Resource{Key: setup.KeyDomain, Region: region})
	return e.claim(ctx, row, roleDomain, tagsDomain(ctx, e, a, domainARN(e, d, region)))
}

// asDomain turns the answer of a create call into that of a look.
func asDomain(out *apigateway.CreateDomainNameOutput) *apigateway.GetDomainNameOutput {
	return &apigateway.GetDomainNameOutput{
		DomainName: out.DomainName, DomainNameArn: out.DomainNameArn, DomainNameStatus: out.DomainNameStatus,
		DomainNameStatusMessage: out.DomainNameStatusMessage, EndpointConfiguration: out.EndpointConfiguration,
		RegionalCertificateArn: out.RegionalCertificateArn, RegionalDomainName: out.RegionalDomainName,
		RoutingMode: out.RoutingMode, SecurityPolicy: out.SecurityPolicy, EndpointAccessMode: out.EndpointAccessMode, Tags: out.Tags,
	}
}

func updateDomain(ctx context.Context, e *Env, d *apigateway.GetDomainNameOutput) error {
	changes := domainChanges(e, d)
	if len(changes) == 0 {
		return nil
	}
	arn := regionalCertificate(e.Setup.Spec).arn(e)
	if err := gatewayKnows(e, arn); err != nil {
		return err
	}
	if err := e.intendPolicy(ctx); err != nil {
		return err
	}
	if err := e.Account.Turn(ctx, turnUpdateDomain); err != nil {
		return err
	}
	e.forget(readDomain)
	in := &apigateway.UpdateDomainNameInput{DomainName: aws.String(e.name())}
	for _, c := range changes {
		in.PatchOperations = append(in.PatchOperations, patchOf(agtypes.OpReplace, c.Field, c.Want))
	}
	if _, err := e.Account.APIGateway().UpdateDomainName(ctx, in); err != nil {
		if code(err, "ConflictException") { // an earlier change is still under way
			return notYet(10*time.Second, "API Gateway is still busy with an earlier change of the custom domain.")
		}
		return domainRefused(ctx, e, turnUpdateDomain, arn, err)
	}
	return nil
}

// domainRefused finds out why API Gateway refused a call, because it has one
// error code for several reasons.
func domainRefused(ctx context.Context, e *Env, turn, arn string, refusal error) error {
	err := fmt.Errorf("create or change custom domain %s: %w", e.name(), refusal)
	if !code(refusal, "BadRequestException", "ConflictException") {
		return err
	}
	d, getErr := describeDomain(ctx, e)
	if getErr != nil {
		return err
	}
	if d != nil && foreignDomain(e, d) == nil && len(domainChanges(e, d)) == 0 {
		return nil // the domain exists
	}
	// AWS gives no error code of its own if another account has the name.
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
	if d == nil && strings.Contains(said(refusal), "already exists") {
		return explained(refusal,
			"Another AWS account has a custom domain with this name.",
			"A custom domain name can exist once in a region, over all AWS accounts, and "+e.name()+" exists in "+e.Setup.Spec.Account.Region+" but not in this account.",
			"Delete the custom domain in the other account, or ask AWS Support if you do not know which one that is, then re-run this step.")
	}
	fresh, freshErr := freshlyIssued(ctx, e, e.Setup.Spec.Account.Region, arn)
	if freshErr == nil && fresh {
		return knownLater(ctx, e, turn)
	}
	return err
}
