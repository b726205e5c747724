package sim

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	v1 "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// guarded is an API of the kind whose paths say what they ask for.
func guarded(kind string) API {
	a := API{
		Name: "guarded", Kind: kind, Stages: []string{"prod"}, Token: "letmein",
		Methods: []Method{
			{Key: "GET /open"}, {Key: "GET /iam", Authorization: "AWS_IAM"}, {Key: "GET /custom", Authorization: "CUSTOM"},
			{Key: "ANY /things/{id}"}, {Key: "POST /things/new"}, {Key: "GET /deep/{rest+}"},
		},
	}
	if kind == "REST" {
		a.Keys = []string{"key-1"}
		a.Methods = append(a.Methods, Method{Key: "GET /key", APIKey: true}, Method{Key: "GET /pool", Authorization: "COGNITO_USER_POOLS"})
	} else {
		a.Stages = []string{"$default"}
		a.Methods = append(a.Methods, Method{Key: "GET /jwt", Authorization: "JWT"})
	}
	return a
}

// Whose refusal it is cannot be told from REST's answers alone; these are they.
func TestV45Guards(t *testing.T) {
	const signed = "AWS4-HMAC-SHA256 Credential=%s/20261128/eu-west-1/execute-api/aws4_request, SignedHeaders=host, Signature=00"
	for _, c := range []struct {
		kind, method, path string
		headers            []string
		status             int
		error, body        string
	}{
		{"REST", "GET", "/open", nil, 200, "", `"route":"/open"`},
		{"REST", "GET", "/nowhere", nil, 403, "MissingAuthenticationTokenException", `{"message":"Missing Authentication Token"}`},
		{"REST", "POST", "/open", nil, 403, "MissingAuthenticationTokenException", `{"message":"Missing Authentication Token"}`},
		{"REST", "GET", "/things/1", nil, 200, "", `"route":"/things/1"`},
		{"REST", "GET", "/deep/1/2", nil, 200, "", `"route":"/deep/1/2"`},
		{"REST", "GET", "/key", nil, 403, "ForbiddenException", `{"message":"Forbidden"}`},
		{"REST", "GET", "/key", []string{"x-api-key", "no"}, 403, "ForbiddenException", `{"message":"Forbidden"}`},
		{"REST", "GET", "/key", []string{"x-api-key", "key-1"}, 200, "", `"route":"/key"`},
		{"REST", "GET", "/iam", nil, 403, "MissingAuthenticationTokenException", `{"message":"Missing Authentication Token"}`},
		{"REST", "GET", "/iam", []string{"Authorization", strings.ReplaceAll(signed, "%s", "AKIANOBODY")}, 403, "UnrecognizedClientException", `{"message":"The security token included in the request is invalid."}`},
		{"REST", "GET", "/iam", []string{"Authorization", signed}, 200, "", `"route":"/iam"`},
		{"REST", "GET", "/custom", nil, 401, "UnauthorizedException", `{"message":"Unauthorized"}`},
		{"REST", "GET", "/custom", []string{"Authorization", "bad"}, 403, "AccessDeniedException", `{"Message":"User is not authorized to access this resource with an explicit deny"}`},
		{"REST", "GET", "/custom", []string{"Authorization", "Bearer letmein"}, 200, "", `"route":"/custom"`},
		{"REST", "GET", "/pool", []string{"Authorization", "bad"}, 401, "UnauthorizedException", `{"message":"Unauthorized"}`},
		{"HTTP", "GET", "/open", nil, 200, "", `"route":"/open"`},
		{"HTTP", "GET", "/nowhere", nil, 404, "", `{"message":"Not Found"}`},
		{"HTTP", "GET", "/iam", nil, 403, "", `{"message":"Forbidden"}`},
		{"HTTP", "GET", "/iam", []string{"Authorization", signed}, 200, "", `"route":"/iam"`},
		{"HTTP", "GET", "/custom", nil, 401, "", `{"message":"Unauthorized"}`},
		{"HTTP", "GET", "/custom", []string{"Authorization", "bad"}, 403, "", `{"message":"Forbidden"}`},
		{"HTTP", "GET", "/jwt", []string{"Authorization", "bad"}, 401, "", `{"message":"Unauthorized"}`},
		{"HTTP", "GET", "/jwt", []string{"Authorization", "Bearer letmein"}, 200, "", `"route":"/jwt"`},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newVisited(t, Pace{})
			key := w.AddAccount(testAccount, "caller").ID
			id := w.AddAPI(testAccount, testRegion, guarded(c.kind))
			stage := map[string]string{"REST": "prod", "HTTP": "$default"}[c.kind]
			w.domain.Mappings = map[string]*mapping{"": {ID: "m9", API: id, Stage: stage}}
			for i := range c.headers {
				c.headers[i] = strings.ReplaceAll(c.headers[i], "%s", key)
			}
			for _, at := range []string{testTarget, testName} { // direct, and through the distribution
				got := w.visit(t, at+":443", ask(t, c.method, "https://"+testName+c.path, c.headers...), "")
				if got.Status != c.status || got.Header.Get("X-Amzn-Errortype") != c.error || !strings.Contains(got.Body, c.body) {
					t.Errorf("%s %s %s %v at %s: got %d %q %s", c.kind, c.method, c.path, c.headers, at, got.Status, got.Header.Get("X-Amzn-Errortype"), got.Body)
				}
				rest, http := got.Header.Get("X-Amzn-Requestid") != "" && got.Header.Get("X-Amz-Apigw-Id") != "", got.Header.Get("Apigw-Requestid") != ""
				if rest != (c.kind == "REST") || http != (c.kind == "HTTP") {
					t.Errorf("%s %s: the marks of API Gateway are %v", c.kind, c.path, got.Header)
				}
			}
		})
	}
}

