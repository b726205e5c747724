package store

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// doubles is a database of schema 14 as changes of one name made it: two setups
// of an account and name, the second with a job at work, one of the same name in
// another account, one whose account nobody learnt, and a draft.
const doubles = `
	INSERT INTO setups VALUES ('s1', 'api.example.com', '{"account":{"account_id":"111122223333","region":"eu-west-1"},"domain":{"name":"api.example.com"},"edge":{"caching":"off"}}', 0, 'review', 3, 1, 'Ada', 1000, 'Ada', 2000);
	INSERT INTO setups VALUES ('s2', 'api.example.com', '{"account":{"account_id":"111122223333","region":"eu-west-1"},"domain":{"name":"api.example.com"},"edge":{"caching":"api"}}', 0, 'review', 5, 1, 'Grace', 3000, 'Grace', 4000);
	INSERT INTO setups VALUES ('s3', 'api.example.com', '{"domain":{"name":"api.example.com"}}', 0, 'review', 1, 1, 'Ada', 5000, 'Ada', 5000);
	INSERT INTO setups VALUES ('s4', 'api.example.com', '{"domain":{"name":"api.example.com"}}', 0, 'review', 1, 1, 'Ada', 6000, 'Ada', 6000);
	INSERT INTO setups VALUES ('d1', 'api.example.com', '{"domain":{"name":"api.example.com"}}', 1, 'edge', 9, 1, 'Ada', 7000, 'Grace', 8000);
	INSERT INTO jobs VALUES (1, 's1', 'api.example.com', 'apply', 'succeeded', '{}', 'default', '111122223333', 'eu-west-1', 'Ada', 1000, 1000, 2000, 1, 0, 0);
	INSERT INTO jobs VALUES (2, 's1', 'api.example.com', 'invalidate', 'succeeded', '{"paths":["/*"]}', 'default', '111122223333', 'eu-west-1', 'Ada', 2500, 2500, 2600, 0, 0, 0);
	INSERT INTO jobs VALUES (3, 's3', 'api.example.com', 'apply', 'failed', '{}', 'default', '444455556666', 'eu-west-1', 'Ada', 2700, 2700, 2800, 0, 1, 0);
	INSERT INTO jobs VALUES (4, 's4', 'api.example.com', 'apply', 'failed', '{}', 'default', '', 'eu-west-1', 'Ada', 2700, 2700, 2800, 0, 1, 0);
	INSERT INTO jobs VALUES (5, 's2', 'api.example.com', 'apply', 'running', '{}', 'default', '111122223333', 'eu-west-1', 'Grace', 3000, 3000, 0, 1, 0, 0);
	INSERT INTO steps VALUES (9, 5, 'a', 1, 'A', 'STS', 'waiting', '[]', '', '', '', 0, 0, 0, 0, 0, 'the worker', 0, 0, 0, 0, 0, 4000, 0);
	INSERT INTO events VALUES (1, 1, 1000, 'job', '', 0, 'Started by Ada.');
	INSERT INTO counters VALUES ('jobs', 5);
	INSERT INTO counters VALUES ('steps', 9);
	INSERT INTO resources VALUES ('s1', 'distribution', 'Distribution', 'E1', 'arn:E1', '', 1, 'Deployed', 'first', '{}', 2000);
	INSERT INTO resources VALUES ('s2', 'distribution', 'Distribution', 'E1', 'arn:E1', '', 0, 'Deployed', '', '{"domain-name":"d1.cloudfront.net"}', 4000);
	INSERT INTO resources VALUES ('s1', 'cache-policy', 'Cache policy', 'P1', '', '', 1, '', 'p1', '{}', 2000);
	INSERT INTO resources VALUES ('s2', 'cache-policy', 'Cache policy', 'P2', '', '', 1, '', 'p2', '{}', 4000);
	INSERT INTO resources VALUES ('s1', 'certificate-edge', 'Certificate', 'arn:C0', 'arn:C0', 'us-east-1', 0, 'ISSUED', '', '{}', 2000);
	INSERT INTO resources VALUES ('s2', 'certificate-edge', 'Certificate', '', '', 'us-east-1', 1, '', 'c1', '{}', 4000);
	INSERT INTO resources VALUES ('s1', 'mapping:/old', 'Path mapping', 'm1', '', 'eu-west-1', 1, '', '', '{}', 2000);
	INSERT INTO resources VALUES ('s1', 'record-traffic', 'DNS record', 'api.example.com', '', '', 1, 'INSYNC', '', '{"previous":"[{\"type\":\"CNAME\",\"name\":\"api.example.com\",\"value\":\"old.example.net\"}]","records":"[]"}', 2000);
	INSERT INTO resources VALUES ('s2', 'record-traffic', 'DNS record', 'api.example.com', '', '', 1, 'INSYNC', '', '{"previous":"null","records":"[]"}', 4000);
	INSERT INTO resources VALUES ('s3', 'distribution', 'Distribution', 'E3', 'arn:E3', '', 1, 'Deployed', 'third', '{}', 2000)`

