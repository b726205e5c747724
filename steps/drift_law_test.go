package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/smithy-go"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

// A drift is one thing that somebody changes outside, in a world that is in order.
type drift struct {
	name   string
	do     func(*patient) error
	finds  []string // keys of the findings, sorted; none: it is other people's, and stays
	writes []string // of the job that puts it back
	why    string   // why it is other people's
	unsim  bool     // the simulator refuses it
	// person says that no job puts it back: the finding says what a person does, which
	// undo does here; nil: it is done while the job waits.
	person bool
	undo   func(*patient) error
	leaves bool // something of it stays once what is ours is put back
}

// A driftWorld is a setup with which drifts are tried.
type driftWorld struct {
	Variant
	caching string
	several bool
}

func (v driftWorld) String() string {
	return fmt.Sprintf("%s, %s, several paths %t", v.Variant, v.caching, v.several)
}

// driftWorlds are all of them.
func driftWorlds() (list []driftWorld) {
	for i := range 16 {
		for n, caching := range []string{setup.CachingOff, setup.CachingAPI, setup.CachingFixed} {
			v := Variant{rest: i&1 > 0, oneRegion: i&2 > 0, route53: i&4 > 0, reused: i&8 > 0, cached: caching != setup.CachingOff}
			list = append(list, driftWorld{v, caching, (i+n)%2 > 0})
		}
	}
	return list
}

// driftSample says which of a number of drifts are tried in a world: each with
// APIFRONT_LAWS=all, else every so many, others in each world.
func driftSample(world, every int) func(int) bool {
	switch {
	case os.Getenv("APIFRONT_LAWS") == "all":
		return func(int) bool { return true }
	case UnderRace:
		every *= 4
	}
	return func(i int) bool { return (i+world*7)%every == 0 }
}

// Whatever of all that apifront sets somebody changes: a check names exactly that,
// and the job that puts it back writes what puts exactly that back. Afterwards AWS
// is as before, a check finds nothing, and what people have added is still there.
// What is not found is other people's, for a reason that is said, and stays.
//
//	APIFRONT_LAWS=all go test -run TestDrift -v ./steps
func TestDriftIsNamedAndPutBack(t *testing.T) {
	quietly(t)
	all := driftWorlds()
	var list []driftWorld
	for i := range all {
		if os.Getenv("APIFRONT_LAWS") == "all" || i%13 == 5 {
			list = append(list, all[i])
		}
	}
	figures := make([]driftFigures, len(list))
	t.Run("worlds", func(t *testing.T) {
		for i, v := range list {
			t.Run(v.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { figures[i] = v.tell(t, driftSample(i, 6)) })
			})
		}
	})
	var sum driftFigures
	for _, f := range figures {
		sum.back, sum.stayed, sum.refused = sum.back+f.back, sum.stayed+f.stayed, sum.refused+f.refused
	}
	t.Logf("%d worlds: %d drifts were named and put back, %d stayed as other people's, %d the simulator has not", len(list), sum.back, sum.stayed, sum.refused)
}

type driftFigures struct{ back, stayed, refused int }

// tell makes the world and tries drifts in it, one after the other.
func (v driftWorld) tell(t *testing.T, tried func(int) bool) (f driftFigures) {
	t.Helper()
	p := v.made(t)
	list := slices.Concat(p.distributionDrifts(), p.policyDrifts(), p.mappingDrifts(), p.recordDrifts(), p.tagDrifts(), p.domainDrifts())
	for i, d := range list {
		if !tried(i) {
			continue
		}
		switch kind := p.try(d); {
		case t.Failed():
			t.Logf("the rest is not tried, since the world may not be in order after %s", d.name)
			return f
		case kind == "back":
			f.back++
		case kind == "stayed":
			f.stayed++
		default:
			f.refused++
		}
	}
	return f
}

