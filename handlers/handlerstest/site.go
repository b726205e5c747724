package handlerstest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"apifront/handlers"
	"apifront/handlers/connections"
	"apifront/handlers/doctor"
	"apifront/handlers/jobs"
	"apifront/handlers/notices"
	"apifront/handlers/people"
	"apifront/handlers/setups"
	"apifront/handlers/wizard"
	"apifront/seal"
	"apifront/setup"
	"apifront/store"
	"apifront/store/storetest"
)

// Who the administrator of a site is, and the password that everybody has.
const (
	Email    = "mira@example.com"
	Password = "correct horse battery"
)

// PasswordHash is the stored form of the password. It is made only once,
// because that takes long.
var PasswordHash = sync.OnceValue(func() string { return handlers.HashPassword(Password) })

// Rooms are all rooms of the site.
func Rooms() []handlers.Room {
	return []handlers.Room{wizard.Routes, setups.Routes, jobs.Routes, people.Routes, connections.Routes, notices.Routes, doctor.Routes}
}

// A Site is a server over a real store, and a browser without script
// that follows no redirects by itself.
type Site struct {
	T      *testing.T
	Store  *store.Store
	Server *httptest.Server
	Client *http.Client
	Clock  *Clock
	Looks  map[setup.LookKind]any // what the worker would find; a *setup.Problem is a failed look
}

// A Clock is the clock of a site, which can be put forward.
type Clock struct {
	mu   sync.Mutex
	plus time.Duration
}

// Now is the site's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.plus)
}

// Forward puts the site's clock forward.
func (c *Clock) Forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.plus += d
}

// NewSite is a site without users; change may change its configuration.
func NewSite(t *testing.T, change func(*handlers.Config)) *Site {
	t.Helper()
	return NewSiteOn(t, newFile(t), change)
}

// newFile is the path of a database of the test's own.
func newFile(t testing.TB) string {
	t.Helper()
	return storetest.File(t, filepath.Join(t.TempDir(), "a.db"), func(name string) error {
		s, err := store.Open(context.Background(), name)
		if err != nil {
			return err
		}
		return s.Close()
	})
}

