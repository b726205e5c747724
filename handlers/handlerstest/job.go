package handlerstest

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// A JobSite is a server over a real store, with a signed-in user, and the
// means to move a job's steps as a worker would.
type JobSite struct {
	T       testing.TB
	Store   *store.Store
	Handler http.Handler
	URL     string
	Client  *http.Client
	Cookies []*http.Cookie
	Setup   setup.Setup
	bells   *bells
	first   int64 // row of the first step of the last job started
	Numbers map[setup.StepID]int64
	Stop    chan struct{}
}

// NewJobSite makes a site that listens, with the given rooms or with all.
func NewJobSite(t testing.TB, rooms ...handlers.Room) *JobSite {
	t.Helper()
	site := OpenJobSite(t, newFile(t), rooms...)
	site.URL = Serve(t, site.Handler)
	return site
}

// OpenJobSite makes a site that does not listen, with the given rooms or with
// all.
func OpenJobSite(t testing.TB, path string, rooms ...handlers.Room) *JobSite {
	t.Helper()
	ctx := t.Context()
	st, err := store.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	site := &JobSite{T: t, Store: st, bells: &bells{row: map[int64]int64{}}, Stop: make(chan struct{})}
	st.SetBell(site.bells)
	if rooms == nil {
		rooms = Rooms()
	}
	site.Handler = handlers.New(handlers.Config{Store: st, Version: "test", Done: site.Stop, Seals: Seals(t)}, rooms...)
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	site.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	site.SignIn(store.User{Name: "Mira Okafor", Email: Email, Role: store.RoleAdmin})
	site.Setup = site.Draft("api.harborview.example", setup.DNSElsewhere)
	return site
}

// SignIn makes a user and signs them in; the site's requests are theirs from
// then on.
func (s *JobSite) SignIn(u store.User) {
	s.T.Helper()
	u.PasswordHash = PasswordHash()
	if err := s.Store.CreateUser(s.T.Context(), u); err != nil {
		s.T.Fatal(err)
	}
	form := url.Values{"email": {u.Email}, "password": {Password}}
	r := httptest.NewRequestWithContext(s.T.Context(), http.MethodPost, "http://localhost/sign-in", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.Handler.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		s.T.Fatalf("sign in: status %d: %s", w.Code, w.Body)
	}
	s.Cookies = w.Result().Cookies()
}