// made is the world after the first job, with what people have added.
func (v driftWorld) made(t *testing.T) *patient {
	t.Helper()
	p := &patient{newWorldIn(t, sim.Config{Pace: sim.RealPace(), Log: t.Logf}, nil)}
	spec := &p.setup.Spec
	if v.oneRegion {
		spec.Account.Region = setup.EdgeRegion
	}
	spec.Edge.Caching, spec.Edge.TTL = v.caching, 300
	api := func(kind, name string) setup.Mapping {
		a := sim.API{Name: name, Kind: kind, Stages: []string{"prod", "beta"}}
		return setup.Mapping{Path: name, APIID: p.sim.AddAPI(p.demo.AccountID, spec.Account.Region, a), Kind: setup.APIKind(kind), Stage: "prod"}
	}
	kinds := []string{"HTTP", "REST"}
	if v.rest {
		slices.Reverse(kinds)
	}
	spec.API.Mappings = []setup.Mapping{api(kinds[0], "orders")}
	if v.several {
		root := api(kinds[0], "rest")
		root.Path = ""
		spec.API.Mappings = append(spec.API.Mappings, api(kinds[1], "catalog"), root)
	}
	if v.reused {
		spec.Certificates.Answered = true
		spec.Certificates.Edge = p.certificate(setup.EdgeRegion)
		if !v.oneRegion {
			spec.Certificates.Regional = p.certificate(spec.Account.Region)
		}
	}
	if !v.route53 {
		p.elsewhere()
	}
	p.sim.AddSite(sim.Site{Names: []string{"www.elsewhere.test"}})
	p.mustRunAll(setup.JobApply)
	if err := p.alter(func(c *types.DistributionConfig) {
		furnished(c, ends{})
		if !v.reused { // then its certificate has no other name
			c.Aliases.Items = c.Aliases.Items[:1]
		}
		countItems(reflect.ValueOf(c))
	}); err != nil {
		t.Fatal(err)
	}
	if list := p.checkup(); len(list) > 0 {
		t.Fatalf("in order, and yet a check finds %+v", list)
	}
	p.job.Input.PutBack = true
	return p
}

// certificate is one of the account that covers the name, and will renew.
func (p *patient) certificate(region string) string {
	p.t.Helper()
	arn := p.sim.AddCertificate(p.demo.AccountID, region, sim.Certificate{Names: []string{"*.harborview.example"}})
	out, err := p.outside().ACM(region).DescribeCertificate(p.t.Context(), &acm.DescribeCertificateInput{CertificateArn: &arn})
	p.must(err)
	r := out.Certificate.DomainValidationOptions[0].ResourceRecord
	p.sim.AddRecord(p.demo.Zones["harborview.example"], *r.Name, "CNAME", 300, *r.Value)
	return arn
}

// try tries one drift. It says whether it was put back, stayed, or was refused.
func (p *patient) try(d drift) string {
	p.t.Helper()
	began, before := time.Now(), p.settings()
	var whole *types.DistributionConfig
	if d.leaves {
		out, err := p.outside().CloudFront().GetDistributionConfig(p.t.Context(), &cloudfront.GetDistributionConfigInput{Id: p.distribution()})
		p.must(err)
		whole = out.DistributionConfig
	}
	err := d.do(p)
	if refusal, ok := errors.AsType[smithy.APIError](err); ok && d.unsim {
		if refusal.ErrorCode() != "NotImplemented" && !strings.Contains(refusal.ErrorMessage(), "simulator") {
			p.t.Errorf("%s: %v", d.name, err)
		}
		return "refused"
	}
	if err != nil || d.unsim {
		p.t.Errorf("%s: refused %v, and the simulator has no such thing: %v", d.name, err, d.unsim)
		return ""
	}
	broken := p.settings()
	if lineDiff(before, broken) == "" {
		p.t.Errorf("%s: nothing was changed", d.name)
	}
	var keys []string
	for _, f := range p.checkup() {
		keys = append(keys, f.Key)
		if f.Repair == d.person || f.Title == "" || d.person && f.Fix == "" && !f.Added {
			p.t.Errorf("%s: found, and a job puts it back: %v, want %v: %+v", d.name, f.Repair, !d.person, f)
		}
		if fault := titleFault(f); fault != "" {
			p.t.Errorf("%s: the title is %q: %s", d.name, f.Title, fault)
		}
		if f.Repair && f.Is == f.Want && f.Key != string(f.StepID)+"/missing" {
			p.t.Errorf("%s: it says no difference: %+v", d.name, f)
		}
	}
	slices.Sort(keys)
	if !slices.EqualFunc(keys, d.finds, func(is, want string) bool {
		prefix, any := strings.CutSuffix(want, "*")
		return is == want || any && strings.HasPrefix(is, prefix)
	}) {
		p.t.Errorf("%s: found %q, want %q", d.name, keys, d.finds)
	}
	if d.undo != nil {
		p.must(d.undo(p))
	}
	n := len(p.writes())
	p.mustRunAll(setup.JobApply)
	if wrote := p.writes()[n:]; !slices.Equal(wrote, d.writes) {
		p.t.Errorf("%s: put back by %q, want %q", d.name, wrote, d.writes)
	}
	want := before
	if len(d.finds) == 0 {
		want = broken
	}
	if diff := lineDiff(want, p.settings()); diff != "" && !d.leaves {
		p.t.Errorf("%s: put back, and AWS is not as before:\n%s", d.name, diff)
	}
	if list := p.checkup(); len(list) > 0 {
		p.t.Errorf("%s: put back, and a check finds %+v", d.name, list)
	}
	if took := time.Since(began); took > 12*time.Hour {
		p.t.Errorf("%s: put back after %s", d.name, took)
	}
	if d.leaves {
		p.must(p.alter(func(c *types.DistributionConfig) { *c = *whole }))
	}
	if len(d.finds) == 0 {
		return "stayed"
	}
	return "back"
}

