package setup

// A Setting is one thing on the way of a request that is right or wrong. What
// is seen from outside leads to a setting, and the steps say which are theirs.
type Setting string

// The settings of the tutorial's six steps, in its order.
const (
	SettingEdgeCertificate     Setting = "edge-certificate"     // 1: in us-east-1, attached to the distribution
	SettingRegionalCertificate Setting = "regional-certificate" // 1: in the API's region, attached to the custom domain
	SettingCustomDomain        Setting = "custom-domain"        // 2: the Regional custom domain of the name
	SettingMapping             Setting = "mapping"              // 2: what leads a path to a stage of an API
	SettingOriginDomain        Setting = "origin-domain"        // 3: the origin is the target of the custom domain
	SettingAlias               Setting = "alias"                // 3: the distribution has the name (Aliases)
	SettingOriginProtocol      Setting = "origin-protocol"      // 4: OriginProtocolPolicy is https-only
	SettingHostHeader          Setting = "host-header"          // 5: Host is passed on to the origin
	SettingTrafficRecord       Setting = "traffic-record"       // 6: the name's records lead to the distribution
)

// Settings of DNS beside the traffic record.
const (
	SettingDelegation       Setting = "delegation"        // the parent zone names the name servers of the zone
	SettingValidationRecord Setting = "validation-record" // the CNAME record by which ACM knows whose the name is
	SettingCAA              Setting = "caa"               // which authorities may issue
	SettingProxy            Setting = "proxy"             // a DNS provider's proxy stands before the name
	SettingRenewal          Setting = "renewal"           // whether ACM renews the certificates by itself
)

// Settings of the distribution beside the tutorial's.
const (
	SettingEnabled        Setting = "enabled"         // the distribution is on
	SettingDeployed       Setting = "deployed"        // all of CloudFront's locations have the newest configuration
	SettingOriginPath     Setting = "origin-path"     // OriginPath is empty
	SettingOriginTLS      Setting = "origin-tls"      // CloudFront and API Gateway have a TLS version in common
	SettingOriginTimeout  Setting = "origin-timeout"  // OriginReadTimeout is longer than the API takes
	SettingMethods        Setting = "methods"         // AllowedMethods
	SettingCacheKey       Setting = "cache-key"       // by what kept answers are told apart
	SettingCaching        Setting = "caching"         // that answers are kept, and for how long
	SettingForwarding     Setting = "forwarding"      // headers, cookies and query strings beside Host
	SettingViewerProtocol Setting = "viewer-protocol" // ViewerProtocolPolicy
	SettingViewerTLS      Setting = "viewer-tls"      // MinimumProtocolVersion
	SettingFirewall       Setting = "firewall"        // WebACLId
	SettingRestriction    Setting = "restriction"     // GeoRestriction
	SettingErrorPages     Setting = "error-pages"     // CustomErrorResponses with a page
	SettingEdgeFunction   Setting = "edge-function"   // a function or Lambda that answers or changes answers
	SettingIPv6           Setting = "ipv6"            // IsIPV6Enabled, and the AAAA record with it
)

// Settings of the custom domain beside the tutorial's, and of the API.
const (
	SettingDomainTLS   Setting = "domain-tls"   // the security policy of the custom domain
	SettingDomainMTLS  Setting = "domain-mtls"  // client certificates that the custom domain asks for
	SettingRoutingMode Setting = "routing-mode" // whether the custom domain goes by mappings
	SettingRoute       Setting = "route"        // the API has the path and method, deployed to the stage
	SettingAPIAccess   Setting = "api-access"   // a key, a signature or an authorizer that the API asks for
	SettingAPIPolicy   Setting = "api-policy"   // the resource policy of a REST API
	SettingBackend     Setting = "backend"      // the integration behind the API, and what it answers
	SettingThrottling  Setting = "throttling"   // request limits of API Gateway
)

// Settings that are no AWS resource.
const (
	SettingNetwork Setting = "network" // how apifront itself reaches the Internet
	SettingRequest Setting = "request" // the request that the test sends: its path, its key
)