// Serve starts a server and returns its address. At the end of the test the
// server stops before everything that was made earlier.
func Serve(t testing.TB, site http.Handler) string {
	t.Helper()
	server := httptest.NewServer(site)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// Draft makes a draft whose every page is answered.
func (s *JobSite) Draft(name, dns string) setup.Setup {
	s.T.Helper()
	spec := setup.DefaultSpec()
	spec.Account = setup.Account{Connection: setup.DefaultConnection, AccountID: "482177301954", Region: "eu-central-1"}
	spec.API.Mappings = []setup.Mapping{
		{Path: "orders", APIID: "a1b2c3d4e5", APIName: "orders-api", Kind: setup.APIKindREST, Stage: "prod"},
		{Path: "billing", APIID: "k3v9x2p1qa", APIName: "billing-api", Kind: setup.APIKindREST, Stage: "prod"},
	}
	spec.Domain.Name, spec.Domain.DNS, spec.Domain.ZoneName = name, dns, "harborview.example"
	d, err := s.Store.CreateDraft(s.T.Context(), "Mira Okafor", spec)
	if err != nil {
		s.T.Fatal(err)
	}
	return setup.Setup{ID: d.ID, AccountID: spec.Account.AccountID, Spec: d.Spec}
}

// Start starts a job on the site's setup.
func (s *JobSite) Start(kind setup.JobKind, input setup.JobInput) int64 {
	s.T.Helper()
	s.Expect()
	job := store.NewJob{SetupID: s.Setup.ID, Kind: kind, Input: input, By: "Mira Okafor", Steps: Steps(kind, s.Setup.Spec)}
	if _, err := s.Store.Setup(s.T.Context(), s.Setup.ID); errors.Is(err, store.ErrNotFound) {
		job.SetupID, job.DraftID = "", s.Setup.ID
	}
	n, err := s.Store.StartJob(s.T.Context(), job)
	if err != nil {
		s.T.Fatal(err)
	}
	s.Follow(n)
	return n
}

// Expect prepares the site for a job that a page starts; Follow comes after it.
func (s *JobSite) Expect() {
	s.bells.mu.Lock()
	defer s.bells.mu.Unlock()
	s.bells.low = 0
}

// Follow makes Pass work on the job n, the last one started since Expect.
func (s *JobSite) Follow(n int64) {
	s.T.Helper()
	s.first = s.bells.low
	s.Numbers = map[setup.StepID]int64{}
	list, err := s.Store.Steps(s.T.Context(), n)
	if err != nil {
		s.T.Fatal(err)
	}
	for i, st := range list {
		s.Numbers[st.ID] = int64(i + 1)
	}
}

// Pass carries out one pass of a step: the calls, then the outcome.
func (s *JobSite) Pass(step setup.StepID, o store.Outcome, calls ...setup.Call) {
	s.T.Helper()
	row := s.first + s.Numbers[step] - 1
	p, wait, err := s.Store.Claim(s.T.Context(), row, s.bells.bell(row), time.Minute)
	if err != nil || p == nil {
		s.T.Fatalf("claim %s: pass %v, wait %s, error %v", step, p, wait, err)
	}
	if p.Step.ID != step {
		s.T.Fatalf("claimed %s, want %s", p.Step.ID, step)
	}
	for _, c := range calls {
		c.JobID, c.StepID, c.Attempt, c.StartedAt = p.Job.ID, step, p.Step.Attempt, time.Now()
		if err := s.Store.RecordCall(s.T.Context(), c); err != nil {
			s.T.Fatal(err)
		}
	}
	if err := s.Store.Settle(s.T.Context(), p, o); err != nil {
		s.T.Fatal(err)
	}
}

// Done is the outcome of a step that is done.
func Done(summary string) store.Outcome {
	return store.Outcome{State: setup.StepDone, Summary: summary}
}

// A Response is what the server answered. The end of the test closes it.
type Response struct {
	StatusCode int
	Header     http.Header
	Body       io.ReadCloser
}

// Cookies are those that the answer sets.
func (r *Response) Cookies() []*http.Cookie {
	return (&http.Response{Header: r.Header}).Cookies()
}

// Text is the rest of the body.
func (r *Response) Text(t testing.TB) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Request sends a request as the user.
func (s *JobSite) Request(method, path string, form url.Values, header http.Header) *Response {
	s.T.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(s.T.Context(), method, s.URL+path, body)
	if err != nil {
		s.T.Fatal(err)
	}
	for _, c := range s.Cookies {
		r.AddCookie(c)
	}
	for k, v := range header {
		r.Header[k] = v
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := s.Client.Do(r)
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { _ = resp.Body.Close() })
	return &Response{StatusCode: resp.StatusCode, Header: resp.Header, Body: resp.Body}
}

// Page reads a page and checks what holds for every page: one h1, ids used
// once, and targets of aria attributes, labels and links within the page that
// exist.
func (s *JobSite) Page(path string, status int) *goquery.Document {
	s.T.Helper()
	resp := s.Request(http.MethodGet, path, nil, nil)
	if resp.StatusCode != status {
		s.T.Fatalf("GET %s: status %d, want %d", path, resp.StatusCode, status)
	}
	doc, err := goquery.NewDocumentFromReader(resp.Body)
	if err != nil {
		s.T.Fatal(err)
	}
	CheckPage(s.T, path, doc)
	return doc
}

// Call is a call to AWS that went well.
func Call(service, operation string) setup.Call {
	return setup.Call{Service: service, Operation: operation, Status: 200, RequestID: "req-" + operation, Took: 61 * time.Millisecond}
}

// FailedMapping is the outcome of a step that made one of two mappings.
func FailedMapping() store.Outcome {
	return store.Outcome{State: setup.StepFailed, Summary: "/orders is mapped, /billing is not", Problem: &setup.Problem{
		What: "Path /billing was not mapped.", Why: "The API behind this path no longer exists.", Fix: "Choose another API, then re-run the step.",
		Ref: "31b7d2f8-9a40-4c55-8be1-f20c7e6a9d13", Service: "API Gateway", Said: "BadRequestException: Invalid API identifier specified: k3v9x2p1qa",
	}}
}

// ToMappings carries a job of two regions to the step mappings.
func (s *JobSite) ToMappings() {
	s.T.Helper()
	s.Pass("identity", Done("Account 482177301954"), Call("sts", "GetCallerIdentity"))
	s.Pass("certificate-edge", Done("ACM"), Call("acm", "RequestCertificate"))
	s.Pass("certificate-regional", Done("ACM"))
	record := setup.Record{Type: "CNAME", Name: "_a79.api.harborview.example", Value: "_424.acm-validations.aws"}
	s.Pass("validation", store.Outcome{State: setup.StepNeedsYou, Summary: "1 record to add", Records: []setup.Record{record}, After: time.Second})
	record.Found = true
	s.Pass("validation", store.Outcome{State: setup.StepDone, Summary: "1 record for both certificates, found", Records: []setup.Record{record}})
	s.Pass("issued-regional", Done("Issued"))
	s.Pass("issued-edge", Done("Issued"))
	s.Pass("domain", Done("Available"))
}

// Save stores a resource of the setup, made by apifront.
func (s *JobSite) Save(key, kind, id string, attributes map[string]string) {
	s.T.Helper()
	r := setup.Resource{Key: key, Type: kind, ID: id, Owned: true, State: "ISSUED", Attributes: attributes}
	if err := s.Store.SaveResource(s.T.Context(), s.Setup.ID, r); err != nil {
		s.T.Fatal(err)
	}
}

// Finish carries the job from mappings to its end.
func (s *JobSite) Finish() {
	s.T.Helper()
	s.Pass("mappings", Done("2 paths"), Call("apigatewayv2", "GetApiMappings"),
		setup.Call{Service: "apigatewayv2", Operation: "CreateApiMapping", Status: 201, RequestID: "1d5c-mapping", Write: true})
	s.Pass("distribution", Done("E2QWX7K1M9PLTB"))
	s.Save(setup.KeyDistribution, "Distribution", "E2QWX7K1M9PLTB", map[string]string{setup.AttrDomainName: "d1x7q2k9v4m0ab.cloudfront.net"})
	s.Pass("deployed", Done("Deployed"))
	s.Pass("preview", Done("4 of 4 requests passed"))
	s.Save(setup.KeyRecordTraffic, "Traffic record", "api.harborview.example", map[string]string{
		setup.AttrPrevious: `[{"type":"A","name":"api.harborview.example","value":"203.0.113.40","ttl":300}]`,
		setup.AttrRecords:  `[{"type":"CNAME","name":"api.harborview.example","value":"d1x7q2k9v4m0ab.cloudfront.net","ttl":300}]`,
	})
	s.Pass("dns", Done("Found"))
	s.Pass("live", Done("4 of 4 requests passed from outside"))
	s.Pass("remove", Done("Nothing to remove"))
}

// Press sends a form without fields, as a tab without script does.
func (s *JobSite) Press(path string) (status int, body string) {
	s.T.Helper()
	resp := s.Request(http.MethodPost, path, nil, nil)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.T.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// Steps are the steps of a new job as the store wants them.
func Steps(kind setup.JobKind, spec setup.Spec) (list []store.NewStep) {
	for _, row := range steps.Rows(kind, spec) {
		list = append(list, store.NewStep{ID: row.ID, Title: row.Title, Service: row.Service, Needs: row.Needs, Skip: row.Skip})
	}
	return list
}

// Rung is the number of bells that were ordered so far.
func (s *JobSite) Rung() int64 {
	s.bells.mu.Lock()
	defer s.bells.mu.Unlock()
	return s.bells.last
}
