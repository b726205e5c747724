package steps

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

// A person moves the traffic by hand. What went wrong is a sentence, in a check as in
// a job; an old record that still stands is no fault.
func TestSlipsOfAMoveByHand(t *testing.T) {
	const name, old = "www.lakeside.example", "203.0.113.40"
	for what, c := range map[string]struct {
		act  func(w *world, zone, target string)
		said string // "": nothing
		code string
	}{
		"nothing done": {func(*world, string, string) {}, "", ""},
		"the name doubled": {func(w *world, zone, target string) {
			w.sim.AddRecord(zone, name+".lakeside.example", "CNAME", 300, target+".")
		}, "added the zone to the name a second time", "traffic-doubled"},
		"another value": {func(w *world, zone, _ string) {
			w.sim.AddRecord(zone, name, "A", 300, "203.0.113.99")
		}, "203.0.113.99, which is neither", "traffic-other-value"},
		"the zone added to the target": {func(w *world, zone, target string) {
			w.drop(zone, types.RRTypeA, 300, old)
			w.sim.AddRecord(zone, name, "CNAME", 300, target+".lakeside.example.")
		}, "added the zone to its target", "traffic-value-zone"},
		"right": {func(w *world, zone, target string) {
			w.drop(zone, types.RRTypeA, 300, old)
			w.sim.AddRecord(zone, name, "CNAME", 300, target+".")
		}, "", ""},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.DemoPace(), lakeside)
				zone := w.setup.Spec.Domain.ZoneID
				w.clear()
				w.sim.AddRecord(zone, name, "A", 300, old)
				w.elsewhere()
				w.upTo("dns")
				if o, err := w.look(w.step("dns")); err != nil || o.State != Person || o.OldTTL != 300 || o.Problem != nil {
					t.Fatal(o, err)
				}
				if e := w.env("dns"); true { // it stores what stands there
					if _, err := w.lookIn(e, w.step("dns")); err != nil {
						t.Fatal(err)
					}
				}
				target := w.resources.Attr(setup.KeyDistribution, setup.AttrDomainName)
				c.act(w, zone, target)
				o, err := w.look(w.step("dns"))
				if err != nil || (o.Problem != nil) != (c.said != "") || c.said != "" && (!o.Sure || o.Problem.Code != c.code || !strings.Contains(o.Problem.Why, c.said)) {
					t.Errorf("the job: %v %v %+v", o, err, o.Problem)
				}
				e := w.env("dns")
				e.Name = &NameLook{}
				e.Setup.Spec.Domain.Switch = setup.SwitchLater
				cause := LookAtName(t.Context(), e)
				if (cause != nil) != (c.said != "") || cause != nil && !strings.Contains(cause.Problem.Why, c.said) {
					t.Errorf("the check: %+v", cause)
				}
				look := e.Name.Look()
				if look == nil || len(look.Own()) < 2 || len(look.Resolvers()) == 0 || look.Here() != (what == "right") || look.Zone != "lakeside.example" {
					t.Errorf("seen: %+v", look)
				}
				if cause != nil {
					complete(t, cause.Problem)
				}
			})
		})
	}
}

// Cloudflare's proxy is told from another value by the zone's name servers.
func TestServersOfCloudflare(t *testing.T) {
	for server, want := range map[string]bool{"ada.ns.cloudflare.com": true, "ada.ns.cloudflare.com.": true, "ns1.dns.example": false, "ns.cloudflare.com.example": false} {
		if got := atCloudflare([]string{server}); got != want {
			t.Errorf("%s: %t", server, got)
		}
	}
}
