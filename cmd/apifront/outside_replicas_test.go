//go:build outside

package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"apifront/cloud/sim"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// Replicas are several real processes on one PostgreSQL, a simulated AWS, and
// the test's own way into the database.
type replicas struct {
	*judged
	dsn   string
	store *store.Store
	conn  *pgx.Conn
	jobs  int // started
}

// postgresSchema is the URL of a schema of the test's own in the database that
// TEST_POSTGRES names, with a connection to it; without one the test is skipped.
func postgresSchema(t *testing.T) (dsn string, conn *pgx.Conn) {
	t.Helper()
	base := os.Getenv("TEST_POSTGRES")
	if base == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("TEST_POSTGRES names no database, and CI=true")
		}
		t.Skip("SKIPPED: TEST_POSTGRES names no database; start one to see this test")
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, base)
	if err != nil {
		t.Fatal(err)
	}
	sql := func(text string) {
		t.Helper()
		if _, err := conn.Exec(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	schema := "test_" + strings.ToLower(rand.Text())
	sql("CREATE SCHEMA " + schema)
	t.Cleanup(func() {
		sql("DROP SCHEMA " + schema + " CASCADE")
		_ = conn.Close(ctx) // the test is over
	})
	sql("SET search_path TO " + schema)
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String(), conn
}

// openStore is the test's own way into the database.
func openStore(t *testing.T, dsn string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // what it wrote was checked
	return s
}

func newReplicas(t *testing.T) *replicas { return newPacedReplicas(t, sim.DemoPace()) }

// newPacedReplicas is newReplicas on an AWS of the given pace.
func newPacedReplicas(t *testing.T, pace sim.Pace) *replicas {
	t.Helper()
	r := &replicas{judged: &judged{t: t}}
	r.dsn, r.conn = postgresSchema(t)
	r.sim = sim.New(sim.Config{Pace: pace, Log: t.Logf})
	r.world = r.sim.Demo()
	var err error
	if r.net, err = r.sim.Listen(t.Context(), sim.ListenConfig{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.net.Close() })
	r.store = openStore(t, r.dsn)
	return r
}

// serve starts a replica, with more settings in its environment.
func (r *replicas) serve(more ...string) *process {
	r.t.Helper()
	return startProcess(r.t, append([]string{
		"AWS_ENDPOINT_URL=" + r.net.AWSEndpoint, "AWS_REGION=eu-west-1", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=" + r.world.KeyID, "AWS_SECRET_ACCESS_KEY=" + r.world.Secret,
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"APIFRONT_PROBE_DNS=" + r.net.DNS, fmt.Sprintf("APIFRONT_PROBE_PORT=%d", r.net.ProbePort), "APIFRONT_PROBE_CA=" + r.net.CAFile,
		"APIFRONT_DATABASE=" + r.dsn,
	}, more...), "serve", "--listen", "127.0.0.1:0")
}

// start starts a job on a new setup, as a page does.
func (r *replicas) start(name string) int64 {
	r.t.Helper()
	ctx := context.Background()
	spec := setup.DefaultSpec()
	spec.Account.AccountID, spec.Account.Region = r.world.AccountID, "eu-west-1"
	spec.API.Mappings = []setup.Mapping{{
		Kind: setup.APIKindHTTP, APIName: "catalog-http-eu", APIID: r.world.APIs["catalog-http-eu"], Stage: "$default",
	}}
	spec.Domain.ZoneName, spec.Domain.Name = "harborview.example", name+".harborview.example"
	spec.Domain.ZoneID = r.world.Zones[spec.Domain.ZoneName]
	draft, err := r.store.CreateDraft(ctx, "Ada", spec)
	if err != nil {
		r.t.Fatal(err)
	}
	job := store.NewJob{DraftID: draft.ID, Kind: setup.JobApply, By: "Ada"}
	for _, row := range steps.Rows(setup.JobApply, spec) {
		job.Steps = append(job.Steps, store.NewStep{ID: row.ID, Title: row.Title, Service: row.Service, Needs: row.Needs, Skip: row.Skip})
	}
	n, err := r.store.StartJob(ctx, job)
	if err != nil {
		r.t.Fatal(err)
	}
	r.jobs++
	return n
}

// epoch is how often a step was claimed.
func (r *replicas) epoch(job int64, step string) (n int64) {
	r.t.Helper()
	if err := r.conn.QueryRow(context.Background(), `SELECT epoch FROM steps WHERE job_id = $1 AND step = $2`, job, step).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// until waits for something.
func (r *replicas) until(what string, limit time.Duration, ok func() bool) time.Duration {
	r.t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > limit {
			r.t.Fatalf("after %s still not: %s", limit, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return time.Since(began)
}

// finish waits until the job has succeeded, and checks that nothing was made
// twice.
func (r *replicas) finish(job int64, limit time.Duration) time.Duration {
	r.t.Helper()
	took := r.until("the job is over", limit, func() bool {
		j, err := r.store.Job(context.Background(), job)
		return err == nil && !j.State.Active()
	})
	j, err := r.store.Job(context.Background(), job)
	if err != nil || j.State != setup.JobSucceeded {
		r.t.Fatalf("the job is %s, %v", j.State, err)
	}
	made := map[string]int{}
	for _, c := range r.sim.Calls() {
		if c.Write && c.Status < 400 && strings.HasPrefix(c.Operation, "Create") || c.Operation == "RequestCertificate" {
			made[c.Region+" "+c.Operation]++
		}
	}
	for what, n := range made {
		if n > r.jobs && !strings.Contains(what, "Mapping") {
			r.t.Errorf("%s was done %d times for %d jobs", what, n, r.jobs)
		}
	}
	return took
}

// inMidCall holds the answer to CreateDistribution back: the distribution is
// made, and who made it does not know its ID yet.
func (r *replicas) inMidCall(job func() int64) int64 {
	r.t.Helper()
	r.sim.Order(sim.Fault{Service: "cloudfront", Operation: "CreateDistribution|CreateDistributionWithTags", Kind: sim.FaultDelay, Delay: 50 * time.Second})
	n := job()
	r.until("the distribution is made", time.Minute, func() bool { return len(r.sim.Ordered()) == 0 })
	return n
}

func TestOutsideReplicaKilled(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	first := r.serve()
	job := r.inMidCall(func() int64 { return r.start("killed") })
	r.serve()
	before := r.epoch(job, "distribution")
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	took := r.until("another replica has the step", 40*time.Second, func() bool { return r.epoch(job, "distribution") > before })
	rest := r.finish(job, time.Minute)
	t.Logf("taken over after %s, the job's rest took %s", took.Round(10*time.Millisecond), rest.Round(10*time.Millisecond))
	if took > 30*time.Second {
		t.Errorf("taken over after %s, want less than 30 s", took)
	}
}

func TestOutsideReplicaPaused(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	first := r.serve()
	t.Cleanup(func() { _ = first.cmd.Process.Signal(syscall.SIGCONT) }) // it may have ended
	job := r.inMidCall(func() int64 { return r.start("paused") })
	r.serve()
	before := r.epoch(job, "distribution")
	if err := first.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	took := r.until("another replica has the step", 40*time.Second, func() bool { return r.epoch(job, "distribution") > before })
	rest := r.finish(job, time.Minute)
	done, last := r.story(job)
	if err := first.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	var after []string
	var newer int64
	r.until("what the paused replica was at is over", 40*time.Second, func() bool {
		after, newer = r.story(job)
		said := first.said()
		return strings.Contains(said, "overtaken") || newer > last
	})
	time.Sleep(3 * time.Second) // what it might still do
	after, newer = r.story(job)
	if diff := cmp.Diff(done, after); diff != "" {
		t.Errorf("the paused replica changed what the other one had done:\n%s", diff)
	}
	t.Logf("taken over after %s, the job's rest took %s; the woken replica added %d calls and nothing else",
		took.Round(10*time.Millisecond), rest.Round(10*time.Millisecond), newer-last)
}

// story is a job with its steps, attempts and resources, all but the ledger of
// calls; and the number of its last event.
func (r *replicas) story(job int64) (lines []string, last int64) {
	r.t.Helper()
	ctx := context.Background()
	j, err := r.store.Job(ctx, job)
	if err != nil {
		r.t.Fatal(err)
	}
	last, j.Seq = j.Seq, 0
	list, err := r.store.Steps(ctx, job)
	if err != nil {
		r.t.Fatal(err)
	}
	attempts, err := r.store.Attempts(ctx, job)
	if err != nil {
		r.t.Fatal(err)
	}
	resources, err := r.store.Resources(ctx, j.SetupID)
	if err != nil {
		r.t.Fatal(err)
	}
	events, err := r.store.Events(ctx, job, 0, 10_000)
	if err != nil {
		r.t.Fatal(err)
	}
	lines = append(lines, fmt.Sprintf("%+v", j))
	for _, v := range list {
		lines = append(lines, fmt.Sprintf("%+v", v))
	}
	for _, v := range attempts {
		lines = append(lines, fmt.Sprintf("%+v", v))
	}
	for _, v := range resources {
		lines = append(lines, fmt.Sprintf("%+v", v))
	}
	slices.Sort(lines)
	for _, e := range events {
		if e.Kind != setup.EventCall {
			lines = append(lines, fmt.Sprintf("%+v", e))
		}
	}
	return lines, last
}

// Both replicas work on both jobs, and whoever watches one of them at either
// hears everything up to its end.
func TestOutsideReplicasStream(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	a, b := r.serve(), r.serve()
	v := newVisitor(t, a.first["url"].(string))
	v.open("/welcome")
	v.press("Create administrator", map[string]string{"code": a.welcomeCode(), "name": demoName, "email": demoEmail, "password": demoPassword})
	if v.status != http.StatusOK {
		t.Fatalf("welcome: status %d\n%s", v.status, v.text())
	}
	jobs := []int64{r.start("one"), r.start("two")}
	type end struct {
		ids []int64
		err error
	}
	streams := map[string]chan end{}
	for _, p := range []*process{a, b} {
		for _, job := range jobs {
			at := fmt.Sprintf("%s/jobs/%d/events", p.first["url"], job)
			c := make(chan end, 1)
			streams[at] = c
			go func() {
				ids, err := follow(v.client.Jar, at)
				c <- end{ids, err}
			}()
		}
	}
	for _, job := range jobs {
		r.finish(job, 90*time.Second)
	}
	for at, c := range streams {
		select {
		case e := <-c:
			if e.err != nil {
				t.Errorf("%s: %v", at, e.err)
				continue
			}
			number, err := strconv.ParseInt(strings.Split(at, "/")[4], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			_, last := r.story(number)
			if len(e.ids) < 10 || !slices.IsSorted(e.ids) || len(slices.Compact(slices.Clone(e.ids))) != len(e.ids) || e.ids[len(e.ids)-1] != last {
				t.Errorf("%s: messages %v, want many, rising up to %d", at, e.ids, last)
			}
			t.Logf("%s: %d messages up to event %d", at, len(e.ids), last)
		case <-time.After(10 * time.Second):
			t.Errorf("%s: the stream did not end with the job", at)
		}
	}
}

// follow reads a job's stream to its end and returns the numbers of its
// messages.
func follow(jar http.CookieJar, at string) (ids []int64, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	res, err := (&http.Client{Jar: jar}).Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if kind := res.Header.Get("Content-Type"); kind != "text/event-stream" {
		return nil, fmt.Errorf("status %d, %s", res.StatusCode, kind)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			id, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return ids, err
			}
			ids = append(ids, id)
		}
		if lines.Text() == "event: end" {
			return ids, nil
		}
	}
	return ids, fmt.Errorf("the stream broke off: %w", lines.Err())
}
