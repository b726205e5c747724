package store

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// A chronicle is a random history of a setup, as its tables have it.
type chronicle struct {
	revisions map[int]int64   // when each was made
	jobs      map[int64]int64 // when each was started
	first     map[int]int64   // the first job of each revision
	checks    int             // how many, equal ones counted
	states    []setup.StateID // that follow each other, those of jobs at work left out
	resting   []time.Time     // since when, of each
	before    setup.StateID   // that of the first version, whose time nobody knows; "" for none

	alike map[string]int   // checks by what they say, equal ones counted
	since map[string]int64 // when the first of these ended
}

// says is what makes two checks equal.
func says(c setup.Checkup) string {
	return fmt.Sprint(c.Reason, c.By.Name, c.Result, c.Sight, c.Findings)
}

// write fills the tables of a setup with so many random rows. Many have the same time.
func (c *chronicle) write(t *testing.T, s *Store, v setup.Setup, r *rand.Rand, n int) {
	t.Helper()
	ctx := t.Context()
	exec := func(query string, args ...any) {
		t.Helper()
		_, err := s.Writer().ExecContext(ctx, query, args...)
		must(t, err)
	}
	for _, table := range []string{"checks", "states"} {
		exec(`DELETE FROM `+table+` WHERE setup_id = $1`, v.ID)
	}
	exec(`UPDATE revisions SET created_at = 1000 WHERE setup_id = $1`, v.ID)
	exec(`UPDATE jobs SET created_at = 1000 WHERE setup_id = $1`, v.ID)
	*c = chronicle{revisions: map[int]int64{1: 1000}, jobs: map[int64]int64{}, first: map[int]int64{}}
	var made int64
	must(t, s.reader.QueryRowContext(ctx, `SELECT id FROM jobs WHERE setup_id = $1`, v.ID).Scan(&made))
	c.jobs[made], c.first[1] = 1000, made
	c.alike, c.since = map[string]int{}, map[string]int64{}
	var last setup.StateID
	now, revision, number, open := int64(1000), 1, 0, false
	same, sameSight := setup.Checkup{Reason: setup.CheckBySchedule, Result: setup.CheckHealthy}, ""
	if r.IntN(2) == 0 {
		number, last = 1, setup.StateServing
		c.before = last
		exec(`INSERT INTO states (setup_id, number, state, job, since) VALUES ($1, $2, $3, 0, 0)`, v.ID, number, string(last))
	}
	for i := range n {
		if r.IntN(3) > 0 {
			now += r.Int64N(100_000)
		}
		job := made + int64(i) + 100
		start := func() {
			exec(`
				INSERT INTO jobs (id, revision, setup_id, setup_name, kind, state, input, connection, account_id, region, created_by, created_by_id, created_at, started_at, finished_at, seq, failed, needs_you)
				VALUES ($1, $2, $3, $4, 'apply', 'succeeded', '{}', 'default', '', 'eu-west-1', 'Ada', '', $5, $5, $6, 0, 0, 0)`, job, revision, v.ID, v.Name(), now, now+5)
			c.jobs[job] = now
			if c.first[revision] == 0 {
				c.first[revision] = job
			}
		}
		switch r.IntN(6) {
		case 0:
			revision++
			exec(`INSERT INTO revisions (setup_id, number, spec, format, came_from, why, created_by, created_by_id, created_at)
				SELECT setup_id, $2, spec, format, 0, 'Change', 'Ada', '', $3 FROM revisions WHERE setup_id = $1 AND number = 1`, v.ID, revision, now)
			c.revisions[revision] = now
			if r.IntN(3) > 0 {
				start()
			}
		case 1:
			start()
		case 2:
			number++
			state := []setup.StateID{setup.StateServing, setup.StateDrifted, setup.StateBeingChanged, setup.StateNotAnswering}[r.IntN(4)]
			exec(`INSERT INTO states (setup_id, number, state, job, since) VALUES ($1, $2, $3, 0, $4)`, v.ID, number, string(state), now)
			if state != setup.StateBeingChanged && state != last {
				c.states, c.resting, last = append(c.states, state), append(c.resting, at(now)), state
			}
		default:
			times, first := 1, int64(0)
			if r.IntN(4) == 0 {
				times, first = 2+r.IntN(5), now-50
			}
			result := []setup.CheckResult{setup.CheckHealthy, setup.CheckHealthy, setup.CheckFindings, setup.CheckCouldNot}[r.IntN(4)]
			reason := []setup.CheckReason{setup.CheckBySchedule, setup.CheckBySchedule, setup.CheckByPerson}[r.IntN(3)]
			x := setup.Checkup{Reason: reason, Result: result, Findings: r.IntN(2), By: setup.Person{Name: []string{"", "", "Ada"}[r.IntN(3)]}}
			sight := []string{"", "", `{"here":"yes","answers":"no"}`}[r.IntN(3)]
			if r.IntN(2) == 0 { // most follow one that says the same
				x, sight = same, sameSight
			}
			same, sameSight = x, sight
			must(t, decode(sight, &x.Sight))
			done := now
			if !open && r.IntN(6) == 0 {
				done, open = 0, true // it is at work, and no part of the history yet
			}
			exec(`
				INSERT INTO checks (id, setup_id, revision, reason, asked_by, asked_by_id, asked_at, due_at, done_at, result, sight, problem, findings, lines, lease_by, lease_until, times, first_at)
				VALUES ($1, $2, 1, $3, $8, '', $4, $4, $9, $5, $10, '', $11, '', '', 0, $6, $7)`,
				fmt.Sprintf("%08x-0000-7000-8000-%012x", i, r.Int64N(1<<40)), v.ID, string(x.Reason), now, string(x.Result), times, first, x.By.Name, done, sight, x.Findings)
			if done == 0 {
				continue
			}
			c.checks += times
			if from := cmp.Or(first, now); c.alike[says(x)] == 0 || from < c.since[says(x)] {
				c.since[says(x)] = from
			}
			c.alike[says(x)] += times
		}
	}
}

