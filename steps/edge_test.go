package steps

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

// An edgeWorld is how the custom domain stands, and how DNS leads to it, before it is
// moved.
type edgeWorld struct {
	name      string
	policy    agtypes.SecurityPolicy
	access    agtypes.EndpointAccessMode
	both      bool // a Regional endpoint stands beside the edge one
	moved     bool // DNS leads to the Regional endpoint already
	alias     bool // DNS leads by an alias
	elsewhere bool
	later     bool
	asked     bool // the setup asks for a TLS policy, and for STRICT where the domain was so
}

func edgeWorlds() []edgeWorld {
	return []edgeWorld{
		{name: "edge", policy: agtypes.SecurityPolicyTls12},
		{name: "alias", policy: agtypes.SecurityPolicyTls12, alias: true},
		{name: "TLS 1.0", policy: agtypes.SecurityPolicyTls10},
		{name: "strict", policy: "SecurityPolicy_TLS13_2025_EDGE", access: agtypes.EndpointAccessModeStrict},
		{name: "strict, another policy is asked for", policy: "SecurityPolicy_TLS13_2025_EDGE", access: agtypes.EndpointAccessModeStrict, asked: true},
		{name: "both", policy: agtypes.SecurityPolicyTls12, both: true},
		{name: "both, TLS 1.0, and DNS has moved", policy: agtypes.SecurityPolicyTls10, both: true, moved: true},
		{name: "elsewhere", policy: agtypes.SecurityPolicyTls12, elsewhere: true},
		{name: "later", policy: agtypes.SecurityPolicyTls12, later: true},
	}
}

// newEdgeWorld makes an edge-optimised custom domain as somebody in the console does, with
// a mapping of its own and DNS that leads to it.
func newEdgeWorld(t *testing.T, pace sim.Pace, v edgeWorld) *world {
	t.Helper()
	w := newWorldIn(t, sim.Config{Pace: pace, Log: t.Logf}, func(s *setup.Spec, _ sim.DemoWorld) {
		s.Domain.FromEdge = true
		if v.access != "" { // no HTTP API goes with an enhanced policy
			s.API.Mappings = s.API.Mappings[:1]
		}
		if v.asked {
			s.Domain.SecurityPolicy, s.Domain.AccessMode = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", setup.AccessStrict
		}
	})
	w.makeEdge(v)
	return w
}

// makeEdge makes the custom domain in the world's account.
func (w *world) makeEdge(v edgeWorld) {
	w.t.Helper()
	name, region := w.setup.Spec.Domain.Name, w.setup.Spec.Account.Region
	certificate := func(region string) *string {
		return aws.String(w.sim.AddCertificate(w.demo.AccountID, region, sim.Certificate{Names: []string{name}}))
	}
	gateway := w.outside().APIGateway()
	must := func(err error) {
		if w.t.Helper(); err != nil {
			w.t.Fatal(err)
		}
	}
	d, err := gateway.CreateDomainName(w.t.Context(), &apigateway.CreateDomainNameInput{
		DomainName: &name, SecurityPolicy: v.policy, EndpointAccessMode: v.access, CertificateArn: certificate(setup.EdgeRegion),
		EndpointConfiguration: &agtypes.EndpointConfiguration{Types: []agtypes.EndpointType{agtypes.EndpointTypeEdge}},
		Tags:                  map[string]string{"owner": "somebody"},
	})
	must(err)
	_, err = gateway.CreateBasePathMapping(w.t.Context(), &apigateway.CreateBasePathMappingInput{
		DomainName: &name, BasePath: aws.String("orders"), RestApiId: aws.String(w.demo.APIs["orders-api-eu"]), Stage: aws.String("prod"),
	})
	must(err)
	leads := aws.ToString(d.DistributionDomainName)
	if v.both {
		time.Sleep(time.Hour)
		out, err := gateway.UpdateDomainName(w.t.Context(), &apigateway.UpdateDomainNameInput{DomainName: &name, PatchOperations: []agtypes.PatchOperation{
			patchOf(agtypes.OpAdd, fieldTypes, "REGIONAL"), patchOf(agtypes.OpAdd, "regionalCertificateArn", *certificate(region)),
		}})
		must(err)
		if v.moved {
			leads = aws.ToString(out.RegionalDomainName)
		}
	}
	zone := w.setup.Spec.Domain.ZoneID
	if v.alias {
		_, err := w.outside().Route53().ChangeResourceRecordSets(w.t.Context(), &route53.ChangeResourceRecordSetsInput{
			HostedZoneId: &zone, ChangeBatch: &types.ChangeBatch{Changes: []types.Change{{Action: types.ChangeActionCreate, ResourceRecordSet: &types.ResourceRecordSet{
				Name: &name, Type: types.RRTypeA, AliasTarget: &types.AliasTarget{DNSName: &leads, HostedZoneId: aws.String(cloudFrontZone)},
			}}}},
		})
		must(err)
	} else {
		w.sim.AddRecord(zone, name, "CNAME", 300, leads+".")
	}
	time.Sleep(time.Hour)
	switch {
	case v.elsewhere:
		w.elsewhere()
	case v.later:
		w.setup.Spec.Domain.Switch = setup.SwitchLater
		w.person = func(records []setup.Record) {
			for _, r := range records {
				w.sim.AddRecord(zone, r.Name, r.Type, r.TTL, r.Value+".")
			}
		}
	}
}

