package steps

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
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

// Attributes of the cache policy.
const (
	attrName     = "name"     // its name, which is unique in the account
	attrSettings = "settings" // JSON of the settings that it was made for, under AWS's names
)

// cachePolicyName is the name of the setup's cache policy with a number.
// Policies cannot be tagged, so the name says whose they are.
func cachePolicyName(e *Env, number int) string {
	if number == 0 {
		return "apifront-" + e.Setup.ID
	}
	return "apifront-" + e.Setup.ID + "-" + strconv.Itoa(number)
}

// cachePolicyNumber reads the number from the name of a policy; ok is false if
// the policy is not the setup's.
func cachePolicyNumber(e *Env, name string) (number int, ok bool) {
	if name == cachePolicyName(e, 0) {
		return 0, true
	}
	rest, ok := strings.CutPrefix(name, cachePolicyName(e, 0)+"-")
	number, err := strconv.Atoi(rest)
	return number, ok && err == nil && number > 0 && cachePolicyName(e, number) == name
}

// settingsText is the settings of a policy as an attribute stores them.
func settingsText(c *types.CachePolicyConfig) string {
	m := map[string]string{}
	for _, f := range policyFields(c) {
		m[f.name] = f.value
	}
	b, err := json.Marshal(m)
	if err != nil { // strings can always be encoded
		return ""
	}
	return string(b)
}

// settingsOf are the settings stored in the row of a policy; nil if there are
// none, as in rows of earlier versions.
func settingsOf(r setup.Resource) map[string]string {
	var m map[string]string
	if json.Unmarshal([]byte(r.Attributes[attrSettings]), &m) != nil {
		return nil
	}
	return m
}

// madeFor says whether the policy of the row was made for the settings that the
// spec wants. Settings that only later versions know do not count.
func madeFor(edge setup.Edge, r setup.Resource) bool {
	stored := settingsOf(r)
	for _, f := range policyFields(cachePolicyConfig(edge)) {
		if value, ok := stored[f.name]; ok && value != f.value {
			return false
		}
	}
	return stored != nil
}

// cachePolicyID is the ID of the policy with the settings that the setup wants;
// "" if it is not made yet.
func cachePolicyID(e *Env) string {
	if r := e.Resources[setup.KeyCachePolicy]; madeFor(e.Setup.Spec.Edge, r) {
		return r.ID
	}
	return ""
}

// A cachePolicy is a cache policy as CloudFront has it.
type cachePolicy struct {
	id     string
	etag   string
	unread cloud.Unread // settings that the SDK does not know
	config *types.CachePolicyConfig
}

// describeCachePolicy returns the policy, or nil if CloudFront does not know
// it.
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

// ownCachePolicies returns the IDs, by name, of those policies of the account
// whose name is one of the setup's or one of the stored names.
func ownCachePolicies(ctx context.Context, e *Env, stored ...string) (map[string]string, error) {
	found := map[string]string{}
	in := &cloudfront.ListCachePoliciesInput{Type: types.CachePolicyTypeCustom}
	for {
		out, err := e.Account.CloudFront().ListCachePolicies(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list cache policies: %w", err)
		}
		for _, s := range out.CachePolicyList.Items {
			if s.CachePolicy == nil || s.CachePolicy.CachePolicyConfig == nil {
				continue
			}
			name := aws.ToString(s.CachePolicy.CachePolicyConfig.Name)
			if _, ours := cachePolicyNumber(e, name); ours || slices.Contains(stored, name) {
				found[name] = aws.ToString(s.CachePolicy.Id)
			}
		}
		if aws.ToString(out.CachePolicyList.NextMarker) == "" {
			return found, nil
		}
		in.Marker = out.CachePolicyList.NextMarker
	}
}

// A foundPolicy is the policy with the wanted settings, as CloudFront has it,
// with its row.
type foundPolicy struct {
	*cachePolicy // nil if there is none

	row setup.Resource
}

