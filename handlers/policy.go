package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"apifront/policy"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
	"apifront/web"
	websetups "apifront/web/setups"
)

// A policyAsk is which policies a page is about.
type policyAsk struct {
	setup setup.Setup
	kind  policy.Kind
	scope steps.Scope
	base  string // URL of the page
	role  bool   // the connection assumes a role
	trust policy.Trust
}

// policyOf reads what is asked for: kind=apply, look or teardown, and for=dns
// where the hosted zone has a connection of its own.
func (s *Server) policyOf(r *http.Request) (policyAsk, error) {
	st, err := s.setupOf(r)
	if err != nil {
		return policyAsk{}, err
	}
	resources, err := s.Store.Resources(r.Context(), st.ID)
	if err != nil {
		return policyAsk{}, err
	}
	a := policyAsk{setup: st, kind: policy.Apply, scope: steps.Scope{Spec: st.Spec, Install: s.Install, Resources: resources}, base: SetupURL(st.ID) + "/policy"}
	if st.Draft {
		a.base = DraftURL(st.ID) + "/policy"
		if strings.HasPrefix(r.URL.Path, "/setups/") {
			return a, NotFound("There is no such setup")
		}
	}
	for _, k := range policy.Kinds() {
		if r.URL.Query().Get("kind") == string(k) {
			a.kind = k
		}
	}
	a.scope.DNS = a.scope.Apart() && r.URL.Query().Get("for") == "dns"
	id := st.Spec.Account.Connection
	if a.scope.DNS {
		id = st.Spec.DNSAccount().Connection
	}
	a.role, a.trust, err = s.trustOf(r.Context(), id)
	return a, err
}

// trustOf is who may assume the role of a connection, if it has one: what AWS
// last said of the connection that assumes it.
func (s *Server) trustOf(ctx context.Context, id string) (role bool, trust policy.Trust, err error) {
	c, err := s.Store.Connection(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && c.Kind != setup.ConnectionRole {
		return false, trust, nil
	}
	if err != nil {
		return false, trust, fmt.Errorf("read connection %s: %w", id, err)
	}
	who, err := Stored[setup.Identity](ctx, s, setup.LookKey{Kind: setup.LookIdentity, Connection: c.Source})
	return true, policy.Trust{Principal: who.Value.ARN, ExternalID: c.ExternalID}, err
}

// query is the part of a URL that asks for the same policies.
func (a policyAsk) query(kind policy.Kind, dns bool) string {
	q := url.Values{"kind": {string(kind)}}
	if dns {
		q.Set("for", "dns")
	}
	return "?" + q.Encode()
}

func (a policyAsk) trusted() *policy.Trust {
	if _, p := a.trust.Document(); !a.role || p != nil {
		return nil
	}
	return &a.trust
}

// policyKindWords is what the kinds of policy are called.
var policyKindWords = map[policy.Kind][2]string{
	policy.Apply:    {setup.PolicyRunJobs, "Lets the connection do every job of this setup, take away what a change leaves over, and fill the wizard's lists."},
	policy.Look:     {"Look only", "Lets the connection see how things stand and fill the wizard's lists. It changes nothing, so a plan works and a job does not."},
	policy.Teardown: {"Take down", "Lets the connection look, and delete what apifront made for this setup. apifront itself has no job for that yet: it is for whoever takes it down with other tools."},
}

// policyPage shows the IAM policies for a draft or a setup.
func (s *Server) policyPage(w http.ResponseWriter, r *http.Request) error {
	a, err := s.policyOf(r)
	if err != nil {
		return err
	}
	st := a.setup
	v := websetups.PolicyView{Name: st.Name(), Back: SetupURL(st.ID), Lede: policyKindWords[a.kind][1], Role: a.role}
	if st.Draft {
		v.Back = DraftPageURL(st.ID, setup.PageReview)
	}
	for _, k := range policy.Kinds() {
		v.Kinds = append(v.Kinds, web.Tab{Text: policyKindWords[k][0], Href: a.base + a.query(k, a.scope.DNS), Current: k == a.kind})
	}
	if a.scope.Apart() {
		v.Accounts = []web.Tab{
			{Text: "For the account of the API", Href: a.base + a.query(a.kind, false), Current: !a.scope.DNS},
			{Text: "For the account of the hosted zone", Href: a.base + a.query(a.kind, true), Current: a.scope.DNS},
		}
	}
	list, p := policy.Documents(a.kind, a.scope)
	if p != nil {
		shown := web.ShowProblem(p)
		v.Problem = &shown
		return s.Render(w, r, http.StatusOK, websetups.PolicyPage(s.Frame(r, "IAM policy", ""), v))
	}
	for i, d := range list {
		file := policy.Name(a.kind, a.scope, i) + ".json"
		v.Documents = append(v.Documents, websetups.PolicyDocument{Name: file, JSON: d.JSON(), URL: a.file(file), Size: d.Size()})
	}
	if a.role {
		var refused *setup.Problem
		if v.Trust.JSON, refused = a.trust.Document(); refused != nil {
			shown := web.ShowProblem(refused)
			v.TrustProblem = &shown
		}
		v.Trust.Name, v.Trust.URL = policy.TrustFile, a.file(policy.TrustFile)
	}
	if v.Template.JSON, p = policy.Template(a.kind, a.scope, a.trusted()); p != nil {
		return p
	}
	v.Template.Name, v.Template.URL = policy.TemplateFile, a.file(policy.TemplateFile)
	if v.Commands, p = policy.Commands(a.kind, a.scope, a.trusted()); p != nil {
		return p
	}
	return s.Render(w, r, http.StatusOK, websetups.PolicyPage(s.Frame(r, "IAM policy", ""), v))
}

func (a policyAsk) file(name string) string {
	return a.base + "/" + name + a.query(a.kind, a.scope.DNS)
}

// policyFile answers one of the page's documents as a file.
func (s *Server) policyFile(w http.ResponseWriter, r *http.Request) error {
	a, err := s.policyOf(r)
	if err != nil {
		return err
	}
	name := chi.URLParam(r, "file")
	text, err := a.document(name)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, err = w.Write([]byte(text)) //nolint:gosec // G705: a download as JSON, under nosniff
	return err
}

// document is the file with the name; only names that are known have one.
func (a policyAsk) document(name string) (string, error) {
	missing := NotFound("There is no such policy file")
	list, p := policy.Documents(a.kind, a.scope)
	if p != nil {
		return "", missing
	}
	var text string
	switch {
	case name == policy.TemplateFile:
		text, p = policy.Template(a.kind, a.scope, a.trusted())
	case name == policy.TrustFile && a.role:
		text, p = a.trust.Document()
	default:
		for i, d := range list {
			if name == policy.Name(a.kind, a.scope, i)+".json" {
				text = d.JSON()
			}
		}
	}
	if p != nil || text == "" {
		return "", missing
	}
	return text, nil
}
