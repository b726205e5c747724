package store

import (
	"context"
	"time"
)

// forgetLooks is how long after a question was last asked its answer is kept.
const forgetLooks = 30 * 24 * time.Hour

// lookBounds is how much is kept of looks. People ask about every name they type,
// and nobody who asks about a hundred thousand may fill the disk or push out what
// others asked. An answer that is gone is asked for again by the page that shows
// it.
type lookBounds struct {
	questions, octets           int // of a connection, and of their answers
	questionsInAll, octetsInAll int
}

var keepLooks = lookBounds{questions: 500, octets: 16 << 20, questionsInAll: 5_000, octetsInAll: 128 << 20}

// pruneLooksEvery is how many questions are asked between two looks at their
// number.
const pruneLooksEvery = 20

// LongestLook is what the answer to one question may have, in octets.
const LongestLook = 4 << 20

// forgetLooks forgets answers that nobody asked for in a long time.
func (t *tx) forgetLooks(ctx context.Context) error {
	_, err := t.exec(ctx, `DELETE FROM looks WHERE pending = 0 AND asked_at < $1`, ms(t.now.Add(-forgetLooks)))
	return err
}

// pruneLooks forgets what is too much, and plans and preflights of what is gone.
// The question of a connection that was asked last stays, and so does one that a
// worker is at.
func (t *tx) pruneLooks(ctx context.Context, keep lookBounds) error {
	_, err := t.exec(ctx, `DELETE FROM looks WHERE kind IN ('plan', 'preflight') AND subject NOT IN (SELECT id FROM drafts)`)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `
		DELETE FROM looks WHERE (lease_until < $1 OR lease_until > $2) AND (kind, connection, region, subject) IN (
			SELECT kind, connection, region, subject FROM (
				SELECT kind, connection, region, subject,
					ROW_NUMBER() OVER one AS place, SUM(octet_length(result) + octet_length(problem)) OVER one AS octets,
					ROW_NUMBER() OVER every AS place_in_all, SUM(octet_length(result) + octet_length(problem)) OVER every AS octets_in_all
				FROM looks
				WINDOW one AS (PARTITION BY connection ORDER BY asked_at DESC, kind, region, subject),
					every AS (ORDER BY asked_at DESC, kind, connection, region, subject)) ranked
			WHERE place > 1 AND (place > $3 OR octets > $4 OR place_in_all > $5 OR octets_in_all > $6))`,
		ms(t.now), ms(t.now.Add(longestLease)), keep.questions, keep.octets, keep.questionsInAll, keep.octetsInAll)
	return err
}
