package steps

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

// A variant is what the policy proof is held for.
type variant struct {
	rest, oneRegion, route53, reused, cached bool
}

func (v variant) String() string {
	word := func(b bool, yes, no string) string {
		if b {
			return yes
		}
		return no
	}
	return strings.Join([]string{
		word(v.rest, "REST", "HTTP"), word(v.oneRegion, "one region", "two regions"), word(v.route53, "Route 53", "DNS elsewhere"),
		word(v.reused, "reused certificates", "new certificates"), word(v.cached, "cached", "not cached"),
	}, ", ")
}

// proofVariants are all of them with APIFRONT_LAWS=all, else some that have
// every answer once.
//
//	APIFRONT_LAWS=all go test -run TestPolicyProof ./steps
func proofVariants() []variant {
	if os.Getenv("APIFRONT_LAWS") != "all" {
		return []variant{{rest: true, route53: true, cached: true}, {oneRegion: true, reused: true}}
	}
	var all []variant
	for i := range 32 {
		all = append(all, variant{i&1 > 0, i&2 > 0, i&4 > 0, i&8 > 0, i&16 > 0})
	}
	return all
}

// A proof is a world in which the setup's connection has policies, and a story
// that uses all that they allow.
type proof struct {
	*world
	kind   PolicyKind
	policy []string // what the connection has; nil: everything
	full   []string // what it has while a step that failed is done over
	over   bool     // it has it now
	failed map[setup.StepID]*setup.Problem
	used   map[sim.Match]bool
	values map[string]bool // ID of a statement, key in lower case, value
	asked  []sim.Judgement
}

