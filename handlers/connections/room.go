// Package connections answers the pages of the ways to AWS: the list, one with its
// last test, and the forms that add, change and delete one.
package connections

import "apifront/handlers"

type room struct {
	*handlers.Server
}

// Routes are the routes of this package.
func Routes(server *handlers.Server) []handlers.Route {
	s := &room{Server: server}
	return []handlers.Route{
		handlers.Get("/connections", handlers.Viewer, s.list),
		handlers.Post("/connections", handlers.Operator, s.test),
		handlers.Get("/connections/new", handlers.Admin, s.newPage),
		handlers.Post("/connections/new", handlers.Admin, s.create),
		handlers.Get("/connections/{id}", handlers.Viewer, s.page),
		handlers.Get("/connections/{id}/edit", handlers.Admin, s.editPage),
		handlers.Post("/connections/{id}/edit", handlers.Admin, s.edit),
		handlers.Get("/connections/{id}/delete", handlers.Admin, s.deletePage),
		handlers.Post("/connections/{id}/delete", handlers.Admin, s.remove),
	}
}
