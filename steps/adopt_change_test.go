package steps

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
)

// foreignSettings are those of a distribution that other people have made: all that
// the simulator has and that still works, at once.
func foreignSettings(t *testing.T, c *types.DistributionConfig) {
	t.Helper()
	e := ends{cachePolicy: cachingOptimal}
	for _, l := range leavesOf(distributionTurns()) {
		skip := l.never != "" || l.unsim || l.theirs == "" || slices.Contains([]string{"CacheBehaviors", "WebACLId", "Origins.Items.CustomOriginConfig.IpAddressType"}, l.at)
		if skip {
			continue
		}
		if err := l.change(c, e); err != nil {
			t.Error(err)
		}
	}
	o, b := &c.Origins.Items[0], c.DefaultCacheBehavior
	o.Id, b.TargetOriginId = aws.String("API Gateway (eu)"), aws.String("API Gateway (eu)")
	o.CustomOriginConfig.OriginKeepaliveTimeout, o.CustomOriginConfig.OriginReadTimeout = aws.Int32(17), aws.Int32(42)
	o.CustomOriginConfig.OriginSslProtocols.Items = []types.SslProtocol{types.SslProtocolTLSv11, types.SslProtocolTLSv12}
	b.ViewerProtocolPolicy = types.ViewerProtocolPolicyAllowAll
	b.Compress = aws.Bool(false)
	b.AllowedMethods.CachedMethods.Items = allowedMethods(setup.MethodsOptions)
	b.CachePolicyId, b.OriginRequestPolicyId = nil, nil
	//lint:ignore SA1019 people still have it
	b.ForwardedValues = &types.ForwardedValues{ //nolint:staticcheck // as above
		QueryString: aws.Bool(true), Cookies: &types.CookiePreference{Forward: types.ItemSelectionAll},
		Headers: &types.Headers{Items: []string{"Host", "Authorization"}},
	}
	//lint:ignore SA1019 as above
	b.MinTTL, b.DefaultTTL, b.MaxTTL = aws.Int64(0), aws.Int64(0), aws.Int64(0) //nolint:staticcheck // as above
	c.CustomErrorResponses.Items = []types.CustomErrorResponse{
		{ErrorCode: aws.Int32(500), ErrorCachingMinTTL: aws.Int64(300)},
		{ErrorCode: aws.Int32(403), ErrorCachingMinTTL: aws.Int64(7), ResponsePagePath: aws.String("/sorry.html"), ResponseCode: aws.String("403")},
	}
	c.Comment, c.PriceClass, c.HttpVersion = aws.String(""), types.PriceClassPriceClass100, types.HttpVersionHttp11
	c.ViewerCertificate.MinimumProtocolVersion = types.MinimumProtocolVersionTLSv122019
	countItems(reflect.ValueOf(c))
}

// adoptForeign adopts what other people have made, with all their settings.
func (p *patient) adoptForeign(v driftWorld) *setup.Adoption {
	p.t.Helper()
	p.adopt(v.route53)
	p.must(p.alter(func(c *types.DistributionConfig) { foreignSettings(p.t, c) }))
	tags := &types.Tags{Items: []types.Tag{{Key: aws.String("ManagedBy"), Value: aws.String("terraform")}}}
	_, err := p.outside().CloudFront().TagResource(p.t.Context(), &cloudfront.TagResourceInput{Resource: aws.String(p.resources[setup.KeyDistribution].ARN), Tags: tags})
	p.must(err)
	return p.adopt(v.route53)
}

// changed runs a job of a changed spec. It returns the writes, and how the account
// differs by them, but for the tags of apifront.
func (p *patient) changed(change func(*setup.Spec)) (wrote, diff []string) {
	p.t.Helper()
	before := p.settings()
	change(&p.setup.Spec)
	wrote = p.settle()
	for line := range strings.SplitSeq(lineDiff(withoutTags(before), withoutTags(p.settings())), "\n") {
		if line != "" {
			diff = append(diff, line)
		}
	}
	return wrote, diff
}

