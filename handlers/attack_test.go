package handlers_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	_ "modernc.org/sqlite" // the tests read tables past the store

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// A session that somebody planted in a browser before never becomes the one of
// who signs in there, and each sign-in has a token of its own.
func TestSessionFixation(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewSite(t, nil)
	s.User("Mira Okafor", handlerstest.Email)
	if err := s.Store.CreateUser(t.Context(), store.User{Name: "Eve", Email: "eve@example.com", PasswordHash: handlerstest.PasswordHash(), Role: store.RoleViewer}); err != nil {
		t.Fatal(err)
	}
	s.SignIn("eve@example.com")
	planted := sessionCookie(s)
	s.Client = handlerstest.NewBrowser(t)
	s.Client.Jar.SetCookies(publicURL(s.Server.URL), []*http.Cookie{{Name: "apifront", Value: planted, Path: "/"}})
	s.SignIn(handlerstest.Email)
	mine := sessionCookie(s)
	if mine == planted {
		t.Error("the planted cookie is now that of who signed in")
	}
	s.SignIn(handlerstest.Email)
	if sessionCookie(s) == mine {
		t.Error("two sign-ins have one cookie")
	}
	for cookie, want := range map[string]string{planted: "Eve", mine: "Mira Okafor"} {
		s.Client = handlerstest.NewBrowser(t)
		a := s.Do(http.MethodGet, "/", nil, map[string]string{"Cookie": "apifront=" + cookie})
		if a.Status == http.StatusOK && !strings.Contains(a.Doc.Find("header").Text(), want) {
			t.Errorf("the cookie of %s opens the pages of somebody else", want)
		}
	}
}

// sessionCookie is the session of the browser.
func sessionCookie(s *handlerstest.Site) string {
	s.T.Helper()
	cookies := s.Client.Jar.Cookies(publicURL(s.Server.URL))
	i := slices.IndexFunc(cookies, func(c *http.Cookie) bool { return c.Name == "apifront" })
	if i < 0 {
		s.T.Fatal("the browser has no session")
	}
	return cookies[i].Value
}

