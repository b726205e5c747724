//go:build outside

package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"apifront/cloud/sim"
	"apifront/setup"
)

// Two replicas on PostgreSQL check many setups by schedule, and one of them is killed:
// every setup is checked once in each interval, by one replica at a time, and both
// together keep the pace. Those that the dead one was at are taken over when its lease
// has ended.
//
// The setups are copies of one that a job has made, under other IDs, so each check is a
// whole one: what is in AWS, DNS, and a request. With APIFRONT_LAWS=all they are 500.
func TestOutsideScheduleReplicaKilled(t *testing.T) {
	t.Parallel()
	setups, every, perMinute := 40, 20*time.Second, 240
	if os.Getenv("APIFRONT_LAWS") == "all" {
		setups, every, perMinute = 500, 4*time.Minute, 200
	}
	r := newPacedReplicas(t, sim.Pace{})
	pace := fmt.Sprintf("APIFRONT_CHECKS_PER_MINUTE=%d", perMinute)
	first := r.serve(pace)
	job := r.start("many")
	r.finish(job, 2*time.Minute)
	j, err := r.store.Job(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	ids := r.copies(j.SetupID, setups, every)
	var worker string // of the first replica
	r.until("the first replica is at a check", 10*time.Second, func() bool {
		return r.conn.QueryRow(t.Context(), `SELECT lease_by FROM checks WHERE lease_by <> '' LIMIT 1`).Scan(&worker) == nil
	})
	second := r.serve(pace)
	began := time.Now()
	time.Sleep(every * 5 / 4)
	held := func() (n int) {
		if err := r.conn.QueryRow(t.Context(), `SELECT COUNT(*) FROM checks WHERE lease_by = $1`, worker).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	r.until("it is at a check again", every, func() bool { return held() > 0 })
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	orphans := r.orphans(worker)
	lease := 40 * time.Second // with the time until somebody looks
	time.Sleep(every * 2)
	r.until("every setup is checked since the death", every+4*lease, func() bool {
		var n int
		if err := r.conn.QueryRow(t.Context(), `SELECT COUNT(DISTINCT setup_id) FROM checks WHERE done_at > $1`, killed.UnixMilli()).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n >= setups
	})
	if second.cmd.ProcessState != nil {
		t.Fatal("the other replica has ended")
	}
	var all []time.Time
	var turns []turn
	plan := setup.Schedule{Every: every}
	for i, id := range ids {
		list, err := r.store.Checks(t.Context(), id, 1000)
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(list)
		due := time.Time{} // of the next check
		for _, c := range list {
			if c.Reason != setup.CheckBySchedule {
				t.Errorf("setup %d: a check of the reason %s", i, c.Reason)
			}
			if c.AskedAt.Before(due) {
				t.Errorf("setup %d: checked %s before its hour", i, due.Sub(c.AskedAt))
			}
			all = append(all, c.AskedAt)
			turns = append(turns, turn{setup: i, due: due, asked: c.AskedAt})
			if freed, orphan := orphans[c.ID]; orphan && !c.Open() && c.BegunAt.Before(freed) {
				t.Errorf("setup %d: taken over %s before the lease of the dead replica ended", i, freed.Sub(c.BegunAt))
			}
			if c.Open() {
				break // it is the newest, and nobody knows when the next one is due
			}
			if c.Result != setup.CheckHealthy {
				t.Errorf("setup %d: %s, %+v, %+v", i, c.Result, c.Problem, c.Lines)
			}
			due = plan.After(id, setup.State{ID: setup.StateServing}, c.DoneAt)
		}
	}
	// How fast the machine is says nothing of whose turn it is: who was due clearly
	// sooner is taken sooner, by whichever replica.
	slices.SortFunc(turns, func(a, b turn) int { return a.asked.Compare(b.asked) })
	var latest turn // of those taken so far, the one that was due last
	for _, v := range turns {
		if v.due.Add(time.Second).Before(latest.due) && v.asked.Sub(latest.asked) > time.Second {
			t.Errorf("setup %d, due %s sooner than setup %d, was taken %s after it", v.setup, latest.due.Sub(v.due), latest.setup, v.asked.Sub(latest.asked))
		}
		if v.due.After(latest.due) {
			latest = v
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	gap, closest := time.Minute/time.Duration(perMinute), time.Hour
	for i, at := range all[1:] {
		closest = min(closest, at.Sub(all[i]))
	}
	if closest < gap-2*time.Millisecond {
		t.Errorf("two checks began within %s, want %s", closest, gap)
	}
	if held() > 0 {
		t.Errorf("the dead replica is at %d checks", held())
	}
	t.Logf("%d setups, every %s: %d checks in %s, two of them at least %s apart; the dead replica was at %d, all of which the other took over after its lease",
		setups, every, len(all), time.Since(began).Round(time.Second), closest, len(orphans))
}

// A turn is a check by schedule: when it was due, and when a replica took it.
type turn struct {
	setup      int
	due, asked time.Time
}

// orphans are the checks that the dead worker was at, with the time when its lease ends.
// What it had sent to the database before it died is waited for.
func (r *replicas) orphans(worker string) map[string]time.Time {
	r.t.Helper()
	time.Sleep(2 * time.Second)
	rows, err := r.conn.Query(context.Background(), `SELECT id, lease_until FROM checks WHERE lease_by = $1`, worker)
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	orphans := map[string]time.Time{}
	for rows.Next() {
		var id string
		var until int64
		if err := rows.Scan(&id, &until); err != nil {
			r.t.Fatal(err)
		}
		orphans[id] = time.UnixMilli(until)
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	return orphans
}

// copies are a number of setups like the one with the ID, which is not checked by
// schedule itself. They come at once, and are due.
func (r *replicas) copies(of string, n int, every time.Duration) (ids []string) {
	r.t.Helper()
	ctx := context.Background()
	if err := r.store.SetSchedule(ctx, of, 0, "Ada"); err != nil {
		r.t.Fatal(err)
	}
	for i := range n {
		id := uuid.Must(uuid.NewV7()).String()
		ids = append(ids, id)
		for _, table := range []string{"setups", "revisions", "jobs", "states", "resources", "schedules"} {
			key := "setup_id"
			if table == "setups" {
				key = "id"
			}
			rows, err := r.conn.Query(ctx, "SELECT * FROM "+table+" LIMIT 0")
			if err != nil {
				r.t.Fatal(err)
			}
			var names, values []string
			for _, f := range rows.FieldDescriptions() {
				value := f.Name
				switch {
				case f.Name == key:
					value = "'" + id + "'"
				case table == "jobs" && f.Name == "id":
					value = fmt.Sprintf("id + %d", 1000+i)
				case table == "setups" && f.Name == "name":
					value = fmt.Sprintf("'n%d.' || name", i)
				case f.Name == "next_at":
					value = "1"
				case f.Name == "every" && table == "schedules":
					value = fmt.Sprint(every.Milliseconds())
				}
				names, values = append(names, f.Name), append(values, value)
			}
			rows.Close()
			if _, err := r.conn.Exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s = '%s'",
				table, strings.Join(names, ", "), strings.Join(values, ", "), table, key, of)); err != nil {
				r.t.Fatal(err)
			}
		}
	}
	return ids
}
