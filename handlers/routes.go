package handlers

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// pageTimeout is how long a page may take. Pages never wait for AWS.
const pageTimeout = 20 * time.Second

// A route is one line of the table: what is asked for, which role it needs,
// and who answers.
type route struct {
	method, path string
	needs        role
	handle       func(http.ResponseWriter, *http.Request) error
}

// machines are for browsers and machines, without a session.
func (s *Server) machines() []route {
	return []route{
		{http.MethodGet, "/healthz", nobody, s.healthz},
		{http.MethodGet, "/readyz", nobody, s.readyz},
		{http.MethodGet, "/static/{file}", nobody, s.static},
	}
}

// doors are the pages that let people in and out.
func (s *Server) doors() []route {
	return []route{
		{http.MethodGet, "/sign-in", nobody, s.signInPage},
		{http.MethodPost, "/sign-in", nobody, s.signIn},
		{http.MethodGet, oidcPath, nobody, s.oidcStart},
		{http.MethodGet, oidcCallback, nobody, s.oidcBack},
		{http.MethodPost, "/sign-out", nobody, s.signOut},
		{http.MethodGet, "/welcome", nobody, s.welcomePage},
		{http.MethodPost, "/welcome", nobody, s.welcome},
		{http.MethodGet, "/link/{token}", nobody, s.linkPage},
		{http.MethodPost, "/link/{token}", nobody, s.useLink},
	}
}

// streams have no end of their own.
func (s *Server) streams() []route {
	return []route{
		{http.MethodGet, "/jobs/{n}/events", viewer, s.jobEvents},
		{http.MethodGet, "/settings/audit.csv", admin, s.auditCSV},
		{http.MethodGet, "/settings/audit.jsonl", admin, s.auditJSON},
	}
}

// pages are what signed-in people see and send.
func (s *Server) pages() []route {
	return []route{
		{http.MethodGet, "/", viewer, s.home},
		{http.MethodGet, "/welcome/next", admin, s.welcomeNext},
		{http.MethodPost, "/theme", viewer, s.theme},
		{http.MethodGet, "/time-zone", viewer, s.timeZonePage},
		{http.MethodPost, "/time-zone", viewer, s.timeZone},
		{http.MethodGet, "/account", viewer, s.accountPage},
		{http.MethodPost, "/account/password", viewer, s.changePassword},
		{http.MethodPost, "/account/sessions/end", viewer, s.endSession},
		{http.MethodPost, "/account/sessions/end-all", viewer, s.endSessions},
		{http.MethodPost, "/demo/faults", operator, s.orderFault},

		{http.MethodPost, "/drafts", operator, s.newDraft},
		{http.MethodGet, "/drafts/{id}", operator, s.openDraft},
		{http.MethodGet, "/drafts/{id}/plan", operator, s.planPanel},
		{http.MethodPost, "/drafts/{id}/plan", operator, s.planPanel},
		{http.MethodGet, "/drafts/{id}/plan.json", operator, s.planJSON},
		{http.MethodPost, "/drafts/{id}/start", operator, s.start},
		{http.MethodGet, "/drafts/{id}/delete", operator, s.deletePage},
		{http.MethodPost, "/drafts/{id}/delete", operator, s.deleteDraft},
		{http.MethodGet, "/drafts/{id}/policy", operator, s.policyPage},
		{http.MethodGet, "/drafts/{id}/policy/{file}", operator, s.policyFile},
		{http.MethodGet, "/drafts/{id}/{page}", operator, s.wizardPage},
		{http.MethodPost, "/drafts/{id}/{page}", operator, s.saveWizardPage},

		{http.MethodGet, "/setups/{id}", viewer, s.setupPage},
		{http.MethodGet, "/setups/{id}/policy", viewer, s.policyPage},
		{http.MethodGet, "/setups/{id}/policy/{file}", viewer, s.policyFile},
		{http.MethodPost, "/setups/{id}/invalidate", operator, s.invalidate},

		{http.MethodGet, "/jobs", viewer, s.jobsPage},
		{http.MethodGet, "/jobs/{n}", viewer, s.jobPage},
		{http.MethodGet, "/jobs/{n}/log.json", viewer, s.jobLog},
		{http.MethodGet, "/jobs/{n}/cancel", operator, s.cancelPage},
		{http.MethodPost, "/jobs/{n}/cancel", operator, s.cancelJob},
		{http.MethodPost, "/jobs/{n}/steps/{step}/rerun", operator, s.rerunStep},
		{http.MethodPost, "/jobs/{n}/steps/{step}/rerun-from", operator, s.rerunFrom},
		{http.MethodPost, "/jobs/{n}/records/check", operator, s.checkRecords},
		{http.MethodPost, "/jobs/{n}/records/restore", operator, s.restoreRecords},

		{http.MethodGet, "/connections", viewer, s.connectionsPage},
		{http.MethodPost, "/connections", operator, s.testConnection},
		{http.MethodGet, "/connections/new", admin, s.newConnectionPage},
		{http.MethodPost, "/connections/new", admin, s.newConnection},
		{http.MethodGet, "/connections/{id}", viewer, s.connectionPage},
		{http.MethodGet, "/connections/{id}/edit", admin, s.editConnectionPage},
		{http.MethodPost, "/connections/{id}/edit", admin, s.editConnection},
		{http.MethodGet, "/connections/{id}/delete", admin, s.deleteConnectionPage},
		{http.MethodPost, "/connections/{id}/delete", admin, s.deleteConnection},

		{http.MethodGet, "/settings/audit", admin, s.auditPage},
		{http.MethodGet, "/settings/users", admin, s.usersPage},
		{http.MethodPost, "/settings/users", admin, s.invite},
		{http.MethodPost, "/settings/users/uninvite", admin, s.uninvite},
		{http.MethodGet, "/settings/users/{id}", admin, s.userPage},
		{http.MethodPost, "/settings/users/{id}/role", admin, s.changeRole},
		{http.MethodPost, "/settings/users/{id}/reset", admin, s.resetUser},
		{http.MethodPost, "/settings/users/{id}/disable", admin, s.disableUser},
		{http.MethodPost, "/settings/users/{id}/enable", admin, s.enableUser},
		{http.MethodPost, "/settings/users/{id}/sign-out", admin, s.signUserOut},

		{http.MethodGet, "/help", viewer, s.helpPage},
		{http.MethodGet, "/help/{topic}", viewer, s.helpTopic},
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
	add(s.doors(), s.awaiting, middleware.Timeout(pageTimeout), middleware.Compress(5, "text/html"), noStore)
	add(s.streams(), s.awaiting, noStore) // no timeout, no compression
	add(s.pages(), s.awaiting, middleware.Timeout(pageTimeout), middleware.Compress(5, "text/html", "application/json"), noStore)
	return r
}