func newProof(t *testing.T, v variant) *proof {
	t.Helper()
	p := &proof{kind: PolicyApply, failed: map[setup.StepID]*setup.Problem{}, used: map[sim.Match]bool{}, values: map[string]bool{}}
	config := sim.Config{PageSize: 1, Log: t.Logf, Judged: func(j sim.Judgement) {
		if p.over {
			return
		}
		p.asked = append(p.asked, j)
		if j.Allowed {
			for _, m := range j.By {
				p.used[m] = true
				for key, values := range j.Keys {
					for _, v := range values {
						p.values[m.Sid+" "+key+" "+v] = true
					}
				}
			}
		}
	}}
	p.world = newWorldOf(t, config, func(s *setup.Spec, _ sim.DemoWorld) {
		s.Domain.Name = "api.harborview.example"
		if v.oneRegion {
			s.Account.Region = setup.EdgeRegion
		}
		if v.cached {
			s.Edge.Caching = setup.CachingFixed
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
	p.full = documentsOf(p.statements())
	return p
}

func (p *proof) statements() []Statement {
	return Statements(p.kind, Scope{Spec: p.setup.Spec, Install: "install-1"})
}

func documentsOf(list []Statement) []string {
	var out []string
	for _, d := range split(list, policyLimit) {
		out = append(out, d.JSON())
	}
	return out
}

func (p *proof) have(documents []string) {
	p.t.Helper()
	if err := p.sim.SetPolicy(p.demo.KeyID, documents...); err != nil {
		p.t.Fatal(err)
	}
}

// freely does something with all permissions, as somebody with the console.
func (p *proof) freely(do func() error) {
	p.t.Helper()
	if err := p.sim.ClearPolicy(p.demo.KeyID); err != nil {
		p.t.Fatal(err)
	}
	if err := do(); err != nil {
		p.t.Fatal(err)
	}
}

// try does something with the policy of the proof. If that fails it is noted,
// and done over with the full one.
func (p *proof) try(id setup.StepID, do func() *setup.Problem) {
	p.t.Helper()
	p.have(p.policy)
	first := do()
	if first == nil {
		return
	}
	if p.failed[id] == nil {
		p.failed[id] = first
	}
	p.over = true
	p.have(p.full)
	if again := do(); again != nil {
		p.t.Fatalf("%s fails with the whole policy: %+v", id, again)
	}
	p.over = false
}

// whole is one job. It is the worker's order without the worker.
func (p *proof) whole(kind setup.JobKind) {
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

// wizard is what the wizard's pages ask.
func (p *proof) wizard() {
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

func (p *proof) patchDomain(pairs ...string) error {
	in := &apigateway.UpdateDomainNameInput{DomainName: aws.String(p.setup.Spec.Domain.Name)}
	for i := 0; i < len(pairs); i += 2 {
		in.PatchOperations = append(in.PatchOperations, agtypes.PatchOperation{Op: agtypes.OpReplace, Path: &pairs[i], Value: &pairs[i+1]})
	}
	_, err := p.outside().APIGateway().UpdateDomainName(p.t.Context(), in)
	time.Sleep(time.Hour)
	return err
}

// stricter gives the domain a policy that v2 cannot manage.
func (p *proof) stricter() error {
	return p.patchDomain("/securityPolicy", "SecurityPolicy_TLS13_1_2_2021_06", "/endpointAccessMode", "BASIC")
}

// tell is the story: the wizard, a first job, clearing, putting the old record
// back, a job in an installation that lost what it knew, one after somebody
// changed everything, and one on a domain that somebody made stricter.
func (p *proof) tell() {
	p.t.Helper()
	spec := &p.setup.Spec
	p.wizard()
	p.whole(setup.JobApply)
	p.whole(setup.JobInvalidate)
	if atRoute53(*spec) {
		// Whose answer is lost is written again.
		p.sim.Order(sim.Fault{Service: "route53", Operation: "ChangeResourceRecordSets", Kind: sim.FaultLost})
		p.whole(setup.JobRestore)
		p.spoilValidation()
		p.whole(setup.JobApply)
	}
	p.resources = p.mappingsOnly()
	p.whole(setup.JobApply)

	other := p.sim.AddCertificate(p.demo.AccountID, spec.Account.Region, sim.Certificate{Names: []string{spec.Domain.Name}})
	p.freely(func() error { return p.patchDomain("/regionalCertificateArn", other) })
	p.mapping("", "beta")
	spec.Edge.TTL, spec.Edge.PriceClass = 61, "PriceClass_100"
	p.whole(setup.JobApply)

	if canMapV1(*spec) {
		p.freely(p.stricter)
		p.whole(setup.JobApply)
		p.mapping("", "prod")
		p.whole(setup.JobApply)
		p.mapping("more", "prod")
		p.whole(setup.JobApply)
	}
}

// mappingsOnly is what an installation knows that lost what it knew. Mappings
// have no tags: those that nobody remembers are somebody else's.
func (p *proof) mappingsOnly() setup.Resources {
	kept := maps.Clone(p.resources)
	maps.DeleteFunc(kept, func(key string, _ setup.Resource) bool { return !strings.HasPrefix(key, setup.MappingKey("")) })
	return kept
}

// mapping changes the last mapping, or adds one for a new path.
func (p *proof) mapping(path, stage string) {
	list := slices.Clone(p.setup.Spec.API.Mappings)
	last := list[len(list)-1]
	if path != "" {
		last.Path = path
		list = append(list, last)
	}
	list[len(list)-1].Stage = stage
	p.setup.Spec.API.Mappings = list
}

// explain is what a refusal reads beyond the story: whether the API that could
// not be mapped exists.
func (p *proof) explain() {
	p.t.Helper()
	p.mapping("another", "prod")
	p.have(p.full)
	p.sim.Order(sim.Fault{Service: "apigateway", Operation: "CreateApiMapping|CreateBasePathMapping", Code: "BadRequestException"})
	_, pr := p.run(p.step("mappings"))
	if pr == nil || !strings.Contains(pr.Why, "refused to map it") {
		p.t.Errorf("a mapping that API Gateway refuses: %+v", pr)
	}
}

// inWorlds runs a test in its own bubble of time.
func inWorlds(t *testing.T, v variant, policy func(*proof) []string, check func(*proof)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newProof(t, v)
		p.policy = policy(p)
		p.tell()
		check(p)
	})
}

// TestPolicyProof: with the generated policy every job passes and no call is
// refused; every action is used on every resource; without any one statement,
// or with a wrong value in any one condition, exactly the steps that need it
// fail, and their problem names what is missing.
func TestPolicyProof(t *testing.T) {
	for n, v := range proofVariants() {
		t.Run(v.String(), func(t *testing.T) {
			var list []Statement
			inWorlds(t, v, func(p *proof) []string { list = p.statements(); return p.full }, func(p *proof) {
				for id, pr := range p.failed {
					t.Errorf("step %s fails with the whole policy: %+v", id, pr)
				}
				p.explain()
				p.nothingRefused()
				p.allUsed(list)
			})
			for i, c := range damages(list) {
				if every := proofSample(); (i+n)%every != 0 {
					continue
				}
				inWorlds(t, v, func(*proof) []string { return documentsOf(c.list) }, func(p *proof) { p.failedExactly(c) })
			}
		})
	}
}

// proofSample says which part of the damages is tried.
func proofSample() int {
	if os.Getenv("APIFRONT_LAWS") == "all" {
		return 1
	}
	return 23
}

// A damage is one thing that is missing, or wrong, in a policy.
type damage struct {
	what string
	list []Statement
	of   Statement
	some bool // not all of the statement's steps need it
}

func damages(list []Statement) []damage {
	var all []damage
	for i, st := range list {
		all = append(all, damage{what: "without " + st.Sid, list: slices.Delete(slices.Clone(list), i, i+1), of: st})
	}
	for i, st := range list {
		for c, condition := range st.Conditions {
			what := condition.Key + " in " + st.Sid
			wrong := "wrong"
			if condition.Operator == "Null" {
				wrong = "true"
			}
			all = append(all, damage{what: "with another " + what, list: withValue(list, i, c, wrong), of: st})
			if len(condition.Values) == 1 {
				continue
			}
			for v, value := range condition.Values {
				rest := slices.Delete(slices.Clone(condition.Values), v, v+1)
				all = append(all, damage{what: "without " + value + " among " + what, list: withValue(list, i, c, rest...), of: st, some: true})
			}
		}
	}
	return all
}

// withValue is the list with other values in one condition.
func withValue(list []Statement, statement, condition int, values ...string) []Statement {
	list = slices.Clone(list)
	list[statement].Conditions = slices.Clone(list[statement].Conditions)
	list[statement].Conditions[condition].Values = values
	return list
}

func (p *proof) failedExactly(c damage) {
	p.t.Helper()
	failed := slices.Sorted(maps.Keys(p.failed))
	if c.some {
		stranger := func(id setup.StepID) bool { return !slices.Contains(c.of.Steps, id) }
		if len(failed) == 0 || slices.ContainsFunc(failed, stranger) {
			p.t.Errorf("%s these steps fail: %v, and some of %v should", c.what, failed, c.of.Steps)
		}
	} else if d := cmp.Diff(slices.Sorted(slices.Values(c.of.Steps)), failed); d != "" {
		p.t.Errorf("%s other steps fail (-wanted +failed):\n%s", c.what, d)
	}
	for id, pr := range p.failed {
		complete := pr.What != "" && pr.Why != "" && pr.Fix != ""
		names := slices.ContainsFunc(c.of.Actions, func(a string) bool { return strings.Contains(pr.Fix, a) })
		if !complete || !names {
			p.t.Errorf("%s step %s does not name one of %v: %+v", c.what, id, c.of.Actions, pr)
		}
	}
}

func (p *proof) nothingRefused() {
	p.t.Helper()
	for _, j := range p.asked {
		if !j.Allowed {
			p.t.Errorf("%s was refused %s on %s", j.Operation, j.Action, j.Resource)
		}
	}
}

// allUsed says whether every action of every statement was used on every
// resource of it, and every value of its conditions came with a call.
func (p *proof) allUsed(list []Statement) {
	p.t.Helper()
	for _, st := range list {
		for _, action := range st.Actions {
			for _, resource := range st.Resources {
				if !p.used[sim.Match{Sid: st.Sid, Action: strings.ToLower(action), Resource: resource}] {
					p.t.Errorf("%s: %s on %s is not used", st.Sid, action, resource)
				}
			}
		}
		for _, c := range st.Conditions {
			for _, v := range c.Values {
				if strings.HasSuffix(c.Operator, "StringEquals") && !p.values[st.Sid+" "+strings.ToLower(c.Key)+" "+v] {
					p.t.Errorf("%s: no call came with %s in %s", st.Sid, v, c.Key)
				}
			}
		}
	}
}

// lookAgain looks at every step of every kind of job, as a plan and a check do,
// in the middle of a change of records.
func (p *proof) lookAgain() {
	p.t.Helper()
	for _, key := range []string{setup.KeyRecordTraffic, setup.KeyRecordValidation} {
		if r, ok := p.resources[key]; ok {
			r.State, r.Attributes = "PENDING", maps.Clone(r.Attributes)
			r.Attributes[setup.AttrChange] = "C0123456789"
			p.resources[key] = r
		}
	}
	p.have(p.policy)
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

// TestPolicyToLookOnly: over the whole story every read is allowed, every
// write is refused, and nothing is allowed that is not used.
func TestPolicyToLookOnly(t *testing.T) {
	for _, v := range proofVariants() {
		t.Run(v.String(), func(t *testing.T) {
			var list []Statement
			inWorlds(t, v, func(p *proof) []string {
				p.kind = PolicyLook
				list = p.statements()
				return documentsOf(list)
			}, func(p *proof) {
				p.lookAgain()
				p.mustInvalidate()
				p.allUsed(list)
				writes := 0
				for _, j := range p.asked {
					reads := strings.HasPrefix(j.Operation, "Get") || strings.HasPrefix(j.Operation, "List") || strings.HasPrefix(j.Operation, "Describe")
					if reads != j.Allowed {
						t.Errorf("%s on %s: allowed is %v", j.Operation, j.Resource, j.Allowed)
					}
					if !reads {
						writes++
					}
				}
				if writes < 5 {
					t.Errorf("the story tried %d writes", writes)
				}
			})
		})
	}
}
