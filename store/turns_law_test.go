package store

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"apifront/setup"
)

// quota is AWS's in the laws of turns.
const quota = 30 * time.Second

// A waiter is somebody in a line of the law.
type waiter struct {
	job  int64
	told time.Time // when it is to come
	come time.Time // when it comes
	gone bool
}

func (w *waiter) holder() string { return Holder(w.job, "domain") }

// A queue is a line of waiters in the order of their arrival, as it should be.
type queue struct {
	t      *testing.T
	s      *Store
	chance *rand.Rand
	line   []*waiter
	last   time.Time // the last turn
	held   time.Time // AWS wants to be left alone until
	turns  int
}

// ask is one holder that asks for its turn, with the laws of the answer.
func (q *queue) ask(w *waiter) (mine bool) {
	q.t.Helper()
	now := time.Now()
	wait, err := q.s.TakeTurn(q.t.Context(), "k", w.holder(), quota)
	must(q.t, err)
	if !slices.Contains(q.line, w) {
		q.line = append(q.line, w)
	}
	ahead := q.line[:slices.Index(q.line, w)]
	expected := slices.DeleteFunc(slices.Clone(ahead), func(o *waiter) bool { return now.Sub(o.told) >= quota/2 })
	if wait > 0 {
		if longest := max(time.Until(q.held), 0) + time.Duration(len(expected)+1)*quota; wait > longest {
			q.t.Errorf("job %d is to wait %s behind %d others", w.job, wait, len(expected))
		}
		w.told = now.Add(wait)
		return false
	}
	if since := now.Sub(q.last); since < quota || now.Before(q.held) {
		q.t.Errorf("job %d has its turn %s after the one before, and AWS is held until %s", w.job, since, q.held)
	}
	for _, o := range expected {
		q.t.Errorf("job %d has its turn before job %d, which came earlier and was told to come at %s", w.job, o.job, o.told)
	}
	q.line = slices.DeleteFunc(q.line, func(o *waiter) bool { return o == w })
	q.last, q.turns = now, q.turns+1
	return true
}

// leave gives up a waiter's places, as a cancel does.
func (q *queue) leave(w *waiter) {
	q.t.Helper()
	must(q.t, q.s.write(q.t.Context(), func(t *tx) error {
		return t.leaveLines(q.t.Context(), stepRow{v: setup.Step{JobID: w.job, ID: "domain"}})
	}))
	q.line = slices.DeleteFunc(q.line, func(o *waiter) bool { return o == w })
}

// Holders come, come late or never again, are refused by AWS in their turn, and
// give up, in any order: turns keep their distance, who came first is first unless it is
// late, nobody waits longer than the line, and everybody has its turn.
func TestTurnsHaveLaws(t *testing.T) {
	path := databaseName(t)
	if isPostgres(path) {
		path += "&apifront_listen=off"
	}
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), path)
		must(t, err)
		defer func() { must(t, s.Close()) }()
		turns, late, refused, left := 0, 0, 0, 0
		for round := range uint64(6) {
			time.Sleep(time.Hour)
			q := &queue{t: t, s: s, chance: rand.New(rand.NewPCG(3, round))}
			var due []*waiter
			for n := range 12 {
				due = append(due, &waiter{job: int64(100*round) + int64(n), come: time.Now().Add(time.Duration(q.chance.IntN(120_000)) * time.Millisecond)})
			}
			for asked := 0; len(due) > 0; asked++ {
				if asked > 300 {
					t.Fatalf("after %d questions %d still wait: somebody is starved", asked, len(due))
				}
				slices.SortStableFunc(due, func(a, b *waiter) int { return cmp.Or(a.come.Compare(b.come), cmp.Compare(a.job, b.job)) })
				w := due[0]
				time.Sleep(time.Until(w.come))
				switch {
				case q.chance.IntN(12) == 0 && slices.Contains(q.line, w):
					if w.gone = true; q.chance.IntN(2) == 0 {
						break // without a word
					}
					q.leave(w)
					left++
				case !q.ask(w):
					w.come = w.told
					if q.chance.IntN(6) == 0 { // its process died, and another one takes over
						w.come, late = w.come.Add(time.Duration(q.chance.IntN(40_000))*time.Millisecond), late+1
					}
				case q.chance.IntN(6) == 0:
					wait := time.Duration(1+q.chance.IntN(120)) * time.Second
					must(t, s.HoldTurns(t.Context(), "k", w.holder(), wait))
					if till := time.Now().Add(wait); till.After(q.held) {
						q.held = till
					}
					w.told = time.Now().Add(wait)
					w.come, q.line, refused = w.told, slices.Insert(q.line, 0, w), refused+1
				default:
					w.gone = true
				}
				due = slices.DeleteFunc(due, func(w *waiter) bool { return w.gone })
			}
			turns += q.turns
		}
		t.Logf("%d turns, %d came late, %d were refused, %d gave up", turns, late, refused, left)
		if late == 0 || refused == 0 || left == 0 {
			t.Error("not everything happened")
		}
	})
}

