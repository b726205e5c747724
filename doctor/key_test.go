package doctor_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud/sim"
	"apifront/doctor"
	"apifront/setup"
)

const goodKey, badKey = "Zq7-good-key-0001", "Zq7-bad-key-0002"

// wantingKey is an API that wants a key, or a token, in all its methods.
func wantingKey(m sim.Method) sim.API {
	a := every(m)
	a.Keys, a.Token = []string{goodKey}, goodKey
	return a
}

// sharing keeps all answers, told apart by their path alone.
func sharing(c *clinic) {
	out, err := c.account.CloudFront().CreateCachePolicy(c.t.Context(), &cloudfront.CreateCachePolicyInput{CachePolicyConfig: &cftypes.CachePolicyConfig{
		Name: aws.String("shares"), MinTTL: aws.Int64(60), DefaultTTL: aws.Int64(60), MaxTTL: aws.Int64(60),
		ParametersInCacheKeyAndForwardedToOrigin: &cftypes.ParametersInCacheKeyAndForwardedToOrigin{
			EnableAcceptEncodingGzip: aws.Bool(true),
			HeadersConfig:            &cftypes.CachePolicyHeadersConfig{HeaderBehavior: cftypes.CachePolicyHeaderBehaviorNone},
			CookiesConfig:            &cftypes.CachePolicyCookiesConfig{CookieBehavior: cftypes.CachePolicyCookieBehaviorNone},
			QueryStringsConfig:       &cftypes.CachePolicyQueryStringsConfig{QueryStringBehavior: cftypes.CachePolicyQueryStringBehaviorNone},
		},
	}})
	c.must(err)
	behaving(func(b *cftypes.DefaultCacheBehavior) { b.CachePolicyId = out.CachePolicy.Id })(c)
	time.Sleep(time.Hour)
}

// A key that was typed for one look shows what callers with it get, in whichever header
// they send it. Nothing that the doctor says has the key, also where the API says it back,
// and it is not sent where its answer could be served to others.
func TestAKeyForOneLook(t *testing.T) {
	wantsKey, wantsToken := behind(wantingKey(sim.Method{APIKey: true})), behind(wantingKey(sim.Method{Authorization: "CUSTOM"}))
	for _, tt := range []struct {
		what, header, key string
		done              func(*clinic)
		inside, outside   setup.Verdict
		says, bare        string // of whom AWS was asked, and from outside alone
		sent              bool
	}{
		{"the key", "x-api-key", goodKey, wantsKey, setup.VerdictHealthy, setup.VerdictHealthy, "A request with a key in X-Api-Key reaches", "A request with a key in X-Api-Key reaches", true},
		{"another key", "X-Api-Key", badKey, wantsKey, setup.VerdictRemarks, setup.VerdictUnsure, "refuses the key that was sent in X-Api-Key: / answers 403", "does not accept the key that was sent in X-Api-Key", true},
		{"the key in another header", "Authorization", goodKey, wantsKey, setup.VerdictRemarks, setup.VerdictUnsure, "refuses the key that was sent in Authorization", "does not accept the key", true},
		{"the token", "authorization", goodKey, wantsToken, setup.VerdictHealthy, setup.VerdictHealthy, "with a key in Authorization", "with a key in Authorization", true},
		{"another header than the token's", "X-Token", goodKey, wantsToken, setup.VerdictRemarks, setup.VerdictRemarks, "refuses the key that was sent in X-Token: / answers 401", "refuses the key that was sent in X-Token", true},
		{"it is said back", "X-Api-Key", goodKey, behind(every(sim.Method{Answer: &sim.Answer{
			Status: 400, Body: `{"message":"no ` + goodKey + ` here"}`, Header: map[string]string{"Location": "https://api.example.com/" + goodKey, "Www-Authenticate": "Bearer realm=" + goodKey},
		}})), setup.VerdictHealthy, setup.VerdictHealthy, "", "", true},
		{"answers are kept for all", "X-Api-Key", goodKey, func(c *clinic) { wantsKey(c); sharing(c) }, setup.VerdictRemarks, "", "The key was not sent", "", false},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			inClinic(t, func(c *clinic) {
				c.complete()
				tt.done(c)
				for _, inside := range []bool{true, false} {
					want, says := tt.inside, tt.says
					if !inside {
						want, says = tt.outside, tt.bare
					}
					if want == "" {
						continue
					}
					before, _ := c.ask(hostName, "", inside)
					b, looks := c.askWith(setup.TypedKey{Header: tt.header, Value: setup.NewSecret(tt.key)}, hostName, "", inside)
					text, err := json.Marshal(b)
					c.must(err)
					all := string(text) + fmt.Sprintf("%+v %#v %+v", b, b, looks)
					if strings.Contains(all, "Zq7") {
						t.Errorf("the key stands in what was said: %s", all)
					}
					if b.Verdict != want || !strings.Contains(string(text), says) {
						t.Errorf("with AWS %t: %s, want %s, %q: %s", inside, b.Verdict, want, says, text)
					}
					if sent := b.KeyHeader != ""; sent != tt.sent || sent != strings.Contains(string(text), "$"+doctor.KeyVariable) {
						t.Errorf("with AWS %t: the key was sent in %q: %s", inside, b.KeyHeader, text)
					}
					for _, line := range strings.Split(string(text), `"line":"`)[1:] {
						line, _, _ = strings.Cut(line, `"}`)
						if strings.Contains(line, doctor.KeyVariable) && !strings.Contains(line, "https://"+hostName+"/") && !strings.Contains(line, "https://"+c.api+".execute-api.eu-west-1.amazonaws.com/") {
							t.Errorf("the key was sent to another host: %s", line)
						}
					}
					asks := slices.ContainsFunc(before.Needs, func(n setup.Need) bool { return n.Kind == setup.NeedKey && n.Header != "" })
					if tt.what != "it is said back" && !asks {
						t.Errorf("with AWS %t: without a key it asks for none: %+v", inside, before.Needs)
					}
				}
			})
		})
	}
}
