package setups

import (
	"fmt"
	"net/http"
	"strings"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
)

// checkMany orders a check of each setup that the filter of the list lets through, and
// leads back to the list, which says what became of it.
func (s *room) checkMany(w http.ResponseWriter, r *http.Request) error {
	f := homeFilter(r.PostForm)
	u, _ := handlers.User(r.Context())
	o, err := s.Store.AskChecks(r.Context(), f, u.Name)
	if err != nil {
		return err
	}
	if err := s.Say(w, r, orderedWords(o)); err != nil {
		return err
	}
	return handlers.SeeOther(w, r, homeLink(f, 0))
}

func orderedWords(o store.Ordered) string {
	var said []string
	switch o.Asked {
	case 0:
		said = append(said, "No check was ordered.")
	case 1:
		said = append(said, "A check of 1 setup is ordered.")
	default:
		said = append(said, fmt.Sprintf("Checks of %d setups are ordered. They begin one after the other.", o.Asked))
	}
	if o.Busy > 0 {
		said = append(said, setup.Count(o.Busy, "setup")+" had one ordered already.")
	}
	if o.None > 0 {
		said = append(said, setup.Count(o.None, "setup")+" "+plural(o.None, "is", "are")+" not checked: a job is at work, or not everything is in place.")
	}
	return strings.Join(said, " ")
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}
