package setup

import "time"

// EdgeRegion is the region in which CloudFront looks for its certificates.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
const EdgeRegion = "us-east-1"

// SpecFormat is the version number of the format in which specs are stored. A
// spec in an earlier format keeps the meaning that it had then.
const SpecFormat = 1

// A Spec holds the answers of the wizard, one part for each page.
type Spec struct {
	Account      Account      `json:"account"`
	API          API          `json:"api"`
	Domain       Domain       `json:"domain"`
	Certificates Certificates `json:"certificates"`
	Edge         Edge         `json:"edge"`

	// AsFound are the settings that stay as they were found when the setup was
	// adopted, by Difference.Key in their order: no job changes them, and no check
	// calls them drift.
	AsFound []string `json:"as_found,omitempty"`

	// Gone says that nothing of the setup is wanted any more. nil: it is wanted.
	Gone *Gone `json:"gone,omitempty"`
}

// Gone is what a person wants of a setup that is taken down.
type Gone struct {
	Name string `json:"name"` // where the name leads afterwards, such as GoneBack
}

// Where the name of a setup leads after it was taken down.
const (
	GoneBack    = "back"    // where it led before: the old record is put back
	GoneNowhere = "nowhere" // to nothing: the records that apifront wrote are removed
	GoneMoved   = "moved"   // a person has moved it, or does so while the job waits

	// GoneGiven says that an adopted setup was given back: the name leads where it
	// leads, everything stays, and apifront looks after none of it.
	GoneGiven = "given-back"
)

// DefaultSpec is the spec of a new draft. It has an answer to every question
// for which one answer is good for most people.
func DefaultSpec() Spec {
	return Spec{
		Account: Account{Connection: DefaultConnection},
		Domain:  Domain{DNS: DNSRoute53, Switch: SwitchAtEnd},
		Edge: Edge{
			Caching:        CachingOff,
			TTL:            60,
			KeyHeaders:     KeyHeaders(),
			Methods:        MethodsAll,
			ViewerProtocol: ViewerRedirect,
			MinimumTLS:     "TLSv1.2_2021",
			HTTPVersion:    "http2and3",
			IPv6:           true,
			Compress:       true,
			PriceClass:     "PriceClass_All",
			ReadTimeout:    60,
		},
	}
}

// OneCertificate says whether a single certificate serves both CloudFront and
// API Gateway. That is so if the API is in us-east-1.
func (s Spec) OneCertificate() bool { return s.Account.Region == EdgeRegion }

// AliasLater says whether the distribution is made without the name, which it gets once
// it is deployed: something else has the name until then.
func (s Spec) AliasLater() bool { return s.Domain.MoveFrom != "" }

// DefaultConnection is the ID of the connection that uses the AWS default
// chain. The other IDs are "profile:NAME", for a named profile of the AWS
// config files, and those of stored connections.
const DefaultConnection = "default"

// Account holds the answers of the page "account".
type Account struct {
	Connection string `json:"connection"`           // ID of a Connection
	AccountID  string `json:"account_id,omitempty"` // 12 digits, as STS returned it when the page was saved
	Region     string `json:"region"`               // the API's region, such as "eu-west-1"
}

// APIKind is the kind of an API of API Gateway.
type APIKind string

// The kinds of API. A REST API belongs to API Gateway v1, an HTTP or WebSocket
// API to v2.
const (
	APIKindREST      APIKind = "REST"
	APIKindHTTP      APIKind = "HTTP"
	APIKindWebSocket APIKind = "WEBSOCKET"
)

// API holds the answers of the page "api".
type API struct {
	Mappings []Mapping `json:"mappings"`

	// Left are the paths, as in Mapping.Path, that a person removed from the
	// answers but chose to leave mapped in AWS.
	Left []string `json:"left,omitempty"`
}

// A Mapping leads a base path of the domain name to a stage of an API.
type Mapping struct {
	Path    string  `json:"path"` // without slashes at its ends; "" is the root
	APIID   string  `json:"api_id"`
	APIName string  `json:"api_name,omitempty"`
	Kind    APIKind `json:"kind"`
	Stage   string  `json:"stage"`
	Test    Test    `json:"test,omitzero"`
}

// DisplayPath is the path as people write it: with a leading slash.
func (m Mapping) DisplayPath() string { return "/" + m.Path }

// The ways to manage DNS for the domain name.
const (
	DNSRoute53   = "route53"   // a public hosted zone of the account of Domain.Connection
	DNSElsewhere = "elsewhere" // another provider or account: a person adds the records
)

// The times at which traffic moves to CloudFront.
const (
	SwitchAtEnd = "end"   // the job writes the traffic record at its end, or asks a person for it
	SwitchLater = "later" // a person starts the move whenever they like; the job ends without it
)

