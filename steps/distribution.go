package steps

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud"
	"apifront/setup"
)

func distributionStep() Step {
	return Step{
		ID:       "distribution",
		Thing:    "distribution",
		Title:    "Create distribution",
		Why:      "The distribution takes requests for the name and passes them on to API Gateway, over HTTPS only and with the Host header.",
		Service:  "CloudFront",
		Tutorial: 3,
		Settings: []setup.Setting{
			setup.SettingOriginDomain, setup.SettingAlias, setup.SettingOriginProtocol, setup.SettingHostHeader, setup.SettingEdgeCertificate,
			setup.SettingEnabled, setup.SettingOriginPath, setup.SettingOriginTLS, setup.SettingOriginTimeout, setup.SettingMethods, setup.SettingCaching,
			setup.SettingForwarding, setup.SettingViewerProtocol, setup.SettingViewerTLS, setup.SettingIPv6,
		},
		Needs:   []setup.StepID{"issued-edge", "domain", "policies"},
		Kinds:   []setup.JobKind{setup.JobApply},
		Parts:   []setup.Part{setup.PartEdge},
		Page:    setup.PageEdge,
		Keys:    []string{setup.KeyDistribution},
		Several: true,
		Wait:    Wait{Every: 5 * time.Second, Settle: 5 * time.Second, Limit: 10 * time.Minute, Usual: 5 * time.Second},
		Actions: []string{
			"acm:DescribeCertificate",
			"cloudfront:ListDistributions", "cloudfront:GetDistribution", "cloudfront:ListTagsForResource",
			"cloudfront:CreateDistribution", "cloudfront:TagResource", "cloudfront:UntagResource", "cloudfront:UpdateDistribution",
			"wafv2:GetWebACL",
			"cloudfront:ListDomainConflicts", "acm:ListCertificates", "apigateway:GET", // who has the name, where CloudFront refuses it
		},
		Grants:  distributionGrants,
		Reads:   readsDistribution,
		Observe: observeDistribution,
		Apply:   applyDistribution,
	}
}

func distributionGrants(s Scope) []Grant {
	own := []string{s.edge("distribution/*")} // AWS chooses the ID
	retag := []string{"cloudfront:TagResource"}
	if s.untags() {
		retag = append(retag, "cloudfront:UntagResource")
	}
	grants := []Grant{
		{For: "List", Actions: []string{"cloudfront:ListDistributions"}, Resources: []string{"*"}},
		{For: "Read", Actions: []string{"cloudfront:GetDistribution", "cloudfront:ListTagsForResource"}, Resources: own},
		// CreateDistributionWithTags is not an IAM action: it needs these two.
		{For: "Create", Use: Writes, Actions: []string{"cloudfront:CreateDistribution"}, Resources: []string{"*"}, Conditions: []Condition{s.requested()}},
		{For: "Tag", Use: Writes, Actions: []string{"cloudfront:TagResource"}, Resources: own, Conditions: []Condition{s.requested()}},
		{For: "Retag", Use: Writes, Actions: retag, Resources: own, Conditions: []Condition{s.resourced()}},
		{For: "Change", Use: Writes, Actions: []string{"cloudfront:UpdateDistribution"}, Resources: own, Conditions: []Condition{s.resourced()}},
		{For: "Certificate", Actions: []string{"acm:DescribeCertificate"}, Resources: []string{s.certificates(edgeCertificate(s.Spec))}, Explains: true},
	}
	grants = append(grants, s.takenGrants()...)
	if strings.HasPrefix(s.Spec.Edge.WebACL, "arn:") {
		grants = append(grants, Grant{For: "Firewall", Use: Writes, Actions: []string{"wafv2:GetWebACL"}, Resources: []string{Literal(s.Spec.Edge.WebACL)}})
	}
	return grants
}

// distributionInputs is what the steps before have made; ok is false if some of
// it is missing, as in a plan.
func distributionInputs(e *Env) (in distributionInput, ok bool) {
	in = distributionInput{
		target:      domainTarget(e),
		certificate: edgeCertificate(e.Setup.Spec).arn(e),
		cachePolicy: setup.PolicyCachingDisabled,
		firewalls:   strings.Fields(e.Resources.Attr(setup.KeyDistribution, attrFirewalls)),
		origin:      e.Resources.Attr(setup.KeyDistribution, attrOrigin),
		header:      originHeaderOf(e),
	}
	if caching(e.Setup.Spec) {
		in.cachePolicy = cachePolicyID(e)
	}
	return in, in.target != "" && in.certificate != "" && in.cachePolicy != ""
}

