package cloud

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
)

// configuredDistribution is a distribution with what its default behavior does;
// nil if there is none of that ID. Unread says which policy could not be read.
func (a *Account) configuredDistribution(ctx context.Context, id string) (d *setup.ConfiguredDistribution, unread []string, err error) {
	out, err := a.CloudFront().GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: &id})
	if isCode(err, "NoSuchDistribution") {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("get distribution %s: %w", id, err)
	}
	c := out.Distribution.DistributionConfig
	d = &setup.ConfiguredDistribution{
		ID: id, DomainName: setup.FoldName(aws.ToString(out.Distribution.DomainName)), Deployed: aws.ToString(out.Distribution.Status) == "Deployed",
		Enabled: aws.ToBool(c.Enabled), WebACL: aws.ToString(c.WebACLId), IPv6: aws.ToBool(c.IsIPV6Enabled),
		RootObject: aws.ToString(c.DefaultRootObject), PriceClass: string(c.PriceClass), Continuous: aws.ToString(c.ContinuousDeploymentPolicyId),
	}
	if c.Aliases != nil {
		d.Aliases = lower(c.Aliases.Items)
	}
	if v := c.ViewerCertificate; v != nil {
		d.Certificate, d.MinimumTLS = aws.ToString(v.ACMCertificateArn), string(v.MinimumProtocolVersion)
		if d.Certificate == "" {
			d.Certificate = aws.ToString(v.IAMCertificateId)
		}
	}
	if r := c.Restrictions; r != nil && r.GeoRestriction != nil {
		d.Restricted = r.GeoRestriction.RestrictionType != types.GeoRestrictionTypeNone
	}
	if c.CustomErrorResponses != nil {
		for _, r := range c.CustomErrorResponses.Items {
			if aws.ToString(r.ResponsePagePath) != "" {
				d.ErrorPages = append(d.ErrorPages, int(aws.ToInt32(r.ErrorCode)))
			}
		}
	}
	if c.CacheBehaviors != nil {
		d.Behaviors = len(c.CacheBehaviors.Items)
		for _, b := range c.CacheBehaviors.Items {
			d.Paths = append(d.Paths, setup.ConfiguredPath{Pattern: aws.ToString(b.PathPattern), OriginDomain: originDomain(c, aws.ToString(b.TargetOriginId))})
		}
	}
	b := c.DefaultCacheBehavior
	if b == nil {
		return d, nil, nil
	}
	readOrigin(d, c, b)
	return d, a.readBehavior(ctx, d, b), nil
}

// originDomain is the domain name of the origin with the ID; "": it is a group of origins.
func originDomain(c *types.DistributionConfig, id string) string {
	if c.Origins == nil {
		return ""
	}
	for _, o := range c.Origins.Items {
		if aws.ToString(o.Id) == id {
			return setup.FoldName(aws.ToString(o.DomainName))
		}
	}
	return ""
}

// readOrigin fills in the origin of the default behavior.
func readOrigin(d *setup.ConfiguredDistribution, c *types.DistributionConfig, b *types.DefaultCacheBehavior) {
	if c.Origins == nil {
		return
	}
	i := slices.IndexFunc(c.Origins.Items, func(o types.Origin) bool { return aws.ToString(o.Id) == aws.ToString(b.TargetOriginId) })
	if i < 0 {
		return // the target is a group of origins
	}
	o := c.Origins.Items[i]
	d.OriginDomain, d.OriginPath = setup.FoldName(aws.ToString(o.DomainName)), aws.ToString(o.OriginPath)
	if custom := o.CustomOriginConfig; custom != nil {
		d.OriginProtocol, d.ReadTimeout = string(custom.OriginProtocolPolicy), time.Duration(aws.ToInt32(custom.OriginReadTimeout))*time.Second
		d.OriginPort = int(aws.ToInt32(custom.HTTPSPort))
		if custom.OriginSslProtocols != nil {
			for _, p := range custom.OriginSslProtocols.Items {
				d.OriginTLS = append(d.OriginTLS, string(p))
			}
		}
	}
}

