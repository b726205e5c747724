package people_test

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"apifront/handlers/handlerstest"
	"apifront/handlers/people"
	"apifront/store"
	webpeople "apifront/web/people"
)

// The audit trail has what people do through the pages, with who they were and
// from where, and also what was refused.
func TestTheTrailHasEveryAct(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewSite(t, nil)
	s.User("Mira Okafor", handlerstest.Email)
	if err := s.Store.CreateUser(t.Context(), store.User{Name: "Vera", Email: "vera@example.com", PasswordHash: handlerstest.PasswordHash(), Role: store.RoleViewer}); err != nil {
		t.Fatal(err)
	}
	said := len(s.Trail(0))
	expect := func(want ...string) {
		t.Helper()
		var got []string
		for _, l := range s.Trail(said) {
			got = append(got, fmt.Sprintf("%s <%s> %s %s: %s (%s)", l.Who, l.Account, l.Action, l.Result, l.On, l.Detail))
			if l.Address != "127.0.0.1" {
				t.Errorf("%s comes from %q", l.Action, l.Address)
			}
		}
		said += len(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	try := func(email, password string) { s.Post("/sign-in", url.Values{"email": {email}, "password": {password}}) }
	try("Nobody@example.com", "wrong")
	try("my secret password", "wrong")
	expect(" <nobody@example.com> sign-in wrong: user nobody@example.com ()",
		" <what was typed is no email address> sign-in wrong: user what was typed is no email address ()")
	for range 6 { // five are free
		try(handlerstest.Email, "wrong")
	}
	list := s.Trail(said)
	if last := list[len(list)-1]; last.Result != store.ResultLimited || last.Account != handlerstest.Email || strings.Contains(fmt.Sprint(list), "secret password") {
		t.Errorf("the last of too many tries is %+v", last)
	}
	said += len(list)
	s.Clock.Forward(time.Hour)
	s.SignIn("vera@example.com")
	s.Do(http.MethodGet, "/jobs/99/cancel", nil, nil)
	s.Do(http.MethodPost, "/theme", nil, map[string]string{"Origin": "https://evil.example"})
	s.Do(http.MethodPost, "/x/0123456789abcdef0123456789abcdef", nil, map[string]string{"Sec-Fetch-Site": "cross-site"})
	s.Post("/sign-out", nil)
	expect("Vera <vera@example.com> sign-in done: user vera@example.com (Go-http-client/1.1)",
		"Vera <vera@example.com> request refused: GET /jobs/99/cancel (the role is viewer, it takes operator)",
		"Vera <vera@example.com> request refused: POST /theme (a form of another site, https://evil.example)",
		"Vera <vera@example.com> request refused: POST /x/… (a form of another site, )",
		"Vera <vera@example.com> sign-out done: user vera@example.com ()")
	s.SignIn(handlerstest.Email)
	path := s.NewDraft()
	id := strings.TrimPrefix(path, "/drafts/")
	s.Get(path + "/plan.json")
	s.Post(path+"/delete", nil)
	s.Post("/connections", url.Values{"connection": {"default"}})
	mira := "Mira Okafor <mira@example.com> "
	expect(mira+"sign-in done: user mira@example.com (Go-http-client/1.1)", mira+"draft-create done: draft "+id+" ()",
		mira+"export done: plan of draft "+id+" (plan.json)", mira+"draft-delete done: draft "+id+" ()",
		mira+"connection-test done: connection default ()")
}

// fill writes many lines at once, as the store would.
func fill(s *handlerstest.Site, n int, name func(i int) string) {
	s.T.Helper()
	for i := range n {
		ctx := store.WithActor(s.T.Context(), store.Actor{Name: name(i), Email: "x@example.com", Address: "192.0.2.1"})
		if err := s.Store.Audit(ctx, store.Act{Action: store.ActExport, On: fmt.Sprint("thing ", i), Detail: name(i)}); err != nil {
			s.T.Fatal(err)
		}
	}
}

func numbers(doc *goquery.Document) string {
	var list []string
	doc.Find("table.audit tbody tr").Each(func(_ int, row *goquery.Selection) {
		list = append(list, strings.TrimPrefix(handlerstest.Squash(row.Find(".num.sub, .sub.num").Last().Text()), "Line "))
	})
	if len(list) == 0 {
		return "none"
	}
	return list[0] + "-" + list[len(list)-1]
}

func TestAuditLog(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	fill(s, 120, func(i int) string { return fmt.Sprint("Person ", i%2) })
	doc := s.Page("/settings/audit")
	first := numbers(doc) // 2 lines are older than those 120
	doc = s.Page(doc.Find("a[rel=next]").AttrOr("href", ""))
	second := numbers(doc)
	oldest := s.Page(doc.Find("a[rel=next]").AttrOr("href", ""))
	back := s.Page(oldest.Find("a[rel=prev]").AttrOr("href", ""))
	newest := s.Page(back.Find("a[rel=prev]").AttrOr("href", ""))
	if newest.Find("a[rel=prev]").Length() != 0 {
		t.Error("there is a page before the first")
	}
	if got, want := fmt.Sprint(first, " ", second, " ", numbers(oldest), " ", numbers(back), " ", numbers(newest)), "122-73 72-23 22-1 72-23 122-73"; got != want {
		t.Errorf("the pages are %s, want %s", got, want)
	}
	if oldest.Find("a[rel=next]").Length() != 0 {
		t.Error("there is a page after the last")
	}
	handlerstest.Contains(t, oldest, "table.audit", "Sign in", "Create a user", "Mira Okafor", handlerstest.Email, "127.0.0.1", "Done")
	handlerstest.Contains(t, oldest, "main", "apifront audit verify", s.Trail(121)[0].Hash)
	for query, want := range map[string]string{
		"who=person+1": "122-24", "what=sign-in": "2-2", "result=wrong": "none", "q=thing+119": "122-122", "when=day": "122-73", "who=nobody": "none",
		"before=x": "122-73", "before=1": "none", "after=120": "122-121",
	} {
		doc := s.Page("/settings/audit?" + query)
		if got := numbers(doc); got != want {
			t.Errorf("?%s shows %s, want %s", query, got, want)
		}
		if want == "none" {
			handlerstest.Contains(t, doc, "main", "No lines match", "Show all lines")
		}
	}
	if doc := s.Page("/settings/audit?who=person+1&what=export"); doc.Find("a[href='/settings/audit.csv?what=export&who=person+1']").Length() != 1 {
		t.Error("the download is not of what is shown")
	}
	for _, act := range store.Acts() {
		if webpeople.AuditAction(act) == act {
			t.Errorf("%s has no name", act)
		}
	}
}

// A download has every line that the page shows, and is a line itself. JSON
// lines can be verified by others; cells of CSV are never formulas.
func TestAuditDownloads(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	hostile := []string{"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1", "\r\nX-Evil: 1", `<script>alert(1)</script>`, `a"b,c`, "'quoted"}
	fill(s, people.AuditBatch+20, func(i int) string { return hostile[i%len(hostile)] })
	a := s.Get("/settings/audit.csv")
	rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Trail(0)) + len(s.Trail(1000)); len(rows) != n+1 {
		t.Errorf("%d rows, want %d", len(rows), n+1)
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.ContainsAny(people.FirstOf(strings.TrimLeft(cell, " ")), "=+-@\t\r\n＝＋－＠") || strings.ContainsAny(cell, "\t\r\n") {
				t.Fatalf("the cell %q may be a formula or more than a line", cell)
			}
		}
	}
	if got := rows[3][2]; got != "'"+hostile[0] {
		t.Errorf("a formula became %q", got)
	}
	if got := a.Header.Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="apifront-audit-`) || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/csv") {
		t.Errorf("it is sent as %q", got)
	}
	a = s.Get("/settings/audit.jsonl?who=script&q=thing")
	previous, n := "", 0
	for line := range strings.Lines(a.Body) {
		var l store.AuditLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(strings.TrimSuffix(line, "\n"), `,"hash":"`+l.Hash+`"`, "", 1)
		if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(text))); sum != l.Hash || l.Who != `<script>alert(1)</script>` || l.Previous == previous {
			t.Fatalf("line %d: the hash is %s, want %s", l.Seq, l.Hash, sum)
		}
		previous = l.Previous
		n++
	}
	if want := (people.AuditBatch + 20 + 2) / len(hostile); n != want {
		t.Errorf("%d lines, want %d", n, want)
	}
	list, err := s.Store.AuditBefore(t.Context(), store.AuditFilter{}, 0, 2)
	if err != nil {
		t.Fatal(err)
	}
	if got := list[1].On + ": " + list[1].Detail + "; " + list[0].Detail; got != "audit trail: csv; jsonl, q=thing&who=script" {
		t.Errorf("the trail says %q", got)
	}
	// The page shows the same as text.
	doc := s.Page("/settings/audit?who=script")
	if doc.Find("main script").Length() != 0 || !strings.Contains(doc.Find("table.audit").Text(), `<script>alert(1)</script>`) {
		t.Error("a name became a part of the page")
	}
}

