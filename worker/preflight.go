package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"apifront/cloud"
	"apifront/setup"
	"apifront/steps"
)

// preflight looks at what a job of the setup will need, before it is started.
// A check that cannot be made says so and stops nothing.
func (w *Worker) preflight(ctx context.Context, setupID string) ([]setup.Check, error) {
	v, err := w.Store.Setup(ctx, setupID)
	if err != nil {
		return nil, err
	}
	record := func(context.Context, setup.Call) {}
	account, err := w.Cloud.Open(ctx, v.Spec.Account.Connection, v.Spec.Account.Region, "preflight", record)
	if err != nil {
		return nil, err
	}
	checks := []setup.Check{w.accountCheck(ctx, account, v.Spec.Account.AccountID, "The connection")}
	dns := account
	if at := v.Spec.DNSAccount(); v.Spec.Domain.DNS == setup.DNSRoute53 && at.Connection != v.Spec.Account.Connection {
		if dns, err = w.Cloud.Open(ctx, at.Connection, "", "preflight", record); err != nil {
			return nil, err
		}
		checks = append(checks, w.accountCheck(ctx, dns, at.AccountID, "The connection for DNS"))
	}
	checks = append(checks, w.permissionCheck(ctx, v.Spec, account, dns))
	certificates := 0
	for _, reused := range []string{v.Spec.Certificates.Edge, v.Spec.Certificates.Regional} {
		if reused == "" {
			certificates++
		}
	}
	return append(checks, account.Preflight(ctx, v.Spec.Domain.Name, certificates)...), nil
}

// accountCheck says whether the connection leads where the setup is meant to be.
func (w *Worker) accountCheck(ctx context.Context, a *cloud.Account, wanted, what string) setup.Check {
	who, err := a.Identity(ctx)
	if err == nil {
		err = a.Guard(ctx, wanted)
	}
	if err != nil {
		p := cloud.Explain(err)
		return setup.Check{Result: setup.CheckBad, Title: p.What, Text: p.Why, Fix: p.FixOutside()}
	}
	return setup.Check{Result: setup.CheckGood, Title: what + " leads to the right account", Text: "AWS says: " + who.ARN + "."}
}

// permissionCheck asks IAM for exactly what a job of the spec does.
func (w *Worker) permissionCheck(ctx context.Context, spec setup.Spec, account, dns *cloud.Account) setup.Check {
	scope := steps.Scope{Spec: spec, Install: w.Install}
	if p := scope.Check(); p != nil {
		return setup.Check{Result: setup.CheckUnknown, Title: "Permissions could not be checked", Text: p.Why, Fix: p.FixOutside()}
	}
	asks := map[*cloud.Account][]cloud.Ask{}
	all := 0
	for _, st := range steps.Statements(steps.PolicyApply, scope) {
		if len(st.Steps) == 0 {
			continue // only explains a refusal
		}
		keys := map[string][]string{}
		for _, c := range st.Conditions {
			if c.Operator == "Null" {
				continue
			}
			for _, v := range c.Values {
				keys[c.Key] = append(keys[c.Key], unescape(v))
			}
		}
		for _, action := range st.Actions {
			at := account
			if strings.HasPrefix(action, "route53:") {
				at = dns
			}
			for _, resource := range st.Resources {
				asks[at] = append(asks[at], cloud.Ask{Action: action, Resource: unescape(resource), Keys: keys})
				all++
			}
		}
	}
	c := setup.Check{Result: setup.CheckGood, Title: "Every action of the job is allowed", Text: fmt.Sprintf("IAM says so of %d actions, each with the resource it is for.", all)}
	for at, list := range asks {
		who, err := at.Identity(ctx)
		if err != nil {
			return notChecked(err)
		}
		denied, err := at.Denied(ctx, who, list)
		if err != nil {
			return notChecked(err)
		}
		for _, d := range denied {
			c.Items = append(c.Items, d.Action)
		}
	}
	if len(c.Items) == 0 {
		return c
	}
	slices.Sort(c.Items)
	c.Items = slices.Compact(c.Items)
	c.Result, c.Title = setup.CheckBad, "The job would be refused"
	c.Text = "IAM says that the connection may not use what is named here, on what the job uses it for."
	c.Fix = "Give the connection the policy of this draft."
	return c
}

func notChecked(err error) setup.Check {
	p := cloud.Explain(err)
	text := p.Why
	if e := errors.Unwrap(err); e != nil && cloud.Refused(err) {
		text = "The connection may not ask IAM (iam:SimulatePrincipalPolicy). A step that is refused says which action is missing."
	}
	return setup.Check{Result: setup.CheckUnknown, Title: "Permissions could not be checked", Text: text}
}

// unescape is the text that a pattern of a policy stands for: a question names
// one thing, where a policy names many.
var unescape = strings.NewReplacer("${*}", "*", "${?}", "?", "${$}", "$").Replace
