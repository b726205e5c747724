package worker_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
	"apifront/store"
)

// The faults that apifront had while it knew jobs and no setup.

// settled is a setup whose first job is done, in a furnished world.
func (w *world) settled(wishes ...wish) setup.Setup {
	w.t.Helper()
	return w.settledOn(variant{rest: true}, wishes...)
}

// settledOn is settled on another base.
func (w *world) settledOn(v variant, wishes ...wish) setup.Setup {
	w.t.Helper()
	w.furnish()
	s := w.draft(w.wanted(v, wishes...))
	w.done(w.begin(setup.JobApply, s))
	return s
}

// changed carries a change of a setup out.
func (w *world) changed(s setup.Setup, wishes ...wish) setup.Setup {
	w.t.Helper()
	spec := copied(w.t, s.Spec)
	for _, wish := range wishes {
		wish(w, &spec)
	}
	s, job := w.revise(s, spec)
	w.done(job)
	return s
}

// "Change edge settings" made a second setup of the same name: three changes
// were four rows, each with what it was told.
func TestAChangeMakesNoSecondSetup(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled()
		for _, how := range []string{setup.CachingAPI, setup.CachingFixed, setup.CachingOff} {
			s = w.changed(s, cached(how))
			list, total, err := w.store.Setups(w.t.Context(), store.SetupFilter{Limit: 10})
			must(w.t, err)
			if total.Of("") != 1 || len(list) != 1 {
				w.t.Fatalf("after a change there are %d setups, want one", total.Of(""))
			}
			if got := list[0].Setup.Spec.Edge.Caching; got != how {
				w.t.Errorf("the setup says that caching is %q, want %q", got, how)
			}
		}
	})
}

// "Re-run from here" on an old green job put the old settings back on a live
// distribution.
func TestAnOldJobPutsNothingBack(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled()
		old := w.newestJob(s)
		s = w.changed(s, cached(setup.CachingFixed))
		h := history{specs: []setup.Spec{s.Spec}}
		want := canonical(w.state(), h)
		for _, rerun := range map[string]func() error{
			"this step":      func() error { return w.store.RerunStep(w.t.Context(), old, "distribution", "Grace") },
			"from this step": func() error { return w.store.RerunFrom(w.t.Context(), old, "identity", "Grace") },
		} {
			if err := rerun(); !errors.Is(err, store.ErrConflict) {
				w.t.Errorf("a re-run in job %d: %v, want a refusal", old, err)
			}
		}
		w.end(old)
		if diff := want.differ(canonical(w.state(), h)); diff != "" {
			w.t.Errorf("the account is not as it was (want -, got +):\n%s", diff)
		}
	})
}

func (w *world) newestJob(s setup.Setup) int64 {
	w.t.Helper()
	list, _, err := w.store.Setups(w.t.Context(), store.SetupFilter{Query: s.Name(), Limit: 10})
	must(w.t, err)
	i := slices.IndexFunc(list, func(r store.SetupRow) bool { return r.Setup.ID == s.ID })
	if i < 0 || list[i].LastJob == nil {
		w.t.Fatal("the setup has no job")
	}
	return list[i].LastJob.ID
}

// Paths taken out stayed mapped and went on answering; / renamed to /v2 left
// both.
func TestPathsTakenOutStopAnswering(t *testing.T) {
	withoutRace(t)
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled(several, func(_ *world, s *setup.Spec) { s.API.Mappings[0].Path = "" })
		before := s.Spec
		s = w.changed(s, func(_ *world, s *setup.Spec) {
			s.API.Mappings = slices.Delete(s.API.Mappings, 1, 2)
			s.API.Mappings[0].Path = "v2"
		})
		w.checkAnswers(before, s.Spec)
	})
}

// A path that was left is answered still, and is ours: a later change takes it
// back as it is, and another one takes it away.
func TestAPathThatWasLeftIsStillOurs(t *testing.T) {
	withoutRace(t)
	leave := func(_ *world, s *setup.Spec) { s.API.Mappings, s.API.Left = s.API.Mappings[:1], []string{"catalog"} }
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled(several)
		a := copied(w.t, s.Spec)
		want := canonical(w.state(), history{})
		s = w.changed(s, leave)
		if got := w.visit("/catalog"); got.status != 200 {
			w.t.Errorf("the path that was left is answered with %d", got.status)
		}
		writes := len(w.sim.Writes())
		s = w.changed(s, func(_ *world, s *setup.Spec) { s.API = a.API })
		if diff := want.differ(canonical(w.state(), history{})); diff != "" || len(w.sim.Writes()) > writes {
			w.t.Errorf("taken back with %d calls that write, and not as it was (want -, got +):\n%s", len(w.sim.Writes())-writes, diff)
		}
		s = w.changed(s, func(_ *world, s *setup.Spec) { s.API.Mappings = s.API.Mappings[:1] })
		w.checkAnswers(a, s.Spec)
	})
}

// The API behind a path could never be changed: "that mapping was not made by
// this setup", and the advice was to delete the live mapping.
func TestTheAPIBehindAPathCanBeChanged(t *testing.T) {
	withoutRace(t)
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled()
		for _, to := range []struct {
			kind  setup.APIKind
			n     int
			stage string
		}{{setup.APIKindREST, 2, "prod"}, {setup.APIKindREST, 2, "beta"}, {setup.APIKindHTTP, 1, "beta"}} {
			s = w.changed(s, func(w *world, s *setup.Spec) { w.toMap(s, 0, "orders", to.kind, to.n, to.stage) })
			want := s.Spec.API.Mappings[0].APIID + "/" + to.stage
			if got := w.mappedTo("orders"); got != want {
				w.t.Errorf("/orders leads to %s, want %s", got, want)
			}
		}
	})
}

