package jobs

import (
	"cmp"
	"fmt"
	"strconv"

	"apifront/setup"
	"apifront/web"
)

// CallView is the page of one call.
type CallView struct {
	Number    int64
	Base      string
	Title     string // "cloudfront:CreateDistribution"
	Lede      string
	Facts     []CallFact
	Line      string // of the AWS CLI; "": it is not known
	LineNote  string
	Input     string
	InputNote string
	None      string // why there is no line
}

// A CallFact is a line of what is known of a call.
type CallFact struct {
	Term, Text, URL string
	Copy            string // what is copied; "": there is no button
	Bad             bool
	Console         web.ConsoleLink
}

// Exported is what a call asked for, in the words of the AWS CLI.
type Exported struct {
	Line, Input string // "": it is not known
	Secrets     []string
	About       string          // the thing that the call was about, as the setup has it now; "": none
	Console     web.ConsoleLink // to it in AWS
}

// CallURL is the address of the page of a call.
func CallURL(base string, id int64) string { return base + "/calls/" + strconv.FormatInt(id, 10) }

// NewCallView decides what the page of a call shows.
func NewCallView(c web.Times, j setup.Job, step setup.Step, call setup.Call, e Exported) CallView {
	base := "/jobs/" + strconv.FormatInt(j.ID, 10)
	v := CallView{Number: j.ID, Base: base, Title: callName(call), Line: e.Line, Input: e.Input, Lede: "A call of " + j.SetupName + " that only looked."}
	if call.Write {
		v.Lede = "A call of " + j.SetupName + " that may have changed something in AWS."
	}
	add := func(f CallFact) {
		if f.Text != "" {
			v.Facts = append(v.Facts, f)
		}
	}
	answer, bad := callAnswer(call)
	add(CallFact{Term: "Answer", Text: answer, Bad: bad})
	add(CallFact{Term: "AWS said", Text: call.Message})
	add(CallFact{Term: "When", Text: c.Milli(call.StartedAt).Text})
	add(CallFact{Term: "Took", Text: shortTime(call.Took)})
	add(CallFact{Term: "Region", Text: call.Region})
	add(CallFact{Term: "Request ID", Text: call.RequestID, Copy: "request ID"})
	title := cmp.Or(step.Title, string(call.StepID))
	if step.Number > 0 {
		title = fmt.Sprintf("%d. %s", step.Number, title)
	}
	add(CallFact{Term: "Step", Text: title, URL: base + "#step-" + string(call.StepID)})
	add(CallFact{Term: "About", Text: e.About, Console: e.Console})
	switch {
	case e.Line != "":
		v.LineNote = "Run again, it asks AWS for the same again. What AWS chooses by itself, such as IDs and ETags, may be different by now."
		v.InputNote = "As --cli-input-json takes it."
		if len(e.Secrets) > 0 {
			v.LineNote = "Where the secret " + setup.And(e.Secrets) + " belongs, it says so: apifront does not keep it with the call. " + v.LineNote
		}
	case isProbe(call):
		v.None = "This was no call of AWS, so there is no line of the AWS CLI for it."
	case call.Service == "sts":
		v.None = "This call asks AWS who the caller is. What it asked is not kept."
	default:
		v.None = "What this call asked of AWS was not kept: an earlier version of apifront made it."
	}
	return v
}

// ScriptView is the page of a job as a script.
type ScriptView struct {
	Number  int64
	Base    string
	Lede    string
	Notes   []string // what is to be known first
	File    string
	Command string
	Use, In []string
	Text    string // "": there is none
}

// ScriptFacts is what a script is, for its page.
type ScriptFacts struct {
	Text          string
	Writes, Reads int
	Secrets       []string // the environment variables that it needs
	Left          []string // what is not in it, though AWS may have carried it out
	Lost          int      // writes of the job of which it was not kept what they asked
	Person        bool     // somebody added records by hand
	DNS           string   // the other account of the hosted zone; "": none
	Given         []string // the variables of what was there before
}

// ScriptFile is the name of a job's script.
func ScriptFile(job int64) string { return fmt.Sprintf("apifront-job-%d.sh", job) }

// NewScriptView decides what the page of a script shows.
func NewScriptView(j setup.Job, s ScriptFacts) ScriptView {
	v := ScriptView{
		Number: j.ID, Base: "/jobs/" + strconv.FormatInt(j.ID, 10), Text: s.Text, File: ScriptFile(j.ID),
		Lede: "A shell script that does what this job did for " + j.SetupName + ". Nothing changes here or in AWS until you run it.",
	}
	switch {
	case s.Text == "" && s.Lost > 0:
		v.Notes = append(v.Notes, "There is no script of this job: what its calls asked of AWS was not kept then.")
	case s.Text == "" && j.State.Active():
		v.Notes = append(v.Notes, "There is no script yet: this job has changed nothing in AWS so far.")
	case s.Text == "":
		v.Notes = append(v.Notes, "There is no script: this job changed nothing in AWS.")
	case j.State.Active():
		v.Notes = append(v.Notes, "This is not the whole job: it still runs, and the script has what it did so far.")
	case j.State != setup.JobSucceeded:
		v.Notes = append(v.Notes, "The job did not end well, so the script does what the job had done, and not all that was wanted.")
	}
	if s.Text != "" && s.Lost > 0 {
		v.Notes = append(v.Notes, fmt.Sprintf("%s not in it: what was asked was not kept then.", count(s.Lost, "write is", "writes are")))
	}
	env := ""
	for _, name := range s.Secrets {
		env += name + "=… "
	}
	v.Command = env + "sh " + v.File
	v.Use = []string{
		"It stops before it changes anything, if the credentials are of another account.",
		"It waits for AWS where the job waited, so it takes as long as the job.",
		"If it stops, it says at which write. Fix the cause and run it again in the same directory: it continues from there, because it keeps a file of what was done.",
	}
	if len(s.Given) > 0 {
		v.Use = append(v.Use, "If scripts of earlier jobs of this setup ran in the same directory, it uses the IDs of what they made. Its first lines name the variables for other IDs, such as USE_"+s.Given[0]+".")
	}
	if len(s.Secrets) > 0 {
		v.Use = append(v.Use, "Give it the secret in the environment: apifront does not keep it with the job's calls.")
	}
	if s.DNS != "" {
		v.Use = append(v.Use, "The hosted zone is in account "+s.DNS+": name a profile for it in DNS_PROFILE.")
	}
	v.In = []string{
		setup.Count(s.Writes, "write") + " that AWS carried out, in the order of the job.",
		"Not in it: calls that only look, but for " + count(s.Reads, "read", "reads") + " whose answer is needed; tests from outside; tries that AWS refused.",
		"AWS gives what it makes new IDs. The script reads them from AWS’s answers.",
	}
	if s.Reads == 0 {
		v.In[1] = "Not in it: calls that only look, tests from outside, tries that AWS refused."
	}
	if len(s.Given) > 0 {
		use := make([]string, len(s.Given))
		for i, g := range s.Given {
			use[i] = "USE_" + g
		}
		v.In = append(v.In, "What existed before the job has the ID that it had then, unless a variable says otherwise: "+setup.And(use)+".")
	}
	if s.Person {
		v.In = append(v.In, "Where somebody added a record by hand, the script says which one.")
	}
	for _, l := range s.Left {
		v.In = append(v.In, "Left out: "+l)
	}
	return v
}

// count is a number with its word, which is another one for more than one.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + more
}
