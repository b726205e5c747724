package sim

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
)

// A cdn is CloudFront of one account, with a certificate for *.example.com.
type cdn struct {
	s    *Sim
	key  Key
	c    *cloudfront.Client
	cert string
	n    int
}

func newCDN(cfg Config) *cdn { return cdnOf(New(cfg), ours) }

func cdnOf(s *Sim, account string) *cdn {
	w := &cdn{s: s, key: s.AddAccount(account, "u")}
	w.c = cloudfront.NewFromConfig(sdk(s, "us-east-1", w.key))
	w.cert = s.AddCertificate(account, "us-east-1", Certificate{Names: []string{"*.example.com", "example.com"}})
	return w
}

// recipe is the config that apifront makes, with nothing wrong in it.
func (w *cdn) recipe(names ...string) *types.DistributionConfig {
	w.n++
	return &types.DistributionConfig{
		CallerReference: aws.String("ref-" + string(rune('0'+w.n))), Comment: aws.String("c"), Enabled: aws.Bool(true),
		Aliases: &types.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names},
		Origins: &types.Origins{Quantity: aws.Int32(1), Items: []types.Origin{{
			Id: aws.String("apigw"), DomainName: aws.String("d-abc.execute-api.eu-west-1.amazonaws.com"),
			CustomHeaders: &types.CustomHeaders{Quantity: aws.Int32(1), Items: []types.OriginCustomHeader{{HeaderName: aws.String("x-origin-verify"), HeaderValue: aws.String("s")}}},
			CustomOriginConfig: &types.CustomOriginConfig{
				HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: types.OriginProtocolPolicyHttpsOnly,
				OriginSslProtocols: &types.OriginSslProtocols{Quantity: aws.Int32(1), Items: []types.SslProtocol{types.SslProtocolTLSv12}},
				OriginReadTimeout:  aws.Int32(60),
			},
		}}},
		DefaultCacheBehavior: &types.DefaultCacheBehavior{
			TargetOriginId: aws.String("apigw"), ViewerProtocolPolicy: types.ViewerProtocolPolicyRedirectToHttps, Compress: aws.Bool(true),
			CachePolicyId: aws.String("4135ea2d-6df8-44a3-9df3-4b5a84be39ad"), OriginRequestPolicyId: aws.String("216adef6-5c7f-47e4-b989-5492eafa07d3"),
			AllowedMethods: &types.AllowedMethods{
				Quantity: aws.Int32(7), Items: []types.Method{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"},
				CachedMethods: &types.CachedMethods{Quantity: aws.Int32(2), Items: []types.Method{"GET", "HEAD"}},
			},
		},
		HttpVersion: types.HttpVersionHttp2and3, IsIPV6Enabled: aws.Bool(true), PriceClass: types.PriceClassPriceClassAll,
		ViewerCertificate: &types.ViewerCertificate{
			ACMCertificateArn: aws.String(w.cert), SSLSupportMethod: types.SSLSupportMethodSniOnly, MinimumProtocolVersion: types.MinimumProtocolVersionTLSv122021,
		},
	}
}

func (w *cdn) try(t *testing.T, c *types.DistributionConfig) (*types.Distribution, string, error) {
	t.Helper()
	out, err := w.c.CreateDistributionWithTags(t.Context(), &cloudfront.CreateDistributionWithTagsInput{
		DistributionConfigWithTags: &types.DistributionConfigWithTags{
			DistributionConfig: c, Tags: &types.Tags{Items: []types.Tag{{Key: aws.String("apifront:install"), Value: aws.String("i1")}}},
		},
	})
	if err != nil {
		return nil, "", err
	}
	return out.Distribution, *out.ETag, nil
}

func (w *cdn) create(t *testing.T, c *types.DistributionConfig) (*types.Distribution, string) {
	t.Helper()
	d, etag, err := w.try(t, c)
	if err != nil {
		t.Fatal(err)
	}
	return d, etag
}

