package sim

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A distributionConfig is a CloudFront DistributionConfig: every member that
// the API of 2020-05-31 has had until November 2026, so that nothing a client
// sends is lost on the way back. A stored one is never changed in place (the
// edges hold it too); change a clone.
//
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
type distributionConfig struct {
	CallerReference      string
	Aliases              *aliases
	DefaultRootObject    string
	Origins              *origins
	OriginGroups         *originGroups
	DefaultCacheBehavior *cacheBehavior
	CacheBehaviors       *cacheBehaviors
	CustomErrorResponses *customErrorResponses
	Comment              string
	Logging              *loggingConfig
	PriceClass           string
	Enabled              bool
	ViewerCertificate    *viewerCertificate
	Restrictions         *restrictions
	WebACLID             string `xml:"WebACLId"`
	HTTPVersion          string `xml:"HttpVersion"`
	IPv6                 *bool  `xml:"IsIPV6Enabled"`

	ContinuousDeploymentPolicyID  string `xml:"ContinuousDeploymentPolicyId"`
	Staging                       bool
	AnycastIPListID               string                         `xml:"AnycastIpListId,omitempty"`
	CacheTagConfig                *cacheTagConfig                `xml:",omitempty"`
	ConnectionFunctionAssociation *connectionFunctionAssociation `xml:",omitempty"`
	ConnectionMode                string                         `xml:",omitempty"`
	TenantConfig                  *tenantConfig                  `xml:",omitempty"`
	ViewerMtlsConfig              *viewerMtlsConfig              `xml:",omitempty"`
	Newer                         []newerElement                 `xml:",any"`
}

// A counted list says how many items follow; V17 compares both.
type aliases struct {
	Quantity int
	Items    []string `xml:"Items>CNAME"`
}

type origins struct {
	Quantity int
	Items    []origin       `xml:"Items>Origin"`
	Newer    []newerElement `xml:",any"`
}

// An origin is where a distribution fetches from.
type origin struct {
	ID                        string `xml:"Id"`
	DomainName                string
	OriginPath                string
	CustomHeaders             *customHeaders
	S3OriginConfig            *s3OriginConfig
	CustomOriginConfig        *customOriginConfig
	VpcOriginConfig           *vpcOriginConfig
	ConnectionAttempts        *int
	ConnectionTimeout         *int
	ResponseCompletionTimeout *int
	OriginShield              *originShield
	OriginAccessControlID     string         `xml:"OriginAccessControlId"`
	Newer                     []newerElement `xml:",any"`
}

type customHeaders struct {
	Quantity int
	Items    []customHeader `xml:"Items>OriginCustomHeader"`
}

type customHeader struct {
	Name  string `xml:"HeaderName"`
	Value string `xml:"HeaderValue"`
}

type customOriginConfig struct {
	HTTPPort               *int
	HTTPSPort              *int
	OriginProtocolPolicy   string // http-only, match-viewer, https-only
	OriginSslProtocols     *sslProtocols
	OriginReadTimeout      *int
	OriginKeepaliveTimeout *int
	IPAddressType          string            `xml:"IpAddressType,omitempty"`
	OriginHTTPVersion      string            `xml:"OriginHttpVersion,omitempty"` // not in the Go SDK up to v1.73.0
	OriginMtlsConfig       *originMtlsConfig `xml:",omitempty"`
	Newer                  []newerElement    `xml:",any"`
}

type originMtlsConfig struct {
	ClientCertificateArn string
}

type sslProtocols struct {
	Quantity int
	Items    []string `xml:"Items>SslProtocol"`
}

type s3OriginConfig struct {
	OriginAccessIdentity string
	OriginReadTimeout    *int
}

type vpcOriginConfig struct {
	VpcOriginID            string `xml:"VpcOriginId"`
	OwnerAccountID         string `xml:"OwnerAccountId,omitempty"`
	OriginReadTimeout      *int
	OriginKeepaliveTimeout *int
}

type originShield struct {
	Enabled            bool
	OriginShieldRegion string         `xml:",omitempty"`
	Newer              []newerElement `xml:",any"`
}

type originGroups struct {
	Quantity int
	Items    []originGroup `xml:"Items>OriginGroup"`
}

type originGroup struct {
	ID               string `xml:"Id"`
	FailoverCriteria struct {
		StatusCodes struct {
			Quantity int
			Items    []int `xml:"Items>StatusCode"`
		}
	}
	Members struct {
		Quantity int
		Items    []struct {
			OriginID string `xml:"OriginId"`
		} `xml:"Items>OriginGroupMember"`
	}
	SelectionCriteria string `xml:",omitempty"`
}

type customErrorResponses struct {
	Quantity int
	Items    []customErrorResponse `xml:"Items>CustomErrorResponse"`
}

type customErrorResponse struct {
	ErrorCode          int
	ResponsePagePath   string
	ResponseCode       string
	ErrorCachingMinTTL *int64
	Newer              []newerElement `xml:",any"`
}

type loggingConfig struct {
	Enabled        bool
	IncludeCookies bool
	Bucket         string
	Prefix         string
}