// missing is the step that makes what a distribution needs and does not have.
func missing(e *Env) setup.StepID {
	switch {
	case domainTarget(e) == "":
		return "domain"
	case edgeCertificate(e.Setup.Spec).arn(e) == "":
		return setup.StepID(edgeCertificate(e.Setup.Spec).step)
	default:
		return "policies"
	}
}

// named fills in words for what is not made yet.
func (in distributionInput) named(e *Env) distributionInput {
	in.target = cmp.Or(in.target, "the new custom domain in "+e.Setup.Spec.Account.Region)
	in.certificate = cmp.Or(in.certificate, "the new certificate")
	in.cachePolicy = cmp.Or(in.cachePolicy, "the new cache policy")
	return in
}

// distributionChanges lists how a distribution differs from what the setup
// wants.
func distributionChanges(e *Env, d *standing, in distributionInput) []setup.Change {
	spec := e.Setup.Spec
	firewall := in.decidesFirewall(d.DistributionConfig, spec)
	return append(differ(
		distributionFields(d.DistributionConfig, spec, in.originID(), firewall),
		distributionFields(distributionConfig(spec, in), spec, in.originID(), firewall),
	), in.header.changes(d.DistributionConfig, in.originID())...)
}

// attrFirewalls is the attribute of the distribution with the web ACLs that
// apifront attached, or may have attached. AWS does not tell these apart from
// the web ACLs that people attached.
const attrFirewalls = "web-acl"

func keepDistribution(ctx context.Context, e *Env, d *types.Distribution) error {
	r := setup.Resource{
		Key: setup.KeyDistribution, Type: "Distribution", ID: aws.ToString(d.Id), ARN: aws.ToString(d.ARN), Owned: true,
		State:      aws.ToString(d.Status),
		Attributes: map[string]string{setup.AttrDomainName: unrooted(aws.ToString(d.DomainName))},
	}
	row, ok := e.known(r)
	if firewalls := ourFirewalls(row, e.Setup.Spec, d); len(firewalls) > 0 {
		r.Attributes[attrFirewalls] = strings.Join(firewalls, " ")
	}
	if ok {
		r.Token = row.Token
	} else if err := distributionGone(ctx, e); err != nil {
		return err
	}
	e.foundTags(&r)
	return e.keep(ctx, r)
}

// ourFirewalls are the web ACLs that are attached to the distribution for the
// spec or an earlier one, or are about to be attached.
func ourFirewalls(row setup.Resource, spec setup.Spec, d *types.Distribution) (list []string) {
	for _, arn := range append(strings.Fields(row.Attributes[attrFirewalls]), spec.Edge.WebACL) {
		there := d.DistributionConfig != nil && arn == aws.ToString(d.DistributionConfig.WebACLId)
		if arn != "" && (there || arn == spec.Edge.WebACL) && !slices.Contains(list, arn) {
			list = append(list, arn)
		}
	}
	return list
}

// distributionGone stores that the recorded distribution is gone. Only then may
// another one be recorded or made.
func distributionGone(ctx context.Context, e *Env) error {
	now := e.Resources[setup.KeyDistribution]
	if now.ID == "" {
		return nil
	}
	return e.gone(ctx, now)
}

