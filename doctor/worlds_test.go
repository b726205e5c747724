package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/miekg/dns"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/doctor"
	"apifront/probe"
	"apifront/setup"
)

const (
	hostName   = "api.example.com"
	exceptHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac" // AllViewerExceptHostHeader
	neighbour  = "999900001111"                         // another account
)

// A clinic is a world with a name in it, for the doctor.
type clinic struct {
	t *testing.T
	world
	zone, api, edge, regional, target, distribution string

	forwarded *cftypes.ForwardedValues // in the place of policies
	policy    string                   // origin request policy; "": AllViewer
	origin    string                   // "": the target of the custom domain
	path      string                   // OriginPath
	protocol  cftypes.OriginProtocolPolicy
	alias     string // "": the name
	domain    string // custom domain; "": the name
	routing   agtypes.RoutingMode
	mapped    string // base path
	endpoint  agtypes.EndpointType

	http       bool   // the API is an HTTP API
	stranger   string // distribution of another account
	edgeTarget string // of an edge-optimised custom domain
	neighbours *cloud.Account
}

// must ends the test at an error.
func (c *clinic) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// certificate is an issued certificate of a region, with its validation record.
func (c *clinic) certificate(region string, names ...string) string {
	arn := c.sim.AddCertificate(accountID, region, sim.Certificate{Names: names})
	out, err := c.account.ACM(region).DescribeCertificate(c.t.Context(), &acm.DescribeCertificateInput{CertificateArn: &arn})
	c.must(err)
	for _, o := range out.Certificate.DomainValidationOptions {
		if r := o.ResourceRecord; r != nil {
			c.sim.AddRecord(c.zone, strings.TrimSuffix(aws.ToString(r.Name), "."), "CNAME", 300, aws.ToString(r.Value))
		}
	}
	return arn
}

// custom makes the custom domain with a mapping.
func (c *clinic) custom(region string) {
	a, err := c.account.In(region)
	c.must(err)
	name := c.domain
	if name == "" {
		name = hostName
	}
	in := &apigateway.CreateDomainNameInput{DomainName: &name, SecurityPolicy: agtypes.SecurityPolicyTls12, EndpointConfiguration: &agtypes.EndpointConfiguration{Types: []agtypes.EndpointType{c.endpoint}}}
	if c.endpoint == agtypes.EndpointTypeEdge {
		in.CertificateArn = &c.edge
	} else {
		in.RegionalCertificateArn = &c.regional
	}
	out, err := a.APIGateway().CreateDomainName(c.t.Context(), in)
	c.must(err)
	c.target = aws.ToString(out.RegionalDomainName)
	if c.endpoint == agtypes.EndpointTypeEdge {
		c.target = aws.ToString(out.DistributionDomainName)
	}
	time.Sleep(time.Hour)
	path := c.mapped
	if path == "" {
		path = "(none)"
	}
	if c.http {
		_, err = a.APIGatewayV2().CreateApiMapping(c.t.Context(), &apigatewayv2.CreateApiMappingInput{DomainName: &name, ApiMappingKey: &c.mapped, ApiId: &c.api, Stage: aws.String("prod")})
	} else {
		_, err = a.APIGateway().CreateBasePathMapping(c.t.Context(), &apigateway.CreateBasePathMappingInput{DomainName: &name, BasePath: &path, RestApiId: &c.api, Stage: aws.String("prod")})
	}
	c.must(err)
	if c.routing != "" {
		_, err = a.APIGateway().UpdateDomainName(c.t.Context(), &apigateway.UpdateDomainNameInput{DomainName: &name, PatchOperations: []agtypes.PatchOperation{
			{Op: agtypes.OpReplace, Path: aws.String("/routingMode"), Value: aws.String(string(c.routing))},
		}})
		c.must(err)
		time.Sleep(time.Hour)
	}
	time.Sleep(time.Minute)
}

