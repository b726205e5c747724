package handlers

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"apifront/setup"
	"apifront/store"
)

const (
	testEmail    = "mira@example.com"
	testPassword = "correct horse battery"
)

// A wizardSite is a server over a real store, and a browser without script
// that follows no redirects by itself.
type wizardSite struct {
	t      *testing.T
	store  *store.Store
	server *httptest.Server
	client *http.Client
	clock  *testClock
	looks  map[setup.LookKind]any // what the worker would find; a *setup.Problem is a failed look
}

type testClock struct {
	mu   sync.Mutex
	plus time.Duration
}

func (c *testClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.plus)
}

func (c *testClock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.plus += d
}

func newWizardSite(t *testing.T, change func(*Config)) *wizardSite {
	t.Helper()
	return newSiteOn(t, filepath.Join(t.TempDir(), "a.db"), change)
}

// newSiteOn is newWizardSite on the database with the name.
func newSiteOn(t *testing.T, database string, change func(*Config)) *wizardSite {
	t.Helper()
	st, err := store.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	site := &wizardSite{t: t, store: st, clock: &testClock{}, looks: testLooks()}
	st.SetClock(site.clock.now)
	st.SetBell(&testBells{row: map[int64]int64{}})
	c := Config{Store: st, Log: discardLog(), Version: "test", Region: "eu-west-1"}
	if change != nil {
		change(&c)
	}
	if err := KeepFirstCode(t.Context(), st, "K7Q2-9XWM"); err != nil {
		t.Fatal(err)
	}
	site.server = httptest.NewServer(New(c))
	t.Cleanup(func() {
		site.server.Close()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	site.client = newBrowser(t)
	return site
}

func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func testLooks() map[setup.LookKind]any {
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

// work answers every look that waits, as the worker would.
func (s *wizardSite) work() {
	s.t.Helper()
	for {
		k, found, err := s.store.NextLook(s.t.Context(), "test")
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
		if err := s.store.FinishLook(s.t.Context(), "test", k, result, problem); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *wizardSite) user(name, email string) {
	s.t.Helper()
	if err := s.store.CreateUser(s.t.Context(), store.User{Name: name, Email: email, PasswordHash: HashPassword(testPassword), Role: store.RoleAdmin}); err != nil {
		s.t.Fatal(err)
	}
}

// signedInSite has a user who is signed in.
func signedInSite(t *testing.T, change func(*Config)) *wizardSite {
	t.Helper()
	s := newWizardSite(t, change)
	s.user("Mira Okafor", testEmail)
	s.signIn(testEmail)
	return s
}

func (s *wizardSite) signIn(email string) {
	s.t.Helper()
	if a := s.post("/sign-in", url.Values{"email": {email}, "password": {testPassword}}); a.status != http.StatusSeeOther {
		s.t.Fatalf("sign in: status %d", a.status)
	}
}

// A reply is what the server reply.
type reply struct {
	status int
	header http.Header
	to     string // Location
	body   string
	page   bool              // it is HTML
	doc    *goquery.Document // empty unless it is
}

func (s *wizardSite) get(path string) reply {
	s.t.Helper()
	return s.do(http.MethodGet, path, nil, nil)
}
func (s *wizardSite) post(path string, form url.Values) reply {
	s.t.Helper()
	return s.do(http.MethodPost, path, form, nil)
}

func (s *wizardSite) do(method, path string, form url.Values, header map[string]string) reply {
	s.t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	r.Host = r.Header.Get("Host") // "": that of the address
	return s.send(r)
}

// send sends a request as the browser.
func (s *wizardSite) send(r *http.Request) reply {
	s.t.Helper()
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := reply{status: resp.StatusCode, header: resp.Header, to: resp.Header.Get("Location"), body: string(b), doc: goquery.NewDocumentFromNode(&html.Node{Type: html.DocumentNode})}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") && !strings.HasPrefix(a.body, "<a href") {
		a.page = true
		if a.doc, err = goquery.NewDocumentFromReader(strings.NewReader(a.body)); err != nil {
			s.t.Fatal(err)
		}
	}
	return a
}

// page reads a page that is there and checks what holds for every page.
func (s *wizardSite) page(path string) *goquery.Document {
	s.t.Helper()
	a := s.get(path)
	if a.status != http.StatusOK {
		s.t.Fatalf("GET %s: status %d: %s", path, a.status, a.body)
	}
	checkPage(s.t, path, a.doc)
	checkLabels(s.t, path, a.doc)
	return a.doc
}

// checkLabels says which inputs have no label and which buttons no words.
func checkLabels(t *testing.T, path string, doc *goquery.Document) {
	t.Helper()
	doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, e *goquery.Selection) {
		id, _ := e.Attr("id")
		if e.Closest("label").Length() == 0 && doc.Find(`label[for="`+id+`"]`).Length() == 0 {
			t.Errorf("%s: the field %q has no label", path, id+e.AttrOr("name", ""))
		}
	})
	doc.Find("button, a").Each(func(_ int, e *goquery.Selection) {
		if squash(e.Text()) == "" && e.AttrOr("aria-label", "") == "" {
			html, _ := goquery.OuterHtml(e)
			t.Errorf("%s: no words on %s", path, html)
		}
	})
	if title := squash(doc.Find("head title").Text()); !strings.HasSuffix(title, "· apifront") || strings.HasPrefix(title, "·") {
		t.Errorf("%s: title %q", path, title)
	}
}

// fields is what a browser would send with the form at selector, pressing
// nothing.
func fields(doc *goquery.Document, selector string) url.Values {
	v := url.Values{}
	doc.Find(selector).First().Find("input, select, textarea").Each(func(_ int, e *goquery.Selection) {
		name, ok := e.Attr("name")
		if !ok {
			return
		}
		switch {
		case e.Is("select"):
			o := e.Find("option[selected]")
			if o.Length() == 0 {
				o = e.Find("option").First()
			}
			v.Add(name, o.AttrOr("value", ""))
		case e.Is("textarea"):
			v.Add(name, e.Text())
		case e.AttrOr("type", "") == "radio" || e.AttrOr("type", "") == "checkbox":
			if _, on := e.Attr("checked"); on {
				v.Add(name, e.AttrOr("value", "on"))
			}
		default:
			v.Add(name, e.AttrOr("value", ""))
		}
	})
	return v
}

// newDraft makes a draft through the pages and returns its path.
func (s *wizardSite) newDraft() string {
	s.t.Helper()
	a := s.post("/drafts", nil)
	path, ok := strings.CutSuffix(a.to, "/account")
	if a.status != http.StatusSeeOther || !ok {
		s.t.Fatalf("new draft: %d %s", a.status, a.to)
	}
	return path
}

// press sends the page's form as it is shown, with changes, by one button.
func (s *wizardSite) press(path, button string, changes map[string]string) reply {
	s.t.Helper()
	form := fields(s.page(path), "form#page")
	for k, v := range changes {
		form.Set(k, v)
	}
	form.Set("go", button)
	return s.post(path, form)
}

// through presses Next on the pages up to one, typing the domain name only.
func (s *wizardSite) through(draft string, to setup.PageID) {
	s.t.Helper()
	for _, p := range setup.Pages() {
		if p.ID == to {
			return
		}
		path := draft + "/" + string(p.ID)
		s.page(path)
		s.work()
		changes := map[string]string{}
		if p.ID == setup.PageDomain {
			changes["domain"] = "api.harborview.example"
		}
		if a := s.press(path, "next", changes); a.status != http.StatusSeeOther {
			s.t.Fatalf("Next on %s: status %d: %s", path, a.status, squash(a.doc.Find("#errors").Text()))
		}
		s.work()
	}
}

func (s *wizardSite) spec(draft string) setup.Spec {
	s.t.Helper()
	d, err := s.store.Setup(s.t.Context(), strings.TrimPrefix(draft, "/drafts/"))
	if err != nil {
		s.t.Fatal(err)
	}
	return d.Spec
}
