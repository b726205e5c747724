package steps

import (
	"cmp"
	"slices"

	"apifront/setup"
)

// An Observed is a step with what a check saw of it.
type Observed struct {
	Step Step
	Obs  Observation
	Out  Outside // what it saw from outside
}

// Findings are what the observations of a check say is not as wanted. What was
// seen from outside is joined with the difference in AWS that explains it: then it
// is one finding, which says what callers get and what a job puts back.
func Findings(seen []Observed) []setup.FindingBody {
	var list []setup.FindingBody
	differs := func(id setup.StepID) bool {
		return slices.ContainsFunc(list, func(f setup.FindingBody) bool { return f.StepID == id })
	}
	for _, o := range seen {
		// What only waits for a thing that differs has nothing of its own to say.
		if o.Step.Apply != nil || !slices.ContainsFunc(o.Step.Needs, differs) {
			list = append(list, differences(o)...)
		}
	}
	for _, o := range seen {
		for _, c := range o.Obs.Causes {
			list = explain(list, o.Step, c)
		}
		list = beside(list, o.Obs.Findings)
	}
	return list
}

// differences are what a step itself finds to differ.
func differences(o Observed) []setup.FindingBody {
	s, obs := o.Step, o.Obs
	f := setup.FindingBody{StepID: s.ID, Part: part(s)}
	if len(s.Settings) > 0 {
		f.Setting = s.Settings[0]
	}
	if f.Setting == setup.SettingValidationRecord {
		f.Part = setup.PartName // it is in DNS, whatever it is for
	}
	var list []setup.FindingBody
	for _, c := range obs.Changes {
		d := f
		d.Key, d.Field, d.Is, d.Want = string(s.ID)+"/"+c.Field, c.Field, c.Is, c.Want
		d.Setting, d.Repair, d.Fits = settingOf(s, c.Field), s.Apply != nil, slices.Contains(obs.Fits, c.Is)
		if i := slices.IndexFunc(obs.Mappings, func(m setup.StandingMapping) bool { return c.Field == mappingField+m.DisplayPath() }); i >= 0 {
			d.There = &obs.Mappings[i]
		}
		d.Title = consequence(s, d)
		list = append(list, d)
	}
	for _, m := range obs.Mappings {
		field := mappingField + m.DisplayPath()
		if !slices.ContainsFunc(obs.Changes, func(c setup.Change) bool { return c.Field == field }) {
			list = append(list, setup.FindingBody{
				Key: string(s.ID) + "/" + field, StepID: s.ID, Part: f.Part, Added: true, There: &m,
				Title: "Path " + m.DisplayPath() + " was added", Field: field, Is: cmp.Or(m.APIName, m.APIID) + ", stage " + m.Stage,
			})
		}
	}
	for _, r := range obs.Removals {
		if !r.Stays && !r.Gone {
			d := f
			d.Key, d.Setting, d.Repair = string(s.ID)+"/"+r.Key+"/"+r.ID, "", true
			d.Title, d.Is = "Not wanted any more, and still there: "+r.Name(), r.ID
			list = append(list, d)
		}
	}
	switch obs.State {
	case Absent:
		if s.Apply != nil && len(obs.Changes) == 0 {
			f.Key, f.Repair, f.Want = string(s.ID)+"/missing", true, obs.Summary
			f.Title = missingConsequence(s, f)
			list = append(list, f)
		}
	case Foreign:
		f.Setting = cmp.Or(obs.Setting, f.Setting)
		f.Key, f.Title, f.Fix = string(s.ID)+"/foreign", obs.Problem.What+" "+obs.Problem.Why, obs.Problem.Fix
		list = append(list, f)
	case Person:
		f.Key, f.Fix = string(s.ID)+"/person", "Add the record where the DNS of the name is kept."
		for _, r := range obs.Records {
			if !r.Found {
				f.Field, f.Is, f.Want = r.Type+" "+r.Name, setup.And(r.Seen), r.Value
				break
			}
		}
		f.Title = waitingConsequence(s, f)
		list = append(list, f)
	case Pending:
		if obs.Sure && obs.Problem != nil && len(obs.Causes) == 0 {
			f.Key, f.Title, f.Fix = string(s.ID)+"/stopped", obs.Problem.What+" "+obs.Problem.Why, obs.Problem.Fix
			list = append(list, f)
		}
	case Drifted, Ready:
	}
	return list
}

// explain adds what was seen from outside to the differences that explain it, or
// as a finding of its own where nothing in AWS differs.
func explain(list []setup.FindingBody, look Step, c setup.Cause) []setup.FindingBody {
	if c.Problem == nil {
		return list
	}
	step, _ := StepFor(c.Setting)
	same := func(f setup.FindingBody) bool { return f.Setting != "" && f.Setting == c.Setting }
	or := func(f setup.FindingBody) bool { return f.Setting != "" && slices.Contains(c.Or, f.Setting) }
	ofStep := func(f setup.FindingBody) bool { return step.ID != "" && f.StepID == step.ID && f.Repair }
	for _, explains := range []func(setup.FindingBody) bool{same, or, ofStep} {
		found := false
		for i := range list {
			if explains(list[i]) {
				found = true
				if list[i].Effect == nil {
					list[i].Effect = c.Problem
				}
				for _, p := range c.Paths {
					if !slices.Contains(list[i].Paths, p) {
						list[i].Paths = append(list[i].Paths, p)
					}
				}
			}
		}
		if found {
			return list
		}
	}
	key := string(look.ID) + "/" + string(c.Setting) + "/" + c.Symptom
	if slices.ContainsFunc(list, func(f setup.FindingBody) bool { return f.Key == key }) {
		return list
	}
	f := setup.FindingBody{
		Key: key, StepID: look.ID, Part: part(look), Setting: c.Setting, Title: c.Problem.What,
		Effect: c.Problem, Paths: c.Paths, Fix: c.Problem.Fix, Passes: c.Passing,
	}
	if step.ID != "" {
		f.Part = part(step)
	}
	return append(list, f)
}

// part is the part of the request's path that the step works on; "" for the whole
// account.
func part(s Step) setup.Part {
	if len(s.Parts) == 0 {
		return ""
	}
	return s.Parts[0]
}
