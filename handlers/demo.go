package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"apifront/web"
)

// Faults is what can be made to go wrong in the demo; nil outside it.
func (s *Server) Faults(ctx context.Context) []web.FaultView {
	if s.Demo == nil || s.Demo.Order == nil {
		return nil
	}
	var ordered []string
	if s.Demo.Ordered != nil {
		ordered = s.Demo.Ordered(ctx)
	}
	var list []web.FaultView
	for _, f := range s.Demo.Faults {
		list = append(list, web.FaultView{ID: f.ID, Title: f.Title, What: f.What, Ordered: slices.Contains(ordered, f.ID)})
	}
	return list
}

// orderFault makes something go wrong in the next job of the demo, or takes that back.
func (s *Server) orderFault(w http.ResponseWriter, r *http.Request) error {
	if s.Demo == nil || s.Demo.Order == nil {
		return NotFound("There is no demo here")
	}
	id, undo := r.PostFormValue("fault"), r.PostFormValue("undo")
	if undo != "" {
		id = undo
	}
	if !slices.ContainsFunc(s.Demo.Faults, func(f DemoFault) bool { return f.ID == id }) {
		return NotFound("There is no such fault")
	}
	// Ordering again takes back, so what the page says and what is wanted are compared first:
	// it may have happened since, or have been ordered in another tab.
	set := s.Demo.Ordered != nil && slices.Contains(s.Demo.Ordered(r.Context()), id)
	if set == (undo != "") {
		if err := s.Demo.Order(r.Context(), id); err != nil {
			return fmt.Errorf("order fault %s: %w", id, err)
		}
	}
	return SeeOther(w, r, CameFrom(r))
}
