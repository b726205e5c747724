package store

import (
	"errors"
	"slices"
	"testing"

	"apifront/setup"
)

// change starts a draft of the setup's next revision.
func change(t *testing.T, s *Store, id string, edit func(*setup.Spec)) (int64, error) {
	t.Helper()
	v, err := s.Setup(t.Context(), id)
	must(t, err)
	edit(&v.Spec)
	o, err := s.OpenChange(t.Context(), Change{By: "Grace", Setup: v, Spec: v.Spec})
	must(t, err)
	return s.StartJob(t.Context(), NewJob{DraftID: o.Draft.ID, Kind: setup.JobApply, By: "Grace", Steps: []NewStep{{ID: "a"}}})
}

// A change makes no second setup: it is the next revision, and each job keeps
// the one that it was started with, whatever is wanted later.
func TestAChangeIsTheNextRevision(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	d := draft(t, s, "a.example.com")
	jobs := []int64{start(t, s, d.ID)}
	for _, id := range []string{"a", "b", "c", "d"} {
		end(t, s, jobs[0], id, setup.StepDone)
	}
	for _, caching := range []string{setup.CachingAPI, setup.CachingFixed} {
		job, err := change(t, s, d.ID, func(sp *setup.Spec) { sp.Edge.Caching = caching })
		must(t, err)
		end(t, s, job, "a", setup.StepDone)
		jobs = append(jobs, job)
	}
	// What is wanted already is no other revision.
	job, err := change(t, s, d.ID, func(*setup.Spec) {})
	must(t, err)
	jobs = append(jobs, job)
	list, total, err := s.Setups(ctx, SetupFilter{Query: "a.example.com", Limit: 10})
	must(t, err)
	if total.Of("") != 1 || len(list) != 1 || list[0].Setup.Revision != 3 || list[0].LastJob.ID != job {
		t.Fatalf("there are %d setups: %+v", total.Of(""), list)
	}
	for i, want := range []struct {
		revision int
		caching  string
	}{{1, setup.CachingOff}, {2, setup.CachingAPI}, {3, setup.CachingFixed}, {3, setup.CachingFixed}} {
		j, err := s.Job(ctx, jobs[i])
		must(t, err)
		v, err := s.SetupOf(ctx, j)
		must(t, err)
		if j.Revision != want.revision || v.Spec.Edge.Caching != want.caching || v.Revision != 3 {
			t.Errorf("job %d is of revision %d with caching %s, want %+v", j.ID, j.Revision, v.Spec.Edge.Caching, want)
		}
	}
	p := claim(t, s, jobs[3], "a")
	if p.Setup.Spec.Edge.Caching != setup.CachingFixed {
		t.Errorf("the job is carried out with caching %s", p.Setup.Spec.Edge.Caching)
	}
	revisions, err := s.Revisions(ctx, d.ID, 0, 100)
	must(t, err)
	if len(revisions) != 3 || revisions[0].Why != "Change" || revisions[2].Why != "New setup" || revisions[0].CreatedBy.Name != "Grace" {
		t.Errorf("the revisions are %+v", revisions)
	}
}

