package sim

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	v2 "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cf "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53 "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// clients are the SDK's clients with one key.
type clients struct {
	viewer, acm *acm.Client // us-east-1, eu-west-1
	v1          *apigateway.Client
	v2          *apigatewayv2.Client
	cf          *cloudfront.Client
	r53         *route53.Client
	sts         *sts.Client
}

func clientsOf(s *Sim, key Key, token string) clients {
	global, regional := sdkWithToken(s, "us-east-1", key, token), sdkWithToken(s, "eu-west-1", key, token)
	return clients{
		viewer: acm.NewFromConfig(global), acm: acm.NewFromConfig(regional),
		v1: apigateway.NewFromConfig(regional), v2: apigatewayv2.NewFromConfig(regional),
		cf: cloudfront.NewFromConfig(global), r53: route53.NewFromConfig(global), sts: sts.NewFromConfig(regional),
	}
}

// A judged world has a key with policies, and one that may do everything.
type judged struct {
	s             *Sim
	key           Key
	limited, free clients
	zone, api     string
	refused       map[string]string // steps that were refused, to AWS's words

	viewerCert, cert, domainMapping, distribution, etag, change string
	config                                                      *cf.DistributionConfig
}

func newJudged(t *testing.T) *judged {
	t.Helper()
	s := New(Config{})
	w := &judged{s: s, key: s.AddAccount(ours, "deployer"), refused: map[string]string{}}
	w.limited, w.free = clientsOf(s, w.key, ""), clientsOf(s, s.AddAccount(ours, "admin"), "")
	w.zone = s.AddZone(ours, "example.com")
	w.api = s.AddAPI(ours, "eu-west-1", API{Name: "orders", Kind: "REST", Stages: []string{"prod"}})
	return w
}

// policy reads a policy of the field guide, its placeholders filled, without
// the statement of that ID.
func (w *judged) policy(t *testing.T, file, without string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	filled := strings.NewReplacer("ACCT", ours, "REGION", "eu-west-1", "/NAME", "/api.example.com", "hostedzone/ZONE", "hostedzone/"+w.zone, "INSTALL", "i1").Replace(string(b))
	var document struct {
		Version   string
		Statement []map[string]any
	}
	if err := json.Unmarshal([]byte(filled), &document); err != nil {
		t.Fatal(err)
	}
	document.Statement = slices.DeleteFunc(document.Statement, func(st map[string]any) bool { return st["Sid"] == without })
	out, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// step does something with the limited key. If that is refused it notes it and
// goes on with the other one.
func (w *judged) step(t *testing.T, name string, do func(context.Context, clients) error) {
	t.Helper()
	err := do(t.Context(), w.limited)
	if e, ok := errors.AsType[smithy.APIError](err); ok && strings.HasPrefix(e.ErrorCode(), "AccessDenied") {
		w.refused[name] = e.ErrorMessage()
		err = do(t.Context(), w.free)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// setUp is a whole set-up, as apifront does it.
func (w *judged) setUp(t *testing.T) {
	t.Helper()
	w.step(t, "GetCallerIdentity", func(ctx context.Context, c clients) error {
		_, err := c.sts.GetCallerIdentity(ctx, nil)
		return err
	})
	w.step(t, "GetRestApis", func(ctx context.Context, c clients) error {
		_, err := c.v1.GetRestApis(ctx, nil)
		return err
	})
	w.step(t, "GetStages", func(ctx context.Context, c clients) error {
		_, err := c.v1.GetStages(ctx, &apigateway.GetStagesInput{RestApiId: &w.api})
		return err
	})
	w.step(t, "GetApis", func(ctx context.Context, c clients) error {
		_, err := c.v2.GetApis(ctx, nil)
		return err
	})
	w.certificates(t)
	w.gateway(t)
	w.distribute(t)
	w.records(t)
}

func (w *judged) certificates(t *testing.T) {
	t.Helper()
	for _, one := range []struct {
		where  string
		client func(clients) *acm.Client
		arn    *string
	}{
		{"viewer", func(c clients) *acm.Client { return c.viewer }, &w.viewerCert},
		{"regional", func(c clients) *acm.Client { return c.acm }, &w.cert},
	} {
		w.step(t, "ListCertificates", func(ctx context.Context, c clients) error {
			_, err := one.client(c).ListCertificates(ctx, nil)
			return err
		})
		w.step(t, "RequestCertificate "+one.where, func(ctx context.Context, c clients) error {
			out, err := one.client(c).RequestCertificate(ctx, &acm.RequestCertificateInput{
				DomainName: aws.String("api.example.com"), ValidationMethod: acmtypes.ValidationMethodDns,
				Tags: []acmtypes.Tag{{Key: aws.String("apifront:install"), Value: aws.String("i1")}},
			})
			if err == nil {
				*one.arn = *out.CertificateArn
			}
			return err
		})
		var record *acmtypes.ResourceRecord
		w.step(t, "DescribeCertificate", func(ctx context.Context, c clients) error {
			out, err := one.client(c).DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: one.arn})
			if err == nil {
				record = out.Certificate.DomainValidationOptions[0].ResourceRecord
			}
			return err
		})
		w.write(t, "validation record", aChange("UPSERT", *record.Name, "CNAME", 300, *record.Value))
		w.step(t, "ListTagsForCertificate", func(ctx context.Context, c clients) error {
			_, err := one.client(c).ListTagsForCertificate(ctx, &acm.ListTagsForCertificateInput{CertificateArn: one.arn})
			return err
		})
	}
}

func (w *judged) write(t *testing.T, name string, changes ...r53.Change) {
	t.Helper()
	w.step(t, name, func(ctx context.Context, c clients) error {
		out, err := c.r53.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
			HostedZoneId: &w.zone, ChangeBatch: &r53.ChangeBatch{Changes: changes},
		})
		if err == nil {
			w.change = *out.ChangeInfo.Id
		}
		return err
	})
	w.step(t, "GetChange", func(ctx context.Context, c clients) error {
		_, err := c.r53.GetChange(ctx, &route53.GetChangeInput{Id: &w.change})
		return err
	})
}

