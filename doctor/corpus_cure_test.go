package doctor_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
	"apifront/steps"
)

// An owned is a name that was adopted: what is kept of it, without a store.
type owned struct {
	setup     setup.Setup
	resources setup.Resources
	former    setup.Former
}

// own makes of what the doctor found a setup, as it is, or with all that differs put
// right as far as that can be.
func own(a *setup.Adoption, right bool) *owned {
	o := &owned{setup: setup.Setup{ID: "0197a7d2-6c1b-7d8a-b1f4-8de2c1c7f0ad", Spec: a.Spec, AccountID: accountID}, resources: setup.Resources{}}
	for _, r := range a.Resources {
		r.SavedAt = time.Now()
		o.resources[r.Key] = r
	}
	if right {
		var keys []string
		for _, d := range a.Differs {
			if d.Right() {
				keys = append(keys, d.Key)
			}
		}
		o.setup.Spec = steps.PutRight(o.setup.Spec, keys)
	}
	return o
}

// adopted adopts the name as it is; nil where that cannot be.
func (c *clinic) adopted(name string) *owned {
	c.t.Helper()
	b, _ := c.ask(name, "", true)
	if b.Adoption == nil || len(b.Adoption.Refused) > 0 {
		return nil
	}
	return own(b.Adoption, false)
}

// job carries out the steps of a job as the worker does, but stores no history.
func (o *owned) job(c *clinic) {
	c.t.Helper()
	job := setup.Job{ID: 1, SetupID: o.setup.ID, SetupName: o.setup.Spec.Domain.Name, Kind: setup.JobApply}
	for _, r := range steps.JobRows(job.Kind, job.Input, o.setup.Spec) {
		s, ok := steps.Find(r.ID)
		if r.Skip != "" || !ok {
			continue
		}
		if !o.step(c, job, s) {
			return
		}
	}
}

// step carries out one step until it is ready.
func (o *owned) step(c *clinic, job setup.Job, s steps.Step) bool {
	c.t.Helper()
	a, err := c.account.In(o.setup.Spec.Account.Region)
	c.must(err)
	said := ""
	for range 60 {
		time.Sleep(max(s.Wait.Every, time.Second))
		e := &steps.Env{
			Setup: o.setup, Job: job, StepID: s.ID, Resources: maps.Clone(o.resources), Former: slices.Clone(o.former),
			Account: a, DNSAccount: a, Prober: probe.New(c.settings, nil), Install: "install-1", Now: time.Now,
			Save: func(_ context.Context, r setup.Resource) error {
				r.SavedAt = time.Now()
				o.resources, o.former = o.resources.With(o.former, r)
				return nil
			},
		}
		seen, err := s.Observe(c.t.Context(), e)
		if err == nil && (seen.State == steps.Absent || seen.State == steps.Drifted) && s.Apply != nil {
			if err = s.Apply(c.t.Context(), e); err == nil {
				seen, err = s.Observe(c.t.Context(), e)
			}
		}
		switch {
		case cloud.Temporary(err):
			continue
		case err != nil:
			c.t.Errorf("step %s: %+v", s.ID, cloud.Explain(err))
			return false
		case seen.State == steps.Ready:
			return true
		case seen.State == steps.Foreign:
			c.t.Errorf("step %s stops: %+v", s.ID, seen.Problem)
			return false
		}
		if said = seen.Summary; seen.Problem != nil {
			said += " " + seen.Problem.Why
		}
	}
	c.t.Errorf("step %s does not end: %s", s.ID, said)
	return false
}

// state is a picture of the accounts.
func (c *clinic) state() []byte {
	c.t.Helper()
	text, err := json.Marshal(c.sim.State())
	c.must(err)
	return text
}

// renamed gives the distribution the name, with a certificate for it and the other one.
func renamed(c *clinic) {
	c.t.Helper()
	arn := c.certificate(setup.EdgeRegion, hostName, spareName)
	edged(func(d *cftypes.DistributionConfig) {
		aliased(hostName)(d)
		d.ViewerCertificate.ACMCertificateArn, d.ViewerCertificate.CloudFrontDefaultCertificate = &arn, nil
	})(c)
}

// rerecord leads the name to its distribution.
func (c *clinic) rerecord() {
	c.t.Helper()
	unrecord("A", "AAAA", "CNAME")(c)
	c.aliases(bothKinds...)
}

// redelegate leads the domain to the zone of the name.
func (c *clinic) redelegate() {
	c.sim.Delegate("example.com", c.sim.NameServers(c.zone)...)
}

// revalidate puts the validation records back.
func (c *clinic) revalidate() {
	c.t.Helper()
	for region, arn := range map[string]string{setup.EdgeRegion: c.edge, "eu-west-1": c.regional} {
		out, err := c.account.ACM(region).DescribeCertificate(c.t.Context(), &acm.DescribeCertificateInput{CertificateArn: &arn})
		c.must(err)
		for _, o := range out.Certificate.DomainValidationOptions {
			c.sim.AddRecord(c.zone, setup.FoldName(aws.ToString(o.ResourceRecord.Name)), "CNAME", 300, aws.ToString(o.ResourceRecord.Value))
		}
	}
}

// remap maps a path to the API.
func (c *clinic) remap(path string) {
	c.t.Helper()
	_, err := c.account.APIGateway().CreateBasePathMapping(c.t.Context(), &apigateway.CreateBasePathMappingInput{DomainName: aws.String(hostName), BasePath: &path, RestApiId: &c.api, Stage: aws.String("prod")})
	c.must(err)
}

// restage deploys another API with the stage, and makes its own name the origin.
func (c *clinic) restage() {
	c.t.Helper()
	c.api = c.sim.AddAPI(accountID, "eu-west-1", sim.API{Name: "orders-api", Kind: "REST", Stages: []string{"prod"}})
	fetching(func(o *cftypes.Origin) { o.DomainName = aws.String(c.api + ".execute-api.eu-west-1.amazonaws.com") })(c)
}

// undomainIn deletes the custom domain of a region.
func (c *clinic) undomainIn(region string) {
	c.t.Helper()
	a, err := c.account.In(region)
	c.must(err)
	_, err = a.APIGateway().DeleteDomainName(c.t.Context(), &apigateway.DeleteDomainNameInput{DomainName: aws.String(hostName)})
	c.must(err)
	time.Sleep(time.Hour)
}