// A resource policy that lets in an address lets in nobody who comes by
// CloudFront.
func TestResourcePolicy(t *testing.T) {
	const address = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*","Condition":{"IpAddress":{"aws:SourceIp":"127.0.0.1/32"}}}]}`
	const but = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"},
		{"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/prod/GET/secret*"},
		{"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*","Condition":{"NotIpAddress":{"aws:SourceIp":["127.0.0.0/8"]}}}]}`
	for _, c := range []struct {
		policy, at, path string
		message          string
	}{
		{address, testTarget, "/open", ""},
		{address, testName, "/open", "User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********%s:%a/prod/GET/open"},
		{but, testName, "/open", ""},
		{but, testTarget, "/secret/1", "User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********%s:%a/prod/GET/secret/1 with an explicit deny"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newVisited(t, Pace{})
			id := w.AddAPI(testAccount, testRegion, API{Name: "closed", Kind: "REST", Stages: []string{"prod"}, Policy: c.policy})
			w.domain.Mappings = map[string]*mapping{"": {ID: "m9", API: id, Stage: "prod"}}
			got := w.visit(t, c.at+":443", ask(t, "GET", "https://"+testName+c.path), "")
			want := strings.NewReplacer("%s", testAccount[8:], "%a", id).Replace(`{"Message":"` + c.message + `"}`)
			if c.message == "" {
				if got.Status != 200 {
					t.Errorf("%s: got %d %s", c.at, got.Status, got.Body)
				}
				return
			}
			if got.Status != 403 || got.Body != want || got.Header.Get("X-Amzn-Errortype") != "AccessDeniedException" {
				t.Errorf("%s: got %d %s, want %s", c.at, got.Status, got.Body, want)
			}
		})
	}
}

// What the backend answers is passed on, and takes the time that it takes.
func TestBackends(t *testing.T) {
	slow := func(d time.Duration) *Answer { return &Answer{Body: "done", Delay: d} }
	for _, c := range []struct {
		name   string
		kind   string
		method Method
		read   int // OriginReadTimeout
		verb   string
		direct string // status and seconds
		edge   string
	}{
		{"redirect", "REST", Method{Key: "ANY /x", Answer: &Answer{Status: 302, Header: map[string]string{"Location": "https://elsewhere.example/"}}}, 30, "GET", "302 0", "302 0"},
		{"429", "HTTP", Method{Key: "ANY /x", Answer: &Answer{Status: 429}}, 30, "GET", "429 0", "429 0"},
		{"25 s", "REST", Method{Key: "ANY /x", Answer: slow(25 * time.Second)}, 30, "GET", "200 25", "200 25"},
		{"longer than REST waits", "REST", Method{Key: "ANY /x", Answer: slow(65 * time.Second)}, 60, "GET", "504 29", "504 29"},
		{"longer than HTTP waits", "HTTP", Method{Key: "ANY /x", Answer: slow(65 * time.Second)}, 60, "GET", "504 30", "504 30"},
		{"a raised quota, CloudFront gives up", "REST", Method{Key: "ANY /x", Timeout: 2 * time.Minute, Answer: slow(65 * time.Second)}, 60, "POST", "200 65", "504 60"},
		{"a raised quota, CloudFront asks again", "REST", Method{Key: "ANY /x", Timeout: 2 * time.Minute, Answer: slow(65 * time.Second)}, 60, "GET", "200 65", "504 180"},
		{"a raised quota, CloudFront waits", "REST", Method{Key: "ANY /x", Timeout: 2 * time.Minute, Answer: slow(119 * time.Second)}, 120, "GET", "200 119", "200 119"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newVisited(t, Pace{})
				w.config.Origins.Items[0].CustomOriginConfig.OriginReadTimeout = &c.read
				id := w.AddAPI(testAccount, testRegion, API{Name: "backend", Kind: c.kind, Stages: []string{"prod"}, Methods: []Method{c.method}})
				w.domain.Mappings = map[string]*mapping{"": {ID: "m9", API: id, Stage: "prod"}}
				for at, want := range map[string]string{testTarget: c.direct, testName: c.edge} {
					began := time.Now()
					got := w.visit(t, at+":443", ask(t, c.verb, "https://"+testName+"/x"), "")
					if is := short(got, time.Since(began)); is != want {
						t.Errorf("at %s: got %s, want %s: %s", at, is, want, got.Body)
					}
					if got.Status == 504 && strings.Contains(got.Body, "cloudfront") != (got.Header.Get("X-Amzn-Requestid")+got.Header.Get("Apigw-Requestid") == "") {
						t.Errorf("at %s: whose 504 is this? %v %s", at, got.Header, got.Body)
					}
				}
			})
		})
	}
}

// Mutual TLS is switched on by the API, and then keeps out visitors and
// CloudFront, which have no certificate.
func TestMutualTLSOfADomain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newVisited(t, Pace{})
		w.domain.IPType = "ipv4"
		one := apigateway.NewFromConfig(sdk(w.Sim, testRegion, w.AddAccount(testAccount, "admin")))
		patch := func(op v1.Op, path, value string) error {
			_, err := one.UpdateDomainName(t.Context(), &apigateway.UpdateDomainNameInput{
				DomainName: aws.String(testName), PatchOperations: []v1.PatchOperation{{Op: op, Path: &path, Value: &value}},
			})
			return err
		}
		direct := func() error {
			_, err := w.try(t, testTarget+":443", ask(t, "GET", "https://"+testName+"/"), "")
			return err
		}
		if err := patch(v1.OpReplace, "/mutualTlsAuthentication/truststoreUri", "s3://bucket/ca.pem"); err != nil {
			t.Fatal(err)
		}
		d := got[apigateway.GetDomainNameOutput](t)(one.GetDomainName(t.Context(), &apigateway.GetDomainNameInput{DomainName: aws.String(testName)}))
		if d.MutualTlsAuthentication == nil || aws.ToString(d.MutualTlsAuthentication.TruststoreUri) != "s3://bucket/ca.pem" {
			t.Errorf("GetDomainName shows %+v", d.MutualTlsAuthentication)
		}
		if err := direct(); err == nil { // by the alert, or by the end of the connection
			t.Error("without a certificate: an answer")
		}
		if got := w.edgeGet(t, "/"); got.Status != 502 || !strings.Contains(got.Body, "able to connect to the origin") {
			t.Errorf("through CloudFront: got %d %s", got.Status, got.Body)
		}
		wantCode(t, patch(v1.OpReplace, "/securityPolicy", "SecurityPolicy_TLS13_1_3_2025_09"), "BadRequestException")
		if err := patch(v1.OpRemove, "/mutualTlsAuthentication/truststoreUri", ""); err != nil {
			t.Fatal(err)
		}
		if err := direct(); err != nil {
			t.Errorf("switched off: %v", err)
		}
	})
}
