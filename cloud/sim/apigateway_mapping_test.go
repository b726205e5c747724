package sim

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	v1 "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	v2 "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/smithy-go/document"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// ignoreNoSmithy leaves out the marker that the SDK's types embed.
func ignoreNoSmithy() cmp.Option { return cmpopts.IgnoreTypes(document.NoSerde{}) }

func (g *gateway) map1(t *testing.T, base, api, stage string) error {
	t.Helper()
	in := &apigateway.CreateBasePathMappingInput{DomainName: aws.String("api.example.com"), RestApiId: aws.String(api)}
	if base != "" {
		in.BasePath = aws.String(base)
	}
	if stage != "" {
		in.Stage = aws.String(stage)
	}
	_, err := g.v1.CreateBasePathMapping(t.Context(), in)
	return err
}

func (g *gateway) map2(t *testing.T, key, api, stage string) error {
	t.Helper()
	in := &apigatewayv2.CreateApiMappingInput{DomainName: aws.String("api.example.com"), ApiId: aws.String(api), Stage: aws.String(stage)}
	if key != "" {
		in.ApiMappingKey = aws.String(key)
	}
	_, err := g.v2.CreateApiMapping(t.Context(), in)
	return err
}

func TestMappingIsOneThingInBothVersions(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{})
	g.create(t, "api.example.com")
	if err := g.map1(t, "", g.rest, "prod"); err != nil {
		t.Fatal(err)
	}
	if err := g.map2(t, "v1/orders", g.http, "$default"); err != nil {
		t.Fatal(err)
	}
	two, err := g.v2.GetApiMappings(t.Context(), &apigatewayv2.GetApiMappingsInput{DomainName: aws.String("api.example.com")})
	if err != nil {
		t.Fatal(err)
	}
	want := []v2.ApiMapping{
		{ApiId: aws.String(g.rest), ApiMappingKey: aws.String(""), Stage: aws.String("prod")},
		{ApiId: aws.String(g.http), ApiMappingKey: aws.String("v1/orders"), Stage: aws.String("$default")},
	}
	if d := cmp.Diff(two.Items, want, ignoreNoSmithy(), cmpopts.IgnoreFields(v2.ApiMapping{}, "ApiMappingId")); d != "" {
		t.Error(d)
	}
	one, err := g.v1.GetBasePathMapping(t.Context(), &apigateway.GetBasePathMappingInput{DomainName: aws.String("api.example.com"), BasePath: aws.String("(none)")})
	if err != nil {
		t.Fatal(err)
	}
	if *one.BasePath != "(none)" || *one.RestApiId != g.rest || *one.Stage != "prod" {
		t.Errorf("got %s %s %s", *one.BasePath, *one.RestApiId, *one.Stage)
	}
	if _, err := g.v1.UpdateBasePathMapping(t.Context(), &apigateway.UpdateBasePathMappingInput{
		DomainName: aws.String("api.example.com"), BasePath: aws.String("(none)"), PatchOperations: replace("/basePath", "v2"),
	}); err != nil {
		t.Fatal(err)
	}
	got, err := g.v2.UpdateApiMapping(t.Context(), &apigatewayv2.UpdateApiMappingInput{
		DomainName: aws.String("api.example.com"), ApiMappingId: two.Items[0].ApiMappingId, ApiId: aws.String(g.rest), ApiMappingKey: aws.String("v3/x"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if *got.ApiMappingKey != "v3/x" || *got.Stage != "prod" {
		t.Errorf("got %s %s", *got.ApiMappingKey, *got.Stage)
	}
	if _, err := g.v2.DeleteApiMapping(t.Context(), &apigatewayv2.DeleteApiMappingInput{DomainName: aws.String("api.example.com"), ApiMappingId: got.ApiMappingId}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.v1.DeleteBasePathMapping(t.Context(), &apigateway.DeleteBasePathMappingInput{DomainName: aws.String("api.example.com"), BasePath: aws.String("v1/orders")}); err != nil {
		t.Fatal(err)
	}
	left, err := g.v1.GetBasePathMappings(t.Context(), &apigateway.GetBasePathMappingsInput{DomainName: aws.String("api.example.com")})
	if err != nil || len(left.Items) != 0 {
		t.Errorf("got %v %v", left, err)
	}
}

func TestV15Mapping(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{})
	g.create(t, "api.example.com")
	const badKey = "An ApiMapping key may contain only letters, numbers and one of $-_.+!*'()"
	for _, tc := range []struct{ key, api, stage, text string }{
		{"/", g.rest, "prod", badKey},
		{"/v1", g.rest, "prod", badKey},
		{"v1/", g.rest, "prod", badKey},
		{"v1//x", g.rest, "prod", badKey},
		{"a b", g.rest, "prod", badKey},
		{"ü", g.rest, "prod", badKey},
		{strings.Repeat("a", 301), g.rest, "prod", badKey},
		{"v1", "none", "prod", "Invalid API identifier specified"},
		{"v1", g.rest, "none", "Invalid stage identifier specified"},
		{"v1", g.inner, "prod", "private"},
	} {
		err := g.map2(t, tc.key, tc.api, tc.stage)
		wantCode(t, err, "BadRequestException")
		wantMessage(t, err, tc.text)
	}
	for _, tc := range []struct{ base, api, stage, text string }{
		{"v1/x", g.rest, "prod", "Base path may contain only"},
		{"v1", g.http, "prod", "Mixing of REST APIs and HTTP APIs"},
		{"v1", "abcdefgh12", "prod", "Invalid REST API identifier specified"},
		{"v1", g.rest, "none", "Invalid stage identifier specified"},
	} {
		err := g.map1(t, tc.base, tc.api, tc.stage)
		wantCode(t, err, "BadRequestException")
		wantMessage(t, err, tc.text)
	}
	if err := g.map2(t, "$-_.+!*'()", g.rest, "prod"); err != nil {
		t.Error(err)
	}
	if err := g.map1(t, "(none)", g.rest, "(none)"); err != nil { // the caller names the stage
		t.Error(err)
	}
	err := g.map2(t, "", g.rest, "prod")
	wantCode(t, err, "ConflictException")
	wantMessage(t, err, "ApiMapping key already exists for this domain name")
	err = g.map1(t, "", g.rest, "prod")
	wantCode(t, err, "ConflictException")
	wantMessage(t, err, "Base path already exists for this domain name")
	err = g.map2(t, "chat", g.socket, "prod")
	wantCode(t, err, "BadRequestException")
	wantMessage(t, err, "WebSocket")

	_, err = g.v2.CreateApiMapping(t.Context(), &apigatewayv2.CreateApiMappingInput{DomainName: aws.String("none.example.com"), ApiId: aws.String(g.rest), Stage: aws.String("prod")})
	wantCode(t, err, "NotFoundException")
	wantMessage(t, err, "Invalid domain name identifier specified")
	_, err = g.v1.DeleteRestApi(t.Context(), &apigateway.DeleteRestApiInput{RestApiId: aws.String(g.rest)})
	wantCode(t, err, "BadRequestException")
	wantMessage(t, err, "remove all API mappings")
	_, err = g.v1.DeleteStage(t.Context(), &apigateway.DeleteStageInput{RestApiId: aws.String(g.rest), StageName: aws.String("prod")})
	wantCode(t, err, "BadRequestException")
	wantMessage(t, err, "Please remove all base path mappings related to the stage in your domains: ")
	for _, want := range []string{"", "NotFoundException"} {
		if _, err = g.v2.DeleteStage(t.Context(), &apigatewayv2.DeleteStageInput{ApiId: aws.String(g.socket), StageName: aws.String("prod")}); want != "" {
			wantCode(t, err, want)
		} else if err != nil {
			t.Error(err)
		}
	}
}

func TestV15RoutingRulesAlone(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{})
	in := g.regional("api.example.com")
	in.RoutingMode = v1.RoutingModeRoutingRuleOnly
	if _, err := g.v1.CreateDomainName(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	wantCode(t, g.map2(t, "v1", g.rest, "prod"), "BadRequestException")
	wantCode(t, g.map1(t, "v1", g.rest, "prod"), "BadRequestException")
	rules, err := g.v2.ListRoutingRules(t.Context(), &apigatewayv2.ListRoutingRulesInput{DomainName: aws.String("api.example.com")})
	if err != nil || len(rules.RoutingRules) != 0 {
		t.Errorf("got %v %v", rules, err)
	}
	_, err = g.v2.CreateRoutingRule(t.Context(), &apigatewayv2.CreateRoutingRuleInput{
		DomainName: aws.String("api.example.com"), Priority: aws.Int32(1), Conditions: []v2.RoutingRuleCondition{},
		Actions: []v2.RoutingRuleAction{{InvokeApi: &v2.RoutingRuleActionInvokeApi{ApiId: aws.String(g.rest), Stage: aws.String("prod")}}},
	})
	wantCode(t, err, "NotModelled")
}

func TestMappingDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(Config{Pace: Pace{MappingDelay: 10 * time.Second}})
		g.create(t, "api.example.com")
		if err := g.map1(t, "v1", g.rest, "prod"); err != nil {
			t.Fatal(err)
		}
		now := func() *mapping {
			return g.s.region(ours, "eu-west-1").domains["api.example.com"].Mappings["v1"].at(time.Now())
		}
		if m := now(); m != nil {
			t.Errorf("answers at once: %+v", m)
		}
		time.Sleep(10 * time.Second)
		if m := now(); m == nil || m.Stage != "prod" {
			t.Fatalf("does not answer: %+v", m)
		}
		if _, err := g.v1.UpdateBasePathMapping(t.Context(), &apigateway.UpdateBasePathMappingInput{
			DomainName: aws.String("api.example.com"), BasePath: aws.String("v1"), PatchOperations: replace("/stage", "(none)"),
		}); err != nil {
			t.Fatal(err)
		}
		if m := now(); m == nil || m.Stage != "prod" {
			t.Errorf("changed at once: %+v", m)
		}
		time.Sleep(10 * time.Second)
		if m := now(); m == nil || m.Stage != "" {
			t.Errorf("not changed: %+v", m)
		}
	})
}