// lineDiff is which lines one list has, and the other has not.
func lineDiff(a, b []string) string {
	var lines []string
	for sign, lists := range map[string][2][]string{"- ": {a, b}, "+ ": {b, a}} {
		for _, line := range lists[0] {
			if !slices.Contains(lists[1], line) {
				lines = append(lines, sign+line)
			}
		}
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return strings.Join(lines, "\n")
}

// checkup looks at everything as a check does, and says what it finds.
func (p *patient) checkup() []setup.FindingBody {
	p.t.Helper()
	p.mu.Lock()
	resources, former := maps.Clone(p.resources), slices.Clone(p.former)
	p.mu.Unlock()
	input := p.job.Input
	p.job.Input.PutBack = true
	defer func() { p.job.Input = input }()
	var seen []Observed
	terms := &Terms{Guards: true}
	look := func(s Step) Observation {
		for {
			e := p.env(s.ID)
			e.Resources, e.Former, e.Terms, e.Thorough = maps.Clone(resources), slices.Clone(former), terms, true
			e.Save = func(_ context.Context, r setup.Resource) error {
				resources, former = resources.With(former, r)
				return nil
			}
			o, err := p.lookIn(e, s)
			if later, ok := errors.AsType[*cloud.NotYet](err); ok {
				time.Sleep(time.Until(later.At))
				continue
			}
			if err != nil {
				p.t.Fatalf("check: %s: %v", s.ID, err)
			}
			seen = append(seen, Observed{Step: s, Obs: o})
			return o
		}
	}
	here := true
	for _, s := range slices.Concat(For(setup.JobApply), Watches()) {
		if s.Applies != nil {
			if ok, _ := s.Applies(p.setup.Spec); !ok {
				continue
			}
		}
		switch s.Mark {
		case setup.MarkPreview, setup.MarkLive:
			continue
		case setup.MarkTraffic:
			here = look(s).State == Ready
		default:
			look(s)
		}
	}
	if here {
		look(liveStep())
	} else {
		look(previewStep())
	}
	return Findings(seen)
}

// alter changes the distribution as somebody in the console does, and waits until it
// is deployed.
func (p *patient) alter(change func(*types.DistributionConfig)) error {
	p.t.Helper()
	cf := p.outside().CloudFront()
	d, err := cf.GetDistributionConfig(p.t.Context(), &cloudfront.GetDistributionConfigInput{Id: p.distribution()})
	p.must(err)
	change(d.DistributionConfig)
	_, err = cf.UpdateDistribution(p.t.Context(), &cloudfront.UpdateDistributionInput{Id: p.distribution(), IfMatch: d.ETag, DistributionConfig: d.DistributionConfig})
	if err == nil {
		p.deployed()
	}
	return err
}

// distributionDrifts are changes of each field of the distribution.
func (p *patient) distributionDrifts() (list []drift) {
	e := ends{certificate: p.certificate(setup.EdgeRegion), cachePolicy: cachingOptimal}
	for _, l := range leavesOf(distributionTurns()) {
		if l.never != "" {
			continue
		}
		if l.at == "WebACLId" {
			l.theirs, l.set = "a web ACL that no answer names is other people's", func(c *types.DistributionConfig, _ ends) {
				c.WebACLId = aws.String("arn:aws:wafv2:us-east-1:" + p.demo.AccountID + ":global/webacl/other/0a1b2c3d-1111-2222-3333-444455556666")
			}
		}
		d := drift{name: l.at, why: l.theirs, unsim: l.unsim, leaves: l.leaves, do: func(p *patient) error {
			var changed error
			err := p.alter(func(c *types.DistributionConfig) { changed = l.change(c, e) })
			return errors.Join(changed, err)
		}}
		for _, name := range l.wants() {
			d.finds = append(d.finds, "distribution/"+name)
		}
		if d.finds != nil {
			d.writes = []string{"distribution cloudfront:UpdateDistribution"}
		}
		list = append(list, d)
	}
	return list
}

// policyDrifts are changes of each field of the cache policy.
func (p *patient) policyDrifts() (list []drift) {
	if !p.setup.Spec.Edge.Keeps() {
		return nil
	}
	for _, l := range leavesOf(policyTurns()) {
		if l.never != "" || l.at == "DefaultTTL" && p.setup.Spec.Edge.Caching == setup.CachingFixed {
			continue
		}
		d := drift{name: "cache policy: " + l.at, why: l.theirs, do: func(p *patient) error {
			c, etag := p.thePolicy(p.resources.ID(setup.KeyCachePolicy))
			if err := l.change(c, ends{}); err != nil {
				return err
			}
			_, err := p.outside().CloudFront().UpdateCachePolicy(p.t.Context(), &cloudfront.UpdateCachePolicyInput{
				Id: aws.String(p.resources.ID(setup.KeyCachePolicy)), IfMatch: &etag, CachePolicyConfig: c,
			})
			time.Sleep(time.Minute)
			return err
		}}
		for _, name := range l.wants() {
			d.finds = append(d.finds, "policies/"+name)
		}
		if d.finds != nil {
			d.writes = []string{"policies cloudfront:UpdateCachePolicy"}
		}
		list = append(list, d)
	}
	return list
}

// unseen are members of the simulator's state that say nothing of how things are
// set: times, tags of versions, names that AWS makes up, histories.
var unseen = map[string]bool{
	"saved_at": true, "authority": true, "serial": true, "spent": true, "faults": true, "accounts": true,
	"last_mutation": true, "gateway_used": true, "gateway_at": true, "tokens": true, "changes": true, "zone_requests": true,
	"Token": true, "LookedAt": true, "SeenAt": true, "InUseBy": true, "UpdatingTill": true, "StrictFrom": true, "AwayTill": true, "Since": true, "Before": true,
	"ETag": true, "ModifiedAt": true, "DeployedAt": true, "Edges": true, "From": true, "BusyTill": true, "Pending": true, "Served": true,
}

// settings is all that is set in the account, one line for each thing, once
// everything has settled.
func (p *patient) settings() []string {
	p.t.Helper()
	time.Sleep(20 * time.Minute)
	b, err := p.sim.World()
	p.must(err)
	var world any
	p.must(json.Unmarshal(b, &world))
	var lines []string
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, m := range v {
				if !unseen[key] && (key != "ID" || !strings.Contains(at, "/Mappings/")) {
					walk(at+"/"+key, m)
				}
			}
		case []any: // in no order
			for _, m := range v {
				if t, ok := m.(map[string]any); ok {
					walk(at+"/"+calledBy(t), t)
				} else {
					lines = append(lines, fmt.Sprint(at, " has ", m))
				}
			}
		case nil:
		default:
			lines = append(lines, fmt.Sprint(at, " = ", v))
		}
	}
	walk("", world)
	slices.Sort(lines)
	return lines
}

// calledBy tells the element of a list apart from the others.
func calledBy(t map[string]any) string {
	var words []string
	for _, key := range []string{"account", "region", "ID", "Id", "Name", "Type", "SetIdentifier", "PathPattern", "ErrorCode", "HeaderName"} {
		if t[key] != nil {
			words = append(words, fmt.Sprint(t[key]))
		}
	}
	return strings.Join(words, " ")
}
