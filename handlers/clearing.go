package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"apifront/setup"
	"apifront/web"
)

// Clearing is what a job should clear beside its change of a setup: answers that
// CloudFront keeps and that are not right any more afterwards. nil: there are none.
// What was kept under a revision counts until the job of a later one has succeeded.
func (s *Server) Clearing(ctx context.Context, st setup.Setup, want setup.Spec) (*setup.Clearing, error) {
	if st.Revision == 1 && !st.Spec.MayKeep() {
		return nil, nil // nothing was ever kept
	}
	list, err := s.Store.MayBeInPlace(ctx, st.ID)
	if err != nil {
		return nil, fmt.Errorf("read what may be in place: %w", err)
	}
	var reasons []setup.Stale
	for _, r := range list {
		for _, k := range setup.StaleAfter(r.Spec, want) {
			if !slices.ContainsFunc(reasons, func(o setup.Stale) bool { return o.Why == k.Why }) {
				reasons = append(reasons, k)
			}
		}
	}
	return setup.NewClearing(reasons), nil
}

// ClearInput is what a job clears: what the person has ticked, and what is cleared
// without being asked.
func ClearInput(r *http.Request, c *setup.Clearing) setup.JobInput {
	if c != nil && (c.Need == setup.StaleMust || r.PostFormValue(web.ClearField) != "") {
		return c.Input()
	}
	return setup.JobInput{}
}