func (w *judged) gateway(t *testing.T) {
	t.Helper()
	name := aws.String("api.example.com")
	tags := map[string]string{"apifront:install": "i1"}
	w.step(t, "GetDomainNames", func(ctx context.Context, c clients) error {
		_, err := c.v2.GetDomainNames(ctx, nil)
		return err
	})
	w.step(t, "CreateDomainName", func(ctx context.Context, c clients) error {
		_, err := c.v2.CreateDomainName(ctx, &apigatewayv2.CreateDomainNameInput{
			DomainName: name, Tags: tags,
			DomainNameConfigurations: []v2.DomainNameConfiguration{{CertificateArn: &w.cert, EndpointType: v2.EndpointTypeRegional, SecurityPolicy: v2.SecurityPolicyTls12}},
		})
		return err
	})
	w.step(t, "UpdateDomainName", func(ctx context.Context, c clients) error {
		other := w.s.AddCertificate(ours, "eu-west-1", Certificate{Names: []string{"*.example.com"}})
		_, err := c.v2.UpdateDomainName(ctx, &apigatewayv2.UpdateDomainNameInput{
			DomainName: name, DomainNameConfigurations: []v2.DomainNameConfiguration{{CertificateArn: &other, EndpointType: v2.EndpointTypeRegional, SecurityPolicy: v2.SecurityPolicyTls12}},
		})
		return err
	})
	arn := aws.String("arn:aws:apigateway:eu-west-1::/domainnames/api.example.com")
	w.step(t, "TagResource v1", func(ctx context.Context, c clients) error {
		_, err := c.v1.TagResource(ctx, &apigateway.TagResourceInput{ResourceArn: arn, Tags: tags})
		return err
	})
	w.step(t, "TagResource v2", func(ctx context.Context, c clients) error {
		_, err := c.v2.TagResource(ctx, &apigatewayv2.TagResourceInput{ResourceArn: arn, Tags: tags})
		return err
	})
	w.step(t, "GetTags", func(ctx context.Context, c clients) error {
		_, err := c.v2.GetTags(ctx, &apigatewayv2.GetTagsInput{ResourceArn: arn})
		return err
	})
	w.step(t, "CreateApiMapping", func(ctx context.Context, c clients) error {
		out, err := c.v2.CreateApiMapping(ctx, &apigatewayv2.CreateApiMappingInput{DomainName: name, ApiId: &w.api, Stage: aws.String("prod")})
		if err == nil {
			w.domainMapping = *out.ApiMappingId
		}
		return err
	})
	w.step(t, "UpdateApiMapping", func(ctx context.Context, c clients) error {
		_, err := c.v2.UpdateApiMapping(ctx, &apigatewayv2.UpdateApiMappingInput{DomainName: name, ApiId: &w.api, ApiMappingId: &w.domainMapping, Stage: aws.String("prod")})
		return err
	})
	w.step(t, "GetApiMappings", func(ctx context.Context, c clients) error {
		_, err := c.v2.GetApiMappings(ctx, &apigatewayv2.GetApiMappingsInput{DomainName: name})
		return err
	})
}

