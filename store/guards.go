package store

import (
	"context"
	"errors"
	"fmt"

	"apifront/setup"
)

// Guard is what the last check saw of the certificates of a setup; zero if none did.
func (s *Store) Guard(ctx context.Context, setupID string) (setup.Guard, error) {
	g, err := guardOf(ctx, s.reader, setupID)
	if err != nil {
		return g, fmt.Errorf("certificates of setup %s: %w", setupID, err)
	}
	return g, nil
}

// A Watch is what happens to a setup by itself.
type Watch struct {
	Plan  setup.Schedule   // when it is checked
	Guard setup.Guard      // what the last check saw of its certificates
	Told  []setup.Listener // who is told of it
	Name  setup.DNSLook    // what the last check that asked every server saw of its name
	Way   setup.Way        // the way of a request, as the last check saw it
}

// Watched is what happens to a setup by itself, in one read.
func (s *Store) Watched(ctx context.Context, setupID string) (w Watch, err error) {
	var every, next, told, seen, guarded, looked, hopsAt int64
	var terms, look, hops, who string
	err = translate(s.reader.QueryRowContext(ctx, `
		SELECT COALESCE(p.every, $2), COALESCE(p.next_at, 0), COALESCE(p.told_at, 0), COALESCE(g.terms, ''), COALESCE(g.seen_at, 0), COALESCE(g.guarded_at, 0),
			COALESCE(d.look, ''), COALESCE(d.seen_at, 0), COALESCE(h.check_id, ''), COALESCE(h.seen_at, 0), COALESCE(h.hops, ''), `+s.listenersColumn()+`
		FROM setups s LEFT JOIN schedules p ON p.setup_id = s.id LEFT JOIN guards g ON g.setup_id = s.id
			LEFT JOIN dns_looks d ON d.setup_id = s.id LEFT JOIN hops h ON h.setup_id = s.id WHERE s.id = $1`,
		setupID, setup.CheckUsually.Milliseconds()).Scan(&every, &next, &told, &terms, &seen, &guarded,
		&look, &looked, &w.Way.CheckID, &hopsAt, &hops, &who))
	if err != nil {
		return w, fmt.Errorf("checks of setup %s: %w", setupID, err)
	}
	w.Guard.SeenAt, w.Guard.AskedAt, w.Way.SeenAt = at(seen), at(guarded), at(hopsAt)
	w.Plan = schedule(every, next, told)
	if err = errors.Join(decode(terms, &w.Guard.Terms), decode(look, &w.Name), decode(hops, &w.Way.Hops)); err != nil {
		return w, err
	}
	w.Name.SeenAt = at(looked)
	w.Told, err = listeners(who)
	return w, err
}

func guardOf(ctx context.Context, q querier, setupID string) (setup.Guard, error) {
	var g setup.Guard
	var terms string
	var seen, guarded int64
	err := translate(q.QueryRowContext(ctx, `SELECT terms, seen_at, guarded_at FROM guards WHERE setup_id = $1`, setupID).Scan(&terms, &seen, &guarded))
	if errors.Is(err, ErrNotFound) {
		return g, nil
	}
	if err != nil {
		return g, err
	}
	g.SeenAt, g.AskedAt = at(seen), at(guarded)
	return g, decode(terms, &g.Terms)
}

// keepGuard stores what a check saw of the certificates. Where it saw none, what was
// seen before stays.
func (t *tx) keepGuard(ctx context.Context, setupID string, g setup.Guard) error {
	if len(g.Terms) == 0 {
		return nil
	}
	terms, err := encode(g.Terms)
	if err != nil {
		return err
	}
	ends, stopped := g.Ends(), 0
	if g.Stopped() {
		stopped = 1
	}
	_, err = t.exec(ctx, `
		INSERT INTO guards (setup_id, terms, ends_at, stopped, seen_at, guarded_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (setup_id) DO UPDATE SET terms = excluded.terms, ends_at = excluded.ends_at, stopped = excluded.stopped,
			seen_at = excluded.seen_at, guarded_at = excluded.guarded_at`, setupID, terms, ms(ends), stopped, ms(t.now), ms(g.AskedAt))
	return err
}
