package flow

import (
	"testing"
	"testing/synctest"
	"time"
)

// Whenever AWS becomes ready, the look that sees it comes at most a sixth of
// the time that went by later, and at most Every later. Except for the first
// look, none comes before a twentieth of the usual time.
func TestEarlyLooks(t *testing.T) {
	wait := Wait{Every: 5 * time.Second, Usual: 5 * time.Minute}
	synctest.Test(t, func(t *testing.T) {
		began, looks := time.Now(), 0
		time.Sleep(early(wait, 0))
		for gone := time.Since(began); gone < 10*time.Minute; gone = time.Since(began) {
			looks++
			if gone < 15*time.Second {
				t.Fatalf("looked again after %s", gone)
			}
			next := early(wait, gone)
			if next < time.Second || next > 5*time.Second || next > gone/6 {
				t.Fatalf("after %s the next look comes in %s", gone, next)
			}
			time.Sleep(next)
		}
		if steady := int(10 * time.Minute / wait.Every); looks > steady {
			t.Errorf("%d looks in ten minutes, more than the %d of a steady pace", looks, steady)
		}
	})
	// What is refused for a quarter of an hour is tried again soon at first.
	held := Wait{Every: 30 * time.Second, Settle: 3 * time.Second}
	looks := 0
	for gone := time.Duration(0); gone < 15*time.Minute; looks++ {
		s := Sight{What: SeenPending, Applied: true, InVain: true, Pending: gone, Wait: held}
		next := Observed(s).After
		if next < held.Settle || next > held.Settle && next > gone/6 || next > held.Every {
			t.Fatalf("after %s it is tried again in %s", gone, next)
		}
		s.After = time.Minute
		if o := Observed(s); o.After != s.After {
			t.Errorf("it is tried again in %s, and not when the step says", o.After)
		}
		gone += next
	}
	if looks < 30 || looks > 60 {
		t.Errorf("%d tries in a quarter of an hour", looks)
	}
	quick := Wait{Every: 5 * time.Second, Usual: time.Minute}
	if got := early(quick, 0); got != quick.Every {
		t.Errorf("what takes a minute is looked at every %s, want %s", got, quick.Every)
	}
}
