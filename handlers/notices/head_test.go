package notices_test

import (
	"net/http"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// The navigation says how many jobs need somebody, and is silent where none does.
func TestTheNavigationCounts(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	s.Start(setup.JobApply, setup.JobInput{})
	if n := s.Page("/", http.StatusOK).Find(".nav .count").Length(); n != 0 {
		t.Errorf("%d counts while nobody is needed", n)
	}
	s.Pass("identity", store.Outcome{State: setup.StepNeedsYou, Summary: "Sign in again", After: 1e9})
	doc := s.Page("/", http.StatusOK)
	if got := handlerstest.Squash(doc.Find(".nav a[href='/jobs']").Text()); got != "Jobs , 1 needs you" && got != "Jobs, 1 needs you" {
		t.Errorf("%q", got)
	}
}

// Administrators are told on every page that a place is paused.
func TestAPausedPlaceIsSaid(t *testing.T) {
	t.Parallel()
	s, _ := site(t)
	s.Post(path, typed("chat", "https://hooks.example.com/a", "#a"))
	answer(s, setup.NoticeAnswer{Taken: true})
	if n := s.Page("/account").Find("section[aria-label='Notices']").Length(); n != 0 {
		t.Error("it is said while nothing is paused")
	}
	list, err := s.Store.Deliveries(t.Context(), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Store.ResendDelivery(t.Context(), list[0].ID, "Mira Okafor"); err != nil {
		t.Fatal(err)
	}
	p, found, err := s.Store.NextDelivery(t.Context(), "w")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	p.Delivery.Notice.Event = setup.NoticeTurn // a test pauses nothing
	if err := s.Store.FinishDelivery(t.Context(), "w", p, setup.NoticeAnswer{Status: 410, Gone: true}); err != nil {
		t.Fatal(err)
	}
	handlerstest.Contains(t, s.Page("/account"), "section[aria-label='Notices']", "1 place of notices took nothing for days and is paused")
}
