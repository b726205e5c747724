package steps

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

// What people do to a world of the corpus, in AWS's console or elsewhere.

// must ends the test at an error of an outsider's call.
func (p *patient) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *patient) distribution() *string { return aws.String(p.resources.ID(setup.KeyDistribution)) }

func (p *patient) target() string { return domainTarget(p.env("preview")) }

// update changes the distribution; deployed waits until all of CloudFront's
// locations have the change.
func (p *patient) update(change func(*types.DistributionConfig)) {
	p.t.Helper()
	cf := p.outside().CloudFront()
	d, err := cf.GetDistributionConfig(p.t.Context(), &cloudfront.GetDistributionConfigInput{Id: p.distribution()})
	p.must(err)
	change(d.DistributionConfig)
	_, err = cf.UpdateDistribution(p.t.Context(), &cloudfront.UpdateDistributionInput{Id: p.distribution(), IfMatch: d.ETag, DistributionConfig: d.DistributionConfig})
	p.must(err)
}

func (p *patient) deployed() {
	p.t.Helper()
	for range 60 {
		d, err := p.outside().CloudFront().GetDistribution(p.t.Context(), &cloudfront.GetDistributionInput{Id: p.distribution()})
		p.must(err)
		if aws.ToString(d.Distribution.Status) == "Deployed" {
			return
		}
		time.Sleep(30 * time.Second)
	}
	p.t.Fatal("the distribution is never deployed")
}

// edge is a change of the distribution, until it is deployed.
func edge(change func(*types.DistributionConfig)) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		p.update(change)
		p.deployed()
	}
}

// origin is a change of the distribution's origin, likewise.
func origin(change func(*patient, *types.Origin)) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		p.update(func(c *types.DistributionConfig) { change(p, &c.Origins.Items[0]) })
		p.deployed()
	}
}

// behavior is a change of the default behavior, likewise.
func behavior(change func(*types.DefaultCacheBehavior)) func(*patient) {
	return edge(func(c *types.DistributionConfig) { change(c.DefaultCacheBehavior) })
}

// domain is a change of the custom domain, until it is available.
func domain(patches ...agtypes.PatchOperation) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		p.patch(patches...)
		time.Sleep(10 * time.Minute)
	}
}

func (p *patient) patch(patches ...agtypes.PatchOperation) {
	p.t.Helper()
	time.Sleep(time.Minute) // one update in 30 seconds
	_, err := p.outside().APIGateway().UpdateDomainName(p.t.Context(), &apigateway.UpdateDomainNameInput{
		DomainName: aws.String(p.setup.Spec.Domain.Name), PatchOperations: patches,
	})
	p.must(err)
}

func replace(path, value string) agtypes.PatchOperation {
	return agtypes.PatchOperation{Op: agtypes.OpReplace, Path: &path, Value: &value}
}

// noDomain deletes the custom domain.
func noDomain(p *patient) {
	p.t.Helper()
	_, err := p.outside().APIGateway().DeleteDomainName(p.t.Context(), &apigateway.DeleteDomainNameInput{DomainName: aws.String(p.setup.Spec.Domain.Name)})
	p.must(err)
	time.Sleep(time.Minute)
}

// mapped is what API Gateway has of the mapping at a path.
func (p *patient) mapped(path string) (id string) {
	p.t.Helper()
	in := &apigatewayv2.GetApiMappingsInput{DomainName: aws.String(p.setup.Spec.Domain.Name)}
	for {
		out, err := p.outside().APIGatewayV2().GetApiMappings(p.t.Context(), in)
		p.must(err)
		for _, m := range out.Items {
			if aws.ToString(m.ApiMappingKey) == path {
				return aws.ToString(m.ApiMappingId)
			}
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	p.t.Fatalf("%s is not mapped", path)
	return ""
}

// unmap deletes the mapping of a path.
func unmap(path string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		_, err := p.outside().APIGatewayV2().DeleteApiMapping(p.t.Context(), &apigatewayv2.DeleteApiMappingInput{
			DomainName: aws.String(p.setup.Spec.Domain.Name), ApiMappingId: aws.String(p.mapped(path)),
		})
		p.must(err)
		time.Sleep(time.Minute)
	}
}

// remap leads a path to another API of the account.
func remap(path, api, stage string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		_, err := p.outside().APIGatewayV2().UpdateApiMapping(p.t.Context(), &apigatewayv2.UpdateApiMappingInput{
			DomainName: aws.String(p.setup.Spec.Domain.Name), ApiMappingId: aws.String(p.mapped(path)),
			ApiId: aws.String(p.demo.APIs[api]), Stage: &stage,
		})
		p.must(err)
		time.Sleep(time.Minute)
	}
}

