package setup

import "time"

// EdgeRegion is the region in which CloudFront looks for its certificates.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
const EdgeRegion = "us-east-1"

// SpecFormat is the number of the way in which specs are stored. A spec of an
// earlier format is read as what it meant then.
const SpecFormat = 1

// A Spec is the answers of the wizard, one part for each page.
type Spec struct {
	Account      Account      `json:"account"`
	API          API          `json:"api"`
	Domain       Domain       `json:"domain"`
	Certificates Certificates `json:"certificates"`
	Edge         Edge         `json:"edge"`
}

// DefaultSpec is the spec of a new draft: every answer that has a good value
// for most people has it already.
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
// API Gateway, which is so when the API is in us-east-1.
func (s Spec) OneCertificate() bool { return s.Account.Region == EdgeRegion }

// DefaultConnection is the connection that uses the AWS default chain. Other
// connections are "profile:NAME", a named profile of the AWS config files, and
// stored ones.
const DefaultConnection = "default"

// Account is the answers of the page "account".
type Account struct {
	Connection string `json:"connection"`           // ID of a Connection
	AccountID  string `json:"account_id,omitempty"` // 12 digits, as STS said when the page was saved
	Region     string `json:"region"`               // the API's region, such as "eu-west-1"
}

// APIKind is what sort of API Gateway API something is.
type APIKind string

// The kinds of API. REST APIs are API Gateway v1; HTTP and WebSocket APIs v2.
const (
	APIKindREST      APIKind = "REST"
	APIKindHTTP      APIKind = "HTTP"
	APIKindWebSocket APIKind = "WEBSOCKET"
)

// API is the answers of the page "api".
type API struct {
	Mappings []Mapping `json:"mappings"`

	// Left are the paths that a person took out and chose to leave mapped, as
	// Mapping.Path has them.
	Left []string `json:"left,omitempty"`
}

// A Mapping leads one base path of the domain name to a stage of an API.
type Mapping struct {
	Path    string  `json:"path"` // without slashes at its ends; "" is the root
	APIID   string  `json:"api_id"`
	APIName string  `json:"api_name,omitempty"`
	Kind    APIKind `json:"kind"`
	Stage   string  `json:"stage"`
}

// DisplayPath is the path as people write it: with a leading slash.
func (m Mapping) DisplayPath() string { return "/" + m.Path }

// Who manages DNS for the domain name.
const (
	DNSRoute53   = "route53"   // a public hosted zone of the account of Domain.Connection
	DNSElsewhere = "elsewhere" // another provider or account: a person adds the records
)

// When traffic moves to CloudFront.
const (
	SwitchAtEnd = "end"   // the job writes, or asks for, the traffic record at its end
	SwitchLater = "later" // by hand, whenever the person likes; the job ends without it
)

// Domain is the answers of the page "domain".
type Domain struct {
	Name     string `json:"name"`                // lower case, A-labels, no trailing dot
	DNS      string `json:"dns"`                 // DNSRoute53 or DNSElsewhere
	ZoneID   string `json:"zone_id,omitempty"`   // such as "Z0123456789ABCDEFGHIJ"
	ZoneName string `json:"zone_name,omitempty"` // without trailing dot
	Switch   string `json:"switch"`              // SwitchAtEnd or SwitchLater

	// Connection is the one to the hosted zone's account, where that is another
	// one; "": the zone is in the account of the API. AccountID is that account's
	// number, as STS said when the page was saved.
	Connection string `json:"connection,omitempty"`
	AccountID  string `json:"account_id,omitempty"`
}

// DNSAccount is the account of the hosted zone, as an Account without region.
func (s Spec) DNSAccount() Account {
	if s.Domain.Connection == "" {
		return Account{Connection: s.Account.Connection, AccountID: s.Account.AccountID}
	}
	return Account{Connection: s.Domain.Connection, AccountID: s.Domain.AccountID}
}

// Certificates is the answers of the page "certificates": the ARN of a
// certificate to reuse, or "" for a new one. Regional is not used when
// Spec.OneCertificate.
type Certificates struct {
	Edge     string `json:"edge,omitempty"`     // in us-east-1, for CloudFront
	Regional string `json:"regional,omitempty"` // in the API's region, for API Gateway
	Answered bool   `json:"answered,omitempty"` // somebody chose; before that the page fills in what fits
}

// The caching choices.
const (
	CachingOff   = "off"   // managed policies CachingDisabled and AllViewer
	CachingAPI   = "api"   // the API's Cache-Control decides
	CachingFixed = "fixed" // every GET answer is kept for Edge.TTL
)

// The methods CloudFront lets through. It allows these three sets only.
const (
	MethodsAll     = "all"     // GET HEAD OPTIONS PUT POST PATCH DELETE
	MethodsOptions = "options" // GET HEAD OPTIONS
	MethodsRead    = "read"    // GET HEAD
)

// What CloudFront does with plain HTTP. The values are AWS's.
const (
	ViewerRedirect  = "redirect-to-https"
	ViewerHTTPSOnly = "https-only"
)

// Edge is the answers of the page "edge". The two settings that are not a
// choice, an HTTPS-only origin and the forwarded Host header, are not here.
type Edge struct {
	Caching        string   `json:"caching"`
	TTL            int      `json:"ttl"`             // seconds, for CachingFixed; 1 to 31,536,000
	KeyHeaders     []string `json:"key_headers"`     // by which kept answers are told apart, as ReadKeyHeaders gives them
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
	Tags           []Tag    `json:"tags,omitempty"`    // added to everything that can be tagged
}

// A Tag is an AWS resource tag.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Keeps says whether CloudFront keeps answers.
func (e Edge) Keeps() bool { return e.Caching == CachingAPI || e.Caching == CachingFixed }

// KeepFor is the fixed caching time.
func (e Edge) KeepFor() time.Duration { return time.Duration(e.TTL) * time.Second }
