package steps

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

// If an API was deleted meanwhile, the problem names it, and the other paths
// are mapped all the same.
func TestMappingOfADeletedAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.upTo("mappings")
		if _, err := w.outside().APIGateway().DeleteRestApi(t.Context(), &apigateway.DeleteRestApiInput{RestApiId: aws.String(w.setup.Spec.API.Mappings[0].APIID)}); err != nil {
			t.Fatal(err)
		}
		_, p := w.run(w.step("mappings"))
		complete(t, p)
		if !strings.Contains(p.Why, "no longer exists") || p.Said == "" {
			t.Errorf("%+v", p)
		}
		if w.resources.ID(setup.MappingKey("catalog/v2")) == "" {
			t.Error("the other path was not mapped")
		}
		// With another API, the step goes on from where it stopped.
		w.setup.Spec.API.Mappings[0].APIID = w.demo.APIs["partners-http"]
		w.setup.Spec.API.Mappings[0].Kind, w.setup.Spec.API.Mappings[0].Stage = setup.APIKindHTTP, "$default"
		w.mustRunAll(setup.JobApply)
	})
}

func TestMappingOfADeletedStage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.API.Mappings[1].Stage = "gone" })
		id, p := w.runAll(setup.JobApply)
		complete(t, p)
		if id != "mappings" || !strings.Contains(p.Why, "no stage gone") {
			t.Errorf("%s: %+v", id, p)
		}
	})
}

// Another stage for a path that is ours is a change, and not a conflict.
func TestMappingChangesItsStage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.mustRunAll(setup.JobApply)
		w.setup.Spec.API.Mappings[1].Stage = "beta"
		o, err := w.look(w.step("mappings"))
		if err != nil || o.State != Drifted || len(o.Changes) != 1 {
			t.Fatalf("%+v %v", o, err)
		}
		w.mustRunAll(setup.JobApply)
		if got := w.resources.Attr(setup.MappingKey("catalog/v2"), setup.AttrStage); got != "beta" {
			t.Errorf("stage %q", got)
		}
	})
}

// If somebody gave the domain a stricter TLS policy, it keeps the policy. v2
// cannot manage such a domain. So REST APIs are mapped with v1, and an HTTP API
// is a problem.
func TestMappingOfAStricterDomain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.API.Mappings = s.API.Mappings[:1] })
		w.upTo("mappings")
		_, err := w.outside().APIGateway().UpdateDomainName(t.Context(), &apigateway.UpdateDomainNameInput{
			DomainName: aws.String(w.setup.Spec.Domain.Name), PatchOperations: []agtypes.PatchOperation{
				{Op: agtypes.OpReplace, Path: aws.String("/securityPolicy"), Value: aws.String("SecurityPolicy_TLS13_1_2_2021_06")},
				{Op: agtypes.OpReplace, Path: aws.String("/endpointAccessMode"), Value: aws.String("BASIC")},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		w.mustRunAll(setup.JobApply)
		if via := w.resources.Attr(setup.MappingKey("orders"), setup.AttrVia); via != viaV1 {
			t.Errorf("mapped via %s", via)
		}
		n := len(w.writes())
		w.mustRunAll(setup.JobApply)
		if again := w.writes()[n:]; len(again) > 0 {
			t.Errorf("the second job wrote: %v", again)
		}
		w.setup.Spec.API.Mappings = append(w.setup.Spec.API.Mappings, setup.Mapping{Path: "catalog", APIID: w.demo.APIs["catalog-http-eu"], Kind: setup.APIKindHTTP, Stage: "$default"})
		_, p := w.run(w.step("mappings"))
		complete(t, p)
	})
}

// If CAA forbids the certificate, the job stops with a problem that says what
// to do. A re-run from the request on gets a new certificate.
func TestCertificateRefusedByCAA(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.RealPace(), nil)
		w.sim.Order(sim.Fault{Service: "acm", Operation: "RequestCertificate", Kind: sim.FaultCAA})
		id, p := w.runAll(setup.JobApply)
		complete(t, p)
		if id != "issued-edge" || p.Code != "CAA_ERROR" || !strings.Contains(p.Fix, "amazon.com") {
			t.Fatalf("%s: %+v", id, p)
		}
		old := w.resources[setup.KeyCertificateEdge]
		w.mustRunAll(setup.JobApply)
		if now := w.resources[setup.KeyCertificateEdge]; now.ID == old.ID || now.Token == old.Token {
			t.Errorf("still %+v", now)
		}
	})
}

