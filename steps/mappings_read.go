package steps

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"apifront/cloud"
	"apifront/setup"
)

// aMapping is a mapping as API Gateway has it.
type aMapping struct {
	id    string // v2: AWS's ID; v1: the base path
	via   string // viaV1 or viaV2: the version that the ID belongs to
	path  string // "" is the root
	api   string
	stage string
}

// mapVia says with which version the domain can be mapped, or why it cannot be.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
func mapVia(e *Env, d *apigateway.GetDomainNameOutput) (string, *setup.Problem) {
	if d.RoutingMode == agtypes.RoutingModeRoutingRuleOnly {
		return "", problem(
			"The custom domain does not use mappings.",
			"Its routing mode is "+string(d.RoutingMode)+", in which API Gateway ignores mappings and refuses new ones.",
			"Set the routing mode of "+e.name()+" back to API mappings only in API Gateway, then re-run this step.",
		)
	}
	if d.SecurityPolicy == agtypes.SecurityPolicyTls12 {
		return viaV2, nil
	}
	for _, m := range e.Setup.Spec.API.Mappings {
		if m.Kind != setup.APIKindREST || strings.Contains(m.Path, "/") {
			return "", problem(
				"Path "+m.DisplayPath()+" cannot be mapped on this custom domain.",
				"The custom domain has the security policy "+string(d.SecurityPolicy)+". With it API Gateway maps REST APIs only, and paths of one level only.",
				"Set the security policy of "+e.name()+" to TLS_1_2 in API Gateway, then re-run this step.",
			)
		}
	}
	return viaV1, nil
}

// describeMappings returns the mappings of the setup's domain in the region of
// the account a, by path; none if there is no domain.
func describeMappings(ctx context.Context, e *Env, a *cloud.Account, via string) (map[string]aMapping, error) {
	if via == viaV1 {
		return describeMappingsV1(ctx, e, a)
	}
	found := map[string]aMapping{}
	in := &apigatewayv2.GetApiMappingsInput{DomainName: aws.String(e.name())}
	for {
		out, err := a.APIGatewayV2().GetApiMappings(ctx, in)
		if code(err, "NotFoundException") {
			return found, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list API mappings of %s: %w", e.name(), err)
		}
		for _, m := range out.Items {
			path := aws.ToString(m.ApiMappingKey)
			if path == noPath {
				path = ""
			}
			found[path] = aMapping{id: aws.ToString(m.ApiMappingId), via: viaV2, path: path, api: aws.ToString(m.ApiId), stage: aws.ToString(m.Stage)}
		}
		if aws.ToString(out.NextToken) == "" {
			return found, nil
		}
		in.NextToken = out.NextToken
	}
}

// rememberedMappings is describeMappings, once in a pass.
func rememberedMappings(ctx context.Context, e *Env, via string) (map[string]aMapping, error) {
	return remembered(ctx, e, readMappings, func(ctx context.Context, e *Env) (map[string]aMapping, error) {
		return describeMappings(ctx, e, e.Account, via)
	})
}

// noPath is how API Gateway writes the root path. A call that names the root's
// mapping must write it like this.
const noPath = "(none)"

// mappingV1 is a mapping in an answer of v1. The root's path may be noPath,
// empty or absent.
func mappingV1(path, api, stage *string) aMapping {
	is := aMapping{id: aws.ToString(path), via: viaV1, path: aws.ToString(path), api: aws.ToString(api), stage: aws.ToString(stage)}
	if is.path == "" || is.path == noPath {
		is.id, is.path = noPath, ""
	}
	return is
}

// standingMappings returns the present mappings and the version that read them.
// It takes v1 if v2 refuses and v1 can map all that is wanted. A region without
// API Gateway v2 answers every v2 call with a bare "Bad Request", as users saw
// in ap-southeast-3 in 2023.
// https://github.com/amplify-education/serverless-domain-manager/issues/556
func standingMappings(ctx context.Context, e *Env, via string) (string, map[string]aMapping, error) {
	if _, refused := e.read[readWithoutV2]; refused {
		via = viaV1
	}
	there, err := rememberedMappings(ctx, e, via)
	if via != viaV2 || !noV2(err) {
		return via, there, err
	}
	if !canMapV1(e.Setup.Spec) {
		return via, nil, explained(err,
			"The paths cannot be mapped in "+e.Setup.Spec.Account.Region+".",
			"API Gateway refuses every call of its version 2 there, and only that maps HTTP and WebSocket APIs and paths of several levels.",
			"Choose REST APIs and paths of one level on the page API and paths, or another region, then start again.")
	}
	e.remember(readWithoutV2, true)
	there, err = rememberedMappings(ctx, e, viaV1)
	return viaV1, there, err
}

// noV2 says whether the error is that of a region without API Gateway v2.
func noV2(err error) bool {
	return code(err, "BadRequestException") && strings.TrimSpace(said(err)) == "Bad Request"
}

func describeMappingsV1(ctx context.Context, e *Env, a *cloud.Account) (map[string]aMapping, error) {
	found := map[string]aMapping{}
	pages := apigateway.NewGetBasePathMappingsPaginator(a.APIGateway(), &apigateway.GetBasePathMappingsInput{DomainName: aws.String(e.name())})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if code(err, "NotFoundException") {
			return found, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list base path mappings of %s: %w", e.name(), err)
		}
		for _, m := range out.Items {
			is := mappingV1(m.BasePath, m.RestApiId, m.Stage)
			found[is.path] = is
		}
	}
	return found, nil
}
