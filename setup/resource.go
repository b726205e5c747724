package setup

import (
	"encoding/json"
	"slices"
	"time"
)

// A Resource is one thing that exists in AWS for a setup, or is about to exist.
// Its row is stored with the token before the create call, and with the ID
// right after it. A resource that replaces another one has the same key and the
// next number. The replaced one stays, unwanted, until it is removed from AWS.
type Resource struct {
	Key        string            // see the Key constants
	Number     int               // counts the resources that had this key, from 0; from 1 on it is part of the token
	Type       string            // as people read it: "Certificate", "Custom domain"
	ID         string            // AWS's identifier; "" before the create call has answered
	ARN        string            // "" if AWS gives none
	Region     string            // "" for global services
	Owned      bool              // made by apifront; otherwise reused, and never changed or deleted
	State      string            // AWS's own status when last seen, such as "ISSUED"
	Token      string            // idempotency token of its create call
	Attributes map[string]string // what later steps need; see the Attr constants
	SavedAt    time.Time

	UnwantedSince time.Time // since when it is to be removed; zero: it is wanted
	LeftSince     time.Time // since when it is left, because a person chose so; zero: it is not
	RemovedAt     time.Time // when it was seen to be gone from AWS; zero: never
}

// Current says whether the resource is the one in use under its key.
func (r Resource) Current() bool {
	return r.UnwantedSince.IsZero() && r.LeftSince.IsZero() && r.RemovedAt.IsZero()
}

// Keys of resources. A mapping's key is MappingKey(path).
const (
	KeyCertificateEdge     = "certificate-edge"
	KeyCertificateRegional = "certificate-regional"
	KeyDomain              = "domain"
	KeyCachePolicy         = "cache-policy"
	KeyDistribution        = "distribution"
	KeyRecordValidation    = "record-validation" // the CNAME both certificates share
	KeyRecordTraffic       = "record-traffic"
	KeyRecordProof         = "record-proof" // the TXT record by which CloudFront lets a name move
	KeyInvalidation        = "invalidation"
	KeyAccessLogs          = "access-logs" // what delivers the distribution's access logs
)

// InvalidationRuns is the state of an invalidation that CloudFront works on.
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Invalidation.html
const InvalidationRuns = "InProgress"

// MappingKey is the key of the mapping of a base path.
func MappingKey(path string) string { return "mapping:/" + path }

// EndpointKey is the key of an API's default endpoint that was closed. It is owned if
// it was open before.
func EndpointKey(api string) string { return "endpoint:/" + api }

// Attributes of resources.
const (
	AttrTarget      = "target"       // domain: d-….execute-api.<region>.amazonaws.com
	AttrDomainName  = "domain-name"  // distribution: d….cloudfront.net
	AttrNotAfter    = "not-after"    // certificate: RFC 3339
	AttrIssued      = "issued"       // certificate: RFC 3339, by AWS's clock
	AttrRecordName  = "record-name"  // certificate: validation record, without trailing dot
	AttrRecordValue = "record-value" // certificate: its value, without trailing dot
	AttrVia         = "via"          // mapping: "v1" or "v2"
	AttrStage       = "stage"        // mapping
	AttrAPI         = "api"          // mapping: API ID
	AttrKind        = "kind"         // endpoint: APIKind of the API
	AttrOpening     = "opening"      // endpoint: RFC 3339, since when it is being opened again
	AttrPrevious    = "previous"     // record: JSON of the []Record that it replaced
	AttrOlder       = "older"        // traffic record: JSON of the [][]Record that it replaced before those, newest first
	AttrRecords     = "records"      // record: JSON of the []Record that exist now
	AttrHostedZone  = "hosted-zone"  // record: ID of the Route 53 zone that has it; "" for other providers
	AttrChange      = "change"       // record: Route 53 change ID
	AttrLeft        = "left"         // why the resource is left as it is
	AttrAdopted     = "adopted"      // RFC 3339, when it was taken over from whoever made it
	AttrJob         = "job"          // invalidation: number of the job that made it
	AttrRestored    = "restored"     // traffic record: number of the job that puts the previous records back
	AttrLowered     = "lowered"      // traffic record: JSON of the Lowered, where the TTL was lowered before traffic moved
	AttrMoved       = "moved"        // traffic record: RFC 3339, when it was last changed to lead here or back
	AttrMovedFrom   = "moved-from"   // traffic record: TTL in seconds of what was there before that change
	AttrDelivery    = "delivery"     // access logs: ID of the delivery
)

