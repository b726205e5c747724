package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// What a check saw of the certificates stays until one sees them again, and the next
// check is given it.
func TestWhatCertificatesNeedIsKept(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	v := madeSetup(t, s, "a.example.com")
	now := stopped(s)
	kept := func(want setup.Guard) {
		t.Helper()
		got, err := s.Guard(ctx, v.ID)
		must(t, err)
		w, err := s.Watched(ctx, v.ID)
		must(t, err)
		wantPlan, err := s.Schedule(ctx, v.ID)
		must(t, err)
		if d := cmp.Diff(wantPlan, w.Plan) + cmp.Diff(got, w.Guard); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
	look := func(g setup.Guard, before setup.Guard) {
		t.Helper()
		must(t, s.AskCheck(ctx, v.ID, "Ada"))
		p := nextCheck(ctx, t, s, v.ID, setup.CheckByPerson)
		if d := cmp.Diff(before, p.Guard); d != "" {
			t.Error(d)
		}
		must(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckHealthy, Sight: serves, Guard: g}))
	}
	kept(setup.Guard{})
	ends := now.Add(100 * 24 * time.Hour).UTC().Truncate(time.Second)
	first := setup.Guard{AskedAt: now.UTC(), Terms: []setup.Term{
		{Key: setup.KeyCertificateEdge, ARN: "arn:1", Region: "us-east-1", Begins: ends.Add(-198 * 24 * time.Hour), Ends: ends.Add(time.Hour)},
		{Key: setup.KeyCertificateRegional, ARN: "arn:2", Region: "eu-west-1", Ends: ends, Stops: []setup.Stop{{Kind: setup.StopCAA, Setting: setup.SettingCAA, Why: "CAA forbids."}}},
	}}
	look(first, setup.Guard{})
	first.SeenAt = now.UTC()
	kept(first)
	if !first.Stopped() || !first.Ends().Equal(ends) {
		t.Errorf("stopped: %t, ends %s", first.Stopped(), first.Ends())
	}
	*now = now.Add(time.Hour)
	look(setup.Guard{}, first) // AWS could not be asked
	kept(first)
	second := setup.Guard{AskedAt: first.AskedAt, Terms: first.Terms[:1]}
	look(second, first)
	second.SeenAt = now.UTC()
	kept(second)
}
