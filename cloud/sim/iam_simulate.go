package sim

import (
	"encoding/xml"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// An evaluation is a result of SimulatePrincipalPolicy, about one action and
// one resource.
type evaluation struct {
	EvalActionName       string
	EvalResourceName     string
	EvalDecision         decision
	MatchedStatements    memberList[xmlStatement]
	MissingContextValues memberList[string]
}

// memberList is a list of the query protocol: it is there even when empty.
type memberList[T any] struct {
	Member []T `xml:"member"`
}

// An xmlStatement says where in which policy a statement stands.
type xmlStatement struct {
	SourcePolicyID   string `xml:"SourcePolicyId"`
	SourcePolicyType string
	StartPosition    textPosition
	EndPosition      textPosition
}

type textPosition struct {
	Line   int
	Column int
}

// simulatePrincipalPolicy answers what the policies of a user or a role would
// decide, with the condition keys that the caller gives.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
func (s *Sim) simulatePrincipalPolicy(req *request) (answer, error) {
	err := onlyParameters(req, "PolicySourceArn", "ActionNames.", "ResourceArns.", "ContextEntries.", "PolicyInputList.", "MaxItems", "Marker")
	if err != nil {
		return answer{}, err
	}
	policies, keys, err := s.simulated(req)
	if err != nil {
		return answer{}, err
	}
	if err := contextEntries(req.form, keys); err != nil {
		return answer{}, err
	}
	actions, resources := memberValues(req.form, "ActionNames"), memberValues(req.form, "ResourceArns")
	if len(actions) == 0 {
		return answer{}, refuse("ValidationError", "1 validation error detected: Value at 'actionNames' failed to satisfy constraint: Member must not be null")
	}
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	var all []evaluation
	for _, action := range actions {
		if !actionPattern.MatchString(action) || strings.ContainsAny(action, "*?") {
			return answer{}, refuse("InvalidInput", "Invalid Action Name: %s", action)
		}
		for _, resource := range resources {
			if resource != "*" && strings.Count(resource, ":") < 5 {
				return answer{}, refuse("InvalidInput", "Invalid Resource: %s", resource)
			}
			all = append(all, evaluate(policies, question{Action: action, Resource: resource, Keys: keys}))
		}
	}
	return s.evaluations(req, all)
}

// evaluations is a page of the results.
func (s *Sim) evaluations(req *request, all []evaluation) (answer, error) {
	from, size := 0, 1000
	for name, into := range map[string]*int{"Marker": &from, "MaxItems": &size} {
		if v := req.form.Get(name); v != "" {
			n, err := strconv.Atoi(v)
			if err != nil || n < 1 || (name == "Marker" && n > len(all)) {
				return answer{}, refuse("ValidationError", "Invalid %s: %s", name, v)
			}
			*into = n
		}
	}
	var out struct {
		XMLName     xml.Name               `xml:"https://iam.amazonaws.com/doc/2010-05-08/ SimulatePrincipalPolicyResponse"`
		Results     memberList[evaluation] `xml:"SimulatePrincipalPolicyResult>EvaluationResults"`
		IsTruncated bool                   `xml:"SimulatePrincipalPolicyResult>IsTruncated"`
		Marker      string                 `xml:"SimulatePrincipalPolicyResult>Marker,omitempty"`
		Metadata    responseMetadata       `xml:"ResponseMetadata"`
	}
	out.Results.Member = all[from:]
	if size = s.pageSize(size, 1000); len(all)-from > size {
		out.Results.Member, out.IsTruncated, out.Marker = all[from:from+size], true, strconv.Itoa(from+size)
	}
	out.Metadata.RequestID = req.id
	return xmlAnswer(http.StatusOK, out)
}

// simulated are the policies of the principal that is asked about, and the
// condition keys that follow from who it is.
func (s *Sim) simulated(req *request) ([]*policy, contextKeys, error) {
	arn, keys := req.form.Get("PolicySourceArn"), contextKeys{}
	owner, kind, ok := "", "", false
	if f := strings.SplitN(arn, ":", 6); len(f) == 6 && f[2] == "iam" {
		owner = f[4]
		kind, _, ok = strings.Cut(f[5], "/")
	}
	if !ok || (kind != "user" && kind != "role") { // an assumed role has no policies of its own
		return nil, nil, refuse("InvalidInput", "Invalid Entity Arn: %s does not clearly define entity type and name.", arn)
	}
	if owner != req.account.ID {
		return nil, nil, refuseWith(http.StatusForbidden, "AccessDenied", "User: %s is not authorized to perform: iam:SimulatePrincipalPolicy on resource: %s", req.account.Principal, arn)
	}
	var documents []string
	if kind == "role" {
		r := s.roles[arn]
		if r == nil {
			return nil, nil, noSuchEntity("role", arn[strings.LastIndex(arn, "/")+1:])
		}
		documents = r.Policies
		(&account{ID: owner, Role: arn}).principalKeys(keys)
		delete(keys, "aws:userid") // a session's
	} else {
		a := s.userOf(req, arn)
		if a == nil {
			return nil, nil, noSuchEntity("user", arn[strings.LastIndex(arn, "/")+1:])
		}
		documents = a.Policies
		a.principalKeys(keys)
	}
	policies, err := s.effective(documents)
	if err != nil {
		return nil, nil, err
	}
	for _, document := range memberValues(req.form, "PolicyInputList") {
		p, err := parsePolicy(document)
		if err != nil {
			return nil, nil, refuse("InvalidInput", "%s", err.Error())
		}
		policies = append(policies, p)
	}
	return policies, keys, nil
}

// memberValues is a list parameter: Name.member.1, Name.member.2, ….
func memberValues(form url.Values, name string) []string {
	var out []string
	for i := 1; form.Has(name + ".member." + strconv.Itoa(i)); i++ {
		out = append(out, form.Get(name+".member."+strconv.Itoa(i)))
	}
	return out
}

// contextEntries adds the condition keys that the caller gives.
func contextEntries(form url.Values, keys contextKeys) error {
	for i := 1; ; i++ {
		prefix := "ContextEntries.member." + strconv.Itoa(i) + "."
		key := form.Get(prefix + "ContextKeyName")
		if key == "" {
			return nil
		}
		if _, known := manyValued(strings.ToLower(key)); !known {
			return notModelled("the condition key %s", key)
		}
		keys.set(key, memberValues(form, prefix+"ContextKeyValues")...)
	}
}

// evaluate is the result for one action and one resource.
func evaluate(policies []*policy, q question) evaluation {
	v := decide(policies, q)
	e := evaluation{EvalActionName: q.Action, EvalResourceName: q.Resource, EvalDecision: v.Decision}
	for _, m := range v.Matched {
		p := policies[m.Policy]
		id, kind := "PolicyInputList."+strconv.Itoa(m.Policy+1), "IAM Policy"
		if p == everything {
			id = "AdministratorAccess"
		}
		e.MatchedStatements.Member = append(e.MatchedStatements.Member, xmlStatement{
			SourcePolicyID: id, SourcePolicyType: kind,
			StartPosition: position(p.Document, m.Statement.start), EndPosition: position(p.Document, m.Statement.end),
		})
	}
	missing := map[string]bool{}
	for _, p := range policies {
		for _, st := range p.statements {
			for _, c := range st.Conditions {
				if _, given := q.Keys[c.Key]; !given && st.concerns(q) {
					missing[c.Name] = true
				}
			}
		}
	}
	e.MissingContextValues.Member = slices.Sorted(maps.Keys(missing))
	return e
}

// position is a line and a column, both from 1.
func position(document string, at int) textPosition {
	before := document[:at]
	return textPosition{Line: strings.Count(before, "\n") + 1, Column: at - strings.LastIndex(before, "\n")}
}
