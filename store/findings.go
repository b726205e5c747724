package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"apifront/setup"
)

const findingColumns = `id, setup_id, revision, body, since, seen_at, closed_at, muted_by, muted_by_id, muted_at`

func scanFinding(row scanner) (setup.Finding, error) {
	var f setup.Finding
	var body string
	var since, seen, closed, muted int64
	err := row.Scan(&f.ID, &f.SetupID, &f.Revision, &body, &since, &seen, &closed, &f.MutedBy.Name, &f.MutedBy.ID, &muted)
	if err != nil {
		return f, translate(err)
	}
	f.Since, f.SeenAt, f.ClosedAt, f.MutedAt = at(since), at(seen), at(closed), at(muted)
	return f, decode(body, &f.FindingBody)
}

// openFindings are the open findings of a setup, those of the longest standing
// first.
func openFindings(ctx context.Context, q querier, setupID string) ([]setup.Finding, error) {
	return all(ctx, q, scanFinding, `SELECT `+findingColumns+` FROM findings WHERE setup_id = $1 AND closed_at = 0 ORDER BY since, key`, setupID)
}

// maxFindings is how many findings of a setup are kept open.
const maxFindings = 100

// keepFindings makes the given findings the open ones of a setup. One that was
// open already keeps its beginning, and stays muted as long as it says the same.
// One that is not given stays open if its step could not be looked at.
func (t *tx) keepFindings(ctx context.Context, v setup.Setup, bodies []setup.FindingBody, looked []setup.StepID) error {
	open, err := openFindings(ctx, t, v.ID)
	if err != nil {
		return err
	}
	have := map[string]setup.Finding{}
	for _, f := range open {
		have[f.Key] = f
	}
	for _, b := range bodies[:min(len(bodies), maxFindings)] {
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
			continue
		}
		if old.Is != b.Is || old.Want != b.Want {
			old.MutedBy, old.MutedAt = setup.Person{}, setup.Finding{}.MutedAt
		}
		if err := t.one(ctx, `UPDATE findings SET revision = $1, body = $2, seen_at = $3, muted_by = $4, muted_by_id = $5, muted_at = $6 WHERE id = $7`,
			v.Revision, text, ms(t.now), old.MutedBy.Name, old.MutedBy.ID, ms(old.MutedAt), old.ID); err != nil {
			return err
		}
	}
	for _, f := range have {
		if !slices.Contains(looked, f.StepID) {
			continue
		}
		if err := t.one(ctx, `UPDATE findings SET closed_at = $1 WHERE id = $2`, ms(t.now), f.ID); err != nil {
			return err
		}
	}
	return nil
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
		f, err := scanFinding(t.QueryRowContext(ctx, `SELECT `+findingColumns+` FROM findings WHERE id = $1 AND setup_id = $2 AND closed_at = 0`, id, v.ID))
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
