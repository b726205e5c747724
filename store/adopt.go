package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"

	"apifront/setup"
)

// An Adopting is what there is of a name, which a person makes a setup as it is.
type Adopting struct {
	Found setup.Adoption
	Right *setup.Spec // what a change is to make of it afterwards; nil: nothing
	Note  string      // for the audit trail: what is to be put right
	By    string      // user name
}

// Adopted is what has become of an adoption.
type Adopted struct {
	SetupID string
	DraftID string // of the change that puts things right; "": there is none
	Before  bool   // the account and name had a setup before; nothing was written
}

// Adopt makes what was found a setup: its first revision, or the next one of a setup of
// the account and name that is taken down or was given back; what exists in AWS; a
// check that is due at once; and the change that puts things right, as a draft. All in
// one transaction, so twice is once. A *HeldError says that another setup has something
// of it, an *ActiveJobError that a job is at work on the name.
func (s *Store) Adopt(ctx context.Context, a Adopting) (Adopted, error) {
	done, err := write(ctx, s, func(t *tx) (Adopted, error) { return t.adopt(ctx, a) })
	if err != nil {
		return Adopted{}, fmt.Errorf("adopt %s: %w", a.Found.Spec.Name(), err)
	}
	return done, nil
}

func (t *tx) adopt(ctx context.Context, a Adopting) (done Adopted, err error) {
	spec := a.Found.Spec
	account, name := spec.Account.AccountID, spec.Domain.Name
	if account == "" || name == "" || len(a.Found.Refused) > 0 || spec.IsGone() {
		return done, conflict("it cannot be adopted")
	}
	// As starts of jobs do, so that two of one name see each other on every database.
	if _, err := t.count(ctx, "jobs", 0); err != nil {
		return done, err
	}
	v, exists, err := t.setupOfName(ctx, account, name)
	switch {
	case err != nil:
		return done, err
	case exists && !v.Spec.IsGone():
		return Adopted{SetupID: v.ID, Before: true}, nil
	case !exists:
		id, err := uuid.NewV7()
		if err != nil {
			return done, fmt.Errorf("name a setup: %w", err)
		}
		v = setup.Setup{ID: id.String(), AccountID: account, Generation: 1}
	}
	if err := t.refuseActive(ctx, v.ID, name); err != nil {
		return done, err
	}
	if err := t.refuseHeld(ctx, v.ID, a.Found.Resources); err != nil {
		return done, err
	}
	by := personOf(ctx, a.By)
	if !exists {
		if err := t.insertSetup(ctx, v.ID, account, spec, by); err != nil {
			return done, err
		}
	}
	if v, err = t.revise(ctx, v, setup.Revision{Spec: spec, Why: setup.WhyAdopted, CreatedBy: by}); err != nil {
		return done, err
	}
	if err := t.takeOver(ctx, v.ID, a.Found.Resources); err != nil {
		return done, err
	}
	done.SetupID = v.ID
	if a.Right != nil {
		d, err := t.insertDraft(ctx, setup.Draft{SetupID: v.ID, BeganFrom: v.Revision, Spec: *a.Right, Page: setup.PageReview, CreatedBy: by})
		if err != nil {
			return done, err
		}
		done.DraftID = d.ID
	}
	if err := t.orderCheck(ctx, v, setup.CheckBySchedule, setup.Person{}, 0); err != nil {
		return done, err
	}
	if err := t.foldState(ctx, v); err != nil {
		return done, err
	}
	detail := fmt.Sprintf("account %s, %s, connection %s, setup %s, revision %d, %s", account, spec.Account.Region, spec.Account.Connection,
		v.ID, v.Revision, setup.Count(len(a.Found.Resources), "resource"))
	if a.Note != "" {
		detail += ", " + a.Note
	}
	return done, t.audit(ctx, Act{Action: ActSetupAdopt, On: name, By: a.By, Detail: detail})
}

// refuseHeld is a *HeldError where another setup has one of the resources. Certificates
// and records are shared between setups, and a mapping belongs to its domain.
func (t *tx) refuseHeld(ctx context.Context, setupID string, list []setup.Resource) error {
	for _, r := range list {
		if r.ID == "" || r.Key != setup.KeyDistribution && r.Key != setup.KeyDomain {
			continue
		}
		held := HeldError{Resource: r}
		err := translate(t.QueryRowContext(ctx, `
			SELECT s.id, s.name FROM resources x JOIN setups s ON s.id = x.setup_id
			WHERE s.id <> $1 AND x.key = $2 AND x.owned = 1 AND x.removed_at = 0
				AND (x.arn <> '' AND x.arn = $3 OR (x.arn = '' OR $3 = '') AND x.id = $4 AND x.region = $5)
			ORDER BY s.id LIMIT 1`, setupID, r.Key, r.ARN, r.ID, r.Region).Scan(&held.Setup, &held.Name))
		switch {
		case err == nil:
			return &held
		case !errors.Is(err, ErrNotFound):
			return err
		}
	}
	return nil
}

