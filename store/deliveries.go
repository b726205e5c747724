package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"apifront/setup"
)

// deliveryLease is how long a worker may be at a delivery before another one takes
// it. It is longer than any try takes.
const deliveryLease = time.Minute

// giveUpAfter is how long a delivery is tried.
const giveUpAfter = 24 * time.Hour

// tryAgain are the times from one try to the next; the last one repeats.
var tryAgain = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 90 * time.Minute, 6 * time.Hour}

const deliveryColumns = `d.id, d.place_id, d.state, d.due_at, d.tries, d.tried_at, d.answer, n.id, n.body, n.count, n.told_at`

func scanDelivery(row scanner) (setup.Delivery, error) {
	var d setup.Delivery
	var state, answer, body string
	var due, tried, told int64
	err := row.Scan(&d.ID, &d.PlaceID, &state, &due, &d.Tries, &tried, &answer, &d.Notice.ID, &body, &d.Notice.Count, &told)
	if err != nil {
		return d, translate(err)
	}
	d.State, d.DueAt, d.TriedAt, d.Notice.At = setup.DeliveryState(state), at(due), at(tried), at(told)
	return d, errors.Join(decode(answer, &d.NoticeAnswer), decode(body, &d.Notice.NoticeBody))
}

// A DeliveryPass is a delivery that a worker is at.
type DeliveryPass struct {
	Delivery setup.Delivery
	Place    setup.NoticePlace
}

// NextDelivery takes a delivery that is due for the worker by. Of one place it is
// at one delivery at a time, so that a slow one holds up no other. found is false
// if there is none. The try is counted now: a worker that dies in it has made one.
func (s *Store) NextDelivery(ctx context.Context, by string) (p DeliveryPass, found bool, err error) {
	now := s.Now()
	var due int // asking first keeps a worker with nothing to do from writing
	err = s.reader.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE state = 'waiting' AND due_at <= $1 AND (lease_until < $1 OR lease_until > $2) LIMIT 1) w`,
		ms(now), ms(now.Add(longestLease))).Scan(&due)
	if err != nil || due == 0 {
		return p, false, translate(err)
	}
	taken, err := write(ctx, s, func(t *tx) (*DeliveryPass, error) {
		d, err := scanDelivery(t.QueryRowContext(ctx, `
			SELECT `+deliveryColumns+` FROM deliveries d JOIN notices n ON n.id = d.notice_id
			WHERE d.state = 'waiting' AND d.due_at <= $1 AND (d.lease_until < $1 OR d.lease_until > $2)
				AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.place_id = d.place_id AND o.state = 'waiting' AND o.lease_until >= $1 AND o.lease_until <= $2)
			ORDER BY d.due_at, d.id LIMIT 1`+t.skip(), ms(t.now), ms(t.now.Add(longestLease))))
		if errors.Is(err, ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		// From now on nothing is added to the notice, and the next one comes a while
		// after. It is read after that.
		if err := t.one(ctx, `UPDATE notices SET due_at = CASE begun WHEN 0 THEN $1 ELSE due_at END, begun = 1 WHERE id = $2`, ms(t.now), d.Notice.ID); err != nil {
			return nil, err
		}
		if err := t.one(ctx, `
			UPDATE deliveries SET lease_by = $1, lease_until = $2, tries = tries + 1, tried_at = $3, first_at = CASE WHEN first_at = 0 THEN $3 ELSE first_at END
			WHERE id = $4`, by, ms(t.now.Add(deliveryLease)), ms(t.now), d.ID); err != nil {
			return nil, err
		}
		d, err = scanDelivery(t.QueryRowContext(ctx, `SELECT `+deliveryColumns+` FROM deliveries d JOIN notices n ON n.id = d.notice_id WHERE d.id = $1`, d.ID))
		if err != nil {
			return nil, err
		}
		place, err := readNoticePlace(ctx, t, d.PlaceID)
		if err != nil {
			return nil, err
		}
		t.Wake(watchAll)
		return &DeliveryPass{Delivery: d, Place: place}, nil
	})
	if err != nil {
		return p, false, fmt.Errorf("next delivery: %w", err)
	}
	if taken == nil {
		return p, false, nil
	}
	return *taken, true, nil
}

// FinishDelivery stores what the other side answered. A delivery that was not taken
// is tried again for a day, a test never. A place that takes nothing for three days
// is paused. ErrFenced if the worker does not hold the delivery any more.
func (s *Store) FinishDelivery(ctx context.Context, by string, p DeliveryPass, a setup.NoticeAnswer) error {
	answer, err := encode(a)
	if err != nil {
		return err
	}
	err = s.write(ctx, func(t *tx) error {
		var tries int
		var first int64
		err := translate(t.QueryRowContext(ctx, `SELECT tries, first_at FROM deliveries WHERE id = $1 AND lease_by = $2 AND state = 'waiting'`, p.Delivery.ID, by).Scan(&tries, &first))
		if errors.Is(err, ErrNotFound) {
			return ErrFenced
		}
		if err != nil {
			return err
		}
		test := p.Delivery.Notice.Event == setup.NoticeTest
		state, due := setup.DeliveryGivenUp, t.now
		next := t.now.Add(max(tryAgain[min(max(tries, 1), len(tryAgain))-1], min(a.After, giveUpAfter)))
		switch {
		case a.Taken:
			state = setup.DeliveryDone
		case !test && !a.Gone && !next.After(at(first).Add(giveUpAfter)):
			state, due = setup.DeliveryWaiting, next
		}
		n, err := t.exec(ctx, `
			UPDATE deliveries SET state = $1, due_at = $2, answer = $3, lease_by = '', lease_until = 0
			WHERE id = $4 AND lease_by = $5 AND state = 'waiting'`, string(state), ms(due), answer, p.Delivery.ID, by)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrFenced
		}
		t.Wake(watchAll)
		t.Wake(watchNotices) // others of the place may have waited for it
		return t.judgePlace(ctx, p.Place.ID, a, test)
	})
	if err != nil {
		return fmt.Errorf("finish a delivery to %s: %w", p.Place.Name, err)
	}
	return nil
}

// judgePlace stores what an answer says of its place.
func (t *tx) judgePlace(ctx context.Context, id string, a setup.NoticeAnswer, test bool) error {
	if a.Taken {
		_, err := t.exec(ctx, `UPDATE notice_places SET failing_since = 0, paused_at = 0 WHERE id = $1 AND (failing_since > 0 OR paused_at > 0)`, id)
		return err
	}
	if test {
		return nil
	}
	if _, err := t.exec(ctx, `UPDATE notice_places SET failing_since = $1 WHERE id = $2 AND failing_since = 0`, ms(t.now), id); err != nil {
		return err
	}
	paused, err := t.exec(ctx, `UPDATE notice_places SET paused_at = $1 WHERE id = $2 AND paused_at = 0 AND (failing_since <= $3 OR $4 = 1)`,
		ms(t.now), id, ms(t.now.Add(-pauseAfter)), flag(a.Gone))
	if err != nil || paused == 0 {
		return err
	}
	_, err = t.exec(ctx, `UPDATE deliveries SET state = 'given-up' WHERE place_id = $1 AND state = 'waiting' AND lease_by = ''`, id)
	return err
}

// FreeDeliveries gives back the deliveries that a worker was at. Whether the other
// side got them is not known, so they are sent again under the same ID.
func (s *Store) FreeDeliveries(ctx context.Context, by string) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE deliveries SET lease_by = '', lease_until = 0 WHERE lease_by = $1`, by)
		t.Wake(watchNotices)
		return err
	})
}

