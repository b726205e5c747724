package steps

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// Every definition says all that people and the worker need to know of the
// step.
func TestStepsAreComplete(t *testing.T) {
	seen := map[setup.StepID]bool{}
	for _, s := range All() {
		if seen[s.ID] {
			t.Errorf("two steps have the ID %s", s.ID)
		}
		for _, n := range s.Needs {
			if !seen[n] {
				t.Errorf("step %s needs %s, which does not come before it", s.ID, n)
			}
		}
		seen[s.ID] = true
		if s.Title == "" || s.Why == "" || s.Service == "" || len(s.Kinds) == 0 || s.Observe == nil {
			t.Errorf("step %s is incomplete: %+v", s.ID, s)
		}
		if s.Wait.Every <= 0 || s.Wait.Settle <= 0 || s.Wait.Limit < s.Wait.Usual || s.Wait.Usual <= 0 {
			t.Errorf("step %s has an odd wait: %+v", s.ID, s.Wait)
		}
		if s.Service != "HTTPS" && len(s.Actions) == 0 {
			t.Errorf("step %s lists no action", s.ID)
		}
		if s.Tutorial < 0 || s.Tutorial > 6 {
			t.Errorf("step %s belongs to step %d of the tutorial, which has six", s.ID, s.Tutorial)
		}
	}
}

// What a step says of itself tells no pace of AWS: the demo has another, and a step that
// waits for its turn says how long.
func TestWhyTellsNoPace(t *testing.T) {
	pace := regexp.MustCompile(`\b(every|once in|one .* in) \d+ (s|seconds|min|minutes)\b`)
	for _, s := range All() {
		if found := pace.FindString(s.Why); found != "" {
			t.Errorf("step %s says %q", s.ID, found)
		}
	}
}

// A step whose work is records is at DNS, whatever the records are for.
func TestStepsOfRecordsAreAtTheName(t *testing.T) {
	for _, s := range All() {
		if s.ServiceFor != nil && !slices.Equal(s.Parts, []setup.Part{setup.PartName}) {
			t.Errorf("%s works on records of DNS, and is at %v", s.ID, s.Parts)
		}
	}
}

// What the wait for caches says does not get old, and it looks when the wait is over.
func TestDrainSaysNothingThatGetsOld(t *testing.T) {
	gone := time.Unix(1_000_000, 0)
	var said []string
	for _, after := range []time.Duration{0, time.Minute, 4 * time.Minute} {
		o, err := observeDrain(t.Context(), &Env{
			Now:       func() time.Time { return gone.Add(after) },
			Resources: setup.Resources{setup.KeyDistribution: {Key: setup.KeyDistribution, ID: "E1", Owned: true, Attributes: map[string]string{setup.AttrDomainName: "d1.cloudfront.net"}}},
			Former: setup.Former{{Key: setup.KeyRecordTraffic, RemovedAt: gone, Attributes: map[string]string{
				setup.AttrRecords: recordsJSON([]setup.Record{{Type: "CNAME", Name: "api.example.com", Value: "d1.cloudfront.net", TTL: 300}}),
			}}},
		})
		if err != nil || o.After != 5*time.Minute-after {
			t.Fatalf("after %s it waits for %s: %v", after, o.After, err)
		}
		said = append(said, o.Summary)
	}
	if want := "Caches may lead callers to CloudFront for 5 min from when the record was changed"; !slices.Equal(said, []string{want, want, want}) {
		t.Errorf("it says %q", said)
	}
}

func TestForInvalidateLeavesOutOtherNeeds(t *testing.T) {
	var got []setup.StepID
	for _, s := range For(setup.JobInvalidate) {
		got = append(got, s.ID)
		got = append(got, s.Needs...)
	}
	if d := cmp.Diff([]setup.StepID{"identity", "invalidation", "identity"}, got); d != "" {
		t.Error(d)
	}
}