// takeOver stores what is adopted as the setup's own. A thing that the setup has a row
// of has that row again; another one of the same key has the next number.
func (t *tx) takeOver(ctx context.Context, setupID string, list []setup.Resource) error {
	current, former, err := readResources(ctx, t, setupID)
	if err != nil {
		return err
	}
	rows := former
	for _, r := range current {
		rows = append(rows, r)
	}
	for _, r := range list {
		r.Number = 0
		for _, o := range rows {
			if o.Key == r.Key {
				r.Number = max(r.Number, o.Number+1)
			}
		}
		for _, o := range rows {
			if o.Key == r.Key && o.ID == r.ID && o.ARN == r.ARN && o.Region == r.Region && o.RemovedAt.IsZero() {
				r.Number, r.Token = o.Number, cmp.Or(r.Token, o.Token)
			}
		}
		r.Owned, r.UnwantedSince, r.LeftSince, r.RemovedAt = true, time.Time{}, time.Time{}, time.Time{}
		attributes := map[string]string{}
		maps.Copy(attributes, r.Attributes)
		attributes[setup.AttrAdopted] = t.now.UTC().Format(time.RFC3339)
		r.Attributes = attributes
		if err := t.saveResource(ctx, setupID, r, ""); err != nil {
			return err
		}
	}
	return nil
}

// adoptedAt is when the setup was adopted; zero if it was not, or was taken down or
// given back since.
func adoptedAt(ctx context.Context, q querier, setupID string) (time.Time, error) {
	var adopted int64
	err := q.QueryRowContext(ctx, `
		SELECT COALESCE(MAX(r.created_at), 0) FROM revisions r
		WHERE r.setup_id = $1 AND r.why = $2
			AND r.number > COALESCE((SELECT MAX(j.revision) FROM jobs j WHERE j.setup_id = $1 AND j.kind = 'teardown'), 0)
			AND r.number > COALESCE((SELECT MAX(g.number) FROM revisions g WHERE g.setup_id = $1 AND g.why = $3), 0)`,
		setupID, setup.WhyAdopted, setup.WhyGivenBack).Scan(&adopted)
	return at(adopted), translate(err)
}

// giveBack forgets an adopted setup that no job has changed: nothing of it is looked
// after any more, and it leaves the list. What it did not make is nothing that it could
// delete or find again, so its resources are forgotten too, and changes of it in which
// nobody has saved an answer. Its history stays.
func (t *tx) giveBack(ctx context.Context, v setup.Setup, by string) error {
	if err := t.refuseActive(ctx, v.ID, v.Name()); err != nil { // one that only clears too
		return err
	}
	spec := v.Spec
	spec.Gone = &setup.Gone{Name: setup.GoneGiven}
	v, err := t.revise(ctx, v, setup.Revision{Spec: spec, Why: setup.WhyGivenBack, CreatedBy: personOf(ctx, by)})
	if err != nil {
		return err
	}
	for _, forget := range []struct {
		query string
		args  []any
	}{
		{`DELETE FROM checks WHERE setup_id = $1 AND done_at = 0`, []any{v.ID}},
		{`UPDATE findings SET closed_at = $1 WHERE setup_id = $2 AND closed_at = 0`, []any{ms(t.now), v.ID}},
		{`DELETE FROM resources WHERE setup_id = $1`, []any{v.ID}},
		{`DELETE FROM drafts WHERE setup_id = $1 AND job = 0 AND version = 1`, []any{v.ID}},
		{`UPDATE setups SET hidden_at = $1 WHERE id = $2`, []any{ms(t.now), v.ID}},
		{`UPDATE schedules SET next_at = 0, told_at = 0 WHERE setup_id = $1`, []any{v.ID}},
	} {
		if _, err := t.exec(ctx, forget.query, forget.args...); err != nil {
			return err
		}
	}
	if err := t.foldState(ctx, v); err != nil {
		return err
	}
	t.Wake(watchAll)
	return t.audit(ctx, Act{Action: ActSetupGiveBack, On: v.Name(), By: by, Detail: fmt.Sprintf("setup %s, revision %d", v.ID, v.Revision)})
}
