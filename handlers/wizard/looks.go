package wizard

import "apifront/setup"

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
