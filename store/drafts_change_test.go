package store

import (
	"errors"
	"sync"
	"testing"

	"apifront/setup"
)

// A person who opens a change many times at once has one draft; on PostgreSQL
// nothing but the database keeps replicas apart, as nothing else keeps these. What was typed is never taken away: it is opened as it was left, and
// beginning anew keeps it.
func TestAChangeHasOneDraftForEachPerson(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	first := draft(t, s, "a.example.com")
	must(t, s.CancelJob(ctx, start(t, s, first.ID), "Ada"))
	v, err := s.Setup(ctx, first.ID)
	must(t, err)
	press := func(c Change) map[string]OpenedChange {
		t.Helper()
		if c.Setup, err = s.Setup(ctx, v.ID); err != nil {
			t.Fatal(err)
		}
		if c.CameFrom == 0 {
			c.Spec = c.Setup.Spec
		}
		var mu sync.Mutex
		var wg sync.WaitGroup
		got := map[string]OpenedChange{}
		for range 8 {
			wg.Go(func() {
				o, err := s.OpenChange(ctx, c)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				got[o.Draft.ID] = o
			})
		}
		wg.Wait()
		if len(got) != 1 {
			t.Fatalf("%+v made %d drafts, want 1", c, len(got))
		}
		return got
	}
	one := func(c Change, typed bool) setup.Draft {
		t.Helper()
		for _, o := range press(c) {
			if o.Typed != typed {
				t.Errorf("%+v: typed is %v, want %v", c, o.Typed, typed)
			}
			return o.Draft
		}
		return setup.Draft{}
	}
	edit := func(id, comment string) {
		t.Helper()
		_, err := s.SaveDraft(ctx, id, 0, setup.PageEdge, "Grace", func(sp *setup.Spec) { sp.Edge.Comment = comment })
		must(t, err)
	}
	mine := one(Change{By: "Grace"}, false)
	if theirs := one(Change{By: "Ada"}, false); theirs.ID == mine.ID {
		t.Error("another person is led to my draft")
	}
	// An unchanged one goes on from the newest revision, typed answers from theirs.
	twice := v.Spec
	twice.Edge.Caching = setup.CachingAPI
	job, err := s.StartJob(ctx, NewJob{SetupID: v.ID, Want: &twice, Kind: setup.JobApply, By: "Ada", Steps: []NewStep{{ID: "a"}}})
	must(t, err)
	must(t, s.CancelJob(ctx, job, "Ada"))
	if d := one(Change{By: "Grace"}, false); d.ID != mine.ID || d.BeganFrom != 2 || d.Spec.Edge.Caching != setup.CachingAPI {
		t.Errorf("the unchanged draft is %s (want %s) from revision %d", d.ID, mine.ID, d.BeganFrom)
	}
	edit(mine.ID, "typed")
	if d := one(Change{By: "Grace"}, true); d.ID != mine.ID || d.Spec.Edge.Comment != "typed" {
		t.Errorf("the draft with answers is %s with %q, want %s", d.ID, d.Spec.Edge.Comment, mine.ID)
	}
	anew := one(Change{By: "Grace", Anew: true}, false)
	if anew.ID == mine.ID {
		t.Error("beginning anew takes the typed answers away")
	}
	edit(mine.ID, "")
	edit(anew.ID, "more")
	if d := one(Change{By: "Grace", Anew: true}, false); d.ID != mine.ID {
		t.Error("a draft that is as the setup again is not used again")
	}
	if d := one(Change{By: "Grace", CameFrom: 1, Spec: v.Spec}, false); d.ID == mine.ID || d.ID == anew.ID || d.CameFrom != 1 {
		t.Errorf("going back opens %+v", d)
	}
	// One that makes another setup by now is no change of this one.
	for _, id := range []string{mine.ID, anew.ID} {
		_, err = s.SaveDraft(ctx, id, 0, setup.PageDomain, "Grace", func(sp *setup.Spec) { sp.Domain.Name = "b.example.com" })
		must(t, err)
	}
	if d := one(Change{By: "Grace"}, false); d.ID == mine.ID || d.ID == anew.ID {
		t.Error("the change of another name is opened")
	}
}

// How much a setup is used stays with its draft. It is no answer: nothing that was
// found out for the answers grows old by it, and it ends with the start.
func TestUsageStaysWithTheDraft(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	d := draft(t, s, "a.example.com")
	before, err := s.Draft(ctx, d.ID)
	must(t, err)
	want := setup.Usage{Requests: 5_000_000_000, AnswerSize: 40_000_000_000}
	must(t, s.SaveUsage(ctx, d.ID, want))
	after, err := s.Draft(ctx, d.ID)
	must(t, err)
	if after.Usage != want || after.Version != before.Version || !after.UpdatedAt.Equal(before.UpdatedAt) {
		t.Errorf("the draft is %+v, before %+v", after, before)
	}
	start(t, s, d.ID)
	if err := s.SaveUsage(ctx, d.ID, setup.Usage{}); !errors.Is(err, ErrConflict) {
		t.Errorf("of a draft that was started: %v", err)
	}
}
