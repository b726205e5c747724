package steps

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"apifront/setup"
)

// askedAPIs is of how many APIs a check asks what they are.
const askedAPIs = 25

// otherMappings are the mappings of the custom domain that no answer wants as they
// are: those that lead elsewhere, and those that somebody added. The domain is ours
// alone, so whoever adds one there adds a path to this setup. What apifront mapped and
// is to remove, or a person left, is not among them. Only a check looks: jobs have
// nothing to do with them.
func otherMappings(ctx context.Context, e *Env, there map[string]aMapping) (list []setup.StandingMapping) {
	if e.Terms == nil {
		return nil
	}
	spec := e.Setup.Spec
	for _, path := range slices.Sorted(maps.Keys(there)) {
		is := there[path]
		m := setup.StandingMapping{
			Mapping: setup.Mapping{Path: path, APIID: is.api, Stage: is.stage},
			ID:      is.id, Via: is.via, Region: spec.Account.Region,
		}
		i := slices.IndexFunc(spec.API.Mappings, func(w setup.Mapping) bool { return w.Path == path })
		switch {
		case i >= 0 && spec.API.Mappings[i].APIID == is.api && spec.API.Mappings[i].Stage == is.stage:
			continue
		case i < 0 && (slices.Contains(spec.API.Left, path) || awaited(e, path, is)):
			continue
		}
		if j := slices.IndexFunc(spec.API.Mappings, func(w setup.Mapping) bool { return w.APIID == is.api }); j >= 0 {
			m.Kind, m.APIName = spec.API.Mappings[j].Kind, spec.API.Mappings[j].APIName
		} else if len(list) < askedAPIs {
			m.Kind, m.APIName = apiOf(ctx, e, is.api)
		}
		list = append(list, m)
	}
	return list
}

// awaited says whether the mapping is one of ours that a job is still to remove.
func awaited(e *Env, path string, is aMapping) bool {
	r, _ := e.known(mappingAt(path, e.Setup.Spec.Account.Region))
	return r.Owned && r.LeftSince.IsZero() && asRecorded(r, is)
}

// apiOf is the kind and the name of an API. Policies may not allow to read APIs that
// no answer names; then they are not known.
func apiOf(ctx context.Context, e *Env, id string) (setup.APIKind, string) {
	if v2, err := e.Account.APIGatewayV2().GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: &id}); err == nil {
		return setup.APIKind(v2.ProtocolType), aws.ToString(v2.Name)
	}
	if v1, err := e.Account.APIGateway().GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: &id}); err == nil {
		return setup.APIKindREST, aws.ToString(v1.Name)
	}
	return "", ""
}
