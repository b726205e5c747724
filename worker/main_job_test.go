package worker_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// The account after a job is as the tutorial wants it, as an outside client
// reads it. The job takes AWS's minutes and hardly any real time; the same job
// again writes nothing.
func TestWholeJob(t *testing.T) {
	for _, tc := range []struct {
		name  string
		v     variant
		calls int // of the second job, at most
	}{
		{"REST in us-east-1", variant{rest: true, oneRegion: true}, 10},
		{"HTTP in eu-west-1", variant{}, 12},
		{"REST in us-east-1, DNS elsewhere", variant{rest: true, oneRegion: true, elsewhere: true}, 12},
		{"HTTP in eu-west-1, DNS elsewhere", variant{elsewhere: true}, 12},
		{"reused certificates", variant{reused: true}, 12},
		{"edge-optimised REST", variant{rest: true, change: func(s *setup.Spec) {
			s.API.Mappings[0].APIName, s.API.Mappings[0].APIID = "legacy-api-eu", ""
		}}, 12},
		{"fixed caching", variant{rest: true, change: func(s *setup.Spec) {
			s.Edge.Caching, s.Edge.TTL = setup.CachingFixed, 300
		}}, 13},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var first, second time.Duration
			var calls, again int
			real := inWorld(t, func(w *world) {
				s := w.draft(tc.v)
				began := time.Now()
				job := w.begin(setup.JobApply, s)
				j := w.done(job)
				first, calls = time.Since(began), w.wire.count()
				if first < 5*time.Minute {
					w.t.Errorf("the job took %s: AWS's waits are not in it", first)
				}
				if j.FinishedAt.IsZero() || j.Failed+j.NeedsYou > 0 {
					w.t.Errorf("job %+v", j)
				}
				w.checkSteps(job, s)
				w.checkAccount(s, tc.v)
				if got := w.visit(s.Spec.API.Mappings[0].DisplayPath()); got.status != 200 {
					w.t.Errorf("a visitor gets %+v", got)
				}
				if lost := w.orphans(s.ID); len(lost) > 0 {
					w.t.Errorf("exist and are not known: %v", lost)
				}

				writes := len(w.sim.Writes())
				began = time.Now()
				w.done(w.begin(setup.JobApply, s))
				second, again = time.Since(began), w.wire.count()-calls
				if made := w.sim.Writes()[writes:]; len(made) > 0 {
					w.t.Errorf("the second job wrote: %+v", made)
				}
				if again > tc.calls {
					w.t.Errorf("the second job made %d calls, want at most %d", again, tc.calls)
				}
			})
			t.Logf("%s of AWS's time, %d calls; again %s, %d calls; in all %s of real time",
				first.Round(time.Second), calls, second.Round(time.Second), again, real.Round(time.Millisecond))
		})
	}
}

// checkSteps: every step is done, or was skipped for a reason.
func (w *world) checkSteps(job int64, s setup.Setup) {
	w.t.Helper()
	list, err := w.store.Steps(w.t.Context(), job)
	must(w.t, err)
	for _, p := range list {
		if p.State != setup.StepDone && (p.State != setup.StepSkipped || p.Summary == "") {
			w.t.Errorf("step %s is %s: %q", p.ID, p.State, p.Summary)
		}
		if p.State == setup.StepDone && p.Attempt != 1 {
			w.t.Errorf("step %s took %d attempts", p.ID, p.Attempt)
		}
	}
	i := slices.IndexFunc(list, func(p setup.Step) bool { return p.ID == "certificate-regional" })
	if skipped := list[i].State == setup.StepSkipped; skipped != s.Spec.OneCertificate() {
		w.t.Errorf("the certificate for %s was skipped: %v", s.Spec.Account.Region, skipped)
	}
}

