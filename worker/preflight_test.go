package worker_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/cloud/sim"
	"apifront/policy"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// asked is what the worker answers a look with.
func asked[T any](w *world, key setup.LookKey) (v T, problem *setup.Problem) {
	w.t.Helper()
	_, err := w.store.AskLook(w.t.Context(), key, 0)
	must(w.t, err)
	time.Sleep(time.Minute)
	l, err := w.store.Look(w.t.Context(), key)
	must(w.t, err)
	if l.Problem == nil {
		must(w.t, json.Unmarshal(l.Result, &v))
	}
	return v, l.Problem
}

// results are the results of checks by a part of their title.
func find(checks []setup.Check, part string) setup.Check {
	for _, c := range checks {
		if strings.Contains(c.Title, part) {
			return c
		}
	}
	return setup.Check{}
}

func policyOf(t *testing.T, s setup.Setup) []string {
	t.Helper()
	list, p := policy.Documents(policy.Apply, steps.Scope{Spec: s.Spec, Install: "install-1"})
	if p != nil {
		t.Fatal(p)
	}
	var documents []string
	for _, one := range list {
		documents = append(documents, one.JSON())
	}
	return documents
}

const maySimulate = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:SimulatePrincipalPolicy","iam:GetRole"],"Resource":"*"}]}`

// The preflight asks IAM for exactly what the job does: with the policy that
// apifront makes it is green, without one of its statements it names the
// actions, and without the right to ask it is grey and no more.
func TestPreflightAsksForTheJobsPermissions(t *testing.T) {
	inPacedWorld(t, sim.Pace{}, func(w *world) {
		for _, v := range []variant{{rest: true}, {oneRegion: true}, {elsewhere: true}} {
			s := w.draft(v)
			key := setup.LookKey{Kind: setup.LookPreflight, Connection: setup.DefaultConnection, Subject: s.ID}
			documents := policyOf(w.t, s)
			must(w.t, w.sim.SetPolicy(w.demo.KeyID, append(documents, maySimulate)...))
			checks, problem := asked[[]setup.Check](w, key)
			if c := find(checks, "Every action"); c.Result != setup.CheckGood {
				w.t.Errorf("%s: with the policy: %+v, %v", v, checks, problem)
			}

			var without struct {
				Version   string
				Statement []map[string]any
			}
			must(w.t, json.Unmarshal([]byte(documents[0]), &without))
			cut := -1
			for i, st := range without.Statement {
				if b, _ := json.Marshal(st); strings.Contains(string(b), "CreateDistribution") {
					cut = i
				}
			}
			without.Statement = append(without.Statement[:cut], without.Statement[cut+1:]...)
			b, err := json.Marshal(without)
			must(w.t, err)
			must(w.t, w.sim.SetPolicy(w.demo.KeyID, append([]string{string(b), maySimulate}, documents[1:]...)...))
			checks, _ = asked[[]setup.Check](w, key)
			if c := find(checks, "would be refused"); c.Result != setup.CheckBad || !strings.Contains(strings.Join(c.Items, " "), "cloudfront:CreateDistribution") || c.Fix == "" {
				w.t.Errorf("%s: without a statement: %+v", v, checks)
			}

			must(w.t, w.sim.SetPolicy(w.demo.KeyID, documents...))
			checks, _ = asked[[]setup.Check](w, key)
			c := find(checks, "Permissions could not be checked")
			if c.Result != setup.CheckUnknown || !strings.Contains(c.Text, "iam:SimulatePrincipalPolicy") {
				w.t.Errorf("%s: without the right to ask: %+v", v, checks)
			}
			for _, c := range checks {
				if c.Result == setup.CheckBad {
					w.t.Errorf("%s: red without a reason: %+v", v, c)
				}
			}
			must(w.t, w.sim.ClearPolicy(w.demo.KeyID))
		}
		if made := w.sim.Writes(); len(made) > 0 {
			w.t.Errorf("the preflight wrote %+v", made)
		}
	})
}

