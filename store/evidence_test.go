package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"apifront/setup"
)

// seenOf is what one look saw, with a word of its own.
func seenOf(word string) *setup.Seen {
	when := time.UnixMilli(1_700_000_000_000).UTC()
	return &setup.Seen{
		Requests: []setup.Evidence{
			{
				Rung: setup.RungName, Path: "/orders", Method: "GET", URL: "https://api.example.com/orders", Key: "APIFRONT_PROBE_KEY_A", At: when, Status: 502,
				Header: map[string]string{"Server": "nginx"}, Names: []string{"api.example.com"}, Begins: when, Expires: when.Add(time.Hour),
				Address: "192.0.2.1:443", FirstByte: 61 * time.Millisecond, Excerpt: "<b>" + word + "</b>",
			},
			{Rung: setup.RungName, Path: "/users", Method: "GET", URL: "https://api.example.com/users", At: when, Names: []string{"api.example.com"}, Begins: when, Expires: when.Add(time.Hour), Failed: "http", Error: "EOF"},
		},
		Answers: []setup.DNSAnswer{{Name: "api.example.com", Type: "A", Server: "ns1.example.com", Code: "NOERROR", Records: []string{"192.0.2.1"}, TTL: time.Minute}},
	}
}

// evidenceOf lists what was seen by one step, newest first.
func evidenceOf(t *testing.T, s *Store, job int64, what WhatSeen) []setup.Seen {
	t.Helper()
	attempts, seen, err := s.AttemptsSeen(t.Context(), job, what)
	must(t, err)
	plain, err := s.Attempts(t.Context(), job)
	must(t, err)
	if diff := cmp.Diff(plain, attempts); diff != "" {
		t.Errorf("the attempts are others with what was seen: %s", diff)
	}
	return seen["a"]
}

// An attempt keeps the newest look that did not end it and the one that did;
// another attempt keeps its own. A look that saw nothing changes nothing.
func TestAnAttemptKeepsItsEvidence(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	job := start(t, s, draft(t, s, "a.example.com").ID)
	pass := func(state setup.StepState, seen *setup.Seen) {
		t.Helper()
		must(t, s.Settle(t.Context(), claim(t, s, job, "a"), Outcome{State: state, Seen: seen}))
	}
	for _, word := range []string{"one", "two", "three"} {
		pass(setup.StepRunning, seenOf(word))
	}
	pass(setup.StepRunning, nil)
	pass(setup.StepFailed, seenOf("four"))
	must(t, s.RerunFrom(ctx, job, "a", "Grace"))
	pass(setup.StepDone, &setup.Seen{Answers: seenOf("").Answers})

	got := evidenceOf(t, s, job, WhatSeen{Excerpts: true})
	want := []setup.Seen{{Attempt: 2, Ended: true}, {Attempt: 1, Ended: true}, {Attempt: 1}}
	want[0].Answers = seenOf("").Answers
	for i, word := range map[int]string{1: "four", 2: "three"} {
		want[i].Requests, want[i].Answers = seenOf(word).Requests, seenOf(word).Answers
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(setup.Seen{}, "At")); diff != "" {
		t.Error(diff)
	}
	if got := evidenceOf(t, s, job, WhatSeen{Newest: true}); len(got) != 1 || got[0].Attempt != 2 {
		t.Errorf("of the newest attempt: %+v", got)
	}
	if got := evidenceOf(t, s, job, WhatSeen{Steps: []setup.StepID{"b"}}); got != nil {
		t.Errorf("of another step: %+v", got)
	}
	for _, v := range evidenceOf(t, s, job, WhatSeen{Steps: []setup.StepID{"a"}}) {
		if v.Erased || slices.ContainsFunc(v.Requests, func(e setup.Evidence) bool { return e.Excerpt != "" }) {
			t.Errorf("without excerpts: %+v", v)
		}
	}
	for range evidenceAttempts {
		must(t, s.RerunFrom(ctx, job, "a", "Grace"))
		pass(setup.StepDone, seenOf("more"))
	}
	var n int
	must(t, s.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM evidence WHERE job_id = $1`, job).Scan(&n))
	if n != evidenceAttempts {
		t.Errorf("%d looks are kept, want those of %d attempts", n, evidenceAttempts)
	}
	_, err := s.Writer().ExecContext(ctx, `DELETE FROM jobs`)
	must(t, err)
	must(t, s.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM evidence`).Scan(&n))
	if n != 0 {
		t.Errorf("%d looks are left of a job that is gone", n)
	}
}

