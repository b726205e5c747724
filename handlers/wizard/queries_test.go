package wizard_test

import (
	"net/http"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// The review makes a bounded number of database queries, and stores all its
// questions to AWS in one transaction.
func TestQueriesOfTheReview(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	spec := setup.DefaultSpec()
	spec.Account = setup.Account{Connection: setup.DefaultConnection, AccountID: "482177301954", Region: "eu-west-1"}
	spec.API.Mappings = []setup.Mapping{{Path: "orders", APIID: "a1b2c3d4e5", Kind: setup.APIKindREST, Stage: "prod"}}
	spec.Domain.Name = "api.harborview.example"
	spec.Certificates.Answered = true
	d, err := s.Store.CreateDraft(t.Context(), "Mira Okafor", spec)
	if err != nil {
		t.Fatal(err)
	}
	count := func(what, path string, mostWrites int64) {
		t.Helper()
		reads, writes := s.Store.Asked()
		if a := s.Get(path); a.Status != http.StatusOK {
			t.Fatalf("%s: status %d", what, a.Status)
		}
		r, w := s.Store.Asked()
		t.Logf("%s: %d reads, %d writes", what, r-reads, w-writes)
		if r-reads > 8 || w-writes > mostWrites {
			t.Errorf("%s: %d reads and %d writes, want at most 8 and %d", what, r-reads, w-writes, mostWrites)
		}
	}
	count("the first look at a review", "/drafts/"+d.ID+"/review", 1)
	count("the next, while AWS is asked", "/drafts/"+d.ID+"/review", 0)

	site, of := started(t)
	s = site
	draft := opened(t, s, of)
	count("the review of a change", draft+"/review", 1)
}
