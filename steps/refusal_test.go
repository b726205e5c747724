package steps

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

// The error code of a race also means a pricing plan. In that case the step
// does not ask CloudFront again, and its problem is about the plan. After a
// race it tries again and succeeds.
func TestPreconditionFailedIsReadByItsText(t *testing.T) {
	for text, race := range map[string]bool{
		"You can't delete this distribution while it's subscribed to a pricing plan. After you cancel the pricing plan, you can delete the distribution at the end of monthly billing cycle.": false,
		"Something nobody has seen yet.": false,
		"The request failed because it didn't meet the preconditions in one or more request-header fields.": true,
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, sim.DemoPace(), nil)
			w.upTo("preview")
			w.setup.Spec.Edge.ReadTimeout += 5
			w.sim.Order(sim.Fault{Service: "cloudfront", Operation: "UpdateDistribution", Status: 412, Code: "PreconditionFailed", Message: text})
			n := len(w.writes())
			o, p := w.run(w.step("distribution"))
			asked := len(w.writes()[n:])
			if race {
				if p != nil || o.State != Ready || asked != 2 {
					t.Errorf("%q: asked %d times, %v %v", text, asked, o, p)
				}
				return
			}
			complete(t, p)
			if asked != 1 || !strings.Contains(p.Said, text) || strings.Contains(p.What+p.Why, "someone else") {
				t.Errorf("%q: asked %d times: %+v", text, asked, p)
			}
			if plan := strings.Contains(text, "plan"); plan != strings.Contains(p.Why, "pricing plan") {
				t.Errorf("%q: %q", text, p.Why)
			}
		})
	}
}

// If a change loses every race, each loss is a failed try, which the worker
// counts. So the step ends one day.
func TestARaceThatIsAlwaysLostEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.upTo("preview")
		w.setup.Spec.Edge.ReadTimeout += 5
		w.sim.Order(sim.Fault{
			Service: "cloudfront", Operation: "UpdateDistribution", Status: 412, Code: "PreconditionFailed", Times: 1000,
			Message: "The request failed because it didn't meet the preconditions in one or more request-header fields.",
		})
		err := w.step("distribution").Apply(t.Context(), w.env("distribution"))
		if _, waits := errors.AsType[*cloud.NotYet](err); waits || !cloud.Temporary(err) {
			t.Errorf("waits %t, %v", waits, err)
		}
	})
}

// If a domain was deleted after it was read, the problem names the domain, and
// not the API or the path.
func TestMappingOnADeletedDomain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.upTo("mappings")
		e := w.env("mappings")
		if _, err := describeDomain(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		d, err := remembered(t.Context(), e, readDomain, describeDomain)
		if err != nil || d == nil {
			t.Fatal(d, err)
		}
		if _, err := w.outside().APIGateway().DeleteDomainName(t.Context(), &apigateway.DeleteDomainNameInput{DomainName: aws.String(e.name())}); err != nil {
			t.Fatal(err)
		}
		m := e.Setup.Spec.API.Mappings[0]
		p, ok := errors.AsType[*setup.Problem](applyMapping(t.Context(), e, viaV2, m, nil))
		if !ok {
			t.Fatal("mapping on a deleted domain is no problem")
		}
		complete(t, p)
		text := p.What + p.Why + p.Fix
		if !strings.Contains(p.What, "custom domain is gone") || !strings.Contains(p.Fix, "Create custom domain") {
			t.Errorf("%+v", p)
		}
		if strings.Contains(text, m.APIName) || strings.Contains(text, "page API and paths") {
			t.Errorf("the API is blamed: %s", text)
		}
	})
}