// An edge-optimised custom domain becomes the setup's: the job ends, the next one writes
// nothing, and the domain is what the setup makes of one.
func TestEdgeDomainIsMoved(t *testing.T) {
	quietly(t)
	for _, v := range edgeWorlds() {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newEdgeWorld(t, sim.RealPace(), v)
				began := time.Now()
				w.mustRunAll(setup.JobApply)
				t.Logf("%v, %v", time.Since(began), w.writes())
				n := len(w.writes())
				w.mustRunAll(setup.JobApply)
				if again := w.writes()[n:]; len(again) > 0 {
					t.Errorf("the next job wrote %v", again)
				}
				w.checkMoved(v)
			})
		})
	}
}

// checkMoved checks the custom domain, its mappings, and the way back.
func (w *world) checkMoved(v edgeWorld) {
	w.t.Helper()
	d, err := w.outside().APIGateway().GetDomainName(w.t.Context(), &apigateway.GetDomainNameInput{DomainName: aws.String(w.setup.Spec.Domain.Name)})
	if err != nil {
		w.t.Fatal(err)
	}
	if !regionalOnly(d) || d.Tags["owner"] != "somebody" || d.Tags[tagInstall] != "install-1" || d.EndpointAccessMode != v.access {
		w.t.Errorf("the custom domain is %v %v %v", d.EndpointConfiguration.Types, d.Tags, d.EndpointAccessMode)
	}
	if policy := string(d.SecurityPolicy); policy != "TLS_1_2" && (v.access == "" || !strings.HasPrefix(policy, "SecurityPolicy_TLS13_1_2")) {
		w.t.Errorf("its policy is %s", policy)
	}
	if v.asked && string(d.SecurityPolicy) != w.setup.Spec.Domain.SecurityPolicy {
		w.t.Errorf("its policy is %s", d.SecurityPolicy)
	}
	r := w.resources[setup.MappingKey("orders")]
	if r.ID == "" || r.Owned {
		w.t.Errorf("the mapping that was there: %+v", r)
	}
	old := w.resources.OldRecords(w.setup.Spec.Domain.Name)
	target := w.resources.Attr(setup.KeyDomain, setup.AttrTarget)
	if !v.later && (len(old) == 0 || slices.ContainsFunc(old, func(r setup.Record) bool { return r.Value != target })) {
		w.t.Errorf("the way back is %+v, and the Regional endpoint %s", old, target)
	}
}

