package sim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
)

// signed sends a POST of AWS's, signed by hand.
func signed(t *testing.T, s *Sim, key Key, token, service, region, body string, header map[string]string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+service+".amazonaws.com/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	sum := sha256.Sum256([]byte(body))
	creds := aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret, SessionToken: token}
	if err := v4.NewSigner().SignHTTP(t.Context(), creds, r, hex.EncodeToString(sum[:]), service, region, time.Now()); err != nil {
		t.Fatal(err)
	}
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read to its end
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, out
}

// iamCall speaks IAM's query protocol. Parameters come as "Name=value".
func iamCall(t *testing.T, s *Sim, key Key, action string, parameters ...string) (int, []byte) {
	t.Helper()
	form := url.Values{"Action": {action}, "Version": {"2010-05-08"}}
	for _, p := range parameters {
		if name, value, ok := strings.Cut(p, "="); ok {
			form.Set(name, value)
		}
	}
	return signed(t, s, key, "", "iam", "us-east-1", form.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
}

// simulated is the answer of SimulatePrincipalPolicy as a client reads it.
type simulated struct {
	Results []struct {
		Action   string `xml:"EvalActionName"`
		Resource string `xml:"EvalResourceName"`
		Decision string `xml:"EvalDecision"`
		Matched  []struct {
			ID   string                     `xml:"SourcePolicyId"`
			From struct{ Line, Column int } `xml:"StartPosition"`
			To   struct{ Line, Column int } `xml:"EndPosition"`
		} `xml:"MatchedStatements>member"`
		Missing []string `xml:"MissingContextValues>member"`
	} `xml:"SimulatePrincipalPolicyResult>EvaluationResults>member"`
	Truncated bool   `xml:"SimulatePrincipalPolicyResult>IsTruncated"`
	Marker    string `xml:"SimulatePrincipalPolicyResult>Marker"`
}

func simulate(t *testing.T, s *Sim, key Key, parameters ...string) simulated {
	t.Helper()
	status, body := iamCall(t, s, key, "SimulatePrincipalPolicy", parameters...)
	var out simulated
	if err := xml.Unmarshal(body, &out); err != nil || status != http.StatusOK {
		t.Fatalf("got %d, %v: %s", status, err, body)
	}
	return out
}

const (
	deployer  = "PolicySourceArn=arn:aws:iam::111122223333:user/deployer"
	tagKey    = "ContextEntries.member.1.ContextKeyName=aws:RequestTag/apifront:install"
	tagType   = "ContextEntries.member.1.ContextKeyType=string"
	tagValue  = "ContextEntries.member.1.ContextKeyValues.member.1="
	doCreate  = "ActionNames.member.1=cloudfront:CreateDistribution"
	document3 = `{"Version": "2012-10-17",
 "Statement": [
  {"Effect": "Allow", "Action": "cloudfront:CreateDistribution", "Resource": "*",
   "Condition": {"StringEquals": {"aws:RequestTag/apifront:install": "i1"}}},
  {"Effect": "Deny", "Action": "acm:*", "Resource": "*"},
  {"Effect": "Allow", "Action": ["acm:*", "iam:SimulatePrincipalPolicy"], "Resource": "*"}]}`
)

func TestSimulatePrincipalPolicy(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	key := s.AddAccount(ours, "deployer")
	admin := s.AddAccount(ours, "admin")
	if err := s.SetPolicy(key.ID, document3); err != nil {
		t.Fatal(err)
	}
	type decided struct{ Action, Resource, Decision, Missing string }
	for name, c := range map[string]struct {
		ask  []string
		want []decided
	}{
		"with the tag":     {[]string{deployer, doCreate, tagKey, tagType, tagValue + "i1"}, []decided{{"cloudfront:CreateDistribution", "*", "allowed", ""}}},
		"with another tag": {[]string{deployer, doCreate, tagKey, tagType, tagValue + "i2"}, []decided{{"cloudfront:CreateDistribution", "*", "implicitDeny", ""}}},
		"without the key":  {[]string{deployer, doCreate}, []decided{{"cloudfront:CreateDistribution", "*", "implicitDeny", "aws:RequestTag/apifront:install"}}},
		"two by two": {[]string{
			deployer, "ActionNames.member.1=acm:ListCertificates", "ActionNames.member.2=route53:GetHostedZone",
			"ResourceArns.member.1=arn:aws:route53:::hostedzone/Z1", "ResourceArns.member.2=*",
		}, []decided{
			{"acm:ListCertificates", "arn:aws:route53:::hostedzone/Z1", "explicitDeny", ""},
			{"acm:ListCertificates", "*", "explicitDeny", ""},
			{"route53:GetHostedZone", "arn:aws:route53:::hostedzone/Z1", "implicitDeny", ""},
			{"route53:GetHostedZone", "*", "implicitDeny", ""},
		}},
		"with one more policy": {[]string{
			deployer, "ActionNames.member.1=route53:GetHostedZone", "PolicyInputList.member.1=" + statements(allowAll),
		}, []decided{{"route53:GetHostedZone", "*", "allowed", ""}}},
		"one without policies": {[]string{"PolicySourceArn=" + admin.Principal, "ActionNames.member.1=acm:DeleteCertificate"}, []decided{{"acm:DeleteCertificate", "*", "allowed", ""}}},
	} {
		var got []decided
		for _, r := range simulate(t, s, key, c.ask...).Results {
			got = append(got, decided{r.Action, r.Resource, r.Decision, strings.Join(r.Missing, ",")})
			if (r.Decision == "implicitDeny") != (len(r.Matched) == 0) {
				t.Errorf("%s: %s has %d matched statements", name, r.Decision, len(r.Matched))
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	// Where the statement stands that decided.
	m := simulate(t, s, key, deployer, "ActionNames.member.1=acm:ListCertificates").Results[0].Matched
	if len(m) != 1 || m[0].From.Line != 5 || m[0].From.Column != 3 || m[0].To.Line != 5 || m[0].To.Column != 57 {
		t.Errorf("got %+v, want the second statement", m)
	}
}

func TestSimulatePrincipalPolicyPages(t *testing.T) {
	t.Parallel()
	s := New(Config{PageSize: 1}) // V33
	key := s.AddAccount(ours, "deployer")
	ask := []string{deployer, "ActionNames.member.1=acm:ListCertificates", "ActionNames.member.2=acm:DeleteCertificate"}
	one := simulate(t, s, key, ask...)
	if !one.Truncated || len(one.Results) != 1 {
		t.Fatalf("got %+v, want a page of one", one)
	}
	two := simulate(t, s, key, append(ask, "Marker="+one.Marker)...)
	if two.Truncated || len(two.Results) != 1 || two.Results[0].Action != "acm:DeleteCertificate" {
		t.Errorf("got %+v, want the second", two)
	}
}

func TestSimulatePrincipalPolicyRefusals(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	key := s.AddAccount(ours, "deployer")
	limited := s.AddAccount(ours, "limited")
	if err := s.SetPolicy(limited.ID, statements(denyDelete)); err != nil {
		t.Fatal(err)
	}
	role := s.AddRole(ours, "r", "")
	session, err := clientsOf(s, key, "").sts.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("s1")})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key    Key
		ask    []string
		status int
		code   string
	}{
		{key, []string{deployer}, 400, "ValidationError"},
		{key, []string{deployer, "ActionNames.member.1=acm:List*"}, 400, "InvalidInput"},
		{key, []string{deployer, doCreate, "ResourceArns.member.1=Z1"}, 400, "InvalidInput"},
		{key, []string{deployer, doCreate, "Marker=7"}, 400, "ValidationError"},
		{key, []string{deployer, doCreate, "ContextEntries.member.1.ContextKeyName=aws:SourceIp"}, 501, "NotModelled"},
		{key, []string{deployer, doCreate, "CallerArn=arn:aws:iam::111122223333:user/x"}, 501, "NotModelled"},
		{key, []string{deployer, doCreate, "PolicyInputList.member.1={}"}, 400, "InvalidInput"},
		{key, []string{doCreate, "PolicySourceArn=arn:aws:iam::111122223333:user/nobody"}, 404, "NoSuchEntity"},
		{key, []string{doCreate, "PolicySourceArn=arn:aws:iam::111122223333:role/nobody"}, 404, "NoSuchEntity"},
		{key, []string{doCreate, "PolicySourceArn=arn:aws:iam::444455556666:user/u"}, 403, "AccessDenied"},
		{key, []string{doCreate, "PolicySourceArn=" + *session.AssumedRoleUser.Arn}, 400, "InvalidInput"},
		{key, []string{doCreate, "PolicySourceArn=" + role}, 200, ""},
		{limited, []string{doCreate, "PolicySourceArn=" + limited.Principal}, 403, "AccessDenied"},
	} {
		status, body := iamCall(t, s, c.key, "SimulatePrincipalPolicy", c.ask...)
		if status != c.status || !bytes.Contains(body, []byte("<Code>"+c.code+"</Code>")) == (c.code != "") {
			t.Errorf("%v: got %d %s, want %d %s", c.ask, status, body, c.status, c.code)
		}
	}
	if status, body := iamCall(t, s, key, "DeleteUser"); status != http.StatusNotImplemented {
		t.Errorf("DeleteUser: got %d %s", status, body)
	}
}

func TestGetUserAndGetRole(t *testing.T) {
	t.Parallel()
	g := newGateway(Config{})
	key := g.s.AddAccount(ours, "deployer")
	g.s.AddAccount(theirs, "stranger")
	role := g.s.AddRole(ours, "apifront", "the id")
	for _, c := range []struct {
		action    string
		parameter string
		status    int
		text      string
	}{
		{"GetUser", "", 200, "<Arn>arn:aws:iam::111122223333:user/deployer</Arn>"},
		{"GetUser", "UserName=u", 200, "<UserName>u</UserName>"},
		{"GetUser", "UserName=stranger", 404, "NoSuchEntity"},
		{"GetRole", "RoleName=apifront", 200, "<Arn>" + role + "</Arn>"},
		{"GetRole", "RoleName=apifront", 200, "the%20id"},
		{"GetRole", "RoleName=" + gatewayRoleName, 404, "The role with name AWSServiceRoleForAPIGateway cannot be found."},
	} {
		if status, body := iamCall(t, g.s, key, c.action, c.parameter); status != c.status || !bytes.Contains(body, []byte(c.text)) {
			t.Errorf("%s %s: got %d %s, want %d %s", c.action, c.parameter, status, body, c.status, c.text)
		}
	}
	g.create(t, "a.example.com")
	status, body := iamCall(t, g.s, key, "GetRole", "RoleName="+gatewayRoleName)
	if status != 200 || !bytes.Contains(body, []byte("<Path>/aws-service-role/ops.apigateway.amazonaws.com/</Path>")) {
		t.Errorf("got %d %s, want the service-linked role", status, body)
	}
	if _, err := clientsOf(g.s, key, "").sts.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String(gatewayRoleARN(ours)), RoleSessionName: aws.String("s1")}); err == nil {
		t.Error("the service-linked role was assumed")
	}
}
