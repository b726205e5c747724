package steps

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
)

// originName is the name of the origin's domain name in lists of changes.
const originName = "Origin.DomainName"

// aliasField is the name of the alternate domain names in lists of changes.
const aliasField = "Aliases"

// originID is the ID of our origin within a distribution that apifront made.
const originID = "apigw"

// keepalive is how long CloudFront keeps an idle connection to API Gateway, in
// seconds. It is AWS's default.
const keepalive = 5

// errorField stands before the status in the name of a field that says for how long an
// error answer is kept.
const errorField = "ErrorCachingMinTTL "

// uncachedErrors are the error answers that CloudFront would keep for 10 s even
// when caching is off.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
var uncachedErrors = []int32{404, 500, 502, 503, 504}

// distributionInput is what a distribution needs from the steps before it.
type distributionInput struct {
	target      string   // of the custom domain: d-….execute-api.<region>.amazonaws.com
	certificate string   // ARN, in us-east-1
	cachePolicy string   // ID
	reference   string   // CallerReference
	firewalls   []string // ARNs of the web ACLs that were attached for an earlier spec
	origin      string   // ID of our origin, if whoever made the distribution chose it
	header      originHeader
}

// originID is the ID of our origin in the distribution.
func (in distributionInput) originID() string { return cmp.Or(in.origin, originID) }

// decidesFirewall says whether the spec decides which web ACL the distribution
// has. It does if it names one, or if the present one was attached for an
// earlier spec. A web ACL that somebody else attached stays.
func (in distributionInput) decidesFirewall(c *types.DistributionConfig, spec setup.Spec) bool {
	is := aws.ToString(c.WebACLId)
	return spec.Edge.WebACL != "" || is != "" && slices.Contains(in.firewalls, is)
}

// distributionConfig is the whole configuration of a new distribution. Nothing of it
// stays as it was found.
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
func distributionConfig(spec setup.Spec, in distributionInput) *types.DistributionConfig {
	c := &types.DistributionConfig{
		CallerReference:   aws.String(in.reference),
		DefaultRootObject: aws.String(""),
		Aliases:           &types.Aliases{Quantity: aws.Int32(1), Items: []string{spec.Domain.Name}},
		Origins: &types.Origins{Quantity: aws.Int32(1), Items: []types.Origin{{
			Id:                 aws.String(in.originID()),
			OriginPath:         aws.String(""),
			ConnectionAttempts: aws.Int32(originAttempts),
			ConnectionTimeout:  aws.Int32(10),
			CustomHeaders:      &types.CustomHeaders{Quantity: aws.Int32(0)},
			OriginShield:       &types.OriginShield{Enabled: aws.Bool(false)},
			CustomOriginConfig: &types.CustomOriginConfig{
				IpAddressType: types.IpAddressTypeIpv4,
			},
		}}},
		DefaultCacheBehavior: &types.DefaultCacheBehavior{},
		CacheBehaviors:       &types.CacheBehaviors{Quantity: aws.Int32(0)},
		CustomErrorResponses: &types.CustomErrorResponses{Quantity: aws.Int32(0)},
		Logging:              &types.LoggingConfig{Enabled: aws.Bool(false), IncludeCookies: aws.Bool(false), Bucket: aws.String(""), Prefix: aws.String("")},
		Restrictions:         &types.Restrictions{GeoRestriction: &types.GeoRestriction{RestrictionType: types.GeoRestrictionTypeNone, Quantity: aws.Int32(0)}},
		WebACLId:             aws.String(""),
	}
	spec.AsFound = nil
	if spec.AliasLater() {
		c.Aliases = &types.Aliases{Quantity: aws.Int32(0)}
	}
	decide(c, spec, in)
	return c
}

// decide sets every field that the setup decides. All other fields stay as they
// are, so what a person added in the console stays.
func decide(c *types.DistributionConfig, spec setup.Spec, in distributionInput) {
	edge, ours := spec.Edge, decides(spec)
	if ours("Enabled") {
		c.Enabled = aws.Bool(true)
	}
	if ours("Comment") {
		c.Comment = aws.String(comment(spec))
	}
	if ours("DefaultRootObject") {
		c.DefaultRootObject = aws.String("")
	}
	if ours("HttpVersion") {
		c.HttpVersion = types.HttpVersion(edge.HTTPVersion)
	}
	c.IsIPV6Enabled = aws.Bool(edge.IPv6)
	if ours("PriceClass") {
		c.PriceClass = types.PriceClass(edge.PriceClass)
	}
	if in.decidesFirewall(c, spec) {
		c.WebACLId = aws.String(edge.WebACL)
	}
	if ours("Aliases") && !spec.AliasLater() {
		decideAlias(c, spec.Domain.Name)
	}
	decideCertificate(c, spec, in)
	decideOrigin(c, spec, in)
	decideBehavior(c, spec, in)
	if ours("ErrorCachingMinTTL") {
		decideErrors(c)
	}
}

