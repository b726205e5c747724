package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// SetPolicy gives an access key, or the role with the ARN, its policies from now
// on. What they do not allow is refused; without a document nothing is allowed.
// A document that cannot be judged in full is an error, and changes nothing.
// Keys and roles may do everything until SetPolicy is called.
func (s *Sim) SetPolicy(principal string, documents ...string) error {
	if _, err := parsePolicies(documents); err != nil {
		return err
	}
	return s.attach(principal, append([]string{}, documents...))
}

// ClearPolicy lets an access key, or the role with the ARN, do everything
// again.
func (s *Sim) ClearPolicy(principal string) error { return s.attach(principal, nil) }

func (s *Sim) attach(principal string, documents []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.accounts[principal]; ok && a.Role == "" {
		a.Policies = documents
		s.changed()
		return nil
	}
	if r, ok := s.roles[principal]; ok {
		r.Policies = documents
		s.changed()
		return nil
	}
	return fmt.Errorf("policy: there is no access key of a user and no role %q", principal)
}

// policyFromBody answers POST /_sim/policy: {"principal": an access key ID or
// a role's ARN, "policy": a document, a list of them, or null for everything}.
func (s *Sim) policyFromBody(r *http.Request) answer {
	var in struct {
		Principal string          `json:"principal"`
		Policy    json.RawMessage `json:"policy"`
	}
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, bodyLimit))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return plain(http.StatusBadRequest, "a policy order is {\"principal\": …, \"policy\": …}: "+err.Error())
	}
	var err error
	switch {
	case len(in.Policy) == 0:
		return plain(http.StatusBadRequest, "there is no policy: null lets the principal do everything")
	case bytes.Equal(in.Policy, []byte("null")):
		err = s.ClearPolicy(in.Principal)
	default:
		var raws []json.RawMessage
		if raws, err = oneOrMany[json.RawMessage](in.Policy); err != nil {
			break
		}
		var documents []string
		for _, raw := range raws {
			documents = append(documents, string(raw))
		}
		err = s.SetPolicy(in.Principal, documents...)
	}
	if err != nil {
		return plain(http.StatusBadRequest, err.Error())
	}
	return plain(http.StatusOK, "set")
}

// policiesOf are the documents of a key's policies, nil if it may do
// everything.
func (s *Sim) policiesOf(a *account) []string {
	if a.Role == "" {
		return a.Policies
	}
	if r := s.roles[a.Role]; r != nil {
		return r.Policies
	}
	return []string{} // its role is gone
}

// authorize asks IAM for everything the call needs.
func (s *Sim) authorize(req *request) error {
	documents, limits := s.policiesOf(req.account), req.account.Limits
	if documents == nil && limits == nil {
		return nil
	}
	wanted, known := needs[req.service+":"+req.op]
	if !known {
		return notModelled("what IAM asks for %s of %s", req.op, req.service)
	}
	policies, err := s.effective(documents)
	if err != nil {
		return err
	}
	session, err := s.effective(limits)
	if err != nil {
		return err
	}
	for _, q := range s.asks(req, wanted) {
		v := decide(policies, q)
		s.judged(req.op, q, v)
		if v.Decision != allowed {
			return denied(req, q, v.Decision, "identity-based")
		}
		if v := decide(session, q); v.Decision != allowed {
			return denied(req, q, v.Decision, "session")
		}
	}
	return nil
}

// effective is the policies of the documents; nil ones allow everything.
func (s *Sim) effective(documents []string) ([]*policy, error) {
	if documents == nil {
		return []*policy{everything}, nil
	}
	return s.book.policies(documents)
}

// denied is the refusal, in the code of the service and AWS's words.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func denied(req *request, q question, why decision, kind string) *apiError {
	if q.Action == "iam:CreateServiceLinkedRole" { // API Gateway hides what IAM said
		return refuseWith(http.StatusForbidden, "AccessDeniedException", "Caller does not have permissions to create a Service Linked Role.")
	}
	message := "User: " + req.account.Principal + " is not authorized to perform: " + q.Action
	if shown := or(q.Shown, q.Resource); shown != "*" {
		message += " on resource: " + shown
	}
	if why == explicitDeny {
		message += " with an explicit deny in " + article(kind) + " policy"
	} else {
		message += " because no " + kind + " policy allows the " + q.Action + " action"
	}
	switch protocolOf(req.service) {
	case protocolJSON:
		return refuse("AccessDeniedException", "%s", message)
	case protocolREST:
		return refuseWith(http.StatusForbidden, "AccessDeniedException", "%s", message)
	case protocolXML, protocolQuery, protocolRPC, protocolNobody:
	}
	return refuseWith(http.StatusForbidden, "AccessDenied", "%s", message)
}

func article(kind string) string {
	if kind == "identity-based" {
		return "an " + kind
	}
	return "a " + kind
}
