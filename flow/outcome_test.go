package flow

import (
	"testing"
	"time"

	"apifront/setup"
)

// What is surely wrong is said from the first look on, while the step goes on;
// what may still come right by itself is said only when the time is over.
func TestASureCauseIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	cause := &setup.Problem{What: "Host is not passed on.", Why: "Why.", Fix: "Fix."}
	for _, what := range []Seen{SeenPending, SeenPerson} {
		s := Sight{What: what, Title: "Test", Wait: Wait{Limit: time.Minute}, Outcome: Outcome{Problem: cause}}
		if o := Observed(s); o.Problem != nil {
			t.Errorf("%d: of what may come right it says %+v", what, o.Problem)
		}
		s.Sure = true
		o := Observed(s)
		if o.Problem == nil || !o.Problem.Meanwhile || o.Problem.What != cause.What || o.State == setup.StepFailed {
			t.Errorf("%d: it ends %s with %+v", what, o.State, o.Problem)
		}
		if s.Problem = nil; Observed(s).Problem != nil {
			t.Errorf("%d: without a problem it says one", what)
		}
	}
	s := Sight{What: SeenPending, Title: "Test", Wait: Wait{Limit: time.Minute}, Pending: time.Minute, Sure: true, Outcome: Outcome{Problem: cause}}
	if o := Observed(s); o.State != setup.StepFailed || o.Problem != cause || cause.Meanwhile {
		t.Errorf("when the time is over it ends %s with %+v", o.State, o.Problem)
	}
}
