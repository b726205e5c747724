package jobs

import (
	"fmt"
	"slices"
	"strings"

	"apifront/setup"
	"apifront/web"
)

// An Act is a button of a card.
type Act struct {
	Word  string   // "Request a new certificate"
	URL   string   // where it is sent
	Also  []string // further steps with which the job goes on
	Does  string   // what it does, in a sentence
	Field string   // of the page that it opens; "": its beginning
	Page  string   // of the wizard, which it opens; "": it runs steps
	Open  string   // a page of apifront, to which it leads; "": it does something
	Solid bool     // it is the page's first button
}

func (v *View) cards(f Facts) {
	switch {
	case f.history():
		v.Meanwhile = "As the job ended. There is nothing to do for it any more."
	case v.Over:
		v.Meanwhile = "Finished steps stay as they are."
	case slices.ContainsFunc(f.Steps, func(s setup.Step) bool { return s.State == setup.StepRunning }):
		v.Meanwhile = "The rest of the job goes on meanwhile."
	default:
		v.Meanwhile = "The rest of the job waits for this."
	}
	for _, s := range f.Steps {
		p := s.Problem
		meanwhile := p != nil && p.Meanwhile && s.State == setup.StepRunning
		if s.State != setup.StepFailed && (s.State != setup.StepNeedsYou || p == nil) && !meanwhile {
			continue
		}
		if p == nil {
			p = &setup.Problem{
				What: fmt.Sprintf("Step %d, %s, failed.", s.Number, s.Title),
				Why:  "No reason was recorded.",
				Fix:  "Re-run the step. If it fails again, open it below to see its last call.",
			}
		}
		c := ProblemCard{ID: "problem-" + string(s.ID),
			Steps: []CardStep{{Number: s.Number, URL: "#step-" + string(s.ID)}}, ProblemView: web.ShowProblem(p)}
		for _, r := range p.Drop {
			c.Drop = append(c.Drop, web.NewRecordRow(f.Setup.Spec.Domain, f.asEntered(r), "record"))
		}
		c.What, c.same = strings.TrimSuffix(p.What, "."), p
		switch {
		case f.history(): // it was for then
			c.Fix = ""
		case p.Denied():
			c.Policy = "/setups/" + f.Job.SetupID + "/policy"
		default:
			c.Keys = aboutKeys(p)
		}
		switch {
		case meanwhile:
			c.Waits, c.Meanwhile, c.Fix = true, goesOnLooking(f.About[s.ID]), whileItLooks(p.Fix)
		case s.State == setup.StepNeedsYou:
			c.Waits, c.Fix, c.Look = true, p.Fix, v.Base+"/records/check"
			if p.Code == setup.CodeCallersCome {
				c.GoOn = v.Base + "/steps/" + string(s.ID) + "/go-on"
			}
		}
		if c.Waits {
			// Steps that go on side by side stop at the same thing; one card says it.
			if slices.ContainsFunc(v.Cards, func(o ProblemCard) bool { return o.Waits && o.What == c.What && o.Fix == c.Fix }) {
				continue
			}
		}
		if !c.Waits && !f.history() {
			v.acts(f, s, p, &c)
		}
		if !c.Waits && v.joined(f, c) {
			continue
		}
		v.Cards = append(v.Cards, c)
	}
	v.oneSolid()
}

// steps names the steps that a card is about: "step 6 and 7".
func (c ProblemCard) steps() string {
	var numbers []int
	for _, s := range c.Steps {
		numbers = append(numbers, s.Number)
	}
	return "step " + ranges(numbers)
}

