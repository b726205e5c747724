package setups_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// place adds a place that is told of the topics.
func place(t *testing.T, s *handlerstest.JobSite, name string, topics ...setup.NoticeTopic) {
	t.Helper()
	id, err := store.NewNoticePlaceID()
	if err != nil {
		t.Fatal(err)
	}
	p := setup.NoticePlace{ID: id, Kind: setup.NoticeChat, Name: name, Host: "hooks.example.com", Sealed: "very-secret", Topics: topics}
	if err := s.Store.AddNoticePlace(t.Context(), p, "Mira Okafor"); err != nil {
		t.Fatal(err)
	}
}

// The page of a setup says who is told of what, that of a job who is told of the
// job; neither says where that is. Nobody being told is said, with the way to change
// that for those who may.
func TestWhoIsTold(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	n := s.Start(setup.JobApply, setup.JobInput{})
	ofSetup, ofJob := "/setups/"+s.Setup.ID, fmt.Sprintf("/jobs/%d", n)
	card := func(page string) string {
		t.Helper()
		doc := s.Page(page, http.StatusOK)
		if strings.Contains(handlerstest.Squash(doc.Text()), "very-secret") || strings.Contains(doc.Text(), "hooks.example.com") {
			t.Errorf("%s says where a place is", page)
		}
		return handlerstest.Squash(doc.Find("aside section:contains('Who is told')").First().Text())
	}
	for _, page := range []string{ofSetup, ofJob} {
		if got := card(page); !strings.Contains(got, "Nobody is told. Add a chat, a mailbox or a program") {
			t.Errorf("%s: %q", page, got)
		}
	}
	place(t, s, "#certificates", setup.TopicRenewal)
	if got := card(ofSetup); !strings.Contains(got, "#certificates When a certificate will not renew") {
		t.Errorf("setup: %q", got)
	}
	if got := card(ofJob); !strings.Contains(got, "Nobody is told.") {
		t.Errorf("job: %q", got)
	}
	place(t, s, "#api-alerts", setup.NoticeTopics()...)
	place(t, s, "night shift", setup.TopicTurn, setup.TopicFailed, setup.TopicTeardown)
	for page, want := range map[string]string{
		ofSetup: "#api-alerts Whatever happensnight shift When a job needs somebody, a job fails or it is taken down",
		ofJob:   "#api-alerts Whatever happensnight shift When it needs somebody or it fails",
	} {
		if got := card(page); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", page, got, want)
		}
	}
	for i := range 6 {
		place(t, s, fmt.Sprint("place ", i), setup.TopicFailed)
	}
	if got := card(ofJob); !strings.Contains(got, "place 3") || strings.Contains(got, "place 4") || !strings.Contains(got, "And 2 more places") {
		t.Errorf("job: %q", got)
	}
	if s.Page(ofJob, http.StatusOK).Find("[data-tell]").Length() != 1 || s.Page(ofSetup, http.StatusOK).Find("[data-tell]").Length() != 0 {
		t.Error("only the page of a job tells in the browser")
	}
}

// What is told in the browser has another name each time that it is another event.
func TestWhatABrowserTells(t *testing.T) {
	t.Parallel()
	s := handlerstest.NewJobSite(t)
	n := s.Start(setup.JobApply, setup.JobInput{})
	tells := func() string {
		t.Helper()
		return s.Page(fmt.Sprintf("/jobs/%d", n), http.StatusOK).Find("#job-tells").AttrOr("data-tells", "none")
	}
	if got := tells(); got != "" {
		t.Errorf("at the start: %q", got)
	}
	s.Pass("identity", store.Outcome{State: setup.StepNeedsYou, Summary: "Sign in again", After: time.Hour})
	if got := tells(); got != "identity-1" {
		t.Errorf("a turn: %q", got)
	}
	failed := map[string]bool{}
	for range 2 {
		s.Pass("identity", store.Outcome{State: setup.StepFailed, Problem: &setup.Problem{What: "No."}})
		got := tells()
		if !strings.HasPrefix(got, "failed-") || failed[got] {
			t.Errorf("failed: %q, after %v", got, failed)
		}
		failed[got] = true
		if s.Page(fmt.Sprintf("/jobs/%d", n), http.StatusOK).Find("[data-tell]").Length() != 0 {
			t.Error("a job that is over has the button")
		}
		time.Sleep(2 * time.Millisecond)
		s.Expect()
		if err := s.Store.RerunStep(t.Context(), n, "identity", "Mira Okafor"); err != nil {
			t.Fatal(err)
		}
	}
	s.Expect()
	if err := s.Store.CancelJob(t.Context(), n, "Mira Okafor"); err != nil {
		t.Fatal(err)
	}
	if got := tells(); got != "" {
		t.Errorf("cancelled: %q", got)
	}
}