// A viewerCertificate says what certificate viewers see.
type viewerCertificate struct {
	CloudFrontDefaultCertificate bool
	ACMCertificateArn            string         `xml:",omitempty"`
	IAMCertificateID             string         `xml:"IAMCertificateId,omitempty"`
	SSLSupportMethod             string         `xml:",omitempty"`
	MinimumProtocolVersion       string         `xml:",omitempty"`
	Certificate                  string         `xml:",omitempty"`
	CertificateSource            string         `xml:",omitempty"`
	Newer                        []newerElement `xml:",any"`
}

type restrictions struct {
	GeoRestriction geoRestriction
}

type geoRestriction struct {
	RestrictionType string // none, blacklist, whitelist
	Quantity        int
	Items           []string `xml:"Items>Location"`
}

type cacheTagConfig struct {
	HeaderName string
}

type connectionFunctionAssociation struct {
	ID string `xml:"Id"`
}

type tenantConfig struct {
	ParameterDefinitions []struct {
		Name       string
		Definition struct {
			StringSchema *struct {
				Comment      string `xml:",omitempty"`
				DefaultValue string `xml:",omitempty"`
				Required     bool
			}
		}
	} `xml:"ParameterDefinitions>member"`
}

type viewerMtlsConfig struct {
	Mode             string `xml:",omitempty"`
	TrustStoreConfig *struct {
		TrustStoreID               string `xml:"TrustStoreId"`
		AdvertiseTrustStoreCaNames *bool
		IgnoreCertificateExpiry    *bool
	}
}

// aliases are the alternate domain names, as stored: lower case.
func (c *distributionConfig) aliases() []string {
	if c.Aliases == nil {
		return nil
	}
	return c.Aliases.Items
}

// hasAlias says whether name, in lower case, stands in the list as it is;
// a wildcard alias does not have the names it covers.
func (c *distributionConfig) hasAlias(name string) bool {
	return slices.Contains(c.aliases(), name)
}

// origin is the origin with that ID, nil if there is none.
func (c *distributionConfig) origin(id string) *origin {
	if c.Origins == nil {
		return nil
	}
	for i := range c.Origins.Items {
		if c.Origins.Items[i].ID == id {
			return &c.Origins.Items[i]
		}
	}
	return nil
}

// behaviors are the path behaviors in their order, then the default one.
func (c *distributionConfig) behaviors() []*cacheBehavior {
	var all []*cacheBehavior
	if c.CacheBehaviors != nil {
		for i := range c.CacheBehaviors.Items {
			all = append(all, &c.CacheBehaviors.Items[i])
		}
	}
	if c.DefaultCacheBehavior != nil {
		all = append(all, c.DefaultCacheBehavior)
	}
	return all
}

// behavior is the behavior that takes path, such as "/v1/orders".
func (c *distributionConfig) behavior(path string) *cacheBehavior {
	for _, b := range c.behaviors() {
		if b.PathPattern == "" || matchPattern(strings.TrimPrefix(b.PathPattern, "/"), strings.TrimPrefix(path, "/")) {
			return b
		}
	}
	return nil
}

// matchPattern matches CloudFront's path patterns: * is any number of
// characters, ? is one.
func matchPattern(pattern, path string) bool {
	for pattern != "" {
		if pattern[0] == '*' {
			for i := 0; i <= len(path); i++ {
				if matchPattern(pattern[1:], path[i:]) {
					return true
				}
			}
			return false
		}
		if path == "" || pattern[0] != '?' && pattern[0] != path[0] {
			return false
		}
		pattern, path = pattern[1:], path[1:]
	}
	return path == ""
}

// certificateARN is the ACM certificate shown to viewers; "" is CloudFront's own.
func (c *distributionConfig) certificateARN() string {
	if c.ViewerCertificate == nil {
		return ""
	}
	return c.ViewerCertificate.ACMCertificateArn
}

// errorResponse is the custom answer to an error of the origin, nil if none.
func (c *distributionConfig) errorResponse(code int) *customErrorResponse {
	if c.CustomErrorResponses == nil {
		return nil
	}
	for i := range c.CustomErrorResponses.Items {
		if c.CustomErrorResponses.Items[i].ErrorCode == code {
			return &c.CustomErrorResponses.Items[i]
		}
	}
	return nil
}

// clone is a deep copy.
func (c *distributionConfig) clone() (distributionConfig, error) {
	b, err := xml.Marshal(c)
	if err != nil {
		return distributionConfig{}, fmt.Errorf("copy distribution config: %w", err)
	}
	var out distributionConfig
	if err := xml.Unmarshal(b, &out); err != nil {
		return distributionConfig{}, fmt.Errorf("copy distribution config: %w", err)
	}
	return out, nil
}

// protocolPolicy is how CloudFront talks to the origin: http-only,
// match-viewer or https-only; "" is an S3 origin.
func (o *origin) protocolPolicy() string {
	if o.CustomOriginConfig == nil {
		return ""
	}
	return o.CustomOriginConfig.OriginProtocolPolicy
}

// headers are the custom headers sent to the origin.
func (o *origin) headers() []customHeader {
	if o.CustomHeaders == nil {
		return nil
	}
	return o.CustomHeaders.Items
}

// at is what the edge serves at a moment, nil for nothing.
func (e servedConfig) at(now time.Time) *distributionConfig {
	if now.Before(e.From) {
		return e.Before
	}
	return e.Config
}
