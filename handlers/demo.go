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

// orderFault makes something go wrong in the next job of the demo.
func (s *Server) orderFault(w http.ResponseWriter, r *http.Request) error {
	if s.Demo == nil || s.Demo.Order == nil {
		return NotFound("There is no demo here")
	}
	id := r.PostFormValue("fault")
	if !slices.ContainsFunc(s.Demo.Faults, func(f DemoFault) bool { return f.ID == id }) {
		return NotFound("There is no such fault")
	}
	if err := s.Demo.Order(r.Context(), id); err != nil {
		return fmt.Errorf("order fault %s: %w", id, err)
	}
	return SeeOther(w, r, CameFrom(r))
}