// NewSiteOn is NewSite with the database at the path.
func NewSiteOn(t *testing.T, database string, change func(*handlers.Config)) *Site {
	t.Helper()
	st, err := store.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	site := &Site{T: t, Store: st, Clock: &Clock{}, Looks: Looks()}
	st.SetClock(site.Clock.Now)
	st.SetBell(&bells{row: map[int64]int64{}})
	c := handlers.Config{Store: st, Version: "test", Region: "eu-west-1", Seals: Seals(t)}
	if change != nil {
		change(&c)
	}
	if err := handlers.KeepFirstCode(t.Context(), st, "K7Q2-9XWM"); err != nil {
		t.Fatal(err)
	}
	site.Server = httptest.NewServer(handlers.New(c, Rooms()...))
	t.Cleanup(func() {
		site.Server.Close()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	site.Client = NewBrowser(t)
	return site
}

// Seals are the keys of every site that seal secrets of origins.
func Seals(t testing.TB) seal.Keys {
	t.Helper()
	k, err := seal.New([][]byte{[]byte(strings.Repeat("s", 32))}, seal.OriginPurpose)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// NewBrowser is a browser with cookies of its own.
func NewBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Looks are the answers that the worker of a site gives.
func Looks() map[setup.LookKind]any {
	end := time.Now().Add(100 * 24 * time.Hour)
	return map[setup.LookKind]any{
		setup.LookIdentity: setup.Identity{AccountID: "482177301954", ARN: "arn:aws:iam::482177301954:user/mira", Partition: "aws"},
		setup.LookAPIs: []setup.APIInfo{
			{ID: "e000000000", Name: "edge-api", Kind: setup.APIKindREST, Endpoint: "PRIVATE", Refused: "It is private."},
			{ID: "a1b2c3d4e5", Name: "orders-api", Kind: setup.APIKindHTTP, Endpoint: "REGIONAL", Stages: []string{"$default", "prod"}},
			{ID: "k3v9x2p1qa", Name: "billing-api", Kind: setup.APIKindREST, Endpoint: "REGIONAL", Stages: []string{"live"}},
			{ID: "w000000000", Name: "chat-api", Kind: setup.APIKindWebSocket, Endpoint: "REGIONAL", Stages: []string{"prod"}},
		},
		setup.LookZones: []setup.Zone{
			{ID: "Z1", Name: "harborview.example", Delegated: true, NameServers: []string{"ns-1.awsdns-00.com"}},
			{ID: "Z2", Name: "harborview.example", Private: true},
		},
		setup.LookName: setup.NameFacts{Addresses: []string{"203.0.113.40"}, ZoneApex: "harborview.example", NameServers: []string{"ns-1.awsdns-00.com"}},
		setup.LookCertificates: []setup.CertificateInfo{
			{ARN: "arn:aws:acm:us-east-1:482177301954:certificate/first", Region: "us-east-1", Names: []string{"*.harborview.example"}, Key: "RSA_2048", Status: "ISSUED", NotAfter: end},
			{ARN: "arn:aws:acm:us-east-1:482177301954:certificate/longer", Region: "us-east-1", Names: []string{"api.harborview.example"}, Key: "EC_prime256v1", Status: "ISSUED", NotAfter: end.Add(time.Hour)},
			{ARN: "arn:aws:acm:eu-west-1:482177301954:certificate/big", Region: "eu-west-1", Names: []string{"*.harborview.example"}, Key: "RSA_4096", Status: "ISSUED", NotAfter: end, Refused: "Its key is too long."},
		},
		setup.LookPlan: setup.Plan{Lines: []setup.PlanLine{
			{StepID: "certificate-edge", Title: "Request certificate, us-east-1", Action: setup.PlanReuse, Summary: "Issued"},
			{StepID: "domain", Title: "Create custom domain", Action: setup.PlanCreate, Summary: "None there"},
			{StepID: "distribution", Title: "Create distribution", Action: setup.PlanChange, Summary: "Differs", Changes: []setup.Change{{Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only"}}},
		}},
	}
}

// Work answers every look that waits, as the worker would.
func (s *Site) Work() {
	s.T.Helper()
	for {
		k, found, err := s.Store.NextLook(s.T.Context(), "test")
		if err != nil {
			s.T.Fatal(err)
		}
		if !found {
			return
		}
		var result []byte
		problem, failed := s.Looks[k.Kind].(*setup.Problem)
		if !failed {
			if result, err = json.Marshal(s.Looks[k.Kind]); err != nil {
				s.T.Fatal(err)
			}
		}
		if err := s.Store.FinishLook(s.T.Context(), "test", k, result, problem); err != nil {
			s.T.Fatal(err)
		}
	}
}

// User makes an administrator.
func (s *Site) User(name, email string) {
	s.T.Helper()
	if err := s.Store.CreateUser(s.T.Context(), store.User{Name: name, Email: email, PasswordHash: PasswordHash(), Role: store.RoleAdmin}); err != nil {
		s.T.Fatal(err)
	}
}

// SignedIn has a user who is signed in.
func SignedIn(t *testing.T, change func(*handlers.Config)) *Site {
	t.Helper()
	s := NewSite(t, change)
	s.User("Mira Okafor", Email)
	s.SignIn(Email)
	return s
}

// SignIn signs in with the password that all have.
func (s *Site) SignIn(email string) {
	s.T.Helper()
	if a := s.Post("/sign-in", url.Values{"email": {email}, "password": {Password}}); a.Status != http.StatusSeeOther {
		s.T.Fatalf("sign in: status %d", a.Status)
	}
}

// A Reply is what the server replied.
type Reply struct {
	Status int
	Header http.Header
	To     string // Location
	Body   string
	IsPage bool              // it is HTML
	Doc    *goquery.Document // empty unless it is
}

// Get reads an address.
func (s *Site) Get(path string) Reply {
	s.T.Helper()
	return s.Do(http.MethodGet, path, nil, nil)
}

// Post sends a form.
func (s *Site) Post(path string, form url.Values) Reply {
	s.T.Helper()
	return s.Do(http.MethodPost, path, form, nil)
}

// Do sends a request with headers.
func (s *Site) Do(method, path string, form url.Values, header map[string]string) Reply {
	s.T.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(s.T.Context(), method, s.Server.URL+path, body)
	if err != nil {
		s.T.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	r.Host = r.Header.Get("Host") // "": that of the address
	return s.Send(r)
}

// Send sends a request as the browser.
func (s *Site) Send(r *http.Request) Reply {
	s.T.Helper()
	resp, err := s.Client.Do(r)
	if err != nil {
		s.T.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.T.Fatal(err)
	}
	a := Reply{Status: resp.StatusCode, Header: resp.Header, To: resp.Header.Get("Location"), Body: string(b), Doc: goquery.NewDocumentFromNode(&html.Node{Type: html.DocumentNode})}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") && !strings.HasPrefix(a.Body, "<a href") {
		a.IsPage = true
		if a.Doc, err = goquery.NewDocumentFromReader(strings.NewReader(a.Body)); err != nil {
			s.T.Fatal(err)
		}
	}
	return a
}

// Page reads a page that is there and checks what holds for every page.
func (s *Site) Page(path string) *goquery.Document {
	s.T.Helper()
	a := s.Get(path)
	if a.Status != http.StatusOK {
		s.T.Fatalf("GET %s: status %d: %s", path, a.Status, a.Body)
	}
	CheckPage(s.T, path, a.Doc)
	CheckLabels(s.T, path, a.Doc)
	return a.Doc
}

// NewDraft makes a draft through the pages and returns its path.
func (s *Site) NewDraft() string {
	s.T.Helper()
	a := s.Post("/drafts", nil)
	path, ok := strings.CutSuffix(a.To, "/account")
	if a.Status != http.StatusSeeOther || !ok {
		s.T.Fatalf("new draft: %d %s", a.Status, a.To)
	}
	return path
}

// Press sends the page's form as it is shown, with changes, by one button.
func (s *Site) Press(path, button string, changes map[string]string) Reply {
	s.T.Helper()
	form := Fields(s.Page(path), "form#page")
	for k, v := range changes {
		form.Set(k, v)
	}
	form.Set("go", button)
	return s.Post(path, form)
}

// FirstAPI is the value that chooses the API which the page of the API offers first, in
// its stage prod if it has one.
func FirstAPI(page *goquery.Document) string {
	var offered []string
	for _, o := range page.Find("#api-0 option, #apis option").EachIter() {
		if v := o.AttrOr("value", ""); v != "" {
			offered = append(offered, v)
		}
	}
	if len(offered) == 0 {
		return ""
	}
	api, _, _ := strings.Cut(offered[0], "/")
	if i := slices.Index(offered, api+"/prod"); i >= 0 {
		return offered[i]
	}
	return offered[0]
}

// Through presses Next on the pages up to one. It chooses the first API where none is
// chosen, and types the domain name.
func (s *Site) Through(draft string, to setup.PageID) {
	s.T.Helper()
	for _, p := range setup.Pages() {
		if p.ID == to {
			return
		}
		path := draft + "/" + string(p.ID)
		s.Page(path)
		s.Work()
		changes := map[string]string{}
		if p.ID == setup.PageAPI {
			if page := s.Page(path); Fields(page, "form#page").Get("api-0") == "" {
				changes["api-0"] = FirstAPI(page)
			}
		}
		if p.ID == setup.PageDomain {
			changes["domain"] = "api.harborview.example"
		}
		if a := s.Press(path, "next", changes); a.Status != http.StatusSeeOther {
			s.T.Fatalf("Next on %s: status %d: %s", path, a.Status, Squash(a.Doc.Find("#errors").Text()))
		}
		s.Work()
	}
}

// Begin starts the job of a draft, once AWS was compared with its answers.
func (s *Site) Begin(draft string, form url.Values) Reply {
	s.T.Helper()
	s.Page(draft + "/review")
	s.Work()
	return s.Post(draft+"/start", form)
}

// Spec is what a draft holds.
func (s *Site) Spec(draft string) setup.Spec {
	s.T.Helper()
	d, err := s.Store.Draft(s.T.Context(), strings.TrimPrefix(draft, "/drafts/"))
	if err != nil {
		s.T.Fatal(err)
	}
	return d.Spec
}

// Trail is the audit trail without its first lines.
func (s *Site) Trail(skip int) []store.AuditLine {
	s.T.Helper()
	list, err := s.Store.AuditAfter(s.T.Context(), store.AuditFilter{}, int64(skip), 1000)
	if err != nil {
		s.T.Fatal(err)
	}
	return list
}
