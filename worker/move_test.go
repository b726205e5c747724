package worker_test

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/miekg/dns"

	"apifront/cloud/sim"
	"apifront/setup"
)

// theShop is the other name of the distribution that has the name first.
const theShop = "shop." + theZone

// theirs is the distribution of the account that serves the name before the setup.
type theirs struct{ id, domain string }

// elder makes a distribution that serves the API without a custom domain, and has names.
// The name's record leads to it.
func (w *world) elder(enabled bool, names ...string) theirs {
	w.t.Helper()
	ctx, a := w.t.Context(), w.outside(setup.EdgeRegion)
	certificate := w.sim.AddCertificate(w.demo.AccountID, setup.EdgeRegion, sim.Certificate{Names: []string{"*." + theZone}})
	out, err := a.CloudFront().CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{
		CallerReference: aws.String("the shop"), Comment: aws.String("the shop"), Enabled: &enabled,
		Aliases: &cftypes.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names},
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{
			Id: aws.String("api"), DomainName: aws.String(w.demo.APIs["catalog-http-eu"] + ".execute-api.eu-west-1.amazonaws.com"),
			CustomOriginConfig: &cftypes.CustomOriginConfig{HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: cftypes.OriginProtocolPolicyHttpsOnly,
				OriginSslProtocols: &cftypes.OriginSslProtocols{Quantity: aws.Int32(1), Items: []cftypes.SslProtocol{cftypes.SslProtocolTLSv12}}},
		}}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{
			TargetOriginId: aws.String("api"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyHttpsOnly,
			CachePolicyId: aws.String(setup.PolicyCachingDisabled), OriginRequestPolicyId: aws.String("b689b0a8-53d0-40ab-baf2-68738e2966ac"),
		},
		ViewerCertificate: &cftypes.ViewerCertificate{ACMCertificateArn: &certificate, SSLSupportMethod: cftypes.SSLSupportMethodSniOnly, MinimumProtocolVersion: cftypes.MinimumProtocolVersionTLSv122021},
	}})
	must(w.t, err)
	d := theirs{aws.ToString(out.Distribution.Id), aws.ToString(out.Distribution.DomainName)}
	_, err = a.Route53().ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: aws.String(w.demo.Zones[theZone]), ChangeBatch: &r53types.ChangeBatch{Changes: []r53types.Change{{
			Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
				Name: aws.String(theName), Type: r53types.RRTypeA,
				AliasTarget: &r53types.AliasTarget{DNSName: &d.domain, HostedZoneId: aws.String("Z2FDTNDATAQYW2")},
			},
		}}},
	})
	must(w.t, err)
	time.Sleep(20 * time.Minute)
	return d
}

// proof is the TXT record at the name's proof, as Route 53 has it.
func (w *world) proof() (values []string) {
	w.t.Helper()
	out, err := w.outside(setup.EdgeRegion).Route53().ListResourceRecordSets(w.t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(w.demo.Zones[theZone])})
	must(w.t, err)
	for _, s := range out.ResourceRecordSets {
		if strings.TrimSuffix(aws.ToString(s.Name), ".") == setup.ProofName(theName) {
			for _, v := range s.ResourceRecords {
				values = append(values, aws.ToString(v.Value))
			}
		}
	}
	return values
}

// moving is a draft that takes the name from a distribution.
func (w *world) moving(from theirs, v variant) setup.Setup {
	w.t.Helper()
	change := v.change
	v.change = func(s *setup.Spec) {
		if s.Domain.MoveFrom = from.id; change != nil {
			change(s)
		}
	}
	return w.draft(v)
}

// afterAMove is the account as it is to be: a plain setup, and the other distribution
// without the name.
func afterAMove(t *testing.T, v variant, enabled bool) (want account) {
	t.Helper()
	inPacedWorld(t, quickPace(), func(w *world) {
		w.elder(enabled, theShop)
		s := w.draft(v)
		w.done(w.begin(setup.JobApply, s))
		want = canonical(w.state(), history{[]setup.Spec{s.Spec}})
	})
	return want
}

