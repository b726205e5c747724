package steps

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/setup"
)

// EdgeVariants are the setups for which the story of an edge-optimised custom domain is
// told: a person leads callers, or the job does.
func EdgeVariants() []Variant { return []Variant{{rest: true}, {rest: true, route53: true}} }

// FromEdge makes an edge-optimised custom domain of the name first, which the setup moves.
func (p *Story) FromEdge() {
	p.t.Helper()
	spec := &p.setup.Spec
	spec.Domain.FromEdge = true
	spec.API.Mappings = []setup.Mapping{{Path: "orders", APIID: p.demo.APIs["orders-api-eu"], APIName: "orders-api-eu", Kind: setup.APIKindREST, Stage: "prod"}}
	p.freely(func() error {
		p.makeEdge(edgeWorld{policy: agtypes.SecurityPolicyTls10})
		return nil
	})
}

// CheckMoved checks that the custom domain is Regional, whatever failed on the way.
func (p *Story) CheckMoved() {
	p.t.Helper()
	p.freely(func() error {
		d, err := p.outside().APIGateway().GetDomainName(p.t.Context(), &apigateway.GetDomainNameInput{DomainName: aws.String(p.setup.Spec.Domain.Name)})
		if err == nil && (!regionalOnly(d) || d.SecurityPolicy != agtypes.SecurityPolicyTls12) {
			p.t.Errorf("the custom domain is %v, %s", d.EndpointConfiguration.Types, d.SecurityPolicy)
		}
		return err
	})
}
