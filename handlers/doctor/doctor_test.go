package doctor_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// take takes the diagnosis that waits, as a worker.
func take(t *testing.T, s *store.Store) setup.Diagnosis {
	t.Helper()
	d, found, err := s.NextDiagnosis(t.Context(), "w")
	if err != nil || !found {
		t.Fatal("no diagnosis waits", err)
	}
	return d
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wrong is what a diagnosis says of a distribution that calls its origin over plain HTTP.
func wrong() setup.DiagnosisBody {
	b := setup.DiagnosisBody{Verdict: setup.VerdictWrong, Head: "1 wrong", Text: "Callers get 502, because CloudFront calls API Gateway over plain HTTP.", Took: 7600 * time.Millisecond}
	for i, l := range setup.DoctorLooks() {
		l.State, l.Took = setup.DoctorRight, time.Duration(i+1)*11*time.Millisecond
		l.Asked = []setup.Asked{setup.NewAsked("A question", "its answer", "dig +short A api.example.com")}
		if l.ID == setup.DoctorOrigin {
			l.State, l.Text = setup.DoctorWrong, "http-only"
		}
		b.Looks = append(b.Looks, l)
	}
	b.Findings = []setup.FindingBody{
		{Key: "a", Setting: setup.SettingOriginProtocol, Part: setup.PartOrigin, Title: "CloudFront calls the origin over plain HTTP", Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only", Fix: "Set it to https-only.",
			Evidence: []setup.Asked{setup.NewAsked("GET https://api.example.com/", "502", "curl -sI https://api.example.com/")}},
		{Key: "b", Setting: setup.SettingIPv6, Title: "IPv6 is off", Beside: true},
	}
	b.Way = []setup.Hop{{Part: setup.PartName, State: setup.HopRight, Claim: "Leads to CloudFront"}, {Part: setup.PartEdge, State: setup.HopRight, Claim: "Its own certificate"},
		{Part: setup.PartOrigin, State: setup.HopWrong, Claim: "Called over plain HTTP"}, {Part: setup.PartGateway, State: setup.HopRight, Past: true, Claim: "200"}}
	return b
}

// Without a script: the field, the page that looks and reloads, and the result at the
// same address; what was typed wrong is kept.
func TestANameFromTheFieldToTheResult(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	doc := s.Page("/doctor?name=API.example.com")
	if got := doc.Find("#domain").AttrOr("value", ""); got != "API.example.com" {
		t.Errorf("the field has %q", got)
	}
	if list, err := s.Store.Diagnoses(t.Context(), "", 10); err != nil || len(list) > 0 {
		t.Fatalf("an address alone began %d looks, %v", len(list), err)
	}
	form := handlerstest.Fields(doc, "main form")
	form.Set("domain", "https://API.example.com/health?token=secret")
	a := s.Post("/doctor", form)
	if a.Status != http.StatusSeeOther || !strings.HasPrefix(a.To, "/doctor/") {
		t.Fatalf("status %d to %q: %s", a.Status, a.To, handlerstest.Squash(a.Doc.Find("#errors").Text()))
	}
	page := s.Page(a.To)
	handlerstest.Contains(t, page, "h1", "api.example.com/health", "Looking")
	handlerstest.Contains(t, page, "title", "Looking, 0 of 11: api.example.com/health")
	if got := page.Find(".looks > li[data-s=wait]").Length(); got != 11 {
		t.Errorf("%d of 11 looks wait", got)
	}
	if got := page.Find("noscript meta").Length() + strings.Count(s.Get(a.To).Body, `http-equiv="refresh" content="2"`); got == 0 {
		t.Error("the page does not reload by itself")
	}
	if strings.Contains(s.Get(a.To+"?refresh=off").Body, "http-equiv") {
		t.Error("it still reloads")
	}
	d := take(t, s.Store)
	if d.Name != "api.example.com" || d.Path != "/health" {
		t.Errorf("asked about %q, path %q", d.Name, d.Path)
	}
	must(t, s.Store.SaveDiagnosis(t.Context(), "w", d.ID, setup.DiagnosisBody{}.Seen(wrong().Looks[0])))
	handlerstest.Contains(t, s.Page(a.To), "#lad-h", "1 of 11 looks done")
	must(t, s.Store.FinishDiagnosis(t.Context(), "w", d.ID, wrong()))
	page = s.Page(a.To)
	if strings.Contains(s.Get(a.To).Body, "http-equiv") {
		t.Error("it has ended, and reloads")
	}
	handlerstest.Contains(t, page, "title", "1 wrong: api.example.com/health")
	handlerstest.Contains(t, page, "h1", "1 wrong")
	handlerstest.Contains(t, page, ".lede", "Callers get 502")
	handlerstest.Contains(t, page, ".facts", "took 7.6 s, changed nothing", "Asked by Mira Okafor", "Kept until")
	handlerstest.Contains(t, page, ".fnd.bad", "over plain HTTP", "Setting 4 of 6", "http-only", "https-only", "Set it to https-only.")
	handlerstest.Contains(t, page, ".hops", "Called over plain HTTP", "Answers past the fault")
	handlerstest.Contains(t, page, "section:has(#looks)", "10 of 11 looks right.", "delegation, name servers")
	if got := page.Find("#looks .looks > li").Length(); got != 11 { // a finding tells of the one that was wrong
		t.Errorf("%d looks are folded", got)
	}
	if page.Find("#looks").AttrOr("open", "no") != "no" {
		t.Error("what was right stands open")
	}
	if got := page.Find(`button[data-copy="curl -sI https://api.example.com/"]`).Length(); got != 1 {
		t.Errorf("the line that repeats it has %d copy buttons", got)
	}
	again := handlerstest.Fields(page, ".head form")
	s.Clock.Forward(time.Minute)
	if b := s.Post("/doctor", again); b.Status != http.StatusSeeOther || b.To == a.To {
		t.Errorf("look again: status %d to %q", b.Status, b.To)
	}
	if d := take(t, s.Store); d.Name != "api.example.com" || d.Path != "/health" {
		t.Errorf("again it is asked about %q, path %q", d.Name, d.Path)
	}
	handlerstest.Contains(t, s.Page("/doctor"), "table", "api.example.com/health", "1 wrong", "Looking", "Callers get 502", "Mira Okafor")
}

// What cannot be asked is said at its field, and what was typed stays there.
func TestWhatCannotBeAskedIsSaid(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	for typed, says := range map[string]string{
		"": "Enter a domain name", "10.0.0.1": "not an IP address", "localhost": "full domain name", "api.example.com:x": "letters, digits",
		"d111.cloudfront.net": "belong to AWS", strings.Repeat("a", 20_000): "at most 10000 characters",
	} {
		a := s.Post("/doctor", url.Values{"domain": {typed}, "connection": {""}})
		if a.Status != http.StatusUnprocessableEntity || !a.IsPage {
			t.Errorf("%.40q: status %d to %q", typed, a.Status, a.To)
			continue
		}
		handlerstest.CheckPage(t, "/doctor", a.Doc)
		handlerstest.Contains(t, a.Doc, "#errors", says)
		handlerstest.Contains(t, a.Doc, "#domain-err", says)
		handlerstest.Contains(t, a.Doc, "title", "Error: Doctor")
		if got := a.Doc.Find("#domain").AttrOr("value", ""); got != setup.First(typed, 10_001) {
			t.Errorf("what was typed has become %.40q", got)
		}
	}
	a := s.Post("/doctor", url.Values{"domain": {"api.example.com"}, "connection": {"profile:nobody"}})
	if a.Status != http.StatusUnprocessableEntity || a.Doc.Find("#domain").AttrOr("value", "") != "api.example.com" {
		t.Errorf("a connection that is not there: status %d", a.Status)
	}
	handlerstest.Contains(t, a.Doc, "#errors", "Choose a connection that this server has")
	a = s.Post("/doctor", url.Values{"domain": {"api.example.com"}, "connection": {""}, "path": {"%zz"}})
	if a.Status != http.StatusUnprocessableEntity || a.Doc.Find("#domain").AttrOr("value", "") != "api.example.com/%zz" {
		t.Errorf("a path that is none: status %d, %q", a.Status, a.Doc.Find("#domain").AttrOr("value", ""))
	}
	if list, err := s.Store.Diagnoses(t.Context(), "", 10); err != nil || len(list) > 0 {
		t.Errorf("%d looks began, %v", len(list), err)
	}
	for _, path := range []string{"/doctor/nobody", "/doctor/nobody/events"} {
		if a := s.Get(path); a.Status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, a.Status)
		}
	}
}

