package handlers

func connectionsRoutes(s *Server) []Route {
	return []Route{
		Get("/connections", Viewer, s.connectionsPage),
		Post("/connections", Operator, s.testConnection),
		Get("/connections/new", Admin, s.newConnectionPage),
		Post("/connections/new", Admin, s.newConnection),
		Get("/connections/{id}", Viewer, s.connectionPage),
		Get("/connections/{id}/edit", Admin, s.editConnectionPage),
		Post("/connections/{id}/edit", Admin, s.editConnection),
		Get("/connections/{id}/delete", Admin, s.deleteConnectionPage),
		Post("/connections/{id}/delete", Admin, s.deleteConnection),
	}
}
