package steps

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

// A path that a person removes but leaves mapped stays mapped. If a later
// revision wants it, it is ours again. If a revision after that does not want
// it, the job deletes it without a question.
func TestPathThatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.applyJob()
		all := w.picture()
		mappings := w.setup.Spec.API.Mappings
		key := setup.MappingKey("catalog/v2")
		first := w.resources[key]
		w.setup.Spec.API.Mappings, w.setup.Spec.API.Left = mappings[:1], []string{"catalog/v2"}
		n := len(w.writes())
		for range 2 {
			w.applyJob()
			if d := cmp.Diff(all, w.picture()); d != "" || len(w.writes()) != n {
				t.Fatalf("it was not left: %v\n%s", w.writes()[n:], d)
			}
			if r := w.removals()["/catalog/v2"]; !r.Stays || r.Why == "" {
				t.Errorf("the step shows %+v", r)
			}
		}
		// The next revision does not repeat the choice, but the choice still
		// holds.
		w.setup.Spec.API.Left = nil
		w.applyJob()
		if len(w.writes()) != n {
			t.Fatalf("written: %v", w.writes()[n:])
		}
		w.setup.Spec.API.Mappings = mappings
		w.applyJob()
		back := w.resources[key]
		if d := cmp.Diff(all, w.picture()); d != "" || len(w.writes()) != n || !back.Owned || back.ID != first.ID || back.Number != first.Number || !back.Current() {
			t.Fatalf("it was not taken back: %+v, %v\n%s", back, w.writes()[n:], d)
		}
		w.setup.Spec.API.Mappings = mappings[:1]
		w.applyJob()
		if got := w.writes()[n:]; !slices.Equal(got, []string{"remove apigateway:DeleteApiMapping"}) {
			t.Errorf("written: %v", got)
		}
	})
}

// If somebody else has changed the target of a mapping, the job does not delete
// it.
func TestMappingThatSomebodyChanged(t *testing.T) {
	for _, how := range []string{"another stage", "another mapping"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, sim.DemoPace(), nil)
			w.applyJob()
			v2, name := w.outside().APIGatewayV2(), w.setup.Spec.Domain.Name
			m := w.setup.Spec.API.Mappings[1]
			id := w.resources.ID(setup.MappingKey(m.Path))
			var err error
			if how == "another stage" {
				_, err = v2.UpdateApiMapping(t.Context(), &apigatewayv2.UpdateApiMappingInput{DomainName: &name, ApiMappingId: &id, ApiId: &m.APIID, Stage: aws.String("beta"), ApiMappingKey: &m.Path})
			} else if _, err = v2.DeleteApiMapping(t.Context(), &apigatewayv2.DeleteApiMappingInput{DomainName: &name, ApiMappingId: &id}); err == nil {
				_, err = v2.CreateApiMapping(t.Context(), &apigatewayv2.CreateApiMappingInput{DomainName: &name, ApiId: aws.String(w.demo.APIs["partners-http"]), Stage: aws.String("$default"), ApiMappingKey: &m.Path})
			}
			if err != nil {
				t.Fatal(err)
			}
			before := w.picture()
			w.setup.Spec.API.Mappings = w.setup.Spec.API.Mappings[:1]
			n := len(w.writes())
			w.applyJob()
			if d := cmp.Diff(before, w.picture()); d != "" || len(w.writes()) != n {
				t.Errorf("%s: it was touched: %v\n%s", how, w.writes()[n:], d)
			}
			if r := w.removals()["/catalog/v2"]; !r.Stays || !strings.Contains(r.Why, "leads to") {
				t.Errorf("%s: the step shows %+v", how, r)
			}
		})
	}
}

