package wizard

import (
	"fmt"
	"strings"
	"time"

	"apifront/setup"
	"apifront/steps"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

// blockedText says why a job must not start: a step would meet a resource that
// is not ours. It is "" if no step would.
func blockedText(p setup.Plan) string {
	stops := 0
	for _, l := range p.Lines {
		if l.Action == setup.PlanStop && (l.Problem == nil || l.Problem.Code != "Panic") {
			stops++
		}
	}
	if stops == 0 {
		return ""
	}
	return "The job would stop at " + setup.Count(stops, "step") + ", marked “In the way” above. Clear that first, then compare again. Nothing in AWS was changed."
}

// changes says whether a step may change something in AWS.
func changes(id setup.StepID) bool {
	st, ok := steps.Find(id)
	return ok && st.Apply != nil
}

// orderText says what a step is about, and how long AWS usually takes for it.
func orderText(r steps.Row, sp setup.Spec) string {
	st, ok := steps.Find(r.ID)
	text, timed := r.Service, true
	if ok && st.Brief != nil {
		text, timed = st.Brief(sp)
	}
	if timed && st.Wait.Usual >= 10*time.Second {
		text += ", usually " + setup.Span(st.Wait.Usual)
	}
	return text
}

// reviewLines are the steps of the plan that create, change or reuse something,
// or would stop. others counts the steps that only look.
func reviewLines(p setup.Plan) (lines []webwizard.ReviewLine, others string) {
	looks := 0
	for _, l := range p.Lines {
		state, word := planWord(l.Action)
		if reusesNothing(l) {
			looks++
			continue
		}
		switch l.Action {
		case setup.PlanSkip:
			continue
		case setup.PlanCreate, setup.PlanChange, setup.PlanReuse, setup.PlanRemove, setup.PlanStop, setup.PlanPerson:
		default:
			if l.Problem == nil {
				looks++
				continue
			}
		}
		icon := state
		if l.Action == setup.PlanCreate {
			icon = "plus"
		}
		line := webwizard.ReviewLine{State: state, Icon: icon, Word: word, Stays: l.Action == setup.PlanReuse, Title: thingOf(l), Text: l.Summary, Service: l.Service, Differs: differs(l)}
		if l.Problem != nil {
			problem := web.ShowProblem(l.Problem)
			line.Problem = &problem
			line.Text = l.Problem.What
		}
		lines = append(lines, line)
	}
	if looks > 0 {
		others = setup.Count(looks, "other step") + " only look."
		if looks == 1 {
			others = "1 other step only looks."
		}
	}
	return lines, others
}

// doesLine counts what a job would do, as "Makes 7 things, changes 1, reuses 2."; what a
// change reuses is no news.
func doesLine(p setup.Plan, change bool) string {
	counts := map[string]int{}
	for _, l := range p.Lines {
		if !reusesNothing(l) {
			counts[l.Action]++
		}
	}
	var parts []string
	for _, of := range []struct{ action, word string }{
		{setup.PlanCreate, "makes"}, {setup.PlanChange, "changes"}, {setup.PlanRemove, "removes"}, {setup.PlanReuse, "reuses"},
	} {
		n := counts[of.action]
		switch {
		case change && of.action == setup.PlanReuse:
		case n > 0 && len(parts) == 0:
			parts = append(parts, of.word+" "+setup.Count(n, "thing"))
		case n > 0:
			parts = append(parts, fmt.Sprintf("%s %d", of.word, n))
		}
	}
	if n := counts[setup.PlanPerson]; n > 0 {
		parts = append(parts, fmt.Sprintf("needs you for %d", n))
	}
	if len(parts) == 0 {
		if change {
			return "Nothing in AWS differs."
		}
		return "Nothing differs: it only looks."
	}
	text := strings.Join(parts, ", ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// answersLine is what was answered, in a line, with the certificates that are requested.
func answersLine(sp setup.Spec, certificates int) string {
	var parts []string
	for _, part := range []string{sp.Domain.Name, sp.Account.Region} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	parts = append(parts, setup.Count(len(sp.API.Mappings), "path"))
	if certificates > 0 {
		parts = append(parts, setup.Count(certificates, "new certificate"))
	}
	switch {
	case sp.Domain.DNS == setup.DNSRoute53 && sp.Domain.ZoneName != "":
		parts = append(parts, "Route 53, "+sp.Domain.ZoneName)
	case sp.Domain.DNS == setup.DNSElsewhere:
		parts = append(parts, "DNS at another provider")
	}
	return strings.Join(parts, ", ")
}

// reusesNothing says that a step has nothing to do, and no thing of its own that would
// be reused.
func reusesNothing(l setup.PlanLine) bool {
	st, ok := steps.Find(l.StepID)
	return ok && l.Action == setup.PlanReuse && l.Problem == nil && len(st.Keys) == 0
}

// thingOf is what a line of the plan is about. The title of a step says what the step
// does, which is not what happens to a thing that exists.
func thingOf(l setup.PlanLine) string {
	st, ok := steps.Find(l.StepID)
	if !ok || st.Thing == "" || l.Action == setup.PlanCreate {
		return l.Title
	}
	return strings.ToUpper(st.Thing[:1]) + st.Thing[1:]
}

// differs is what a line of the plan changes, in words. A record that takes the place
// of another one is one line.
func differs(l setup.PlanLine) (list []string) {
	var out, in []string
	for _, ch := range l.Changes {
		switch {
		case ch.Want == "" && ch.Is != "":
			out = append(out, ch.Field+" "+ch.Is)
		case ch.Is == "":
			in = append(in, ch.Field+" "+ch.Want)
		default:
			list = append(list, ch.Field+": "+ch.Is+" becomes "+ch.Want)
		}
	}
	switch {
	case len(out) > 0 && len(in) > 0:
		list = append(list, strings.Join(out, ", ")+" → "+strings.Join(in, ", "))
	case len(out) > 0:
		list = append(list, "Taken out: "+strings.Join(out, ", "))
	case len(in) > 0:
		list = append(list, "Added: "+strings.Join(in, ", "))
	}
	for _, r := range l.Removals {
		what := " is removed: "
		if r.Stays {
			what = " stays: "
		}
		list = append(list, r.Name()+what+r.Why)
	}
	return list
}

// nothing stands where one of two answers is none.
const nothing = "nothing"

func orNothing(text string) string {
	if text == "" {
		return nothing
	}
	return text
}

// planWord is the icon and the word for what a job would do.
func planWord(action string) (state, word string) {
	switch action {
	case setup.PlanCreate:
		return "running", "Create"
	case setup.PlanChange:
		return "you", "Change"
	case setup.PlanReuse:
		return "done", "Reuse"
	case setup.PlanRemove:
		return "you", "Remove"
	case setup.PlanStop:
		return "failed", "In the way"
	case setup.PlanSkip:
		return "wait", "Skip"
	case setup.PlanPerson:
		return "you", "You do it"
	}
	return "wait", "Look"
}
