package steps

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

const day = 24 * time.Hour

// guarded is what a check sees of the certificates.
func (w *world) guarded(guards bool) (list []setup.FindingBody, terms []setup.Term, unseen bool) {
	w.t.Helper()
	t := &Terms{Guards: guards}
	var o Observation
	for _, s := range []Step{w.step("issued-regional"), w.step("issued-edge"), renewalWatch()} {
		if s.Applies != nil {
			if ok, _ := s.Applies(w.setup.Spec); !ok {
				continue
			}
		}
		e := w.env(s.ID)
		e.Terms = t
		var err error
		if o, err = w.lookIn(e, s); err != nil {
			w.t.Fatal(err)
		}
	}
	return o.Findings, t.List(), o.Unseen
}

// What ACM will need to renew is missed on the day on which it goes, months before
// the certificate ends; once for both certificates.
func TestRenewalIsGuarded(t *testing.T) {
	validation := func(w *world) (name, value string) {
		return w.resources.Attr(setup.KeyCertificateEdge, setup.AttrRecordName), w.resources.Attr(setup.KeyCertificateEdge, setup.AttrRecordValue)
	}
	for _, c := range []struct {
		what   string
		do     func(w *world, zone string)
		key    string // begins so; "": nothing is found
		says   []string
		cheap  bool // seen without asking every server
		unseen bool
	}{
		{what: "healthy", do: func(*world, string) {}, cheap: true},
		{what: "record gone", do: func(w *world, zone string) {
			name, _ := validation(w)
			w.sim.AddRecord(zone, name, "CNAME", 300)
		}, key: "renewal/dns/CNAME _", says: []string{"Each of the two certificates", "19", "days are left", "has the record _", "It is a CNAME record with the name _"}, cheap: true},
		{what: "other value", do: func(w *world, zone string) {
			name, _ := validation(w)
			w.sim.AddRecord(zone, name, "CNAME", 300, "_other.acm-validations.aws.")
		}, key: "renewal/dns/CNAME _", says: []string{"has the value _other.acm-validations.aws", "Change the value"}, cheap: true},
		{what: "doubled name", do: func(w *world, zone string) {
			name, value := validation(w)
			w.sim.AddRecord(zone, name, "CNAME", 300)
			w.sim.AddRecord(zone, name+".harborview.example", "CNAME", 300, value+".")
		}, key: "renewal/dns/CNAME _", says: []string{"added the zone to the name a second time"}, cheap: true},
		{what: "CAA forbids", do: func(w *world, zone string) {
			w.sim.AddRecord(zone, "harborview.example", "CAA", 300, `0 issue "letsencrypt.org"`)
		}, key: "renewal/caa", says: []string{"Amazon is not among them", `0 issue "amazon.com"`}},
		{what: "CAA of Amazon", do: func(w *world, zone string) {
			w.sim.AddRecord(zone, "harborview.example", "CAA", 300, `0 issue "amazon.com"`)
		}},
		{what: "DNS is silent", do: func(w *world, _ string) {
			w.probe.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route to host") }
		}, unseen: true},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.DemoPace(), nil)
				zone := w.setup.Spec.Domain.ZoneID
				w.elsewhere()
				w.mustRunAll(setup.JobApply)
				time.Sleep(2 * day)
				c.do(w, zone)
				w.person = nil
				time.Sleep(time.Hour)
				for _, guards := range []bool{true, false} {
					list, terms, unseen := w.guarded(guards)
					if len(terms) != 2 || terms[0].Region != "us-east-1" || terms[1].Region != "eu-west-1" {
						t.Fatalf("terms %+v", terms)
					}
					if unseen != c.unseen {
						t.Errorf("unseen: %t, all servers: %t", unseen, guards)
					}
					if c.key == "" || !guards && !c.cheap {
						if len(list) > 0 {
							t.Errorf("found %+v", list)
						}
						continue
					}
					if len(list) != 1 || !strings.HasPrefix(list[0].Key, c.key) || !list[0].Beside || list[0].Effect != nil || list[0].Repair || list[0].Passes {
						t.Fatalf("found %+v", list)
					}
					name, value := validation(w)
					switch r := list[0].Record; {
					case strings.HasPrefix(c.key, "renewal/dns") != (r != nil):
						t.Errorf("the record %+v", r)
					case r != nil && (r.Type != "CNAME" || r.Name != name || r.Value != value || r.Apex != "harborview.example" || len(r.Servers) == 0):
						t.Errorf("the record %+v, want %s with %s", *r, name, value)
					}
					for _, say := range c.says {
						if text := list[0].Title + " " + list[0].Fix; !strings.Contains(text, say) {
							t.Errorf("it does not say %q: %s", say, text)
						}
					}
				}
			})
		})
	}
}

// A certificate that no service uses does not renew, and ACM may be late to show
// that one does.
func TestAnUnusedCertificateDoesNotRenew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.upTo("domain")
		if list, _, _ := w.guarded(true); len(list) > 0 {
			t.Errorf("at once: %+v", list)
		}
		time.Sleep(2 * day)
		list, terms, _ := w.guarded(true)
		if len(list) != 2 || list[0].Key != "renewal/unused/us-east-1" || list[1].Key != "renewal/unused/eu-west-1" || terms[0].Stops[0].Kind != setup.StopUnused {
			t.Errorf("after two days: %+v", list)
		}
	})
}

