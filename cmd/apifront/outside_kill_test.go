//go:build outside

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// A mortal is a server that is ended again and again: the real program, alone
// on an SQLite file or as several replicas on one PostgreSQL, and a simulator
// in a process of its own that lives on.
type mortal struct {
	t        *testing.T
	aws      *process
	env      []string
	database string       // a file, or the URL of a PostgreSQL
	shared   *store.Store // the test's own way into a PostgreSQL
	seed     uint64
	chance   *rand.Rand
	jobs     int
	kills    int // while a job was under way; of replicas: by the end of their jobs
}

func newMortal(t *testing.T, seed uint64) *mortal {
	t.Helper()
	m := &mortal{
		t: t, aws: startProcess(t, nil, "simulate", "--pace", "demo"),
		database: filepath.Join(t.TempDir(), "apifront.db"), seed: seed, chance: rand.New(rand.NewPCG(seed, 1)),
	}
	m.env = simulated(m.aws)
	return m
}

// serve is the program, not yet begun. What it logs can be read when it has ended.
func (m *mortal) serve() (*exec.Cmd, *bytes.Buffer) {
	m.t.Helper()
	path, err := binary()
	if err != nil {
		m.t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.Command(path, "serve", "--listen", "127.0.0.1:0", "--database", m.database)
	cmd.Env, cmd.Stderr = append(quietEnv(), m.env...), &log
	return cmd, &log
}

// live starts the program, ends it with the signal after a time, and says how
// long it took to end.
func (m *mortal) live(d time.Duration, end syscall.Signal) time.Duration {
	m.t.Helper()
	cmd, log := m.serve()
	took, err := live(cmd, time.After(d), end)
	if err != nil {
		m.t.Fatalf("%v\n%s", err, log)
	}
	return took
}

// live is one life of a process, until its time has come.
func live[T any](cmd *exec.Cmd, until <-chan T, end syscall.Signal) (took time.Duration, err error) {
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	<-until
	asked := time.Now()
	if err := cmd.Process.Signal(end); err != nil {
		return 0, fmt.Errorf("it had ended by itself: %w", err)
	}
	err = cmd.Wait()
	if end == syscall.SIGTERM && err != nil || end == syscall.SIGKILL && cmd.ProcessState.Exited() {
		return 0, fmt.Errorf("it ended with %w", err)
	}
	return time.Since(asked), nil
}

// control asks the simulator for what is at /_sim/.
func (m *mortal) control(what string, body string, v any) {
	m.t.Helper()
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	req, err := http.NewRequest(method, m.aws.first["aws_endpoint"].(string)+"/_sim/"+what, strings.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		m.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(v); err != nil || res.StatusCode != http.StatusOK {
		m.t.Fatalf("/_sim/%s: status %d, %v", what, res.StatusCode, err)
	}
}

func (m *mortal) state() (s sim.State) {
	m.t.Helper()
	m.control("state", "", &s)
	return s
}

// peek reads a copy of the database, so that the next life finds it as the
// last one left it; a PostgreSQL can be read beside others.
func (m *mortal) peek(read func(context.Context, *store.Store)) {
	m.t.Helper()
	if m.shared != nil {
		read(context.Background(), m.shared)
		return
	}
	path := filepath.Join(m.t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(m.database + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(path+suffix, b, 0o600)
		}
		if err != nil {
			m.t.Fatal(err)
		}
	}
	m.use(path, read)
}

// write changes the database while nobody serves.
func (m *mortal) write(do func(context.Context, *store.Store)) {
	m.t.Helper()
	if m.shared != nil {
		do(context.Background(), m.shared)
		return
	}
	m.use(m.database, do)
}

// use opens a database that no process uses.
func (m *mortal) use(path string, do func(context.Context, *store.Store)) {
	m.t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, path)
	if err != nil {
		m.t.Fatal(err)
	}
	do(ctx, s)
	if err := s.Close(); err != nil {
		m.t.Fatal(err)
	}
}

// A begun job is one that was started, and what it is to make.
type begun struct {
	job  int64
	spec setup.Spec
}

// begin starts a job on a new setup, as a page does, while nobody serves. Jobs
// differ in region and in the kind of their API.
func (m *mortal) begin(n int) begun {
	m.t.Helper()
	m.jobs++
	before := m.state()
	var job int64
	spec := setup.DefaultSpec()
	spec.Account.Region = [...]string{"us-east-1", "eu-west-1"}[n%2]
	kind := [...]string{"HTTP", "REST"}[n/2%2]
	i := slices.IndexFunc(before.APIs, func(a sim.StateAPI) bool {
		return a.Region == spec.Account.Region && a.Kind == kind && a.Endpoint == "REGIONAL" && len(a.Stages) > 0
	})
	api := before.APIs[i]
	spec.Account.AccountID = api.Account
	mapping := setup.Mapping{Kind: setup.APIKind(api.Kind), APIName: api.Name, APIID: api.ID, Stage: api.Stages[0]}
	if kind == "REST" {
		mapping.Path = "orders"
	}
	spec.API.Mappings = []setup.Mapping{mapping}
	i = slices.IndexFunc(before.Zones, func(z sim.StateZone) bool {
		return z.Delegated && !z.Private && strings.TrimSuffix(z.Name, ".") == "harborview.example"
	})
	spec.Domain.ZoneID, spec.Domain.ZoneName = before.Zones[i].ID, "harborview.example"
	spec.Domain.Name = fmt.Sprintf("mortal%d.harborview.example", m.jobs)
	m.write(func(ctx context.Context, s *store.Store) {
		draft, err := s.CreateDraft(ctx, "Ada", spec)
		if err != nil {
			m.t.Fatal(err)
		}
		start := store.NewJob{DraftID: draft.ID, Kind: setup.JobApply, By: "Ada"}
		for _, r := range steps.Rows(setup.JobApply, spec) {
			start.Steps = append(start.Steps, store.NewStep{ID: r.ID, Title: r.Title, Service: r.Service, Needs: r.Needs, Skip: r.Skip})
		}
		if job, err = s.StartJob(ctx, start); err != nil {
			m.t.Fatal(err)
		}
	})
	return begun{job, spec}
}

// over says whether the job has ended, by what a dead process left.
func (m *mortal) over(b begun) (over bool) {
	m.t.Helper()
	m.peek(func(ctx context.Context, s *store.Store) {
		j, err := s.Job(ctx, b.job)
		if err != nil {
			m.t.Fatal(err)
		}
		over = !j.State.Active()
	})
	return over
}

// span is how long the next life lasts: often not even until it is up.
func span(chance *rand.Rand) time.Duration {
	if chance.IntN(5) == 0 {
		return time.Duration(chance.Int64N(int64(500 * time.Millisecond)))
	}
	return 300*time.Millisecond + time.Duration(chance.Int64N(int64(2500*time.Millisecond)))
}

// killed is one job whose process is killed until the job is over.
func (m *mortal) killed(n int) {
	m.t.Helper()
	before := m.state()
	b := m.begin(n)
	for began := time.Now(); ; m.kills++ {
		m.live(span(m.chance), syscall.SIGKILL)
		if m.over(b) {
			break
		}
		if time.Since(began) > 5*time.Minute {
			m.t.Errorf("after 5 minutes the job is not over")
			break
		}
	}
	m.check(before, b)
}

// check: the jobs made what one apply each makes and nothing more, all of it
// is known, and no attempt was spent.
func (m *mortal) check(before sim.State, jobs ...begun) {
	m.t.Helper()
	want := before
	for _, b := range jobs {
		want = m.after(want, b)
	}
	got := m.state()
	for _, s := range []*sim.State{&want, &got} {
		slices.SortFunc(s.Certificates, func(a, b sim.StateCertificate) int { return cmp.Compare(a.ARN, b.ARN) })
		slices.SortFunc(s.Domains, func(a, b sim.StateDomain) int { return cmp.Compare(a.Region+a.Name, b.Region+b.Name) })
		slices.Sort(s.Distributions)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		m.t.Errorf("after %d jobs the account is not as it should be (want -, got +):\n%s", len(jobs), diff)
	}
}

// after is the account as it is to be when the job is over.
func (m *mortal) after(before sim.State, b begun) sim.State {
	m.t.Helper()
	job, spec := b.job, b.spec
	var known setup.Resources
	m.peek(func(ctx context.Context, s *store.Store) {
		j, err := s.Job(ctx, job)
		if err != nil {
			m.t.Fatal(err)
		}
		list, err := s.Steps(ctx, job)
		if err != nil {
			m.t.Fatal(err)
		}
		if j.State != setup.JobSucceeded {
			m.t.Errorf("job %d is %s: %+v", job, j.State, list)
		}
		attempts, err := s.Attempts(ctx, job)
		if err != nil {
			m.t.Fatal(err)
		}
		for _, a := range attempts {
			if a.Number != 1 || a.State != setup.StepDone {
				m.t.Errorf("job %d spent an attempt: %+v", job, a)
			}
		}
		if known, err = s.Resources(ctx, j.SetupID); err != nil {
			m.t.Fatal(err)
		}
	})
	want := before
	want.Zones = slices.Clone(before.Zones)
	for i, z := range want.Zones {
		if z.ID == spec.Domain.ZoneID {
			want.Zones[i].Records += 3 // the validation record, and A and AAAA
		}
	}
	regions := slices.Compact(slices.Sorted(slices.Values([]string{setup.EdgeRegion, spec.Account.Region})))
	var arns []string
	for _, key := range []string{setup.KeyCertificateEdge, setup.KeyCertificateRegional} {
		arns = append(arns, known.ID(key))
	}
	for _, region := range regions {
		i := slices.IndexFunc(arns, func(arn string) bool { return strings.HasPrefix(arn, "arn:aws:acm:"+region+":") })
		if i < 0 {
			m.t.Errorf("no certificate in %s is known: %v", region, arns)
			continue
		}
		want.Certificates = append(slices.Clone(want.Certificates), sim.StateCertificate{
			ARN: arns[i], Names: []string{spec.Domain.Name}, Status: "ISSUED", Key: "RSA_2048",
		})
	}
	mapping := spec.API.Mappings[0]
	domain := sim.StateDomain{
		Account: spec.Account.AccountID, Region: spec.Account.Region, Name: spec.Domain.Name, Status: "AVAILABLE",
		Target:   known[setup.KeyDomain].Attributes[setup.AttrTarget],
		Mappings: []string{"/" + mapping.Path + " → " + mapping.APIID + "/" + mapping.Stage},
	}
	want.Domains = append(slices.Clone(want.Domains), domain)
	want.Distributions = append(slices.Clone(want.Distributions), known.ID(setup.KeyDistribution))
	return want
}

// number is a setting of a test.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv(name), strconv.Itoa(otherwise)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// seed decides on the moments of kills: APIFRONT_SEED, or another one each time.
func seed(t *testing.T) uint64 {
	t.Helper()
	n := number(t, "APIFRONT_SEED", int(time.Now().UnixNano()%1_000_000))
	t.Logf("APIFRONT_SEED=%d", n)
	return uint64(n)
}

// The program is killed at random moments, again and again, also while it
// starts, alone on SQLite and as two replicas on PostgreSQL that may be dead at
// once: every job ends well, makes everything once, and spends no attempt.
// APIFRONT_KILLS is how many kills there are at least on each database,
// APIFRONT_SEED what decides on their moments.
func TestOutsideKills(t *testing.T) {
	kills, seed := number(t, "APIFRONT_KILLS", 0), seed(t)
	var alone, replicas toll
	began := time.Now()
	t.Run("on", func(t *testing.T) {
		worlds, enough := shares(kills, 15)
		for n := range worlds {
			t.Run(fmt.Sprint("SQLite ", n), func(t *testing.T) {
				t.Parallel()
				m := newMortal(t, seed+uint64(n))
				for m.kills < enough && !t.Failed() {
					m.killed(n + m.jobs)
				}
				alone.kills.Add(int64(m.kills))
				alone.jobs.Add(int64(m.jobs))
			})
		}
		worlds, enough = shares(kills, 5)
		for n := range worlds {
			t.Run(fmt.Sprint("PostgreSQL ", n), func(t *testing.T) {
				t.Parallel()
				m := newMortals(t, seed+100+uint64(n))
				for m.kills < enough && !t.Failed() {
					m.killedReplicas(n+m.jobs, enough, &replicas)
				}
				replicas.jobs.Add(int64(m.jobs))
			})
		}
	})
	t.Logf("on SQLite %d kills during %d jobs, on PostgreSQL %d kills during %d jobs and %d times nobody was left, in %s",
		alone.kills.Load(), alone.jobs.Load(), replicas.kills.Load(), replicas.jobs.Load(), replicas.allDead.Load(), time.Since(began).Round(time.Second))
}

// shares is in how many worlds there are so many kills, and how many in each.
func shares(kills, otherwise int) (worlds, each int) {
	if kills == 0 {
		return 1, otherwise
	}
	worlds = min(max(1, kills/50), 4)
	return worlds, (kills + worlds - 1) / worlds
}

// calls is the simulator's call log.
func (m *mortal) calls() (list []sim.Call) {
	m.t.Helper()
	res, err := http.Get(m.aws.first["aws_endpoint"].(string) + "/_sim/calls")
	if err != nil {
		m.t.Fatal(err)
	}
	defer res.Body.Close()
	for d := json.NewDecoder(res.Body); d.More(); {
		var c sim.Call
		if err := d.Decode(&c); err != nil {
			m.t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}