func TestAPIsAndStages(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{})
	rest, err := g.v1.GetRestApis(t.Context(), &apigateway.GetRestApisInput{Limit: aws.Int32(500)})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, a := range rest.Items {
		kinds = append(kinds, *a.Name+" "+string(a.EndpointConfiguration.Types[0]))
		if a.CreatedDate == nil || time.Since(*a.CreatedDate) > time.Minute {
			t.Errorf("created %v", a.CreatedDate)
		}
	}
	slices.Sort(kinds)
	if d := cmp.Diff(kinds, []string{"inner PRIVATE", "rest REGIONAL"}); d != "" {
		t.Error(d)
	}
	other, err := g.v2.GetApis(t.Context(), &apigatewayv2.GetApisInput{})
	if err != nil {
		t.Fatal(err)
	}
	kinds = nil
	for _, a := range other.Items {
		kinds = append(kinds, *a.Name+" "+string(a.ProtocolType))
		if a.CreatedDate == nil || time.Since(*a.CreatedDate) > time.Minute {
			t.Errorf("created %v", a.CreatedDate)
		}
	}
	slices.Sort(kinds)
	if d := cmp.Diff(kinds, []string{"http HTTP", "socket WEBSOCKET"}); d != "" {
		t.Error(d)
	}
	st1, err := g.v1.GetStages(t.Context(), &apigateway.GetStagesInput{RestApiId: aws.String(g.rest)})
	if err != nil || len(st1.Item) != 1 || *st1.Item[0].StageName != "prod" {
		t.Errorf("got %v %v", st1, err)
	}
	st2, err := g.v2.GetStages(t.Context(), &apigatewayv2.GetStagesInput{ApiId: aws.String(g.http)})
	if err != nil || len(st2.Items) != 2 || *st2.Items[0].StageName != "$default" {
		t.Errorf("got %v %v", st2, err)
	}
	_, err = g.v1.GetRestApi(t.Context(), &apigateway.GetRestApiInput{RestApiId: aws.String(g.http)})
	wantCode(t, err, "NotFoundException")
	up, err := g.v1.UpdateRestApi(t.Context(), &apigateway.UpdateRestApiInput{RestApiId: aws.String(g.rest), PatchOperations: replace("/disableExecuteApiEndpoint", "true")})
	if err != nil || !up.DisableExecuteApiEndpoint {
		t.Errorf("got %v %v", up, err)
	}
	_, err = g.v1.CreateRestApi(t.Context(), &apigateway.CreateRestApiInput{Name: aws.String("x")})
	wantCode(t, err, "NotModelled")
}