// The problem names the CAA records, where they are, and the one to add, and goes on
// with the step that requests a certificate. Where they let Amazon issue by now, it says
// that.
func TestCAARecordsAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		at   string
		set  []string
		then []string // what stands there when the step looks
		add  []setup.Record
		why  string
		fix  string
	}{
		"a parent": {
			at: "harborview.example", set: []string{`0 issue "letsencrypt.org"`}, why: `At harborview.example DNS has CAA 0 issue "letsencrypt.org". These records`,
			add: []setup.Record{{Type: "CAA", Name: "harborview.example", Value: `0 issue "amazon.com"`, Why: "Lets Amazon issue certificates."}}, fix: "Add the CAA record",
		},
		"the name itself": {
			at: "api.harborview.example", set: []string{`0 issue ";"`}, why: "At api.harborview.example DNS has CAA",
			add: []setup.Record{{Type: "CAA", Name: "api.harborview.example", Value: `0 issue "amazon.com"`, Why: "Lets Amazon issue certificates."}}, fix: "Add the CAA record",
		},
		"put right meanwhile": {
			at: "harborview.example", set: []string{`0 issue "letsencrypt.org"`}, then: []string{`0 issue "amazon.com"`},
			why: "these let Amazon issue now", fix: "Leave the CAA records as they are",
		},
		"what nobody knows": {
			at: "harborview.example", set: []string{`128 unheard "of"`}, why: "DNS has CAA 128 unheard", fix: "Remove the record",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.RealPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.Domain.Name = "api.harborview.example" })
				zone := w.setup.Spec.Domain.ZoneID
				w.sim.AddRecord(zone, c.at, "CAA", 1, c.set...)
				w.sim.Order(sim.Fault{Service: "acm", Operation: "RequestCertificate", Kind: sim.FaultCAA, Times: 2})
				w.upTo("issued-regional")
				if c.then != nil {
					w.sim.AddRecord(zone, c.at, "CAA", 1, c.then...)
				}
				_, p := w.run(w.step("issued-regional"))
				complete(t, p)
				if diff := cmp.Diff(c.add, p.Add); diff != "" || p.From != "certificate-regional" || !slices.Equal(p.Also, []setup.StepID{"certificate-edge"}) || p.Act != "Request new certificates" {
					t.Errorf("goes on with %s, %q, records (-want +got): %s", p.From, p.Act, diff)
				}
				if !strings.Contains(p.Why, c.why) || !strings.HasPrefix(p.Fix, c.fix) || !strings.Contains(p.What, "in eu-west-1 and us-east-1") {
					t.Errorf("%+v", p)
				}
			})
		})
	}
}

// Where the other certificate cannot be read, the problem of this one is told all the same.
func TestRefusedCertificateBesideOneThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.RealPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.Domain.Name = "api.harborview.example" })
		w.sim.Order(sim.Fault{Service: "acm", Operation: "RequestCertificate", Kind: sim.FaultCAA, Times: 2})
		w.upTo("issued-regional")
		w.sim.Order(sim.Fault{Service: "acm", Operation: "DescribeCertificate", Region: setup.EdgeRegion, Kind: sim.FaultDenied, Times: 100})
		_, p := w.run(w.step("issued-regional"))
		complete(t, p)
		if p.Code != "CAA_ERROR" || p.From != "certificate-regional" || p.Also != nil || p.Act != "Request a new certificate" {
			t.Errorf("%+v", p)
		}
	})
}

// If somebody deletes the certificate while ACM validates it, the job stops. A
// re-run gets a new certificate.
func TestCertificateDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.RealPace(), nil)
		w.upTo("issued-edge")
		arn := w.resources.ID(setup.KeyCertificateEdge)
		if _, err := w.outside().ACM(setup.EdgeRegion).DeleteCertificate(t.Context(), &acm.DeleteCertificateInput{CertificateArn: &arn}); err != nil {
			t.Fatal(err)
		}
		_, p := w.run(w.step("issued-edge"))
		complete(t, p)
		time.Sleep(2 * notShownYet)
		w.mustRunAll(setup.JobApply)
		if w.resources.ID(setup.KeyCertificateEdge) == arn {
			t.Error("the certificate was not requested anew")
		}
	})
}

// If CloudFront has not verified the account, the problem says so.
func TestDistributionRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.sim.SetVerified(w.demo.AccountID, false)
		id, p := w.runAll(setup.JobApply)
		complete(t, p)
		if id != "distribution" || p.Said == "" {
			t.Errorf("%s: %+v", id, p)
		}
		w.sim.SetVerified(w.demo.AccountID, true)
		w.mustRunAll(setup.JobApply)
	})
}

// A distribution of another account holds the name.
func TestNameTakenByAnotherAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Pace{}, nil)
		w.upTo("distribution")
		w.sim.Order(sim.Fault{
			Service: "cloudfront", Operation: "CreateDistributionWithTags", Status: http.StatusConflict, Code: "CNAMEAlreadyExists",
			Message: "One or more of the CNAMEs you provided are already associated with a different resource.",
		})
		_, p := w.run(w.step("distribution"))
		complete(t, p)
		if !strings.Contains(p.Why, "Another AWS account") || p.Code != "CNAMEAlreadyExists" {
			t.Errorf("%+v", p)
		}
	})
}