// Without the line about it there is no export.
func TestNoExportWithoutItsLine(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	if _, err := s.Store.Writer().ExecContext(t.Context(), `CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END`); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/settings/audit.csv", "/settings/audit.jsonl"} {
		if a := s.Get(path); a.Status != http.StatusInternalServerError || strings.Contains(a.Body, "sign-in") {
			t.Errorf("GET %s: status %d", path, a.Status)
		}
	}
	if a := s.Post("/drafts", nil); a.Status != http.StatusInternalServerError {
		t.Errorf("a draft was made without its line: status %d", a.Status)
	}
	if list, err := s.Store.Drafts(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%d drafts, %v", len(list), err)
	}
}

// BenchmarkAuditLog loads the page and a search that finds little among
// 100,000 lines.
func BenchmarkAuditLog(b *testing.B) {
	st, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "a.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	_, err = st.Writer().ExecContext(b.Context(), `
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
		INSERT INTO audit (seq, at, user_id, who, account, address, action, subject, result, detail, previous, hash)
		SELECT i, i, 'u', 'Person ' || (i % 50), 'p@example.com', '192.0.2.1', 'job-start', 'job ' || i || ', api.example.com', 'done', 'account 482177301954', printf('%064d', i), printf('%064d', i) FROM n`)
	if err != nil {
		b.Fatal(err)
	}
	for name, f := range map[string]store.AuditFilter{
		"newest": {}, "one action that is rare": {Action: store.ActSignIn}, "text that is rare": {Text: "job 77,"}, "text that is nowhere": {Text: "nowhere", Who: "person"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := st.AuditBefore(b.Context(), f, 0, people.AuditPerPage+1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("export", func(b *testing.B) {
		for b.Loop() {
			seq := int64(0)
			for {
				list, err := st.AuditAfter(b.Context(), store.AuditFilter{}, seq, people.AuditBatch)
				if err != nil {
					b.Fatal(err)
				}
				if len(list) == 0 {
					break
				}
				seq = list[len(list)-1].Seq
			}
		}
	})
}
