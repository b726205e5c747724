package flow

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// looksUntil looks as the wait says until AWS is done, and returns what that job
// tells, how late the last look was, and how many there were.
func looksUntil(wait Wait, done time.Duration) (took Took, late time.Duration, looks int) {
	var gone, before time.Duration
	for {
		o := Observed(Sight{What: SeenPending, Wait: wait, Pending: gone})
		before, gone = gone, gone+o.After
		looks++
		if gone >= done {
			return Took{Whole: gone, Unready: before, Ready: gone}, gone - done, looks
		}
	}
}

// What always takes as long is looked at ever closer to its end, with hardly more
// looks than before anything was known.
func TestLooksComeWhenEarlierJobsWereDone(t *testing.T) {
	for _, done := range []time.Duration{10 * time.Second, 20 * time.Second, 130 * time.Second, 5 * time.Minute} {
		wait := Wait{Every: 5 * time.Second, Limit: time.Hour, Usual: 5 * time.Minute}
		_, first, most := looksUntil(wait, done)
		var late time.Duration
		var looks int
		for range Enough + 2 {
			var took Took
			took, late, looks = looksUntil(wait, done)
			wait.Seen = append(wait.Seen, took)
		}
		if bound := max(done/50, 2*shortestLook); late > bound || late > first {
			t.Errorf("what takes %s is seen %s late after %d jobs, and %s at first; want at most %s", done, late, len(wait.Seen), first, bound)
		}
		if looks > max(most, 5) {
			t.Errorf("what takes %s is looked at %d times, and %d times at first", done, looks, most)
		}
	}
}

// What always takes some seconds is looked at once more when it is done, and hardly
// ever before; that it has become faster is noticed all the same.
func TestLooksAtShortWaitsAreFew(t *testing.T) {
	wait := Wait{Every: 5 * time.Second, Limit: time.Hour, Usual: time.Minute}
	looks, jobs := 0, 100
	job := func(done time.Duration) int {
		took, _, n := looksUntil(wait, done)
		wait.Seen = append(wait.Seen[max(0, len(wait.Seen)-39):], took)
		return n
	}
	for n := range jobs {
		if n < 10 {
			job(45 * time.Second) // it learns
			continue
		}
		looks += job(45 * time.Second)
	}
	if most := (jobs - 10) * 3 / 2; looks > most {
		t.Errorf("%d looks in %d jobs, want at most %d", looks, jobs-10, most)
	}
	for range 40 {
		job(5 * time.Second)
	}
	if _, late, _ := looksUntil(wait, 5*time.Second); late > 10*time.Second {
		t.Errorf("40 jobs after AWS takes 5 s and not 45 s, it is seen %s late", late)
	}
}

// Where AWS refuses a try for now, tries come when earlier ones were taken: no more
// than two, where none is known to be too early.
func TestTriesComeWhenEarlierOnesWereTaken(t *testing.T) {
	wait := Wait{Every: 5 * time.Second, Settle: 5 * time.Second, Limit: 10 * time.Minute, Usual: 5 * time.Second}
	const taken = 14 * time.Second
	tries := func() (n int, late time.Duration) {
		var gone, before time.Duration
		for gone < taken {
			o := Observed(Sight{What: SeenPending, Wait: wait, Pending: gone, Applied: true, InVain: true})
			if o.Learned == (len(wait.Seen) < Enough) {
				t.Fatalf("with %d jobs: %+v", len(wait.Seen), o)
			}
			before, gone = gone, gone+o.After
			n++
		}
		wait.Seen = append(wait.Seen, Took{Whole: gone, Unready: before, Ready: gone})
		return n, gone - taken
	}
	for range Enough {
		tries()
	}
	for range 5 {
		if n, late := tries(); n > 2 || late > 2*time.Second {
			t.Errorf("after %d jobs: taken at try %d, %s late", len(wait.Seen)-1, n, late)
		}
	}
}

