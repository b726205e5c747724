package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"apifront/setup"
)

// findingColumns are the columns of a finding with what CloudTrail said of it, and the
// tables that have them.
const findingColumns = `f.id, f.setup_id, f.revision, f.body, f.since, f.seen_at, f.closed_at, f.muted_by, f.muted_by_id, f.muted_at, ` + trailColumns + `
	FROM findings f LEFT JOIN trails t ON t.finding_id = f.id`

func scanFinding(row scanner) (setup.Finding, error) {
	var f setup.Finding
	var body string
	var since, seen, closed, muted int64
	var trail trailRow
	err := row.Scan(append([]any{&f.ID, &f.SetupID, &f.Revision, &body, &since, &seen, &closed, &f.MutedBy.Name, &f.MutedBy.ID, &muted}, trail.into()...)...)
	if err != nil {
		return f, translate(err)
	}
	f.Since, f.SeenAt, f.ClosedAt, f.MutedAt = at(since), at(seen), at(closed), at(muted)
	if err := decode(body, &f.FindingBody); err != nil {
		return f, err
	}
	f.Trail, err = trail.trail()
	return f, err
}

// openFindings are the open findings of a setup, those of the longest standing
// first.
func openFindings(ctx context.Context, q querier, setupID string) ([]setup.Finding, error) {
	return all(ctx, q, scanFinding, `SELECT `+findingColumns+` WHERE f.setup_id = $1 AND f.closed_at = 0 ORDER BY f.since, f.key`, setupID)
}

// maxFindings is how many findings of a setup are kept open.
const maxFindings = 100

// keepFindings makes the findings of a check the open ones of a setup. One that was
// open already keeps its beginning, and stays muted as long as it says the same.
// One that is not given stays open if its step could not be looked at, or if nothing
// was asked of what it is about.
func (t *tx) keepFindings(ctx context.Context, v setup.Setup, o CheckOutcome) error {
	open, err := openFindings(ctx, t, v.ID)
	if err != nil {
		return err
	}
	have := map[string]setup.Finding{}
	for _, f := range open {
		have[f.Key] = f
	}
	for _, b := range o.Findings[:min(len(o.Findings), maxFindings)] {
		b.Is, b.Want, b.Field, b.Title = clipChange(b.Is), clipChange(b.Want), clipChange(b.Field), clipChange(b.Title)
		text, err := encode(b)
		if err != nil {
			return err
		}
		old, is := have[b.Key]
		delete(have, b.Key)
		if !is {
			id, err := uuid.NewV7()
			if err != nil {
				return fmt.Errorf("name a finding: %w", err)
			}
			if _, err := t.exec(ctx, `
				INSERT INTO findings (id, setup_id, key, revision, body, since, seen_at, closed_at, muted_by, muted_by_id, muted_at)
				VALUES ($1, $2, $3, $4, $5, $6, $6, 0, '', '', 0)`, id.String(), v.ID, b.Key, v.Revision, text, ms(t.now)); err != nil {
				return err
			}
			if err := t.trailOf(ctx, o, id.String(), &b); err != nil {
				return err
			}
			t.opens(b)
			continue
		}
		if old.Is != b.Is || old.Want != b.Want || old.Effect == nil && b.Effect != nil {
			old.MutedBy, old.MutedAt = setup.Person{}, setup.Finding{}.MutedAt
		}
		if err := t.one(ctx, `UPDATE findings SET revision = $1, body = $2, seen_at = $3, muted_by = $4, muted_by_id = $5, muted_at = $6 WHERE id = $7`,
			v.Revision, text, ms(t.now), old.MutedBy.Name, old.MutedBy.ID, ms(old.MutedAt), old.ID); err != nil {
			return err
		}
		if err := t.trailOf(ctx, o, old.ID, &b); err != nil {
			return err
		}
	}
	for _, f := range have {
		if !slices.Contains(o.Looked, f.StepID) || slices.Contains(o.Stay, f.ID) {
			continue
		}
		if err := t.one(ctx, `UPDATE findings SET closed_at = $1 WHERE id = $2`, ms(t.now), f.ID); err != nil {
			return err
		}
	}
	return nil
}

// trailOf stores what CloudTrail said of a finding to a check, and puts it beside what
// the finding says. One that the check did not ask about keeps what it has.
func (t *tx) trailOf(ctx context.Context, o CheckOutcome, id string, b *setup.FindingBody) error {
	trail, asked := o.Trails[b.Key]
	if !asked {
		return nil
	}
	b.Trail = &trail
	return t.keepTrail(ctx, id, trail)
}

