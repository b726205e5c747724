package web

import (
	"cmp"
	"strings"
	"time"
	"unicode/utf8"

	"apifront/setup"
)

// AccountNumber writes an AWS account as people read it: 4821-7730-1954.
func AccountNumber(id string) string { return setup.AccountNumber(id) }

// Initials are the first letters of the first and the last word of a name.
func Initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	if len(words) == 1 {
		return strings.ToUpper(string(first))
	}
	last, _ := utf8.DecodeRuneInString(words[len(words)-1])
	return strings.ToUpper(string([]rune{first, last}))
}

// capital is text with a capital at its start.
func capital(text string) string {
	first, n := utf8.DecodeRuneInString(text)
	if n == 0 {
		return ""
	}
	return strings.ToUpper(string(first)) + text[n:]
}

// Stamp is a time for a datetime attribute.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// StepMark is the icon of a step's state.
func StepMark(s setup.StepState) string {
	switch s {
	case setup.StepDone:
		return "done"
	case setup.StepFailed:
		return "failed"
	case setup.StepRunning:
		return "running"
	case setup.StepNeedsYou:
		return "you"
	case setup.StepCancelled:
		return "stop"
	case setup.StepSkipped:
		return "skip"
	case setup.StepWaiting:
	}
	return "wait"
}

// StepWord is the word for a step's state.
func StepWord(s setup.StepState) string {
	switch s {
	case setup.StepDone:
		return "Done"
	case setup.StepFailed:
		return "Failed"
	case setup.StepRunning:
		return "Running"
	case setup.StepNeedsYou:
		return "Needs you"
	case setup.StepCancelled:
		return "Cancelled"
	case setup.StepSkipped:
		return "Skipped"
	case setup.StepWaiting:
		return "Waiting"
	}
	return "Waiting"
}

// JobMark is the icon of a job's state.
func JobMark(j setup.Job) string {
	switch j.State {
	case setup.JobSucceeded:
		return "done"
	case setup.JobFailed:
		return "failed"
	case setup.JobNeedsYou:
		return "you"
	case setup.JobCancelled:
		return "stop"
	case setup.JobRunning:
		if j.Failed > 0 {
			return "failed"
		}
		return "running"
	}
	return "wait"
}

// JobWord is the words for a job's state.
func JobWord(j setup.Job) string {
	switch j.State {
	case setup.JobSucceeded:
		return "Succeeded"
	case setup.JobFailed:
		return "Failed"
	case setup.JobNeedsYou:
		return "Needs you"
	case setup.JobCancelled:
		return "Cancelled"
	case setup.JobRunning:
		if j.Failed > 0 {
			return "Running, " + setup.Count(j.Failed, "step") + " failed"
		}
		return "Running"
	}
	return "Not known"
}

// ShowProblem is a problem as every page shows it. Its fix is one for pages
// without a step to re-run; the page of a job puts the step's own there.
func ShowProblem(p *setup.Problem) ProblemView {
	if p == nil {
		return ProblemView{}
	}
	name, ref := p.Reference()
	return ProblemView{What: p.What, Why: p.Why, Fix: p.FixOutside(), Service: cmp.Or(p.Service, "AWS"), Said: p.Said, RefName: name, Ref: ref}
}

// Joined is the parts that are not empty, with commas.
func Joined(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, ", ")
}
