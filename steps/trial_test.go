package steps

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
)

// A request through CloudFront waits for all of CloudFront's attempts, as far as
// a pass has time for them, for what AWS is asked, and for the test of what is kept.
func TestEdgePatience(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		read int
		keep bool
		want time.Duration
	}{
		{5, false, 25 * time.Second}, {30, false, 100 * time.Second}, {60, false, 190 * time.Second}, {60, true, 190 * time.Second},
		{setup.MaxReadTimeout, false, 270 * time.Second}, {setup.MaxReadTimeout, true, 210 * time.Second},
	} {
		s := setup.DefaultSpec()
		s.Edge.ReadTimeout = c.read
		if c.keep {
			s.Edge.Caching, s.Edge.TTL = setup.CachingFixed, 60
		}
		if got := edgePatience(s); s.Edge.Keeps() != c.keep || got != c.want {
			t.Errorf("%d s, kept %t: %s", c.read, s.Edge.Keeps(), got)
		}
		whole := edgePatience(s) + 30*time.Second
		if c.keep {
			whole += probe.ContractTime
		}
		if whole > LongestPass {
			t.Errorf("%d s: a pass takes %s", c.read, whole)
		}
	}
}

// What AWS says is configured says what is asked below.
func TestBelow(t *testing.T) {
	t.Parallel()
	ours := probe.Target{
		Name: "api.example.com", Regional: "d-0.execute-api.eu-west-1.amazonaws.com", Distribution: "d1.cloudfront.net",
		Unique: probe.Unique{Query: true},
		Paths: []probe.TargetPath{
			{Mapping: "", APIHost: "a1.execute-api.eu-west-1.amazonaws.com", Stage: "prod"},
			{Mapping: "off", APIHost: "a2.execute-api.eu-west-1.amazonaws.com", Stage: "$default"},
		},
	}
	spec := setup.DefaultSpec()
	spec.Edge.ReadTimeout = 5
	if got, patient := below(ours, setup.Configured{}, spec); patient != 40*time.Second || !cmp.Equal(got, ours) {
		t.Errorf("of nothing: %s, %+v", patient, got)
	}
	c := setup.Configured{
		Distribution: &setup.ConfiguredDistribution{KeepsAnswers: true, KeyHeaders: []string{"Host"}},
		Domain:       &setup.ConfiguredDomain{Target: "d-1.execute-api.eu-west-1.amazonaws.com"},
		APIs:         []setup.ConfiguredAPI{{Path: "", Silence: 90 * time.Second}, {Path: "off", ExecuteDisabled: true}, {Path: "gone", ExecuteDisabled: true}},
	}
	want := ours
	want.Regional, want.Unique = "d-1.execute-api.eu-west-1.amazonaws.com", probe.Unique{Headers: []string{"Host"}}
	want.Paths = []probe.TargetPath{ours.Paths[0], {Mapping: "off", Stage: "$default"}}
	got, patient := below(ours, c, spec)
	if diff := cmp.Diff(want, got); diff != "" || patient != 100*time.Second {
		t.Errorf("patient for %s: %s", patient, diff)
	}
	if ours.Paths[1].APIHost == "" {
		t.Error("what was given is changed")
	}
	c.Distribution.KeepsAnswers = false // nothing is kept, so nothing must differ
	if got, _ := below(ours, c, spec); got.Unique.Query || got.Unique.Headers != nil {
		t.Errorf("%+v", got.Unique)
	}
	c.Distribution.PolicyUnknown = true
	if got, _ := below(ours, c, spec); !cmp.Equal(got.Unique, ours.Unique) {
		t.Errorf("%+v", got.Unique)
	}
	spec.Edge.ReadTimeout = 120
	if _, patient := below(ours, c, spec); patient != 130*time.Second {
		t.Errorf("patient for %s", patient)
	}
}

// Where CloudFront is silent, what lies below is asked meanwhile, and CloudFront
// is waited for if the API is in time without it.
func TestSilentCloudFront(t *testing.T) {
	for _, c := range []struct {
		what    string
		read    int
		done    func(*patient)
		took    [2]time.Duration
		status  int // of the outermost answer; 0: the test ended before it
		symptom string
		says    string
	}{
		{
			what: "another server is the origin, and silent", read: 60, done: originLike(sim.Site{Answer: sim.Answer{Delay: time.Hour}}),
			took: [2]time.Duration{180 * time.Second, 185 * time.Second}, status: 504, symptom: "origin-slow",
		},
		{
			what: "likewise, and a pass has no time for all attempts", read: 120, done: originLike(sim.Site{Answer: sim.Answer{Delay: time.Hour}}),
			took: [2]time.Duration{270 * time.Second, 275 * time.Second}, symptom: "cloudfront-still-waits", says: "after 4 min 30 s",
		},
		{
			what: "the API is slower than CloudFront waits", read: 60, done: behaves(late(65*time.Second, 2*time.Minute)),
			took: [2]time.Duration{70 * time.Second, 75 * time.Second}, symptom: "cloudfront-still-waits", says: "after 1 min 10 s",
		},
		{
			what: "the API is silent", read: 60, done: behaves(late(2*time.Hour, 3*time.Hour)),
			took: [2]time.Duration{265 * time.Second, 275 * time.Second}, status: 504, symptom: "broke-off",
		},
	} {
		for _, outermost := range []setup.Rung{setup.RungDistribution, setup.RungName} {
			t.Run(c.what+" by "+string(outermost), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := &patient{newWorld(t, sim.RealPace(), nil)}
					one(sim.API{Kind: "REST"})(p)
					p.setup.Spec.Edge.ReadTimeout = c.read
					p.mustRunAll(setup.JobApply)
					c.done(p)
					e := p.env("live")
					began := time.Now()
					tried, err := try(t.Context(), e, outermost)
					took := time.Since(began)
					if err != nil || took < c.took[0] || took > c.took[1] || tried.Proved() {
						t.Errorf("took %s, %v, %+v", took, err, tried.Reading)
					}
					for _, s := range tried.seen {
						if s.Rung == outermost && s.Status != c.status || s.Rung != outermost && s.At.Sub(began) > slowAfter+5*time.Second {
							t.Errorf("by %s %s after the beginning: %d, %s", s.Rung, s.At.Sub(began), s.Status, s.Error)
						}
					}
					_, wanted := aim(e) // and where AWS says nothing
					r := probe.Decode(tried.seen, setup.Configured{}, wanted)
					if len(r.Causes) != 1 || r.Causes[0].Symptom != c.symptom || !strings.Contains(r.Causes[0].Problem.Why, c.says) {
						t.Errorf("it says %+v", r.Causes)
					}
					time.Sleep(3 * time.Hour) // for servers that nobody waits for any more
				})
			})
		}
	}
}
