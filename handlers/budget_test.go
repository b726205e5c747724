package handlers_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/brotli"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// weigh fails the test if a page is heavier than it may be, in bytes of
// brotli, or names anything that is loaded from another place.
func weigh(t *testing.T, a handlerstest.Reply, path string, limit int) {
	t.Helper()
	if !a.IsPage {
		t.Fatalf("%s: status %d to %q is no page", path, a.Status, a.To)
	}
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, 5)
	if _, err := w.Write([]byte(a.Body)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if b.Len() >= limit {
		t.Errorf("%s: %d bytes, want fewer than %d", path, b.Len(), limit)
	}
	// With the page itself that is at most four requests.
	if n := a.Doc.Find("script[src], link[rel=stylesheet], link[rel=icon], img[src], link[rel=preload]").Length(); n > 3 {
		t.Errorf("%s: the page asks for %d more files, want 3 at most", path, n)
	}
	for _, attr := range []string{"src", "action", "formaction", "srcset"} {
		for _, e := range a.Doc.Find("[" + attr + "]").Nodes {
			for _, have := range e.Attr {
				if have.Key == attr && !strings.HasPrefix(have.Val, "/") && have.Val != "" {
					t.Errorf("%s: %s=%q is not of this server", path, attr, have.Val)
				}
			}
		}
	}
	if href, _ := a.Doc.Find("link[rel=stylesheet]").Attr("href"); !strings.HasPrefix(href, "/static/") {
		t.Errorf("%s: the stylesheet is %q", path, href)
	}
}

const pageBudget = 12_000

func TestBudgetOfPages(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	for _, p := range setup.Pages() {
		path := draft + "/" + string(p.ID)
		s.Page(path)
		s.Work()
		weigh(t, s.Get(path), path, pageBudget)
	}
	weigh(t, s.Press(draft+"/domain", "next", map[string]string{"domain": "203.0.113.7"}), "a refused form", pageBudget)
	weigh(t, s.Get("/nowhere"), "/nowhere", pageBudget)
	weigh(t, s.Get("/connections"), "/connections", pageBudget)
	s.Page("/help").Find("main a[href^='/help']").Each(func(_ int, a *goquery.Selection) {
		path := a.AttrOr("href", "")
		weigh(t, s.Get(path), path, pageBudget)
	})
	for i := range 60 {
		spec := setup.DefaultSpec()
		spec.Domain.Name = fmt.Sprintf("a-rather-long-label-as-some-people-have-them-n%05d.harborview.example", i)
		d, err := s.Store.CreateDraft(t.Context(), "Mira Okafor", spec)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Store.StartJob(t.Context(), store.NewJob{DraftID: d.ID, Kind: setup.JobApply, By: "Mira Okafor", Steps: handlerstest.Steps(setup.JobApply, spec)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/", "/jobs"} {
		weigh(t, s.Get(path), path, pageBudget)
	}
	s.Post("/sign-out", url.Values{})
	weigh(t, s.Get("/sign-in"), "/sign-in", pageBudget)
}

func TestBudgetOfAJobWithFiveHundredCalls(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	n := 0
	for _, step := range []string{"identity", "certificate-edge", "certificate-regional", "validation", "issued-regional"} {
		calls := make([]setup.Call, 100)
		for i := range calls {
			n++
			// No two are alike, so that none is folded, and no request ID
			// can be guessed from the one before.
			calls[i] = handlerstest.Call("acm", fmt.Sprintf("Describe%d", n))
			calls[i].Command = "acm" // so each leads to its line of the AWS CLI
			calls[i].RequestID = fmt.Sprintf("%08x-%04x-4%03x-8be1-%012x", uint32(n)*2654435761, n*40503%65536, n*977%4096, uint64(n)*11400714819323198485>>16)
		}
		s.Pass(setup.StepID(step), handlerstest.Done("As wanted"), calls...)
	}
	resp := s.Request(http.MethodGet, "/jobs/1", nil, nil)
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := handlerstest.Reply{Status: resp.StatusCode, Body: string(body), IsPage: true}
	if a.Doc, err = goquery.NewDocumentFromReader(bytes.NewReader(body)); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(a.Body, "Describe"); got < 500 {
		t.Fatalf("%d of 500 calls are on the page", got)
	}
	weigh(t, a, "/jobs/1", 20_000)
}

// The page of a setup holds what its checks found, however much AWS says.
func TestBudgetOfFindings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ findings, long, limit int }{
		"a few":               {4, 1, pageBudget},
		"none":                {0, 1, pageBudget},
		"as many as are kept": {100, 8, 60_000},
	} {
		s := handlerstest.NewJobSite(t)
		s.Start(setup.JobApply, setup.JobInput{})
		s.ToMappings()
		s.Finish()
		// No two values are alike, so that they do not shrink.
		n := uint64(0)
		value := func() string {
			var b strings.Builder
			for range c.long {
				n++
				fmt.Fprintf(&b, "%016x-%016x-%016x ", n*11400714819323198485, n*6364136223846793005, n*1442695040888963407)
			}
			return b.String()
		}
		o := store.CheckOutcome{Result: setup.CheckHealthy, Looked: []setup.StepID{"distribution"}}
		for i := range c.findings {
			o.Result = setup.CheckFindings
			o.Findings = append(o.Findings, setup.FindingBody{
				Key: fmt.Sprint(i), StepID: "distribution", Part: setup.PartEdge, Setting: setup.SettingCaching, Title: "Differs: " + value(), Field: "CachePolicyId", Is: value(), Want: value(), Repair: true,
				Effect: &setup.Problem{What: "Callers get kept answers.", Why: value(), Said: value(), Service: "CloudFront"},
			})
		}
		for range 20 {
			o.Lines = append(o.Lines, setup.CheckLine{Title: "Distribution", Result: setup.LineWrong, Text: value(), Took: time.Second})
		}
		if err := s.Store.AskCheck(t.Context(), s.Setup.ID, "Mira Okafor"); err != nil {
			t.Fatal(err)
		}
		p, found, err := s.Store.NextCheck(t.Context(), "w", 0)
		if err != nil || !found {
			t.Fatal("no check is due", err)
		}
		if err := s.Store.FinishCheck(t.Context(), "w", p, o); err != nil {
			t.Fatal(err)
		}
		resp := s.Request(http.MethodGet, "/setups/"+s.Setup.ID, nil, nil)
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		a := handlerstest.Reply{Status: resp.StatusCode, Body: string(body), IsPage: true}
		if a.Doc, err = goquery.NewDocumentFromReader(bytes.NewReader(body)); err != nil {
			t.Fatal(err)
		}
		if got := a.Doc.Find("#found article").Length(); got != min(c.findings, 25) {
			t.Errorf("%s: %d findings are on the page", name, got)
		}
		weigh(t, a, name, c.limit)
	}
}

