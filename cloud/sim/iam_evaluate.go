package sim

import (
	"slices"
	"strings"
)

// contextKeys are the condition keys of a call in lower case, to their values.
type contextKeys map[string][]string

// set gives a key its values; none leaves it absent.
func (k contextKeys) set(key string, values ...string) {
	if len(values) > 0 {
		k[strings.ToLower(key)] = values
	}
}

// A question is what a call puts to IAM: may this be done to that?
type question struct {
	Action   string
	Resource string // ARN; "*" where the action has no resource level
	Shown    string // what the refusal calls the resource; "": Resource, and nothing for "*"
	Keys     contextKeys
}

// A decision is IAM's answer, in the words of SimulatePrincipalPolicy.
type decision string

const (
	allowed      decision = "allowed"
	implicitDeny decision = "implicitDeny"
	explicitDeny decision = "explicitDeny"
)

// A verdict is a decision with the statements that led to it.
type verdict struct {
	Decision decision
	Matched  []matchedStatement
}

type matchedStatement struct {
	Policy    int // index of the policy
	Statement statement
}

// decide is the logic of policy evaluation within an account: what is denied
// is denied, what nobody allows is denied too.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func decide(policies []*policy, q question) verdict {
	var allows, denies []matchedStatement
	for i, p := range policies {
		for _, st := range p.statements {
			switch {
			case !st.concerns(q) || !st.met(q.Keys):
			case st.Deny:
				denies = append(denies, matchedStatement{i, st})
			default:
				allows = append(allows, matchedStatement{i, st})
			}
		}
	}
	switch {
	case len(denies) > 0:
		return verdict{explicitDeny, denies}
	case len(allows) > 0:
		return verdict{allowed, allows}
	default:
		return verdict{Decision: implicitDeny}
	}
}

// A Judgement is what IAM said to one question of a call.
type Judgement struct {
	Operation string // that asked
	Action    string
	Resource  string
	Keys      map[string][]string // condition keys, in lower case
	Allowed   bool
	By        []Match // the statements that led to it
}

// A Match is what of a statement fitted the question.
type Match struct {
	Sid      string
	Action   string // the pattern, in lower case
	Resource string // the pattern
}

// judged tells of a verdict.
func (s *Sim) judged(op string, q question, v verdict) {
	if s.cfg.Judged == nil {
		return
	}
	j := Judgement{Operation: op, Action: q.Action, Resource: q.Resource, Keys: q.Keys, Allowed: v.Decision == allowed}
	for _, m := range v.Matched {
		for _, action := range m.Statement.Actions {
			for _, resource := range m.Statement.Resources {
				if wildcard(action, strings.ToLower(q.Action)) && matchResource(resource, q.Resource) {
					j.By = append(j.By, Match{m.Statement.Sid, action, unfilled.Replace(resource)})
				}
			}
		}
	}
	s.cfg.Judged(j)
}

// concerns says whether the statement is about the action and the resource.
func (st statement) concerns(q question) bool {
	action := strings.ToLower(q.Action)
	onAction := func(pattern string) bool { return wildcard(pattern, action) }
	onResource := func(pattern string) bool { return matchResource(pattern, q.Resource) }
	acts := slices.ContainsFunc(st.Actions, onAction)
	if len(st.NotActions) > 0 {
		acts = !slices.ContainsFunc(st.NotActions, onAction)
	}
	if len(st.NotResource) > 0 {
		return acts && !slices.ContainsFunc(st.NotResource, onResource)
	}
	return acts && slices.ContainsFunc(st.Resources, onResource)
}

// met says whether every condition of the statement holds.
func (st statement) met(keys contextKeys) bool {
	return !slices.ContainsFunc(st.Conditions, func(c condition) bool { return !c.holds(keys) })
}
