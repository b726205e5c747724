package store

import (
	"context"
	"fmt"
	"strings"

	"apifront/setup"
)

// A HistoryFilter says which part of a setup's history is read.
type HistoryFilter struct {
	SetupID string
	Kind    setup.HistoryKind
	Before  string // as setup.History.Older has it; "": from the newest on
	Limit   int
}

// The entries of a history, table by table. The place of an entry orders all of them:
// by time, then by kind, then by number or ID. Each part of it has one length, so texts
// are in the order of what they say, whatever the database sorts by.
const (
	historyTime   = `CAST(1000000000000000 + %s AS TEXT) || '-%d-' || %s`
	historyNumber = `CAST(10000000000 + %s AS TEXT)`
)

// What of one time is newer: a state stands below the checks that tell it, so that it
// does not part the first of them from the others.
const (
	historyState = iota
	historyCheck
	historyRevision
	historyJob
)

// historyHead is the beginning of a query for entries of a kind.
func historyHead(at string, kind int, key string) string {
	return fmt.Sprintf(`SELECT %d AS kind, %s AS place, %s AS at`, kind, historyPlace(at, kind, key), at)
}

func historyPlace(at string, kind int, key string) string {
	if kind != historyCheck {
		key = fmt.Sprintf(historyNumber, key)
	}
	return fmt.Sprintf(historyTime, at, kind, key)
}

// historyFirsts are the first jobs of revisions.
const historyFirsts = `(SELECT revision, MIN(id) AS id FROM jobs WHERE setup_id = $1 GROUP BY revision)`

var (
	// A revision has the job that put it in place: alone the first one, beside other
	// entries only one that began with it, since any other has an entry of its own.
	historyOfRevisions = `
		` + historyHead("r.created_at", historyRevision, "r.number") + `, r.number AS number,
			COALESCE(j.id, 0) AS job, r.why AS word, r.created_by AS who, '' AS result, '' AS sight, 0 AS findings, 1 AS times, r.created_at AS since, '' AS fold
		FROM revisions r LEFT JOIN ` + historyFirsts + ` f ON f.revision = r.number LEFT JOIN jobs j ON j.id = f.id`
	historyOfJobs = `
		` + historyHead("j.created_at", historyJob, "j.id") + `, j.id AS number,
			j.id AS job, '' AS word, '' AS who, '' AS result, '' AS sight, 0 AS findings, 1 AS times, j.created_at AS since, '' AS fold
		FROM jobs j`
	historyOfChecks = `
		` + historyHead("c.done_at", historyCheck, "c.id") + `, 0 AS number,
			0 AS job, c.reason AS word, c.asked_by AS who, c.result AS result, c.sight AS sight, c.findings AS findings, c.times AS times,
			CASE WHEN c.first_at > 0 THEN c.first_at ELSE c.done_at END AS since,
			c.reason || '/' || c.result || '/' || CAST(c.findings AS TEXT) || '/' || c.sight || '/' || c.asked_by AS fold
		FROM checks c WHERE c.setup_id = $1 AND c.done_at > 0`
	// While a job is at work its own entry says so. What was true before it and is true
	// after it has not changed.
	historyOfStates = `
		` + historyHead("s.since", historyState, "s.number") + `, s.number AS number,
			0 AS job, s.state AS word, '' AS who, s.was AS result, '' AS sight, 0 AS findings, 1 AS times, s.was_since AS since, '' AS fold
		FROM (
			SELECT number, state, since, COALESCE(LAG(state) OVER (ORDER BY number), '') AS was, COALESCE(LAG(since) OVER (ORDER BY number), 0) AS was_since
			FROM (
				SELECT number, state, since, COALESCE(LAG(state) OVER (ORDER BY number), '') AS last
				FROM states WHERE setup_id = $1 AND state NOT IN ('being-made', 'being-changed', 'being-taken-down')) r
			WHERE state <> last) s
		WHERE s.since > 0`
)

// entries is the query for all entries of a kind of history.
func (f HistoryFilter) entries() string {
	const ofSetup = ` WHERE r.setup_id = $1`
	switch f.Kind {
	case setup.HistoryRevisions:
		return historyOfRevisions + ofSetup
	case setup.HistoryJobs:
		return historyOfJobs + ` WHERE j.setup_id = $1`
	case setup.HistoryChecks:
		return historyOfChecks + ` UNION ALL ` + historyOfStates
	case setup.HistoryAll:
	}
	return strings.Join([]string{
		historyOfRevisions + ` AND j.created_at = r.created_at` + ofSetup,
		historyOfJobs + ` LEFT JOIN ` + historyFirsts + ` f ON f.id = j.id
			LEFT JOIN revisions r ON r.setup_id = j.setup_id AND r.number = f.revision AND r.created_at = j.created_at
			WHERE j.setup_id = $1 AND r.number IS NULL`,
		historyOfChecks, historyOfStates,
	}, ` UNION ALL `)
}

