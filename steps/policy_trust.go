package steps

import (
	"regexp"
	"strconv"
	"strings"

	"apifront/setup"
)

// A Trust is who may assume the role that a connection uses.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
type Trust struct {
	Principal  string // ARN that STS gives for apifront's own identity
	ExternalID string // of the connection
}

var (
	principalPattern  = regexp.MustCompile(`^arn:(aws[a-z-]*):(iam|sts)::([0-9]{12}):(root|user/[\w+=,.@/-]+|role/[\w+=,.@/-]+|assumed-role/[\w+=,.@-]+/[\w+=,.@-]+|federated-user/[\w+=,.@-]+)$`)
	externalIDPattern = regexp.MustCompile(`^[\w+=,.@:/-]{2,1000}$`)
)

// Document is the trust policy. A session of a role stands for its role, whose
// path STS does not tell: so the account is trusted, for this role of it alone.
func (t Trust) Document() (string, *setup.Problem) {
	d, p := t.document()
	if p != nil {
		return "", p
	}
	return indented(d), nil
}

func (t Trust) document() (document, *setup.Problem) {
	m := principalPattern.FindStringSubmatch(t.Principal)
	if m == nil {
		return document{}, problem("The trust policy cannot be made yet.", "It names who apifront is in AWS, and that is not known.", "Open the page Connections and press Test, then come back.")
	}
	if !externalIDPattern.MatchString(t.ExternalID) {
		return document{}, problem("The trust policy cannot be made yet.", "It asks for an external ID, which keeps others from using the role through apifront, and there is none.", "Add a connection that assumes a role on the page Connections; its external ID is made there.")
	}
	partition, account := m[1], m[3]
	st := documentStatement{
		Sid: "ApifrontAssumes", Effect: "Allow", Action: oneOrMany{"sts:AssumeRole"},
		Principal: map[string]string{"AWS": t.Principal},
	}
	conditions := []Condition{{"StringEquals", "sts:ExternalId", []string{plain(t.ExternalID)}}}
	if session, ok := strings.CutPrefix(m[4], "assumed-role/"); ok {
		role, _, _ := strings.Cut(session, "/")
		root := "arn:" + partition + ":iam::" + account + ":"
		st.Principal["AWS"] = root + "root"
		// A role's name is unique in its account, whatever its path.
		conditions = append(conditions, Condition{"ArnLike", "aws:PrincipalArn", []string{root + "role/" + literal(role), root + "role/*/" + literal(role)}})
	}
	st.Condition = conditionBlock(conditions)
	return document{Version: "2012-10-17", Statement: []documentStatement{st}}, nil
}

// template is a CloudFormation template.
type template struct {
	AWSTemplateFormatVersion string
	Description              string
	Resources                map[string]templateResource
	Outputs                  map[string]templateOutput `json:",omitempty"`
}

type templateResource struct {
	Type       string
	Properties map[string]any
}

type templateOutput struct {
	Value any
}

// Template is a CloudFormation template that makes the policies, and the role
// with them if the trust is known; nil: the policies alone.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
func Template(kind PolicyKind, scope Scope, trust *Trust) (string, *setup.Problem) {
	list, p := Policies(kind, scope)
	if p != nil {
		return "", p
	}
	t := template{
		AWSTemplateFormatVersion: "2010-09-09",
		Description:              "apifront, " + policyDescription(kind, scope),
		Resources:                map[string]templateResource{},
		Outputs:                  map[string]templateOutput{},
	}
	arns := []any{}
	for i, d := range list {
		name := numbered("Policy", i)
		t.Resources[name] = templateResource{"AWS::IAM::ManagedPolicy", map[string]any{
			"Description": policyDescription(kind, scope), "PolicyDocument": d.document(),
		}}
		arns = append(arns, map[string]string{"Ref": name})
		t.Outputs[name+"Arn"] = templateOutput{map[string]string{"Ref": name}}
	}
	if trust != nil {
		d, p := trust.document()
		if p != nil {
			return "", p
		}
		t.Resources["Role"] = templateResource{"AWS::IAM::Role", map[string]any{
			"Description": policyDescription(kind, scope), "AssumeRolePolicyDocument": d, "ManagedPolicyArns": arns,
		}}
		t.Outputs["RoleArn"] = templateOutput{map[string][]string{"Fn::GetAtt": {"Role", "Arn"}}}
	}
	return indented(t), nil
}

func policyDescription(kind PolicyKind, scope Scope) string {
	// IAM takes no "*" there.
	return tagName(scope.Spec.Domain.Name) + ": " + string(kind)
}

// PolicyName is what the n-th policy of a kind for a scope is called, from 0.
func PolicyName(kind PolicyKind, scope Scope, n int) string {
	name := strings.ReplaceAll(tagName(scope.Spec.Domain.Name), ".", "-")
	return numbered("apifront-"+string(kind)+"-"+short(name, 90), n)
}

func numbered(name string, n int) string {
	if n == 0 {
		return name
	}
	return name + strconv.Itoa(n+1)
}

// Commands are lines for a shell that make the policies with the AWS CLI, and
// the role with them if the trust is known. The documents are files, which the
// page offers under these names.
func Commands(kind PolicyKind, scope Scope, trust *Trust) (string, *setup.Problem) {
	list, p := Policies(kind, scope)
	if p != nil {
		return "", p
	}
	var b strings.Builder
	role := "apifront-" + string(kind)
	if trust != nil {
		if _, p := trust.document(); p != nil {
			return "", p
		}
		b.WriteString("aws iam create-role --role-name " + role + " --assume-role-policy-document file://" + TrustFile + "\n")
	}
	for i := range list {
		name := PolicyName(kind, scope, i)
		b.WriteString("aws iam create-policy --policy-name " + name + " --policy-document file://" + name + ".json\n")
		if trust != nil {
			b.WriteString("aws iam attach-role-policy --role-name " + role + " --policy-arn arn:" + scope.partition() + ":iam::" + scope.account() + ":policy/" + name + "\n")
		}
	}
	return b.String(), nil
}

// Names of files beside the policies'.
const (
	TrustFile    = "trust.json"
	TemplateFile = "apifront-iam.template.json"
)
