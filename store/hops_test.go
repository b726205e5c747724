package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// The way of a request is as the newest check saw it, in one row of at most 4 kB.
func TestTheWayOfARequestIsKept(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	now := stopped(s)
	way := func() setup.Way {
		t.Helper()
		w, err := s.Way(ctx, v.ID)
		must(t, err)
		again, err := s.Watched(ctx, v.ID)
		must(t, err)
		if d := cmp.Diff(w, again.Way); d != "" {
			t.Error(d)
		}
		return w
	}
	ordered := func() CheckPass {
		t.Helper()
		*now = now.Add(time.Hour)
		must(t, s.AskCheck(ctx, v.ID, "Ada"))
		return nextCheck(ctx, t, s, v.ID, setup.CheckByPerson)
	}
	if w := way(); len(w.Hops) > 0 {
		t.Errorf("before a check has looked: %+v", w)
	}
	want := []setup.Hop{
		{Part: setup.PartName, State: setup.HopRight, Claim: "Leads to CloudFront", Text: "A & AAAA <here>.", ID: "d1.cloudfront.net", Asked: []setup.Asked{{What: "A", Answer: "192.0.2.1", Line: "dig A a.example.com"}}},
		{Part: setup.PartEdge, State: setup.HopWrong, Past: true, Claim: "Switched off"},
	}
	p := ordered()
	must(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckFindings, Sight: serves, Hops: want}))
	kept := setup.Way{CheckID: p.Check.ID, SeenAt: now.UTC(), Hops: want}
	if d := cmp.Diff(kept, way()); d != "" {
		t.Error(d)
	}
	p = ordered()
	must(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckEnded}))
	if d := cmp.Diff(kept, way()); d != "" {
		t.Errorf("a check that a job ended: %s", d)
	}
	p = ordered()
	must(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckCouldNot}))
	if w := way(); len(w.Hops) != 0 || w.CheckID != p.Check.ID {
		t.Errorf("a check that could not look: %+v", w)
	}

	long := strings.Repeat(`<"\W`, 80)
	var list []setup.Hop
	for i := range 4 {
		h := setup.Hop{Part: setup.Parts()[i], State: setup.HopWrong, Claim: setup.First(long, 80), Text: long, ID: setup.First(long, 253)}
		for n := range 3 {
			h.Asked = append(h.Asked, setup.Asked{What: fmt.Sprint(n) + long, Answer: long, Line: long + long})
		}
		list = append(list, h)
	}
	must(t, s.FinishCheck(ctx, "w", ordered(), CheckOutcome{Result: setup.CheckFindings, Sight: serves, Hops: list}))
	var size int
	must(t, s.reader.QueryRowContext(ctx, `SELECT LENGTH(hops) FROM hops WHERE setup_id = $1`, v.ID).Scan(&size))
	got := way().Hops
	if size > LongestHops || len(got) != 4 || got[3].State != setup.HopWrong || got[3].Text == "" {
		t.Errorf("%d octets: %+v", size, got)
	}
}

// A finding keeps by what it is known, as much as is sensible.
func TestEvidenceOfFindingsIsKept(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	f := enabled
	f.Evidence = []setup.Asked{{What: "CloudFront GetDistributionConfig E1", Answer: "Enabled: false", Line: "aws cloudfront get-distribution-config --id E1", Bad: true}}
	for range 2 {
		must(t, s.AskCheck(ctx, v.ID, "Ada"))
		p := nextCheck(ctx, t, s, v.ID, setup.CheckByPerson)
		must(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckFindings, Sight: serves, Looked: []setup.StepID{"distribution"}, Findings: []setup.FindingBody{f}}))
		now, err := s.Situation(ctx, v)
		must(t, err)
		if len(now.Findings) != 1 || cmp.Diff(f.Evidence, now.Findings[0].Evidence) != "" {
			t.Fatalf("%+v", now.Findings)
		}
		f.Evidence[0].Answer = "Enabled: false, again"
	}
}
