package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"apifront/setup"
	"apifront/store"
	"apifront/web"
)

// A Role is what a route needs, each one more than the one before. The zero
// value lets nobody in, so a route without a role is closed.
type Role int

const (
	_        Role = iota
	Nobody        // needs no session: doors and machines
	Viewer        // looks
	Operator      // makes drafts, starts and steers jobs, tests connections
	Admin         // users, connections, settings, audit
)

// RoleOf is the role of a user.
func RoleOf(u store.User) Role {
	switch u.Role {
	case store.RoleAdmin:
		return Admin
	case store.RoleOperator:
		return Operator
	case store.RoleViewer:
		return Viewer
	}
	return Nobody
}

// String is what people call the role.
func (r Role) String() string {
	switch r {
	case Viewer:
		return store.RoleViewer
	case Operator:
		return store.RoleOperator
	case Admin:
		return store.RoleAdmin
	case Nobody:
	}
	return "nobody"
}

// Right is what the role may do that the one before may not.
func (r Role) Right() string {
	switch r {
	case Operator:
		return "make drafts, start and steer jobs, and test connections"
	case Admin:
		return "manage users, connections and settings"
	case Nobody, Viewer:
	}
	return "look at setups and jobs"
}

// May says whether the request's user has at least the role.
func May(ctx context.Context, needs Role) bool {
	u, ok := User(ctx)
	return ok && RoleOf(u) >= needs
}

// allow lets a request through only if its user has the role. A user without a
// session is sent to the sign-in page, and back afterwards. A user with a lower
// role reads which role is missing and who can give it.
func (s *Server) allow(needs Role) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		switch needs {
		case Nobody:
			return next
		case Viewer, Operator, Admin:
		default:
			return s.do(func(http.ResponseWriter, *http.Request) error {
				return errors.New("the route does not say which role it needs")
			})
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v, err := s.whoIs(r)
			if err != nil {
				s.fail(w, r, err)
				return
			}
			if v.Session.TokenHash == "" {
				s.toDoor(w, r)
				return
			}
			u := v.User
			ctx := acting(context.WithValue(r.Context(), keyVisitor, v), u)
			if RoleOf(u) < Operator {
				ctx = web.LookOnly(ctx)
			}
			r = r.WithContext(ctx)
			if RoleOf(u) < needs {
				s.refuseRole(w, r, u, needs)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// refuseRole answers a user whose role does not allow something.
func (s *Server) refuseRole(w http.ResponseWriter, r *http.Request, u store.User, needs Role) {
	s.refused(r, fmt.Sprintf("the role is %s, it takes %s", u.Role, needs))
	s.fail(w, r, s.notAllowed(r.Context(), u, needs))
}

// notAllowed is the page for a user whose role does not allow something.
func (s *Server) notAllowed(ctx context.Context, u store.User, needs Role) error {
	names, err := s.Store.AdminNames(ctx)
	if err != nil {
		return fmt.Errorf("list administrators: %w", err)
	}
	return &PageError{http.StatusForbidden, web.ErrorView{
		Title: "Your role does not allow this",
		Text:  fmt.Sprintf("You are signed in as %s. It takes the role %s to %s. Nothing was changed.", WithArticle(u.Role), needs, needs.Right()),
		Fix:   "Ask an administrator for that role: " + setup.And(names) + ".",
	}}
}

// WithArticle is a role as it stands in a sentence: "a viewer".
func WithArticle(role string) string {
	if role == "" {
		return "somebody without a role"
	}
	if strings.ContainsAny(role[:1], "aeiou") {
		return "an " + role
	}
	return "a " + role
}
