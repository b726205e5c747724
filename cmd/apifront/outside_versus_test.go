//go:build outside

package main

import (
	"fmt"
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

	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
	"apifront/steps"
)

// The front door that everybody makes.
const (
	versusName = "api.harborview.example"
	versusZone = "harborview.example"
	versusAPI  = "orders-api-eu"
)

// versusPace is the AWS of the comparison: every call takes 50 ms, a
// certificate is issued 10 s after its record is served, a distribution is
// Deployed 20 s after it was made. The quotas are AWS's own, all else is there
// at once.
func versusPace() sim.Pace {
	return sim.Pace{
		Latency: 50 * time.Millisecond, IssueDelay: 10 * time.Second, Deploy: 20 * time.Second,
		DomainQuota: 30 * time.Second, Route53Rate: 5, GatewayRate: 10,
	}
}

// BenchmarkVersus makes the same front door with apifront, with Terraform and
// with a script of AWS CLI commands, each several times on a simulated AWS of
// its own, and once more when there is nothing left to do. Figures are
// medians. A figure is only taken when everybody has left the same behind.
//
// apifront is the real program with its own database, and its job is started
// with the button of the review page; its time is from the button to the end
// of the job, with the proof by real requests that the others do not have. Its
// second run is "Re-run from here" at the first step, which is all of them. The
// time of the others is that of their processes; terraform init is not in it.
// Memory is the most that the processes had resident together, read ten times
// a second.
//
//	go test -tags outside -run '^$' -bench Versus -benchtime 1x -timeout 1h -v ./cmd/apifront
//
// Without -v the testing package cuts the table off.
// APIFRONT_VERSUS_RUNS is how often each runs, 5 if unset. Who is not
// installed is left out.
func BenchmarkVersus(b *testing.B) {
	runs := 5
	if n, err := strconv.Atoi(os.Getenv("APIFRONT_VERSUS_RUNS")); err == nil {
		runs = n
	}
	least := criticalPath(versusPace())
	for range b.N {
		all := map[string][]versusRun{}
		var want *frontDoor
		for range runs {
			for _, who := range contestants(b) {
				r := contest(b, who)
				if want == nil {
					want = &r.left
				}
				if diff := cmp.Diff(*want, r.left); diff != "" {
					b.Fatalf("%s left something else behind than %s (-want +got):\n%s", who.name, contestants(b)[0].name, diff)
				}
				b.Logf("%s: %.2f s, %d calls, %.0f MB; again %.2f s, %d calls, %d writes %s",
					who.name, r.took.Seconds(), r.calls, r.memory, r.againTook.Seconds(), r.againCalls, r.againWrites, r.againSaid)
				all[who.name] = append(all[who.name], r)
			}
		}
		report(b, least, all)
	}
}

// criticalPath is the least that a job can take on an AWS of this pace: the
// longest way through the graph of steps, where a step takes the calls that it
// cannot do without, one after the other, and what AWS itself takes. A step
// that creates something looks for it first; a certificate's record is read
// after its request; a record's change is asked for until it is published. The
// clock of the certificate starts when its record is written, so that nobody
// waits for the record to be published. Quotas do not bind a single front door,
// and what the product itself needs counts as nothing.
func criticalPath(p sim.Pace) time.Duration {
	calls := map[string]int{
		"identity": 1, "certificate-edge": 3, "certificate-regional": 3, "validation": 2, "issued-edge": 1, "issued-regional": 1,
		"domain": 2, "mappings": 3, "distribution": 2, "deployed": 1, "dns": 3,
	}
	waits := map[setup.StepID]time.Duration{"issued-regional": p.IssueDelay, "issued-edge": p.IssueDelay, "deployed": p.Deploy}
	spec := setup.DefaultSpec()
	spec.Account.Region = "eu-west-1"
	rows := steps.Rows(setup.JobApply, spec)
	done := map[setup.StepID]time.Duration{}
	var end time.Duration
	for len(done) < len(rows) {
		for _, row := range rows {
			if _, ok := done[row.ID]; ok || slices.ContainsFunc(row.Needs, func(id setup.StepID) bool { _, ok := done[id]; return !ok }) {
				continue
			}
			var ready time.Duration
			for _, id := range row.Needs {
				ready = max(ready, done[id])
			}
			own := time.Duration(calls[string(row.ID)]) * p.Latency
			if row.ID != "issued-edge" || !slices.Contains(row.Needs, "issued-regional") {
				own += waits[row.ID] // both certificates wait at the same time
			}
			if row.Skip != "" {
				own = 0
			}
			done[row.ID] = ready + own
			end = max(end, done[row.ID])
		}
	}
	return end
}

