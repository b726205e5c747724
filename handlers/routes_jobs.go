package handlers

func jobsRoutes(s *Server) []Route {
	return []Route{
		Get("/jobs", Viewer, s.jobsPage),
		Get("/jobs/{n}", Viewer, s.jobPage),
		Stream("/jobs/{n}/events", Viewer, s.jobEvents),
		Get("/jobs/{n}/log.json", Viewer, s.jobLog),
		Get("/jobs/{n}/cancel", Operator, s.cancelPage),
		Post("/jobs/{n}/cancel", Operator, s.cancelJob),
		Post("/jobs/{n}/steps/{step}/rerun", Operator, s.rerunStep),
		Post("/jobs/{n}/steps/{step}/rerun-from", Operator, s.rerunFrom),
		Post("/jobs/{n}/records/check", Operator, s.checkRecords),
		Post("/jobs/{n}/records/restore", Operator, s.restoreRecords),
	}
}
