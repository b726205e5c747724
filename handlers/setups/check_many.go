package setups

import (
	"fmt"
	"net/http"
	"strconv"
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
	to := homeLink(f, 0)
	if strings.Contains(to, "?") {
		to += "&"
	} else {
		to += "?"
	}
	return handlers.SeeOther(w, r, fmt.Sprintf("%schecks=%d.%d.%d", to, o.Asked, o.Busy, o.None))
}

// saidOf says what became of an order to check many, as the address has it; "" for what
// no order leads to.
func saidOf(text string) string {
	var o [3]int
	parts := strings.Split(text, ".")
	if len(parts) != len(o) {
		return ""
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || len(part) > 9 {
			return ""
		}
		o[i] = n
	}
	return orderedWords(store.Ordered{Asked: o[0], Busy: o[1], None: o[2]})
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
