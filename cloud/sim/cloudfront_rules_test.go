package sim

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

// A mistake is one change to a good config, with what CloudFront says to it.
type mistake struct {
	name   string
	change func(*types.DistributionConfig)
	code   string // "" is no mistake after all
	text   string
}

// refuses tries every mistake at creation and at update.
func (w *cdn) refuses(t *testing.T, mistakes []mistake) {
	t.Helper()
	d, _ := w.create(t, w.recipe("api.example.com"))
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			c := w.recipe("new.example.com")
			c.CallerReference = aws.String(m.name)
			m.change(c)
			_, _, err := w.try(t, c)
			_, updateErr := w.update(t, *d.Id, m.change)
			if m.code == "" {
				if err != nil || updateErr != nil {
					t.Errorf("got %v, %v", err, updateErr)
				}
				return
			}
			wantCode(t, err, m.code)
			wantCode(t, updateErr, m.code)
			if m.text != "" {
				wantMessage(t, err, m.text)
			}
		})
	}
}

func first(c *types.DistributionConfig) *types.Origin { return &c.Origins.Items[0] }

func TestV17Quantities(t *testing.T) {
	t.Parallel()
	newCDN(Config{}).refuses(t, []mistake{
		{"aliases", func(c *types.DistributionConfig) { c.Aliases.Quantity = aws.Int32(2) }, "InconsistentQuantities", ""},
		{"origins", func(c *types.DistributionConfig) { c.Origins.Quantity = aws.Int32(0) }, "InconsistentQuantities", ""},
		{"cached methods", func(c *types.DistributionConfig) {
			c.DefaultCacheBehavior.AllowedMethods.CachedMethods.Quantity = aws.Int32(3)
		}, "InconsistentQuantities", ""},
		{"headers of an origin", func(c *types.DistributionConfig) { first(c).CustomHeaders.Quantity = aws.Int32(0) }, "InconsistentQuantities", ""},
		{"countries", func(c *types.DistributionConfig) {
			c.Restrictions = &types.Restrictions{GeoRestriction: &types.GeoRestriction{RestrictionType: "whitelist", Quantity: aws.Int32(1)}}
		}, "InconsistentQuantities", ""},
	})
}