// acts are the buttons of a step that failed: one that goes on with the step that the
// problem names, and one that changes an answer.
func (v *View) acts(f Facts, s setup.Step, p *setup.Problem, c *ProblemCard) {
	start := f.goesOnWith(s, p)
	c.runs, c.starts, c.stopped = []setup.Step{start}, []setup.Step{start}, []setup.Step{s}
	for _, id := range p.Also {
		if o := f.step(id); start.ID == p.From && (canRerun(o) || o.State == setup.StepDone) {
			c.runs = append(c.runs, o)
		}
	}
	for _, r := range p.Add {
		c.Add = append(c.Add, web.NewRecordRow(f.Setup.Spec.Domain, f.asEntered(r), r.Type+" record"))
	}
	slices.SortStableFunc(c.runs, func(a, b setup.Step) int { return a.Number - b.Number })
	c.Acts = []Act{v.goOnAct(f, c)}
	if p.AtSetup() {
		c.Acts = append([]Act{{Word: "Open the setup", Open: v.SetupURL, Does: "Leads to the page where that is done."}}, c.Acts...)
	}
	if f.Job.Kind != setup.JobApply {
		return
	}
	page, field, first := answerOf(p, f.About[s.ID].Page)
	if !v.Over && !first {
		return
	}
	change := Act{URL: "/setups/" + f.Job.SetupID + "/change", Field: field, Does: "Opens a draft with these answers. Its job takes over what this one made."}
	if !v.Over {
		change.Does = "Opens a draft with these answers. Its job can start once this one has ended, and takes over what it made."
	}
	change.Page, change.Word = answersOf(page)
	if aboutKeys(p) {
		change.Word = "Change how it is tested"
	}
	if !first {
		c.Acts = append(c.Acts, change)
		return
	}
	c.Acts = append([]Act{change}, c.Acts...) // an answer is what ends it
	c.Fix = p.FixByAnswer(c.Acts[1].Word)
}

// goOnAct is the button that goes on with the steps of a card.
func (v *View) goOnAct(f Facts, c *ProblemCard) Act {
	first, own := c.runs[0], c.stopped[0]
	act := Act{Word: c.same.Act, URL: v.Base + "/steps/" + string(first.ID) + "/rerun-from"}
	for _, s := range append(slices.Clone(c.runs[1:]), c.stopped...) {
		if id := string(s.ID); s.ID != first.ID && !slices.Contains(act.Also, id) {
			act.Also = append(act.Also, id)
		}
	}
	switch {
	case first.ID != own.ID:
		act.Does = "Goes on with " + stepsWords(c.runs) + ", and all that follows. Nothing that exists is made twice."
		if act.Word == "" {
			act.Word = "Run again from " + stepsNumbers(c.runs)
		}
	default:
		act.Does = "Tries this step again, then those that wait for it. Nothing that exists is made twice."
		if canRerunAlone(f.Steps, own) {
			act.URL = v.Base + "/steps/" + string(own.ID) + "/rerun"
		}
		if act.Word == "" || c.same.From != own.ID { // its act is about a step that cannot run now
			act.Word = "Try again"
		}
	}
	if len(c.runs) > 1 {
		act.Word = strings.Replace(act.Word, "a new certificate", "new certificates", 1)
	}
	c.Fix = c.same.FixHere(act.Word)
	return act
}

// stepsWords names steps: "step 2, Request certificate, us-east-1".
func stepsWords(list []setup.Step) string {
	var words []string
	for _, s := range list {
		words = append(words, fmt.Sprintf("step %d, %s", s.Number, s.Title))
	}
	return strings.Join(words, ", and ")
}

// stepsNumbers is the same without their titles: "steps 2 and 3".
func stepsNumbers(list []setup.Step) string {
	var numbers []int
	for _, s := range list {
		numbers = append(numbers, s.Number)
	}
	return stepsOf(numbers)
}

// goesOnWith is the step with which a job goes on after the problem of a step: the one
// that the problem names, if it has ended, or else the step itself.
func (f Facts) goesOnWith(s setup.Step, p *setup.Problem) setup.Step {
	for _, o := range f.Steps {
		named := o.ID == p.From || p.Remake != "" && makes(f.About[o.ID].Keys, p.Remake)
		if p.From == "" && p.Remake == "" { // as problems were stored before they had a step
			named = strings.Contains(p.Fix, `"Re-run from here" at the step `+o.Title) || strings.Contains(p.Fix, "the job from the step "+o.Title)
		}
		if named && (canRerun(o) || o.State == setup.StepDone) {
			return o
		}
	}
	return s
}

// makes says whether the key of a resource is among these, or begins with one that ends
// like a prefix.
func makes(keys []string, key string) bool {
	return slices.ContainsFunc(keys, func(k string) bool {
		return k == key || (strings.HasSuffix(k, ":") || strings.HasSuffix(k, "/")) && strings.HasPrefix(key, k)
	})
}

