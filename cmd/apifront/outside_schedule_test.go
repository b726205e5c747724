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
	killed, orphans := time.Now(), held()
	lease := 40 * time.Second // with the time until somebody looks
	time.Sleep(every * 2)
	r.until("every setup is checked since the death", every+4*lease, func() bool {
		var n int
		if err := r.conn.QueryRow(t.Context(), `SELECT COUNT(DISTINCT setup_id) FROM checks WHERE done_at > $1`, killed.UnixMilli()).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n >= setups
	})
	end := time.Now()
	if second.cmd.ProcessState != nil {
		t.Fatal("the other replica has ended")
	}
	var all []time.Time
	checked := make([][]time.Time, len(ids)) // when the checks of each ended
	for i, id := range ids {
		list, err := r.store.Checks(t.Context(), id, 1000)
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(list)
		for _, c := range list {
			if c.Reason != setup.CheckBySchedule {
				t.Errorf("setup %d: a check of the reason %s", i, c.Reason)
			}
			all = append(all, c.AskedAt)
			if c.Open() {
				continue
			}
			if c.Result != setup.CheckHealthy {
				t.Errorf("setup %d: %s, %+v, %+v", i, c.Result, c.Problem, c.Lines)
			}
			if n := len(checked[i]); n > 0 && c.DoneAt.Sub(checked[i][n-1]) < every/4 {
				t.Errorf("setup %d: checked again after %s", i, c.DoneAt.Sub(checked[i][n-1]))
			}
			checked[i] = append(checked[i], c.DoneAt)
		}
	}
	// How fast the machine is says nothing of who is checked when: while one waits for
	// its next check, no other has more than two, and those that the dead replica was
	// at wait for its lease besides.
	late, longest := 0, time.Duration(0)
	for i, own := range checked {
		last := began
		for _, at := range append(slices.Clone(own), end) {
			most := 2
			longest = max(longest, at.Sub(last))
			if last.Before(killed) && !at.Before(killed) {
				most += int(lease/every) + 1
			}
			meanwhile := 0
			for _, others := range checked {
				n := 0
				for _, other := range others {
					if other.After(last) && other.Before(at) {
						n++
					}
				}
				meanwhile = max(meanwhile, n)
			}
			if meanwhile > most {
				t.Errorf("setup %d: %s without a check, in which another had %d, until %s after the death", i, at.Sub(last), meanwhile, at.Sub(killed))
			} else if meanwhile > 2 {
				late++
			}
			last = at
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
	if late > orphans || held() > 0 {
		t.Errorf("%d setups waited for the lease of the dead replica, which was at %d checks, and is at %d", late, orphans, held())
	}
	t.Logf("%d setups, every %s: %d checks in %s, two of them at least %s apart, %s at most without one; the dead replica was at %d, and %d came later for it",
		setups, every, len(all), end.Sub(began).Round(time.Second), closest, longest.Round(time.Second), orphans, late)
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
