package handlers

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// pageTimeout is how long a page may take. Pages never wait for AWS.
const pageTimeout = 20 * time.Second

// routes is the one table of routes.
func (s *Server) routes() http.Handler {
	r := chi.NewRouter()
	r.Use(s.requestID, s.log, s.recoverer, s.headers, s.sameOrigin)
	r.NotFound(s.do(s.noSuchPage))
	r.MethodNotAllowed(s.do(s.noSuchMethod))

	// For machines and browsers, without a session.
	r.Get("/healthz", s.healthz)
	r.Get("/readyz", s.do(s.readyz))
	r.Get("/static/{file}", s.static)

	// Access.
	r.Group(func(r chi.Router) {
		r.Use(middleware.Timeout(pageTimeout), middleware.Compress(5, "text/html"), noStore)
		r.Get("/sign-in", s.do(s.signInPage))
		r.Post("/sign-in", s.do(s.signIn))
		r.Post("/sign-out", s.do(s.signOut))
		r.Get("/welcome", s.do(s.welcomePage))
		r.Post("/welcome", s.do(s.welcome))
	})

	// Streams: no timeout, no compression.
	r.Group(func(r chi.Router) {
		r.Use(s.signedIn, noStore)
		r.Get("/jobs/{n}/events", s.do(s.jobEvents))
	})

	// Pages.
	r.Group(func(r chi.Router) {
		r.Use(s.signedIn, middleware.Timeout(pageTimeout), middleware.Compress(5, "text/html", "application/json"), noStore)
		r.Get("/", s.do(s.home))
		r.Get("/welcome/next", s.do(s.welcomeNext))
		r.Post("/theme", s.do(s.theme))
		r.Get("/time-zone", s.do(s.timeZonePage))
		r.Post("/time-zone", s.do(s.timeZone))
		r.Post("/demo/faults", s.do(s.orderFault))

		r.Post("/drafts", s.do(s.newDraft))
		r.Get("/drafts/{id}", s.do(s.openDraft))
		r.Get("/drafts/{id}/plan", s.do(s.planPanel))
		r.Post("/drafts/{id}/plan", s.do(s.planPanel))
		r.Get("/drafts/{id}/plan.json", s.do(s.planJSON))
		r.Post("/drafts/{id}/start", s.do(s.start))
		r.Get("/drafts/{id}/delete", s.do(s.deletePage))
		r.Post("/drafts/{id}/delete", s.do(s.deleteDraft))
		r.Get("/drafts/{id}/{page}", s.do(s.wizardPage))
		r.Post("/drafts/{id}/{page}", s.do(s.saveWizardPage))

		r.Get("/setups/{id}", s.do(s.setupPage))
		r.Post("/setups/{id}/invalidate", s.do(s.invalidate))

		r.Get("/jobs", s.do(s.jobsPage))
		r.Get("/jobs/{n}", s.do(s.jobPage))
		r.Get("/jobs/{n}/log.json", s.do(s.jobLog))
		r.Get("/jobs/{n}/cancel", s.do(s.cancelPage))
		r.Post("/jobs/{n}/cancel", s.do(s.cancelJob))
		r.Post("/jobs/{n}/steps/{step}/rerun", s.do(s.rerunStep))
		r.Post("/jobs/{n}/steps/{step}/rerun-from", s.do(s.rerunFrom))
		r.Post("/jobs/{n}/records/check", s.do(s.checkRecords))
		r.Post("/jobs/{n}/records/restore", s.do(s.restoreRecords))

		r.Get("/connections", s.do(s.connectionsPage))
		r.Post("/connections", s.do(s.testConnection))

		r.Get("/help", s.do(s.helpPage))
		r.Get("/help/{topic}", s.do(s.helpTopic))
	})
	return r
}