// What other people have made is adopted with all their settings. A job of it writes
// nothing. After that a change of one answer changes that and nothing else, besides the
// tags of apifront, which come first; a check finds nothing before and after, names what
// somebody breaks, and leaves alone what was as found.
func TestAdoptOfOthers(t *testing.T) {
	inAdoptWorlds(t, adoptWorlds(), func(p *patient, v driftWorld) {
		a := p.adoptForeign(v)
		if len(a.Makers) != 1 || a.Makers[0].Tool != "Terraform" || a.Makers[0].Line == "" {
			p.t.Errorf("makers: %+v", a.Makers)
		}
		before := p.settings()
		n := len(p.writes())
		p.mustRunAll(setup.JobApply)
		if made := p.writes()[n:]; len(made) > 0 {
			p.t.Errorf("a job wrote %v", made)
		}
		if d := lineDiff(before, p.settings()); d != "" {
			p.t.Errorf("a job changed AWS:\n%s", d)
		}
		p.healthy("after adopting")
		p.keepsFound(a)

		wrote, diff := p.changed(func(s *setup.Spec) { s.Edge.Methods = setup.MethodsOptions })
		if want := []string{"distribution cloudfront:TagResource", "distribution cloudfront:UpdateDistribution"}; !slices.Equal(wrote, want) {
			p.t.Errorf("methods are changed by %v", wrote)
		}
		p.only(diff, "/AllowedMethods/")
		wrote, diff = p.changed(func(s *setup.Spec) { s.Edge.MinimumTLS = "TLSv1.2_2025" })
		if want := []string{"distribution cloudfront:UpdateDistribution"}; !slices.Equal(wrote, want) {
			p.t.Errorf("TLS is changed by %v", wrote)
		}
		p.only(diff, "/MinimumProtocolVersion")
		_, diff = p.changed(func(s *setup.Spec) { s.API.Mappings[0].Stage = "beta" })
		p.only(diff, "/Mappings/")
		p.healthy("after three changes")
		wrote, diff = p.changed(func(s *setup.Spec) { s.Edge.Tags = []setup.Tag{{Key: "team", Value: "orders"}} })
		if want := []string{"domain apigateway:TagResource", "domain apigateway:TagResource", "distribution cloudfront:TagResource"}; !slices.Equal(wrote, want) {
			p.t.Errorf("tags are changed by %v", wrote)
		}
		p.only(diff, "/Tags/team")
		p.breaks("PriceClass", func(c *types.DistributionConfig) { c.PriceClass = types.PriceClassPriceClass200 })
		p.lostTag()
	})
}

func (p *patient) only(diff []string, part string) {
	p.t.Helper()
	if len(diff) == 0 {
		p.t.Errorf("nothing was changed of %s", part)
	}
	for _, l := range diff {
		if !strings.Contains(l, part) {
			p.t.Errorf("a change of %s also changed %s", part, l)
		}
	}
}

func (p *patient) healthy(when string) {
	p.t.Helper()
	if list := p.checkup(); len(list) > 0 {
		p.t.Errorf("%s a check finds %+v", when, list)
	}
}

// breaks changes a setting that an answer decides: it is named and put back.
func (p *patient) breaks(field string, do func(*types.DistributionConfig)) {
	p.t.Helper()
	before := p.settings()
	p.must(p.alter(do))
	list := p.checkup()
	if len(list) != 1 || list[0].Key != "distribution/"+field || !list[0].Repair {
		p.t.Errorf("%s is broken, and found is %+v", field, list)
	}
	p.job.Input.PutBack = true
	if wrote := p.settle(); !slices.Equal(wrote, []string{"distribution cloudfront:UpdateDistribution"}) {
		p.t.Errorf("%s is put back by %v", field, wrote)
	}
	p.job.Input.PutBack = false
	if d := lineDiff(before, p.settings()); d != "" {
		p.t.Errorf("%s is put back, and then\n%s", field, d)
	}
}

// keepsFound changes settings that were left as found: that is no drift.
func (p *patient) keepsFound(a *setup.Adoption) {
	p.t.Helper()
	p.must(p.alter(func(c *types.DistributionConfig) {
		c.Origins.Items[0].CustomOriginConfig.OriginKeepaliveTimeout = aws.Int32(23)
		//lint:ignore SA1019 people still have it
		c.DefaultCacheBehavior.ForwardedValues.Cookies.Forward = types.ItemSelectionNone //nolint:staticcheck // as above
		for i := range c.CustomErrorResponses.Items {
			c.CustomErrorResponses.Items[i].ErrorCachingMinTTL = aws.Int64(11)
		}
	}))
	for _, key := range []string{"distribution/OriginKeepaliveTimeout", foundCaching, foundErrors} {
		if !slices.Contains(a.Spec.AsFound, key) {
			p.t.Errorf("%s is not as found: %v", key, a.Spec.AsFound)
		}
	}
	p.healthy("after a change of what is as found")
	if wrote := p.settle(); len(wrote) > 0 {
		p.t.Errorf("what is as found was changed, and a job wrote %v", wrote)
	}
}