// TestAMoveEndsAsAPlainSetup: a name that a distribution of the account has moves to the
// setup's. Afterwards the account is that of a plain setup and of the other distribution
// without the name, whether it is enabled or not. The same job again writes nothing.
// CloudFront is asked only once every name server of the zone has the TXT record, and
// what others put there stays.
func TestAMoveEndsAsAPlainSetup(t *testing.T) {
	for _, c := range []struct {
		name     string
		v        variant
		disabled bool
		text     string // that stands at the name of the proof before
		late     bool   // the last name server answers for it minutes after the others
	}{
		{"enabled", variant{}, false, "", false},
		{"disabled", variant{}, true, "", false},
		{"a text of others", variant{}, false, "v=theirs", false},
		{"a late name server", variant{rest: true}, false, "", true},
	} {
		if underRace && (c.disabled || c.text != "") { // all of them without it
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			want := afterAMove(t, c.v, !c.disabled)
			inPacedWorld(t, quickPace(), func(w *world) {
				from := w.elder(!c.disabled, theName, theShop)
				if c.text != "" {
					w.sim.AddRecord(w.demo.Zones[theZone], setup.ProofName(theName), "TXT", 300, `"`+c.text+`"`)
				}
				if c.late {
					w.lateServer(setup.ProofName(theName))
				}
				s := w.moving(from, c.v)
				asked := 0
				w.watchMoves(func() { asked++; w.everyServerProves() })
				w.done(w.begin(setup.JobApply, s))
				if asked != 1 {
					w.t.Errorf("CloudFront was asked %d times to move the name", asked)
				}
				w.sim.WithdrawServer("")
				if c.text == "" {
					if diff := want.differ(canonical(w.state(), history{[]setup.Spec{s.Spec}})); diff != "" {
						w.t.Errorf("not as a plain setup (want -, got +):\n%s", diff)
					}
					if got := w.proof(); len(got) > 0 {
						w.t.Errorf("the TXT record is still there: %v", got)
					}
				} else if got := w.proof(); !slices.Equal(got, []string{`"` + c.text + `"`}) {
					w.t.Errorf("of the text of others there is %v", got)
				}
				w.idle(s, "again")
				if got := w.visit(s.Spec.API.Mappings[0].DisplayPath()); got.status != 200 {
					w.t.Errorf("a visitor gets %+v", got)
				}
			})
		})
	}
}

// lateServer lets one name server of the zone answer for a name six minutes late.
func (w *world) lateServer(name string) {
	w.t.Helper()
	for _, z := range w.sim.DNS().Zones {
		if z.ID == w.demo.Zones[theZone] {
			must(w.t, w.sim.OrderServer(sim.ServerFault{Server: z.Servers[len(z.Servers)-1].Name, Zone: name, Kind: sim.ServerFails, For: 6 * time.Minute}))
		}
	}
}

// watchMoves calls a function before each call that moves a name.
func (w *world) watchMoves(do func()) {
	w.wire.mu.Lock()
	defer w.wire.mu.Unlock()
	w.wire.hang = func(r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/associate-alias") {
			do()
		}
		return false
	}
}

// everyServerProves: every name server of the zone answers the TXT record, none from
// memory.
func (w *world) everyServerProves() {
	for _, z := range w.sim.DNS().Zones {
		if z.ID != w.demo.Zones[theZone] {
			continue
		}
		for _, server := range z.Servers {
			c, err := w.wire.net(w.t.Context(), "udp", net.JoinHostPort(server.Address, "53"))
			if err != nil {
				w.t.Errorf("%s: %v", server.Name, err)
				continue
			}
			q := new(dns.Msg).SetQuestion(dns.Fqdn(setup.ProofName(theName)), dns.TypeTXT)
			a, _, err := new(dns.Client).ExchangeWithConnContext(w.t.Context(), q, &dns.Conn{Conn: c})
			_ = c.Close()
			if err != nil || !strings.Contains(a.String(), ".cloudfront.net") {
				w.t.Errorf("CloudFront is asked while %s answers %v, %v", server.Name, a, err)
			}
		}
	}
}