func (w *cdn) get(t *testing.T, id string) (*types.Distribution, string) {
	t.Helper()
	out, err := w.c.GetDistribution(t.Context(), &cloudfront.GetDistributionInput{Id: aws.String(id)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Distribution, *out.ETag
}

// update gets, changes and puts a config.
func (w *cdn) update(t *testing.T, id string, change func(*types.DistributionConfig)) (string, error) {
	t.Helper()
	got, err := w.c.GetDistributionConfig(t.Context(), &cloudfront.GetDistributionConfigInput{Id: aws.String(id)})
	if err != nil {
		t.Fatal(err)
	}
	change(got.DistributionConfig)
	out, err := w.c.UpdateDistribution(t.Context(), &cloudfront.UpdateDistributionInput{Id: aws.String(id), IfMatch: got.ETag, DistributionConfig: got.DistributionConfig})
	if err != nil {
		return "", err
	}
	return *out.ETag, nil
}

func TestDistributionLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newCDN(Config{Pace: Pace{Deploy: 6 * time.Minute, Release: time.Minute}})
		config := w.recipe("api.example.com")
		made, _ := w.create(t, config)
		if *made.Status != "InProgress" || !strings.HasPrefix(*made.Id, "E") || *made.ARN != "arn:aws:cloudfront::"+ours+":distribution/"+*made.Id {
			t.Errorf("got %s %s %s", *made.Id, *made.ARN, *made.Status)
		}
		edges := func() [2]bool {
			d := w.s.distributions[*made.Id]
			return [2]bool{d.Edges[0].at(time.Now()) != nil, d.Edges[1].at(time.Now()) != nil}
		}
		for _, want := range [][2]bool{{false, false}, {true, false}, {true, true}} {
			if got := edges(); got != want {
				t.Errorf("edges %v, want %v", got, want)
			}
			if d, _ := w.get(t, *made.Id); *d.Status != "InProgress" {
				t.Errorf("status %s", *d.Status)
			}
			time.Sleep(2 * time.Minute)
		}
		d, etag := w.get(t, *made.Id)
		if *d.Status != "Deployed" {
			t.Errorf("status %s", *d.Status)
		}
		_, err := w.c.DeleteDistribution(t.Context(), &cloudfront.DeleteDistributionInput{Id: made.Id, IfMatch: aws.String(etag)})
		wantCode(t, err, "DistributionNotDisabled") // V26: enabled

		next, err := w.update(t, *made.Id, func(c *types.DistributionConfig) { c.Enabled = aws.Bool(false) })
		if err != nil {
			t.Fatal(err)
		}
		if next == etag {
			t.Error("the ETag did not change")
		}
		if served := w.s.distributions[*made.Id].Edges[0].at(time.Now()); !served.Enabled {
			t.Error("the edge has the change at once")
		}
		_, err = w.c.DeleteDistribution(t.Context(), &cloudfront.DeleteDistributionInput{Id: made.Id, IfMatch: aws.String(next)})
		wantCode(t, err, "DistributionNotDisabled") // V26: in progress
		time.Sleep(6 * time.Minute)
		_, err = w.c.DeleteDistribution(t.Context(), &cloudfront.DeleteDistributionInput{Id: made.Id, IfMatch: aws.String(etag)})
		wantCode(t, err, "PreconditionFailed") // V26: old ETag
		if used := w.s.certificate(w.cert).InUseBy[*made.ARN]; !used.IsZero() {
			t.Error("the certificate was released early")
		}
		if _, err := w.c.DeleteDistribution(t.Context(), &cloudfront.DeleteDistributionInput{Id: made.Id, IfMatch: aws.String(next)}); err != nil {
			t.Fatal(err)
		}
		if used := w.s.certificate(w.cert).InUseBy[*made.ARN]; used.IsZero() {
			t.Error("the certificate was not released")
		}
		_, err = w.c.GetDistribution(t.Context(), &cloudfront.GetDistributionInput{Id: made.Id})
		wantCode(t, err, "NoSuchDistribution")
		_, _, err = w.try(t, config)
		wantCode(t, err, "DistributionAlreadyExists") // V22: a spent reference stays spent
	})
}