// A cookie with any one character changed, cut off, put together, of another
// server or of another name opens nothing.
func TestCookieTampering(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	good := sessionCookie(s)
	other := sessionCookie(handlerstest.SignedIn(t, nil))
	bad := map[string]string{
		"of another server": other, "empty": "", "cut in half": good[:len(good)/2], "twice": good + good,
		"with the seal of another": good[:len(good)-44] + other[len(other)-44:], "long": strings.Repeat("A", 8000),
		"not base64": "%%%", "quoted": `"` + good + `x"`,
	}
	for _, c := range s.Client.Jar.Cookies(publicURL(s.Server.URL)) {
		if c.Name != "apifront" {
			bad["the value of "+c.Name] = c.Value
		}
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range len(good) {
		at := strings.IndexByte(alphabet, good[i])
		if at < 0 {
			continue // padding
		}
		// The highest bit: the last character of base64 may have unused low ones.
		changed := []byte(good)
		changed[i] = alphabet[at^32]
		bad[fmt.Sprintf("character %d of %d", i, len(good))] = string(changed)
	}
	s.Client = handlerstest.NewBrowser(t)
	for name, value := range bad {
		a := s.Do(http.MethodGet, "/", nil, map[string]string{"Cookie": "apifront=" + value})
		if a.Status != http.StatusSeeOther || !strings.HasPrefix(a.To, "/sign-in") {
			t.Errorf("a cookie %s: status %d to %q", name, a.Status, a.To)
		}
	}
	if a := s.Do(http.MethodGet, "/", nil, map[string]string{"Cookie": "apifront=" + good}); a.Status != http.StatusOK {
		t.Fatalf("the cookie itself: status %d", a.Status)
	}
}

// Every answer has the headers that protect it: pages, errors, redirects,
// streams, files.
func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, func(c *handlers.Config) { c.Profiles = func() ([]string, error) { panic("no profiles") } })
	draft := s.NewDraft()
	always := map[string]string{
		"Content-Security-Policy": handlers.CSP, "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "same-origin", "Permissions-Policy": handlers.Permissions, "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp", "Cache-Control": "no-store",
	}
	seen := map[int]bool{}
	check := func(name string, a handlerstest.Reply, except ...string) {
		t.Helper()
		seen[a.Status] = true
		for header, want := range always {
			if got := a.Header.Values(header); !slices.Contains(except, header) && (len(got) != 1 || got[0] != want) {
				t.Errorf("%s, status %d: %s is %q, want %q", name, a.Status, header, got, want)
			}
		}
		for _, header := range []string{"Server", "X-Powered-By", "Access-Control-Allow-Origin"} {
			if got := a.Header.Get(header); got != "" {
				t.Errorf("%s: %s is %q", name, header, got)
			}
		}
	}
	me, stranger := s.Client, handlerstest.NewBrowser(t)
	eachRoute(t, func(method, pattern string) {
		path := strings.NewReplacer("{id}", strings.TrimPrefix(draft, "/drafts/"), "{n}", "1", "{step}", "x", "{page}", "domain", "{topic}", "dns", "{file}", "x").Replace(pattern)
		var except []string
		if strings.HasPrefix(path, "/link/") {
			except = []string{"Referrer-Policy"} // theirs is "no-referrer", since the address is a secret
		}
		if strings.HasSuffix(path, "/delete") || path == "/sign-out" {
			path = strings.Replace(path, draft, "/drafts/x", 1)
		}
		for name, client := range map[string]*http.Client{"signed in": me, "a stranger": stranger} {
			if path == "/sign-out" {
				client = stranger
			}
			s.Client = client
			check(method+" "+pattern+", "+name, s.Do(method, path, url.Values{}, nil), except...)
		}
		if s.Client = me; s.Get("/").Status != http.StatusOK { // the route ended the session
			s.SignIn(handlerstest.Email)
		}
	})
	s.Client = me
	check("no such page", s.Get("/nothing"))
	check("no such method", s.Do(http.MethodPost, "/jobs", url.Values{}, nil))
	check("a panic", s.Get(draft+"/account"))
	check("another site", s.Do(http.MethodPost, "/drafts", nil, map[string]string{"Origin": "https://evil.example"}))
	check("a wrong name", ask(s, http.MethodGet, "/", func(r *http.Request) { r.Host = "evil.example" }))
	check("a large form", s.Post("/theme", url.Values{"x": {strings.Repeat("x", handlers.MostForm)}}))
	check("a wrong kind", s.Do(http.MethodPost, "/theme", nil, map[string]string{"Content-Type": "text/plain"}))
	check("a file", s.Get(s.Page("/").Find("link[rel=stylesheet]").AttrOr("href", "")), "Cache-Control")
	for _, status := range []int{200, 303, 403, 404, 405, 413, 415, 421, 500} {
		if !seen[status] {
			t.Errorf("no answer of status %d was looked at", status)
		}
	}
}

