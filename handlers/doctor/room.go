// Package doctor answers the pages of the doctor: the one that asks for a name and lists
// what was asked before, the one of a diagnosis with its live stream, and the one that
// adopts what a diagnosis found.
package doctor

import "apifront/handlers"

type room struct {
	*handlers.Server
}

// Routes are the routes of this package. Whoever is signed in may ask: the doctor only
// looks. To fix is a job of a setup, which an operator starts, and who may start jobs may
// adopt.
func Routes(server *handlers.Server) []handlers.Route {
	s := &room{Server: server}
	return []handlers.Route{
		handlers.Get("/doctor", handlers.Viewer, s.askPage),
		handlers.Post("/doctor", handlers.Viewer, s.ask),
		handlers.Get("/doctor/{id}", handlers.Viewer, s.page),
		handlers.Stream("/doctor/{id}/events", handlers.Viewer, s.events),
		handlers.Get("/doctor/{id}/adopt", handlers.Viewer, s.adoptPage),
		handlers.Post("/doctor/{id}/adopt", handlers.Operator, s.adopt),
		handlers.Post("/doctor/{id}", handlers.Viewer, s.withKey),
		handlers.Post("/doctor/{id}/stop", handlers.Viewer, s.stop),
		handlers.Post("/doctor/{id}/fix/{finding}", handlers.Operator, s.fix),
	}
}
