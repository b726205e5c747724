package worker_test

import (
	"testing"

	"apifront/cloud/sim"
	"apifront/setup"
)

// A setup of a wildcard lives as any other: names below it are served through CloudFront,
// each caller's name reaches the API, a check finds nothing, a change and a second job do
// what they say, and the account ends as it was.
func TestAWildcardLives(t *testing.T) {
	for name, v := range map[string]variant{
		"REST, two regions, Route 53": {rest: true},
		"HTTP, one region, elsewhere": {oneRegion: true, elsewhere: true},
		"HTTP, two regions, cached":   {change: func(s *setup.Spec) { s.Edge.Caching = setup.CachingFixed }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				also := v.change
				v.change = func(s *setup.Spec) {
					s.Domain.Name = "*." + theName
					if also != nil {
						also(s)
					}
				}
				s := w.draft(v)
				api := w.sim.AddAPI(w.demo.AccountID, s.Spec.Account.Region, sim.API{Name: "more", Kind: "HTTP", Stages: []string{"prod"}})
				found := w.state()
				w.done(w.begin(setup.JobApply, s))
				m := s.Spec.API.Mappings[0]
				for _, host := range []string{"one." + theName, "two." + theName} {
					if got, err := w.askFor(host, m.DisplayPath(), nil); err != nil || got.status != 200 {
						t.Errorf("%s is answered with %d %s, %v", host, got.status, got.said, err)
					}
				}
				if _, open, state := w.check(s); len(open) > 0 || state != setup.StateServing {
					t.Errorf("the check finds %+v and says %s", open, state)
				}
				writes := len(w.sim.Writes())
				w.done(w.begin(setup.JobApply, s))
				if made := w.sim.Writes()[writes:]; len(made) > 0 {
					t.Errorf("a second job writes %v", made)
				}
				now := setup.Setup{ID: s.ID, Spec: w.specOf(s)}
				now.Spec.API.Mappings = append(now.Spec.API.Mappings, setup.Mapping{Path: "more", Kind: setup.APIKindHTTP, APIID: api, APIName: "more", Stage: "prod"})
				w.done(w.begin(setup.JobApply, now))
				if got, err := w.askFor("three."+theName, "/more", nil); err != nil || got.status != 200 {
					t.Errorf("the new path is answered with %d %s, %v", got.status, got.said, err)
				}
				w.done(w.takeDown(s, setup.GoneNowhere))
				w.asFound(goner{variant: v}, s, found)
			})
		})
	}
}
