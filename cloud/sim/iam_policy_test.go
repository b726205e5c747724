package sim

import (
	"fmt"
	"strings"
	"testing"
)

func TestWildcards(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true},
		{"acm:*", "acm:ListCertificates", true},
		{"acm:*", "acmx:ListCertificates", false},
		{"*b", "ab", true},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"a*b*c", "aXXbYYbZc", true},
		{"a*b*c", "aXXbYYbZ", false},
		{"*.example.com", "api.example.com", true},
		{"*.example.com", "example.com", false},
		{"abc", "abcd", false},
		{"abc**", "abc", true},
	} {
		if got := wildcard(c.pattern, c.s); got != c.want {
			t.Errorf("%q on %q: got %v, want %v", c.pattern, c.s, got, c.want)
		}
	}
}

func TestResources(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, arn string
		want         bool
	}{
		{"*", "*", true},
		{"arn:aws:acm:*:*:certificate/*", "*", false}, // no resource level: only "*" allows
		{"arn:aws:acm:us-east-1:1:certificate/*", "arn:aws:acm:us-east-1:1:certificate/x", true},
		{"arn:aws:acm:us-east-1:1:certificate/*", "arn:aws:acm:us-east-1:2:certificate/x", false},
		{"arn:aws:acm:*:certificate/x:y", "arn:aws:acm:us-east-1:1:certificate/x:y", false}, // "*" reaches over no colon
		{"arn:aws:apigateway:eu-west-1::/domainnames*", "arn:aws:apigateway:eu-west-1::/domainnames/a/apimappings", true},
		{"arn:aws:apigateway:eu-west-1::/domainnames", "arn:aws:apigateway:eu-west-1::/domainnames/a", false},
		{"arn:aws:apigateway:eu-west-1::/tags/*", "arn:aws:apigateway:eu-west-1::/tags/arn%3Aaws", true},
		{"arn:aws:x:::a:*", "arn:aws:x:::a:b:c", true}, // in the last part it does
		{"arn:aws:route53:::hostedzone/z", "arn:aws:route53:::hostedzone/Z", false},
	} {
		if got := matchResource(c.pattern, c.arn); got != c.want {
			t.Errorf("%q on %q: got %v, want %v", c.pattern, c.arn, got, c.want)
		}
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	const names, install, arn = "acm:DomainNames", "aws:RequestTag/apifront:install", "aws:PrincipalArn"
	for _, c := range []struct {
		condition string
		key       string
		got       []string
		want      bool
	}{
		{`{"StringEquals":{"aws:RequestTag/apifront:install":"a"}}`, install, []string{"a"}, true},
		{`{"StringEquals":{"AWS:requesttag/apifront:INSTALL":"a"}}`, install, []string{"a"}, true}, // keys know no case
		{`{"StringEquals":{"aws:RequestTag/apifront:install":"A"}}`, install, []string{"a"}, false},
		{`{"StringEquals":{"aws:RequestTag/apifront:install":"a"}}`, install, nil, false},
		{`{"StringEquals":{"aws:RequestTag/apifront:install":["b","a"]}}`, install, []string{"a"}, true},
		{`{"StringEquals":{"aws:RequestTag/apifront:install":"a*"}}`, install, []string{"ab"}, false},
		{`{"StringEqualsIfExists":{"aws:RequestTag/apifront:install":"a"}}`, install, nil, true},
		{`{"StringEqualsIfExists":{"aws:RequestTag/apifront:install":"a"}}`, install, []string{"b"}, false},
		{`{"StringEqualsIgnoreCase":{"aws:RequestTag/apifront:install":"A"}}`, install, []string{"a"}, true},
		{`{"StringNotEquals":{"aws:RequestTag/apifront:install":"a"}}`, install, []string{"a"}, false},
		{`{"StringNotEquals":{"aws:RequestTag/apifront:install":["a","b"]}}`, install, []string{"b"}, false},
		{`{"StringNotEquals":{"aws:RequestTag/apifront:install":"a"}}`, install, []string{"b"}, true},
		{`{"StringNotEquals":{"aws:RequestTag/apifront:install":"a"}}`, install, nil, true}, // what is absent equals nothing
		{`{"StringNotEqualsIgnoreCase":{"aws:RequestTag/apifront:install":"A"}}`, install, []string{"a"}, false},
		{`{"StringLike":{"aws:RequestTag/apifront:install":"a?c*"}}`, install, []string{"abcd"}, true},
		{`{"StringLike":{"aws:RequestTag/apifront:install":"a?c*"}}`, install, []string{"abd"}, false},
		{`{"StringNotLike":{"aws:RequestTag/apifront:install":"a*"}}`, install, []string{"ab"}, false},
		{`{"ForAllValues:StringEquals":{"acm:DomainNames":["a.b","c.d"]}}`, names, []string{"a.b"}, true},
		{`{"ForAllValues:StringEquals":{"acm:DomainNames":["a.b","c.d"]}}`, names, []string{"a.b", "e.f"}, false},
		{`{"ForAllValues:StringEquals":{"acm:DomainNames":["a.b"]}}`, names, nil, true}, // true of nothing
		{`{"ForAllValues:StringLike":{"acm:DomainNames":["*.b"]}}`, names, []string{"a.b", "c.b"}, true},
		{`{"ForAllValues:StringNotLike":{"acm:DomainNames":["*.b"]}}`, names, []string{"a.c", "c.b"}, false},
		{`{"ForAnyValue:StringEquals":{"acm:DomainNames":["a.b"]}}`, names, []string{"x.y", "a.b"}, true},
		{`{"ForAnyValue:StringEquals":{"acm:DomainNames":["a.b"]}}`, names, []string{"x.y"}, false},
		{`{"ForAnyValue:StringEquals":{"acm:DomainNames":["a.b"]}}`, names, nil, false},
		{`{"ForAnyValue:StringNotEquals":{"acm:DomainNames":["a.b"]}}`, names, []string{"a.b", "c.d"}, true},
		{`{"ForAnyValue:StringNotEquals":{"acm:DomainNames":["a.b"]}}`, names, []string{"a.b"}, false},
		{`{"ForAnyValue:StringEqualsIfExists":{"acm:DomainNames":["a.b"]}}`, names, nil, true},
		{`{"Null":{"acm:DomainNames":"true"}}`, names, nil, true},
		{`{"Null":{"acm:DomainNames":"true"}}`, names, []string{"a.b"}, false},
		{`{"Null":{"acm:DomainNames":false}}`, names, []string{"a.b"}, true},
		{`{"Null":{"acm:DomainNames":"false"}}`, names, nil, false},
		{`{"Bool":{"aws:SecureTransport":true}}`, "aws:SecureTransport", []string{"true"}, true},
		{`{"Bool":{"aws:SecureTransport":"false"}}`, "aws:SecureTransport", []string{"true"}, false},
		{`{"Bool":{"aws:SecureTransport":"false"}}`, "aws:SecureTransport", nil, false},
		{`{"BoolIfExists":{"aws:SecureTransport":"true"}}`, "aws:SecureTransport", nil, true},
		{`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/a*"}}`, arn, []string{"arn:aws:iam::1:user/ab"}, true},
		{`{"ArnLike":{"aws:PrincipalArn":"arn:*:user/ab:x:y:z"}}`, arn, []string{"arn:aws:iam::1:user/ab"}, false},
		{`{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::*:user/ab"}}`, arn, []string{"arn:aws:iam::1:user/ab"}, true},
		{`{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::1:user/ab"}}`, arn, []string{"arn:aws:iam::1:user/ab"}, false},
		{`{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::2:*"}}`, arn, []string{"arn:aws:iam::1:user/ab"}, true},
		// Every operator and every key must hold.
		{`{"StringEquals":{"acm:ValidationMethod":"DNS"},"ForAllValues:StringEquals":{"acm:DomainNames":"a.b"}}`, names, []string{"a.b"}, false},
		{`{"StringEqualsIfExists":{"acm:ValidationMethod":"DNS"},"ForAllValues:StringEquals":{"acm:DomainNames":"a.b"}}`, names, []string{"a.b"}, true},
	} {
		p, err := parsePolicy(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + c.condition + `}}`)
		if err != nil {
			t.Errorf("%s: %v", c.condition, err)
			continue
		}
		keys := contextKeys{}
		keys.set(c.key, c.got...)
		if got := decide([]*policy{p}, question{"a:B", "*", "", keys}).Decision == allowed; got != c.want {
			t.Errorf("%s with %q: got %v, want %v", c.condition, c.got, got, c.want)
		}
	}
}

