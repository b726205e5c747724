package sim

import (
	"cmp"
	"encoding/xml"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// stsSession is how long a role session lasts unless asked otherwise.
const stsSession = time.Hour

// A role is an IAM role that keys of the world may assume.
type role struct {
	ARN        string
	ID         string   // AROA…
	ExternalID string   // "" asks for none
	Trusts     []string // account IDs and ARNs of users; nil trusts everybody
	Service    string   // a service-linked role is this service's alone
	Policies   []string // documents; nil: it may do everything
}

// AddRole adds a role that any key may assume who knows the external ID ("":
// none is asked for). Its ARN is arn:aws:iam::ACCOUNT:role/NAME.
func (s *Sim) AddRole(accountID, name, externalID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &role{ARN: "arn:aws:iam::" + accountID + ":role/" + name, ExternalID: externalID}
	s.addRole(r)
	return r.ARN
}

// SetTrust says which accounts (12 digits) and users (ARNs) may assume the
// role; none: nobody may.
func (s *Sim) SetTrust(roleARN string, principals ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.roles[roleARN]; r != nil {
		r.Trusts = append([]string{}, principals...)
		s.changed()
	}
}

// Sessions are the access keys of the role's sessions, oldest first, for
// ExpireKey: AWS lets a role's sessions be revoked before they end.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
func (s *Sim) Sessions(roleARN string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*account
	for _, a := range s.accounts {
		if a.Role == roleARN {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b *account) int { return cmp.Or(a.Expires.Compare(b.Expires), cmp.Compare(a.KeyID, b.KeyID)) })
	ids := make([]string, 0, len(list))
	for _, a := range list {
		ids = append(ids, a.KeyID)
	}
	return ids
}

// trusts says whether the role lets the caller assume it.
func (r *role) trusts(a *account, externalID string) bool {
	if r.Service != "" || (r.ExternalID != "" && externalID != r.ExternalID) {
		return false
	}
	return r.Trusts == nil || slices.Contains(r.Trusts, a.ID) || slices.Contains(r.Trusts, a.Principal)
}

// stsOperations are the modelled operations of STS.
var stsOperations = map[string]operation{
	"GetCallerIdentity": (*Sim).getCallerIdentity,
	"AssumeRole":        (*Sim).assumeRole,
}

// sts answers STS's query protocol.
// https://docs.aws.amazon.com/STS/latest/APIReference/
func (s *Sim) sts(req *request) (answer, error) {
	return s.query(req, stsOperations)
}

type responseMetadata struct {
	RequestID string `xml:"RequestId"`
}

func (s *Sim) getCallerIdentity(req *request) (answer, error) {
	var out struct {
		XMLName  xml.Name         `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
		Arn      string           `xml:"GetCallerIdentityResult>Arn"`
		UserID   string           `xml:"GetCallerIdentityResult>UserId"`
		Account  string           `xml:"GetCallerIdentityResult>Account"`
		Metadata responseMetadata `xml:"ResponseMetadata"`
	}
	out.Arn, out.Account = req.account.Principal, req.account.ID
	out.UserID = req.account.UserID
	out.Metadata.RequestID = req.id
	return xmlAnswer(http.StatusOK, out)
}

var sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

func (s *Sim) assumeRole(req *request) (answer, error) {
	if err := onlyParameters(req, "RoleArn", "RoleSessionName", "ExternalId", "DurationSeconds", "Policy"); err != nil {
		return answer{}, err
	}
	arn, name := req.form.Get("RoleArn"), req.form.Get("RoleSessionName")
	if !sessionName.MatchString(name) {
		return answer{}, refuse("ValidationError", "1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*", name)
	}
	lasts := stsSession
	if v := req.form.Get("DurationSeconds"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 900 || n > 43200 {
			return answer{}, refuse("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
		}
		lasts = time.Duration(n) * time.Second
	}
	// AWS says the same whether the role is missing or does not trust the caller.
	r, ok := s.roles[arn]
	if !ok || !r.trusts(req.account, req.form.Get("ExternalId")) {
		return answer{}, refuseWith(http.StatusForbidden, "AccessDenied", "User: %s is not authorized to perform: sts:AssumeRole on resource: %s", req.account.Principal, arn)
	}
	var limits []string
	if document := req.form.Get("Policy"); document != "" {
		if _, err := parsePolicy(document); err != nil {
			return answer{}, refuse("MalformedPolicyDocument", "%s", err.Error())
		}
		limits = []string{document}
	}
	path := strings.SplitN(arn, ":", 6)
	roleName := path[5][strings.LastIndex(path[5], "/")+1:]
	session := &account{
		ID: path[4], KeyID: "ASIA" + s.newID("", 16), Secret: s.newID("", 40), Token: s.newID("", 96),
		Principal: "arn:aws:sts::" + path[4] + ":assumed-role/" + roleName + "/" + name,
		UserID:    r.ID + ":" + name,
		Expires:   s.now().Add(lasts).Truncate(time.Second),
		Verified:  true,
		Role:      arn,
		Limits:    limits,
	}
	s.forgetSessions()
	s.accounts[session.KeyID] = session
	var out struct {
		XMLName     xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ AssumeRoleResponse"`
		Credentials struct {
			AccessKeyID     string `xml:"AccessKeyId"`
			SecretAccessKey string
			SessionToken    string
			Expiration      string
		} `xml:"AssumeRoleResult>Credentials"`
		User struct {
			AssumedRoleID string `xml:"AssumedRoleId"`
			Arn           string
		} `xml:"AssumeRoleResult>AssumedRoleUser"`
		Metadata responseMetadata `xml:"ResponseMetadata"`
	}
	out.Credentials.AccessKeyID, out.Credentials.SecretAccessKey = session.KeyID, session.Secret
	out.Credentials.SessionToken = session.Token
	out.Credentials.Expiration = session.Expires.Format(time.RFC3339)
	out.User.AssumedRoleID, out.User.Arn = session.UserID, session.Principal
	out.Metadata.RequestID = req.id
	return xmlAnswer(http.StatusOK, out)
}

// sessionsKept is how many sessions of roles are known at once. Callers of
// AssumeRole make them without end.
const sessionsKept = 5000

// forgetSessions makes room for one more session. Those that have ended are
// forgotten; if none has, the one that would end first is.
func (s *Sim) forgetSessions() {
	sessions, first := 0, ""
	for id, a := range s.accounts {
		if a.Role == "" {
			continue
		}
		if sessions++; first == "" || a.Expires.Before(s.accounts[first].Expires) {
			first = id
		}
	}
	if sessions < sessionsKept {
		return
	}
	now := s.now()
	for id, a := range s.accounts {
		if a.Role != "" && !now.Before(a.Expires) {
			delete(s.accounts, id)
		}
	}
	delete(s.accounts, first)
}
