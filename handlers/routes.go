package handlers

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// PageTimeout is how long a page may take. Pages never wait for AWS.
const PageTimeout = 20 * time.Second

// A route is one line of the table: what is asked for, which role it needs,
// and who answers.
type route struct {
	method, path string
	needs        Role
	handle       func(http.ResponseWriter, *http.Request) error
}

// machines are for browsers and machines, without a session.
func (s *Server) machines() []route {
	return []route{
		{http.MethodGet, "/healthz", Nobody, s.healthz},
		{http.MethodGet, "/readyz", Nobody, s.readyz},
		{http.MethodGet, "/static/{file}", Nobody, s.static},
	}
}

// doors are the pages that let people in and out.
func (s *Server) doors() []route {
	return []route{
		{http.MethodGet, "/sign-in", Nobody, s.signInPage},
		{http.MethodPost, "/sign-in", Nobody, s.signIn},
		{http.MethodGet, oidcPath, Nobody, s.oidcStart},
		{http.MethodGet, oidcCallback, Nobody, s.oidcBack},
		{http.MethodPost, "/sign-out", Nobody, s.SignOut},
		{http.MethodGet, "/welcome", Nobody, s.welcomePage},
		{http.MethodPost, "/welcome", Nobody, s.welcome},
		{http.MethodGet, "/link/{token}", Nobody, s.linkPage},
		{http.MethodPost, "/link/{token}", Nobody, s.useLink},
	}
}

// streams have no end of their own.
func (s *Server) streams() []route {
	return []route{
		{http.MethodGet, "/jobs/{n}/events", Viewer, s.jobEvents},
		{http.MethodGet, "/settings/audit.csv", Admin, s.auditCSV},
		{http.MethodGet, "/settings/audit.jsonl", Admin, s.auditJSON},
	}
}

