package setups_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// scheduled carries out the check by schedule that is due at the time.
func scheduled(t *testing.T, s *handlerstest.JobSite, at time.Time, o store.CheckOutcome) {
	t.Helper()
	s.Store.SetClock(func() time.Time { return at })
	p, _, found, err := s.Store.NextScheduled(t.Context(), "w", time.Second)
	if err != nil || !found {
		t.Fatalf("no check is due at %s: %v", at, err)
	}
	o.Looked = []setup.StepID{"distribution", "dns", "live"}
	if err := s.Store.FinishCheck(t.Context(), "w", p, o); err != nil {
		t.Fatal(err)
	}
}

// plan is when the site's setup is checked.
func plan(t *testing.T, s *handlerstest.JobSite) setup.Schedule {
	t.Helper()
	p, err := s.Store.Schedule(t.Context(), s.Setup.ID)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// How often a setup is checked is set on a page of its own; both pages say when the
// next check is, or that none comes by itself. What the form does not offer is not
// taken.
func TestHowASetupIsChecked(t *testing.T) {
	t.Parallel()
	s := finished(t)
	ahead := time.Now().Add(time.Minute)
	s.Store.SetClock(func() time.Time { return ahead })
	checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: serves})
	next := plan(t, s).Next
	at := next.In(time.UTC).Format(":04")
	for _, path := range []string{"/setups/" + s.Setup.ID, "/"} {
		handlerstest.Contains(t, s.Page(path, http.StatusOK), "main", "Next check: ", at)
	}
	address := "/setups/" + s.Setup.ID + "/checks"
	doc := s.Page(address, http.StatusOK)
	handlerstest.Contains(t, doc, "#every option[selected]", "Every 3 h")
	handlerstest.Contains(t, doc, "main", "GET /", "Any answer that the API itself gave", "opens no WebSocket")
	send := func(every string) (int, string) {
		t.Helper()
		r := s.Request(http.MethodPost, address, url.Values{"every": {every}}, nil)
		return r.StatusCode, r.Text(t)
	}
	if status, _ := send("15"); status != http.StatusSeeOther || plan(t, s).Every != 15*time.Minute {
		t.Errorf("every 15 minutes: status %d, %+v", status, plan(t, s))
	}
	handlerstest.Contains(t, s.Page(address, http.StatusOK), "#every option[selected]", "Every 15 min")
	for _, every := range []string{"", "7", "-15", "15m", strings.Repeat("9", 400)} {
		if status, body := send(every); status != http.StatusUnprocessableEntity || !strings.Contains(body, "Choose how often it is checked") {
			t.Errorf("%q: status %d", every, status)
		}
	}
	if status, _ := send("0"); status != http.StatusSeeOther || !plan(t, s).Off() {
		t.Errorf("off: status %d, %+v", status, plan(t, s))
	}
	for _, path := range []string{"/setups/" + s.Setup.ID, "/"} {
		handlerstest.Contains(t, s.Page(path, http.StatusOK), "main", "Checks by schedule are off")
	}
	s.SignIn(store.User{Name: "Vera", Email: "vera@example.com", Role: store.RoleViewer})
	doc = s.Page(address, http.StatusOK)
	handlerstest.Contains(t, doc, "main", "Somebody with the role operator can change it.")
	if doc.Find("main form").Length() > 0 {
		t.Error("a viewer is offered a form")
	}
}

