package policy

import (
	"strconv"
	"strings"

	"apifront/setup"
	"apifront/steps"
)

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

// Template is a CloudFormation template, as JSON, that creates the policies
// and, if trust is not nil, the role with them. The problem says what is
// missing.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
func Template(kind Kind, scope steps.Scope, trust *Trust) (string, *setup.Problem) {
	list, p := Documents(kind, scope)
	if p != nil {
		return "", p
	}
	t := template{
		AWSTemplateFormatVersion: "2010-09-09",
		Description:              "apifront, " + description(kind, scope),
		Resources:                map[string]templateResource{},
		Outputs:                  map[string]templateOutput{},
	}
	arns := []any{}
	for i, d := range list {
		name := numbered("Policy", i)
		t.Resources[name] = templateResource{"AWS::IAM::ManagedPolicy", map[string]any{
			"Description": description(kind, scope), "PolicyDocument": d.iam(),
		}}
		arns = append(arns, map[string]string{"Ref": name})
		t.Outputs[name+"Arn"] = templateOutput{map[string]string{"Ref": name}}
	}
	if trust != nil {
		d, p := trust.iam()
		if p != nil {
			return "", p
		}
		t.Resources["Role"] = templateResource{"AWS::IAM::Role", map[string]any{
			"Description": description(kind, scope), "AssumeRolePolicyDocument": d, "ManagedPolicyArns": arns,
		}}
		t.Outputs["RoleArn"] = templateOutput{map[string][]string{"Fn::GetAtt": {"Role", "Arn"}}}
	}
	return indented(t), nil
}

func description(kind Kind, scope steps.Scope) string {
	return nameIn(scope) + ": " + string(kind)
}

// nameIn is the domain name with "wildcard" in place of "*", which IAM does not
// take in names.
func nameIn(scope steps.Scope) string {
	return strings.Replace(scope.Spec.Domain.Name, "*", "wildcard", 1)
}

// Name is the name of the n-th policy of a kind for a scope, counted from 0.
func Name(kind Kind, scope steps.Scope, n int) string {
	name := strings.ReplaceAll(nameIn(scope), ".", "-")
	return numbered("apifront-"+string(kind)+"-"+name[:min(len(name), 90)], n)
}

func numbered(name string, n int) string {
	if n == 0 {
		return name
	}
	return name + strconv.Itoa(n+1)
}

// Commands are lines for a shell that create the policies with the AWS CLI and,
// if trust is not nil, the role with them. They read each document from a file,
// which the page offers under the name in the command.
func Commands(kind Kind, scope steps.Scope, trust *Trust) (string, *setup.Problem) {
	list, p := Documents(kind, scope)
	if p != nil {
		return "", p
	}
	var b strings.Builder
	role := "apifront-" + string(kind)
	if trust != nil {
		if _, p := trust.iam(); p != nil {
			return "", p
		}
		b.WriteString("aws iam create-role --role-name " + role + " --assume-role-policy-document file://" + TrustFile + "\n")
	}
	for i := range list {
		name := Name(kind, scope, i)
		b.WriteString("aws iam create-policy --policy-name " + name + " --policy-document file://" + name + ".json\n")
		if trust != nil {
			b.WriteString("aws iam attach-role-policy --role-name " + role + " --policy-arn arn:" + scope.Partition() + ":iam::" + scope.Account() + ":policy/" + name + "\n")
		}
	}
	return b.String(), nil
}

// Names of the files that the page offers beside the policies.
const (
	TrustFile    = "trust.json"
	TemplateFile = "apifront-iam.template.json"
)
