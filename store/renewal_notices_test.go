package store

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

// Checks come at any time, by two workers who may both be at one; a certificate stops
// renewing, goes on, is renewed, and the finding is muted. Whatever happens, people
// are told when it begins, a week after they were last told while it is so, and when
// 45 and 30 days are left: each time once, and at no other time.
func TestRenewalsAreRemindedOf(t *testing.T) {
	t.Parallel()
	b := newBellringer(t)
	ctx, id := t.Context(), b.made()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	const day = 24 * time.Hour
	ends := b.now.Add(60 * day)
	stopped, muted, open := false, false, false
	var last time.Time // when people were told; zero: not since it began
	told, reminded := 0, 0
	for n := range 400 {
		b.now = b.now.Add(time.Duration(1+r.IntN(30)) * time.Hour)
		switch x := r.IntN(60); {
		case x == 0 && r.IntN(3) == 0, ends.Sub(b.now) < 2*day:
			ends = b.now.Add(time.Duration(32+r.IntN(60)) * day) // another one
			stopped = r.IntN(2) == 0
		case x < 2:
			stopped = !stopped
		case x < 5 && open:
			f, err := openFindings(ctx, b.reader, id)
			must(t, err)
			muted = !muted
			must(t, b.MuteFinding(ctx, id, f[0].ID, muted, "Ada"))
		}
		o := CheckOutcome{
			Result: setup.CheckHealthy, Sight: setup.Sight{Here: setup.Yes, Answers: setup.Yes}, Looked: []setup.StepID{"renewal"},
			Guard: setup.Guard{Terms: []setup.Term{{Key: setup.KeyCertificateEdge, Region: "us-east-1", Ends: ends}}},
		}
		if stopped {
			o.Result = setup.CheckFindings
			o.Findings = []setup.FindingBody{{Key: "renewal/caa", StepID: "renewal", Setting: setup.SettingCAA, Title: "A CAA record forbids it.", Beside: true}}
			o.Guard.Terms[0].Stops = []setup.Stop{{Kind: setup.StopCAA, Setting: setup.SettingCAA}}
		}
		if r.IntN(12) == 0 { // it cannot look, so nothing is known
			o = CheckOutcome{Result: setup.CheckCouldNot, Problem: &setup.Problem{What: "No."}}
		}
		must(t, b.AskCheck(ctx, id, "Ada"))
		p, found, err := b.NextCheck(ctx, "w", 0)
		if err != nil || !found {
			t.Fatal(found, err)
		}
		want := false
		if o.Result.Told() {
			left := func(at time.Time) time.Duration { return ends.Sub(at) }
			switch {
			case !stopped:
				open, muted = false, false
			case !open:
				want, open = true, true
			case muted:
			default:
				want = b.now.Sub(last) >= 7*day
				for _, d := range []time.Duration{45 * day, 30 * day} {
					want = want || left(last) > d && left(b.now) <= d
				}
				if want {
					reminded++
				}
			}
		}
		must(t, b.FinishCheck(ctx, "w", p, o))
		if err := b.FinishCheck(ctx, "x", p, o); !errors.Is(err, ErrFenced) { // a worker that hung
			t.Fatalf("a check is finished twice: %v", err)
		}
		if want {
			last = b.now
			told++
		}
		got := 0
		for _, title := range b.titles() {
			if strings.Contains(title, "will not renew") {
				got++
			}
		}
		if got > 1 || (got == 1) != want {
			t.Fatalf("check %d at %s, stopped %v, muted %v, %d days left, last told %s: told %d times, want %v", n, b.now, stopped, muted, int(ends.Sub(b.now)/day), last, got, want)
		}
	}
	if told == 0 || reminded == 0 {
		t.Logf("told %d times, %d of them again: this law saw little", told, reminded)
	}
}