// One person starts ten looks in a minute; the eleventh waits, and says for how long.
func TestLooksAtNamesAreLimited(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	ask := func(n int) handlerstest.Reply {
		return s.Post("/doctor", url.Values{"domain": {fmt.Sprintf("n%d.example.com", n)}, "connection": {""}})
	}
	for n := range 10 {
		if a := ask(n); a.Status != http.StatusSeeOther {
			t.Fatalf("look %d: status %d", n, a.Status)
		}
	}
	if a, b := ask(3), ask(3); a.Status != http.StatusSeeOther || a.To != b.To {
		t.Errorf("the same name leads to %q and %q", a.To, b.To)
	}
	a := ask(10)
	if a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
		t.Fatalf("the eleventh: status %d, Retry-After %q", a.Status, a.Header.Get("Retry-After"))
	}
	handlerstest.CheckPage(t, "/doctor", a.Doc)
	handlerstest.Contains(t, a.Doc, "#errors", "then look again")
	if got := a.Doc.Find("#domain").AttrOr("value", ""); got != "n10.example.com" {
		t.Errorf("what was typed has become %q", got)
	}
	s.Clock.Forward(time.Minute)
	if a := ask(10); a.Status != http.StatusSeeOther {
		t.Errorf("a minute later: status %d", a.Status)
	}
}

