// Package sim is the simulator: a stand-in for the parts of AWS that apifront
// uses, for demo mode and for tests. It speaks AWS's wire protocols (so the
// AWS CLI, boto3 and Terraform can talk to it), refuses what AWS refuses
// (rules V1 to V38), lets time pass as AWS does, and has a data plane: DNS,
// a TLS edge and regional endpoints. It is reached only over the network, as
// AWS is; nothing but cmd and tests imports it.
package sim

import (
	"crypto/x509"
	"net/http"
	"sync"
	"time"
)

// A Sim is one simulated world: accounts, what they hold, the public DNS, the
// edges and the regional endpoints. It is safe for concurrent use.
// It starts no goroutine of its own but those that serve connections.
type Sim struct {
	cfg Config
	ca  *authority // data plane certificates

	book policyBook

	mu sync.Mutex // guards everything below

	accounts map[string]*account // by access key ID
	regions  map[regionKey]*region
	globals  map[string]*global // by account ID

	// One world, many accounts: what is unique or visible across accounts.
	distributions map[string]*distribution  // by ID
	zones         map[string]*zone          // by ID, without /hostedzone/
	public        publicDNS                 // what ACM looked for in vain
	dns           dnsOrders                 // what was said of the public DNS beside the zones
	tree          dnsTree                   // the tree of zones that follows from all that
	resolvers     map[string]*resolverCache // what the caching resolvers remember, by address
	net           dataPlane                 // edges, endpoints and their connections

	buckets   map[string]*bucket // of S3, by name
	sites     []*Site            // hosts that AWS does not run for an account
	blocks    []Block            // what web ACLs block
	tenants   []Tenant           // distribution tenants that have names
	functions map[string]Answer  // what functions at the edge answer, by ARN
	country   string             // where visitors are; "": in the US

	roles    map[string]*role // by ARN
	tagIndex tagIndex         // what tagging's GetResources answers from

	trail   trail   // what CloudTrail knows
	metrics metrics // what CloudWatch is told

	seed   func() // what Reset does after emptying the world; nil: nothing
	calls  []Call // the call log behind /_sim/calls
	faults []*fault
	serial int64 // makes IDs; rises

	keeper  *keeper // nil: nothing is saved
	version int64   // rises with every change while there is a keeper
	saving  bool    // a save is on its way

	spent map[string]time.Time
}

// regionKey says one account in one region.
type regionKey struct{ account, region string }

// An account is one AWS account as seen through one access key.
type account struct {
	ID        string // 12 digits
	KeyID     string
	Secret    string
	Token     string // session token of temporary keys, else ""
	Principal string // ARN
	UserID    string // AIDA…, or AROA…:session of an assumed role
	Expires   time.Time
	Verified  bool // CloudFront refuses accounts that are not (V24)

	Policies []string // documents of what a user's key may do; nil: everything
	Role     string   // ARN of the role of a session, whose policies it has
	Limits   []string // documents of the session policies beside them; nil: none
}

// A region is what one account holds in one region.
type region struct {
	key          regionKey
	certificates map[string]*certificate // by ARN
	apis         map[string]*api         // by API ID; REST, HTTP and WebSocket share it
	domains      map[string]*domain      // custom domain names
	lastMutation map[string]time.Time    // by operation: the 30 s quotas (V13)
	gatewayUsed  float64                 // API Gateway requests not yet forgotten, at gatewayAt (V13)
	gatewayAt    time.Time
	tokens       map[string]requestToken // RequestCertificate's idempotency tokens (V4)
	logs         logDeliveries           // CloudWatch Logs (V38)
}

// A global is what one account holds in global services.
type global struct {
	account       string
	cachePolicies map[string]*cachePolicy         // by ID, custom ones
	originPolicy  map[string]*originRequestPolicy // by ID, custom ones
	changes       map[string]*change              // Route 53 changes by ID
	zoneRequests  []time.Time                     // Route 53 requests of the last second (V31)
}

