package setup

import "time"

// Configured is what is configured on the way of a request, as AWS said when it was
// read. A part that could not be read is nil, and Unread says why.
type Configured struct {
	Distribution *ConfiguredDistribution
	Domain       *ConfiguredDomain
	APIs         []ConfiguredAPI // of the mappings whose API could be read
	Missing      []Setting       // what AWS says is not there: SettingCustomDomain, SettingAlias (no distribution)
	Unread       []string        // sentences
}

// ConfiguredDistribution is a distribution that serves the name, or is to.
type ConfiguredDistribution struct {
	ID         string
	DomainName string // d….cloudfront.net
	Enabled    bool
	Deployed   bool // all locations have the newest configuration
	Aliases    []string

	OriginDomain   string // of the default behavior's origin
	OriginPath     string
	OriginProtocol string        // OriginProtocolPolicy; "" for an S3 origin
	OriginPort     int           // HTTPSPort; 0 for an S3 origin
	OriginTLS      []string      // OriginSslProtocols
	ReadTimeout    time.Duration // OriginReadTimeout

	PassesHost    bool     // by cache policy, origin request policy or legacy settings
	PassesAuth    bool     // Authorization likewise
	KeepsAnswers  bool     // the longest TTL is more than 0
	KeyQuery      bool     // every query string is in the cache key
	KeyHeaders    []string // that are in the cache key
	PolicyUnknown bool     // a policy could not be read: the five above are not known

	CachePolicy         string // ID; "" where old settings stand in its place (ForwardedValues)
	OriginRequestPolicy string // ID; "" for none

	Methods        []string // AllowedMethods
	ViewerProtocol string   // ViewerProtocolPolicy
	MinimumTLS     string   // MinimumProtocolVersion
	Certificate    string   // ARN; "": CloudFront's own
	WebACL         string   // ARN or ID
	Restricted     bool     // GeoRestriction is not none
	ErrorPages     []int    // statuses with a page of their own
	Functions      bool     // functions or Lambdas are associated
	Behaviors      int      // beside the default one
	IPv6           bool

	Paths      []ConfiguredPath // those behaviors, in their order
	RootObject string           // DefaultRootObject: what is asked for in the place of "/"
	PriceClass string
	Continuous string // ContinuousDeploymentPolicyId; "": none
}

// ConfiguredPath is a cache behavior of a path pattern, which goes before the default one.
type ConfiguredPath struct {
	Pattern      string // with * and ?
	OriginDomain string // "": a group of origins
}

// ConfiguredDomain is the Regional custom domain of the name.
type ConfiguredDomain struct {
	Region         string
	Target         string // d-….execute-api.{region}.amazonaws.com
	Certificate    string // ARN
	SecurityPolicy string // TLS_1_2, SecurityPolicy_…
	MTLS           bool
	RoutingMode    string
	Available      bool
	Mappings       []Mapping // Kind and APIName are not known
}

// ConfiguredAPI is an API and a stage to which a path is mapped.
type ConfiguredAPI struct {
	Path            string // of the mapping, as Mapping.Path has it
	Kind            APIKind
	APIID, Stage    string
	Deployed        bool // the stage exists and has a deployment
	StageGone       bool // AWS does not know the stage
	ExecuteDisabled bool // the API's own name answers 403
	SecurityPolicy  string
	WebACL          string // ARN of the web ACL before the stage of a REST API; "": none
	// Access is what the API asks of callers at the tested path and method, as
	// AWS names it: "NONE", "API_KEY", "AWS_IAM", "CUSTOM", "JWT", …; "": not known.
	Access string
	// Silence is the longest time the integration may take; 0: not known.
	Silence time.Duration
}
