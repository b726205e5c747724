package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"apifront/setup"
)

// Bounds of what is kept of one look, in octets as stored. Forty paths by five
// ways fit, and two hundred servers of DNS.
const (
	maxRequestsJSON = 192_000
	maxAnswersJSON  = 96_000
	maxExcerptsJSON = 64_000
	maxRequests     = 500
	maxAnswers      = 800
)

// evidenceAttempts is of how many attempts of a step evidence is kept.
const evidenceAttempts = 10

// ExcerptsKept is for how long the beginnings of bodies are kept.
const ExcerptsKept = 7 * 24 * time.Hour

// A keptSeen is a setup.Seen as it is stored: each certificate once, without the
// beginnings of bodies.
type keptSeen struct {
	Certificates []keptCertificate `json:"certificates,omitempty"`
	Requests     []json.RawMessage `json:"requests,omitempty"` // of keptRequest
	Answers      []json.RawMessage `json:"answers,omitempty"`  // of setup.DNSAnswer
	LeftOut      int               `json:"left_out,omitempty"`
}

type keptCertificate struct {
	Names   []string  `json:"names,omitempty"`
	Begins  time.Time `json:"begins,omitzero"`
	Expires time.Time `json:"expires,omitzero"`
}

func (c keptCertificate) equal(o keptCertificate) bool {
	return slices.Equal(c.Names, o.Names) && c.Begins.Equal(o.Begins) && c.Expires.Equal(o.Expires)
}

type keptRequest struct {
	setup.Evidence
	Certificate int `json:"certificate,omitempty"` // from 1; 0: none
}

// keepEvidence stores what a pass saw with the step's attempt. Ended says that
// the pass ended it.
func (t *tx) keepEvidence(ctx context.Context, r stepRow, seen *setup.Seen, ended bool) error {
	if !r.attemptOpen || seen == nil || seen.Empty() {
		return nil
	}
	text, excerpts, err := encodeSeen(seen)
	if err != nil {
		return fmt.Errorf("evidence of step %s: %w", r.v.ID, err)
	}
	erase := int64(0)
	if excerpts != "" {
		erase = ms(t.now.Add(ExcerptsKept))
	}
	_, err = t.exec(ctx, `
		INSERT INTO evidence (job_id, step, attempt, ended, seen_at, seen, excerpts, erase_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (job_id, step, attempt, ended) DO UPDATE SET
			seen_at = excluded.seen_at, seen = excluded.seen, excerpts = excluded.excerpts, erase_at = excluded.erase_at`,
		r.v.JobID, r.v.ID, r.v.Attempt, flag(ended), ms(t.now), text, excerpts, erase)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `DELETE FROM evidence WHERE job_id = $1 AND step = $2 AND attempt <= $3`, r.v.JobID, r.v.ID, r.v.Attempt-evidenceAttempts)
	return err
}

// encodeSeen is as much of what was seen as is kept: requests that reached their
// API are left out first.
func encodeSeen(seen *setup.Seen) (text, excerpts string, err error) {
	kept := keptSeen{LeftOut: seen.LeftOut}
	octets := 0
	chosen := map[int]bool{}
	lines := make([]json.RawMessage, len(seen.Requests))
	for _, i := range inNeed(seen.Requests) {
		line, cost, err := kept.request(seen.Requests[i], maxRequestsJSON-octets)
		if err != nil {
			return "", "", err
		}
		if line == nil || len(chosen) == maxRequests {
			kept.LeftOut++
			continue
		}
		chosen[i], lines[i] = true, line
		octets += cost
	}
	bodies := map[int]string{} // by number of the request that is kept
	size := 0
	for i, line := range lines {
		if !chosen[i] {
			continue
		}
		kept.Requests = append(kept.Requests, line)
		body := strings.ToValidUTF8(seen.Requests[i].Excerpt, "")
		if size += 2*len(body) + 16; body != "" && size <= maxExcerptsJSON {
			bodies[len(kept.Requests)-1] = body
		}
	}
	size = 0
	for _, a := range seen.Answers {
		line, err := lineOf(a)
		if err != nil {
			return "", "", err
		}
		if size += len(line) + 1; size > maxAnswersJSON || len(kept.Answers) == maxAnswers {
			kept.LeftOut++
			size -= len(line) + 1
			continue
		}
		kept.Answers = append(kept.Answers, line)
	}
	if len(bodies) > 0 {
		b, err := lineOf(bodies)
		if err != nil {
			return "", "", err
		}
		excerpts = string(b)
	}
	b, err := lineOf(kept)
	return string(b), excerpts, err
}

