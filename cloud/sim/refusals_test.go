package sim

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

// A refusal is a call with one thing wrong in it, as it stands on the wire.
type refusal struct {
	what, method, target, body string
	code, text                 string // code "" is no refusal after all
}

// refused makes the calls, each in a world of its own that prepare made.
func refused(t *testing.T, service string, prepare func(*fuzzed), calls []refusal) {
	t.Helper()
	for _, c := range calls {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newFuzzed()
			prepare(w)
			before := w.s.State()
			a := w.send(t, service, c.method, strings.NewReplacer("E1", w.distribution, "ZONE", w.zone).Replace(c.target), c.body, "If-Match", "*")
			code := a.Header.Get("X-Amzn-Errortype")
			if m := regexp.MustCompile("<Code>(.*)</Code>").FindSubmatch(a.Body); m != nil {
				code = string(m[1])
			}
			if code != c.code || !bytes.Contains(a.Body, []byte(c.text)) {
				t.Fatalf("got %d %s\n%s\nwant %s with %q", a.Status, code, a.Body, c.code, c.text)
			}
			if c.code != "" && fmt.Sprint(w.s.State()) != fmt.Sprint(before) {
				t.Error("what was refused was done")
			}
		})
	}
}

func aPatch(op, path, value string) string {
	return fmt.Sprintf(`{"patchOperations":[{"op":%q,"path":%q,"value":%q}]}`, op, path, value)
}