// Until the edge endpoint goes, the old record can be put back, and the edge endpoint
// answers again.
func TestEdgeOldRecordComesBack(t *testing.T) {
	quietly(t)
	for _, v := range []edgeWorld{edgeWorlds()[0], edgeWorlds()[1], edgeWorlds()[7]} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newEdgeWorld(t, sim.RealPace(), v)
				w.upTo("edge-off")
				if !w.resources.CanRestore(w.setup.Spec.Domain.Name) {
					t.Fatalf("nothing can be put back: %+v", w.resources[setup.KeyRecordTraffic])
				}
				w.job.Kind = setup.JobRestore
				w.mustRunAll(setup.JobRestore)
				old := w.resources.OldRecords(w.setup.Spec.Domain.Name)
				if len(old) != 1 || !strings.HasSuffix(old[0].Value, ".cloudfront.net") {
					t.Errorf("what was put back is %+v", old)
				}
				// The edge endpoint stays: callers are led to it.
				w.job = setup.Job{ID: 2, SetupID: w.setup.ID, SetupName: w.job.SetupName, Kind: setup.JobApply}
				time.Sleep(time.Hour)
				o, err := w.look(w.step("edge-off"))
				if err != nil || o.State != Pending {
					t.Errorf("the edge endpoint would go: %v %s, %v", o.State, o.Summary, err)
				}
			})
		})
	}
}

// What is in the way of a move stops the job before anything is changed.
func TestEdgeIsLeftAlone(t *testing.T) {
	quietly(t)
	for _, c := range []struct {
		what string
		do   func(*world)
		says string
	}{
		{"not asked for", func(w *world) { w.setup.Spec.Domain.FromEdge = false }, "is not Regional"},
		{"another installation's", func(w *world) { w.tagEdge(map[string]string{tagInstall: "install-2"}) }, "Somebody else looks after"},
		{"another API is mapped", func(w *world) { w.setup.Spec.API.Mappings[0].APIID = w.demo.APIs["legacy-api-eu"] }, "leads elsewhere today"},
		{"another region", func(w *world) { w.setup.Spec.Account.Region = "eu-central-1" }, "no custom domain to move"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newEdgeWorld(t, sim.RealPace(), edgeWorlds()[0])
				c.do(w)
				w.upTo("domain")
				n := len(w.writes())
				id, p := w.runAll(setup.JobApply)
				if id != "domain" || len(w.writes()) != n {
					t.Fatalf("stopped at %q, wrote %v: %v", id, w.writes()[n:], p)
				}
				complete(t, p)
				if !strings.Contains(p.What, c.says) {
					t.Errorf("it says %q", p.What)
				}
			})
		})
	}
}

// tagEdge tags the custom domain as somebody in the console does.
func (w *world) tagEdge(tags map[string]string) {
	w.t.Helper()
	arn := "arn:aws:apigateway:" + w.setup.Spec.Account.Region + "::/domainnames/" + w.setup.Spec.Domain.Name
	if _, err := w.outside().APIGateway().TagResource(w.t.Context(), &apigateway.TagResourceInput{ResourceArn: &arn, Tags: tags}); err != nil {
		w.t.Fatal(err)
	}
}

// A teardown takes away what the setup made, and leaves the custom domain, which was there
// before, also if nothing is mapped on it any more.
func TestEdgeDomainStaysAtATeardown(t *testing.T) {
	quietly(t)
	synctest.Test(t, func(t *testing.T) {
		w := newEdgeWorld(t, sim.RealPace(), edgeWorlds()[0])
		name := w.setup.Spec.Domain.Name
		_, err := w.outside().APIGateway().DeleteBasePathMapping(t.Context(), &apigateway.DeleteBasePathMappingInput{DomainName: &name, BasePath: aws.String("orders")})
		if err != nil {
			t.Fatal(err)
		}
		w.mustRunAll(setup.JobApply)
		w.setup.Spec.Gone = &setup.Gone{Name: setup.GoneBack}
		w.job = setup.Job{ID: 2, SetupID: w.setup.ID, SetupName: name, Kind: setup.JobTeardown}
		w.mustRunAll(setup.JobTeardown)
		d, err := w.outside().APIGateway().GetDomainName(t.Context(), &apigateway.GetDomainNameInput{DomainName: &name})
		if err != nil || !regionalOnly(d) {
			t.Fatalf("the custom domain is gone, or not Regional: %v", err)
		}
		there, err := describeMappings(t.Context(), w.env("mappings"), w.outside(), viaV2)
		if err != nil || len(there) > 0 {
			t.Errorf("%v is mapped still, %v", there, err)
		}
		sets, err := listRecordSets(t.Context(), w.env("dns"), name)
		if err != nil || len(sets) != 1 || asRecords(sets[0])[0].Value != aws.ToString(d.RegionalDomainName) {
			t.Errorf("the name leads to %+v, %v", sets, err)
		}
	})
}
