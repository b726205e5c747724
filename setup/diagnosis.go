package setup

import "time"

// A Diagnosis is what the doctor found out about a name, asked by somebody or by
// nobody: it needs no setup and no account. It only looks.
type Diagnosis struct {
	ID         string // UUIDv7
	Name       string // that was asked about, as FoldName has it
	Path       string // "" or with a slash before it, such as "/health"
	Connection string // by which AWS was asked; "": by none
	Region     string // in which the custom domain is looked for first; "": none is known
	By         Person
	AskedAt    time.Time
	BegunAt    time.Time // when a worker took it; zero if none has
	DoneAt     time.Time // zero while it looks
	StoppedBy  Person    // who ended it; empty unless the verdict is VerdictStopped
	Keyed      bool      // a key was typed for it, which the process alone has that took it
	DiagnosisBody
}

// Open says whether the doctor has yet to end.
func (d Diagnosis) Open() bool { return d.DoneAt.IsZero() }

// A DiagnosisBody is what a diagnosis says.
type DiagnosisBody struct {
	Verdict Verdict       `json:"verdict"`
	Head    string        `json:"head"`           // the verdict in a few words, such as "2 wrong"
	Text    string        `json:"text,omitempty"` // a sentence or two: what callers get, because of what
	Took    time.Duration `json:"took"`

	Looks []DoctorLook `json:"looks"`         // in the order of a request's way, whether they were made or not
	Way   []Hop        `json:"way,omitempty"` // the four hops of a request

	// Findings are what is wrong, in the order of the tutorial's six settings, but
	// what callers notice first stands before all. Remarks follow: they are Beside.
	Findings []FindingBody `json:"findings,omitempty"`

	// Either are the causes between which the looks cannot tell, where the verdict is
	// VerdictUnsure; Needs says which looks would tell.
	Either []Alternative `json:"either,omitempty"`
	Needs  []Need        `json:"needs,omitempty"` // also of looks that were not made

	// Servers are the name servers to be entered for the zone Zone where the domain was
	// bought, or in the zone above; none: DNS leads to it, or nobody knows them.
	Servers []string `json:"servers,omitempty"`
	Zone    string   `json:"zone,omitempty"`

	KeyHeader string `json:"key_header,omitempty"` // in which a key was sent that somebody typed; "": none was

	AccountID string  `json:"account_id,omitempty"` // that was asked; "": none was
	Things    []Thing `json:"things,omitempty"`     // what there is in AWS
	Calls     int     `json:"calls,omitempty"`      // to AWS, all of them reads

	Doors []Door `json:"doors,omitempty"` // ways past CloudFront that were seen open; no fault

	Takeover *Takeover `json:"takeover,omitempty"` // how a setup could take the name over; nil: nothing of this account has to give it
	Adoption *Adoption `json:"adoption,omitempty"` // what could be adopted; nil: no account was asked, or it has nothing of the name
}

// A Door is a way to an API that passes CloudFront by, and was seen open. Most names have
// some, and nothing is wrong for callers.
type Door struct {
	Kind  DoorKind `json:"kind"`
	Host  string   `json:"host"` // at which the API answers
	Title string   `json:"title"`
	Fix   string   `json:"fix"`            // how it is closed
	Line  string   `json:"line,omitempty"` // of the AWS CLI that closes it; "": none does
	Asked []Asked  `json:"asked"`
}

// DoorKind is which way passes CloudFront by.
type DoorKind string

// The ways past CloudFront.
const (
	DoorEndpoint DoorKind = "default-endpoint" // the API's own name
	DoorRegional DoorKind = "regional-name"    // the target of the custom domain, asked with the name
)

// A Takeover is how a new setup takes the name over from what has it in this account,
// with no failed request.
type Takeover struct {
	From   string `json:"from,omitempty"`   // distribution that gives the name (Domain.MoveFrom); "": none has to
	Region string `json:"region,omitempty"` // of the edge-optimised custom domain that becomes Regional (Domain.FromEdge); "": there is none
	Text   string `json:"text"`             // what to choose in the wizard
}

// Verdict is what a diagnosis comes to.
type Verdict string

