package setups

import (
	"fmt"
	"slices"
	"strings"

	"apifront/setup"
	"apifront/web"
)

// SecretFacts is what the page of the secret header is made from.
type SecretFacts struct {
	Times     web.Times
	Setup     setup.Setup
	Resources setup.Resources
	Active    int64        // the job at work on the setup; 0: none
	Shown     *ShownSecret // what is shown now; nil: nothing
	Keyless   bool         // the server has no key to seal secrets with
}

// A ShownSecret is a value that somebody asked for.
type ShownSecret struct{ What, Value string }

// NoSealKey says that a server cannot keep secrets.
const NoSealKey = "This server has no key to encrypt secrets with. Whoever runs the server gives all replicas the same key in APIFRONT_NOTICE_KEYS, or a file that APIFRONT_NOTICE_KEYS_FILE names."

// A SecretView is the page of the secret header of a setup's origin.
type SecretView struct {
	ID, Name, Header string
	Revision         int
	Lede             string
	None             string // why there is no secret; "": there is one
	Facts            []web.Pair
	Shown            *ShownSecret
	Next             bool   // a new secret waits to be sent
	Busy             string // why no job can be started now; "": one can
	Active           int64
	Locks            []SecretLock
}

// A SecretLock is what makes APIs of a kind want the header.
type SecretLock struct {
	ID, Title, Text string
	Copies          []SecretText
}

// A SecretText is a text to copy.
type SecretText struct{ What, Text string }

// NewSecret decides everything the page shows.
func NewSecret(f SecretFacts) SecretView {
	row, header := f.Resources[setup.KeyDistribution], f.Setup.Spec.Edge.OriginHeader
	v := SecretView{ID: f.Setup.ID, Name: f.Setup.Name(), Header: header, Revision: f.Setup.Revision, Shown: f.Shown, Active: f.Active}
	v.Lede = "CloudFront adds a header with a secret to each request to the API. An API that wants it refuses whoever comes past CloudFront."
	switch {
	case f.Setup.Spec.IsGone():
		v.None = "This setup is taken down."
	case header == "":
		v.None = "This setup has no secret header. Change the setup and choose one under More settings of the page Edge settings."
	case f.Keyless:
		v.None = NoSealKey
	case row.Attributes[setup.AttrOriginSecret] == "":
		v.None = "The job makes the secret. Come back when the distribution is there."
	}
	if header == "" {
		return v
	}
	v.Next = row.Attributes[setup.AttrOriginNext] != ""
	v.Facts = []web.Pair{{Key: "Header", Value: header, Code: true}, {Key: "Secret", Value: "Stored encrypted, and shown only when you ask"}}
	if row.Attributes[setup.AttrOriginFound] != "" {
		v.Facts = append(v.Facts, web.Pair{Key: "Added by", Value: "Others, before this setup. It stays when the setup does not want it any more"})
	}
	if f.Active != 0 {
		v.Busy = fmt.Sprintf("Job %d is at work on this setup.", f.Active)
	}
	v.Locks = secretLocks(f.Setup.Spec)
	return v
}