// checkAccount reads back what the job made.
func (w *world) checkAccount(s setup.Setup, v variant) {
	w.t.Helper()
	ctx, a, spec := w.t.Context(), w.outside(s.Spec.Account.Region), s.Spec
	certificates := 2
	if v.oneRegion {
		certificates = 1
	}
	if v.reused {
		certificates = 0
	}
	want := map[string]int{"certificate": certificates, "distribution": 1, "domain": 1, "mapping": 1}
	got := w.made()
	if certificates == 0 {
		delete(want, "certificate")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("what was made (want -, got +):\n%s", diff)
	}

	domain, err := a.APIGateway().GetDomainName(ctx, &apigateway.GetDomainNameInput{DomainName: aws.String(theName)})
	must(w.t, err)
	regional := aws.ToString(domain.RegionalCertificateArn)
	if len(domain.EndpointConfiguration.Types) != 1 || domain.EndpointConfiguration.Types[0] != "REGIONAL" ||
		!strings.HasPrefix(regional, "arn:aws:acm:"+spec.Account.Region+":") || domain.SecurityPolicy != "TLS_1_2" {
		w.t.Errorf("custom domain: %v with %s and %s", domain.EndpointConfiguration.Types, regional, domain.SecurityPolicy)
	}
	mappings, err := a.APIGatewayV2().GetApiMappings(ctx, &apigatewayv2.GetApiMappingsInput{DomainName: aws.String(theName)})
	must(w.t, err)
	for _, m := range mappings.Items {
		is := setup.Mapping{Path: aws.ToString(m.ApiMappingKey), APIID: aws.ToString(m.ApiId), Stage: aws.ToString(m.Stage)}
		wanted := spec.API.Mappings[0]
		wanted.Kind, wanted.APIName = "", ""
		if diff := cmp.Diff(wanted, is); diff != "" {
			w.t.Errorf("mapping: %s", diff)
		}
	}

	res, err := w.store.Resources(ctx, s.ID)
	must(w.t, err)
	out, err := a.CloudFront().GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String(res.ID(setup.KeyDistribution))})
	must(w.t, err)
	w.checkDistribution(out.Distribution, aws.ToString(domain.RegionalDomainName), spec)
	for _, arn := range []string{regional, aws.ToString(out.Distribution.DistributionConfig.ViewerCertificate.ACMCertificateArn)} {
		region := strings.Split(arn, ":")[3]
		c, err := a.ACM(region).DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: &arn})
		must(w.t, err)
		if c.Certificate.Status != "ISSUED" || len(c.Certificate.InUseBy) == 0 {
			w.t.Errorf("certificate %s: %s, used by %v", arn, c.Certificate.Status, c.Certificate.InUseBy)
		}
	}
	if !v.elsewhere {
		w.checkRecords(spec, aws.ToString(out.Distribution.DomainName))
	}
}

func (w *world) checkDistribution(d *cftypes.Distribution, target string, spec setup.Spec) {
	w.t.Helper()
	c := d.DistributionConfig
	o := c.Origins.Items[0]
	type facts struct {
		Status, Origin, Path, Protocol, Alias, CertificateRegion, OriginPolicy string
		Origins                                                                int
		Enabled                                                                bool
	}
	got := facts{
		Status: aws.ToString(d.Status), Origin: aws.ToString(o.DomainName), Path: aws.ToString(o.OriginPath),
		Protocol: string(o.CustomOriginConfig.OriginProtocolPolicy), Alias: strings.Join(c.Aliases.Items, " "),
		CertificateRegion: strings.Split(aws.ToString(c.ViewerCertificate.ACMCertificateArn), ":")[3],
		OriginPolicy:      aws.ToString(c.DefaultCacheBehavior.OriginRequestPolicyId),
		Origins:           len(c.Origins.Items), Enabled: aws.ToBool(c.Enabled),
	}
	want := facts{
		Status: "Deployed", Origin: target, Protocol: "https-only", Alias: theName, CertificateRegion: "us-east-1",
		OriginPolicy: allViewer, Origins: 1, Enabled: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("distribution (want -, got +):\n%s", diff)
	}
	if managed := aws.ToString(c.DefaultCacheBehavior.CachePolicyId) == cachingDisabled; managed != (spec.Edge.Caching == setup.CachingOff) {
		w.t.Errorf("caching is %q and the policy %s", spec.Edge.Caching, aws.ToString(c.DefaultCacheBehavior.CachePolicyId))
	}
}

// AWS's own policies.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
const (
	allViewer           = "216adef6-5c7f-47e4-b989-5492eafa07d3"
	allViewerExceptHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
	cachingDisabled     = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
)

// checkRecords: the name is an alias of the distribution, for A and AAAA.
func (w *world) checkRecords(spec setup.Spec, target string) {
	w.t.Helper()
	out, err := w.outside(spec.Account.Region).Route53().ListResourceRecordSets(w.t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: &spec.Domain.ZoneID})
	must(w.t, err)
	var got []string
	for _, s := range out.ResourceRecordSets {
		if aws.ToString(s.Name) == theName+"." && s.AliasTarget != nil {
			got = append(got, string(s.Type)+" "+strings.TrimSuffix(aws.ToString(s.AliasTarget.DNSName), ".")+" "+aws.ToString(s.AliasTarget.HostedZoneId))
		}
	}
	want := []string{"A " + target + " Z2FDTNDATAQYW2", "AAAA " + target + " Z2FDTNDATAQYW2"}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("records (want -, got +):\n%s", diff)
	}
}
