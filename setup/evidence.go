package setup

import (
	"slices"
	"strings"
	"time"
)

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
	Key    string    `json:"key,omitempty"`    // name of the key that was sent: the variable that holds it
	Dialed string    `json:"dialed,omitempty"` // the host whose addresses were dialled, if not the URL's
	At     time.Time `json:"at"`

	// Below says that a path below the mapping was asked for that nobody knows:
	// its answer tells a path that is guarded from one that is not mapped.
	Below   bool `json:"below,omitempty"`
	Upgrade bool `json:"upgrade,omitempty"` // a WebSocket handshake was asked for
	Marked  bool `json:"marked,omitempty"`  // its query was like no other, so that no kept answer came

	Status  int               `json:"status,omitempty"` // 0: no answer
	Header  map[string]string `json:"header,omitempty"` // those that tell who answered, in canonical form
	Message string            `json:"message,omitempty"`
	Members []string          `json:"members,omitempty"` // of an error's JSON text, of those that API Gateway writes itself
	Names   []string          `json:"names,omitempty"`   // DNS names of the server's certificate, also of one that was refused
	Begins  time.Time         `json:"begins,omitzero"`   // when that certificate begins to be valid
	Expires time.Time         `json:"expires,omitzero"`  // and when it ends
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

// The services that headers of an answer reveal, see Evidence.AnsweredBy.
const (
	ByAPIGateway = "API Gateway" // or the API behind it
	ByCloudFront = "CloudFront"  // or what CloudFront passed on that is not API Gateway
)

// GatewayIDs are the headers with the ID that API Gateway gives a request. Each
// kind of API has its own, and other services of AWS's have one of them too. Some
// are reserved, so that an HTTP API cannot remove them.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
func GatewayIDs() []string {
	return []string{"X-Amz-Apigw-Id", "X-Amzn-Requestid", "Apigw-Requestid"}
}

// FromGateway says whether API Gateway made the answer, or passed it on. It puts
// at least one of its headers on each.
func (e *Evidence) FromGateway() bool {
	return e.Status != 0 && (e.Header["X-Amzn-Errortype"] != "" ||
		slices.ContainsFunc(GatewayIDs(), func(name string) bool { return e.Header[name] != "" }))
}

// ThroughEdge says whether the answer passed CloudFront.
func (e *Evidence) ThroughEdge() bool {
	return e.Status != 0 && (e.Header["X-Amz-Cf-Id"] != "" || e.Header["X-Amz-Cf-Pop"] != "" ||
		strings.Contains(strings.ToLower(e.Header["X-Cache"]+e.Header["Via"]), "cloudfront"))
}

// AnsweredBy is who made the answer, as far as its headers tell; "" if they do
// not, or if no answer came.
func (e *Evidence) AnsweredBy() string {
	switch {
	case e.FromGateway():
		return ByAPIGateway
	case e.ThroughEdge():
		return ByCloudFront
	}
	return ""
}

// A DNSAnswer is what one server said to one question.
type DNSAnswer struct {
	Name     string        `json:"name"` // of the question
	Type     string        `json:"type"`
	Server   string        `json:"server"`            // name of a name server, "address:port" of a resolver; "": the zone above
	Address  string        `json:"address,omitempty"` // that was asked
	Resolver bool          `json:"resolver,omitempty"`
	Code     string        `json:"code,omitempty"` // such as "NOERROR"; "": no answer
	CNAMEs   []string      `json:"cnames,omitempty"`
	Records  []string      `json:"records,omitempty"`
	TTL      time.Duration `json:"ttl,omitempty"`      // the lowest of the records
	Negative time.Duration `json:"negative,omitempty"` // for how long resolvers may remember that there is none
	Error    string        `json:"error,omitempty"`    // why the answer is of no use
}

// Seen is what one look of a step saw from outside, as far as it is kept.
type Seen struct {
	Attempt  int       // of the step
	At       time.Time // when the look ended
	Ended    bool      // it ended the attempt; otherwise it is the newest one that did not
	Requests []Evidence
	Answers  []DNSAnswer
	LeftOut  int  // how many requests and answers were too many to be kept
	Erased   bool // the beginnings of bodies were kept long enough
}

// Empty says whether nothing was seen.
func (s *Seen) Empty() bool { return len(s.Requests)+len(s.Answers)+s.LeftOut == 0 }

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
