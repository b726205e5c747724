// Package setups answers the first page, which lists all setups and drafts, the
// page of one setup with its state, its checks and what is done from there, and its
// IAM policies.
//
// The IAM policies of a draft are answered here too, under the draft's address: it
// is the same page, made of the same scope, and only says which answers it is of.
// Two rooms would need it twice, since no room imports another.
package setups

import "apifront/handlers"

type room struct {
	*handlers.Server
}

// Routes are the routes of this package.
func Routes(server *handlers.Server) []handlers.Route {
	s := &room{Server: server}
	return []handlers.Route{
		handlers.Get("/", handlers.Viewer, s.home),
		handlers.Get("/setups/{id}", handlers.Viewer, s.page),
		handlers.Get("/setups/{id}/policy", handlers.Viewer, s.policyPage),
		handlers.Get("/setups/{id}/policy/{file}", handlers.Viewer, s.policyFile),
		handlers.Get("/setups/{id}/teardown", handlers.Viewer, s.teardownPage),
		handlers.Post("/setups/{id}/teardown", handlers.Operator, s.teardown),
		handlers.Post("/setups/{id}/forget", handlers.Operator, s.forget),
		handlers.Post("/setups/{id}/copy", handlers.Operator, s.copy),
		handlers.Post("/setups/{id}/change", handlers.Operator, s.change),
		handlers.Post("/setups/check", handlers.Operator, s.checkMany),
		handlers.Post("/setups/{id}/check", handlers.Operator, s.check),
		handlers.Get("/setups/{id}/checks", handlers.Viewer, s.schedulePage),
		handlers.Post("/setups/{id}/checks", handlers.Operator, s.setSchedule),
		handlers.Post("/setups/{id}/findings/back", handlers.Operator, s.putBack),
		handlers.Post("/setups/{id}/findings/{finding}/back", handlers.Operator, s.putOneBack),
		handlers.Post("/setups/{id}/findings/{finding}/keep", handlers.Operator, s.keep),
		handlers.Post("/setups/{id}/findings/{finding}/mute", handlers.Operator, s.mute),
		handlers.Post("/setups/{id}/findings/{finding}/unmute", handlers.Operator, s.unmute),
		handlers.Post("/setups/{id}/traffic/move", handlers.Operator, s.moveTraffic),
		handlers.Post("/setups/{id}/traffic/moved", handlers.Operator, s.moved),
		handlers.Post("/setups/{id}/traffic/restore", handlers.Operator, s.restoreTraffic),
		handlers.Get("/setups/{id}/clear", handlers.Viewer, s.clearPage),
		handlers.Post("/setups/{id}/clear", handlers.Operator, s.clear),
		handlers.Get("/setups/{id}/secret", handlers.Viewer, s.secretPage),
		handlers.Post("/setups/{id}/secret/show", handlers.Operator, s.secretShow),
		handlers.Post("/setups/{id}/secret/change", handlers.Operator, s.secretChange),
		handlers.Get("/drafts/{id}/policy", handlers.Operator, s.policyPage),
		handlers.Get("/drafts/{id}/policy/{file}", handlers.Operator, s.policyFile),
	}
}