// floor leaves out what is older than so many jobs that it cannot be on the page: each
// job is an entry, or in one of its own.
func (f HistoryFilter) floor() string {
	if f.Kind != setup.HistoryAll {
		return ""
	}
	return ` AND at >= COALESCE((SELECT j.created_at FROM jobs j WHERE j.setup_id = $1 AND ` +
		historyPlace("j.created_at", historyJob, "j.id") + ` < $2 ORDER BY j.created_at DESC LIMIT 1 OFFSET $3), 0)`
}

// History is what happened to a setup, the newest first: its revisions, jobs, checks
// and states in one line of time. Equal checks with nothing between them are one entry.
func (s *Store) History(ctx context.Context, f HistoryFilter) (setup.History, error) {
	h, err := s.countHistory(ctx, f.SetupID)
	if err != nil {
		return h, fmt.Errorf("count the history of setup %s: %w", f.SetupID, err)
	}
	before := f.Before
	if before == "" {
		before = "9"
	}
	type row struct {
		entry  setup.HistoryEntry
		oldest string
	}
	list, err := all(ctx, s.reader, func(r scanner) (x row, err error) {
		x.entry, x.oldest, err = scanHistory(r)
		return x, err
	}, `
		SELECT h.kind, h.oldest, h.at, h.number, h.word, h.who, h.result, h.sight, h.findings, h.times, h.since, `+jobColumns+`
		FROM (
			SELECT MAX(kind) AS kind, MAX(place) AS place, MIN(place) AS oldest, MAX(at) AS at, MAX(number) AS number, MAX(job) AS job, MAX(word) AS word, MAX(who) AS who,
				MAX(result) AS result, MAX(sight) AS sight, MAX(findings) AS findings, SUM(times) AS times, MIN(since) AS since
			FROM (
				SELECT m.*, SUM(another) OVER (ORDER BY place DESC) AS run
				FROM (
					SELECT e.*, CASE WHEN fold <> '' AND fold = LAG(fold) OVER (ORDER BY place DESC) THEN 0 ELSE 1 END AS another
					FROM (`+f.entries()+`) e WHERE place < $2`+f.floor()+`) m) runs
			GROUP BY run
			ORDER BY MAX(place) DESC LIMIT $3) h
		LEFT JOIN jobs j ON j.id = h.job ORDER BY h.place DESC`, f.SetupID, before, f.Limit+1)
	if err != nil {
		return h, fmt.Errorf("history of setup %s: %w", f.SetupID, err)
	}
	if len(list) > f.Limit {
		list = list[:f.Limit]
		h.Older = list[f.Limit-1].oldest
	}
	for _, x := range list {
		h.Entries = append(h.Entries, x.entry)
	}
	return h, nil
}

func scanHistory(r scanner) (x setup.HistoryEntry, oldest string, err error) {
	var kind, number, findings, times int
	var when, since int64
	var word, who, result, sight string
	var o optionalJob
	if err := r.Scan(append([]any{&kind, &oldest, &when, &number, &word, &who, &result, &sight, &findings, &times, &since}, o.dest()...)...); err != nil {
		return x, "", translate(err)
	}
	x.At = at(when)
	switch kind {
	case historyCheck:
		x.Check = setup.Checkup{
			Reason: setup.CheckReason(word), By: setup.Person{Name: who}, Result: setup.CheckResult(result), Findings: findings,
			Times: times, FirstAt: at(since), DoneAt: x.At,
		}
		err = decode(sight, &x.Check.Sight)
	case historyRevision:
		x.Revision = setup.Revision{Number: number, Why: word, CreatedBy: setup.Person{Name: who}, CreatedAt: x.At}
	case historyState:
		x.State, x.Before = setup.StateID(word), setup.State{ID: setup.StateID(result), Since: at(since)}
	}
	if j, wrong := o.value(); wrong != nil {
		return x, "", wrong
	} else if j != nil {
		x.Job = *j
	}
	return x, oldest, err
}

// countHistory counts what the history of a setup is made of.
func (s *Store) countHistory(ctx context.Context, setupID string) (h setup.History, err error) {
	err = translate(s.reader.QueryRowContext(ctx, `
		SELECT (SELECT COUNT(*) FROM revisions WHERE setup_id = $1), (SELECT COUNT(*) FROM jobs WHERE setup_id = $1),
			(SELECT COALESCE(SUM(times), 0) FROM checks WHERE setup_id = $1 AND done_at > 0),
			(SELECT COALESCE(MAX(id), 0) FROM jobs WHERE setup_id = $1 AND state IN `+activeStates+`)`, setupID).Scan(&h.Revisions, &h.Jobs, &h.Checks, &h.Active))
	return h, err
}