// TestAMoveLosesNoRequest: a caller who asks 20 times a second while the name moves, and
// DNS after it, gets an answer each time.
func TestAMoveLosesNoRequest(t *testing.T) {
	withoutRace(t)
	inPacedWorld(t, quickPace(), func(w *world) {
		from := w.elder(true, theName, theShop)
		p, leave := w.poll("/")
		time.Sleep(time.Minute)
		w.done(w.begin(setup.JobApply, w.moving(from, variant{})))
		time.Sleep(5 * time.Minute)
		leave()
		_, here, wrong := p.counts()
		if here < 20*60*5 || wrong > 0 {
			w.t.Errorf("%d requests were answered, %d not", here, wrong)
		}
		w.t.Logf("%d requests, none failed", here)
	})
}

// TestAMoveIsStoppedAnywhere: a job that moves the name is stopped at any of its calls,
// and goes on: the same end, and CloudFront is asked for nothing before its time.
func TestAMoveIsStoppedAnywhere(t *testing.T) {
	want := afterAMove(t, variant{}, true)
	var calls int
	one := func(t *testing.T, at stop) {
		inPacedWorld(t, quickPace(), func(w *world) {
			s := w.moving(w.elder(true, theName, theShop), variant{})
			before := w.wire.count()
			if at.call > 0 {
				w.wire.endAt(stop{before + at.call, at.how})
			}
			w.done(w.begin(setup.JobApply, s))
			if calls == 0 {
				calls = w.wire.count() - before
			} else if w.died != 1 {
				w.t.Errorf("%s: the process died %d times", at, w.died)
			}
			if diff := want.differ(canonical(w.state(), history{[]setup.Spec{s.Spec}})); diff != "" {
				w.t.Errorf("%s: not the same end (want -, got +):\n%s", at, diff)
			}
		})
	}
	one(t, stop{})
	for _, at := range fewer(t, points(t, calls, 0)) {
		one(t, at)
	}
	t.Logf("%d calls", calls)
}

// TestAMoveAsksAgainOnlyWhenTheMissIsForgotten: CloudFront was asked before there was a
// TXT record, by somebody, and remembers that. The job asks once, waits for as long as
// the zone lets that be remembered, asks a second time and goes on.
func TestAMoveAsksAgainOnlyWhenTheMissIsForgotten(t *testing.T) {
	inWorld(t, func(w *world) {
		from := w.elder(true, theName, theShop)
		s := w.moving(from, variant{})
		var asked []time.Time
		w.wire.mu.Lock()
		w.wire.hang = func(r *http.Request) bool {
			switch {
			case strings.HasSuffix(r.URL.Path, "/associate-alias"):
				asked = append(asked, time.Now())
			case strings.HasSuffix(r.URL.Path, "/distribution"): // it is about to be made
				_, err := w.outside(setup.EdgeRegion).CloudFront().AssociateAlias(w.t.Context(), &cloudfront.AssociateAliasInput{Alias: aws.String(theName), TargetDistributionId: &from.id})
				if err == nil {
					w.t.Error("a name moved without a TXT record")
				}
			}
			return false
		}
		w.wire.mu.Unlock()
		w.done(w.begin(setup.JobApply, s))
		if len(asked) != 2 || asked[1].Sub(asked[0]) < 15*time.Minute {
			w.t.Errorf("CloudFront was asked at %v", asked)
		}
	})
}

// TestAMoveByHand: where DNS is elsewhere, a person adds the TXT record, and the job
// tells when it is not needed any more.
func TestAMoveByHand(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		from := w.elder(true, theName, theShop)
		s := w.moving(from, variant{elsewhere: true})
		asked := 0
		w.watchMoves(func() { asked++; w.everyServerProves() })
		job := w.begin(setup.JobApply, s)
		w.done(job)
		if asked != 1 {
			w.t.Errorf("CloudFront was asked %d times", asked)
		}
		list, err := w.store.Steps(w.t.Context(), job)
		must(w.t, err)
		i := slices.IndexFunc(list, func(p setup.Step) bool { return p.ID == "proof-remove" })
		if i < 0 || !strings.Contains(list[i].Summary, "Delete it at your DNS provider") {
			w.t.Errorf("the job says:\n%s", w.story(job))
		}
		w.idle(s, "again")
	})
}

