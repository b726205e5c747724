package sim

import "slices"

// A cacheBehavior is a CacheBehavior or, without PathPattern, the
// DefaultCacheBehavior of a distribution.
type cacheBehavior struct {
	PathPattern                string `xml:",omitempty"`
	TargetOriginID             string `xml:"TargetOriginId"`
	TrustedSigners             *trustedSigners
	TrustedKeyGroups           *trustedKeyGroups
	ViewerProtocolPolicy       string // allow-all, https-only, redirect-to-https
	AllowedMethods             *allowedMethods
	SmoothStreaming            bool
	Compress                   bool
	LambdaFunctionAssociations *lambdaFunctionAssociations
	FunctionAssociations       *functionAssociations
	FieldLevelEncryptionID     string           `xml:"FieldLevelEncryptionId"`
	RealtimeLogConfigArn       string           `xml:",omitempty"`
	CachePolicyID              string           `xml:"CachePolicyId,omitempty"`
	OriginRequestPolicyID      string           `xml:"OriginRequestPolicyId,omitempty"`
	ResponseHeadersPolicyID    string           `xml:"ResponseHeadersPolicyId,omitempty"`
	GrpcConfig                 *grpcConfig      `xml:",omitempty"`
	ForwardedValues            *forwardedValues `xml:",omitempty"` // legacy, instead of CachePolicyID
	MinTTL                     *int64           `xml:",omitempty"`
	DefaultTTL                 *int64           `xml:",omitempty"`
	MaxTTL                     *int64           `xml:",omitempty"`
	Newer                      []newerElement   `xml:",any"`
}

type cacheBehaviors struct {
	Quantity int
	Items    []cacheBehavior `xml:"Items>CacheBehavior"`
}

type trustedSigners struct {
	Enabled  bool
	Quantity int
	Items    []string `xml:"Items>AwsAccountNumber"`
}

type trustedKeyGroups struct {
	Enabled  bool
	Quantity int
	Items    []string `xml:"Items>KeyGroup"`
}

type allowedMethods struct {
	Quantity      int
	Items         []string `xml:"Items>Method"`
	CachedMethods *cachedMethods
	Newer         []newerElement `xml:",any"`
}

type cachedMethods struct {
	Quantity int
	Items    []string `xml:"Items>Method"`
}

type lambdaFunctionAssociations struct {
	Quantity int
	Items    []struct {
		LambdaFunctionARN string
		EventType         string
		IncludeBody       bool
	} `xml:"Items>LambdaFunctionAssociation"`
}

type functionAssociations struct {
	Quantity int
	Items    []struct {
		FunctionARN string
		EventType   string
	} `xml:"Items>FunctionAssociation"`
}

type grpcConfig struct {
	Enabled bool
	Newer   []newerElement `xml:",any"`
}

type forwardedValues struct {
	QueryString          bool
	Cookies              cookiePreference
	Headers              *nameList
	QueryStringCacheKeys *nameList
}

type cookiePreference struct {
	Forward          string // none, whitelist, all
	WhitelistedNames *nameList
}

// A nameList is a counted list of Name elements.
type nameList struct {
	Quantity int
	Items    []string `xml:"Items>Name"`
}

// names are the items of a list that may be absent.
func (l *nameList) names() []string {
	if l == nil {
		return nil
	}
	return l.Items
}

// methods are what the behavior lets through; GET and HEAD if it does not say.
func (b *cacheBehavior) methods() []string {
	if b.AllowedMethods == nil {
		return []string{"GET", "HEAD"}
	}
	return b.AllowedMethods.Items
}

// cached says whether answers to a method may be cached at all.
func (b *cacheBehavior) cached(method string) bool {
	if b.AllowedMethods == nil || b.AllowedMethods.CachedMethods == nil {
		return method == "GET" || method == "HEAD"
	}
	return slices.Contains(b.AllowedMethods.CachedMethods.Items, method)
}
