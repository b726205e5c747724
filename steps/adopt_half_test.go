package steps

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
	"testing/synctest"

	"apifront/cloud/sim"
)

// What somebody has half built is adopted, and the first job makes the rest: the
// custom domain that is there gets no other settings.
func TestAdoptHalf(t *testing.T) {
	quietly(t)
	for _, oneRegion := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := &patient{newWorldIn(t, sim.Config{Pace: sim.RealPace(), Log: t.Logf}, func(s *setup.Spec, _ sim.DemoWorld) {
				if oneRegion {
					s.Account.Region = setup.EdgeRegion
				}
			})}
			spec := &p.setup.Spec
			if oneRegion {
				api := sim.API{Name: "here", Kind: "HTTP", Stages: []string{"prod"}}
				spec.API.Mappings = []setup.Mapping{{Path: "", APIID: p.sim.AddAPI(p.demo.AccountID, setup.EdgeRegion, api), Kind: setup.APIKindHTTP, Stage: "prod"}}
			}
			p.upTo("distribution")
			if o, pr := p.run(p.step("mappings")); pr != nil || o.State != Ready {
				t.Fatalf("mappings: %v %v", o, pr)
			}
			_, err := p.outside().APIGateway().UntagResource(t.Context(), &apigateway.UntagResourceInput{
				ResourceArn: aws.String(p.resources[setup.KeyDomain].ARN), TagKeys: []string{tagInstall, tagSetup, tagDomain, tagRole},
			})
			p.must(err)
			before := p.settings()
			p.setup.ID = "0197a7d2-6c1b-7d8a-b1f4-8de2c1c7f0ad"
			p.job.SetupID = p.setup.ID
			a := p.adopt(true)
			if len(a.Differs) > 0 || slices.ContainsFunc(a.Resources, func(r setup.Resource) bool { return r.Key == setup.KeyDistribution }) {
				t.Errorf("adopted: %+v", a)
			}
			p.setup.Spec.Domain.Switch = setup.SwitchAtEnd
			n := len(p.writes())
			p.mustRunAll(setup.JobApply)
			for _, w := range p.writes()[n:] {
				if strings.HasPrefix(w, "domain ") || strings.HasPrefix(w, "mappings ") {
					t.Errorf("what is there was changed: %s", w)
				}
			}
			if diff := strings.Split(lineDiff(before, p.settings()), "\n"); slices.ContainsFunc(diff, func(l string) bool { return strings.HasPrefix(l, "- ") && strings.Contains(l, "/domains/") }) {
				t.Errorf("the custom domain was changed: %v", diff)
			}
			time.Sleep(time.Hour)
			p.healthy("after the rest was made")
		})
	}
}

// A distribution that nobody has given the name yet is adopted too.
func TestAdoptWithoutTheName(t *testing.T) {
	list := adoptWorlds()
	inAdoptWorlds(t, []driftWorld{list[4], list[1]}, func(p *patient, v driftWorld) {
		p.adopt(v.route53)
		id := p.distribution()
		p.must(p.alter(func(c *types.DistributionConfig) {
			c.Aliases = &types.Aliases{Quantity: aws.Int32(0)}
			c.ViewerCertificate = &types.ViewerCertificate{CloudFrontDefaultCertificate: aws.Bool(true)}
		}))
		found := p.adoptable(v.route53)
		found.Distribution, found.Leads = *id, false
		var err error
		found.Configured.Distribution, _, err = p.outside().ConfiguredDistribution(p.t.Context(), *id)
		p.must(err)
		a := Adopt(p.t.Context(), found)
		if len(a.Refused)+len(a.Differs)+len(a.Spec.AsFound) > 0 {
			p.t.Errorf("adopted: %+v", a)
		}
		p.take(a)
		p.setup.Spec.Domain.Switch = setup.SwitchAtEnd
		p.mustRunAll(setup.JobApply)
		if is := p.distribution(); *is != *id {
			p.t.Errorf("another distribution was made: %s", *is)
		}
		p.healthy("after the name was given")
	})
}
