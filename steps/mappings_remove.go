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

func wantsMapping(s setup.Spec, r setup.Resource) (bool, string) {
	path := strings.TrimPrefix(r.Key, setup.MappingKey(""))
	switch {
	case r.Region != s.Account.Region:
		return false, "The paths are mapped in " + s.Account.Region + " now."
	case !slices.ContainsFunc(s.API.Mappings, func(m setup.Mapping) bool { return m.Path == path }):
		return false, "The path was taken out."
	}
	return true, ""
}

// A mappedDomain is the custom domain of the name in some region, with its
// mappings.
type mappedDomain struct {
	*apigateway.GetDomainNameOutput // nil if there is none

	account  *cloud.Account // in that region
	mappings map[string]aMapping
}

// domainIn returns the custom domain of the name in a region. It asks AWS once
// in a pass.
func domainIn(ctx context.Context, e *Env, region string) (mappedDomain, error) {
	return remembered(ctx, e, readDomain+" in "+region, func(ctx context.Context, e *Env) (mappedDomain, error) {
		var m mappedDomain
		var err error
		if m.account, err = e.Account.In(region); err != nil {
			return m, err
		}
		if m.GetDomainNameOutput, err = describeDomainIn(ctx, e, m.account); err != nil || m.GetDomainNameOutput == nil {
			return m, err
		}
		if m.SecurityPolicy == agtypes.SecurityPolicyTls12 {
			m.mappings, err = describeMappings(ctx, e, m.account, viaV2)
			if !noV2(err) {
				return m, err
			}
		}
		m.mappings, err = describeMappings(ctx, e, m.account, viaV1)
		return m, err
	})
}

// asLeft says whether a mapping is that of the row and still has the target
// that apifront gave it.
func asLeft(r setup.Resource, is aMapping) bool {
	leads := is.api + "/" + is.stage
	return asRecorded(r, is) && (leads == r.Attributes[setup.AttrAPI]+"/"+r.Attributes[setup.AttrStage] || leads == r.Attributes[attrWas])
}

func removeMapping(ctx context.Context, e *Env, r setup.Resource) error {
	d, err := domainIn(ctx, e, r.Region)
	if err != nil {
		return err
	}
	path := strings.TrimPrefix(r.Key, setup.MappingKey(""))
	is, ok := d.mappings[path]
	if !ok {
		return e.gone(ctx, r)
	}
	if !asLeft(r, is) {
		return e.leave(ctx, r, "Somebody else has changed it: it leads to API "+is.api+", stage "+is.stage+".")
	}
	if by, ok := e.shadowed(r.Region, path); ok && !e.Setup.Spec.IsGone() {
		return notYet(pathsKnown, "API Gateway is making "+by+" known, which /"+path+" answers until then.")
	}
	if err := claimDomain(ctx, e, d.account, d.GetDomainNameOutput, r.Region); err != nil {
		return err
	}
	if err := deleteMapping(ctx, e, d.account, is); err != nil {
		return err
	}
	delete(d.mappings, path)
	return e.gone(ctx, r)
}

// pathsKnown is how long a new mapping may not be known everywhere in API
// Gateway. AWS does not document it (concluded).
const pathsKnown = 20 * time.Second

// shadowed returns a path below the given one that was mapped less than
// pathsKnown ago. The mapping of the given path may still answer for it.
func (e *Env) shadowed(region, path string) (string, bool) {
	for _, m := range e.Setup.Spec.API.Mappings {
		below := m.Path != path && (path == "" || strings.HasPrefix(m.Path, path+"/"))
		if below && region == e.Setup.Spec.Account.Region && e.saved(setup.MappingKey(m.Path)) < pathsKnown {
			return m.DisplayPath(), true
		}
	}
	return "", false
}

// deleteMapping deletes a mapping. If it is gone already, that is no error.
func deleteMapping(ctx context.Context, e *Env, a *cloud.Account, is aMapping) error {
	var err error
	if is.via == viaV1 {
		_, err = a.APIGateway().DeleteBasePathMapping(ctx, &apigateway.DeleteBasePathMappingInput{DomainName: aws.String(e.name()), BasePath: &is.id})
	} else {
		_, err = a.APIGatewayV2().DeleteApiMapping(ctx, &apigatewayv2.DeleteApiMappingInput{DomainName: aws.String(e.name()), ApiMappingId: &is.id})
	}
	if err != nil && !code(err, "NotFoundException") {
		return fmt.Errorf("delete mapping /%s on %s in %s: %w", is.path, e.name(), a.Region, err)
	}
	return nil
}
