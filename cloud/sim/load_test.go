package sim

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	v1 "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53 "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// loadSetups is how many setups are made at once. A region takes 120 names,
// so that they are spread over two.
const loadSetups = 200

// A crowd is a world in which many setups are made.
type crowd struct {
	s    *Sim
	key  Key
	zone string
	apis map[string]string // by region
}

func newCrowd() *crowd {
	c := &crowd{s: New(Config{}), apis: map[string]string{}}
	c.key = c.s.AddAccount(ours, "u")
	c.zone = c.s.AddZone(ours, "example.com")
	for _, region := range []string{"eu-west-1", "eu-central-1"} {
		c.apis[region] = c.s.AddAPI(ours, region, API{Name: "a", Kind: "REST", Stages: []string{"prod"}})
	}
	return c
}

// setUp is the whole set-up of the n-th name, as apifront does it: every call
// by the real SDK, 17 of them.
func (c *crowd) setUp(ctx context.Context, n int) error {
	region := []string{"eu-west-1", "eu-central-1"}[n%2]
	name := fmt.Sprintf("n%d.example.com", n)
	near, global := sdk(c.s, region, c.key), sdk(c.s, "us-east-1", c.key)
	if _, err := sts.NewFromConfig(near).GetCallerIdentity(ctx, nil); err != nil {
		return err
	}
	certs := map[string]string{}
	for _, cfg := range []aws.Config{near, global} {
		arn, err := c.certificate(ctx, cfg, name)
		if err != nil {
			return err
		}
		certs[cfg.Region] = arn
	}
	made, err := apigateway.NewFromConfig(near).CreateDomainName(ctx, &apigateway.CreateDomainNameInput{
		DomainName: &name, RegionalCertificateArn: aws.String(certs[region]), SecurityPolicy: v1.SecurityPolicyTls12,
		EndpointConfiguration: &v1.EndpointConfiguration{Types: []v1.EndpointType{v1.EndpointTypeRegional}},
	})
	if err != nil {
		return err
	}
	if _, err := apigatewayv2.NewFromConfig(near).CreateApiMapping(ctx, &apigatewayv2.CreateApiMappingInput{
		DomainName: &name, ApiId: aws.String(c.apis[region]), ApiMappingKey: aws.String("v1/orders"), Stage: aws.String("prod"),
	}); err != nil {
		return err
	}
	w := &cdn{s: c.s, key: c.key, c: cloudfront.NewFromConfig(global), cert: certs["us-east-1"]}
	config := w.recipe(name)
	config.CallerReference, config.Origins.Items[0].DomainName = &name, made.RegionalDomainName
	dist, err := w.c.CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: config})
	if err != nil {
		return err
	}
	got, err := w.c.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: dist.Distribution.Id})
	if err != nil {
		return err
	}
	if *got.Distribution.Status != "Deployed" {
		return fmt.Errorf("%s is %s", name, *got.Distribution.Status)
	}
	return c.change(ctx, global,
		anAlias("UPSERT", name, "A", cloudFrontZone, *got.Distribution.DomainName, false),
		anAlias("UPSERT", name, "AAAA", cloudFrontZone, *got.Distribution.DomainName, false))
}

// certificate requests a certificate and sees it through.
func (c *crowd) certificate(ctx context.Context, cfg aws.Config, name string) (string, error) {
	client := acm.NewFromConfig(cfg)
	made, err := client.RequestCertificate(ctx, &acm.RequestCertificateInput{DomainName: &name, ValidationMethod: types.ValidationMethodDns})
	if err != nil {
		return "", err
	}
	got, err := client.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: made.CertificateArn})
	if err != nil {
		return "", err
	}
	r := got.Certificate.DomainValidationOptions[0].ResourceRecord
	if err := c.change(ctx, cfg, aChange("UPSERT", *r.Name, "CNAME", 300, *r.Value)); err != nil {
		return "", err
	}
	if got, err = client.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: made.CertificateArn}); err != nil {
		return "", err
	}
	if got.Certificate.Status != types.CertificateStatusIssued {
		return "", fmt.Errorf("%s is %s", name, got.Certificate.Status)
	}
	return *made.CertificateArn, nil
}

