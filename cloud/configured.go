package cloud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/smithy-go"

	"apifront/setup"
)

// Configured reads what is configured on the way of a request: the distribution
// with that ID ("" is none), the Regional custom domain of the name in the
// account's region, and the APIs of the mappings. It only reads. A part that
// cannot be read is left out, and Unread says why; the error is one of signing in,
// or that the context has ended.
func (a *Account) Configured(ctx context.Context, name, distribution string, mappings []setup.Mapping) (setup.Configured, error) {
	var c setup.Configured
	var mu sync.Mutex
	var failed []error
	part := func(what string, err error, fill func()) {
		mu.Lock()
		defer mu.Unlock()
		fill()
		if err != nil {
			failed = append(failed, err)
			c.Unread = append(c.Unread, CouldNotRead(what, err))
		}
	}
	var all sync.WaitGroup
	all.Go(func() {
		if distribution == "" {
			return
		}
		d, unread, err := a.configuredDistribution(ctx, distribution)
		part("The distribution", err, func() {
			c.Distribution, c.Unread = d, append(c.Unread, unread...)
			if d == nil && err == nil {
				c.Missing = append(c.Missing, setup.SettingAlias)
			}
		})
	})
	all.Go(func() {
		d, err := a.configuredDomain(ctx, name)
		part("The custom domain", err, func() {
			c.Domain = d
			if d == nil && err == nil {
				c.Missing = append(c.Missing, setup.SettingCustomDomain)
			}
		})
	})
	apis := make([]setup.ConfiguredAPI, len(mappings))
	for i, m := range mappings {
		all.Go(func() {
			var err error
			apis[i], err = a.configuredAPI(ctx, m)
			part("The API of "+m.DisplayPath(), err, func() {})
		})
	}
	all.Wait()
	c.APIs = apis
	slices.Sort(c.Unread)
	for _, err := range failed {
		if SignIn(err) {
			return c, err
		}
	}
	return c, ctx.Err()
}

// configuredDomain is the custom domain of a name with its mappings; nil if
// there is none that is Regional.
func (a *Account) configuredDomain(ctx context.Context, name string) (*setup.ConfiguredDomain, error) {
	out, err := a.APIGateway().GetDomainName(ctx, &apigateway.GetDomainNameInput{DomainName: &name})
	if isCode(err, "NotFoundException") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("get custom domain %s: %w", name, err)
	}
	d := a.regional(out)
	if d == nil {
		return nil, nil
	}
	d.Mappings, err = a.configuredMappings(ctx, name)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// noPath is how API Gateway writes the root path.
const noPath = "(none)"

// configuredMappings are the mappings of a custom domain, by API Gateway v2, or
// by v1 in a region that refuses every call of v2.
func (a *Account) configuredMappings(ctx context.Context, name string) ([]setup.Mapping, error) {
	var list []setup.Mapping
	add := func(path, api, stage *string) {
		m := setup.Mapping{Path: aws.ToString(path), APIID: aws.ToString(api), Stage: aws.ToString(stage)}
		if m.Path == noPath {
			m.Path = ""
		}
		list = append(list, m)
	}
	in := &apigatewayv2.GetApiMappingsInput{DomainName: &name}
	for {
		out, err := a.APIGatewayV2().GetApiMappings(ctx, in)
		if isCode(err, "BadRequestException") {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("list API mappings of %s: %w", name, err)
		}
		for _, m := range out.Items {
			add(m.ApiMappingKey, m.ApiId, m.Stage)
		}
		if aws.ToString(out.NextToken) == "" {
			return list, nil
		}
		in.NextToken = out.NextToken
	}
	pages := apigateway.NewGetBasePathMappingsPaginator(a.APIGateway(), &apigateway.GetBasePathMappingsInput{DomainName: &name})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list base path mappings of %s: %w", name, err)
		}
		for _, m := range out.Items {
			add(m.BasePath, m.RestApiId, m.Stage)
		}
	}
	return list, nil
}

// isCode says whether AWS answered with the error code.
func isCode(err error, code string) bool {
	refused, ok := errors.AsType[smithy.APIError](err)
	return ok && refused.ErrorCode() == code
}

