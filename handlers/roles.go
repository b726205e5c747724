package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"apifront/store"
	"apifront/web"
)

// A role is what a route needs, each one more than the one before. The zero
// value lets nobody in, so that a route that forgot to say fails closed.
type role int

const (
	_        role = iota
	nobody        // needs no session: doors and machines
	viewer        // looks
	operator      // makes drafts, starts and steers jobs, tests connections
	admin         // users, connections, settings, audit
)

// roleOf is the role of a user.
func roleOf(u store.User) role {
	switch u.Role {
	case store.RoleAdmin:
		return admin
	case store.RoleOperator:
		return operator
	case store.RoleViewer:
		return viewer
	}
	return nobody
}

// String is what people call the role.
func (r role) String() string {
	switch r {
	case viewer:
		return store.RoleViewer
	case operator:
		return store.RoleOperator
	case admin:
		return store.RoleAdmin
	case nobody:
	}
	return "nobody"
}

// right is what the role may do that the one before may not.
func (r role) right() string {
	switch r {
	case operator:
		return "make drafts, start and steer jobs, and test connections"
	case admin:
		return "manage users, connections and settings"
	case nobody, viewer:
	}
	return "look at setups and jobs"
}

// may says whether the request's user has at least the role.
func may(ctx context.Context, needs role) bool {
	u, ok := userOf(ctx)
	return ok && roleOf(u) >= needs
}

// allow lets only requests through whose user has the role. Who has no session
// is sent to the sign-in page, and back afterwards; who has another role is
// told which one is missing and who can give it.
func (s *Server) allow(needs role) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		switch needs {
		case nobody:
			return next
		case viewer, operator, admin:
		default:
			return s.do(func(http.ResponseWriter, *http.Request) error {
				return errors.New("the route does not say which role it needs")
			})
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			u, session, err := s.whoIs(r)
			if err != nil {
				s.fail(w, r, err)
				return
			}
			if session.TokenHash == "" {
				s.toDoor(w, r)
				return
			}
			ctx := acting(context.WithValue(r.Context(), keyUser, u), u)
			if roleOf(u) < operator {
				ctx = web.LookOnly(ctx)
			}
			r = r.WithContext(context.WithValue(ctx, keySession, session))
			if roleOf(u) < needs {
				s.refuseRole(w, r, u, needs)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// refuseRole answers a user whose role does not allow something.
func (s *Server) refuseRole(w http.ResponseWriter, r *http.Request, u store.User, needs role) {
	s.refused(r, fmt.Sprintf("the role is %s, it takes %s", u.Role, needs))
	s.fail(w, r, s.notAllowed(r.Context(), u, needs))
}

// notAllowed is the page for a user whose role does not allow something.
func (s *Server) notAllowed(ctx context.Context, u store.User, needs role) error {
	names, err := s.Store.AdminNames(ctx)
	if err != nil {
		return fmt.Errorf("list administrators: %w", err)
	}
	return &pageError{http.StatusForbidden, web.ErrorView{
		Title: "Your role does not allow this",
		Text:  fmt.Sprintf("You are signed in as %s. It takes the role %s to %s. Nothing was changed.", withArticle(u.Role), needs, needs.right()),
		Fix:   "Ask an administrator for that role: " + listOf(names, "and") + ".",
	}}
}

// withArticle is a role as it stands in a sentence: "a viewer".
func withArticle(role string) string {
	if role == "" {
		return "somebody without a role"
	}
	if strings.ContainsAny(role[:1], "aeiou") {
		return "an " + role
	}
	return "a " + role
}

// listOf joins words as a sentence does.
func listOf(words []string, and string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " " + and + " " + words[n-1]
	}
	return strings.Join(words, "")
}
