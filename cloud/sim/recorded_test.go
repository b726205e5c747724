package sim

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	v1 "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	v2 "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// A recordedWorld is an account whose every answer is held against the record.
type recordedWorld struct {
	*cdn
	judge   *judge
	acm     *acm.Client
	one     *apigateway.Client
	two     *apigatewayv2.Client
	dns     *route53.Client
	iam     *iam.Client
	sts     *sts.Client
	zone    string
	rest    string
	http    string
	edgeAPI string
}

func newRecordedWorld(t *testing.T, cfg Config) *recordedWorld {
	t.Helper()
	w := &recordedWorld{cdn: newCDN(cfg), judge: newJudge(t)}
	c := w.judge.watches(sdk(w.s, "us-east-1", w.key))
	w.acm, w.c, w.dns = acm.NewFromConfig(c), cloudfront.NewFromConfig(c), route53.NewFromConfig(c)
	w.one, w.two, w.iam, w.sts = apigateway.NewFromConfig(c), apigatewayv2.NewFromConfig(c), iam.NewFromConfig(c), sts.NewFromConfig(c)
	w.zone = w.s.AddZone(ours, "example.com")
	w.rest = w.s.AddAPI(ours, "us-east-1", API{Name: "rest", Kind: "REST", Stages: []string{"prod"}})
	w.edgeAPI = w.s.AddAPI(ours, "us-east-1", API{Name: "edge", Kind: "REST", Endpoint: "EDGE", Stages: []string{"prod"}})
	w.http = w.s.AddAPI(ours, "us-east-1", API{Name: "http", Kind: "HTTP", Stages: []string{"$default"}})
	w.s.AddAPI(ours, "us-east-1", API{Name: "socket", Kind: "WEBSOCKET", Stages: []string{"prod"}})
	return w
}

// got is an answer that must come.
func got[T any](t *testing.T) func(*T, error) *T {
	return func(out *T, err error) *T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func (w *recordedWorld) change(action r53types.ChangeAction, name string, kind r53types.RRType, values ...string) r53types.Change {
	set := &r53types.ResourceRecordSet{Name: aws.String(name), Type: kind, TTL: aws.Int64(300)}
	for _, v := range values {
		set.ResourceRecords = append(set.ResourceRecords, r53types.ResourceRecord{Value: aws.String(v)})
	}
	if len(values) == 0 {
		set.TTL = nil
	}
	return r53types.Change{Action: action, ResourceRecordSet: set}
}

func (w *recordedWorld) changes(t *testing.T, all ...r53types.Change) (*route53.ChangeResourceRecordSetsOutput, error) {
	t.Helper()
	return w.dns.ChangeResourceRecordSets(t.Context(), &route53.ChangeResourceRecordSetsInput{HostedZoneId: &w.zone, ChangeBatch: &r53types.ChangeBatch{Changes: all}})
}

// A difference between the simulator's answers and those of real AWS is a
// fault of the simulator, whatever its own tests say.
func TestAnswersAreAsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The account's new certificates wait for their record, and changes take a while.
		w := newRecordedWorld(t, Config{Pace: Pace{Deploy: time.Minute, Invalidate: time.Minute, Insync: time.Minute}})
		ctx := t.Context()
		certificate := w.judgeCertificates(t)
		w.judgeGateway(t, certificate)
		w.judgeCloudFront(t)
		got[sts.GetCallerIdentityOutput](t)(w.sts.GetCallerIdentity(ctx, nil))
		role := w.s.AddRole(ours, "deployer", "id")
		got[sts.AssumeRoleOutput](t)(w.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("session"), ExternalId: aws.String("id")}))
		got[iam.GetRoleOutput](t)(w.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("deployer")}))
		got[iam.GetUserOutput](t)(w.iam.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("u")}))
		got[iam.SimulatePrincipalPolicyOutput](t)(w.iam.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{
			PolicySourceArn: aws.String("arn:aws:iam::" + ours + ":user/u"), ActionNames: []string{"acm:ListCertificates"},
		}))
		got[route53.ListHostedZonesOutput](t)(w.dns.ListHostedZones(ctx, nil))
		got[route53.GetHostedZoneOutput](t)(w.dns.GetHostedZone(ctx, &route53.GetHostedZoneInput{Id: &w.zone}))
		got[route53.ListResourceRecordSetsOutput](t)(w.dns.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: &w.zone}))
		got[route53.ListTagsForResourceOutput](t)(w.dns.ListTagsForResource(ctx, &route53.ListTagsForResourceInput{ResourceId: &w.zone, ResourceType: "hostedzone"}))
		made := got[route53.CreateHostedZoneOutput](t)(w.dns.CreateHostedZone(ctx, &route53.CreateHostedZoneInput{Name: aws.String("example.net"), CallerReference: aws.String("r")}))
		got[route53.DeleteHostedZoneOutput](t)(w.dns.DeleteHostedZone(ctx, &route53.DeleteHostedZoneInput{Id: made.HostedZone.Id}))
		w.judgeRefusals(t, certificate)
		w.judge.close(map[string]string{
			"resourcegroupstaggingapi.GetResources":         "apifront does not use it, so its SDK is not there",
			"acm.ImportCertificate":                         "not modelled",
			"apigateway.GetAccount: ":                       "of accounts without API Gateway; permissions and pace have tests of their own",
			"apigateway.CreateDomainName: one call in 30 s": "see V13",
			"apigateway.UpdateDomainName: one call in 30 s": "see V13",
			"acm.RequestCertificate: no permission":         "see the tests of IAM",
			"apigateway.UpdateRestApi: bad patch":           "only the name and the default endpoint can be changed here",
			"apigatewayv2.CreateApiMapping: domain made":    "a fault of AWS",
			"apigatewayv2.GetDomainName: region without":    "a fault to order",
			"cloudfront.CreateDistribution: DNS of":         "see V21",
			"cloudfront.CreateDistribution: account not":    "see V24",
			"cloudfront.UpdateDistribution: feature":        "features of pricing plans are not modelled",
		})
	})
}