// The custom domain of the former region stays if other people have mappings on
// it, and its certificate stays too. Our own mappings on it are deleted.
func TestDomainWithMappingsOfOthersStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.RealPace(), nil)
		w.applyJob()
		if _, err := w.outside().APIGatewayV2().CreateApiMapping(t.Context(), &apigatewayv2.CreateApiMappingInput{
			DomainName: aws.String(w.setup.Spec.Domain.Name), ApiId: aws.String(w.demo.APIs["partners-http"]), Stage: aws.String("$default"), ApiMappingKey: aws.String("partners"),
		}); err != nil {
			t.Fatal(err)
		}
		arn := w.resources.ID(setup.KeyCertificateRegional)
		w.moveTo(&w.setup.Spec, "eu-central-1")
		for range 2 {
			w.applyJob()
			i := slices.IndexFunc(w.sim.State().Domains, func(d sim.StateDomain) bool { return d.Region == "eu-west-1" })
			if i < 0 || len(w.sim.State().Domains[i].Mappings) != 1 {
				t.Fatalf("domains: %+v", w.sim.State().Domains)
			}
			if !slices.ContainsFunc(w.sim.State().Certificates, func(c sim.StateCertificate) bool { return c.ARN == arn }) {
				t.Error("its certificate is gone")
			}
			shown := w.removals()
			if r := shown["Custom domain "+w.setup.Spec.Domain.Name]; !r.Stays || !strings.Contains(r.Why, "/partners") {
				t.Errorf("the step shows %+v", shown)
			}
			if r := shown["Certificate "+arn]; !r.Stays || r.Region != "eu-west-1" {
				t.Errorf("the step shows %+v", shown)
			}
		}
	})
}

// A certificate of ours that a person chooses to reuse stays ours. It is not
// deleted while it is chosen, and is deleted when it is not wanted any more.
func TestOwnCertificateThatIsReused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.RealPace(), nil)
		w.applyJob()
		own := w.resources[setup.KeyCertificateEdge]
		w.setup.Spec.Certificates.Edge = own.ID
		n := len(w.writes())
		w.applyJob()
		if now := w.resources[setup.KeyCertificateEdge]; !now.Owned || now.Token != own.Token || len(w.writes()) != n {
			t.Errorf("now %+v, written %v", now, w.writes()[n:])
		}
		w.reuse(&w.setup.Spec)
		w.applyJob()
		if got := w.writes()[n:]; !slices.Contains(got, "remove acm:DeleteCertificate") {
			t.Errorf("written: %v", got)
		}
		for _, c := range w.sim.State().Certificates {
			if c.ARN == own.ID {
				t.Error("it is still there")
			}
		}
	})
}

// The step waits for a resource that is in use, and the problem names its
// users.
func TestWhatIsInUseStays(t *testing.T) {
	t.Run("a certificate", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, sim.RealPace(), nil)
			w.applyJob()
			arn := w.resources.ID(setup.KeyCertificateEdge)
			theirs := w.theirDistribution(arn, setup.PolicyCachingDisabled)
			w.reuse(&w.setup.Spec)
			began := time.Now()
			step, p := w.runAll(setup.JobApply)
			complete(t, p)
			if step != "remove" || !strings.Contains(p.Why, theirs) || !strings.Contains(p.Why, arn) {
				t.Errorf("step %s: %+v", step, p)
			}
			if waited := time.Since(began); waited < 20*time.Minute {
				t.Errorf("it gave up after %s", waited)
			}
			if !slices.Contains(w.writes(), "remove acm:DeleteCertificate") {
				t.Error("the other certificate was not removed")
			}
		})
	})
	t.Run("a cache policy", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, sim.RealPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.Edge.Caching = setup.CachingFixed })
			w.applyJob()
			id := w.resources.ID(setup.KeyCachePolicy)
			theirs := w.theirDistribution(w.resources.ID(setup.KeyCertificateEdge), id)
			w.setup.Spec.Edge.Caching = setup.CachingOff
			w.setup.Spec.API.Mappings = w.setup.Spec.API.Mappings[:1]
			step, p := w.runAll(setup.JobApply)
			complete(t, p)
			if step != "remove" || !strings.Contains(p.Why, theirs) || p.Code != "CachePolicyInUse" {
				t.Errorf("step %s: %+v", step, p)
			}
			if config, _ := w.thePolicy(id); config == nil {
				t.Error("it is gone")
			}
			if !slices.Contains(w.writes(), "remove apigateway:DeleteApiMapping") {
				t.Error("the path was not removed")
			}
		})
	})
}

