package setups

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
)

// fieldID matches the ID of a field of the wizard.
var fieldID = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)

// change opens the draft of the setup's next revision, with the answers of the
// newest one or, in the field revision, of an older one. It opens at the review,
// or at the page in the field page and there at the field in the field of that name. A draft with answers that the same person has
// changed is opened as it was left, unless the field anew is there.
func (s *room) change(w http.ResponseWriter, r *http.Request) error {
	u, _ := handlers.User(r.Context())
	v, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	c := store.Change{By: u.Name, Setup: v, Spec: v.Spec.Wanted(), Anew: r.PostFormValue("anew") != ""}
	if n, err := strconv.Atoi(r.PostFormValue("revision")); err == nil && n != v.Revision {
		old, err := s.Store.Revision(r.Context(), v.ID, n)
		if errors.Is(err, store.ErrNotFound) {
			return handlers.NotFound(fmt.Sprintf("There is no revision %d of %s", n, v.Name()))
		}
		if err != nil {
			return fmt.Errorf("read revision: %w", err)
		}
		c.Spec, c.CameFrom = old.Spec.Wanted(), n
	}
	o, err := s.Store.OpenChange(r.Context(), c)
	if err != nil {
		return fmt.Errorf("open draft: %w", err)
	}
	page, q := setup.PageReview, url.Values{}
	if to := setup.PageID(r.PostFormValue("page")); to.Number() > 0 {
		page = to
	}
	if missing := o.Draft.Spec.Edge.Undistinguished(); r.PostFormValue("key") != "" && len(missing) > 0 { // the better cache key, beside the answers of the draft
		_, err := s.Store.SaveDraft(r.Context(), o.Draft.ID, 0, page, u.Name, func(sp *setup.Spec) {
			sp.Edge.KeyHeaders = slices.Sorted(slices.Values(slices.Concat(sp.Edge.KeyHeaders, sp.Edge.Undistinguished())))
		})
		if errors.Is(err, store.ErrConflict) {
			return handlers.HasStarted(handlers.SetupURL(v.ID), "Open the setup "+v.Name())
		}
		if err != nil {
			return fmt.Errorf("save draft: %w", err)
		}
	}
	if page != setup.PageReview {
		q.Set("return", "review")
	}
	if o.Typed {
		q.Set("unfinished", "yes")
	}
	to := handlers.DraftPageURL(o.Draft.ID, page)
	if len(q) > 0 {
		to += "?" + q.Encode()
	}
	if field := r.PostFormValue("field"); fieldID.MatchString(field) {
		to += "#" + field
	}
	return handlers.SeeOther(w, r, to)
}
