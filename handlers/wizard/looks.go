package wizard

import (
	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

func identityKey(a setup.Account) setup.LookKey {
	return setup.LookKey{Kind: setup.LookIdentity, Connection: a.Connection}
}

func apisKey(a setup.Account) setup.LookKey {
	return setup.LookKey{Kind: setup.LookAPIs, Connection: a.Connection, Region: a.Region}
}

func zonesKey(a setup.Account) setup.LookKey {
	return setup.LookKey{Kind: setup.LookZones, Connection: a.Connection}
}

func certificatesKey(a setup.Account, name string) setup.LookKey {
	return setup.LookKey{Kind: setup.LookCertificates, Connection: a.Connection, Region: a.Region, Subject: name}
}

func planKey(d setup.Draft) setup.LookKey {
	return setup.LookKey{Kind: setup.LookPlan, Connection: d.Spec.Account.Connection, Region: d.Spec.Account.Region, Subject: d.ID}
}

func preflightKey(d setup.Draft) setup.LookKey {
	k := planKey(d)
	k.Kind = setup.LookPreflight
	return k
}

// requestsKey asks about the paths of the setup's region, which the draft may have left.
func requestsKey(d setup.Draft, of setup.Setup) setup.LookKey {
	k := planKey(d)
	k.Kind, k.Region = setup.LookRequests, of.Spec.Account.Region
	return k
}

// lookView says how old an answer is, or why there is no answer.
func lookView[T any](times web.Times, what, button string, a handlers.Answer[T]) webwizard.LookView {
	v := webwizard.LookView{What: what, Button: button, Pending: a.Pending, Have: a.Have}
	if !a.DoneAt.IsZero() {
		v.Age = times.Past(a.DoneAt)
	}
	if a.Problem != nil {
		p := web.ShowProblem(a.Problem)
		v.Problem = &p
	}
	return v
}
