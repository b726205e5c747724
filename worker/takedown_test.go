package worker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/setup"
)

// oldHost is where the name led before the setup, in the worlds with an old
// record.
const oldHost = "203.0.113.40"

// takeDown wants nothing of the setup any more, and starts the job.
func (w *world) takeDown(s setup.Setup, to string) int64 {
	w.t.Helper()
	now, err := w.store.Setup(w.t.Context(), s.ID)
	must(w.t, err)
	now.Spec.Gone = &setup.Gone{Name: to}
	return w.begin(setup.JobTeardown, now)
}

// takeRecords does what a person does at another DNS provider when a setup is
// taken down: no record leads the name to CloudFront any more.
func (w *world) takeRecords() {
	w.t.Helper()
	w.dropRecords(func(name, value string) bool {
		return strings.HasSuffix(name, theName) && strings.HasSuffix(value, ".cloudfront.net")
	})
}

// dropRecords deletes the records of the zone that are so.
func (w *world) dropRecords(such func(name, value string) bool) {
	w.t.Helper()
	zone := w.demo.Zones[theZone]
	c := w.outside(setup.EdgeRegion).Route53()
	out, err := c.ListResourceRecordSets(w.t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: &zone})
	must(w.t, err)
	batch := &types.ChangeBatch{}
	for _, s := range out.ResourceRecordSets {
		value := ""
		if s.AliasTarget != nil {
			value = aws.ToString(s.AliasTarget.DNSName)
		} else if len(s.ResourceRecords) > 0 {
			value = aws.ToString(s.ResourceRecords[0].Value)
		}
		if such(strings.TrimSuffix(aws.ToString(s.Name), "."), strings.TrimSuffix(value, ".")) {
			batch.Changes = append(batch.Changes, types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &s})
		}
	}
	if len(batch.Changes) == 0 {
		return
	}
	_, err = c.ChangeResourceRecordSets(w.t.Context(), &route53.ChangeResourceRecordSetsInput{HostedZoneId: &zone, ChangeBatch: batch})
	must(w.t, err)
}

// A goner is a setup that is taken down, and where its name leads then.
type goner struct {
	variant
	cached  string
	several bool
	old     bool // the name leads somewhere before
	foreign bool // other people have certificates of the name
	to      string
}

func (g goner) String() string {
	return fmt.Sprintf("%s, cached %s, several %v, old record %v, then %s", g.variant, g.cached, g.several, g.old, g.to)
}

// goners are the variants, each with other answers besides.
func goners() []goner {
	var list []goner
	for i, v := range variants() {
		g := goner{variant: v, cached: []string{setup.CachingOff, setup.CachingAPI, setup.CachingFixed}[i%3], several: i%2 == 1, old: i%4 < 2, foreign: i%3 != 1}
		g.to = setup.GoneNowhere
		if g.old {
			g.to = setup.GoneBack
		}
		g.change = func(s *setup.Spec) {
			s.Edge.Caching = g.cached
			s.Edge.CloseEndpoints = i%3 == 0
			if i%4 == 1 {
				s.Edge.OriginHeader = setup.OriginHeader
			}
			if i%3 == 0 {
				s.Edge.AccessLogs = inBucket
			}
			if g.several {
				suffix := "-eu"
				if g.oneRegion {
					suffix = ""
				}
				s.API.Mappings = append(s.API.Mappings, setup.Mapping{Path: "more", Kind: setup.APIKindREST, APIName: "orders-api" + suffix, Stage: "prod"})
			}
		}
		list = append(list, g)
	}
	return list
}

// before is a world as it is before the setup.
func (w *world) before(g goner) setup.Setup {
	w.t.Helper()
	if g.foreign {
		w.addForeign()
	}
	if g.old && !g.elsewhere {
		w.sim.AddRecord(w.demo.Zones[theZone], theName, "A", 300, oldHost)
	}
	return w.draft(g.variant)
}

