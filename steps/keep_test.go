package steps

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

// A shelf is the stored rows of one setup, by key and number as in the
// database.
type shelf map[string]setup.Resource

func rowID(r setup.Resource) string { return fmt.Sprint(r.Key, " ", r.Number) }

// env is a pass that reads the shelf and dies at the n-th save; with 0 it does
// not die.
func (s shelf) env(dies int) *Env {
	e := &Env{Setup: setup.Setup{ID: "setup-1"}, Now: func() time.Time { return time.Unix(1, 0) }, Resources: setup.Resources{}}
	for _, r := range s {
		e.Resources, e.Former = e.Resources.With(e.Former, r)
	}
	e.Save = func(_ context.Context, r setup.Resource) error {
		if dies--; dies == 0 {
			return errCrash
		}
		s[rowID(r)] = r
		return nil
	}
	return e
}

// Whatever resources have a key one after the other, and wherever the process
// dies, each resource of ours keeps a row of its own for ever. At most one row
// is current, and it is that of the last resource.
func TestNothingOfOursIsEverOverwritten(t *testing.T) {
	for seed := range uint64(400) {
		chance := rand.New(rand.NewPCG(seed, 1))
		s := shelf{}
		made := map[string]bool{}  // resources of ours that were stored at least once
		aws := map[string]string{} // what AWS made, by token
		var story []string
		for range 10 {
			id := chance.IntN(5)
			r := setup.Resource{
				Key: setup.KeyCertificateEdge, Region: []string{"us-east-1", "eu-west-1"}[chance.IntN(2)],
				ID: fmt.Sprint("arn:", id), Owned: id < 3,
			}
			intend := r.Owned && chance.IntN(2) > 0
			for tries := range 6 { // the worker tries again
				e := s.env(chance.IntN(4))
				if tries == 5 {
					e = s.env(0)
				}
				var err error
				if intend {
					var meant setup.Resource
					meant, err = e.intend(t.Context(), setup.Resource{Key: r.Key, Region: r.Region}, func(x *setup.Resource) { x.Token = e.Token(x.Number) })
					token := meant.Region + " " + meant.Token
					if err == nil && aws[token] == "" {
						aws[token] = fmt.Sprint("arn:", len(aws)+10)
					}
					r.ID, r.Token = aws[token], meant.Token
				}
				if err == nil {
					row, ok := e.known(r)
					if id := aws[row.Region+" "+row.Token]; ok && row.ID == "" && r.Owned && id != "" {
						r.ID = id // its tags are ours
					}
					if ok && r.Owned {
						r.Token = row.Token
					}
					err = e.keep(t.Context(), r)
				}
				story = append(story, fmt.Sprintf("%s in %s, ours %t, intended %t: %v", r.ID, r.Region, r.Owned, intend, err))
				if err == nil || chance.IntN(4) == 0 { // or somebody cancels the job
					break
				}
			}
			if now := s.env(0).Resources[r.Key]; now.ID == r.ID && now.Region == r.Region && now.Owned {
				made[r.Region+" "+r.ID] = true
			}
			current, have, tokens := 0, map[string]bool{}, map[string]bool{}
			for _, x := range s {
				if x.Current() {
					current++
				}
				if x.Owned && have[x.Region+" "+x.ID] && x.ID != "" {
					t.Fatalf("seed %d: two rows of %s:\n%s", seed, x.ID, strings.Join(story, "\n"))
				}
				have[x.Region+" "+x.ID] = x.Owned
				tokens[x.Region+" "+x.Token] = true
			}
			for token, id := range aws {
				if !tokens[token] {
					t.Fatalf("seed %d: what was made of %s, %s, is forgotten:\n%s", seed, token, id, strings.Join(story, "\n"))
				}
			}
			for id := range made {
				if !have[id] {
					t.Fatalf("seed %d: %s is forgotten:\n%s", seed, id, strings.Join(story, "\n"))
				}
			}
			if current > 1 {
				t.Fatalf("seed %d: %d rows are current:\n%s", seed, current, strings.Join(story, "\n"))
			}
		}
	}
}

// A resource that comes back gets its row, its number and its token again, and
// is wanted.
func TestWhatComesBackHasItsRow(t *testing.T) {
	s := shelf{}
	keep := func(id string, owned bool) {
		t.Helper()
		e := s.env(0)
		r := setup.Resource{Key: setup.KeyCertificateEdge, Region: setup.EdgeRegion, ID: id, Owned: owned}
		if row, ok := e.known(r); ok {
			r.Owned, r.Token = row.Owned, row.Token
		} else if owned {
			r.Token = e.Token(e.next(r.Key))
		}
		if err := e.keep(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	keep("a", true)
	first := s[setup.KeyCertificateEdge+" 0"]
	keep("b", true)
	keep("theirs", false)
	if was := s[setup.KeyCertificateEdge+" 0"]; was.UnwantedSince.IsZero() || was.Current() {
		t.Errorf("the first one is %+v", was)
	}
	keep("a", true)
	again := s[setup.KeyCertificateEdge+" 0"]
	again.SavedAt = first.SavedAt
	if d := cmp.Diff(first, again); d != "" {
		t.Errorf("it is not as it was:\n%s", d)
	}
	if second := s[setup.KeyCertificateEdge+" 1"]; second.ID != "b" || second.Current() || second.Token == first.Token {
		t.Errorf("the second one is %+v", second)
	}
	if e := s.env(0); e.Resources.ID(setup.KeyCertificateEdge) != "a" || len(e.Former) != 2 {
		t.Errorf("current: %+v, former: %+v", e.Resources, e.Former)
	}
}

// Two setups are merged while a job runs. A resource that was about to be made
// is made with the stored token and name, and nothing is made twice.
func TestAnotherSetupIDInTheMiddle(t *testing.T) {
	keys := []string{
		setup.KeyCertificateEdge, setup.KeyCertificateRegional, setup.KeyDomain, setup.KeyCachePolicy,
		setup.MappingKey("orders"), setup.KeyDistribution,
	}
	fixed := func(s *setup.Spec, _ sim.DemoWorld) { s.Edge.Caching = setup.CachingFixed }
	for _, key := range keys {
		for _, made := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, made %t", key, made), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, sim.RealPace(), fixed)
					before := w.counted()
					stored := ""
					w.crash = func(r setup.Resource) bool {
						if r.Key != key || stored != "" || made != (r.ID != "") {
							return false
						}
						stored = r.Token
						w.setup.ID = "0197a7d2-6c1b-7d8a-b1f4-8de2c1c7f999"
						if made {
							return true
						}
						// The intention is stored, and the process dies before the call.
						w.resources, w.former = w.resources.With(w.former, r)
						return true
					}
					w.mustRunAll(setup.JobApply)
					w.crash = nil
					if r := w.resources[key]; stored == "" || r.Token != stored || len(w.former) > 0 {
						t.Errorf("token %q is now %q; former: %+v", stored, r.Token, w.former)
					}
					got := w.counted()
					for k := range got {
						got[k] -= before[k]
					}
					want := map[string]int{"certificates": 2, "domains": 1, "mappings": 2, "distributions": 1, "policies": 1}
					if d := cmp.Diff(want, got); d != "" {
						t.Error(d)
					}
				})
			})
		}
	}
}