// Domain holds the answers of the page "domain".
type Domain struct {
	Name     string `json:"name"`                // lower case, A-labels, no trailing dot
	DNS      string `json:"dns"`                 // DNSRoute53 or DNSElsewhere
	ZoneID   string `json:"zone_id,omitempty"`   // such as "Z0123456789ABCDEFGHIJ"
	ZoneName string `json:"zone_name,omitempty"` // without trailing dot
	Switch   string `json:"switch"`              // SwitchAtEnd or SwitchLater

	// MoveFrom is the ID of the distribution of the account that has the name and gives
	// it to the setup's; "": none does.
	MoveFrom string `json:"move_from,omitempty"`

	// Connection is the connection to the account of the hosted zone, if that
	// is another account than the API's; "" if it is the same. AccountID is
	// that account's number, as STS returned it when the page was saved.
	Connection string `json:"connection,omitempty"`
	AccountID  string `json:"account_id,omitempty"`

	// FromEdge says that the custom domain of the name is edge-optimised, and is to
	// become the setup's: callers are led to a Regional endpoint of it first, and the
	// distribution of API Gateway's own that holds the name goes.
	FromEdge bool `json:"from_edge,omitempty"`

	// SecurityPolicy is the TLS policy of the custom domain, one of SecurityPolicies; "":
	// TLS_1_2, and a stricter one that somebody else has set stays. AccessMode is
	// AccessStrict or "" for BASIC, which API Gateway knows with such a policy alone.
	SecurityPolicy string `json:"security_policy,omitempty"`
	AccessMode     string `json:"access_mode,omitempty"`
}

// DNSAccount is the account of the hosted zone, as an Account without a region.
func (s Spec) DNSAccount() Account {
	if s.Domain.Connection == "" {
		return Account{Connection: s.Account.Connection, AccountID: s.Account.AccountID}
	}
	return Account{Connection: s.Domain.Connection, AccountID: s.Domain.AccountID}
}

// Certificates holds the answers of the page "certificates": the ARN of a
// certificate to reuse, or "" for a new one. If Spec.OneCertificate is true,
// Regional is not used.
type Certificates struct {
	Edge     string `json:"edge,omitempty"`     // in us-east-1, for CloudFront
	Regional string `json:"regional,omitempty"` // in the API's region, for API Gateway
	Answered bool   `json:"answered,omitempty"` // a person chose; before that the page proposes what fits
}

// The values of Edge.Caching.
const (
	CachingOff   = "off"   // managed policies CachingDisabled and AllViewer
	CachingAPI   = "api"   // the Cache-Control header of the API's answer decides
	CachingFixed = "fixed" // every GET answer is kept for Edge.TTL
)

// The sets of methods that CloudFront lets through. It allows only these three.
const (
	MethodsAll     = "all"     // GET HEAD OPTIONS PUT POST PATCH DELETE
	MethodsOptions = "options" // GET HEAD OPTIONS
	MethodsRead    = "read"    // GET HEAD
)

// What CloudFront does with plain HTTP, in the values of ViewerProtocolPolicy.
const (
	ViewerRedirect  = "redirect-to-https"
	ViewerHTTPSOnly = "https-only"
)

// Edge holds the answers of the page "edge". Two settings are the same for
// every setup, and so are not here: the HTTPS-only origin and the forwarded
// Host header.
type Edge struct {
	Caching    string   `json:"caching"`
	TTL        int      `json:"ttl"`         // seconds, for CachingFixed; 1 to 31,536,000
	KeyHeaders []string `json:"key_headers"` // request headers in the cache key, as ReadKeyHeaders returns them
	// Accepts are the kinds of answers of which a person accepts that callers get
	// those made for others, where the test of kept answers finds that; see
	// SharedKinds.
	Accepts        []string `json:"accepts,omitempty"`
	Methods        string   `json:"methods"`         // MethodsAll, MethodsOptions or MethodsRead
	ViewerProtocol string   `json:"viewer_protocol"` // ViewerRedirect or ViewerHTTPSOnly
	MinimumTLS     string   `json:"minimum_tls"`     // CloudFront's MinimumProtocolVersion
	HTTPVersion    string   `json:"http_version"`    // http2 or http2and3
	IPv6           bool     `json:"ipv6"`
	Compress       bool     `json:"compress"`
	PriceClass     string   `json:"price_class"`
	ReadTimeout    int      `json:"read_timeout"` // seconds CloudFront waits for the API; 1 to 120
	WebACL         string   `json:"web_acl,omitempty"`
	Comment        string   `json:"comment,omitempty"` // at most 128 characters
	Tags           []Tag    `json:"tags,omitempty"`    // put on every resource that can have tags

	// CloseEndpoints says that the default endpoints of the APIs behind the paths are
	// closed once traffic has moved: their own names,
	// {id}.execute-api.{region}.amazonaws.com, answer 403. false: they stay as they are.
	CloseEndpoints bool `json:"close_endpoints,omitempty"`

	// OriginHeader is the header with a secret that the distribution adds to each request
	// to its origin, so that the API can refuse others; "": none. The secret is no answer.
	OriginHeader string `json:"origin_header,omitempty"`

	// AccessLogs is where CloudFront's access logs go; zero: apifront sets up none.
	AccessLogs AccessLogs `json:"access_logs,omitzero"`
}

// A Tag is an AWS resource tag.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Keeps says whether CloudFront keeps answers.
func (e Edge) Keeps() bool { return e.Caching == CachingAPI || e.Caching == CachingFixed }

// KeepFor is the fixed caching time, TTL.
func (e Edge) KeepFor() time.Duration { return time.Duration(e.TTL) * time.Second }
