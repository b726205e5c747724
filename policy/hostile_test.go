package policy

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"apifront/setup"
	"apifront/steps"
)

// asIAM turns a pattern of a policy into a regular expression as IAM's
// documentation describes it. It shares no code with the simulator, which reads
// patterns too.
func asIAM(t *testing.T, pattern string) *regexp.Regexp {
	t.Helper()
	var b strings.Builder
	for rest := pattern; rest != ""; {
		switch {
		case strings.HasPrefix(rest, "${"):
			if len(rest) < 4 || rest[3] != '}' || !strings.Contains("*?$", rest[2:3]) {
				t.Fatalf("%q has a variable that is no character", pattern)
			}
			b.WriteString(regexp.QuoteMeta(rest[2:3]))
			rest = rest[4:]
			continue
		case rest[0] == '*':
			b.WriteString(`(?s:.*)`)
		case rest[0] == '?':
			b.WriteString(`(?s:.)`)
		default:
			b.WriteString(regexp.QuoteMeta(rest[:1]))
		}
		rest = rest[1:]
	}
	re, err := regexp.Compile("^" + b.String() + "$")
	if err != nil {
		t.Skip("no text") // not UTF-8
	}
	return re
}

// FuzzLiteral: a text that is put into a pattern matches itself and nothing
// else.
func FuzzLiteral(f *testing.F) {
	for _, s := range []string{"api.example.com", "*.example.com", "*", "?", "${aws:username}", "$", "${*}", "$${*}", "${", "a?b*c$d"} {
		for _, o := range []string{"api.example.com", "a.example.com", "", "*", "*.example.com", "axbxcxd"} {
			f.Add(s, o)
		}
	}
	f.Fuzz(func(t *testing.T, s, other string) {
		re := asIAM(t, steps.Literal(s))
		if !re.MatchString(s) {
			t.Errorf("%q as %q does not match itself", s, steps.Literal(s))
		}
		if other != s && re.MatchString(other) {
			t.Errorf("%q as %q matches %q", s, steps.Literal(s), other)
		}
		if steps.Unescape(steps.Literal(s)) != s || steps.Unescape(steps.Plain(s)) != s && !strings.Contains(s, "${") {
			t.Errorf("%q as %q and %q is read as %q and %q", s, steps.Literal(s), steps.Plain(s), steps.Unescape(steps.Literal(s)), steps.Unescape(steps.Plain(s)))
		}
		if strings.ReplaceAll(steps.Plain(s), "${$}", "$") != s || strings.Contains(strings.ReplaceAll(steps.Plain(s), "${$}", ""), "$") {
			t.Errorf("%q becomes %q", s, steps.Plain(s))
		}
	})
}

// FuzzNames: whatever a setup says, the policy made of it allows nothing on
// another name, zone, account or certificate. Otherwise no policy is made.
func FuzzNames(f *testing.F) {
	for _, name := range []string{"api.example.com", "*.example.com", "*", "?.example.com", "${aws:username}.example.com", "a.example/apimappings", "*.*", "a.b*"} {
		for _, other := range []string{"www.example.com", "b.api.example.com", "a.b.c"} {
			f.Add(name, "Z0123456789", "arn:aws:acm:us-east-1:482177301954:certificate/1-2", "a1b2c3", "$default", "482177301954", other)
			f.Add(name, "*", "arn:aws:acm:us-east-1:482177301954:certificate/*", "*", "*", "*", other)
		}
	}
	f.Fuzz(func(t *testing.T, name, zone, certificate, api, stage, account, other string) {
		scope := scopeOf(func(s *setup.Spec) {
			s.Domain.Name, s.Domain.ZoneID, s.Certificates.Edge = name, zone, certificate
			s.Account.AccountID, s.Edge.WebACL = account, "arn:aws:wafv2:us-east-1:482177301954:global/webacl/a/"+api
			s.API.Mappings = []setup.Mapping{{APIID: api, Kind: setup.APIKindHTTP, Stage: stage}}
		})
		for _, kind := range Kinds() {
			list, p := Documents(kind, scope)
			if p != nil {
				continue
			}
			for _, d := range list {
				if !json.Valid([]byte(d.JSON())) {
					t.Fatalf("no JSON: %s", d.JSON())
				}
				for _, st := range d.Statements {
					checkNarrow(t, st, name, other)
				}
			}
		}
	})
}

// noResources are the actions that AWS cannot restrict to a resource.
var noResources = map[string]bool{
	"acm:ListCertificates": true, "acm:RequestCertificate": true, "cloudfront:CreateCachePolicy": true, "cloudfront:CreateDistribution": true,
	"cloudfront:ListCachePolicies": true, "cloudfront:ListDistributions": true, "route53:ListHostedZones": true, "cloudtrail:LookupEvents": true, "cloudwatch:GetMetricData": true,
	"logs:DescribeDeliverySources": true, "logs:DescribeDeliveries": true, "logs:DescribeLogGroups": true, "logs:DescribeResourcePolicies": true, "logs:PutResourcePolicy": true,
}

// checkNarrow fails the test if the statement allows a resource or a record of
// another name.
func checkNarrow(t *testing.T, st Statement, name, other string) {
	t.Helper()
	for _, pattern := range st.Resources {
		if pattern == "*" {
			if slices.ContainsFunc(st.Actions, func(a string) bool { return !noResources[a] }) {
				t.Errorf("%s: %v on everything", st.Sid, st.Actions)
			}
			continue
		}
		re := asIAM(t, pattern)
		if other == name || strings.Contains(other, "/") {
			continue
		}
		for _, below := range []string{"", "/apimappings", "/apimappings/x", "/basepathmappings", "/basepathmappings/x"} {
			if re.MatchString("arn:aws:apigateway:eu-west-1::/domainnames/" + other + below) {
				t.Errorf("%s: %s is open to %s%s", st.Sid, pattern, other, below)
			}
		}
		for _, arn := range []string{
			"arn:aws:route53:::hostedzone/ZOTHER", "arn:aws:acm:us-east-1:111122223333:certificate/1", "arn:aws:cloudfront::111122223333:distribution/E1",
		} {
			if !slices.Contains(st.Actions, "route53:GetHostedZone") && re.MatchString(arn) {
				t.Errorf("%s: %s is open to %s", st.Sid, pattern, arn)
			}
		}
	}
	for _, c := range st.Conditions {
		for _, v := range c.Values {
			if c.Key == "route53:ChangeResourceRecordSetsNormalizedRecordNames" && c.Operator == "ForAllValues:StringLike" && asIAM(t, v).MatchString(strings.TrimPrefix(other, "_")) {
				t.Errorf("%s: %s is open to the record %s", st.Sid, v, other)
			}
			if strings.Contains(strings.ReplaceAll(v, "${$}", ""), "${") {
				t.Errorf("%s: a variable in %s", st.Sid, v)
			}
		}
	}
}
