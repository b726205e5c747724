package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"apifront/setup"
)

// What is kept is the next revision, which no job has to carry out: its findings
// close, the others stand beside it, a check that looks meanwhile ends, and another
// one follows.
func TestFindingsAreKept(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	other := enabled
	other.Key, other.Title = "distribution/Compress", "Differs: Compress"
	must(t, s.AskCheck(ctx, v.ID, "Ada"))
	must(t, s.FinishCheck(ctx, "w", nextCheck(ctx, t, s, v.ID, setup.CheckByPerson), CheckOutcome{
		Result: setup.CheckFindings, Sight: serves, Looked: []setup.StepID{"distribution"}, Findings: []setup.FindingBody{enabled, other},
	}))
	list, err := openFindings(ctx, s.reader, v.ID)
	must(t, err)
	i := slices.IndexFunc(list, func(f setup.Finding) bool { return f.Key == other.Key })
	must(t, s.AskCheck(ctx, v.ID, "Ada"))
	p := nextCheck(ctx, t, s, v.ID, setup.CheckByPerson)
	k := Keeping{SetupID: v.ID, By: "Grace", From: v.Revision + 1, Want: v.Spec, Why: "Keep Compress as it is", Findings: []string{list[i].ID}}
	k.Want.Edge.Compress = !k.Want.Edge.Compress
	var old *OldDraftError
	if err := s.KeepFindings(ctx, k); !errors.As(err, &old) {
		t.Errorf("kept from a revision that is not the newest: %v", err)
	}
	k.From, k.Findings = v.Revision, []string{"nothing"}
	wants(t, s.KeepFindings(ctx, k), ErrNotFound)
	k.Findings = []string{list[i].ID}
	must(t, s.KeepFindings(ctx, k))
	now, err := s.Setup(ctx, v.ID)
	must(t, err)
	revisions, err := s.Revisions(ctx, v.ID, 0, 10)
	must(t, err)
	if now.Revision != v.Revision+1 || now.Spec.Edge.Compress == v.Spec.Edge.Compress || revisions[0].Why != k.Why || revisions[0].CreatedBy.Name != "Grace" {
		t.Errorf("revision %d is %+v", now.Revision, revisions[0])
	}
	left, err := s.Situation(ctx, now)
	must(t, err)
	if len(left.Findings) != 1 || left.Findings[0].Key != enabled.Key || left.Findings[0].Revision != now.Revision {
		t.Errorf("left: %+v", left.Findings)
	}
	wants(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckHealthy, Sight: serves}), ErrFenced)
	if next := nextCheck(ctx, t, s, v.ID, setup.CheckByPerson); next.Check.By.Name != "Grace" || next.Check.Revision != now.Revision {
		t.Errorf("the check that follows is %+v", next.Check)
	}
	wants(t, s.KeepFindings(ctx, Keeping{SetupID: v.ID, By: "Grace", From: now.Revision, Want: now.Spec, Findings: k.Findings}), ErrNotFound)
	job, err := s.StartJob(ctx, NewJob{SetupID: v.ID, Kind: setup.JobApply, By: "Ada", Steps: diamond()})
	must(t, err)
	var active *ActiveJobError
	if err := s.KeepFindings(ctx, Keeping{SetupID: v.ID, By: "Grace", From: now.Revision, Want: v.Spec, Findings: []string{left.Findings[0].ID}}); !errors.As(err, &active) || active.Job != job {
		t.Errorf("kept beside job %d: %v", job, err)
	}
}

// What a job has put right counts nowhere before the next check: not on the page
// of the setup, and not in the list.
func TestPutRightAndNotCheckedYet(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	must(t, s.AskCheck(ctx, v.ID, "Ada"))
	must(t, s.FinishCheck(ctx, "w", nextCheck(ctx, t, s, v.ID, setup.CheckByPerson), CheckOutcome{
		Result: setup.CheckFindings, Sight: serves, Looked: []setup.StepID{"distribution"}, Findings: []setup.FindingBody{enabled},
	}))
	counted := func(want int) {
		t.Helper()
		list, _, err := s.Setups(ctx, SetupFilter{Limit: 10})
		must(t, err)
		v, err := s.Setup(ctx, v.ID)
		must(t, err)
		now, err := s.Situation(ctx, v)
		must(t, err)
		if len(list) != 1 || list[0].Findings != want || len(now.Findings) != want {
			t.Errorf("the list counts %d, the page %d, want %d", list[0].Findings, len(now.Findings), want)
		}
	}
	counted(1)
	ahead(s, time.Minute)
	job, err := s.StartJob(ctx, NewJob{SetupID: v.ID, Kind: setup.JobApply, By: "Ada", Steps: diamond()})
	must(t, err)
	counted(1)
	for _, id := range []string{"a", "b", "c", "d"} {
		end(t, s, job, id, setup.StepDone)
	}
	counted(0)
	clear, err := s.StartJob(ctx, NewJob{SetupID: v.ID, Kind: setup.JobInvalidate, By: "Ada", Steps: diamond()})
	must(t, err)
	must(t, s.CancelJob(ctx, clear, "Ada"))
	counted(0)
	ahead(s, time.Minute)
	must(t, s.AskCheck(ctx, v.ID, "Ada"))
	must(t, s.FinishCheck(ctx, "w", nextCheck(ctx, t, s, v.ID, setup.CheckByPerson), CheckOutcome{
		Result: setup.CheckFindings, Sight: serves, Looked: []setup.StepID{"distribution"}, Findings: []setup.FindingBody{enabled},
	}))
	counted(1)
}
