package steps

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/setup"
)

// A TLS policy that an answer says is adopted as that answer, with its access mode; one
// that none says stays as it is. Either way a job writes nothing and a check finds
// nothing, and TLS 1.2 instead is one change.
func TestAdoptATLSPolicy(t *testing.T) {
	for _, c := range []struct{ policy, mode string }{
		{"SecurityPolicy_TLS13_1_2_2021_06", "BASIC"},
		{"SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09", setup.AccessStrict},
		{"SecurityPolicy_TLS13_1_3_2025_09", "BASIC"},
	} {
		t.Run(c.policy, func(t *testing.T) {
			inAdoptWorlds(t, adoptWorlds()[3:4], func(p *patient, v driftWorld) {
				story := &Story{world: p.world}
				p.must(story.patchDomain("/securityPolicy", c.policy, "/endpointAccessMode", c.mode))
				before := p.settings()
				a := p.adopt(v.route53)
				said := !setup.SecurityPolicyTLS13(c.policy)
				if got := a.Spec.Domain; said != (got.SecurityPolicy == c.policy) || (c.mode == setup.AccessStrict) != (got.AccessMode == setup.AccessStrict) || len(a.Differs) > 0 {
					p.t.Errorf("adopted as %q %q, differs %+v", got.SecurityPolicy, got.AccessMode, a.Differs)
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
				if !said {
					return
				}
				p.setup.Spec.Domain.SecurityPolicy, p.setup.Spec.Domain.AccessMode = "", ""
				kind := &p.setup.Spec.API.Mappings[0].Kind
				*kind = setup.APIKindHTTP // of which a plan says that it waits for TLS 1.2
				if o, err := p.look(p.step("mappings")); err != nil || o.State != Pending {
					p.t.Errorf("an HTTP API after the policy: %s %+v, %v", o.State, o.Problem, err)
				}
				*kind = setup.APIKindREST
				p.mustRunAll(setup.JobApply)
				d, err := p.outside().APIGateway().GetDomainName(p.t.Context(), &apigateway.GetDomainNameInput{DomainName: aws.String(p.setup.Spec.Domain.Name)})
				p.must(err)
				if d.SecurityPolicy != agtypes.SecurityPolicyTls12 || d.EndpointAccessMode != "" {
					p.t.Errorf("TLS 1.2 was asked for, and the custom domain has %s %s", d.SecurityPolicy, d.EndpointAccessMode)
				}
			})
		})
	}
}

// A custom domain that asks callers for certificates cannot have a stricter TLS policy:
// the step says so, and changes nothing.
func TestNoPolicyWithMutualTLS(t *testing.T) {
	quietly(t)
	inAdoptWorlds(t, adoptWorlds()[3:4], func(p *patient, v driftWorld) {
		p.adopt(v.route53)
		story := &Story{world: p.world}
		p.must(story.patchDomain("/mutualTlsAuthentication/truststoreUri", "s3://trust/store.pem"))
		p.setup.Spec.Domain.SecurityPolicy = "SecurityPolicy_TLS13_1_2_2021_06"
		n := len(p.writes())
		o, err := p.look(p.step("domain"))
		if err != nil || o.State != Foreign || !strings.Contains(o.Problem.Why, "mutual TLS") || o.Setting != setup.SettingDomainMTLS || len(p.writes()) > n {
			p.t.Errorf("%s %+v, %v", o.State, o.Problem, err)
		}
		complete(p.t, o.Problem)
	})
}
