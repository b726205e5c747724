package handlers

import (
	"net/http"
	"slices"
	"sync"

	"github.com/go-chi/chi/v5"

	"apifront/setup"
	"apifront/steps"
	"apifront/web"
)

// helpTopics are the help pages, made once.
var helpTopics = sync.OnceValue(func() []web.HelpTopic {
	var actions []string
	for _, st := range steps.All() {
		if !st.OnlyTeardown() { // the policy of a setup has those
			actions = append(actions, st.Actions...)
		}
	}
	slices.Sort(actions)
	return web.HelpTopics(slices.Compact(actions))
})

// helpPage lists the help pages.
func (s *Server) helpPage(w http.ResponseWriter, r *http.Request) error {
	return s.Render(w, r, http.StatusOK, web.HelpIndex(s.Frame(r, "Help", ""), helpTopics()))
}

// helpTopic shows one help page.
func (s *Server) helpTopic(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "topic")
	for _, t := range helpTopics() {
		if t.ID == id {
			return s.Render(w, r, http.StatusOK, web.Help(s.Frame(r, t.Title, ""), t))
		}
	}
	return &PageError{http.StatusNotFound, web.ErrorView{Title: "There is no help about " + setup.Clip(id, 40), Text: "The help pages are listed on one page.", Href: "/help", Link: "Open the help"}}
}
