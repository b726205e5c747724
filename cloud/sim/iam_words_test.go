package sim

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cf "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53 "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func (w *judged) allow(t *testing.T, st ...string) {
	t.Helper()
	if err := w.s.SetPolicy(w.key.ID, statements(st...)); err != nil {
		t.Fatal(err)
	}
}

// TestRefusalsInAWSWords: each service has its own code for what IAM refuses.
func TestRefusalsInAWSWords(t *testing.T) {
	t.Parallel()
	w := newJudged(t)
	role := w.s.AddRole(ours, "deployer", "")
	const user = "User: arn:aws:iam::111122223333:user/deployer is not authorized to perform: "
	calls := []struct {
		name, code, message string
		do                  func(context.Context, clients) error
	}{
		{"acm", "AccessDeniedException", "acm:RequestCertificate on resource: arn:aws:acm:eu-west-1:111122223333:certificate/*", func(ctx context.Context, c clients) error {
			_, err := askCertificate(ctx, c.acm, "api.example.com")
			return err
		}},
		{"acm list", "AccessDeniedException", "acm:ListCertificates", func(ctx context.Context, c clients) error {
			_, err := c.acm.ListCertificates(ctx, nil)
			return err
		}},
		{"v1", "AccessDeniedException", "apigateway:GET on resource: arn:aws:apigateway:eu-west-1::/restapis", func(ctx context.Context, c clients) error {
			_, err := c.v1.GetRestApis(ctx, nil)
			return err
		}},
		{"v2", "AccessDeniedException", "apigateway:GET on resource: arn:aws:apigateway:eu-west-1::/domainnames/*.example.com/apimappings", func(ctx context.Context, c clients) error {
			_, err := c.v2.GetApiMappings(ctx, &apigatewayv2.GetApiMappingsInput{DomainName: aws.String("*.example.com")})
			return err
		}},
		{"tags", "AccessDeniedException", "apigateway:GET on resource: arn:aws:apigateway:eu-west-1::/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fdomainnames%2Fa.example", func(ctx context.Context, c clients) error {
			_, err := c.v1.GetTags(ctx, &apigateway.GetTagsInput{ResourceArn: aws.String("arn:aws:apigateway:eu-west-1::/domainnames/a.example")})
			return err
		}},
		{"cloudfront", "AccessDenied", "cloudfront:GetCachePolicy on resource: arn:aws:cloudfront::111122223333:cache-policy/x", func(ctx context.Context, c clients) error {
			_, err := c.cf.GetCachePolicy(ctx, &cloudfront.GetCachePolicyInput{Id: aws.String("x")})
			return err
		}},
		{"cloudfront list", "AccessDenied", "cloudfront:ListDistributions", func(ctx context.Context, c clients) error {
			_, err := c.cf.ListDistributions(ctx, nil)
			return err
		}},
		{"route53", "AccessDenied", "route53:GetHostedZone on resource: arn:aws:route53:::hostedzone/Z1", func(ctx context.Context, c clients) error {
			_, err := c.r53.GetHostedZone(ctx, &route53.GetHostedZoneInput{Id: aws.String("/hostedzone/Z1")})
			return err
		}},
		{"sts", "AccessDenied", "sts:AssumeRole on resource: " + role, func(ctx context.Context, c clients) error {
			_, err := c.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("s1")})
			return err
		}},
	}
	for _, c := range calls {
		action, _, _ := strings.Cut(c.message, " ")
		for policy, why := range map[string]string{
			statements(`{"Effect":"Allow","Action":"nothing:*","Resource":"*"}`):           " because no identity-based policy allows the " + action + " action",
			statements(allowAll, `{"Effect":"Deny","Action":"`+action+`","Resource":"*"}`): " with an explicit deny in an identity-based policy",
		} {
			if err := w.s.SetPolicy(w.key.ID, policy); err != nil {
				t.Fatal(err)
			}
			err := c.do(t.Context(), w.limited)
			wantCode(t, err, c.code)
			wantMessage(t, err, user+c.message+why)
		}
	}
	// Whatever is denied, a key may know who it is.
	if _, err := w.limited.sts.GetCallerIdentity(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if err := w.s.ClearPolicy(w.key.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.limited.v1.GetRestApis(t.Context(), nil); err != nil {
		t.Errorf("without policies: %v", err)
	}
}

// TestRequestsAreJudgedByWhatTheySay: the condition keys that calls carry.
func TestRequestsAreJudgedByWhatTheySay(t *testing.T) {
	t.Parallel()
	w := newJudged(t)
	if err := w.s.SetPolicy(w.key.ID, w.policy(t, "policy_run.json", "-")); err != nil {
		t.Fatal(err)
	}
	request := func(method acmtypes.ValidationMethod, tag string, names ...string) error {
		in := &acm.RequestCertificateInput{DomainName: &names[0], SubjectAlternativeNames: names[1:], ValidationMethod: method}
		if tag != "" {
			in.Tags = []acmtypes.Tag{{Key: aws.String("apifront:install"), Value: &tag}}
		}
		_, err := w.limited.acm.RequestCertificate(t.Context(), in)
		return err
	}
	records := func(kind r53.RRType, name string) error {
		_, err := changeRecords(t, w.limited.r53, w.zone, aChange("UPSERT", name, kind, 60, map[r53.RRType]string{"A": "192.0.2.1", "TXT": `"a"`}[kind]))
		return err
	}
	distribute := func(tag string) error {
		_, err := w.limited.cf.CreateDistributionWithTags(t.Context(), &cloudfront.CreateDistributionWithTagsInput{
			DistributionConfigWithTags: &cf.DistributionConfigWithTags{
				DistributionConfig: (&cdn{}).recipe(), Tags: &cf.Tags{Items: []cf.Tag{{Key: aws.String("apifront:install"), Value: &tag}}},
			},
		})
		return err
	}
	for name, c := range map[string]struct {
		err    error
		action string // "": allowed, or refused by another than IAM
	}{
		"as planned":           {request("DNS", "i1", "api.example.com", "*.example.com"), ""},
		"by mail":              {request("EMAIL", "i1", "api.example.com"), "acm:RequestCertificate"},
		"no method":            {request("", "i1", "api.example.com"), "acm:RequestCertificate"},
		"another installation": {request("DNS", "i2", "api.example.com"), "acm:RequestCertificate"},
		"no tag":               {request("DNS", "", "api.example.com"), "acm:RequestCertificate"},
		"another name":         {request("DNS", "i1", "api.example.com", "www.example.com"), "acm:RequestCertificate"},
		"record":               {records("A", "API.example.com."), ""},
		"another record":       {records("A", "www.example.com"), "route53:ChangeResourceRecordSets"},
		"wildcard record":      {records("A", "*.example.com"), "route53:ChangeResourceRecordSets"},
		"another type":         {records("TXT", "api.example.com"), "route53:ChangeResourceRecordSets"},
		"foreign distribution": {distribute("i2"), "cloudfront:CreateDistribution"},
	} {
		if c.action == "" {
			if c.err != nil {
				t.Errorf("%s: %v", name, c.err)
			}
			continue
		}
		if c.err == nil || !strings.Contains(c.err.Error(), "not authorized to perform: "+c.action) {
			t.Errorf("%s: got %v, want %s refused", name, c.err, c.action)
		}
	}
	// A wildcard is \052 to IAM.
	w.allow(t, `{"Effect":"Allow","Action":"route53:*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"route53:ChangeResourceRecordSetsNormalizedRecordNames":["\\052.example.com"]}}}`)
	if err := records("A", "*.Example.com"); err != nil {
		t.Error(err)
	}
}

// TestResourceTagsAreThoseOfTheResource: only what the installation made may
// be changed.
func TestResourceTagsAreThoseOfTheResource(t *testing.T) {
	t.Parallel()
	w := newJudged(t)
	made := cdnOf(w.s, ours)
	mine, _ := made.create(t, made.recipe()) // tagged i1
	const own = `"Condition":{"StringEquals":{"aws:ResourceTag/apifront:install":"%"}}}`
	for install, refused := range map[string]bool{"i1": false, "i2": true} {
		w.allow(t, `{"Effect":"Allow","Action":["cloudfront:GetDistribution","acm:DeleteCertificate","apigateway:*"],"Resource":"*",`+strings.Replace(own, "%", install, 1))
		_, err := w.limited.cf.GetDistribution(t.Context(), &cloudfront.GetDistributionInput{Id: mine.Id})
		if got := err != nil; got != refused {
			t.Errorf("distribution of i1 by %s: %v", install, err)
		}
	}
	g := w.taggedDomain(t)
	for install, code := range map[string]string{"i1": "none", "i2": "AccessDeniedException"} {
		w.allow(t, `{"Effect":"Allow","Action":"apigateway:*","Resource":"*",`+strings.Replace(own, "%", install, 1))
		_, err := w.limited.v2.GetApiMappings(t.Context(), &apigatewayv2.GetApiMappingsInput{DomainName: &g})
		wantCode(t, err, code) // mappings have the tags of their domain
		_, err = w.limited.v2.GetTags(t.Context(), &apigatewayv2.GetTagsInput{ResourceArn: aws.String("arn:aws:apigateway:eu-west-1::/domainnames/" + g)})
		wantCode(t, err, code)
	}
	arn := w.s.AddCertificate(ours, "us-east-1", Certificate{Names: []string{"a.example"}})
	w.allow(t, `{"Effect":"Allow","Action":"acm:*","Resource":"*",`+strings.Replace(own, "%", "i1", 1))
	_, err := w.limited.viewer.DeleteCertificate(t.Context(), &acm.DeleteCertificateInput{CertificateArn: &arn})
	wantCode(t, err, "AccessDeniedException")
	if _, err := w.free.viewer.AddTagsToCertificate(t.Context(), &acm.AddTagsToCertificateInput{CertificateArn: &arn, Tags: []acmtypes.Tag{{Key: aws.String("apifront:install"), Value: aws.String("i1")}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.limited.viewer.DeleteCertificate(t.Context(), &acm.DeleteCertificateInput{CertificateArn: &arn}); err != nil {
		t.Error(err)
	}
}

// taggedDomain makes a domain name tagged i1.
func (w *judged) taggedDomain(t *testing.T) string {
	t.Helper()
	const name = "tagged.example.com"
	g := &gateway{cert: w.s.AddCertificate(ours, "eu-west-1", Certificate{Names: []string{name}})}
	if _, err := w.free.v1.CreateDomainName(t.Context(), g.regional(name)); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestServiceLinkedRole: the first regional domain name of an account makes
// the role of API Gateway; the second needs no permission for it.
func TestServiceLinkedRole(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{})
	limited := g.s.AddAccount(ours, "limited")
	if err := g.s.SetPolicy(limited.ID, statements(`{"Effect":"Allow","Action":"apigateway:*","Resource":"*"}`)); err != nil {
		t.Fatal(err)
	}
	c := clientsOf(g.s, limited, "")
	_, err := c.v1.CreateDomainName(t.Context(), g.regional("a.example.com"))
	wantCode(t, err, "AccessDeniedException")
	wantMessage(t, err, "Caller does not have permissions to create a Service Linked Role.")
	g.create(t, "b.example.com")
	if _, err := c.v1.CreateDomainName(t.Context(), g.regional("a.example.com")); err != nil {
		t.Error(err)
	}
}

// TestRoleSessionsCarryTheRolesPolicy, limited further by what the session
// was made with.
func TestRoleSessionsCarryTheRolesPolicy(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	key := s.AddAccount(ours, "u")
	role := s.AddRole(theirs, "deployer", "x")
	if err := s.SetPolicy(role, statements(`{"Effect":"Allow","Action":["acm:List*","route53:List*"],"Resource":"*"}`)); err != nil {
		t.Fatal(err)
	}
	assume := func(policy *string) (clients, error) {
		out, err := clientsOf(s, key, "").sts.AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleArn: &role, RoleSessionName: aws.String("apifront-ada-7"), ExternalId: aws.String("x"), Policy: policy,
		})
		if err != nil {
			return clients{}, err
		}
		c := out.Credentials
		return clientsOf(s, Key{ID: *c.AccessKeyId, Secret: *c.SecretAccessKey}, *c.SessionToken), nil
	}
	list := func(c clients) error {
		_, err := c.r53.ListHostedZones(t.Context(), nil)
		return err
	}
	whole, err := assume(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := list(whole); err != nil {
		t.Error(err)
	}
	_, err = whole.v1.GetRestApis(t.Context(), nil)
	wantCode(t, err, "AccessDeniedException")
	wantMessage(t, err, "User: arn:aws:sts::444455556666:assumed-role/deployer/apifront-ada-7 is not")
	less, err := assume(aws.String(statements(`{"Effect":"Allow","Action":"acm:*","Resource":"*"}`)))
	if err != nil {
		t.Fatal(err)
	}
	wantMessage(t, list(less), "because no session policy allows the route53:ListHostedZones action")
	if _, err := less.acm.ListCertificates(t.Context(), nil); err != nil {
		t.Error(err)
	}
	_, err = assume(aws.String(`{"Version":"2012-10-17"}`))
	wantCode(t, err, "MalformedPolicyDocument")

	// The caller needs the permission, and the role's trust.
	const condition = `"Condition":{"StringEquals":{"sts:ExternalId":"%","sts:RoleSessionName":"apifront-ada-7"}}}`
	for external, code := range map[string]string{"x": "none", "y": "AccessDenied"} {
		if err := s.SetPolicy(key.ID, statements(`{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"`+role+`",`+strings.Replace(condition, "%", external, 1))); err != nil {
			t.Fatal(err)
		}
		_, err = assume(nil)
		wantCode(t, err, code)
	}
	if err := s.ClearPolicy(key.ID); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		trusts []string
		code   string
	}{
		{nil, "AccessDenied"},
		{[]string{theirs}, "AccessDenied"},
		{[]string{ours}, "none"},
		{[]string{key.Principal}, "none"},
	} {
		s.SetTrust(role, c.trusts...)
		_, err = assume(nil)
		wantCode(t, err, c.code)
	}
}

// TestPolicyOverTheNetwork gives a policy by POST /_sim/policy.
func TestPolicyOverTheNetwork(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	key := s.AddAccount(ours, "u")
	c := clientsOf(s, key, "")
	role := s.AddRole(ours, "r", "")
	for _, step := range []struct {
		body   string
		status int
		code   string // of ListCertificates afterwards
	}{
		{`{"principal":"` + key.ID + `","policy":` + statements(denyDelete) + `}`, http.StatusOK, "AccessDeniedException"},
		{`{"principal":"` + key.ID + `","policy":[` + statements(allowAll) + `,` + statements(denyDelete) + `]}`, http.StatusOK, "none"},
		{`{"principal":"` + key.ID + `","policy":[]}`, http.StatusOK, "AccessDeniedException"},
		{`{"principal":"` + key.ID + `","policy":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}}}`, http.StatusBadRequest, "AccessDeniedException"},
		{`{"principal":"AKIANOBODY","policy":null}`, http.StatusBadRequest, "AccessDeniedException"},
		{`{"principal":"` + key.ID + `"}`, http.StatusBadRequest, "AccessDeniedException"},
		{`{"key":"` + key.ID + `","policy":null}`, http.StatusBadRequest, "AccessDeniedException"},
		{`{"principal":"` + role + `","policy":` + statements(allowAll) + `}`, http.StatusOK, "AccessDeniedException"},
		{`{"principal":"` + key.ID + `","policy":null}`, http.StatusOK, "none"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://sim/_sim/policy", strings.NewReader(step.body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != step.status {
			t.Errorf("%.80s: got %d, want %d", step.body, resp.StatusCode, step.status)
		}
		_, err = c.acm.ListCertificates(t.Context(), nil)
		wantCode(t, err, step.code)
	}
}
