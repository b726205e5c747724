// Package notices answers the pages of what is told to people and programs
// outside: which places there are, what goes where, and what became of it.
package notices

import "apifront/handlers"

type room struct {
	*handlers.Server
}

// Routes are the routes of this package.
func Routes(server *handlers.Server) []handlers.Route {
	s := &room{Server: server}
	return []handlers.Route{
		handlers.Get("/settings/notices", handlers.Viewer, s.page),
		handlers.Post("/settings/notices", handlers.Operator, s.add),
		handlers.Post("/settings/notices/topics", handlers.Operator, s.topics),
		handlers.Get("/settings/notices/{id}", handlers.Operator, s.placePage),
		handlers.Post("/settings/notices/{id}", handlers.Operator, s.change),
		handlers.Post("/settings/notices/{id}/key", handlers.Operator, s.newKey),
		handlers.Post("/settings/notices/{id}/test", handlers.Operator, s.test),
		handlers.Post("/settings/notices/{id}/remove", handlers.Operator, s.remove),
		handlers.Post("/settings/deliveries/{id}/resend", handlers.Operator, s.resend),
	}
}