// judgeCertificates makes one certificate, before and after it is issued.
func (w *recordedWorld) judgeCertificates(t *testing.T) string {
	t.Helper()
	ctx := t.Context()
	arn := got[acm.RequestCertificateOutput](t)(w.acm.RequestCertificate(ctx, &acm.RequestCertificateInput{
		DomainName: aws.String("judge.example.com"), ValidationMethod: acmtypes.ValidationMethodDns, KeyAlgorithm: acmtypes.KeyAlgorithmEcPrime256v1,
	})).CertificateArn
	in := &acm.DescribeCertificateInput{CertificateArn: arn}
	d := got[acm.DescribeCertificateOutput](t)(w.acm.DescribeCertificate(ctx, in))
	all := &acm.ListCertificatesInput{Includes: &acmtypes.Filters{KeyTypes: acmtypes.KeyAlgorithm("").Values()}}
	got[acm.ListCertificatesOutput](t)(w.acm.ListCertificates(ctx, all))
	record := d.Certificate.DomainValidationOptions[0].ResourceRecord
	got[route53.ChangeResourceRecordSetsOutput](t)(w.changes(t, w.change("UPSERT", *record.Name, r53types.RRTypeCname, *record.Value)))
	for d.Certificate.Status != acmtypes.CertificateStatusIssued {
		time.Sleep(time.Minute)
		d = got[acm.DescribeCertificateOutput](t)(w.acm.DescribeCertificate(ctx, in))
	}
	got[acm.ListCertificatesOutput](t)(w.acm.ListCertificates(ctx, all))
	return *arn
}

