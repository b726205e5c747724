package jobs

import (
	"slices"
	"strings"

	"apifront/setup"
	"apifront/web"
)

// doneCard says what a job that succeeded has shown, and how to try it.
func doneCard(f Facts) *DoneCard {
	if f.Job.Kind == setup.JobInvalidate {
		return &DoneCard{
			Title: "Cached answers are cleared",
			At:    f.Times.Second(f.Job.FinishedAt),
			Text:  clearedWords(f.Job.Input.Paths),
		}
	}
	if f.Job.Kind == setup.JobTeardown {
		return takenDown(f)
	}
	d := f.Setup.Spec.Domain
	if f.history() {
		return &DoneCard{Title: oldDone(f), At: f.Times.Second(f.Job.FinishedAt), Text: oldProof(f)}
	}
	if f.Job.Kind == setup.JobRestore {
		return &DoneCard{
			Title: "The old record of " + f.Job.SetupName + " is back",
			At:    f.Times.Second(f.Job.FinishedAt),
			Text: "The zone's name servers answer with " + recordWords(f.marked(setup.MarkTraffic)) +
				". Clients go there again " + web.ClientsFollow(d) + ". Nothing in AWS was deleted: a new job of this setup moves the traffic again.",
		}
	}
	c := &DoneCard{Title: d.Name + " is served by CloudFront", At: f.Times.Second(f.Job.FinishedAt)}
	target := f.Resources.Attr(setup.KeyDistribution, setup.AttrDomainName)
	live, preview := f.marked(setup.MarkLive), f.marked(setup.MarkPreview)
	path := f.Setup.Spec.FirstPath()
	host := setup.AnyOf(d.Name)
	plain := "curl -i " + setup.ShellWord("https://"+host+path)
	direct := "curl -i --connect-to " + setup.ShellWord(host+":443:"+target+":443") + " " + setup.ShellWord("https://"+host+path)

	switch {
	case live != nil && live.State == setup.StepDone:
		c.At = f.Times.Second(live.FinishedAt)
		c.Text = sentence(live.Summary, "Test requests from outside came back through CloudFront and reached the API.")
		if s := f.marked(setup.MarkTraffic); f.Led && s != nil && s.State == setup.StepDone && !f.foundMoved(s) {
			c.Text += " The name led there before this job, so its record did not have to be changed."
		}
		c.Command = plain
		if target != "" {
			c.Direct, c.DirectIn = direct, "DNS caches may keep the old record until its time to live is over. This command goes to CloudFront without asking DNS:"
		}
	case d.Switch == setup.SwitchLater && leadsHere(f.marked(setup.MarkTraffic)):
		c.Text = sentence(summaryOf(preview), "Test requests to CloudFront reached the API.") +
			" The DNS record of " + d.Name + " leads to " + target + ", so clients come through CloudFront."
		c.Command = plain
	case d.Switch == setup.SwitchLater:
		c.Title = "CloudFront is ready for " + d.Name
		c.Text = sentence(summaryOf(preview), "Test requests to CloudFront reached the API.") +
			" Traffic has not moved: clients follow once you point the DNS record of " + d.Name + " at " + target + "."
		if target != "" {
			c.Command = direct
		}
	default:
		c.Text = sentence(summaryOf(preview), "All steps are done.")
		c.Command = plain
	}
	c.Look = cacheLine(f.Setup.Spec)
	return c
}

// takenDown says what a job has deleted, and what stays.
func takenDown(f Facts) *DoneCard {
	c := &DoneCard{Title: f.Job.SetupName + " is taken down", At: f.Times.Second(f.Job.FinishedAt)}
	if f.history() {
		c.Title = f.Job.SetupName + " was taken down"
	}
	var texts []string
	for _, s := range f.Steps {
		if strings.Contains(strings.ToLower(s.Summary), "stay") {
			texts = append(texts, sentence(s.Summary, ""))
		}
	}
	c.Text = "What apifront made for the name is gone from AWS."
	if len(texts) > 0 {
		c.Text = "What apifront made for the name is gone from AWS, but for this. " + strings.Join(texts, " ")
	}
	return c
}