// earlier makes a database of a schema with rows, and opens it.
func earlier(t *testing.T, schema int64, rows string) *Store {
	t.Helper()
	ctx, name := t.Context(), databaseName(t)
	db, p := unmigrated(t, name)
	_, err := p.UpTo(ctx, schema)
	must(t, err)
	for statement := range strings.SplitSeq(rows, ";\n") {
		_, err = db.ExecContext(ctx, statement)
		must(t, err)
	}
	must(t, db.Close())
	s, err := Open(ctx, name)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// Setups of one account and name become one: their specs its revisions in
// order, their jobs, resources and ways back kept, and old links lead on.
func TestSetupsOfOneNameBecomeOne(t *testing.T) {
	t.Parallel()
	s, ctx := earlier(t, 14, doubles), t.Context()
	b := &board{rung: map[int64]int64{}}
	s.SetBell(b)

	v, err := s.SetupByName(ctx, "111122223333", "api.example.com")
	must(t, err)
	if v.ID != "s1" || v.Revision != 2 || v.Spec.Edge.Caching != "api" || v.CreatedBy.Name != "Ada" {
		t.Errorf("the setup is %+v", v)
	}
	if list, total, err := s.Setups(ctx, SetupFilter{Limit: 10}); err != nil || total.Of("") != 3 {
		t.Errorf("there are %d setups, %+v, %v", total.Of(""), list, err)
	}
	for old, now := range map[string]string{"s1": "s1", "s2": "s1", "s3": "s3", "s4": "s4"} {
		if v, err := s.Setup(ctx, old); err != nil || v.ID != now {
			t.Errorf("setup %s leads to %s, %v", old, v.ID, err)
		}
	}
	revisions, err := s.Revisions(ctx, "s1", 0, 100)
	must(t, err)
	var told []string
	for _, r := range revisions {
		told = append(told, fmt.Sprint(r.Number, " ", r.Spec.Edge.Caching, " ", r.CreatedBy, " ", ms(r.CreatedAt)))
	}
	if diff := cmp.Diff([]string{"2 api Grace 3000", "1 off Ada 1000"}, told); diff != "" {
		t.Error(diff)
	}
	for job, want := range map[int64]string{1: "s1 1 off", 2: "s1 1 off", 3: "s3 1 ", 4: "s4 1 ", 5: "s1 2 api"} {
		j, err := s.Job(ctx, job)
		must(t, err)
		at, err := s.SetupOf(ctx, j)
		must(t, err)
		if got := fmt.Sprint(j.SetupID, " ", j.Revision, " ", at.Spec.Edge.Caching); got != want {
			t.Errorf("job %d is of %s, want %s", job, got, want)
		}
	}
	if list, err := s.Events(ctx, 1, 0, 10); err != nil || len(list) != 1 {
		t.Errorf("job 1 has %d events, %v", len(list), err)
	}
	drafts, err := s.Drafts(ctx)
	must(t, err)
	if len(drafts) != 1 || drafts[0].ID != "d1" || drafts[0].Version != 9 || drafts[0].Page != setup.PageEdge || drafts[0].UpdatedBy.Name != "Grace" || drafts[0].SetupID != "" {
		t.Errorf("the drafts are %+v", drafts)
	}
	mergedResources(t, s)

	// The job that is at work goes on, by its own revision, and nothing else
	// begins beside it.
	_, err = s.StartJob(ctx, NewJob{SetupID: "s1", Kind: setup.JobApply, By: "Ada"})
	wants(t, err, ErrConflict)
	_, err = s.RingAll(ctx)
	must(t, err)
	p, _, err := s.Claim(ctx, 9, b.last, 1)
	must(t, err)
	if p == nil || p.Setup.ID != "s1" || p.Setup.Spec.Edge.Caching != "api" || p.Resources.ID("distribution") != "E1" {
		t.Fatalf("the job at work was claimed as %+v", p)
	}
	must(t, s.Settle(ctx, p, Outcome{State: setup.StepDone}))
	must(t, s.RerunFrom(ctx, 5, "a", "Ada"))
	must(t, s.CancelJob(ctx, 5, "Ada"))
	wants(t, s.RerunFrom(ctx, 1, "a", "Ada"), ErrNotFound) // it has no such step
	// A second setup of the name cannot be stored, whatever the code does.
	_, err = s.Writer().ExecContext(ctx, `UPDATE setups SET account_id = '111122223333' WHERE id = 's3'`)
	wants(t, translate(err), ErrConflict)
}

// mergedResources looks at what became of the resources of doubles.
func mergedResources(t *testing.T, s *Store) {
	t.Helper()
	current, former, err := s.AllResources(context.WithoutCancel(t.Context()), "s1")
	must(t, err)
	line := func(r setup.Resource) string {
		state := "current"
		switch {
		case !r.RemovedAt.IsZero():
			state = "removed"
		case !r.UnwantedSince.IsZero():
			state = "unwanted"
		}
		return fmt.Sprint(r.Key, " ", r.Number, " ", r.ID, " ", r.Token, " owned=", r.Owned, " ", state)
	}
	var got []string
	for _, key := range []string{"cache-policy", "certificate-edge", "distribution", "mapping:/old", "record-traffic"} {
		got = append(got, line(current[key]))
	}
	for _, r := range former {
		got = append(got, line(r))
	}
	want := []string{
		"cache-policy 1 P2 p2 owned=true current",
		"certificate-edge 1  c1 owned=true current",
		"distribution 1 E1 first owned=true current",
		"mapping:/old 0 m1  owned=true current",
		"record-traffic 1 api.example.com  owned=true current",
		"cache-policy 0 P1 p1 owned=true unwanted",
		"certificate-edge 0 arn:C0  owned=false removed",
		"distribution 0 E1 first owned=true removed",
		"record-traffic 0 api.example.com  owned=true removed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if old := current.OldRecords("api.example.com"); len(old) != 1 || old[0].Value != "old.example.net" {
		t.Errorf("the way back is %+v", old)
	}
	if current["distribution"].Attributes["domain-name"] != "d1.cloudfront.net" {
		t.Errorf("the newest row does not stand: %+v", current["distribution"])
	}
}