func TestV18OriginsAndMethods(t *testing.T) {
	t.Parallel()
	methods := func(c *types.DistributionConfig, m ...types.Method) {
		c.DefaultCacheBehavior.AllowedMethods.Items, c.DefaultCacheBehavior.AllowedMethods.Quantity = m, aws.Int32(int32(len(m)))
	}
	custom := func(c *types.DistributionConfig) *types.CustomOriginConfig { return first(c).CustomOriginConfig }
	newCDN(Config{}).refuses(t, []mistake{
		{"port 22", func(c *types.DistributionConfig) { custom(c).HTTPSPort = aws.Int32(22) }, "InvalidArgument", "HTTPSPort"},
		{"protocol policy", func(c *types.DistributionConfig) { custom(c).OriginProtocolPolicy = "https" }, "InvalidArgument", "OriginProtocolPolicy"},
		{"TLS 1.3 to the origin", func(c *types.DistributionConfig) {
			custom(c).OriginSslProtocols.Items = []types.SslProtocol{"TLSv1.3"}
		}, "InvalidArgument", "OriginSslProtocols"},
		{"one method", func(c *types.DistributionConfig) { methods(c, "GET") }, "InvalidArgument", "AllowedMethods"},
		{"four methods", func(c *types.DistributionConfig) { methods(c, "GET", "HEAD", "OPTIONS", "POST") }, "InvalidArgument", "AllowedMethods"},
		{"GET and POST", func(c *types.DistributionConfig) { methods(c, "GET", "POST") }, "InvalidArgument", "AllowedMethods"},
		{"three methods", func(c *types.DistributionConfig) {
			methods(c, "HEAD", "OPTIONS", "GET")
			c.Aliases = &types.Aliases{Quantity: aws.Int32(0)}
		}, "", ""},
		{"cached but not allowed", func(c *types.DistributionConfig) {
			methods(c, "GET", "HEAD")
			cached := c.DefaultCacheBehavior.AllowedMethods.CachedMethods
			cached.Items, cached.Quantity = []types.Method{"GET", "HEAD", "OPTIONS"}, aws.Int32(3)
		}, "InvalidArgument", "CachedMethods"},
		{"no origin kind", func(c *types.DistributionConfig) { first(c).CustomOriginConfig = nil }, "InvalidOrigin", ""},
		{"a URL as origin", func(c *types.DistributionConfig) { first(c).DomainName = aws.String("https://a.example.com") }, "InvalidArgument", "domain name"},
		{"origin path", func(c *types.DistributionConfig) { first(c).OriginPath = aws.String("prod") }, "InvalidArgument", "OriginPath"},
		{"two of one ID", func(c *types.DistributionConfig) {
			c.Origins.Items, c.Origins.Quantity = append(c.Origins.Items, c.Origins.Items[0]), aws.Int32(2)
		}, "InvalidArgument", "unique"},
		{"viewer policy", func(c *types.DistributionConfig) { c.DefaultCacheBehavior.ViewerProtocolPolicy = "http" }, "InvalidArgument", "ViewerProtocolPolicy"},
		{"price class", func(c *types.DistributionConfig) { c.PriceClass = "PriceClass_300" }, "InvalidArgument", "PriceClass"},
		{"web ACL", func(c *types.DistributionConfig) {
			c.WebACLId = aws.String("arn:aws:wafv2:eu-west-1:1:regional/webacl/x")
		}, "InvalidWebACLId", ""},
		{"comment", func(c *types.DistributionConfig) { c.Comment = aws.String(strings.Repeat("a", 129)) }, "InvalidArgument", "Comment"},
	})
	w := newCDN(Config{})
	for name, doc := range map[string]string{ // the SDK would not send these
		"HTTPPort":             "<HTTPSPort>443</HTTPSPort><OriginProtocolPolicy>https-only</OriginProtocolPolicy>",
		"HTTPSPort":            "<HTTPPort>80</HTTPPort><OriginProtocolPolicy>https-only</OriginProtocolPolicy>",
		"OriginProtocolPolicy": "<HTTPPort>80</HTTPPort><HTTPSPort>443</HTTPSPort>",
	} {
		var c distributionConfig
		if _, err := decodeXML(&request{body: []byte(`<DistributionConfig><Origins><Quantity>1</Quantity><Items><Origin><Id>a</Id><DomainName>a.example.com</DomainName><CustomOriginConfig>` + doc +
			`</CustomOriginConfig></Origin></Items></Origins></DistributionConfig>`)}, "DistributionConfig", &c); err != nil {
			t.Fatal(err)
		}
		wantMessage(t, c.checkOrigins(), "The parameter "+name+" is required.")
	}
	missing := w.recipe()
	missing.DefaultCacheBehavior.TargetOriginId = aws.String("x")
	_, _, err := w.try(t, missing)
	wantCode(t, err, "NoSuchOrigin")
}

// setOld gives a value to a member that the SDK calls deprecated: AWS still
// takes it, so the simulator must, while linters keep its name out of code.
func setOld(of any, member string, value any) {
	reflect.ValueOf(of).Elem().FieldByName(member).Set(reflect.ValueOf(value))
}

