package steps

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

func deleteDistribution(t *testing.T, w *world, id string) {
	t.Helper()
	cf := w.outside().CloudFront()
	got, err := cf.GetDistributionConfig(t.Context(), &cloudfront.GetDistributionConfigInput{Id: &id})
	if err != nil {
		t.Fatal(err)
	}
	got.DistributionConfig.Enabled = aws.Bool(false)
	out, err := cf.UpdateDistribution(t.Context(), &cloudfront.UpdateDistributionInput{Id: &id, IfMatch: got.ETag, DistributionConfig: got.DistributionConfig})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Hour)
	if _, err := cf.DeleteDistribution(t.Context(), &cloudfront.DeleteDistributionInput{Id: &id, IfMatch: out.ETag}); err != nil {
		t.Fatal(err)
	}
}

// createDomain makes a custom domain as somebody in the console does.
func createDomain(t *testing.T, w *world, kind agtypes.EndpointType, certificate string) {
	t.Helper()
	in := &apigateway.CreateDomainNameInput{
		DomainName: aws.String(w.setup.Spec.Domain.Name), SecurityPolicy: agtypes.SecurityPolicyTls12,
		EndpointConfiguration: &agtypes.EndpointConfiguration{Types: []agtypes.EndpointType{kind}},
	}
	if kind == agtypes.EndpointTypeEdge {
		in.CertificateArn = &certificate
	} else {
		in.RegionalCertificateArn = &certificate
	}
	if _, err := w.outside().APIGateway().CreateDomainName(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

// A resource that apifront did not make stops the step with a problem that says
// what to do. The resource stays as it was.
func TestForeignThingsAreLeftAlone(t *testing.T) {
	for _, c := range []struct {
		name string
		step string
		make func(*testing.T, *world)
		says string // a part of the problem's text
	}{
		{"another account", "identity", func(_ *testing.T, w *world) {
			w.setup.Spec.Account.AccountID = "111122223333"
		}, "1111-2222-3333"},
		{"Regional domain of somebody's", "domain", func(t *testing.T, w *world) {
			createDomain(t, w, agtypes.EndpointTypeRegional, w.resources.ID(setup.KeyCertificateRegional))
		}, "tags"},
		{"edge-optimised domain", "domain", func(t *testing.T, w *world) {
			createDomain(t, w, agtypes.EndpointTypeEdge, w.resources.ID(setup.KeyCertificateEdge))
		}, "EDGE"},
		{"another mapping on the path", "mappings", func(t *testing.T, w *world) {
			_, err := w.outside().APIGatewayV2().CreateApiMapping(t.Context(), &apigatewayv2.CreateApiMappingInput{
				DomainName: aws.String(w.setup.Spec.Domain.Name), ApiId: aws.String(w.demo.APIs["partners-http"]),
				Stage: aws.String("$default"), ApiMappingKey: aws.String("orders"),
			})
			if err != nil {
				t.Fatal(err)
			}
		}, "/orders"},
		{"the name on another distribution", "distribution", func(t *testing.T, w *world) {
			e := w.env("distribution")
			in, _ := distributionInputs(e)
			in.reference = "somebody"
			_, err := w.outside().CloudFront().CreateDistribution(t.Context(), &cloudfront.CreateDistributionInput{
				DistributionConfig: distributionConfig(w.setup.Spec, in),
			})
			if err != nil {
				t.Fatal(err)
			}
		}, "alternate domain names"},
		{"records with a routing policy", "dns", func(t *testing.T, w *world) {
			_, err := w.outside().Route53().ChangeResourceRecordSets(t.Context(), &route53.ChangeResourceRecordSetsInput{
				HostedZoneId: aws.String(w.setup.Spec.Domain.ZoneID),
				ChangeBatch: &r53types.ChangeBatch{Changes: []r53types.Change{{
					Action: r53types.ChangeActionCreate,
					ResourceRecordSet: &r53types.ResourceRecordSet{
						Name: aws.String(w.setup.Spec.Domain.Name), Type: r53types.RRTypeA, TTL: aws.Int64(60),
						SetIdentifier: aws.String("blue"), Weight: aws.Int64(10),
						ResourceRecords: []r53types.ResourceRecord{{Value: aws.String("203.0.113.40")}},
					},
				}}},
			})
			if err != nil {
				t.Fatal(err)
			}
		}, "routing policy"},
		{"a zone that is gone", "dns", func(_ *testing.T, w *world) {
			w.setup.Spec.Domain.ZoneID = "Z0000000000000000000"
		}, "hosted zone"},
		{"a reused certificate that is gone", "certificate-edge", func(_ *testing.T, w *world) {
			w.setup.Spec.Certificates.Edge = "arn:aws:acm:us-east-1:482177301954:certificate/00000000-0000-0000-0000-000000000000"
		}, "us-east-1"},
		{"a reused certificate for another name", "certificate-edge", func(_ *testing.T, w *world) {
			w.setup.Spec.Certificates.Edge = w.demo.Certificate
		}, "*.lakeside.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.Pace{}, nil)
				w.upTo(setup.StepID(c.step))
				c.make(t, w)
				n := len(w.writes())
				_, p := w.run(w.step(setup.StepID(c.step)))
				complete(t, p)
				if p != nil && !strings.Contains(p.What+p.Why+p.Fix, c.says) {
					t.Errorf("the problem does not mention %q: %+v", c.says, p)
				}
				// Even if nothing is observed first, Apply changes nothing.
				if s := w.step(setup.StepID(c.step)); s.Apply != nil {
					_ = s.Apply(t.Context(), w.env(s.ID)) // it returns an error or does nothing
				}
				for _, made := range w.writes()[n:] {
					if c.step != "mappings" || strings.HasSuffix(made, "UpdateApiMapping") {
						t.Errorf("AWS was changed: %s", made)
					}
				}
			})
		})
	}
}
