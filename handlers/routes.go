package handlers

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"apifront/web"
)

// PageTimeout is how long a page may take. Pages never wait for AWS.
const PageTimeout = 20 * time.Second

// TakeLimit is how long a client may take to read what was sent. Then the
// answer ends. A browser that reads a stream comes back by itself.
const TakeLimit = time.Minute

// A Route is one line of the table: what is asked for, which role it needs,
// and who answers. Get, Post and Stream make one.
type Route struct {
	method, path string
	needs        Role
	handle       Handler
	stream       bool // it has no end of its own
}

// A Handler answers a request, or says why it does not.
type Handler func(http.ResponseWriter, *http.Request) error

// A Room is a part of the site with a package of its own. It says which routes
// it answers.
type Room func(*Server) []Route

// Get is the route of a page or file.
func Get(path string, needs Role, handle Handler) Route {
	return Route{method: http.MethodGet, path: path, needs: needs, handle: handle}
}

// Post is the route of a form.
func Post(path string, needs Role, handle Handler) Route {
	return Route{method: http.MethodPost, path: path, needs: needs, handle: handle}
}

// Stream is the route of an answer without an end, or with a late one. It has
// no time limit and is not compressed.
func Stream(path string, needs Role, handle Handler) Route {
	return Route{method: http.MethodGet, path: path, needs: needs, handle: handle, stream: true}
}

// machines are for browsers and machines, without a session.
func (s *Server) machines() []Route {
	return []Route{
		Get("/healthz", Nobody, s.healthz),
		Get("/readyz", Nobody, s.readyz),
		Get("/metrics", Nobody, s.metrics), // it wants a token
		Get("/static/{file}", Nobody, s.static),
	}
}

// doors are the pages that let people in and out.
func (s *Server) doors() []Route {
	return []Route{
		Get("/sign-in", Nobody, s.signInPage),
		Post("/sign-in", Nobody, s.signIn),
		Get(oidcPath, Nobody, s.oidcStart),
		Get(oidcCallback, Nobody, s.oidcBack),
		Post("/sign-out", Nobody, s.SignOut),
		Get("/welcome", Nobody, s.welcomePage),
		Post("/welcome", Nobody, s.welcome),
		Get("/link/{token}", Nobody, s.linkPage),
		Post("/link/{token}", Nobody, s.useLink),
	}
}

// common are the pages that belong to no room.
func (s *Server) common() []Route {
	return []Route{
		Get("/welcome/next", Admin, s.welcomeNext),
		Post("/demo/faults", Operator, s.orderFault),
		Get(web.ConsolePage, Viewer, s.consolePage),
		Get("/help", Viewer, s.helpPage),
		Get("/help/{topic}", Viewer, s.helpTopic),
	}
}

// routes makes one handler of the table. allow is the one place that checks a
// route's role. A route without a role is closed to everybody.
func (s *Server) routes(rooms ...Room) http.Handler {
	r := chi.NewRouter()
	r.Use(s.requestID, s.log, s.recoverer, s.headers, s.unproxied, s.fromWhere, s.ourName, s.sameOrigin, s.forms)
	r.NotFound(s.awaiting(s.ifSignedIn(s.do(s.noSuchPage))).ServeHTTP)
	r.MethodNotAllowed(s.awaiting(s.ifSignedIn(s.do(s.noSuchMethod))).ServeHTTP)
	add := func(routes []Route, around ...func(http.Handler) http.Handler) {
		r.Group(func(r chi.Router) {
			r.Use(around...)
			for _, one := range routes {
				r.With(s.allow(one.needs)).Method(one.method, one.path, s.do(one.handle))
			}
		})
	}
	add(s.machines())
	add(s.doors(), s.awaiting, middleware.Timeout(PageTimeout), middleware.Compress(5, "text/html"), noStore)
	pages, streams := s.common(), []Route(nil)
	for _, room := range rooms {
		for _, one := range room(s) {
			if one.stream {
				streams = append(streams, one)
			} else {
				pages = append(pages, one)
			}
		}
	}
	add(streams, s.awaiting, noStore)
	add(pages, s.awaiting, middleware.Timeout(PageTimeout), middleware.Compress(5, "text/html", "application/json"), noStore)
	return r
}
