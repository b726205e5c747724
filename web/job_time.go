package web

import (
	"fmt"
	"strconv"
	"time"
)

// A Clock writes times as the person who looks at the page reads them: Now is
// when the page was made, Loc the viewer's time zone (nil: UTC).
type Clock struct {
	Now time.Time
	Loc *time.Location
}

// A Moment is a time on a page: Text for people, ISO for the datetime
// attribute.
type Moment struct {
	Text string
	ISO  string
}

func (c Clock) in(t time.Time) time.Time {
	if c.Loc == nil {
		return t.UTC()
	}
	return t.In(c.Loc)
}

func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func (c Clock) today(t time.Time) bool {
	return c.in(t).Format(time.DateOnly) == c.in(c.Now).Format(time.DateOnly)
}

// Second is a time to the second: "14:02:11" today, "20 Nov 15:10:04" before.
// The zero time gives the zero Moment, here and below.
func (c Clock) Second(t time.Time) Moment { return c.moment(t, "15:04:05") }

// Minute is a time to the minute: "14:02" today, "20 Nov 15:10" before.
func (c Clock) Minute(t time.Time) Moment { return c.moment(t, "15:04") }

func (c Clock) moment(t time.Time, layout string) Moment {
	switch {
	case t.IsZero():
		return Moment{}
	case c.today(t):
		return Moment{c.in(t).Format(layout), iso(t)}
	case c.in(t).Year() == c.in(c.Now).Year():
		return Moment{c.in(t).Format("2 Jan " + layout), iso(t)}
	default:
		return Moment{c.in(t).Format("2 Jan 2006 " + layout), iso(t)}
	}
}

// Stamp is a date and a time whatever the day: "21 Nov 14:02".
func (c Clock) Stamp(t time.Time) Moment {
	if t.IsZero() {
		return Moment{}
	}
	layout := "2 Jan 15:04"
	if c.in(t).Year() != c.in(c.Now).Year() {
		layout = "2 Jan 2006 15:04"
	}
	return Moment{c.in(t).Format(layout), iso(t)}
}

// Date is a day: "7 Jun 2027".
func (c Clock) Date(t time.Time) Moment {
	if t.IsZero() {
		return Moment{}
	}
	return Moment{c.in(t).Format("2 Jan 2006"), iso(t)}
}

// Ago is how long something is in the past: "8 s ago", "6 min ago", "1 h
// ago", "Yesterday", "2 days ago".
func (c Clock) Ago(t time.Time) Moment {
	if t.IsZero() {
		return Moment{}
	}
	d := max(c.Now.Sub(t), 0)
	days := c.daysBetween(t, c.Now)
	text := ""
	switch {
	case d < time.Minute:
		text = fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < time.Hour:
		text = fmt.Sprintf("%d min ago", int(d.Minutes()))
	case days == 0 || d < 6*time.Hour:
		text = fmt.Sprintf("%d h ago", int(d.Hours()))
	case days == 1:
		text = "Yesterday"
	case days < 30:
		text = fmt.Sprintf("%d days ago", days)
	default:
		return c.Date(t)
	}
	return Moment{text, iso(t)}
}

// daysBetween counts midnights of the viewer between two times.
func (c Clock) daysBetween(from, to time.Time) int {
	a, b := c.in(from), c.in(to)
	day := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return int(day(b).Sub(day(a)) / (24 * time.Hour))
}

// LongTime writes how long a step or a job took: "1 s", "6 min 41 s",
// "21 h 37 min", "3 days 2 h".
func LongTime(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Second:
		return "1 s" // nothing took no time
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return pair(int(d.Minutes()), "min", int(d.Seconds())%60, "s")
	case d < 24*time.Hour:
		return pair(int(d.Hours()), "h", int(d.Minutes())%60, "min")
	default:
		return pair(int(d.Hours())/24, plural(int(d.Hours())/24, "day"), int(d.Hours())%24, "h")
	}
}

func pair(a int, au string, b int, bu string) string {
	if b == 0 {
		return fmt.Sprintf("%d %s", a, au)
	}
	return fmt.Sprintf("%d %s %d %s", a, au, b, bu)
}

// shortTime writes how long a call took: "142 ms", "1.31 s", "2 min 5 s".
func shortTime(d time.Duration) string {
	switch {
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + " s"
	default:
		return LongTime(d)
	}
}

// plural is the word for n things: "step" for 1, "steps" else.
func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// counted is a number with its word: "1 step", "3 steps".
func counted(n int, word string) string { return strconv.Itoa(n) + " " + plural(n, word) }

// dashed is an AWS account number as the console shows it: 4821-7730-1954.
func dashed(account string) string {
	if len(account) != 12 {
		return account
	}
	return account[:4] + "-" + account[4:8] + "-" + account[8:]
}