// front makes the distribution, in the account of a.
func (c *clinic) front(a *cloud.Account, certificate string) {
	origin, alias, protocol := c.origin, c.alias, c.protocol
	if origin == "" {
		origin = c.target
	}
	if alias == "" {
		alias = hostName
	}
	if protocol == "" {
		protocol = cftypes.OriginProtocolPolicyHttpsOnly
	}
	behavior := &cftypes.DefaultCacheBehavior{
		TargetOriginId: aws.String("o"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyRedirectToHttps,
		AllowedMethods: &cftypes.AllowedMethods{
			Quantity: aws.Int32(7), Items: cftypes.Method("").Values(), CachedMethods: &cftypes.CachedMethods{Quantity: aws.Int32(2), Items: []cftypes.Method{"GET", "HEAD"}},
		},
	}
	if c.forwarded != nil {
		//lint:ignore SA1019 older distributions have nothing else
		behavior.ForwardedValues, behavior.MinTTL, behavior.DefaultTTL, behavior.MaxTTL = c.forwarded, aws.Int64(0), aws.Int64(0), aws.Int64(0) //nolint:staticcheck // as above
	} else {
		behavior.CachePolicyId = aws.String(setup.PolicyCachingDisabled)
		behavior.OriginRequestPolicyId = aws.String(setup.PolicyAllViewer)
		if c.policy != "" {
			behavior.OriginRequestPolicyId = &c.policy
		}
	}
	shows, names := &cftypes.ViewerCertificate{
		ACMCertificateArn: &certificate, SSLSupportMethod: cftypes.SSLSupportMethodSniOnly, MinimumProtocolVersion: cftypes.MinimumProtocolVersionTLSv122021,
	}, []string{alias}
	if certificate == "" { // then it can have no name
		shows, names = &cftypes.ViewerCertificate{CloudFrontDefaultCertificate: aws.Bool(true)}, nil
	}
	out, err := a.CloudFront().CreateDistribution(c.t.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{
		CallerReference: aws.String(alias), Comment: aws.String(""), Enabled: aws.Bool(true), IsIPV6Enabled: aws.Bool(true),
		Aliases: &cftypes.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names},
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{
			Id: aws.String("o"), DomainName: &origin, OriginPath: &c.path,
			CustomOriginConfig: &cftypes.CustomOriginConfig{
				HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: protocol,
				OriginSslProtocols: &cftypes.OriginSslProtocols{Quantity: aws.Int32(1), Items: []cftypes.SslProtocol{cftypes.SslProtocolTLSv12}},
			},
		}}},
		DefaultCacheBehavior: behavior, ViewerCertificate: shows,
	}})
	c.must(err)
	c.distribution = aws.ToString(out.Distribution.DomainName)
	time.Sleep(time.Hour)
}

// leads makes the record of the name.
func (c *clinic) leads(kind, value string) {
	c.sim.AddRecord(c.zone, hostName, kind, 60, value)
	time.Sleep(time.Hour)
}

// whole makes all that there should be.
func (c *clinic) whole() {
	c.custom("eu-west-1")
	c.front(c.account, c.edge)
	c.leads("CNAME", c.distribution+".")
}

// other is the account of somebody else.
func (c *clinic) other() *cloud.Account {
	key := c.sim.AddAccount(neighbour, "eve")
	other := cloud.New(cloud.Settings{HTTPClient: c.sim.Client(), Endpoint: "http://aws.test", Credentials: awscredentials.NewStaticCredentialsProvider(key.ID, key.Secret, "")})
	a, err := other.Open(c.t.Context(), setup.DefaultConnection, "eu-west-1", "", nil)
	c.must(err)
	return a
}

// ask is one diagnosis, with an account or without.
func (c *clinic) ask(name, path string, inside bool) (setup.DiagnosisBody, []setup.DoctorLook) {
	return c.askWith(setup.TypedKey{}, name, path, inside)
}

// askWith is ask with a key that somebody typed.
func (c *clinic) askWith(key setup.TypedKey, name, path string, inside bool) (setup.DiagnosisBody, []setup.DoctorLook) {
	q := doctor.Question{Name: name, Path: path, Prober: c.prober(), Key: key}
	if inside {
		q.Open = func(_ context.Context, region string, _ setup.Recorder) (*cloud.Account, error) {
			if region == "" {
				region = "eu-west-1"
			}
			return c.account.In(region)
		}
	}
	var seen []setup.DoctorLook
	b := doctor.Diagnose(c.t.Context(), q, func(l setup.DoctorLook) { seen = append(seen, l) })
	return b, seen
}