// The problem of the test through CloudFront names the setting that is wrong.
// With HTTP to the origin, CloudFront answers 502. Without the Host header, API
// Gateway answers 403.
func TestPreviewNamesTheSetting(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*types.DistributionConfig)
		says   string
	}{
		{"HTTP to the origin", func(c *types.DistributionConfig) {
			c.Origins.Items[0].CustomOriginConfig.OriginProtocolPolicy = types.OriginProtocolPolicyHttpOnly
		}, "OriginProtocolPolicy"},
		{"no Host header", func(c *types.DistributionConfig) {
			c.DefaultCacheBehavior.OriginRequestPolicyId = aws.String("b689b0a8-53d0-40ab-baf2-68738e2966ac")
		}, "OriginRequestPolicyId"},
		{"no such name", func(c *types.DistributionConfig) {
			c.Aliases = &types.Aliases{Quantity: aws.Int32(0)}
		}, "Aliases"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.DemoPace(), nil)
				w.upTo("preview")
				id := w.resources.ID(setup.KeyDistribution)
				cf := w.outside().CloudFront()
				got, err := cf.GetDistributionConfig(t.Context(), &cloudfront.GetDistributionConfigInput{Id: &id})
				if err != nil {
					t.Fatal(err)
				}
				c.change(got.DistributionConfig)
				if _, err := cf.UpdateDistribution(t.Context(), &cloudfront.UpdateDistributionInput{Id: &id, IfMatch: got.ETag, DistributionConfig: got.DistributionConfig}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				_, p := w.run(w.step("preview"))
				complete(t, p)
				if !strings.Contains(p.Why, c.says) {
					t.Errorf("the problem does not name %s: %+v", c.says, p)
				}
				w.mustRunAll(setup.JobApply)
			})
		})
	}
}

// A plan works before anything exists, and stores nothing.
func TestPlanOfNothing(t *testing.T) {
	for _, j := range jobs {
		t.Run(j.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.DemoPace(), j.change)
				for _, r := range Rows(setup.JobApply, w.setup.Spec) {
					if r.Skip != "" {
						continue
					}
					e := w.env(r.ID)
					e.DryRun = true
					e.Save = func(context.Context, setup.Resource) error { return nil }
					o, err := w.step(r.ID).Observe(t.Context(), e)
					if err != nil {
						t.Errorf("step %s: %v", r.ID, err)
					}
					if o.Summary == "" || o.Problem != nil {
						t.Errorf("step %s: %+v", r.ID, o)
					}
					if o.State == Ready && r.ID != "identity" && r.ID != "remove" && w.setup.Spec.Certificates.Edge == "" {
						t.Errorf("step %s is ready before anything exists: %+v", r.ID, o)
					}
				}
				if made := w.writes(); len(made) > 0 {
					t.Errorf("the plan wrote: %v", made)
				}
			})
		})
	}
}

func TestInvalidate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.RealPace(), nil)
		w.mustRunAll(setup.JobApply)
		for i := range int64(2) {
			n := len(w.writes())
			w.job = setup.Job{ID: 7 + i, Kind: setup.JobInvalidate, Input: setup.JobInput{Paths: []string{"/orders/*", "/catalog/v2/list"}}}
			w.mustRunAll(setup.JobInvalidate)
			w.mustRunAll(setup.JobInvalidate) // a second run of the same job finds the invalidation done
			if made := w.writes()[n:]; len(made) != 1 {
				t.Errorf("one invalidation is enough: %v", made)
			}
		}
		checkActions(t, w)
	})
}

func TestInvalidateWithoutDistribution(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Pace{}, nil)
		w.job = setup.Job{ID: 7, Kind: setup.JobInvalidate, Input: setup.JobInput{Paths: []string{"/*"}}}
		id, p := w.runAll(setup.JobInvalidate)
		complete(t, p)
		if id != "invalidation" {
			t.Errorf("stopped at %s", id)
		}
	})
}

func TestCheckPaths(t *testing.T) {
	for _, good := range [][]string{{"/*"}, {"/orders", "/orders?*"}, {"/a%20b", "/x?y=1"}} {
		if p := CheckPaths(good); p != nil {
			t.Errorf("%.3v: %+v", good, p)
		}
	}
	for _, bad := range [][]string{nil, {"orders"}, {"/a*b"}, {"/a b"}, {"/ä"}, {"/a~b"}, {"/a", "/a"}, {"/" + strings.Repeat("x", 4000)}} {
		complete(t, CheckPaths(bad))
	}
}