// If somebody uses a policy of ours for a behavior of their own on our
// distribution, the policy stays, and the job succeeds.
func TestPolicyThatSomebodyUsesOnOurDistribution(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.Edge.Caching = setup.CachingFixed })
		w.applyJob()
		cf, id, policy := w.outside().CloudFront(), w.resources.ID(setup.KeyDistribution), w.resources.ID(setup.KeyCachePolicy)
		d, err := cf.GetDistribution(t.Context(), &cloudfront.GetDistributionInput{Id: &id})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cf.UpdateDistribution(t.Context(), &cloudfront.UpdateDistributionInput{Id: &id, IfMatch: d.ETag, DistributionConfig: second(d.Distribution.DistributionConfig)}); err != nil {
			t.Fatal(err)
		}
		w.setup.Spec.Edge.TTL = 3600
		w.applyJob()
		if r := w.removals()["Cache policy "+policy]; !r.Stays || !strings.Contains(r.Why, "/static/*") {
			t.Errorf("the step shows %+v", r)
		}
		if config, _ := w.thePolicy(policy); config == nil {
			t.Error("it is gone")
		}
	})
}

// theirDistribution makes a distribution of somebody else, without an alternate
// domain name.
func (w *world) theirDistribution(certificate, policy string) string {
	w.t.Helper()
	in, _ := distributionInputs(w.env("distribution"))
	in.certificate, in.cachePolicy, in.reference = certificate, policy, "theirs"
	spec := w.setup.Spec
	spec.Domain.Name = "theirs.harborview.example"
	config := distributionConfig(spec, in)
	config.Aliases.Items, config.Aliases.Quantity = nil, aws.Int32(0)
	out, err := w.outside().CloudFront().CreateDistribution(w.t.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: config})
	if err != nil {
		w.t.Fatal(err)
	}
	return aws.ToString(out.Distribution.Id)
}

// If a resource cannot be deleted, what it uses stays, but not for good: after
// AWS refuses a deletion, the next try deletes everything.
func TestRefusedDeletionKeepsWhatItUses(t *testing.T) {
	for _, operation := range []string{"DeleteApiMapping", "DeleteDomainName"} {
		t.Run(operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := change{"", nil, func(w *world, s *setup.Spec) { w.moveTo(s, "eu-central-1") }}
				want := pictureAfter(t, c, 1)
				w := newWorld(t, sim.RealPace(), nil)
				_, after := w.both(c)
				w.applyJob()
				w.setup.Spec = after
				w.sim.Order(sim.Fault{Operation: operation, Code: "AccessDeniedException", Status: 403, Times: 50})
				step, p := w.runAll(setup.JobApply)
				complete(t, p)
				if step != "remove" || !strings.Contains(p.Fix, setup.PolicyRunJobs) {
					t.Errorf("step %s: %+v", step, p)
				}
				for _, f := range w.former {
					if !f.LeftSince.IsZero() {
						t.Errorf("left: %+v", f)
					}
				}
				w.sim.Withdraw("")
				w.applyJob()
				if d := cmp.Diff(want, w.picture()); d != "" {
					t.Error(d)
				}
			})
		})
	}
}

// If a person moves the traffic by hand, the custom domain of the former region
// stays as long as DNS leads to it.
func TestDomainThatDNSLeadsToStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.RealPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.Domain.Switch = setup.SwitchLater })
		w.applyJob()
		zone, name := w.setup.Spec.Domain.ZoneID, w.setup.Spec.Domain.Name
		w.sim.AddRecord(zone, name, "CNAME", 60, w.resources.Attr(setup.KeyDomain, setup.AttrTarget)+".")
		time.Sleep(10 * time.Minute)
		w.moveTo(&w.setup.Spec, "eu-central-1")
		step, p := w.runAll(setup.JobApply)
		complete(t, p)
		if step != "remove" || !strings.Contains(p.Why, name) {
			t.Errorf("step %s: %+v", step, p)
		}
		if domains := w.sim.State().Domains; len(domains) != 2 {
			t.Errorf("domains: %+v", domains)
		}
		w.sim.AddRecord(zone, name, "CNAME", 60, w.resources.Attr(setup.KeyDistribution, setup.AttrDomainName)+".")
		time.Sleep(10 * time.Minute)
		w.applyJob()
		if domains := w.sim.State().Domains; len(domains) != 1 {
			t.Errorf("domains: %+v", domains)
		}
	})
}

