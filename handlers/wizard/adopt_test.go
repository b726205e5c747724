package wizard_test

import (
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// Where a distribution of the name is in the way, the pages lead to the doctor, with the
// name and the connection filled in, since what is there may be adopted.
func TestWhatIsInTheWayLeadsToAdopting(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookName] = setup.NameFacts{HolderID: "E1MVQ08Z4KD2RC"}
	s.Looks[setup.LookPlan] = setup.Plan{Lines: []setup.PlanLine{{StepID: "distribution", Title: "Create distribution", Action: setup.PlanStop, Summary: "Taken", Problem: &setup.Problem{What: "It is taken.", Why: "w", Fix: "Look."}}}}
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	s.Page(draft + "/domain")
	s.Page(draft + "/review")
	s.Work()
	for _, page := range []string{"/domain", "/review"} {
		doc := s.Page(draft + page)
		href := doc.Find(`main a:contains("adopt it")`).AttrOr("href", "")
		if want := "/doctor?connection=default&name=" + s.Spec(draft).Domain.Name; href != want {
			t.Errorf("%s leads to %q, want %q", page, href, want)
			continue
		}
		ask := s.Page(href)
		if got := ask.Find("#domain").AttrOr("value", ""); got != s.Spec(draft).Domain.Name {
			t.Errorf("the field has %q", got)
		}
		if got := ask.Find("#connection option[selected]").AttrOr("value", "?"); got != setup.DefaultConnection {
			t.Errorf("AWS is asked by %q", got)
		}
		if list, err := s.Store.Diagnoses(t.Context(), "", 1); err != nil || len(list) > 0 {
			t.Errorf("an address alone began a look, %v", err)
		}
	}
}