// statements is a policy of these statements.
func statements(st ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(st, ",") + `]}`
}

const (
	allowAll     = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	denyDelete   = `{"Effect":"Deny","Action":"acm:Delete*","Resource":"*"}`
	allowNot     = `{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"}`
	allowOthers  = `{"Effect":"Allow","Action":"acm:*","NotResource":"arn:aws:acm:us-east-1:1:certificate/mine"}`
	denyUntagged = `{"Effect":"Deny","Action":"acm:*","Resource":"*","Condition":{"Null":{"aws:ResourceTag/a":"true"}}}`
)

func TestDecisions(t *testing.T) {
	t.Parallel()
	const mine = "arn:aws:acm:us-east-1:1:certificate/mine"
	for _, c := range []struct {
		policies         []string
		action, resource string
		want             decision
	}{
		{nil, "acm:DeleteCertificate", mine, implicitDeny},
		{[]string{statements(allowAll)}, "acm:DeleteCertificate", mine, allowed},
		{[]string{statements(allowAll, denyDelete)}, "acm:DeleteCertificate", mine, explicitDeny},
		{[]string{statements(denyDelete, allowAll)}, "acm:DeleteCertificate", mine, explicitDeny},
		{[]string{statements(allowAll), statements(denyDelete)}, "acm:DeleteCertificate", mine, explicitDeny},
		{[]string{statements(allowAll, denyDelete)}, "acm:DescribeCertificate", mine, allowed},
		{[]string{statements(denyDelete)}, "acm:DescribeCertificate", mine, implicitDeny},
		{[]string{statements(allowNot)}, "acm:DeleteCertificate", mine, allowed},
		{[]string{statements(allowNot)}, "iam:GetUser", "*", implicitDeny},
		{[]string{statements(allowOthers)}, "acm:DeleteCertificate", mine, implicitDeny},
		{[]string{statements(allowOthers)}, "acm:DeleteCertificate", mine + "2", allowed},
		{[]string{statements(allowAll, denyUntagged)}, "acm:DeleteCertificate", mine, explicitDeny},
		{[]string{statements(`{"Effect":"Allow","Action":"ACM:deletecertificate","Resource":"*"}`)}, "acm:DeleteCertificate", mine, allowed},
	} {
		policies, err := parsePolicies(c.policies)
		if err != nil {
			t.Fatal(err)
		}
		if got := decide(policies, question{c.action, c.resource, "", contextKeys{}}).Decision; got != c.want {
			t.Errorf("%s %s by %s: got %s, want %s", c.action, c.resource, c.policies, got, c.want)
		}
	}
}

