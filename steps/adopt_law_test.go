package steps

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
)

// foundBySomebody makes of a world that a job made one that nobody knows: the store is empty, and
// no tag of apifront is left.
func (p *patient) foundBySomebody() {
	p.t.Helper()
	ctx, account := p.t.Context(), p.outside()
	ours := []string{tagInstall, tagSetup, tagDomain, tagRole, "team"}
	_, err := account.CloudFront().UntagResource(ctx, &cloudfront.UntagResourceInput{Resource: aws.String(p.resources[setup.KeyDistribution].ARN), TagKeys: &types.TagKeys{Items: ours}})
	p.must(err)
	_, err = account.APIGateway().UntagResource(ctx, &apigateway.UntagResourceInput{ResourceArn: aws.String(p.resources[setup.KeyDomain].ARN), TagKeys: ours})
	p.must(err)
	p.resources, p.former = setup.Resources{}, nil
	p.setup.ID = "0197a7d2-6c1b-7d8a-b1f4-8de2c1c7f0ad"
	p.job.SetupID, p.job.Input = p.setup.ID, setup.JobInput{}
}

// adoptable is what the doctor would find.
func (p *patient) adoptable(route53 bool) Adoptable {
	p.t.Helper()
	ctx, account := p.t.Context(), p.outside()
	a := Adoptable{
		Name: p.setup.Spec.Domain.Name, Account: account, Who: p.demo.AccountID, Install: "install-1",
		APINames: map[string]string{}, Certificates: map[string]*acmtypes.CertificateDetail{}, Leads: true,
	}
	all, err := account.Distributions(ctx)
	p.must(err)
	for _, d := range all {
		if slices.Contains(d.Aliases, a.Name) {
			a.Distribution = d.ID
		}
	}
	if a.Distribution != "" {
		a.Configured.Distribution, a.Configured.Unread, err = account.ConfiguredDistribution(ctx, a.Distribution)
		p.must(err)
	}
	a.Domain, err = account.FindDomain(ctx, a.Name)
	p.must(err)
	if a.Domain != nil {
		a.Configured.Domain = a.Domain.Regional
		for _, m := range a.Domain.Mappings {
			api, name, err := account.FindAPI(ctx, m)
			p.must(err)
			a.Configured.APIs, a.APINames[m.APIID] = append(a.Configured.APIs, api), name
		}
	}
	for region, arn := range p.certificatesOf(a) {
		a.Certificates[arn], err = account.CertificateDetail(ctx, region, arn)
		p.must(err)
	}
	if route53 {
		a.Zone = &setup.Zone{ID: p.demo.Zones["harborview.example"], Name: "harborview.example"}
	}
	return a
}

func (p *patient) certificatesOf(a Adoptable) map[string]string {
	list := map[string]string{}
	if d := a.Configured.Domain; d != nil && d.Certificate != "" {
		list[p.setup.Spec.Account.Region] = d.Certificate
	}
	if d := a.Configured.Distribution; d != nil && strings.HasPrefix(d.Certificate, "arn:") {
		list[setup.EdgeRegion] = d.Certificate
	}
	return list
}

// adopt reads what is there and makes it the setup. Nothing is written meanwhile.
func (p *patient) adopt(route53 bool) *setup.Adoption {
	p.t.Helper()
	before, n := p.settings(), len(p.sim.Writes())
	a := Adopt(p.t.Context(), p.adoptable(route53))
	if made := p.sim.Writes()[n:]; len(made) > 0 {
		p.t.Errorf("to read wrote %v", made)
	}
	if d := lineDiff(before, p.settings()); d != "" {
		p.t.Errorf("to read changed AWS:\n%s", d)
	}
	if len(a.Refused) > 0 {
		p.t.Fatalf("refused: %+v", a.Refused)
	}
	p.take(a)
	for _, key := range a.Spec.AsFound {
		if !slices.ContainsFunc(a.Differs, func(d setup.Difference) bool { return d.Key == key }) {
			p.t.Errorf("%s stays as found, and nobody is told", key)
		}
	}
	for _, d := range a.Differs {
		if d.Title == "" || strings.HasSuffix(d.Title, ".") || !strings.HasSuffix(d.Text, ".") || d.Is == d.Want || d.Is == "" || d.Want == "" || strings.Contains(d.Text, "not known") {
			p.t.Errorf("incomplete: %+v", d)
		}
	}
	return a
}

