package steps

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"apifront/cloud/sim"
	"apifront/setup"
)

// inBody changes the body that a call sends. The console does the same with
// settings that the SDK does not know.
func inBody(change func(string) string) func(*cloudfront.Options) {
	return cloudfront.WithAPIOptions(func(stack *middleware.Stack) error {
		return stack.Serialize.Add(middleware.SerializeMiddlewareFunc("test:body",
			func(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (middleware.SerializeOutput, middleware.Metadata, error) {
				req := in.Request.(*smithyhttp.Request) //nolint:forcetypeassert // the SDK always sends this type
				body, err := io.ReadAll(req.GetStream())
				if err == nil {
					in.Request, err = req.SetStream(strings.NewReader(change(string(body))))
				}
				if err != nil {
					return middleware.SerializeOutput{}, middleware.Metadata{}, err
				}
				return next.HandleSerialize(ctx, in)
			}), middleware.After)
	})
}

// raw copies the body of AWS's answer to a call.
func raw(into *string) func(*cloudfront.Options) {
	return cloudfront.WithAPIOptions(func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("test:raw",
			func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
				out, meta, err := next.HandleDeserialize(ctx, in)
				resp := out.RawResponse.(*smithyhttp.Response) //nolint:forcetypeassert // the SDK always returns this type
				body, readErr := io.ReadAll(resp.Body)
				if readErr != nil {
					return out, meta, readErr
				}
				resp.Body = io.NopCloser(bytes.NewReader(body))
				*into = string(body)
				return out, meta, err
			}), middleware.After)
	})
}

// newer inserts a setting that the SDK does not know before the first or the
// last closing tag.
func newer(tag string) func(string) string {
	return func(body string) string {
		setting := "<Newer" + tag + "><Mode>" + tag + "</Mode></Newer" + tag + ">"
		if tag == "CustomOriginConfig" {
			setting = "<OriginHttpVersion>http2</OriginHttpVersion>"
		}
		i := strings.Index(body, "</"+tag+">")
		if last := strings.LastIndex(body, "</"+tag+">"); last != i {
			body = body[:last] + strings.Replace(setting, "Newer", "NewerToo", 2) + body[last:]
		}
		return body[:i] + setting + body[i:]
	}
}

// settings matches the settings that the SDK does not know.
var settings = regexp.MustCompile(`<(Newer\w*|OriginHttpVersion)[^>]*>`)

// A setting that somebody makes in the console and that the SDK does not know
// survives every change of a job: on the distribution, on a second origin and a
// second behavior that somebody added, and on the cache policy.
func TestSettingsThatTheSDKDoesNotKnow(t *testing.T) {
	for i, tag := range []string{
		"DistributionConfig", "Origins", "Origin", "CustomOriginConfig", "OriginShield", "DefaultCacheBehavior", "AllowedMethods",
		"CacheBehavior", "CustomErrorResponse", "ViewerCertificate", "CachePolicyConfig", "ParametersInCacheKeyAndForwardedToOrigin", "HeadersConfig",
	} {
		if UnderRace && i%4 > 0 { // all of them without it
			continue
		}
		t.Run(tag, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.DemoPace(), func(s *setup.Spec, _ sim.DemoWorld) { s.Edge.Caching, s.Edge.TTL = setup.CachingFixed, 60 })
				w.mustRunAll(setup.JobApply)
				cf := w.outside().CloudFront()
				id, policy := w.resources.ID(setup.KeyDistribution), w.resources.ID(setup.KeyCachePolicy)
				d, err := cf.GetDistribution(t.Context(), &cloudfront.GetDistributionInput{Id: &id})
				if err != nil {
					t.Fatal(err)
				}
				p, err := cf.GetCachePolicy(t.Context(), &cloudfront.GetCachePolicyInput{Id: &policy})
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(tag, "Polic") || strings.Contains(tag, "Key") || tag == "HeadersConfig" {
					_, err = cf.UpdateCachePolicy(t.Context(), &cloudfront.UpdateCachePolicyInput{Id: &policy, IfMatch: p.ETag, CachePolicyConfig: p.CachePolicy.CachePolicyConfig}, inBody(newer(tag)))
				} else {
					_, err = cf.UpdateDistribution(t.Context(), &cloudfront.UpdateDistributionInput{Id: &id, IfMatch: d.ETag, DistributionConfig: second(d.Distribution.DistributionConfig)}, inBody(newer(tag)))
				}
				if err != nil {
					t.Fatal(err)
				}
				before := w.unknown(id, policy)
				if before == "" {
					t.Fatal("nothing is there that the SDK does not know")
				}
				for i := range 3 {
					w.setup.Spec.Edge.TTL = 61 + i
					w.setup.Spec.Edge.PriceClass = []string{"PriceClass_100", "PriceClass_200", "PriceClass_All"}[i]
					w.setup.Spec.Edge.ReadTimeout = 20 + i
					n := len(w.writes())
					w.mustRunAll(setup.JobApply)
					if writes := strings.Join(w.writes()[n:], " "); !strings.Contains(writes, "UpdateDistribution") || !strings.Contains(writes, "CreateCachePolicy") {
						t.Errorf("the job wrote %s", writes)
					}
					policy = w.resources.ID(setup.KeyCachePolicy)
					if after := w.unknown(id, policy); after != before {
						t.Errorf("after change %d there is %s, before there was %s", i+1, after, before)
					}
				}
				w.spoilPolicy()
				w.mustRunAll(setup.JobApply)
				if after := w.unknown(id, policy); after != before {
					t.Errorf("after the policy was put back there is %s, before there was %s", after, before)
				}
			})
		})
	}
}

