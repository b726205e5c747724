package worker_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/seal"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
	"apifront/worker"
)

// A world is an account in the simulator, and the real worker over the real store, steps and SDK, in a bubble of its own time.
type world struct {
	t     *testing.T
	sim   *sim.Sim
	demo  sim.DemoWorld
	path  string
	store *store.Store
	wire  *wire
	stop  func()                     // as on SIGTERM
	died  int                        // processes that were ended
	fate  func() stop                // where each process that follows ends; nil: nowhere
	luck  func() mishap              // of every call; nil: good
	log   slog.Handler               // of the worker; nil: nothing is logged
	seen  map[string]map[string]bool // what was there before the first job

	other  func(*worker.Config) // makes each process that follows another one; nil: as they are
	keys   map[string]probe.Key // of each process that follows; nil: the one of the orders API
	around func(dial) dial      // how each process that follows reaches the Internet; nil: as it is

	reuse  map[string]string // by region: certificates to reuse; see furnish
	second setup.Connection  // another way to the account; see furnish
	person *person           // who acts outside of apifront; nil: its own user, with no installation's mark

	mu    sync.Mutex
	turns map[string]bool // keys of the turns that were taken
}

func (w *world) turn(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.turns[key] = true
}

// quickPace is an AWS that is busy for seconds, so that a job has few looks.
// When the certificate is seen to be issued, API Gateway knows it too: it would
// refuse it otherwise, and the reads that then explain why stop nothing if they
// are refused themselves.
func quickPace() sim.Pace {
	p := sim.RealPace()
	p.RecordDelay, p.IssueDelay, p.IssuedLag, p.GatewayLag, p.Deploy, p.Insync = 2*time.Second, 3*time.Second, 2*time.Second, 2*time.Second, 10*time.Second, 4*time.Second
	p.MappingDelay, p.Resolver = time.Second, 10*time.Second
	p.DomainUpdate, p.Release = 20*time.Second, time.Minute
	return p
}

// inWorld runs a test in a world at AWS's own pace, and says how much real
// time it took.
func inWorld(t *testing.T, test func(*world)) time.Duration {
	t.Helper()
	return inPacedWorld(t, sim.RealPace(), test)
}

func inPacedWorld(t *testing.T, pace sim.Pace, test func(*world)) time.Duration {
	t.Helper()
	path := worldDatabase(t)
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		s := sim.New(sim.Config{Pace: pace, Log: t.Logf})
		defer s.Close()
		w := &world{t: t, sim: s, demo: s.Demo(), path: path, turns: map[string]bool{}}
		w.start()
		defer func() { w.stop() }()
		w.seen = w.things()
		test(w)
	})
	return time.Since(began)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// settings are how a process reaches AWS.
func (w *world) settings(wire *wire) cloud.Settings {
	return cloud.Settings{
		HTTPClient:  wire,
		Endpoint:    "https://aws.example", // takes nothing from the machine's own settings
		Credentials: credentials.NewStaticCredentialsProvider(w.demo.KeyID, w.demo.Secret, ""),
	}
}

// internet is how a process reaches it.
func (w *world) internet(wire *wire) probe.Settings {
	keys := w.keys
	if keys == nil {
		keys = map[string]probe.Key{theKey: probe.NewKey(theSecret)}
	}
	return probe.Settings{Dial: wire.dial, DNS: []string{"192.0.2.53:53"}, CA: w.sim.CA(), AllowPrivate: true, Keys: keys}
}

// seals are the keys of every process.
func (w *world) seals() seal.Keys {
	w.t.Helper()
	k, err := seal.New([][]byte{[]byte(strings.Repeat("s", 32))}, seal.OriginPurpose)
	must(w.t, err)
	return k
}

