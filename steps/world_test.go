package steps

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/seal"
	"apifront/setup"
)

// A world is an AWS account in the simulator, with one setup in it.
type world struct {
	t     *testing.T
	sim   *sim.Sim
	cloud *cloud.Cloud
	probe probe.Settings
	demo  sim.DemoWorld
	seals seal.Keys
	setup setup.Setup
	job   setup.Job

	mu        sync.Mutex
	resources setup.Resources
	former    setup.Former
	saves     []setup.Resource
	calls     []setup.Call // of all steps
	observed  map[setup.StepID][]string
	person    func([]setup.Record)      // what the person does with the records; nil: nothing
	crash     func(setup.Resource) bool // says whether the process dies before the resource is stored; nil: never
	sending   func(*http.Request)       // called before a call of a step reaches AWS; nil: nothing
	changes   []setup.Change            // that observations showed
	closers   func(key string) []string // other setups that want an endpoint closed; nil: none does

	mangle func(*http.Request, string) string // changes the body of AWS's answer; nil: no change
}

// newWorld makes the demo's account at a pace, before anything is set up.
func newWorld(t *testing.T, pace sim.Pace, change func(*setup.Spec, sim.DemoWorld)) *world {
	t.Helper()
	return newWorldOf(t, sim.Config{Pace: pace, PageSize: 1, Log: t.Logf}, change)
}

func newWorldOf(t *testing.T, config sim.Config, change func(*setup.Spec, sim.DemoWorld)) *world {
	t.Helper()
	quietly(t)
	return newWorldIn(t, config, change)
}

// quietly takes the machine's own settings of AWS away.
func quietly(t *testing.T) {
	t.Helper()
	for _, name := range []string{"AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", "/nonexistent/config")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials")
}

// newWorldIn is newWorldOf in a test that has called quietly.
func newWorldIn(t *testing.T, config sim.Config, change func(*setup.Spec, sim.DemoWorld)) *world {
	t.Helper()
	s := sim.New(config)
	t.Cleanup(s.Close)
	w := &world{t: t, sim: s, demo: s.Demo(), resources: setup.Resources{}, observed: map[setup.StepID][]string{}}
	w.cloud = cloud.New(cloud.Settings{
		HTTPClient:  meanwhile{w, s.Client()},
		Credentials: credentials.NewStaticCredentialsProvider(w.demo.KeyID, w.demo.Secret, ""),
	})
	var err error
	if w.seals, err = seal.New([][]byte{make([]byte, 32)}, seal.OriginPurpose); err != nil {
		t.Fatal(err)
	}
	w.probe = probe.Settings{Dial: s.Dial, DNS: []string{"192.0.2.53:53"}, CA: s.CA(), AllowPrivate: true}
	spec := setup.DefaultSpec()
	spec.Account.AccountID = w.demo.AccountID
	spec.Account.Region = "eu-west-1"
	spec.Domain.Name = "api.harborview.example"
	spec.Domain.ZoneID = w.demo.Zones["harborview.example"]
	spec.Domain.ZoneName = "harborview.example"
	spec.API.Mappings = []setup.Mapping{
		{Path: "orders", APIID: w.demo.APIs["orders-api-eu"], APIName: "orders-api-eu", Kind: setup.APIKindREST, Stage: "prod"},
		{Path: "catalog/v2", APIID: w.demo.APIs["catalog-http-eu"], APIName: "catalog-http-eu", Kind: setup.APIKindHTTP, Stage: "$default"},
	}
	spec.Edge.Tags = []setup.Tag{{Key: "team", Value: "orders"}}
	if change != nil {
		change(&spec, w.demo)
	}
	w.setup = setup.Setup{ID: "0197a7d2-6c1b-7d8a-b1f4-8de2c1c7f001", Spec: spec}
	w.job = setup.Job{ID: 1, SetupID: w.setup.ID, SetupName: spec.Domain.Name, Kind: setup.JobApply}
	return w
}

