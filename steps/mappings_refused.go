package steps

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"apifront/setup"
)

// mappingRefused checks whether the domain, the API and its stage still exist,
// since AWS has only one error code for everything that may be wrong with a
// mapping.
func mappingRefused(ctx context.Context, e *Env, m setup.Mapping, refusal error) error {
	if code(refusal, "ConflictException") {
		return nil // somebody else made the mapping in between: the next look says who
	}
	if !code(refusal, "BadRequestException", "NotFoundException") {
		return refusal
	}
	// The domain may have been deleted after it was read.
	if d, err := describeDomain(ctx, e); err == nil && d == nil {
		gone := domainGone(e)
		return explained(refusal, gone.What, gone.Why, gone.Fix)
	}
	api := m.APIID
	if m.APIName != "" {
		api = m.APIName + " (" + m.APIID + ")"
	}
	fix := "Choose an API and stage that exist on the page API and paths, then re-run this step. What is mapped already stays."
	exists, err := apiExists(ctx, e, m)
	if err == nil && !exists {
		return explained(refusal, "Path "+m.DisplayPath()+" was not mapped.", "The API behind it, "+api+", no longer exists in "+e.Setup.Spec.Account.Region+".", fix)
	}
	exists, err = stageExists(ctx, e, m)
	if err == nil && !exists {
		return explained(refusal, "Path "+m.DisplayPath()+" was not mapped.", "The API "+api+" has no stage "+m.Stage+" any more.", fix)
	}
	return explained(refusal, "Path "+m.DisplayPath()+" was not mapped.", "API Gateway refused to map it to the API "+api+", stage "+m.Stage+".",
		"Read what API Gateway said, correct the path or the API, then re-run this step. What is mapped already stays.")
}

func apiExists(ctx context.Context, e *Env, m setup.Mapping) (bool, error) {
	var err error
	if m.Kind == setup.APIKindREST {
		_, err = e.Account.APIGateway().GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: aws.String(m.APIID)})
	} else {
		_, err = e.Account.APIGatewayV2().GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: aws.String(m.APIID)})
	}
	if code(err, "NotFoundException") {
		return false, nil
	}
	return err == nil, err
}

func stageExists(ctx context.Context, e *Env, m setup.Mapping) (bool, error) {
	var err error
	if m.Kind == setup.APIKindREST {
		_, err = e.Account.APIGateway().GetStage(ctx, &apigateway.GetStageInput{RestApiId: aws.String(m.APIID), StageName: aws.String(m.Stage)})
	} else {
		_, err = e.Account.APIGatewayV2().GetStage(ctx, &apigatewayv2.GetStageInput{ApiId: aws.String(m.APIID), StageName: aws.String(m.Stage)})
	}
	if code(err, "NotFoundException") {
		return false, nil
	}
	return err == nil, err
}