// judgeGateway makes a custom domain with mappings, over both versions.
func (w *recordedWorld) judgeGateway(t *testing.T, certificate string) {
	t.Helper()
	ctx := t.Context()
	name := aws.String("judge.example.com")
	regional := &v1.EndpointConfiguration{Types: []v1.EndpointType{v1.EndpointTypeRegional}}
	got[apigateway.CreateDomainNameOutput](t)(w.one.CreateDomainName(ctx, &apigateway.CreateDomainNameInput{DomainName: name, RegionalCertificateArn: &certificate, EndpointConfiguration: regional}))
	got[apigateway.GetDomainNameOutput](t)(w.one.GetDomainName(ctx, &apigateway.GetDomainNameInput{DomainName: name}))
	got[apigateway.GetDomainNamesOutput](t)(w.one.GetDomainNames(ctx, nil))
	got[apigateway.UpdateDomainNameOutput](t)(w.one.UpdateDomainName(ctx, &apigateway.UpdateDomainNameInput{DomainName: name, PatchOperations: replace("/securityPolicy", "TLS_1_2")}))
	got[apigatewayv2.GetDomainNameOutput](t)(w.two.GetDomainName(ctx, &apigatewayv2.GetDomainNameInput{DomainName: name}))
	got[apigatewayv2.GetDomainNamesOutput](t)(w.two.GetDomainNames(ctx, nil))
	two := []v2.DomainNameConfiguration{{CertificateArn: &w.cert, EndpointType: v2.EndpointTypeRegional, SecurityPolicy: v2.SecurityPolicyTls12}}
	got[apigatewayv2.CreateDomainNameOutput](t)(w.two.CreateDomainName(ctx, &apigatewayv2.CreateDomainNameInput{DomainName: aws.String("two.example.com"), DomainNameConfigurations: two}))
	got[apigatewayv2.UpdateDomainNameOutput](t)(w.two.UpdateDomainName(ctx, &apigatewayv2.UpdateDomainNameInput{DomainName: aws.String("two.example.com"), DomainNameConfigurations: two}))
	got[apigatewayv2.CreateApiMappingOutput](t)(w.two.CreateApiMapping(ctx, &apigatewayv2.CreateApiMappingInput{DomainName: name, ApiId: &w.rest, Stage: aws.String("prod"), ApiMappingKey: aws.String("a/b")}))
	got[apigatewayv2.GetApiMappingsOutput](t)(w.two.GetApiMappings(ctx, &apigatewayv2.GetApiMappingsInput{DomainName: name}))
	got[apigateway.GetRestApisOutput](t)(w.one.GetRestApis(ctx, nil))
	for _, id := range []*string{&w.rest, &w.edgeAPI} {
		got[apigateway.GetRestApiOutput](t)(w.one.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: id}))
	}
	got[apigateway.UpdateRestApiOutput](t)(w.one.UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: &w.rest, PatchOperations: replace("/name", "n")}))
	got[apigateway.GetStagesOutput](t)(w.one.GetStages(ctx, &apigateway.GetStagesInput{RestApiId: &w.rest}))
	got[apigateway.GetStageOutput](t)(w.one.GetStage(ctx, &apigateway.GetStageInput{RestApiId: &w.rest, StageName: aws.String("prod")}))
	got[apigateway.GetAccountOutput](t)(w.one.GetAccount(ctx, nil))
	arn := aws.String("arn:aws:apigateway:us-east-1::/domainnames/judge.example.com")
	got[apigateway.GetTagsOutput](t)(w.one.GetTags(ctx, &apigateway.GetTagsInput{ResourceArn: arn}))
	got[apigatewayv2.GetTagsOutput](t)(w.two.GetTags(ctx, &apigatewayv2.GetTagsInput{ResourceArn: arn}))
	got[apigatewayv2.GetApisOutput](t)(w.two.GetApis(ctx, nil))
	got[apigatewayv2.GetApiOutput](t)(w.two.GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: &w.http}))
	got[apigatewayv2.UpdateApiOutput](t)(w.two.UpdateApi(ctx, &apigatewayv2.UpdateApiInput{ApiId: &w.http, Name: aws.String("n")}))
	got[apigatewayv2.GetStagesOutput](t)(w.two.GetStages(ctx, &apigatewayv2.GetStagesInput{ApiId: &w.http}))
}

// judgeCloudFront makes distributions, changes one and clears its cache.
func (w *recordedWorld) judgeCloudFront(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	d, _ := w.create(t, w.recipe("cdn.example.com"))
	more := w.recipe("more.example.com")
	more.HttpVersion = cftypes.HttpVersionHttp2
	got[cloudfront.CreateDistributionOutput](t)(w.c.CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: more}))
	w.get(t, *d.Id)
	if _, err := w.update(t, *d.Id, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("new") }); err != nil {
		t.Fatal(err)
	}
	got[cloudfront.ListDistributionsOutput](t)(w.c.ListDistributions(ctx, &cloudfront.ListDistributionsInput{}))
	got[cloudfront.ListTagsForResourceOutput](t)(w.c.ListTagsForResource(ctx, &cloudfront.ListTagsForResourceInput{Resource: d.ARN}))
	i := got[cloudfront.CreateInvalidationOutput](t)(w.c.CreateInvalidation(ctx, &cloudfront.CreateInvalidationInput{DistributionId: d.Id, InvalidationBatch: &cftypes.InvalidationBatch{
		CallerReference: aws.String("r"), Paths: &cftypes.Paths{Quantity: aws.Int32(1), Items: []string{"/*"}},
	}}))
	got[cloudfront.ListDomainConflictsOutput](t)(w.c.ListDomainConflicts(ctx, &cloudfront.ListDomainConflictsInput{
		Domain: aws.String("more.example.com"), DomainControlValidationResource: &cftypes.DistributionResourceId{DistributionId: d.Id},
	}))
	for range 2 { // in progress, and done
		w.get(t, *d.Id)
		got[cloudfront.ListDistributionsOutput](t)(w.c.ListDistributions(ctx, &cloudfront.ListDistributionsInput{}))
		got[cloudfront.GetInvalidationOutput](t)(w.c.GetInvalidation(ctx, &cloudfront.GetInvalidationInput{DistributionId: d.Id, Id: i.Invalidation.Id}))
		got[cloudfront.ListInvalidationsOutput](t)(w.c.ListInvalidations(ctx, &cloudfront.ListInvalidationsInput{DistributionId: d.Id}))
		time.Sleep(2 * time.Minute)
	}
}
