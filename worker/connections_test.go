package worker_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"apifront/cloud/sim"
	"apifront/setup"
)

// role stores a connection that assumes a role, and makes that role.
func (w *world) role(account, name string) setup.Connection {
	w.t.Helper()
	c, err := w.store.CreateConnection(w.t.Context(), setup.Connection{
		Name: name, Kind: setup.ConnectionRole, Source: setup.DefaultConnection, RoleARN: "arn:aws:iam::" + account + ":role/" + name,
	}, "Ada")
	must(w.t, err)
	w.sim.AddRole(account, name, c.ExternalID)
	return c
}

// hub restarts the process with keys of an account that has nothing.
func (w *world) hub() {
	w.t.Helper()
	w.stop()
	key := w.sim.AddAccount("111122223333", "apifront")
	w.demo.KeyID, w.demo.Secret = key.ID, key.Secret
	w.start()
}

// A whole job over two assumed roles with external IDs: the API in one account,
// the hosted zone in another. It takes long, so that the sessions are renewed.
func TestJobThroughRolesInTwoAccounts(t *testing.T) {
	const dnsAccount = "999988887777"
	pace := quickPace()
	pace.IssueDelay, pace.Deploy = 50*time.Minute, 50*time.Minute
	inPacedWorld(t, pace, func(w *world) {
		w.hub()
		api, dns := w.role(w.demo.AccountID, "apifront-api"), w.role(dnsAccount, "apifront-dns")
		zone := w.sim.AddZone(dnsAccount, theZone)
		s := w.draft(variant{rest: true, change: func(s *setup.Spec) {
			s.Account.Connection = api.ID
			s.Domain.Connection, s.Domain.AccountID, s.Domain.ZoneID = dns.ID, dnsAccount, zone
		}})
		before := len(w.sim.Calls())
		w.done(w.begin(setup.JobApply, s))
		if a := w.visit("/orders"); a.status != 200 {
			t.Errorf("a visitor gets %+v", a)
		}
		assumed := map[string]int{}
		for _, c := range w.sim.Calls()[before:] {
			want := w.demo.AccountID
			switch {
			case c.Operation == "AssumeRole":
				assumed[c.Account]++
				continue
			case c.Service == "route53":
				want = dnsAccount
			case c.Service == "sts":
				continue
			}
			if c.Account != want {
				t.Errorf("%s:%s was made in account %s, want %s", c.Service, c.Operation, c.Account, want)
			}
		}
		if n := assumed["111122223333"]; n < 4 || n > 6 || len(assumed) != 1 {
			t.Errorf("roles were assumed %v times in two hours, want 4 to 6, all by the hub", assumed)
		}
		calls, err := w.store.Calls(w.t.Context(), 1, "", 1000, 0)
		must(t, err)
		recorded := 0
		for _, c := range calls {
			if c.Operation == "AssumeRole" && c.StepID != "" && !c.Write {
				recorded++
			}
		}
		if recorded == 0 {
			t.Error("the ledger has no AssumeRole")
		}
	})
}

// Credentials that are over park the job: it names the command, spends no
// attempt in a whole day, and goes on by itself.
func TestExpiredCredentialsParkTheJob(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.draft(variant{rest: true, oneRegion: true})
		w.wire.tellAt(9, func() { w.sim.ExpireKey(w.demo.KeyID, time.Now().Add(-time.Second)) })
		job := w.begin(setup.JobApply, s)
		long := 20 * time.Hour
		if underRace {
			long = 3 * time.Hour
		}
		time.Sleep(long)
		j, err := w.store.Job(w.t.Context(), job)
		must(t, err)
		if j.State != setup.JobNeedsYou || j.Failed != 0 {
			t.Fatalf("the job is %s:\n%s", j.State, w.story(job))
		}
		list, err := w.store.Steps(w.t.Context(), job)
		must(t, err)
		parked := 0
		for _, st := range list {
			if st.State != setup.StepNeedsYou {
				continue
			}
			parked++
			if p := st.Problem; p == nil || !strings.Contains(p.Fix, "aws sso login") || !strings.Contains(p.Said, "ExpiredToken") || p.Ref+p.Ours == "" {
				t.Errorf("%s: %+v", st.ID, p)
			}
			if st.Attempt != 1 {
				t.Errorf("%s has spent %d attempts", st.ID, st.Attempt)
			}
			if wait := time.Until(st.NextAt); wait > 5*time.Minute || wait < 0 {
				t.Errorf("%s looks again in %s", st.ID, wait)
			}
		}
		if parked == 0 {
			t.Fatalf("nothing waits:\n%s", w.story(job))
		}
		w.sim.ExpireKey(w.demo.KeyID, time.Time{})
		w.done(job)
		list, err = w.store.Steps(w.t.Context(), job)
		must(t, err)
		for _, st := range list {
			if st.Attempt > 1 || st.Problem != nil {
				t.Errorf("at the end %s has attempt %d and problem %+v", st.ID, st.Attempt, st.Problem)
			}
		}
	})
}

