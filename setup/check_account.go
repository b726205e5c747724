package setup

import (
	"slices"
	"strings"
)

func checkAccount(j *judge, s Spec, f Facts) {
	a := s.Account
	checkConnection(j, a, f.Connections)
	if !IsRegion(a.Region) {
		j.stop("account.region", "Choose the region of your API")
	}
	checkNumber(j, a, f.Identity)
}

func checkConnection(j *judge, a Account, list Fact[[]Connection]) {
	const field = "account.connection"
	i := slices.IndexFunc(list.Value, func(o Connection) bool { return o.ID == a.Connection })
	profile, isProfile := strings.CutPrefix(a.Connection, profilePrefix)
	switch {
	case a.Connection == "":
		j.stop(field, "Choose a connection")
	case !list.Have:
	case i >= 0 && IsRegion(a.Region) && !list.Value[i].In(a.Region):
		j.stop("account.region", "Choose a region of the connection "+list.Value[i].Name+": "+Or(list.Value[i].Regions))
	case i >= 0:
	case isProfile:
		j.stop(field, "Choose another connection: this server has no AWS profile "+profile+" any more")
	default:
		j.stop(field, "Choose another connection: the one chosen before was deleted")
	}
}

// checkNumber checks that the number of the account is known and is still the
// one that AWS names. The number and the domain name identify a setup, so
// without it nothing can be started.
func checkNumber(j *judge, a Account, who Fact[Identity]) {
	const field = "account.account_id"
	now := who.Value.AccountID
	missing := func(text string) { j.say(FaultMissing, field, "", text) }
	switch {
	case a.AccountID == "" && who.Problem != nil:
		missing("Choose a connection that works, or mend this one: AWS has not said which account it belongs to")
	case a.AccountID == "" && who.Awaited():
		missing("Wait until AWS has said which account this connection belongs to")
	case a.AccountID == "":
		missing("Ask AWS again which account this connection belongs to")
	case who.Problem != nil:
		j.say(FaultUnchecked, field, who.Problem.What, who.Problem.Why+" "+who.Problem.FixOutside())
	case now != "" && now != a.AccountID:
		j.stop(field, "Choose a connection to account "+AccountNumber(a.AccountID)+", or save this page once to work in account "+AccountNumber(now)+", where this one now leads")
	}
}

// AccountNumber writes an AWS account as people read it: 4821-7730-1954.
func AccountNumber(id string) string {
	if len(id) != 12 {
		return id
	}
	return id[:4] + "-" + id[4:8] + "-" + id[8:]
}
