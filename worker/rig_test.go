package worker

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"apifront/cloud"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// A rig is a worker over a real database in a bubble of its own time, with
// steps of the test's making.
type rig struct {
	t     *testing.T
	path  string
	list  []steps.Step
	store *store.Store
	bell  *MemoryBell
	clock func() time.Time // of the store; nil: the bubble's
	log   slog.Handler     // nil: nothing is kept
	stop  func()           // as on SIGTERM
	kill  func()           // as on SIGKILL
}

// bubble runs a test in fake time with a database file that lives outside.
func bubble(t *testing.T, list []steps.Step, test func(*rig)) {
	t.Helper()
	bubbleLog(t, list, nil, test)
}

// bubbleLog is bubble with a log.
func bubbleLog(t *testing.T, list []steps.Step, log slog.Handler, test func(*rig)) {
	t.Helper()
	path := bubbleName(t)
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, path: path, list: list, log: log}
		r.start()
		defer func() { r.stop() }()
		test(r)
	})
}

// start opens the database and begins a worker.
func (r *rig) start() {
	r.t.Helper()
	s, err := store.Open(context.Background(), r.path)
	if err != nil {
		r.t.Fatal(err)
	}
	if r.clock != nil {
		s.SetClock(r.clock)
	}
	r.bell = NewMemoryBell()
	c := testConfig(s, r.list, r.bell)
	if r.log != nil {
		c.Log = slog.New(r.log)
	}
	w, err := New(c)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	r.store = s
	closed := false
	closeStore := func() {
		if !closed {
			closed = true
			if err := s.Close(); err != nil {
				r.t.Error(err)
			}
		}
	}
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			r.t.Errorf("the worker ended with: %v", err)
		}
		closeStore()
	})
	r.kill = func() {
		closeStore() // nothing can be written from now on, as in a dead process
		cancel()
		<-ended
		r.stop = func() {}
	}
}

func testConfig(s *store.Store, list []steps.Step, bell Doorbell) Config {
	return Config{
		Store: s,
		Cloud: cloud.New(cloud.Settings{Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "secret", "")}),
		Log:   slog.New(slog.DiscardHandler),
		Steps: func(setup.JobKind) []steps.Step { return list },
		Bell:  bell,
	}
}

// startJob starts a job with the given steps on a new setup.
func startJob(t testing.TB, s *store.Store, list []steps.Step) setup.Job {
	t.Helper()
	return startJobOn(t, s, "api.example.com", list)
}

// startJobOn does so on a new setup for the name.
func startJobOn(t testing.TB, s *store.Store, name string, list []steps.Step) setup.Job {
	t.Helper()
	spec := setup.DefaultSpec()
	spec.Account.Region, spec.Domain.Name = "eu-west-1", name
	d, err := s.CreateDraft(t.Context(), "Ada", spec)
	if err != nil {
		t.Fatal(err)
	}
	n := store.NewJob{DraftID: d.ID, Kind: setup.JobApply, By: "Ada"}
	for _, def := range list {
		row := store.NewStep{ID: def.ID, Title: def.Title, Needs: def.Needs}
		if def.Applies != nil {
			_, row.Skip = def.Applies(spec)
		}
		n.Steps = append(n.Steps, row)
	}
	id, err := s.StartJob(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	j, err := s.Job(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// until waits until the job is in the state.
func until(t *testing.T, s *store.Store, job int64, want setup.JobState) setup.Job {
	t.Helper()
	var j setup.Job
	for range 2000 {
		var err error
		if j, err = s.Job(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		if j.State == want {
			return j
		}
		time.Sleep(time.Second)
	}
	t.Fatalf("job %d is %s, want %s", job, j.State, want)
	return j
}

// states are the states of a job's steps, by ID.
func states(t *testing.T, s *store.Store, job int64) map[setup.StepID]setup.StepState {
	t.Helper()
	list, err := s.Steps(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	got := map[setup.StepID]setup.StepState{}
	for _, p := range list {
		got[p.ID] = p.State
	}
	return got
}

// step is one step of a job.
func step(t *testing.T, s *store.Store, job int64, id setup.StepID) setup.Step {
	t.Helper()
	list, err := s.Steps(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(p setup.Step) bool { return p.ID == id })
	if i < 0 {
		t.Fatalf("job %d has no step %s", job, id)
	}
	return list[i]
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A tally counts what steps did.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func newTally() *tally { return &tally{n: map[string]int{}} }

func (c *tally) add(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[what]++
	return c.n[what]
}

func (c *tally) of(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[what]
}

// await waits until the thing has been counted. A worker begins at once, but on a busy
// server it may have to ask a second time.
func (c *tally) await(t *testing.T, what string) {
	t.Helper()
	for range 120 {
		if c.of(what) > 0 {
			return
		}
		time.Sleep(time.Second)
	}
	t.Fatalf("%s: not seen", what)
}

func (c *tally) all() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.n)
}

// says is a step that only observes the given thing.
func says(id setup.StepID, needs []setup.StepID, state steps.State) steps.Step {
	return steps.Step{ID: id, Title: "Step " + string(id), Needs: needs, Wait: steps.Wait{Every: 10 * time.Second},
		Observe: func(context.Context, *steps.Env) (steps.Observation, error) {
			return steps.Observation{State: state, Summary: string(id) + " is " + state.String()}, nil
		}}
}

// takes is a step during which AWS is busy until so long after its first look.
func takes(id setup.StepID, needs []setup.StepID, busy time.Duration, c *tally) steps.Step {
	var mu sync.Mutex
	var began time.Time
	return steps.Step{
		ID: id, Title: "Step " + string(id), Needs: needs, Wait: steps.Wait{Every: 10 * time.Second, Settle: 10 * time.Second, Limit: time.Hour},
		Observe: func(context.Context, *steps.Env) (steps.Observation, error) {
			mu.Lock()
			defer mu.Unlock()
			c.add(string(id) + " observed")
			switch {
			case began.IsZero():
				return steps.Observation{State: steps.Absent}, nil
			case time.Since(began) < busy:
				return steps.Observation{State: steps.Pending, Summary: string(id) + " in progress"}, nil
			}
			return steps.Observation{State: steps.Ready, Summary: string(id) + " is there"}, nil
		},
		Apply: func(context.Context, *steps.Env) error {
			mu.Lock()
			defer mu.Unlock()
			c.add(string(id) + " applied")
			began = time.Now()
			return nil
		},
	}
}
