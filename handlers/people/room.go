// Package people answers the pages about those who use the server: users and how
// they are let in, the keys that tests may send, one's own account and how pages look to one, and the audit
// log of what everybody did.
package people

import "apifront/handlers"

type room struct {
	*handlers.Server
}

// Routes are the routes of this package.
func Routes(server *handlers.Server) []handlers.Route {
	s := &room{Server: server}
	return []handlers.Route{
		handlers.Post("/theme", handlers.Viewer, s.theme),
		handlers.Get("/time-zone", handlers.Viewer, s.timeZonePage),
		handlers.Post("/time-zone", handlers.Viewer, s.timeZone),
		handlers.Get("/account", handlers.Viewer, s.accountPage),
		handlers.Post("/account/password", handlers.Viewer, s.changePassword),
		handlers.Post("/account/sessions/end", handlers.Viewer, s.endSession),
		handlers.Post("/account/sessions/end-all", handlers.Viewer, s.endSessions),
		handlers.Get("/settings/audit", handlers.Admin, s.auditPage),
		handlers.Get("/settings/keys", handlers.Admin, s.keysPage),
		handlers.Post("/settings/keys", handlers.Admin, s.bindKey),
		handlers.Post("/settings/keys/unbind", handlers.Admin, s.unbindKey),
		handlers.Get("/settings/users", handlers.Admin, s.usersPage),
		handlers.Post("/settings/users", handlers.Admin, s.invite),
		handlers.Post("/settings/users/uninvite", handlers.Admin, s.uninvite),
		handlers.Get("/settings/users/{id}", handlers.Admin, s.userPage),
		handlers.Post("/settings/users/{id}/role", handlers.Admin, s.changeRole),
		handlers.Post("/settings/users/{id}/reset", handlers.Admin, s.resetUser),
		handlers.Post("/settings/users/{id}/disable", handlers.Admin, s.disableUser),
		handlers.Post("/settings/users/{id}/enable", handlers.Admin, s.enableUser),
		handlers.Post("/settings/users/{id}/sign-out", handlers.Admin, s.signUserOut),
		handlers.Stream("/settings/audit.csv", handlers.Admin, s.auditCSV),
		handlers.Stream("/settings/audit.jsonl", handlers.Admin, s.auditJSON),
	}
}
