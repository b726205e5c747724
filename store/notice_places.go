package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"apifront/setup"
)

const placeColumns = `id, kind, name, host, sealed, topics, created_by, created_by_id, created_at, failing_since, paused_at`

func scanNoticePlace(row scanner) (setup.NoticePlace, error) {
	var p setup.NoticePlace
	var kind, topics string
	var created, failing, paused int64
	err := row.Scan(&p.ID, &kind, &p.Name, &p.Host, &p.Sealed, &topics, &p.CreatedBy.Name, &p.CreatedBy.ID, &created, &failing, &paused)
	if err != nil {
		return p, translate(err)
	}
	p.Kind, p.CreatedAt, p.FailingSince, p.PausedAt = setup.NoticeKind(kind), at(created), at(failing), at(paused)
	return p, decode(topics, &p.Topics)
}

// MostNoticePlaces is how many places there may be: each event is written once
// for each.
const MostNoticePlaces = 20

// NoticePlaces lists the places that are told, the first one first.
func (s *Store) NoticePlaces(ctx context.Context) ([]setup.NoticePlace, error) {
	list, err := all(ctx, s.reader, scanNoticePlace, `SELECT `+placeColumns+` FROM notice_places ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list places of notices: %w", err)
	}
	return list, nil
}

// listenersColumn is an expression: the names of all places with what each is told,
// as JSON. Pages that read more of a setup read it in the same query.
func (s *Store) listenersColumn() string {
	if s.Postgres() {
		return `(SELECT COALESCE(CAST(json_agg(json_build_object('name', name, 'topics', topics, 'paused', paused_at) ORDER BY id) AS TEXT), '[]') FROM notice_places)`
	}
	return `(SELECT json_group_array(json_object('name', name, 'topics', topics, 'paused', paused_at)) FROM (SELECT * FROM notice_places ORDER BY id) p)`
}

// listeners decodes what listenersColumn returns.
func listeners(text string) ([]setup.Listener, error) {
	var rows []struct {
		Name, Topics string
		Paused       int64
	}
	if err := decode(text, &rows); err != nil {
		return nil, err
	}
	list := make([]setup.Listener, len(rows))
	for i, r := range rows {
		list[i] = setup.Listener{Name: r.Name, Paused: r.Paused > 0}
		if err := decode(r.Topics, &list[i].Topics); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// NoticePlace is the place with the ID, or ErrNotFound.
func (s *Store) NoticePlace(ctx context.Context, id string) (setup.NoticePlace, error) {
	return readNoticePlace(ctx, s.reader, id)
}

func readNoticePlace(ctx context.Context, q querier, id string) (setup.NoticePlace, error) {
	return scanNoticePlace(q.QueryRowContext(ctx, `SELECT `+placeColumns+` FROM notice_places WHERE id = $1`, id))
}

// AddNoticePlace stores a place with the ID that its secret was sealed for, and
// orders a test of it. ErrConflict if there is one of that name, or too many.
func (s *Store) AddNoticePlace(ctx context.Context, p setup.NoticePlace, by string) error {
	err := s.write(ctx, func(t *tx) error {
		if _, err := t.count(ctx, "notices", 0); err != nil { // two that add follow each other
			return err
		}
		var n int
		if err := t.QueryRowContext(ctx, `SELECT COUNT(*) FROM notice_places`).Scan(&n); err != nil {
			return translate(err)
		}
		if n >= MostNoticePlaces {
			return conflict("there are %d places already", n)
		}
		topics, err := encode(p.Topics)
		if err != nil {
			return err
		}
		who := personOf(ctx, by)
		if _, err := t.exec(ctx, `INSERT INTO notice_places (`+placeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0)`,
			p.ID, string(p.Kind), p.Name, p.Host, p.Sealed, topics, who.Name, who.ID, ms(t.now)); err != nil {
			return err
		}
		if err := t.testPlace(ctx, p); err != nil {
			return err
		}
		return t.audit(ctx, Act{Action: ActPlaceAdd, On: onPlace(p), By: by, Detail: "at " + p.Host})
	})
	if err != nil {
		return fmt.Errorf("add a place for notices: %w", err)
	}
	return nil
}

func onPlace(p setup.NoticePlace) string { return "place " + p.Name + ", " + string(p.Kind) }