func TestCreateFillsWhatIsLeftOpen(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	d, _ := w.create(t, w.recipe("api.example.com"))
	c := d.DistributionConfig
	o := c.Origins.Items[0]
	old := reflect.ValueOf(*c.ViewerCertificate).FieldByName // deprecated members, which AWS still fills
	got := []any{
		*o.ConnectionAttempts, *o.ConnectionTimeout, *o.OriginPath, *o.CustomOriginConfig.OriginKeepaliveTimeout, *o.CustomOriginConfig.OriginReadTimeout,
		*c.CacheBehaviors.Quantity, *c.CustomErrorResponses.Quantity, *c.Logging.Enabled, *c.WebACLId, *c.DefaultRootObject,
		c.Restrictions.GeoRestriction.RestrictionType, *c.DefaultCacheBehavior.SmoothStreaming, *c.DefaultCacheBehavior.FieldLevelEncryptionId,
		old("Certificate").Elem().Interface(), old("CertificateSource").Interface(), *c.ViewerCertificate.CloudFrontDefaultCertificate,
	}
	want := []any{
		int32(3), int32(10), "", int32(5), int32(60), int32(0), int32(0), false, "", "",
		types.GeoRestrictionTypeNone, false, "", w.cert, types.CertificateSourceAcm, false,
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Error(d)
	}
	bare := w.recipe()
	bare.ViewerCertificate, bare.Aliases = nil, nil
	d, _ = w.create(t, bare)
	if v := d.DistributionConfig.ViewerCertificate; !*v.CloudFrontDefaultCertificate || v.MinimumProtocolVersion != types.MinimumProtocolVersionTLSv1 {
		t.Errorf("got %+v", v)
	}
}

// body keeps what a client sends and answers nothing.
type body struct{ sent []byte }

func (b *body) Do(r *http.Request) (*http.Response, error) {
	var err error
	b.sent, err = io.ReadAll(r.Body)
	return &http.Response{StatusCode: http.StatusTeapot, Header: http.Header{}, Body: http.NoBody, Request: r}, errors.Join(err)
}

// TestNothingOfAConfigIsLost sends every member the SDK knows, and compares
// the elements that come back.
func TestNothingOfAConfigIsLost(t *testing.T) {
	t.Parallel()
	var full types.DistributionConfig
	fillAll(reflect.ValueOf(&full).Elem())
	b := &body{}
	w := newCDN(Config{})
	cfg := sdk(w.s, "us-east-1", w.key)
	cfg.HTTPClient = b
	if _, err := cloudfront.NewFromConfig(cfg).CreateDistribution(t.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: &full}); err == nil {
		t.Fatal("a teapot answered")
	}
	var c distributionConfig
	before, err := decodeXML(&request{body: b.sent}, "DistributionConfig", &c)
	if err != nil {
		t.Fatal(err)
	}
	a, err := cloudFrontAnswer(http.StatusOK, "DistributionConfig", &c, "")
	if err != nil {
		t.Fatal(err)
	}
	var again distributionConfig
	after, err := decodeXML(&request{body: a.Body}, "DistributionConfig", &again)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b.sent, []byte("</")); n < 200 {
		t.Fatalf("only %d elements were sent", n)
	}
	sent, kept := paths(before, ""), paths(after, "")
	for _, p := range sent {
		if !slices.Contains(kept, p) {
			t.Errorf("lost %s", p)
		}
	}
	if d := cmp.Diff(again, c); d != "" {
		t.Error(d)
	}
}

// fillAll gives every member a value.
func fillAll(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillAll(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillAll(v.Index(0))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fillAll(v.Field(i))
			}
		}
	case reflect.String:
		v.SetString("x")
	case reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Bool:
		v.SetBool(true)
	default:
	}
}

func paths(e *element, at string) []string {
	at += "/" + e.XMLName.Local
	out := []string{at}
	for i := range e.Children {
		out = append(out, paths(&e.Children[i], at)...)
	}
	return out
}