// Who asked stops a look, and whoever may act. A viewer does not stop another's.
func TestWhoStopsALook(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewSite(t, nil)
	for name, role := range map[string]string{"vera": store.RoleViewer, "viktor": store.RoleViewer, "otto": store.RoleOperator} {
		must(t, s.Store.CreateUser(t.Context(), store.User{Name: name, Email: name + "@example.com", PasswordHash: handlerstest.PasswordHash(), Role: role}))
	}
	as := func(who string) {
		t.Helper()
		s.Client = handlerstest.NewBrowser(t)
		s.SignIn(who + "@example.com")
	}
	for who, may := range map[string]bool{"vera": true, "viktor": false, "otto": true} {
		as("vera")
		s.Clock.Forward(time.Minute)
		at := s.Post("/doctor", url.Values{"domain": {who + ".example.com"}, "connection": {""}}).To
		as(who)
		if got := s.Page(at).Find(`form[action$="/stop"]`).Length() == 1; got != may {
			t.Errorf("%s is offered to stop vera's look: %v", who, got)
		}
		a := s.Post(at+"/stop", nil)
		if may != (a.Status == http.StatusSeeOther && a.To == at) || !may && a.Status != http.StatusForbidden {
			t.Errorf("%s stops vera's look: status %d to %q", who, a.Status, a.To)
		}
		page := s.Page(at)
		if may {
			handlerstest.Contains(t, page, "h1", "Stopped")
			handlerstest.Contains(t, page, ".facts", "by "+who)
			handlerstest.Contains(t, page, ".lede", "No look was made.")
		} else {
			handlerstest.Contains(t, page, "h1", "Looking")
		}
	}
}

// A record that a person adds is shown as the form of its provider takes it.
func TestAFindingShowsItsRecord(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	b := wrong()
	b.Findings = []setup.FindingBody{{
		Key: "record", Setting: setup.SettingValidationRecord, Part: setup.PartName, Title: "The validation record is missing", Fix: "Add it.",
		Record: &setup.Record{Type: "CNAME", Name: "_a.api.example.com", Value: "_b.acm-validations.aws", TTL: 300, Apex: "example.com", Servers: []string{"dns1.registrar-servers.com"}},
	}}
	at := s.Post("/doctor", url.Values{"domain": {"api.example.com"}, "connection": {""}}).To
	must(t, s.Store.FinishDiagnosis(t.Context(), "w", take(t, s.Store).ID, b))
	handlerstest.Contains(t, s.Page(at), ".fnd", "Host", "In full: _a.api.example.com", "_b.acm-validations.aws", "as the form of Namecheap takes them")
}

// If all is right, a reader sees the first looks and may open the others.
func TestWhatIsAllRightIsFolded(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	b := wrong()
	b.Verdict, b.Head, b.Findings = setup.VerdictHealthy, "Nothing wrong", nil
	for i := range b.Looks {
		b.Looks[i].State = setup.DoctorRight
	}
	at := s.Post("/doctor", url.Values{"domain": {"api.example.com"}, "connection": {""}}).To
	must(t, s.Store.FinishDiagnosis(t.Context(), "w", take(t, s.Store).ID, b))
	page := s.Page(at)
	handlerstest.Contains(t, page, "section:has(#looks)", "11 looks, all right", "Show the other 6 looks", "Host header", "renewal")
	if open, folded := page.Find(".card > .ladder .looks > li").Not("#looks *").Length(), page.Find("#looks .looks > li").Length(); open != 5 || folded != 6 {
		t.Errorf("%d looks stand open and %d are folded", open, folded)
	}
}

