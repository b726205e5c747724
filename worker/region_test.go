package worker_test

import (
	"testing"

	"apifront/setup"
)

// Every look and job keeps to the regions of AWS and of its connection,
// whatever a draft or a row says; nothing is called for those that do not.
func TestLooksAndJobsKeepToTheirRegions(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		limited, err := w.store.CreateConnection(w.t.Context(), setup.Connection{Name: "Shop", Kind: setup.ConnectionDefault, Regions: []string{"eu-central-1"}}, "Ada")
		must(w.t, err)
		in := func(connection, region string) setup.Setup {
			return w.draft(variant{rest: true, change: func(s *setup.Spec) {
				s.Account.Connection, s.Account.Region, s.Domain.Name = connection, region, region+"."+s.Domain.Name
			}})
		}
		before := len(w.sim.Calls())
		for _, c := range []struct {
			key  setup.LookKey
			code string
		}{
			{setup.LookKey{Kind: setup.LookPlan, Region: "eu-west-1", Subject: in(setup.DefaultConnection, "a.evil.test").ID}, "UnknownRegion"},
			{setup.LookKey{Kind: setup.LookPreflight, Region: "eu-west-1", Subject: in(setup.DefaultConnection, "a.evil.test").ID}, "UnknownRegion"},
			{setup.LookKey{Kind: setup.LookPlan, Connection: limited.ID, Subject: in(limited.ID, "eu-west-1").ID}, "RegionNotAllowed"},
			{setup.LookKey{Kind: setup.LookPreflight, Connection: limited.ID, Subject: in(limited.ID, "eu-west-1").ID}, "RegionNotAllowed"},
			{setup.LookKey{Kind: setup.LookAPIs, Connection: limited.ID, Region: "eu-west-1"}, "RegionNotAllowed"},
			{setup.LookKey{Kind: setup.LookAPIs, Connection: limited.ID, Region: "us-east-1"}, "RegionNotAllowed"},
			{setup.LookKey{Kind: setup.LookCertificates, Connection: limited.ID, Region: "eu-west-1", Subject: theName}, "RegionNotAllowed"},
		} {
			if _, p := asked[any](w, c.key); p == nil || p.Code != c.code {
				w.t.Errorf("%+v: %+v, want %s", c.key, p, c.code)
			}
		}
		for code, s := range map[string]setup.Setup{"UnknownRegion": in(setup.DefaultConnection, "a.evil.test"), "RegionNotAllowed": in(limited.ID, "eu-west-1")} {
			job := w.begin(setup.JobApply, s)
			w.end(job)
			list, err := w.store.Steps(w.t.Context(), job)
			must(w.t, err)
			for _, st := range list {
				if st.ID == "identity" && (st.State != setup.StepFailed || st.Problem == nil || st.Problem.Code != code) {
					w.t.Errorf("%s: the step identity is %s: %+v", code, st.State, st.Problem)
				}
			}
		}
		if made := w.sim.Calls()[before:]; len(made) > 0 {
			w.t.Errorf("%d calls were made, the first: %+v", len(made), made[0])
		}
		// Where a connection may, it does.
		if _, p := asked[any](w, setup.LookKey{Kind: setup.LookAPIs, Connection: limited.ID, Region: "eu-central-1"}); p != nil {
			w.t.Errorf("in its own region: %+v", p)
		}
		for _, c := range w.sim.Calls()[before:] {
			if c.Region != "eu-central-1" {
				w.t.Errorf("%s:%s was made in %s", c.Service, c.Operation, c.Region)
			}
		}
	})
}
