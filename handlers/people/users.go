package people

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/store"
	"apifront/web"
	webpeople "apifront/web/people"
)

// roleOptions offers the roles; chosen is the present one.
func roleOptions(chosen string) []web.Option {
	var list []web.Option
	for _, r := range []handlers.Role{handlers.Viewer, handlers.Operator, handlers.Admin} {
		name := r.String()
		list = append(list, web.Option{Value: name, Text: strings.ToUpper(name[:1]) + name[1:] + ": may " + r.Right(), Chosen: name == chosen})
	}
	return list
}

func isRole(name string) bool {
	return name == store.RoleViewer || name == store.RoleOperator || name == store.RoleAdmin
}

// usersPage lists everybody.
func (s *room) usersPage(w http.ResponseWriter, r *http.Request) error {
	return s.showUsers(w, r, http.StatusOK, webpeople.UsersView{Roles: roleOptions(store.RoleViewer)})
}

func (s *room) showUsers(w http.ResponseWriter, r *http.Request, status int, v webpeople.UsersView) error {
	users, err := s.Store.Users(r.Context())
	if err != nil {
		return fmt.Errorf("list users: %w", err)
	}
	invited, err := s.Store.Invitations(r.Context())
	if err != nil {
		return fmt.Errorf("list invitations: %w", err)
	}
	me, _ := handlers.User(r.Context())
	times := s.Times(r)
	for _, u := range users {
		row := webpeople.UserRow{Name: u.Name, Email: u.Email, Href: "/settings/users/" + u.ID, Role: u.Role, You: u.ID == me.ID, Seen: times.Ago(u.SeenAt)}
		row.State, row.Word = userState(u)
		v.Rows = append(v.Rows, row)
	}
	for _, l := range invited {
		v.Invited = append(v.Invited, webpeople.InvitationRow{ID: l.ID, Email: l.Email, Role: l.Role, By: l.CreatedBy, Expires: times.Minute(l.ExpiresAt)})
	}
	title := "Users"
	if len(v.Errors) > 0 {
		title = "Error: " + title
	}
	return s.Render(w, r, status, webpeople.Users(s.Frame(r, title, ""), v))
}

func userState(u store.User) (state, word string) {
	if u.Disabled() {
		return "stop", "Disabled"
	}
	return "done", "Active"
}