// Every verdict has a page, with or without what the doctor can say.
func TestEveryVerdictHasAPage(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	for _, verdict := range []setup.Verdict{
		setup.VerdictHealthy, setup.VerdictRemarks, setup.VerdictWrong, setup.VerdictUnsure, setup.VerdictPastCloudFront, setup.VerdictStranger,
		setup.VerdictNoName, setup.VerdictNotDelegated, setup.VerdictPrivate, setup.VerdictCouldNot, setup.VerdictStopped, "one of a later version",
	} {
		full := wrong()
		full.Head, full.Either = "", []setup.Alternative{{Title: "One", Text: "t"}, {Title: "Other", Text: "t", Fix: "f"}}
		full.Needs = []setup.Need{{Kind: setup.NeedKey, Title: "Ask with a key", Text: "k"}, {Kind: setup.NeedPath, Title: "Ask elsewhere", Text: "p"}, {Kind: setup.NeedConnection, Title: "Look inside AWS", Text: "c"}, {Kind: setup.NeedOwner, Title: "Have the owner run this", Text: "o", Line: "aws apigatewayv2 get-api-mappings"}}
		full.Things = []setup.Thing{{What: "Distribution", ID: "E3HJ6T0Q5YB8LN", State: "Deployed"}, {What: "Certificate", Region: "us-east-1", ID: "arn:aws:acm:us-east-1:482177301954:certificate/2f6b"}}
		full.Doors = []setup.Door{{Kind: setup.DoorEndpoint, Host: "a1b2.execute-api.eu-west-1.amazonaws.com", Title: "The default endpoint answers", Fix: "The line closes it.", Line: "aws apigateway update-rest-api",
			Asked: []setup.Asked{setup.NewAsked("GET https://a1b2.execute-api.eu-west-1.amazonaws.com/prod/", "200", "curl -i https://a1b2.execute-api.eu-west-1.amazonaws.com/prod/")}}}
		for _, b := range []setup.DiagnosisBody{{}, full} {
			b.Verdict = verdict
			s.Clock.Forward(time.Minute)
			at := s.Post("/doctor", url.Values{"domain": {"api.example.com"}, "connection": {""}}).To
			must(t, s.Store.FinishDiagnosis(t.Context(), "w", take(t, s.Store).ID, b))
			page := s.Page(at)
			if page.Find("h1 .st").Text() == "" || page.Find("h1 .st svg path, h1 .st svg circle").Length() == 0 {
				t.Errorf("%s: the page has no word, or no icon for it", verdict)
			}
			if len(b.Needs) == 0 {
				continue
			}
			handlerstest.Contains(t, page, ".causes", "One", "Other", "Fix: f")
			handlerstest.Contains(t, page, "section:has(#d-h)", "Ways past CloudFront", "The default endpoint answers", "The line closes it.", "aws apigateway update-rest-api", "curl -i https://a1b2.")
			handlerstest.Contains(t, page, ".tells", "Ask elsewhere", "Look inside AWS", "Have the owner run this")
			if page.Find(`.tells form[action^="/doctor/"] input[type=password][name=key]`).Length() != 1 || page.Find("#header").AttrOr("value", "") != "X-Api-Key" {
				t.Error("a look with a key is not offered")
			}
			if page.Find(`a[aria-label="Open the distribution E3HJ6T0Q5YB8LN in the AWS console"]`).Length() != 1 {
				t.Error("the distribution has no arrow to the console")
			}
		}
	}
	page := s.Page("/doctor")
	if got := page.Find("tbody tr").Length(); got != 20 {
		t.Errorf("%d rows are listed", got)
	}
	older := page.Find(`a:contains("Show older")`).AttrOr("href", "")
	if got := s.Page(older).Find("tbody tr").Length(); got != 4 {
		t.Errorf("%q lists %d rows", older, got)
	}
}

