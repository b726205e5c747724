package wizard

import (
	"fmt"
	"slices"
	"strings"

	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
)

// split parts the checks that did not pass, the worst first, from those that did.
func split(checks []web.PreCheck) (open, passed []web.PreCheck) {
	for _, c := range checks {
		if c.State == "done" {
			passed = append(passed, c)
		} else {
			open = append(open, c)
		}
	}
	worst := []string{"failed", "you", "running"} // all others are worth less
	rank := func(c web.PreCheck) int {
		if i := slices.Index(worst, c.State); i >= 0 {
			return i
		}
		return len(worst)
	}
	slices.SortStableFunc(open, func(a, b web.PreCheck) int { return rank(a) - rank(b) })
	return open, passed
}

// preChecks are the checks before the start.
func preChecks(c *visit, known setup.Facts, faults setup.Faults, plan handlers.Answer[setup.Plan]) []web.PreCheck {
	var list []web.PreCheck
	wrong := reviewErrors(faults)
	if len(wrong) == 0 {
		list = append(list, web.PreCheck{State: "done", Title: "Every page is answered", Text: "Names, paths and settings fit together."})
	}
	for _, e := range wrong {
		page := setup.PageID(strings.TrimPrefix(e.ID, "ans-"))
		list = append(list, web.PreCheck{State: "failed", Title: "Something is missing", Text: e.Text + ".", Href: handlers.DraftPageURL(c.draft.ID, page) + "?return=review&check=1", Link: "Answer it"})
	}
	for _, f := range faults.Of(setup.FaultAwaits, "") {
		list = append(list, web.PreCheck{State: "running", Title: "Asking AWS for the " + f.Text, Text: "The answers are looked at again when it is there."})
	}
	switch who := known.Identity; {
	case who.Problem != nil:
		list = append(list, web.PreCheck{State: "failed", Title: who.Problem.What, Text: who.Problem.Why + " " + who.Problem.FixOutside()})
	case who.Have:
		list = append(list, web.PreCheck{State: "done", Title: "Credentials work", Text: "AWS says: account " + web.AccountNumber(who.Value.AccountID) + ", as " + who.Value.ARN + "."})
	}
	list = append(list, apisCheck(c.spec().API.Mappings, known.APIs)...)
	if name := known.Name; name.Have && name.Problem == nil && len(c.spec().NewCertificates()) > 0 && name.Value.Unread[setup.NameCAA] == "" && !name.Value.CAABlocks {
		list = append(list, web.PreCheck{State: "done", Title: "Amazon may issue certificates for this name", Text: "No CAA record forbids it."})
	}
	list = append(list, notices(c.draft.ID, known, faults)...)
	switch {
	case len(wrong) > 0:
	case plan.Pending:
		list = append(list, web.PreCheck{State: "running", Title: "Comparing with AWS", Text: "Each step looks at what exists already. The start waits for it, for half a minute at most."})
	case plan.Problem != nil:
		list = append(list, web.PreCheck{State: "you", Title: plan.Problem.What, Text: plan.Problem.FixOutside()})
	case plan.Have:
		if blockedText(plan.Value) != "" {
			list = append(list, web.PreCheck{State: "failed", Title: "Something is in the way in AWS", Text: "What it is and what to do is below."})
		} else {
			list = append(list, web.PreCheck{State: "done", Title: "Nothing in AWS is in the way", Text: "Every step has looked at what exists."})
		}
	}
	return list
}

// notices are the notices about the answers, and what could not be checked.
func notices(draft string, known setup.Facts, faults setup.Faults) (list []web.PreCheck) {
	for _, f := range faults {
		check := web.PreCheck{State: "you", Title: f.Title, Text: f.Text}
		switch {
		case f.Kind == setup.FaultUnchecked && f.Field == "account.account_id":
			continue // the line about the credentials says it
		case f.Kind == setup.FaultUnchecked:
			check.State = "wait"
		case f.Kind != setup.FaultNotice:
			continue
		case f.Field == "edge.key_headers":
			check.Href, check.Link = handlers.DraftPageURL(draft, f.Page)+"?return=review", "Choose the headers"
		case f.Field == "domain.zone_id":
			check.Href, check.Link = handlers.DraftPageURL(draft, f.Page)+"?return=review", "Look at the hosted zone"
		case f.Field == "domain" && known.Other.Have:
			check.Href, check.Link = handlers.SetupURL(known.Other.Value.ID), "Open it"
		}
		list = append(list, check)
	}
	return list
}

// preflightChecks are the worker's checks in AWS for this job. Each red line
// has its fix, and what could not be checked is grey. No check keeps a job from
// starting.
func preflightChecks(c *visit, early handlers.Answer[[]setup.Check]) []web.PreCheck {
	switch {
	case early.Pending && (!early.Have || early.DoneAt.Before(since(c.draft))):
		return []web.PreCheck{{State: "running", Title: "Checking permissions, quotas and clock", Text: "The start does not wait for it."}}
	case early.Problem != nil:
		return []web.PreCheck{{State: "wait", Title: "Permissions and quotas could not be checked", Text: early.Problem.What + " " + early.Problem.FixOutside()}}
	case !early.Have:
		return nil
	}
	list := handlers.ShowChecks(early.Value)
	for i, check := range early.Value {
		if check.Result == setup.CheckBad && len(check.Items) > 0 {
			list[i].Href, list[i].Link = handlers.DraftURL(c.draft.ID)+"/policy", "Open the policy"
		}
	}
	return list
}

// apisCheck says that each API of the paths exists and is deployed, if AWS has
// listed the APIs and that is so.
func apisCheck(mappings []setup.Mapping, list setup.Fact[[]setup.APIInfo]) []web.PreCheck {
	if !list.Have {
		return nil // a fault says it
	}
	var names []string
	seen := make(map[string]bool)
	for _, m := range mappings {
		api, ok := setup.FindAPI(list.Value, m.APIID)
		if !ok || api.Refused != "" || !slices.Contains(api.Stages, m.Stage) {
			return nil // the missing answer is named elsewhere
		}
		if !seen[m.APIID] {
			seen[m.APIID] = true
			names = append(names, api.Name)
		}
	}
	title, text := "The API is there and deployed", "has the stage you chose."
	switch n := len(names); n {
	case 0:
		return nil
	case 1:
		text = names[0] + " " + text
	case 2:
		title, text = "Both APIs are there and deployed", setup.And(names)+": each has the stage you chose."
	case 3:
		title, text = "All 3 APIs are there and deployed", strings.Join(names, ", ")+": each has the stage you chose."
	default:
		title, text = fmt.Sprintf("All %d APIs are there and deployed", n), "Each has the stage you chose."
	}
	return []web.PreCheck{{State: "done", Title: title, Text: text}}
}
