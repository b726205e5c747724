// Package jobs answers the pages of jobs: the history, one job with its live
// stream and its download, and what a person does to one.
package jobs

import "apifront/handlers"

type room struct {
	*handlers.Server
	feeds feeds      // of the pages that are open
	took  timesCache // for the pages of jobs at work
}

// Routes are the routes of this package.
func Routes(server *handlers.Server) []handlers.Route { return open(server).routes() }

func open(server *handlers.Server) *room { return &room{Server: server} }

func (s *room) routes() []handlers.Route {
	return []handlers.Route{
		handlers.Get("/jobs", handlers.Viewer, s.list),
		handlers.Get("/jobs/{n}", handlers.Viewer, s.page),
		handlers.Stream("/jobs/{n}/events", handlers.Viewer, s.events),
		handlers.Get("/jobs/{n}/log.json", handlers.Viewer, s.log),
		handlers.Get("/jobs/{n}/log.txt", handlers.Viewer, s.logText),
		handlers.Get("/jobs/{n}/calls/{id}", handlers.Viewer, s.call),
		handlers.Get("/jobs/{n}/script", handlers.Viewer, s.scriptPage),
		handlers.Get("/jobs/{n}/script.sh", handlers.Viewer, s.scriptFile),
		handlers.Get("/jobs/{n}/steps/{step}/seen", handlers.Viewer, s.seen),
		handlers.Get("/jobs/{n}/cancel", handlers.Operator, s.cancelPage),
		handlers.Post("/jobs/{n}/cancel", handlers.Operator, s.cancel),
		handlers.Post("/jobs/{n}/steps/{step}/rerun", handlers.Operator, s.rerunStep),
		handlers.Get("/jobs/{n}/steps/{step}/rerun-from", handlers.Operator, s.againPage),
		handlers.Post("/jobs/{n}/steps/{step}/rerun-from", handlers.Operator, s.rerunFrom),
		handlers.Post("/jobs/{n}/steps/{step}/go-on", handlers.Operator, s.goOn),
		handlers.Post("/jobs/{n}/records/check", handlers.Operator, s.checkRecords),
		handlers.Post("/jobs/{n}/records/restore", handlers.Operator, s.restoreRecords),
	}
}
