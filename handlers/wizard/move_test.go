package wizard_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// Where another distribution of the account has the name, the page Domain offers to move
// it from there. The answer is stored, shown and taken back; another name forgets it.
func TestTheNameIsOfferedToMove(t *testing.T) {
	t.Parallel()
	const from = "E1MVQ08Z4KD2RC"
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookName] = setup.NameFacts{HolderID: from}
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	page := draft + "/domain"
	s.Page(page)
	s.Work()
	if text := s.Page(page).Find("#move-field").Text(); !strings.Contains(text, "Move the name from distribution "+from) {
		t.Fatalf("the page offers %q", text)
	}
	name := s.Spec(draft).Domain.Name
	for _, c := range []struct {
		name, tick, want string
	}{{name, from, from}, {name, "", ""}, {name, from, from}, {"other." + name, from, ""}} {
		s.Post(page, url.Values{"domain": {c.name}, "dns": {setup.DNSElsewhere}, "switch": {setup.SwitchAtEnd}, "move-from": {from}, "move-name": {name}, "move": {c.tick}, "go": {"next"}})
		if got := s.Spec(draft).Domain.MoveFrom; got != c.want {
			t.Errorf("%s with %q: the spec has %q, want %q", c.name, c.tick, got, c.want)
		}
	}
	// The name was typed and looked at, and is saved only now.
	s.Post(page, url.Values{"domain": {name}, "dns": {setup.DNSElsewhere}, "switch": {setup.SwitchAtEnd}, "move-from": {from}, "move-name": {name}, "move": {from}, "go": {"next"}})
	if got := s.Spec(draft).Domain.MoveFrom; got != from {
		t.Errorf("of a name that was not saved before the spec has %q", got)
	}
	s.Post(page, url.Values{"domain": {name}, "dns": {setup.DNSElsewhere}, "switch": {setup.SwitchAtEnd}, "go": {"next"}})
	answer := s.Post(page, url.Values{"domain": {name}, "dns": {setup.DNSElsewhere}, "switch": {setup.SwitchAtEnd}, "move-from": {from}, "move-name": {name}, "move": {"../x"}, "go": {"next"}})
	if answer.Status != http.StatusUnprocessableEntity || !strings.Contains(answer.Body, "its ID cannot be read") {
		t.Errorf("an ID that is none is answered with %d", answer.Status)
	}
}

// A job that stopped because another distribution has the name leads to the page Domain,
// which offers the move as long as the setup has no distribution of its own.
func TestAStoppedSetupMayMoveItsName(t *testing.T) {
	t.Parallel()
	const from = "E1MVQ08Z4KD2RC"
	s, of := started(t)
	s.Looks[setup.LookName] = setup.NameFacts{HolderID: from}
	s.Clock.Forward(time.Minute)
	page := opened(t, s, of) + "/domain"
	offered := func() bool {
		s.Page(page)
		s.Work()
		return s.Page(page).Find("#move-field").Length() == 1
	}
	form := handlerstest.Fields(s.Page(page), "form#page")
	form.Set("go", "refresh")
	s.Post(page, form)
	if !offered() {
		t.Error("the setup has made no distribution, and is not asked")
	}
	r := setup.Resource{Key: setup.KeyDistribution, Type: "Distribution", ID: from, Owned: true}
	if err := s.Store.SaveResource(t.Context(), strings.TrimPrefix(of, "/setups/"), r); err != nil {
		t.Fatal(err)
	}
	if offered() {
		t.Error("the name of the setup's own distribution is offered to move")
	}
}