// Whatever AWS takes, and whatever earlier jobs saw, the look that finds it done comes
// no later than without earlier jobs: at most Every or a thirtieth of the time after,
// whichever is more. What is done before the window of earlier jobs begins is found as
// long after that. What takes longer than ever is, from the look on that says so, found
// at most as late as it took longer. Between two tries there are at least six seconds
// more.
func TestLooksAreNeverFarApart(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for n := range 3000 {
		tries := n%5 == 0
		usual := time.Duration(float64(time.Second) * math.Exp(7*random.Float64()))
		spread := 0.5 * random.Float64() * float64(n%2) // every second time AWS always takes the same
		takes := func() time.Duration { return time.Duration(float64(usual) * math.Exp(spread*random.NormFloat64())) }
		wait := Wait{Every: time.Duration(1+random.IntN(30)) * time.Second, Settle: 2 * time.Second, Limit: 1 << 60, Usual: takes()}
		for range Enough + random.IntN(30) {
			took, _, _ := looksUntil(wait, takes())
			wait.Seen = append(wait.Seen, took)
		}
		from, to, _, jobs := window(wait.Seen)
		done := time.Duration(float64(usual) * math.Exp(random.NormFloat64()))
		var gone time.Duration
		overdue := false
		for gone < done {
			overdue = gone >= to
			gone += Observed(Sight{What: SeenPending, Wait: wait, Pending: gone, Applied: tries, InVain: tries}).After
		}
		end := max(from, done)
		bound := max(wait.Every, end/30) + shortestLook
		if tries {
			bound = max(bound, 6*time.Second)
		}
		if overdue && !tries {
			bound = min(bound, max(done-to, from/closest+shortestLook))
		}
		if late := gone - end; jobs >= Enough && late > bound {
			t.Fatalf("what took %s, usually %s from %s on (every %s, spread %.2f, tries: %t), is seen %s late after %d jobs, want at most %s",
				done, usual, from, wait.Every, spread, tries, late, len(wait.Seen), bound)
		}
	}
}

// Where AWS takes another time in each job, some more and some less, there are far
// fewer looks than without earlier jobs, though it is seen hardly later.
func TestLooksAtWhatVariesAreFew(t *testing.T) {
	for _, c := range []struct {
		spread    float64
		part      int           // of the looks without earlier jobs, at most
		lateBound time.Duration // more than without earlier jobs, in the mean
	}{{0.05, 8, 3 * time.Second}, {0.1, 5, 3 * time.Second}, {0.2, 3, 3 * time.Second}} {
		random := rand.New(rand.NewPCG(5, 6))
		fresh := Wait{Every: 5 * time.Second, Limit: 3 * time.Hour, Usual: 5 * time.Minute}
		wait := fresh
		var late, lateFresh time.Duration
		var looks, looksFresh int
		const jobs = 400
		for n := range jobs + 10 {
			done := time.Duration(float64(5*time.Minute) * math.Exp(c.spread*random.NormFloat64()))
			took, l, k := looksUntil(wait, done)
			wait.Seen = append(wait.Seen[max(0, len(wait.Seen)-39):], took)
			if n >= 10 {
				late, looks = late+l, looks+k
				_, l, k = looksUntil(fresh, done)
				lateFresh, looksFresh = lateFresh+l, looksFresh+k
			}
		}
		if looks > looksFresh/c.part || late > lateFresh+jobs*c.lateBound {
			t.Errorf("spread %.2f: in %d jobs it is seen %s late with %d looks, without earlier jobs %s with %d", c.spread, jobs, late, looks, lateFresh, looksFresh)
		}
	}
}

// AWS that was far faster in one job only is looked at from the beginning once, by the
// next job, and not by all that follow.
func TestOneFastJobIsNoRule(t *testing.T) {
	wait := Wait{Every: 5 * time.Second, Limit: 3 * time.Hour, Usual: 5 * time.Minute}
	job := func(done time.Duration) (looks int) {
		took, _, looks := looksUntil(wait, done)
		wait.Seen = append(wait.Seen, took)
		return looks
	}
	for _, done := range []time.Duration{5 * time.Minute, 330 * time.Second, 310 * time.Second, 340 * time.Second} {
		job(done)
	}
	if n := job(225 * time.Second); n != 1 { // by the look that comes before the window
		t.Fatalf("%d looks at what was far faster", n)
	}
	if n := job(280 * time.Second); n < 20 {
		t.Errorf("%d looks right after it: nobody knows whether AWS has become faster", n)
	}
	for range 5 {
		if n := job(305 * time.Second); n > 20 {
			t.Errorf("%d looks: one fast job is the rule", n)
		}
	}
}