// joined puts the card of a step into one that has the same cause and the same act, and
// says whether there is one.
func (v *View) joined(f Facts, c ProblemCard) bool {
	for i := range v.Cards {
		o := &v.Cards[i]
		if o.Waits || len(o.runs) == 0 || len(c.runs) == 0 || c.same.Act == "" || o.same.Act != c.same.Act || o.same.Code != c.same.Code || o.same.Why != c.same.Why {
			continue
		}
		o.What, o.Steps = bothWhat(o.What, c.What), append(o.Steps, c.Steps...)
		for _, s := range c.runs {
			if !slices.ContainsFunc(o.runs, func(r setup.Step) bool { return r.ID == s.ID }) {
				o.runs = append(o.runs, s)
			}
		}
		o.starts, o.stopped = append(o.starts, c.starts...), append(o.stopped, c.stopped...)
		at := slices.IndexFunc(o.Acts, func(a Act) bool { return a.Page == "" && a.Open == "" })
		o.Acts[at] = v.goOnAct(f, o)
		return true
	}
	return false
}

// above tells at the steps that the cards are about where the fix starts. These have no
// button of their own.
func (v *View) above() {
	row := func(id setup.StepID) *StepRow {
		return &v.Steps[slices.IndexFunc(v.Steps, func(r StepRow) bool { return r.ID == string(id) })]
	}
	for _, c := range v.Cards {
		for i, s := range c.stopped {
			r, start := row(s.ID), c.starts[i]
			r.Above = "The fix above starts here."
			if start.ID != s.ID {
				r.Above = "The fix above starts at " + stepsWords(c.starts[i:i+1]) + "."
			}
		}
		for _, s := range c.runs {
			if r := row(s.ID); s.State != setup.StepFailed {
				r.Meta = joinSentences([]string{r.Meta, "The fix above starts here"})
			}
		}
	}
}

// oneSolid makes the first button of the page its only solid one.
func (v *View) oneSolid() {
	if v.Stopped != nil && v.Stopped.GoOn != nil {
		v.Stopped.GoOn.Solid = true
		return
	}
	for i := range v.Cards {
		if c := &v.Cards[i]; c.Look != "" {
			c.Solid = true
			return
		} else if len(c.Acts) > 0 {
			c.Acts[0].Solid = true
			return
		}
	}
}

// bothWhat is the title of two cards that differ in what follows the last "in".
func bothWhat(a, b string) string {
	i, k := strings.LastIndex(a, " in "), strings.LastIndex(b, " in ")
	if i < 0 || k < 0 || a[:i] != b[:k] {
		return a + ". " + b
	}
	return strings.Replace(a[:i], "the certificate", "the certificates", 1) + " in " + a[i+len(" in "):] + " and " + b[k+len(" in "):]
}

// whileItLooks is a fix for as long as the step looks by itself and cannot be
// re-run.
func whileItLooks(fix string) string {
	fix = strings.TrimSuffix(fix, " Then re-run this step.")
	if strings.HasPrefix(fix, "Re-run ") {
		return "If it stays so until this step fails: r" + fix[1:]
	}
	return fix
}

// goesOnLooking says how long a step goes on after a look that found something
// wrong.
func goesOnLooking(about StepAbout) string {
	text := "Nothing has stopped: this step looks again by itself"
	if about.Every > 0 {
		text += ", every " + setup.Span(about.Every) + " at most"
	}
	if about.Limit > 0 {
		text += ". It fails if that is still so after " + setup.Span(about.Limit)
	}
	return text + "."
}

// answersOf is the page of the wizard with the answers that a step goes by, and
// the text of the button that opens it. It is the review if the step names no
// page.
func answersOf(page setup.PageID) (id, word string) {
	switch page {
	case setup.PageAccount:
		word = "Change the account"
	case setup.PageAPI:
		word = "Choose another API"
	case setup.PageDomain:
		word = "Change domain and DNS"
	case setup.PageCertificates:
		word = "Change certificates"
	case setup.PageEdge:
		word = "Change edge settings"
	default:
		return string(setup.PageReview), "Change an answer"
	}
	return string(page), word
}

// answerOf is the answer that helps with a problem of a step whose answers are on the
// page own: its page and, if the problem names one, its field. first says that a re-run
// without it fails again.
func answerOf(p *setup.Problem, own setup.PageID) (page setup.PageID, field string, first bool) {
	if kind := setup.SharedOf(p.Code); kind != "" {
		return setup.PageEdge, "accept-" + kind, true
	}
	if aboutKeys(p) {
		return setup.PageAPI, "", true
	}
	if page, first = p.Answer(own); page == "" {
		page = own
	}
	return page, "", first
}

// aboutKeys says whether a problem is about a key that a test sends.
func aboutKeys(p *setup.Problem) bool {
	return p.Code == "KeyMissing" || p.Code == "KeyUnbound" || p.Code == "KeyUnusable"
}