// take makes what was adopted the setup.
func (p *patient) take(a *setup.Adoption) {
	p.t.Helper()
	p.setup.Spec = a.Spec
	p.resources, p.former = setup.Resources{}, nil
	for _, r := range a.Resources {
		if !r.Owned || r.Attributes[setup.AttrAdopted] == "" || r.ID == "" {
			p.t.Errorf("a row that is not adopted: %+v", r)
		}
		r.SavedAt = time.Now()
		p.resources[r.Key] = r
	}
}

// settle runs the steps of a job that may write. It returns what they wrote.
func (p *patient) settle() []string {
	p.t.Helper()
	n := len(p.writes())
	for _, r := range JobRows(setup.JobApply, p.job.Input, p.setup.Spec) {
		s := p.step(r.ID)
		if r.Skip != "" || s.Apply == nil || s.Mark == setup.MarkPreview || s.Mark == setup.MarkLive {
			continue
		}
		if o, pr := p.run(s); pr != nil || o.State != Ready {
			p.t.Errorf("step %s: %s %s %+v %v", r.ID, o.State, o.Summary, o.Changes, pr)
		}
	}
	return p.writes()[n:]
}

// adoptWorlds are worlds in which a setup is adopted.
func adoptWorlds() (list []driftWorld) {
	for i := range 8 {
		v := Variant{rest: i&1 > 0, oneRegion: i&2 > 0, route53: i&4 > 0, reused: (i*3)&2 > 0}
		list = append(list, driftWorld{v, setup.CachingOff, i%3 > 0})
	}
	return list
}

// withoutTags leaves out the lines of apifront's own tags.
func withoutTags(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return strings.Contains(l, "/Tags/apifront:") })
}

// inAdoptWorlds does something in each world, once what a job made there is nobody's.
func inAdoptWorlds(t *testing.T, list []driftWorld, do func(*patient, driftWorld)) {
	t.Helper()
	quietly(t)
	for i, v := range list {
		t.Run(fmt.Sprint(i, " ", v), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := v.made(t)
				p.foundBySomebody()
				do(p, v)
			})
		})
	}
}

// What is adopted stays as it is: to read it writes nothing, a job of it writes
// nothing, and a check finds nothing.
func TestAdoptWritesNothing(t *testing.T) {
	inAdoptWorlds(t, adoptWorlds(), func(p *patient, v driftWorld) {
		before := p.settings()
		a := p.adopt(v.route53)
		if len(a.Differs) > 0 {
			p.t.Errorf("a job made it, and it differs: %+v", a.Differs)
		}
		n := len(p.writes())
		p.mustRunAll(setup.JobApply)
		if made := p.writes()[n:]; len(made) > 0 {
			p.t.Errorf("a job wrote %v", made)
		}
		if d := lineDiff(before, p.settings()); d != "" {
			p.t.Errorf("a job changed AWS:\n%s", d)
		}
		if list := p.checkup(); len(list) > 0 {
			p.t.Errorf("a check finds %+v", list)
		}
		if got := slices.Sorted(maps.Keys(p.resources)); v.route53 != slices.Contains(got, setup.KeyRecordTraffic) && v.route53 {
			p.t.Errorf("rows %v", got)
		}
	})
}

// What CloudFront keeps by a policy that no answer names stays so: a job writes nothing,
// the tests of a check take kept answers for what they are, and put right nothing is
// kept.
func TestAdoptWhatKeepsAnswers(t *testing.T) {
	var list []driftWorld
	for i, caching := range []string{setup.CachingAPI, setup.CachingFixed} {
		list = append(list, driftWorld{Variant{rest: i == 0, oneRegion: i == 1, route53: i == 0, reused: true, cached: true}, caching, true})
	}
	inAdoptWorlds(t, list, func(p *patient, v driftWorld) {
		before := p.settings()
		a := p.adopt(v.route53)
		if len(a.Differs) != 1 || a.Differs[0].Key != foundCaching || !a.Differs[0].Keep || !strings.Contains(a.Differs[0].Text, "CloudFront keeps answers") {
			p.t.Errorf("differs: %+v", a.Differs)
		}
		n := len(p.writes())
		p.mustRunAll(setup.JobApply)
		if made := p.writes()[n:]; len(made) > 0 {
			p.t.Errorf("a job wrote %v", made)
		}
		if d := lineDiff(before, p.settings()); d != "" {
			p.t.Errorf("a job changed AWS:\n%s", d)
		}
		p.healthy("after adopting")
		p.setup.Spec = PutRight(p.setup.Spec, []string{foundCaching})
		p.mustRunAll(setup.JobApply)
		p.healthy("after caching was turned off")
		if again := p.adopt(v.route53); len(again.Differs) > 0 {
			p.t.Errorf("put right, and differs: %+v", again.Differs)
		}
	})
}

