package doctor_test

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

// bothKinds are the records of an alias.
var bothKinds = []r53types.RRType{r53types.RRTypeA, r53types.RRTypeAaaa}

// preset is a distribution as the console makes it for an API: its own name as origin.
func (c *clinic) preset() {
	c.origin, c.path, c.policy = c.api+".execute-api.eu-west-1.amazonaws.com", "/prod", exceptHost
	c.front(c.account, c.edge)
}

// rest changes the REST API, and deploys it: its own name closes with a deployment.
func (c *clinic) rest(path, value string) {
	c.t.Helper()
	_, err := c.account.APIGateway().UpdateRestApi(c.t.Context(), &apigateway.UpdateRestApiInput{RestApiId: &c.api, PatchOperations: []agtypes.PatchOperation{replaced(path, value)}})
	c.must(err)
	_, err = c.account.APIGateway().CreateDeployment(c.t.Context(), &apigateway.CreateDeploymentInput{RestApiId: &c.api, StageName: aws.String("prod")})
	c.must(err)
	time.Sleep(time.Minute)
}

// unstage deletes the stage, which AWS allows where nothing is mapped to it.
func (c *clinic) unstage() {
	c.t.Helper()
	_, err := c.account.APIGateway().DeleteStage(c.t.Context(), &apigateway.DeleteStageInput{RestApiId: &c.api, StageName: aws.String("prod")})
	c.must(err)
	time.Sleep(time.Minute)
}

// unmapped deletes the mapping of the name.
func (c *clinic) unmap() {
	c.t.Helper()
	_, err := c.account.APIGateway().DeleteBasePathMapping(c.t.Context(), &apigateway.DeleteBasePathMappingInput{DomainName: aws.String(hostName), BasePath: aws.String("(none)")})
	c.must(err)
	time.Sleep(time.Minute)
}

// undomain deletes the custom domain.
func (c *clinic) undomain() {
	c.t.Helper()
	_, err := c.account.APIGateway().DeleteDomainName(c.t.Context(), &apigateway.DeleteDomainNameInput{DomainName: aws.String(hostName)})
	c.must(err)
	time.Sleep(time.Hour)
}

// behind gives the API another behavior.
func behind(api sim.API) func(*clinic) {
	return func(c *clinic) {
		found, err := c.sim.ChangeAPI(c.api, api)
		c.must(err)
		if !found {
			c.t.Fatal("there is no such API")
		}
	}
}

// every is an API all of whose methods are so.
func every(m sim.Method) sim.API {
	root, rest := m, m
	root.Key, rest.Key = "ANY /", "ANY /{proxy+}"
	return sim.API{Kind: "REST", Methods: []sim.Method{root, rest}}
}

// over is an HTTP API in the place of the REST API.
func over(m sim.Method) func(*clinic) {
	return func(c *clinic) {
		m.Key, c.http = "$default", true
		c.api = c.sim.AddAPI(accountID, "eu-west-1", sim.API{Name: "orders-api", Kind: "HTTP", Stages: []string{"prod"}, Methods: []sim.Method{m}})
		c.complete()
	}
}