// ResendDelivery orders a delivery once more, for a day from now; ErrNotFound if
// there is none.
func (s *Store) ResendDelivery(ctx context.Context, id, by string) error {
	err := s.write(ctx, func(t *tx) error {
		d, err := scanDelivery(t.QueryRowContext(ctx, `SELECT `+deliveryColumns+` FROM deliveries d JOIN notices n ON n.id = d.notice_id WHERE d.id = $1`, id))
		if err != nil {
			return err
		}
		place, err := readNoticePlace(ctx, t, d.PlaceID)
		if err != nil {
			return err
		}
		if err := t.one(ctx, `UPDATE deliveries SET state = 'waiting', due_at = $1, first_at = 0 WHERE id = $2`, ms(t.now), id); err != nil {
			return err
		}
		t.Wake(watchNotices)
		return t.audit(ctx, Act{Action: ActNoticeResend, On: onPlace(place), By: by, Detail: d.Notice.Title})
	})
	if err != nil {
		return fmt.Errorf("send delivery %s again: %w", id, err)
	}
	return nil
}

// Deliveries lists the newest deliveries to all places; those older than the one
// with the ID before, or from the newest on.
func (s *Store) Deliveries(ctx context.Context, before string, limit int) ([]setup.Delivery, error) {
	where, args := `d.id < $1`, []any{before, limit}
	if before == "" {
		where = `d.id > $1`
	}
	list, err := all(ctx, s.reader, scanDelivery, `
		SELECT `+deliveryColumns+` FROM deliveries d JOIN notices n ON n.id = d.notice_id WHERE `+where+` ORDER BY d.id DESC LIMIT $2`, args...)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return list, nil
}

// LastDeliveries are the newest deliveries of each place that were tried, or are
// about to be.
func (s *Store) LastDeliveries(ctx context.Context) (map[string]setup.Delivery, error) {
	list, err := all(ctx, s.reader, scanDelivery, `
		SELECT `+deliveryColumns+` FROM notice_places p
			JOIN deliveries d ON d.id = (SELECT MAX(o.id) FROM deliveries o WHERE o.place_id = p.id AND (o.tries > 0 OR o.due_at <= $1))
			JOIN notices n ON n.id = d.notice_id`, ms(s.Now()))
	if err != nil {
		return nil, fmt.Errorf("list last deliveries: %w", err)
	}
	last := map[string]setup.Delivery{}
	for _, d := range list {
		last[d.PlaceID] = d
	}
	return last, nil
}

// WatchNotices wakes the caller when there is something to deliver.
func (s *Store) WatchNotices() (told <-chan struct{}, stop func()) {
	return s.Watch(watchNotices)
}