// No GET changes anything, also when it says to be another method: whatever a
// page of another site lets a browser fetch is harmless. A session's last use,
// what the worker is asked to look at, and the audit trail are no answers of
// people.
func TestNoGETChangesAnything(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	var n int64
	if a := s.Begin(draft, handlerstest.Fields(s.Page(draft+"/review"), "form[action$='/start']")); a.Status == http.StatusSeeOther {
		_, _ = fmt.Sscanf(a.To, "/jobs/%d", &n)
	}
	if n == 0 {
		t.Fatal("no job was started")
	}
	job := fmt.Sprint(n)
	second := s.NewDraft()
	before := tables(s)
	eachRoute(t, func(method, pattern string) {
		if method != http.MethodGet || strings.HasSuffix(pattern, "/events") {
			return
		}
		for _, id := range []string{draft, second} {
			path := strings.NewReplacer("{id}", strings.TrimPrefix(id, "/drafts/"), "{n}", job, "{step}", "identity", "{page}", "domain", "{topic}", "dns", "{file}", "x").Replace(pattern)
			for _, query := range []string{"", "?_method=POST&go=next&domain=evil.example"} {
				s.Do(http.MethodGet, path+query, nil, map[string]string{"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "DELETE", "Sec-Fetch-Site": "cross-site"})
			}
		}
	})
	for table, rows := range tables(s) {
		if before[table] != rows {
			t.Errorf("a GET changed the table %s:\n%s\nbefore:\n%s", table, rows, before[table])
		}
	}
	if a := s.Get("/"); a.Status != http.StatusOK {
		t.Errorf("afterwards: status %d: a GET ended the session", a.Status)
	}
}

// tables is all that the database holds, but for what watching and waiting
// leave there.
func tables(s *handlerstest.Site) map[string]string {
	s.T.Helper()
	db, err := sql.Open("sqlite", "file:"+s.Store.Path()+"?mode=ro")
	if err != nil {
		s.T.Fatal(err)
	}
	defer db.Close()
	names := rows(s, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('sessions', 'looks', 'audit')")
	if len(names) < 10 {
		s.T.Fatalf("only %d tables", len(names))
	}
	all := map[string]string{}
	for _, name := range names {
		rows := slices.DeleteFunc(rows(s, db, `SELECT * FROM "`+name+`"`), func(row string) bool {
			return name == "counters" && strings.HasPrefix(row, "audit") || // the number of the trail's last line
				name == "secrets" && strings.HasPrefix(row, "alive ") // that /readyz could write
		})
		all[name] = strings.Join(rows, "\n")
	}
	return all
}

func rows(s *handlerstest.Site, db *sql.DB, query string) (all []string) {
	s.T.Helper()
	rows, err := db.QueryContext(s.T.Context(), query)
	if err != nil {
		s.T.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		s.T.Fatal(err)
	}
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range to {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			s.T.Fatal(err)
		}
		all = append(all, strings.Trim(fmt.Sprint(values...), "[]"))
	}
	if err := rows.Err(); err != nil {
		s.T.Fatal(err)
	}
	return all
}

// hostile is text that would be an element, an attribute, a script, a line of a
// stream or a header where it is not escaped.
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'+alert(1)+'<hx-partial hx-target="body">` + "\r\nSet-Cookie: evil=1\r\n\r\ndata: x"

// Names from AWS, the config files and its errors are text, on every page of
// the wizard, with results and with failures.
func TestStoredScripts(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, func(c *handlers.Config) {
		c.Profiles = func() ([]string, error) { return []string{"x" + hostile}, nil }
	})
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	pages := []string{"/", "/connections", draft + "/plan", draft + "/plan.json", draft + "/delete"}
	for _, p := range setup.Pages() {
		pages = append(pages, draft+"/"+string(p.ID))
	}
	problem := &setup.Problem{What: hostile, Why: hostile, Fix: hostile, Said: hostile, Service: hostile, Ref: hostile, Code: hostile}
	apis := []setup.APIInfo{{ID: "a1b2c3d4e5", Name: hostile, Kind: setup.APIKindHTTP, Endpoint: hostile, Stages: []string{"prod", hostile}, Refused: ""}, {ID: hostile, Name: hostile, Kind: setup.APIKindREST, Refused: hostile, Stages: []string{hostile}}}
	results := map[setup.LookKind]any{
		setup.LookIdentity:     setup.Identity{AccountID: hostile, ARN: hostile, Partition: hostile},
		setup.LookAPIs:         apis,
		setup.LookZones:        []setup.Zone{{ID: hostile, Name: hostile, NameServers: []string{hostile}}, {ID: "Z1", Name: "harborview.example", Delegated: true, NameServers: []string{hostile}}},
		setup.LookName:         setup.NameFacts{Addresses: []string{hostile}, ZoneApex: hostile, NameServers: []string{hostile}},
		setup.LookCertificates: []setup.CertificateInfo{{ARN: hostile, Region: "us-east-1", Names: []string{hostile}, Key: hostile, Status: hostile, Refused: hostile}, {ARN: hostile + "2", Region: "eu-west-1", Names: []string{"api.harborview.example", hostile}, Key: "RSA_2048", Status: "ISSUED", NotAfter: time.Now().Add(time.Hour)}},
		setup.LookPlan:         setup.Plan{Lines: []setup.PlanLine{{StepID: "domain", Title: hostile, Action: setup.PlanChange, Summary: hostile, Changes: []setup.Change{{Field: hostile, Is: hostile, Want: hostile}}}}},
	}
	failures := map[setup.LookKind]any{}
	for kind := range results {
		failures[kind] = problem
	}
	shown := 0
	for name, looks := range map[string]map[setup.LookKind]any{"results": results, "failures": failures} {
		s.Looks = looks
		for range 2 { // what a look finds leads to other looks
			s.Clock.Forward(24 * time.Hour)
			s.Client = handlerstest.NewBrowser(t)
			s.SignIn(handlerstest.Email)
			for _, page := range pages {
				s.Get(page)
				s.Work()
			}
		}
		for _, page := range pages {
			a := s.Get(page)
			if strings.Contains(a.Body, "alert(1)") {
				shown++
			}
			if !a.IsPage {
				if !json.Valid([]byte(a.Body)) || strings.Contains(a.Body, "<script") {
					t.Errorf("%s, %s: %.300s", page, name, a.Body)
				}
				continue
			}
			checkText(t, page+", "+name, a.Doc)
			if len(a.Header.Values("Set-Cookie")) > 0 && strings.Contains(a.Header.Get("Set-Cookie"), "evil") {
				t.Errorf("%s, %s: a header was set", page, name)
			}
		}
	}
	if shown < 10 {
		t.Errorf("the text was on %d pages only", shown)
	}
}

// checkText says which elements came out of stored text.
func checkText(t *testing.T, name string, doc *goquery.Document) {
	t.Helper()
	if n := doc.Find("img, hx-partial, body script:not([src])").Length(); n > 0 {
		t.Errorf("%s: %d elements came out of stored text", name, n)
	}
	doc.Find("*").Each(func(_ int, e *goquery.Selection) {
		for _, a := range e.Nodes[0].Attr {
			if strings.HasPrefix(a.Key, "on") || (a.Key == "href" || a.Key == "src" || a.Key == "action") && strings.Contains(strings.ToLower(a.Val), "script:") {
				t.Errorf("%s: %s=%q", name, a.Key, a.Val)
			}
		}
	})
}

// FuzzNext looks for a way on that leads to another site, as a browser reads
// the header that is sent for it.
func FuzzNext(f *testing.F) {
	for _, next := range []string{
		"", "/", "/jobs?q=x#y", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example",
		"/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example", "https://evil.example", "https:evil.example", "https:/evil.example",
		"HTTPS://evil.example", "javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "//evil.example@localhost", "//localhost@evil.example",
		"/.//evil.example", "/..//evil.example", "/x/..//evil.example", "/%2f/evil.example", "/%5cevil.example", "/%09/evil.example", "%2f%2fevil.example",
		"/？//evil.example", "/\u2028/evil.example", "／／evil.example", "/;//evil.example", "?//evil.example", "#//evil.example", "/:80//evil.example",
		"//[::1]", "/[//evil.example", "/jobs\r\nSet-Cookie: evil=1", "/%0d%0aSet-Cookie:%20evil=1", "/\x00/evil.example", "evil.example",
	} {
		f.Add(next)
	}
	f.Fuzz(func(t *testing.T, next string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/sign-in", nil)
		w := httptest.NewRecorder()
		if err := handlers.SeeOther(w, r, handlers.LocalPath(next)); err != nil {
			t.Fatal(err)
		}
		to := w.Header().Get("Location")
		if strings.ContainsAny(to, "\r\n") {
			t.Fatalf("next %q makes the header %q", next, to)
		}
		// What browsers do before they read an address (WHATWG URL): white space
		// around and control characters within go, backslashes are slashes.
		read := strings.TrimFunc(to, func(r rune) bool { return r <= ' ' })
		read = strings.NewReplacer("\t", "", "\r", "", "\n", "", "\\", "/").Replace(read)
		if !strings.HasPrefix(read, "/") || strings.HasPrefix(read, "//") {
			t.Errorf("next %q leads to %q", next, to)
		}
		if u, err := url.Parse("https://apifront.example/sign-in"); err == nil {
			if u, err = u.Parse(read); err == nil && u.Host != "apifront.example" {
				t.Errorf("next %q leads to %s", next, u.Host)
			}
		}
	})
}
