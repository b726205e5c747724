package worker_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

// stranger is another account that has a distribution with a name.
func (w *world) stranger(name string) (domain string) {
	w.t.Helper()
	key := w.sim.AddAccount("210987654321", "eve")
	c := cloud.New(cloud.Settings{HTTPClient: w.sim.Client(), Endpoint: "http://aws.test", Credentials: awscredentials.NewStaticCredentialsProvider(key.ID, key.Secret, "")})
	a, err := c.Open(w.t.Context(), setup.DefaultConnection, setup.EdgeRegion, "", nil)
	must(w.t, err)
	return w.distributionOf(a, name, w.sim.AddCertificate("210987654321", setup.EdgeRegion, sim.Certificate{Names: []string{name}}))
}

// distributionOf makes a distribution in an account, with a name or without.
func (w *world) distributionOf(a *cloud.Account, name, certificate string) (domain string) {
	w.t.Helper()
	c := &types.DistributionConfig{
		CallerReference: aws.String("of " + name + certificate), Comment: aws.String(""), Enabled: aws.Bool(true), Aliases: &types.Aliases{Quantity: aws.Int32(0)},
		Origins: &types.Origins{Quantity: aws.Int32(1), Items: []types.Origin{{Id: aws.String("o"), DomainName: aws.String("www.elsewhere.test"), CustomOriginConfig: &types.CustomOriginConfig{
			HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: types.OriginProtocolPolicyHttpsOnly,
		}}}},
		DefaultCacheBehavior: &types.DefaultCacheBehavior{TargetOriginId: aws.String("o"), ViewerProtocolPolicy: types.ViewerProtocolPolicyHttpsOnly, CachePolicyId: aws.String(setup.PolicyCachingDisabled)},
		ViewerCertificate:    &types.ViewerCertificate{ACMCertificateArn: &certificate, SSLSupportMethod: types.SSLSupportMethodSniOnly, MinimumProtocolVersion: types.MinimumProtocolVersionTLSv122021},
	}
	if name != "" {
		c.Aliases = &types.Aliases{Quantity: aws.Int32(1), Items: []string{name}}
	}
	out, err := a.CloudFront().CreateDistribution(w.t.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: c})
	must(w.t, err)
	return aws.ToString(out.Distribution.DomainName)
}