// A certificate is an ACM certificate. Its status follows from its times.
type certificate struct {
	ARN        string
	Region     string
	Account    string
	Names      []string // DomainName first, then the others
	Validation string   // DNS or EMAIL
	Key        string   // RSA_2048, EC_prime256v1, …
	Type       string   // AMAZON_ISSUED, IMPORTED
	Status     string   // PENDING_VALIDATION, ISSUED, FAILED, …
	Failure    string   // FailureReason
	Token      string
	Fate       FaultKind // FaultCAA or FaultStuck if so ordered
	Tags       map[string]string
	CreatedAt  time.Time
	LookedAt   time.Time // ACM last looked for its validation record
	SeenAt     time.Time // its validation record was first seen; zero: not yet
	IssuedAt   time.Time
	NotBefore  time.Time
	NotAfter   time.Time
	InUseBy    map[string]time.Time // ARN to when it was released; zero: still in use

	Renewal       string // RenewalStatus; "" before ACM has begun to renew it
	RenewalReason string // RenewalStatusReason
	RenewalAt     time.Time
}

// An api is an API Gateway API of any kind.
type api struct {
	ID             string
	Name           string
	Kind           string // REST, HTTP, WEBSOCKET
	Endpoint       string // REGIONAL, EDGE, PRIVATE
	Stages         map[string]*stage
	Routes         []string // paths that exist, such as "/", "/orders"; empty: every path
	CreatedAt      time.Time
	Tags           map[string]string
	DisableExecute bool     // DisableExecuteApiEndpoint; see closedAt
	Deployments    []string `json:",omitempty"` // IDs beside the first of each stage
	Methods        []Method `json:",omitempty"` // beside Routes
	Keys           []string `json:",omitempty"` // API keys of its usage plan
	Token          string   `json:",omitempty"` // what its authorizers let in; "": every token
	Policy         string   `json:",omitempty"` // resource policy; "": none
}

// A stage is a deployed stage of an API.
type stage struct {
	Name        string
	CreatedAt   time.Time
	Description string `json:",omitempty"`
	Deployment  string `json:",omitempty"` // ID; "": the first one
	Behind      bool   `json:",omitempty"` // DisableExecute was changed, and callers do not see it yet
}

// A domain is an API Gateway custom domain name; v1 and v2 are two views of it.
type domain struct {
	Name         string
	Account      string
	Region       string
	Endpoint     string              // REGIONAL or EDGE
	Certificate  string              // ARN
	Target       string              // d-….execute-api.<region>.amazonaws.com
	ZoneID       string              // of the target
	Status       string              // AVAILABLE, UPDATING
	Security     string              // TLS_1_2, …
	IPType       string              // ipv4, dualstack
	RoutingMode  string              // v1 spelling: BASE_PATH_MAPPING_ONLY, …
	Mappings     map[string]*mapping // by key; "" is the root
	Tags         map[string]string
	CreatedAt    time.Time
	UpdatingTill time.Time

	Access          string    // endpointAccessMode: "", BASIC, STRICT
	StrictFrom      time.Time // STRICT is enforced from then on
	AwayTill        time.Time // out of reach until then, after STRICT was taken away
	Truststore      string    `json:",omitempty"` // s3://… of mutual TLS; "": none
	EdgeCertificate string    // ARN in us-east-1; only with EdgeTarget
	EdgeTarget      string    // d….cloudfront.net of an edge-optimized domain; with Target while it is moved
	EdgeSince       time.Time
	EdgeHeldTill    time.Time `json:",omitzero"` // CloudFront keeps the name until then, though the edge-optimized half is gone
}

// A mapping leads a base path of a domain to a stage.
type mapping struct {
	ID    string
	Key   string // "" is the root
	API   string
	Stage string // "" (v1 only): the first segment of the path names it

	Since  time.Time // the edges know it from then on; see at
	Before *mapping  // what answered until then; nil: nothing
}

