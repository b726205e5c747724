package jobs

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
	"apifront/web"
)

// maxCallRows is how many rows of calls a step shows at most.
const maxCallRows = 100

// callRows lists the calls of one step under the heads of their attempts, with
// equal looks folded into one row, and what each attempt found to differ, also
// where none of its calls is among them. It returns the newest maxCallRows calls,
// how many earlier ones they leave out, and the ID before which those are found.
func callRows(c web.Times, calls []setup.Call, attempts []setup.Attempt) (rows []CallRow, left int, before int64) {
	groups := foldCalls(calls)
	for len(groups) > maxCallRows {
		left += groups[0].n
		groups = groups[1:]
	}
	var calling []int // attempts with calls
	for _, g := range groups {
		if n := g.first.Attempt; !slices.Contains(calling, n) {
			calling = append(calling, n)
		}
	}
	silent := slices.DeleteFunc(slices.Clone(attempts), func(a setup.Attempt) bool {
		return slices.Contains(calling, a.Number) || len(changeRows(a)) == 0
	})
	last := 0
	for _, g := range groups {
		if n := g.first.Attempt; n != last {
			for len(silent) > 0 && silent[0].Number < n {
				rows, silent = append(rows, attemptRows(silent[0].Number, attempts)...), silent[1:]
			}
			rows = append(rows, attemptRows(n, attempts)...)
		}
		last = g.first.Attempt
		rows = append(rows, g.row(c))
	}
	for _, a := range silent {
		rows = append(rows, attemptRows(a.Number, attempts)...)
	}
	if len(groups) > 0 {
		before = groups[0].first.ID
	}
	return rows, left, before
}

// attemptRows are the head of an attempt and what it found to differ. An only
// attempt that found nothing needs no head.
func attemptRows(n int, attempts []setup.Attempt) (rows []CallRow) {
	var changes []CallRow
	if i := slices.IndexFunc(attempts, func(a setup.Attempt) bool { return a.Number == n }); i >= 0 {
		changes = changeRows(attempts[i])
	}
	if len(attempts) > 1 || len(changes) > 0 {
		rows = append(rows, CallRow{Attempt: attemptHead(n, attempts)})
	}
	return append(rows, changes...)
}

// A callGroup is one call or several equal ones.
type callGroup struct {
	first, last setup.Call
	n           int
}

type callKey struct {
	attempt            int
	service, operation string
	region             string
	status             int
	code, message      string
}

// foldCalls puts equal looks of an attempt together. Equal looks need not be
// neighbours, because a step that waits for two things looks at them in turn. A
// write ends the group: what is seen after it is news.
func foldCalls(calls []setup.Call) []*callGroup {
	var groups []*callGroup
	open := map[callKey]*callGroup{}
	for _, c := range calls {
		if c.Write {
			clear(open)
			groups = append(groups, &callGroup{c, c, 1})
			continue
		}
		k := callKey{c.Attempt, c.Service, c.Operation, c.Region, c.Status, c.Code, c.Message}
		if g, ok := open[k]; ok {
			g.last, g.n = c, g.n+1
			continue
		}
		g := &callGroup{c, c, 1}
		open[k] = g
		groups = append(groups, g)
	}
	return groups
}

func (g *callGroup) row(c web.Times) CallRow {
	r := CallRow{
		Time: c.Milli(g.first.StartedAt).Text, ISO: web.Stamp(g.first.StartedAt),
		Call: callName(g.first), Took: shortTime(g.last.Took), Ref: g.first.RequestID,
		None: "none",
	}
	if g.first.Command != "" {
		r.CLI = CallURL("/jobs/"+strconv.FormatInt(g.first.JobID, 10), g.first.ID)
	}
	r.Answer, r.Bad = callAnswer(g.last)
	if r.Bad || isProbe(g.last) {
		r.Detail = g.last.Message
	}
	if g.n > 1 {
		r.Time = c.Second(g.first.StartedAt).Text
		if last := c.Second(g.last.StartedAt).Text; last != r.Time {
			r.Time += " to " + last
		}
		r.Call += " × " + strconv.Itoa(g.n)
		r.Ref = ""
		if g.first.RequestID != "" {
			r.None = "several"
		}
	}
	return r
}

func isProbe(c setup.Call) bool { return c.Service == "dns" || c.Service == "https" }

func callName(c setup.Call) string {
	if isProbe(c) {
		return c.Operation
	}
	return c.Service + ":" + c.Operation
}

// callAnswer is the answer in a few words, and whether it was a refusal.
func callAnswer(c setup.Call) (text string, bad bool) {
	if c.Service == "dns" {
		switch c.Code {
		case "", "NOERROR":
			return "Answer", false
		case "NXDOMAIN":
			return "No such name", false
		default:
			return c.Code, true
		}
	}
	word := http.StatusText(c.Status)
	switch {
	case c.Status == 0 && c.Code != "":
		return c.Code, true
	case c.Status == 0:
		return "No answer", true
	case c.Code != "":
		return strconv.Itoa(c.Status) + " " + strings.TrimSuffix(c.Code, "Exception"), c.Status >= 400 || c.Status < 200
	case word == "":
		return strconv.Itoa(c.Status), c.Status >= 400
	default:
		return strconv.Itoa(c.Status) + " " + word, c.Status >= 400 && c.Service != "https"
	}
}

func attemptHead(n int, attempts []setup.Attempt) string {
	by := ""
	for _, a := range attempts {
		if a.Number == n {
			by = a.By.Name
		}
	}
	switch by {
	case "":
		return fmt.Sprintf("Attempt %d", n)
	case setup.WorkerName:
		return fmt.Sprintf("Attempt %d, by %s", n, by)
	default:
		return fmt.Sprintf("Attempt %d, re-run by %s", n, by)
	}
}

// callColumn is the head of the column of calls.
func callColumn(calls []setup.Call) string {
	dns, https := 0, 0
	for _, c := range calls {
		switch c.Service {
		case "dns":
			dns++
		case "https":
			https++
		}
	}
	switch {
	case len(calls) > 0 && dns == len(calls):
		return "DNS query"
	case len(calls) > 0 && https == len(calls):
		return "Request"
	case dns+https > 0 && dns+https < len(calls):
		return "Call"
	case dns+https > 0:
		return "Query or request"
	default:
		return "AWS call"
	}
}

// shortTime writes how long a call took: "142 ms", "1.31 s", "2 min 5 s".
func shortTime(d time.Duration) string {
	switch {
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + " s"
	default:
		return web.LongTime(d)
	}
}
