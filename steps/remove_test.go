package steps

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

// picture describes the account without the values that AWS chooses:
// certificates by region and names, domains by region with their mappings,
// cache policies by settings, and the distribution by its origin.
func (w *world) picture() []string {
	w.t.Helper()
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	s := w.sim.State()
	word := map[string]string{}
	for _, c := range s.Certificates {
		region := strings.Split(c.ARN, ":")[3]
		word[c.ARN] = fmt.Sprintf("certificate in %s for %s", region, strings.Join(c.Names, " "))
		add("%s, %s", word[c.ARN], c.Status)
	}
	for _, d := range s.Domains {
		word[d.Target] = "domain " + d.Name + " in " + d.Region
		add("%s: %s", word[d.Target], strings.Join(slices.Sorted(slices.Values(d.Mappings)), ", "))
	}
	policies, err := ownPolicies(w)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, id := range policies {
		config, _ := w.thePolicy(id)
		word[id] = "policy with " + fmt.Sprint(policyFields(config))
		add("%s", word[id])
	}
	for _, id := range s.Distributions {
		out, err := w.outside().CloudFront().GetDistribution(w.t.Context(), &cloudfront.GetDistributionInput{Id: &id})
		if err != nil {
			w.t.Fatal(err)
		}
		c := out.Distribution.DistributionConfig
		certificate, policy := aws.ToString(c.ViewerCertificate.ACMCertificateArn), aws.ToString(c.DefaultCacheBehavior.CachePolicyId)
		add("distribution of %s to %s with %s, %s", strings.Join(c.Aliases.Items, " "), word[aws.ToString(c.Origins.Items[0].DomainName)], word[certificate], policyWord(word, policy))
	}
	slices.Sort(lines)
	return lines
}

func policyWord(word map[string]string, id string) string {
	if w := word[id]; w != "" {
		return w
	}
	return id
}

// A change is a change of a setup's spec.
type change struct {
	name string
	from func(*setup.Spec, sim.DemoWorld) // makes the spec before the change; nil: the world's own
	to   func(*world, *setup.Spec)
}

// changes are changes that leave a resource behind that is not wanted any more,
// or change an existing one.
var changes = []change{
	{"a path is taken out", nil, func(_ *world, s *setup.Spec) { s.API.Mappings = s.API.Mappings[:1] }},
	{"the root is renamed", func(s *setup.Spec, _ sim.DemoWorld) { s.API.Mappings[0].Path = "" }, func(_ *world, s *setup.Spec) { s.API.Mappings[0].Path = "v2" }},
	{"another API behind a path", nil, func(w *world, s *setup.Spec) {
		s.API.Mappings[1].APIID, s.API.Mappings[1].Stage = w.demo.APIs["partners-http"], "$default"
	}},
	{"another stage behind a path", nil, func(_ *world, s *setup.Spec) { s.API.Mappings[1].Stage = "beta" }},
	{"two paths change places", nil, func(_ *world, s *setup.Spec) {
		s.API.Mappings[0].Path, s.API.Mappings[1].Path = s.API.Mappings[1].Path, s.API.Mappings[0].Path
	}},
	{"caching is switched on", nil, func(_ *world, s *setup.Spec) { s.Edge.Caching = setup.CachingAPI }},
	{"caching is switched off", func(s *setup.Spec, _ sim.DemoWorld) { s.Edge.Caching = setup.CachingFixed }, func(_ *world, s *setup.Spec) { s.Edge.Caching = setup.CachingOff }},
	{"answers are kept longer", func(s *setup.Spec, _ sim.DemoWorld) { s.Edge.Caching = setup.CachingFixed }, func(_ *world, s *setup.Spec) { s.Edge.TTL = 3600 }},
	{"another header tells answers apart", func(s *setup.Spec, _ sim.DemoWorld) { s.Edge.Caching = setup.CachingAPI }, func(_ *world, s *setup.Spec) { s.Edge.KeyHeaders = []string{"Host"} }},
	{"both certificates are reused", nil, func(w *world, s *setup.Spec) { w.reuse(s) }},
	{"the API moves to another region", nil, func(w *world, s *setup.Spec) { w.moveTo(s, "eu-central-1") }},
	{"the API moves to us-east-1", nil, func(w *world, s *setup.Spec) { w.moveTo(s, setup.EdgeRegion) }},
	{"the API moves from us-east-1", func(s *setup.Spec, d sim.DemoWorld) {
		s.Account.Region = setup.EdgeRegion
		s.API.Mappings = []setup.Mapping{{Path: "orders", APIID: d.APIs["orders-api"], Kind: setup.APIKindREST, Stage: "prod"}}
	}, func(w *world, s *setup.Spec) { w.moveTo(s, "eu-west-1") }},
	{"all at once", func(s *setup.Spec, _ sim.DemoWorld) { s.Edge.Caching = setup.CachingFixed }, func(w *world, s *setup.Spec) {
		w.moveTo(s, "eu-central-1")
		s.API.Mappings = s.API.Mappings[1:]
		s.Edge.TTL = 3600
		w.reuse(s)
	}},
}

// someChanges are all of them, and every eighth one under the race detector.
func someChanges() (some []change) {
	for i, c := range changes {
		if !UnderRace || answersSample() == 1 || i%8 == 1 {
			some = append(some, c)
		}
	}
	return some
}

// reuse chooses existing certificates.
func (w *world) reuse(s *setup.Spec) {
	_, above, _ := strings.Cut(s.Domain.Name, ".")
	names := sim.Certificate{Names: []string{"*." + above}}
	s.Certificates.Edge = w.sim.AddCertificate(w.demo.AccountID, setup.EdgeRegion, names)
	s.Certificates.Regional = w.sim.AddCertificate(w.demo.AccountID, s.Account.Region, names)
}

