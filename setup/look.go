package setup

import "time"

// A Look is a question to AWS that a page needs answered. The page writes the
// question to the store, the worker stores the answer, and the page shows that
// answer with its age. A look only reads.
type Look struct {
	LookKey
	Result  []byte    // JSON of the type beside the kind; nil before the first answer
	Problem *Problem  // why the last look got no answer; nil if it got one
	AskedAt time.Time // when somebody asked last
	DoneAt  time.Time // when the worker took the question whose Result or Problem is stored; zero: never
	Pending bool      // asked and not answered yet

	JobEnded time.Time // when a job last ended that may have changed the answer; zero: none that is known
}

// Outdated says whether a job has ended since the look was asked for. What it
// found may not be so any more.
func (l Look) Outdated() bool {
	return l.Kind.changedByJobs() && !l.DoneAt.IsZero() && (l.DoneAt.Before(l.JobEnded) || l.AskedAt.Before(l.JobEnded))
}

// changedByJobs says whether jobs change what looks of the kind find. They change
// neither who a connection is, nor which APIs and hosted zones there are.
func (k LookKind) changedByJobs() bool {
	switch k {
	case LookName, LookCertificates, LookPlan, LookPreflight, LookTeardown:
		return true
	case LookIdentity, LookAPIs, LookZones, LookConnection, LookRequests:
	}
	return false
}

// A LookKey identifies a question.
type LookKey struct {
	Kind       LookKind
	Connection string
	Region     string // "" if it makes no difference
	Subject    string // LookName: domain name; LookCertificates: domain name; LookPlan: setup ID
}

// LookKind is the kind of a question.
type LookKind string

// The kinds of look, each with the type of its result.
const (
	LookIdentity     LookKind = "identity"     // Identity
	LookAPIs         LookKind = "apis"         // []APIInfo, of Region
	LookZones        LookKind = "zones"        // []Zone
	LookName         LookKind = "name"         // NameFacts, of Subject
	LookCertificates LookKind = "certificates" // []CertificateInfo of us-east-1 and Region that cover Subject
	LookPlan         LookKind = "plan"         // Plan, of the setup Subject
	LookConnection   LookKind = "connection"   // ConnectionTest
	LookPreflight    LookKind = "preflight"    // []Check, of the setup Subject
	LookTeardown     LookKind = "teardown"     // []Check, of taking the setup Subject down
	LookRequests     LookKind = "requests"     // Requests, of the paths in Region that the draft Subject takes out of its setup
)

// Identity is the answer of STS about the credentials of a connection.
type Identity struct {
	AccountID string `json:"account_id"`
	ARN       string `json:"arn"`
	Partition string `json:"partition"`
}

// A ConnectionTest is what the test of a connection found.
type ConnectionTest struct {
	Identity
	Source  string    `json:"source,omitempty"` // ARN of the identity that assumes the role; "" if the connection assumes none
	Expires time.Time `json:"expires"`          // when the present credentials end; zero if they do not
	Checks  []Check   `json:"checks,omitempty"`
}

// The results of a Check.
const (
	CheckGood    = "good"
	CheckBad     = "bad"     // Text says what is wrong, Fix what to do
	CheckNote    = "note"    // worth knowing
	CheckUnknown = "unknown" // could not be checked, and Text says why; it never stops anything
)

// A Check is one thing that was checked before it is needed.
type Check struct {
	Result string   `json:"result"`
	Title  string   `json:"title"`
	Text   string   `json:"text,omitempty"`
	Fix    string   `json:"fix,omitempty"`
	Items  []string `json:"items,omitempty"` // IAM actions that are missing
}

// APIInfo is an API that can be mapped, or one that cannot, with the reason.
type APIInfo struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Kind     APIKind  `json:"kind"`
	Endpoint string   `json:"endpoint"` // REGIONAL, EDGE, PRIVATE
	Stages   []string `json:"stages"`
	Refused  string   `json:"refused,omitempty"` // why it cannot be chosen; "" if it can
	Note     string   `json:"note,omitempty"`    // what a person should know before choosing it
}