func TestV19Policies(t *testing.T) {
	t.Parallel()
	behavior := func(c *types.DistributionConfig) *types.DefaultCacheBehavior { return c.DefaultCacheBehavior }
	legacy := func(c *types.DistributionConfig) {
		b := behavior(c)
		b.CachePolicyId, b.OriginRequestPolicyId = nil, nil
		setOld(b, "MinTTL", aws.Int64(0))
		setOld(b, "ForwardedValues", &types.ForwardedValues{QueryString: aws.Bool(true), Cookies: &types.CookiePreference{Forward: "all"}})
	}
	newCDN(Config{}).refuses(t, []mistake{
		{"both", func(c *types.DistributionConfig) {
			setOld(behavior(c), "ForwardedValues", &types.ForwardedValues{QueryString: aws.Bool(true), Cookies: &types.CookiePreference{Forward: "all"}})
		}, "InvalidArgument", "ForwardedValues cannot be used"},
		{"neither", func(c *types.DistributionConfig) {
			behavior(c).CachePolicyId, behavior(c).OriginRequestPolicyId = nil, nil
		}, "InvalidArgument", "ForwardedValues is required"},
		{"origin request policy alone", func(c *types.DistributionConfig) {
			legacy(c)
			behavior(c).OriginRequestPolicyId = aws.String("216adef6-5c7f-47e4-b989-5492eafa07d3")
		}, "InvalidArgument", "OriginRequestPolicyId"},
		{"TTL beside a policy", func(c *types.DistributionConfig) { setOld(behavior(c), "MaxTTL", aws.Int64(1)) }, "InvalidArgument", "MaxTTL"},
		{"unknown cache policy", func(c *types.DistributionConfig) { behavior(c).CachePolicyId = aws.String("x") }, "NoSuchCachePolicy", ""},
		{"unknown origin request policy", func(c *types.DistributionConfig) { behavior(c).OriginRequestPolicyId = aws.String("x") }, "NoSuchOriginRequestPolicy", ""},
		{"unknown response headers policy", func(c *types.DistributionConfig) { behavior(c).ResponseHeadersPolicyId = aws.String("x") }, "NoSuchResponseHeadersPolicy", ""},
		{"TTL order", func(c *types.DistributionConfig) {
			legacy(c)
			setOld(behavior(c), "MinTTL", aws.Int64(10))
			setOld(behavior(c), "MaxTTL", aws.Int64(5))
		}, "InvalidTTLOrder", ""},
		{"all headers with a TTL", func(c *types.DistributionConfig) {
			legacy(c)
			setOld(behavior(c), "MinTTL", aws.Int64(1))
			setOld(behavior(c), "ForwardedValues", &types.ForwardedValues{
				QueryString: aws.Bool(true), Cookies: &types.CookiePreference{Forward: "all"},
				Headers: &types.Headers{Quantity: aws.Int32(1), Items: []string{"*"}},
			})
		}, "InvalidArgument", "MinTTL must be 0"},
		{"legacy", func(c *types.DistributionConfig) {
			legacy(c)
			c.Aliases = &types.Aliases{Quantity: aws.Int32(0)}
		}, "", ""},
	})
}

