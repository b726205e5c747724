package store

import (
	"context"
	"errors"
	"fmt"

	"apifront/setup"
)

// LongestHops is what the hops of a setup may have as JSON, in octets. Questions are
// left out first.
const LongestHops = 4 << 10

// Way is the way of a request as the newest check of a setup saw it; zero if none has
// looked.
func (s *Store) Way(ctx context.Context, setupID string) (setup.Way, error) {
	var w setup.Way
	var seen int64
	var hops string
	err := translate(s.reader.QueryRowContext(ctx, `SELECT check_id, seen_at, hops FROM hops WHERE setup_id = $1`, setupID).Scan(&w.CheckID, &seen, &hops))
	if errors.Is(err, ErrNotFound) {
		return w, nil
	}
	if err == nil {
		w.SeenAt = at(seen)
		err = decode(hops, &w.Hops)
	}
	if err != nil {
		return w, fmt.Errorf("way of requests of setup %s: %w", setupID, err)
	}
	return w, nil
}

// keepHops stores what a check saw of the way of a request, in place of what the check
// before saw. One that a job has ended saw nothing that counts.
func (t *tx) keepHops(ctx context.Context, setupID, checkID string, o CheckOutcome) error {
	if o.Result == setup.CheckEnded {
		return nil
	}
	hops, err := boundedHops(o.Hops)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `
		INSERT INTO hops (setup_id, check_id, seen_at, hops) VALUES ($1, $2, $3, $4)
		ON CONFLICT (setup_id) DO UPDATE SET check_id = excluded.check_id, seen_at = excluded.seen_at, hops = excluded.hops`,
		setupID, checkID, ms(t.now), hops)
	return err
}

// boundedHops is as much of hops as is kept, as JSON.
func boundedHops(list []setup.Hop) (string, error) {
	kept := make([]setup.Hop, len(list))
	for n := mostAskedOfHop; ; n-- {
		for i, h := range list {
			h.Asked = h.Asked[:min(len(h.Asked), max(n, 0))]
			if n < 0 {
				h.Text, h.ID, h.Claim = setup.First(h.Text, 100), setup.First(h.ID, 60), setup.First(h.Claim, 60)
			}
			kept[i] = h
		}
		text, err := lineOf(kept)
		if err != nil || len(text) <= LongestHops || n < 0 {
			return string(text), err
		}
	}
}

// mostAskedOfHop is how many questions of a hop are kept.
const mostAskedOfHop = 8