func TestGatewayRefusals(t *testing.T) {
	t.Parallel()
	const (
		bad   = "BadRequestException"
		not   = "NotModelled"
		gone  = "NotFoundException"
		limit = "LimitExceededException"
		here  = "/domainnames/api.example.com"
		here2 = "/v2/domainnames/api.example.com"
		arn   = "/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fdomainnames%2Fapi.example.com"
		rest  = "/restapis/rest"
	)
	create := func(more string) string {
		return `{"domainName":"n.example.com","regionalCertificateArn":"CERT","endpointConfiguration":{"types":["REGIONAL"]}` + more + `}`
	}
	create2 := func(more string) string {
		return `{"domainName":"n.example.com","domainNameConfigurations":[{"certificateArn":"CERT","endpointType":"REGIONAL"` + more + `}]}`
	}
	calls := []refusal{
		{"nothing wrong", "POST", "/domainnames", create(""), "", "n.example.com"},
		{"nothing wrong, v2", "POST", "/v2/domainnames", create2(""), "", "n.example.com"},
		{"a member that is not modelled", "POST", "/domainnames", create(`,"magic":1`), not, "magic"},
		{"no body", "POST", "/domainnames", "", bad, "Invalid request input"},
		{"two bodies", "POST", "/domainnames", create("") + "{}", bad, "Invalid request input"},
		{"a page of none", "GET", "/domainnames?limit=0", "", bad, "limit"},
		{"a page of many", "GET", "/v2/domainnames?maxResults=x", "", bad, "maxResults"},
		{"a position nobody gave", "GET", "/domainnames?position=%25", "", bad, "position"},
		{"API: add a name", "PATCH", rest, aPatch("add", "/name", "x"), bad, "Invalid patch path"},
		{"API: not a bool", "PATCH", rest, aPatch("replace", "/disableExecuteApiEndpoint", "maybe"), bad, "Invalid boolean value: maybe"},
		{"API: another path", "PATCH", rest, aPatch("replace", "/description", "x"), not, "/description"},
		{"API: no policy", "PATCH", rest, aPatch("replace", "/policy", "x"), "BadRequestException", "Invalid policy document"},
		{"API: no such stage", "GET", rest + "/stages/none", "", gone, "stage"},
		{"API: no such stage, v2", "GET", "/v2/apis/http/stages/none", "", gone, "stage"},
		{"API: change no such stage", "PATCH", rest + "/stages/none", aPatch("replace", "/description", "x"), gone, "stage"},
		{"API: add to a stage", "PATCH", rest + "/stages/prod", aPatch("add", "/description", "x"), bad, "Invalid patch path"},
		{"API: another path of a stage", "PATCH", rest + "/stages/prod", aPatch("replace", "/cacheClusterEnabled", "true"), not, "/cacheClusterEnabled"},
		{"API: no such deployment", "PATCH", rest + "/stages/prod", aPatch("replace", "/deploymentId", "x"), bad, "Invalid deployment identifier"},
		{"API: deploy nowhere", "POST", rest + "/deployments", "{}", not, "CreateDeployment"},
		{"API: deploy nowhere, v2", "POST", "/v2/apis/http/deployments", "{}", not, "CreateDeployment"},
		{"API: no such API", "GET", "/restapis/none", "", gone, "Invalid API identifier"},
		{"API: a REST one in v2", "GET", "/v2/apis/rest", "", gone, "Invalid API identifier"},
		{"name with a space", "POST", "/domainnames", strings.Replace(create(""), "n.example.com", "n .example.com", 1), bad, "not valid"},
		{"name of 260", "POST", "/domainnames", strings.Replace(create(""), "n.example.com", strings.Repeat("abcde.", 42)+"example.com", 1), bad, "not valid"},
		{"V10: not an ARN of a certificate", "POST", "/domainnames", strings.Replace(create(""), "CERT", "arn:x", 1), bad, `Invalid certificate ARN: arn:x"`},
		{"access mode", "POST", "/domainnames", create(`,"securityPolicy":"SecurityPolicy_TLS13_1_2_2021_06","endpointAccessMode":"LOOSE"`), bad, "Invalid endpoint access mode: LOOSE"},
		{"policy without an access mode", "POST", "/domainnames", create(`,"securityPolicy":"SecurityPolicy_TLS13_1_2_2021_06"`), bad, "Endpoint access mode is required for the specified security policy"},
		{"access mode without such a policy", "POST", "/domainnames", create(`,"endpointAccessMode":"STRICT"`), bad, "endpointAccessMode is not supported"},
		{"policy of another type", "POST", "/domainnames", create(`,"securityPolicy":"SecurityPolicy_TLS13_2025_EDGE","endpointAccessMode":"BASIC"`), bad, "is not supported for the endpoint type REGIONAL"},
		{"no such policy", "POST", "/domainnames", create(`,"securityPolicy":"TLS_9"`), bad, "Invalid security policy"},
		{"IP type", "PATCH", here, aPatch("replace", "/endpointConfiguration/ipAddressType", "ipv5"), bad, "Invalid IP address type: ipv5"},
		{"routing mode", "PATCH", here, aPatch("replace", "/routingMode", "RANDOM"), bad, "Invalid routing mode: RANDOM"},
		{"enhanced policy over an HTTP API", "PATCH", here, `{"patchOperations":[{"op":"replace","path":"/securityPolicy","value":"SecurityPolicy_TLS13_1_2_2021_06"},{"op":"replace","path":"/endpointAccessMode","value":"BASIC"}]}`, bad, "HTTP API mappings"},
		{"mutual TLS", "POST", "/domainnames", create(`,"mutualTlsAuthentication":{"truststoreUri":"s3://a/b"}`), not, "mutual TLS"},
		{"mutual TLS, v2", "POST", "/v2/domainnames", strings.TrimSuffix(create2(""), "}") + `,"mutualTlsAuthentication":{"truststoreUri":"s3://a/b"}}`, not, "mutual TLS"},
		{"uploaded certificate", "POST", "/domainnames", create(`,"certificateName":"x"`), not, "uploaded"},
		{"uploaded certificate, v2", "POST", "/v2/domainnames", create2(`,"certificateName":"x"`), not, "uploaded"},
		{"no certificate, v2", "POST", "/v2/domainnames", `{"domainName":"n.example.com","domainNameConfigurations":[{"endpointType":"REGIONAL"}]}`, bad, "A certificate was not provided"},
		{"edge with a regional certificate", "POST", "/domainnames", `{"domainName":"n.example.com","regionalCertificateArn":"CERT","certificateArn":"CERT"}`, bad, "A regional certificate cannot be provided"},
		{"regional with an edge certificate", "POST", "/domainnames", create(`,"certificateArn":"CERT"`), bad, "An edge certificate cannot be provided"},
		{"private name", "GET", here + "?domainNameId=x", "", not, "private domain names"},
		{"names of others", "GET", "/domainnames?resourceOwner=OTHER_ACCOUNTS", "", not, "other accounts"},
		{"patch: test", "PATCH", here, aPatch("test", "/securityPolicy", "x"), bad, "for op 'test'"},
		{"patch: test a certificate", "PATCH", here, aPatch("test", "/regionalCertificateArn", "CERT"), bad, "for op 'test'"},
		{"patch: no value", "PATCH", here, aPatch("replace", "/securityPolicy", ""), bad, "value is required"},
		{"patch: upload", "PATCH", here, aPatch("replace", "/certificateName", "x"), not, "uploaded"},
		{"patch: nothing uploaded", "PATCH", here, aPatch("remove", "/certificateName", ""), "", "api.example.com"},
		{"patch: take the policy away", "PATCH", here, aPatch("remove", "/securityPolicy", ""), bad, "Invalid patch path"},
		{"patch: truststore", "PATCH", here, aPatch("replace", "/mutualTlsAuthentication/truststoreVersion", "1"), not, "truststoreVersion"},
		{"patch: PRIVATE", "PATCH", here, aPatch("add", "/endpointConfiguration/types", "PRIVATE"), not, "private domain names"},
		{"patch: no such type", "PATCH", here, aPatch("add", "/endpointConfiguration/types", "LUNAR"), bad, "Invalid endpoint type: LUNAR"},
		{"patch: no type left", "PATCH", here, aPatch("remove", "/endpointConfiguration/types", "REGIONAL"), bad, "must have an endpoint type"},
		{"patch: a type without certificate", "PATCH", here, aPatch("add", "/endpointConfiguration/types", "EDGE"), bad, "A certificate was not provided for the endpoint type EDGE"},
		{"mapping: not there", "GET", here + "/basepathmappings/none", "", gone, "base path mapping"},
		{"mapping: add", "PATCH", here + "/basepathmappings/a", aPatch("add", "/stage", "prod"), bad, "Invalid patch path"},
		{"mapping: onto another", "PATCH", here + "/basepathmappings/a", aPatch("replace", "/basePath", "b"), "ConflictException", "already exists"},
		{"mapping: onto itself", "PATCH", here + "/basepathmappings/a", aPatch("replace", "/basePath", "a"), "", `"a"`},
		{"mapping: onto another, v2", "PATCH", here2 + "/apimappings/ma", `{"apiMappingKey":"b"}`, "ConflictException", "already exists"},
		{"mapping: onto itself, v2", "PATCH", here2 + "/apimappings/ma", `{"apiMappingKey":"a"}`, "", `"a"`},
		{"mapping: no stage, v2", "POST", here2 + "/apimappings", `{"apiId":"rest","apiMappingKey":"c"}`, bad, "Invalid stage"},
		{"mapping: HTTP API on an edge name", "POST", "/domainnames/edge.example.com/basepathmappings", `{"restApiId":"http","stage":"$default"}`, bad, "Mixing of REST APIs and HTTP APIs"},
		{"mapping: HTTP API on an edge name, v2", "POST", "/v2/domainnames/edge.example.com/apimappings", `{"apiId":"http","stage":"$default"}`, bad, "Only REGIONAL domain names"},
		{"tags: another resource", "GET", "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fdomainnames%2Fapi.example.com", "", bad, "Invalid ARN"},
		{"tags: a kind without", "GET", "/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fusageplans%2Fx", "", not, "usageplans"},
		{"tags: not there", "GET", "/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fdomainnames%2Fnone", "", gone, "Invalid resource identifier"},
		{"tags: aws:", "PUT", arn, `{"tags":{"aws:x":"y"}}`, bad, "cannot begin with aws:"},
		{"tags: long value", "PUT", arn, `{"tags":{"x":"` + strings.Repeat("y", 257) + `"}}`, bad, "at most 256"},
		{"tags: empty key", "PUT", arn, `{"tags":{"":"y"}}`, bad, "1 to 128"},
		{"tags: a star", "PUT", arn, `{"tags":{"a":"*"}}`, bad, "invalid characters"},
		{"tags: fifty-one", "PUT", arn, `{"tags":{` + strings.TrimSuffix(numbered(51, `"k%d":"v",`), ",") + `}}`, bad, "at most 50 tags"},
		{"tags: fifty", "PUT", arn, `{"tags":{` + strings.TrimSuffix(numbered(50, `"k%d":"v",`), ",") + `}}`, "", ""},
	}
	prepare := func(w *fuzzed) {
		r := w.s.region(ours, "us-east-1")
		for id, a := range r.apis { // by their names, so that targets can name them
			delete(r.apis, id)
			a.ID = a.Name
			r.apis[a.ID] = a
		}
		d := r.domains["api.example.com"]
		d.Mappings["a"] = &mapping{ID: "ma", Key: "a", API: "rest", Stage: "prod"}
		d.Mappings["b"] = &mapping{ID: "mb", Key: "b", API: "rest", Stage: "prod"}
		d.Mappings["h"] = &mapping{ID: "mh", Key: "h", API: "http", Stage: "$default"}
		edge := *d
		edge.Name, edge.Endpoint, edge.EdgeTarget, edge.Target, edge.Mappings = "edge.example.com", "EDGE", "d123456789abcd.cloudfront.net", "", map[string]*mapping{}
		edge.Certificate, edge.EdgeCertificate = "", d.Certificate
		r.domains[edge.Name] = &edge
	}
	cert := newFuzzed().s.region(ours, "us-east-1").domains["api.example.com"].Certificate
	for i := range calls {
		calls[i].body = strings.ReplaceAll(calls[i].body, "CERT", cert)
	}
	refused(t, "apigateway", prepare, calls)
	refused(t, "apigateway", func(w *fuzzed) {
		r := w.s.region(ours, "us-east-1")
		for i := range maxDomains {
			r.domains[fmt.Sprint(i)] = &domain{Name: fmt.Sprint(i), Mappings: map[string]*mapping{}}
		}
	}, []refusal{{"the 121st name", "POST", "/domainnames", strings.ReplaceAll(create(""), "CERT", cert), limit, "Maximum number"}})
	refused(t, "apigateway", func(w *fuzzed) {
		prepare(w)
		d := w.s.region(ours, "us-east-1").domains["api.example.com"]
		for i := range maxDeepMappings {
			key := fmt.Sprintf("a/%d", i)
			d.Mappings[key] = &mapping{ID: key, Key: key, API: "rest", Stage: "prod"}
		}
	}, []refusal{
		{"V15: the 201st deep mapping", "POST", here2 + "/apimappings", `{"apiId":"rest","apiMappingKey":"b/c","stage":"prod"}`, bad, "already has 200"},
		{"V15: a flat one beside 200 deep ones", "POST", here2 + "/apimappings", `{"apiId":"rest","apiMappingKey":"c","stage":"prod"}`, "", "rest"},
	})
	refused(t, "apigateway", func(w *fuzzed) {
		prepare(w)
		w.s.distributions["E1"] = &distribution{ID: "E1", Account: theirs, Config: distributionConfig{Aliases: &aliases{Quantity: 1, Items: []string{"api.example.com"}}}}
	}, []refusal{{"V21: an edge type for a name that a distribution has", "PATCH", here,
		`{"patchOperations":[{"op":"add","path":"/endpointConfiguration/types","value":"EDGE"},{"op":"add","path":"/certificateArn","value":"` + cert + `"}]}`, bad, "already associated"}})
}

