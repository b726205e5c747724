package handlers

func setupsRoutes(s *Server) []Route {
	return []Route{
		Get("/", Viewer, s.home),
		Get("/setups/{id}", Viewer, s.setupPage),
		Get("/setups/{id}/policy", Viewer, s.policyPage),
		Get("/setups/{id}/policy/{file}", Viewer, s.policyFile),
		Post("/setups/{id}/change", Operator, s.change),
		Post("/setups/{id}/invalidate", Operator, s.invalidate),
		Get("/drafts/{id}/policy", Operator, s.policyPage),
		Get("/drafts/{id}/policy/{file}", Operator, s.policyFile),
	}
}