// decideAlias adds the name to the alternate domain names.
func decideAlias(c *types.DistributionConfig, name string) {
	if c.Aliases == nil {
		c.Aliases = &types.Aliases{}
	}
	if !hasAlias(c, name) {
		c.Aliases.Items = append(slices.Clone(c.Aliases.Items), name)
	}
	c.Aliases.Quantity = aws.Int32(int32(len(c.Aliases.Items)))
}

// hasAlias says whether the name is among the alternate domain names.
func hasAlias(c *types.DistributionConfig, name string) bool {
	return c != nil && c.Aliases != nil && slices.ContainsFunc(c.Aliases.Items, func(a string) bool { return strings.EqualFold(a, name) })
}

// decides says of fields of the distribution whether the spec decides them.
func decides(spec setup.Spec) func(field string) bool {
	return func(field string) bool { return !stays(spec, "distribution", field) }
}

func decideCertificate(c *types.DistributionConfig, spec setup.Spec, in distributionInput) {
	v := &types.ViewerCertificate{
		ACMCertificateArn:      aws.String(in.certificate),
		SSLSupportMethod:       types.SSLSupportMethodSniOnly,
		MinimumProtocolVersion: types.MinimumProtocolVersion(spec.Edge.MinimumTLS),
	}
	if is, ours := c.ViewerCertificate, decides(spec); is != nil {
		if !ours("SSLSupportMethod") {
			v.SSLSupportMethod = is.SSLSupportMethod
		}
		if !ours("MinimumProtocolVersion") {
			v.MinimumProtocolVersion = is.MinimumProtocolVersion
		}
	}
	c.ViewerCertificate = v
}

func decideOrigin(c *types.DistributionConfig, spec setup.Spec, in distributionInput) {
	ours := decides(spec)
	o := ourOrigin(c, in.originID())
	if o == nil {
		if c.Origins == nil {
			c.Origins = &types.Origins{}
		}
		c.Origins.Items = append(slices.Clone(c.Origins.Items), types.Origin{Id: aws.String(in.originID())})
		c.Origins.Quantity = aws.Int32(int32(len(c.Origins.Items)))
		o, ours = ourOrigin(c, in.originID()), func(string) bool { return true }
	}
	o.DomainName = aws.String(in.target)
	if ours("OriginPath") {
		o.OriginPath = aws.String("") // the mapping leads to the stage, so the origin needs no path
	}
	if o.CustomOriginConfig == nil {
		o.CustomOriginConfig, ours = &types.CustomOriginConfig{IpAddressType: types.IpAddressTypeIpv4}, func(string) bool { return true }
	}
	o.S3OriginConfig, o.VpcOriginConfig = nil, nil // an origin is of one kind
	in.header.decideHeader(o)
	custom := o.CustomOriginConfig
	if custom.HTTPPort == nil { // AWS requires it; it is not used, so another one stays
		custom.HTTPPort = aws.Int32(80)
	}
	if ours("HTTPSPort") {
		custom.HTTPSPort = aws.Int32(443)
	}
	if ours("OriginProtocolPolicy") {
		custom.OriginProtocolPolicy = types.OriginProtocolPolicyHttpsOnly // API Gateway listens on 443 only
	}
	if ours("OriginSslProtocols") {
		custom.OriginSslProtocols = &types.OriginSslProtocols{Quantity: aws.Int32(1), Items: []types.SslProtocol{types.SslProtocolTLSv12}}
	}
	if ours("OriginReadTimeout") {
		custom.OriginReadTimeout = aws.Int32(int32(spec.Edge.ReadTimeout))
	}
	if ours("OriginKeepaliveTimeout") {
		custom.OriginKeepaliveTimeout = aws.Int32(keepalive)
	}
}

