package wizard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
)

// save reads a page's form. Every button saves; only Next checks the answers.
func (s *room) save(w http.ResponseWriter, r *http.Request) error {
	p, ok := pageOf(setup.PageID(chi.URLParam(r, "page")))
	if !ok {
		return handlers.NotFound("The wizard has no such page")
	}
	c, err := s.visit(r)
	if err != nil {
		return err
	}
	c.form = r.PostForm
	if err := p.read(c); err != nil {
		return err
	}
	if r.URL.Query().Get("part") != "" {
		if r.URL.Query().Get("check") != "" { // the page shows errors; those of the replaced part stay as long as they are true
			if c.errors, err = p.check(c); err != nil {
				return err
			}
		}
		return s.showPage(w, r, http.StatusOK, p, c)
	}
	err = s.press(w, r, p, c)
	if errors.Is(err, store.ErrStorage) {
		return s.notSaved(w, r, p, c, err)
	}
	return err
}

// press does what the button of a page's form says.
func (s *room) press(w http.ResponseWriter, r *http.Request, p page, c *visit) error {
	here := handlers.DraftPageURL(c.draft.ID, p.id())
	suffix := ""
	back := r.URL.Query().Get("return") == "review" && p.id() != setup.PageReview
	if back {
		suffix = "?return=review"
	}
	switch act := c.form.Get("go"); act {
	case "back":
		to, ok := neighbour(p.id(), -1)
		if _, err := c.save(p.id(), orPage(to, p.id())); err != nil {
			return err
		}
		if !ok {
			return handlers.SeeOther(w, r, "/")
		}
		return handlers.SeeOther(w, r, handlers.DraftPageURL(c.draft.ID, to))
	case "leave":
		if _, err := c.save(p.id(), p.id()); err != nil {
			return err
		}
		return handlers.SeeOther(w, r, "/")
	case "", "next":
		return s.next(w, r, p, c, back)
	default: // plan, refresh and a page's own buttons: save, and show the page again
		if act == "refresh" {
			if err := p.refresh(c); err != nil {
				return err
			}
		}
		if _, err := c.save(p.id(), p.id()); err != nil {
			return err
		}
		return handlers.SeeOther(w, r, here+suffix)
	}
}

func orPage(a, b setup.PageID) setup.PageID {
	if a != "" {
		return a
	}
	return b
}

// awaits names the answer of AWS that a page waits for, such as "list of APIs";
// "" if it waits for none.
func awaits(ctx context.Context, p page, c *visit) (string, error) {
	faults, err := c.faults(ctx, p.id())
	if some := faults.Of(setup.FaultAwaits, p.id()); len(some) > 0 {
		return some[0].Text, err
	}
	return "", err
}

// stillWaiting saves a page if Next was pressed before AWS's answer came. It
// shows the page again, with what it waits for.
func (s *room) stillWaiting(w http.ResponseWriter, r *http.Request, p page, c *visit, back bool) error {
	if _, err := c.save(p.id(), p.id()); err != nil {
		return err
	}
	q := url.Values{"wait": {"1"}}
	if back {
		q.Set("return", "review")
	}
	return handlers.SeeOther(w, r, handlers.DraftPageURL(c.draft.ID, p.id())+"?"+q.Encode())
}

// next checks a page and goes on to the next one, or shows the page with its
// errors.
func (s *room) next(w http.ResponseWriter, r *http.Request, p page, c *visit, back bool) error {
	if what, err := awaits(c.ctx, p, c); err != nil {
		return err
	} else if what != "" {
		return s.stillWaiting(w, r, p, c, back)
	}
	if p.id() == setup.PageDomain {
		if err := c.renewZone(); err != nil {
			return err
		}
	}
	errs, err := p.check(c)
	if err != nil {
		return err
	}
	errs = append(errs, handlers.FieldsTooLong(c.form, errs)...)
	if len(errs) > 0 {
		c.errors = errs
		return s.showPage(w, r, http.StatusUnprocessableEntity, p, c)
	}
	to, ok := neighbour(p.id(), 1)
	if back || !ok {
		to = setup.PageReview
	}
	res, err := c.save(p.id(), to)
	if err != nil {
		return err
	}
	if err := c.prefetch(p.id(), res.Draft); err != nil {
		return err
	}
	q := url.Values{}
	if typed := c.form.Get("domain"); p.id() == setup.PageDomain && typed != res.Draft.Spec.Domain.Name {
		if err := c.say(q, "typed", typed); err != nil {
			return err
		}
	}
	switch version, err := strconv.Atoi(c.form.Get("saved-version")); {
	case res.Newer:
		if err := c.say(q, "other", res.Before.UpdatedBy.Name); err != nil {
			return err
		}
	case err == nil && res.Before.Version > version:
		q.Set("window", "1")
	}
	if p.id() == setup.PageAccount && len(res.Before.Spec.API.Mappings) > 0 && moved(res.Before.Spec.Account, res.Draft.Spec.Account) {
		q.Set("moved", "1")
	}
	if back {
		// If the change makes later answers wrong, the first of their pages
		// comes next.
		if wrong, err := firstWrong(c, res.Draft, p.id()); err != nil {
			return err
		} else if wrong != "" {
			to = wrong
			q.Set("return", "review")
			q.Set("check", "1")
		}
	}
	address := handlers.DraftPageURL(c.draft.ID, to)
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	return handlers.SeeOther(w, r, address)
}

