package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"apifront/cloud"
	"apifront/setup"
)

// endpointID is the step that closes the default endpoints of the APIs.
const endpointID setup.StepID = "default-endpoint"

func endpointStep() Step {
	return Step{
		ID:      endpointID,
		Thing:   "default endpoints",
		Title:   "Close default endpoints",
		Why:     "Whoever calls an API by its own name bypasses CloudFront. Its default endpoint is closed once callers have moved, for all stages and everybody: it answers 403. No deployment is made, so what the API's team has not deployed yet stays undeployed.",
		Service: "API Gateway",
		Needs:   []setup.StepID{"live"},
		Kinds:   []setup.JobKind{setup.JobApply},
		Parts:   []setup.Part{setup.PartGateway},
		Page:    setup.PageEdge,
		Keys:    []string{setup.EndpointKey("")},
		Wait:    Wait{Every: 5 * time.Second, Settle: 3 * time.Second, Limit: 10 * time.Minute, Usual: 5 * time.Second},
		Brief:   func(s setup.Spec) (string, bool) { return setup.Count(len(endpointsOf(s)), "API"), true },
		Actions: []string{"apigateway:GET", "apigateway:PATCH"},
		Pass:    2 * time.Minute,
		Rare:    true,
		Instead: "live",
		Grants: func(s Scope) (grants []Grant) {
			for _, p := range endpointsOf(s.Spec) {
				grants = append(grants, s.endpointGrants(p, Writes)...)
			}
			return grants
		},
		Applies: func(s setup.Spec) (bool, string) {
			switch {
			case !s.Edge.CloseEndpoints:
				return false, "Each API keeps answering by its own name too, as you chose."
			case !closesEndpoints(s):
				return false, "You move the traffic yourself later. Default endpoints are closed by the job that moves it."
			}
			return true, ""
		},
		Reads:   readsEndpoints,
		Observe: observeEndpoints,
		Apply:   applyEndpoints,
		Wants:   wantsEndpoint,
		Remove:  openEndpoint,
	}
}

// closesEndpoints says whether the spec wants default endpoints closed now.
func closesEndpoints(s setup.Spec) bool {
	return s.Edge.CloseEndpoints && s.Domain.Switch != setup.SwitchLater
}

// An endpoint is the default endpoint of an API.
type endpoint struct {
	api    string
	name   string // of the API, as people know it
	kind   setup.APIKind
	region string
	stages []string // to which paths of the setup lead
}

// endpointsOf are the default endpoints of the APIs behind the paths, each once.
func endpointsOf(s setup.Spec) (list []endpoint) {
	for _, m := range s.API.Mappings {
		if !idPattern.MatchString(m.APIID) || !stagePattern.MatchString(m.Stage) {
			continue // AWS has no such thing
		}
		i := slices.IndexFunc(list, func(p endpoint) bool { return p.api == m.APIID })
		if i < 0 {
			i = len(list)
			list = append(list, endpoint{api: m.APIID, name: m.APIName, kind: m.Kind, region: s.Account.Region})
		}
		if !slices.Contains(list[i].stages, m.Stage) {
			list[i].stages = append(list[i].stages, m.Stage)
		}
	}
	return list
}

// attrTaken says of the row of an endpoint when the stages of its API were updated after
// the API was told to close it, or takenFound if it was found closed; "": not yet.
// attrStages are the stages.
const (
	attrTaken  = "taken"
	attrStages = "stages"
	takenFound = "found"
)

// row is the row of the endpoint, before it is known whether it is ours.
func (p endpoint) row() setup.Resource {
	return setup.Resource{
		Key: setup.EndpointKey(p.api), Type: "Closure of the default endpoint", ID: p.api, Region: p.region,
		Attributes: map[string]string{setup.AttrKind: string(p.kind), attrStages: strings.Join(p.stages, " ")},
	}
}

// endpointOf is the endpoint of a row.
func endpointOf(r setup.Resource) (endpoint, bool) {
	p := endpoint{api: r.ID, kind: setup.APIKind(r.Attributes[setup.AttrKind]), region: r.Region, stages: strings.Fields(r.Attributes[attrStages])}
	return p, isEndpoint(r) && idPattern.MatchString(p.api) && !slices.ContainsFunc(p.stages, func(s string) bool { return !stagePattern.MatchString(s) })
}

func isEndpoint(r setup.Resource) bool { return strings.HasPrefix(r.Key, setup.EndpointKey("")) }

// called is what people call the API.
func (p endpoint) called() string {
	if p.name == "" || p.name == p.api {
		return p.api
	}
	return p.name + " (" + p.api + ")"
}

// endpointField stands before the ID of the API in the name of a change's field.
const endpointField = "disableExecuteApiEndpoint "

// endpointGrants are what closing or opening a default endpoint takes. IAM knows
// methods and paths of API Gateway's management API.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html (documented)
func (s Scope) endpointGrants(p endpoint, use Use) []Grant {
	path := "/apis/" + Literal(p.api)
	if p.kind == setup.APIKindREST {
		path = "/restapis/" + Literal(p.api)
	}
	api := s.gatewayIn(p.region, path)
	all, changes := []string{api}, []string{api}
	for _, stage := range p.stages {
		at := s.gatewayIn(p.region, path+"/stages/"+Literal(stage))
		all = append(all, at)
		if p.kind == setup.APIKindREST {
			changes = append(changes, at)
		}
	}
	return []Grant{
		{For: "Read", Actions: []string{"apigateway:GET"}, Resources: all},
		{For: "Endpoint", Use: use, Actions: []string{"apigateway:PATCH"}, Resources: changes},
	}
}

