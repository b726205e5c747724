package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// A resourceStatement is a statement of an API's resource policy: who it is about
// is everybody here, and addresses are compared apart from other conditions.
type resourceStatement struct {
	statement
	within  []netip.Prefix // IpAddress aws:SourceIp; nil: no such condition
	without []netip.Prefix // NotIpAddress aws:SourceIp
}

// parseResourcePolicy reads the resource policy of a REST API.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html
func parseResourcePolicy(document string) ([]resourceStatement, error) {
	top, err := members(json.RawMessage(document), "Version", "Id", "Statement")
	if err != nil {
		return nil, fmt.Errorf("resource policy: %w", err)
	}
	raws, err := oneOrMany[map[string]json.RawMessage](top["Statement"])
	if err != nil || len(raws) == 0 {
		return nil, errors.New("resource policy: there is no Statement")
	}
	var all []resourceStatement
	for i, raw := range raws {
		st, err := parseResourceStatement(raw)
		if err != nil {
			return nil, fmt.Errorf("resource policy: statement %d: %w", i+1, err)
		}
		all = append(all, st)
	}
	return all, nil
}

func parseResourceStatement(m map[string]json.RawMessage) (resourceStatement, error) {
	var out resourceStatement
	switch strings.Join(strings.Fields(string(m["Principal"])), "") {
	case `"*"`, `{"AWS":"*"}`, `{"AWS":["*"]}`:
	default:
		return out, fmt.Errorf("the Principal %s is not modelled: only everybody is", m["Principal"])
	}
	delete(m, "Principal")
	if raw, there := m["Condition"]; there {
		var block map[string]map[string]json.RawMessage
		if err := json.Unmarshal(raw, &block); err != nil {
			return out, fmt.Errorf("the Condition must be {operator: {key: value}}: %w", err)
		}
		for operator, into := range map[string]*[]netip.Prefix{"IpAddress": &out.within, "NotIpAddress": &out.without} {
			if err := takeAddresses(block, operator, into); err != nil {
				return out, err
			}
		}
		delete(m, "Condition")
		if len(block) > 0 {
			left, err := json.Marshal(block)
			if err != nil {
				return out, err
			}
			m["Condition"] = left
		}
	}
	resources, err := oneOrMany[string](m["Resource"])
	if err != nil {
		return out, fmt.Errorf("the Resource must be a string or a list of strings: %w", err)
	}
	for i, r := range resources { // "execute-api:/stage/method/path" is short for an ARN
		if rest, short := strings.CutPrefix(r, "execute-api:/"); short {
			resources[i] = "arn:*:execute-api:*:*:*/" + rest
		}
	}
	if m["Resource"], err = json.Marshal(resources); err != nil {
		return out, err
	}
	plain, err := json.Marshal(m)
	if err != nil {
		return out, err
	}
	out.statement, err = parseStatement(plain)
	return out, err
}

// takeAddresses takes an operator on aws:SourceIp out of a Condition block.
func takeAddresses(block map[string]map[string]json.RawMessage, operator string, into *[]netip.Prefix) error {
	for key, raw := range block[operator] {
		if !strings.EqualFold(key, "aws:SourceIp") {
			return fmt.Errorf("the key %s of %s is not modelled", key, operator)
		}
		values, err := oneOrMany[string](raw)
		if err != nil {
			return fmt.Errorf("the addresses of %s: %w", operator, err)
		}
		*into = []netip.Prefix{}
		for _, v := range values {
			if !strings.Contains(v, "/") {
				v += "/32"
			}
			p, err := netip.ParsePrefix(v)
			if err != nil {
				return fmt.Errorf("the addresses of %s: %w", operator, err)
			}
			*into = append(*into, p)
		}
	}
	delete(block, operator)
	return nil
}

// meets says whether the statement's conditions hold for a caller.
func (st resourceStatement) meets(from string) bool {
	at, err := netip.ParseAddr(from)
	in := func(list []netip.Prefix) bool {
		return err == nil && slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(at.Unmap()) })
	}
	return (st.within == nil || in(st.within)) && (st.without == nil || !in(st.without)) &&
		st.met(contextKeys{"aws:securetransport": {"true"}})
}

// judge refuses what the API's resource policy does not allow. Behind CloudFront
// the caller's address is the edge's.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
func (s *Sim) judge(v visit, a *api, stage, route string) *answer {
	if a.Policy == "" {
		return nil
	}
	statements, err := parseResourcePolicy(a.Policy)
	if err != nil {
		s.logf("%v", err) // it was read when it was set
		return nil
	}
	home := s.homeOf(a)
	path := a.ID + "/" + stage + "/" + v.method + route
	q := question{Action: "execute-api:Invoke", Resource: "arn:aws:execute-api:" + home.region + ":" + home.account + ":" + path}
	allows, denies := false, false
	for _, st := range statements {
		if st.concerns(q) && st.meets(v.from) {
			allows, denies = allows || !st.Deny, denies || st.Deny
		}
	}
	if allows && !denies {
		return nil
	}
	masked := "********" + home.account[max(0, len(home.account)-4):]
	message := "User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:" + home.region + ":" + masked + ":" + path
	if denies {
		message += " with an explicit deny"
	}
	refused := s.accessDenied(message)
	return &refused
}

// homeOf is the account and region of an API.
func (s *Sim) homeOf(a *api) regionKey {
	for key, r := range s.regions {
		if r.apis[a.ID] == a {
			return key
		}
	}
	return regionKey{}
}
