package setup

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// TrailState says what CloudTrail told of who changed what a finding is about.
type TrailState string

// The states of a trail. Only the first names somebody.
const (
	TrailKnown   TrailState = "known"
	TrailWaiting TrailState = "waiting" // no such call yet; CloudTrail lists calls late, so it is asked again
	TrailNone    TrailState = "none"    // no such call, for good
	TrailMany    TrailState = "many"    // more calls of that kind than apifront looks through
	TrailRefused TrailState = "refused" // the connection may not ask
	TrailSilent  TrailState = "silent"  // no answer; Said has why
	TrailUnread  TrailState = "unread"  // a call that may be the one could not be read
)

// A Trail is what CloudTrail said of who changed what a finding is about.
type Trail struct {
	State TrailState
	TrailBody
	Place   string    // connection and Region that are asked
	From    time.Time // since when the call can have been made: it was right then
	Until   time.Time // when it was seen to differ
	Tries   int
	AskedAt time.Time // zero: nobody was asked
	DueAt   time.Time // when CloudTrail is asked again; zero: never
}

// A TrailBody is what a trail says.
type TrailBody struct {
	Last   *TrailCall `json:"last,omitempty"`   // the last call that can have done it
	Others int        `json:"others,omitempty"` // how many before it can have done it as well
	More   bool       `json:"more,omitempty"`   // there may be more than these
	Said   string     `json:"said,omitempty"`   // why there is no answer
}

// A TrailCall is one call as CloudTrail lists it.
type TrailCall struct {
	Event string    `json:"event"` // operation, such as "UpdateDistribution"
	At    time.Time `json:"at"`
	Who   string    `json:"who"`            // name of who made it
	Kind  string    `json:"kind,omitempty"` // what that is, such as "IAM user"
	ARN   string    `json:"arn,omitempty"`
	How   string    `json:"how,omitempty"` // such as "in the console"; "" if the caller's program is not well known
}

// Words say who made the change, or why that is not known. Moment is how times are
// written, such as "27 Nov at 14:02".
func (t Trail) Words(moment func(time.Time) string) string {
	switch t.State {
	case TrailKnown:
		if t.Last != nil {
			return t.known(moment)
		}
	case TrailWaiting:
		return "Not known yet: CloudTrail lists calls some minutes late. apifront asks again by itself."
	case TrailMany:
		return "Not known: CloudTrail lists more calls of that kind than apifront looks through."
	case TrailRefused:
		return "Not known. apifront may not read CloudTrail: the permission cloudtrail:LookupEvents would tell."
	case TrailSilent:
		return strings.TrimSpace("Not known: CloudTrail did not say. " + t.Said)
	case TrailUnread:
		return "Not known: an entry of CloudTrail that may tell could not be read."
	case TrailNone:
	}
	return "Not known: CloudTrail lists no such call between " + moment(t.From) + " and " + moment(t.Until) + "."
}

func (t Trail) known(moment func(time.Time) string) string {
	c := t.Last
	who := Clip(visible(c.Who), 120)
	if c.Kind != "" {
		who += " (" + Clip(visible(c.Kind), 120) + ")"
	}
	verb := "Changed"
	if t.Others > 0 {
		verb = "Last changed"
	}
	text := []string{verb, "by", who, "on", moment(c.At)}
	if c.How != "" {
		text = append(text, Clip(visible(c.How), 120))
	}
	said := strings.Join(text, " ") + " (" + Clip(visible(c.Event), 80) + ")."
	switch {
	case t.Others == 0:
	case t.More:
		said += fmt.Sprintf(" At least %s before it, since it was last right, may have done it as well.", Count(t.Others, "other call"))
	default:
		said += fmt.Sprintf(" %s before it, since it was last right, may have done it as well.", upper(Count(t.Others, "other call")))
	}
	return said
}

// visible is a text without characters that nobody sees: those that turn the direction
// of what follows would turn the rest of the sentence too.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.C, r) {
			return -1
		}
		return r
	}, s)
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