// mappedTo is where a path of the name leads, as "api/stage".
func (w *world) mappedTo(path string) string {
	for _, d := range w.sim.State().Domains {
		for _, m := range d.Mappings {
			if to, ok := strings.CutPrefix(m, "/"+path+" → "); ok && d.Name == theName {
				return to
			}
		}
	}
	return ""
}

// Each change of caching left a cache policy behind, and AWS allows 20 in an
// account.
func TestEachChangeOfCachingLeavesOneCachePolicy(t *testing.T) {
	withoutRace(t)
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled()
		others := w.policies()
		for range 2 {
			for _, how := range []string{setup.CachingAPI, setup.CachingFixed, setup.CachingAPI, setup.CachingOff, setup.CachingFixed, setup.CachingOff} {
				s = w.changed(s, cached(how))
				want := others
				if how != setup.CachingOff {
					want++
				}
				if got := w.policies(); got != want {
					w.t.Fatalf("caching is %s, and there are %d cache policies, want %d", how, got, want)
				}
			}
		}
	})
}

// policies counts the cache policies of the account.
func (w *world) policies() int {
	n := 0
	visit("", "", w.state(), func(at, _ string, _ any) bool {
		if at == "globals/*/cache_policies/*" {
			n++
		}
		return true
	})
	return n
}

// A second job said "There was no record before this job", and the way back to
// the old server was gone.
func TestTheWayBackOutlivesASecondJob(t *testing.T) {
	withoutRace(t)
	const server = "192.0.2.10"
	for name, wishes := range map[string][]wish{
		"another setting":     {func(_ *world, s *setup.Spec) { s.Edge.Comment = "shop" }},
		"other records":       {func(_ *world, s *setup.Spec) { s.Edge.IPv6 = false }},
		"another region":      {moved(setup.EdgeRegion)},
		"several, one by one": {cached(setup.CachingAPI), several, func(w *world, s *setup.Spec) { s.Certificates = w.reusable(s) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				w.sim.AddRecord(w.demo.Zones[theZone], theName, "A", 300, server)
				s := w.settled()
				for _, change := range wishes {
					s = w.changed(s, change)
				}
				res, err := w.store.Resources(w.t.Context(), s.ID)
				must(w.t, err)
				old := res.OldRecords(theName)
				if len(old) != 1 || old[0].Value != server {
					w.t.Fatalf("the way back leads to %+v, want %s", old, server)
				}
				w.done(w.begin(setup.JobRestore, s))
				if got := w.records(theName); !slices.Equal(got, []string{"A " + server}) {
					w.t.Errorf("the name has %v, want the old server", got)
				}
			})
		})
	}
}

// records are those that lead visitors of a name, as "type value".
func (w *world) records(name string) (list []string) {
	visit("", "", w.state(), func(at, key string, v any) bool {
		if at == "zones/*/Records/*" {
			if is, kind, r := record(part{key, v}); is == name+"." && slices.Contains([]string{"A", "AAAA", "CNAME"}, kind) {
				values, _ := r["Values"].([]any)
				for _, v := range append(values, r["AliasName"]) {
					if v != "" {
						list = append(list, kind+" "+v.(string))
					}
				}
			}
		}
		return true
	})
	return list
}

// A job was carried out by whatever the setup's spec was by then.
func TestAJobKeepsItsRevision(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		w.furnish()
		s := w.draft(w.wanted(variant{rest: true, elsewhere: true}))
		other := copied(w.t, s.Spec)
		other.Edge.Caching, other.API.Mappings[0].Path = setup.CachingFixed, "v2"
		job := w.begin(setup.JobApply, s)
		for w.jobOf(job).State != setup.JobNeedsYou {
			time.Sleep(time.Second)
		}
		w.overtake(s, other)
		w.done(job)
		if n := w.policies() - 2; n != 0 {
			w.t.Errorf("the job made %d cache policies for what was wanted later", n)
		}
		if got := w.mappedTo("orders"); got == "" {
			w.t.Error("the path that was wanted when the job began is not mapped")
		}
		v, err := w.store.SetupOf(w.t.Context(), w.jobOf(job))
		must(w.t, err)
		if diff := cmp.Diff(s.Spec, v.Spec); diff != "" || w.jobOf(job).Revision != 1 {
			w.t.Errorf("the job of revision %d is shown by another spec (want -, got +):\n%s", w.jobOf(job).Revision, diff)
		}
	})
}

// overtake makes the spec the newest revision while a job of an earlier one is at
// work, which the store lets nobody do.
func (w *world) overtake(s setup.Setup, spec setup.Spec) {
	w.t.Helper()
	b, err := json.Marshal(spec)
	must(w.t, err)
	for _, query := range []string{
		`INSERT INTO revisions (setup_id, number, spec, format, came_from, why, created_by, created_at)
			SELECT id, revision + 1, $1, 1, 0, 'Change', 'Grace', 0 FROM setups WHERE id = $2`,
		`UPDATE setups SET spec = $1, revision = revision + 1 WHERE id = $2`,
	} {
		_, err = w.store.Writer().ExecContext(w.t.Context(), query, string(b), s.ID)
		must(w.t, err)
	}
}

func (w *world) jobOf(id int64) setup.Job {
	w.t.Helper()
	j, err := w.store.Job(w.t.Context(), id)
	must(w.t, err)
	return j
}