// Zone is a Route 53 hosted zone.
type Zone struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"` // without trailing dot
	Private     bool     `json:"private,omitempty"`
	NameServers []string `json:"name_servers,omitempty"` // those that Route 53 gave the zone
	Delegated   bool     `json:"delegated"`              // the NS records in the parent zone name some of these servers
	Refused     string   `json:"refused,omitempty"`      // why it cannot be used; "" if it can
	Unsure      string   `json:"unsure,omitempty"`       // why it is not known whether the zone is Delegated; "" if it is known

	// State is how DNS leads to the zone's apex. "" stands for a zone that cannot
	// be used however DNS leads, and for looks of earlier versions.
	State DelegationState `json:"state,omitempty"`
}

// NameFacts is what DNS and CloudFront say about a domain name today. Unread
// names the parts that could not be read; their fields mean nothing.
type NameFacts struct {
	Name        string   `json:"name"`
	Addresses   []string `json:"addresses,omitempty"`
	CNAME       string   `json:"cname,omitempty"`
	NameServers []string `json:"name_servers,omitempty"` // of the closest zone, as the zone above names them
	ZoneApex    string   `json:"zone_apex,omitempty"`
	CAA         []string `json:"caa,omitempty"`        // the CAA records that apply to the name
	CAABlocks   bool     `json:"caa_blocks,omitempty"` // they forbid Amazon to issue certificates for the name
	HolderID    string   `json:"holder_id,omitempty"`  // ID of the distribution of this account that has the name as an alias

	// Edge is the edge-optimised custom domain of this account that has the name; nil:
	// none was found. It is looked for where the name is live and HolderID is "".
	Edge *AliasHolder `json:"edge,omitempty"`

	// Cut is the zone that holds the name, as the walk from the root found it; nil:
	// not known.
	Cut *ZoneCut `json:"cut,omitempty"`

	Unread map[NamePart]string `json:"unread,omitempty"` // part → reason, as a sentence
}

// A NamePart is a part of NameFacts that is read on its own.
type NamePart string

// The parts of NameFacts.
const (
	NameAddresses NamePart = "addresses" // Addresses, CNAME
	NameZone      NamePart = "zone"      // ZoneApex, NameServers, Cut
	NameCAA       NamePart = "caa"       // CAA, CAABlocks
	NameHolder    NamePart = "holder"    // HolderID
)

// CertificateInfo is an ACM certificate that covers the name, or a note that
// some could not be read.
type CertificateInfo struct {
	ARN      string    `json:"arn"`
	Region   string    `json:"region"`
	Names    []string  `json:"names"`
	Key      string    `json:"key"` // RSA_2048, …
	Type     string    `json:"type"`
	Status   string    `json:"status"`
	NotAfter time.Time `json:"not_after"`
	Renews   bool      `json:"renews,omitempty"`  // ACM promises to renew it
	Refused  string    `json:"refused,omitempty"` // why it cannot be reused; "" if it can
	Unread   bool      `json:"unread,omitempty"`  // stands for all certificates of Region that could not be read; Refused says why
}

// A Plan is what a job would do. It is made by observing every step.
type Plan struct {
	Lines []PlanLine `json:"lines"`
	At    time.Time  `json:"at"`
}

// What a job would do with the resource of a step.
const (
	PlanCreate = "create"
	PlanChange = "change"
	PlanReuse  = "reuse"  // it is as wanted
	PlanWait   = "wait"   // the step only waits, looks or tests
	PlanPerson = "person" // a person does it
	PlanSkip   = "skip"
	PlanRemove = "remove" // Removals says what
	PlanStop   = "stop"   // Problem says what is in the way
)

// A PlanLine is one step of a plan.
type PlanLine struct {
	StepID   StepID        `json:"step"`
	Title    string        `json:"title"`
	Service  string        `json:"service"`
	Action   string        `json:"action"`
	Summary  string        `json:"summary"`
	Changes  []Change      `json:"changes,omitempty"`
	Removals []Removal     `json:"removals,omitempty"`
	Problem  *Problem      `json:"problem,omitempty"`
	Ready    bool          `json:"ready,omitempty"` // what the step waits for is so already
	Usual    time.Duration `json:"usual"`
	Needs    []StepID      `json:"needs,omitempty"`
	OldTTL   int           `json:"old_ttl,omitempty"` // of what leads callers today, in seconds, if it can be lowered first
}