// closed asks whether the API says that its default endpoint is closed; known is
// false if there is no such API.
func (p endpoint) closed(ctx context.Context, e *Env, a *cloud.Account) (closed, known bool, err error) {
	type answer struct{ closed, known bool }
	is, err := remembered(ctx, e, readEndpoint+p.api, func(ctx context.Context, _ *Env) (answer, error) {
		if p.kind == setup.APIKindREST {
			out, err := a.APIGateway().GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: &p.api})
			switch {
			case code(err, "NotFoundException"):
				return answer{}, nil
			case err != nil:
				return answer{}, fmt.Errorf("get REST API %s: %w", p.api, err)
			}
			return answer{out.DisableExecuteApiEndpoint, true}, nil
		}
		out, err := a.APIGatewayV2().GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: &p.api})
		switch {
		case code(err, "NotFoundException"):
			return answer{}, nil
		case err != nil:
			return answer{}, fmt.Errorf("get API %s: %w", p.api, err)
		}
		return answer{aws.ToBool(out.DisableExecuteApiEndpoint), true}, nil
	})
	return is.closed, is.known, err
}

// readEndpoint is the key, followed by the ID of the API, of what a pass has read of
// its default endpoint.
const readEndpoint = "endpoint "

// undeployed are the stages of an HTTP or WebSocket API that take a change of the
// endpoint over with their next deployment alone, which apifront does not make. Those
// with automatic deployments do so by themselves.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-disable-default-endpoint.html (documented)
// https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-disable-default-endpoint.html (documented)
func (p endpoint) undeployed(ctx context.Context, a *cloud.Account) (list []string, err error) {
	if p.kind == setup.APIKindREST {
		return nil, nil
	}
	for _, stage := range p.stages {
		out, err := a.APIGatewayV2().GetStage(ctx, &apigatewayv2.GetStageInput{ApiId: &p.api, StageName: &stage})
		switch {
		case code(err, "NotFoundException"):
		case err != nil:
			return nil, fmt.Errorf("get stage %s of API %s: %w", stage, p.api, err)
		case p.kind == setup.APIKindWebSocket || !aws.ToBool(out.AutoDeploy):
			list = append(list, stage)
		}
	}
	return list, nil
}

// set tells the API to close or open its default endpoint, and lets callers see it.
// That affects all stages.
func (p endpoint) set(ctx context.Context, e *Env, a *cloud.Account, closed bool) error {
	e.forget(readEndpoint + p.api)
	if p.kind != setup.APIKindREST {
		_, err := a.APIGatewayV2().UpdateApi(ctx, &apigatewayv2.UpdateApiInput{ApiId: &p.api, DisableExecuteApiEndpoint: &closed})
		if err != nil {
			return fmt.Errorf("change the default endpoint of API %s: %w", p.api, err)
		}
		return nil
	}
	_, err := a.APIGateway().UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: &p.api, PatchOperations: []agtypes.PatchOperation{
		{Op: agtypes.OpReplace, Path: aws.String("/disableExecuteApiEndpoint"), Value: aws.String(fmt.Sprint(closed))},
	}})
	if err != nil {
		return fmt.Errorf("change the default endpoint of REST API %s: %w", p.api, err)
	}
	return nil
}

// touch updates the stages of a REST API without changing them: "This setting takes
// effect when you update any setting on any stage, such as updating the deployment on
// the stage." A stage gets the deployment that it has, as it is read right before.
// CreateDeployment would publish what the team of the API has not deployed yet. That a
// value which stays the same counts as an update is concluded; the look from outside
// tells.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html (documented)
func (p endpoint) touch(ctx context.Context, a *cloud.Account) error {
	if p.kind != setup.APIKindREST {
		return nil
	}
	for _, stage := range p.stages {
		out, err := a.APIGateway().GetStage(ctx, &apigateway.GetStageInput{RestApiId: &p.api, StageName: &stage})
		if code(err, "NotFoundException") {
			continue
		}
		if err != nil {
			return fmt.Errorf("get stage %s of REST API %s: %w", stage, p.api, err)
		}
		_, err = a.APIGateway().UpdateStage(ctx, &apigateway.UpdateStageInput{RestApiId: &p.api, StageName: &stage, PatchOperations: []agtypes.PatchOperation{
			{Op: agtypes.OpReplace, Path: aws.String("/deploymentId"), Value: out.DeploymentId},
		}})
		if err != nil {
			return fmt.Errorf("update stage %s of REST API %s: %w", stage, p.api, err)
		}
	}
	return nil
}

// readsEndpoints reads what an API says of its default endpoint: the one that a field
// names, or else the first.
func readsEndpoints(e *Env, field string) reading {
	list := endpointsOf(e.Setup.Spec)
	i := slices.IndexFunc(list, func(p endpoint) bool { return endpointField+p.api == field })
	if len(list) == 0 {
		return reading{"API Gateway GetRestApis", awsLine("items[].[id,disableExecuteApiEndpoint]", "apigateway", "get-rest-apis", "--region", e.Setup.Spec.Account.Region)}
	}
	p := list[max(i, 0)]
	if p.kind == setup.APIKindREST {
		return reading{"API Gateway GetRestApi " + p.api, awsLine("disableExecuteApiEndpoint", "apigateway", "get-rest-api", "--region", p.region, "--rest-api-id", p.api)}
	}
	return reading{"API Gateway GetApi " + p.api, awsLine("DisableExecuteApiEndpoint", "apigatewayv2", "get-api", "--region", p.region, "--api-id", p.api)}
}
