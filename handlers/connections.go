package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"apifront/setup"
	"apifront/store"
	"apifront/web"
)

// testPatience is how long the page is loaded again while a test is under way.
const testPatience = time.Minute

// connectionsPage lists the ways to AWS with what the last test said. It is
// loaded again while a test is under way.
func (s *Server) connectionsPage(w http.ResponseWriter, r *http.Request) error {
	ids, note := s.connections()
	v := web.ConnectionsView{Note: note}
	times := s.times(r)
	pending := false
	for _, id := range ids {
		look, err := s.identityLook(r.Context(), id)
		if err != nil {
			return err
		}
		row := connectionRow(id, s.Demo != nil, look, times)
		pending = pending || row.Pending && times.Now.Sub(look.AskedAt) < testPatience
		v.Rows = append(v.Rows, row)
	}
	f := s.frame(r, "Connections", "connections")
	if pending {
		f.Refresh = 2
		// The header works with script too; the page has nothing typed in it.
		w.Header().Set("Refresh", "2")
	}
	return s.render(w, r, http.StatusOK, web.Connections(f, v))
}

// testConnection asks AWS who a connection is.
func (s *Server) testConnection(w http.ResponseWriter, r *http.Request) error {
	id := r.PostFormValue("connection")
	ids, _ := s.connections()
	if !slices.Contains(ids, id) {
		return notFound("There is no connection " + clip(id, 60))
	}
	if err := s.Store.Audit(r.Context(), store.Act{Action: store.ActConnectionTest, On: "connection " + id}); err != nil {
		return fmt.Errorf("test %s: %w", id, err)
	}
	if _, err := s.Store.AskLook(r.Context(), setup.LookKey{Kind: setup.LookIdentity, Connection: id}, 0); err != nil {
		return fmt.Errorf("ask who %s is: %w", id, err)
	}
	return seeOther(w, r, "/connections")
}

// connections lists the connections by their IDs, and says why profiles are
// missing.
func (s *Server) connections() (ids []string, note string) {
	ids = []string{setup.DefaultConnection}
	if s.Profiles == nil {
		return ids, ""
	}
	names, err := s.Profiles()
	if err != nil {
		return ids, "The AWS config file could not be read: " + err.Error()
	}
	for _, name := range names {
		ids = append(ids, "profile:"+name)
	}
	return ids, ""
}

func (s *Server) identityLook(ctx context.Context, id string) (setup.Look, error) {
	look, err := s.Store.Look(ctx, setup.LookKey{Kind: setup.LookIdentity, Connection: id})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return setup.Look{}, fmt.Errorf("read the last test of %s: %w", id, err)
	}
	return look, nil
}

func connectionRow(id string, demo bool, look setup.Look, times web.Times) web.ConnectionRow {
	row := web.ConnectionRow{ID: id, Name: connectionTitle(id, demo), Kind: "Named profile", Pending: look.Pending, Tested: times.Ago(look.DoneAt)}
	if id == setup.DefaultConnection {
		row.Kind = "Default chain: environment, default profile, or the machine's role"
		if demo {
			row.Kind = "The simulator on this server"
		}
	}
	var who setup.Identity
	if len(look.Result) > 0 && json.Unmarshal(look.Result, &who) == nil {
		row.Account, row.ARN = who.AccountID, who.ARN
	}
	switch {
	case look.Pending:
		row.State, row.Word = "running", "Testing"
	case look.Problem != nil:
		row.State, row.Word = "failed", "Failed"
		p := web.ShowProblem(look.Problem)
		row.Problem = &p
	case row.Account != "":
		row.State, row.Word = "done", "Works"
	default:
		row.State, row.Word = "wait", "Not tested"
	}
	return row
}