// wholeHistory reads a history page by page.
func wholeHistory(t *testing.T, s *Store, f HistoryFilter) (list []setup.HistoryEntry, h setup.History) {
	t.Helper()
	for range 10_000 {
		page, err := s.History(t.Context(), f)
		must(t, err)
		if len(page.Entries) > f.Limit || page.Older != "" && (len(page.Entries) < f.Limit || setup.HistoryPlace(page.Older) == "") {
			t.Fatalf("a page of %d has %d entries, then %q", f.Limit, len(page.Entries), page.Older)
		}
		list, h, f.Before = append(list, page.Entries...), page, page.Older
		if f.Before == "" {
			return list, h
		}
	}
	t.Fatal("the history has no end")
	return nil, h
}

// The line of time of a setup has each revision, each job, each check and each state
// that became true exactly once, the newest first, in whatever pages it is read. Equal
// checks with nothing between them are one entry, which counts them.
func TestAHistoryHasEverythingOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	v := madeSetup(t, s, "a.example.com")
	other := madeSetup(t, s, "b.example.com")
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 8))
		var c chronicle
		c.clear(t, s, v)
		c.write(t, s, v, r, r.IntN(60))
		for _, kind := range []setup.HistoryKind{setup.HistoryAll, setup.HistoryRevisions, setup.HistoryJobs, setup.HistoryChecks} {
			list, h := wholeHistory(t, s, HistoryFilter{SetupID: v.ID, Kind: kind, Limit: 1000})
			if h.Revisions != len(c.revisions) || h.Jobs != len(c.jobs) || h.Checks != c.checks || h.Active != 0 {
				t.Errorf("seed %d: counted %d revisions, %d jobs, %d checks, want %d, %d, %d", seed, h.Revisions, h.Jobs, h.Checks, len(c.revisions), len(c.jobs), c.checks)
			}
			c.holds(t, fmt.Sprintf("seed %d, %q", seed, kind), kind, list)
			paged, _ := wholeHistory(t, s, HistoryFilter{SetupID: v.ID, Kind: kind, Limit: 1 + r.IntN(7)})
			if diff := gocmp.Diff(list, paged); diff != "" {
				t.Errorf("seed %d, %q: page by page it is another one: %s", seed, kind, diff)
			}
		}
	}
	if list, h := wholeHistory(t, s, HistoryFilter{SetupID: other.ID, Limit: 10}); len(list) != 3 || h.Revisions != 1 || h.Jobs != 1 || h.Checks != 1 {
		t.Errorf("another setup: %+v", list)
	}
	if list, h := wholeHistory(t, s, HistoryFilter{SetupID: "none", Limit: 10}); len(list) != 0 || h.Revisions+h.Jobs+h.Checks != 0 {
		t.Errorf("no setup: %+v", list)
	}
}

// clear leaves the first job and revision of the setup alone.
func (c *chronicle) clear(t *testing.T, s *Store, v setup.Setup) {
	t.Helper()
	for _, q := range []string{`DELETE FROM revisions WHERE setup_id = $1 AND number > 1`, `DELETE FROM jobs WHERE setup_id = $1 AND id > (SELECT MIN(j.id) FROM jobs j WHERE j.setup_id = $1)`} {
		_, err := s.Writer().ExecContext(t.Context(), q, v.ID)
		must(t, err)
	}
}