// asFound: the account is as it was before the setup, and the store knows of
// nothing that is still to be deleted.
func (w *world) asFound(g goner, s setup.Setup, was any) {
	w.t.Helper()
	w.dropRecords(func(name, _ string) bool { // a person added it at another provider, and takes it away
		return w.specOf(s).Domain.DNS == setup.DNSElsewhere && strings.HasPrefix(name, "_") && strings.HasSuffix(name, "."+theName) && name != "_x."+theName
	})
	shares := g.foreign && !g.reused && !g.elsewhere
	h := history{}
	if shares { // the certificates of others renew with the same record
		with, without := w.specOf(s), w.specOf(s)
		without.Certificates = setup.Certificates{Edge: "theirs", Regional: "theirs"}
		h.specs = []setup.Spec{with, without}
	}
	// API Gateway makes its role with the first custom domain of an account, and
	// keeps it for all that follow.
	mine := func(line string) bool { return strings.Contains(line, "AWSServiceRoleForAPIGateway") }
	found, now := slices.DeleteFunc(canonical(was, h), mine), slices.DeleteFunc(canonical(w.state(), h), mine)
	if diff := found.differ(now); diff != "" {
		w.t.Errorf("the account is not as it was found (want -, got +):\n%s", diff)
	}
	current, former, err := w.store.AllResources(w.t.Context(), s.ID)
	must(w.t, err)
	for _, r := range current {
		former = append(former, r)
	}
	for _, r := range former {
		left := shares && r.Key == setup.KeyRecordValidation && strings.HasSuffix(r.Attributes[setup.AttrLeft], " renews with it.")
		if r.Owned && r.RemovedAt.IsZero() && r.Key != setup.KeyInvalidation && !left {
			w.t.Errorf("%s number %d, %s, is ours and not gone (left: %s)", r.Key, r.Number, r.ID, r.Attributes[setup.AttrLeft])
		}
	}
}

func (w *world) specOf(s setup.Setup) setup.Spec {
	w.t.Helper()
	now, err := w.store.Setup(w.t.Context(), s.ID)
	must(w.t, err)
	return now.Spec
}

// A teardown leaves the account as it was found before the setup. The same again
// writes nothing.
func TestTeardownLeavesTheAccountAsFound(t *testing.T) {
	for _, g := range goners() {
		t.Run(g.String(), func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.before(g)
				found := w.state()
				w.done(w.begin(setup.JobApply, s))
				if g.oneRegion {
					w.done(w.begin(setup.JobInvalidate, s, "/*"))
				}
				must(w.t, w.store.AddNoticePlace(w.t.Context(), setup.NoticePlace{ID: "p", Kind: setup.NoticeHook, Name: "p", Topics: []setup.NoticeTopic{setup.TopicTeardown}}, "Ada"))
				job := w.takeDown(s, g.to)
				w.done(job)
				w.asFound(g, s, found)
				told, err := w.store.Deliveries(w.t.Context(), "", 10)
				must(w.t, err)
				told = slices.DeleteFunc(told, func(d setup.Delivery) bool { return d.Notice.Event == setup.NoticeTest })
				if len(told) != 1 || told[0].Notice.Event != setup.NoticeTakenDown || told[0].Notice.Job != job || told[0].Notice.SetupID != s.ID {
					w.t.Errorf("of the teardown it tells %+v", told)
				}
				writes := len(w.sim.Writes())
				w.done(w.takeDown(s, g.to))
				for _, c := range w.sim.Writes()[writes:] {
					w.t.Errorf("the second teardown wrote %s:%s", c.Service, c.Operation)
				}
				now, err := w.store.Situation(w.t.Context(), setup.Setup{ID: s.ID, Spec: w.specOf(s)})
				if err != nil || now.State.ID != setup.StateGone {
					w.t.Errorf("it is %s, %v", now.State.ID, err)
				}
			})
		})
	}
}