// second adds a second origin, a second behavior and an error page to a
// configuration.
func second(c *types.DistributionConfig) *types.DistributionConfig {
	o := c.Origins.Items[0]
	o.Id, o.DomainName = aws.String("theirs"), aws.String("theirs.example.com")
	c.Origins.Items = append(c.Origins.Items, o)
	c.Origins.Quantity = aws.Int32(2)
	b := c.DefaultCacheBehavior
	c.CacheBehaviors = &types.CacheBehaviors{Quantity: aws.Int32(2)}
	for _, path := range []string{"/static/*", "/files/*"} {
		c.CacheBehaviors.Items = append(c.CacheBehaviors.Items, types.CacheBehavior{
			PathPattern: aws.String(path), TargetOriginId: aws.String("theirs"), ViewerProtocolPolicy: b.ViewerProtocolPolicy,
			AllowedMethods: b.AllowedMethods, CachePolicyId: b.CachePolicyId, Compress: b.Compress, SmoothStreaming: aws.Bool(false),
			TrustedSigners: b.TrustedSigners, TrustedKeyGroups: b.TrustedKeyGroups, LambdaFunctionAssociations: b.LambdaFunctionAssociations,
			FunctionAssociations: b.FunctionAssociations, FieldLevelEncryptionId: aws.String(""), GrpcConfig: b.GrpcConfig,
		})
	}
	return c
}

// unknown lists the settings of the distribution and its policy that the SDK
// does not know.
func (w *world) unknown(id, policy string) string {
	w.t.Helper()
	var d, p string
	cf := w.outside().CloudFront()
	if _, err := cf.GetDistribution(w.t.Context(), &cloudfront.GetDistributionInput{Id: &id}, raw(&d)); err != nil {
		w.t.Fatal(err)
	}
	if _, err := cf.GetCachePolicy(w.t.Context(), &cloudfront.GetCachePolicyInput{Id: &policy}, raw(&p)); err != nil {
		w.t.Fatal(err)
	}
	return strings.Join(settings.FindAllString(d+p, -1), " ")
}

// If a change would delete an unknown setting together with the part it belongs
// to, the change stops, and the problem names the setting.
func TestSettingsThatWouldBeLostAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.mustRunAll(setup.JobApply)
		cf := w.outside().CloudFront()
		id := w.resources.ID(setup.KeyDistribution)
		d, err := cf.GetDistribution(t.Context(), &cloudfront.GetDistributionInput{Id: &id})
		if err != nil {
			t.Fatal(err)
		}
		w.setup.Spec.Edge.PriceClass = "PriceClass_100"
		w.sending = nil
		before := len(w.writes())
		w.mangle = func(r *http.Request, body string) string {
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/distribution/"+id) {
				return strings.Replace(body, "<DefaultCacheBehavior>", "<DefaultCacheBehavior><ForwardedValues><QueryString>true</QueryString><NewerForwarding>1</NewerForwarding></ForwardedValues>", 1)
			}
			return body
		}
		step, p := w.runAll(setup.JobApply)
		complete(t, p)
		if step != "distribution" || !strings.Contains(p.Why, "NewerForwarding") {
			t.Errorf("step %s: %v", step, p)
		}
		after, err := cf.GetDistribution(t.Context(), &cloudfront.GetDistributionInput{Id: &id})
		if err != nil || *after.ETag != *d.ETag || len(w.writes()) != before {
			t.Errorf("it was changed: %v, %v", w.writes()[before:], err)
		}
	})
}