// Whoever signed in need not wait for the next look.
func TestSignedInAndAskedToLook(t *testing.T) {
	inPacedWorld(t, sim.Pace{}, func(w *world) {
		w.sim.ExpireKey(w.demo.KeyID, time.Now().Add(-time.Second))
		job := w.begin(setup.JobApply, w.draft(variant{rest: true, oneRegion: true}))
		time.Sleep(5*time.Hour + time.Second)
		w.sim.ExpireKey(w.demo.KeyID, time.Time{})
		must(t, w.store.LookNow(w.t.Context(), job, "identity"))
		time.Sleep(time.Second)
		list, err := w.store.Steps(w.t.Context(), job)
		must(t, err)
		if list[0].State != setup.StepDone || list[0].Attempt != 1 {
			t.Errorf("a second later: %s, attempt %d: %s", list[0].State, list[0].Attempt, list[0].Summary)
		}
	})
}

// A session of a role that AWS ends before its time is not used again.
func TestRevokedSessionIsReplaced(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		w.hub()
		api := w.role(w.demo.AccountID, "apifront-api")
		s := w.draft(variant{rest: true, oneRegion: true, change: func(s *setup.Spec) { s.Account.Connection = api.ID }})
		w.wire.tellAt(8, func() {
			for _, id := range w.sim.Sessions(api.RoleARN) {
				w.sim.ExpireKey(id, time.Now().Add(-time.Second))
			}
		})
		began := time.Now()
		w.done(w.begin(setup.JobApply, s))
		if took := time.Since(began); took > 20*time.Minute {
			t.Errorf("the job took %s: it waited for the end of the session that is over", took)
		}
		assumed := 0
		for _, c := range w.sim.Calls() {
			if c.Operation == "AssumeRole" {
				assumed++
			}
		}
		if assumed != 2 {
			t.Errorf("the role was assumed %d times, want 2", assumed)
		}
	})
}

// A connection that leads to another account in mid-job is stopped before the
// next write: nothing is written there.
func TestNothingIsWrittenToAnotherAccount(t *testing.T) {
	const other = "210987654321"
	for i := range 12 {
		which := []string{"API", "DNS"}[i%2]
		call := 2 + i
		t.Run(fmt.Sprint(which, " at call ", call), func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				w.hub()
				api, dns := w.role(w.demo.AccountID, "apifront-api"), w.role(w.demo.AccountID, "apifront-dns")
				s := w.draft(variant{rest: true, oneRegion: true, change: func(s *setup.Spec) {
					s.Account.Connection = api.ID
					s.Domain.Connection, s.Domain.AccountID = dns.ID, w.demo.AccountID
				}})
				moved := api
				if which == "DNS" {
					moved = dns
				}
				w.wire.tellAt(call, func() {
					moved.RoleARN = "arn:aws:iam::" + other + ":role/elsewhere"
					c, err := w.store.UpdateConnection(w.t.Context(), moved, "Ada")
					if err != nil {
						t.Error(err)
					}
					w.sim.AddRole(other, "elsewhere", c.ExternalID)
				})
				job := w.begin(setup.JobApply, s)
				if j := w.end(job); j.State != setup.JobFailed {
					t.Fatalf("the job is %s:\n%s", j.State, w.story(job))
				}
				list, err := w.store.Steps(w.t.Context(), job)
				must(t, err)
				said := false
				for _, st := range list {
					if p := st.Problem; p != nil && p.Code == "ForeignAccount" {
						said = strings.Contains(p.Why, "2109-8765-4321") && strings.Contains(p.Fix, "role/elsewhere")
					}
				}
				if !said {
					t.Errorf("nobody says so:\n%s", w.story(job))
				}
				for _, c := range w.sim.Calls() {
					if c.Account == other && c.Write {
						t.Errorf("%s:%s was made in the other account", c.Service, c.Operation)
					}
				}
			})
		})
	}
}