// A place that is given up is nobody's: all behind it move up at once.
func TestGivenUpPlacesMoveTheLine(t *testing.T) {
	path := databaseName(t)
	if isPostgres(path) {
		path += "&apifront_listen=off"
	}
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), path)
		must(t, err)
		defer func() { must(t, s.Close()) }()
		b := &board{rung: map[int64]int64{}}
		s.SetBell(b)
		var jobs []int64
		for _, name := range []string{"a.example.com", "b.example.com", "c.example.com", "d.example.com"} {
			job := start(t, s, draft(t, s, name).ID)
			p := claim(t, s, job, "a")
			wait, err := s.TakeTurn(t.Context(), "k", Holder(job, "a"), quota)
			must(t, err)
			if want := time.Duration(len(jobs)) * quota; wait != want {
				t.Fatalf("%s waits %s, want %s", name, wait, want)
			}
			must(t, s.Settle(t.Context(), p, Outcome{State: setup.StepWaiting, After: wait}))
			jobs = append(jobs, job)
		}
		time.Sleep(10 * time.Second)
		must(t, s.CancelJob(t.Context(), jobs[1], "Ada"))
		for i, job := range jobs {
			next, soon := row(t, s, job, "a").nextAt, ms(time.Now())
			if behind := i > 1; behind != (next > 0 && next <= soon) && i > 0 {
				t.Errorf("job %d is to be looked at at %d, and now is %d", job, next, soon)
			}
		}
		for i, want := range map[int]time.Duration{2: 20 * time.Second, 3: 50 * time.Second} {
			p := claim(t, s, jobs[i], "a")
			wait, err := s.TakeTurn(t.Context(), "k", Holder(jobs[i], "a"), quota)
			if err != nil || wait != want {
				t.Errorf("after the cancel job %d waits %s, want %s (%v)", jobs[i], wait, want, err)
			}
			must(t, s.Settle(t.Context(), p, Outcome{State: setup.StepWaiting, After: wait}))
		}
		// So does a step that fails while it waits.
		time.Sleep(time.Second)
		p := claim(t, s, jobs[2], "a")
		must(t, s.Settle(t.Context(), p, Outcome{State: setup.StepFailed, Problem: &setup.Problem{What: "It failed."}}))
		if wait, err := s.TakeTurn(t.Context(), "k", Holder(jobs[3], "a"), quota); err != nil || wait != 19*time.Second {
			t.Errorf("after the failure the last one waits %s, want 19s (%v)", wait, err)
		}
	})
}

// A clock that jumps back by an hour makes nobody wait longer than the line is.
func TestTurnsWhenTheClockJumps(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	for _, h := range []string{"a", "b", "c"} {
		_, err := s.TakeTurn(ctx, "k", h, quota)
		must(t, err)
	}
	must(t, s.HoldTurns(ctx, "k", "a", time.Minute))
	hour := time.Hour.Milliseconds()
	must(t, s.write(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, `UPDATE turns SET last_at = last_at + $1, held_till = held_till + $1`, hour); err != nil {
			return err
		}
		_, err := t.exec(ctx, `UPDATE places SET at = at + $1`, hour)
		return err
	}))
	for i, h := range []string{"a", "b", "c", "d"} {
		wait, err := s.TakeTurn(ctx, "k", h, quota)
		if longest := longestHold + time.Duration(i+1)*quota; err != nil || wait > longest {
			t.Errorf("%s waits %s, want at most %s (%v)", h, wait, longest, err)
		}
	}
}
