package cloud_test

import (
	"net/http"
	"strings"
	"testing"

	"apifront/cloud/sim"
)

// A part of the look that AWS refuses does not throw the other parts away: what
// was read is listed, and what was not is named with AWS's words.
func TestAPIsInParts(t *testing.T) {
	for _, test := range []struct{ operations, there, gone, said string }{
		{"GetApis", "orders", "HTTP and WebSocket APIs", "Bad Request"},
		{"GetRestApis", "shop", "REST APIs", "Bad Request"},
		{"GetStages", "", "orders", "Bad Request"},
		{"GetApis|GetRestApis", "", "", ""},
	} {
		w := newWorld(t, sim.Config{})
		w.sim.AddAPI(accountID, "eu-west-1", sim.API{Name: "orders", Kind: "REST", Stages: []string{"prod"}})
		w.sim.AddAPI(accountID, "eu-west-1", sim.API{Name: "shop", Kind: "HTTP", Stages: []string{"prod"}})
		w.sim.Order(sim.Fault{Service: "apigateway", Operation: test.operations, Times: 1000, Status: http.StatusBadRequest, Code: "BadRequestException", Message: "Bad Request"})
		got, err := w.open(t, "eu-west-1").APIs(t.Context())
		if test.gone == "" {
			if err == nil {
				t.Errorf("%s: nothing could be read, and the list is %+v", test.operations, got)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.operations, err)
			continue
		}
		there, gone := test.there == "", false
		for _, g := range got {
			there = there || g.Name == test.there && g.Refused == "" && len(g.Stages) == 1
			gone = gone || g.Name == test.gone && strings.Contains(g.Refused, "could not be read") && strings.Contains(g.Refused, test.said)
		}
		if !there || !gone {
			t.Errorf("%s: %+v", test.operations, got)
		}
	}
}