func TestGatewayTags(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{})
	made := g.create(t, "*.example.com")
	if _, err := g.v1.TagResource(t.Context(), &apigateway.TagResourceInput{ResourceArn: made.DomainNameArn, Tags: map[string]string{"a": "1"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.v2.TagResource(t.Context(), &apigatewayv2.TagResourceInput{ResourceArn: made.DomainNameArn, Tags: map[string]string{"b": "2"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.v1.UntagResource(t.Context(), &apigateway.UntagResourceInput{ResourceArn: made.DomainNameArn, TagKeys: []string{"a", "apifront:install"}}); err != nil {
		t.Fatal(err)
	}
	got, err := g.v2.GetTags(t.Context(), &apigatewayv2.GetTagsInput{ResourceArn: made.DomainNameArn})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(got.Tags, map[string]string{"b": "2"}); d != "" {
		t.Error(d)
	}
	_, err = g.v1.TagResource(t.Context(), &apigateway.TagResourceInput{ResourceArn: made.DomainNameArn, Tags: map[string]string{"aws:x": "1"}})
	wantCode(t, err, "BadRequestException")
	_, err = g.v1.GetTags(t.Context(), &apigateway.GetTagsInput{ResourceArn: aws.String("arn:aws:apigateway:eu-west-1::/domainnames/none.example.com")})
	wantCode(t, err, "NotFoundException")
}

// The root's key is empty, and a page ends with it all the same.
func TestV33MappingPages(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{PageSize: 1})
	g.create(t, "api.example.com")
	for _, key := range []string{"", "orders", "v2"} {
		if err := g.map2(t, key, g.rest, "prod"); err != nil {
			t.Fatal(err)
		}
	}
	var keys []string
	in := &apigatewayv2.GetApiMappingsInput{DomainName: aws.String("api.example.com")}
	for {
		page, err := g.v2.GetApiMappings(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Items {
			keys = append(keys, aws.ToString(m.ApiMappingKey))
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	if d := cmp.Diff([]string{"", "orders", "v2"}, keys); d != "" {
		t.Error(d)
	}
}