// leadsHere says whether a step has found that the traffic records lead to the
// distribution, though nothing was to be moved.
func leadsHere(s *setup.Step) bool {
	return s != nil && len(s.Records) > 0 && !slices.ContainsFunc(s.Records, func(r setup.Record) bool { return !r.Found })
}

// oldDone says what a job did, if later jobs have changed things since.
func oldDone(f Facts) string {
	switch {
	case f.Job.Kind == setup.JobRestore:
		return "The old record of " + f.Job.SetupName + " was back"
	case f.Setup.Spec.Domain.Switch == setup.SwitchLater:
		return "CloudFront was ready for " + f.Job.SetupName
	default:
		return f.Job.SetupName + " was served by CloudFront"
	}
}

// oldProof is what such a job had shown.
func oldProof(f Facts) string {
	if f.Job.Kind == setup.JobRestore {
		return "The zone's name servers answered with " + recordWords(f.marked(setup.MarkTraffic)) + "."
	}
	for _, m := range []setup.StepMark{setup.MarkLive, setup.MarkPreview} {
		if text := summaryOf(f.marked(m)); text != "" {
			return sentence(text, "")
		}
	}
	return "All steps were done."
}

// clearedWords says what a job has cleared, and what it has not: CloudFront
// matches a path to the letter, its query string included.
func clearedWords(paths []string) string {
	named, more := paths, ""
	const most = 12
	if len(paths) > most {
		named, more = paths[:most], " and "+setup.Count(len(paths)-most, "other path")
	}
	text := "CloudFront has dropped what it kept for " + strings.Join(named, ", ") + more + " at every edge location. The next request for each goes to the API."
	if all := slices.Contains(paths, "/*"); all {
		return "CloudFront has dropped everything that it kept for this name, at every edge location. The next requests go to the API."
	}
	for _, p := range paths {
		if !strings.ContainsAny(p, "*?") && !slices.Contains(paths, p+"?*") && !slices.Contains(paths, p+"*") {
			return text + " What it keeps for " + p + " with a query string was not cleared."
		}
	}
	return text
}

// recordWords names a step's records: "A 203.0.113.40".
func recordWords(s *setup.Step) string {
	if s == nil || len(s.Records) == 0 {
		return "the old record"
	}
	var words []string
	for _, r := range s.Records {
		words = append(words, r.Type+" "+r.Value)
	}
	return setup.And(words)
}

func cacheLine(spec setup.Spec) string {
	if m := spec.API.Mappings; len(m) > 0 && m[0].Kind == setup.APIKindWebSocket {
		return "It says Error, because this command opens no WebSocket and API Gateway refuses what opens none."
	}
	switch {
	case spec.CachingAsFound():
		return "It says Hit when CloudFront answered from what it kept. What it keeps stays as it was found."
	case spec.Edge.Caching == setup.CachingOff:
		return "It says Miss every time, because caching is off."
	case spec.Edge.Caching == setup.CachingAPI:
		return "It says Hit when CloudFront answered from what it kept, which the API's Cache-Control decides."
	default:
		return "It says Miss the first time and Hit from then on, until the time is over or the cache is cleared."
	}
}

// marked is the job's step with a mark; nil if it has none.
func (f Facts) marked(m setup.StepMark) *setup.Step {
	for i := range f.Steps {
		if f.About[f.Steps[i].ID].Mark == m {
			return &f.Steps[i]
		}
	}
	return nil
}

func stepByID(steps []setup.Step, id setup.StepID) *setup.Step {
	for i := range steps {
		if steps[i].ID == id {
			return &steps[i]
		}
	}
	return nil
}

func summaryOf(s *setup.Step) string {
	if s == nil || s.State != setup.StepDone {
		return ""
	}
	return s.Summary
}

// sentence is s, or other where s is empty, with a full stop.
func sentence(s, other string) string {
	if s == "" {
		s = other
	}
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}