// The plan of a move mistakes nothing in the former region for a resource of
// the new one.
func TestPlanOfAMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.applyJob()
		w.moveTo(&w.setup.Spec, "eu-central-1")
		for _, id := range []setup.StepID{"certificate-regional", "issued-regional", "domain", "mappings"} {
			if o := w.planned(id); o.State != Absent || o.Problem != nil {
				t.Errorf("step %s is planned as %+v", id, o)
			}
		}
		o := w.planned("distribution")
		i := slices.IndexFunc(o.Changes, func(c setup.Change) bool { return c.Field == originName })
		if o.State != Drifted || i < 0 || o.Changes[i].Want != "the new custom domain in eu-central-1" || len(o.Changes) != 1 {
			t.Errorf("the distribution is planned as %+v", o)
		}
	})
}

// If clients use the distribution, it gets the origin in the new region only
// after the paths are mapped there.
func TestMoveWaitsForThePaths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.applyJob()
		w.moveTo(&w.setup.Spec, "eu-central-1")
		for _, id := range []setup.StepID{"certificate-regional", "validation", "issued-regional", "domain"} {
			if o, p := w.run(w.step(id)); p != nil || o.State != Ready {
				t.Fatalf("step %s: %v %v", id, o, p)
			}
		}
		o, err := w.look(w.step("distribution"))
		if err != nil || o.State != Pending {
			t.Fatalf("before the paths are mapped: %+v, %v", o, err)
		}
		complete(t, o.Problem)
		if o, p := w.run(w.step("mappings")); p != nil || o.State != Ready {
			t.Fatalf("step mappings: %v %v", o, p)
		}
		if o, err := w.look(w.step("distribution")); err != nil || o.State != Drifted {
			t.Errorf("after they are: %+v, %v", o, err)
		}
	})
}

// ACM shows minutes late that a certificate is not used any more: the step
// waits for that.
func TestCertificateIsRemovedWhenACMSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.RealPace(), nil)
		w.applyJob()
		own := w.resources.ID(setup.KeyCertificateRegional)
		w.reuse(&w.setup.Spec)
		w.applyJob()
		if !slices.ContainsFunc(w.observed["remove"], func(s string) bool { return strings.HasPrefix(s, "pending: ACM says") }) {
			t.Errorf("the step said: %v", w.observed["remove"])
		}
		_, err := w.outside().ACM("eu-west-1").DescribeCertificate(t.Context(), &acm.DescribeCertificateInput{CertificateArn: &own})
		if !code(err, "ResourceNotFoundException") {
			t.Errorf("it is there: %v", err)
		}
		last := w.observed["remove"][len(w.observed["remove"])-1]
		if !strings.HasPrefix(last, "ready: Removed: Certificate arn:") {
			t.Errorf("it ended with %q", last)
		}
	})
}

// If there is nothing to remove, the step does not call AWS.
func TestNothingToRemove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.mustRunAll(setup.JobApply)
		for _, c := range w.calls {
			if c.StepID == "remove" {
				t.Errorf("%s:%s was called", c.Service, c.Operation)
			}
		}
		if got := w.observed["remove"]; !slices.Equal(got, []string{"ready: Nothing to remove"}) {
			t.Errorf("the step said %v", got)
		}
	})
}

// A plan shows what a change would delete, before anything is done, and stores
// nothing.
func TestPlanShowsRemovals(t *testing.T) {
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.DemoPace(), c.from)
				_, after := w.both(c)
				w.applyJob()
				w.setup.Spec = after
				had := maps.Clone(w.resources)
				calls := len(w.calls)
				o := w.planned("remove")
				if len(w.calls) != calls {
					t.Errorf("%d calls were made", len(w.calls)-calls)
				}
				var planned []string
				for _, r := range o.Removals {
					if r.Stays || r.Why == "" {
						t.Errorf("planned: %+v", r)
					}
					planned = append(planned, r.Key+" "+r.ID)
				}
				if d := cmp.Diff(had, w.resources); d != "" || len(w.former) > 0 {
					t.Errorf("the plan stored something:\n%s", d)
				}
				w.applyJob()
				var gone []string
				for _, f := range w.former {
					if !f.RemovedAt.IsZero() {
						gone = append(gone, f.Key+" "+f.ID)
					}
				}
				slices.Sort(planned)
				slices.Sort(gone)
				if d := cmp.Diff(planned, gone); d != "" {
					t.Errorf("-planned +removed:\n%s", d)
				}
				if (len(planned) > 0) != (o.State == Absent) {
					t.Errorf("the plan is %s: %s", o.State, o.Summary)
				}
			})
		})
	}
}