// A distribution is a CloudFront distribution: its configuration as the
// decoded XML document, and what the edges serve.
type distribution struct {
	ID            string
	Account       string
	ARN           string
	DomainName    string // d….cloudfront.net
	ETag          string
	Config        distributionConfig
	Tags          map[string]string
	ModifiedAt    time.Time
	DeployedAt    time.Time               // Status is Deployed from then on
	Edges         [edgeCount]servedConfig // what each edge serves now
	Invalidations map[string]*invalidation
	Plan          bool // subscribed to a pricing plan: cannot be deleted (V26)
}

// servedConfig is what one edge serves of a distribution: Config from From
// on, Before until then.
type servedConfig struct {
	Before *distributionConfig // nil: nothing
	Config *distributionConfig
	From   time.Time
}

// An invalidation is a CloudFront invalidation batch.
type invalidation struct {
	ID        string
	Reference string
	Paths     []string
	CreatedAt time.Time
	DoneAt    time.Time // Completed from then on
}

// A zone is a Route 53 hosted zone with its records.
type zone struct {
	ID          string
	Account     string
	Name        string // absolute, with trailing dot, lower case
	Private     bool
	NameServers []string // absolute
	Delegated   bool     // the parent delegates to these name servers
	Foreign     bool     `json:",omitempty"` // of another DNS provider: no account's, and without Route 53's rules
	Comment     string
	Reference   string
	Records     map[recordKey]*recordSet // as the API lists them, PENDING changes included
	Served      map[recordKey]*recordSet // as the name servers have them; read it by served(now)
	Pending     []pendingRecords         // on their way to the name servers
	BusyTill    time.Time                // one change at a time (V31)
	CreatedAt   time.Time
	Tags        map[string]string
}

// pendingRecords is what the name servers of a zone will have from At on. The
// maps are never changed once stored.
type pendingRecords struct {
	At      time.Time
	Records map[recordKey]*recordSet
}

// recordKey says one record set of a zone.
type recordKey struct {
	Name          string // absolute, lower case, "*" not escaped
	Type          string
	SetIdentifier string
}

// A recordSet is a Route 53 resource record set: values with a TTL, or an alias.
type recordSet struct {
	recordKey
	TTL         int
	Values      []string
	AliasName   string // absolute
	AliasZone   string
	AliasHealth bool
	Weight      *int64
}

// A change is a Route 53 change batch on its way to the name servers.
type change struct {
	ID          string
	Comment     string
	SubmittedAt time.Time
	InsyncAt    time.Time
}

// Config says how a Sim behaves.
type Config struct {
	// Guests makes an access key that nobody was given act as the demo's
	// user, so that scripts may bring dummy credentials. Without it such a key
	// is refused as AWS does (V32).
	Guests   bool
	Pace     Pace
	PageSize int                              // the largest page of any list (V33); 0: AWS's own
	Log      func(format string, args ...any) // nil: silent; for its own trouble only
	// Judged is told of every question that a call put to the policies of its
	// key, while the world is locked: it must not call the Sim. nil: nobody is.
	Judged func(Judgement)
}

// Pace is how long AWS takes. The zero Pace does everything at once, and has
// no quotas.
type Pace struct {
	Latency      time.Duration // of every call
	RecordDelay  time.Duration // until DescribeCertificate shows the validation record
	IssueDelay   time.Duration // from the validation record seen to ISSUED
	IssuedLag    time.Duration // from ISSUED until CloudFront knows it
	GatewayLag   time.Duration // from ISSUED until API Gateway knows it
	DomainUpdate time.Duration // UPDATING after UpdateDomainName
	DomainQuota  time.Duration // between two CreateDomainName, UpdateDomainName, DeleteDomainName each
	AliasRelease time.Duration // until CloudFront lets go of the name of an edge-optimized domain
	MappingDelay time.Duration // until a new mapping answers
	Deploy       time.Duration // until a distribution is Deployed at every edge
	Insync       time.Duration // until a Route 53 change is INSYNC and served
	Invalidate   time.Duration // until an invalidation is Completed
	Release      time.Duration // until a certificate is no longer InUseBy
	Route53Rate  int           // requests a second; 0: no limit
	GatewayRate  int           // API Gateway requests a second, four times as many in a burst; 0: no limit
	TagIndex     time.Duration // until tagging's GetResources knows of a change
	TrailDelay   time.Duration // until CloudTrail lists a call
	TrailRate    int           // lookups a second in each Region; 0: no limit
	MetricDelay  time.Duration // until CloudWatch has counted a request
	MetricRate   int           // GetMetricData a second in each Region; 0: no limit
	Resolver     time.Duration // the longest that a caching resolver keeps an answer; 0: it keeps none

	// Spread lets AWS take another time at each thing: it is the standard deviation
	// of the logarithm of RecordDelay, IssueDelay, IssuedLag, DomainUpdate,
	// MappingDelay, Deploy, Insync and Invalidate, so that 0.2 is 20 % more or less
	// in two of three cases. 0: always the same.
	Spread float64
}