// The pages of the doctor hold what it saw, however much that is, and the list is as
// light as others.
func TestBudgetOfTheDoctor(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	n := uint64(0)
	value := func() string {
		n++
		return fmt.Sprintf("%016x%016x", n*11400714819323198485, n*6364136223846793005)
	}
	for limit, asks := range map[int]int{pageBudget: 3, 60_000: 200} {
		b := setup.DiagnosisBody{Verdict: setup.VerdictWrong, Head: "2 wrong", Text: "Callers get 502, because CloudFront calls API Gateway over plain HTTP."}
		for _, l := range setup.DoctorLooks() {
			l.State, l.Text = setup.DoctorRight, "As it should be: "+value()
			for range asks {
				l.Asked = append(l.Asked, setup.NewAsked("A "+value()+".example.com", value(), "dig +short A "+value()+".example.com"))
			}
			b.Looks = append(b.Looks, l)
			b.Findings = append(b.Findings, setup.FindingBody{Title: "Callers get " + value(), Field: "CachePolicyId", Is: value(), Want: value(), Evidence: l.Asked, Fix: "Change it."})
			b.Things = append(b.Things, setup.Thing{What: "Certificate", Region: "us-east-1", ID: value()})
		}
		if asks == 3 {
			b.Findings = b.Findings[:2]
		}
		d, err := s.Store.AskDiagnosis(t.Context(), store.NewDiagnosis{Name: fmt.Sprintf("n%d.example.com", asks), By: "Mira Okafor"})
		if err != nil {
			t.Fatal(err)
		}
		if _, found, err := s.Store.NextDiagnosis(t.Context(), "w"); err != nil || !found {
			t.Fatal("no diagnosis waits", err)
		}
		if err := s.Store.SaveDiagnosis(t.Context(), "w", d.ID, b); err != nil {
			t.Fatal(err)
		}
		weigh(t, s.Get("/doctor/"+d.ID), "while it looks", pageBudget)
		if err := s.Store.FinishDiagnosis(t.Context(), "w", d.ID, b); err != nil {
			t.Fatal(err)
		}
		weigh(t, s.Get("/doctor/"+d.ID), fmt.Sprintf("%d questions each", asks), limit)
	}
	for i := range 30 {
		s.Clock.Forward(time.Minute)
		if _, err := s.Store.AskDiagnosis(t.Context(), store.NewDiagnosis{Name: fmt.Sprintf("a-rather-long-label-as-some-people-have-them-n%05d.harborview.example", i), By: "Mira Okafor"}); err != nil {
			t.Fatal(err)
		}
	}
	weigh(t, s.Get("/doctor"), "/doctor", pageBudget)
}