func (w *judged) distribute(t *testing.T) {
	t.Helper()
	recipe := (&cdn{cert: w.viewerCert}).recipe("api.example.com")
	tags := &cf.Tags{Items: []cf.Tag{{Key: aws.String("apifront:install"), Value: aws.String("i1")}}}
	w.step(t, "ListDistributions", func(ctx context.Context, c clients) error {
		_, err := c.cf.ListDistributions(ctx, nil)
		return err
	})
	var arn *string
	w.step(t, "CreateDistributionWithTags", func(ctx context.Context, c clients) error {
		out, err := c.cf.CreateDistributionWithTags(ctx, &cloudfront.CreateDistributionWithTagsInput{
			DistributionConfigWithTags: &cf.DistributionConfigWithTags{DistributionConfig: recipe, Tags: tags},
		})
		if err == nil {
			w.distribution, arn = *out.Distribution.Id, out.Distribution.ARN
		}
		return err
	})
	w.step(t, "TagResource", func(ctx context.Context, c clients) error {
		_, err := c.cf.TagResource(ctx, &cloudfront.TagResourceInput{Resource: arn, Tags: tags})
		return err
	})
	w.step(t, "ListTagsForResource", func(ctx context.Context, c clients) error {
		_, err := c.cf.ListTagsForResource(ctx, &cloudfront.ListTagsForResourceInput{Resource: arn})
		return err
	})
	w.step(t, "GetDistribution", func(ctx context.Context, c clients) error {
		_, err := c.cf.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: &w.distribution})
		return err
	})
	w.step(t, "GetDistributionConfig", func(ctx context.Context, c clients) error {
		out, err := c.cf.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: &w.distribution})
		if err == nil {
			w.etag, w.config = *out.ETag, out.DistributionConfig
		}
		return err
	})
	w.step(t, "ListConflictingAliases", func(ctx context.Context, c clients) error {
		_, err := c.cf.ListConflictingAliases(ctx, &cloudfront.ListConflictingAliasesInput{DistributionId: &w.distribution, Alias: aws.String("api.example.com")})
		return err
	})
	w.step(t, "ListDomainConflicts", func(ctx context.Context, c clients) error {
		_, err := c.cf.ListDomainConflicts(ctx, &cloudfront.ListDomainConflictsInput{
			Domain: aws.String("api.example.com"), DomainControlValidationResource: &cf.DistributionResourceId{DistributionId: &w.distribution},
		})
		return err
	})
	w.step(t, "UpdateDistribution", func(ctx context.Context, c clients) error {
		_, err := c.cf.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: &w.distribution, IfMatch: &w.etag, DistributionConfig: w.config})
		return err
	})
	w.step(t, "CreateInvalidation", func(ctx context.Context, c clients) error {
		_, err := c.cf.CreateInvalidation(ctx, &cloudfront.CreateInvalidationInput{DistributionId: &w.distribution, InvalidationBatch: &cf.InvalidationBatch{
			CallerReference: aws.String("a"), Paths: &cf.Paths{Quantity: aws.Int32(1), Items: []string{"/*"}},
		}})
		return err
	})
}

func (w *judged) records(t *testing.T) {
	t.Helper()
	w.step(t, "ListHostedZones", func(ctx context.Context, c clients) error {
		_, err := c.r53.ListHostedZones(ctx, nil)
		return err
	})
	w.step(t, "GetHostedZone", func(ctx context.Context, c clients) error {
		_, err := c.r53.GetHostedZone(ctx, &route53.GetHostedZoneInput{Id: &w.zone})
		return err
	})
	w.step(t, "ListResourceRecordSets", func(ctx context.Context, c clients) error {
		_, err := c.r53.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: &w.zone})
		return err
	})
	w.write(t, "alias records",
		anAlias("UPSERT", "API.example.com", "A", CloudFrontZone, "d1.cloudfront.net", false),
		anAlias("UPSERT", "api.example.com.", "AAAA", CloudFrontZone, "d1.cloudfront.net", false))
}

