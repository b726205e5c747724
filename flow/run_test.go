package flow

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

var (
	began   = time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	trouble = &setup.Problem{What: "AWS did not answer.", Why: "It is slow.", Fix: "Re-run the step."}
	record  = []setup.Record{{Type: "CNAME", Name: "a.example.com", Value: "b.example.com"}}
)

// asked is how long AWS asks to wait before the next call.
const asked = 90_400 * time.Millisecond

// ended says whether a step in this state does nothing more by itself.
func ended(s setup.StepState) bool {
	return s.Finished() || s == setup.StepFailed || s == setup.StepCancelled
}

// outcomes returns all ways in which a pass over the step may end, by name.
func outcomes(r Run) map[string]Outcome {
	list := map[string]Outcome{"failed": Failed(trouble)}
	wait := Wait{Every: 5 * time.Second, Settle: time.Second, Limit: time.Hour, Usual: 5 * time.Minute}
	for what := SeenReady; what <= SeenPending; what++ {
		for _, s := range []Sight{{}, {Applied: true}, {Pending: time.Minute}, {Pending: 2 * time.Hour}, {Begun: 3 * time.Hour}} {
			if r.PendingSince.IsZero() {
				s.Pending = 0
			}
			for i, o := range []Outcome{{}, {Summary: "AWS is at it"}, {Summary: "A record is missing", Records: record, After: time.Minute}} {
				s.What, s.Title, s.Outcome = what, "Distribution", o
				list[fmt.Sprintf("saw %d %d %v %s %s", what, i, s.Applied, s.Pending, s.Begun)] = Observed(s)
				s.Wait = wait
				list[fmt.Sprintf("saw %d %d %v %s %s, waits", what, i, s.Applied, s.Pending, s.Begun)] = Observed(s)
			}
		}
	}
	for _, begun := range []time.Duration{0, 59 * time.Minute, 2 * time.Hour} {
		t := Trouble{Problem: trouble, Run: r, Begun: begun, Asked: asked}
		list[fmt.Sprint("tries again ", begun)] = Retry(t)
		list[fmt.Sprint("throttled ", begun)] = Throttled(t, 0)
		list[fmt.Sprint("throttled, late ", begun)] = Throttled(t, 0.999)
		list[fmt.Sprint("signs in ", begun)] = SignIn(t)
	}
	list["its turn"] = Turn(r, "Two are before it.", "AWS allows one every 30 s", false, time.Second)
	spot := func(held time.Duration) Outcome {
		return Outcome{State: setup.StepDone, Summary: "Done.", Held: setup.TurnWait{Waited: held, Limit: "AWS allows a few calls"}}
	}
	list["has waited on the spot"], list["has hardly waited on the spot"] = spot(3*time.Second), spot(time.Second)
	list["AWS is busy"] = Turn(r, "AWS makes another one.", "", true, time.Second)
	return list
}

// A moment is one possible state of a step, and whether a pass is under way.
type moment struct {
	Run
	pass bool
}

// sort returns what makes two moments different, leaving out the times.
func (m moment) sort() string {
	return fmt.Sprint(m.pass, m.State, m.Open, m.Tries, m.By, m.Attempt > 0, m.Summary, len(m.Records),
		m.StartedAt.IsZero(), m.PendingSince.IsZero(), m.FinishedAt.IsZero(), m.NextAt.IsZero(), m.Turn.Limit, m.Turn.Since.IsZero(), m.Turn.Waited > 0)
}

// A move is one act on a step.
type move struct {
	name        string
	before, now moment
	c           Change
	o           Outcome // of a pass that ended
	at          time.Time
}

// moves returns all that can happen to a step in this moment.
func moves(t *testing.T, m moment, at time.Time) (list []move) {
	t.Helper()
	add := func(name string, c Change, o Outcome, pass bool) {
		list = append(list, move{name, m, moment{c.Run, pass}, c, o, at})
	}
	if !m.pass && !ended(m.State) { // its time has come
		add("begins", Begin(m.Run, at), Outcome{}, true)
	}
	if m.pass {
		for name, o := range outcomes(m.Run) {
			c, err := Settle(m.Run, o, at)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			add(name, c, o, false)
		}
	}
	if !ended(m.State) {
		add("is cancelled", Cancel(m.Run, "Ada", at), Outcome{}, false)
	}
	add("is tried again", Reset(m.Run, "Ada"), Outcome{}, false)
	return list
}