// invite makes a link for a new user and shows it, once.
func (s *room) invite(w http.ResponseWriter, r *http.Request) error {
	v := webpeople.UsersView{Email: strings.TrimSpace(r.PostFormValue("email"))}
	given := r.PostFormValue("role")
	v.Roles = roleOptions(given)
	if text := handlers.EmailError(v.Email); text != "" {
		v.Errors = append(v.Errors, web.FieldError{ID: "email", Text: text})
	}
	if !isRole(given) {
		v.Errors = append(v.Errors, web.FieldError{ID: "role", Text: "Choose a role of the list"})
	}
	if len(v.Errors) > 0 {
		return s.showUsers(w, r, http.StatusUnprocessableEntity, v)
	}
	address, expires, err := s.MakeLink(r, store.Link{Email: v.Email, Role: given}, invitationLasts)
	if errors.Is(err, store.ErrConflict) {
		v.Errors = web.FieldErrors{{ID: "email", Text: "Somebody with this email is a user already"}}
		return s.showUsers(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return s.handOver(w, r, webpeople.HandOverView{
		Title: "Invite " + v.Email, Lede: "Hand this link over. Whoever opens it becomes " + handlers.WithArticle(given) + " and chooses a name and a password.",
		Link: address, Expires: s.Times(r).Minute(expires), Back: web.Crumb{Text: "Back to the users", Href: "/settings/users"},
	})
}

func (s *room) handOver(w http.ResponseWriter, r *http.Request, v webpeople.HandOverView) error {
	return s.Render(w, r, http.StatusOK, webpeople.HandOver(s.Frame(r, v.Title, ""), v))
}

// uninvite takes an invitation back.
func (s *room) uninvite(w http.ResponseWriter, r *http.Request) error {
	if err := s.Store.DeleteLink(r.Context(), r.PostFormValue("invitation")); err != nil {
		return fmt.Errorf("take an invitation back: %w", err)
	}
	return handlers.SeeOther(w, r, "/settings/users")
}

// userNamed is the user that the request's address names.
func (s *room) userNamed(r *http.Request) (store.User, error) {
	u, err := s.Store.User(r.Context(), chi.URLParam(r, "id"))
	if errors.Is(err, store.ErrNotFound) {
		return u, handlers.NotFound("There is no such user")
	}
	if err != nil {
		return u, fmt.Errorf("read user: %w", err)
	}
	return u, nil
}

// userPage shows one user.
func (s *room) userPage(w http.ResponseWriter, r *http.Request) error {
	u, err := s.userNamed(r)
	if err != nil {
		return err
	}
	return s.showUser(w, r, http.StatusOK, u, u.Role, nil)
}

func (s *room) showUser(w http.ResponseWriter, r *http.Request, status int, u store.User, chosen string, problems web.FieldErrors) error {
	me, _ := handlers.User(r.Context())
	times := s.Times(r)
	sessions, err := s.sessionRows(r, u.ID)
	if err != nil {
		return err
	}
	v := webpeople.UserView{
		Name: u.Name, Email: u.Email, Path: "/settings/users/" + u.ID, Roles: roleOptions(chosen),
		Disabled: u.Disabled(), You: u.ID == me.ID, Sessions: sessions, Errors: problems,
		Facts: []web.Pair{
			{Key: "Role", Value: u.Role},
			{Key: "Since", Value: times.Past(u.CreatedAt), Num: true},
			{Key: "Last sign-in", Value: "Never"},
		},
	}
	if !u.SeenAt.IsZero() {
		v.Facts[2] = web.Pair{Key: "Last sign-in", Value: times.Past(u.SeenAt), Num: true}
	}
	if u.Disabled() {
		v.Facts = append(v.Facts, web.Pair{Key: "Disabled", Value: times.Past(u.DisabledAt), Num: true})
		if u.DisabledBy == store.DisabledByProvider {
			v.Facts = append(v.Facts, web.Pair{Key: "Why", Value: "None of the groups at the sign-in provider has a role here. One that has lets the person in again"})
		}
	}
	v.State, v.Word = userState(u)
	title := u.Name
	if len(problems) > 0 {
		title = "Error: " + title
	}
	return s.Render(w, r, status, webpeople.User(s.Frame(r, title, ""), v))
}

// onUser makes a handler for an act of an administrator on the user that the
// address names. It then redirects to the user's page, or to the sign-in page
// if the administrator is not signed in any more.
func (s *room) onUser(act func(r *http.Request, u store.User) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		u, err := s.userNamed(r)
		if err != nil {
			return err
		}
		err = act(r, u)
		if errors.Is(err, store.ErrLastAdmin) {
			return handlers.Conflict("Somebody must stay administrator",
				"Nobody else who may sign in is an administrator, so nobody could let people in or give them rights. Nothing was changed. Make somebody else an administrator first.",
				"/settings/users", "Open the users")
		}
		if err != nil {
			return err
		}
		return handlers.SeeOther(w, r, "/settings/users/"+u.ID)
	}
}

// changeRole gives a user another role.
func (s *room) changeRole(w http.ResponseWriter, r *http.Request) error {
	given := r.PostFormValue("role")
	if !isRole(given) {
		u, err := s.userNamed(r)
		if err != nil {
			return err
		}
		return s.showUser(w, r, http.StatusUnprocessableEntity, u, u.Role, web.FieldErrors{{ID: "role", Text: "Choose a role of the list"}})
	}
	return s.onUser(func(r *http.Request, u store.User) error {
		if u.Role == given {
			return nil
		}
		return s.Store.SetRole(r.Context(), u.ID, given)
	})(w, r)
}

func (s *room) disableUser(w http.ResponseWriter, r *http.Request) error {
	return s.onUser(func(r *http.Request, u store.User) error { return s.Store.Disable(r.Context(), u.ID) })(w, r)
}

func (s *room) enableUser(w http.ResponseWriter, r *http.Request) error {
	return s.onUser(func(r *http.Request, u store.User) error { return s.Store.Enable(r.Context(), u.ID) })(w, r)
}

func (s *room) signUserOut(w http.ResponseWriter, r *http.Request) error {
	return s.onUser(func(r *http.Request, u store.User) error { return s.Store.EndSessions(r.Context(), u.ID, "") })(w, r)
}

// resetUser makes a link with which the user sets a new password, and shows it,
// once.
func (s *room) resetUser(w http.ResponseWriter, r *http.Request) error {
	u, err := s.userNamed(r)
	if err != nil {
		return err
	}
	if u.Disabled() {
		return handlers.Conflict(u.Name+" is disabled", "A disabled account gets no link. Nothing was changed.", "/settings/users/"+u.ID, "Open the account")
	}
	address, expires, err := s.MakeLink(r, store.Link{UserID: u.ID, Email: u.Email, Role: u.Role}, resetLasts)
	if err != nil {
		return err
	}
	return s.handOver(w, r, webpeople.HandOverView{
		Title: "New password for " + u.Name, Lede: "Hand this link over. Whoever opens it sets the password of " + u.Email + ".",
		Link: address, Expires: s.Times(r).Minute(expires), Back: web.Crumb{Text: "Back to " + u.Name, Href: "/settings/users/" + u.ID},
	})
}

const (
	invitationLasts = 3 * 24 * time.Hour
	resetLasts      = 24 * time.Hour
)
