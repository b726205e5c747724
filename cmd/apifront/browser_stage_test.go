//go:build browser

package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"apifront/handlers"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// A stage is a server without a worker: the test writes to its store what a
// worker would, and so holds every state for as long as it is looked at.
type stage struct {
	t       testing.TB
	store   *store.Store
	handler http.Handler
	url     string
	v       *visitor
	looks   map[setup.LookKind]any // what AWS would say; a *setup.Problem is a failed look

	mu    sync.Mutex
	bells map[int64]int64 // the last bell of each step, by row
	last  int64
	low   int64 // row of the first step of the last job started
}

const stageCode = "K7Q2-9XWM"

// newStage opens a stage with a user who is signed in, or with none at all.
func newStage(t testing.TB, user bool) *stage {
	t.Helper()
	return newStageWith(t, user, handlers.Config{})
}

// newStageAt opens a stage whose server has a clock of its own.
func newStageAt(t testing.TB, user bool, now func() time.Time) *stage {
	t.Helper()
	s := newStageWith(t, user, handlers.Config{})
	s.store.SetClock(now)
	return s
}

// newStageWith opens a stage with some of the server's settings.
func newStageWith(t testing.TB, user bool, c handlers.Config) *stage {
	t.Helper()
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "apifront.db"))
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, store: st, looks: stageLooks(), bells: map[int64]int64{}}
	st.SetBell(s)
	c.Store, c.Log, c.Version, c.Install, c.Region = st, slog.New(slog.DiscardHandler), "0.1.0", "K7Q29XWM4TZB6HFD", "eu-west-1"
	if err := handlers.KeepFirstCode(t.Context(), st, stageCode); err != nil {
		t.Fatal(err)
	}
	c.Profiles = func() ([]string, error) {
		return []string{"harborview-production-account-for-the-public-apis-of-europe-and-asia", "staging"}, nil
	}
	s.handler = site(c)
	server := httptest.NewServer(s.handler)
	s.url = server.URL
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	s.v = newVisitor(t, s.url)
	if user {
		err := st.CreateUser(t.Context(), store.User{Email: demoEmail, Name: demoName, PasswordHash: handlers.HashPassword(demoPassword), Role: store.RoleAdmin})
		if err != nil {
			t.Fatal(err)
		}
		s.v.signIn()
	}
	return s
}

// Ring remembers which bell was ordered last for a step.
func (s *stage) Ring(_ context.Context, _ *sql.Tx, due store.Due, _ time.Duration) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	s.bells[due.ID] = s.last
	if s.low == 0 || due.ID < s.low {
		s.low = due.ID
	}
	return s.last, nil
}

// Cancel takes nothing back: a bell that is not the last is stale anyway.
func (s *stage) Cancel(context.Context, *sql.Tx, int64) error { return nil }

