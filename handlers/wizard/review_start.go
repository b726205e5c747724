package wizard

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
)

// comparedWithin is how long Start waits for the comparison with AWS. What takes longer
// may never come, and nobody is locked out for that: the job looks before each step.
const comparedWithin = 30 * time.Second

// current says whether a plan is of the draft as it is: the worker began it after the
// last save.
func current(d setup.Draft, plan handlers.Answer[setup.Plan]) bool {
	return plan.Have && plan.Problem == nil && !plan.DoneAt.Before(since(d))
}

// waits says whether AWS is being compared, and not for too long.
func (c *visit) waits(plan handlers.Answer[setup.Plan]) bool {
	return plan.Pending && c.s.Now().Sub(plan.AskedAt) < comparedWithin
}

// comparison is the plan of the draft. Where there is none, AWS is asked, and the
// request waits for the answer as long as its patience lasts.
func (c *visit) comparison() (handlers.Answer[setup.Plan], error) {
	plan, err := handlers.Ask[setup.Plan](c.ctx, c.s.Server, planKey(c.draft), since(c.draft))
	if err != nil || current(c.draft, plan) || !c.waits(plan) {
		return plan, err
	}
	if err := c.s.Renew(c.ctx, math.MaxInt64, planKey(c.draft)); err != nil {
		return plan, err
	}
	return handlers.Ask[setup.Plan](c.ctx, c.s.Server, planKey(c.draft), since(c.draft))
}

// start makes a job of a draft. From then on the draft is a setup.
func (s *room) start(w http.ResponseWriter, r *http.Request) error {
	c, err := s.visit(r)
	if err != nil {
		return err
	}
	p, ticked := review{}, r.PostFormValue(web.ClearField) != ""
	c.clears, c.lowers = &ticked, r.PostFormValue(web.LowerField) != ""
	if version, err := strconv.Atoi(r.PostFormValue("saved-version")); err == nil && version < c.draft.Version {
		return handlers.SeeOther(w, r, handlers.DraftPageURL(c.draft.ID, setup.PageReview)+"?newer=1")
	}
	if err := c.renewZone(); err != nil {
		return err
	}
	known, err := (&finder{visit: c}).facts(r.Context(), setup.PageReview)
	if err != nil {
		return err
	}
	c.spec().Learn(known)
	c.errors = reviewErrors(c.spec().Check(known))
	if len(c.errors) > 0 {
		return s.showPage(w, r, http.StatusUnprocessableEntity, p, c)
	}
	plan, err := c.comparison()
	if err != nil {
		return err
	}
	if !current(c.draft, plan) && c.waits(plan) {
		return handlers.SeeOther(w, r, handlers.DraftPageURL(c.draft.ID, setup.PageReview)+"?compare=1")
	}
	if why := blockedText(plan.Value); why != "" && current(c.draft, plan) {
		c.errors = web.FieldErrors{{ID: "plan-h", Text: "Clear what is in the way in AWS, then compare again"}}
		return s.showPage(w, r, http.StatusUnprocessableEntity, p, c)
	}
	if c.spec().Account.AccountID != c.stored.Account.AccountID || c.spec().Domain.AccountID != c.stored.Domain.AccountID {
		if err := c.learn(r.Context(), known); err != nil {
			return err
		}
	}
	offer, err := c.clearing()
	if err != nil {
		return err
	}
	input := handlers.ClearInput(r, offer)
	input.LowerTTL = c.lowers && c.spec().Domain.Switch == setup.SwitchAtEnd
	err = s.StartJob(w, r, store.NewJob{DraftID: c.draft.ID, Version: c.draft.Version, Kind: setup.JobApply, Input: input}, c.draft.Name(), *c.spec())
	_, exists := errors.AsType[*store.SetupExistsError](err)
	if _, old := errors.AsType[*store.OldDraftError](err); old || exists {
		c.errors = web.FieldErrors{{ID: "behind-h", Text: "Look at what others have changed, then go on from there"}}
		return s.showPage(w, r, http.StatusConflict, p, c)
	}
	if errors.Is(err, store.ErrConflict) {
		return s.started(r.Context(), c.draft.ID)
	}
	return err
}

// learn stores the account numbers that were not known when the pages were
// saved.
func (c *visit) learn(ctx context.Context, known setup.Facts) error {
	_, err := c.s.Store.SaveDraft(ctx, c.draft.ID, 0, setup.PageReview, c.user.Name, func(sp *setup.Spec) { sp.Learn(known) })
	if errors.Is(err, store.ErrConflict) {
		return c.s.started(ctx, c.draft.ID)
	}
	if err != nil {
		return fmt.Errorf("save the number of the account: %w", err)
	}
	c.draft.Version++ // a save between this one and the start is still noticed
	return nil
}
