package handlers

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"apifront/setup"
	"apifront/store"
	"apifront/web"
)

func passed(checks []web.PreCheck) string {
	ok, know, bad := 0, 0, 0
	for _, c := range checks {
		switch c.State {
		case "done":
			ok++
		case "failed":
			bad++
		case "you":
			know++
		}
	}
	text := fmt.Sprintf("%d passed", ok)
	if know > 0 {
		text += fmt.Sprintf(", %d to know about", know)
	}
	if bad > 0 {
		text += fmt.Sprintf(", %d to answer", bad)
	}
	return text
}

// preChecks is what is looked at before the start.
func preChecks(c *visit, wrong web.FieldErrors, plan Answer[setup.Plan]) ([]web.PreCheck, error) {
	var list []web.PreCheck
	sp := c.spec()
	if len(wrong) == 0 {
		list = append(list, web.PreCheck{State: "done", Title: "Every page is answered", Text: "Names, paths and settings fit together."})
	}
	for _, e := range wrong {
		page := setup.PageID(strings.TrimPrefix(e.ID, "ans-"))
		list = append(list, web.PreCheck{State: "failed", Title: "Something is missing", Text: e.Text + ".", Href: DraftPageURL(c.draft.ID, page) + "?return=review&check=1", Link: "Answer it"})
	}
	apis, err := apisCheck(c)
	if err != nil {
		return nil, err
	}
	who, err := Stored[setup.Identity](c, c.s, identityKey(sp.Account))
	if err != nil {
		return nil, err
	}
	switch {
	case who.Problem != nil:
		list = append(list, web.PreCheck{State: "failed", Title: who.Problem.What, Text: who.Problem.Why + " " + who.Problem.FixOutside()})
	case who.Have:
		list = append(list, web.PreCheck{State: "done", Title: "Credentials work", Text: "AWS says: account " + web.AccountNumber(who.Value.AccountID) + ", as " + who.Value.ARN + "."})
	}
	list = append(list, apis...)
	facts, err := Stored[setup.NameFacts](c, c.s, NameKey(sp.Account, sp.Domain.Name))
	if err != nil {
		return nil, err
	}
	if facts.Have && facts.Problem == nil {
		switch why := facts.Value.Unread[setup.NameCAA]; {
		case why != "":
			list = append(list, web.PreCheck{State: "wait", Title: "Whether Amazon may issue certificates for this name could not be checked", Text: why})
		case facts.Value.CAABlocks:
			list = append(list, web.PreCheck{State: "you", Title: "Amazon may not issue certificates for this name", Text: "A CAA record forbids it: " + strings.Join(facts.Value.CAA, "; ") + "."})
		default:
			list = append(list, web.PreCheck{State: "done", Title: "Amazon may issue certificates for this name", Text: "No CAA record forbids it."})
		}
		if why := facts.Value.Unread[setup.NameAddresses]; why != "" {
			list = append(list, web.PreCheck{State: "wait", Title: "Whether this name is live today could not be checked", Text: why})
		}
		if len(facts.Value.Addresses) > 0 || facts.Value.CNAME != "" {
			at := facts.Value.CNAME
			if at == "" {
				at = facts.Value.Addresses[0]
			}
			list = append(list, web.PreCheck{State: "you", Title: "This name is live today", Text: sp.Domain.Name + " answers from " + at + ". Clients move to CloudFront near the end, after the new path has passed its tests."})
		}
	}
	if shared := sp.Edge.SharedText(); shared != "" {
		list = append(list, web.PreCheck{State: "you", Title: "Kept answers do not tell all callers apart", Text: shared, Href: DraftPageURL(c.draft.ID, setup.PageEdge) + "?return=review", Link: "Choose the headers"})
	}
	other, err := c.s.Store.SetupByName(c, sp.Domain.Name)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return nil, fmt.Errorf("find setup of %s: %w", sp.Domain.Name, err)
	default:
		list = append(list, web.PreCheck{State: "you", Title: "There is a setup with this name already", Text: "The job takes over what exists for it where it is its own.", Href: SetupURL(other.ID), Link: "Open it"})
	}
	switch {
	case len(wrong) > 0:
	case plan.Pending:
		list = append(list, web.PreCheck{State: "running", Title: "Comparing with AWS", Text: "Each step looks at what exists already. You can start without waiting for it: the job looks again itself."})
	case plan.Problem != nil:
		list = append(list, web.PreCheck{State: "you", Title: plan.Problem.What, Text: plan.Problem.FixOutside()})
	case plan.Have:
		if blockedText(plan.Value) != "" {
			list = append(list, web.PreCheck{State: "failed", Title: "Something is in the way in AWS", Text: "What it is and what to do is below."})
		} else {
			list = append(list, web.PreCheck{State: "done", Title: "Nothing in AWS is in the way", Text: "Every step has looked at what exists."})
		}
	}
	return list, nil
}

// preflightChecks are what the worker looked at in AWS for this very job: each
// red line has its fix, and what could not be checked is grey. None of them
// keeps a job from being started.
func preflightChecks(c *visit, early Answer[[]setup.Check]) []web.PreCheck {
	switch {
	case early.Pending && (!early.Have || early.DoneAt.Before(since(c.draft))):
		return []web.PreCheck{{State: "running", Title: "Checking permissions, quotas and clock", Text: "You can start without waiting for it."}}
	case early.Problem != nil:
		return []web.PreCheck{{State: "wait", Title: "Permissions and quotas could not be checked", Text: early.Problem.What + " " + early.Problem.FixOutside()}}
	case !early.Have:
		return nil
	}
	list := ShowChecks(early.Value)
	for i, check := range early.Value {
		if check.Result == setup.CheckBad && len(check.Items) > 0 {
			list[i].Href, list[i].Link = DraftURL(c.draft.ID)+"/policy", "Open the policy"
		}
	}
	return list
}

// apisCheck says whether each API of the paths is there and deployed, as far as AWS has listed them.
func apisCheck(c *visit) ([]web.PreCheck, error) {
	sp := c.spec()
	list, err := Stored[[]setup.APIInfo](c, c.s, apisKey(sp.Account))
	if err != nil {
		return nil, err
	}
	if !list.Have {
		return []web.PreCheck{{State: "you", Title: "The APIs were not listed", Text: "AWS has not said which APIs are in " + sp.Account.Region + ". The job finds out when it maps the paths."}}, nil
	}
	var names []string
	seen := make(map[string]bool)
	for _, m := range sp.API.Mappings {
		api, ok := setup.FindAPI(list.Value, m.APIID)
		if !ok || api.Refused != "" || !slices.Contains(api.Stages, m.Stage) {
			return nil, nil // said as a missing answer
		}
		if !seen[m.APIID] {
			seen[m.APIID] = true
			names = append(names, api.Name)
		}
	}
	title, text := "The API is there and deployed", "has the stage you chose."
	switch n := len(names); {
	case n == 0:
		return nil, nil
	case n == 1:
		text = names[0] + " " + text
	case n <= 3:
		title, text = fmt.Sprintf("All %d APIs are there and deployed", n), strings.Join(names, ", ")+": each has the stage you chose."
	default:
		title, text = fmt.Sprintf("All %d APIs are there and deployed", n), "Each has the stage you chose."
	}
	return []web.PreCheck{{State: "done", Title: title, Text: text}}, nil
}