// stageLooks is an account whose names are as long as AWS lets them be.
func stageLooks() map[setup.LookKind]any {
	end := time.Now().Add(100 * 24 * time.Hour)
	return map[setup.LookKind]any{
		setup.LookIdentity: setup.Identity{AccountID: "482177301954", ARN: "arn:aws:iam::482177301954:user/mira", Partition: "aws"},
		setup.LookAPIs: []setup.APIInfo{
			{ID: "e000000000", Name: "legacy-api", Kind: setup.APIKindREST, Endpoint: "PRIVATE", Stages: []string{"prod"}, Refused: "It is private: it answers inside VPCs only, where CloudFront does not reach it."},
			{ID: "a1b2c3d4e5", Name: "orders-api", Kind: setup.APIKindHTTP, Endpoint: "REGIONAL", Stages: []string{"$default", "prod"}},
			{ID: "k3v9x2p1qa", Name: longName, Kind: setup.APIKindHTTP, Endpoint: "REGIONAL", Stages: []string{"live"}},
		},
		setup.LookZones: []setup.Zone{
			{ID: "Z1", Name: "harborview.example", Delegated: true, NameServers: []string{"ns-1.awsdns-00.com"}},
			{ID: "Z2", Name: "harborview.example", Private: true},
		},
		setup.LookName: setup.NameFacts{Addresses: []string{"203.0.113.40"}, ZoneApex: "harborview.example", NameServers: []string{"ns-1.awsdns-00.com"}},
		setup.LookCertificates: []setup.CertificateInfo{
			{ARN: "arn:aws:acm:us-east-1:482177301954:certificate/0c2f91c3-5a3b-4d19-9c1e-2b7f6a0e8d11", Region: "us-east-1", Names: []string{"*.harborview.example"}, Key: "RSA_2048", Status: "ISSUED", NotAfter: end},
			{ARN: "arn:aws:acm:eu-west-1:482177301954:certificate/77aa91c3-5a3b-4d19-9c1e-2b7f6a0e8d22", Region: "eu-west-1", Names: []string{"*.harborview.example"}, Key: "RSA_4096", Status: "ISSUED", NotAfter: end, Refused: "Its key is too long."},
		},
		setup.LookPlan: setup.Plan{At: time.Now(), Lines: []setup.PlanLine{
			{StepID: "certificate-edge", Title: "Request certificate, us-east-1", Service: "ACM", Action: setup.PlanReuse, Summary: "Issued"},
			{StepID: "domain", Title: "Create custom domain", Service: "API Gateway", Action: setup.PlanCreate, Summary: "None there"},
			{StepID: "distribution", Title: "Create distribution", Service: "CloudFront", Action: setup.PlanChange, Summary: "Differs", Changes: []setup.Change{{Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only"}}},
			{StepID: "dns", Title: "Move traffic", Service: "Route 53", Action: setup.PlanChange, Summary: "Replaces A 203.0.113.40", OldTTL: 3600},
		}},
	}
}

const longName = "billing-and-invoicing-api-of-the-harborview-group-europe-and-asia-2026"

// expired is what a look finds when the credentials have ended.
func expired() *setup.Problem {
	return &setup.Problem{
		What: "AWS did not accept these credentials.", Why: "The token has expired.", Fix: "Sign in again, then ask AWS again.",
		Service: "STS", Said: "ExpiredToken: The security token included in the request is expired", Ref: "e4b1c7f2-0c2f-91c3-5a3b-4d199c1e2b7f",
	}
}

// work answers every look that waits.
func (s *stage) work() {
	s.t.Helper()
	for {
		k, found, err := s.store.NextLook(s.t.Context(), "stage")
		if err != nil {
			s.t.Fatal(err)
		}
		if !found {
			return
		}
		var result []byte
		problem, failed := s.looks[k.Kind].(*setup.Problem)
		if !failed {
			if result, err = json.Marshal(s.looks[k.Kind]); err != nil {
				s.t.Fatal(err)
			}
		}
		if err := s.store.FinishLook(s.t.Context(), "stage", k, result, problem); err != nil {
			s.t.Fatal(err)
		}
	}
}

// read opens pages over plain HTTP, answering what they ask AWS.
func (s *stage) read(paths ...string) {
	s.t.Helper()
	for _, path := range paths {
		s.v.open(path)
		s.work()
	}
}

// spec is an answered draft for a name.
func stageSpec(name string, mappings int) setup.Spec {
	spec := setup.DefaultSpec()
	spec.Account = setup.Account{Connection: setup.DefaultConnection, AccountID: "482177301954", Region: "eu-west-1"}
	spec.API.Mappings = []setup.Mapping{{Path: "", APIID: "a1b2c3d4e5", APIName: "orders-api", Kind: setup.APIKindHTTP, Stage: "prod"}}
	for i := 1; i < mappings; i++ {
		spec.API.Mappings = append(spec.API.Mappings, setup.Mapping{
			Path: "a-rather-long-path/of-some-service/v" + string(rune('a'+i%26)) + string(rune('a'+i/26)), APIID: "k3v9x2p1qa", APIName: longName, Kind: setup.APIKindHTTP, Stage: "live",
		})
	}
	spec.Domain = setup.Domain{Name: name, DNS: setup.DNSRoute53, ZoneID: "Z1", ZoneName: "harborview.example", Switch: setup.SwitchAtEnd}
	spec.Certificates.Answered = true
	return spec
}

// draft is a setup that is still in the wizard: it has no revision.
func (s *stage) draft(spec setup.Spec) setup.Setup {
	s.t.Helper()
	d, err := s.store.CreateDraft(s.t.Context(), demoName, spec)
	if err != nil {
		s.t.Fatal(err)
	}
	return setup.Setup{ID: d.ID, Spec: d.Spec}
}

// A stagedJob is a job whose steps the test moves.
type stagedJob struct {
	*stage
	id    int64
	first int64
	rows  map[setup.StepID]int64
}

func (s *stage) start(d setup.Setup, kind setup.JobKind, input setup.JobInput) *stagedJob {
	s.t.Helper()
	n := store.NewJob{SetupID: d.ID, Kind: kind, Input: input, By: demoName}
	if _, err := s.store.Setup(s.t.Context(), d.ID); errors.Is(err, store.ErrNotFound) {
		n.SetupID, n.DraftID = "", d.ID
	}
	return s.startJob(n, steps.Rows(kind, d.Spec))
}

// startJob starts a job with the steps.
func (s *stage) startJob(n store.NewJob, rows []steps.Row) *stagedJob {
	s.t.Helper()
	s.mu.Lock()
	s.low = 0
	s.mu.Unlock()
	for _, r := range rows {
		n.Steps = append(n.Steps, store.NewStep{ID: r.ID, Title: r.Title, Service: r.Service, Needs: r.Needs, Skip: r.Skip})
	}
	id, err := s.store.StartJob(s.t.Context(), n)
	if err != nil {
		s.t.Fatal(err)
	}
	list, err := s.store.Steps(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	j := &stagedJob{stage: s, id: id, first: s.low, rows: map[setup.StepID]int64{}}
	for i, st := range list {
		j.rows[st.ID] = s.low + int64(i)
	}
	return j
}

// pass carries out one pass of a step: the calls, then the outcome.
func (j *stagedJob) pass(step setup.StepID, o store.Outcome, calls ...setup.Call) {
	j.t.Helper()
	row := j.rows[step]
	j.mu.Lock()
	bell := j.bells[row]
	j.mu.Unlock()
	p, wait, err := j.store.Claim(j.t.Context(), row, bell, time.Minute)
	if err != nil || p == nil {
		j.t.Fatalf("claim %s: pass %v, wait %s, error %v", step, p, wait, err)
	}
	for _, c := range calls {
		c.JobID, c.StepID, c.Attempt, c.StartedAt = p.Job.ID, step, p.Step.Attempt, time.Now()
		if err := j.store.RecordCall(j.t.Context(), c); err != nil {
			j.t.Fatal(err)
		}
	}
	if err := j.store.Settle(j.t.Context(), p, o); err != nil {
		j.t.Fatal(err)
	}
}

func (j *stagedJob) done(names ...string) {
	j.t.Helper()
	for _, step := range names {
		j.pass(setup.StepID(step), store.Outcome{State: setup.StepDone, Summary: "As wanted"}, stageCall("apigatewayv2", "GetDomainName"))
	}
}

// turn makes a step wait in apifront's own line.
func (j *stagedJob) turn(step setup.StepID, limit string, waited time.Duration) {
	j.t.Helper()
	j.pass(step, store.Outcome{State: setup.StepWaiting, Summary: limit + "; yours starts in 18 s.", Limit: limit, After: time.Second})
	if _, err := j.store.Writer().ExecContext(j.t.Context(), `UPDATE steps SET turn_since = turn_since - $1 WHERE job_id = $2 AND step = $3`, waited.Milliseconds(), j.id, step); err != nil {
		j.t.Fatal(err)
	}
}

func stageCall(service, operation string) setup.Call {
	return setup.Call{Service: service, Operation: operation, Region: "eu-west-1", Status: 200, RequestID: "31b7d2f8-9a40-4c55-8be1-f20c7e6a9d13", Took: 61 * time.Millisecond}
}

// body asks for a page as the signed-in visitor, or as nobody, and returns it
// as the server sent it.
func (s *stage) body(st state) (int, []byte) {
	s.t.Helper()
	r, err := st.request(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	client := &http.Client{Transport: s.v.client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if !st.nobody {
		client.Jar = s.v.client.Jar
	}
	if st.form != nil && st.want() == http.StatusOK { // the page that the form leads to
		client.CheckRedirect = nil
	}
	res, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, b
}