// The verdicts.
const (
	VerdictHealthy        Verdict = "healthy"         // nothing is wrong, and there is nothing to remark
	VerdictRemarks        Verdict = "remarks"         // requests reach the API; some settings differ from the recipe
	VerdictWrong          Verdict = "wrong"           // Findings say what
	VerdictUnsure         Verdict = "unsure"          // one of several causes
	VerdictPastCloudFront Verdict = "past-cloudfront" // the name leads straight to API Gateway
	VerdictStranger       Verdict = "not-api-gateway" // something else answers
	VerdictNoName         Verdict = "name-not-found"  // DNS knows no such name
	VerdictNotDelegated   Verdict = "not-delegated"   // there is a hosted zone, and DNS does not lead to it
	VerdictPrivate        Verdict = "private"         // it leads to an address that is not public
	VerdictCouldNot       Verdict = "could-not-look"  // nothing is known of the name: we reach no DNS server
	VerdictStopped        Verdict = "stopped"         // somebody ended it
)

// DoctorLookID names a look of the doctor.
type DoctorLookID string

// The looks of the doctor, in the order of a request's way.
const (
	DoctorDelegation   DoctorLookID = "delegation"         // the domain is delegated
	DoctorServers      DoctorLookID = "servers"            // every name server gives the same answer
	DoctorCertificate  DoctorLookID = "certificate"        // the name is shown with its own certificate
	DoctorRequest      DoctorLookID = "request"            // a request is answered
	DoctorDistribution DoctorLookID = "distribution"       // the distribution has the name, in this account
	DoctorOrigin       DoctorLookID = "origin"             // how CloudFront calls the origin
	DoctorHost         DoctorLookID = "host"               // Host reaches API Gateway
	DoctorBeneath      DoctorLookID = "origin-certificate" // the origin shows a certificate for the name
	DoctorDomain       DoctorLookID = "domain"             // the custom domain is Regional and mapped
	DoctorStage        DoctorLookID = "stage"              // the stage is deployed
	DoctorRenewal      DoctorLookID = "renewal"            // both certificates will renew
)

// A DoctorLook is one look of the doctor.
type DoctorLook struct {
	ID    DoctorLookID    `json:"id"`
	Part  Part            `json:"part"` // of a request's way; "" of a look at what no request meets
	Title string          `json:"title"`
	State DoctorLookState `json:"state"`
	Text  string          `json:"text,omitempty"` // what was seen, or why nothing was
	Took  time.Duration   `json:"took,omitempty"`
	Asked []Asked         `json:"asked,omitempty"` // with the lines that ask again
}

// DoctorLookState is how far a look of the doctor is, and what it showed.
type DoctorLookState string

// The states of looks.
const (
	DoctorWaiting DoctorLookState = "waiting"
	DoctorLooking DoctorLookState = "looking"
	DoctorRight   DoctorLookState = "right"
	DoctorWrong   DoctorLookState = "wrong"
	DoctorRemark  DoctorLookState = "remark"  // worth knowing, and no fault
	DoctorUnknown DoctorLookState = "unknown" // it was made, and does not tell
	DoctorUnasked DoctorLookState = "unasked" // it was not made; Text says what it needs
)

// An Alternative is one of several causes that look alike.
type Alternative struct {
	Setting Setting `json:"setting,omitempty"` // which would be wrong
	Title   string  `json:"title"`
	Text    string  `json:"text"`
	Fix     string  `json:"fix,omitempty"`
}

// A Need is a look that would tell more, and what it needs.
type Need struct {
	Kind  NeedKind `json:"kind"`
	Title string   `json:"title"`
	Text  string   `json:"text"`
	Line  string   `json:"line,omitempty"` // for the owner to run

	Header string `json:"header,omitempty"` // of a key: in which callers mostly send it
}

// NeedKind is what a look needs.
type NeedKind string

// What looks need.
const (
	NeedKey        NeedKind = "key"        // an API key, for one request
	NeedPath       NeedKind = "path"       // a path that answers without a key
	NeedConnection NeedKind = "connection" // an account that may be read
	NeedOwner      NeedKind = "owner"      // a line that the owner of the name runs
)

// A Thing is something that there is in AWS.
type Thing struct {
	What   string `json:"what"` // such as "Distribution"
	Region string `json:"region,omitempty"`
	ID     string `json:"id"`
	State  string `json:"state,omitempty"`
}
