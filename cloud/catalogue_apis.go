package cloud

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"golang.org/x/sync/errgroup"

	"apifront/setup"
)

// sideBySide is how many calls of one menu are made at a time. API Gateway
// allows ten a second for all management calls of an account together.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
const sideBySide = 4

// Why an API cannot be chosen.
const (
	refusedStrict     = "It is edge-optimised and its endpoint access mode is STRICT: it answers only to requests that come in by an edge-optimised name. Set the mode to BASIC in API Gateway, then it can be chosen."
	refusedPrivate    = "It is private: it answers inside VPCs only, where CloudFront does not reach it."
	refusedUnknown    = "API Gateway says that its %s is %s, which this version of apifront does not know."
	refusedUndeployed = "It has never been deployed, so there is no stage to lead to. Deploy it in API Gateway, then it can be chosen."
)

// noteEdge is what is to be known of an edge-optimised API. The endpoint types of
// an API and of the custom domain that leads to it do not depend on each other.
// https://repost.aws/knowledge-center/custom-domain-name-amazon-api-gateway
const noteEdge = "It is edge-optimised: AWS has put a CloudFront distribution of its own before the API's own address. Your name goes to the API by the Regional custom domain and not through that distribution. Nothing has to be changed."

// APIs lists the REST, HTTP and WebSocket APIs of the account's region by
// name, also those that cannot be chosen, with the reason. Stages are listed
// for those that could be.
func (a *Account) APIs(ctx context.Context) ([]setup.APIInfo, error) {
	var rest, v2 []setup.APIInfo
	var restErr, v2Err error
	var both sync.WaitGroup
	both.Go(func() { rest, restErr = a.restAPIs(ctx) })
	both.Go(func() { v2, v2Err = a.v2APIs(ctx) })
	both.Wait()
	// One list is of use without the other. A region without API Gateway v2
	// refuses every call of it, and a policy may allow only one of the two.
	if restErr != nil && v2Err != nil || ctx.Err() != nil || SignIn(restErr) || SignIn(v2Err) {
		return nil, cmp.Or(restErr, v2Err)
	}
	all := slices.Concat(rest, v2)
	if restErr != nil {
		all = append(all, unlisted("REST APIs", restErr))
	}
	if v2Err != nil {
		all = append(all, unlisted("HTTP and WebSocket APIs", v2Err))
	}
	stages, each := errgroup.WithContext(ctx)
	stages.SetLimit(sideBySide)
	for i := range all {
		if all[i].Refused != "" {
			continue
		}
		stages.Go(func() error {
			var err error
			if all[i].Stages, err = a.stages(each, all[i]); err != nil {
				if each.Err() != nil || SignIn(err) {
					return err
				}
				all[i].Refused = CouldNotRead("Its stages", err)
				return nil
			}
			if len(all[i].Stages) == 0 {
				all[i].Refused = refusedUndeployed
			}
			return nil
		})
	}
	if err := stages.Wait(); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(x, y setup.APIInfo) int {
		return cmp.Or(strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)), strings.Compare(x.ID, y.ID))
	})
	return all, nil
}

// unlisted stands in the list for APIs that could not be read, with AWS's
// words.
func unlisted(what string, err error) setup.APIInfo {
	return setup.APIInfo{ID: codeUnlisted, Name: what, Refused: CouldNotRead("They", err)}
}

// codeUnlisted takes the place of the ID where APIs could not be read.
const codeUnlisted = "not-listed"

// CouldNotRead says of a part of a look that it failed, and why, with AWS's words.
func CouldNotRead(what string, err error) string {
	p := Explain(err)
	text := what + " could not be read. " + p.What
	if p.Said != "" {
		text += " " + p.Service + " said: " + p.Said
	}
	return text
}