// numbered is n copies of a text, each with its number.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// distributed gives a world a distribution of its own.
func distributed(w *fuzzed) {
	arn := w.s.region(ours, "us-east-1").domains["api.example.com"].Certificate
	c := distributionConfig{
		CallerReference: "r", ViewerCertificate: &viewerCertificate{ACMCertificateArn: arn},
		Origins:              &origins{Quantity: 1, Items: []origin{{ID: "o", DomainName: "o.example.net", S3OriginConfig: &s3OriginConfig{}}}},
		DefaultCacheBehavior: &cacheBehavior{TargetOriginID: "o", ViewerProtocolPolicy: "allow-all", CachePolicyID: managedCachePolicies[0].ID},
	}
	d := &distribution{ID: "E111", Account: ours, ARN: "arn:aws:cloudfront::" + ours + ":distribution/E111", DomainName: "d111.cloudfront.net", Tags: map[string]string{}, Invalidations: map[string]*invalidation{}}
	w.s.serve(d, c)
	w.s.distributions[d.ID] = d
	w.distribution = d.ID
}

func TestCloudFrontRefusals(t *testing.T) {
	t.Parallel()
	const p = cloudFrontPath
	cache := func(old, with string) string {
		const good = `<CachePolicyConfig><Name>n</Name><MinTTL>0</MinTTL><DefaultTTL>1</DefaultTTL><MaxTTL>2</MaxTTL><ParametersInCacheKeyAndForwardedToOrigin>` +
			`<EnableAcceptEncodingGzip>false</EnableAcceptEncodingGzip><HeadersConfig><HeaderBehavior>none</HeaderBehavior></HeadersConfig>` +
			`<CookiesConfig><CookieBehavior>none</CookieBehavior></CookiesConfig><QueryStringsConfig><QueryStringBehavior>none</QueryStringBehavior></QueryStringsConfig>` +
			`</ParametersInCacheKeyAndForwardedToOrigin></CachePolicyConfig>`
		return strings.Replace(good, old, with, 1)
	}
	origin := func(old, with string) string {
		c := strings.NewReplacer("CachePolicyConfig", "OriginRequestPolicyConfig", "<MinTTL>0</MinTTL><DefaultTTL>1</DefaultTTL><MaxTTL>2</MaxTTL>", "",
			"<ParametersInCacheKeyAndForwardedToOrigin>", "", "</ParametersInCacheKeyAndForwardedToOrigin>", "", "<EnableAcceptEncodingGzip>false</EnableAcceptEncodingGzip>", "").Replace(cache("", ""))
		return strings.Replace(c, old, with, 1)
	}
	names := func(n int) string {
		return fmt.Sprintf("<Quantity>%d</Quantity><Items>%s</Items>", n, numbered(n, "<Name>n%d</Name>"))
	}
	batch := func(reference, paths string, n int) string {
		return fmt.Sprintf("<InvalidationBatch><CallerReference>%s</CallerReference><Paths><Quantity>%d</Quantity><Items>%s</Items></Paths></InvalidationBatch>", reference, n, paths)
	}
	const (
		invalid  = "InvalidArgument"
		not      = "NotModelled"
		headers  = "<HeaderBehavior>none</HeaderBehavior>"
		cookies  = "<CookieBehavior>none</CookieBehavior>"
		queries  = "<QueryStringBehavior>none</QueryStringBehavior>"
		managed  = "/658327ea-f89d-4fab-a63d-7e88639e58f6"
		managedO = "/216adef6-5c7f-47e4-b989-5492eafa07d3"
		none     = "/00000000-0000-4000-8000-000000000000"
		tagging  = p + "/tagging?Operation=Tag&Resource=arn:aws:cloudfront::" + ours + ":distribution/E1"
	)
	tenant := func(root, target string) string {
		return "<" + root + "><Domain>a.example.com</Domain><" + target + "><DistributionTenantId>dt</DistributionTenantId></" + target + "></" + root + ">"
	}
	refused(t, "cloudfront", distributed, []refusal{
		{"no body", "POST", p + "/distribution", " ", "MissingBody", "requires a body"},
		{"not XML", "POST", p + "/distribution", "<a", "MalformedXML", "not well-formed"},
		{"another root", "POST", p + "/distribution", "<a/>", "MalformedXML", "expected DistributionConfig"},
		{"no number", "POST", p + "/distribution", "<DistributionConfig><Origins><Quantity>many</Quantity></Origins></DistributionConfig>", "MalformedXML", "&#34;many&#34; is not a valid value"},
		{"a page of none", "GET", p + "/distribution?MaxItems=0", "", invalid, "MaxItems"},
		{"a page of x", "GET", p + "/distribution?MaxItems=x", "", invalid, "MaxItems"},
		{"no tags with tags", "POST", p + "/distribution?WithTags", "<DistributionConfigWithTags><DistributionConfig/></DistributionConfigWithTags>", invalid, "DistributionConfig and Tags are required"},
		{"no config with tags", "POST", p + "/distribution?WithTags", "<DistributionConfigWithTags><Tags/></DistributionConfigWithTags>", invalid, "DistributionConfig and Tags are required"},
		{"no reference", "POST", p + "/distribution", "<DistributionConfig/>", invalid, "CallerReference is required"},
		{"no origins", "POST", p + "/distribution", "<DistributionConfig><CallerReference>a</CallerReference></DistributionConfig>", invalid, "Origins is required"},
		{"no behavior", "POST", p + "/distribution", "<DistributionConfig><CallerReference>a</CallerReference><Origins><Quantity>0</Quantity></Origins></DistributionConfig>", invalid, "DefaultCacheBehavior is required"},

		{"V28: no alias", "GET", p + "/conflicting-alias?DistributionId=E1", "", invalid, "Alias and DistributionId are required"},
		{"V28: no distribution", "GET", p + "/conflicting-alias?Alias=a.example.com", "", invalid, "Alias and DistributionId are required"},
		{"conflicts of a tenant", "POST", p + "/domain-conflicts", tenant("ListDomainConflictsRequest", "DomainControlValidationResource"), not, "tenants"},
		{"association of a tenant", "POST", p + "/domain-association", tenant("UpdateDomainAssociationRequest", "TargetResource"), not, "tenants"},
		{"web ACL: none", "PUT", p + "/distribution/E1/associate-web-acl", "<AssociateDistributionWebACLRequest/>", invalid, "WebACLArn"},
		{"web ACL: of a region", "PUT", p + "/distribution/E1/associate-web-acl", "<AssociateDistributionWebACLRequest><WebACLArn>arn:aws:wafv2:eu-west-1:1:regional/webacl/a/b</WebACLArn></AssociateDistributionWebACLRequest>", invalid, "WebACLArn"},

		{"invalidation: quantity", "POST", p + "/distribution/E1/invalidation", batch("a", "<Path>/a</Path>", 2), "InconsistentQuantities", ""},
		{"invalidation: no reference", "POST", p + "/distribution/E1/invalidation", batch("", "<Path>/a</Path>", 1), invalid, "CallerReference and Paths are required"},
		{"invalidation: no path", "POST", p + "/distribution/E1/invalidation", batch("a", "", 0), invalid, "CallerReference and Paths are required"},
		{"invalidation: 3001 paths", "POST", p + "/distribution/E1/invalidation", batch("a", numbered(3001, "<Path>/%d</Path>"), 3001), "BatchTooLarge", ""},
		{"invalidation: 3000 paths", "POST", p + "/distribution/E1/invalidation", batch("a", numbered(3000, "<Path>/%d</Path>"), 3000), "", "InvalidationBatch"},
		{"invalidation: a path twice", "POST", p + "/distribution/E1/invalidation", batch("a", "<Path>/a</Path><Path>/a</Path>", 2), invalid, "more than once"},

		{"cache policy: good", "POST", p + "/cache-policy", cache("", ""), "", "<Name>n</Name>"},
		{"cache policy: no name", "POST", p + "/cache-policy", cache("<Name>n</Name>", ""), invalid, "Name is required"},
		{"cache policy: no headers", "POST", p + "/cache-policy", cache("<HeadersConfig>"+headers+"</HeadersConfig>", ""), invalid, "ParametersInCacheKeyAndForwardedToOrigin is required"},
		{"cache policy: headers", "POST", p + "/cache-policy", cache(headers, "<HeaderBehavior>allViewer</HeaderBehavior>"), invalid, "HeaderBehavior is not valid: allViewer"},
		{"cache policy: cookies", "POST", p + "/cache-policy", cache(cookies, "<CookieBehavior>some</CookieBehavior>"), invalid, "CookieBehavior is not valid: some"},
		{"cache policy: queries", "POST", p + "/cache-policy", cache(queries, "<QueryStringBehavior>some</QueryStringBehavior>"), invalid, "QueryStringBehavior is not valid: some"},
		{"cache policy: headers that nobody asked for", "POST", p + "/cache-policy", cache(headers, headers+"<Headers>"+names(1)+"</Headers>"), invalid, "Headers does not fit"},
		{"cache policy: no query strings", "POST", p + "/cache-policy", cache(queries, "<QueryStringBehavior>whitelist</QueryStringBehavior>"), invalid, "QueryStrings does not fit"},
		{"cache policy: 11 cookies", "POST", p + "/cache-policy", cache(cookies, "<CookieBehavior>whitelist</CookieBehavior><Cookies>"+names(11)+"</Cookies>"), "TooManyCookiesInCachePolicy", ""},
		{"cache policy: 11 queries", "POST", p + "/cache-policy", cache(queries, "<QueryStringBehavior>whitelist</QueryStringBehavior><QueryStrings>"+names(11)+"</QueryStrings>"), "TooManyQueryStringsInCachePolicy", ""},
		{"cache policy: change a managed one", "PUT", p + "/cache-policy" + managed, cache("", ""), "AccessDenied", "Managed"},
		{"cache policy: delete a managed one", "DELETE", p + "/cache-policy" + managed, "", "AccessDenied", "Managed"},
		{"cache policy: not there", "GET", p + "/cache-policy" + none, "", "NoSuchCachePolicy", ""},

		{"origin policy: good", "POST", p + "/origin-request-policy", origin("", ""), "", "<Name>n</Name>"},
		{"origin policy: quantity", "POST", p + "/origin-request-policy", origin(headers, "<HeaderBehavior>whitelist</HeaderBehavior><Headers><Quantity>2</Quantity><Items><Name>a</Name></Items></Headers>"), "InconsistentQuantities", ""},
		{"origin policy: no name", "POST", p + "/origin-request-policy", origin("<Name>n</Name>", ""), invalid, "Name is required"},
		{"origin policy: no cookies", "POST", p + "/origin-request-policy", origin("<CookiesConfig>"+cookies+"</CookiesConfig>", ""), invalid, "CookiesConfig and QueryStringsConfig are required"},
		{"origin policy: headers", "POST", p + "/origin-request-policy", origin(headers, "<HeaderBehavior>some</HeaderBehavior>"), invalid, "HeaderBehavior is not valid: some"},
		{"origin policy: 11 cookies", "POST", p + "/origin-request-policy", origin(cookies, "<CookieBehavior>allExcept</CookieBehavior><Cookies>"+names(11)+"</Cookies>"), "TooManyCookiesInOriginRequestPolicy", ""},
		{"origin policy: change a managed one", "PUT", p + "/origin-request-policy" + managedO, origin("", ""), "AccessDenied", "Managed"},
		{"origin policy: delete a managed one", "DELETE", p + "/origin-request-policy" + managedO, "", "AccessDenied", "Managed"},
		{"origin policy: not there", "GET", p + "/origin-request-policy" + none, "", "NoSuchOriginRequestPolicy", ""},
		{"response policy: not there", "GET", p + "/response-headers-policy" + none, "", "NoSuchResponseHeadersPolicy", ""},

		{"tags: not CloudFront", "GET", p + "/tagging?Resource=arn:aws:s3:::a", "", invalid, "Resource is not valid"},
		{"tags: a kind without", "GET", p + "/tagging?Resource=arn:aws:cloudfront::1:function/a", "", not, "function"},
		{"tags: not there", "GET", p + "/tagging?Resource=arn:aws:cloudfront::1:distribution/none", "", "NoSuchResource", ""},
		{"tags: fifty-one", "POST", tagging, "<Tags><Items>" + numbered(51, "<Tag><Key>k%d</Key><Value>v</Value></Tag>") + "</Items></Tags>", "InvalidTagging", "at most 50"},
		{"tags: fifty", "POST", tagging, "<Tags><Items>" + numbered(50, "<Tag><Key>k%d</Key><Value>v</Value></Tag>") + "</Items></Tags>", "", ""},
	})
	twenty := func(w *fuzzed) {
		g := w.s.global(ours)
		for i := range maxPolicies {
			id := fmt.Sprint(i)
			g.cachePolicies[id], g.originPolicy[id] = &cachePolicy{ID: id}, &originRequestPolicy{ID: id}
		}
	}
	refused(t, "cloudfront", twenty, []refusal{
		{"cache policy 21", "POST", p + "/cache-policy", cache("", ""), "TooManyCachePolicies", ""},
		{"origin policy 21", "POST", p + "/origin-request-policy", origin("", ""), "TooManyOriginRequestPolicies", ""},
	})
	refused(t, "cloudfront", func(w *fuzzed) {
		distributed(w)
		w.s.AddRecord(w.zone, "_a.example.com", "TXT", 60, `"d111.cloudfront.net"`)
		w.s.distributions["E111"].Config.Aliases = &aliases{Quantity: maxAliases, Items: strings.Fields(numbered(maxAliases, "n%d.example.com "))}
	}, []refusal{{"V29: the 101st alias", "PUT", p + "/distribution/E1/associate-alias?Alias=a.example.com", "", "TooManyDistributionCNAMEs", ""}})
	refused(t, "cloudfront", func(w *fuzzed) {
		distributed(w)
		w.s.AddRecord(w.zone, "_a.example.com", "TXT", 60, `"d111.cloudfront.net"`)
		w.s.region(theirs, "us-east-1").domains["a.example.com"] = &domain{Name: "a.example.com", EdgeTarget: "d123456789abcde.cloudfront.net"}
	}, []refusal{{"V29: an alias of AWS's own", "PUT", p + "/distribution/E1/associate-alias?Alias=a.example.com", "", "IllegalUpdate", "AWS service"}})
}

