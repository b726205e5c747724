//go:build outside

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// A scriptedSetup is a setup whose jobs' scripts are run on another world.
type scriptedSetup struct {
	*scriptWorld
	spec setup.Spec
	id   string
}

func newScriptedSetup(t *testing.T) *scriptedSetup {
	s := &scriptedSetup{scriptWorld: newScriptWorld(t), spec: setup.DefaultSpec()}
	s.spec.Account = setup.Account{Connection: setup.DefaultConnection, AccountID: s.world.AccountID, Region: "eu-west-1"}
	s.spec.Domain = setup.Domain{Name: versusName, DNS: setup.DNSRoute53, ZoneID: s.world.Zones[versusZone], ZoneName: versusZone, Switch: setup.SwitchAtEnd}
	s.spec.Certificates.Answered = true
	s.spec.API.Mappings = []setup.Mapping{{APIID: s.api(versusAPI), APIName: versusAPI, Kind: setup.APIKindREST, Stage: "prod"}}
	return s
}

// job does a job of the setup as it is wanted, and returns its script.
func (s *scriptedSetup) job(kind setup.JobKind, input setup.JobInput) string {
	s.t.Helper()
	ctx, st := s.t.Context(), s.demo.app.store
	n := store.NewJob{SetupID: s.id, Kind: kind, Input: input, By: demoName, Why: "A test"}
	switch {
	case s.id == "":
		d, err := st.CreateDraft(ctx, demoName, s.spec)
		if err != nil {
			s.t.Fatal(err)
		}
		n.DraftID = d.ID
	case kind != setup.JobInvalidate:
		n.Want = &s.spec
	}
	for _, r := range steps.JobRows(kind, input, s.spec) {
		n.Steps = append(n.Steps, store.NewStep{ID: r.ID, Title: r.Title, Service: r.Service, Needs: r.Needs, Skip: r.Skip})
	}
	id, err := st.StartJob(ctx, n)
	if err != nil {
		s.t.Fatal(err)
	}
	s.v.open(fmt.Sprintf("/jobs/%d", id))
	if title := s.v.finish(5 * time.Minute); !strings.HasPrefix(title, "Succeeded") {
		s.t.Fatalf("the job ended as %q: %s", title, s.v.text())
	}
	j, err := st.Job(ctx, id)
	if err != nil {
		s.t.Fatal(err)
	}
	s.id = j.SetupID
	return s.script()
}

// secret is the value of the origin's header in AWS.
func (j *judged) secret() string {
	j.t.Helper()
	for _, o := range j.front().Origins.Items {
		for _, h := range o.CustomHeaders.Items {
			return aws.ToString(h.HeaderValue)
		}
	}
	j.t.Fatal("the distribution has no header with a secret")
	return ""
}

// front is the configuration of the only distribution.
func (j *judged) front() *cftypes.DistributionConfig {
	j.t.Helper()
	out, err := cloudfront.NewFromConfig(j.config("us-east-1")).GetDistributionConfig(context.Background(), &cloudfront.GetDistributionConfigInput{Id: &j.sim.State().Distributions[0]})
	if err != nil {
		j.t.Fatal(err)
	}
	return out.DistributionConfig
}

// whole is all that the front door has, without the names that AWS chose: also its cache
// policies, and what was cleared.
func (j *judged) whole() (f frontDoor, policies, cleared []string) {
	j.t.Helper()
	ctx, c := context.Background(), cloudfront.NewFromConfig(j.config("us-east-1"))
	f = j.frontDoor(versusName)
	own, err := c.ListCachePolicies(ctx, &cloudfront.ListCachePoliciesInput{Type: cftypes.CachePolicyTypeCustom})
	if err != nil {
		j.t.Fatal(err)
	}
	behavior := f.Distribution["DefaultCacheBehavior"].(map[string]any)
	for _, p := range own.CachePolicyList.Items {
		config := p.CachePolicy.CachePolicyConfig
		policies = append(policies, fmt.Sprint(*config.Name, *config.MinTTL, *config.DefaultTTL, *config.MaxTTL, config.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.Headers.Items))
		if behavior["CachePolicyId"] == *p.CachePolicy.Id {
			behavior["CachePolicyId"] = *config.Name
		}
	}
	list, err := c.ListInvalidations(ctx, &cloudfront.ListInvalidationsInput{DistributionId: &j.sim.State().Distributions[0]})
	if err != nil {
		j.t.Fatal(err)
	}
	for _, i := range list.InvalidationList.Items {
		out, err := c.GetInvalidation(ctx, &cloudfront.GetInvalidationInput{DistributionId: &j.sim.State().Distributions[0], Id: i.Id})
		if err != nil {
			j.t.Fatal(err)
		}
		cleared = append(cleared, fmt.Sprint(*out.Invalidation.Status, *out.Invalidation.InvalidationBatch.CallerReference, out.Invalidation.InvalidationBatch.Paths.Items))
	}
	return f, policies, cleared
}

