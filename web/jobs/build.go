package jobs

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
	"apifront/web"
)

// NewView decides everything a job page shows.
func NewView(f Facts) View {
	j := f.Job
	v := View{
		Number: j.ID, Revision: j.Revision, Base: "/jobs/" + strconv.FormatInt(j.ID, 10), Seq: j.Seq,
		Heading: heading(j), By: j.CreatedBy.Name, Kind: string(j.Kind),
		Over: !j.State.Active(), CanCancel: j.State.Active(), CancelText: cancelText(j.Kind), CancelWord: cancelWord(j.Kind),
		SetupURL: "/setups/" + j.SetupID,
	}
	v.State, v.Word = web.JobMark(j), web.JobWord(j)
	v.Title, v.Mark = title(j), web.JobMark(j)
	v.times(f)
	v.progress(f)
	if left, ok := strings.CutSuffix(v.Left.Bold, " left,"); ok && j.State == setup.JobRunning && j.Failed == 0 {
		v.Title = fmt.Sprintf("%s left: Job %d", left, j.ID)
	}
	v.stream(f)
	v.told(f)
	v.stopped(f)
	v.cards(f)
	v.recordCards(f)
	v.tellsHere()
	if j.State == setup.JobSucceeded {
		v.Done = doneCard(f)
		v.next(f)
	}
	if v.Over {
		v.Change = recordChange(f)
	}
	v.Steps = stepRows(f, v.Base)
	v.above()
	v.AxisA = f.Times.Minute(web.Began(j)).Text
	v.AxisB = "now"
	if v.Over {
		v.AxisB = f.Times.Minute(j.FinishedAt).Text
		if v.AxisA == v.AxisB { // the minute says nothing of a short job
			v.AxisA, v.AxisB = f.Times.Second(web.Began(j)).Text, f.Times.Second(j.FinishedAt).Text
		}
	}
	v.side(f)
	v.Report = newReport(f, v.Steps)
	return v
}

func title(j setup.Job) string {
	var word string
	switch {
	case j.State.Active() && j.Failed > 0:
		word = setup.Count(j.Failed, "step") + " failed"
	default:
		word = web.JobWord(j)
	}
	return fmt.Sprintf("%s: Job %d", word, j.ID)
}

func (v *View) times(f Facts) {
	j := f.Job
	v.StartVia = "Started"
	if j.StartedAt.IsZero() {
		v.StartVia = "Asked for"
	}
	v.Started = f.Times.Second(web.Began(j))
	if v.Over {
		v.Ended = f.Times.Second(j.FinishedAt)
		v.Took = web.Took(j.FinishedAt.Sub(web.Began(j)))
		return
	}
	v.Took = web.LongTime(f.Times.Now.Sub(web.Began(j)))
	v.Since = web.Millis(web.Began(j))
}

func (v *View) progress(f Facts) {
	count := map[setup.StepState]int{}
	total := 0
	for _, s := range f.Steps {
		if s.State == setup.StepSkipped {
			continue
		}
		total++
		count[s.State]++
	}
	v.Segs, v.Left = newSegs(f), newLeft(f)
	var rest []string
	for _, p := range []struct {
		state setup.StepState
		text  string
	}{
		{setup.StepFailed, "failed"}, {setup.StepNeedsYou, "waiting for you"}, {setup.StepRunning, "running"},
		{setup.StepWaiting, "waiting"}, {setup.StepCancelled, "cancelled"},
	} {
		if n := count[p.state]; n > 0 {
			rest = append(rest, strconv.Itoa(n)+" "+p.text)
		}
	}
	switch {
	case total == 0:
		v.Summary = "No steps yet."
	case count[setup.StepDone] == total:
		v.Summary = "All " + setup.Count(total, "step") + " done."
	default:
		v.Summary = fmt.Sprintf("%d of %s done. %s.", count[setup.StepDone], setup.Count(total, "step"), strings.Join(rest, ", "))
	}
	v.SegsAre = fmt.Sprintf("Job %d: %s", v.Number, v.Summary)
	if v.Old = newOld(f); v.Old == nil {
		v.Later = f.Later
	}
	if !v.Over {
		v.Note = f.Worker
	}
}

func (v *View) stream(f Facts) {
	v.Earlier = f.Earlier != ""
	if v.Over || v.Earlier {
		return
	}
	v.Events = v.Base + "/events?after=" + strconv.FormatInt(f.Job.Seq, 10)
	v.Reload = !f.Still
}

// canRerun says whether a step may be tried again. The store has the same rule.
func canRerun(s setup.Step) bool {
	return s.State == setup.StepFailed || s.State == setup.StepCancelled
}

// canRerunAlone says whether a step can be tried again without any other: what
// it needs, near or far, must not have stopped.
func canRerunAlone(list []setup.Step, s setup.Step) bool {
	if !canRerun(s) {
		return false
	}
	before := slices.Clone(s.Needs)
	for i := 0; i < len(before); i++ {
		for _, o := range list {
			if o.ID != before[i] {
				continue
			}
			if canRerun(o) {
				return false
			}
			for _, need := range o.Needs {
				if !slices.Contains(before, need) { // each once, also if they need each other
					before = append(before, need)
				}
			}
		}
	}
	return true
}