// lostTag takes our tags off again: now that they were given, that is drift, and put
// back.
func (p *patient) lostTag() {
	p.t.Helper()
	before := p.settings()
	_, err := p.outside().CloudFront().UntagResource(p.t.Context(), &cloudfront.UntagResourceInput{
		Resource: aws.String(p.resources[setup.KeyDistribution].ARN), TagKeys: &types.TagKeys{Items: []string{tagInstall, tagRole}},
	})
	p.must(err)
	_, err = p.outside().APIGateway().UntagResource(p.t.Context(), &apigateway.UntagResourceInput{ResourceArn: aws.String(p.resources[setup.KeyDomain].ARN), TagKeys: []string{tagInstall}})
	p.must(err)
	time.Sleep(time.Minute)
	if list := p.checkup(); len(list) != 2 || list[0].Field != tagField+"apifront:*" || list[1].Field != list[0].Field {
		p.t.Errorf("tags are lost, and found is %+v", list)
	}
	p.job.Input.PutBack = true
	if wrote := p.settle(); !slices.Equal(wrote, []string{"domain apigateway:TagResource", "distribution cloudfront:TagResource"}) {
		p.t.Errorf("lost tags are given back by %v", wrote)
	}
	if d := lineDiff(before, p.settings()); d != "" {
		p.t.Errorf("lost tags were given back, and then\n%s", d)
	}
}

// All differences are put right at once, in a world that other people have made, and
// then it is as apifront would have made it.
func TestAdoptPutsAllRight(t *testing.T) {
	inAdoptWorlds(t, adoptWorlds(), func(p *patient, v driftWorld) {
		a := p.adoptForeign(v)
		var keys []string
		for _, d := range a.Differs {
			keys = append(keys, d.Key)
		}
		p.setup.Spec = PutRight(a.Spec, keys)
		if len(p.setup.Spec.AsFound) > 0 {
			p.t.Errorf("still as found: %v", p.setup.Spec.AsFound)
		}
		if wrote := p.settle(); len(wrote) == 0 {
			p.t.Error("nothing was put right")
		}
		p.healthy("after all was put right")
		if again := p.adopt(v.route53); len(again.Differs) > 0 {
			p.t.Errorf("all was put right, and differs: %+v", again.Differs)
		}
	})
}

// An adopted setup is taken down: what was adopted is deleted, and certificates, APIs,
// and what belongs to others stay.
func TestAdoptedIsTakenDown(t *testing.T) {
	inAdoptWorlds(t, adoptWorlds(), func(p *patient, v driftWorld) {
		a := p.adopt(v.route53)
		shared := slices.ContainsFunc(a.Taken, func(t setup.AdoptedThing) bool { return t.What == "Distribution" && t.Stays != "" })
		p.setup.Spec.Gone = &setup.Gone{Name: setup.GoneNowhere}
		p.job.Kind = setup.JobTeardown
		if !v.route53 {
			p.person = func([]setup.Record) {
				p.sim.AddRecord(p.demo.Zones["harborview.example"], p.setup.Spec.Domain.Name, "CNAME", 300, "www.elsewhere.test.")
			}
		}
		p.mustRunAll(setup.JobTeardown)
		for _, l := range p.settings() {
			if strings.Contains(l, "/certificates/") && strings.HasSuffix(l, "Status = DELETED") {
				p.t.Error(l)
			}
		}
		for _, w := range p.writes() {
			if strings.Contains(w, "DeleteCertificate") {
				p.t.Errorf("a certificate was deleted: %s", w)
			}
		}
		_, err := p.outside().CloudFront().GetDistribution(p.t.Context(), &cloudfront.GetDistributionInput{Id: aws.String(a.Resources[slices.IndexFunc(a.Resources, func(r setup.Resource) bool { return r.Key == setup.KeyDistribution })].ID)})
		if gone := code(err, "NoSuchDistribution"); gone == shared {
			p.t.Errorf("other names on it: %t, deleted: %t", shared, gone)
		}
		if d, err := p.outside().FindDomain(p.t.Context(), p.setup.Spec.Domain.Name); err != nil || shared == (d == nil) {
			p.t.Errorf("the custom domain: %+v, %v", d, err)
		}
	})
}
