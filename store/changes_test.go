package store

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// attemptsAt lists the attempts of one step.
func attemptsAt(t *testing.T, s *Store, job int64, step setup.StepID) (list []setup.Attempt) {
	t.Helper()
	all, err := s.Attempts(t.Context(), job)
	must(t, err)
	for _, a := range all {
		if a.StepID == step {
			list = append(list, a)
		}
	}
	return list
}

// An attempt keeps what all its passes found to differ, each once, and the last
// word on each thing that goes. The next attempt begins with nothing.
func TestAnAttemptKeepsWhatDiffered(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	job := start(t, s, draft(t, s, "a.example.com").ID)
	protocol := setup.Change{Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only"}
	comment := setup.Change{Field: "Comment", Want: "a.example.com"}
	old := setup.Removal{Key: setup.KeyCachePolicy, Number: 1, Type: "Cache policy", ID: "1", Why: "Another takes its place."}
	older := setup.Removal{Key: setup.KeyCachePolicy, Type: "Cache policy", ID: "0", Stays: true, Why: "Somebody changed it."}
	gone := old
	gone.Gone, gone.Why = true, "It is gone from AWS."

	must(t, s.Settle(ctx, claim(t, s, job, "a"), Outcome{State: setup.StepRunning, Changes: []setup.Change{protocol, protocol}, Removals: []setup.Removal{old, older}}))
	must(t, s.Settle(ctx, claim(t, s, job, "a"), Outcome{State: setup.StepRunning}))
	if got := attemptsAt(t, s, job, "a"); len(got) != 1 || len(got[0].Changes) != 1 || got[0].State != setup.StepRunning {
		t.Errorf("while it goes on: %+v", got)
	}
	must(t, s.Settle(ctx, claim(t, s, job, "a"), Outcome{State: setup.StepDone, Changes: []setup.Change{protocol, comment}, Removals: []setup.Removal{gone}}))
	must(t, s.RerunFrom(ctx, job, "a", "Grace"))
	end(t, s, job, "a", setup.StepDone)

	got := attemptsAt(t, s, job, "a")
	if len(got) != 2 {
		t.Fatalf("the attempts are %+v", got)
	}
	if diff := cmp.Diff([]setup.Change{protocol, comment}, got[0].Changes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]setup.Removal{gone, older}, got[0].Removals); diff != "" {
		t.Error(diff)
	}
	if got[1].Changes != nil || got[1].Removals != nil {
		t.Errorf("the second attempt has %v and %v of the first", got[1].Changes, got[1].Removals)
	}
}

// Whatever is found to differ, an attempt keeps little of it, and whole
// characters.
func TestWhatAnAttemptKeepsIsBounded(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	for n, value := range []string{"short", strings.Repeat("ü€😀", 1000), "\x00\xff<&>", strings.Repeat("\x00", 600), "a" + strings.Repeat("€", 200)} {
		job := start(t, s, draft(t, s, fmt.Sprintf("a%d.example.com", n)).ID)
		for pass := range 3 {
			o := Outcome{State: setup.StepRunning}
			for i := range 60 {
				o.Changes = append(o.Changes, setup.Change{Field: fmt.Sprintf("Field %d of pass %d", i, pass), Is: value, Want: value + "!"})
				o.Removals = append(o.Removals, setup.Removal{Key: fmt.Sprintf("key %d", i), Number: pass, ID: value, Why: value})
			}
			p := claim(t, s, job, "a")
			must(t, s.Settle(ctx, p, o))
			first := attemptsAt(t, s, job, "a")[0]
			must(t, s.Settle(ctx, claim(t, s, job, "a"), o)) // a look that sees the same
			if diff := cmp.Diff(first, attemptsAt(t, s, job, "a")[0]); diff != "" {
				t.Errorf("value %d: the same is kept twice: %s", n, diff)
			}
		}
		var changes, removals string
		must(t, s.reader.QueryRowContext(ctx, `SELECT changes, removals FROM attempts WHERE job_id = $1 AND step = 'a'`, job).Scan(&changes, &removals))
		a := attemptsAt(t, s, job, "a")[0]
		if len(changes) > 16_000 || len(removals) > 16_000 || len(a.Changes) > 100 || len(a.Removals) > 100 {
			t.Errorf("value %d: %d changes of %d octets and %d removals of %d", n, len(a.Changes), len(changes), len(a.Removals), len(removals))
		}
		if len(a.Changes) < 2 || len(a.Removals) < 2 || n == 0 && (len(a.Changes) != 100 || len(a.Removals) != 100) {
			t.Errorf("value %d: only %d changes and %d removals are kept", n, len(a.Changes), len(a.Removals))
		}
		for _, c := range a.Changes {
			if len(c.Is) > 500 || !utf8.ValidString(c.Is) || len(value) > 500 && utf8.ValidString(value) && !strings.HasPrefix(value, strings.TrimSuffix(c.Is, "…")) {
				t.Fatalf("value %d is kept as %q", n, c.Is)
			}
		}
	}
}
