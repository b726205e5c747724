package connections

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/policy"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	webconnections "apifront/web/connections"
)

// testPatience is how long the page is loaded again while a test is under way.
const testPatience = time.Minute

// list lists the ways to AWS with what the last test said. It is
// loaded again while a test is under way.
func (s *room) list(w http.ResponseWriter, r *http.Request) error {
	list, note, err := s.Connections(r.Context())
	if err != nil {
		return err
	}
	v := webconnections.ListView{Note: note, MayAdd: handlers.May(r.Context(), handlers.Admin)}
	times := s.Times(r)
	pending := false
	for _, c := range list {
		look, err := s.lastAsked(r.Context(), c.ID)
		if err != nil {
			return err
		}
		row := s.row(r.Context(), c, look, times)
		pending = pending || row.Pending && times.Now.Sub(look.AskedAt) < testPatience
		v.Rows = append(v.Rows, row)
	}
	f := s.Frame(r, "Connections", "connections")
	if pending {
		reload(w, &f)
	}
	return s.Render(w, r, http.StatusOK, webconnections.List(f, v))
}

// reload makes a page load itself again in a moment. It would lose what is
// typed, so it is only for pages without a form to fill in.
func reload(w http.ResponseWriter, f *web.Frame) {
	f.Refresh = 2
	w.Header().Set("Refresh", "2")
}

// of reads the connection that a request is about.
func (s *room) of(r *http.Request) (setup.Connection, error) {
	id := chi.URLParam(r, "id")
	if plain, err := url.PathUnescape(id); err == nil && r.URL.RawPath != "" {
		id = plain
	}
	return s.byID(r.Context(), id)
}

func (s *room) byID(ctx context.Context, id string) (setup.Connection, error) {
	list, _, err := s.Connections(ctx)
	if err != nil {
		return setup.Connection{}, err
	}
	for _, c := range list {
		if c.ID == id && id != "" {
			return c, nil
		}
	}
	return setup.Connection{}, handlers.NotFound("There is no connection " + setup.Clip(id, 60))
}

// test asks AWS who a connection is and what it may do.
func (s *room) test(w http.ResponseWriter, r *http.Request) error {
	c, err := s.byID(r.Context(), r.PostFormValue("connection"))
	if err != nil {
		return err
	}
	on := "connection " + c.ID
	if c.Version > 0 {
		on = "connection " + c.Name + " (" + c.ID + ")"
	}
	if err := s.Store.Audit(r.Context(), store.Act{Action: store.ActConnectionTest, On: on}); err != nil {
		return fmt.Errorf("test %s: %w", c.ID, err)
	}
	if err := s.askTest(r.Context(), c); err != nil {
		return err
	}
	if r.PostFormValue("page") != "" {
		return handlers.SeeOther(w, r, pageURL(c.ID))
	}
	return handlers.SeeOther(w, r, "/connections")
}

// askTest orders a test.
func (s *room) askTest(ctx context.Context, c setup.Connection) error {
	for _, kind := range []setup.LookKind{setup.LookIdentity, setup.LookConnection} {
		if err := s.LookAgain(ctx, setup.LookKey{Kind: kind, Connection: c.ID}); err != nil {
			return err
		}
	}
	return nil
}

// page shows one connection and its last test.
func (s *room) page(w http.ResponseWriter, r *http.Request) error {
	c, err := s.of(r)
	if err != nil {
		return err
	}
	test, err := handlers.Stored[setup.ConnectionTest](r.Context(), s.Server, setup.LookKey{Kind: setup.LookConnection, Connection: c.ID})
	if err != nil {
		return err
	}
	last, err := s.lastAsked(r.Context(), c.ID)
	if err != nil {
		return err
	}
	users, err := s.Store.ConnectionUsers(r.Context(), c.ID)
	if err != nil {
		return fmt.Errorf("find users of connection %s: %w", c.ID, err)
	}
	times := s.Times(r)
	v := webconnections.View{
		ID: c.ID, Name: s.ConnectionName(r.Context(), c.ID), Pending: test.Pending,
		MayTest: handlers.May(r.Context(), handlers.Operator), MayChange: handlers.May(r.Context(), handlers.Admin) && c.Version > 0,
		URL: pageURL(c.ID), Tested: times.Ago(last.DoneAt),
	}
	v.State, v.Word = testWord(last.Pending, last.Problem, len(last.Result) > 0)
	v.Facts = []web.Pair{{Key: "Kind", Value: s.ConnectionKind(c)}}
	if c.Kind == setup.ConnectionRole {
		v.ExternalID = c.ExternalID
		v.Facts = append(v.Facts, web.Pair{Key: "Role", Value: c.RoleARN, Code: true}, web.Pair{Key: "Assumed from", Value: s.ConnectionName(r.Context(), c.Source)})
		v.Trust, v.TrustNote = s.trust(r.Context(), c, test.Value)
	}
	if len(c.Regions) > 0 {
		v.Facts = append(v.Facts, web.Pair{Key: "Regions", Value: setup.And(c.Regions)})
	}
	if last.Problem != nil {
		p := web.ShowProblem(last.Problem)
		v.Problem = &p
	}
	if test.Have {
		t := test.Value
		v.Facts = append(v.Facts, web.Pair{Key: "AWS account", Value: web.AccountNumber(t.AccountID), Num: true}, web.Pair{Key: "AWS says it is", Value: t.ARN, Code: true})
		expires := "They do not end by themselves"
		if !t.Expires.IsZero() {
			expires = times.Past(t.Expires)
			if t.Expires.After(times.Now) {
				expires = "In " + web.LongTime(t.Expires.Sub(times.Now))
			}
			if c.Kind == setup.ConnectionRole {
				expires += ". They are renewed before"
			}
		}
		v.Facts = append(v.Facts, web.Pair{Key: "Credentials end", Value: expires})
		v.Checks = handlers.ShowChecks(t.Checks)
	}
	for _, u := range users {
		v.Users = append(v.Users, setupLink(u))
	}
	f := s.Frame(r, v.Name, "connections")
	if test.Pending {
		reload(w, &f)
	}
	return s.Render(w, r, http.StatusOK, webconnections.Page(f, v))
}