// testPlace orders a message that says that it is a test. One that waits already
// is not ordered twice.
func (t *tx) testPlace(ctx context.Context, p setup.NoticePlace) error {
	var waiting int
	err := t.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM deliveries d JOIN notices n ON n.id = d.notice_id WHERE d.place_id = $1 AND d.state = 'waiting' AND n.topic = ''`, p.ID).Scan(&waiting)
	if err != nil || waiting > 0 {
		return translate(err)
	}
	n := setup.NoticeBody{Event: setup.NoticeTest, Title: "A test of apifront", Text: "This is how apifront tells what happens to your setups. There is nothing to do."}
	body, err := encode(n)
	if err != nil {
		return err
	}
	return t.insertNotice(ctx, n, body, t.now, []setup.NoticePlace{p})
}

// TestNoticePlace orders a test of a place; ErrNotFound if there is none.
func (s *Store) TestNoticePlace(ctx context.Context, id, by string) error {
	return s.onNoticePlace(ctx, id, by, ActPlaceTest, func(t *tx, p setup.NoticePlace) (string, error) {
		return "", t.testPlace(ctx, p)
	})
}

// ChangeNoticePlace gives a place another name and, with something sealed, another
// address or secret, of which a test is ordered. ErrConflict if another place has
// that name.
func (s *Store) ChangeNoticePlace(ctx context.Context, id, name, host, sealed, by string) error {
	return s.onNoticePlace(ctx, id, by, ActPlaceChange, func(t *tx, p setup.NoticePlace) (string, error) {
		detail := "named " + name
		if sealed == "" {
			host, sealed = p.Host, p.Sealed
		} else {
			detail += ", at " + host
		}
		err := t.one(ctx, `UPDATE notice_places SET name = $1, host = $2, sealed = $3, failing_since = CASE WHEN sealed = $3 THEN failing_since ELSE 0 END,
			paused_at = CASE WHEN sealed = $3 THEN paused_at ELSE 0 END WHERE id = $4`, name, host, sealed, id)
		if err != nil || sealed == p.Sealed {
			return detail, err
		}
		return detail, t.testPlace(ctx, p)
	})
}

// RemoveNoticePlace forgets a place and its deliveries.
func (s *Store) RemoveNoticePlace(ctx context.Context, id, by string) error {
	return s.onNoticePlace(ctx, id, by, ActPlaceRemove, func(t *tx, p setup.NoticePlace) (string, error) {
		return "at " + p.Host, t.one(ctx, `DELETE FROM notice_places WHERE id = $1`, id)
	})
}

// onNoticePlace changes a place, and writes the line that says so.
func (s *Store) onNoticePlace(ctx context.Context, id, by, act string, do func(*tx, setup.NoticePlace) (detail string, err error)) error {
	err := s.write(ctx, func(t *tx) error {
		if err := t.one(ctx, `UPDATE notice_places SET name = name WHERE id = $1`, id); err != nil {
			return err
		}
		p, err := readNoticePlace(ctx, t, id)
		if err != nil {
			return err
		}
		detail, err := do(t, p)
		if err != nil {
			return err
		}
		return t.audit(ctx, Act{Action: act, On: onPlace(p), By: by, Detail: detail})
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", act, id, err)
	}
	return nil
}

// SetNoticeTopics says of what each of the places is told. Places that are not
// given stay as they are, and those that are gone are passed over.
func (s *Store) SetNoticeTopics(ctx context.Context, topics map[string][]setup.NoticeTopic, by string) error {
	err := s.write(ctx, func(t *tx) error {
		changed := ""
		list, err := all(ctx, t, scanNoticePlace, `SELECT `+placeColumns+` FROM notice_places ORDER BY id`)
		if err != nil {
			return err
		}
		for _, p := range list {
			want, given := topics[p.ID]
			if !given {
				continue
			}
			was, err := encode(p.Topics)
			if err != nil {
				return err
			}
			text, err := encode(want)
			if err != nil {
				return err
			}
			if was == text {
				continue
			}
			if _, err := t.exec(ctx, `UPDATE notice_places SET topics = $1 WHERE id = $2`, text, p.ID); err != nil {
				return err
			}
			changed += p.Name + ": " + text + " "
		}
		if changed == "" {
			return nil
		}
		return t.audit(ctx, Act{Action: ActSettings, On: "what goes where", By: by, Detail: changed})
	})
	if err != nil {
		return fmt.Errorf("say what goes where: %w", err)
	}
	return nil
}

// NewNoticePlaceID is the ID of a place that is to be added.
func NewNoticePlaceID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("name a place: %w", err)
	}
	return id.String(), nil
}

// pauseAfter is how long a place may fail before nothing is sent there any more.
const pauseAfter = 3 * 24 * time.Hour