// meanwhile is an HTTP client through which a test acts between two calls.
type meanwhile struct {
	w    *world
	next aws.HTTPClient
}

func (m meanwhile) Do(r *http.Request) (*http.Response, error) {
	if m.w.sending != nil {
		m.w.sending(r)
	}
	resp, err := m.next.Do(r)
	if err != nil || m.w.mangle == nil {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(strings.NewReader(m.w.mangle(r, string(body))))
	return resp, err
}

// env is the Env of one pass of a step.
func (w *world) env(step setup.StepID) *Env {
	w.t.Helper()
	record := func(_ context.Context, c setup.Call) {
		w.mu.Lock()
		defer w.mu.Unlock()
		c.StepID = step
		w.calls = append(w.calls, c)
	}
	a, err := w.cloud.Open(w.t.Context(), setup.DefaultConnection, w.setup.Spec.Account.Region, "test", record)
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return &Env{
		Setup: w.setup, Job: w.job, StepID: step, Resources: maps.Clone(w.resources), Former: slices.Clone(w.former),
		Account: a, DNSAccount: a, Prober: probe.New(w.probe, record), Install: "install-1", Now: time.Now, Seals: w.seals,
		Closes: func(_ context.Context, key, _ string) ([]string, error) {
			if w.closers == nil {
				return nil, nil
			}
			return w.closers(key), nil
		},
		Save: func(_ context.Context, r setup.Resource) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.crash != nil && w.crash(r) {
				return errCrash
			}
			r.SavedAt = time.Now() // as the store does
			w.resources, w.former = w.resources.With(w.former, r)
			w.saves = append(w.saves, r)
			return nil
		},
	}
}

func (w *world) writes() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []string
	for _, c := range w.calls {
		if c.Write {
			list = append(list, string(c.StepID)+" "+c.Service+":"+c.Operation)
		}
	}
	return list
}

// look observes a step. The test fails if AWS was written to meanwhile.
func (w *world) look(s Step) (Observation, error) {
	w.t.Helper()
	return w.lookIn(w.env(s.ID), s)
}

func (w *world) lookIn(e *Env, s Step) (Observation, error) {
	w.t.Helper()
	before := len(w.writes())
	o, err := s.Observe(w.t.Context(), e)
	if made := w.writes()[before:]; len(made) > 0 {
		w.t.Errorf("observing %s wrote to AWS: %v", s.ID, made)
	}
	w.changes = append(w.changes, o.Changes...)
	if err == nil {
		w.observed[s.ID] = append(w.observed[s.ID], o.State.String()+": "+o.Summary)
	}
	return o, err
}

// run carries out a step as the worker does, but stores no history. It returns
// the problem that stopped the step.
func (w *world) run(s Step) (Observation, *setup.Problem) {
	w.t.Helper()
	limit := time.Now().Add(2 * s.Wait.Limit)
	for time.Now().Before(limit) {
		e := w.env(s.ID)
		o, err := w.lookIn(e, s)
		if err == nil && (o.State == Absent || o.State == Drifted) && s.Apply != nil {
			if err = s.Apply(w.t.Context(), e); err == nil {
				o, err = w.lookIn(e, s)
			}
		}
		if later, ok := errors.AsType[*cloud.NotYet](err); ok {
			time.Sleep(time.Until(later.At))
			continue
		}
		if errors.Is(err, errCrash) {
			continue // after a restart, the same pass with what was stored
		}
		if cloud.Temporary(err) {
			time.Sleep(time.Second)
			continue
		}
		if err != nil {
			return o, cloud.Explain(err)
		}
		switch o.State {
		case Ready:
			return o, nil
		case Foreign:
			return o, o.Problem
		case Person:
			if w.person == nil {
				return o, nil
			}
			w.person(o.Records)
		default:
		}
		time.Sleep(max(s.Wait.Every, o.After))
		if o.Problem != nil && time.Now().After(limit.Add(-s.Wait.Limit)) {
			return o, o.Problem
		}
	}
	return Observation{}, &setup.Problem{What: "The step " + string(s.ID) + " took longer than its limit.", Why: strings.Join(w.observed[s.ID][max(0, len(w.observed[s.ID])-4):], "; ")}
}

