package jobs_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// In the demo a job that waits for a record has a button that plays its provider. Elsewhere
// it has none, and the form enters nothing.
func TestTheDemoEntersRecords(t *testing.T) {
	t.Parallel()
	for _, demo := range []bool{false, true} {
		s := handlerstest.NewJobSite(t)
		var entered []setup.Record
		if demo {
			play := &handlers.Demo{Enter: func(list []setup.Record) { entered = append(entered, list...) }}
			s.Handler = handlers.New(handlers.Config{Store: s.Store, Version: "test", Done: s.Stop, Seals: handlerstest.Seals(t), Demo: play}, handlerstest.Rooms()...)
			s.URL = handlerstest.Serve(t, s.Handler)
			s.SignIn(store.User{Name: "Jonas Lindqvist", Email: "jonas@example.com", Role: store.RoleOperator})
		}
		s.Start(setup.JobApply, setup.JobInput{})
		for _, id := range []setup.StepID{"identity", "certificate-edge", "certificate-regional"} {
			s.Pass(id, handlerstest.Done(""))
		}
		records := []setup.Record{{Type: "CNAME", Name: "_a79.api.harborview.example", Value: "_424.acm-validations.aws"}, {Type: "CNAME", Name: "_b.api.harborview.example", Value: "_5.acm-validations.aws", Found: true}}
		s.Pass("validation", store.Outcome{State: setup.StepNeedsYou, Records: records, After: time.Hour})
		doc := s.Page("/jobs/1", http.StatusOK)
		if n := doc.Find(`#records-validation input[name="enter"][value="validation"]`).Length(); (n == 1) != demo {
			t.Errorf("demo %t: %d buttons", demo, n)
		}
		resp := s.Request(http.MethodPost, "/jobs/1/records/check", url.Values{"enter": {"validation"}}, nil)
		if resp.StatusCode != http.StatusSeeOther || (len(entered) == 1 && entered[0].Name == records[0].Name) != demo {
			t.Errorf("demo %t: status %d, entered %+v", demo, resp.StatusCode, entered)
		}
	}
}