func (c *crowd) change(ctx context.Context, cfg aws.Config, changes ...r53.Change) error {
	client := route53.NewFromConfig(cfg)
	made, err := client.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{HostedZoneId: &c.zone, ChangeBatch: &r53.ChangeBatch{Changes: changes}})
	if err != nil {
		return err
	}
	got, err := client.GetChange(ctx, &route53.GetChangeInput{Id: made.ChangeInfo.Id})
	if err == nil && got.ChangeInfo.Status != r53.ChangeStatusInsync {
		return fmt.Errorf("change %s is %s", *made.ChangeInfo.Id, got.ChangeInfo.Status)
	}
	return err
}

// TestManySetupsAtOnce: the simulator has no error of its own under load.
func TestManySetupsAtOnce(t *testing.T) {
	t.Parallel()
	c := newCrowd()
	var all sync.WaitGroup
	for n := range loadSetups {
		all.Go(func() {
			if err := c.setUp(t.Context(), n); err != nil {
				t.Errorf("setup %d: %v", n, err)
			}
		})
	}
	all.Wait()
	st := c.s.State()
	if len(st.Distributions) != loadSetups || len(st.Domains) != loadSetups || len(st.Certificates) != 2*loadSetups {
		t.Errorf("got %d distributions, %d names, %d certificates", len(st.Distributions), len(st.Domains), len(st.Certificates))
	}
	for _, call := range c.s.Calls() {
		if call.Status >= http.StatusBadRequest {
			t.Errorf("%s %s: %d %s", call.Service, call.Operation, call.Status, call.Message)
		}
	}
}

// BenchmarkSetUp is whole setups one after the other, in a world that grows to
// loadSetups of them. It reports the time of one call, the SDK's part
// included, and the memory that a setup stays with.
func BenchmarkSetUp(b *testing.B) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	calls, made := 0, 0
	var kept uint64
	var c *crowd
	for b.Loop() {
		c = newCrowd()
		before := heap()
		for n := range loadSetups {
			if err := c.setUp(b.Context(), n); err != nil {
				b.Fatal(err)
			}
		}
		kept += heap() - before
		made += loadSetups
		calls += len(c.s.Calls())
	}
	runtime.KeepAlive(c)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(calls), "ns/call")
	b.ReportMetric(float64(kept)/float64(made), "B-kept/setup")
	b.ReportMetric(float64(calls)/float64(made), "calls/setup")
}

// BenchmarkCall is one call without the SDK, in a world of loadSetups setups.
func BenchmarkCall(b *testing.B) {
	c := newCrowd()
	for n := range loadSetups {
		if err := c.setUp(b.Context(), n); err != nil {
			b.Fatal(err)
		}
	}
	for _, call := range []struct{ service, method, path, target string }{
		{"acm", "POST", "/", "CertificateManager.ListCertificates"},
		{"apigateway", "GET", "/domainnames/n0.example.com", ""},
		{"cloudfront", "GET", cloudFrontPath + "/distribution", ""},
		{"route53", "GET", "/2013-04-01/hostedzone/" + c.zone + "/rrset", ""},
	} {
		b.Run(call.service, func(b *testing.B) {
			for b.Loop() {
				r, err := http.NewRequestWithContext(b.Context(), call.method, "https://aws.example"+call.path, http.NoBody)
				if err != nil {
					b.Fatal(err)
				}
				r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+c.key.ID+"/20261123/eu-west-1/"+call.service+"/aws4_request, SignedHeaders=host, Signature=0")
				r.Header.Set("X-Amz-Target", call.target)
				if _, err := c.s.exchange(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
