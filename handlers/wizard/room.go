// Package wizard answers the pages on which a draft is answered, one file each,
// with the plan beside them, the review, and the start of the job.
package wizard

import "apifront/handlers"

type room struct {
	*handlers.Server
}

// Routes are the routes of this package.
func Routes(server *handlers.Server) []handlers.Route {
	s := &room{Server: server}
	return []handlers.Route{
		handlers.Get("/setups/{id}/compare", handlers.Viewer, s.compare),
		handlers.Post("/drafts", handlers.Operator, s.create),
		handlers.Get("/drafts/{id}", handlers.Operator, s.resume),
		handlers.Get("/drafts/{id}/plan", handlers.Operator, s.planPanel),
		handlers.Post("/drafts/{id}/plan", handlers.Operator, s.planPanel),
		handlers.Get("/drafts/{id}/plan.json", handlers.Operator, s.planJSON),
		handlers.Post("/drafts/{id}/start", handlers.Operator, s.start),
		handlers.Post("/drafts/{id}/cost", handlers.Operator, s.cost),
		handlers.Post("/drafts/{id}/rebase", handlers.Operator, s.rebase),
		handlers.Post("/drafts/{id}/leave", handlers.Operator, s.leave),
		handlers.Get("/drafts/{id}/delete", handlers.Operator, s.deletePage),
		handlers.Post("/drafts/{id}/delete", handlers.Operator, s.remove),
		handlers.Get("/drafts/{id}/{page}", handlers.Operator, s.show),
		handlers.Post("/drafts/{id}/{page}", handlers.Operator, s.save),
	}
}