// findCachePolicy looks for the policy that was made for the settings that the
// setup wants: by its recorded ID, or by the name that it has, or would have
// got from a call whose answer was lost.
func findCachePolicy(ctx context.Context, e *Env) (foundPolicy, error) {
	var found foundPolicy
	var rows []setup.Resource
	if now, ok := e.Resources[setup.KeyCachePolicy]; ok && now.Owned {
		rows = append(rows, now)
	}
	for _, f := range e.Former {
		if f.Key == setup.KeyCachePolicy && f.Owned && f.RemovedAt.IsZero() && settingsOf(f) != nil {
			rows = append(rows, f)
		}
	}
	var unnamed []setup.Resource
	for _, r := range rows {
		switch {
		case settingsOf(r) != nil && !madeFor(e.Setup.Spec.Edge, r):
		case r.ID == "":
			unnamed = append(unnamed, r)
		default:
			p, err := describeCachePolicy(ctx, e, r.ID)
			if err != nil || p != nil && asWanted(e, r, p) {
				return foundPolicy{p, r}, err
			}
		}
	}
	if len(unnamed) == 0 && len(rows) > 0 {
		return found, nil // everything is recorded, so a list would show nothing new
	}
	names := []string{}
	for _, r := range unnamed {
		names = append(names, r.Attributes[attrName])
	}
	list, err := ownCachePolicies(ctx, e, names...)
	if err != nil {
		return found, err
	}
	for _, r := range unnamed {
		if id := list[cmp.Or(r.Attributes[attrName], cachePolicyName(e, r.Number))]; id != "" {
			p, err := describeCachePolicy(ctx, e, id)
			if err != nil || p != nil && len(policyChanges(e, p)) == 0 {
				return foundPolicy{p, r}, err
			}
		}
	}
	if len(rows) > 0 {
		return found, nil
	}
	// Nothing is recorded, as after somebody restored an old copy of the
	// database.
	for name, id := range list {
		p, err := describeCachePolicy(ctx, e, id)
		if err != nil || p != nil && len(policyChanges(e, p)) == 0 {
			number, _ := cachePolicyNumber(e, name)
			return foundPolicy{p, setup.Resource{Number: number, Attributes: map[string]string{attrName: name}}}, err
		}
	}
	return found, nil
}

// asWanted says whether the recorded policy is the one for the wanted settings.
// If an earlier version made it, its purpose is not recorded. Then it counts if
// it has the wanted settings.
func asWanted(e *Env, r setup.Resource, p *cachePolicy) bool {
	return settingsOf(r) != nil || len(policyChanges(e, p)) == 0
}

func policyChanges(e *Env, p *cachePolicy) []setup.Change {
	return differ(policyFields(p.config), policyFields(cachePolicyConfig(e.Setup.Spec.Edge)))
}

// cachePolicyRow is the row of the policy for the wanted settings. It takes
// number, ID, token and name from the row of.
func cachePolicyRow(e *Env, of setup.Resource) setup.Resource {
	return setup.Resource{
		Key: setup.KeyCachePolicy, Type: "Cache policy", Number: of.Number, ID: of.ID, Owned: true, Token: of.Token,
		Attributes: map[string]string{
			attrName:     cmp.Or(of.Attributes[attrName], cachePolicyName(e, of.Number)),
			attrSettings: settingsText(cachePolicyConfig(e.Setup.Spec.Edge)),
		},
	}
}

func observePolicies(ctx context.Context, e *Env) (Observation, error) {
	if !caching(e.Setup.Spec) {
		return ready("AWS's own policies"), nil
	}
	p, err := remembered(ctx, e, readCachePolicy, findCachePolicy)
	if err != nil {
		return Observation{}, err
	}
	words := cachingWords(e.Setup.Spec.Edge) + ", " + keyWords(e.Setup.Spec.Edge)
	if p.cachePolicy == nil {
		o := absent(words)
		if now := e.Resources[setup.KeyCachePolicy]; now.ID != "" {
			o.Summary += ". A new policy beside " + now.ID
			o.Changes = settingChanges(settingsOf(now), e.Setup.Spec.Edge)
		}
		return o, nil
	}
	r := cachePolicyRow(e, p.row)
	r.ID, r.Attributes[attrName] = p.id, aws.ToString(p.config.Name)
	if err := e.keep(ctx, r); err != nil {
		return Observation{}, err
	}
	if changes := policyChanges(e, p.cachePolicy); len(changes) > 0 {
		return Observation{State: Drifted, Summary: "Somebody has changed the cache policy", Changes: changes}, nil
	}
	return ready("CloudFront, " + words), nil
}

// settingChanges are the differences between stored settings and those that the
// spec wants.
func settingChanges(is map[string]string, edge setup.Edge) []setup.Change {
	var stored []field
	for name, value := range is {
		stored = append(stored, field{name, value})
	}
	if stored == nil {
		return nil
	}
	return differ(stored, policyFields(cachePolicyConfig(edge)))
}