// secretLocks are what makes the APIs of the setup want the header, without the secret.
// https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-string-match.html (documented)
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html (documented)
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html (documented)
func secretLocks(s setup.Spec) (list []SecretLock) {
	of := func(kind setup.APIKind) (found []setup.Mapping) {
		for _, m := range s.API.Mappings {
			same := func(o setup.Mapping) bool { return o.APIID == m.APIID && o.Stage == m.Stage }
			if m.Kind == kind && !slices.ContainsFunc(found, same) {
				found = append(found, m)
			}
		}
		return found
	}
	header, region := s.Edge.OriginHeader, s.Account.Region
	if rest := of(setup.APIKindREST); len(rest) > 0 {
		lines := []string{
			setup.ShellLine("aws", "wafv2", "create-web-acl", "--region", region, "--scope", "REGIONAL", "--name", "from-cloudfront", "--default-action", "Allow={}",
				"--visibility-config", "SampledRequestsEnabled=false,CloudWatchMetricsEnabled=true,MetricName=from-cloudfront", "--cli-binary-format", "raw-in-base64-out", "--rules", "file://rules.json"),
		}
		for _, m := range rest {
			lines = append(lines, setup.ShellLine("aws", "wafv2", "associate-web-acl", "--region", region, "--web-acl-arn", "ARN",
				"--resource-arn", partition(region)+":apigateway:"+region+"::/restapis/"+m.APIID+"/stages/"+m.Stage))
		}
		list = append(list, SecretLock{
			ID: "rest", Title: "REST APIs: a web ACL",
			Text: "The rule blocks what comes without the secret. Save it as rules.json with the secret in the place of SECRET, or add it to the web ACL that the stage has. AWS WAF charges for a web ACL and for its rules.",
			Copies: []SecretText{
				{"rule", wafRule(header, "SECRET")},
				{"rule while the secret changes", wafRule(header, "SECRET", "NEW-SECRET")},
				{"AWS CLI lines", strings.Join(lines, "\n")},
			},
		})
	}
	if len(of(setup.APIKindHTTP)) > 0 {
		list = append(list, SecretLock{
			ID: "http", Title: "HTTP APIs: a Lambda authorizer",
			Text:   "Use payload format 2.0 with simple responses and the identity source $request.header." + header + ", for all routes. Put the secret into the variable ORIGIN_SECRETS of the function; while the secret changes, put both there with a space between them.",
			Copies: []SecretText{{"authorizer of HTTP APIs", authorizer(header, "  return { isAuthorized: known };")}},
		})
	}
	if len(of(setup.APIKindWebSocket)) > 0 {
		list = append(list, SecretLock{
			ID: "websocket", Title: "WebSocket APIs: an authorizer of $connect",
			Text: "Use the type REQUEST, for the route $connect. Put the secret into the variable ORIGIN_SECRETS of the function; while the secret changes, put both there with a space between them. The authorizer takes effect with the next deployment of the API.",
			Copies: []SecretText{{"authorizer of WebSocket APIs", authorizer(header, `  return {
    principalId: "cloudfront",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: known ? "Allow" : "Deny", Resource: event.methodArn }],
    },
  };`)}},
		})
	}
	return list
}

// partition begins an ARN of a region.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "arn:aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "arn:aws-us-gov"
	}
	return "arn:aws"
}

// wafRule is a rule that blocks what has none of the values in the header.
func wafRule(header string, values ...string) string {
	matches := make([]string, len(values))
	for i, value := range values {
		matches[i] = `{"ByteMatchStatement": {"FieldToMatch": {"SingleHeader": {"Name": "` + header + `"}}, "PositionalConstraint": "EXACTLY", "SearchString": "` + value + `", "TextTransformations": [{"Priority": 0, "Type": "NONE"}]}}`
	}
	statement := matches[0]
	if len(matches) > 1 {
		statement = `{"OrStatement": {"Statements": [
      ` + strings.Join(matches, ",\n      ") + `
    ]}}`
	}
	return `[{
  "Name": "from-cloudfront",
  "Priority": 0,
  "Action": {"Block": {}},
  "Statement": {"NotStatement": {"Statement":
    ` + statement + `
  }},
  "VisibilityConfig": {"SampledRequestsEnabled": false, "CloudWatchMetricsEnabled": true, "MetricName": "from-cloudfront"}
}]`
}

// authorizer is a function that compares the header with the secrets that it knows.
func authorizer(header, answer string) string {
	return `import { timingSafeEqual } from "node:crypto";

const secrets = process.env.ORIGIN_SECRETS.split(" ").map((s) => Buffer.from(s));

export const handler = async (event) => {
  const name = Object.keys(event.headers ?? {}).find((n) => n.toLowerCase() === "` + header + `");
  const sent = Buffer.from(name ? event.headers[name] : "");
  const known = secrets.some((s) => s.length === sent.length && timingSafeEqual(s, sent));
` + answer + `
};`
}
