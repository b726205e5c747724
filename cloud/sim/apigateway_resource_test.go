package sim

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	v1 "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	v2 "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/google/go-cmp/cmp"
)

// What a method asks of callers is read as AWS shows it, and what is changed
// there is what callers meet.
func TestMethodsOfAPIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.cfg.PageSize = 2
		cfg := sdk(w.Sim, testRegion, w.AddAccount(testAccount, "admin"))
		one, two := apigateway.NewFromConfig(cfg), apigatewayv2.NewFromConfig(cfg)
		id := w.AddAPI(testAccount, testRegion, guarded("REST"))
		w.domain.Mappings = map[string]*mapping{"": {ID: "m9", API: id, Stage: "prod"}}

		methods := map[string]string{}
		var open, root string
		pages := apigateway.NewGetResourcesPaginator(one, &apigateway.GetResourcesInput{RestApiId: &id, Embed: []string{"methods"}})
		for pages.HasMorePages() {
			page := got[apigateway.GetResourcesOutput](t)(pages.NextPage(t.Context()))
			for _, r := range page.Items {
				if *r.Path == "/open" {
					open = *r.Id
				}
				if *r.Path == "/" {
					root = *r.Id
				}
				for verb, m := range r.ResourceMethods {
					methods[verb+" "+*r.Path] = *m.AuthorizationType + map[bool]string{true: " key"}[aws.ToBool(m.ApiKeyRequired)]
				}
			}
		}
		if d := cmp.Diff(map[string]string{
			"GET /open": "NONE", "GET /iam": "AWS_IAM", "GET /custom": "CUSTOM", "ANY /things/{id}": "NONE", "POST /things/new": "NONE",
			"GET /deep/{rest+}": "NONE", "GET /key": "NONE key", "GET /pool": "COGNITO_USER_POOLS",
		}, methods); d != "" {
			t.Errorf("GetResources (-want +got):\n%s", d)
		}
		if of := got[apigateway.GetRestApiOutput](t)(one.GetRestApi(t.Context(), &apigateway.GetRestApiInput{RestApiId: &id})); root == "" || *of.RootResourceId != root {
			t.Errorf("the root resource is %s, GetRestApi says %s", root, *of.RootResourceId)
		}

		get := func() int {
			return w.visit(t, testTarget+":443", ask(t, "GET", "https://"+testName+"/open"), "").Status
		}
		before := got[apigateway.GetMethodOutput](t)(one.GetMethod(t.Context(), &apigateway.GetMethodInput{RestApiId: &id, ResourceId: &open, HttpMethod: aws.String("GET")}))
		if aws.ToBool(before.ApiKeyRequired) || aws.ToString(before.AuthorizationType) != "NONE" || before.MethodIntegration.TimeoutInMillis != 29000 || get() != 200 {
			t.Errorf("GetMethod: %+v", before)
		}
		got[apigateway.UpdateMethodOutput](t)(one.UpdateMethod(t.Context(), &apigateway.UpdateMethodInput{
			RestApiId: &id, ResourceId: &open, HttpMethod: aws.String("GET"),
			PatchOperations: []v1.PatchOperation{{Op: v1.OpReplace, Path: aws.String("/apiKeyRequired"), Value: aws.String("true")}},
		}))
		after := got[apigateway.GetMethodOutput](t)(one.GetMethod(t.Context(), &apigateway.GetMethodInput{RestApiId: &id, ResourceId: &open, HttpMethod: aws.String("GET")}))
		if !aws.ToBool(after.ApiKeyRequired) || get() != 403 {
			t.Errorf("after UpdateMethod: %+v, and a caller gets %d", after, get())
		}
		_, err := one.GetMethod(t.Context(), &apigateway.GetMethodInput{RestApiId: &id, ResourceId: &open, HttpMethod: aws.String("PUT")})
		wantCode(t, err, "NotFoundException")

		const closed = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}]}`
		policy := got[apigateway.UpdateRestApiOutput](t)(one.UpdateRestApi(t.Context(), &apigateway.UpdateRestApiInput{
			RestApiId: &id, PatchOperations: []v1.PatchOperation{{Op: v1.OpReplace, Path: aws.String("/policy"), Value: aws.String(closed)}},
		}))
		if p := aws.ToString(policy.Policy); p[:13] != `{\"Version\":` || get() != 403 {
			t.Errorf("the resource policy reads %s", p)
		}

		web := w.AddAPI(testAccount, testRegion, guarded("HTTP"))
		var routes []string
		var iam *v2.Route
		next := (*string)(nil)
		for {
			page := got[apigatewayv2.GetRoutesOutput](t)(two.GetRoutes(t.Context(), &apigatewayv2.GetRoutesInput{ApiId: &web, NextToken: next}))
			for _, r := range page.Items {
				routes = append(routes, *r.RouteKey+" "+string(r.AuthorizationType))
				if *r.RouteKey == "GET /iam" {
					iam = &r
				}
			}
			if next = page.NextToken; next == nil {
				break
			}
		}
		slices.Sort(routes)
		if d := cmp.Diff([]string{
			"ANY /things/{id} NONE", "GET /custom CUSTOM", "GET /deep/{rest+} NONE", "GET /iam AWS_IAM", "GET /jwt JWT", "GET /open NONE", "POST /things/new NONE",
		}, routes); d != "" {
			t.Errorf("GetRoutes (-want +got):\n%s", d)
		}
		w.domain.Mappings = map[string]*mapping{"": {ID: "m9", API: web, Stage: "$default"}}
		iamGet := func() int { return w.visit(t, testTarget+":443", ask(t, "GET", "https://"+testName+"/iam"), "").Status }
		if s := iamGet(); s != 403 {
			t.Errorf("a route with IAM: got %d", s)
		}
		got[apigatewayv2.UpdateRouteOutput](t)(two.UpdateRoute(t.Context(), &apigatewayv2.UpdateRouteInput{ApiId: &web, RouteId: iam.RouteId, AuthorizationType: v2.AuthorizationTypeNone}))
		if s := iamGet(); s != 200 {
			t.Errorf("after UpdateRoute: got %d", s)
		}
	})
}