// What always takes the same is soon looked at once in each job, hardly late, and
// about every third time before, to notice that AWS has become faster. A try is not
// made earlier to learn, where that costs more than it may win.
func TestLooksAtWhatNeverVariesAreFew(t *testing.T) {
	for _, done := range []time.Duration{8 * time.Second, 47 * time.Second, 2 * time.Minute, 5 * time.Minute} {
		wait := Wait{Every: 5 * time.Second, Limit: time.Hour, Usual: time.Minute}
		const jobs = 30
		sum := 0
		for n := range jobs {
			took, late, looks := looksUntil(wait, done)
			wait.Seen = append(wait.Seen, took)
			if n < 10 {
				continue
			}
			sum += looks
			if bound := max(done/closest, 2*shortestLook); late > bound {
				t.Errorf("what always takes %s is seen %s late in job %d, want at most %s", done, late, n+1, bound)
			}
		}
		if sum > (jobs-10)*14/10 {
			t.Errorf("what always takes %s is looked at %d times in %d jobs", done, sum, jobs-10)
		}
	}
	window := Took{Unready: 10 * time.Second, Ready: 15 * time.Second}
	s := Sight{What: SeenPending, Wait: Wait{Every: 5 * time.Second, Seen: []Took{window, window, window}}, Applied: true, InVain: true}
	if o := Observed(s); o.After < window.Ready || o.After > window.Ready+time.Second {
		t.Errorf("it is tried in %s, and all know that it works after %s", o.After, window.Ready)
	}
}

// The first look is left out only where all earlier jobs waited for AWS, and one of
// the newest saw it at work later than at once.
func TestTheFirstLookIsLeftOutWhereAllWaited(t *testing.T) {
	waited, found, atOnce := Took{Unready: 3, Ready: 5}, Took{Ready: 5}, Took{}
	for _, c := range []struct {
		seen []Took
		want bool
	}{
		{[]Took{waited, waited}, false},
		{[]Took{waited, waited, waited}, true},
		{[]Took{waited, atOnce, waited, waited}, false},
		{[]Took{waited, found, found, found}, true},
		{append([]Took{waited}, slices.Repeat([]Took{found}, 9)...), false},
	} {
		if got := Waits(c.seen); got != c.want {
			t.Errorf("after %v it is %t", c.seen, got)
		}
	}
}

// What takes another time in each job is never seen later than it is without
// earlier jobs, but for a look's length, and is not asked for more often.
func TestLooksAtWhatVaries(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	fresh := Wait{Every: 5 * time.Second, Limit: 3 * time.Hour, Usual: 5 * time.Minute}
	wait := fresh
	var late, lateFresh time.Duration
	var looks, looksFresh int
	const jobs = 300
	for range jobs {
		done := 2*time.Minute + time.Duration(random.Int64N(int64(6*time.Minute)))
		took, l, n := looksUntil(wait, done)
		late, looks = late+l, looks+n
		_, l, n = looksUntil(fresh, done)
		lateFresh, looksFresh = lateFresh+l, looksFresh+n
		wait.Seen = append(wait.Seen[max(0, len(wait.Seen)-30):], took)
	}
	if late > lateFresh+jobs*time.Second || looks > looksFresh {
		t.Errorf("in %d jobs it is seen %s late with %d looks, without earlier jobs %s with %d", jobs, late, looks, lateFresh, looksFresh)
	}
}

// When AWS becomes faster, or slower, that is noticed.
func TestLooksFollowAWS(t *testing.T) {
	for _, next := range []time.Duration{time.Minute, 3 * time.Minute, 20 * time.Minute} {
		wait := Wait{Every: 5 * time.Second, Limit: 3 * time.Hour, Usual: 5 * time.Minute}
		for range 10 {
			took, _, _ := looksUntil(wait, 5*time.Minute)
			wait.Seen = append(wait.Seen, took)
		}
		var late time.Duration
		for n := range 30 {
			var took Took
			took, late, _ = looksUntil(wait, next)
			wait.Seen = append(wait.Seen[max(0, len(wait.Seen)-30):], took)
			if _, fresh, _ := looksUntil(Wait{Every: wait.Every, Limit: wait.Limit, Usual: wait.Usual}, next); n == Enough && late > max(next/2, 3*fresh) {
				t.Errorf("%d jobs after AWS takes %s and not 5 minutes, it is seen %s late", n, next, late)
			}
		}
		if late > max(next/20, wait.Every) {
			t.Errorf("30 jobs after AWS takes %s and not 5 minutes, it is seen %s late", next, late)
		}
	}
}

func TestQuantile(t *testing.T) {
	if got := Quantile(nil, 0.5); got != 0 {
		t.Errorf("of nothing: %s", got)
	}
	times := []time.Duration{5, 1, 4, 2, 3}
	for p, want := range map[float64]time.Duration{0: 1, 0.5: 3, 0.9: 5, 1: 5} {
		if got := Quantile(times, p); got != want {
			t.Errorf("%v of %v is %d, want %d", p, times, got, want)
		}
	}
	if times[0] != 5 {
		t.Error("the times were sorted in place")
	}
}