// DemoPace lets a whole job end within a minute, its steps visible one by one.
func DemoPace() Pace {
	return Pace{
		Latency: 60 * time.Millisecond, RecordDelay: 1500 * time.Millisecond, IssueDelay: 5 * time.Second,
		IssuedLag: 500 * time.Millisecond, GatewayLag: 500 * time.Millisecond, DomainUpdate: 3 * time.Second, DomainQuota: 3 * time.Second,
		AliasRelease: 5 * time.Second, MappingDelay: 500 * time.Millisecond, Deploy: 9 * time.Second, Insync: 3 * time.Second,
		Invalidate: 5 * time.Second, Release: 5 * time.Second, Route53Rate: 5, GatewayRate: 10,
		Resolver: 5 * time.Second, TagIndex: 2 * time.Second, TrailDelay: 2 * time.Second, TrailRate: 2,
		MetricDelay: 2 * time.Second, MetricRate: 50,
	}
}

// RealPace is AWS as it usually is: minutes. IssuedLag is below one minute, for
// which Terraform tries again when CloudFront refuses a certificate that was
// just issued. Terraform tries no second time for API Gateway, so GatewayLag is
// below the ten seconds between two of its looks at ACM. Both are concluded from
// the source of hashicorp/terraform-provider-aws, not measured.
func RealPace() Pace {
	return Pace{
		Latency: 150 * time.Millisecond, RecordDelay: 8 * time.Second, IssueDelay: 2 * time.Minute,
		IssuedLag: 20 * time.Second, GatewayLag: 4 * time.Second, DomainUpdate: 5 * time.Minute, DomainQuota: 30 * time.Second,
		AliasRelease: 12 * time.Minute, MappingDelay: 10 * time.Second, Deploy: 5 * time.Minute, Insync: 45 * time.Second,
		Invalidate: 90 * time.Second, Release: 15 * time.Minute, Route53Rate: 5, GatewayRate: 10,
		Resolver: 5 * time.Minute, TagIndex: 2 * time.Minute, TrailDelay: 5 * time.Minute, TrailRate: 2,
		MetricDelay: 2 * time.Minute, MetricRate: 50,
	}
}

// New makes an empty world. Seed and Demo fill it.
func New(cfg Config) *Sim {
	return &Sim{
		cfg:           cfg,
		ca:            newAuthority(),
		accounts:      map[string]*account{},
		regions:       map[regionKey]*region{},
		globals:       map[string]*global{},
		distributions: map[string]*distribution{},
		zones:         map[string]*zone{},
		buckets:       map[string]*bucket{},
		spent:         map[string]time.Time{},
	}
}

// CA is the pool that verifies every certificate of the data plane.
func (s *Sim) CA() *x509.CertPool { return s.ca.pool() }

// Client is an HTTP client whose requests reach the control plane without a
// socket, whatever host they name. It takes a redirect for an answer, as the
// SDK's own client does.
func (s *Sim) Client() *http.Client {
	return &http.Client{
		Transport:     transport{s},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
