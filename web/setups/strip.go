package setups

import (
	"strconv"
	"strings"
	"time"

	"apifront/setup"
	"apifront/web"
)

// The strip shows the checks of a week, a bar for every three hours.
const (
	stripBars = 56
	StripSpan = 3 * time.Hour
	barWidth  = 12 // with the gap
)

// StripSince is where the first bar of a strip begins. Bars begin at the same hours
// for everybody, so they do not move under the reader.
func StripSince(now time.Time) time.Time {
	return now.Truncate(StripSpan).Add(-(stripBars - 1) * StripSpan)
}

// A Tally is how many checks of one bar saw the same.
type Tally struct {
	Bar    int // from 0
	Result setup.CheckResult
	Sight  setup.Sight
	Times  int
}

// A StripView is the strip, with a sentence that says the same.
type StripView struct {
	Label string
	Bars  []BarView
	From  string
}

// A BarView is what the checks of three hours saw at worst.
type BarView struct {
	X, Y, Height int
	Class        string // "bad", "warn", "none" for no traffic or nothing known (lower still: no check), "" for all right
}

// box is the size of the drawing.
func (v StripView) box() string {
	return "0 0 " + strconv.Itoa(stripBars*barWidth-barWidth/4) + " 28"
}

// What a check saw, from best to worst.
const (
	sawRight = iota
	sawNobody
	sawNothing
	sawWrong
	sawSilence
	sawKinds
)

// saw is what a check saw, in one word.
func saw(t Tally) int {
	switch {
	case !t.Result.Told():
		return sawNothing
	case t.Sight.Here == setup.Yes && t.Sight.Answers == setup.No:
		return sawSilence
	case t.Result == setup.CheckFindings:
		return sawWrong
	case t.Sight.Here == setup.No:
		return sawNobody
	}
	return sawRight
}

// newStrip draws a strip; nil if there was no check in the week.
func newStrip(times web.Times, tallies []Tally) *StripView {
	var worst [stripBars]int
	var n [sawKinds]int
	var silent []string // days, in order
	since := StripSince(times.Now)
	for _, t := range tallies {
		if t.Bar < 0 || t.Bar >= stripBars {
			continue
		}
		kind := saw(t)
		n[kind] += t.Times
		worst[t.Bar] = max(worst[t.Bar], kind+1)
		day := times.Day(since.Add(time.Duration(t.Bar) * StripSpan)).Text
		day = day[:strings.LastIndexByte(day, ' ')] // without the hour
		if kind == sawSilence && (len(silent) == 0 || silent[len(silent)-1] != day) {
			silent = append(silent, day)
		}
	}
	v := &StripView{From: times.Day(since).Text}
	for i, kind := range worst {
		b := BarView{X: i * barWidth, Y: 4, Height: 20}
		switch kind - 1 {
		case sawSilence:
			b.Class, b.Y, b.Height = "bad", 0, 28
		case sawWrong:
			b.Class = "warn"
		case sawNobody, sawNothing:
			b.Class, b.Y, b.Height = "none", 18, 6
		case sawRight:
		default: // nobody looked
			b.Class, b.Y, b.Height = "none", 22, 2
		}
		v.Bars = append(v.Bars, b)
	}
	if n == [sawKinds]int{} {
		return nil
	}
	var parts []string
	add := func(count int, text string) {
		if count > 0 {
			parts = append(parts, strconv.Itoa(count)+text)
		}
	}
	add(n[sawRight], " passed")
	add(n[sawNobody], " passed while DNS led elsewhere")
	add(n[sawWrong], " found something not right")
	where := ""
	if len(silent) > 0 {
		where = " on " + setup.And(silent)
	}
	add(n[sawSilence], " got no right answer"+where)
	add(n[sawNothing], " could not look")
	v.Label = "Checks of the last 7 days: " + strings.Join(parts, ", ")
	return v
}
