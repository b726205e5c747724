package sim

import (
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
)

// TestV37DefaultEndpoint: what an API says of its default endpoint reaches callers
// when a stage takes it over, and no sooner.
func TestV37DefaultEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		key := w.AddAccount(testAccount, "u")
		one, two := apigateway.NewFromConfig(sdk(w.Sim, testRegion, key)), apigatewayv2.NewFromConfig(sdk(w.Sim, testRegion, key))
		ctx := t.Context()
		status := func(api, path string) int {
			host := api + ".execute-api." + testRegion + ".amazonaws.com"
			return w.visit(t, host+":443", ask(t, "GET", "https://"+host+path), "").Status
		}
		want := func(when, api, path string, code int) {
			t.Helper()
			if got := status(api, path); got != code {
				t.Errorf("%s: got %d, want %d", when, got, code)
			}
		}
		rest := w.rest
		set := func(value string) {
			if _, err := one.UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: &rest, PatchOperations: replace("/disableExecuteApiEndpoint", value)}); err != nil {
				t.Fatal(err)
			}
		}
		set("true")
		want("a REST API, only said", rest, "/prod/items", 200)
		stage, err := one.GetStage(ctx, &apigateway.GetStageInput{RestApiId: &rest, StageName: aws.String("prod")})
		if err != nil {
			t.Fatal(err)
		}
		same, err := one.UpdateStage(ctx, &apigateway.UpdateStageInput{RestApiId: &rest, StageName: aws.String("prod"), PatchOperations: replace("/deploymentId", *stage.DeploymentId)})
		if err != nil || *same.DeploymentId != *stage.DeploymentId {
			t.Fatalf("got %v, %v", same, err)
		}
		want("a REST API with a stage that was updated", rest, "/prod/items", 403)
		set("false")
		set("true")
		want("said and taken back", rest, "/prod/items", 403)
		set("false")
		want("a REST API, only said to be open", rest, "/prod/items", 403)
		made, err := one.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: &rest, StageName: aws.String("prod")})
		if err != nil {
			t.Fatal(err)
		}
		want("a REST API that is deployed", rest, "/prod/items", 200)
		if stage, err = one.GetStage(ctx, &apigateway.GetStageInput{RestApiId: &rest, StageName: aws.String("prod")}); err != nil || *stage.DeploymentId != *made.Id {
			t.Errorf("the stage has the deployment %v, %v", stage, err)
		}
		if _, err := one.UpdateStage(ctx, &apigateway.UpdateStageInput{RestApiId: &rest, StageName: aws.String("prod"), PatchOperations: replace("/deploymentId", "depprod")}); err != nil {
			t.Errorf("back to the first deployment: %v", err)
		}

		http := w.http
		say := func(api string, closed bool) {
			if _, err := two.UpdateApi(ctx, &apigatewayv2.UpdateApiInput{ApiId: &api, DisableExecuteApiEndpoint: &closed}); err != nil {
				t.Fatal(err)
			}
		}
		say(http, true)
		want("a stage with automatic deployments", http, "/open", 403)
		want("a stage without", http, "/beta/open", 200)
		if _, err := two.CreateDeployment(ctx, &apigatewayv2.CreateDeploymentInput{ApiId: &http, StageName: aws.String("beta")}); err != nil {
			t.Fatal(err)
		}
		want("a stage that is deployed", http, "/beta/open", 403)
		say(http, false)
		want("opened, with automatic deployments", http, "/open", 200)
		want("opened, without", http, "/beta/open", 403)
	})
}