func TestV20Viewer(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	alias := func(names ...string) func(*types.DistributionConfig) {
		return func(c *types.DistributionConfig) {
			c.Aliases = &types.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names}
		}
	}
	cert := func(arn string) func(*types.DistributionConfig) {
		return func(c *types.DistributionConfig) { c.ViewerCertificate.ACMCertificateArn = aws.String(arn) }
	}
	add := func(region string, c Certificate) string {
		if c.Names == nil {
			c.Names = []string{"*.example.com"}
		}
		return w.s.AddCertificate(ours, region, c)
	}
	const invalid = "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain."
	w.refuses(t, []mistake{
		{"upper case", alias("API.example.com"), "InvalidArgument", "CNAME"},
		{"trailing dot", alias("api.example.com."), "InvalidArgument", "CNAME"},
		{"twice", alias("x.example.com", "x.example.com"), "InvalidArgument", "more than once"},
		{"an address", alias("192.0.2.1"), "InvalidArgument", "CNAME"},
		{"CloudFront's own", alias("d111.cloudfront.net"), "InvalidArgument", "keeps for itself"},
		{"too many", func(c *types.DistributionConfig) {
			var names []string
			for i := range 101 {
				names = append(names, fmt.Sprintf("n%d.example.com", i))
			}
			alias(names...)(c)
		}, "TooManyDistributionCNAMEs", ""},
		{"no kind of certificate", func(c *types.DistributionConfig) { c.ViewerCertificate.ACMCertificateArn = nil }, "InvalidArgument", "Exactly one"},
		{"two kinds of certificate", func(c *types.DistributionConfig) {
			c.ViewerCertificate.CloudFrontDefaultCertificate = aws.Bool(true)
		}, "InvalidViewerCertificate", "You cannot specify more than one of"},
		{"static IPs", func(c *types.DistributionConfig) { c.ViewerCertificate.SSLSupportMethod = "static-ip" }, "NotModelled", ""},
		{"not covered", alias("a.b.example.com"), "InvalidViewerCertificate", "doesn't cover the alternate domain name (CNAME)"},
		{"no certificate", func(c *types.DistributionConfig) {
			c.ViewerCertificate = &types.ViewerCertificate{CloudFrontDefaultCertificate: aws.Bool(true)}
		}, "InvalidViewerCertificate", "you must attach a trusted certificate"},
		{"other region", cert(add("eu-west-1", Certificate{})), "InvalidViewerCertificate", invalid},
		{"not issued", cert(add("us-east-1", Certificate{Status: "PENDING_VALIDATION", IssuedAt: time.Now()})), "InvalidViewerCertificate", invalid},
		{"expired", cert(add("us-east-1", Certificate{NotAfter: time.Now().Add(-time.Hour)})), "InvalidViewerCertificate", invalid},
		{"other account", cert(w.s.AddCertificate(theirs, "us-east-1", Certificate{Names: []string{"*.example.com"}})), "InvalidViewerCertificate", invalid},
		{"no such", cert("arn:aws:acm:us-east-1:" + ours + ":certificate/x"), "InvalidViewerCertificate", invalid},
		{"P-384", cert(add("us-east-1", Certificate{Key: "EC_secp384r1"})), "InvalidViewerCertificate", "EC_secp384r1"},
		{"no SNI setting", func(c *types.DistributionConfig) { c.ViewerCertificate.SSLSupportMethod = "" }, "InvalidArgument", "SSLSupportMethod"},
		{"no such TLS floor", func(c *types.DistributionConfig) { c.ViewerCertificate.MinimumProtocolVersion = "TLSv9" }, "InvalidMinimumProtocolVersion", ""},
		{"SSLv3 with SNI", func(c *types.DistributionConfig) { c.ViewerCertificate.MinimumProtocolVersion = "SSLv3" }, "InvalidArgument", "SSLv3"},
		{"in IAM", func(c *types.DistributionConfig) {
			c.ViewerCertificate.ACMCertificateArn, c.ViewerCertificate.IAMCertificateId = nil, aws.String("x")
		}, "NotModelled", ""},
	})
	for i, key := range []string{"RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1"} {
		c := w.recipe(fmt.Sprintf("key%d.example.com", i))
		c.CallerReference = aws.String(key)
		c.ViewerCertificate.ACMCertificateArn = aws.String(add("us-east-1", Certificate{Key: key}))
		w.create(t, c)
	}
}

func TestV20IssuedButNotKnownYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newCDN(Config{Pace: Pace{IssuedLag: time.Minute}})
		w.cert = w.s.AddCertificate(ours, "us-east-1", Certificate{Names: []string{"*.example.com"}, IssuedAt: time.Now()})
		c := w.recipe("api.example.com")
		_, _, err := w.try(t, c)
		wantCode(t, err, "InvalidViewerCertificate")
		time.Sleep(time.Minute)
		w.create(t, c)
	})
}

