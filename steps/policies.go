package steps

import (
	"context"
	"fmt"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud"
	"apifront/setup"
)

func policiesStep() Step {
	return Step{
		ID:       "policies",
		Title:    "Create cache policy",
		Why:      "Kept answers are told apart by query string and by the headers that decide who may read, so that nobody gets another caller's answer.",
		Service:  "CloudFront",
		Tutorial: 5,
		Needs:    []setup.StepID{"identity"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Parts:    []setup.Part{setup.PartEdge},
		Page:     setup.PageEdge,
		Wait:     Wait{Every: 3 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 3 * time.Second},
		Actions: []string{
			"cloudfront:ListCachePolicies", "cloudfront:GetCachePolicy",
			"cloudfront:CreateCachePolicy", "cloudfront:UpdateCachePolicy",
		},
		Grants: func(s Scope) []Grant {
			any, one := []string{"*"}, []string{s.edge("cache-policy/*")} // they cannot be tagged
			return []Grant{
				{For: "List", Actions: []string{"cloudfront:ListCachePolicies"}, Resources: any},
				{For: "Read", Actions: []string{"cloudfront:GetCachePolicy"}, Resources: one},
				{For: "Create", Use: Writes, Actions: []string{"cloudfront:CreateCachePolicy"}, Resources: any},
				{For: "Change", Use: Writes, Actions: []string{"cloudfront:UpdateCachePolicy"}, Resources: one},
				{For: "Delete", Use: Destroys, Actions: []string{"cloudfront:DeleteCachePolicy"}, Resources: one},
			}
		},
		Applies: func(s setup.Spec) (bool, string) {
			if !caching(s) {
				return false, "Caching is off, so AWS's own policies CachingDisabled and AllViewer are used."
			}
			return true, ""
		},
		Observe: observePolicies,
		Apply:   applyPolicies,
	}
}

// maxTTL is how long CloudFront may keep an answer at most: a year.
const maxTTL = 31_536_000

// caching says whether CloudFront is to keep answers.
func caching(s setup.Spec) bool {
	return s.Edge.Caching == setup.CachingAPI || s.Edge.Caching == setup.CachingFixed
}

// cachePolicyName is unique in the account: policies cannot be tagged, so
// their name says whose they are.
func cachePolicyName(e *Env) string { return "apifront-" + e.Setup.ID }

// cachePolicyConfig is the policy for a setup with caching. Its maximum is
// never 0: such a policy counts as caching disabled and may not name headers.
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CachePolicyConfig.html
func cachePolicyConfig(e *Env) *types.CachePolicyConfig {
	edge := e.Setup.Spec.Edge
	c := &types.CachePolicyConfig{
		Name:       aws.String(cachePolicyName(e)),
		Comment:    aws.String(short("apifront "+e.Install+" "+e.name(), 128)),
		MinTTL:     aws.Int64(0),
		DefaultTTL: aws.Int64(0),
		MaxTTL:     aws.Int64(maxTTL),
		ParametersInCacheKeyAndForwardedToOrigin: &types.ParametersInCacheKeyAndForwardedToOrigin{
			EnableAcceptEncodingGzip:   aws.Bool(edge.Compress),
			EnableAcceptEncodingBrotli: aws.Bool(edge.Compress),
			HeadersConfig:              keyHeadersConfig(edge.KeyHeaders),
			CookiesConfig:              &types.CachePolicyCookiesConfig{CookieBehavior: types.CachePolicyCookieBehaviorNone},
			QueryStringsConfig:         &types.CachePolicyQueryStringsConfig{QueryStringBehavior: types.CachePolicyQueryStringBehaviorAll},
		},
	}
	if edge.Caching == setup.CachingFixed {
		ttl := int64(edge.TTL)
		c.MinTTL, c.DefaultTTL, c.MaxTTL = &ttl, &ttl, &ttl
	}
	return c
}

// keyHeadersConfig puts headers into the key. They reach the origin whatever
// the origin request policy says; AllViewer lets all of them pass anyway.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-how-origin-request-policies-and-cache-policies-work-together.html
func keyHeadersConfig(names []string) *types.CachePolicyHeadersConfig {
	if len(names) == 0 {
		return &types.CachePolicyHeadersConfig{HeaderBehavior: types.CachePolicyHeaderBehaviorNone}
	}
	return &types.CachePolicyHeadersConfig{
		HeaderBehavior: types.CachePolicyHeaderBehaviorWhitelist,
		Headers:        &types.Headers{Quantity: aws.Int32(int32(len(names))), Items: names}, //nolint:gosec // ten at most
	}
}

// short cuts a text to n octets; ours are ASCII.
func short(s string, n int) string { return s[:min(len(s), n)] }

// policyFields are the settings of a cache policy that we decide, as AWS names
// them.
func policyFields(c *types.CachePolicyConfig) []field {
	p := c.ParametersInCacheKeyAndForwardedToOrigin
	if p == nil {
		p = &types.ParametersInCacheKeyAndForwardedToOrigin{}
	}
	var headers []string
	if p.HeadersConfig != nil && p.HeadersConfig.Headers != nil {
		for _, name := range p.HeadersConfig.Headers.Items { // whatever case CloudFront keeps them in
			headers = append(headers, textproto.CanonicalMIMEHeaderKey(name))
		}
		slices.Sort(headers)
	}
	var query, cookies string
	if p.QueryStringsConfig != nil {
		query = string(p.QueryStringsConfig.QueryStringBehavior)
	}
	if p.CookiesConfig != nil {
		cookies = string(p.CookiesConfig.CookieBehavior)
	}
	return []field{
		{"MinTTL", number(c.MinTTL)},
		{"DefaultTTL", number(c.DefaultTTL)},
		{"MaxTTL", number(c.MaxTTL)},
		{"Headers", strings.Join(headers, ", ")},
		{"QueryStringBehavior", query},
		{"CookieBehavior", cookies},
		{"EnableAcceptEncodingGzip", strconv.FormatBool(aws.ToBool(p.EnableAcceptEncodingGzip))},
		{"EnableAcceptEncodingBrotli", strconv.FormatBool(aws.ToBool(p.EnableAcceptEncodingBrotli))},
	}
}

// A cachePolicy is one as it stands in CloudFront.
type cachePolicy struct {
	id     string
	etag   string
	unread cloud.Unread // with what the SDK does not know
	config *types.CachePolicyConfig
}

// describeCachePolicy is the policy, or nil if CloudFront does not know it.
func describeCachePolicy(ctx context.Context, e *Env, id string) (*cachePolicy, error) {
	out, err := e.Account.CloudFront().GetCachePolicy(ctx, &cloudfront.GetCachePolicyInput{Id: &id})
	if code(err, "NoSuchCachePolicy") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("get cache policy %s: %w", id, err)
	}
	return &cachePolicy{id: aws.ToString(out.CachePolicy.Id), etag: aws.ToString(out.ETag), unread: cloud.UnreadOf(out.ResultMetadata), config: out.CachePolicy.CachePolicyConfig}, nil
}

