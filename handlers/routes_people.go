package handlers

func peopleRoutes(s *Server) []Route {
	return []Route{
		Post("/theme", Viewer, s.theme),
		Get("/time-zone", Viewer, s.timeZonePage),
		Post("/time-zone", Viewer, s.timeZone),
		Get("/account", Viewer, s.accountPage),
		Post("/account/password", Viewer, s.changePassword),
		Post("/account/sessions/end", Viewer, s.endSession),
		Post("/account/sessions/end-all", Viewer, s.endSessions),
		Get("/settings/audit", Admin, s.auditPage),
		Get("/settings/users", Admin, s.usersPage),
		Post("/settings/users", Admin, s.invite),
		Post("/settings/users/uninvite", Admin, s.uninvite),
		Get("/settings/users/{id}", Admin, s.userPage),
		Post("/settings/users/{id}/role", Admin, s.changeRole),
		Post("/settings/users/{id}/reset", Admin, s.resetUser),
		Post("/settings/users/{id}/disable", Admin, s.disableUser),
		Post("/settings/users/{id}/enable", Admin, s.enableUser),
		Post("/settings/users/{id}/sign-out", Admin, s.signUserOut),
		Stream("/settings/audit.csv", Admin, s.auditCSV),
		Stream("/settings/audit.jsonl", Admin, s.auditJSON),
	}
}