// settingsOf are the settings of findings or of remarks, in their order.
func settingsOf(b setup.DiagnosisBody, remarks bool) string {
	var list []string
	for _, f := range b.Findings {
		if f.Beside == remarks {
			list = append(list, string(f.Setting))
		}
	}
	return strings.Join(list, " ")
}

// Worlds that no job made: what the doctor says of each, with an account and without,
// what it names, and nothing else. It writes nothing.
func TestWorlds(t *testing.T) {
	t.Parallel()
	both := func(v setup.Verdict) [2]setup.Verdict { return [2]setup.Verdict{v, v} }
	for _, tt := range []struct {
		what    string
		made    func(*clinic)
		path    string
		want    [2]setup.Verdict // with an account, and without
		wrong   string           // with an account
		remarks string
		bare    string // without; the alternatives are in open
		open    string // settings among the alternatives without an account
		says    string // in the text with an account
	}{
		{what: "healthy", made: (*clinic).whole, want: both(setup.VerdictHealthy), says: "orders-api"},
		{what: "wildcards everywhere", want: both(setup.VerdictHealthy), made: func(c *clinic) {
			c.alias, c.domain = "*.example.com", "*.example.com"
			c.edge, c.regional = c.certificate(setup.EdgeRegion, "*.example.com"), c.certificate("eu-west-1", "*.example.com")
			c.whole()
		}},
		{what: "the custom domain is in a region that no setting says", want: both(setup.VerdictHealthy), made: func(c *clinic) {
			c.regional = c.certificate("ap-southeast-2", hostName)
			c.api = c.sim.AddAPI(accountID, "ap-southeast-2", sim.API{Name: "orders-api", Kind: "REST", Stages: []string{"prod"}})
			c.custom("ap-southeast-2")
			c.front(c.account, c.edge)
			c.leads("CNAME", c.distribution+".")
		}},
		{what: "ForwardedValues with a Host whitelist", want: [2]setup.Verdict{setup.VerdictRemarks, setup.VerdictHealthy}, remarks: "forwarding", made: func(c *clinic) {
			c.forwarded = legacy("Host", "Authorization")
			c.whole()
		}},
		{what: "ForwardedValues without Host", want: [2]setup.Verdict{setup.VerdictWrong, setup.VerdictUnsure}, wrong: "host-header", remarks: "forwarding", open: "host-header", made: func(c *clinic) {
			c.forwarded = legacy("Authorization")
			c.whole()
		}},
		{what: "AllViewerExceptHostHeader", want: [2]setup.Verdict{setup.VerdictWrong, setup.VerdictUnsure}, wrong: "host-header", open: "host-header mapping api-access", made: func(c *clinic) {
			c.policy = exceptHost
			c.whole()
		}},
		{what: "plain HTTP to the origin, and the stage before each path", want: [2]setup.Verdict{setup.VerdictWrong, setup.VerdictUnsure}, wrong: "origin-protocol origin-path", open: "origin-protocol", made: func(c *clinic) {
			c.protocol, c.path = cftypes.OriginProtocolPolicyHttpOnly, "/prod"
			c.whole()
		}},
		{what: "routing rules alone", want: [2]setup.Verdict{setup.VerdictWrong, setup.VerdictUnsure}, wrong: "routing-mode", open: "mapping", made: func(c *clinic) {
			c.routing = agtypes.RoutingModeRoutingRuleOnly
			c.whole()
		}},
		{what: "a path that is not mapped", path: "/orders", want: [2]setup.Verdict{setup.VerdictWrong, setup.VerdictUnsure}, wrong: "mapping", open: "mapping", made: func(c *clinic) {
			c.mapped = "catalog"
			c.whole()
		}},
		{what: "a path below a mapping", path: "/catalog/1", want: both(setup.VerdictHealthy), made: func(c *clinic) {
			c.mapped = "catalog"
			c.whole()
		}},
		{what: "the API's own name as origin", want: [2]setup.Verdict{setup.VerdictRemarks, setup.VerdictHealthy}, remarks: "origin-domain", made: func(c *clinic) {
			c.origin, c.path, c.policy = c.api+".execute-api.eu-west-1.amazonaws.com", "/prod", exceptHost
			c.front(c.account, c.edge)
			c.leads("CNAME", c.distribution+".")
		}},
		{what: "an edge-optimised custom domain", want: [2]setup.Verdict{setup.VerdictRemarks, setup.VerdictHealthy}, remarks: "custom-domain", made: func(c *clinic) {
			c.endpoint = agtypes.EndpointTypeEdge
			c.custom("eu-west-1")
			c.leads("CNAME", c.target+".")
		}},
		{what: "past CloudFront", want: both(setup.VerdictPastCloudFront), says: "eu-west-1", made: func(c *clinic) {
			c.custom("eu-west-1")
			c.leads("CNAME", c.target+".")
		}},
		{what: "another account has the distribution", want: both(setup.VerdictUnsure), open: "host-header mapping", made: func(c *clinic) {
			a := c.other()
			cert := c.sim.AddCertificate(neighbour, setup.EdgeRegion, sim.Certificate{Names: []string{hostName}})
			c.origin, c.policy = "d-abcdefghij.execute-api.eu-west-1.amazonaws.com", exceptHost
			c.custom("eu-west-1")
			c.origin = c.target
			c.front(a, cert)
			c.leads("CNAME", c.distribution+".")
		}},
		{what: "an nginx", want: both(setup.VerdictStranger), says: "nginx", made: func(c *clinic) {
			c.must(c.sim.AddSite(sim.Site{Names: []string{"old.hosting.test", hostName}, Like: "nginx"}))
			c.leads("CNAME", "old.hosting.test.")
		}},
		{what: "a bucket behind CloudFront", want: both(setup.VerdictStranger), says: "AmazonS3", made: func(c *clinic) {
			c.must(c.sim.AddSite(sim.Site{Names: []string{"bucket.hosting.test", hostName}, Like: "s3"}))
			c.origin = "bucket.hosting.test"
			c.front(c.account, c.edge)
			c.leads("CNAME", c.distribution+".")
		}},
		{what: "no such name", want: both(setup.VerdictNoName), says: "example.com", made: func(*clinic) {}},
		{what: "a private address", want: both(setup.VerdictPrivate), says: "10.0.4.17", made: func(c *clinic) { c.leads("A", "10.0.4.17") }},
		{what: "a hosted zone to which nobody leads", want: [2]setup.Verdict{setup.VerdictNotDelegated, setup.VerdictNoName}, says: "ns-", made: func(c *clinic) {
			c.leads("A", "192.0.2.1")
			c.sim.Delegate("example.com")
			time.Sleep(72 * time.Hour)
		}},
		{what: "a hosted zone that was made again", want: both(setup.VerdictNotDelegated), wrong: "delegation", bare: "delegation", says: "ns1.lame.example", made: func(c *clinic) {
			c.leads("A", "192.0.2.1")
			c.sim.AddNameServer("ns1.lame.example")
			c.sim.Delegate("example.com", "ns1.lame.example")
			time.Sleep(72 * time.Hour)
		}},
		{what: "no DNS server answers", want: both(setup.VerdictCouldNot), made: func(c *clinic) {
			c.settings.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no way out") }
		}},
		{what: "a resolver that knows no name of the Internet", want: both(setup.VerdictCouldNot), made: func(c *clinic) { c.settings.Dial = closedDNS }},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := &clinic{t: t, world: newWorld(t, 1), endpoint: agtypes.EndpointTypeRegional}
				defer c.sim.Close()
				c.zone = c.sim.AddZone(accountID, "example.com")
				c.api = c.sim.AddAPI(accountID, "eu-west-1", sim.API{Name: "orders-api", Kind: "REST", Stages: []string{"prod"}})
				c.edge, c.regional = c.certificate(setup.EdgeRegion, hostName), c.certificate("eu-west-1", hostName)
				tt.made(c)
				writes := len(c.sim.Writes())
				for i, inside := range []bool{true, false} {
					c.calls.forget()
					b, seen := c.ask(hostName, tt.path, inside)
					wrong, remarks := tt.wrong, tt.remarks
					if !inside {
						wrong, remarks = tt.bare, ""
					}
					if b.Verdict != tt.want[i] || settingsOf(b, false) != wrong || settingsOf(b, true) != remarks {
						t.Errorf("inside %v: %s, wrong %q, remarks %q; want %s, %q, %q\n%s\n%+v", inside, b.Verdict, settingsOf(b, false), settingsOf(b, true), tt.want[i], wrong, remarks, b.Text, b.Looks)
					}
					if inside && !strings.Contains(b.Text, tt.says) {
						t.Errorf("%q is not said: %s", tt.says, b.Text)
					}
					var open []string
					for _, a := range b.Either {
						open = append(open, string(a.Setting))
					}
					for _, s := range strings.Fields(tt.open) {
						if !inside && !slices.Contains(open, s) {
							t.Errorf("%s is not among %v", s, open)
						}
					}
					needs := slices.ContainsFunc(b.Needs, func(n setup.Need) bool { return n.Kind == setup.NeedConnection })
					if unneeded := b.Verdict == setup.VerdictPrivate || b.Verdict == setup.VerdictCouldNot; !inside && needs == unneeded {
						t.Errorf("without an account it needs %+v", b.Needs)
					}
					if (b.AccountID == accountID) != inside || b.Calls != 0 && !inside {
						t.Errorf("account %q, %d calls", b.AccountID, b.Calls)
					}
					told(t, b, seen)
					if (b.Verdict == setup.VerdictHealthy || b.Verdict == setup.VerdictRemarks) && b.Took > 3*time.Second {
						t.Errorf("it took %s", b.Took)
					}
					if b.Verdict == setup.VerdictPrivate {
						if called := c.calls.services("https"); called > 0 {
							t.Errorf("%d requests to a private address", called)
						}
					}
				}
				if made := c.sim.Writes()[writes:]; len(made) > 0 {
					t.Errorf("the doctor wrote: %v", made)
				}
				time.Sleep(time.Minute) // for answers that nobody waits for any more
			})
		})
	}
}