// runAll runs a job and returns the step that stopped it, or "".
func (w *world) runAll(kind setup.JobKind) (setup.StepID, *setup.Problem) {
	w.t.Helper()
	for _, r := range JobRows(kind, w.job.Input, w.setup.Spec) {
		if r.Skip != "" {
			continue
		}
		if o, p := w.run(w.step(r.ID)); p != nil || o.State != Ready {
			return r.ID, p
		}
	}
	return "", nil
}

// upTo runs the steps before the one with the ID.
func (w *world) upTo(id setup.StepID) {
	w.t.Helper()
	for _, r := range Rows(setup.JobApply, w.setup.Spec) {
		if r.ID == id {
			return
		}
		if r.Skip != "" {
			continue
		}
		if o, p := w.run(w.step(r.ID)); p != nil || o.State != Ready {
			w.t.Fatalf("step %s: %v %v", r.ID, o, p)
		}
	}
}

func (w *world) step(id setup.StepID) Step {
	w.t.Helper()
	s, ok := Find(id)
	if !ok {
		w.t.Fatalf("there is no step %s", id)
	}
	return s
}

// mustRunAll runs a job that has to succeed.
func (w *world) mustRunAll(kind setup.JobKind) {
	w.t.Helper()
	if id, p := w.runAll(kind); id != "" {
		said := w.observed[id]
		w.t.Fatalf("step %s stopped: %v %v", id, said[max(0, len(said)-4):], p)
	}
}

// errCrash stands for the end of the process.
var errCrash = errors.New("the process died")

// atAnother matches a fix that begins at another step than the one that stopped.
var atAnother = regexp.MustCompile(`(?i)re-run from here|re-run the step [A-Z]|re-run the job from`)

// complete fails the test unless the problem tells a person what to do.
func complete(t *testing.T, p *setup.Problem) {
	t.Helper()
	if p == nil {
		t.Fatal("there is no problem, and there should be one")
	}
	if p.What == "" || p.Why == "" || p.Fix == "" {
		t.Errorf("incomplete problem: %+v", p)
	}
	verbs := []string{"Add", "Cancel", "Change", "Check", "Choose", "Compare", "Correct", "Decide", "Delete", "Detach", "Enter", "Finish", "Leave", "Look", "Move", "Open", "Put", "Raise", "Re-run", "Read", "Remove", "Repair", "Set", "Start", "Switch", "Use", "Wait", "Write"}
	first, _, _ := strings.Cut(p.Fix, " ")
	if !slices.Contains(verbs, first) {
		t.Errorf("the fix does not start with a verb: %q", p.Fix)
	}
	// A job's page has one button. It goes on with the step that the text names.
	if atAnother.MatchString(p.Fix) && p.From == "" && p.Remake == "" {
		t.Errorf("the fix names another step and the problem does not: %q", p.Fix)
	}
	if _, ok := Find(p.From); p.From != "" && (!ok || p.Act == "") {
		t.Errorf("the problem goes on with %q, with the button %q", p.From, p.Act)
	}
}

// outside is the account as somebody in the console has it. Calls on it do not
// count as calls of a step.
func (w *world) outside() *cloud.Account {
	w.t.Helper()
	a, err := w.cloud.Open(w.t.Context(), setup.DefaultConnection, w.setup.Spec.Account.Region, "outside", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// elsewhere moves the zone to another provider, where the person adds the
// records.
func (w *world) elsewhere() {
	zone := w.setup.Spec.Domain.ZoneID
	d := &w.setup.Spec.Domain
	d.DNS, d.ZoneID, d.ZoneName = setup.DNSElsewhere, "", ""
	w.person = func(records []setup.Record) {
		for _, r := range records {
			if r.Type == "CNAME" {
				w.sim.AddRecord(zone, r.Name, r.Type, r.TTL, r.Value+".")
			}
		}
	}
}
