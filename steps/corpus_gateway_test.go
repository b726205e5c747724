package steps

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"apifront/cloud/sim"
	"apifront/setup"
)

// domainAgain deletes the custom domain and makes it again, with its mappings:
// it then has another target.
func domainAgain(p *patient) {
	p.t.Helper()
	noDomain(p)
	ag, name := p.outside().APIGateway(), aws.String(p.setup.Spec.Domain.Name)
	time.Sleep(time.Minute)
	_, err := ag.CreateDomainName(p.t.Context(), &apigateway.CreateDomainNameInput{
		DomainName: name, RegionalCertificateArn: aws.String(p.regional()), SecurityPolicy: agtypes.SecurityPolicyTls12,
		EndpointConfiguration: &agtypes.EndpointConfiguration{Types: []agtypes.EndpointType{agtypes.EndpointTypeRegional}},
	})
	p.must(err)
	time.Sleep(10 * time.Minute)
	for _, m := range p.setup.Spec.API.Mappings {
		_, err := p.outside().APIGatewayV2().CreateApiMapping(p.t.Context(), &apigatewayv2.CreateApiMappingInput{
			DomainName: name, ApiMappingKey: &m.Path, ApiId: &m.APIID, Stage: &m.Stage,
		})
		p.must(err)
	}
	time.Sleep(time.Minute)
}

// regional is the certificate of the custom domain.
func (p *patient) regional() string { return p.resources.ID(setup.KeyCertificateRegional) }

// oldCertificate gives the custom domain a certificate that ends soon, and waits
// until it has ended.
func oldCertificate(p *patient) {
	p.t.Helper()
	arn := p.sim.AddCertificate(p.demo.AccountID, p.setup.Spec.Account.Region, sim.Certificate{
		Names: []string{p.setup.Spec.Domain.Name}, Type: "IMPORTED", NotAfter: time.Now().Add(time.Hour),
	})
	domain(replace("/regionalCertificateArn", arn))(p)
	time.Sleep(2 * time.Hour)
}

// noAPI deletes the API of a path, which AWS allows once nothing leads to it.
func noAPI(path string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		unmap(path)(p)
		for _, m := range p.setup.Spec.API.Mappings {
			if m.Path != path {
				continue
			}
			if m.Kind == setup.APIKindREST {
				_, err := p.outside().APIGateway().DeleteRestApi(p.t.Context(), &apigateway.DeleteRestApiInput{RestApiId: &m.APIID})
				p.must(err)
			} else {
				_, err := p.outside().APIGatewayV2().DeleteApi(p.t.Context(), &apigatewayv2.DeleteApiInput{ApiId: &m.APIID})
				p.must(err)
			}
		}
		time.Sleep(time.Minute)
	}
}

// noStage deletes the stage of a path, which AWS allows once nothing leads to it.
func noStage(path string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		unmap(path)(p)
		for _, m := range p.setup.Spec.API.Mappings {
			if m.Path != path {
				continue
			}
			var err error
			if m.Kind == setup.APIKindREST {
				_, err = p.outside().APIGateway().DeleteStage(p.t.Context(), &apigateway.DeleteStageInput{RestApiId: &m.APIID, StageName: &m.Stage})
			} else {
				_, err = p.outside().APIGatewayV2().DeleteStage(p.t.Context(), &apigatewayv2.DeleteStageInput{ApiId: &m.APIID, StageName: &m.Stage})
			}
			p.must(err)
		}
		time.Sleep(time.Minute)
	}
}

// fromHere is a resource policy that lets in the tests' own address alone.
const fromHere = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*","Condition":{"IpAddress":{"aws:SourceIp":"127.0.0.1/32"}}}]}`

// policyOf is the resource policy of the first path's API.
func policyOf(document string) func(*patient) {
	return func(p *patient) {
		p.t.Helper()
		_, err := p.outside().APIGateway().UpdateRestApi(p.t.Context(), &apigateway.UpdateRestApiInput{
			RestApiId: aws.String(p.setup.Spec.API.Mappings[0].APIID), PatchOperations: []agtypes.PatchOperation{replace("/policy", document)},
		})
		p.must(err)
	}
}

// stageBlocked puts a web ACL before the stage of the first path, which blocks all.
func stageBlocked(p *patient) {
	p.t.Helper()
	m := p.setup.Spec.API.Mappings[0]
	p.must(p.sim.AddBlock(sim.Block{Resource: "arn:aws:apigateway:" + p.setup.Spec.Account.Region + "::/restapis/" + m.APIID + "/stages/" + m.Stage}))
}

