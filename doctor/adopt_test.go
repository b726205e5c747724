package doctor_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

// inClinic does something in a clinic with a zone, an API and two certificates.
func inClinic(t *testing.T, do func(*clinic)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &clinic{t: t, world: newWorld(t, 1), endpoint: agtypes.EndpointTypeRegional}
		defer c.sim.Close()
		c.zone = c.sim.AddZone(accountID, "example.com")
		c.api = c.sim.AddAPI(accountID, "eu-west-1", sim.API{Name: "orders-api", Kind: "REST", Stages: []string{"prod"}})
		c.edge, c.regional = c.certificate(setup.EdgeRegion, hostName), c.certificate("eu-west-1", hostName)
		do(c)
		time.Sleep(time.Minute) // for answers that nobody waits for any more
	})
}

// aliases makes alias records of the name to the distribution.
func (c *clinic) aliases(kinds ...r53types.RRType) {
	var changes []r53types.Change
	for _, k := range kinds {
		changes = append(changes, r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String(hostName), Type: k,
			AliasTarget: &r53types.AliasTarget{DNSName: aws.String(c.distribution), HostedZoneId: aws.String("Z2FDTNDATAQYW2")},
		}})
	}
	_, err := c.account.Route53().ChangeResourceRecordSets(c.t.Context(), &route53.ChangeResourceRecordSetsInput{HostedZoneId: &c.zone, ChangeBatch: &r53types.ChangeBatch{Changes: changes}})
	c.must(err)
	time.Sleep(time.Hour)
}

// change changes the distribution.
func (c *clinic) change(do func(*cftypes.DistributionConfig)) {
	all, err := c.account.Distributions(c.t.Context())
	c.must(err)
	d, err := c.account.CloudFront().GetDistributionConfig(c.t.Context(), &cloudfront.GetDistributionConfigInput{Id: &all[0].ID})
	c.must(err)
	do(d.DistributionConfig)
	_, err = c.account.CloudFront().UpdateDistribution(c.t.Context(), &cloudfront.UpdateDistributionInput{Id: &all[0].ID, IfMatch: d.ETag, DistributionConfig: d.DistributionConfig})
	c.must(err)
	time.Sleep(time.Hour)
}

// tagged gives the distribution a tag.
func (c *clinic) tagged(key, value string) {
	all, err := c.account.Distributions(c.t.Context())
	c.must(err)
	d, err := c.account.CloudFront().GetDistribution(c.t.Context(), &cloudfront.GetDistributionInput{Id: &all[0].ID})
	c.must(err)
	_, err = c.account.CloudFront().TagResource(c.t.Context(), &cloudfront.TagResourceInput{Resource: d.Distribution.ARN, Tags: &cftypes.Tags{Items: []cftypes.Tag{{Key: &key, Value: &value}}}})
	c.must(err)
}

