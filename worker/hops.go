package worker

import (
	"slices"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// bear adds to the outcome of a check by what it knows what it says: the evidence of
// each finding, the questions of each look, and where on the way of a request things
// are right.
func (c *checker) bear(o *store.CheckOutcome, seen []steps.Observed, open []setup.Finding) {
	s := steps.Survey{Env: c.envFor(""), Seen: seen, Here: o.Sight.Here, Leads: c.leadsOut}
	for i := range o.Findings {
		o.Findings[i].Evidence = s.Evidence(o.Findings[i])
	}
	s.Findings = slices.Clone(o.Findings)
	for _, f := range open { // of which this check has no word
		again := slices.ContainsFunc(o.Findings, func(b setup.FindingBody) bool { return b.Key == f.Key })
		if !again && (!slices.Contains(o.Looked, f.StepID) || slices.Contains(o.Stay, f.ID)) {
			s.Findings = append(s.Findings, f.FindingBody)
		}
	}
	for i := range o.Lines {
		j := slices.IndexFunc(seen, func(v steps.Observed) bool { return v.Step.ID == o.Lines[i].StepID })
		if j >= 0 {
			o.Lines[i].Asked = s.Asked(seen[j])
		}
	}
	o.Hops = s.Hops()
}