// start begins a process: it opens the database and runs a worker.
func (w *world) start() {
	w.t.Helper()
	s, err := store.Open(context.Background(), w.path)
	must(w.t, err)
	w.wire = w.newWire()
	w.wire.luck = w.luck
	if w.fate != nil {
		w.wire.endAt(w.fate())
	}
	settings := w.settings(w.wire)
	settings.Turn = func(ctx context.Context, key, holder string, every time.Duration) (time.Duration, error) {
		w.turn(key)
		return s.TakeTurn(ctx, key, holder, every)
	}
	settings.Hold, settings.Install = s.HoldTurns, "install-1"
	settings.Connection = func(ctx context.Context, id string) (setup.Connection, bool, error) {
		c, err := s.Connection(ctx, id)
		return c, err == nil, nil
	}
	c := worker.Config{
		Store: s, Cloud: cloud.New(settings), Probe: w.internet(w.wire), Install: "install-1", Bell: worker.NewMemoryBell(), Seals: w.seals(),
		Log: slog.New(cmp.Or(w.log, slog.DiscardHandler)),
	}
	if w.other != nil {
		w.other(&c)
	}
	k, err := worker.New(c)
	must(w.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	w.store = s
	w.stop = sync.OnceFunc(func() {
		select {
		case <-w.wire.end:
			must(w.t, s.Close()) // first: nothing is written from now on, as in a dead process
			cancel()
			<-ended
		default:
			cancel()
			if err := <-ended; err != nil {
				w.t.Errorf("the worker ended with: %v", err)
			}
			must(w.t, s.Close())
		}
	})
}

// A variant is a setup that a job is tried with.
type variant struct {
	rest, oneRegion, elsewhere, reused bool
	change                             func(*setup.Spec)
}

func (v variant) String() string {
	words := []string{"HTTP", "two regions", "Route 53", "new certificates"}
	for i, other := range []struct {
		is   bool
		word string
	}{{v.rest, "REST"}, {v.oneRegion, "one region"}, {v.elsewhere, "DNS elsewhere"}, {v.reused, "reused certificates"}} {
		if other.is {
			words[i] = other.word
		}
	}
	return strings.Join(words, ", ")
}

// variants are all of them.
func variants() []variant {
	var list []variant
	for i := range 16 {
		v := variant{rest: i&1 == 0, oneRegion: i&2 == 0, elsewhere: i&4 != 0, reused: i&8 != 0}
		if i%5 == 0 {
			v.change = func(s *setup.Spec) {
				s.Edge.CloseEndpoints, s.Edge.OriginHeader, s.Edge.AccessLogs = true, setup.OriginHeader, inBucket
			}
		}
		list = append(list, v)
	}
	return list
}

// The name of every setup, and its zone.
const (
	theName = "api.harborview.example"
	theZone = "harborview.example"
)

// draft is a draft with the answers of the variant.
func (w *world) draft(v variant) setup.Setup {
	w.t.Helper()
	spec := setup.DefaultSpec()
	spec.Account.AccountID, spec.Account.Region = w.demo.AccountID, "eu-west-1"
	suffix := "-eu"
	if v.oneRegion {
		spec.Account.Region, suffix = setup.EdgeRegion, ""
	}
	m := setup.Mapping{Kind: setup.APIKindHTTP, APIName: "catalog-http" + suffix, Stage: "$default"}
	if v.rest {
		m = setup.Mapping{Path: "orders", Kind: setup.APIKindREST, APIName: "orders-api" + suffix, Stage: "prod"}
	}
	m.APIID = w.demo.APIs[m.APIName]
	spec.API.Mappings = []setup.Mapping{m}
	spec.Domain.Name, spec.Domain.ZoneID, spec.Domain.ZoneName = theName, w.demo.Zones[theZone], theZone
	if v.elsewhere {
		spec.Domain.DNS, spec.Domain.ZoneID, spec.Domain.ZoneName = setup.DNSElsewhere, "", ""
	}
	if v.reused {
		spec.Certificates.Answered = true
		spec.Certificates.Edge = w.sim.AddCertificate(w.demo.AccountID, setup.EdgeRegion, sim.Certificate{Names: []string{"*." + theZone}})
		if !v.oneRegion {
			spec.Certificates.Regional = w.sim.AddCertificate(w.demo.AccountID, spec.Account.Region, sim.Certificate{Names: []string{theName}})
		}
		w.seen = w.things()
	}
	if v.change != nil {
		v.change(&spec)
		for i := range spec.API.Mappings {
			if m := &spec.API.Mappings[i]; m.APIID == "" {
				m.APIID = w.demo.APIs[m.APIName]
			}
		}
	}
	d, err := w.store.CreateDraft(w.t.Context(), "Ada", spec)
	must(w.t, err)
	return setup.Setup{ID: d.ID, Spec: d.Spec}
}

// begin starts a job on a setup, or on the draft of one that is to be. The spec
// is what is wanted from now on.
func (w *world) begin(kind setup.JobKind, v setup.Setup, paths ...string) int64 {
	w.t.Helper()
	n := store.NewJob{SetupID: v.ID, Want: &v.Spec, Why: "Change", Kind: kind, By: "Ada", Input: setup.JobInput{Paths: paths}}
	if _, err := w.store.Setup(w.t.Context(), v.ID); errors.Is(err, store.ErrNotFound) {
		n.SetupID, n.DraftID, n.Want = "", v.ID, nil
	}
	return w.beginWith(n, steps.Rows(kind, v.Spec))
}

// beginWith starts a job with the steps.
func (w *world) beginWith(n store.NewJob, rows []steps.Row) int64 {
	w.t.Helper()
	for _, r := range rows {
		n.Steps = append(n.Steps, store.NewStep{ID: r.ID, Title: r.Title, Service: r.Service, Needs: r.Needs, Skip: r.Skip})
	}
	id, err := w.store.StartJob(w.t.Context(), n)
	must(w.t, err)
	return id
}

// dayOff is the longest that a job of these tests may take, in its own time.
const dayOff = 24 * time.Hour

// end waits until the job is over. It does what a person does meanwhile, and
// starts the process again whenever it dies.
func (w *world) end(job int64) setup.Job {
	w.t.Helper()
	limit := time.Now().Add(dayOff)
	for {
		j := w.until(job, limit)
		if !w.wire.over() {
			return j
		}
		w.stop()
		w.died++
		w.start()
	}
}

// until waits until the job is over or the process is dead.
func (w *world) until(job int64, limit time.Time) setup.Job {
	w.t.Helper()
	changed, stop := w.store.Watch(job)
	defer stop()
	for {
		if w.wire.over() {
			return setup.Job{}
		}
		j, err := w.store.Job(w.t.Context(), job)
		must(w.t, err)
		if !j.State.Active() {
			return j
		}
		if time.Now().After(limit) {
			w.t.Fatalf("job %d is %s after a day:\n%s", job, j.State, w.story(job))
		}
		if j.State == setup.JobNeedsYou && j.Kind == setup.JobTeardown {
			w.takeRecords()
		} else if j.State == setup.JobNeedsYou {
			w.addRecords(job)
		}
		select {
		case <-changed:
		case <-w.wire.end:
		case <-w.wire.asked:
		case <-time.After(10 * time.Minute):
		}
	}
}

// reached waits until something happens in the middle of a job. It ends the test
// if the job is over before.
func (w *world) reached(what <-chan struct{}, job int64) {
	w.t.Helper()
	for {
		select {
		case <-what:
			return
		case <-time.After(time.Second):
		}
		if j, err := w.store.Job(w.t.Context(), job); err != nil || !j.State.Active() {
			if closed(what) {
				return
			}
			w.t.Fatalf("the job is %s before the moment came (%v)", j.State, err)
		}
	}
}

// addRecords does what a person does at another DNS provider.
func (w *world) addRecords(job int64) {
	w.t.Helper()
	list, err := w.store.Steps(w.t.Context(), job)
	must(w.t, err)
	for _, p := range list {
		for _, r := range p.Records {
			if p.State == setup.StepNeedsYou && !r.Found {
				w.sim.AddRecord(w.demo.Zones[theZone], r.Name, r.Type, r.TTL, r.Value+".")
			}
		}
	}
}

// done ends the test unless the job succeeds.
func (w *world) done(job int64) setup.Job {
	w.t.Helper()
	j := w.end(job)
	if j.State != setup.JobSucceeded {
		w.t.Fatalf("job %d is %s:\n%s", job, j.State, w.story(job))
	}
	return j
}

// story is what the steps of a job say, for a test that fails.
func (w *world) story(job int64) string {
	list, err := w.store.Steps(context.Background(), job)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, p := range list {
		b.WriteString("  " + string(p.ID) + ": " + string(p.State) + ": " + p.Summary)
		if p.Problem != nil {
			b.WriteString(" | " + p.Problem.Why + " | " + p.Problem.Said)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// things are the IDs of what exists in the account, by kind.
func (w *world) things() map[string]map[string]bool {
	s := w.sim.State()
	all := map[string]map[string]bool{"certificate": {}, "distribution": {}, "domain": {}, "mapping": {}, "policy": {}}
	for _, c := range s.Certificates {
		all["certificate"][c.ARN] = true
	}
	for _, id := range s.Distributions {
		all["distribution"][id] = true
	}
	for _, d := range s.Domains {
		all["domain"][d.Name] = true
		for _, m := range d.Mappings {
			all["mapping"][d.Name+m] = true
		}
	}
	return all
}

// made counts what came into being since the world began, by kind.
func (w *world) made() map[string]int {
	n := map[string]int{}
	for kind, ids := range w.things() {
		for id := range ids {
			if !w.seen[kind][id] {
				n[kind]++
			}
		}
	}
	return n
}

// orphans are certificates and distributions that exist and that the store
// does not know.
func (w *world) orphans(setupID string) []string {
	w.t.Helper()
	res, err := w.store.Resources(w.t.Context(), setupID)
	must(w.t, err)
	known := map[string]bool{}
	for _, r := range res {
		known[r.ID] = true
	}
	var list []string
	for _, kind := range []string{"certificate", "distribution", "domain"} {
		for id := range w.things()[kind] {
			if !w.seen[kind][id] && !known[id] {
				list = append(list, id)
			}
		}
	}
	slices.Sort(list)
	return list
}

// outside is the account as somebody with the console has it.
func (w *world) outside(region string) *cloud.Account {
	w.t.Helper()
	var notes setup.Recorder
	if w.person != nil {
		notes = w.person.notes
	}
	a, err := cloud.New(w.personal(w.settings(w.newWire()))).Open(w.t.Context(), setup.DefaultConnection, region, "outside", notes)
	must(w.t, err)
	return a
}

// An answer is what a visitor gets.
type answer struct {
	status int
	said   string // the message of a JSON body
	cache  string // X-Cache
	age    string
}

// visit sends a visitor's request to the name, wherever public DNS leads.
func (w *world) visit(path string) answer {
	w.t.Helper()
	return w.visitWith(path, nil)
}

// visitWith is a visit with headers of the visitor's own.
func (w *world) visitWith(path string, header http.Header) answer {
	w.t.Helper()
	a, err := w.ask(path, header)
	must(w.t, err)
	return a
}

// ask is a visit that may come to nothing.
func (w *world) ask(path string, header http.Header) (answer, error) {
	return w.askFor(theName, path, header)
}

// askFor is a visit of another name.
func (w *world) askFor(name, path string, header http.Header) (answer, error) {
	p := probe.New(w.internet(w.newWire()), nil)
	r, err := p.Get(w.t.Context(), probe.Request{URL: "https://" + name + path, Header: header})
	if err != nil {
		return answer{}, err
	}
	var body struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(r.Body, &body) // an answer that is no JSON says nothing
	return answer{r.Status, body.Message, r.Header.Get("X-Cache"), r.Header.Get("Age")}, nil
}
