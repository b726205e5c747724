package worker_test

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/setup"
)

// A breakage is what somebody does in the console, without apifront.
type breakage struct {
	name  string
	do    func(*world, setup.Setup)
	finds []string // keys, in order
	state setup.StateID

	// hops are name, edge, origin and API by what a request meets there: r right, w it
	// ends or leaves the way, d not as wanted and it goes on, ? nothing is there to ask.
	hops string
}

// breakages are all that were tried by hand. The name in the record of ACM differs
// from world to world, so a key may end with "*".
func breakages() []breakage {
	edge := func(change func(*types.DistributionConfig)) func(*world, setup.Setup) {
		return func(w *world, s setup.Setup) { w.changeDistribution(s, change) }
	}
	of := func(fields ...string) []string { return fields }
	return []breakage{
		{"http-only", edge(func(c *types.DistributionConfig) {
			c.Origins.Items[0].CustomOriginConfig.OriginProtocolPolicy = types.OriginProtocolPolicyHttpOnly
		}), of("distribution/OriginProtocolPolicy"), setup.StateNotAnswering, "rrwr"},
		{"Host not forwarded", edge(func(c *types.DistributionConfig) {
			c.DefaultCacheBehavior.OriginRequestPolicyId = aws.String("b689b0a8-53d0-40ab-baf2-68738e2966ac") // AllViewerExceptHostHeader
		}), of("distribution/OriginRequestPolicyId"), setup.StateNotAnswering, "rrwr"},
		{"another origin", edge(func(c *types.DistributionConfig) {
			c.Origins.Items[0].DomainName = aws.String("www.elsewhere.test")
		}), of("distribution/Origin.DomainName"), setup.StateNotAnswering, "rrwr"},
		{"a path before every path", edge(func(c *types.DistributionConfig) {
			c.Origins.Items[0].OriginPath = aws.String("/prod")
		}), of("distribution/OriginPath"), setup.StateNotAnswering, "rrwr"},
		{"the name taken off", edge(func(c *types.DistributionConfig) {
			c.Aliases = &types.Aliases{Quantity: aws.Int32(0)}
		}), of("distribution/Aliases"), setup.StateNotAnswering, "rwrr"},
		{"disabled", edge(func(c *types.DistributionConfig) { c.Enabled = aws.Bool(false) }), of("distribution/Enabled"), setup.StateNotAnswering, "rwrr"},
		{"the distribution deleted", func(w *world, s setup.Setup) {
			w.changeDistribution(s, func(c *types.DistributionConfig) { c.Enabled = aws.Bool(false) })
			res, err := w.store.Resources(w.t.Context(), s.ID)
			must(w.t, err)
			c, id := w.outside(setup.EdgeRegion).CloudFront(), aws.String(res.ID(setup.KeyDistribution))
			d, err := c.GetDistribution(w.t.Context(), &cloudfront.GetDistributionInput{Id: id})
			must(w.t, err)
			_, err = c.DeleteDistribution(w.t.Context(), &cloudfront.DeleteDistributionInput{Id: id, IfMatch: d.ETag})
			must(w.t, err)
		}, of("distribution/missing"), setup.StateNotAnswering, "?w?r"},
		{"another certificate", func(w *world, s setup.Setup) {
			arn := w.reuse[setup.EdgeRegion]
			w.changeDistribution(s, func(c *types.DistributionConfig) { c.ViewerCertificate.ACMCertificateArn = &arn })
		}, of("distribution/ACMCertificateArn"), setup.StateDrifted, "rdrr"},
		{"another cache policy", edge(func(c *types.DistributionConfig) {
			c.DefaultCacheBehavior.CachePolicyId = aws.String("658327ea-f89d-4fab-a63d-7e88639e58f6") // CachingOptimized
		}), of("distribution/CachePolicyId"), setup.StateDrifted, "rdrr"},
		{"methods cut", edge(func(c *types.DistributionConfig) {
			c.DefaultCacheBehavior.AllowedMethods = &types.AllowedMethods{
				Quantity: aws.Int32(2), Items: []types.Method{types.MethodGet, types.MethodHead},
				CachedMethods: c.DefaultCacheBehavior.AllowedMethods.CachedMethods,
			}
		}), of("distribution/AllowedMethods"), setup.StateDrifted, "rdrr"},
		{"a mapping deleted", func(w *world, s setup.Setup) {
			c, id := w.mappingOf(s, "orders")
			_, err := c.DeleteApiMapping(w.t.Context(), &apigatewayv2.DeleteApiMappingInput{DomainName: aws.String(s.Name()), ApiMappingId: &id})
			must(w.t, err)
		}, of("mappings/Mapping /orders"), setup.StateNotAnswering, "rrrw"},
		{"a mapping to another API", func(w *world, s setup.Setup) {
			c, id := w.mappingOf(s, "orders")
			_, err := c.UpdateApiMapping(w.t.Context(), &apigatewayv2.UpdateApiMappingInput{
				DomainName: aws.String(s.Name()), ApiMappingId: &id,
				ApiId: aws.String(w.demo.APIs[lawAPI(s.Spec.Account.Region, setup.APIKindREST, 2)]), Stage: aws.String("beta"),
			})
			must(w.t, err)
		}, of("mappings/Mapping /orders"), setup.StateDrifted, "rrrd"},
		{"the record changed", func(w *world, s setup.Setup) {
			w.changeRecords(s, func(set r53types.ResourceRecordSet) *r53types.ResourceRecordSet {
				if set.AliasTarget == nil {
					return &set
				}
				set.AliasTarget, set.TTL = nil, aws.Int64(60)
				set.ResourceRecords = []r53types.ResourceRecord{{Value: aws.String("203.0.113.99")}}
				if set.Type == r53types.RRTypeAaaa {
					set.ResourceRecords[0].Value = aws.String("2001:db8::99")
				}
				return &set
			}, s.Name())
		}, of("dns/A api.harborview.example", "dns/AAAA api.harborview.example"), setup.StateDrifted, "wrrr"},
		{"the record deleted", func(w *world, s setup.Setup) {
			w.changeRecords(s, func(set r53types.ResourceRecordSet) *r53types.ResourceRecordSet {
				if set.AliasTarget == nil {
					return &set
				}
				return nil
			}, s.Name())
		}, of("dns/missing"), setup.StateNotAnswering, "wrrr"},
		{"the record changed, and its half deleted", func(w *world, s setup.Setup) {
			w.changeRecords(s, func(set r53types.ResourceRecordSet) *r53types.ResourceRecordSet {
				switch {
				case set.AliasTarget == nil:
					return &set
				case set.Type == r53types.RRTypeAaaa:
					return nil
				}
				set.AliasTarget, set.TTL = nil, aws.Int64(60)
				set.ResourceRecords = []r53types.ResourceRecord{{Value: aws.String("203.0.113.99")}}
				return &set
			}, s.Name())
		}, of("dns/A api.harborview.example", "dns/AAAA api.harborview.example"), setup.StateDrifted, "wrrr"},
		{"half of the record deleted", func(w *world, s setup.Setup) {
			w.changeRecords(s, func(set r53types.ResourceRecordSet) *r53types.ResourceRecordSet {
				if set.Type == r53types.RRTypeAaaa && set.AliasTarget != nil {
					return nil
				}
				return &set
			}, s.Name())
		}, of("dns/AAAA api.harborview.example"), setup.StateDrifted, "drrr"},
		{"our tags taken off the distribution", func(w *world, s setup.Setup) {
			res, err := w.store.Resources(w.t.Context(), s.ID)
			must(w.t, err)
			arn := res[setup.KeyDistribution].ARN
			_, err = w.outside(setup.EdgeRegion).CloudFront().UntagResource(w.t.Context(), &cloudfront.UntagResourceInput{
				Resource: &arn, TagKeys: &types.TagKeys{Items: []string{"apifront:install", "apifront:role"}},
			})
			must(w.t, err)
		}, of("distribution/Tag apifront:*"), setup.StateDrifted, "rrrr"},
		{"our tags taken off a certificate", func(w *world, s setup.Setup) {
			res, err := w.store.Resources(w.t.Context(), s.ID)
			must(w.t, err)
			arn := res[setup.KeyCertificateEdge].ARN
			_, err = w.outside(setup.EdgeRegion).ACM(setup.EdgeRegion).RemoveTagsFromCertificate(w.t.Context(), &acm.RemoveTagsFromCertificateInput{
				CertificateArn: &arn, Tags: []acmtypes.Tag{{Key: aws.String("apifront:domain")}},
			})
			must(w.t, err)
		}, of("certificate-edge/Tag apifront:*"), setup.StateDrifted, "rrrr"},
		{"the validation record deleted", func(w *world, s setup.Setup) {
			w.changeRecords(s, func(set r53types.ResourceRecordSet) *r53types.ResourceRecordSet {
				if strings.HasPrefix(*set.Name, "_x.") { // somebody else's
					return &set
				}
				return nil
			}, "_")
		}, of("validation/missing"), setup.StateDrifted, "rrrr"},
	}
}
