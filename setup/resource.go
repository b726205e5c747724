package setup

import (
	"encoding/json"
	"slices"
	"time"
)

// A Resource is one thing that exists in AWS for a setup, or is about to: the
// row is stored with its token before the create call, and with its ID right
// after. A thing that takes the place of another one has the same key and the
// next number; the other one stays, unwanted, until it is removed from AWS.
type Resource struct {
	Key        string            // see the Key constants
	Number     int               // counts the things that had this key, from 0; part of the token from 1 on
	Type       string            // as people read it: "Certificate", "Custom domain"
	ID         string            // AWS's identifier; "" while only intended
	ARN        string            // "" where AWS has none
	Region     string            // "" for global services
	Owned      bool              // made by apifront; otherwise reused and never changed or deleted
	State      string            // AWS's own status when last seen, such as "ISSUED"
	Token      string            // idempotency token of its create call
	Attributes map[string]string // what later steps need; see the Attr constants
	SavedAt    time.Time

	UnwantedSince time.Time // it is to be removed since then; zero: it is wanted
	LeftSince     time.Time // a person left it as it is since then; zero: nobody did
	RemovedAt     time.Time // it was seen to be gone from AWS; zero: it is there, as far as is known
}

// Current says whether the resource is what stands under its key now.
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
	KeyInvalidation        = "invalidation"
)

// MappingKey is the key of the mapping of a base path.
func MappingKey(path string) string { return "mapping:/" + path }

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
	AttrPrevious    = "previous"     // record: JSON of the []Record it replaced
	AttrOlder       = "older"        // traffic record: JSON of the [][]Record it replaced before those, newest first
	AttrRecords     = "records"      // record: JSON of the []Record that stand now
	AttrChange      = "change"       // record: Route 53 change ID
	AttrRestored    = "restored"     // traffic record: the job that puts the previous ones back
)

// Resources is what exists for a setup and is current, by key.
type Resources map[string]Resource

// Former is what once stood under the keys of a setup and is not current any
// more: unwanted, left as it is, or removed. The newest comes first.
type Former []Resource

// Attr is an attribute of the resource under key, or "".
func (r Resources) Attr(key, attr string) string { return r[key].Attributes[attr] }

// ID is the identifier of the resource under key, or "".
func (r Resources) ID(key string) string { return r[key].ID }

// Records are the DNS records that stand for the resource under key.
func (r Resources) Records(key string) []Record { return r.records(key, AttrRecords) }

// records reads a list of records. What cannot be read is as good as nothing.
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

// OldRecords are the DNS records of the name that the traffic record replaced
// and that can be put back; none if there was none, or if they are of a name
// that the setup no longer has.
func (r Resources) OldRecords(name string) []Record {
	list := r.records(KeyRecordTraffic, AttrPrevious)
	if slices.ContainsFunc(list, func(o Record) bool { return o.Name != name }) {
		return nil
	}
	return list
}

// OlderRecords are those that the traffic record replaced before OldRecords,
// newest first: somebody set the record to something else in between.
func (r Resources) OlderRecords() [][]Record {
	var lists [][]Record
	if err := json.Unmarshal([]byte(r.Attr(KeyRecordTraffic, AttrOlder)), &lists); err != nil {
		return nil
	}
	return lists
}

// CanRestore says whether the traffic record stands in the place of old ones.
func (r Resources) CanRestore(name string) bool {
	return len(r.Records(KeyRecordTraffic)) > 0 && len(r.OldRecords(name)) > 0
}

// A Record is a DNS record as a person would type it, with what is seen of it.
type Record struct {
	Type   string   `json:"type"` // CNAME, A, AAAA, …
	Name   string   `json:"name"` // fully qualified, without trailing dot
	Value  string   `json:"value"`
	TTL    int      `json:"ttl,omitempty"`    // seconds; 0 for an alias
	Alias  bool     `json:"alias,omitempty"`  // a Route 53 alias to Value
	Zone   string   `json:"zone,omitempty"`   // alias: hosted zone ID of the target
	Health bool     `json:"health,omitempty"` // alias: Route 53 follows the target's health
	Found  bool     `json:"found,omitempty"`  // seen in DNS with the wanted value
	Seen   []string `json:"seen,omitempty"`   // what stands there now; empty: nothing
	Why    string   `json:"why,omitempty"`    // what it is for
	Hold   bool     `json:"hold,omitempty"`   // not to be changed yet
}

// A Change is one difference between what is wanted and what is.
type Change struct {
	Field string `json:"field"` // as AWS names it: "OriginProtocolPolicy"
	Is    string `json:"is"`
	Want  string `json:"want"`
}
