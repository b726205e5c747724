package handlers

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"apifront/setup"
	"apifront/store"
)

// SetupOf reads the setup the request is about.
func (s *Server) SetupOf(r *http.Request) (setup.Setup, error) {
	st, err := s.Store.Setup(r.Context(), chi.URLParam(r, "id"))
	if errors.Is(err, store.ErrNotFound) {
		return setup.Setup{}, NotFound("There is no such setup")
	}
	if err != nil {
		return setup.Setup{}, fmt.Errorf("read setup: %w", err)
	}
	return st, nil
}

// DraftOf reads the draft a request is about. A draft that has been started
// leads to its job. In earlier versions a setup had the ID of its draft: such
// an address leads to the setup.
func (s *Server) DraftOf(r *http.Request) (setup.Draft, error) {
	id := chi.URLParam(r, "id")
	d, err := s.Store.Draft(r.Context(), id)
	if errors.Is(err, store.ErrNotFound) {
		v, err := s.Store.Setup(r.Context(), id)
		if errors.Is(err, store.ErrNotFound) {
			return d, NotFound("There is no such draft")
		}
		if err != nil {
			return d, fmt.Errorf("read setup: %w", err)
		}
		return d, HasStarted(SetupURL(v.ID), "Open the setup "+v.Name())
	}
	if err != nil {
		return d, fmt.Errorf("read draft: %w", err)
	}
	if d.Job != 0 {
		return d, HasStarted(JobURL(d.Job), fmt.Sprintf("Open job %d", d.Job))
	}
	return d, nil
}

// HasStarted is the error for an act on a draft that has a job.
func HasStarted(href, link string) error {
	return Conflict("This draft has been started", "Its job has begun, so its answers cannot be changed here any more.", href, link)
}