// The stream sends the page again with each thing that is seen, and at the end one
// sentence for those who hear it; then it ends, also for those who come late.
func TestTheStreamOfALook(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	d, err := s.Store.AskDiagnosis(t.Context(), store.NewDiagnosis{Name: "api.example.com", By: "Mira Okafor"})
	must(t, err)
	path := handlers.DiagnosisURL(d.ID) + "/events"
	st := s.Events(path, nil)
	has := func(m handlerstest.Message, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if !strings.Contains(m.Data, part) {
				t.Errorf("the message has no %q: %s", part, m.Data)
			}
		}
	}
	has(st.Next(), "<title>Looking, 0 of 11: api.example.com", `hx-target="#now"`, "0 of 11 looks done")
	take(t, s.Store)
	has(st.Next(), "Looking for")
	must(t, s.Store.SaveDiagnosis(t.Context(), "w", d.ID, setup.DiagnosisBody{}.Seen(wrong().Looks[0])))
	m := st.Next()
	has(m, "1 of 11 looks done", "icon-running")
	if strings.Contains(m.Data, "#say") {
		t.Error("it speaks while it looks")
	}
	must(t, s.Store.FinishDiagnosis(t.Context(), "w", d.ID, wrong()))
	has(st.Next(), "<title>1 wrong: api.example.com", `hx-target="#say"`, "Looked at api.example.com: 1 wrong.", "icon-bad")
	if m := st.Next(); m.Event != "end" {
		t.Errorf("it goes on with %+v", m)
	}
	late := s.Events(path, nil)
	has(late.Next(), "1 wrong")
	if m := late.Next(); m.Event != "end" {
		t.Errorf("for a late one it goes on with %+v", m)
	}
}

// Where the cure is to enter name servers, the page has all of them to copy at once, and
// "Set it up" begins the wizard with the name.
func TestTheCureOfAnUndelegatedName(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	b := wrong()
	servers := []string{"ns-1.awsdns-01.com", "ns-2.awsdns-02.net"}
	b.Verdict, b.Head, b.Findings, b.Zone, b.Servers = setup.VerdictNotDelegated, "Domain not delegated", nil, "harborview.example", servers
	d := lookedAt(t, s.Store, "new.harborview.example", b)
	page := s.Page(handlers.DiagnosisURL(d.ID))
	handlerstest.Contains(t, page, "main", "Name servers to enter", "For harborview.example, where the domain was bought", servers[0], servers[1])
	if got := page.Find("button[data-what='all name servers']").AttrOr("data-copy", ""); got != strings.Join(servers, "\n") {
		t.Errorf("it copies %q", got)
	}
	b.Verdict, b.Head, b.Zone, b.Servers = setup.VerdictNoName, "Name not found", "", nil
	d = lookedAt(t, s.Store, "old.harborview.example", b)
	page = s.Page(handlers.DiagnosisURL(d.ID))
	form := page.Find("form[action='/drafts']")
	if got := form.Find("input[name=name]").AttrOr("value", ""); got != "old.harborview.example" || page.Find("button[data-what='all name servers']").Length() > 0 {
		t.Errorf("the wizard begins with %q", got)
	}
	for typed, want := range map[string]string{"new.harborview.example": "new.harborview.example", "": "", "no name": "", "https://10.0.0.1/": ""} {
		reply := s.Post("/drafts", url.Values{"name": {typed}})
		id := strings.Split(strings.TrimPrefix(reply.Header.Get("Location"), "/drafts/"), "/")[0]
		if got := s.Spec(id).Domain.Name; got != want {
			t.Errorf("%q begins with the name %q", typed, got)
		}
	}
}

// A finding shows its first lines; the others are folded.
func TestEvidenceIsFolded(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	b := wrong()
	for _, n := range []string{"2", "3", "4"} {
		b.Findings[0].Evidence = append(b.Findings[0].Evidence, setup.NewAsked("Question "+n, "answer", "dig +short A n"+n+".example.com"))
	}
	d := lookedAt(t, s.Store, "api.example.com", b)
	finding := s.Page(handlers.DiagnosisURL(d.ID)).Find("article.fnd").First()
	if open, folded := finding.Find(".card-b > .asked li").Length(), finding.Find("details .asked li").Length(); open != 2 || folded != 2 {
		t.Errorf("%d lines stand open and %d are folded", open, folded)
	}
	if got := finding.Find("details summary").Text(); !strings.Contains(got, "2 more questions") {
		t.Errorf("the fold says %q", got)
	}
}