// Forty paths by five ways and two hundred servers of DNS are kept. Whatever
// servers say beyond that, little of it is, and of requests those that tell of a
// fault come first.
func TestEvidenceIsBounded(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	fill := func(paths int, value string, names int) *setup.Seen {
		v := &setup.Seen{}
		for i := range paths {
			for r, rung := range []setup.Rung{setup.RungAPI, setup.RungRegional, setup.RungDistribution, setup.RungName, "of another version"} {
				e := seenOf("").Requests[0]
				e.Rung, e.Path, e.Excerpt = rung, fmt.Sprintf("/path-%d", i), ""
				e.Header = map[string]string{"X-Amzn-Requestid": value, "Via": value, "X-Cache": value, "X-Amz-Cf-Id": value, "Content-Type": value}
				e.Names = nil
				for n := range names {
					e.Names = append(e.Names, fmt.Sprintf("%s%d-%d.example.com", value, r, n))
				}
				if i%8 == 7 {
					e.Header, e.Status, e.Excerpt = nil, 500, strings.Repeat(value, 4)
				} else {
					e.Status = 200
				}
				v.Requests = append(v.Requests, e)
			}
		}
		for i := range 200 {
			v.Answers = append(v.Answers, setup.DNSAnswer{Name: "api.example.com", Type: "A", Server: fmt.Sprintf("ns%d.example.com", i), Code: "NOERROR", Records: []string{value, value}})
		}
		return v
	}
	for n, c := range []struct {
		value         string
		paths, names  int
		all, excerpts bool
	}{
		{"0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d", 40, 50, true, true},
		{strings.Repeat("W", 256), 40, 50, false, true},
		{strings.Repeat(`"\<€`, 60), 300, 2, false, true},
		{"\xff\x00\u202e<script>", 40, 2, true, true},
	} {
		job := start(t, s, draft(t, s, fmt.Sprintf("a%d.example.com", n)).ID)
		must(t, s.Settle(ctx, claim(t, s, job, "a"), Outcome{State: setup.StepRunning, Seen: fill(c.paths, c.value, c.names)}))
		var seen, excerpts int
		must(t, s.reader.QueryRowContext(ctx, `SELECT octet_length(seen), octet_length(excerpts) FROM evidence WHERE job_id = $1`, job).Scan(&seen, &excerpts))
		got := evidenceOf(t, s, job, WhatSeen{Excerpts: true})[0]
		t.Logf("case %d: %d octets, %d of excerpts; %d requests, %d answers, %d left out", n, seen, excerpts, len(got.Requests), len(got.Answers), got.LeftOut)
		if seen > 300_000 || excerpts > 70_000 {
			t.Errorf("case %d: %d octets and %d of excerpts", n, seen, excerpts)
		}
		if all := got.LeftOut == 0 && len(got.Requests) == 5*c.paths && len(got.Answers) == 200; all != c.all || got.LeftOut+len(got.Requests)+len(got.Answers) != 5*c.paths+200 {
			t.Errorf("case %d: %d requests and %d answers are kept, %d left out", n, len(got.Requests), len(got.Answers), got.LeftOut)
		}
		faults := 0
		for _, e := range got.Requests {
			if e.Status == 500 {
				faults++
			}
		}
		if faults < min(5*(c.paths/8), 50) {
			t.Errorf("case %d: only %d requests that tell of a fault are kept", n, faults)
		}
	}
}

// The beginnings of bodies are kept for a week and not shown an hour longer; the
// rest of the evidence stays. Two processes erase the same once.
func TestExcerptsAreErased(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	now := time.Now()
	at := func(d time.Duration) { now = now.Add(d); fixed(s, now) }
	at(0)
	job := start(t, s, draft(t, s, "a.example.com").ID)
	must(t, s.Settle(ctx, claim(t, s, job, "a"), Outcome{State: setup.StepDone, Seen: seenOf("secret of a stranger")}))
	stored := func() (text string) {
		must(t, s.reader.QueryRowContext(ctx, `SELECT excerpts FROM evidence WHERE job_id = $1`, job).Scan(&text))
		return text
	}
	look := func() setup.Seen { return evidenceOf(t, s, job, WhatSeen{Excerpts: true})[0] }
	at(ExcerptsKept - time.Minute)
	if n, err := s.EraseExcerpts(ctx); err != nil || n != 0 || look().Requests[0].Excerpt == "" || look().Erased {
		t.Fatalf("within a week: %d erased, %v, %+v", n, err, look())
	}
	at(2 * time.Minute)
	if v := look(); v.Requests[0].Excerpt != "" || !v.Erased || v.Requests[0].Status != 502 {
		t.Errorf("after a week, before they are erased: %+v", v)
	}
	for i, want := range []int64{1, 0} {
		if n, err := s.EraseExcerpts(ctx); err != nil || n != want {
			t.Errorf("erasing again and again, %d: %d, %v", i, n, err)
		}
	}
	if text := stored(); text != "" {
		t.Errorf("it is still stored: %s", text)
	}
	if v := look(); v.Requests[0].Excerpt != "" || !v.Erased || len(v.Requests) != 2 || len(v.Answers) != 1 {
		t.Errorf("after a week: %+v", v)
	}
	// What was stored by a clock that was a year ahead is not kept for a year.
	at(365 * 24 * time.Hour)
	must(t, s.RerunFrom(ctx, job, "a", "Grace"))
	must(t, s.Settle(ctx, claim(t, s, job, "a"), Outcome{State: setup.StepDone, Seen: seenOf("of a clock that was ahead")}))
	at(-365 * 24 * time.Hour)
	if v := look(); v.Requests[0].Excerpt != "" || !v.Erased {
		t.Errorf("of a clock that was ahead: %+v", v)
	}
	if n, err := s.EraseExcerpts(ctx); err != nil || n != 1 {
		t.Errorf("of a clock that was ahead: %d erased, %v", n, err)
	}
}