// told checks that each look was told as it began and ended, and is as it was told last.
func told(t *testing.T, b setup.DiagnosisBody, seen []setup.DoctorLook) {
	t.Helper()
	last := map[setup.DoctorLookID]setup.DoctorLook{}
	for _, l := range seen {
		last[l.ID] = l
	}
	for i, l := range b.Looks {
		if l.ID != doctor.Looks()[i].ID || fmt.Sprint(last[l.ID]) != fmt.Sprint(l) {
			t.Errorf("told was %+v, and it is %+v", last[l.ID], l)
		}
		if l.State == setup.DoctorWaiting || l.State == setup.DoctorLooking || l.Text == "" {
			t.Errorf("it has not ended: %+v", l)
		}
	}
}

// closedDNS is the network of a machine that reaches its own resolver alone, which says
// of every name that there is none.
func closedDNS(_ context.Context, _, address string) (net.Conn, error) {
	if address != "127.0.0.1:53" {
		return nil, errors.New("no way out")
	}
	client, server := net.Pipe()
	go func() {
		conn := &dns.Conn{Conn: server}
		defer func() { _ = conn.Close() }()
		if m, err := conn.ReadMsg(); err == nil {
			_ = conn.WriteMsg(new(dns.Msg).SetRcode(m, dns.RcodeNameError))
		}
	}()
	return client, nil
}