func brokenGateways() []condition {
	rest := edits(func(s *setup.Spec) { s.API.Mappings = s.API.Mappings[:1] })
	http := edits(func(s *setup.Spec) { s.API.Mappings = s.API.Mappings[1:] })
	return []condition{
		// The custom domain.
		{what: "The custom domain was deleted", guide: "2 23", done: do(noDomain), want: "custom-domain"},
		{what: "The custom domain was deleted and made again", guide: "3", done: do(domainAgain), want: "origin-domain"},
		{what: "The certificate of the custom domain has ended", guide: "2", done: do(oldCertificate), want: "regional-certificate"},
		{what: "Mutual TLS of the custom domain", guide: "2", done: do(domain(replace("/mutualTlsAuthentication/truststoreUri", "s3://bucket/ca.pem"))), want: "domain-mtls"},
		{what: "Mutual TLS of the custom domain, and a WebSocket API", guide: "2", made: one(sim.API{Kind: "WEBSOCKET"}), done: do(domain(replace("/mutualTlsAuthentication/truststoreUri", "s3://bucket/ca.pem"))), want: "domain-mtls"},
		{what: "The custom domain goes by routing rules alone", done: do(domain(replace("/routingMode", "ROUTING_RULE_ONLY"))), want: "routing-mode"},

		// Mappings.
		{what: "A mapping was deleted (REST)", guide: "4 37", done: do(unmap("orders")), want: "mapping"},
		{what: "A mapping was deleted (HTTP)", guide: "4 37", done: do(unmap("catalog/v2")), want: "mapping"},
		{what: "All mappings were deleted", guide: "37", done: do(unmap("orders"), unmap("catalog/v2")), want: "mapping"},
		{what: "The mapping of a WebSocket API was deleted", guide: "49", made: one(sim.API{Kind: "WEBSOCKET"}), done: do(unmap("one")), want: "mapping"},
		{what: "The mapping of an API that wants a key was deleted", guide: "36 37", made: one(withKey()), done: do(unmap("one")), want: "mapping"},
		{what: "A path leads to another API", done: do(remap("catalog/v2", "partners-http", "$default")), want: "mapping"},
		{what: "A path leads to another stage", done: do(remap("catalog/v2", "catalog-http-eu", "beta")), want: "mapping"},
		{what: "The mapping of an API whose own name is off was deleted", guide: "37", done: do(executeOff, unmap("orders")), want: "mapping"},

		// The API.
		{what: "A REST API was deleted, with its mapping", guide: "37", made: rest, done: do(noAPI("orders")), want: "mapping route"},
		{what: "An HTTP API was deleted, with its mapping", guide: "37", made: http, done: do(noAPI("catalog/v2")), want: "mapping route"},
		{what: "A stage was deleted, with its mapping (REST)", guide: "37", done: do(noStage("orders")), want: "mapping route"},
		{what: "A stage was deleted, with its mapping (HTTP)", guide: "37", done: do(noStage("catalog/v2")), want: "mapping route"},
		{what: "The integration takes too long (REST)", hangs: true, guide: "18", done: do(behaves(answers("REST", sim.Answer{Delay: time.Minute}))), want: "backend"},
		{what: "The integration takes too long (HTTP)", hangs: true, guide: "18", done: do(behavesAt(1, answers("HTTP", sim.Answer{Delay: time.Minute}))), want: "backend"},
		{what: "The backend answers 500", guide: "19", done: do(behaves(answers("REST", sim.Answer{Status: 500, Body: `{"message":"Internal server error"}`}))), want: "backend"},
		{what: "A Lambda answers what API Gateway does not understand: 502", guide: "19", done: do(behaves(answers("REST", sim.Answer{Status: 502, Body: `{"message":"Internal server error"}`}))), want: "backend"},
		{what: "The backend answers 503", guide: "20", done: do(behavesAt(1, answers("HTTP", sim.Answer{Status: 503, Body: `{"message":"Service Unavailable"}`}))), want: "backend"},
		{what: "The integration of $connect answers 500", guide: "49", made: one(sim.API{Kind: "WEBSOCKET"}), done: do(behaves(sim.API{Methods: []sim.Method{{Key: "$connect", Answer: &sim.Answer{Status: 500}}}})), want: "backend"},
		{what: "API Gateway throttles the API", guide: "21", done: do(behaves(answers("REST", sim.Answer{Status: 429, Body: `{"message":"Too Many Requests"}`}))), want: "~throttling", works: true},
		{what: "The quota of the usage plan is used up", guide: "21", done: do(behaves(answers("REST", sim.Answer{Status: 429, Body: `{"message":"Limit Exceeded"}`}))), want: "~throttling", works: true},
		{what: "A web ACL before the stage lets nobody in", guide: "11", done: do(stageBlocked), want: "api-policy"},
		{what: "A resource policy goes by the caller's address", guide: "12", done: do(policyOf(fromHere)), want: "api-policy"},
	}
}