func decideBehavior(c *types.DistributionConfig, spec setup.Spec, in distributionInput) {
	if c.DefaultCacheBehavior == nil {
		c.DefaultCacheBehavior = &types.DefaultCacheBehavior{}
	}
	b, ours := c.DefaultCacheBehavior, decides(spec)
	b.TargetOriginId = aws.String(in.originID())
	if ours("ViewerProtocolPolicy") {
		b.ViewerProtocolPolicy = types.ViewerProtocolPolicy(spec.Edge.ViewerProtocol)
	}
	decideMethods(b, spec)
	b.Compress = aws.Bool(spec.Edge.Compress)
	if !ours("CachePolicyId") {
		return
	}
	b.CachePolicyId = aws.String(in.cachePolicy)
	if ours("OriginRequestPolicyId") {
		b.OriginRequestPolicyId = aws.String(setup.PolicyAllViewer)
	}
	// These legacy fields must be empty if there is a cache policy.
	//lint:ignore SA1019 it is deprecated, which is why it is removed
	b.ForwardedValues = nil //nolint:staticcheck // as above
	//lint:ignore SA1019 they are deprecated, which is why they are removed
	b.MinTTL, b.DefaultTTL, b.MaxTTL = nil, nil, nil //nolint:staticcheck // as above
}

// decideMethods sets which methods are let through, and of which of them answers may
// be kept: CloudFront refuses others.
func decideMethods(b *types.DefaultCacheBehavior, spec setup.Spec) {
	ours := decides(spec)
	cached := []types.Method{types.MethodGet, types.MethodHead}
	if b.AllowedMethods != nil && b.AllowedMethods.CachedMethods != nil && !ours("CachedMethods") {
		cached = b.AllowedMethods.CachedMethods.Items
	}
	methods := allowedMethods(spec.Edge.Methods)
	if b.AllowedMethods != nil && !ours("AllowedMethods") {
		methods = b.AllowedMethods.Items
	}
	cached = slices.DeleteFunc(slices.Clone(cached), func(m types.Method) bool { return !slices.Contains(methods, m) })
	b.AllowedMethods = &types.AllowedMethods{
		Quantity: aws.Int32(int32(len(methods))), Items: methods,
		CachedMethods: &types.CachedMethods{Quantity: aws.Int32(int32(len(cached))), Items: cached},
	}
}

// decideErrors stops CloudFront from caching error answers. An error page that
// a person configured stays.
func decideErrors(c *types.DistributionConfig) {
	if c.CustomErrorResponses == nil {
		c.CustomErrorResponses = &types.CustomErrorResponses{}
	}
	items := slices.Clone(c.CustomErrorResponses.Items)
	for _, status := range uncachedErrors {
		i := slices.IndexFunc(items, func(r types.CustomErrorResponse) bool { return aws.ToInt32(r.ErrorCode) == status })
		if i < 0 {
			items = append(items, types.CustomErrorResponse{ErrorCode: aws.Int32(status)})
			i = len(items) - 1
		}
		items[i].ErrorCachingMinTTL = aws.Int64(0)
	}
	c.CustomErrorResponses.Items = items
	c.CustomErrorResponses.Quantity = aws.Int32(int32(len(items)))
}

// allowedMethods is one of the three sets that CloudFront allows.
func allowedMethods(choice string) []types.Method {
	switch choice {
	case setup.MethodsRead:
		return []types.Method{types.MethodGet, types.MethodHead}
	case setup.MethodsOptions:
		return []types.Method{types.MethodGet, types.MethodHead, types.MethodOptions}
	default:
		return []types.Method{
			types.MethodGet, types.MethodHead, types.MethodOptions, types.MethodPut,
			types.MethodPost, types.MethodPatch, types.MethodDelete,
		}
	}
}

func comment(spec setup.Spec) string {
	if spec.Edge.Comment != "" {
		return spec.Edge.Comment
	}
	return setup.First("apifront "+spec.Domain.Name, 128)
}

func ourOrigin(c *types.DistributionConfig, id string) *types.Origin {
	if c.Origins == nil {
		return nil
	}
	for i := range c.Origins.Items {
		if aws.ToString(c.Origins.Items[i].Id) == id {
			return &c.Origins.Items[i]
		}
	}
	return nil
}

