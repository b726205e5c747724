package jobs

import (
	"cmp"
	"strconv"
	"strings"

	"apifront/setup"
	"apifront/web"
)

// Report is a job that is over, on paper: everything in full, nothing to open.
type Report struct {
	Facts   []Fact
	Made    []ReportMade
	Changes []ReportChange
	Steps   []ReportStep
	Writes  []ReportWrite
}

// ReportMade is one thing that exists in AWS, by its whole names.
type ReportMade struct{ What, State, ID, ARN, Region string }

// ReportChange is one thing that the job changed or removed, as an attempt of a
// step has found it.
type ReportChange struct{ Step, Text string }

// ReportStep is one step with its times.
type ReportStep struct {
	Number, Name, Word, Summary string
	Started                     web.Moment
	Took                        string
	Attempts                    string
}

// ReportWrite is one call that could change something in AWS.
type ReportWrite struct {
	Time              web.Moment
	Step, Call, Place string
	Answer, Ref       string
}

// newReport decides what is printed; nil while the job goes on.
func newReport(f Facts, rows []StepRow) *Report {
	j := f.Job
	if j.State.Active() {
		return nil
	}
	r := &Report{Facts: []Fact{
		{Term: "Job", Text: strconv.FormatInt(j.ID, 10) + ", " + strings.ToLower(web.JobWord(j))},
		{Term: "Revision", Text: strconv.Itoa(j.Revision)},
		{Term: "By", Text: cmp.Or(j.CreatedBy.Name, setup.WorkerName)},
		{Term: "Started", Text: f.Times.Full(web.Began(j)).Text},
		{Term: "Ended", Text: f.Times.Full(j.FinishedAt).Text},
		{Term: "Connection", Text: cmp.Or(f.Via, j.Connection)},
		{Term: "Account", Text: cmp.Or(web.AccountNumber(j.AccountID), "not known")},
		{Term: "API region", Text: j.Region},
	}}
	for _, m := range f.Setup.Spec.API.Mappings {
		r.Facts = append(r.Facts, Fact{Term: "Path " + m.DisplayPath(), Text: web.Joined(m.APIName, m.APIID, "stage "+m.Stage)})
	}
	for _, x := range web.Existing(f.Resources) {
		if x.Key == setup.KeyInvalidation && j.Kind != setup.JobInvalidate {
			continue
		}
		h := web.NewResourceRow(f.Times, f.Setup.Spec, x, true)
		made := ReportMade{What: h.Label, State: h.State, ID: x.ID, ARN: x.ARN, Region: x.Region}
		if made.ARN == made.ID {
			made.ARN = ""
		}
		r.Made = append(r.Made, made)
		for _, a := range []string{setup.AttrDomainName, setup.AttrTarget} {
			if name := x.Attributes[a]; name != "" && name != x.ID {
				r.Made = append(r.Made, ReportMade{What: h.Label + ", its name", ID: name})
			}
		}
	}
	for i, s := range f.Steps {
		r.Steps = append(r.Steps, ReportStep{
			Number: stepNo(s.Number), Name: s.Title, Word: rows[i].Word, Summary: s.Summary,
			Started: f.Times.Second(s.StartedAt), Took: rows[i].Took, Attempts: attemptsWord(s.Attempt),
		})
		for _, a := range attemptsOf(f.Attempts, s.ID) {
			for _, c := range changeRows(a) {
				r.Changes = append(r.Changes, ReportChange{Step: strconv.Itoa(s.Number), Text: c.Change})
			}
		}
	}
	for _, c := range f.Writes {
		w := ReportWrite{Time: f.Times.Second(c.StartedAt), Call: callName(c), Place: c.Region, Ref: cmp.Or(c.RequestID, "none")}
		w.Answer, _ = callAnswer(c)
		if s := stepByID(f.Steps, c.StepID); s != nil {
			w.Step = strconv.Itoa(s.Number)
		}
		r.Writes = append(r.Writes, w)
	}
	return r
}

func attemptsWord(n int) string {
	if n < 2 {
		return ""
	}
	return setup.Count(n, "attempt")
}