// TestGuidePolicyIsEnoughAndNotMore: with the field guide's policy a whole
// set-up passes; without any one of its statements, just what needs it is
// refused.
func TestGuidePolicyIsEnoughAndNotMore(t *testing.T) {
	t.Parallel()
	for without, want := range map[string][]string{
		"":                  {},
		"AcmRequest":        {"RequestCertificate regional", "RequestCertificate viewer"},
		"AcmTagNew":         {"RequestCertificate regional", "RequestCertificate viewer"},
		"AcmRead":           {"DescribeCertificate", "ListTagsForCertificate"},
		"AcmList":           {"ListCertificates"},
		"ApigwRead":         {"GetApiMappings", "GetApis", "GetDomainNames", "GetRestApis", "GetStages", "GetTags"},
		"ApigwCreateDomain": {"CreateDomainName"},
		"ApigwChangeDomain": {"UpdateDomainName"},
		"ApigwMap":          {"CreateApiMapping", "UpdateApiMapping"},
		"ApigwTag":          {"CreateDomainName", "TagResource v1", "TagResource v2"},
		"ApigwSlr":          {"CreateDomainName"},
		"CfCreate":          {"CreateDistributionWithTags"},
		"CfTag":             {"CreateDistributionWithTags", "TagResource"},
		"CfList":            {"ListDistributions"},
		"CfRead":            {"GetDistribution", "GetDistributionConfig", "ListConflictingAliases", "ListDomainConflicts", "ListTagsForResource"},
		"CfUpdateOwn":       {"CreateInvalidation", "UpdateDistribution"},
		"R53List":           {"ListHostedZones"},
		"R53Zone":           {"GetHostedZone", "ListResourceRecordSets"},
		"R53Change":         {"alias records", "validation record"},
		"R53Status":         {"GetChange"},
	} {
		t.Run(without, func(t *testing.T) {
			t.Parallel()
			w := newJudged(t)
			if err := w.s.SetPolicy(w.key.ID, w.policy(t, "policy_run.json", without)); err != nil {
				t.Fatal(err)
			}
			w.setUp(t)
			if d := cmp.Diff(want, append([]string{}, slices.Sorted(maps.Keys(w.refused))...)); d != "" {
				t.Errorf("refused (-want +got):\n%s\n%v", d, w.refused)
			}
		})
	}
}

// TestGuideTeardownPolicies: the policies to look and to tear down are enough
// together; looking alone changes nothing.
func TestGuideTeardownPolicies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		files []string
		want  []string
	}{
		{[]string{"policy_look.json"}, []string{"DeleteApiMapping", "DeleteCertificate", "DeleteDistribution", "DeleteDomainName", "GetChange", "UpdateDistribution", "delete records"}},
		{[]string{"policy_look.json", "policy_teardown.json"}, []string{}},
	} {
		w := newJudged(t)
		w.setUp(t)
		var documents []string
		for _, f := range c.files {
			documents = append(documents, w.policy(t, f, "-"))
		}
		if err := w.s.SetPolicy(w.key.ID, documents...); err != nil {
			t.Fatal(err)
		}
		w.tearDown(t)
		if d := cmp.Diff(c.want, append([]string{}, slices.Sorted(maps.Keys(w.refused))...)); d != "" {
			t.Errorf("%v: refused (-want +got):\n%s\n%v", c.files, d, w.refused)
		}
	}
}

func (w *judged) tearDown(t *testing.T) {
	t.Helper()
	w.write(t, "delete records",
		anAlias("DELETE", "api.example.com", "A", CloudFrontZone, "d1.cloudfront.net", false),
		anAlias("DELETE", "api.example.com.", "AAAA", CloudFrontZone, "d1.cloudfront.net", false))
	w.step(t, "GetDistributionConfig", func(ctx context.Context, c clients) error {
		out, err := c.cf.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: &w.distribution})
		if err == nil {
			w.etag, w.config = *out.ETag, out.DistributionConfig
		}
		return err
	})
	w.config.Enabled = aws.Bool(false)
	w.step(t, "UpdateDistribution", func(ctx context.Context, c clients) error {
		out, err := c.cf.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: &w.distribution, IfMatch: &w.etag, DistributionConfig: w.config})
		if err == nil {
			w.etag = *out.ETag
		}
		return err
	})
	w.step(t, "DeleteDistribution", func(ctx context.Context, c clients) error {
		_, err := c.cf.DeleteDistribution(ctx, &cloudfront.DeleteDistributionInput{Id: &w.distribution, IfMatch: &w.etag})
		return err
	})
	w.step(t, "GetDomainName", func(ctx context.Context, c clients) error {
		_, err := c.v2.GetDomainName(ctx, &apigatewayv2.GetDomainNameInput{DomainName: aws.String("api.example.com")})
		return err
	})
	w.step(t, "DeleteApiMapping", func(ctx context.Context, c clients) error {
		_, err := c.v2.DeleteApiMapping(ctx, &apigatewayv2.DeleteApiMappingInput{DomainName: aws.String("api.example.com"), ApiMappingId: &w.domainMapping})
		return err
	})
	w.step(t, "DeleteDomainName", func(ctx context.Context, c clients) error {
		_, err := c.v2.DeleteDomainName(ctx, &apigatewayv2.DeleteDomainNameInput{DomainName: aws.String("api.example.com")})
		return err
	})
	w.step(t, "DeleteCertificate", func(ctx context.Context, c clients) error {
		_, err := c.viewer.DeleteCertificate(ctx, &acm.DeleteCertificateInput{CertificateArn: &w.viewerCert})
		return err
	})
}
