package setup

import "time"

// A Rung is one way to ask for a path, from the API outwards. The lowest rung
// that fails is where the fault is.
type Rung string

// The rungs, from the lowest.
const (
	RungAPI          Rung = "api"          // the API's own name, {id}.execute-api.{region}.amazonaws.com, with the stage
	RungRegional     Rung = "regional"     // the target of the custom domain, with the name as SNI and Host
	RungDistribution Rung = "distribution" // the name of the distribution, d….cloudfront.net, with the name as SNI and Host
	RungName         Rung = "name"         // the name itself, by public DNS
)

// Evidence is what one request showed, as far as it is kept. Cookies and
// credentials never are.
type Evidence struct {
	Rung   Rung      `json:"rung"`
	Path   string    `json:"path"`             // of the mapping, such as "/orders"
	Method string    `json:"method"`           // GET, HEAD or OPTIONS; GET for a WebSocket handshake too
	URL    string    `json:"url"`              // as asked, without the query that makes the request unique
	Dialed string    `json:"dialed,omitempty"` // the host whose addresses were dialled, if not the URL's
	At     time.Time `json:"at"`

	// Below says that a path below the mapping was asked for that nobody knows:
	// its answer tells a path that is guarded from one that is not mapped.
	Below   bool `json:"below,omitempty"`
	Upgrade bool `json:"upgrade,omitempty"` // a WebSocket handshake was asked for

	Status  int               `json:"status,omitempty"` // 0: no answer
	Header  map[string]string `json:"header,omitempty"` // those that tell who answered, in canonical form
	Message string            `json:"message,omitempty"`
	Members []string          `json:"members,omitempty"` // of an error's JSON text, of those that API Gateway writes itself
	Names   []string          `json:"names,omitempty"`   // DNS names of the server's certificate, also of one that was refused
	Expires time.Time         `json:"expires,omitzero"`  // of that certificate
	Address string            `json:"address,omitempty"` // that answered

	// Excerpt is the beginning of a body on which API Gateway has left no trace:
	// at most 512 printable octets. It is kept for a week and never exported.
	Excerpt string `json:"excerpt,omitempty"`

	Failed string `json:"failed,omitempty"` // the phase in which the request broke off: dns, connect, tls or http
	Error  string `json:"error,omitempty"`  // what was said then

	Resolve   time.Duration `json:"resolve,omitempty"`
	Connect   time.Duration `json:"connect,omitempty"`
	TLS       time.Duration `json:"tls,omitempty"`
	FirstByte time.Duration `json:"first_byte,omitempty"`
}

// A Cause is what the evidence says is wrong: a row of the table of symptoms,
// for one path or for all.
type Cause struct {
	Symptom string    `json:"symptom"`           // the row, such as "origin-not-https"
	Setting Setting   `json:"setting"`           // which is wrong
	Or      []Setting `json:"or,omitempty"`      // which else it may be; Tell would show
	Tell    string    `json:"tell,omitempty"`    // the look that would tell them apart, as a sentence
	Rung    Rung      `json:"rung,omitempty"`    // the lowest that failed
	Paths   []string  `json:"paths,omitempty"`   // of mappings; none: it is about the name as a whole
	Problem *Problem  `json:"problem"`           // for people
	Passing bool      `json:"passing,omitempty"` // it goes away by waiting: a cache, a deployment under way
	Shares  []string  `json:"shares,omitempty"`  // kinds of Edge.Accepts: with all of them accepted it stops nothing
}
