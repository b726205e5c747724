package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// Numbers for programs that watch count what is true now, of setups that are listed: not
// former states, closed findings, jobs that ended, or checks that are not late.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	now := stopped(s)
	empty, err := s.Metrics(ctx)
	must(t, err)
	none := Metrics{Setups: map[setup.StateID]int{}, ActiveJobs: map[setup.JobState]int{}, Deliveries: map[setup.DeliveryState]int{}}
	if d := cmp.Diff(none, empty); d != "" {
		t.Errorf("of nothing: %s", d)
	}
	ends := now.Add(40 * 24 * time.Hour).UTC().Truncate(time.Second)
	must(t, s.write(ctx, func(tx *tx) error {
		exec := func(q string, args ...any) {
			t.Helper()
			if _, err := tx.exec(ctx, q, args...); err != nil {
				t.Fatal(err)
			}
		}
		for i, hidden := range []int{0, 0, 0, 1} {
			id, name := fmt.Sprint("s", i), fmt.Sprintf("n%d.example.com", i)
			exec(`INSERT INTO setups (id, name, spec, revision, generation, created_by, created_at, updated_by, updated_at, hidden_at, account_id, region, connection)
				VALUES ($1, $2, '{}', 1, 1, 'Ada', 1, 'Ada', 1, $3, '111111111111', 'eu-west-1', 'default')`, id, name, hidden)
			state := setup.StateServing
			if i == 1 {
				state = setup.StateDrifted
			}
			exec(`INSERT INTO states (setup_id, number, state, job, since) VALUES ($1, 1, 'being-made', 0, 1), ($1, 2, $2, 0, 2)`, id, string(state))
			job := setup.JobStates()[i] // running, needs-you, succeeded, failed
			exec(`INSERT INTO jobs (id, revision, setup_id, setup_name, kind, state, input, connection, account_id, region, created_by, created_at, started_at, finished_at, seq, failed, needs_you)
				VALUES ($1, 1, $2, $3, 'apply', $4, '{}', 'default', '', '', 'Ada', 1, 1, 0, 1, 0, 1)`, 100+i, id, name, string(job))
			finding := `INSERT INTO findings (id, setup_id, key, revision, body, since, seen_at, closed_at, muted_by, muted_by_id, muted_at) VALUES ($1, $2, $3, 1, '{}', 1, 1, $4, '', '', $5)`
			exec(finding, id+"open", id, "a", 0, 0)
			exec(finding, id+"closed", id, "b", 5, 0)
			exec(finding, id+"muted", id, "c", 0, 5)
			// Late, not late by a minute, late and off.
			exec(`INSERT INTO schedules (setup_id, every, next_at, told_at, folded_to) VALUES ($1, $2, $3, 0, 0)`, id, []int{1000, 1000, 0, 1000}[i],
				ms(now.Add([]time.Duration{-2 * time.Minute, -30 * time.Second, -time.Hour, -time.Hour}[i])))
			if err := tx.keepGuard(ctx, id, setup.Guard{Terms: []setup.Term{{Key: setup.KeyCertificateEdge, Ends: ends.Add(time.Duration(i) * time.Hour)}}}); err != nil {
				return err
			}
		}
		return nil
	}))
	got, err := s.Metrics(ctx)
	must(t, err)
	end := func(i int) CertificateEnd {
		return CertificateEnd{Name: fmt.Sprintf("n%d.example.com", i), Account: "111111111111", Region: "eu-west-1", At: ends.Add(time.Duration(i) * time.Hour)}
	}
	want := Metrics{
		Setups:       map[setup.StateID]int{setup.StateServing: 2, setup.StateDrifted: 1},
		ActiveJobs:   map[setup.JobState]int{setup.JobRunning: 1, setup.JobNeedsYou: 1},
		OpenFindings: 3, OverdueChecks: 1,
		Deliveries:   map[setup.DeliveryState]int{},
		Certificates: []CertificateEnd{end(0), end(1), end(2)},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
