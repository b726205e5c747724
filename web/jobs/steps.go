package jobs

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
	"apifront/web"
)

// stepRows makes the list of steps.
func stepRows(f Facts, base string) []StepRow {
	rows := make([]StepRow, 0, len(f.Steps))
	for _, s := range f.Steps {
		rows = append(rows, stepRow(f, base, s))
	}
	return rows
}

func stepRow(f Facts, base string, s setup.Step) StepRow {
	r := StepRow{
		ID: string(s.ID), Number: s.Number, Name: s.Title, Meta: stepMeta(f, s),
		Open: s.State == setup.StepFailed || f.Earlier == s.ID, Why: f.About[s.ID].Why,
		What: callColumn(f.Calls[s.ID]), Log: base + "/log.json?step=" + url.QueryEscape(string(s.ID)),
	}
	r.State, r.Word = stepLook(s.State)
	attempts := attemptsOf(f.Attempts, s.ID)
	r.Took, r.Since = stepTook(f, s, attempts)
	r.Bars = bars(f, attempts)

	calls := f.Calls[s.ID]
	var left int
	var before int64
	r.Rows, left, before = callRows(f.Times, calls, attempts)
	r.Earlier, r.Logged = left, len(r.Rows) > 0 || f.CallCount[s.ID] > 0
	if f.Earlier != s.ID {
		r.Earlier += max(f.CallCount[s.ID]-len(calls), 0)
	}
	trouble, hoped := survived(s, attempts, calls)
	r.Told = append(slices.Clone(trouble), hoped...)
	if f.Over != nil { // not all calls are read each time
		trouble = f.Over[s.ID]
	}
	r.Meta = joinSentences(append([]string{r.Meta}, trouble...))
	if r.Earlier > 0 {
		r.EarlierURL = fmt.Sprintf("%s?step=%s&from=%d#step-%s", base, url.QueryEscape(string(s.ID)), before, s.ID)
	}
	if looks := f.Seen[s.ID]; len(looks) > 0 {
		few := sawOf(f.Times, looks[0]).few()
		r.Saw, r.SeenURL = &few, SeenURL(base, s.ID)
	}
	if s.State == setup.StepDone {
		r.Console = madeBy(f, s.ID)
	}
	if f.Reruns(s) {
		r.Again = base + "/steps/" + string(s.ID) + "/rerun-from"
	}
	return r
}

// no is the number of a step; "" if it is skipped.
func (s StepRow) no() string { return stepNo(s.Number) }