// readBehavior fills in what the default behavior keeps and passes on.
func (a *Account) readBehavior(ctx context.Context, d *setup.ConfiguredDistribution, b *types.DefaultCacheBehavior) (unread []string) {
	d.ViewerProtocol = string(b.ViewerProtocolPolicy)
	d.CachePolicy, d.OriginRequestPolicy = aws.ToString(b.CachePolicyId), aws.ToString(b.OriginRequestPolicyId)
	d.Functions = b.FunctionAssociations != nil && len(b.FunctionAssociations.Items) > 0 ||
		b.LambdaFunctionAssociations != nil && len(b.LambdaFunctionAssociations.Items) > 0
	if b.AllowedMethods != nil {
		for _, m := range b.AllowedMethods.Items {
			d.Methods = append(d.Methods, string(m))
		}
	}
	if aws.ToString(b.CachePolicyId) == "" {
		readLegacy(d, b)
		return nil
	}
	if id := aws.ToString(b.CachePolicyId); id != setup.PolicyCachingDisabled {
		out, err := a.CloudFront().GetCachePolicy(ctx, &cloudfront.GetCachePolicyInput{Id: &id})
		if err != nil {
			d.PolicyUnknown, unread = true, append(unread, CouldNotRead("The cache policy", err))
		} else if out.CachePolicy != nil && out.CachePolicy.CachePolicyConfig != nil {
			readCachePolicy(d, out.CachePolicy.CachePolicyConfig)
		}
	}
	switch id := aws.ToString(b.OriginRequestPolicyId); id {
	case "":
	case setup.PolicyAllViewer: // what AWS's own policies do never changes, so ours are not read
		d.PassesHost, d.PassesAuth = true, true
	default:
		out, err := a.CloudFront().GetOriginRequestPolicy(ctx, &cloudfront.GetOriginRequestPolicyInput{Id: &id})
		if err != nil {
			d.PolicyUnknown, unread = true, append(unread, CouldNotRead("The origin request policy", err))
		} else if out.OriginRequestPolicy != nil && out.OriginRequestPolicy.OriginRequestPolicyConfig != nil {
			readOriginPolicy(d, out.OriginRequestPolicy.OriginRequestPolicyConfig)
		}
	}
	return unread
}

func readCachePolicy(d *setup.ConfiguredDistribution, c *types.CachePolicyConfig) {
	// A policy whose longest time is not given keeps answers for up to a year.
	d.KeepsAnswers = c.MaxTTL == nil || *c.MaxTTL > 0
	key := c.ParametersInCacheKeyAndForwardedToOrigin
	if key == nil {
		return
	}
	d.KeyQuery = key.QueryStringsConfig != nil && key.QueryStringsConfig.QueryStringBehavior == types.CachePolicyQueryStringBehaviorAll
	if h := key.HeadersConfig; h != nil && h.Headers != nil {
		d.KeyHeaders = h.Headers.Items
		names := lower(h.Headers.Items)
		d.PassesHost = d.PassesHost || slices.Contains(names, "host") // what is in the key is passed on
		d.PassesAuth = d.PassesAuth || slices.Contains(names, "authorization")
	}
}

func readOriginPolicy(d *setup.ConfiguredDistribution, c *types.OriginRequestPolicyConfig) {
	h := c.HeadersConfig
	if h == nil {
		return
	}
	var names []string
	if h.Headers != nil {
		names = lower(h.Headers.Items)
	}
	passes := func(name string) bool {
		switch h.HeaderBehavior {
		case types.OriginRequestPolicyHeaderBehaviorAllViewer, types.OriginRequestPolicyHeaderBehaviorAllViewerAndWhitelistCloudFront:
			return true
		case types.OriginRequestPolicyHeaderBehaviorWhitelist:
			return slices.Contains(names, name)
		case types.OriginRequestPolicyHeaderBehaviorAllExcept:
			return !slices.Contains(names, name)
		default:
			return false
		}
	}
	d.PassesHost = d.PassesHost || passes("host")
	d.PassesAuth = d.PassesAuth || passes("authorization")
}

// readLegacy reads a behavior without policies.
func readLegacy(d *setup.ConfiguredDistribution, b *types.DefaultCacheBehavior) {
	//lint:ignore SA1019 older distributions have nothing else
	v, longest := b.ForwardedValues, b.MaxTTL //nolint:staticcheck // as above
	d.KeepsAnswers = longest == nil || *longest > 0
	if v == nil {
		return
	}
	d.KeyQuery = aws.ToBool(v.QueryString) && (v.QueryStringCacheKeys == nil || len(v.QueryStringCacheKeys.Items) == 0)
	if v.Headers != nil {
		d.KeyHeaders = v.Headers.Items
		names := lower(v.Headers.Items)
		all := slices.Contains(names, "*")
		d.PassesHost, d.PassesAuth = all || slices.Contains(names, "host"), all || slices.Contains(names, "authorization")
		d.KeepsAnswers = d.KeepsAnswers && !all // with every header passed on, nothing is kept
	}
}