// TestOutsideScriptsOfASetup runs the scripts of all jobs of a setup, one after the other in
// one directory, with the real AWS CLI on another world, in which AWS chooses other names.
// After each both worlds are alike, and in the end both are as they were found.
func TestOutsideScriptsOfASetup(t *testing.T) {
	t.Parallel()
	s := newScriptedSetup(t)
	other := otherWorld(t, s.scriptWorld)
	was, wasOther := s.account(), other.account()
	dir := t.TempDir()
	var secret string
	for _, step := range []struct {
		name   string
		kind   setup.JobKind
		input  setup.JobInput
		change func(*setup.Spec)
	}{
		{name: "it is made", change: func(*setup.Spec) {}},
		{name: "a path is added", change: func(spec *setup.Spec) {
			spec.API.Mappings = append(spec.API.Mappings, setup.Mapping{Path: "catalog/v-1", APIID: s.api("catalog-http-eu"), Kind: setup.APIKindHTTP, Stage: "$default"})
		}},
		{name: "answers are kept", change: func(spec *setup.Spec) { spec.Edge.Caching, spec.Edge.TTL = setup.CachingFixed, 300 }},
		{name: "and longer", change: func(spec *setup.Spec) { spec.Edge.TTL = 600 }},
		{name: "a secret is sent", change: func(spec *setup.Spec) { spec.Edge.OriginHeader = setup.OriginHeader }},
		{name: "doors are closed, answers are logged", change: func(spec *setup.Spec) {
			spec.Edge.CloseEndpoints, spec.Edge.Tags = true, []setup.Tag{{Key: "team", Value: "edge @ us"}}
			spec.Edge.AccessLogs = setup.AccessLogs{To: setup.LogsBucket, Name: "harborview-access-logs", Prefix: "front"}
		}},
		{name: "logs go elsewhere", change: func(spec *setup.Spec) {
			spec.Edge.AccessLogs = setup.AccessLogs{To: setup.LogsGroup, Name: "/cloudfront/access-logs"}
		}},
		{name: "answers are cleared", kind: setup.JobInvalidate, input: setup.JobInput{Paths: []string{"/orders/*", "/it's"}}, change: func(*setup.Spec) {}},
		{name: "the path goes, and the tag", change: func(spec *setup.Spec) { spec.API.Mappings, spec.Edge.Tags = spec.API.Mappings[:1], nil }},
		{name: "it is taken down", kind: setup.JobTeardown, change: func(spec *setup.Spec) { spec.Gone = &setup.Gone{Name: setup.GoneNowhere} }},
	} {
		kind := setup.JobApply
		if step.kind != "" {
			kind = step.kind
		}
		step.change(&s.spec)
		script := s.job(kind, step.input)
		if s.spec.Edge.OriginHeader != "" && s.spec.Gone == nil {
			secret = s.secret()
		}
		env := []string{"ORIGIN_HEADER=" + secret}
		if strings.Contains(script, "USE_DELIVERY_ID") { // the row of access logs has the new delivery alone
			env = append(env, "USE_DELIVERY_ID="+lastValue(t, dir, "LOG_DELIVERY_ID"))
		}
		said, err := other.scriptIn(dir, script, env...)
		if err != nil {
			t.Fatalf("%s: %v\n%s\n%s", step.name, err, said, script)
		}
		if strings.Contains(said, "by hand") || strings.Contains(said, "Add this record") {
			t.Errorf("%s: it asks for somebody: %s", step.name, said)
		}
		if s.spec.Gone != nil {
			break
		}
		f, policies, cleared := s.whole()
		f2, policies2, cleared2 := other.whole()
		for what, diff := range map[string]string{"": cmp.Diff(f, f2), "cache policies: ": cmp.Diff(policies, policies2), "what was cleared: ": cmp.Diff(cleared, cleared2)} {
			if diff != "" {
				t.Fatalf("%s: the worlds differ (-job +script): %s%s\n%s", step.name, what, diff, script)
			}
		}
		other.answers(versusName)
	}
	s.asFound(was)
	other.asFound(wasOther)
	s.inputsTaken()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), secret) {
			t.Errorf("%s has the secret", file)
		}
	}
	if secret == "" {
		t.Error("there was no secret")
	}
}

// lastValue is what the file that scripts keep in a directory says last of a name.
func lastValue(t *testing.T, dir, name string) (value string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "apifront-*.txt"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+"="); ok {
			value = strings.TrimSpace(rest)
		}
	}
	return value
}

// TestOutsideScriptGoesOn stops a script at some of its writes and runs it again: it goes
// on, and makes nothing twice.
func TestOutsideScriptGoesOn(t *testing.T) {
	t.Parallel()
	s := newScriptedSetup(t)
	other := otherWorld(t, s.scriptWorld)
	script, dir := s.job(setup.JobApply, setup.JobInput{}), t.TempDir()
	for _, stop := range []sim.Fault{
		{Service: "acm", Operation: "RequestCertificate", Skip: 1},
		{Operation: "CreateApiMapping"},
		{Service: "route53", Operation: "ChangeResourceRecordSets"},
	} {
		stop.Kind, stop.Status, stop.Code = sim.FaultError, 400, "Refused"
		other.sim.Order(stop)
		said, err := other.scriptIn(dir, script)
		if err == nil || !strings.Contains(said, "It stopped at write ") || !strings.Contains(said, "run it again") {
			t.Fatalf("stopped by %s it says, %v:\n%s", stop.Operation, err, said)
		}
	}
	for i := range 2 {
		calls := len(other.sim.Writes())
		if said, err := other.scriptIn(dir, script); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		if n := len(other.sim.Writes()) - calls; i > 0 && n > 0 {
			t.Errorf("run again after its end it writes %d times", n)
		}
	}
	done := func(j *judged) (list []string) {
		for _, c := range j.sim.Writes() {
			if c.Status < 300 {
				list = append(list, c.Service+" "+c.Operation+" "+c.Region)
			}
		}
		slices.Sort(list)
		return list
	}
	if diff := cmp.Diff(done(s.judged), done(other)); diff != "" {
		t.Errorf("the writes differ (-job +script):\n%s", diff)
	}
	f, _, _ := s.whole()
	f2, _, _ := other.whole()
	if diff := cmp.Diff(f, f2); diff != "" {
		t.Errorf("the worlds differ (-job +script):\n%s", diff)
	}
}