func TestV23HeadersAndTimeouts(t *testing.T) {
	t.Parallel()
	header := func(name string) func(*types.DistributionConfig) {
		return func(c *types.DistributionConfig) { first(c).CustomHeaders.Items[0].HeaderName = aws.String(name) }
	}
	custom := func(change func(*types.CustomOriginConfig)) func(*types.DistributionConfig) {
		return func(c *types.DistributionConfig) { change(first(c).CustomOriginConfig) }
	}
	newCDN(Config{}).refuses(t, []mistake{
		{"Host", header("Host"), "InvalidArgument", "Host"},
		{"X-Amz", header("X-Amz-Date"), "InvalidArgument", "X-Amz-Date"},
		{"X-Edge", header("x-edge-location"), "InvalidArgument", "x-edge-location"},
		{"Via", header("via"), "InvalidArgument", "via"},
		{"Proxy", header("Proxy-Anything"), "InvalidArgument", "Proxy-Anything"},
		{"read timeout 0", custom(func(o *types.CustomOriginConfig) { o.OriginReadTimeout = aws.Int32(0) }), "InvalidOriginReadTimeout", ""},
		{"read timeout 121", custom(func(o *types.CustomOriginConfig) { o.OriginReadTimeout = aws.Int32(121) }), "InvalidOriginReadTimeout", ""},
		{"keep-alive 121", custom(func(o *types.CustomOriginConfig) { o.OriginKeepaliveTimeout = aws.Int32(121) }), "InvalidOriginKeepaliveTimeout", ""},
		{"four attempts", func(c *types.DistributionConfig) { first(c).ConnectionAttempts = aws.Int32(4) }, "InvalidArgument", "ConnectionAttempts"},
		{"connection timeout", func(c *types.DistributionConfig) { first(c).ConnectionTimeout = aws.Int32(11) }, "InvalidArgument", "ConnectionTimeout"},
	})
}

// TestNotModelledConfig: what the edge does not evaluate is never accepted
// silently.
func TestNotModelledConfig(t *testing.T) {
	t.Parallel()
	newCDN(Config{}).refuses(t, []mistake{
		{"staging", func(c *types.DistributionConfig) { c.Staging = aws.Bool(true) }, "NotModelled", "continuous deployment"},
		{"functions", func(c *types.DistributionConfig) {
			c.DefaultCacheBehavior.FunctionAssociations = &types.FunctionAssociations{Quantity: aws.Int32(1), Items: []types.FunctionAssociation{{EventType: "viewer-request", FunctionARN: aws.String("arn")}}}
		}, "NotModelled", "functions"},
		{"origin mTLS", func(c *types.DistributionConfig) {
			first(c).CustomOriginConfig.OriginMtlsConfig = &types.OriginMtlsConfig{ClientCertificateArn: aws.String("arn")}
		}, "NotModelled", "mutual TLS"},
		{"tenants", func(c *types.DistributionConfig) { c.ConnectionMode = types.ConnectionModeTenantOnly }, "NotModelled", "multi-tenant"},
	})
}

func TestWebACL(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	d, etag := w.create(t, w.recipe())
	acl := "arn:aws:wafv2:us-east-1:" + ours + ":global/webacl/n/1"
	out, err := w.c.AssociateDistributionWebACL(t.Context(), &cloudfront.AssociateDistributionWebACLInput{Id: d.Id, IfMatch: &etag, WebACLArn: aws.String(acl)})
	if err != nil || *out.WebACLArn != acl || *out.ETag == etag {
		t.Fatalf("got %v %v", out, err)
	}
	if got, _ := w.get(t, *d.Id); *got.DistributionConfig.WebACLId != acl {
		t.Errorf("got %s", *got.DistributionConfig.WebACLId)
	}
	_, err = w.c.AssociateDistributionWebACL(t.Context(), &cloudfront.AssociateDistributionWebACLInput{Id: d.Id, IfMatch: &etag, WebACLArn: aws.String(acl)})
	wantCode(t, err, "PreconditionFailed")
	if _, err := w.c.DisassociateDistributionWebACL(t.Context(), &cloudfront.DisassociateDistributionWebACLInput{Id: d.Id}); err != nil {
		t.Error(err)
	}
	if got, _ := w.get(t, *d.Id); *got.DistributionConfig.WebACLId != "" {
		t.Errorf("got %s", *got.DistributionConfig.WebACLId)
	}
}