// A draft whose name has become a setup, or that began from an older revision,
// is refused and kept; it goes on when it is brought up to the newest.
func TestADraftThatIsBehind(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	first, twin := draft(t, s, "a.example.com"), draft(t, s, "a.example.com")
	job := start(t, s, first.ID)
	must(t, s.CancelJob(ctx, job, "Ada"))
	n := NewJob{DraftID: twin.ID, Kind: setup.JobApply, By: "Grace", Steps: []NewStep{{ID: "a"}}}
	_, err := s.StartJob(ctx, n)
	if e, ok := errors.AsType[*SetupExistsError](err); !ok || e.Setup != first.ID || e.Revision != 1 || !errors.Is(err, ErrConflict) {
		t.Fatalf("a second setup of the name: %v", err)
	}
	v, err := s.Setup(ctx, first.ID)
	must(t, err)
	opened, err := s.OpenChange(ctx, Change{By: "Grace", Setup: v, Spec: v.Spec})
	must(t, err)
	late := opened.Draft
	wants(t, s.RebaseDraft(ctx, twin.ID, first.ID, 2, "Grace"), ErrConflict)
	must(t, s.RebaseDraft(ctx, twin.ID, first.ID, 1, "Grace"))
	_, err = s.SaveDraft(ctx, twin.ID, 0, setup.PageEdge, "Grace", func(sp *setup.Spec) { sp.Edge.Comment = "two" })
	must(t, err)
	n.Version = 1
	_, err = s.StartJob(ctx, n) // what was judged is not what is stored
	wants(t, err, ErrConflict)
	n.Version = 0
	job, err = s.StartJob(ctx, n)
	must(t, err)
	must(t, s.CancelJob(ctx, job, "Ada"))
	n.DraftID = late.ID
	_, err = s.StartJob(ctx, n)
	if e, ok := errors.AsType[*OldDraftError](err); !ok || e.BeganFrom != 1 || e.Newest != 2 || !errors.Is(err, ErrConflict) {
		t.Fatalf("a draft of revision 1: %v", err)
	}
	if d, err := s.Draft(ctx, late.ID); err != nil || d.Job != 0 {
		t.Errorf("the refused draft is %+v, %v", d, err)
	}
	must(t, s.RebaseDraft(ctx, late.ID, first.ID, 2, "Grace"))
	_, err = s.StartJob(ctx, n)
	must(t, err)
	wants(t, s.RebaseDraft(ctx, late.ID, first.ID, 3, "Grace"), ErrConflict)
	wants(t, s.RebaseDraft(ctx, "none", first.ID, 3, "Grace"), ErrNotFound)
}

// A change draft with another name or account makes another setup; the one that
// it began from stays as it is.
func TestAnotherNameIsAnotherSetup(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	d := draft(t, s, "a.example.com")
	must(t, s.CancelJob(ctx, start(t, s, d.ID), "Ada"))
	for _, edit := range []func(*setup.Spec){
		func(sp *setup.Spec) { sp.Domain.Name = "b.example.com" },
		func(sp *setup.Spec) { sp.Account.AccountID = "444455556666" },
	} {
		job, err := change(t, s, d.ID, edit)
		must(t, err)
		must(t, s.CancelJob(ctx, job, "Ada"))
		j, err := s.Job(ctx, job)
		must(t, err)
		if j.SetupID == d.ID || j.Revision != 1 {
			t.Errorf("job %d is of setup %s, revision %d", job, j.SetupID, j.Revision)
		}
	}
	if v, err := s.Setup(ctx, d.ID); err != nil || v.Revision != 1 || v.Name() != "a.example.com" {
		t.Errorf("the setup is %+v, %v", v, err)
	}
}

// What is wanted by one who has not seen the newest revision is refused, and
// revisions are read a page at a time with the jobs that put them in place.
func TestWhatIsWantedIsMadeFromTheNewest(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	d := draft(t, s, "a.example.com")
	first := start(t, s, d.ID)
	must(t, s.CancelJob(ctx, first, "Ada"))
	v, err := s.Setup(ctx, d.ID)
	must(t, err)
	want := v.Spec
	want.Domain.Switch = setup.SwitchLater
	n := NewJob{SetupID: v.ID, Want: &want, Why: "Later", From: 1, Kind: setup.JobApply, By: "Ada", Steps: diamond()}
	second, err := s.StartJob(ctx, n)
	must(t, err)
	must(t, s.CancelJob(ctx, second, "Ada"))
	_, err = s.StartJob(ctx, n)
	if e, ok := errors.AsType[*OldDraftError](err); !ok || e.BeganFrom != 1 || e.Newest != 2 || !errors.Is(err, ErrConflict) {
		t.Errorf("from revision 1: %v", err)
	}
	n.From = 2 // the same is no other revision; its first job stays the one that made it
	third, err := s.StartJob(ctx, n)
	must(t, err)
	must(t, s.CancelJob(ctx, third, "Ada"))
	for before, numbers := range map[int][]int{0: {2}, 2: {1}, 1: nil} {
		list, err := s.Revisions(ctx, v.ID, before, 1)
		must(t, err)
		var got []int
		for _, r := range list {
			got = append(got, r.Number)
		}
		if !slices.Equal(got, numbers) {
			t.Errorf("before %d: revisions %v, want %v", before, got, numbers)
		}
	}
	h, err := s.History(ctx, HistoryFilter{SetupID: v.ID, Kind: setup.HistoryRevisions, Limit: 9})
	must(t, err)
	if jobs := h.Entries; len(jobs) != 2 || jobs[1].Job.ID != first || jobs[0].Job.ID != second {
		t.Errorf("the jobs are %+v", jobs)
	}
}