func TestUnknownElementIsRefused(t *testing.T) {
	t.Parallel()
	var c distributionConfig
	for _, doc := range []string{
		"<DistributionConfig><Novelty>1</Novelty></DistributionConfig>",
		"<DistributionConfig><Origins><Quantity>1</Quantity><Items><Origin><Id>a</Id><Novelty/></Origin></Items></Origins></DistributionConfig>",
		"<DistributionConfig><Aliases><Items><Alias>a</Alias></Items></Aliases></DistributionConfig>",
	} {
		_, err := decodeXML(&request{body: []byte(doc)}, "DistributionConfig", &c)
		if e, ok := errors.AsType[*apiError](err); !ok || e.Status != http.StatusNotImplemented || !strings.Contains(e.Message, "DistributionConfig/") {
			t.Errorf("%s: got %v", doc, err)
		}
	}
	for _, doc := range []string{"<DistributionConfig>", "x", "<Other/>", "<DistributionConfig><Enabled>perhaps</Enabled></DistributionConfig>"} {
		_, err := decodeXML(&request{body: []byte(doc)}, "DistributionConfig", &c)
		if e, ok := errors.AsType[*apiError](err); !ok || e.Code != "MalformedXML" {
			t.Errorf("%s: got %v", doc, err)
		}
	}
}

func TestV24AccountNotVerified(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	w.s.SetVerified(ours, false)
	_, _, err := w.try(t, w.recipe("api.example.com"))
	wantCode(t, err, "AccessDenied")
	wantMessage(t, err, "Your account must be verified before you can add new CloudFront resources")
}

func TestV22CallerReference(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	first := w.recipe("api.example.com")
	d, _ := w.create(t, first)
	again := w.recipe("other.example.com")
	again.CallerReference = first.CallerReference
	_, _, err := w.try(t, again)
	wantCode(t, err, "DistributionAlreadyExists")
	wantMessage(t, err, "Already exists: "+*d.Id)
	stranger := cdnOf(w.s, theirs)
	stranger.cert = w.s.AddCertificate(theirs, "us-east-1", Certificate{Names: []string{"api.example.net"}})
	stranger.create(t, stranger.recipe("api.example.net")) // the same reference, another account
}

func TestV25Update(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	d, etag := w.create(t, w.recipe("api.example.com"))
	put := func(match *string, change func(*types.DistributionConfig)) error {
		c, _ := w.get(t, *d.Id)
		change(c.DistributionConfig)
		_, err := w.c.UpdateDistribution(t.Context(), &cloudfront.UpdateDistributionInput{Id: d.Id, IfMatch: match, DistributionConfig: c.DistributionConfig})
		return err
	}
	same := func(*types.DistributionConfig) {}
	wantCode(t, put(nil, same), "InvalidIfMatchVersion")
	wantCode(t, put(aws.String("E0"), same), "PreconditionFailed")
	wantCode(t, put(&etag, func(c *types.DistributionConfig) { c.CallerReference = aws.String("other") }), "IllegalUpdate")
	for name, drop := range map[string]func(*types.DistributionConfig){
		"Aliases":                    func(c *types.DistributionConfig) { c.Aliases = nil },
		"DefaultRootObject":          func(c *types.DistributionConfig) { c.DefaultRootObject = nil },
		"CacheBehaviors":             func(c *types.DistributionConfig) { c.CacheBehaviors = nil },
		"CustomErrorResponses":       func(c *types.DistributionConfig) { c.CustomErrorResponses = nil },
		"Logging":                    func(c *types.DistributionConfig) { c.Logging = nil },
		"PriceClass":                 func(c *types.DistributionConfig) { c.PriceClass = "" },
		"ViewerCertificate":          func(c *types.DistributionConfig) { c.ViewerCertificate = nil },
		"Restrictions":               func(c *types.DistributionConfig) { c.Restrictions = nil },
		"WebACLId":                   func(c *types.DistributionConfig) { c.WebACLId = nil },
		"HttpVersion":                func(c *types.DistributionConfig) { c.HttpVersion = "" },
		"AllowedMethods":             func(c *types.DistributionConfig) { c.DefaultCacheBehavior.AllowedMethods = nil },
		"SmoothStreaming":            func(c *types.DistributionConfig) { c.DefaultCacheBehavior.SmoothStreaming = nil },
		"Compress":                   func(c *types.DistributionConfig) { c.DefaultCacheBehavior.Compress = nil },
		"LambdaFunctionAssociations": func(c *types.DistributionConfig) { c.DefaultCacheBehavior.LambdaFunctionAssociations = nil },
		"FieldLevelEncryptionId":     func(c *types.DistributionConfig) { c.DefaultCacheBehavior.FieldLevelEncryptionId = nil },
	} {
		err := put(&etag, drop)
		wantCode(t, err, "InvalidArgument")
		if name == "SmoothStreaming" {
			wantMessage(t, err, "The parameter SmoothStreaming flag is missing.")
			continue
		}
		wantMessage(t, err, "The parameter "+name+" is required.")
	}
	if err := put(&etag, func(c *types.DistributionConfig) { c.Comment = aws.String("new") }); err != nil {
		t.Fatal(err)
	}
	wantCode(t, put(&etag, same), "PreconditionFailed") // the ETag moved on
	if got, _ := w.get(t, *d.Id); *got.DistributionConfig.Comment != "new" {
		t.Error("not updated")
	}
}