// say puts a sealed text into the query of the draft's next page.
func (c *visit) say(q url.Values, what, text string) error {
	sealed, err := c.s.Seal(c.ctx, what, c.draft.ID, text)
	if err == nil {
		q.Set(what, sealed)
	}
	return err
}

// prefetch asks for what the next page will show, so that the answer has often
// come when that page opens.
func (c *visit) prefetch(id setup.PageID, d setup.Draft) error {
	a, began := d.Spec.Account, d.CreatedAt.Add(-handlers.FreshFor)
	switch id {
	case setup.PageAccount:
		if _, err := handlers.Ask[[]setup.APIInfo](c.ctx, c.s.Server, apisKey(a), began); err != nil {
			return err
		}
		_, err := handlers.Ask[[]setup.Zone](c.ctx, c.s.Server, zonesKey(d.Spec.DNSAccount()), began)
		return err
	case setup.PageDomain:
		if _, err := handlers.Ask[setup.NameFacts](c.ctx, c.s.Server, handlers.NameKey(a, d.Spec.Domain.Name), began); err != nil {
			return err
		}
		_, err := handlers.Ask[[]setup.CertificateInfo](c.ctx, c.s.Server, certificatesKey(a, d.Spec.Domain.Name), began)
		return err
	case setup.PageAPI, setup.PageCertificates, setup.PageEdge, setup.PageReview:
	}
	return nil
}

// firstWrong is the first page after another one whose answers have an error,
// or "".
func firstWrong(c *visit, d setup.Draft, after setup.PageID) (setup.PageID, error) {
	faults, err := (&visit{ctx: c.ctx, s: c.s, draft: d}).faults(c.ctx, setup.PageReview)
	if err != nil {
		return "", err
	}
	for _, page := range setup.Pages() {
		unanswered := page.ID == setup.PageCertificates && !d.Spec.Certificates.Answered // a change of the name or the region removed the answer
		if page.ID.Number() > after.Number() && (unanswered || len(faults.Of(setup.FaultStops, page.ID)) > 0) {
			return page.ID, nil
		}
	}
	return "", nil
}

// save stores the page's part of the typed answers. to becomes the draft's
// page.
func (c *visit) save(id, to setup.PageID) (store.SaveResult, error) {
	version, err := strconv.Atoi(c.form.Get("saved-version"))
	if err != nil {
		version = 0
	}
	typed := c.draft.Spec
	res, err := c.s.Store.SaveDraft(c.ctx, c.draft.ID, version, to, c.user.Name, func(sp *setup.Spec) { copyPart(id, sp, &typed) })
	if errors.Is(err, store.ErrConflict) {
		return res, c.s.started(c.ctx, c.draft.ID)
	}
	if err != nil {
		return res, fmt.Errorf("save draft: %w", err)
	}
	return res, nil
}

// notSaved shows a page of the wizard again, with everything typed, after the
// database did not store it.
func (s *room) notSaved(w http.ResponseWriter, r *http.Request, p page, c *visit, err error) error {
	s.Log.ErrorContext(r.Context(), "draft not saved", "path", r.URL.Path, "ref", handlers.RequestID(r.Context()), "error", err)
	c.problem = handlers.StorageProblem("What you typed is not saved", err)
	c.problem.Ours = handlers.RequestID(r.Context())
	w.Header().Set("Retry-After", "30")
	return s.showPage(w, r, http.StatusServiceUnavailable, p, c)
}
