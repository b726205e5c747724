package steps

import (
	"maps"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	cwltypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

// A Variant is a kind of setup for which a story is told.
type Variant struct {
	rest, oneRegion, route53, reused, cached bool
	long                                     bool // the name is too long for a certificate of its own
	group                                    bool // access logs go to a log group; false: to a bucket
}

func (v Variant) String() string {
	word := func(b bool, yes, no string) string {
		if b {
			return yes
		}
		return no
	}
	return strings.Join([]string{
		word(v.rest, "REST", "HTTP"), word(v.oneRegion, "one region", "two regions"), word(v.route53, "Route 53", "DNS elsewhere"),
		word(v.reused, "reused certificates", "new certificates"), word(v.cached, "cached", "not cached"), word(v.long, "long name", "short name"), word(v.group, "logs in a log group", "logs in a bucket"),
	}, ", ")
}

// Variants are all variants if APIFRONT_LAWS is "all", and otherwise some that
// have every answer once.
//
//	APIFRONT_LAWS=all go test -run TestPolicy ./steps
func Variants() []Variant {
	if os.Getenv("APIFRONT_LAWS") != "all" {
		return []Variant{{rest: true, route53: true, cached: true, long: true}, {oneRegion: true, reused: true, group: true}}
	}
	var all []Variant
	for i := range 32 {
		all = append(all, Variant{i&1 > 0, i&2 > 0, i&4 > 0, i&8 > 0, i&16 > 0, i&9 == 1, i%3 == 1})
	}
	return all
}

// A Story is a world in which the setup's connection has policies. What happens
// in it uses everything that these policies allow. The proofs that know what is
// in the policies are in policy_proof_test.go, outside of this package, because
// package policy imports it.
type Story struct {
	*world
	Policy []string // what the connection may do; nil: everything
	Full   []string // what it may do while a failed step is repeated
	over   bool     // a failed step is being repeated
	Failed map[setup.StepID]*setup.Problem
	Used   map[sim.Match]bool
	Values map[string]bool // ID of a statement → key in lower case → value
	Asked  []sim.Judgement
}

// Scope is the scope of the policies.
func (p *Story) Scope() Scope {
	return Scope{Spec: p.setup.Spec, Install: "install-1", Resources: p.resources, Former: p.former}
}

// NewStory makes an account with what the setup needs, before the first job.
func NewStory(t *testing.T, v Variant) *Story {
	t.Helper()
	p := &Story{Failed: map[setup.StepID]*setup.Problem{}, Used: map[sim.Match]bool{}, Values: map[string]bool{}}
	config := sim.Config{PageSize: 1, Log: t.Logf, Judged: func(j sim.Judgement) {
		if p.over {
			return
		}
		p.Asked = append(p.Asked, j)
		if j.Allowed {
			for _, m := range j.By {
				p.Used[m] = true
				for key, values := range j.Keys {
					for _, v := range values {
						p.Values[m.Sid+" "+key+" "+v] = true
					}
				}
			}
		}
	}}
	p.world = newWorldOf(t, config, func(s *setup.Spec, _ sim.DemoWorld) {
		s.Domain.Name = "api.harborview.example"
		if v.long {
			s.Domain.Name = "orders-of-this-year-and-of-the-year-before-and-their-papers.of.harborview.example"
		}
		if v.oneRegion {
			s.Account.Region = setup.EdgeRegion
		}
		if v.cached {
			s.Edge.Caching = setup.CachingFixed
		}
		logging(s, sim.DemoWorld{})
		if v.group {
			intoGroup(s, sim.DemoWorld{})
		}
	})
	spec := &p.setup.Spec
	api := sim.API{Name: "proof", Kind: "HTTP", Stages: []string{"prod", "beta"}}
	if v.rest {
		api.Kind = "REST"
	}
	spec.API.Mappings = []setup.Mapping{{Path: "orders", APIID: p.sim.AddAPI(p.demo.AccountID, spec.Account.Region, api), Kind: setup.APIKind(api.Kind), Stage: "prod"}}
	if v.reused {
		names := sim.Certificate{Names: []string{spec.Domain.Name}}
		spec.Certificates.Edge = p.sim.AddCertificate(p.demo.AccountID, setup.EdgeRegion, names)
		if !v.oneRegion {
			spec.Certificates.Regional = p.sim.AddCertificate(p.demo.AccountID, spec.Account.Region, names)
		}
	}
	if v.route53 {
		p.sim.AddRecord(spec.Domain.ZoneID, spec.Domain.Name, "CNAME", 300, "old.hosting.example.")
	} else {
		p.elsewhere()
	}
	return p
}

func (p *Story) have(documents []string) {
	p.t.Helper()
	if err := p.sim.SetPolicy(p.demo.KeyID, documents...); err != nil {
		p.t.Fatal(err)
	}
}

// freely calls do with all permissions, as if somebody in the console did it.
func (p *Story) freely(do func() error) {
	p.t.Helper()
	if err := p.sim.ClearPolicy(p.demo.KeyID); err != nil {
		p.t.Fatal(err)
	}
	if err := do(); err != nil {
		p.t.Fatal(err)
	}
}

// try calls do with the policy of the proof. If that fails, try notes the
// problem and repeats it with the full policy.
func (p *Story) try(id setup.StepID, do func() *setup.Problem) {
	p.t.Helper()
	p.have(p.Policy)
	first := do()
	if first == nil {
		return
	}
	if p.Failed[id] == nil {
		p.Failed[id] = first
	}
	p.over = true
	p.have(p.Full)
	if again := do(); again != nil {
		p.t.Fatalf("%s fails with the whole policy: %+v", id, again)
	}
	p.over = false
}

// whole runs one job, with the steps in the worker's order but without the
// worker.
func (p *Story) whole(kind setup.JobKind) {
	p.t.Helper()
	p.job = setup.Job{ID: p.job.ID + 1, SetupID: p.setup.ID, SetupName: p.setup.Spec.Domain.Name, Kind: kind, Input: setup.JobInput{Paths: []string{"/*"}}}
	for _, r := range Rows(kind, p.setup.Spec) {
		if r.Skip != "" {
			continue
		}
		p.try(r.ID, func() *setup.Problem {
			o, pr := p.run(p.step(r.ID))
			if pr == nil && o.State != Ready {
				return &setup.Problem{What: string(r.ID) + " is " + o.State.String()}
			}
			return pr
		})
	}
}

// Wizard makes the calls of the wizard's pages.
func (p *Story) Wizard() {
	p.t.Helper()
	a := p.outside()
	name := p.setup.Spec.Domain.Name
	for _, ask := range []func() error{
		func() error { _, err := a.APIs(p.t.Context()); return err },
		func() error { _, err := a.Certificates(p.t.Context(), name); return err },
		func() error { _, err := a.AliasHolder(p.t.Context(), name); return err },
		func() error {
			if !atRoute53(p.setup.Spec) {
				return nil
			}
			zones, err := a.HostedZones(p.t.Context())
			for i := 0; err == nil && i < len(zones); i++ {
				_, err = a.ZoneServers(p.t.Context(), zones[i].ID)
			}
			return err
		},
	} {
		p.try(WizardID, func() *setup.Problem { return cloud.Explain(ask()) })
	}
}

func (p *Story) patchDomain(pairs ...string) error {
	in := &apigateway.UpdateDomainNameInput{DomainName: aws.String(p.setup.Spec.Domain.Name)}
	for i := 0; i < len(pairs); i += 2 {
		in.PatchOperations = append(in.PatchOperations, agtypes.PatchOperation{Op: agtypes.OpReplace, Path: &pairs[i], Value: &pairs[i+1]})
	}
	_, err := p.outside().APIGateway().UpdateDomainName(p.t.Context(), in)
	time.Sleep(time.Hour)
	return err
}

// stricter gives the domain a TLS policy that v2 cannot manage.
func (p *Story) stricter() error {
	return p.patchDomain("/securityPolicy", "SecurityPolicy_TLS13_1_2_2021_06", "/endpointAccessMode", "BASIC")
}

// Tell tells the story: the wizard, a first job, an invalidation, putting the
// old record back, a job in an installation that has lost its database, a job
// after somebody changed everything, and some jobs on a domain that somebody
// made stricter. On the way, jobs delete what is not wanted any more: paths, a
// cache policy, certificates.
func (p *Story) Tell() {
	p.t.Helper()
	spec := &p.setup.Spec
	p.Wizard()
	p.whole(setup.JobApply)
	p.whole(setup.JobInvalidate)
	if atRoute53(*spec) {
		// A write whose answer is lost is repeated.
		p.sim.Order(sim.Fault{Service: "route53", Operation: "ChangeResourceRecordSets", Kind: sim.FaultLost})
		p.whole(setup.JobRestore)
		p.spoilValidation()
		p.whole(setup.JobApply)
	}
	p.resources = p.mappingsOnly()
	p.whole(setup.JobApply)
	p.freely(p.leadLogsAway)
	p.whole(setup.JobApply)

	other := p.sim.AddCertificate(p.demo.AccountID, spec.Account.Region, sim.Certificate{Names: []string{spec.Domain.Name}})
	p.freely(func() error { return p.patchDomain("/regionalCertificateArn", other) })
	p.mapping("", "beta")
	if caching(*spec) {
		p.freely(func() error { p.spoilPolicy(); return nil })
		p.whole(setup.JobApply)
	}
	spec.Edge.TTL, spec.Edge.PriceClass = 61, "PriceClass_100"
	spec.Edge.Tags = []setup.Tag{{Key: "team", Value: "shop"}, {Key: "old", Value: "1"}}
	p.whole(setup.JobApply)
	spec.Edge.Tags = []setup.Tag{{Key: "team", Value: "food"}}
	p.whole(setup.JobApply)
	p.addAndRemove("gone")

	if canMapV1(*spec) {
		p.freely(p.stricter)
		p.whole(setup.JobApply)
		p.mapping("", "prod")
		p.whole(setup.JobApply)
		p.addAndRemove("more")
	}
	if len(newCertificates(*spec)) > 0 {
		p.reuse(spec)
	}
	spec.Edge.AccessLogs = setup.AccessLogs{}
	p.whole(setup.JobApply)
}

// leadLogsAway leads the access logs elsewhere.
func (p *Story) leadLogsAway() error {
	names := strings.Fields(p.resources.Attr(setup.KeyAccessLogs, attrDestinations))
	to := p.setup.Spec.Edge.AccessLogs.ARN(p.demo.AccountID) + "-elsewhere"
	_, err := p.outside().CloudWatchLogs().PutDeliveryDestination(p.t.Context(), &cloudwatchlogs.PutDeliveryDestinationInput{
		Name: &names[len(names)-1], DeliveryDestinationConfiguration: &cwltypes.DeliveryDestinationConfiguration{DestinationResourceArn: &to},
	})
	return err
}

// addAndRemove maps a path and then removes it again.
func (p *Story) addAndRemove(path string) {
	p.t.Helper()
	before := p.setup.Spec.API.Mappings
	p.mapping(path, "prod")
	p.whole(setup.JobApply)
	p.setup.Spec.API.Mappings = before
	p.whole(setup.JobApply)
}

// mappingsOnly are the resources that an installation still knows after it has
// lost all but the mappings. Mappings have no tags, so a forgotten mapping
// counts as somebody else's.
func (p *Story) mappingsOnly() setup.Resources {
	kept := maps.Clone(p.resources)
	maps.DeleteFunc(kept, func(key string, _ setup.Resource) bool { return !strings.HasPrefix(key, setup.MappingKey("")) })
	return kept
}

// mapping changes the last mapping, or adds one for a new path.
func (p *Story) mapping(path, stage string) {
	list := slices.Clone(p.setup.Spec.API.Mappings)
	last := list[len(list)-1]
	if path != "" {
		last.Path = path
		list = append(list, last)
	}
	list[len(list)-1].Stage = stage
	p.setup.Spec.API.Mappings = list
}

// Explain makes the reads that only explain a refusal: whether the API that
// could not be mapped exists.
func (p *Story) Explain() {
	p.t.Helper()
	p.mapping("another", "prod")
	p.have(p.Full)
	p.sim.Order(sim.Fault{Service: "apigateway", Operation: "CreateApiMapping|CreateBasePathMapping", Code: "BadRequestException"})
	_, pr := p.run(p.step("mappings"))
	if pr == nil || !strings.Contains(pr.Why, "refused to map it") {
		p.t.Errorf("a mapping that API Gateway refuses: %+v", pr)
	}
	// What a test that fails reads of AWS: with policies that somebody else gave
	// the distribution, and in a region without API Gateway v2.
	id := p.resources.ID(setup.KeyDistribution)
	p.freely(func() error {
		cf := p.outside().CloudFront()
		got, err := cf.GetDistributionConfig(p.t.Context(), &cloudfront.GetDistributionConfigInput{Id: &id})
		if err != nil {
			return err
		}
		b := got.DistributionConfig.DefaultCacheBehavior
		b.CachePolicyId, b.OriginRequestPolicyId = aws.String("658327ea-f89d-4fab-a63d-7e88639e58f6"), aws.String("b689b0a8-53d0-40ab-baf2-68738e2966ac")
		_, err = cf.UpdateDistribution(p.t.Context(), &cloudfront.UpdateDistributionInput{Id: &id, IfMatch: got.ETag, DistributionConfig: got.DistributionConfig})
		return err
	})
	p.have(p.Full)
	e, mapped := p.env("preview"), p.setup.Spec.API.Mappings[0]
	mapped.Stage = "prod" // for which the policy was made
	read := func() setup.Configured {
		c, err := e.Account.Configured(p.t.Context(), e.name(), id, []setup.Mapping{mapped})
		if err != nil || len(c.Unread) > 0 || c.Distribution == nil || c.Domain == nil || c.Distribution.PassesHost || !c.Distribution.KeepsAnswers || len(c.Domain.Mappings) == 0 {
			p.t.Errorf("what is configured: %+v, %v", c, err)
		}
		return c
	}
	want := read()
	if canMapV1(p.setup.Spec) {
		p.sim.Order(sim.Fault{Service: "apigateway", Operation: "GetApiMappings", Status: http.StatusBadRequest, Code: "BadRequestException", Message: "Bad Request"})
		if c := read(); !reflect.DeepEqual(c.Domain.Mappings, want.Domain.Mappings) {
			p.t.Errorf("without API Gateway v2 the mappings are %v, not %v", c.Domain.Mappings, want.Domain.Mappings)
		}
	}
}

// Who asks CloudTrail who did something, in each region that has a trail of the setup,
// CloudWatch how much reached its paths, and CloudFront and API Gateway who has its name.
func (p *Story) Who() {
	p.t.Helper()
	p.have(p.Policy)
	e, now := p.env("preview"), time.Now()
	for _, region := range []string{setup.EdgeRegion, p.setup.Spec.Account.Region} {
		if _, _, err := e.Account.LookUpEvents(p.t.Context(), region, "UpdateDistribution", now.Add(-time.Hour), now, 1); err != nil {
			p.t.Errorf("in %s: %v", region, err)
		}
	}
	if r, err := e.Account.StageRequests(p.t.Context(), p.setup.Spec.API.Mappings); err != nil || r.Unknown != "" {
		p.t.Errorf("the requests of the paths are not known: %q, %v", r.Unknown, err)
	}
	if n := e.Account.AliasHolders(p.t.Context(), e.name(), "", []string{setup.EdgeRegion, "eu-north-1"}); len(n.Unread) > 0 || !n.Asked || n.Via == "" {
		p.t.Errorf("who has the name is not known: %+v", n)
	}
}

// LookAgain looks at every step of every kind of job, as a plan and a check do,
// while a change of records is not published yet.
func (p *Story) LookAgain() {
	p.t.Helper()
	for _, key := range []string{setup.KeyRecordTraffic, setup.KeyRecordValidation} {
		if r, ok := p.resources[key]; ok {
			r.State, r.Attributes = "PENDING", maps.Clone(r.Attributes)
			r.Attributes[setup.AttrChange] = "C0123456789"
			p.resources[key] = r
		}
	}
	p.have(p.Policy)
	for _, kind := range []setup.JobKind{setup.JobApply, setup.JobInvalidate, setup.JobRestore} {
		for _, r := range Rows(kind, p.setup.Spec) {
			if r.Skip != "" {
				continue
			}
			if _, err := p.look(p.step(r.ID)); err != nil {
				p.t.Errorf("looking at %s: %v", r.ID, err)
			}
		}
	}
}