// What can be adopted of worlds that no job made, and what not with what to do. The
// reading writes nothing.
func TestAdoptable(t *testing.T) {
	t.Parallel()
	// What the console leaves as it is.
	const usual = "distribution/Comment distribution/Compress distribution/ErrorCachingMinTTL distribution/HttpVersion distribution/OriginReadTimeout"
	for _, tt := range []struct {
		what    string
		name    string // that is asked about; "": the usual one
		made    func(*clinic)
		none    bool     // there is nothing to adopt
		refused []string // why not, by the beginnings of sentences
		dns     string   // "elsewhere end", "route53 later", …
		differs string
		faults  string // of them, those that are proposed to be put right
		says    []string
	}{
		{what: "nothing of the name", made: func(c *clinic) { c.leads("A", "192.0.2.7") }, none: true},
		{what: "a CNAME in the zone", made: (*clinic).whole, dns: "elsewhere end", differs: usual, faults: "distribution/ErrorCachingMinTTL", says: []string{
			"Distribution", "Custom domain", "1 path mapping", "Certificate", "API", "orders-api",
		}},
		{what: "aliases", dns: "route53 end", differs: usual, made: func(c *clinic) {
			c.custom("eu-west-1")
			c.front(c.account, c.edge)
			c.aliases(r53types.RRTypeA, r53types.RRTypeAaaa)
		}, faults: "distribution/ErrorCachingMinTTL", says: []string{"2 DNS records", "Hosted zone"}},
		{what: "an alias without AAAA", dns: "route53 end", differs: usual + " dns/AAAA", made: func(c *clinic) {
			c.custom("eu-west-1")
			c.front(c.account, c.edge)
			c.aliases(r53types.RRTypeA)
		}, faults: "distribution/ErrorCachingMinTTL", says: []string{"1 DNS record"}},
		{what: "a domain alone", dns: "route53 later", made: func(c *clinic) {
			c.custom("eu-west-1")
			c.leads("CNAME", c.target+".")
		}},
		{what: "a distribution to which nobody leads", dns: "route53 later", differs: usual, faults: "distribution/ErrorCachingMinTTL", made: func(c *clinic) {
			c.custom("eu-west-1")
			c.front(c.account, c.edge)
			c.leads("A", "192.0.2.7")
		}},
		{what: "Host is not passed on", dns: "elsewhere end", differs: usual + " distribution/OriginRequestPolicyId", made: func(c *clinic) {
			c.policy = exceptHost
			c.whole()
		}, faults: "distribution/ErrorCachingMinTTL distribution/OriginRequestPolicyId"},
		{what: "faults of the origin", dns: "elsewhere end", differs: usual + " distribution/OriginPath distribution/OriginProtocolPolicy", made: func(c *clinic) {
			c.protocol, c.path = cftypes.OriginProtocolPolicyHttpOnly, "/prod"
			c.whole()
		}, faults: "distribution/ErrorCachingMinTTL distribution/OriginPath distribution/OriginProtocolPolicy"},
		{what: "legacy cache settings", dns: "elsewhere end", differs: usual + " distribution/CachePolicyId", faults: "distribution/ErrorCachingMinTTL", made: func(c *clinic) {
			c.forwarded = legacy("Host", "Authorization")
			c.whole()
		}},
		{what: "tags of Terraform", dns: "elsewhere end", differs: usual, faults: "distribution/ErrorCachingMinTTL", made: func(c *clinic) {
			c.whole()
			c.tagged("ManagedBy", "terraform")
		}, says: []string{"Terraform", "terraform state rm aws_cloudfront_distribution.NAME"}},
		{what: "logs and other names", dns: "elsewhere end", differs: usual, faults: "distribution/ErrorCachingMinTTL", made: func(c *clinic) {
			c.edge = c.certificate(setup.EdgeRegion, hostName, "more.example.com")
			c.whole()
			c.change(func(d *cftypes.DistributionConfig) {
				d.Logging = &cftypes.LoggingConfig{Enabled: aws.Bool(true), IncludeCookies: aws.Bool(false), Bucket: aws.String("harborview-logs.s3.amazonaws.com"), Prefix: aws.String("")}
				d.Aliases.Items, d.Aliases.Quantity = append(d.Aliases.Items, "more.example.com"), aws.Int32(2)
			})
		}, says: []string{"Log bucket", "harborview-logs", "1 other name: more.example.com", "only " + hostName + " is taken off"}},
		{what: "its name is on a distribution of many names", made: func(c *clinic) {
			c.custom("eu-west-1")
			c.must(c.sim.AddSite(sim.Site{Names: []string{"www.hosting.test"}}))
			c.origin, c.alias = "www.hosting.test", "*.example.com"
			c.front(c.account, c.certificate(setup.EdgeRegion, "*.example.com"))
			c.leads("CNAME", c.target+".")
		}, dns: "route53 later"},

		{what: "a wildcard", name: "*.example.com", made: func(c *clinic) {
			c.alias, c.domain = "*.example.com", "*.example.com"
			c.edge, c.regional = c.certificate(setup.EdgeRegion, "*.example.com"), c.certificate("eu-west-1", "*.example.com")
			c.custom("eu-west-1")
			c.front(c.account, c.edge)
			c.sim.AddRecord(c.zone, "*.example.com", "CNAME", 60, c.distribution+".")
			time.Sleep(time.Hour)
		}, dns: "elsewhere end", differs: usual, faults: "distribution/ErrorCachingMinTTL"},
		{what: "a wildcard to which nobody leads", name: "*.example.com", made: func(c *clinic) {
			c.alias, c.domain = "*.example.com", "*.example.com"
			c.edge, c.regional = c.certificate(setup.EdgeRegion, "*.example.com"), c.certificate("eu-west-1", "*.example.com")
			c.whole() // the record of one name below it leads
		}, dns: "route53 later", differs: usual, faults: "distribution/ErrorCachingMinTTL"},
		{what: "a wildcard covers it", made: func(c *clinic) {
			c.alias, c.domain = "*.example.com", "*.example.com"
			c.edge, c.regional = c.certificate(setup.EdgeRegion, "*.example.com"), c.certificate("eu-west-1", "*.example.com")
			c.whole()
		}, refused: []string{"The custom domain is a wildcard"}},
		{what: "edge-optimised", made: func(c *clinic) {
			c.endpoint = agtypes.EndpointTypeEdge
			c.custom("eu-west-1")
			c.leads("CNAME", c.target+".")
		}, refused: []string{"The custom domain is edge-optimised"}},
		{what: "the API's own name", made: func(c *clinic) {
			c.origin, c.path, c.policy = c.api+".execute-api.eu-west-1.amazonaws.com", "/prod", exceptHost
			c.front(c.account, c.edge)
			c.leads("CNAME", c.distribution+".")
		}, refused: []string{"The distribution calls the API by its own name"}},
		{what: "another server", made: func(c *clinic) {
			c.must(c.sim.AddSite(sim.Site{Names: []string{"www.hosting.test"}}))
			c.custom("eu-west-1")
			c.origin = "www.hosting.test"
			c.front(c.account, c.edge)
			c.leads("CNAME", c.distribution+".")
		}, refused: []string{"The distribution leads elsewhere"}},
		{what: "routing rules alone, and somebody's tags", made: func(c *clinic) {
			c.routing = agtypes.RoutingModeRoutingRuleOnly
			c.whole()
			c.tagged("apifront:install", "another-1")
		}, refused: []string{"The custom domain uses routing rules only", "The distribution belongs to somebody"}},
		{what: "a path of its own", made: func(c *clinic) {
			c.whole()
			c.change(func(d *cftypes.DistributionConfig) {
				b := d.DefaultCacheBehavior
				d.CacheBehaviors = &cftypes.CacheBehaviors{Quantity: aws.Int32(1), Items: []cftypes.CacheBehavior{{
					PathPattern: aws.String("/static/*"), TargetOriginId: b.TargetOriginId, ViewerProtocolPolicy: b.ViewerProtocolPolicy, CachePolicyId: b.CachePolicyId,
					AllowedMethods: b.AllowedMethods, Compress: b.Compress, SmoothStreaming: aws.Bool(false), FieldLevelEncryptionId: aws.String(""),
					LambdaFunctionAssociations: &cftypes.LambdaFunctionAssociations{Quantity: aws.Int32(0)},
				}}}
			})
		}, refused: []string{"The distribution treats some paths differently"}},
		{what: "nothing mapped", made: func(c *clinic) {
			c.whole()
			_, err := c.account.APIGateway().DeleteBasePathMapping(c.t.Context(), &apigateway.DeleteBasePathMappingInput{DomainName: aws.String(hostName), BasePath: aws.String("(none)")})
			c.must(err)
		}, refused: []string{"Nothing is mapped on the custom domain"}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			inClinic(t, func(c *clinic) {
				tt.made(c)
				name, writes := hostName, len(c.sim.Writes())
				if tt.name != "" {
					name = tt.name
				}
				b, _ := c.ask(name, "", true)
				if made := c.sim.Writes()[writes:]; len(made) > 0 {
					t.Errorf("it wrote %v", made)
				}
				a := b.Adoption
				if a == nil || tt.none {
					if (a == nil) != tt.none {
						t.Errorf("adoption: %+v", a)
					}
					return
				}
				refusedFor(t, a, tt.refused)
				if len(tt.refused) > 0 {
					return
				}
				if got := a.Spec.Domain.DNS + " " + a.Spec.Domain.Switch; got != tt.dns {
					t.Errorf("DNS is %q, want %q", got, tt.dns)
				}
				var differs, faults []string
				for _, d := range a.Differs {
					differs = append(differs, d.Key)
					if !d.Keep {
						faults = append(faults, d.Key)
					}
				}
				if got := strings.Join(slices.Sorted(slices.Values(differs)), " "); got != strings.Join(slices.Sorted(slices.Values(strings.Fields(tt.differs))), " ") {
					t.Errorf("differs in %s, want %s", got, tt.differs)
				}
				if got := strings.Join(slices.Sorted(slices.Values(faults)), " "); got != tt.faults {
					t.Errorf("faults are %s, want %s", got, tt.faults)
				}
				words := fmt.Sprintf("%+v", *a)
				for _, s := range tt.says {
					if !strings.Contains(words, s) {
						t.Errorf("%q is not said: %s", s, words)
					}
				}
				for _, f := range a.Spec.Check(setup.Facts{Zones: setup.Known([]setup.Zone{{ID: c.zone, Name: "example.com", Delegated: true}})}).Of(setup.FaultStops, "") {
					t.Errorf("no answers of a setup: %+v", f)
				}
			})
		})
	}
}