// pages are what signed-in people see and send.
func (s *Server) pages() []route {
	return []route{
		{http.MethodGet, "/", Viewer, s.home},
		{http.MethodGet, "/welcome/next", Admin, s.welcomeNext},
		{http.MethodPost, "/theme", Viewer, s.theme},
		{http.MethodGet, "/time-zone", Viewer, s.timeZonePage},
		{http.MethodPost, "/time-zone", Viewer, s.timeZone},
		{http.MethodGet, "/account", Viewer, s.accountPage},
		{http.MethodPost, "/account/password", Viewer, s.changePassword},
		{http.MethodPost, "/account/sessions/end", Viewer, s.endSession},
		{http.MethodPost, "/account/sessions/end-all", Viewer, s.endSessions},
		{http.MethodPost, "/demo/faults", Operator, s.orderFault},

		{http.MethodPost, "/drafts", Operator, s.newDraft},
		{http.MethodGet, "/drafts/{id}", Operator, s.openDraft},
		{http.MethodGet, "/drafts/{id}/plan", Operator, s.planPanel},
		{http.MethodPost, "/drafts/{id}/plan", Operator, s.planPanel},
		{http.MethodGet, "/drafts/{id}/plan.json", Operator, s.planJSON},
		{http.MethodPost, "/drafts/{id}/start", Operator, s.start},
		{http.MethodGet, "/drafts/{id}/delete", Operator, s.deletePage},
		{http.MethodPost, "/drafts/{id}/delete", Operator, s.deleteDraft},
		{http.MethodGet, "/drafts/{id}/policy", Operator, s.policyPage},
		{http.MethodGet, "/drafts/{id}/policy/{file}", Operator, s.policyFile},
		{http.MethodGet, "/drafts/{id}/{page}", Operator, s.wizardPage},
		{http.MethodPost, "/drafts/{id}/{page}", Operator, s.saveWizardPage},

		{http.MethodGet, "/setups/{id}", Viewer, s.setupPage},
		{http.MethodGet, "/setups/{id}/policy", Viewer, s.policyPage},
		{http.MethodGet, "/setups/{id}/policy/{file}", Viewer, s.policyFile},
		{http.MethodPost, "/setups/{id}/invalidate", Operator, s.invalidate},

		{http.MethodGet, "/jobs", Viewer, s.jobsPage},
		{http.MethodGet, "/jobs/{n}", Viewer, s.jobPage},
		{http.MethodGet, "/jobs/{n}/log.json", Viewer, s.jobLog},
		{http.MethodGet, "/jobs/{n}/cancel", Operator, s.cancelPage},
		{http.MethodPost, "/jobs/{n}/cancel", Operator, s.cancelJob},
		{http.MethodPost, "/jobs/{n}/steps/{step}/rerun", Operator, s.rerunStep},
		{http.MethodPost, "/jobs/{n}/steps/{step}/rerun-from", Operator, s.rerunFrom},
		{http.MethodPost, "/jobs/{n}/records/check", Operator, s.checkRecords},
		{http.MethodPost, "/jobs/{n}/records/restore", Operator, s.restoreRecords},

		{http.MethodGet, "/connections", Viewer, s.connectionsPage},
		{http.MethodPost, "/connections", Operator, s.testConnection},
		{http.MethodGet, "/connections/new", Admin, s.newConnectionPage},
		{http.MethodPost, "/connections/new", Admin, s.newConnection},
		{http.MethodGet, "/connections/{id}", Viewer, s.connectionPage},
		{http.MethodGet, "/connections/{id}/edit", Admin, s.editConnectionPage},
		{http.MethodPost, "/connections/{id}/edit", Admin, s.editConnection},
		{http.MethodGet, "/connections/{id}/delete", Admin, s.deleteConnectionPage},
		{http.MethodPost, "/connections/{id}/delete", Admin, s.deleteConnection},

		{http.MethodGet, "/settings/audit", Admin, s.auditPage},
		{http.MethodGet, "/settings/users", Admin, s.usersPage},
		{http.MethodPost, "/settings/users", Admin, s.invite},
		{http.MethodPost, "/settings/users/uninvite", Admin, s.uninvite},
		{http.MethodGet, "/settings/users/{id}", Admin, s.userPage},
		{http.MethodPost, "/settings/users/{id}/role", Admin, s.changeRole},
		{http.MethodPost, "/settings/users/{id}/reset", Admin, s.resetUser},
		{http.MethodPost, "/settings/users/{id}/disable", Admin, s.disableUser},
		{http.MethodPost, "/settings/users/{id}/enable", Admin, s.enableUser},
		{http.MethodPost, "/settings/users/{id}/sign-out", Admin, s.signUserOut},

		{http.MethodGet, "/help", Viewer, s.helpPage},
		{http.MethodGet, "/help/{topic}", Viewer, s.helpTopic},
	}
}

// routes makes one handler of the table. What a route needs is asked in one
// place, allow; a route that says nothing is for nobody at all.
func (s *Server) routes() http.Handler {
	r := chi.NewRouter()
	r.Use(s.requestID, s.log, s.recoverer, s.headers, s.unproxied, s.fromWhere, s.ourName, s.sameOrigin, s.forms)
	r.NotFound(s.awaiting(s.ifSignedIn(s.do(s.noSuchPage))).ServeHTTP)
	r.MethodNotAllowed(s.awaiting(s.ifSignedIn(s.do(s.noSuchMethod))).ServeHTTP)
	add := func(routes []route, around ...func(http.Handler) http.Handler) {
		r.Group(func(r chi.Router) {
			r.Use(around...)
			for _, one := range routes {
				r.With(s.allow(one.needs)).Method(one.method, one.path, s.do(one.handle))
			}
		})
	}
	add(s.machines())
	add(s.doors(), s.awaiting, middleware.Timeout(PageTimeout), middleware.Compress(5, "text/html"), noStore)
	add(s.streams(), s.awaiting, noStore) // no timeout, no compression
	add(s.pages(), s.awaiting, middleware.Timeout(PageTimeout), middleware.Compress(5, "text/html", "application/json"), noStore)
	return r
}
