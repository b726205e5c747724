package store

import (
	"testing"
	"time"

	"apifront/setup"
)

// What a look has found is outdated once a job over the same connection, or over
// another one to the same account, has ended since. Other accounts' jobs, and
// what jobs do not change, do not matter.
func TestALookIsOutdatedByAJobThatEnded(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	start := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	jobs := 0
	job := func(kind setup.JobKind, connection, account string, ended time.Time) {
		t.Helper()
		jobs++
		_, err := s.Writer().ExecContext(ctx, `INSERT INTO setups (id, name, account_id, spec, revision, generation, created_by, created_at, updated_by, updated_at)
			VALUES ($1, $1, $2, '{}', 1, 1, '', 1, '', 1)`, string(rune('a'+jobs)), account)
		must(t, err)
		_, err = s.Writer().ExecContext(ctx, `INSERT INTO jobs (id, setup_id, revision, setup_name, kind, state, input, connection, account_id, region, created_by, created_at, started_at, finished_at, seq, failed, needs_you)
			VALUES ($1, $2, 1, $2, $3, 'succeeded', '{}', $4, $5, '', '', 1, 1, $6, 0, 0, 0)`, jobs, string(rune('a'+jobs)), string(kind), connection, account, ms(ended))
		must(t, err)
	}
	of := draft(t, s, "api.example.com").ID // plans are of drafts
	key := func(kind setup.LookKind, connection string) setup.LookKey {
		return setup.LookKey{Kind: kind, Connection: connection, Region: "eu-west-1", Subject: of}
	}
	keys := []setup.LookKey{
		key(setup.LookName, "one"), key(setup.LookCertificates, "one"), key(setup.LookPlan, "one"), key(setup.LookPreflight, "one"),
		key(setup.LookIdentity, "one"), key(setup.LookAPIs, "one"), key(setup.LookZones, "one"), key(setup.LookName, "two"), key(setup.LookName, "other"), key(setup.LookTeardown, "one"),
	}
	look := func(at time.Time) {
		t.Helper()
		fixed(s, at)
		must(t, s.AskLooks(ctx, keys))
		_, err := s.Writer().ExecContext(ctx, `UPDATE looks SET pending = 0, done_at = $1, result = '{}'`, ms(at.Add(time.Second)))
		must(t, err)
	}
	check := func(when string, want ...int) {
		t.Helper()
		found, err := s.Looks(ctx, keys)
		must(t, err)
		for i, k := range keys {
			one, err := s.Look(ctx, k)
			must(t, err)
			is := false
			for _, n := range want {
				is = is || n == i
			}
			if found[k].Outdated() != is || one.Outdated() != is {
				t.Errorf("%s: %s of %s is outdated: %v and %v, want %v", when, k.Kind, k.Connection, found[k].Outdated(), one.Outdated(), is)
			}
		}
	}
	look(start)
	check("without a job")
	job(setup.JobApply, "two", "222222222222", start.Add(-time.Hour))
	job(setup.JobApply, "one", "111111111111", start.Add(-time.Hour))
	job(setup.JobApply, "other", "222222222222", start.Add(-time.Hour))
	job(setup.JobInvalidate, "one", "111111111111", start.Add(time.Minute))
	check("after jobs before it, and one that clears")
	job(setup.JobApply, "one", "111111111111", start.Add(time.Minute))
	check("after a job", 0, 1, 2, 3, 9)
	look(start.Add(time.Hour))
	check("looked at again")
	job(setup.JobRestore, "other", "222222222222", start.Add(2*time.Hour))
	check("after a job of the other account", 7, 8)
	look(start.Add(3 * time.Hour))
	job(setup.JobApply, "one", "111111111111", start.Add(3*time.Hour+500*time.Millisecond))
	check("a job ended while it was being looked at", 0, 1, 2, 3, 9)
}
