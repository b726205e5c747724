package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func identityStep() Step {
	return Step{
		ID:       "identity",
		Thing:    "account",
		Title:    "Check the account",
		Why:      "Makes sure that the connection still reaches the account that was chosen, before anything is changed there.",
		Service:  "STS",
		Tutorial: 0,
		Kinds:    []setup.JobKind{setup.JobApply, setup.JobInvalidate, setup.JobRestore, setup.JobTeardown},
		Page:     setup.PageAccount,
		Wait:     Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: time.Minute, Usual: time.Second},
		Actions:  []string{"sts:GetCallerIdentity"},
		Reads:    readsIdentity,
		Observe:  observeIdentity,
	}
}

func observeIdentity(ctx context.Context, e *Env) (Observation, error) {
	id, err := e.Account.Identity(ctx)
	if err != nil {
		return Observation{}, err
	}
	want := e.accountID()
	if want != "" && id.AccountID != want {
		return foreign(problem(
			"The connection leads to another account.",
			"The setup is for account "+setup.AccountNumber(want)+", but AWS says that the connection belongs to "+setup.AccountNumber(id.AccountID)+".",
			"Switch the connection back to account "+setup.AccountNumber(want)+", or choose a connection that belongs to it, then re-run this step. Nothing in AWS was changed.",
		)), nil
	}
	e.Account.ID = id.AccountID
	o := ready("STS, account " + setup.AccountNumber(id.AccountID))
	o.AccountID = id.AccountID
	return o, nil
}
