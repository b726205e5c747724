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
	account, dns, checks, err := w.accountChecks(ctx, v.Spec)
	if err != nil {
		return nil, err
	}
	needs := func(s steps.Scope) []policy.Statement { return policy.Statements(policy.Apply, s) }
	checks = append(checks, w.permissionCheck(ctx, scope, needs, "Give the connection the policy of this draft.", account, dns)...)
	checks = append(checks, w.nameChecks(ctx, account, v.Spec, scope.Resources)...)
	return append(checks, account.Preflight(ctx, v.Spec.Domain.Name, v.Spec.NewCertificates())...), nil
}

// teardownPreflight looks whether the job that takes a setup down may do all that it
// has to, before it leads the name away.
func (w *Worker) teardownPreflight(ctx context.Context, id string) ([]setup.Check, error) {
	v, err := w.Store.Setup(ctx, id)
	if err != nil {
		return nil, err
	}
	scope := steps.Scope{Spec: v.Spec, Install: w.Install}
	scope.Resources, scope.Former, err = w.Store.AllResources(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	account, dns, checks, err := w.accountChecks(ctx, v.Spec)
	if err != nil {
		return nil, err
	}
	checks = append(checks, w.permissionCheck(ctx, scope, policy.TeardownJob, "Give the connection the policy \"Take down\" of this setup. It can be taken away again afterwards.", account, dns)...)
	return append(checks, callersCheck(ctx, account)...), nil
}

// callersCheck says if a teardown will not know whether callers still come. It stops no
// start, and says nothing where IAM cannot be asked.
func callersCheck(ctx context.Context, account *cloud.Account) []setup.Check {
	v := judge(ctx, account, []cloud.Ask{{Action: cloud.MetricsAction, Resource: "*", Keys: map[string][]string{"aws:RequestedRegion": {setup.EdgeRegion}}}})
	if len(v.Denied) == 0 {
		return nil
	}
	return []setup.Check{{
		Result: setup.CheckUnknown, Title: "Not known: whether callers still come",
		Text: "The connection may not use " + cloud.MetricsAction + ". So the job asks nobody before it switches the distribution off, and callers who keep an address of CloudFront get an error then.",
		Fix:  "With the policy \"Take down\" of this setup the job looks, and waits for you if somebody still comes.",
	}}
}

// accountChecks opens the connections of a spec, and says whether they lead where the
// setup is meant to be. DNS is nil if its connection cannot be used.
func (w *Worker) accountChecks(ctx context.Context, spec setup.Spec) (account, dns *cloud.Account, checks []setup.Check, err error) {
	look := looker("preflight")
	account, err = w.open(ctx, look, spec.Account.Connection, spec.Account.Region)
	if err != nil {
		return nil, nil, nil, err
	}
	checks = []setup.Check{w.accountCheck(ctx, account, spec.Account.AccountID, "The connection")}
	dns = account
	if at := spec.DNSAccount(); spec.Domain.DNS == setup.DNSRoute53 && at.Connection != spec.Account.Connection {
		if dns, err = w.openDNS(ctx, look, spec, account); err != nil {
			return account, nil, append(checks, notTheAccount("The connection for DNS", err)), nil
		}
		checks = append(checks, w.accountCheck(ctx, dns, at.AccountID, "The connection for DNS"))
	}
	return account, dns, checks, nil
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
// removes of what stands. needs are its statements, and fix says what gives the
// connection what it lacks. DNS is nil where its connection cannot be used.
func (w *Worker) permissionCheck(ctx context.Context, scope steps.Scope, needs func(steps.Scope) []policy.Statement, fix string, account, dns *cloud.Account) []setup.Check {
	if p := scope.Check(); p != nil {
		return []setup.Check{{Result: setup.CheckUnknown, Title: "Permissions could not be checked", Text: p.Why, Fix: p.FixOutside()}}
	}
	asks := map[*cloud.Account][]cloud.Ask{}
	all := 0
	statements := needs(scope)
	if scope.Apart() {
		scope.DNS = true // the connection of the zone has a policy of its own
		statements = append(statements, needs(scope)...)
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
			Fix:  fix,
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