// inNeed are the numbers of requests, those that tell of a fault first.
func inNeed(list []setup.Evidence) []int {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	fine := func(i int) int {
		if e := list[i]; e.Failed == "" && e.Status < 400 && e.FromGateway() {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(order, func(a, b int) int { return fine(a) - fine(b) })
	return order
}

// request is a request as it is stored, and how many octets it takes with its
// certificate; nil: there is no room for it.
func (k *keptSeen) request(e setup.Evidence, room int) (line json.RawMessage, octets int, err error) {
	r := keptRequest{Evidence: e}
	c := keptCertificate{Names: e.Names, Begins: e.Begins, Expires: e.Expires}
	r.Excerpt, r.Names, r.Begins, r.Expires = "", nil, time.Time{}, time.Time{}
	cost := 0
	if len(c.Names) > 0 || !c.Expires.IsZero() {
		at := slices.IndexFunc(k.Certificates, c.equal)
		if at < 0 {
			line, err := lineOf(c)
			if err != nil {
				return nil, 0, err
			}
			at, cost = len(k.Certificates), len(line)+1
		}
		r.Certificate = at + 1
	}
	if line, err = lineOf(r); err != nil || len(line)+1+cost > room {
		return nil, 0, err
	}
	if cost > 0 {
		k.Certificates = append(k.Certificates, c)
	}
	return line, len(line) + 1 + cost, nil
}

// lineOf is v as JSON. What HTML would need escaped is not: pages do that.
func lineOf(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// decodeSeen reads what encodeSeen wrote.
func decodeSeen(text, excerpts string) (seen setup.Seen, err error) {
	var kept keptSeen
	var bodies map[int]string
	if err := decode(text, &kept); err != nil {
		return seen, err
	}
	if err := decode(excerpts, &bodies); err != nil {
		return seen, err
	}
	seen.LeftOut = kept.LeftOut
	for i, line := range kept.Requests {
		var r keptRequest
		if err := json.Unmarshal(line, &r); err != nil {
			return seen, fmt.Errorf("decode a request: %w", err)
		}
		if n := r.Certificate; n > 0 && n <= len(kept.Certificates) {
			c := kept.Certificates[n-1]
			r.Names, r.Begins, r.Expires = c.Names, c.Begins, c.Expires
		}
		r.Excerpt = bodies[i]
		seen.Requests = append(seen.Requests, r.Evidence)
	}
	for _, line := range kept.Answers {
		var a setup.DNSAnswer
		if err := json.Unmarshal(line, &a); err != nil {
			return seen, fmt.Errorf("decode an answer: %w", err)
		}
		seen.Answers = append(seen.Answers, a)
	}
	return seen, nil
}

// A WhatSeen says which evidence is wanted.
type WhatSeen struct {
	Steps    []setup.StepID // nil: of all steps
	Newest   bool           // of the newest attempt that has any only
	Excerpts bool           // the beginnings of bodies too, as long as they are kept
}

// AttemptsSeen lists the attempts of a job's steps, oldest first, and what was
// seen from outside, by step, newest first.
func (s *Store) AttemptsSeen(ctx context.Context, job int64, what WhatSeen) ([]setup.Attempt, map[setup.StepID][]setup.Seen, error) {
	now := s.Now()
	args := []any{job, ms(now), ms(eraseAhead(now)), flag(what.Excerpts)}
	of := "e.job_id = a.job_id AND e.step = a.step AND e.attempt = a.number"
	if what.Steps != nil {
		of += " AND e.step IN (''" // none is of no step
		for _, id := range what.Steps {
			args = append(args, string(id))
			of += fmt.Sprintf(", $%d", len(args))
		}
		of += ")"
	}
	if what.Newest {
		of += " AND e.attempt = (SELECT MAX(n.attempt) FROM evidence n WHERE n.job_id = e.job_id AND n.step = e.step)"
	}
	var attempts []setup.Attempt
	seen := map[setup.StepID][]setup.Seen{}
	_, err := all(ctx, s.reader, func(row scanner) (struct{}, error) {
		var ended, erased int
		var seenAt int64
		var text, excerpts string
		a, err := scanAttempt(joined{row, []any{&ended, &seenAt, &text, &excerpts, &erased}})
		if err != nil {
			return struct{}{}, err
		}
		if n := len(attempts); n == 0 || attempts[n-1].StepID != a.StepID || attempts[n-1].Number != a.Number {
			attempts = append(attempts, a)
		}
		if seenAt == 0 {
			return struct{}{}, nil
		}
		v, err := decodeSeen(text, excerpts)
		if err != nil {
			return struct{}{}, fmt.Errorf("evidence of attempt %d of step %s: %w", a.Number, a.StepID, err)
		}
		v.Attempt, v.At, v.Ended, v.Erased = a.Number, at(seenAt), ended == 1, erased == 1
		seen[a.StepID] = append(seen[a.StepID], v)
		return struct{}{}, nil
	}, `
		SELECT a.job_id, a.step, a.number, a.started_by, a.started_by_id, a.state, a.problem, a.changes, a.removals, a.started_at, a.finished_at,
			COALESCE(e.ended, 0), COALESCE(e.seen_at, 0), COALESCE(e.seen, ''),
			CASE WHEN $4 = 1 AND e.erase_at > $2 AND e.erase_at <= $3 THEN e.excerpts ELSE '' END,
			CASE WHEN e.erase_at <> 0 AND (e.erase_at <= $2 OR e.erase_at > $3) THEN 1 ELSE 0 END
		FROM attempts a LEFT JOIN evidence e ON `+of+`
		WHERE a.job_id = $1 ORDER BY a.started_at, a.step, a.number, e.ended`, args...)
	for _, list := range seen {
		slices.Reverse(list)
	}
	return attempts, seen, err
}

// A joined scanner reads more columns than it is asked for.
type joined struct {
	scanner
	more []any
}

func (j joined) Scan(dest ...any) error { return j.scanner.Scan(append(dest, j.more...)...) }

// eraseAhead is the latest time at which anything of now is erased. One that is
// later was stored by a clock that was ahead, and is due.
func eraseAhead(now time.Time) time.Time { return now.Add(ExcerptsKept + clockSlack) }

// EraseExcerpts erases the beginnings of bodies that were kept long enough, and
// says of how many looks. It may be called again at any time, by any process.
func (s *Store) EraseExcerpts(ctx context.Context) (n int64, err error) {
	const due = `erase_at > 0 AND (erase_at <= $1 OR erase_at > $2)`
	var some int
	now := s.Now()
	err = s.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM evidence WHERE `+due, ms(now), ms(eraseAhead(now))).Scan(&some)
	if err != nil || some == 0 {
		return 0, translate(err)
	}
	n, err = write(ctx, s, func(t *tx) (int64, error) {
		return t.exec(ctx, `UPDATE evidence SET excerpts = '', erase_at = -1 WHERE `+due, ms(t.now), ms(eraseAhead(t.now)))
	})
	if err != nil {
		return 0, fmt.Errorf("erase excerpts: %w", err)
	}
	return n, nil
}