// findCachePolicy is the setup's cache policy by recorded ID or by name, or nil.
func findCachePolicy(ctx context.Context, e *Env) (*cachePolicy, error) {
	if id := e.Resources.ID(setup.KeyCachePolicy); id != "" {
		p, err := describeCachePolicy(ctx, e, id)
		if p != nil || err != nil {
			return p, err
		}
	}
	in := &cloudfront.ListCachePoliciesInput{Type: types.CachePolicyTypeCustom}
	for {
		out, err := e.Account.CloudFront().ListCachePolicies(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list cache policies: %w", err)
		}
		for _, s := range out.CachePolicyList.Items {
			if s.CachePolicy != nil && s.CachePolicy.CachePolicyConfig != nil && aws.ToString(s.CachePolicy.CachePolicyConfig.Name) == cachePolicyName(e) {
				return describeCachePolicy(ctx, e, aws.ToString(s.CachePolicy.Id))
			}
		}
		if aws.ToString(out.CachePolicyList.NextMarker) == "" {
			return nil, nil
		}
		in.Marker = out.CachePolicyList.NextMarker
	}
}

func cachePolicyResource(e *Env, id string) setup.Resource {
	return setup.Resource{Key: setup.KeyCachePolicy, Type: "Cache policy", ID: id, Owned: true, Token: e.Token()}
}