// refusedFor checks why it is refused, and that each reason is whole.
func refusedFor(t *testing.T, a *setup.Adoption, want []string) {
	t.Helper()
	for _, p := range a.Refused {
		if p.What == "" || p.Why == "" || p.Fix == "" || !strings.HasSuffix(p.What, ".") {
			t.Errorf("incomplete: %+v", p)
		}
		if !slices.ContainsFunc(want, func(w string) bool { return strings.HasPrefix(p.What, w) }) {
			t.Errorf("refused: %+v", p)
		}
	}
	if len(a.Refused) != len(want) || len(want) > 0 && len(a.Spec.AsFound)+len(a.Resources)+len(a.Taken) > 0 {
		t.Errorf("refused for %+v, want %q", a.Refused, want)
	}
}

// The permissions that the document names are enough for all that the doctor reads, and
// each is used.
func TestDoctorPermissions(t *testing.T) {
	text, err := os.ReadFile("../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	_, sentence, ok := strings.Cut(string(text), "These permissions are enough: ")
	sentence, _, more := strings.Cut(sentence, ". ")
	var actions []string
	for _, m := range regexp.MustCompile("`([a-z0-9]+:[A-Za-z]+)`").FindAllStringSubmatch(sentence, -1) {
		actions = append(actions, m[1])
	}
	if !ok || !more || len(actions) < 8 {
		t.Fatalf("the document names %v", actions)
	}
	inClinic(t, func(c *clinic) {
		c.policy = exceptHost
		c.whole()
		ask := func(without string) *setup.Adoption {
			some := slices.DeleteFunc(slices.Clone(actions), func(a string) bool { return a == without })
			c.must(c.sim.SetPolicy(c.key, fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["%s"],"Resource":"*"}]}`, strings.Join(some, `","`))))
			b, _ := c.ask(hostName, "", true)
			return b.Adoption
		}
		if a := ask(""); a == nil || len(a.Refused) > 0 {
			t.Errorf("with all of them: %+v", a)
		}
		for _, action := range []string{"cloudfront:ListTagsForResource", "cloudfront:ListDistributions", "cloudfront:GetDistribution", "route53:ListHostedZones", "route53:GetHostedZone", "route53:ListResourceRecordSets"} {
			a := ask(action)
			if a == nil || len(a.Refused) != 1 || !strings.Contains(a.Refused[0].Fix+a.Refused[0].Why+a.Refused[0].Said, action) {
				t.Errorf("without %s: %+v", action, a)
			}
		}
	})
}