// moveTo moves the APIs to another region.
func (w *world) moveTo(s *setup.Spec, region string) {
	s.Account.Region = region
	for i := range s.API.Mappings {
		m := &s.API.Mappings[i]
		m.APIID = w.sim.AddAPI(w.demo.AccountID, region, sim.API{Name: fmt.Sprint(m.APIName, " ", region), Kind: string(m.Kind), Stages: []string{m.Stage}})
	}
}

// both are the specs before and after a change, in one world.
func (w *world) both(c change) (before, after setup.Spec) {
	before = w.setup.Spec
	after = before
	after.API.Mappings = slices.Clone(before.API.Mappings)
	after.Edge.KeyHeaders = slices.Clone(before.Edge.KeyHeaders)
	c.to(w, &after)
	return before, after
}

// pictureAfter is the picture of an account in which jobs for the chosen specs
// of a change have run, and nothing went wrong.
func pictureAfter(t *testing.T, c change, specs ...int) []string {
	t.Helper()
	w := newWorld(t, sim.RealPace(), c.from)
	before, after := w.both(c)
	for _, i := range specs {
		w.setup.Spec = []setup.Spec{before, after}[i]
		w.applyJob()
	}
	return w.picture()
}

// applyJob runs the next job of the setup.
func (w *world) applyJob() {
	w.t.Helper()
	w.job.ID++
	w.job.CreatedAt = time.Now()
	w.mustRunAll(setup.JobApply)
}

// After a change, the account is as if a new setup had these answers. The same
// holds after the change is undone. The same job again writes nothing.
func TestChangeLeavesTheAccountAsANewSetupDoes(t *testing.T) {
	for _, c := range someChanges() {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fresh, first := pictureAfter(t, c, 1), pictureAfter(t, c, 0)
				w := newWorld(t, sim.RealPace(), c.from)
				before, after := w.both(c)
				w.applyJob()
				for i, spec := range []setup.Spec{after, before, after} {
					w.setup.Spec = spec
					w.applyJob()
					want := [][]string{fresh, first, fresh}[i]
					if d := cmp.Diff(want, w.picture()); d != "" {
						t.Fatalf("after change %d (-a new setup +this one):\n%s\n%s", i+1, d, w.observed["remove"][len(w.observed["remove"])-1])
					}
					n := len(w.writes())
					w.applyJob()
					if again := w.writes()[n:]; len(again) > 0 {
						t.Errorf("after change %d the same job again wrote %v", i+1, again)
					}
					if last := w.observed["remove"][len(w.observed["remove"])-1]; last != "ready: Nothing to remove" {
						t.Errorf("after change %d the same job again says %q", i+1, last)
					}
				}
				checkActions(t, w)
				for _, c := range w.calls {
					if c.Service != "dns" && c.Service != "https" && !slices.ContainsFunc(cloud.Operations(), func(o string) bool { return strings.HasSuffix(o, " "+c.Operation) }) {
						t.Errorf("the answer to %s %s is not checked", c.Service, c.Operation)
					}
				}
			})
		})
	}
}

// The process dies before and after each save of a change, and the answer to
// each deletion is lost. In the end the account is the same.
func TestRemovalsSurviveEveryDeath(t *testing.T) {
	for i, c := range someChanges() {
		t.Run(c.name, func(t *testing.T) {
			var saves int
			var want []string
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.RealPace(), c.from)
				_, after := w.both(c)
				w.applyJob()
				before := len(w.saves)
				w.setup.Spec = after
				w.applyJob()
				saves, want = len(w.saves)-before, w.picture()
			})
			every := 23
			if answersSample() == 1 {
				every = 1
			}
			for n := range 2 * saves {
				if (n+i)%every > 0 {
					continue
				}
				n, stored := n/2, n%2 > 0
				{
					synctest.Test(t, func(t *testing.T) {
						w := newWorld(t, sim.RealPace(), c.from)
						_, after := w.both(c)
						w.applyJob()
						w.setup.Spec = after
						left := n
						w.crash = func(r setup.Resource) bool {
							left--
							if left != -1 {
								return false
							}
							if stored {
								r.SavedAt = time.Now()
								w.resources, w.former = w.resources.With(w.former, r)
							}
							return true
						}
						w.applyJob()
						w.crash = nil
						if d := cmp.Diff(want, w.picture()); d != "" {
							t.Errorf("death at save %d, stored %t:\n%s", n, stored, d)
						}
						at := len(w.writes())
						w.applyJob()
						if again := w.writes()[at:]; len(again) > 0 {
							t.Errorf("death at save %d: the next job wrote %v", n, again)
						}
					})
				}
			}
			for k, operation := range []string{"DeleteApiMapping", "DeleteCachePolicy", "DeleteCertificate", "DeleteDomainName"} {
				if every > 1 && c.name != "all at once" && (k+i)%4 > 0 {
					continue
				}
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, sim.RealPace(), c.from)
					_, after := w.both(c)
					w.applyJob()
					w.setup.Spec = after
					w.sim.Order(sim.Fault{Operation: operation, Kind: sim.FaultLost, Times: 1})
					w.applyJob()
					if d := cmp.Diff(want, w.picture()); d != "" {
						t.Errorf("the answer to %s is lost:\n%s", operation, d)
					}
				})
			}
		})
	}
}

// removals are the removals that the step showed last, by name.
func (w *world) removals() map[string]setup.Removal {
	w.t.Helper()
	o, err := w.look(w.step("remove"))
	if err != nil {
		w.t.Fatal(err)
	}
	m := map[string]setup.Removal{}
	for _, r := range o.Removals {
		m[r.Name()] = r
	}
	return m
}