// restAPIs lists what API Gateway v1 has.
func (a *Account) restAPIs(ctx context.Context) ([]setup.APIInfo, error) {
	var all []setup.APIInfo
	pages := apigateway.NewGetRestApisPaginator(a.APIGateway(), &apigateway.GetRestApisInput{Limit: aws.Int32(500)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list REST APIs of %s: %w", a.Region, err)
		}
		for _, api := range page.Items {
			info := setup.APIInfo{ID: aws.ToString(api.Id), Name: aws.ToString(api.Name), Kind: setup.APIKindREST}
			info.Endpoint, info.Refused = restEndpoint(api.EndpointConfiguration)
			if info.Endpoint == string(agtypes.EndpointTypeEdge) {
				info.Note = noteEdge
				if api.EndpointAccessMode == agtypes.EndpointAccessModeStrict {
					info.Note, info.Refused = "", refusedStrict
				}
			}
			all = append(all, info)
		}
	}
	return all, nil
}

// restEndpoint is a REST API's endpoint type, and why it cannot be chosen.
// Edge-optimised is what AWS makes when nobody says otherwise.
func restEndpoint(c *agtypes.EndpointConfiguration) (kind, refused string) {
	switch {
	case c == nil || len(c.Types) == 0 || slices.Contains(c.Types, agtypes.EndpointTypeEdge):
		return string(agtypes.EndpointTypeEdge), ""
	case slices.Contains(c.Types, agtypes.EndpointTypePrivate):
		return string(agtypes.EndpointTypePrivate), refusedPrivate
	case !slices.Contains(c.Types, agtypes.EndpointTypeRegional):
		return string(c.Types[0]), fmt.Sprintf(refusedUnknown, "endpoint type", c.Types[0])
	default:
		return string(c.Types[0]), ""
	}
}

// v2APIs lists what API Gateway v2 has. Its APIs are all regional.
func (a *Account) v2APIs(ctx context.Context) ([]setup.APIInfo, error) {
	var all []setup.APIInfo
	for token, first := (*string)(nil), true; first || aws.ToString(token) != ""; first = false {
		page, err := a.APIGatewayV2().GetApis(ctx, &apigatewayv2.GetApisInput{MaxResults: aws.String("500"), NextToken: token})
		if err != nil {
			return nil, fmt.Errorf("list HTTP and WebSocket APIs of %s: %w", a.Region, err)
		}
		for _, api := range page.Items {
			info := setup.APIInfo{
				ID: aws.ToString(api.ApiId), Name: aws.ToString(api.Name),
				Kind: setup.APIKind(api.ProtocolType), Endpoint: string(agtypes.EndpointTypeRegional),
			}
			if info.Kind != setup.APIKindHTTP && info.Kind != setup.APIKindWebSocket {
				info.Refused = fmt.Sprintf(refusedUnknown, "protocol", setup.Said(api.ProtocolType))
			}
			all = append(all, info)
		}
		token = page.NextToken
	}
	return all, nil
}

// stages lists the names of an API's stages, sorted.
func (a *Account) stages(ctx context.Context, api setup.APIInfo) ([]string, error) {
	names := []string{}
	if api.Kind == setup.APIKindREST {
		out, err := a.APIGateway().GetStages(ctx, &apigateway.GetStagesInput{RestApiId: aws.String(api.ID)})
		if err != nil {
			return nil, fmt.Errorf("list stages of API %s: %w", api.ID, err)
		}
		for _, s := range out.Item {
			names = append(names, aws.ToString(s.StageName))
		}
		slices.Sort(names)
		return names, nil
	}
	for token, first := (*string)(nil), true; first || aws.ToString(token) != ""; first = false {
		out, err := a.APIGatewayV2().GetStages(ctx, &apigatewayv2.GetStagesInput{ApiId: aws.String(api.ID), NextToken: token})
		if err != nil {
			return nil, fmt.Errorf("list stages of API %s: %w", api.ID, err)
		}
		for _, s := range out.Items {
			names = append(names, aws.ToString(s.StageName))
		}
		token = out.NextToken
	}
	slices.Sort(names)
	return names, nil
}