func stepNo(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func attemptsOf(all []setup.Attempt, step setup.StepID) []setup.Attempt {
	var own []setup.Attempt
	for _, a := range all {
		if a.StepID == step {
			own = append(own, a)
		}
	}
	return own
}

// stepMeta is the line under a step's title.
func stepMeta(f Facts, s setup.Step) string {
	var parts []string
	switch s.State {
	case setup.StepWaiting:
		if waits := waitsFor(f, s); waits != "" {
			return waits
		}
		parts = append(parts, cmp.Or(s.Summary, s.Service))
	case setup.StepRunning:
		parts = append(parts, cmp.Or(s.Summary, s.Service))
		if about := f.About[s.ID]; !f.Forecast.Unknown || about.Jobs > 0 { // what the definition says is of the real AWS
			parts = append(parts, usually(about))
		}
		parts = append(parts, waitsUntil(f, s))
	case setup.StepSkipped:
		parts = append(parts, "Skipped", s.Summary)
	case setup.StepCancelled:
		parts = append(parts, "Cancelled", s.Summary)
	case setup.StepDone, setup.StepFailed, setup.StepNeedsYou:
		parts = append(parts, cmp.Or(s.Summary, s.Service))
	}
	if s.Attempt > 1 {
		parts = append(parts, setup.Count(s.Attempt, "attempt"))
	}
	return joinSentences(parts)
}

// waitsUntil is when a step that waits for a known time goes on: "Waits until 14:05"; ""
// where it looks often.
func waitsUntil(f Facts, s setup.Step) string {
	if s.CheckedAt.IsZero() || !s.NextAt.After(f.Times.Now) || s.NextAt.Sub(s.CheckedAt) <= max(f.About[s.ID].Every, time.Minute) {
		return ""
	}
	return "Waits until " + f.Times.Minute(s.NextAt.Add(time.Minute-1)).Text
}

// usually is how long a step takes, if that is worth waiting for. With a history it
// says how long it may take as well.
func usually(about StepAbout) string {
	switch {
	case about.Usual < time.Minute && about.Most < time.Minute:
		return ""
	case about.Jobs > 0:
		return fmt.Sprintf("Usually %s, up to %s in the last %d jobs here", minutes(about.Usual), minutes(about.Most), about.Jobs)
	default:
		return "Usually " + setup.Span(about.Usual)
	}
}

// joinSentences puts parts in one line as sentences. The last one has no full
// stop.
func joinSentences(parts []string) string {
	var b strings.Builder
	for i, p := range parts {
		p = strings.TrimSuffix(strings.TrimSpace(p), ".")
		if p == "" {
			continue
		}
		if i > 0 && b.Len() > 0 {
			b.WriteString(". ")
		}
		b.WriteString(p)
	}
	return b.String()
}

// waitsFor says which unfinished steps a step starts after: "Starts after
// steps 8 and 10".
func waitsFor(f Facts, s setup.Step) string {
	var numbers []int
	for _, o := range f.Steps {
		for _, need := range s.Needs {
			if o.ID == need && !o.State.Finished() {
				numbers = append(numbers, o.Number)
			}
		}
	}
	if len(numbers) == 0 {
		return ""
	}
	return "Starts after " + stepsOf(numbers)
}

// stepsOf names steps by their numbers: "step 3", "steps 1 to 6 and 8".
func stepsOf(numbers []int) string {
	if len(numbers) == 1 {
		return "step " + strconv.Itoa(numbers[0])
	}
	return "steps " + ranges(numbers)
}

// ranges are numbers with three and more in a row as one: "1 to 6 and 8".
func ranges(numbers []int) string {
	var words []string
	for i := 0; i < len(numbers); {
		n := 1
		for i+n < len(numbers) && numbers[i+n] == numbers[i]+n {
			n++
		}
		if n < 3 {
			n = 1
			words = append(words, strconv.Itoa(numbers[i]))
		} else {
			words = append(words, fmt.Sprintf("%d to %d", numbers[i], numbers[i+n-1]))
		}
		i += n
	}
	return setup.And(words)
}

// stepTook is how long a step has worked since a person began it last, or since when
// it runs. The pauses between attempts do not count.
func stepTook(f Facts, s setup.Step, attempts []setup.Attempt) (string, int64) {
	from, to := s.StartedAt, s.FinishedAt
	if own := ofItself(attempts); len(own) > 0 {
		last := own[len(own)-1]
		from, to = last.StartedAt, last.FinishedAt
		for _, a := range own[:len(own)-1] {
			if !a.FinishedAt.IsZero() {
				from = from.Add(-max(a.FinishedAt.Sub(a.StartedAt), 0))
			}
		}
	}
	switch {
	case from.IsZero() || s.State == setup.StepSkipped || s.State == setup.StepWaiting:
		return "", 0
	case s.State == setup.StepRunning || s.State == setup.StepNeedsYou:
		return web.LongTime(f.Times.Now.Sub(from)), web.Millis(from)
	case to.IsZero():
		return "", 0
	default:
		return web.Took(to.Sub(from)), 0
	}
}

// axis is the width of the time axis, minBar the narrowest mark on it.
const (
	axis   = 152.0
	minBar = 2.5
)

// bars draws one mark for each attempt on the axis from the job's start to
// its end, or to now.
func bars(f Facts, attempts []setup.Attempt) []Bar {
	from, to := web.Began(f.Job), f.Times.Now
	if !f.Job.State.Active() && !f.Job.FinishedAt.IsZero() {
		to = f.Job.FinishedAt
	}
	span := max(to.Sub(from), time.Second)
	var out []Bar
	for _, a := range attempts {
		if a.StartedAt.IsZero() {
			continue
		}
		end := a.FinishedAt
		if end.IsZero() {
			end = to
		}
		w := max(float64(end.Sub(a.StartedAt))/float64(span)*axis, minBar)
		w = min(w, axis)
		x := min(max(float64(a.StartedAt.Sub(from))/float64(span)*axis, 0), axis-w)
		class, _ := stepLook(a.State)
		if class != iconDone && class != iconFailed && class != iconYou {
			class = iconRunning
		}
		out = append(out, Bar{Class: class, X: units(x), W: units(w)})
	}
	return out
}

func units(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
