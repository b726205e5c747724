package people

import (
	"fmt"
	"net/http"
	"strings"

	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
	webpeople "apifront/web/people"
)

// accountPage shows one's own account.
func (s *room) accountPage(w http.ResponseWriter, r *http.Request) error {
	return s.showAccount(w, r, http.StatusOK, webpeople.AccountView{Saved: r.URL.Query().Get("password") == "changed"})
}

func (s *room) showAccount(w http.ResponseWriter, r *http.Request, status int, v webpeople.AccountView) error {
	u, _ := handlers.User(r.Context())
	var err error
	if v.Sessions, err = s.sessionRows(r, u.ID); err != nil {
		return err
	}
	v.Email = u.Email
	v.Facts = []web.Pair{
		{Key: "Name", Value: u.Name},
		{Key: "Email", Value: u.Email},
		{Key: "Role", Value: u.Role + ": you may " + handlers.RoleOf(u).Right()},
	}
	title := "Your account"
	if len(v.Errors) > 0 {
		title = "Error: " + title
	}
	return s.Render(w, r, status, webpeople.Account(s.Frame(r, title, ""), v))
}

// sessionRows lists where a user is signed in.
func (s *room) sessionRows(r *http.Request, userID string) ([]webpeople.SessionRow, error) {
	list, err := s.Store.Sessions(r.Context(), userID)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	this := handlers.Session(r.Context())
	times := s.Times(r)
	var rows []webpeople.SessionRow
	for _, n := range list {
		if n.Over(times.Now) {
			continue
		}
		row := webpeople.SessionRow{ID: n.TokenHash, Device: device(n.Agent), Address: n.Address, Used: times.Ago(n.SeenAt), Since: times.Minute(n.CreatedAt), This: n.TokenHash == this.TokenHash}
		if row.This {
			row.Used = times.Ago(times.Now)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// device is the name that people know for a browser, from its User-Agent.
func device(agent string) string {
	pick := func(names ...string) string {
		for i := 0; i < len(names); i += 2 {
			if strings.Contains(agent, names[i]) {
				return names[i+1]
			}
		}
		return ""
	}
	browser := pick("Edg/", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari", "curl/", "curl")
	system := pick("iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Windows", "Windows", "Mac OS X", "macOS", "CrOS", "ChromeOS", "Linux", "Linux")
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser+system != "":
		return browser + system
	case agent != "":
		return setup.Clip(agent, 40)
	}
	return "A program without a name"
}

// changePassword changes one's own password. It asks for the old one, so that
// nobody can take over an account from a browser that was left open.
func (s *room) changePassword(w http.ResponseWriter, r *http.Request) error {
	u, _ := handlers.User(r.Context())
	v := webpeople.AccountView{}
	var err error
	if v.Errors, err = s.ReplacePassword(w, r, u, r.PostFormValue("old"), r.PostFormValue("password")); err != nil {
		return err
	}
	if len(v.Errors) > 0 {
		return s.showAccount(w, r, http.StatusUnprocessableEntity, v)
	}
	return handlers.SeeOther(w, r, "/account?password=changed")
}

// endSession signs one of one's own browsers out.
func (s *room) endSession(w http.ResponseWriter, r *http.Request) error {
	u, _ := handlers.User(r.Context())
	if err := s.Store.EndSession(r.Context(), u.ID, r.PostFormValue("session")); err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return handlers.SeeOther(w, r, "/account")
}

// endSessions ends all sessions of the user, this one too.
func (s *room) endSessions(w http.ResponseWriter, r *http.Request) error {
	u, _ := handlers.User(r.Context())
	if err := s.Store.EndSessions(r.Context(), u.ID, ""); err != nil {
		return fmt.Errorf("end the sessions: %w", err)
	}
	return s.SignOut(w, r)
}
