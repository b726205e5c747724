package setups

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/policy"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
	"apifront/web"
	websetups "apifront/web/setups"
)

// A policyAsk says which policies a page is about.
type policyAsk struct {
	name  string // domain name
	back  string // URL of the page before
	kind  policy.Kind
	scope steps.Scope
	base  string // URL of the page
	role  bool   // the connection assumes a role
	trust policy.Trust
}

// policyOf reads what a request asks for: kind=apply, look or teardown, and
// for=dns for the account of a hosted zone with a connection of its own.
func (s *room) policyOf(r *http.Request) (policyAsk, error) {
	a, err := s.policyFor(r)
	if err != nil {
		return a, err
	}
	for _, k := range policy.Kinds() {
		if r.URL.Query().Get("kind") == string(k) {
			a.kind = k
		}
	}
	a.scope.DNS = a.scope.Apart() && r.URL.Query().Get("for") == "dns"
	id := a.scope.Spec.Account.Connection
	if a.scope.DNS {
		id = a.scope.Spec.DNSAccount().Connection
	}
	a.role, a.trust, err = s.trustOf(r.Context(), id)
	return a, err
}

// policyFor reads the draft or the setup that the request names.
func (s *room) policyFor(r *http.Request) (policyAsk, error) {
	a := policyAsk{kind: policy.Apply, scope: steps.Scope{Install: s.Install}}
	if strings.HasPrefix(r.URL.Path, "/drafts/") {
		d, err := s.DraftOf(r)
		if err != nil {
			return a, err
		}
		a.name, a.scope.Spec, a.back, a.base = d.Name(), d.Spec, handlers.DraftPageURL(d.ID, setup.PageReview), handlers.DraftURL(d.ID)+"/policy"
		return a, a.resourcesOf(r.Context(), s.Store, d.SetupID)
	}
	v, err := s.SetupOf(r)
	if err != nil {
		return a, err
	}
	a.name, a.scope.Spec, a.back, a.base = v.Name(), v.Spec, handlers.SetupURL(v.ID), handlers.SetupURL(v.ID)+"/policy"
	return a, a.resourcesOf(r.Context(), s.Store, v.ID)
}

// resourcesOf puts the current and the former resources of a setup into the
// scope.
func (a *policyAsk) resourcesOf(ctx context.Context, st *store.Store, id string) (err error) {
	a.scope.Resources, a.scope.Former, err = st.AllResources(ctx, id)
	return err
}

// trustOf says whether a connection assumes a role and, if so, who may assume
// it: the identity that AWS last returned for the connection that does.
func (s *room) trustOf(ctx context.Context, id string) (role bool, trust policy.Trust, err error) {
	c, err := s.Store.Connection(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && c.Kind != setup.ConnectionRole {
		return false, trust, nil
	}
	if err != nil {
		return false, trust, fmt.Errorf("read connection %s: %w", id, err)
	}
	who, err := handlers.Stored[setup.Identity](ctx, s.Server, setup.LookKey{Kind: setup.LookIdentity, Connection: c.Source})
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

// policyWords are the names of the kinds of policies on pages.
var policyWords = map[policy.Kind][2]string{
	policy.Apply:    {setup.PolicyRunJobs, "Lets the connection do every job of this setup, remove what a change replaces, and fill the wizard's lists."},
	policy.Look:     {"Look only", "Lets the connection see how things stand and fill the wizard's lists. It changes nothing, so a plan works and a job does not."},
	policy.Teardown: {"Take down", "Lets the connection look, lead the name away, and delete what apifront made for this setup. The job that takes it down needs this."},
}

// policyPage shows the IAM policies for a draft or a setup.
func (s *room) policyPage(w http.ResponseWriter, r *http.Request) error {
	a, err := s.policyOf(r)
	if err != nil {
		return err
	}
	v := websetups.PolicyView{Name: a.name, Back: a.back, Lede: policyWords[a.kind][1], Role: a.role}
	for _, k := range policy.Kinds() {
		v.Kinds = append(v.Kinds, web.Tab{Text: policyWords[k][0], Href: a.base + a.query(k, a.scope.DNS), Current: k == a.kind})
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
func (s *room) policyFile(w http.ResponseWriter, r *http.Request) error {
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

// document returns the file with the name; an unknown name is an error.
func (a policyAsk) document(name string) (string, error) {
	missing := handlers.NotFound("There is no such policy file")
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