func observePolicies(ctx context.Context, e *Env) (Observation, error) {
	if !caching(e.Setup.Spec) {
		return ready("AWS's own policies"), nil
	}
	p, err := remembered(ctx, e, readCachePolicy, findCachePolicy)
	if err != nil {
		return Observation{}, err
	}
	if p == nil {
		return absent(cachingWords(e.Setup.Spec.Edge) + ", " + keyWords(e.Setup.Spec.Edge)), nil
	}
	if err := e.keep(ctx, cachePolicyResource(e, p.id)); err != nil {
		return Observation{}, err
	}
	if changes := differ(policyFields(p.config), policyFields(cachePolicyConfig(e))); len(changes) > 0 {
		return Observation{State: Drifted, Summary: "The cache policy has other settings", Changes: changes}, nil
	}
	return ready("CloudFront, " + cachingWords(e.Setup.Spec.Edge) + ", " + keyWords(e.Setup.Spec.Edge)), nil
}

// keyWords says what tells kept answers apart.
func keyWords(edge setup.Edge) string {
	if len(edge.KeyHeaders) == 0 {
		return "told apart by query string only"
	}
	return "told apart by " + strings.Join(edge.KeyHeaders, ", ") + " and query string"
}

// cachingWords says how long answers are kept.
func cachingWords(edge setup.Edge) string {
	if edge.Caching == setup.CachingFixed {
		return "GET answers kept for " + spoken(edge.KeepFor())
	}
	return "answers kept as long as the API says"
}

func applyPolicies(ctx context.Context, e *Env) error {
	if !caching(e.Setup.Spec) {
		return nil
	}
	p, err := remembered(ctx, e, readCachePolicy, findCachePolicy)
	if err != nil {
		return err
	}
	if p != nil {
		return updateCachePolicy(ctx, e, p)
	}
	r := cachePolicyResource(e, "")
	if err := e.keep(ctx, r); err != nil {
		return err
	}
	e.forget(readCachePolicy)
	out, err := e.Account.CloudFront().CreateCachePolicy(ctx, &cloudfront.CreateCachePolicyInput{CachePolicyConfig: cachePolicyConfig(e)})
	if code(err, "CachePolicyAlreadyExists") {
		return nil // made by a call whose answer was lost: the next look finds it
	}
	if code(err, "TooManyCachePolicies") {
		return explained(err, "The cache policy was not created.", "The account has as many cache policies as CloudFront allows.",
			"Delete cache policies that nothing uses in CloudFront, or ask AWS to raise the quota, then re-run this step.")
	}
	if err != nil {
		return fmt.Errorf("create cache policy %s: %w", cachePolicyName(e), err)
	}
	r.ID = aws.ToString(out.CachePolicy.Id)
	return e.keep(ctx, r)
}

func updateCachePolicy(ctx context.Context, e *Env, p *cachePolicy) error {
	if len(differ(policyFields(p.config), policyFields(cachePolicyConfig(e)))) == 0 {
		return nil
	}
	e.forget(readCachePolicy)
	_, err := e.Account.CloudFront().UpdateCachePolicy(ctx, &cloudfront.UpdateCachePolicyInput{
		Id: &p.id, IfMatch: &p.etag, CachePolicyConfig: cachePolicyConfig(e),
	}, p.unread.Keep)
	if outdated(err) {
		return nil // somebody was faster: the next look compares again
	}
	if err != nil {
		return fmt.Errorf("change cache policy %s: %w", p.id, err)
	}
	return nil
}
