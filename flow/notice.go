package flow

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"apifront/setup"
)

// recordsTold is how many DNS records a notice names.
const recordsTold = 4

// TurnNotice is the notice for a step that begins to wait for a person.
func TurnNotice(j setup.Job, title string, o Outcome) setup.NoticeBody {
	n := ofJob(j, setup.NoticeTurn, "Your turn")
	n.State = string(setup.JobNeedsYou)
	n.About = fmt.Sprintf("%d %s", j.ID, title)
	var missing []string
	for _, r := range o.Records {
		if !r.Found && !r.Hold {
			missing = append(missing, fmt.Sprintf("%s %s → %s", r.Type, r.Name, r.Value))
		}
	}
	text := []string{fmt.Sprintf("Job %d waits for you at %q.", j.ID, title)}
	switch {
	case len(missing) > 0:
		more := ""
		if extra := len(missing) - recordsTold; extra > 0 {
			more = fmt.Sprintf(" and %d more", extra)
		}
		text = append(text, fmt.Sprintf("Add %s at your DNS provider: %s%s.", setup.Count(len(missing), "record"), strings.Join(missing[:min(len(missing), recordsTold)], "; "), more),
			"The job looks for them by itself and goes on.")
	case o.Problem != nil:
		text = append(text, o.Problem.What, o.Problem.Fix)
	default:
		text = append(text, o.Summary)
	}
	n.Text = sentences(text)
	n.Problem = noticed(o.Problem)
	return n
}

// EndNotice is the notice for a job that has come to the state at now; ok is false
// if nobody is told of it. A cancelled job is not told: who cancelled it knows.
func EndNotice(j setup.Job, state setup.JobState, list []setup.Step, now time.Time) (n setup.NoticeBody, ok bool) {
	began := j.StartedAt
	if began.IsZero() {
		began = j.CreatedAt
	}
	took := fmt.Sprintf("It took %s.", setup.Span(now.Sub(began)))
	switch state {
	case setup.JobSucceeded:
		n = ofJob(j, setup.NoticeSucceeded, fmt.Sprintf("Job %d succeeded", j.ID))
		n.Text = sentences([]string{done(j), took})
		if j.Kind == setup.JobTeardown {
			n = ofJob(j, setup.NoticeTakenDown, "Taken down")
			n.Text = sentences([]string{fmt.Sprintf("Job %d has deleted what apifront made.", j.ID), took, "What stayed, and why, is on its page."})
		}
	case setup.JobFailed:
		n = ofJob(j, setup.NoticeFailed, fmt.Sprintf("Job %d failed", j.ID))
		text := []string{}
		for _, s := range list {
			if s.State != setup.StepFailed || s.Problem == nil {
				continue
			}
			text = append(text, fmt.Sprintf("It stopped at %q.", s.Title), s.Problem.What, s.Problem.Why, s.Problem.Fix)
			n.Problem = noticed(s.Problem)
			break
		}
		if j.Failed > 1 {
			text = append(text, fmt.Sprintf("%d steps failed in all.", j.Failed))
		}
		n.Text = sentences(text)
	case setup.JobRunning, setup.JobNeedsYou, setup.JobCancelled:
		return n, false
	}
	n.State = string(state)
	return n, n.Event != ""
}

// done says what a job that succeeded has done.
func done(j setup.Job) string {
	switch j.Kind {
	case setup.JobInvalidate:
		return fmt.Sprintf("CloudFront has cleared %s.", setup.Count(len(j.Input.Paths), "path"))
	case setup.JobRestore:
		return "The old record is back: callers are led where they went before."
	case setup.JobTeardown:
		return "What apifront made for the name is deleted. What stays, and why, is on the page of the job."
	case setup.JobApply:
	}
	return fmt.Sprintf("Revision %d is in place.", j.Revision)
}

// StepNotice is the notice for a step that is done after a wait.
func StepNotice(j setup.Job, event setup.NoticeEvent, title, summary string) setup.NoticeBody {
	n := ofJob(j, event, "Certificate issued")
	n.State = string(setup.JobRunning)
	n.Text = sentences([]string{fmt.Sprintf("Job %d: %q is done.", j.ID, title), summary, "The job goes on by itself."})
	return n
}

// ofJob is a notice about a job.
func ofJob(j setup.Job, event setup.NoticeEvent, what string) setup.NoticeBody {
	return setup.NoticeBody{Event: event, SetupID: j.SetupID, Setup: j.SetupName, Job: j.ID, Title: what + ": " + j.SetupName}
}

// Known is what people were told of a setup and is not over yet.
type Known struct {
	Drifted bool
	Silent  bool // it does not answer
}

