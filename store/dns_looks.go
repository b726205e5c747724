package store

import (
	"context"
	"errors"
	"fmt"

	"apifront/setup"
)

// longestDNSLook is the longest stored look at a name: a zone may have many name
// servers with long answers.
const longestDNSLook = 64 << 10

// DNSLook is what the last check that asked every server saw of a setup's name in
// DNS; zero if none did.
func (s *Store) DNSLook(ctx context.Context, setupID string) (setup.DNSLook, error) {
	l, err := dnsLookOf(ctx, s.reader, setupID)
	if err != nil {
		return l, fmt.Errorf("what DNS says of setup %s: %w", setupID, err)
	}
	return l, nil
}

func dnsLookOf(ctx context.Context, q querier, setupID string) (setup.DNSLook, error) {
	var l setup.DNSLook
	var look string
	var seen int64
	err := translate(q.QueryRowContext(ctx, `SELECT look, seen_at FROM dns_looks WHERE setup_id = $1`, setupID).Scan(&look, &seen))
	if errors.Is(err, ErrNotFound) {
		return l, nil
	}
	if err != nil {
		return l, err
	}
	err = decode(look, &l)
	l.SeenAt = at(seen)
	return l, err
}

// keepDNSLook stores what a check saw of the name. Where it did not ask every server,
// what was seen before stays.
func (t *tx) keepDNSLook(ctx context.Context, v setup.Setup, seen *setup.DNSLook) error {
	if seen == nil {
		return nil
	}
	last, err := dnsLookOf(ctx, t, v.ID)
	if err != nil {
		return err
	}
	now := seen.Now(last, t.now)
	if now.Low == nil { // a job may have lowered it before any check looked
		have, _, err := readResources(ctx, t, v.ID)
		if err != nil {
			return err
		}
		now.Low = have.LowSeen(now)
	}
	if err := t.tellLow(ctx, v, now); err != nil {
		return err
	}
	look, err := encode(now)
	if err != nil {
		return err
	}
	if len(look) > longestDNSLook {
		return nil // no zone that anybody runs is like that
	}
	_, err = t.exec(ctx, `
		INSERT INTO dns_looks (setup_id, look, seen_at) VALUES ($1, $2, $3)
		ON CONFLICT (setup_id) DO UPDATE SET look = excluded.look, seen_at = excluded.seen_at`, v.ID, look, ms(t.now))
	return err
}