// setupLink leads to a setup or draft.
func setupLink(u store.ConnectionUse) web.Pair {
	if u.DraftID != "" {
		return web.Pair{Key: "Draft", Value: u.Name, Href: handlers.DraftURL(u.DraftID)}
	}
	return web.Pair{Key: "Setup", Value: u.Name, Href: handlers.SetupURL(u.SetupID)}
}

// trust is the trust policy of a connection's role, for the principal that
// assumes it, or the reason why there is none.
func (s *room) trust(ctx context.Context, c setup.Connection, test setup.ConnectionTest) (document, note string) {
	principal := test.Source
	if principal == "" {
		if who, err := handlers.Stored[setup.Identity](ctx, s.Server, setup.LookKey{Kind: setup.LookIdentity, Connection: c.Source}); err == nil {
			principal = who.Value.ARN
		}
	}
	document, problem := policy.Trust{Principal: principal, ExternalID: c.ExternalID}.Document()
	if problem != nil {
		return "", "The trust policy names who assumes the role, and AWS has not said yet who " + s.ConnectionName(ctx, c.Source) + " is. Test that connection first."
	}
	return document, ""
}

func testWord(pending bool, problem *setup.Problem, have bool) (state, word string) {
	switch {
	case pending:
		return "running", "Testing"
	case problem != nil:
		return "failed", "Failed"
	case have:
		return "done", "Works"
	}
	return "wait", "Not tested"
}

func (s *room) identityLook(ctx context.Context, id string) (setup.Look, error) {
	look, err := s.Store.Look(ctx, setup.LookKey{Kind: setup.LookIdentity, Connection: id})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return setup.Look{}, fmt.Errorf("read the last test of %s: %w", id, err)
	}
	return look, nil
}

// lastAsked is the newest look at a connection, the same on every page. A
// connection is tested in full on its own page; the list and the wizard only
// ask AWS whose it is. The newer of the two answers counts, and a look that
// still waits counts as the newest.
func (s *room) lastAsked(ctx context.Context, id string) (setup.Look, error) {
	who, err := s.identityLook(ctx, id)
	if err != nil {
		return setup.Look{}, err
	}
	test, err := s.Store.Look(ctx, setup.LookKey{Kind: setup.LookConnection, Connection: id})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return setup.Look{}, fmt.Errorf("read the last test of %s: %w", id, err)
	}
	last, before := who, test
	if test.DoneAt.After(who.DoneAt) {
		last, before = test, who
	}
	if len(last.Result) == 0 {
		last.Result = before.Result // the account that AWS named at the look before
	}
	last.Pending = who.Pending || test.Pending
	return last, nil
}

func (s *room) row(ctx context.Context, c setup.Connection, look setup.Look, times web.Times) webconnections.Row {
	row := webconnections.Row{
		ID: c.ID, URL: pageURL(c.ID), Name: s.ConnectionName(ctx, c.ID), Kind: s.ConnectionKind(c),
		Pending: look.Pending, Tested: times.Ago(look.DoneAt),
	}
	var who setup.Identity
	if len(look.Result) > 0 && json.Unmarshal(look.Result, &who) == nil {
		row.Account, row.ARN = who.AccountID, who.ARN
	}
	row.State, row.Word = testWord(look.Pending, look.Problem, row.Account != "")
	if look.Problem != nil && !look.Pending {
		p := web.ShowProblem(look.Problem)
		row.Problem = &p
	}
	return row
}

// pageURL is the page of a connection.
func pageURL(id string) string { return "/connections/" + url.PathEscape(id) }