// TestTooManyDistributions is the quota of an account.
func TestTooManyDistributions(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	for i := range maxDistributions {
		id := fmt.Sprint(i)
		w.s.distributions[id] = &distribution{ID: id, Account: ours}
	}
	_, _, err := w.try(t, w.recipe())
	wantCode(t, err, "TooManyDistributions")
	w.s.distributions["0"].Account = theirs
	w.create(t, w.recipe())
}

// TestConfigRefusals tries what is wrong in a config at creation and update.
func TestConfigRefusals(t *testing.T) {
	t.Parallel()
	type config = types.DistributionConfig
	behavior := func(c *config) *types.DefaultCacheBehavior { return c.DefaultCacheBehavior }
	legacy := func(c *config) *types.ForwardedValues {
		b := behavior(c)
		b.CachePolicyId, b.OriginRequestPolicyId = nil, nil
		v := &types.ForwardedValues{QueryString: aws.Bool(true), Cookies: &types.CookiePreference{Forward: "all"}}
		setOld(b, "MinTTL", aws.Int64(0))
		setOld(b, "ForwardedValues", v)
		return v
	}
	headers := func(c *config, names ...string) {
		h := &types.CustomHeaders{Quantity: aws.Int32(int32(len(names)))}
		for _, n := range names {
			h.Items = append(h.Items, types.OriginCustomHeader{HeaderName: aws.String(n), HeaderValue: aws.String("v")})
		}
		first(c).CustomHeaders = h
	}
	origins := func(c *config, n int) {
		one := *first(c)
		c.Origins.Items, c.Origins.Quantity = []types.Origin{}, aws.Int32(int32(n))
		for i := range n {
			one.Id = aws.String([]string{"apigw", fmt.Sprint(i)}[min(i, 1)])
			c.Origins.Items = append(c.Origins.Items, one)
		}
	}
	behaviors := func(c *config, patterns ...string) {
		b := behavior(c)
		c.CacheBehaviors = &types.CacheBehaviors{Quantity: aws.Int32(int32(len(patterns)))}
		for _, p := range patterns {
			c.CacheBehaviors.Items = append(c.CacheBehaviors.Items, types.CacheBehavior{
				PathPattern: aws.String(p), TargetOriginId: b.TargetOriginId, ViewerProtocolPolicy: b.ViewerProtocolPolicy, CachePolicyId: b.CachePolicyId,
				AllowedMethods: b.AllowedMethods, Compress: b.Compress, SmoothStreaming: aws.Bool(false), FieldLevelEncryptionId: aws.String(""),
				LambdaFunctionAssociations: &types.LambdaFunctionAssociations{Quantity: aws.Int32(0)},
			})
		}
	}
	geo := func(c *config, kind types.GeoRestrictionType, places ...string) {
		c.Restrictions = &types.Restrictions{GeoRestriction: &types.GeoRestriction{RestrictionType: kind, Quantity: aws.Int32(int32(len(places))), Items: places}}
	}
	custom := func(c *config, r types.CustomErrorResponse) {
		c.CustomErrorResponses = &types.CustomErrorResponses{Quantity: aws.Int32(1), Items: []types.CustomErrorResponse{r}}
	}
	newCDN(Config{}).refuses(t, []mistake{
		{"Anycast", func(c *config) { c.AnycastIpListId = aws.String("a") }, "NotModelled", "Anycast"},
		{"connection function", func(c *config) {
			c.ConnectionFunctionAssociation = &types.ConnectionFunctionAssociation{Id: aws.String("a")}
		}, "NotModelled", "connection functions"},
		{"viewer mTLS", func(c *config) { c.ViewerMtlsConfig = &types.ViewerMtlsConfig{Mode: "required"} }, "NotModelled", "viewer mutual TLS"},
		{"origin groups", func(c *config) {
			c.OriginGroups = &types.OriginGroups{Quantity: aws.Int32(1), Items: []types.OriginGroup{{
				Id: aws.String("g"), FailoverCriteria: &types.OriginGroupFailoverCriteria{StatusCodes: &types.StatusCodes{Quantity: aws.Int32(1), Items: []int32{500}}},
				Members: &types.OriginGroupMembers{Quantity: aws.Int32(1), Items: []types.OriginGroupMember{{OriginId: aws.String("apigw")}}},
			}}}
		}, "NotModelled", "origin groups"},
		{"VPC origin", func(c *config) {
			first(c).CustomOriginConfig, first(c).VpcOriginConfig = nil, &types.VpcOriginConfig{VpcOriginId: aws.String("vo")}
		}, "NotModelled", "VPC origins"},
		{"origin access control", func(c *config) { first(c).OriginAccessControlId = aws.String("a") }, "NotModelled", "origin access control"},
		{"signers", func(c *config) {
			behavior(c).TrustedSigners = &types.TrustedSigners{Enabled: aws.Bool(true), Quantity: aws.Int32(1), Items: []string{"self"}}
		}, "NotModelled", "signed URLs"},
		{"key groups", func(c *config) {
			behavior(c).TrustedKeyGroups = &types.TrustedKeyGroups{Enabled: aws.Bool(true), Quantity: aws.Int32(1), Items: []string{"g"}}
		}, "NotModelled", "signed URLs"},
		{"field-level encryption", func(c *config) { behavior(c).FieldLevelEncryptionId = aws.String("a") }, "NotModelled", "field-level"},
		{"real-time logs", func(c *config) { behavior(c).RealtimeLogConfigArn = aws.String("a") }, "NotModelled", "real-time logs"},
		{"gRPC", func(c *config) { behavior(c).GrpcConfig = &types.GrpcConfig{Enabled: aws.Bool(true)} }, "NotModelled", "gRPC"},
		{"smooth streaming", func(c *config) { behavior(c).SmoothStreaming = aws.Bool(true) }, "NotModelled", "smooth streaming"},
		{"countries", func(c *config) { geo(c, "whitelist", "IE"); c.Comment = aws.String(strings.Repeat("a", 129)) }, "InvalidArgument", "Comment"},
		{"countries without a list", func(c *config) { geo(c, "blacklist") }, "InvalidGeoRestrictionParameter", ""},
		{"a list of countries for nothing", func(c *config) { geo(c, "none", "IE") }, "InvalidGeoRestrictionParameter", ""},
		{"another kind of restriction", func(c *config) { geo(c, "greylist") }, "InvalidGeoRestrictionParameter", ""},
		{"root object", func(c *config) { c.DefaultRootObject = aws.String("/index.html") }, "InvalidDefaultRootObject", ""},
		{"error 418", func(c *config) { custom(c, types.CustomErrorResponse{ErrorCode: aws.Int32(418)}) }, "InvalidErrorCode", "418"},
		{"error code without page", func(c *config) {
			custom(c, types.CustomErrorResponse{ErrorCode: aws.Int32(404), ResponseCode: aws.String("200")})
		}, "InvalidResponseCode", ""},
		{"no origin", func(c *config) { origins(c, 0) }, "InvalidArgument", "Origins is required"},
		{"V18: 26 origins", func(c *config) { origins(c, 26) }, "TooManyOrigins", ""},
		{"origin without ID", func(c *config) { first(c).Id = aws.String("") }, "InvalidArgument", "Origin Id is required"},
		{"origin without name", func(c *config) { first(c).DomainName = aws.String("") }, "InvalidArgument", "Origin DomainName is required"},
		{"IP version", func(c *config) { first(c).CustomOriginConfig.IpAddressType = "ipv5" }, "InvalidArgument", "IpAddressType"},
		{"no TLS version", func(c *config) {
			first(c).CustomOriginConfig.OriginSslProtocols = &types.OriginSslProtocols{Quantity: aws.Int32(0), Items: []types.SslProtocol{}}
		}, "InvalidArgument", "OriginSslProtocols must have at least one"},
		{"V23: 31 headers", func(c *config) { headers(c, strings.Fields(numbered(31, "h%d "))...) }, "TooManyOriginCustomHeaders", ""},
		{"V23: 30 headers", func(c *config) {
			headers(c, strings.Fields(numbered(30, "h%d "))...)
			c.Aliases = &types.Aliases{Quantity: aws.Int32(0)}
		}, "", ""},
		{"V23: header without name", func(c *config) { headers(c, "") }, "InvalidArgument", "HeaderName is required"},
		{"V23: a header twice", func(c *config) { headers(c, "x-a", "X-A") }, "InvalidArgument", "more than once"},
		{"76 behaviors", func(c *config) { behaviors(c, strings.Fields(numbered(76, "/p%d "))...) }, "TooManyCacheBehaviors", ""},
		{"a pattern twice", func(c *config) { behaviors(c, "/a", "/a") }, "InvalidArgument", "PathPattern"},
		{"an empty pattern", func(c *config) { behaviors(c, "") }, "InvalidArgument", "PathPattern"},
		{"V18: all methods cached", func(c *config) {
			m := behavior(c).AllowedMethods
			m.CachedMethods = &types.CachedMethods{Quantity: m.Quantity, Items: m.Items}
		}, "InvalidArgument", "CachedMethods"},
		{"V19: MinTTL beside a policy", func(c *config) { setOld(behavior(c), "MinTTL", aws.Int64(0)) }, "InvalidArgument", "MinTTL cannot be used"},
		{"V19: DefaultTTL beside a policy", func(c *config) { setOld(behavior(c), "DefaultTTL", aws.Int64(0)) }, "InvalidArgument", "DefaultTTL cannot be used"},
		{"V19: no MinTTL", func(c *config) {
			legacy(c)
			setOld(behavior(c), "MinTTL", (*int64)(nil))
		}, "InvalidArgument", "MinTTL is required"},
		{"V19: cookies", func(c *config) { legacy(c).Cookies.Forward = "some" }, "InvalidForwardCookies", ""},
		{"V19: 11 headers", func(c *config) {
			legacy(c).Headers = &types.Headers{Quantity: aws.Int32(11), Items: strings.Fields(numbered(11, "h%d "))}
		}, "TooManyHeadersInForwardedValues", ""},
	})
}

// TestBodiesOverAMebibyte: every service refuses them in its own protocol.
func TestBodiesOverAMebibyte(t *testing.T) {
	t.Parallel()
	for _, service := range []string{"acm", "apigateway", "cloudfront", "route53", "sts", "iam", "tagging"} {
		w := newFuzzed()
		if a := w.send(t, service, "POST", "/", strings.Repeat("x", bodyLimit+1)); a.Status != http.StatusRequestEntityTooLarge || !bytes.Contains(a.Body, []byte("1048576")) {
			t.Errorf("%s: got %d %s", service, a.Status, a.Body)
		}
	}
}
