package jobs

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"apifront/setup"
	"apifront/web"
)

// How much of what was seen the page of a job shows. The page of the step shows
// all that is kept.
const (
	fewPaths    = 12
	fewAnswers  = 12
	fewExcerpts = 2
)

// Saw is one look of a step as pages show it.
type Saw struct {
	Title   string // "Attempt 2, the look that ended it"
	At      web.Moment
	Ways    []string // by which it was asked
	Paths   []SawPath
	Answers []SawAnswer
	Bodies  []SawBody
	Erased  bool // the beginnings of bodies were kept long enough
	Left    int  // requests and answers that were too many to be kept
	Less    bool // there is more than is here

	Requests []SawRequest // on the step's page: each with all that is kept
}

// SawPath is one path as it was asked for by each way.
type SawPath struct {
	Path  string
	Cells []SawCell
}

// SawCell is who answered by one way.
type SawCell struct {
	Way, Text, Sub string
	Bad            bool
}

// SawAnswer is what one server of DNS said.
type SawAnswer struct {
	Question, Server, Address, Answer, TTL string
	Bad                                    bool
}

// SawBody is the beginning of an answer.
type SawBody struct{ Of, Text string }

// SawRequest is a request with all that is kept of it.
type SawRequest struct {
	Title, Answer string
	Bad           bool
	Facts         []Fact
	Body          string
}

// ways are the rungs in words, from the API outwards.
var ways = []struct {
	rung setup.Rung
	word string
}{
	{setup.RungAPI, "API's own name"},
	{setup.RungRegional, "Regional name"},
	{setup.RungDistribution, "CloudFront's name"},
	{setup.RungName, "Public name"},
}

func wayWord(r setup.Rung) string {
	for _, w := range ways {
		if w.rung == r {
			return w.word
		}
	}
	return plain(string(r))
}

// maxSeenText is how much of one value pages show, in characters.
const maxSeenText = 600

// plain is text from outside without what does not print or turns the direction
// of what follows. It was stored so; this holds whatever is stored.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	return setup.Clip(s, maxSeenText)
}

func plains(list []string) string {
	all := make([]string, 0, len(list))
	for _, s := range list {
		all = append(all, plain(s))
	}
	return strings.Join(all, ", ")
}

// sawOf is a look as the page of a job shows it.
func sawOf(c web.Times, s setup.Seen) Saw {
	v := Saw{Title: sawTitle(s), At: c.Second(s.At), Erased: s.Erased, Left: s.LeftOut}
	v.paths(s.Requests)
	for _, a := range s.Answers {
		v.Answers = append(v.Answers, sawAnswer(a))
	}
	for _, e := range s.Requests {
		if text := plain(e.Excerpt); text != "" {
			v.Bodies = append(v.Bodies, SawBody{Of: requestTitle(e), Text: text})
		}
	}
	return v
}

// few is as much of the look as the page of a job shows: what tells of a fault
// comes first.
func (v Saw) few() Saw {
	v.Less = len(v.Paths) > fewPaths || len(v.Answers) > fewAnswers || len(v.Bodies) > fewExcerpts
	v.Paths = worst(v.Paths, fewPaths, func(p SawPath) bool {
		return slices.ContainsFunc(p.Cells, func(c SawCell) bool { return c.Bad })
	})
	v.Answers = worst(v.Answers, fewAnswers, func(a SawAnswer) bool { return a.Bad })
	v.Bodies = v.Bodies[:min(len(v.Bodies), fewExcerpts)]
	return v
}

// worst are at most n of a list, bad ones first.
func worst[T any](list []T, n int, bad func(T) bool) []T {
	if len(list) <= n {
		return list
	}
	place := func(v T) int {
		if bad(v) {
			return 0
		}
		return 1
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b T) int { return place(a) - place(b) })
	return list[:n]
}

func sawTitle(s setup.Seen) string {
	what := "the newest look that did not end it"
	if s.Ended {
		what = "the look that ended it"
	}
	return fmt.Sprintf("Attempt %d, %s", s.Attempt, what)
}

// paths makes the table: a line for each path, a column for each way.
func (v *Saw) paths(requests []setup.Evidence) {
	var used []setup.Rung
	for _, w := range ways {
		if slices.ContainsFunc(requests, func(e setup.Evidence) bool { return e.Rung == w.rung }) {
			used, v.Ways = append(used, w.rung), append(v.Ways, w.word)
		}
	}
	for _, e := range requests { // a way that only another version knows
		if !slices.Contains(used, e.Rung) {
			used, v.Ways = append(used, e.Rung), append(v.Ways, wayWord(e.Rung))
		}
	}
	at := map[string]int{}
	for _, e := range requests {
		name := pathWords(e)
		i, known := at[name]
		if !known {
			i = len(v.Paths)
			at[name] = i
			row := SawPath{Path: name}
			for _, w := range v.Ways {
				row.Cells = append(row.Cells, SawCell{Way: w, Text: "Not asked"})
			}
			v.Paths = append(v.Paths, row)
		}
		cell := &v.Paths[i].Cells[slices.Index(used, e.Rung)]
		if cell.Sub == "" {
			cell.Text, cell.Bad = answerWords(e)
			cell.Sub = shortTime(e.Resolve + e.Connect + e.TLS + e.FirstByte)
		}
	}
}