// distributionFields are the values, in a configuration, of the settings that
// the setup decides, under AWS's names. origin is the ID of its origin.
func distributionFields(c *types.DistributionConfig, spec setup.Spec, origin string, firewall bool) []field {
	f := []field{
		{"Enabled", strconv.FormatBool(aws.ToBool(c.Enabled))},
		{"Comment", aws.ToString(c.Comment)},
		{aliasField, alias(c, spec.Domain.Name)},
		{"DefaultRootObject", aws.ToString(c.DefaultRootObject)},
		{"HttpVersion", strings.ToLower(string(c.HttpVersion))},
		{"IsIPV6Enabled", strconv.FormatBool(aws.ToBool(c.IsIPV6Enabled))},
		{"PriceClass", string(c.PriceClass)},
	}
	if firewall {
		f = append(f, field{"WebACLId", aws.ToString(c.WebACLId)})
	}
	v := c.ViewerCertificate
	if v == nil {
		v = &types.ViewerCertificate{}
	}
	f = append(f,
		field{"ACMCertificateArn", aws.ToString(v.ACMCertificateArn)},
		field{"SSLSupportMethod", string(v.SSLSupportMethod)},
		field{"MinimumProtocolVersion", string(v.MinimumProtocolVersion)},
	)
	f = append(f, originFields(c, origin)...)
	f = append(f, behaviorFields(c)...)
	if spec.AliasLater() { // the step alias looks after the name
		f = slices.DeleteFunc(f, func(f field) bool { return f.name == aliasField })
	}
	return decided(spec, "distribution", append(f, errorFields(c)...))
}

// alias is the name if the distribution has it as an alternate domain name, and
// "" otherwise. Further alternate domain names do not matter.
func alias(c *types.DistributionConfig, name string) string {
	if c.Aliases == nil {
		return ""
	}
	for _, a := range c.Aliases.Items {
		if strings.EqualFold(a, name) {
			return name
		}
	}
	return strings.Join(c.Aliases.Items, ", ")
}

func originFields(c *types.DistributionConfig, origin string) []field {
	o := ourOrigin(c, origin)
	if o == nil {
		o = &types.Origin{}
	}
	custom := o.CustomOriginConfig
	if custom == nil {
		custom = &types.CustomOriginConfig{}
	}
	var protocols []string
	if custom.OriginSslProtocols != nil {
		for _, p := range custom.OriginSslProtocols.Items {
			protocols = append(protocols, string(p))
		}
	}
	return []field{
		{originName, aws.ToString(o.DomainName)},
		{"OriginPath", aws.ToString(o.OriginPath)},
		{"HTTPSPort", number(custom.HTTPSPort)},
		{"OriginProtocolPolicy", string(custom.OriginProtocolPolicy)},
		{"OriginSslProtocols", strings.Join(slices.Sorted(slices.Values(protocols)), ", ")},
		{"OriginReadTimeout", number(custom.OriginReadTimeout)},
		{"OriginKeepaliveTimeout", number(custom.OriginKeepaliveTimeout)},
	}
}

func behaviorFields(c *types.DistributionConfig) []field {
	b := c.DefaultCacheBehavior
	if b == nil {
		b = &types.DefaultCacheBehavior{}
	}
	var allowed, cached []string
	if b.AllowedMethods != nil {
		for _, m := range b.AllowedMethods.Items {
			allowed = append(allowed, string(m))
		}
		if b.AllowedMethods.CachedMethods != nil {
			for _, m := range b.AllowedMethods.CachedMethods.Items {
				cached = append(cached, string(m))
			}
		}
	}
	return []field{
		{"TargetOriginId", aws.ToString(b.TargetOriginId)},
		{"ViewerProtocolPolicy", string(b.ViewerProtocolPolicy)},
		{"AllowedMethods", strings.Join(slices.Sorted(slices.Values(allowed)), ", ")},
		{"CachedMethods", strings.Join(slices.Sorted(slices.Values(cached)), ", ")},
		{"CachePolicyId", aws.ToString(b.CachePolicyId)},
		{"OriginRequestPolicyId", aws.ToString(b.OriginRequestPolicyId)},
		{"Compress", strconv.FormatBool(aws.ToBool(b.Compress))},
	}
}

func errorFields(c *types.DistributionConfig) []field {
	var f []field
	for _, status := range uncachedErrors {
		value := ""
		if c.CustomErrorResponses != nil {
			for _, r := range c.CustomErrorResponses.Items {
				if aws.ToInt32(r.ErrorCode) == status {
					value = number(r.ErrorCachingMinTTL)
				}
			}
		}
		f = append(f, field{errorField + strconv.Itoa(int(status)), value})
	}
	return f
}
