//go:build outside

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/probe"
)

// A judged is a simulator that outside programs talk to over sockets. It does
// everything at once: the programs' own patience is what takes time.
type judged struct {
	t     testing.TB
	sim   *sim.Sim
	world sim.DemoWorld
	net   *sim.Listener
}

func newJudged(t testing.TB) *judged { return newPaced(t, sim.Pace{}) }

// newPaced is one whose simulator takes its time.
func newPaced(t testing.TB, pace sim.Pace) *judged {
	t.Helper()
	j := &judged{t: t, sim: sim.New(sim.Config{Pace: pace, Log: t.Logf})}
	j.world = j.sim.Demo()
	var err error
	if j.net, err = j.sim.Listen(t.Context(), sim.ListenConfig{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		j.net.Close()
		if t.Failed() {
			j.tell()
		}
	})
	return j
}

// tell writes down the calls that changed something or were refused.
func (j *judged) tell() {
	for _, c := range j.sim.Calls() {
		if c.Write || c.Status >= 400 || c.Status == 0 {
			j.t.Logf("%s %s %s %s: %d %s %s", c.At.Format("15:04:05.000"), c.Service, c.Region, c.Operation, c.Status, c.Code, c.Message)
		}
	}
}

// env leads AWS tools to the simulator and nowhere else.
func (j *judged) env(more ...string) []string {
	return append(append(quietEnv(),
		"AWS_ENDPOINT_URL="+j.net.AWSEndpoint,
		"AWS_ACCESS_KEY_ID="+j.world.KeyID, "AWS_SECRET_ACCESS_KEY="+j.world.Secret,
		"AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
	), more...)
}

// run runs an outside program to its end and returns what it said.
func (j *judged) run(cmd *exec.Cmd) string {
	j.t.Helper()
	began := time.Now()
	out, err := cmd.CombinedOutput()
	j.t.Logf("%v: %s", time.Since(began).Round(100*time.Millisecond), strings.Join(cmd.Args, " "))
	if err != nil {
		j.t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return string(out)
}

// config signs as the demo's user.
func (j *judged) config(region string) aws.Config {
	return aws.Config{
		Region: region, HTTPClient: j.sim.Client(),
		Credentials: credentials.NewStaticCredentialsProvider(j.world.KeyID, j.world.Secret, ""),
	}
}

// account is everything that the account has, one thing a line.
func (j *judged) account() []string {
	j.t.Helper()
	ctx := context.Background()
	state, err := json.MarshalIndent(j.sim.State(), "", " ")
	if err != nil {
		j.t.Fatal(err)
	}
	all := strings.Split(string(state), "\n")
	dns := route53.NewFromConfig(j.config("us-east-1"))
	zones, err := dns.ListHostedZones(ctx, &route53.ListHostedZonesInput{})
	if err != nil {
		j.t.Fatal(err)
	}
	for _, z := range zones.HostedZones {
		pages := route53.NewListResourceRecordSetsPaginator(dns, &route53.ListResourceRecordSetsInput{HostedZoneId: z.Id})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				j.t.Fatal(err)
			}
			for _, r := range page.ResourceRecordSets {
				line := fmt.Sprintf("%s: %s %s %d", *z.Id, *r.Name, r.Type, aws.ToInt64(r.TTL))
				for _, v := range r.ResourceRecords {
					line += " " + *v.Value
				}
				if r.AliasTarget != nil {
					line += " alias of " + *r.AliasTarget.DNSName
				}
				all = append(all, line)
			}
		}
	}
	cf := cloudfront.NewFromConfig(j.config("us-east-1"))
	cache, err := cf.ListCachePolicies(ctx, &cloudfront.ListCachePoliciesInput{Type: cftypes.CachePolicyTypeCustom})
	if err != nil {
		j.t.Fatal(err)
	}
	for _, p := range cache.CachePolicyList.Items {
		all = append(all, "cache policy "+*p.CachePolicy.Id)
	}
	origin, err := cf.ListOriginRequestPolicies(ctx, &cloudfront.ListOriginRequestPoliciesInput{Type: cftypes.OriginRequestPolicyTypeCustom})
	if err != nil {
		j.t.Fatal(err)
	}
	for _, p := range origin.OriginRequestPolicyList.Items {
		all = append(all, "origin request policy "+*p.OriginRequestPolicy.Id)
	}
	return all
}

// asFound says what is in the account that was not, and the other way round.
func (j *judged) asFound(before []string) {
	j.t.Helper()
	if diff := cmp.Diff(before, j.account()); diff != "" {
		j.t.Errorf("the account is not as it was found (-found +left):\n%s", diff)
	}
}

// api is the ID of an API of the demo's account.
func (j *judged) api(name string) string {
	j.t.Helper()
	id, ok := j.world.APIs[name]
	if !ok {
		j.t.Fatalf("the demo has no API %q", name)
	}
	return id
}

// visit asks for a page as a visitor does, by the public DNS.
func (j *judged) visit(url string) (probe.Response, error) {
	p := probe.New(probe.Settings{
		DNS: []string{j.net.DNS}, Port: j.net.ProbePort, CA: j.sim.CA(), AllowPrivate: true,
	}, nil)
	return p.Get(context.Background(), probe.Request{URL: url})
}

// answers fails the test unless the API answers through CloudFront.
func (j *judged) answers(name string) {
	j.t.Helper()
	got, err := j.visit("https://" + name + "/orders")
	if err != nil {
		j.t.Errorf("%s: %v", name, err)
		return
	}
	if got.Status != 200 || got.Header.Get("X-Cache") == "" || !slices.Contains(got.CertificateNames, name) {
		j.t.Errorf("%s answers %d, X-Cache %q, certificate %q: %s; want 200 through CloudFront with its certificate",
			name, got.Status, got.Header.Get("X-Cache"), got.CertificateNames, got.Body)
	}
}

// allModelled fails the test if calls were made that the simulator does not model.
func (j *judged) allModelled() {
	j.t.Helper()
	for _, c := range j.sim.Calls() {
		if c.Status >= 500 {
			j.t.Errorf("%s %s: %d %s %s", c.Service, c.Operation, c.Status, c.Code, c.Message)
		}
	}
}
