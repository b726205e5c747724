package policy

import (
	"regexp"
	"strings"

	"apifront/setup"
	"apifront/steps"
)

// A Trust says who may assume the role that a connection uses.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
type Trust struct {
	Principal  string // apifront's own identity: the ARN that STS returns for it
	ExternalID string // the connection's
}

var (
	principalPattern  = regexp.MustCompile(`^arn:(aws[a-z-]*):(iam|sts)::([0-9]{12}):(root|user/[\w+=,.@/-]+|role/[\w+=,.@/-]+|assumed-role/[\w+=,.@-]+/[\w+=,.@-]+|federated-user/[\w+=,.@-]+)$`)
	externalIDPattern = regexp.MustCompile(`^[\w+=,.@:/-]{2,1000}$`)
)

// Document is the trust policy as JSON. If the principal is a session of a
// role, the policy is for the role. STS does not tell the role's path, so the
// policy trusts the account, and a condition restricts that to roles of this
// name.
func (t Trust) Document() (string, *setup.Problem) {
	d, p := t.iam()
	if p != nil {
		return "", p
	}
	return indented(d), nil
}

func (t Trust) iam() (iamDocument, *setup.Problem) {
	m := principalPattern.FindStringSubmatch(t.Principal)
	if m == nil {
		return iamDocument{}, notYet("It names who apifront is in AWS, and that is not known.", "Open the page Connections and press Test, then come back.")
	}
	if !externalIDPattern.MatchString(t.ExternalID) {
		return iamDocument{}, notYet("It asks for an external ID, which keeps others from using the role through apifront, and there is none.", "Add a connection that assumes a role on the page Connections; its external ID is made there.")
	}
	partition, account := m[1], m[3]
	st := iamStatement{
		Sid: "ApifrontAssumes", Effect: "Allow", Action: oneOrMany{"sts:AssumeRole"},
		Principal: map[string]string{"AWS": t.Principal},
	}
	conditions := []steps.Condition{{Operator: "StringEquals", Key: "sts:ExternalId", Values: []string{steps.Plain(t.ExternalID)}}}
	if session, ok := strings.CutPrefix(m[4], "assumed-role/"); ok {
		role, _, _ := strings.Cut(session, "/")
		root := "arn:" + partition + ":iam::" + account + ":"
		st.Principal["AWS"] = root + "root"
		// The name of a role is unique in its account, whatever path it has.
		conditions = append(conditions, steps.Condition{
			Operator: "ArnLike", Key: "aws:PrincipalArn",
			Values: []string{root + "role/" + steps.Literal(role), root + "role/*/" + steps.Literal(role)},
		})
	}
	st.Condition = conditionBlock(conditions)
	return iamDocument{Version: "2012-10-17", Statement: []iamStatement{st}}, nil
}

func notYet(why, fix string) *setup.Problem {
	return &setup.Problem{What: "The trust policy cannot be made yet.", Why: why, Fix: fix}
}