// The laws hold whatever happens to a step, in whatever order.
func TestAStepHasLaws(t *testing.T) {
	t.Parallel()
	first := moment{Run: Run{State: setup.StepWaiting, By: setup.WorkerName}}
	seen, todo, made := map[string]bool{first.sort(): true}, []moment{first}, 0
	for at := began; len(todo) > 0; at = at.Add(time.Minute) {
		m := todo[0]
		todo = todo[1:]
		for _, x := range moves(t, m, at) {
			made++
			for law, held := range laws(x) {
				if !held {
					t.Errorf("%s: %+v %s and is %+v, told %q", law, m, x.name, x.now, x.c.Text)
				}
			}
			if k := x.now.sort(); !seen[k] {
				seen[k], todo = true, append(todo, x.now)
			}
		}
		if t.Failed() {
			return
		}
	}
	if len(seen) < 100 || made < 2000 {
		t.Errorf("%d moments and %d moves were looked at", len(seen), made)
	}
	t.Logf("%d moments, %d moves", len(seen), made)
}

// onTheSpot is the wait of calls for their turn that a move tells.
func onTheSpot(x move) time.Duration {
	if x.before.pass && x.o.State != "" && x.o.Held.Waited >= 2*time.Second {
		return x.o.Held.Waited
	}
	return 0
}

// laws says of each law whether it holds for the move.
func laws(x move) map[string]bool {
	before, now := x.before, x.now
	settled := before.pass && x.o.State != ""
	goesOn := !ended(now.State)
	return map[string]bool{
		"an attempt begins where none goes on, and has the next number": x.c.Opened == (now.Attempt == before.Attempt+1) && (!x.c.Opened || !before.Open && now.Open),
		"no number is given twice":                                      now.Attempt >= before.Attempt && now.Attempt <= before.Attempt+1,
		"an attempt ends once, and if it went on":                       (x.c.Closed != "") == (before.Open && !now.Open),
		"an attempt ends as what it came to":                            x.c.Closed == "" || x.c.Closed == setup.StepDone || x.c.Closed == setup.StepFailed || x.c.Closed == setup.StepCancelled,
		"what is done had an attempt that is done":                      now.State != setup.StepDone || x.c.Closed == setup.StepDone,
		"a pass has an attempt":                                         !now.pass || now.Open,
		"what has ended does nothing":                                   goesOn || !now.Open && now.NextAt.IsZero() && now.FinishedAt.Equal(x.at),
		"what goes on has not ended":                                    !goesOn || now.FinishedAt.IsZero(),
		"what goes on after a pass is looked at again":                  !settled || !goesOn || now.NextAt.Equal(x.at.Add(x.o.After)) && now.NextAt.After(x.at),
		"tries are bounded":                                             now.Tries < MaxTries,
		"only a try that failed is counted":                             now.Tries <= before.Tries || x.o.Retry && x.c.Closed == setup.StepFailed && now.Tries == before.Tries+1,
		"a turn and a throttled call spend no try":                      !settled || now.State != setup.StepWaiting || now.Tries == before.Tries && now.Open,
		"AWS is left alone for as long as it asks":                      !strings.HasPrefix(x.name, "throttled") && !strings.HasPrefix(x.name, "tries") || !goesOn || x.o.After >= asked || before.State == setup.StepNeedsYou,
		"what AWS is at counts from when it was first seen":             before.PendingSince.IsZero() || !goesOn || now.State == setup.StepNeedsYou || x.name == "is tried again" || now.PendingSince.Equal(before.PendingSince),
		"trouble does not end a wait for a person": !settled || before.State != setup.StepNeedsYou || !strings.HasPrefix(x.name, "throttled") && !strings.HasPrefix(x.name, "tries") ||
			now.State == setup.StepNeedsYou && now.Open && x.c.Closed == "" && now.Tries == 0,
		"who waits for AWS runs, who waits for others waits":            x.name != "AWS is busy" && x.name != "its turn" || now.State == map[bool]setup.StepState{true: setup.StepRunning, false: setup.StepWaiting}[x.name == "AWS is busy"],
		"the wait for a turn is counted while it lasts":                 before.Turn.Since.IsZero() || !now.pass || x.c.Opened || now.Turn.Since.IsZero() && now.Turn.Waited == before.Turn.Waited+x.at.Sub(before.Turn.Since) && now.Turn.Limit == before.Turn.Limit,
		"only a wait for a turn is counted":                             (now.Turn.Since.IsZero() || x.name == "its turn" && now.Turn.Since.Equal(x.at) || x.name == "is cancelled") && (now.Turn.Waited == before.Turn.Waited+onTheSpot(x) || now.pass || x.name == "is tried again"),
		"a wait on the spot names a limit, and not in place of another": onTheSpot(x) == 0 || now.Turn.Limit == cmp.Or(before.Turn.Limit, x.o.Held.Limit),
		"a new attempt has not waited":                                  !x.c.Opened || now.Turn == setup.TurnWait{},
		"AWS is not at what waits for a person":                         now.State != setup.StepNeedsYou || !settled || now.PendingSince.IsZero(),
		"a limit has a beginning":                                       !settled || now.State != setup.StepRunning || x.o.Retry || !now.PendingSince.IsZero(),
		"a step that began says when":                                   now.Attempt == before.Attempt && !now.Open || !now.StartedAt.IsZero() || x.name == "is tried again",
		"a new state is told":                                           now.State == before.State || x.c.Text != "",
		"a person is told at every look":                                !settled || now.State != setup.StepNeedsYou || x.c.Text != "",
		"nothing is told twice":                                         !settled || x.o.Retry || now.State != setup.StepRunning && now.State != setup.StepWaiting || before.State != now.State || before.Summary != now.Summary || len(before.Records) != len(now.Records) || x.c.Text == "",
		"what is told is one sentence":                                  !strings.Contains(x.c.Text, "\n") && strings.TrimSpace(x.c.Text) == x.c.Text,
		"a failure says why":                                            !settled || now.State != setup.StepFailed || x.o.Problem != nil && strings.HasPrefix(x.c.Text, "Failed: "+x.o.Problem.What),
	}
}