// A check that is due and that no worker begins is not said to be under way.
func TestNobodyIsThereToCheck(t *testing.T) {
	t.Parallel()
	s := finished(t)
	now := time.Now().Add(time.Minute)
	s.Store.SetClock(func() time.Time { return now })
	checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: serves})
	if err := s.Store.AskCheck(t.Context(), s.Setup.ID, "Mira Okafor"); err != nil {
		t.Fatal(err)
	}
	handlerstest.Contains(t, page(s), ".head .actions", "Checking…")
	now = now.Add(2 * time.Minute)
	doc := page(s)
	handlerstest.Contains(t, doc, ".facts", "Next check: due since ")
	handlerstest.Contains(t, doc, "#now", "The worker has not begun the check that is due for 2 min")
	if text := doc.Find("#now").Text(); strings.Contains(text, "Checking…") {
		t.Error("nobody looks, and the page says so")
	}
	if _, found, err := s.Store.NextCheck(t.Context(), "w", 0); err != nil || !found {
		t.Fatal(err)
	}
	handlerstest.Contains(t, page(s), ".head .actions", "Checking…")
	now = now.Add(10 * time.Minute) // it died
	handlerstest.Contains(t, page(s), "#now", "The worker has not begun the check")
	if err := s.Store.FreeChecks(t.Context(), "w"); err != nil {
		t.Fatal(err)
	}
	checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: serves})
	now = plan(t, s).Next.Add(time.Hour)
	s.SignIn(store.User{Name: "Vera", Email: "vera@example.com", Role: store.RoleViewer}) // hours later
	handlerstest.Contains(t, page(s), ".facts", "Next check: due since ")
	handlerstest.Contains(t, s.Page("/", http.StatusOK), "table.fleet td[data-l='Last check']", "Next check: due since ")
}

// The strip has a bar for every three hours with a check and says in words what it
// shows; the history counts equal checks that follow each other, page by page.
func TestHistoryOfChecks(t *testing.T) {
	t.Parallel()
	s := finished(t)
	now := time.Now().Add(time.Minute)
	s.Store.SetClock(func() time.Time { return now })
	healthy := store.CheckOutcome{Result: setup.CheckHealthy, Sight: serves}
	checked(t, s, healthy)
	for i := range 60 {
		now = plan(t, s).Next
		o := healthy
		if i == 30 {
			o = wrong(silent)
		}
		if i > 50 && i%2 == 0 {
			o = wrong(serves, differs())
		}
		scheduled(t, s, now, o)
	}
	s.SignIn(store.User{Name: "Vera", Email: "vera@example.com", Role: store.RoleViewer}) // a week later
	doc := page(s)
	strip := doc.Find("svg.strip")
	label := strip.AttrOr("aria-label", "")
	if strip.AttrOr("role", "") != "img" || !strings.HasPrefix(label, "Checks of the last 7 days: ") || !strings.Contains(label, ", 4 found something not right, 1 got no right answer on ") {
		t.Errorf("the strip says %q", label)
	}
	if bars, bad, warn := strip.Find("rect").Length(), strip.Find(".bad").Length(), strip.Find(".warn").Length(); bars != 56 || bad != 1 || warn != 4 {
		t.Errorf("%d bars, %d of them red, %d amber", bars, bad, warn)
	}
	all := s.Page("/setups/"+s.Setup.ID+"?history=checks", http.StatusOK)
	rows := all.Find("#history .tl > li")
	handlerstest.Contains(t, all, "#history", "By schedule, from ", "21 checks passed", "30 checks passed", "Check got no right answer", "Check with 1 finding", "A job had ended.", "State: Drifted", "Checks 61")
	if n := rows.Length(); n != 12+9 || !strings.Contains(all.Find("#history .tabs [aria-current=true]").Text(), "Checks") {
		t.Errorf("%d rows: %s", n, all.Find("#history").Text())
	}
	if strings.Contains(all.Find("#history").Text(), "Show older") {
		t.Error("there is nothing older, and a link to it")
	}
	h, err := s.Store.History(t.Context(), store.HistoryFilter{SetupID: s.Setup.ID, Kind: setup.HistoryChecks, Limit: 9})
	if err != nil {
		t.Fatal(err)
	}
	doc = s.Page("/setups/"+s.Setup.ID+"?history=checks&before="+h.Older, http.StatusOK)
	if n := doc.Find("#history .tl > li").Length(); n != rows.Length()-9 {
		t.Errorf("%d older rows", n)
	}
	handlerstest.Contains(t, doc, "#history", "Show the newest")
	for _, before := range []string{"x", "-1", "99999999999999999999", "9999999999999999-9-f", "0000000000000000-0-0"} {
		s.Page("/setups/"+s.Setup.ID+"?history=checks&before="+before, http.StatusOK)
	}
}