// An imported certificate is told of when it comes to its end, and not before.
func TestAnImportedCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		for region, arn := range map[string]*string{"us-east-1": &w.setup.Spec.Certificates.Edge, "eu-west-1": &w.setup.Spec.Certificates.Regional} {
			*arn = w.sim.AddCertificate(w.demo.AccountID, region, sim.Certificate{Names: []string{"api.harborview.example"}, Type: "IMPORTED", NotAfter: time.Now().Add(60 * day)})
		}
		w.mustRunAll(setup.JobApply)
		if list, terms, _ := w.guarded(true); len(list) > 0 || terms[0].Stops[0].Kind != setup.StopImported {
			t.Errorf("60 days before: %+v, %+v", list, terms)
		}
		time.Sleep(20 * day)
		list, _, _ := w.guarded(true)
		if len(list) != 2 || list[0].Key != "renewal/ends/us-east-1" || list[0].Passes || !strings.Contains(list[0].Title, "imported") || !strings.Contains(list[0].Fix, "Import a new certificate in ACM in us-east-1") {
			t.Errorf("40 days before: %+v", list)
		}
	})
}

// The record goes, ACM cannot renew, and does so by itself once the record is back.
func TestRenewalWithTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		zone := w.setup.Spec.Domain.ZoneID
		w.elsewhere()
		w.mustRunAll(setup.JobApply)
		w.person = nil
		name, value := w.resources.Attr(setup.KeyCertificateEdge, setup.AttrRecordName), w.resources.Attr(setup.KeyCertificateEdge, setup.AttrRecordValue)
		w.sim.AddRecord(zone, name, "CNAME", 300)
		time.Sleep(160 * day)
		list, before, _ := w.guarded(false)
		keys := func() (all []string) {
			for _, f := range list {
				all = append(all, f.Key)
			}
			return all
		}
		want := []string{"renewal/dns/CNAME " + name, "renewal/ends/us-east-1", "renewal/ends/eu-west-1"}
		if !slices.Equal(keys(), want) || list[1].Passes || list[1].Is != "45 days or less" || list[0].Want != value {
			t.Errorf("after 160 days: %+v", list)
		}
		time.Sleep(20 * day)
		if list, _, _ = w.guarded(false); !slices.Equal(keys(), want) || list[1].Is != "30 days or less" {
			t.Errorf("after 180 days: %+v", list)
		}
		w.sim.AddRecord(zone, name, "CNAME", 300, value+".")
		time.Sleep(time.Hour)
		w.guarded(false) // the simulator's ACM looks
		list, after, _ := w.guarded(false)
		if len(list) > 0 || !after[0].Ends.After(before[0].Ends.Add(100*day)) || after[0].ARN != before[0].ARN {
			t.Errorf("with the record back: %+v, until %s", list, after[0].Ends)
		}
	})
}

// A certificate that should have been renewed and was not is worth a remark at 45
// days and a warning at 30; one that will not be is a warning at 45.
func TestACertificateThatEndsSoon(t *testing.T) {
	now := time.Date(2027, 1, 4, 12, 0, 0, 0, time.UTC)
	e := &Env{Now: func() time.Time { return now }}
	for _, c := range []struct {
		left   time.Duration
		stop   setup.StopKind
		found  bool
		passes bool
		says   string
	}{
		{left: 46 * day}, {left: 45*day + time.Hour},
		{left: 45 * day, found: true, passes: true, says: "45 days left. ACM begins to renew about 45 days before"},
		{left: 31 * day, found: true, passes: true}, {left: 30 * day, found: true, says: "30 days left"},
		{left: 44 * day, stop: setup.StopMail, found: true, says: "because"}, {left: 100 * day, stop: setup.StopMail},
		{left: -day, found: true, says: "ends on 3 Jan 2027: 0 days left"},
	} {
		term := setup.Term{Region: "us-east-1", ARN: "arn", Ends: now.Add(c.left)}
		if c.stop != "" {
			term.Stops = []setup.Stop{{Kind: c.stop, Setting: setup.SettingRenewal, Why: "because"}}
		}
		list := termFindings(e, []setup.Term{term}, guard{})
		if (len(list) == 1) != c.found || c.found && (list[0].Passes != c.passes || !strings.Contains(list[0].Title, c.says)) {
			t.Errorf("%s: %+v", c.left, list)
		}
	}
}

// What ACM says of a renewal in vain counts where nothing else explains it.
func TestARenewalInVain(t *testing.T) {
	detail := func(s types.RenewalStatus, r types.FailureReason) *types.CertificateDetail {
		return &types.CertificateDetail{Type: types.CertificateTypeAmazonIssued, InUseBy: []string{"x"}, CertificateArn: aws.String("arn"),
			RenewalSummary: &types.RenewalSummary{RenewalStatus: s, RenewalStatusReason: r}}
	}
	e := &Env{Now: time.Now, Terms: &Terms{}}
	for _, c := range []struct {
		d    *types.CertificateDetail
		says string // "": no stop
	}{
		{d: detail("SUCCESS", "")}, {d: detail("PENDING_AUTO_RENEWAL", "")},
		{d: detail("PENDING_VALIDATION", ""), says: "PENDING_VALIDATION."}, {d: detail("FAILED", "DOMAIN_NOT_ALLOWED"), says: "FAILED, DOMAIN_NOT_ALLOWED."},
	} {
		g := guard{asked: map[string]*setup.Stop{}}
		list := g.stops(t.Context(), e, certificatePlace{region: "us-east-1"}, c.d)
		if (len(list) == 1) != (c.says != "") || len(list) == 1 && (list[0].Kind != setup.StopFailed || !strings.Contains(list[0].Why, c.says)) {
			t.Errorf("%+v: %+v", c.d.RenewalSummary, list)
		}
	}
}
