package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/store"
)

// trail is what the audit trail has after the first lines.
func (s *wizardSite) trail(skip int) []store.AuditLine {
	s.t.Helper()
	list, err := s.store.AuditAfter(s.t.Context(), store.AuditFilter{}, int64(skip), 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// What people do through the pages stands in the audit trail with who it was
// and from where, and what was refused as well.
func TestTheTrailHasEveryAct(t *testing.T) {
	t.Parallel()
	s := newWizardSite(t, nil)
	s.user("Mira Okafor", testEmail)
	if err := s.store.CreateUser(t.Context(), store.User{Name: "Vera", Email: "vera@example.com", PasswordHash: HashPassword(testPassword), Role: store.RoleViewer}); err != nil {
		t.Fatal(err)
	}
	said := len(s.trail(0))
	expect := func(want ...string) {
		t.Helper()
		var got []string
		for _, l := range s.trail(said) {
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
	try := func(email, password string) { s.post("/sign-in", url.Values{"email": {email}, "password": {password}}) }
	try("Nobody@example.com", "wrong")
	try("my secret password", "wrong")
	expect(" <nobody@example.com> sign-in wrong: user nobody@example.com ()",
		" <what was typed is no email address> sign-in wrong: user what was typed is no email address ()")
	for range freeTries + 1 {
		try(testEmail, "wrong")
	}
	list := s.trail(said)
	if last := list[len(list)-1]; last.Result != store.ResultLimited || last.Account != testEmail || strings.Contains(fmt.Sprint(list), "secret password") {
		t.Errorf("the last of too many tries is %+v", last)
	}
	said += len(list)
	s.clock.forward(time.Hour)
	s.signIn("vera@example.com")
	s.do(http.MethodGet, "/jobs/99/cancel", nil, nil)
	s.do(http.MethodPost, "/theme", nil, map[string]string{"Origin": "https://evil.example"})
	s.do(http.MethodPost, "/x/0123456789abcdef0123456789abcdef", nil, map[string]string{"Sec-Fetch-Site": "cross-site"})
	s.post("/sign-out", nil)
	expect("Vera <vera@example.com> sign-in done: user vera@example.com (Go-http-client/1.1)",
		"Vera <vera@example.com> request refused: GET /jobs/99/cancel (the role is viewer, it takes operator)",
		" <> request refused: POST /theme (a form of another site, https://evil.example)",
		" <> request refused: POST /x/… (a form of another site, )",
		"Vera <vera@example.com> sign-out done: user vera@example.com ()")
	s.signIn(testEmail)
	path := s.newDraft()
	id := strings.TrimPrefix(path, "/drafts/")
	s.get(path + "/plan.json")
	s.post(path+"/delete", nil)
	s.post("/connections", url.Values{"connection": {"default"}})
	mira := "Mira Okafor <mira@example.com> "
	expect(mira+"sign-in done: user mira@example.com (Go-http-client/1.1)", mira+"draft-create done: draft "+id+" ()",
		mira+"export done: plan of draft "+id+" (plan.json)", mira+"draft-delete done: draft "+id+" ()",
		mira+"connection-test done: connection default ()")
}

// A stranger cannot fill the disk with lines: what is left out is counted.
func TestRefusalsAreLimited(t *testing.T) {
	t.Parallel()
	s := newWizardSite(t, nil)
	refuse := func() { s.do(http.MethodPost, "/theme", nil, map[string]string{"Sec-Fetch-Site": "cross-site"}) }
	for range auditBurst + 20 {
		refuse()
	}
	if n := len(s.trail(0)); n != auditBurst {
		t.Errorf("%d lines, want %d", n, auditBurst)
	}
	s.clock.forward(auditEvery)
	refuse()
	if list := s.trail(auditBurst); len(list) != 1 || !strings.Contains(list[0].Detail, "20 more") {
		t.Errorf("afterwards: %+v", list)
	}
}