// A step that needs a skipped one needs the step that stands in for it.
func TestRowsNeedWhatStandsIn(t *testing.T) {
	one := setup.DefaultSpec()
	one.Account.Region = setup.EdgeRegion
	two := setup.DefaultSpec()
	two.Account.Region = "eu-west-1"
	reused := two
	reused.Certificates = setup.Certificates{Edge: "arn:1", Regional: "arn:2"}
	cached := two
	cached.Edge.Caching = setup.CachingAPI
	later := two
	later.Domain.Switch = setup.SwitchLater
	for _, c := range []struct {
		name string
		step setup.StepID
		spec setup.Spec
		want []setup.StepID
	}{
		{"one certificate", "validation", one, []setup.StepID{"certificate-edge"}},
		{"one certificate", "domain", one, []setup.StepID{"issued-edge"}},
		{"two certificates", "domain", two, []setup.StepID{"issued-regional"}},
		{"two certificates", "validation", two, []setup.StepID{"certificate-edge", "certificate-regional"}},
		{"nothing to validate", "issued-edge", reused, []setup.StepID{"certificate-edge", "certificate-regional", "issued-regional"}},
		{"traffic moves at the end", "remove", two, []setup.StepID{"live"}},
		{"traffic moves later", "remove", later, []setup.StepID{"dns"}},
		{"one certificate", "issued-edge", one, []setup.StepID{"certificate-edge", "validation"}},
		{"two certificates", "issued-edge", two, []setup.StepID{"certificate-edge", "validation", "issued-regional"}},
		{"caching off", "distribution", two, []setup.StepID{"issued-edge", "domain", "identity"}},
		{"caching on", "distribution", cached, []setup.StepID{"issued-edge", "domain", "policies"}},
	} {
		rows := Rows(setup.JobApply, c.spec)
		i := slices.IndexFunc(rows, func(r Row) bool { return r.ID == c.step })
		if d := cmp.Diff(c.want, rows[i].Needs); d != "" {
			t.Errorf("%s, step %s:\n%s", c.name, c.step, d)
		}
	}
}

func TestRowsTitles(t *testing.T) {
	spec := setup.DefaultSpec()
	spec.Account.Region = "eu-west-1"
	spec.API.Mappings = make([]setup.Mapping, 2)
	titles := map[setup.StepID]string{}
	for _, r := range Rows(setup.JobApply, spec) {
		titles[r.ID] = r.Title + ", " + r.Service
		if r.ID == "policies" && r.Skip == "" {
			t.Error("the cache policy is not skipped with caching off")
		}
	}
	for id, want := range map[string]string{
		"certificate-regional": "Request certificate, eu-west-1, ACM",
		"mappings":             "Map 2 paths, API Gateway",
		"dns":                  "Move traffic, Route 53",
	} {
		if titles[setup.StepID(id)] != want {
			t.Errorf("step %s is called %q, not %q", id, titles[setup.StepID(id)], want)
		}
	}
}

func TestTokenFitsACM(t *testing.T) {
	e := &Env{Install: "i", Setup: setup.Setup{ID: "s"}, StepID: "certificate-edge"}
	if got := e.Token(0); len(got) != 32 || got != e.Token(0) {
		t.Errorf("token %q", got)
	}
	step := *e
	step.StepID = "certificate-regional"
	if e.Token(0) == step.Token(0) {
		t.Error("two steps have one token")
	}
	if e.Token(0) == e.Token(1) || e.Token(0) == e.Token(0, "orders") {
		t.Error("another number, or another path, does not change the token")
	}
}

// A job that applies a spec and clears has everything in place before it clears,
// and tests after it; or it clears last, after what is not wanted is removed.
func TestForJobClearsAtTheRightMoment(t *testing.T) {
	place := func(input setup.JobInput) (at map[setup.StepID]int, needs map[setup.StepID][]setup.StepID) {
		at, needs = map[setup.StepID]int{}, map[setup.StepID][]setup.StepID{}
		for i, r := range JobRows(setup.JobApply, input, setup.DefaultSpec()) {
			at[r.ID], needs[r.ID] = i, r.Needs
		}
		return at, needs
	}
	if at, _ := place(setup.JobInput{}); len(at) != len(Needed(For(setup.JobApply), setup.DefaultSpec())) {
		t.Errorf("a job that clears nothing has %d steps", len(at))
	}
	at, needs := place(setup.JobInput{Paths: []string{"/*"}})
	if at["invalidation"] < at["deployed"] || at["invalidation"] > at["preview"] {
		t.Errorf("the steps stand at %v", at)
	}
	if d := cmp.Diff([]setup.StepID{"deployed", "mappings"}, needs["invalidation"]); d != "" {
		t.Error(d)
	}
	if !slices.Contains(needs["preview"], "invalidation") {
		t.Errorf("preview needs %v", needs["preview"])
	}
	at, needs = place(setup.JobInput{Paths: []string{"/*"}, ClearLast: true})
	if d := cmp.Diff([]setup.StepID{"remove"}, needs["invalidation"]); d != "" || at["invalidation"] != len(at)-1 {
		t.Errorf("it stands at %d: %s", at["invalidation"], d)
	}
}
