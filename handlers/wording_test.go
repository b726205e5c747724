package handlers_test

import (
	"net/http"
	"regexp"
	"strconv"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// An account number is written 4821-7730-1954 wherever people read it; the
// twelve digits stand in ARNs only.
func TestAccountNumbersAreReadable(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	job := s.Start(setup.JobApply, setup.JobInput{})
	s.Pass("identity", handlerstest.Done("STS, account 4821-7730-1954"))
	look := setup.LookKey{Kind: setup.LookIdentity, Connection: setup.DefaultConnection}
	if _, err := s.Store.AskLook(t.Context(), look, 0); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Store.NextLook(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	answer := []byte(`{"account_id":"482177301954","arn":"arn:aws:iam::482177301954:user/mira"}`)
	if err := s.Store.FinishLook(t.Context(), "test", look, answer, nil); err != nil {
		t.Fatal(err)
	}
	digits, arns, readable := regexp.MustCompile(`\b\d{12}\b`), regexp.MustCompile(`arn:aws[\w-]*:\S*`), 0
	draft := "/drafts/" + s.Draft("next.harborview.example", setup.DNSElsewhere).ID
	for _, path := range []string{"/", "/jobs", "/jobs/" + strconv.FormatInt(job, 10), "/setups/" + s.Setup.ID, "/connections", draft + "/account", draft + "/review"} {
		text := s.Page(path, http.StatusOK).Find("body").Text()
		if raw := digits.FindString(arns.ReplaceAllString(text, "")); raw != "" {
			t.Errorf("%s shows %s", path, raw)
		}
		if regexp.MustCompile(`4821-7730-1954`).MatchString(text) {
			readable++
		}
	}
	if readable < 7 {
		t.Errorf("%d of 7 pages name the account", readable)
	}
}