// next is what people do after a job that succeeded.
func (v *View) next(f Facts) {
	if f.Job.Kind == setup.JobInvalidate || f.Setup.ID == "" || f.history() {
		return
	}
	if f.Job.Kind == setup.JobTeardown {
		v.Next = []NextStep{{Text: "Set it up again", Hint: "Opens a draft with the answers of this setup.", Setup: f.Setup.ID, Page: string(setup.PageReview)}}
		return
	}
	if f.Job.Kind == setup.JobRestore {
		v.Next = []NextStep{{Text: "Move the traffic again", Hint: "Opens a draft with the answers of this setup. Its job makes nothing twice.", Setup: f.Setup.ID, Page: string(setup.PageReview)}}
		return
	}
	v.Next = []NextStep{
		{Text: "Change edge settings", Hint: "Caching, methods, firewall. Opens a draft with the answers of this setup.", Setup: f.Setup.ID, Page: string(setup.PageEdge)},
		{Text: "Clear cached answers", Hint: "On the page of the setup.", URL: v.SetupURL},
	}
}

func (v *View) side(f Facts) {
	v.HaveTitle = "Exists in AWS now"
	if f.Job.State == setup.JobSucceeded && f.Job.Kind == setup.JobApply && !f.remade() {
		if f.Job.Revision == 1 { // later jobs change what is there
			v.HaveTitle = "What was made"
		}
		if f.Resources.ID(setup.KeyRecordValidation) != "" || f.Resources.Attr(setup.KeyCertificateEdge, setup.AttrRecordName) != "" {
			v.HaveNote = "Keep the validation record. With it the certificates renew by themselves, well before they end."
		}
	}
	if f.remade() {
		v.HaveNote = fmt.Sprintf("Job %d has worked on this setup since. What this job changed and removed is said under its steps.", f.LastApply)
	}
	v.Have, v.Gone = haveRows(f), newGoneSide(f)
	v.Nothing = "Nothing yet."
	if f.Job.Kind == setup.JobTeardown {
		v.Nothing = "Nothing any more."
	}
	if f.Setup.ID != "" && f.Job.State != setup.JobSucceeded && !f.remade() {
		p := litPath(f)
		v.Path = &p
	}
	v.Facts = []Fact{{Term: "Connection", Text: cmp.Or(f.Via, f.Job.Connection)}}
	if f.Job.AccountID != "" {
		v.Facts = append(v.Facts, Fact{Term: "Account", Text: web.AccountNumber(f.Job.AccountID)})
	}
	v.Facts = append(v.Facts, Fact{Term: "API region", Text: f.Job.Region})
	if len(f.Job.Input.Paths) > 0 {
		v.Facts = append(v.Facts, Fact{Term: "Paths sent", Text: strings.Join(f.Job.Input.Paths, " ")},
			Fact{Term: "Counts as", Text: setup.Count(len(f.Job.Input.Paths), "path") + " of the 1,000 a month that are free in an account"})
	}
	if k := f.Resources.Lowered(); k != nil && k.Job == f.Job.ID && f.Job.State.Active() && k.Until.After(f.Times.Now) {
		v.Facts = append(v.Facts, Fact{Term: "Old TTL", Text: "Old answers may live until " + f.Times.Minute(k.Until.Add(time.Minute-1)).Text + ". Traffic moves after that"})
	}
	v.Facts = append(v.Facts, Fact{Term: "Setup", Text: f.Job.SetupName, URL: v.SetupURL},
		Fact{Term: "Revision", Text: strconv.Itoa(f.Job.Revision), URL: v.SetupURL + "?history=revisions#history"})
}

// cancelText says what becomes of what a job has done, if it is cancelled.
func cancelText(kind setup.JobKind) string {
	if kind == setup.JobTeardown {
		return "What is deleted already is gone, and the rest stays."
	}
	return "Nothing is deleted."
}

// cancelWord is what the button says that cancels a job.
func cancelWord(kind setup.JobKind) string {
	if kind == setup.JobTeardown {
		return "Stop here"
	}
	return "Cancel job"
}

// NewCancelView decides what the page shows that asks before a cancel.
func NewCancelView(f Facts) CancelView {
	v := CancelView{Number: f.Job.ID, Base: "/jobs/" + strconv.FormatInt(f.Job.ID, 10), Heading: heading(f.Job), Have: haveRows(f), Stays: cancelText(f.Job.Kind) + " Finished steps stay finished, and you can go on later from the first one that is not."}
	v.Title, v.Crumb, v.Button = fmt.Sprintf("Cancel job %d?", f.Job.ID), "Cancel", fmt.Sprintf("Cancel job %d", f.Job.ID)
	if f.Job.Kind == setup.JobTeardown {
		v.Title, v.Crumb, v.Button = fmt.Sprintf("Stop job %d here?", f.Job.ID), "Stop here", "Stop here"
		if v.Gone = newGoneSide(f); v.Gone != nil {
			v.Gone.Left, v.Gone.Note = "Would be left", "“Take down” on the page of the setup deletes it later."
		}
	}
	for _, s := range f.Steps {
		switch s.State {
		case setup.StepWaiting, setup.StepRunning, setup.StepNeedsYou:
			v.Steps = append(v.Steps, s.Title)
		case setup.StepDone, setup.StepFailed, setup.StepSkipped, setup.StepCancelled:
		}
	}
	return v
}