func applyPolicies(ctx context.Context, e *Env) error {
	if !caching(e.Setup.Spec) {
		return nil
	}
	p, err := remembered(ctx, e, readCachePolicy, findCachePolicy)
	if err != nil {
		return err
	}
	if p.cachePolicy != nil {
		return updateCachePolicy(ctx, e, p)
	}
	now, known := e.Resources[setup.KeyCachePolicy]
	meant := known && now.Owned && now.ID == "" && now.Token != "" && madeFor(e.Setup.Spec.Edge, now)
	var before *cachePolicy
	if known && !meant {
		if now.ID != "" {
			if before, err = describeCachePolicy(ctx, e, now.ID); err != nil {
				return err
			}
		}
		if err := e.unwant(ctx, now); err != nil { // the distribution uses the old policy until it has the new one
			return err
		}
	}
	r := now
	if !meant {
		r = setup.Resource{Number: e.next(setup.KeyCachePolicy)}
		r.Token = e.Token(r.Number)
	}
	r = cachePolicyRow(e, r)
	if err := e.keep(ctx, r); err != nil {
		return err
	}
	return createCachePolicy(ctx, e, r, before)
}

// createCachePolicy makes the policy of the row. It takes the settings that the
// SDK does not know from the policy before it; before may be nil.
func createCachePolicy(ctx context.Context, e *Env, r setup.Resource, before *cachePolicy) error {
	e.forget(readCachePolicy)
	config := cachePolicyConfig(e.Setup.Spec.Edge)
	config.Name, config.Comment = aws.String(r.Attributes[attrName]), aws.String(cachePolicyComment(e))
	var options []func(*cloudfront.Options)
	if before != nil {
		options = append(options, before.unread.Keep)
	}
	out, err := e.Account.CloudFront().CreateCachePolicy(ctx, &cloudfront.CreateCachePolicyInput{CachePolicyConfig: config}, options...)
	if code(err, "CachePolicyAlreadyExists") {
		return policyNameTaken(ctx, e, r)
	}
	if code(err, "TooManyCachePolicies") {
		return explained(err, "The cache policy was not created.", "The account has as many cache policies as CloudFront allows.",
			"Delete cache policies that nothing uses in CloudFront, or ask AWS to raise the quota, then re-run this step.")
	}
	if err != nil {
		return fmt.Errorf("create cache policy %s: %w", r.Attributes[attrName], err)
	}
	r.ID = aws.ToString(out.CachePolicy.Id)
	return e.keep(ctx, r)
}

// policyNameTaken decides what to do if a policy of this name exists. If a call
// whose answer was lost made it, the next look finds it. If it has other
// settings, it is a policy that is not recorded any more. Then it is recorded
// as not wanted, and the next try uses another number.
func policyNameTaken(ctx context.Context, e *Env, r setup.Resource) error {
	list, err := ownCachePolicies(ctx, e, r.Attributes[attrName])
	if err != nil {
		return err
	}
	id := list[r.Attributes[attrName]]
	if id == "" {
		return notYet(3*time.Second, "CloudFront has the cache policy already and does not list it yet.")
	}
	p, err := describeCachePolicy(ctx, e, id)
	if err != nil || p == nil || len(policyChanges(e, p)) == 0 {
		return err
	}
	r.ID, r.Attributes[attrSettings] = id, settingsText(p.config)
	return e.unwant(ctx, r)
}

func cachePolicyComment(e *Env) string { return setup.First("apifront "+e.Install+" "+e.name(), 128) }

// updateCachePolicy restores the settings that somebody changed. apifront never
// changes a policy to other settings, because a distribution uses it.
func updateCachePolicy(ctx context.Context, e *Env, p foundPolicy) error {
	if len(policyChanges(e, p.cachePolicy)) == 0 {
		return nil
	}
	e.forget(readCachePolicy)
	config := cachePolicyConfig(e.Setup.Spec.Edge)
	config.Name, config.Comment = p.config.Name, p.config.Comment
	_, err := e.Account.CloudFront().UpdateCachePolicy(ctx, &cloudfront.UpdateCachePolicyInput{
		Id: &p.id, IfMatch: &p.etag, CachePolicyConfig: config,
	}, p.unread.Keep)
	if outdated(err) {
		return nil // somebody changed it in between: the next look compares again
	}
	if err != nil {
		return fmt.Errorf("change cache policy %s: %w", p.id, err)
	}
	return nil
}
