package policy

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// The policy names the principal as narrowly as STS allows: a user by its ARN,
// a session by its role, whatever path the role has.
func TestTrust(t *testing.T) {
	const account = "arn:aws:iam::111122223333:"
	for principal, want := range map[string]struct {
		principal string
		roles     any
	}{
		account + "user/team/ci": {account + "user/team/ci", nil},
		account + "root":         {account + "root", nil},
		"arn:aws:sts::111122223333:assumed-role/server/i-0abc":                              {account + "root", []any{account + "role/server", account + "role/*/server"}},
		"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123/mira@example.com": {account + "root", []any{account + "role/AWSReservedSSO_Admin_0123", account + "role/*/AWSReservedSSO_Admin_0123"}},
		"arn:aws-cn:iam::111122223333:user/ci":                                              {"arn:aws-cn:iam::111122223333:user/ci", nil},
		"arn:aws:sts::111122223333:federated-user/mira":                                     {"arn:aws:sts::111122223333:federated-user/mira", nil},
	} {
		text, p := Trust{Principal: principal, ExternalID: "ext-1"}.Document()
		if p != nil {
			t.Errorf("%s: %v", principal, p)
			continue
		}
		var d struct {
			Statement []struct {
				Effect, Action string
				Principal      map[string]string
				Condition      map[string]map[string]any
			}
		}
		if err := json.Unmarshal([]byte(text), &d); err != nil || len(d.Statement) != 1 {
			t.Fatalf("%v: %s", err, text)
		}
		st := d.Statement[0]
		if st.Effect != "Allow" || st.Action != "sts:AssumeRole" || st.Condition["StringEquals"]["sts:ExternalId"] != "ext-1" {
			t.Errorf("%s: %s", principal, text)
		}
		if d := cmp.Diff([]any{want.principal, want.roles}, []any{st.Principal["AWS"], st.Condition["ArnLike"]["aws:PrincipalArn"]}); d != "" {
			t.Errorf("%s:\n%s", principal, d)
		}
	}
}

// Without a valid principal or an external ID there is no trust policy.
func TestTrustsNobody(t *testing.T) {
	const user = "arn:aws:iam::111122223333:user/ci"
	for _, trust := range []Trust{
		{"", "ext-1"}, {"*", "ext-1"}, {"arn:aws:iam::*:root", "ext-1"}, {"arn:aws:iam::111122223333:user/*", "ext-1"},
		{"arn:aws:sts::111122223333:assumed-role/*/x", "ext-1"}, {"arn:aws:iam::111122223333:user/${aws:username}", "ext-1"},
		{user, ""}, {user, "*"}, {user, "${aws:userid}"}, {user, "a b"}, {user + "\n", "ext-1"},
	} {
		text, p := trust.Document()
		if text != "" {
			t.Errorf("%+v: %s", trust, text)
		}
		complete(t, p)
		if text, p := Template(Apply, scopeOf(nil), &trust); p == nil {
			t.Errorf("%+v: %s", trust, text)
		}
		if text, p := Commands(Apply, scopeOf(nil), &trust); p == nil {
			t.Errorf("%+v: %s", trust, text)
		}
	}
}

// A shell takes every character of the commands literally, and IAM accepts the
// names in them, however long the domain name is.
func TestCommands(t *testing.T) {
	allowed := regexp.MustCompile(`^(aws iam (create-policy --policy-name [\w+=,.@-]{1,128} --policy-document file://[\w+=,.@-]+|attach-role-policy --role-name [\w-]{1,64} --policy-arn arn:aws:iam::[0-9]{12}:policy/[\w+=,.@-]{1,128}|create-role --role-name [\w-]{1,64} --assume-role-policy-document file://trust\.json)\n)+$`)
	trust := &Trust{Principal: "arn:aws:iam::111122223333:user/ci", ExternalID: "ext-1"}
	for _, name := range []string{"api.harborview.example", "*.harborview.example", strings.Repeat("a234567890.", 20) + "example"} {
		scope := scopeOf(func(s *setup.Spec) { s.Domain.Name = name })
		for _, kind := range Kinds() {
			for _, who := range []*Trust{nil, trust} {
				text, p := Commands(kind, scope, who)
				if p != nil {
					t.Fatal(p)
				}
				if !allowed.MatchString(text) {
					t.Errorf("%s", text)
				}
				template, p := Template(kind, scope, who)
				if p != nil {
					t.Fatal(p)
				}
				if strings.Contains(template, "AssumeRolePolicyDocument") != (who != nil) {
					t.Errorf("%s", template)
				}
			}
		}
	}
}
