package setups_test

import (
	"net/http"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// A copy is a draft of a new setup, whose name is yet to be chosen.
func TestCopyToAnotherName(t *testing.T) {
	t.Parallel()
	s := finished(t)
	resp := s.Request(http.MethodPost, "/setups/"+s.Setup.ID+"/copy", nil, nil)
	to := resp.Header.Get("Location")
	id, ok := strings.CutSuffix(strings.TrimPrefix(to, "/drafts/"), "/domain?copied=yes")
	if resp.StatusCode != http.StatusSeeOther || !ok {
		t.Fatalf("status %d to %q", resp.StatusCode, to)
	}
	d, err := s.Store.Draft(t.Context(), id)
	if err != nil || d.SetupID != "" || d.CameFrom != 0 || d.Spec.Domain.Name != "" || len(d.Spec.API.Mappings) != 2 || d.Spec.Domain.DNS != setup.DNSElsewhere {
		t.Errorf("the draft is %+v, error %v", d, err)
	}
	doc := s.Page(to, http.StatusOK)
	handlerstest.Contains(t, doc, "main", "These are the answers of the other setup", "Enter the name of the new one")
	list, total, err := s.Store.Setups(t.Context(), store.SetupFilter{Limit: 10})
	if err != nil || total.Of("") != 1 || list[0].Setup.Name() != "api.harborview.example" {
		t.Errorf("%d setups: %+v, %v", total.Of(""), list, err)
	}
	if n := page(s).Find("#more form[action$='/copy'] button").Length(); n != 1 {
		t.Errorf("the menu has %d buttons for it", n)
	}
}