// MuteFinding leaves an open finding out of the setup's state until what it says
// changes, or lets it count again. ErrNotFound if it is not open.
func (s *Store) MuteFinding(ctx context.Context, setupID, id string, mute bool, by string) error {
	err := s.write(ctx, func(t *tx) error {
		v, err := t.lockSetup(ctx, setupID)
		if err != nil {
			return err
		}
		who, since, act := personOf(ctx, by), ms(t.now), ActFindingMute
		if !mute {
			who, since, act = setup.Person{}, 0, ActFindingUnmute
		}
		f, err := scanFinding(t.QueryRowContext(ctx, `SELECT `+findingColumns+` WHERE f.id = $1 AND f.setup_id = $2 AND f.closed_at = 0`, id, v.ID))
		if err != nil {
			return err
		}
		if err := t.one(ctx, `UPDATE findings SET muted_by = $1, muted_by_id = $2, muted_at = $3 WHERE id = $4`, who.Name, who.ID, since, f.ID); err != nil {
			return err
		}
		if err := t.audit(ctx, Act{Action: act, On: v.Name(), By: by, Detail: f.Title}); err != nil {
			return err
		}
		t.Wake(watchAll)
		return t.foldState(ctx, v)
	})
	if err != nil {
		return fmt.Errorf("mute finding %s of setup %s: %w", id, setupID, err)
	}
	return nil
}

// A Keeping is what a person wants of findings: that what is there stays.
type Keeping struct {
	SetupID, By string
	From        int        // the revision that Want was made from
	Want        setup.Spec // wants what the findings say is there, and nothing else besides
	Why         string     // of the new revision
	Findings    []string   // IDs of those that it settles

	// Rows are the resources as they become by it. It may be called twice. nil: they
	// stay as they are.
	Rows func(now setup.Resources, former setup.Former, at time.Time) []setup.Resource
}

// become stores resources as a function makes them of those that there are.
func (t *tx) become(ctx context.Context, setupID string, rows func(setup.Resources, setup.Former, time.Time) []setup.Resource) error {
	if rows == nil {
		return nil
	}
	now, former, err := readResources(ctx, t, setupID)
	if err != nil {
		return err
	}
	for _, r := range rows(now, former, t.now) {
		if err := t.saveResource(ctx, setupID, r, ""); err != nil {
			return fmt.Errorf("save resource %s: %w", r.Key, err)
		}
	}
	return nil
}

// KeepFindings makes the next revision of a setup, which wants what somebody
// changed, and closes the findings that say so. There is no job, since nothing is
// to be done; a check looks whether that is so. An *ActiveJobError says that a job
// is changing the setup, an *OldDraftError that the newest revision is another;
// ErrNotFound that a finding is not open.
func (s *Store) KeepFindings(ctx context.Context, k Keeping) error {
	err := s.write(ctx, func(t *tx) error {
		v, err := t.lockSetup(ctx, k.SetupID)
		if err != nil {
			return err
		}
		f, err := t.facts(ctx, v)
		switch {
		case err != nil:
			return err
		case f.Active.ID != 0:
			return &ActiveJobError{Job: f.Active.ID}
		case k.From != v.Revision:
			return &OldDraftError{Setup: v.ID, BeganFrom: k.From, Newest: v.Revision}
		}
		by := personOf(ctx, k.By)
		if v, err = t.revise(ctx, v, setup.Revision{Spec: k.Want, Why: k.Why, CreatedBy: by}); err != nil {
			return err
		}
		var titles []string
		for _, id := range k.Findings {
			i := slices.IndexFunc(f.Findings, func(x setup.Finding) bool { return x.ID == id })
			if i < 0 {
				return ErrNotFound
			}
			titles = append(titles, f.Findings[i].Title)
			if err := t.one(ctx, `UPDATE findings SET closed_at = $1 WHERE id = $2`, ms(t.now), id); err != nil {
				return err
			}
		}
		if err := t.become(ctx, v.ID, k.Rows); err != nil {
			return err
		}
		// The rest of what is wanted is the same, so other findings stand.
		if _, err := t.exec(ctx, `UPDATE findings SET revision = $1 WHERE setup_id = $2 AND revision = $3 AND closed_at = 0`, v.Revision, v.ID, k.From); err != nil {
			return err
		}
		if err := t.endChecks(ctx, v.ID); err != nil {
			return err
		}
		if err := t.orderCheck(ctx, v, setup.CheckByPerson, by, 0); err != nil {
			return err
		}
		detail := fmt.Sprintf("revision %d: %s", v.Revision, setup.And(titles))
		if err := t.audit(ctx, Act{Action: ActFindingKeep, On: v.Name(), By: k.By, Detail: detail}); err != nil {
			return err
		}
		t.Wake(watchAll)
		return t.foldState(ctx, v)
	})
	if err != nil {
		return fmt.Errorf("keep findings of setup %s: %w", k.SetupID, err)
	}
	return nil
}
