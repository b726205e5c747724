package steps

import (
	"reflect"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

// standingOf is a distribution as CloudFront has it.
func (w *world) standingOf(id string) *types.Distribution {
	w.t.Helper()
	got, err := w.outside().CloudFront().GetDistribution(w.t.Context(), &cloudfront.GetDistributionInput{Id: &id})
	if err != nil {
		w.t.Fatal(err)
	}
	return got.Distribution
}

// edge is the configuration of the setup's distribution, without what is of this world
// alone.
func (w *world) edge() types.DistributionConfig {
	w.t.Helper()
	c := w.standingOf(w.resources.ID(setup.KeyDistribution)).DistributionConfig
	c.CallerReference, c.Origins.Items[0].DomainName = nil, nil
	c.ViewerCertificate = &types.ViewerCertificate{MinimumProtocolVersion: c.ViewerCertificate.MinimumProtocolVersion}
	return *c
}

// somebodysDistribution makes a distribution of somebody else that has the names.
func (w *world) somebodysDistribution(names ...string) string {
	w.t.Helper()
	in, _ := distributionInputs(w.env("distribution"))
	in.reference = "somebody"
	spec := w.setup.Spec
	spec.Domain.MoveFrom = ""
	config := distributionConfig(spec, in)
	config.Aliases = &types.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names}
	out, err := w.outside().CloudFront().CreateDistribution(w.t.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: config})
	if err != nil {
		w.t.Fatal(err)
	}
	return aws.ToString(out.Distribution.Id)
}

// fromGone is a spec that says that the name comes from a distribution which is not there
// any more.
func fromGone(s *setup.Spec, _ sim.DemoWorld) { s.Domain.MoveFrom = "E2GONE" }

// TestAliasLater: a distribution that is made without the name, and gets it once it is
// deployed, ends as one that is made with it. The next job writes nothing.
func TestAliasLater(t *testing.T) {
	for _, lost := range []int{0, 1} {
		synctest.Test(t, func(t *testing.T) {
			plain := newWorld(t, sim.RealPace(), nil)
			plain.mustRunAll(setup.JobApply)
			want := whole(t)

			w := newWorld(t, sim.RealPace(), fromGone)
			before := made(w)
			w.upTo(aliasID)
			d := w.standingOf(w.resources.ID(setup.KeyDistribution))
			if n := aws.ToInt32(d.DistributionConfig.Aliases.Quantity); n > 0 || aws.ToString(d.Status) != "Deployed" {
				t.Errorf("before the name is added: %d names, %s", n, aws.ToString(d.Status))
			}
			if lost > 0 {
				w.sim.Order(sim.Fault{Service: "cloudfront", Operation: "UpdateDistribution", Kind: sim.FaultLost, Times: lost})
			}
			w.mustRunAll(setup.JobApply)
			if diff := cmp.Diff(plain.edge(), w.edge(), cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
				t.Errorf("the distribution differs from one with the name from the start:\n%s", diff)
			}
			sameAs(t, w, before, want)
		})
	}
}

// TestAliasLaterTakesFromNobody: the name is not taken from a distribution of which the
// spec does not speak.
func TestAliasLaterTakesFromNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), fromGone)
		w.upTo(aliasID)
		other := w.somebodysDistribution(w.setup.Spec.Domain.Name)
		n := len(w.writes())
		id, p := w.runAll(setup.JobApply)
		if id != aliasID || len(w.writes()) != n {
			t.Errorf("stopped at %q, wrote %v", id, w.writes()[n:])
		}
		complete(t, p)
		if n := aws.ToInt32(w.standingOf(other).DistributionConfig.Aliases.Quantity); n != 1 {
			t.Errorf("the other distribution has %d names", n)
		}
	})
}