// gatewayWards are worlds in which the custom domain or the API is wrong.
func gatewayWards() []ward {
	return []ward{
		{part: "API Gateway", what: "The custom domain was deleted", source: "2 23", wrong: "custom-domain", open: "custom-domain origin-domain", says: []string{"Create the custom domain " + hostName}, asked: "GetDomainName", heals: byFix, outside: setup.VerdictUnsure, done: (*clinic).undomain},
		{what: "The custom domain was deleted and made again", stuck: "the domain is not the one that was adopted, and the job says so", source: "3", wrong: "origin-domain", open: "custom-domain origin-domain", says: []string{"the domain name of the origin"}, asked: "GetDistributionConfig", heals: byHand, hand: func(c *clinic) { fetching(func(o *cftypes.Origin) { o.DomainName = &c.target })(c) }, outside: setup.VerdictUnsure, done: func(c *clinic) { c.undomain(); c.custom("eu-west-1") }},
		{what: "The mapping was deleted", source: "37", wrong: "mapping", open: refusedOpen, says: []string{"Mapping /:"}, asked: "GetApiMappings", heals: byFix, outside: setup.VerdictUnsure, done: (*clinic).unmap},
		{what: "The API and its mapping were deleted", stuck: "the API that was mapped is gone, and the job says so", source: "37", wrong: "mapping", open: refusedOpen, says: []string{"Mapping /:"}, asked: "GetApiMappings", heals: byHand, hand: func(c *clinic) {
			c.api = c.sim.AddAPI(accountID, "eu-west-1", sim.API{Name: "orders-api", Kind: "REST", Stages: []string{"prod"}})
			c.remap("(none)")
		}, outside: setup.VerdictUnsure, done: func(c *clinic) {
			c.unmap()
			_, err := c.account.APIGateway().DeleteRestApi(c.t.Context(), &apigateway.DeleteRestApiInput{RestApiId: &c.api})
			c.must(err)
		}},
		{what: "Another path is mapped", source: "37", wrong: "mapping", open: refusedOpen, says: []string{"Mapping /orders:"}, asked: "GetApiMappings", heals: byHand, hand: func(c *clinic) { c.remap("orders") }, outside: setup.VerdictUnsure, path: "/orders", made: func(c *clinic) { c.mapped = "catalog"; c.complete() }},
		{what: "The custom domain goes by routing rules alone", source: "B.4", wrong: "routing-mode", open: refusedOpen, says: []string{"routingMode: ROUTING_RULE_ONLY"}, asked: "GetDomainName", heals: byHand, hand: patched(replaced("/routingMode", "BASE_PATH_MAPPING_ONLY")), outside: setup.VerdictUnsure, done: patched(replaced("/routingMode", "ROUTING_RULE_ONLY"))},
		{what: "Mutual TLS of the custom domain", source: "2", wrong: "domain-mtls", open: brokenOpen, says: []string{"Switch mutual TLS off"}, asked: "GetDomainName", heals: byHand, hand: patched(agtypes.PatchOperation{Op: agtypes.OpRemove, Path: aws.String("/mutualTlsAuthentication/truststoreUri")}), outside: setup.VerdictUnsure, done: patched(replaced("/mutualTlsAuthentication/truststoreUri", "s3://bucket/ca.pem"))},
		{what: "The backend answers 500", source: "19", wrong: "backend", bare: "backend", asked: "GET https://", heals: byHand, hand: behind(sim.API{Kind: "REST"}), outside: setup.VerdictWrong, done: behind(every(sim.Method{Answer: &sim.Answer{Status: 500, Body: `{"message":"Internal server error"}`}}))},
		{what: "The integration takes too long", source: "18", wrong: "backend", bare: "backend", asked: "GET https://", heals: byHand, hand: behind(sim.API{Kind: "REST"}), outside: setup.VerdictWrong, done: behind(every(sim.Method{Answer: &sim.Answer{Delay: time.Minute}}))},
		{what: "API Gateway throttles the API", source: "21", remarks: "~throttling", asked: "GET https://", heals: byHand, hand: behind(sim.API{Kind: "REST"}), outside: setup.VerdictRemarks, done: behind(every(sim.Method{Answer: &sim.Answer{Status: 429, Body: `{"message":"Too Many Requests"}`}}))},
	}
}

