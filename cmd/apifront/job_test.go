package main

import (
	"context"
	"fmt"
	"testing"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// startJob starts the i-th setup's job.
func startJob(t testing.TB, d *demo, i int) int64 {
	t.Helper()
	spec := setup.DefaultSpec()
	spec.Account.AccountID, spec.Account.Region = d.world.AccountID, "eu-west-1"
	m := setup.Mapping{Kind: setup.APIKindHTTP, APIName: "catalog-http-eu", Stage: "$default"}
	if i%2 == 0 {
		spec.Account.Region = setup.EdgeRegion
		m = setup.Mapping{Path: "orders", Kind: setup.APIKindREST, APIName: "orders-api", Stage: "prod"}
	}
	m.APIID = d.world.APIs[m.APIName]
	spec.API.Mappings = []setup.Mapping{m}
	spec.Domain.ZoneName = "harborview.example"
	spec.Domain.Name = fmt.Sprintf("n%03d.harborview.example", i)
	spec.Domain.ZoneID = d.world.Zones[spec.Domain.ZoneName]
	draft, err := d.app.store.CreateDraft(context.Background(), demoName, spec)
	if err != nil {
		t.Fatal(err)
	}
	job := store.NewJob{DraftID: draft.ID, Kind: setup.JobApply, By: demoName}
	for _, r := range steps.Rows(setup.JobApply, spec) {
		job.Steps = append(job.Steps, store.NewStep{ID: r.ID, Title: r.Title, Service: r.Service, Needs: r.Needs, Skip: r.Skip})
	}
	id, err := d.app.store.StartJob(context.Background(), job)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
