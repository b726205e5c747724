package wizard_test

import (
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// A name was free when AWS was asked, and then a job made a distribution for it:
// the page does not show the answer of then, and asks again.
func TestAnAnswerOfBeforeAJobIsNotShown(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	name := "api.harborview.example"
	s.Looks[setup.LookName] = setup.NameFacts{Name: name}
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	s.Press(draft+"/domain", "look", map[string]string{"domain": name})
	said := func(want bool, when string) {
		t.Helper()
		if text := handlerstest.Squash(s.Page(draft + "/domain").Find("main").Text()); strings.Contains(text, "Free to use") != want {
			t.Errorf("%s: %s", when, text)
		}
	}
	said(false, "before AWS has answered")
	s.Work()
	said(true, "when AWS has answered")
	time.Sleep(5 * time.Millisecond)
	for _, query := range []string{
		`INSERT INTO setups (id, name, account_id, spec, revision, generation, created_by, created_at, updated_by, updated_at)
			VALUES ('x', 'x.example.com', '482177301954', '{}', 1, 1, '', 1, '', 1)`,
		`INSERT INTO jobs (id, setup_id, revision, setup_name, kind, state, input, connection, account_id, region, created_by, created_at, started_at, finished_at, seq, failed, needs_you)
			VALUES (1, 'x', 1, 'x.example.com', 'apply', 'succeeded', '{}', 'default', '482177301954', '', '', 1, 1, $1, 0, 0, 0)`,
	} {
		var args []any
		if strings.Contains(query, "$1") {
			args = append(args, time.Now().UnixMilli())
		}
		if _, err := s.Store.Writer().ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(5 * time.Millisecond)
	said(false, "when a job has ended since")
	said(false, "while AWS is asked again")
	s.Work()
	said(true, "when AWS has answered again")
}