// one makes the setup one of a single path, which leads to a new API.
func one(api sim.API) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		api.Name = "one"
		if api.Stages == nil {
			api.Stages = []string{"prod"}
		}
		id := p.sim.AddAPI(p.demo.AccountID, p.setup.Spec.Account.Region, api)
		p.setup.Spec.API.Mappings = []setup.Mapping{{Path: "one", APIID: id, APIName: api.Name, Kind: setup.APIKind(api.Kind), Stage: api.Stages[0]}}
	}
}

// behaves gives the API of the first path another behavior.
func behaves(api sim.API) func(*patient) { return behavesAt(0, api) }

func behavesAt(n int, api sim.API) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		found, err := p.sim.ChangeAPI(p.setup.Spec.API.Mappings[n].APIID, api)
		p.must(err)
		if !found {
			p.t.Fatal("there is no such API")
		}
	}
}

// answers is an API whose backend answers so to everything.
func answers(kind string, a sim.Answer) sim.API {
	api := sim.API{Kind: kind, Methods: []sim.Method{{Key: "ANY /", Answer: &a}, {Key: "ANY /{proxy+}", Answer: &a}}}
	if kind == "HTTP" {
		api.Methods = []sim.Method{{Key: "$default", Answer: &a}}
	}
	return api
}

// asks is an API whose methods ask callers for something.
func asks(kind, authorization string) sim.API {
	api := sim.API{Kind: kind, Methods: []sim.Method{{Key: "ANY /", Authorization: authorization}, {Key: "ANY /{proxy+}", Authorization: authorization}}}
	if kind == "WEBSOCKET" {
		api.Methods = []sim.Method{{Key: "$connect", Authorization: authorization}}
	}
	return api
}

// edits changes the answers before the job.
func edits(change func(*setup.Spec)) func(*patient) {
	return func(p *patient) { change(&p.setup.Spec) }
}

// both does two things.
func both(first, second func(*patient)) func(*patient) {
	return func(p *patient) { first(p); second(p) }
}

// record puts other records in the place of the name's, and waits until
// resolvers know them.
func record(kind string, value func(*patient) string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		zone, name := p.demo.Zones["harborview.example"], p.setup.Spec.Domain.Name
		for _, k := range []string{"A", "AAAA", "CNAME", "HTTPS", sim.TypeFlattened} {
			p.sim.AddRecord(zone, name, k, 60)
		}
		if v := value(p); v != "" {
			p.sim.AddRecord(zone, name, kind, 60, v)
		}
		time.Sleep(time.Hour)
	}
}

func constant(value string) func(*patient) string { return func(*patient) string { return value } }

// site puts a host on the Internet that is no API Gateway.
func site(s sim.Site) func(*patient) {
	return func(p *patient) { p.t.Helper(); p.must(p.sim.AddSite(s)) }
}

// executeOff switches the own name of the first path's REST API off.
func executeOff(p *patient) {
	p.t.Helper()
	m, gateway := p.setup.Spec.API.Mappings[0], p.outside().APIGateway()
	_, err := gateway.UpdateRestApi(p.t.Context(), &apigateway.UpdateRestApiInput{
		RestApiId: &m.APIID, PatchOperations: []agtypes.PatchOperation{replace("/disableExecuteApiEndpoint", "true")},
	})
	p.must(err)
	_, err = gateway.CreateDeployment(p.t.Context(), &apigateway.CreateDeploymentInput{RestApiId: &m.APIID, StageName: &m.Stage})
	p.must(err)
}

// moved is what a person does who moves the traffic.
func moved(p *patient) {
	p.t.Helper()
	record(sim.TypeFlattened, func(p *patient) string { return p.resources.Attr(setup.KeyDistribution, setup.AttrDomainName) })(p)
}