// A step that is tried again begins anew: it is like a new step, except for the
// number of its last attempt.
func TestAResetStepIsNew(t *testing.T) {
	t.Parallel()
	r := Run{
		State: setup.StepFailed, Summary: "x", Records: record, Attempt: 7, Tries: 3, By: setup.WorkerName,
		StartedAt: began, PendingSince: began, FinishedAt: began, NextAt: began,
	}
	c := Reset(r, "Ada")
	if got, want := fmt.Sprintf("%+v", c.Run), fmt.Sprintf("%+v", Run{State: setup.StepWaiting, Attempt: 7, By: "Ada"}); got != want {
		t.Errorf("it is %s, want %s", got, want)
	}
	if b := Begin(c.Run, began); b.Text != "Attempt 8 began, started by Ada." || b.By != setup.WorkerName {
		t.Errorf("it is told %q, and the next one is by %q", b.Text, b.By)
	}
}

// A step outlasts trouble that may pass by itself, without help, for about as
// long as a network outage lasts. The waits between its tries grow, and after
// the last one it fails. One look that goes well makes the count begin anew.
func TestTriesAreBounded(t *testing.T) {
	t.Parallel()
	r, at := Run{State: setup.StepWaiting}, began
	var last time.Duration
	for n := 1; ; n++ {
		r = Begin(r, at).Run
		o := Retry(Trouble{Problem: trouble, Run: r})
		c, err := Settle(r, o, at)
		if err != nil {
			t.Fatal(err)
		}
		if r = c.Run; r.State == setup.StepFailed {
			if n != MaxTries || r.Attempt != n || !strings.Contains(o.Problem.Why, fmt.Sprintf("tried %d times", n)) || strings.Contains(trouble.Why, "tried") {
				t.Errorf("it failed at try %d, attempt %d: %s", n, r.Attempt, o.Problem.Why)
			}
			break
		}
		if o.After < last {
			t.Errorf("after try %d it waits %s, before that %s", n, o.After, last)
		}
		last, at = o.After, r.NextAt
		if good, err := Settle(Begin(r, at).Run, Observed(Sight{What: SeenPending}), at); err != nil || good.Tries != 0 {
			t.Errorf("a look that went well leaves %d tries, %v", good.Tries, err)
		}
	}
	if gone := at.Sub(began); gone < 4*time.Minute || gone > 10*time.Minute {
		t.Errorf("it was given up after %s", gone)
	}
}

