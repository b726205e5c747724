package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// Equal checks by schedule of long ago become one row, and the history says the same
// before and after. What a state rests on stays, and what is folded goes on.
func TestOldChecksAreFolded(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	now := stopped(s)
	healthy := CheckOutcome{Result: setup.CheckHealthy, Sight: serves, Looked: []setup.StepID{"distribution"}}
	look := func(o CheckOutcome) {
		t.Helper()
		plan, err := s.Schedule(ctx, v.ID)
		must(t, err)
		*now = plan.Next
		p, _, found, err := s.NextScheduled(ctx, "w", gap)
		must(t, err)
		if !found {
			t.Fatal("no check is due")
		}
		must(t, s.FinishCheck(ctx, "w", p, o))
	}
	week := func() {
		t.Helper()
		for i := range 56 {
			o := healthy
			if i == 20 || i == 21 {
				o.Result, o.Findings = setup.CheckFindings, []setup.FindingBody{enabled}
			}
			look(o)
			if i == 40 {
				must(t, s.AskCheck(ctx, v.ID, "Ada"))
				must(t, s.FinishCheck(ctx, "w", nextCheck(ctx, t, s, v.ID, setup.CheckByPerson), healthy))
			}
		}
	}
	rows := func() int {
		t.Helper()
		list, err := s.Checks(ctx, v.ID, 10_000)
		must(t, err)
		return len(list)
	}
	history := func() (list []setup.Checkup) {
		t.Helper()
		h, err := s.History(ctx, HistoryFilter{SetupID: v.ID, Kind: setup.HistoryChecks, Limit: 10_000})
		must(t, err)
		list = nil
		for _, x := range h.Entries {
			if x.Check.Times > 0 {
				list = append(list, x.Check)
			}
		}
		return list
	}
	fold := func() {
		t.Helper()
		before, total := history(), 0
		for n := 1; n > 0; {
			var err error
			n, err = s.FoldChecks(ctx)
			must(t, err)
		}
		after := history()
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("the history is another one: %s", diff)
		}
		for _, c := range after {
			total += c.Times
		}
		if got := rows(); got > total {
			t.Errorf("%d rows of %d checks", got, total)
		}
	}
	for range 4 {
		week()
		fold()
	}
	runs := history()
	if n := rows(); len(runs) != 1+4*4+1 || n > (2*7+1)*8+2+len(runs) { // two weeks and a day, and what is folded
		t.Errorf("%d rows, %d runs", n, len(runs))
	}
	if c := runs[len(runs)-2]; c.Times != 20 || c.FirstAt.IsZero() || c.DoneAt.Sub(c.FirstAt) != 19*setup.CheckUsually {
		t.Errorf("the first run is %+v", c)
	}
	must(t, s.SetSchedule(ctx, v.ID, 0, "Ada"))
	*now = now.Add(60 * 24 * time.Hour)
	fold()
	list, err := s.Checks(ctx, v.ID, 100)
	must(t, err)
	for i, c := range list[:checksForState] {
		if c.Times != 1 {
			t.Errorf("check %d of those that a state rests on: %+v", i, c)
		}
	}
	if n := rows(); n > len(runs)+checksForState+1 {
		t.Errorf("after two months %d rows of %d runs", n, len(runs))
	}
	if n, err := s.FoldChecks(ctx); err != nil || n > 0 {
		t.Errorf("folded again: %d, %v", n, err)
	}
}

// The row of a healthy check by schedule has at most 4 kB, whatever the looks said.
func TestAHealthyCheckIsASmallRow(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	now := stopped(s)
	plan, err := s.Schedule(ctx, v.ID)
	must(t, err)
	*now = plan.Next
	p, _, _, err := s.NextScheduled(ctx, "w", gap)
	must(t, err)
	must(t, s.FinishCheck(ctx, "w", p, CheckOutcome{
		Result: setup.CheckHealthy, Sight: serves, Lines: slices.Repeat([]setup.CheckLine{{StepID: "a", Title: "A", Text: strings.Repeat("said ", 100)}}, 50),
	}))
	row, err := s.Checks(ctx, v.ID, 1)
	must(t, err)
	text, err := encode(row[0])
	must(t, err)
	if len(text) > 1024 || len(row[0].Lines) > 0 {
		t.Errorf("%d octets: %s", len(text), text)
	}
	bars, err := s.CheckBars(ctx, v.ID, now.Add(-setup.CheckUsually), setup.CheckUsually/3)
	must(t, err)
	if n := len(bars); n == 0 || bars[n-1] != (CheckBar{Bar: 3, Result: setup.CheckHealthy, Sight: serves, Times: 1}) {
		t.Errorf("bars: %+v", bars)
	}
}

// Checks that ended in one millisecond stand in one order, by whatever list.
func TestChecksOfOneMillisecondHaveOneOrder(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	now := stopped(s)
	for range 30 {
		*now = now.Add(time.Hour)
		for _, by := range []string{"Ada", "Grace"} {
			must(t, s.AskCheck(ctx, v.ID, by))
			must(t, s.FinishCheck(ctx, "w", nextCheck(ctx, t, s, v.ID, setup.CheckByPerson), CheckOutcome{Result: setup.CheckHealthy, Sight: serves}))
		}
	}
	list, err := s.Checks(ctx, v.ID, 100)
	must(t, err)
	h, err := s.History(ctx, HistoryFilter{SetupID: v.ID, Kind: setup.HistoryChecks, Limit: 100})
	must(t, err)
	var each, folded []string
	for _, c := range list {
		each = append(each, c.By.Name)
	}
	for _, r := range h.Entries {
		folded = append(folded, slices.Repeat([]string{r.Check.By.Name}, r.Check.Times)...)
	}
	if diff := cmp.Diff(each, folded); diff != "" || len(each) < 60 {
		t.Errorf("%d checks stand in another order: %s", len(each), diff)
	}
}