// Who has the name is known before the job starts: what the preflight names in red, the
// job meets as CNAMEAlreadyExists when it makes the distribution, and what it finds free
// is made. It says what the owner has to do.
func TestATakenNameIsKnownBeforeTheStart(t *testing.T) {
	spare := func(w *world) { // a certificate for the name, on a distribution without it
		w.distributionOf(w.outside(setup.EdgeRegion), "", w.sim.AddCertificate(w.demo.AccountID, setup.EdgeRegion, sim.Certificate{Names: []string{theName}}))
	}
	for _, tt := range []struct {
		what   string
		do     func(*world)
		result string
		title  string
		says   []string
	}{
		{"nobody has it, and CloudFront tells", spare, setup.CheckGood, "Nobody else has the name in CloudFront", []string{"all accounts"}},
		{"nobody here has it", func(*world) {}, setup.CheckGood, "Nobody is known to have the name", []string{"No distribution of the account has it", "regions is edge-optimised", "Of other accounts CloudFront tells only"}},
		{"another account has it", func(w *world) { w.stranger(theName); spare(w) }, setup.CheckBad, "Account 210987654321 has the name " + theName, []string{"Send the owner of account 210987654321 this", "Remove " + theName, "TXT record _" + theName}},
		{"an edge-optimised domain of another region", func(w *world) {
			_, err := w.outside("us-west-2").APIGateway().CreateDomainName(w.t.Context(), &apigateway.CreateDomainNameInput{
				DomainName: aws.String(theName), CertificateArn: aws.String(w.sim.AddCertificate(w.demo.AccountID, setup.EdgeRegion, sim.Certificate{Names: []string{theName}})),
				EndpointConfiguration: &agtypes.EndpointConfiguration{Types: []agtypes.EndpointType{agtypes.EndpointTypeEdge}},
			})
			must(w.t, err)
		}, setup.CheckBad, "API Gateway in us-west-2 has an edge-optimised custom domain", []string{"Choose the region us-west-2", "\"Move it\""}},
		{"DNS leads to a distribution of somebody", func(w *world) {
			w.sim.AddRecord(w.demo.Zones[theZone], theName, "CNAME", 60, w.stranger("other.elsewhere.test")+".")
		}, setup.CheckBad, "DNS leads " + theName + " to d", []string{"Lead the record elsewhere first"}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.draft(variant{rest: true})
				tt.do(w)
				before := len(w.sim.Writes())
				checks, problem := asked[[]setup.Check](w, setup.LookKey{Kind: setup.LookPreflight, Subject: s.ID})
				if n := len(w.sim.Writes()); n != before || problem != nil {
					t.Fatalf("it wrote %v, %+v", w.sim.Writes()[before:], problem)
				}
				c := find(checks, tt.title)
				text := c.Text + " " + c.Fix
				t.Log(c.Title, "|", text)
				if c.Result != tt.result || tt.result == setup.CheckBad && c.Fix == "" {
					t.Fatalf("%q is %q: %+v", tt.title, c.Result, checks)
				}
				for _, part := range tt.says {
					if !strings.Contains(text, part) {
						t.Errorf("%q is not in %s", part, text)
					}
				}
				red := slices.ContainsFunc(checks, func(c setup.Check) bool { return c.Result == setup.CheckBad })
				if red != (tt.result == setup.CheckBad) {
					t.Errorf("%+v", checks)
				}
				job := w.begin(setup.JobApply, s)
				if tt.result == setup.CheckGood {
					w.done(job)
					checks, _ = asked[[]setup.Check](w, setup.LookKey{Kind: setup.LookPreflight, Subject: s.ID})
					if c := find(checks, "The distribution of the setup has the name"); c.Result != setup.CheckGood {
						t.Errorf("once it is made: %+v", checks)
					}
					return
				}
				w.until(job, time.Now().Add(3*time.Hour))
				step, err := w.store.Steps(w.t.Context(), job)
				must(w.t, err)
				i := slices.IndexFunc(step, func(x setup.Step) bool { return x.Problem != nil })
				if i < 0 || step[i].ID != "distribution" || step[i].Problem.Code != "CNAMEAlreadyExists" {
					b, _ := json.Marshal(step)
					t.Fatalf("the job does not meet it: %s", b)
				}
				if p := step[i].Problem; !strings.HasPrefix(p.What, tt.title) || !strings.Contains(p.Fix, "re-run this step") || !slices.ContainsFunc(tt.says, func(s string) bool { return strings.Contains(p.Fix, s) }) {
					t.Errorf("the step does not say who has it: %+v", p)
				}
			})
		})
	}
}

// Without the permission the preflight says so and stops nothing.
func TestWhoHasTheNameMayNotBeKnown(t *testing.T) {
	inPacedWorld(t, sim.Pace{}, func(w *world) {
		s := w.draft(variant{rest: true})
		var documents []string
		for _, d := range policyOf(t, s) {
			var whole struct {
				Version   string
				Statement []map[string]any
			}
			must(t, json.Unmarshal([]byte(d), &whole))
			whole.Statement = slices.DeleteFunc(whole.Statement, func(st map[string]any) bool {
				b, _ := json.Marshal(st)
				return strings.Contains(string(b), "arn:aws:apigateway:*::/domainnames")
			})
			b, err := json.Marshal(whole)
			must(t, err)
			documents = append(documents, string(b))
		}
		must(t, w.sim.SetPolicy(w.demo.KeyID, append(documents, maySimulate)...))
		checks, problem := asked[[]setup.Check](w, setup.LookKey{Kind: setup.LookPreflight, Subject: s.ID})
		if c := find(checks, "Whether the name is taken could not be checked"); problem != nil || c.Result != setup.CheckUnknown || !strings.Contains(c.Text, "Custom domains in") || c.Fix == "" {
			t.Errorf("%+v %+v", c, checks)
		}
	})
}