// legacy are cache settings of old, which pass headers on and keep nothing.
func legacy(headers ...string) *cftypes.ForwardedValues {
	return &cftypes.ForwardedValues{
		QueryString: aws.Bool(true), Cookies: &cftypes.CookiePreference{Forward: cftypes.ItemSelectionAll},
		Headers: &cftypes.Headers{Quantity: aws.Int32(int32(len(headers))), Items: headers},
	}
}

// A diagnosis that is stopped says what was done until then.
func TestStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &clinic{t: t, world: newWorld(t, 1), endpoint: agtypes.EndpointTypeRegional}
		defer c.sim.Close()
		c.zone = c.sim.AddZone(accountID, "example.com")
		c.leads("A", "192.0.2.77")
		ctx, stop := context.WithCancel(t.Context())
		b := doctor.Diagnose(ctx, doctor.Question{Name: hostName, Prober: probe.New(c.settings, nil)}, func(l setup.DoctorLook) {
			if l.ID == setup.DoctorDelegation && l.State == setup.DoctorRight {
				stop()
			}
		})
		if b.Verdict != setup.VerdictStopped || b.Looks[0].State != setup.DoctorRight || b.Looks[3].State != setup.DoctorUnasked || !strings.Contains(b.Text, "1 of 11") {
			t.Errorf("%s %s %+v", b.Verdict, b.Text, b.Looks)
		}
		time.Sleep(time.Minute)
	})
}