// configuredAPI is the API and stage of a mapping, with what a GET of the
// mapping's own path is asked for.
func (a *Account) configuredAPI(ctx context.Context, m setup.Mapping) (setup.ConfiguredAPI, error) {
	c := setup.ConfiguredAPI{Path: m.Path, Kind: m.Kind, APIID: m.APIID, Stage: m.Stage}
	if m.Kind == setup.APIKindREST {
		return c, a.readREST(ctx, &c)
	}
	return c, a.readV2(ctx, &c)
}

func (a *Account) readREST(ctx context.Context, c *setup.ConfiguredAPI) error {
	api, err := a.APIGateway().GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: &c.APIID})
	if err != nil {
		return fmt.Errorf("get REST API %s: %w", c.APIID, err)
	}
	c.ExecuteDisabled, c.SecurityPolicy = api.DisableExecuteApiEndpoint, string(api.SecurityPolicy)
	stage, err := a.APIGateway().GetStage(ctx, &apigateway.GetStageInput{RestApiId: &c.APIID, StageName: &c.Stage})
	if c.StageGone = isCode(err, "NotFoundException"); c.StageGone {
		return nil
	}
	if err != nil {
		return fmt.Errorf("get stage %s of REST API %s: %w", c.Stage, c.APIID, err)
	}
	c.Deployed, c.WebACL = aws.ToString(stage.DeploymentId) != "", aws.ToString(stage.WebAclArn)
	out, err := a.APIGateway().GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: &c.APIID, Embed: []string{"methods"}, Limit: aws.Int32(500)})
	if err != nil {
		return fmt.Errorf("list resources of REST API %s: %w", c.APIID, err)
	}
	for _, r := range out.Items {
		if aws.ToString(r.Path) != "/" {
			continue
		}
		for _, verb := range []string{"GET", "ANY"} {
			method, ok := r.ResourceMethods[verb]
			if !ok {
				continue
			}
			c.Access = aws.ToString(method.AuthorizationType)
			if aws.ToBool(method.ApiKeyRequired) {
				c.Access = "API_KEY"
			}
			if method.MethodIntegration != nil {
				c.Silence = time.Duration(method.MethodIntegration.TimeoutInMillis) * time.Millisecond
			}
			return nil
		}
	}
	return nil
}

func (a *Account) readV2(ctx context.Context, c *setup.ConfiguredAPI) error {
	api, err := a.APIGatewayV2().GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: &c.APIID})
	if err != nil {
		return fmt.Errorf("get API %s: %w", c.APIID, err)
	}
	c.ExecuteDisabled = aws.ToBool(api.DisableExecuteApiEndpoint)
	stage, err := a.APIGatewayV2().GetStage(ctx, &apigatewayv2.GetStageInput{ApiId: &c.APIID, StageName: &c.Stage})
	if c.StageGone = isCode(err, "NotFoundException"); c.StageGone {
		return nil
	}
	if err != nil {
		return fmt.Errorf("get stage %s of API %s: %w", c.Stage, c.APIID, err)
	}
	c.Deployed = aws.ToString(stage.DeploymentId) != "" || aws.ToBool(stage.AutoDeploy)
	routes := map[string]string{}
	in := &apigatewayv2.GetRoutesInput{ApiId: &c.APIID}
	for {
		out, err := a.APIGatewayV2().GetRoutes(ctx, in)
		if err != nil {
			return fmt.Errorf("list routes of API %s: %w", c.APIID, err)
		}
		for _, r := range out.Items {
			access := string(r.AuthorizationType)
			if aws.ToBool(r.ApiKeyRequired) {
				access = "API_KEY"
			}
			routes[aws.ToString(r.RouteKey)] = access
		}
		if aws.ToString(out.NextToken) == "" {
			break
		}
		in.NextToken = out.NextToken
	}
	// The most specific route of a request decides.
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html {doc}
	for _, key := range []string{"GET /", "ANY /", "GET /{proxy+}", "ANY /{proxy+}", "$default"} {
		if c.Kind == setup.APIKindWebSocket {
			key = "$connect"
		}
		if access, ok := routes[key]; ok {
			c.Access = access
			return nil
		}
	}
	if c.Kind == setup.APIKindWebSocket {
		c.Access = "NONE" // an API without $connect takes everybody
	}
	return nil
}

// lower is the list in lower case.
func lower(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		out = append(out, strings.ToLower(s))
	}
	return out
}