func TestV26PricingPlan(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	c := w.recipe()
	c.Enabled = aws.Bool(false)
	d, etag := w.create(t, c)
	w.s.distributions[*d.Id].Plan = true
	_, err := w.c.DeleteDistribution(t.Context(), &cloudfront.DeleteDistributionInput{Id: d.Id, IfMatch: &etag})
	wantMessage(t, err, "subscribed to a pricing plan")
	_, err = w.c.DeleteDistribution(t.Context(), &cloudfront.DeleteDistributionInput{Id: d.Id})
	wantCode(t, err, "InvalidIfMatchVersion")
}

func TestV33Distributions(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{PageSize: 1})
	want := []string{}
	for range 3 {
		d, _ := w.create(t, w.recipe())
		want = append(want, *d.Id)
	}
	stranger := cdnOf(w.s, theirs)
	stranger.create(t, stranger.recipe())
	slices.Sort(want)
	got := []string{}
	pages := cloudfront.NewListDistributionsPaginator(w.c, &cloudfront.ListDistributionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.DistributionList.Items {
			got = append(got, *i.Id)
			if *i.Origins.Items[0].DomainName != "d-abc.execute-api.eu-west-1.amazonaws.com" {
				t.Errorf("origin %s", *i.Origins.Items[0].DomainName)
			}
		}
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Error(d)
	}
}

func TestDistributionTags(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	d, _ := w.create(t, w.recipe())
	if _, err := w.c.TagResource(t.Context(), &cloudfront.TagResourceInput{Resource: d.ARN, Tags: &types.Tags{Items: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b"), Value: aws.String("2")}}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.c.UntagResource(t.Context(), &cloudfront.UntagResourceInput{Resource: d.ARN, TagKeys: &types.TagKeys{Items: []string{"a"}}}); err != nil {
		t.Fatal(err)
	}
	out, err := w.c.ListTagsForResource(t.Context(), &cloudfront.ListTagsForResourceInput{Resource: d.ARN})
	if err != nil {
		t.Fatal(err)
	}
	want := []types.Tag{{Key: aws.String("apifront:install"), Value: aws.String("i1")}, {Key: aws.String("b"), Value: aws.String("2")}}
	if d := cmp.Diff(out.Tags.Items, want, ignoreNoSmithy()); d != "" {
		t.Error(d)
	}
	_, err = w.c.TagResource(t.Context(), &cloudfront.TagResourceInput{Resource: d.ARN, Tags: &types.Tags{Items: []types.Tag{{Key: aws.String("a"), Value: aws.String("*")}}}})
	wantCode(t, err, "InvalidTagging")
	_, err = w.c.ListTagsForResource(t.Context(), &cloudfront.ListTagsForResourceInput{Resource: aws.String(*d.ARN + "X")})
	wantCode(t, err, "NoSuchResource")
}

func TestCloudFrontOperationNotModelled(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	_, err := w.c.ListFunctions(t.Context(), &cloudfront.ListFunctionsInput{})
	wantCode(t, err, "NotModelled")
	if e, ok := errors.AsType[*smithyhttp.ResponseError](err); !ok || e.HTTPStatusCode() != http.StatusNotImplemented {
		t.Errorf("got %v", err)
	}
}

// TestEmptyListsAreLeftOut: AWS sends no Items element for an empty list.
func TestEmptyListsAreLeftOut(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	d, _ := w.create(t, w.recipe())
	if a := d.DistributionConfig.Aliases; a == nil || a.Items != nil {
		t.Errorf("got %+v", a)
	}
	if o := d.DistributionConfig.CacheBehaviors; o == nil || o.Items != nil {
		t.Errorf("got %+v", o)
	}
}