// fromHere is a resource policy that lets in the tests' own address alone; nobody lets
// nobody in.
const (
	fromHere = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*","Condition":{"IpAddress":{"aws:SourceIp":"127.0.0.1/32"}}}]}`
	nobody   = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}]}`
)

// refusalWards are worlds in which callers are refused, by whomever.
func refusalWards() []ward {
	return []ward{
		{part: "Refusals", what: "A REST API wants a key", doors: "-", source: "36", remarks: "api-access", open: refusedOpen, says: []string{"asks callers for an API key", "x-api-key"}, bareSays: "Ask once with an API key", asked: "GET https://", outside: setup.VerdictUnsure, done: behind(every(sim.Method{APIKey: true}))},
		{what: "A REST API wants a signature", source: "39", remarks: "api-access", says: []string{"asks callers for a signature of AWS"}, bareSays: "Ask at another path", asked: "GET https://", outside: setup.VerdictRemarks, done: behind(every(sim.Method{Authorization: "AWS_IAM"}))},
		{what: "A REST API has an authorizer", source: "F.3", remarks: "api-access", says: []string{"asks callers for a token"}, asked: "GET https://", outside: setup.VerdictRemarks, done: behind(every(sim.Method{Authorization: "CUSTOM"}))},
		{what: "An HTTP API wants a signature", doors: "-", source: "36", remarks: "api-access", open: refusedOpen, says: []string{"asks callers for a signature of AWS"}, bareSays: "Ask once with an API key", asked: "GET https://", outside: setup.VerdictUnsure, made: over(sim.Method{Authorization: "AWS_IAM"})},
		{what: "A resource policy goes by the caller's address", source: "12", wrong: "api-policy", says: []string{"Its resource policy goes by the caller's address"}, bareSays: "Have the owner run this", asked: "GET https://", heals: byHand, hand: func(c *clinic) { c.rest("/policy", "") }, outside: setup.VerdictRemarks, done: func(c *clinic) { c.rest("/policy", fromHere) }},
		{what: "A resource policy lets nobody in", source: "12", remarks: "api-policy", says: []string{"a resource policy, an IAM policy or an authorizer"}, bareSays: "Have the owner run this", asked: "GET https://", heals: byHand, hand: func(c *clinic) { c.rest("/policy", "") }, outside: setup.VerdictRemarks, done: func(c *clinic) { c.rest("/policy", nobody) }},
		{what: "The API has no such path", source: "6 39", remarks: "request", says: []string{"has no route for /nowhere"}, bareSays: "Ask at another path", asked: "/nowhere", outside: setup.VerdictRemarks, path: "/nowhere", done: behind(sim.API{Kind: "REST", Methods: []sim.Method{{Key: "GET /orders"}}})},
		{what: "A web ACL stands before the stage", source: "11", wrong: "api-policy", open: refusedOpen, says: []string{"A web ACL stands before its stage"}, asked: "GET https://", heals: byHand, hand: func(c *clinic) {
			c.sim.RemoveBlocks("arn:aws:apigateway:eu-west-1::/restapis/" + c.api + "/stages/prod")
		}, outside: setup.VerdictUnsure, done: func(c *clinic) {
			c.must(c.sim.AddBlock(sim.Block{Resource: "arn:aws:apigateway:eu-west-1::/restapis/" + c.api + "/stages/prod"}))
		}},
	}
}

// healthyWards are worlds in which nothing is wrong.
func healthyWards() []ward {
	return []ward{
		{part: "Healthy", what: "All that there should be", outside: setup.VerdictHealthy, done: func(*clinic) {}},
		{what: "An HTTP API", outside: setup.VerdictHealthy, made: over(sim.Method{})},
		{what: "The default endpoint of a REST API is closed", source: "docs/doors.md", doors: "regional-name", outside: setup.VerdictHealthy, done: func(c *clinic) { c.rest("/disableExecuteApiEndpoint", "true") }},
		{what: "The default endpoint of an HTTP API is closed", source: "docs/doors.md", doors: "regional-name", outside: setup.VerdictHealthy, made: func(c *clinic) {
			over(sim.Method{})(c)
			_, err := c.account.APIGatewayV2().UpdateApi(c.t.Context(), &apigatewayv2.UpdateApiInput{ApiId: &c.api, DisableExecuteApiEndpoint: aws.Bool(true)})
			c.must(err)
			time.Sleep(time.Minute)
		}},
		{what: "A web ACL before the stage lets CloudFront through alone", source: "docs/doors.md", doors: "-", outside: setup.VerdictHealthy, done: func(c *clinic) {
			c.must(c.sim.AddBlock(sim.Block{Resource: "arn:aws:apigateway:eu-west-1::/restapis/" + c.api + "/stages/prod", Header: "X-Origin-Verify", Value: "front"}))
			edged(func(d *cftypes.DistributionConfig) {
				d.Origins.Items[0].CustomHeaders = &cftypes.CustomHeaders{Quantity: aws.Int32(1), Items: []cftypes.OriginCustomHeader{{HeaderName: aws.String("X-Origin-Verify"), HeaderValue: aws.String("front")}}}
			})(c)
		}},
		{what: "A CNAME record in place of alias records", outside: setup.VerdictHealthy, made: (*clinic).whole},
		{what: "A web ACL that lets through", outside: setup.VerdictHealthy, done: walled("/admin*")},
	}
}