func observeDistribution(ctx context.Context, e *Env) (Observation, error) {
	if _, refused := e.read[readRefused]; refused {
		return notKnown("CloudFront does not know yet that the certificate is issued"), nil
	}
	if e.Waits && e.Resources.ID(setup.KeyDistribution) == "" && justIssued(e, edgeCertificate(e.Setup.Spec).arn(e)) {
		return notKnown("CloudFront takes a moment to know that the certificate is issued"), nil
	}
	d, holder, err := findDistribution(ctx, e)
	if err != nil {
		return Observation{}, err
	}
	if holder != nil {
		return foreign(heldBy(e, holder)), nil
	}
	if d == nil {
		summary := "HTTPS-only origin, Host header passed on, " + cachingBrief(e.Setup.Spec)
		if header := e.Setup.Spec.Edge.OriginHeader; header != "" {
			summary += ", " + header + ": " + secretWords
		}
		return absent(summary), nil
	}
	if err := keepDistribution(ctx, e, d.Distribution); err != nil {
		return Observation{}, err
	}
	in, ok := distributionInputs(e)
	if in.header.stuck() {
		return foreign(in.header.problem), nil
	}
	if !ok {
		in = in.named(e)
	}
	in.header.recover(d.DistributionConfig, in.originID())
	if err := e.tellHeader(ctx, &in, d.DistributionConfig); err != nil {
		return Observation{}, err
	}
	changes := distributionChanges(e, d, in)
	if err := e.learnTags(ctx, setup.KeyDistribution, func(ctx context.Context) (map[string]string, error) {
		return distributionTags(ctx, e, aws.ToString(d.ARN))
	}); err != nil {
		return Observation{}, err
	}
	lost, err := e.lostTags(ctx, setup.KeyDistribution, roleDistribution, func(ctx context.Context) (map[string]string, error) {
		return distributionTags(ctx, e, aws.ToString(d.ARN))
	})
	if err != nil {
		return Observation{}, err
	}
	tags := append(lost, e.tagChanges(setup.KeyDistribution)...)
	if len(changes)+len(tags) == 0 {
		return ready("CloudFront " + d.id()), nil
	}
	if len(changes) > 0 && aws.ToString(d.DistributionConfig.ContinuousDeploymentPolicyId) != "" {
		return foreign(problem(
			"The distribution was not changed.",
			"A continuous deployment policy is attached to "+d.id()+", so a second, staging distribution takes part of its requests.",
			"Detach the continuous deployment policy from "+d.id()+" in CloudFront, then re-run this step.",
		)), nil
	}
	changes = e.claims(setup.KeyDistribution, roleDistribution, append(changes, tags...))
	if !ok {
		return Observation{State: Drifted, Summary: "CloudFront " + d.id() + ", to be connected with what is new", Changes: changes}, nil
	}
	if !e.DryRun && moves(changes) && !mapped(e) {
		return notMappedYet(e, d), nil
	}
	if o, waits, err := guardHeader(ctx, e, d, in); waits || err != nil {
		return o, err
	}
	return Observation{
		State: Drifted, Summary: "CloudFront " + d.id() + ", " + setup.Count(len(changes), "setting") + " to change", Changes: changes,
		Fits: fitting(ctx, e, edgeCertificate(e.Setup.Spec), "ACMCertificateArn", changes),
	}, nil
}

// notKnown is a distribution that CloudFront would refuse for now.
func notKnown(why string) Observation {
	o := pending(why)
	o.InVain = true
	return o
}

// justIssued says whether ACM has issued the certificate so recently that CloudFront
// may not know it yet, as earlier steps have read it.
func justIssued(e *Env, arn string) bool {
	issued := issuedAt(e, arn)
	return !issued.IsZero() && e.Account.Now().Sub(issued).Abs() < certificateSpreads
}

// moves says whether an existing distribution is about to get another origin.
func moves(changes []setup.Change) bool {
	return slices.ContainsFunc(changes, func(c setup.Change) bool { return c.Field == originName && c.Is != "" })
}

// mapped says whether every path is mapped in the setup's region.
func mapped(e *Env) bool {
	return !slices.ContainsFunc(e.Setup.Spec.API.Mappings, func(m setup.Mapping) bool {
		r := e.Resources[setup.MappingKey(m.Path)]
		return r.ID == "" || r.Region != e.Setup.Spec.Account.Region
	})
}

// notMappedYet waits with a distribution in use until the paths are mapped in
// the new region. Before that, the custom domain there would answer clients
// with 403.
func notMappedYet(e *Env, d *standing) Observation {
	o := pending("Waits until the paths are mapped in " + e.Setup.Spec.Account.Region)
	o.Problem = from("mappings", "Map the paths", problem("The distribution was not moved to "+e.Setup.Spec.Account.Region+".",
		"Clients come through "+d.id()+" now, and the custom domain in "+e.Setup.Spec.Account.Region+" would answer them with 403 while a path is not mapped there.",
		"Re-run the step Map paths, then this step."))
	return o
}

func cachingBrief(s setup.Spec) string {
	if caching(s) {
		return cachingWords(s.Edge)
	}
	return "no caching"
}

func applyDistribution(ctx context.Context, e *Env) error {
	in, ok := distributionInputs(e)
	if !ok {
		return from(missing(e), "Make what is missing", problem("The distribution cannot be made yet.", "The custom domain, the certificate or the cache policy that it needs is not there.",
			`Choose "Re-run from here" at the first step that is not done.`))
	}
	d, holder, err := findDistribution(ctx, e)
	if err != nil {
		return err
	}
	if holder != nil {
		return heldBy(e, holder)
	}
	if d != nil {
		if err := keepDistribution(ctx, e, d.Distribution); err != nil {
			return err
		}
		in.header.recover(d.DistributionConfig, in.originID())
		if err := retagDistribution(ctx, e, d, distributionChanges(e, d, in)); err != nil {
			return err
		}
		if _, err := e.headerReady(ctx, &in); err != nil {
			return err
		}
		return updateDistribution(ctx, e, d, in)
	}
	return createDistribution(ctx, e, in, nil)
}