// StateNotices are the notices that follow from how a setup stands now and from the
// findings that were opened just now, and what people know then. What ends is told
// only once a check has seen it, not when a job says that it has put things right.
func StateNotices(name, id string, f Facts, opened []setup.FindingBody, known Known) ([]setup.NoticeBody, Known) {
	var list []setup.NoticeBody
	state := State(f)
	of := func(event setup.NoticeEvent, what string, text ...string) {
		list = append(list, setup.NoticeBody{Event: event, SetupID: id, Setup: name, State: string(state), Title: what + ": " + name, Text: sentences(text)})
	}
	opened = slices.DeleteFunc(slices.Clone(opened), func(b setup.FindingBody) bool { return b.Passes })
	var renewal, drift []setup.FindingBody
	for _, b := range opened {
		if b.Setting.NoticeTopic() == setup.TopicRenewal {
			renewal = append(renewal, b)
		} else {
			drift = append(drift, b)
		}
	}
	if len(renewal) > 0 {
		of(setup.NoticeNoRenewal, "A certificate will not renew", found(renewal)...)
	}
	if state == setup.StateGivenBack { // nobody here is to be told of it any more
		return nil, Known{}
	}
	sure := slices.ContainsFunc(f.Checks, func(c setup.Checkup) bool { return c.Result.Told() && !c.DoneAt.Before(f.Since()) })
	switch {
	case f.Active.ID != 0 || !sure && state != setup.StateDrifted:
		return list, known
	case state == setup.StateNotAnswering:
		if !known.Silent {
			of(setup.NoticeNotAnswering, "Not answering", slices.Concat([]string{"Two checks in a row got no right answer."}, why(f))...)
		}
		known.Silent = true
		return list, known
	case state == setup.StateNotChecked:
		return list, known
	}
	if known.Silent {
		of(setup.NoticeAnswering, "Answering again", "Every path gave the right answer to the last check.")
		known.Silent = false
	}
	switch {
	case state == setup.StateDrifted && (len(drift) > 0 || !known.Drifted):
		if len(drift) == 0 {
			drift = bodies(f.Findings)
		}
		text := found(drift)
		if len(text) == 0 {
			text = []string{"DNS does not lead to the distribution any more."}
		}
		of(setup.NoticeDrifted, "Changed outside apifront", text...)
		known.Drifted = true
	case known.Drifted && state != setup.StateDrifted && len(bodies(f.Findings)) == 0:
		of(setup.NoticeRepaired, "As wanted again", "The last check has found nothing that differs.")
		known.Drifted = false
	}
	return list, known
}

// bodies are the findings that waiting does not mend.
func bodies(list []setup.Finding) (some []setup.FindingBody) {
	for _, f := range list {
		if !f.Passes {
			some = append(some, f.FindingBody)
		}
	}
	return some
}

// why says what callers get of a name that does not answer.
func why(f Facts) []string {
	for _, c := range f.Checks {
		if c.Problem != nil {
			return []string{c.Problem.What, c.Problem.Why, c.Problem.Fix}
		}
	}
	for _, x := range f.Findings {
		if x.Effect != nil {
			return []string{x.Effect.What, x.Effect.Why, x.Effect.Fix}
		}
	}
	return found(bodies(f.Findings))
}

// findingsTold is how many findings a notice names.
const findingsTold = 3

// found says what findings say.
func found(list []setup.FindingBody) (text []string) {
	for _, b := range list[:min(len(list), findingsTold)] {
		text = append(text, b.Title)
		if b.Is != "" || b.Want != "" {
			is := "Is"
			if b.Field != "" {
				is = b.Field + " is"
			}
			text = append(text, fmt.Sprintf("%s: %s. Should be: %s.", is, orNothing(b.Is), orNothing(b.Want)))
		}
		if b.Trail != nil && b.Trail.State == setup.TrailKnown {
			text = append(text, b.Trail.Words(func(t time.Time) string { return t.UTC().Format("2 Jan at 15:04 UTC") }))
		}
		if b.Effect != nil {
			text = append(text, b.Effect.What)
		}
		if b.Fix != "" {
			text = append(text, b.Fix)
		}
	}
	if more := len(list) - findingsTold; more > 0 {
		text = append(text, fmt.Sprintf("And %s more.", setup.Count(more, "finding")))
	}
	return text
}

func orNothing(value string) string {
	if value == "" {
		return "nothing"
	}
	return setup.Clip(value, 200)
}

// noticed is what of a problem leaves the server: the words of AWS stay on the
// page.
func noticed(p *setup.Problem) *setup.Problem {
	if p == nil {
		return nil
	}
	return &setup.Problem{What: p.What, Why: p.Why, Fix: p.Fix, Code: p.Code}
}

// sentences joins sentences; each ends with a mark.
func sentences(list []string) string {
	var b strings.Builder
	for _, s := range list {
		s = strings.TrimSpace(s)
		if s == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s)
		if !strings.ContainsAny(s[len(s)-1:], ".!?:") {
			b.WriteByte('.')
		}
	}
	return setup.Clip(b.String(), 1500)
}
