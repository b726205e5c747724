package doctor_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"

	"apifront/cloud/sim"
	"apifront/doctor"
	"apifront/setup"
)

// A zone that Route 53 or DNS gives no answer about stays in the list, and
// nothing is concluded from the missing answer. The other zones are not
// affected.
func TestZonesInParts(t *testing.T) {
	find := func(t *testing.T, list []setup.Zone, id string) setup.Zone {
		for _, z := range list {
			if z.ID == id {
				return z
			}
		}
		t.Fatalf("%s is not in %+v", id, list)
		return setup.Zone{}
	}
	for _, refused := range []string{"route53", "dns", "both"} {
		t.Run(refused, func(t *testing.T) {
			w := newWorld(t, 0)
			defer w.sim.Close()
			first := w.sim.AddZone(accountID, "alpha.com")
			second := w.sim.AddZone(accountID, "beta.com")
			if refused != "dns" {
				w.sim.Order(sim.Fault{Service: "route53", Operation: "GetHostedZone", Times: 1000, Status: http.StatusForbidden, Code: "AccessDenied", Message: "not this zone"})
			}
			if refused != "route53" {
				w.settings.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no way out") }
			}
			got, err := doctor.Zones(t.Context(), w.prober(), w.account)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{first, second} {
				z := find(t, got, id)
				if z.Refused != "" || z.Delegated || !strings.Contains(z.Unsure, "could not be read") {
					t.Errorf("%+v", z)
				}
				if refused != "dns" && !strings.Contains(z.Unsure, "not this zone") {
					t.Errorf("without AWS's words: %q", z.Unsure)
				}
			}
		})
	}
	t.Run("one of two", func(t *testing.T) {
		w := newWorld(t, 0)
		first := w.sim.AddZone(accountID, "alpha.com")
		second := w.sim.AddZone(accountID, "beta.com")
		lost := w.sim.AddTwinZone(accountID, "gamma.com")
		w.sim.Order(sim.Fault{Service: "route53", Operation: "GetHostedZone", Status: http.StatusForbidden, Code: "AccessDenied", Message: "not this zone"})
		got, err := doctor.Zones(t.Context(), w.prober(), w.account)
		if err != nil {
			t.Fatal(err)
		}
		sure, unsure := 0, 0
		for _, id := range []string{first, second} {
			switch z := find(t, got, id); {
			case z.Delegated && z.Unsure == "" && z.Refused == "":
				sure++
			case z.Unsure != "" && z.Refused == "":
				unsure++
			default:
				t.Errorf("%+v", z)
			}
		}
		if z := find(t, got, lost); !strings.Contains(z.Refused, "DNS does not lead to it") || z.Unsure != "" {
			t.Errorf("%+v", z)
		}
		if sure == 0 || sure+unsure != 2 {
			t.Errorf("%d sure, %d unsure", sure, unsure)
		}
	})
}

// If a part of the facts of a name cannot be read, the others still are.
func TestNameFactsInParts(t *testing.T) {
	refuse := sim.Fault{Service: "cloudfront", Operation: "ListDistributions", Times: 1000, Status: http.StatusForbidden, Code: "AccessDenied", Message: "no distributions for you"}
	silent := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no way out") }
	for _, test := range []struct {
		title              string
		noDNS, noEdge, all bool
	}{{"CloudFront refuses", false, true, false}, {"DNS is silent", true, false, false}, {"nothing answers", true, true, true}} {
		t.Run(test.title, func(t *testing.T) {
			w := newWorld(t, 0)
			defer w.sim.Close()
			zone := w.sim.AddZone(accountID, "example.com")
			w.sim.AddRecord(zone, "api.example.com", "A", 60, "192.0.2.1")
			w.sim.AddRecord(zone, "example.com", "CAA", 60, `0 issue "letsencrypt.org"`)
			makeDistribution(t, w.account, "api.example.com", w.sim.AddCertificate(accountID, setup.EdgeRegion, sim.Certificate{Names: []string{"api.example.com"}}))
			if test.noEdge {
				w.sim.Order(refuse)
			}
			if test.noDNS {
				w.settings.Dial = silent
			}
			got, err := doctor.NameFacts(t.Context(), w.prober(), w.account, "api.example.com")
			if (err != nil) != test.all {
				t.Fatalf("%+v %v", got, err)
			}
			if test.all {
				return
			}
			for part, known := range map[setup.NamePart]bool{
				setup.NameAddresses: len(got.Addresses) > 0, setup.NameZone: got.ZoneApex != "", setup.NameCAA: got.CAABlocks, setup.NameHolder: got.HolderID != "",
			} {
				failed := test.noDNS
				if part == setup.NameHolder {
					failed = test.noEdge
				}
				if known == failed || (got.Unread[part] != "") != failed {
					t.Errorf("%s: known %v, unread %q", part, known, got.Unread[part])
				}
			}
			if test.noEdge && !strings.Contains(got.Unread[setup.NameHolder], "no distributions for you") {
				t.Errorf("without AWS's words: %+v", got.Unread)
			}
		})
	}
}