// What else the preflight says of an account that may do everything.
func TestPreflightOfTheAccount(t *testing.T) {
	inPacedWorld(t, sim.Pace{}, func(w *world) {
		s := w.draft(variant{rest: true})
		key := setup.LookKey{Kind: setup.LookPreflight, Subject: s.ID}
		checks, problem := asked[[]setup.Check](w, key)
		if problem != nil {
			t.Fatal(problem)
		}
		for _, part := range []string{"right account", "Every action", "custom domain name in eu-west-1", "a certificate in eu-west-1", "a certificate in us-east-1", "a distribution", "The clock is right"} {
			if c := find(checks, part); c.Result != setup.CheckGood {
				t.Errorf("%s: %+v", part, c)
			}
		}
		if c := find(checks, "custom domain name"); !strings.Contains(c.Text, "of 120") || !strings.Contains(c.Text, "default") {
			t.Errorf("the quota: %+v", c)
		}
		if c := find(checks, "service-linked role"); c.Result != setup.CheckNote {
			t.Errorf("before the first job: %+v", c)
		}
		w.done(w.begin(setup.JobApply, s))
		checks, _ = asked[[]setup.Check](w, key)
		if c := find(checks, "service-linked role"); c.Result != setup.CheckGood {
			t.Errorf("after the first job: %+v", c)
		}

		// Another account than the draft's is red, and named.
		w.hub()
		checks, _ = asked[[]setup.Check](w, key)
		if c := find(checks, "another account"); c.Result != setup.CheckBad || !strings.Contains(c.Text, "1111-2222-3333") {
			t.Errorf("in the hub: %+v", checks)
		}
	})
}

// Room for certificates is looked for in the regions where new ones are made, and
// in no other.
func TestPreflightOfCertificates(t *testing.T) {
	inPacedWorld(t, sim.Pace{}, func(w *world) {
		for _, x := range []struct {
			region, edge, regional string
			want                   []string
		}{
			{"eu-west-1", "", "", []string{"us-east-1", "eu-west-1"}},
			{"eu-west-1", "reused", "", []string{"eu-west-1"}},
			{"eu-west-1", "", "reused", []string{"us-east-1"}},
			{"eu-west-1", "reused", "reused", nil},
			{"us-east-1", "", "", []string{"us-east-1"}},
			{"us-east-1", "reused", "", nil},
		} {
			s := w.draft(variant{rest: true, change: func(s *setup.Spec) {
				s.Account.Region, s.Certificates.Edge, s.Certificates.Regional = x.region, x.edge, x.regional
			}})
			checks, problem := asked[[]setup.Check](w, setup.LookKey{Kind: setup.LookPreflight, Subject: s.ID})
			var got []string
			for _, c := range checks {
				if _, region, ok := strings.Cut(c.Title, "a certificate in "); ok {
					got = append(got, region)
				}
			}
			if !slices.Equal(got, x.want) {
				t.Errorf("%+v: room in %q: %v", x, got, problem)
			}
		}
	})
}

// A check that fails takes no other with it, and what passes by itself is no
// fault of the connection.
func TestPreflightInParts(t *testing.T) {
	inPacedWorld(t, sim.Pace{}, func(w *world) {
		quotas := []string{"custom domain name in eu-west-1", "a certificate in us-east-1", "a distribution", "The clock is right"}
		s := w.draft(variant{rest: true, change: func(s *setup.Spec) { s.Domain.Connection, s.Domain.AccountID = "gone", "999988887777" }})
		key := setup.LookKey{Kind: setup.LookPreflight, Subject: s.ID}
		checks, problem := asked[[]setup.Check](w, key)
		for _, part := range append(quotas, "The connection leads to the right account") {
			if c := find(checks, part); c.Result != setup.CheckGood {
				t.Errorf("without the connection for DNS, %s: %+v %v", part, c, problem)
			}
		}
		c := find(checks, "Some permissions could not be checked")
		if c.Result != setup.CheckUnknown || len(c.Items) == 0 || !strings.HasPrefix(c.Items[0], "route53:") || find(checks, "Every action").Title != "" {
			t.Errorf("without the connection for DNS: %+v", checks)
		}

		s = w.draft(variant{rest: true})
		key.Subject = s.ID
		w.sim.Order(sim.Fault{Service: "sts", Operation: "GetCallerIdentity", Times: 1000, Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "later"})
		checks, problem = asked[[]setup.Check](w, key)
		for _, part := range quotas {
			if c := find(checks, part); c.Result != setup.CheckGood {
				t.Errorf("without STS, %s: %+v %v", part, c, problem)
			}
		}
		if c := find(checks, "The connection could not be checked"); c.Result != setup.CheckUnknown {
			t.Errorf("without STS: %+v", checks)
		}
	})
}

