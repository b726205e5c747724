package worker

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"apifront/cloud"
	"apifront/policy"
	"apifront/setup"
	"apifront/steps"
)

// preflight looks at what the job of a draft will need, before it is started.
// A check that cannot be made says so and stops nothing.
func (w *Worker) preflight(ctx context.Context, draft string) ([]setup.Check, error) {
	v, err := w.planned(ctx, draft)
	if err != nil {
		return nil, err
	}
	scope := steps.Scope{Spec: v.Spec, Install: w.Install, NowOnly: true}
	scope.Resources, scope.Former, err = w.Store.AllResources(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	look := looker("preflight")
	account, err := w.open(ctx, look, v.Spec.Account.Connection, v.Spec.Account.Region)
	if err != nil {
		return nil, err
	}
	checks := []setup.Check{w.accountCheck(ctx, account, v.Spec.Account.AccountID, "The connection")}
	dns := account
	if at := v.Spec.DNSAccount(); v.Spec.Domain.DNS == setup.DNSRoute53 && at.Connection != v.Spec.Account.Connection {
		if dns, err = w.openDNS(ctx, look, v.Spec, account); err != nil {
			dns = nil
			checks = append(checks, notTheAccount("The connection for DNS", err))
		} else {
			checks = append(checks, w.accountCheck(ctx, dns, at.AccountID, "The connection for DNS"))
		}
	}
	checks = append(checks, w.permissionCheck(ctx, scope, account, dns)...)
	return append(checks, account.Preflight(ctx, v.Spec.Domain.Name, v.Spec.NewCertificates())...), nil
}

// accountCheck says whether the connection leads where the setup is meant to be.
func (w *Worker) accountCheck(ctx context.Context, a *cloud.Account, wanted, what string) setup.Check {
	who, err := a.Identity(ctx)
	if err == nil {
		err = a.Guard(ctx, wanted)
	}
	if err != nil {
		return notTheAccount(what, err)
	}
	return setup.Check{Result: setup.CheckGood, Title: what + " leads to the right account", Text: "AWS says: " + who.ARN + "."}
}

// notTheAccount says why a connection does not lead to the account that it
// should, or why that is not known. Trouble that passes by itself is not counted
// as a fault of the connection.
func notTheAccount(what string, err error) setup.Check {
	p := cloud.Explain(err)
	if cloud.Temporary(err) {
		return setup.Check{Result: setup.CheckUnknown, Title: what + " could not be checked", Text: p.What + " " + p.Why, Fix: p.FixOutside()}
	}
	return setup.Check{Result: setup.CheckBad, Title: p.What, Text: p.Why, Fix: p.FixOutside()}
}

// permissionCheck asks IAM for exactly what a job of the scope does, with what it
// removes of what stands. DNS is nil where its connection cannot be used.
func (w *Worker) permissionCheck(ctx context.Context, scope steps.Scope, account, dns *cloud.Account) []setup.Check {
	if p := scope.Check(); p != nil {
		return []setup.Check{{Result: setup.CheckUnknown, Title: "Permissions could not be checked", Text: p.Why, Fix: p.FixOutside()}}
	}
	asks := map[*cloud.Account][]cloud.Ask{}
	all := 0
	statements := policy.Statements(policy.Apply, scope)
	if scope.Apart() {
		scope.DNS = true // the connection of the zone has a policy of its own
		statements = append(statements, policy.Statements(policy.Apply, scope)...)
	}
	for _, st := range statements {
		if len(st.Steps) == 0 {
			continue // only explains a refusal
		}
		keys := map[string][]string{}
		for _, c := range st.Conditions {
			if c.Operator == "Null" {
				continue
			}
			for _, v := range c.Values {
				keys[c.Key] = append(keys[c.Key], steps.Unescape(v))
			}
		}
		for _, action := range st.Actions {
			at := account
			if strings.HasPrefix(action, "route53:") {
				at = dns
			}
			for _, resource := range st.Resources {
				asks[at] = append(asks[at], cloud.Ask{Action: action, Resource: steps.Unescape(resource), Keys: keys})
				all++
			}
		}
	}
	var v cloud.Verdict
	for _, at := range slices.Compact([]*cloud.Account{account, dns}) {
		one := judge(ctx, at, asks[at])
		v.Denied, v.Unknown = append(v.Denied, one.Denied...), append(v.Unknown, one.Unknown...)
		v.Err = cmp.Or(v.Err, one.Err)
	}
	var checks []setup.Check
	if len(v.Denied) > 0 {
		c := setup.Check{
			Result: setup.CheckBad, Title: "The job would be refused",
			Text: "IAM says that the connection may not use what is named here, on what the job uses it for.",
			Fix:  "Give the connection the policy of this draft.",
		}
		for _, d := range v.Denied {
			c.Items = append(c.Items, d.Action)
		}
		slices.Sort(c.Items)
		c.Items = slices.Compact(c.Items)
		checks = append(checks, c)
	}
	switch {
	case v.Err != nil:
		c := cloud.NotJudged(v)
		if len(v.Unknown) == all {
			c.Title, c.Items = "Permissions could not be checked", nil
		}
		if cloud.Refused(v.Err) {
			c.Text = "The connection may not ask IAM (iam:SimulatePrincipalPolicy). A step that is refused says which action is missing."
		}
		checks = append(checks, c)
	case len(v.Denied) == 0:
		checks = append(checks, setup.Check{Result: setup.CheckGood, Title: "Every action of the job is allowed", Text: fmt.Sprintf("IAM says so of %d actions, each with the resource it is for.", all)})
	}
	return checks
}

// judge asks IAM about the actions in one account. An account that is nil cannot
// be asked; then nothing is judged.
func judge(ctx context.Context, at *cloud.Account, list []cloud.Ask) cloud.Verdict {
	if at == nil {
		return cloud.Verdict{Unknown: list, Err: &setup.Problem{
			What: "The connection for DNS cannot be used.", Why: "So IAM was not asked what it may do.", Fix: "Test the connection on its page.",
			Ours: "connection for DNS", Code: "NoConnection",
		}}
	}
	if len(list) == 0 {
		return cloud.Verdict{}
	}
	who, err := at.Identity(ctx)
	if err != nil {
		return cloud.Verdict{Unknown: list, Err: err}
	}
	return at.Judge(ctx, who, list)
}