// holds fails the test unless the list is the history of the kind.
func (c *chronicle) holds(t *testing.T, what string, kind setup.HistoryKind, list []setup.HistoryEntry) {
	t.Helper()
	revisions, jobs, checks := map[int]int{}, map[int64]int{}, 0
	var states []setup.StateID
	var resting []time.Time
	alike, since := map[string]int{}, map[string]int64{}
	for i, x := range list {
		if i > 0 && x.At.After(list[i-1].At) {
			t.Errorf("%s: entry %d is newer than the one above it", what, i)
		}
		if x.Job.ID != 0 {
			jobs[x.Job.ID]++
			if x.Job.CreatedAt.UnixMilli() != c.jobs[x.Job.ID] {
				t.Errorf("%s: job %d was started at %s", what, x.Job.ID, x.Job.CreatedAt)
			}
		}
		switch {
		case x.Revision.Number != 0:
			revisions[x.Revision.Number]++
			if x.At.UnixMilli() != c.revisions[x.Revision.Number] || x.Job.ID != 0 && x.Job.ID != c.first[x.Revision.Number] {
				t.Errorf("%s: revision %d at %s with job %d", what, x.Revision.Number, x.At, x.Job.ID)
			}
		case x.Check.Times != 0:
			checks += x.Check.Times
			if from := x.Check.FirstAt.UnixMilli(); alike[says(x.Check)] == 0 || from < since[says(x.Check)] {
				since[says(x.Check)] = from
			}
			alike[says(x.Check)] += x.Check.Times
			if i > 0 && list[i-1].Check.Times > 0 && says(list[i-1].Check) == says(x.Check) {
				t.Errorf("%s: entries %d and %d are equal checks", what, i-1, i)
			}
			if x.Check.FirstAt.After(x.At) {
				t.Errorf("%s: the first of %d checks ended at %s, the last at %s", what, x.Check.Times, x.Check.FirstAt, x.At)
			}
		case x.State != "":
			if n := len(states); n < len(c.states) && len(c.states) > n+1 && (x.Before.ID != c.states[len(c.states)-n-2] || !x.Before.Since.Equal(c.resting[len(c.states)-n-2])) {
				t.Errorf("%s: before %s there was %+v", what, x.State, x.Before)
			}
			if n := len(states); len(c.states) == n+1 && (x.Before.ID != c.before || !x.Before.Since.IsZero()) {
				t.Errorf("%s: before the first state, %s, there was %+v, want %q", what, x.State, x.Before, c.before)
			}
			states, resting = append(states, x.State), append(resting, x.At)
		case x.Job.ID == 0:
			t.Errorf("%s: entry %d is about nothing", what, i)
		}
	}
	once := func(name string, n, want int, counts []int) {
		if n != want || slices.ContainsFunc(counts, func(times int) bool { return times != 1 }) {
			t.Errorf("%s: %d %s of %d, each so often: %v", what, n, name, want, counts)
		}
	}
	all := kind == setup.HistoryAll
	if all || kind == setup.HistoryRevisions {
		once("revisions", len(revisions), len(c.revisions), values(revisions))
	}
	if all || kind == setup.HistoryJobs {
		once("jobs", len(jobs), len(c.jobs), values(jobs))
	}
	if kind == setup.HistoryRevisions {
		once("jobs of revisions", len(jobs), len(c.first), values(jobs))
	}
	if all || kind == setup.HistoryChecks {
		if diff := gocmp.Diff(c.alike, alike); diff != "" {
			t.Errorf("%s: checks that say the same: %s", what, diff)
		}
		if diff := gocmp.Diff(c.since, since); diff != "" {
			t.Errorf("%s: the first of checks that say the same: %s", what, diff)
		}
		slices.Reverse(states)
		slices.Reverse(resting)
		if checks != c.checks || !slices.Equal(states, c.states) || !slices.EqualFunc(resting, c.resting, time.Time.Equal) {
			t.Errorf("%s: %d checks and the states %v since %v, want %d and %v since %v", what, checks, states, resting, c.checks, c.states, c.resting)
		}
	}
	if want := map[setup.HistoryKind][3]bool{setup.HistoryRevisions: {true}, setup.HistoryJobs: {false, true}, setup.HistoryChecks: {false, false, true}}[kind]; !all {
		for i, x := range list {
			if (x.Revision.Number != 0) != want[0] || (x.Job.ID != 0) && want[2] || (x.Check.Times != 0 || x.State != "") != want[2] {
				t.Errorf("%s: entry %d is of another kind: %+v", what, i, x)
			}
		}
	}
}

func values[K cmp.Ordered](m map[K]int) (list []int) {
	for _, n := range m {
		list = append(list, n)
	}
	return list
}

// A history of ten years is read in a moment, and the newest of it is a page.
func TestALongHistoryIsReadInAMoment(t *testing.T) {
	t.Parallel()
	s := open(t)
	v := madeSetup(t, s, "a.example.com")
	var c chronicle
	c.write(t, s, v, rand.New(rand.NewPCG(1, 2)), 3000)
	began := time.Now()
	for range 10 {
		h, err := s.History(t.Context(), HistoryFilter{SetupID: v.ID, Limit: 20})
		must(t, err)
		if len(h.Entries) != 20 || h.Older == "" {
			t.Fatalf("%d entries", len(h.Entries))
		}
	}
	t.Logf("%d revisions, %d jobs, %d checks: %s a page", len(c.revisions), len(c.jobs), c.checks, time.Since(began)/10)
}