// One question that IAM fails to answer is no refusal, and hides none.
func TestPreflightWithOneQuestionUnanswered(t *testing.T) {
	inPacedWorld(t, sim.Pace{}, func(w *world) {
		s := w.draft(variant{rest: true})
		must(w.t, w.sim.SetPolicy(w.demo.KeyID, maySimulate, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["acm:*","apigateway:*","route53:*","sts:*"],"Resource":"*"}]}`))
		w.sim.Order(sim.Fault{Service: "iam", Operation: "SimulatePrincipalPolicy", Status: http.StatusBadRequest, Code: "InvalidInput", Message: "not this one"})
		checks, _ := asked[[]setup.Check](w, setup.LookKey{Kind: setup.LookPreflight, Subject: s.ID})
		unknown, refused := find(checks, "Some permissions could not be checked"), find(checks, "would be refused")
		if unknown.Result != setup.CheckUnknown || len(unknown.Items) == 0 || refused.Result != setup.CheckBad || !strings.Contains(strings.Join(refused.Items, " "), "cloudfront:CreateDistribution") {
			t.Errorf("%+v", checks)
		}
	})
}

// The test of a connection says who it is, who asks, until when, and what is
// missing.
func TestTestOfAConnection(t *testing.T) {
	inPacedWorld(t, sim.Pace{}, func(w *world) {
		w.hub()
		c := w.role(w.demo.AccountID, "apifront-api")
		key := setup.LookKey{Kind: setup.LookConnection, Connection: c.ID}
		got, problem := asked[setup.ConnectionTest](w, key)
		if problem != nil || got.AccountID != w.demo.AccountID || got.Source != "arn:aws:iam::111122223333:user/apifront" {
			t.Fatalf("got %+v, %v", got, problem)
		}
		if left := time.Until(got.Expires); left < 50*time.Minute || left > time.Hour {
			t.Errorf("the credentials end in %s", left)
		}
		if c := find(got.Checks, "Every action is allowed"); c.Result != setup.CheckGood {
			t.Errorf("a role that may do all: %+v", got.Checks)
		}

		must(w.t, w.sim.SetPolicy(c.RoleARN, maySimulate, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["acm:*","apigateway:*","route53:*","sts:*","iam:*"],"Resource":"*"}]}`))
		got, _ = asked[setup.ConnectionTest](w, key)
		if c := find(got.Checks, "not allowed on every resource"); !strings.Contains(strings.Join(c.Items, " "), "cloudfront:CreateDistribution") || strings.Contains(strings.Join(c.Items, " "), "acm:") {
			t.Errorf("a role without CloudFront: %+v", got.Checks)
		}

		must(w.t, w.sim.SetPolicy(c.RoleARN, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["acm:*","apigateway:*","route53:*"],"Resource":"*"}]}`))
		got, _ = asked[setup.ConnectionTest](w, key)
		if c := find(got.Checks, "AWS does not allow"); c.Result != setup.CheckBad || strings.Join(c.Items, " ") != "cloudfront:ListDistributions" {
			t.Errorf("by reading: %+v", got.Checks)
		}
		if c := find(got.Checks, "Writes were not tried"); c.Result != setup.CheckUnknown {
			t.Errorf("by reading: %+v", got.Checks)
		}
	})
}

// The preflight asks for permission to take things away where the job does so,
// in the region where they stand, and only there.
func TestPreflightAsksForRemovalsOnlyWhereThingsGo(t *testing.T) {
	inPacedWorld(t, sim.Pace{}, func(w *world) {
		s := w.draft(variant{rest: true})
		own := func(key, region string) setup.Resource {
			return setup.Resource{Key: key, ID: "id", Region: region, Owned: true, Attributes: map[string]string{setup.AttrVia: "v2"}}
		}
		former := func(key, region string, change func(*setup.Resource)) setup.Resource {
			r := own(key, region)
			r.UnwantedSince = time.Now()
			change(&r)
			return r
		}
		must(w.t, w.store.CancelJob(w.t.Context(), w.begin(setup.JobApply, s), "Ada")) // it is a setup from now on
		v, err := w.store.Setup(w.t.Context(), s.ID)
		must(w.t, err)
		o, err := w.store.OpenChange(w.t.Context(), store.Change{By: "Ada", Setup: v, Spec: v.Spec})
		must(w.t, err)
		d := o.Draft
		here, name, account := s.Spec.Account.Region, s.Spec.Domain.Name, w.demo.AccountID
		for what, c := range map[string]struct {
			there []setup.Resource
			asks  []string // actions
			of    []string // of these resources
		}{
			"nothing there": {},
			"all is wanted": {there: []setup.Resource{
				own(setup.MappingKey(s.Spec.API.Mappings[0].Path), here), own(setup.KeyDomain, here),
				own(setup.KeyCertificateEdge, setup.EdgeRegion), own(setup.KeyCertificateRegional, here), own(setup.KeyDistribution, ""),
			}},
			"not ours": {there: []setup.Resource{{Key: setup.MappingKey("gone"), ID: "x", Region: here}}},
			"a path was taken out": {
				there: []setup.Resource{own(setup.MappingKey("gone"), here)},
				asks:  []string{"apigateway:DELETE"},
				of:    []string{"arn:aws:apigateway:" + here + "::/domainnames/" + name + "/apimappings/*"},
			},
			"the region was another": {
				there: []setup.Resource{own(setup.KeyDomain, "ap-south-1"), own(setup.KeyCertificateRegional, "ap-south-1")},
				asks:  []string{"acm:DeleteCertificate", "apigateway:DELETE"},
				of:    []string{"arn:aws:acm:ap-south-1:" + account + ":certificate/*", "arn:aws:apigateway:ap-south-1::/domainnames/" + name},
			},
			"left and removed ones": {there: []setup.Resource{
				former(setup.MappingKey("left"), here, func(r *setup.Resource) { r.LeftSince = time.Now() }),
				former(setup.MappingKey("gone"), here, func(r *setup.Resource) { r.RemovedAt = time.Now() }),
			}},
			"one of before beside the one that is wanted": {
				there: []setup.Resource{
					own(setup.KeyCertificateEdge, setup.EdgeRegion),
					former(setup.KeyCertificateEdge, setup.EdgeRegion, func(r *setup.Resource) { r.Number, r.ID = 1, "before" }),
				},
				asks: []string{"acm:DeleteCertificate"},
				of:   []string{"arn:aws:acm:us-east-1:" + account + ":certificate/*"},
			},
			"nothing is kept any more": {
				there: []setup.Resource{own(setup.KeyCachePolicy, "")},
				asks:  []string{"cloudfront:DeleteCachePolicy"},
				of:    []string{"arn:aws:cloudfront::" + account + ":cache-policy/*"},
			},
		} {
			for _, r := range c.there {
				must(w.t, w.store.SaveResource(w.t.Context(), s.ID, r))
			}
			for _, of := range [][]string{{"*"}, c.of} {
				if len(of) == 0 {
					continue
				}
				resources, err := json.Marshal(of)
				must(w.t, err)
				must(w.t, w.sim.SetPolicy(w.demo.KeyID, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
					{"Effect":"Deny","Action":["apigateway:DELETE","acm:Delete*","cloudfront:Delete*"],"Resource":`+string(resources)+`}]}`))
				key := setup.LookKey{Kind: setup.LookPreflight, Connection: setup.DefaultConnection, Subject: d.ID}
				checks, problem := asked[[]setup.Check](w, key)
				if got := find(checks, "would be refused").Items; problem != nil || !slices.Equal(got, c.asks) {
					w.t.Errorf("%s, refused on %v: the preflight asks for %v, want %v; %v", what, of, got, c.asks, problem)
				}
			}
			for _, r := range c.there {
				r.RemovedAt = w.store.Now()
				must(w.t, w.store.SaveResource(w.t.Context(), s.ID, r))
			}
		}
	})
}
