package sim

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// iamOperations are the modelled operations of IAM.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
var iamOperations = map[string]operation{
	"GetUser":                 (*Sim).getUser,
	"GetRole":                 (*Sim).getRole,
	"SimulatePrincipalPolicy": (*Sim).simulatePrincipalPolicy,
}

// iam answers IAM's query protocol.
func (s *Sim) iam(req *request) (answer, error) {
	return s.query(req, iamOperations)
}

// query performs an operation of the query protocol.
func (s *Sim) query(req *request, operations map[string]operation) (answer, error) {
	form, err := url.ParseQuery(string(req.body))
	if err != nil {
		return answer{}, refuse("MalformedQueryString", "The query string contains a syntax error.")
	}
	req.form = form
	action := form.Get("Action")
	run, ok := operations[action]
	if !ok {
		return answer{}, notModelled("the action %q of %s", action, req.service)
	}
	return s.perform(req, action, run)
}

// onlyParameters refuses parameters that are not modelled. A name that ends in
// a dot stands for a list.
func onlyParameters(req *request, known ...string) error {
	for name := range req.form {
		fits := func(k string) bool { return k == name || (strings.HasSuffix(k, ".") && strings.HasPrefix(name, k)) }
		if name != "Action" && name != "Version" && !slices.ContainsFunc(known, fits) {
			return notModelled("the parameter %s of %s", name, req.op)
		}
	}
	return nil
}

// madeAt is when users and roles were made: the simulator does not remember.
var madeAt = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)

// wantedUser is the ARN of the user that GetUser asks for.
func wantedUser(req *request) string {
	if name := req.form.Get("UserName"); name != "" {
		return "arn:aws:iam::" + req.account.ID + ":user/" + name
	}
	return req.account.Principal
}

func (s *Sim) getUser(req *request) (answer, error) {
	if err := onlyParameters(req, "UserName"); err != nil {
		return answer{}, err
	}
	if req.account.Role != "" && req.form.Get("UserName") == "" {
		return answer{}, refuse("ValidationError", "Must specify userName when calling with non-User credentials")
	}
	arn := wantedUser(req)
	a := s.userOf(req, arn)
	if a == nil {
		return answer{}, noSuchEntity("user", req.form.Get("UserName"))
	}
	var out struct {
		XMLName xml.Name `xml:"https://iam.amazonaws.com/doc/2010-05-08/ GetUserResponse"`
		User    struct {
			Path       string
			UserName   string
			UserID     string `xml:"UserId"`
			Arn        string
			CreateDate string
		} `xml:"GetUserResult>User"`
		Metadata responseMetadata `xml:"ResponseMetadata"`
	}
	out.User.Path, out.User.UserName = "/", arn[strings.LastIndex(arn, "/")+1:]
	out.User.UserID, out.User.Arn, out.User.CreateDate = a.UserID, arn, madeAt
	out.Metadata.RequestID = req.id
	return xmlAnswer(http.StatusOK, out)
}

// userOf is a key of the user with the ARN: the caller's own if it is that
// user's, since policies are given by key here.
func (s *Sim) userOf(req *request, arn string) *account {
	if req.account.Principal == arn {
		return req.account
	}
	var found *account
	for _, a := range s.accounts {
		if a.Role == "" && a.Principal == arn && (found == nil || a.KeyID < found.KeyID) {
			found = a
		}
	}
	return found
}

func noSuchEntity(kind, name string) *apiError {
	return refuseWith(http.StatusNotFound, "NoSuchEntity", "The %s with name %s cannot be found.", kind, name)
}

// roleNamed is the caller's role of the RoleName parameter, nil if there is
// none.
func (s *Sim) roleNamed(req *request) *role {
	for arn, r := range s.roles {
		rest, own := strings.CutPrefix(arn, "arn:aws:iam::"+req.account.ID+":role/")
		if own && rest[strings.LastIndex(rest, "/")+1:] == req.form.Get("RoleName") {
			return r
		}
	}
	return nil
}

func (s *Sim) getRole(req *request) (answer, error) {
	if err := onlyParameters(req, "RoleName"); err != nil {
		return answer{}, err
	}
	r := s.roleNamed(req)
	if r == nil {
		return answer{}, noSuchEntity("role", req.form.Get("RoleName"))
	}
	trust, err := r.trustPolicy()
	if err != nil {
		return answer{}, err
	}
	var out struct {
		XMLName xml.Name `xml:"https://iam.amazonaws.com/doc/2010-05-08/ GetRoleResponse"`
		Role    struct {
			Path                     string
			RoleName                 string
			RoleID                   string `xml:"RoleId"`
			Arn                      string
			CreateDate               string
			AssumeRolePolicyDocument string
			MaxSessionDuration       int
			RoleLastUsed             struct{} // AWS sends it empty for a role that nobody used
		} `xml:"GetRoleResult>Role"`
		Metadata responseMetadata `xml:"ResponseMetadata"`
	}
	path := r.ARN[strings.Index(r.ARN, ":role/")+len(":role"):]
	slash := strings.LastIndex(path, "/") + 1
	out.Role.Path, out.Role.RoleName = path[:slash], path[slash:]
	out.Role.RoleID, out.Role.Arn, out.Role.CreateDate = r.ID, r.ARN, madeAt
	out.Role.AssumeRolePolicyDocument, out.Role.MaxSessionDuration = url.PathEscape(trust), 43200
	out.Metadata.RequestID = req.id
	return xmlAnswer(http.StatusOK, out)
}

// trustPolicy is who may assume the role, as a document.
func (r *role) trustPolicy() (string, error) {
	st := map[string]any{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"AWS": "*"}}
	switch {
	case r.Service != "":
		st["Principal"] = map[string]any{"Service": r.Service}
	case r.Trusts != nil:
		st["Principal"] = map[string]any{"AWS": r.Trusts}
	}
	if r.ExternalID != "" {
		st["Condition"] = map[string]any{"StringEquals": map[string]any{"sts:ExternalId": r.ExternalID}}
	}
	b, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{st}})
	return string(b), err
}

// hasGatewayRole says whether the account has the service-linked role of API
// Gateway.
func (s *Sim) hasGatewayRole(account string) bool { return s.roles[gatewayRoleARN(account)] != nil }

// makeGatewayRole makes it, once.
func (s *Sim) makeGatewayRole(account string) {
	if !s.hasGatewayRole(account) {
		s.addRole(&role{ARN: gatewayRoleARN(account), Service: gatewayService})
	}
}

func (s *Sim) addRole(r *role) {
	if s.roles == nil {
		s.roles = map[string]*role{}
	}
	r.ID = s.newID("AROA", 17)
	s.roles[r.ARN] = r
}