// A contestant makes the front door.
type contestant struct {
	name, version string
	// prepare gets ready on the simulator and returns what makes the front
	// door. Without a server it is programs that end.
	prepare func(*judged) maker
}

// A maker makes one front door, as often as it is asked to.
type maker struct {
	work   func() error
	fill   func(name string) // apifront: fills in the wizard, for the next work; nil for others
	server *os.Process
}

// contestants are those that are installed.
func contestants(b *testing.B) []contestant {
	b.Helper()
	list := []contestant{{"apifront", "this version", func(j *judged) maker {
		m := j.byApifront()
		m.fill(versusName)
		return m
	}}}
	if path, mirror := findTerraform(); path != "" && mirror != "" {
		provider := "?"
		if found, err := filepath.Glob(filepath.Join(mirror, filepath.FromSlash(terraformProvider), "*")); err == nil && len(found) > 0 {
			provider = filepath.Base(found[len(found)-1])
		}
		list = append(list, contestant{"Terraform", firstLine(b, path, "version") + ", AWS provider " + provider, (*judged).byTerraform})
	}
	if cli := findOutside("aws"); cli != "" {
		list = append(list, contestant{"AWS CLI", firstLine(b, cli, "--version"), (*judged).byCLI})
	}
	return list
}

// firstLine is what a program says first.
func firstLine(b *testing.B, path string, args ...string) string {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), path, args...)
	cmd.Env = append(quietEnv(), "CHECKPOINT_DISABLE=1")
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s %v: %v", path, args, err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}

// A versusRun is what one contestant did once, and once more.
type versusRun struct {
	took   time.Duration
	calls  int
	memory float64 // MB
	left   frontDoor

	againTook               time.Duration
	againCalls, againWrites int
	againSaid               string // why the second run did not end well; "": it did
}

// contest lets a contestant make the front door on an AWS of its own, twice.
func contest(b *testing.B, who contestant) (r versusRun) {
	b.Helper()
	j := newPaced(b, versusPace())
	defer j.net.Close()
	defer j.lives()()
	m := who.prepare(j)
	var roots []int
	if m.server != nil {
		roots = []int{m.server.Pid}
		defer func() {
			_ = m.server.Signal(syscall.SIGTERM) // if it has ended, the run says why
			_, _ = m.server.Wait()
		}()
	}
	j.sim.ForgetCalls()
	memory := watchMemory(roots)
	began := time.Now()
	if err := m.work(); err != nil {
		b.Fatalf("%s: %v", who.name, err)
	}
	r.took, r.calls, r.memory = time.Since(began), len(j.sim.Calls()), memory()
	r.left = j.frontDoor(versusName)
	j.sim.ForgetCalls()
	began = time.Now()
	if err := m.work(); err != nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		r.againSaid = "(did not end: " + line + ")"
	}
	r.againTook, r.againCalls, r.againWrites = time.Since(began), len(j.sim.Calls()), len(j.sim.Writes())
	return r
}

// lives lets time pass in the simulator when nobody calls, until the returned
// function is called. ACM looks for a record when it is there, not when
// somebody asks.
func (j *judged) lives() (end func()) {
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				j.sim.State()
			}
		}
	}()
	return func() { close(stop); <-done }
}