// Whatever of all that apifront sets is set otherwise: it is adopted as it is, a job and
// a check leave it alone, each difference is named, and what is put right is put right
// and nothing else.
func TestAdoptEachDifference(t *testing.T) {
	list := adoptWorlds()
	inAdoptWorlds(t, []driftWorld{list[5], list[2]}, func(p *patient, v driftWorld) {
		p.adopt(v.route53)
		base := p.settings()
		var whole *types.DistributionConfig
		p.must(p.alter(func(c *types.DistributionConfig) { whole = clone(p.t, c) }))
		tried := 0
		for _, d := range p.distributionTurnsOf(v) {
			p.must(p.alter(func(c *types.DistributionConfig) { p.must(d.change(c, ends{cachePolicy: cachingOptimal})) }))
			a := p.adopt(v.route53)
			var keys, want []string
			for _, diff := range a.Differs {
				keys = append(keys, diff.Key)
			}
			for _, name := range d.wants() {
				if key := foundKey("distribution", name); !slices.Contains(want, key) {
					want = append(want, key)
				}
			}
			switch d.at {
			case "DefaultCacheBehavior.ForwardedValues":
				want = []string{foundCaching}
			case "Origins.Items.Id": // it is what somebody called it
				want = nil
			case "IsIPV6Enabled": // the AAAA record leads nowhere then
				if v.route53 {
					want = append(want, "dns/AAAA")
				}
			}
			slices.Sort(keys)
			slices.Sort(want)
			if !slices.Equal(keys, want) {
				p.t.Errorf("%s: differs in %v, want %v", d.at, keys, want)
			}
			found := p.settings()
			if wrote := p.settle(); len(wrote) > 0 {
				p.t.Errorf("%s: a job wrote %v", d.at, wrote)
			}
			if diff := lineDiff(found, p.settings()); diff != "" {
				p.t.Errorf("%s: a job changed\n%s", d.at, diff)
			}
			p.setup.Spec = PutRight(p.setup.Spec, keys)
			wrote := p.settle()
			if len(want) > 0 && !slices.Equal(wrote, []string{"distribution cloudfront:TagResource", "distribution cloudfront:UpdateDistribution"}) || len(want) == 0 && len(wrote) > 0 {
				p.t.Errorf("%s: put right by %v", d.at, wrote)
			}
			if len(want) == 0 {
				base = found
			}
			if diff := lineDiff(withoutTags(base), withoutTags(p.settings())); diff != "" && !d.leaves {
				p.t.Errorf("%s: put right, and then\n%s", d.at, diff)
			}
			if p.t.Failed() {
				return
			}
			tried++
			p.must(p.alter(func(c *types.DistributionConfig) { *c = *whole }))
			p.foundBySomebody()
			p.adopt(v.route53)
			base = p.settings()
		}
		p.t.Logf("%d settings", tried)
	})
}

// distributionTurnsOf are the settings of a distribution that somebody may have set
// otherwise and that can be adopted.
func (p *patient) distributionTurnsOf(v driftWorld) (list []leaf[types.DistributionConfig]) {
	for _, l := range leavesOf(distributionTurns()) {
		switch l.at {
		case "Origins.Items.DomainName", "Origins.Items.S3OriginConfig", "CacheBehaviors", "DefaultCacheBehavior.TargetOriginId", // refused
			"Aliases.Items", "ViewerCertificate.CloudFrontDefaultCertificate", // parts are missing
			"ViewerCertificate.ACMCertificateArn", // it is reused
			"Comment":                             // an answer
			continue
		case "WebACLId":
			continue
		}
		if l.never == "" && !l.unsim {
			list = append(list, l)
		}
	}
	return list
}