// For an hour, a step that AWS asks to slow down does not fail. After that,
// throttling is trouble like any other, and the step fails after MaxTries.
func TestThrottlingEnds(t *testing.T) {
	t.Parallel()
	r, at, tries := Begin(Run{State: setup.StepWaiting}, began).Run, began, 0
	for r.State != setup.StepFailed {
		if tries++; tries > 10_000 {
			t.Fatal("it goes on for ever")
		}
		c, err := Settle(r, Throttled(Trouble{Problem: trouble, Run: r, Begun: at.Sub(r.StartedAt)}, 0.5), at)
		if err != nil {
			t.Fatal(err)
		}
		if c.Closed != "" && at.Sub(began) < time.Hour {
			t.Errorf("an attempt failed after %s", at.Sub(began))
		}
		if r = c.Run; r.State == setup.StepFailed {
			break
		}
		at = r.NextAt
		r = Begin(r, at).Run
	}
	if gone := at.Sub(began); gone < time.Hour || gone > 90*time.Minute || tries > 300 {
		t.Errorf("it was given up after %s and %d calls", gone, tries)
	}
}

// A step that waits for a person is looked at less and less often, at last
// every five minutes, and no attempt is spent on that.
func TestPatience(t *testing.T) {
	t.Parallel()
	var last time.Duration
	for begun := time.Duration(0); begun < 100*time.Hour; begun += 7 * time.Minute {
		for _, o := range []Outcome{
			SignIn(Trouble{Problem: trouble, Begun: begun}),
			Observed(Sight{What: SeenPerson, Begun: begun, Wait: Wait{Every: 20 * time.Second}}),
		} {
			if o.After < max(last, 20*time.Second) || o.After > 5*time.Minute || o.After > max(20*time.Second, begun/30) {
				t.Errorf("after %s the next look comes in %s, before that it was %s", begun, o.After, last)
			}
			last = o.After
		}
	}
}

// A step waits for AWS until its limit, or for an hour if it has none. Then the
// problem tells what was seen last, unless the step has a problem of its own.
// After a change the next look comes after Settle, unless the step itself says
// when.
func TestALimitIsKept(t *testing.T) {
	t.Parallel()
	for _, limit := range []time.Duration{0, time.Minute, 3 * time.Hour} {
		until := limit
		if limit == 0 {
			until = time.Hour
		}
		for pending := time.Duration(0); pending < 4*time.Hour; pending += time.Second / 2 * 59 {
			s := Sight{What: SeenPending, Pending: pending, Title: "Distribution", Wait: Wait{Limit: limit, Settle: 3 * time.Second}, Outcome: Outcome{Summary: "in progress"}}
			o := Observed(s)
			if over := o.State == setup.StepFailed; over != (pending >= until) || !over && o.State != setup.StepRunning {
				t.Errorf("with a limit of %s it is %s after %s", limit, o.State, pending)
			}
			if o.State == setup.StepFailed {
				if o.Problem == nil || !strings.Contains(o.Problem.What+o.Problem.Why, until.String()) || !strings.HasSuffix(o.Problem.Why, "in progress") || o.Problem.Fix == "" {
					t.Errorf("after %s it says %+v", pending, o.Problem)
				}
				s.Problem = trouble
				if o := Observed(s); o.Problem != trouble {
					t.Errorf("after %s it says %+v, and not what the step says", pending, o.Problem)
				}
				continue
			}
			s.Applied = true
			if o := Observed(s); o.After != s.Wait.Settle {
				t.Errorf("%s after a change it looks again in %s", pending, o.After)
			}
			s.After = 7 * time.Second
			if o := Observed(s); o.After != s.After {
				t.Errorf("it looks again in %s, and not when the step says", o.After)
			}
		}
	}
	s := Sight{What: SeenForeign, Title: "Distribution", Outcome: Outcome{Problem: trouble}}
	if o := Observed(s); o.Problem != trouble {
		t.Errorf("of something foreign it says %+v, and not what the step says", o.Problem)
	}
}

// A state in which a pass cannot end is an error.
func TestOutcomesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, state := range []setup.StepState{setup.StepSkipped, setup.StepCancelled, "", "odd"} {
		if c, err := Settle(Run{State: setup.StepRunning}, Outcome{State: state}, began); err == nil {
			t.Errorf("%q makes %+v", state, c)
		}
	}
}
