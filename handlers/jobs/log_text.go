package jobs

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"apifront/setup"
	"apifront/web"
)

// text is the log as plain text: what happened, one line each, with times in UTC. All
// that AWS, DNS or people said is on one line and has no control characters.
func (f *logFile) text() string {
	var b strings.Builder
	line := func(indent int, words ...string) {
		b.WriteString(strings.Repeat("  ", indent) + strings.Join(words, "") + "\n")
	}
	said := func(indent int, name, text string) {
		if text = setup.Printable(text); text != "" {
			line(indent, name, ": ", text)
		}
	}
	line(0, fmt.Sprintf("Job %d, %s, %s", f.Job, f.Kind, f.State))
	said(0, "Name", f.Domain)
	said(0, "Setup", fmt.Sprintf("%s, revision %d", f.Setup, f.Revision))
	said(0, "Account", f.Account)
	said(0, "API region", f.Region)
	said(0, "Paths", strings.Join(f.Paths, " "))
	said(0, "By", f.By)
	said(0, "Asked for", logMoment(&f.Created))
	said(0, "Started", logMoment(f.Started))
	said(0, "Ended", logMoment(f.Finished))
	for _, s := range f.Steps {
		line(0)
		name := fmt.Sprintf("Step %d", s.Number)
		if s.Number == 0 { // it does not run
			name = "No step"
		}
		line(0, fmt.Sprintf("%s, %s: %s", name, setup.Printable(s.Title), strings.ToLower(web.StepWord(s.State))))
		said(1, "Result", s.Summary)
		logProblem(said, 1, s.Problem)
		for _, r := range s.Records {
			said(1, "Record", strings.Join([]string{r.Type, r.Name, r.Value}, " "))
		}
		if left := f.Truncate[s.ID]; left > 0 {
			line(1, "Left out: ", setup.Count(int(left), "earlier call"))
		}
		for _, a := range s.Attempts {
			line(1, fmt.Sprintf("Attempt %d, by %s, %s: %s", a.Number, setup.Printable(cmp.Or(a.By, setup.WorkerName)), logMoment(a.Started), strings.ToLower(web.StepWord(a.State))))
			for _, c := range a.Changes {
				said(2, "Differs", fmt.Sprintf("%s is %s, should be %s", c.Field, cmp.Or(c.Is, "nothing"), cmp.Or(c.Want, "nothing")))
			}
			for _, r := range a.Removals {
				what := "To remove"
				if r.Stays {
					what = "Stays"
				} else if r.Gone {
					what = "Removed"
				}
				said(2, what, r.Name()+". "+r.Why)
			}
			logProblem(said, 2, a.Problem)
			for _, c := range a.Calls {
				line(2, c.text())
				said(3, "Said", c.Message)
			}
		}
	}
	if len(f.Now) > 0 {
		line(0)
		line(0, "There now, ", logMoment(&f.At))
		for _, r := range f.Now {
			said(1, r.Type, web.Joined(cmp.Or(r.ARN, r.ID), r.Region, r.State))
		}
	}
	if len(f.Events) > 0 {
		line(0)
		line(0, "What happened")
		for _, e := range f.Events {
			if e.Kind != setup.EventCall { // those stand under their attempts
				line(1, logMoment(&e.At), "  ", setup.Printable(strings.TrimSpace(string(e.Step)+" "+e.Kind+" "+e.Text)))
			}
		}
	}
	return b.String()
}

func (c logCall) text() string {
	answer := fmt.Sprint(c.Status)
	if c.Status == 0 {
		answer = ""
	}
	answer = cmp.Or(strings.TrimSpace(answer+" "+c.Code), "answered")
	parts := []string{logMoment(&c.Started), setup.Printable(c.Service + ":" + c.Operation)}
	for _, p := range []string{c.Region, answer, fmt.Sprintf("%d ms", c.TookMS), c.RequestID} {
		if p = setup.Printable(p); p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "  ")
}

func logProblem(said func(int, string, string), indent int, p *setup.Problem) {
	if p != nil {
		said(indent, "Problem", p.What)
		said(indent, "Why", p.Why)
		said(indent, "Fix", p.Fix)
		said(indent, "AWS said", p.Said)
		said(indent, "Reference", cmp.Or(p.Ref, p.Ours))
	}
}

func logMoment(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000Z")
}