// TestPolicyMistakes: nothing in a policy is ignored.
func TestPolicyMistakes(t *testing.T) {
	t.Parallel()
	with := func(extra string) string { return `{"Effect":"Allow","Action":"acm:*","Resource":"*"` + extra + `}` }
	condition := func(block string) string { return statements(with(`,"Condition":` + block)) }
	var long []string
	for i := range 120 {
		long = append(long, fmt.Sprintf(`{"Sid":"s%d","Effect":"Allow","Action":"*","Resource":"*"}`, i))
	}
	for document, want := range map[string]string{
		`{`:                        "syntax",
		`[]`:                       "syntax",
		statements() + "{}":        "something follows",
		statements():               "no Statement",
		`{"Version":"2012-10-17"}`: "no Statement",
		`{"Version":"2013-10-17","Statement":[` + allowAll + `]}`:                                                                         "Version",
		`{"Version":"2012-10-17","Statements":[` + allowAll + `]}`:                                                                        "unknown element Statements",
		`{"version":"2012-10-17","Statement":[` + allowAll + `]}`:                                                                         "unknown element version",
		statements(with(`,"Principal":"*"`)):                                                                                              "unknown element Principal",
		statements(`{"Effect":"allow","Action":"*","Resource":"*"}`):                                                                      `Effect "allow"`,
		statements(`{"Effect":"Allow","Resource":"*"}`):                                                                                   "Action or NotAction",
		statements(with(`,"NotAction":"iam:*"`)):                                                                                          "Action or NotAction",
		statements(with(`,"NotResource":"*"`)):                                                                                            "Resource or NotResource",
		statements(`{"Effect":"Allow","Action":[],"Resource":"*"}`):                                                                       "a string or a list of strings",
		statements(`{"Effect":"Allow","Action":7,"Resource":"*"}`):                                                                        "a string or a list of strings",
		statements(`{"Effect":"Allow","Action":"List","Resource":"*"}`):                                                                   `the action "List"`,
		statements(`{"Effect":"Allow","Action":"*","Resource":"cert"}`):                                                                   "ARN format",
		statements(`{"Effect":"Allow","Action":"*","Resource":"arn:*"}`):                                                                  "ARN format",
		statements(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::1:user/${aws:username}"}`):                                    "policy variables",
		statements(`{"Sid":"a-b","Effect":"Allow","Action":"*","Resource":"*"}`):                                                          `the Sid "a-b"`,
		statements(`{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"}`, `{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"}`): "a is there twice",
		statements(with(`,"Effect":"Deny"`)):                                                                                              "Effect is there twice",
		condition(`{"NumericEquals":{"aws:RequestTag/a":"1"}}`):                                                                           "operator NumericEquals",
		condition(`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`):                                                                        "operator IpAddress",
		condition(`{"ForSomeValues:StringEquals":{"acm:DomainNames":"a"}}`):                                                               "operator ForSomeValues:StringEquals",
		condition(`{"NullIfExists":{"acm:DomainNames":"true"}}`):                                                                          "operator NullIfExists",
		condition(`{"StringEquals":{"aws:SourceIp":"192.0.2.1"}}`):                                                                        "condition key aws:SourceIp",
		condition(`{"StringEquals":{"aws:RequestTag/":"a"}}`):                                                                             "condition key aws:RequestTag/",
		condition(`{"StringEquals":{"acm:DomainNames":"a"}}`):                                                                             "ForAllValues or ForAnyValue",
		condition(`{"StringEquals":{"aws:RequestTag/a":[]}}`):                                                                             "needs a value",
		condition(`{"StringEquals":{"aws:RequestTag/a":{}}}`):                                                                             "neither a string nor a boolean",
		condition(`{"StringEquals":{"aws:RequestTag/a":"${aws:username}"}}`):                                                              "policy variables",
		condition(`{"Bool":{"aws:SecureTransport":"yes"}}`):                                                                               "neither true nor false",
		condition(`{"ArnLike":{"aws:PrincipalArn":"user/a"}}`):                                                                            "no ARN",
		condition(`{"StringEquals":{"aws:RequestTag/a":"b"},"StringEquals":{"aws:username":"c"}}`):                                        "StringEquals is there twice",
		statements(long...): "the quota is 6144",
	} {
		_, err := parsePolicy(document)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.150s: got %v, want %q", document, err, want)
		}
	}
}

