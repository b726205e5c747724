package web

import (
	"fmt"
	"strconv"
	"time"
)

// Times writes times as the person who looks at the page reads them: Now is
// when the page was made, Loc the viewer's time zone (nil: UTC).
type Times struct {
	Now time.Time
	Loc *time.Location
}

// A Moment is a time on a page: Text for people, ISO for the datetime
// attribute.
type Moment struct {
	Text string
	ISO  string
}

func (c Times) in(t time.Time) time.Time {
	if c.Loc == nil {
		return t.UTC()
	}
	return t.In(c.Loc)
}

func (c Times) today(t time.Time) bool {
	return c.in(t).Format(time.DateOnly) == c.in(c.Now).Format(time.DateOnly)
}

// Second is a time to the second: "14:02:11" today, "20 Nov 15:10:04" before.
// The zero time gives the zero Moment, here and below.
func (c Times) Second(t time.Time) Moment { return c.moment(t, "15:04:05") }

// Minute is a time to the minute: "14:02" today, "20 Nov 15:10" before.
func (c Times) Minute(t time.Time) Moment { return c.moment(t, "15:04") }

// Milli is a time to the millisecond: "14:02:11.042" today.
func (c Times) Milli(t time.Time) Moment { return c.moment(t, "15:04:05.000") }

// Full is a moment that is read later and elsewhere: "26 Nov 2026 14:02:11 CET".
func (c Times) Full(t time.Time) Moment {
	if t.IsZero() {
		return Moment{}
	}
	return Moment{c.in(t).Format("2 Jan 2006 15:04:05 MST"), Stamp(t)}
}

func (c Times) moment(t time.Time, layout string) Moment {
	switch {
	case t.IsZero():
		return Moment{}
	case c.today(t):
		return Moment{c.in(t).Format(layout), Stamp(t)}
	case c.in(t).Year() == c.in(c.Now).Year():
		return Moment{c.in(t).Format("2 Jan " + layout), Stamp(t)}
	default:
		return Moment{c.in(t).Format("2 Jan 2006 " + layout), Stamp(t)}
	}
}

// Day is a date and a time whatever the day: "21 Nov 14:02".
func (c Times) Day(t time.Time) Moment {
	if t.IsZero() {
		return Moment{}
	}
	layout := "2 Jan 15:04"
	if c.in(t).Year() != c.in(c.Now).Year() {
		layout = "2 Jan 2006 15:04"
	}
	return Moment{c.in(t).Format(layout), Stamp(t)}
}

// Date is a day: "1 Dec", and "7 Jun 2027" in another year.
func (c Times) Date(t time.Time) Moment {
	if t.IsZero() {
		return Moment{}
	}
	layout := "2 Jan"
	if c.in(t).Year() != c.in(c.Now).Year() {
		layout = "2 Jan 2006"
	}
	return Moment{c.in(t).Format(layout), Stamp(t)}
}

const yesterday = "Yesterday"

// Ago is how long something is in the past, by itself in a cell: "8 s ago",
// "6 min ago", "1 h ago", "Yesterday", "2 days ago".
func (c Times) Ago(t time.Time) Moment {
	if t.IsZero() {
		return Moment{}
	}
	d := max(c.Now.Sub(t), 0)
	days := c.daysBetween(t, c.Now)
	var text string
	switch {
	case d < time.Minute:
		text = fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < time.Hour:
		text = fmt.Sprintf("%d min ago", int(d.Minutes()))
	case days == 0 || d < 6*time.Hour:
		text = fmt.Sprintf("%d h ago", int(d.Hours()))
	case days == 1:
		text = yesterday
	case days < 30:
		text = fmt.Sprintf("%d days ago", days)
	default:
		return c.Date(t)
	}
	return Moment{text, Stamp(t)}
}

// Past is Ago in the middle of a sentence: "saved yesterday".
func (c Times) Past(t time.Time) string {
	text := c.Ago(t).Text
	if text == yesterday {
		return "yesterday"
	}
	return text
}

// Zone is the viewer's time zone as people call it: "Europe/Berlin", "UTC",
// and for the server's, which has no name, "the server's (CET)".
func (c Times) Zone() string {
	name := c.in(c.Now).Location().String()
	if name == "Local" {
		return "the server's (" + c.in(c.Now).Format("MST") + ")"
	}
	return name
}

// daysBetween counts midnights of the viewer between two times.
func (c Times) daysBetween(from, to time.Time) int {
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
	case d < 48*time.Hour:
		return pair(int(d.Hours()), "h", int(d.Minutes())%60, "min")
	default:
		return pair(int(d.Hours())/24, "days", int(d.Hours())%24, "h")
	}
}

// Took is LongTime of what has ended, in milliseconds below a second: "142 ms". A
// clock that runs shows whole seconds.
func Took(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatInt(max(d.Milliseconds(), 1), 10) + " ms"
	}
	return LongTime(d)
}

// pair keeps a zero second part, as the ticking clocks of app.js do.
func pair(a int, au string, b int, bu string) string {
	return fmt.Sprintf("%d %s %d %s", a, au, b, bu)
}