// byApifront is the real program, a first visit, the wizard filled in, and the
// button; then Re-run from here at the first step.
func (j *judged) byApifront() maker {
	p := startProcess(j.t, j.env(
		"APIFRONT_PROBE_DNS="+j.net.DNS, fmt.Sprintf("APIFRONT_PROBE_PORT=%d", j.net.ProbePort), "APIFRONT_PROBE_CA="+j.net.CAFile,
	), "serve", "--listen", "127.0.0.1:0", "--database", filepath.Join(j.t.TempDir(), "apifront.db"))
	v := newVisitor(j.t, p.first["url"].(string))
	v.open("/welcome")
	v.press("Create administrator", map[string]string{"code": p.welcomeCode(), "name": demoName, "email": demoEmail, "password": demoPassword})
	fill := func(name string) { v.walk(answers{"api": {"api-0": "kind:REST"}, "domain": {"domain": name}}) }
	return maker{server: p.cmd.Process, fill: fill, work: func() error {
		if strings.HasPrefix(v.at.Path, "/jobs/") {
			v.do(http.NewRequest(http.MethodPost, p.first["url"].(string)+v.at.Path+"/steps/identity/rerun-from", nil))
		} else {
			v.press("Start job", nil)
		}
		if v.status != http.StatusOK || !strings.HasPrefix(v.at.Path, "/jobs/") {
			return fmt.Errorf("status %d at %s: %s", v.status, v.at.Path, v.text())
		}
		if title := v.finish(5 * time.Minute); !strings.HasPrefix(title, "Succeeded") {
			return fmt.Errorf("the job ended as %q: %s", title, v.text())
		}
		return nil
	}}
}

func (j *judged) byTerraform() maker {
	tf := j.terraform("versus")
	tf.set("name", versusName)
	tf.set("zone_id", j.world.Zones[versusZone])
	tf.set("api", j.api(versusAPI))
	tf.set("stage", "prod")
	return maker{work: func() error {
		return quiet(tf.command("apply", "-no-color", "-auto-approve", "-input=false"))
	}}
}

func (j *judged) byCLI() maker {
	path := "PATH=" + filepath.Dir(outside(j.t, "aws")) + string(filepath.ListSeparator) + os.Getenv("PATH")
	return maker{work: func() error {
		cmd := exec.CommandContext(j.t.Context(), "bash", filepath.Join("testdata", "versus.sh"), versusName, j.world.Zones[versusZone], j.api(versusAPI), "prod")
		cmd.Env = j.env(path)
		return quiet(cmd)
	}}
}

// quiet runs a program and says what it said only if it fails, its last line first.
func quiet(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Reverse(lines)
	return fmt.Errorf("%s (%w)", strings.Join(lines, "\n"), err)
}

// BenchmarkAfterThreeJobs makes the front door with an apifront that has made three
// others before, so it knows from its own history when to look. Its time is held
// against the critical path, and against the critical path with the seconds in
// which API Gateway may not know a new certificate yet: apifront waits for these
// also on this AWS, which knows it at once.
//
//	go test -tags outside -run '^$' -bench AfterThreeJobs -benchtime 1x -timeout 1h -v ./cmd/apifront
func BenchmarkAfterThreeJobs(b *testing.B) {
	const learns = 5 * time.Second // gatewayLearns in package steps
	least := criticalPath(versusPace())
	var took time.Duration
	var calls int
	for range b.N {
		j := newPaced(b, versusPace())
		end := j.lives()
		m := j.byApifront()
		for i := range 4 {
			m.fill(fmt.Sprintf("api%d.%s", i+1, versusZone))
			j.sim.ForgetCalls()
			began := time.Now()
			if err := m.work(); err != nil {
				b.Fatal(err)
			}
			took, calls = time.Since(began), len(j.sim.Calls())
			for n := -1; n != len(j.sim.Calls()); time.Sleep(10 * time.Second) { // the check of the new setup is no call of the next job
				n = len(j.sim.Calls())
			}
			b.Logf("job %d: %.2f s, %.2f x the critical path of %.2f s, %.2f x with what API Gateway takes to know a certificate; %d calls; load %s",
				i+1, took.Seconds(), took.Seconds()/least.Seconds(), least.Seconds(), took.Seconds()/(least+learns).Seconds(), calls, load())
		}
		_ = m.server.Signal(syscall.SIGTERM) // it ends with the benchmark at the latest
		_, _ = m.server.Wait()
		end()
		j.net.Close()
	}
	b.ReportMetric(took.Seconds()/least.Seconds(), "x-critical-path")
	b.ReportMetric(took.Seconds()/(least+learns).Seconds(), "x-with-certificate")
	b.ReportMetric(float64(calls), "calls")
}
