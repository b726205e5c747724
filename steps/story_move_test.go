package steps

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"

	"apifront/cloud/sim"
	"apifront/setup"
)

// Moves gives the name to another distribution first, from which the setup takes it.
func (p *Story) Moves() {
	p.t.Helper()
	spec := &p.setup.Spec
	p.freely(func() error {
		certificate := p.sim.AddCertificate(p.demo.AccountID, setup.EdgeRegion, sim.Certificate{Names: []string{spec.Domain.Name}})
		c := distributionConfig(*spec, distributionInput{target: "www.elsewhere.example", certificate: certificate, cachePolicy: setup.PolicyCachingDisabled, reference: "theirs"})
		out, err := p.outside().CloudFront().CreateDistribution(p.t.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: c})
		if err == nil {
			spec.Domain.MoveFrom = aws.ToString(out.Distribution.Id)
		}
		return err
	})
}

// Stricter asks for a TLS policy and a strict access mode.
func (p *Story) Stricter() {
	d := &p.setup.Spec.Domain
	d.SecurityPolicy, d.AccessMode = "SecurityPolicy_TLS13_1_2_2021_06", setup.AccessStrict
}

// TellStricter is the story of a setup of before that asks for them.
func (p *Story) TellStricter() {
	p.t.Helper()
	asked := p.setup.Spec.Domain
	p.setup.Spec.Domain.SecurityPolicy, p.setup.Spec.Domain.AccessMode = "", ""
	p.whole(setup.JobApply)
	p.setup.Spec.Domain = asked
	p.whole(setup.JobApply)
}

// TellMove is the story of a job that moves the name.
func (p *Story) TellMove() {
	p.t.Helper()
	p.Wizard()
	p.whole(setup.JobApply)
}
