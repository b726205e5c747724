package setup

import "time"

// A Look is a question to AWS that a page has: the page asks the store, the
// worker finds the answer, and the page shows what is stored, with its age.
// Looks only read.
type Look struct {
	LookKey
	Result  []byte    // JSON of the type named at the kind; nil while there is none
	Problem *Problem  // why the last look found no answer; nil if it did
	AskedAt time.Time // last asked for
	DoneAt  time.Time // when Result or Problem was found; zero: never
	Pending bool      // asked and not answered yet
}

// A LookKey says which question.
type LookKey struct {
	Kind       LookKind
	Connection string
	Region     string // "" where it does not matter
	Subject    string // LookName: domain name; LookCertificates: domain name; LookPlan: setup ID
}

// LookKind is the kind of question.
type LookKind string

// The kinds of look, with the type of their result.
const (
	LookIdentity     LookKind = "identity"     // Identity
	LookAPIs         LookKind = "apis"         // []APIInfo, of Region
	LookZones        LookKind = "zones"        // []Zone
	LookName         LookKind = "name"         // NameFacts, of Subject
	LookCertificates LookKind = "certificates" // []CertificateInfo of us-east-1 and Region that cover Subject
	LookPlan         LookKind = "plan"         // Plan, of the setup Subject
	LookConnection   LookKind = "connection"   // ConnectionTest
	LookPreflight    LookKind = "preflight"    // []Check, of the setup Subject
)

// Identity is who AWS says a connection is.
type Identity struct {
	AccountID string `json:"account_id"`
	ARN       string `json:"arn"`
	Partition string `json:"partition"`
}

// A ConnectionTest is what the test of a connection found.
type ConnectionTest struct {
	Identity
	Source  string    `json:"source,omitempty"` // ARN of who assumes the role; "": no role is assumed
	Expires time.Time `json:"expires"`          // of the credentials at hand; zero: they do not end
	Checks  []Check   `json:"checks,omitempty"`
}

// What a Check found.
const (
	CheckGood    = "good"
	CheckBad     = "bad"     // Text says what, Fix what to do
	CheckNote    = "note"    // worth knowing
	CheckUnknown = "unknown" // could not be checked; Text says why. Never a reason to stop
)

// A Check is one thing that was looked at before it is needed.
type Check struct {
	Result string   `json:"result"`
	Title  string   `json:"title"`
	Text   string   `json:"text,omitempty"`
	Fix    string   `json:"fix,omitempty"`
	Items  []string `json:"items,omitempty"` // actions that are missing
}

// APIInfo is an API that could be mapped, or the reason why it cannot.
type APIInfo struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Kind     APIKind  `json:"kind"`
	Endpoint string   `json:"endpoint"` // REGIONAL, EDGE, PRIVATE
	Stages   []string `json:"stages"`
	Refused  string   `json:"refused,omitempty"` // why it cannot be chosen; "" if it can
	Note     string   `json:"note,omitempty"`    // what is to be known where it is chosen
}

// Zone is a Route 53 hosted zone.
type Zone struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"` // without trailing dot
	Private     bool     `json:"private,omitempty"`
	NameServers []string `json:"name_servers,omitempty"` // those Route 53 gave the zone
	Delegated   bool     `json:"delegated"`              // the parent's NS records name them
	Refused     string   `json:"refused,omitempty"`      // why it cannot be used; "" if it can
	Unsure      string   `json:"unsure,omitempty"`       // why it could not be found out whether Delegated; "" if it was
}

// NameFacts is what DNS and CloudFront say of a domain name today. A part that
// Unread names could not be read, and says nothing.
type NameFacts struct {
	Name        string   `json:"name"`
	Addresses   []string `json:"addresses,omitempty"`
	CNAME       string   `json:"cname,omitempty"`
	NameServers []string `json:"name_servers,omitempty"` // of the closest zone
	ZoneApex    string   `json:"zone_apex,omitempty"`
	CAA         []string `json:"caa,omitempty"`        // the set that governs the name
	CAABlocks   bool     `json:"caa_blocks,omitempty"` // Amazon may not issue
	HolderID    string   `json:"holder_id,omitempty"`  // distribution of this account with the name as alias

	Unread map[NamePart]string `json:"unread,omitempty"` // with the reason, as a sentence
}

// A NamePart is a part of NameFacts that is read by itself.
type NamePart string

// The parts of NameFacts.
const (
	NameAddresses NamePart = "addresses" // Addresses, CNAME
	NameZone      NamePart = "zone"      // ZoneApex, NameServers
	NameCAA       NamePart = "caa"       // CAA, CAABlocks
	NameHolder    NamePart = "holder"    // HolderID
)

// CertificateInfo is an ACM certificate that might be reused.
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
	Unread   bool      `json:"unread,omitempty"`  // stands for certificates of Region that could not be listed; Refused says why
}

// A Plan is what a job would do, found by observing every step.
type Plan struct {
	Lines []PlanLine `json:"lines"`
	At    time.Time  `json:"at"`
}

// What a job would do with the thing a step is about.
const (
	PlanCreate = "create"
	PlanChange = "change"
	PlanReuse  = "reuse" // it is right already
	PlanWait   = "wait"  // the step only waits, looks or tests
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
	Usual    time.Duration `json:"usual"`
	Needs    []StepID      `json:"needs,omitempty"`
}