// TestAMoveThatFailsGoesOn: CloudFront refuses the move for another reason. The job stops
// and says what it said, the name is where it was, and a re-run ends as if nothing had
// been.
func TestAMoveThatFailsGoesOn(t *testing.T) {
	want := afterAMove(t, variant{}, true)
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.moving(w.elder(true, theName, theShop), variant{})
		w.sim.Order(sim.Fault{Service: "cloudfront", Operation: "AssociateAlias", Kind: sim.FaultError, Code: "AccessDenied", Message: "not allowed", Status: 403, Times: 1})
		job := w.begin(setup.JobApply, s)
		if j := w.end(job); j.State != setup.JobFailed {
			w.t.Fatalf("the job is %s:\n%s", j.State, w.story(job))
		}
		if got := w.visit("/"); got.status != 200 {
			w.t.Errorf("a visitor gets %+v", got)
		}
		must(w.t, w.store.RerunFrom(w.t.Context(), job, "alias", "Grace"))
		w.done(job)
		if diff := want.differ(canonical(w.state(), history{[]setup.Spec{s.Spec}})); diff != "" {
			w.t.Errorf("not the same end (want -, got +):\n%s", diff)
		}
	})
}

// TestAMoveIsTakenDown: a teardown leaves the other distribution without the name, and
// nothing else of the move; after a job that stopped on the way, nothing of it at all.
func TestAMoveIsTakenDown(t *testing.T) {
	var without account
	inPacedWorld(t, quickPace(), func(w *world) {
		w.elder(true, theShop)
		without = canonical(w.state(), history{})
	})
	for _, half := range []bool{false, true} {
		inPacedWorld(t, quickPace(), func(w *world) {
			from := w.elder(true, theName, theShop)
			before := without
			if half {
				before = canonical(w.state(), history{})
			}
			s := w.moving(from, variant{})
			if half {
				w.sim.Order(sim.Fault{Service: "cloudfront", Operation: "AssociateAlias", Kind: sim.FaultError, Code: "AccessDenied", Message: "not allowed", Status: 403, Times: 1})
			}
			job := w.begin(setup.JobApply, s)
			if j := w.end(job); half != (j.State == setup.JobFailed) {
				w.t.Fatalf("the job is %s:\n%s", j.State, w.story(job))
			}
			j, err := w.store.Job(w.t.Context(), job)
			must(w.t, err)
			v, err := w.store.Setup(w.t.Context(), j.SetupID)
			must(w.t, err)
			v.Spec.Gone = &setup.Gone{Name: setup.GoneBack}
			w.done(w.begin(setup.JobTeardown, v))
			if got := w.proof(); len(got) > 0 {
				w.t.Errorf("the TXT record stays: %v", got)
			}
			for line := range strings.Lines(before.differ(canonical(w.state(), history{[]setup.Spec{s.Spec}}))) {
				if !strings.Contains(line, "AWSServiceRoleForAPIGateway") { // AWS keeps it
					w.t.Errorf("half %t: not as it was (want -, got +): %s", half, line)
				}
			}
		})
	}
}

// TestThePreflightKnowsOfAMove: a name on the distribution that gives it is no fault, and
// one on another distribution of the account is, with the way to move it.
func TestThePreflightKnowsOfAMove(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		from := w.elder(true, theName, theShop)
		for _, s := range []setup.Setup{w.moving(from, variant{}), w.draft(variant{})} {
			checks, problem := asked[[]setup.Check](w, setup.LookKey{Kind: setup.LookPreflight, Subject: s.ID})
			if problem != nil {
				w.t.Fatal(problem)
			}
			moves := slices.ContainsFunc(checks, func(c setup.Check) bool {
				return c.Result == setup.CheckGood && c.Title == "The name moves from distribution "+from.id
			})
			taken := slices.ContainsFunc(checks, func(c setup.Check) bool {
				return c.Result == setup.CheckBad && strings.Contains(c.Fix, "the name moves from "+from.id)
			})
			if is := s.Spec.Domain.MoveFrom != ""; moves != is || taken == is {
				w.t.Errorf("with the answer %q: %+v", s.Spec.Domain.MoveFrom, checks)
			}
		}
	})
}