// pathWords is what was asked for, in the first column.
func pathWords(e setup.Evidence) string {
	text := plain(e.Path)
	switch {
	case e.Below:
		text = strings.TrimSuffix(text, "/") + "/… that nobody has"
	case e.Upgrade:
		text += ", WebSocket"
	}
	if e.Method != "" && e.Method != "GET" {
		text = plain(e.Method) + " " + text
	}
	return text
}

// answerWords is who answered with what, and whether that tells of a fault.
func answerWords(e setup.Evidence) (text string, bad bool) {
	if e.Status == 0 {
		phase := map[string]string{"dns": "no address found", "connect": "no connection", "tls": "TLS failed", "http": "broke off"}[e.Failed]
		return "No answer: " + cmp.Or(phase, "not sent"), true
	}
	who := e.AnsweredBy()
	if who == "" {
		who = cmp.Or(plain(e.Header["Server"]), "a server without a name")
	}
	return strconv.Itoa(e.Status) + ", " + setup.Clip(who, 60), e.Status >= 500
}

func requestTitle(e setup.Evidence) string {
	return cmp.Or(plain(e.Method), "GET") + " " + plain(e.URL) + " (" + wayWord(e.Rung) + ")"
}

func sawAnswer(a setup.DNSAnswer) SawAnswer {
	v := SawAnswer{Question: plain(a.Type) + " " + plain(a.Name), Server: plain(a.Server), Address: plain(a.Address)}
	switch {
	case v.Server == "":
		v.Server = "the zone above"
	case a.Resolver:
		v.Server = "resolver " + v.Server
	}
	switch {
	case a.Error != "":
		v.Answer, v.Bad = "No use: "+plain(a.Error), true
	case a.Code == "NXDOMAIN":
		v.Answer = "No such name"
	case a.Code != "NOERROR" && a.Code != "":
		v.Answer, v.Bad = plain(a.Code), true
	case a.Code == "":
		v.Answer, v.Bad = "No answer", true
	default:
		v.Answer = cmp.Or(plains(a.Records), "no record")
	}
	if len(a.CNAMEs) > 0 {
		v.Answer = "by way of " + plains(a.CNAMEs) + ": " + v.Answer
	}
	switch {
	case a.TTL > 0:
		v.TTL = setup.Span(a.TTL)
	case a.Negative > 0:
		v.TTL = setup.Span(a.Negative) + " that there is none"
	}
	return v
}

// sawRequest is a request with all that is kept of it.
func sawRequest(c web.Times, e setup.Evidence) SawRequest {
	v := SawRequest{Title: requestTitle(e), Body: plain(e.Excerpt)}
	v.Answer, v.Bad = answerWords(e)
	add := func(term, text string) {
		if text != "" {
			v.Facts = append(v.Facts, Fact{Term: term, Text: text})
		}
	}
	add("Asked", c.Milli(e.At).Text)
	add("Addresses of", plain(e.Dialed))
	add("Address that answered", plain(e.Address))
	add("Key sent", plain(e.Key))
	var times []string
	for _, t := range []struct {
		what string
		took time.Duration
	}{{"resolve", e.Resolve}, {"connect", e.Connect}, {"TLS", e.TLS}, {"first byte", e.FirstByte}} {
		if t.took > 0 {
			times = append(times, t.what+" "+shortTime(t.took))
		}
	}
	add("Times", strings.Join(times, ", "))
	add("Certificate for", plains(e.Names))
	if !e.Expires.IsZero() {
		text := "until " + c.Date(e.Expires).Text
		if !e.Begins.IsZero() {
			text = "from " + c.Date(e.Begins).Text + " " + text
		}
		add("Certificate valid", text)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Header)) {
		add(plain(name), plain(e.Header[name]))
	}
	add("Message", plain(e.Message))
	add("Broke off", plain(e.Error))
	return v
}

// SeenView is the page of all that a step saw.
type SeenView struct {
	Number int64
	Base   string
	Step   string // title
	Of     int    // number of the step
	Saw    *Saw   // the look that is shown; nil: there is none
	Others []SeenLink
	Bodies bool // the viewer may see the beginnings of answers
}

// SeenLink leads to another look of the step.
type SeenLink struct {
	Title, URL string
	At         web.Moment
	Here       bool
}

// SeenURL is the address of the page of all that a step saw.
func SeenURL(base string, step setup.StepID) string {
	return base + "/steps/" + url.PathEscape(string(step)) + "/seen"
}

// NewSeenView decides what the page of a step shows: the look of an attempt that
// ended it, or the one before.
func NewSeenView(c web.Times, j setup.Job, step setup.Step, looks []setup.Seen, attempt int, ended, bodies bool) SeenView {
	base := "/jobs/" + strconv.FormatInt(j.ID, 10)
	v := SeenView{Number: j.ID, Base: base, Step: step.Title, Of: step.Number, Bodies: bodies}
	at := 0
	for i, s := range looks {
		if s.Attempt == attempt && s.Ended == ended {
			at = i
		}
	}
	for i, s := range looks {
		link := fmt.Sprintf("%s?attempt=%d", SeenURL(base, step.ID), s.Attempt)
		if s.Ended {
			link += "&ended=1"
		}
		v.Others = append(v.Others, SeenLink{Title: sawTitle(s), URL: link, At: c.Second(s.At), Here: i == at})
	}
	if len(looks) == 0 {
		return v
	}
	saw := sawOf(c, looks[at])
	for _, e := range looks[at].Requests {
		saw.Requests = append(saw.Requests, sawRequest(c, e))
	}
	saw.Bodies = nil // they stand at their requests
	v.Saw = &saw
	return v
}
