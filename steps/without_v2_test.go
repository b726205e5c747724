package steps

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"

	"apifront/cloud/sim"
	"apifront/setup"
)

// In a region without API Gateway v2, every v2 call fails. What v1 can map is
// mapped with v1, and for the rest the problem says what cannot be mapped.
func TestRegionWithoutV2(t *testing.T) {
	for _, test := range []struct {
		title, path, api string
		mapped           bool
	}{
		{"REST, one level", "orders", "orders-api-eu", true},
		{"REST, the root", "", "orders-api-eu", true},
		{"edge-optimised REST", "old", "legacy-api-eu", true},
		{"REST, two levels", "v1/orders", "orders-api-eu", false},
		{"HTTP", "catalog", "catalog-http-eu", false},
	} {
		t.Run(test.title, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.Pace{}, func(s *setup.Spec, d sim.DemoWorld) {
					m := setup.Mapping{Path: test.path, APIID: d.APIs[test.api], APIName: test.api, Kind: setup.APIKindREST, Stage: "prod"}
					if test.title == "HTTP" {
						m.Kind, m.Stage = setup.APIKindHTTP, "$default"
					}
					s.API.Mappings = []setup.Mapping{m}
				})
				w.sim.Order(sim.Fault{Service: "apigateway", Operation: "GetApis|GetApiMappings|CreateApiMapping|UpdateApiMapping", Times: 1000, Status: http.StatusBadRequest, Code: "BadRequestException", Message: "Bad Request"})
				w.upTo("mappings")
				o, p := w.run(w.step("mappings"))
				made := slices.ContainsFunc(w.writes(), func(s string) bool { return strings.Contains(s, "CreateBasePathMapping") })
				if made != test.mapped || (p == nil) != test.mapped {
					t.Fatalf("mapped over v1: %v; %v %+v", made, o, p)
				}
				if !test.mapped {
					complete(t, p)
					if !strings.Contains(p.Why, "refuses every call of its version 2") {
						t.Errorf("%+v", p)
					}
					return
				}
				out, err := w.outside().APIGateway().GetBasePathMappings(t.Context(), &apigateway.GetBasePathMappingsInput{DomainName: aws.String(w.setup.Spec.Domain.Name)})
				if err != nil || len(out.Items) != 1 || aws.ToString(out.Items[0].RestApiId) != w.setup.Spec.API.Mappings[0].APIID {
					t.Errorf("%+v %v", out, err)
				}
				before := len(w.writes())
				if o, p := w.run(w.step("mappings")); p != nil || o.State != Ready || len(w.writes()) != before {
					t.Errorf("again: %v %+v", o, p)
				}
			})
		})
	}
}

// Another refusal with the same code does not mean that the region has no v2.
func TestOneRefusalOfV2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.Pace{}, func(s *setup.Spec, d sim.DemoWorld) {
			s.API.Mappings = s.API.Mappings[:1]
		})
		w.upTo("mappings")
		w.sim.Order(sim.Fault{Service: "apigateway", Operation: "GetApiMappings", Times: 1000, Status: http.StatusBadRequest, Code: "BadRequestException", Message: "Invalid domain name identifier specified"})
		if _, p := w.run(w.step("mappings")); p == nil {
			t.Error("the refusal is taken for a region without v2")
		}
		if made := w.writes(); slices.ContainsFunc(made, func(s string) bool { return strings.Contains(s, "BasePathMapping") }) {
			t.Errorf("mapped over v1: %v", made)
		}
	})
}
