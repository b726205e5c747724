package steps

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
)

// readEdge is how a distribution is set, as answers. Where no answer says it, the
// answer stands that most people give; what differs from that stays as it was found.
func readEdge(c *types.DistributionConfig, origin string) setup.Edge {
	e := setup.DefaultSpec().Edge
	take := func(answer *string, is string, answers []string) {
		if slices.Contains(answers, is) {
			*answer = is
		}
	}
	e.IPv6 = aws.ToBool(c.IsIPV6Enabled)
	take(&e.HTTPVersion, strings.ToLower(string(c.HttpVersion)), setup.HTTPVersions())
	take(&e.PriceClass, string(c.PriceClass), setup.PriceClasses())
	if is := aws.ToString(c.Comment); utf8.RuneCountInString(is) <= setup.MaxComment {
		e.Comment = is
	}
	if v := c.ViewerCertificate; v != nil {
		take(&e.MinimumTLS, string(v.MinimumProtocolVersion), setup.MinimumTLSs())
	}
	if b := c.DefaultCacheBehavior; b != nil {
		e.Compress = aws.ToBool(b.Compress)
		take(&e.ViewerProtocol, string(b.ViewerProtocolPolicy), setup.ViewerProtocols())
		for _, choice := range setup.MethodSets() {
			if b.AllowedMethods != nil && sameMethods(b.AllowedMethods.Items, allowedMethods(choice)) {
				e.Methods = choice
			}
		}
	}
	if o := ourOrigin(c, origin); o != nil && o.CustomOriginConfig != nil {
		if s := int(aws.ToInt32(o.CustomOriginConfig.OriginReadTimeout)); s >= 1 && s <= setup.MaxReadTimeout {
			e.ReadTimeout = s
		}
	}
	return e
}

func sameMethods(a, b []types.Method) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// targetOrigin is the origin of the default behavior; nil if it leads to a group of
// origins, or to none.
func targetOrigin(c *types.DistributionConfig) *types.Origin {
	if c.DefaultCacheBehavior == nil {
		return nil
	}
	return ourOrigin(c, aws.ToString(c.DefaultCacheBehavior.TargetOriginId))
}

// uncertified says whether a distribution has CloudFront's own certificate, with which
// it can have no name.
func uncertified(c *types.DistributionConfig) bool {
	v := c.ViewerCertificate
	return v == nil || aws.ToString(v.ACMCertificateArn) == "" && aws.ToString(v.IAMCertificateId) == ""
}