// TestEveryOperationAsksIAM fails for an operation without an entry among the
// needs, and for an entry of no operation.
func TestEveryOperationAsksIAM(t *testing.T) {
	t.Parallel()
	modelled := map[string]bool{}
	for service, routes := range map[string][]route{"apigateway": gatewayRoutes, "cloudfront": cloudFrontRoutes, "route53": route53Routes} {
		for _, r := range routes {
			modelled[service+":"+r.op] = true
		}
	}
	for service, operations := range map[string]map[string]operation{"acm": acmOperations, "sts": stsOperations, "iam": iamOperations, "tagging": taggingOperations, "cloudtrail": trailOperations, "monitoring": monitoringOperations, "logs": logOperations} {
		for op := range operations {
			modelled[service+":"+op] = true
		}
	}
	for name := range modelled {
		wanted, ok := needs[name]
		if !ok {
			t.Errorf("%s has no entry", name)
		}
		if len(wanted) == 0 && name != "sts:GetCallerIdentity" {
			t.Errorf("%s asks for nothing", name)
		}
	}
	for name := range needs {
		if !modelled[name] {
			t.Errorf("%s is no operation", name)
		}
	}
}

// The policy of keys that have none is what its document says.
func TestEverythingIsWhatItSays(t *testing.T) {
	t.Parallel()
	read, err := parsePolicy(everything.Document)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprintf("%+v", everything.statements), fmt.Sprintf("%+v", read.statements); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