// retagDistribution gives the distribution the tags of the spec, and those of apifront
// if it is adopted and this job is the first to change it.
func retagDistribution(ctx context.Context, e *Env, d *standing, changes []setup.Change) error {
	client := e.Account.CloudFront()
	has := func(ctx context.Context) (map[string]string, error) {
		return distributionTags(ctx, e, aws.ToString(d.ARN))
	}
	add := tagsDistribution(ctx, e, d)
	if len(changes)+len(e.tagChanges(setup.KeyDistribution)) > 0 {
		if err := e.claim(ctx, e.Resources[setup.KeyDistribution], roleDistribution, add); err != nil {
			return err
		}
	}
	if err := e.giveBack(ctx, setup.KeyDistribution, roleDistribution, has, add); err != nil {
		return err
	}
	return e.retag(ctx, setup.KeyDistribution, func() (map[string]string, error) { return has(ctx) }, add, func(keys []string) error {
		_, err := client.UntagResource(ctx, &cloudfront.UntagResourceInput{Resource: d.ARN, TagKeys: &types.TagKeys{Items: keys}})
		if err != nil {
			return fmt.Errorf("take tags from distribution %s: %w", d.id(), err)
		}
		return nil
	})
}

// tagsDistribution is how the distribution gets tags.
func tagsDistribution(ctx context.Context, e *Env, d *standing) func([]setup.Tag) error {
	return func(tags []setup.Tag) error {
		// With the tag tagInstall in the call, older policies allow it too.
		in := &cloudfront.TagResourceInput{Resource: d.ARN, Tags: &types.Tags{Items: []types.Tag{{Key: aws.String(tagInstall), Value: &e.Install}}}}
		for _, t := range tags {
			if t.Key != tagInstall {
				in.Tags.Items = append(in.Tags.Items, types.Tag{Key: &t.Key, Value: &t.Value})
			}
		}
		if _, err := e.Account.CloudFront().TagResource(ctx, in); err != nil {
			return fmt.Errorf("tag distribution %s: %w", d.id(), err)
		}
		return nil
	}
}

// notListedYet is how long CloudFront may not list a distribution that was made
// by a call whose answer was lost.
const notListedYet = 2 * time.Minute

// referenceSpent waits for a distribution that was made by a call whose answer
// was lost. If CloudFront does not list it in time, it was deleted. Then the
// next try uses another caller reference.
func referenceSpent(ctx context.Context, e *Env, r setup.Resource) error {
	if e.saved(r.Key) > notListedYet {
		if err := e.gone(ctx, r); err != nil {
			return err
		}
	}
	return notYet(3*time.Second, "CloudFront made the distribution already and does not list it yet.")
}

// updateTries is how often a change is tried if somebody else changes the
// distribution in between.
const updateTries = 3

func updateDistribution(ctx context.Context, e *Env, d *standing, in distributionInput) error {
	var refused error
	for range updateTries {
		if err := keepDistribution(ctx, e, d.Distribution); err != nil {
			return err
		}
		if len(distributionChanges(e, d, in)) == 0 {
			return nil
		}
		// UpdateDistribution replaces the whole configuration. So the step
		// changes only our fields in what AWS returned, and sends it back,
		// including the settings that the SDK does not know.
		decide(d.DistributionConfig, e.Setup.Spec, in)
		e.forget(readDistribution)
		out, err := e.Account.CloudFront().UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{
			Id: d.Id, IfMatch: &d.etag, DistributionConfig: d.DistributionConfig,
		}, d.unread.Keep)
		if err == nil {
			e.remember(readDistribution, foundDistribution{ours: &standing{out.Distribution, aws.ToString(out.ETag), cloud.UnreadOf(out.ResultMetadata)}})
			return keepDistribution(ctx, e, out.Distribution)
		}
		if !outdated(err) {
			return distributionRefused(ctx, e, in, fmt.Errorf("change distribution %s: %w", d.id(), err))
		}
		refused = err
		d, err = describeDistribution(ctx, e, d.id())
		if err != nil {
			return err
		}
		if d == nil {
			return nil // it was deleted in between: the next look finds it absent
		}
	}
	return fmt.Errorf("change distribution %s: %w", d.id(), refused) // counts as a failed try, so that it ends one day
}
