package jobs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/web"
)

// The page of a teardown sorts what the setup had: gone by this job, still there,
// and what stays with the reason. What an earlier job deleted is not listed, and
// what an earlier job left is judged anew.
func TestATeardownListsWhatIsGoneAndWhatStays(t *testing.T) {
	begun := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	was, now := begun.Add(-time.Hour), begun.Add(time.Minute)
	j := setup.Job{ID: 7, SetupID: "s", Kind: setup.JobTeardown, State: setup.JobRunning, CreatedAt: begun}
	left := map[string]string{setup.AttrLeft: "Used by the distribution EOTHER."}
	f := Facts{
		Times: web.Times{Now: now, Loc: time.UTC}, Job: j, Setup: setup.Setup{ID: "s"},
		Steps: []setup.Step{{ID: "dns-leave", State: setup.StepDone}, {ID: "disable", State: setup.StepDone}, {ID: "disabled", State: setup.StepRunning}},
		About: map[setup.StepID]StepAbout{"dns-leave": {Mark: setup.MarkLeave}, "disable": {Mark: setup.MarkOff}},
		Resources: setup.Resources{
			setup.KeyDistribution:        {Key: setup.KeyDistribution, Type: "Distribution", ID: "E1", Owned: true},
			setup.KeyCertificateEdge:     {Key: setup.KeyCertificateEdge, Type: "Certificate", ID: "arn:edge", Region: "us-east-1", Owned: true, LeftSince: now, Attributes: left},
			setup.KeyCertificateRegional: {Key: setup.KeyCertificateRegional, Type: "Certificate", ID: "arn:theirs", Region: "eu-west-1"},
			setup.KeyInvalidation:        {Key: setup.KeyInvalidation, Type: "Invalidation", ID: "I1", Owned: true},
		},
		Former: setup.Former{
			{Key: setup.MappingKey("orders"), Type: "Path mapping", ID: "m1", Owned: true, RemovedAt: now},
			{Key: setup.MappingKey("old"), Type: "Path mapping", ID: "m0", Owned: true, RemovedAt: was},
			{Key: setup.KeyCachePolicy, Type: "Cache policy", ID: "p1", Owned: true, LeftSince: was},
			{Key: setup.KeyCachePolicy, Number: 1, Type: "Cache policy", ID: "p2", Owned: true},
		},
	}
	words := func(rows []GoneRow) (list []string) {
		for _, r := range rows {
			list = append(list, strings.Join(strings.Fields(r.Code+" "+r.State+" "+r.Why), " "))
		}
		slices.Sort(list)
		return list
	}
	check := func(what string, got []GoneRow, want ...string) {
		t.Helper()
		if !slices.Equal(words(got), want) {
			t.Errorf("%s: %q, want %q", what, words(got), want)
		}
	}
	g := NewView(f).Gone
	check("gone", g.Gone, "/orders 12:01")
	check("still there", g.Still, "E1 Switched off", "p1", "p2")
	check("stays", g.Stays, "arn:edge Used by the distribution EOTHER.", "arn:theirs apifront did not make it.")
	if g.Note != "Stopping here leaves 3 things. The name does not lead to CloudFront any more." {
		t.Errorf("the note is %q", g.Note)
	}
	c := NewCancelView(f)
	if c.Button != "Stop here" || c.Title != "Stop job 7 here?" || c.Gone == nil || len(c.Gone.Still) != 3 {
		t.Errorf("the question is %+v", c)
	}
	f.Job.State = setup.JobCancelled
	if g = NewView(f).Gone; g.Left != "Left over" || !strings.Contains(g.Note, "Take down") {
		t.Errorf("stopped: %+v", g)
	}
	f.LastApply = 8
	if g = NewView(f).Gone; g != nil {
		t.Errorf("it was made again since: %+v", g)
	}
	f.Job.Kind = setup.JobApply
	if c := NewCancelView(f); c.Button != "Cancel job 7" || c.Gone != nil {
		t.Errorf("the question for another job is %+v", c)
	}
}
