package worker

import (
	"context"
	"fmt"
	"slices"

	"apifront/cloud"
	"apifront/probe"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// A caller is for whom AWS is called.
type caller struct {
	holder  string // whose turns they are
	session string // name of the session of a role, as CloudTrail shows it
	record  setup.Recorder
}

// passer is the one who carries out a pass: what it calls goes into the ledger.
func (w *Worker) passer(p *store.Pass) caller {
	return caller{store.Holder(p.Job.ID, p.Step.ID), setup.SessionName(p.Job.CreatedBy.Name, fmt.Sprint(p.Job.ID)), w.recorder(p)}
}

// looker is one who only looks: its calls are no part of any job's history.
func looker(holder string) caller {
	return caller{holder, setup.SessionName("look", ""), func(context.Context, setup.Call) {}}
}

// open opens an account.
func (w *Worker) open(ctx context.Context, v caller, connection, region string) (*cloud.Account, error) {
	return w.Cloud.OpenAs(ctx, connection, region, v.holder, v.session, v.record)
}

// openDNS opens the account of the hosted zone: that of the API, unless the zone
// is reached over a connection of its own.
func (w *Worker) openDNS(ctx context.Context, v caller, spec setup.Spec, api *cloud.Account) (*cloud.Account, error) {
	at := spec.DNSAccount()
	if at.Connection == spec.Account.Connection {
		return api, nil
	}
	return w.open(ctx, v, at.Connection, "")
}

// env is what the steps of a job on a setup work with, apart from what they keep.
// Its Guard is the only one that is asked before a write.
func (w *Worker) env(ctx context.Context, v caller, j setup.Job, s setup.Setup) (*steps.Env, error) {
	account, err := w.open(ctx, v, j.Connection, j.Region)
	if err != nil {
		return nil, err
	}
	dns, err := w.openDNS(ctx, v, s.Spec, account)
	if err != nil {
		return nil, err
	}
	var keys []setup.ProbeKey
	if slices.ContainsFunc(s.Spec.API.Mappings, func(m setup.Mapping) bool { return m.Test.Key != "" }) {
		if keys, err = w.Store.ProbeKeys(ctx); err != nil {
			return nil, err
		}
	}
	return &steps.Env{
		Setup: s, Job: j, Account: account, DNSAccount: dns,
		Needs: func(ctx context.Context, record string) ([]string, error) {
			return w.Store.ValidationUsers(ctx, s.ID, record)
		},
		Closes: func(ctx context.Context, key, region string) ([]string, error) {
			return w.Store.EndpointClosers(ctx, s.ID, key, region)
		},
		Prober: probe.New(w.Probe, v.record), Install: w.Install, Now: w.Store.Now, Keys: keys, Seals: w.Seals,
	}, nil
}