// Resources are the current resources of a setup, by key.
type Resources map[string]Resource

// Former are the resources of a setup that are not current any more, newest
// first. Each is unwanted, left as it is, or removed.
type Former []Resource

// Attr is an attribute of the resource under the key, or "".
func (r Resources) Attr(key, attr string) string { return r[key].Attributes[attr] }

// ID is AWS's identifier of the resource under the key, or "".
func (r Resources) ID(key string) string { return r[key].ID }

// Records are the DNS records that exist for the resource under the key.
func (r Resources) Records(key string) []Record { return r.records(key, AttrRecords) }

// records reads a list of records from an attribute. It returns nil if the
// attribute cannot be read.
func (r Resources) records(key, attr string) []Record {
	raw := r.Attr(key, attr)
	if raw == "" {
		return nil
	}
	var list []Record
	if err := json.Unmarshal([]byte(raw), &list); err != nil {
		return nil
	}
	return list
}

// OldRecords are the DNS records that the traffic record replaced and that can
// be put back. There are none if it replaced none, or if their name is not the
// name that the setup has now.
func (r Resources) OldRecords(name string) []Record {
	list := r.records(KeyRecordTraffic, AttrPrevious)
	if slices.ContainsFunc(list, func(o Record) bool { return o.Name != name }) {
		return nil
	}
	return list
}

// OlderRecords are the lists of records that the traffic record replaced before
// OldRecords, newest first. There are several if somebody changed the record by
// hand between two replacements.
func (r Resources) OlderRecords() [][]Record {
	var lists [][]Record
	if err := json.Unmarshal([]byte(r.Attr(KeyRecordTraffic, AttrOlder)), &lists); err != nil {
		return nil
	}
	return lists
}

// InRoute53 says whether the traffic record is one that apifront wrote to Route
// 53. It may be although the spec says that DNS is elsewhere: then it leads the
// name until DNS has moved.
func (r Resources) InRoute53() bool {
	return r[KeyRecordTraffic].Owned && len(r.Records(KeyRecordTraffic)) > 0
}

// CanRestore says whether the traffic record exists and replaced records that
// can be put back, or is about to replace records whose TTL was lowered for that.
func (r Resources) CanRestore(name string) bool {
	return (len(r.Records(KeyRecordTraffic)) > 0 || r.OnlyLowered()) && len(r.OldRecords(name)) > 0
}

// OnlyLowered says whether apifront has lowered the TTL of the old record and has
// not replaced it.
func (r Resources) OnlyLowered() bool {
	k := r.Lowered()
	return k != nil && len(k.Is) > 0 && len(r.Records(KeyRecordTraffic)) == 0
}

// A Record is a DNS record as a person would type it, with what was seen of it.
type Record struct {
	Type   string   `json:"type"` // CNAME, A, AAAA, …
	Name   string   `json:"name"` // fully qualified, without trailing dot
	Value  string   `json:"value"`
	TTL    int      `json:"ttl,omitempty"`    // seconds; 0 for an alias
	Alias  bool     `json:"alias,omitempty"`  // a Route 53 alias to Value
	Zone   string   `json:"zone,omitempty"`   // alias: hosted zone ID of the target
	Health bool     `json:"health,omitempty"` // alias: EvaluateTargetHealth
	Found  bool     `json:"found,omitempty"`  // seen in DNS with the wanted value
	Seen   []string `json:"seen,omitempty"`   // what DNS has there now; empty: nothing
	Why    string   `json:"why,omitempty"`    // the purpose of the record
	Hold   bool     `json:"hold,omitempty"`   // a person must not change it yet

	// Apex is the zone of the name, and Servers are its name servers, where a person adds
	// the record; "" and none where nobody looked.
	Apex    string   `json:"apex,omitempty"`
	Servers []string `json:"servers,omitempty"`

	Was int `json:"was,omitempty"` // TTL in seconds that a person is to lower to TTL, or the TTL of the record in its place; 0: none is known
}

// A Change is one difference between the settings and what AWS has.
type Change struct {
	Field string `json:"field"` // as AWS names it: "OriginProtocolPolicy"
	Is    string `json:"is"`
	Want  string `json:"want"`
}
