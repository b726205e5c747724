package sim

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	recordsPerBatch   = 1000 // ResourceRecord elements; an UPSERT counts twice
	charactersInBatch = 32000
	// CloudFrontZone is the hosted zone ID of every CloudFront domain name.
	CloudFrontZone = "Z2FDTNDATAQYW2"
)

type xmlRecordSet struct {
	Name          string
	Type          string
	SetIdentifier string `xml:",omitempty"`
	Weight        *int64
	TTL           *int
	Records       *xmlValues `xml:"ResourceRecords"` // nil in an alias, also in answers
	Alias         *xmlAlias  `xml:"AliasTarget"`
	Others        []xmlOther `xml:",any"`
}

type xmlValues struct {
	List []xmlValue `xml:"ResourceRecord"`
}

type xmlValue struct{ Value string }

// values is the set's values, in the order given.
func (x xmlRecordSet) values() []string {
	var values []string
	if x.Records != nil {
		for _, r := range x.Records.List {
			values = append(values, r.Value)
		}
	}
	return values
}

type xmlAlias struct {
	HostedZoneID         string `xml:"HostedZoneId"`
	DNSName              string
	EvaluateTargetHealth bool
	Others               []xmlOther `xml:",any"`
}

// xmlOther is an element the simulator does not know.
type xmlOther struct{ XMLName xml.Name }

type xmlChange struct {
	Action string
	Set    xmlRecordSet `xml:"ResourceRecordSet"`
	Others []xmlOther   `xml:",any"`
}

// others are the elements of a change that the simulator does not know.
func (c xmlChange) others() []xmlOther {
	all := slices.Concat(c.Others, c.Set.Others)
	if c.Set.Alias != nil {
		all = append(all, c.Set.Alias.Others...)
	}
	return all
}

type xmlChangeInfo struct {
	ID          string `xml:"Id"`
	Status      string
	SubmittedAt string
	Comment     string `xml:",omitempty"`
}

func (c *change) xml(now time.Time) xmlChangeInfo {
	info := xmlChangeInfo{ID: "/change/" + c.ID, Status: "PENDING", SubmittedAt: xmlTime(c.SubmittedAt), Comment: c.Comment}
	if !now.Before(c.InsyncAt) {
		info.Status = "INSYNC"
	}
	return info
}

func xmlTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// readXML reads an XML body with the root element.
func readXML(req *request, root string, into any) error {
	d := xml.NewDecoder(strings.NewReader(string(req.body)))
	var start xml.StartElement
	for {
		t, err := d.Token()
		if err != nil {
			return refuse("MalformedInput", "Unexpected end of the request body")
		}
		if se, ok := t.(xml.StartElement); ok {
			start = se
			break
		}
	}
	if start.Name.Local != root {
		return refuse("MalformedInput", "Unexpected element '%s', expected '%s'", start.Name.Local, root)
	}
	if err := d.DecodeElement(into, &start); err != nil {
		return refuse("MalformedInput", "Unexpected content: %v", err)
	}
	return nil
}

func (s *Sim) changeResourceRecordSets(req *request) (answer, error) {
	z, err := s.findZone(req)
	if err != nil {
		return answer{}, err
	}
	var in struct {
		Batch struct {
			Comment string
			Changes []xmlChange `xml:"Changes>Change"`
			Others  []xmlOther  `xml:",any"`
		} `xml:"ChangeBatch"`
		Others []xmlOther `xml:",any"`
	}
	if err := readXML(req, "ChangeResourceRecordSetsRequest", &in); err != nil {
		return answer{}, err
	}
	if others := slices.Concat(in.Others, in.Batch.Others); len(others) > 0 {
		return answer{}, notModelled("the element %s of a change batch", others[0].XMLName.Local)
	}
	now := s.now()
	// V31: one change at a time in a zone.
	if now.Before(z.BusyTill) {
		return answer{}, refuse("PriorRequestNotComplete", "The request was rejected because Route 53 was still processing a prior request.")
	}
	b := &batch{sim: s, zone: z, records: maps.Clone(z.Records), touched: map[string]bool{}, made: map[recordKey]bool{}}
	if err := b.applyAll(in.Batch.Changes); err != nil {
		return answer{}, err
	}
	return s.commit(req, z, b.records, in.Batch.Comment)
}

// commit makes the records the zone's, and sends them to the name servers.
func (s *Sim) commit(req *request, z *zone, records map[recordKey]*recordSet, comment string) (answer, error) {
	now := s.now()
	c := &change{ID: s.newID("C", 20), Comment: comment, SubmittedAt: now, InsyncAt: now.Add(s.takes(s.cfg.Pace.Insync, "publish", z.Name, now))}
	s.global(req.account.ID).changes[c.ID] = c
	z.Records = records
	z.Pending = append(z.Pending, pendingRecords{At: c.InsyncAt, Records: records})
	z.settle(now)
	z.BusyTill = now.Add(min(s.cfg.Pace.Insync/20, time.Second))
	time.AfterFunc(c.InsyncAt.Sub(now)+lookEvery, s.looks) // ACM looks by itself, and not only when somebody asks
	return xmlAnswer(http.StatusOK, struct {
		XMLName xml.Name      `xml:"https://route53.amazonaws.com/doc/2013-04-01/ ChangeResourceRecordSetsResponse"`
		Info    xmlChangeInfo `xml:"ChangeInfo"`
	}{Info: c.xml(now)})
}

func (s *Sim) getChange(req *request) (answer, error) {
	id := strings.TrimPrefix(req.arg("change"), "/change/")
	c, ok := s.global(req.account.ID).changes[id]
	if !ok {
		return answer{}, refuseWith(http.StatusNotFound, "NoSuchChange", "Could not find resource with ID: %s", id)
	}
	return xmlAnswer(http.StatusOK, struct {
		XMLName xml.Name      `xml:"https://route53.amazonaws.com/doc/2013-04-01/ GetChangeResponse"`
		Info    xmlChangeInfo `xml:"ChangeInfo"`
	}{Info: c.xml(s.now())})
}

// A batch is a change batch on a copy of the zone's records: all of it
// happens, or nothing (V30).
type batch struct {
	sim     *Sim
	zone    *zone
	records map[recordKey]*recordSet
	touched map[string]bool    // names whose neighbours must be looked at
	made    map[recordKey]bool // created or upserted by this batch
	wrong   []string           // what is wrong, in AWS's words
}

func (b *batch) applyAll(changes []xmlChange) error {
	if len(changes) == 0 {
		return refuse("InvalidInput", "1 validation error detected: Value '[]' at 'changeBatch.changes' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	if err := checkBatchSize(changes); err != nil {
		return err
	}
	for _, c := range changes {
		r, err := c.recordSet()
		if err != nil {
			return err
		}
		b.apply(c.Action, r)
	}
	for _, name := range slices.Sorted(maps.Keys(b.touched)) {
		b.checkNeighbours(name)
	}
	b.checkApex()
	if len(b.wrong) > 0 {
		return refuse("InvalidChangeBatch", "[%s]", strings.Join(b.wrong, ", "))
	}
	return nil
}

// checkBatchSize is Route 53's limit on one batch.
func checkBatchSize(changes []xmlChange) error {
	records, characters := 0, 0
	for _, c := range changes {
		times := 1
		if c.Action == "UPSERT" {
			times = 2
		}
		records += times * max(1, len(c.Set.values()))
		for _, v := range c.Set.values() {
			characters += times * len(v)
		}
	}
	if records > recordsPerBatch {
		return refuse("InvalidChangeBatch", "[Number of records limit of %d exceeded.]", recordsPerBatch)
	}
	if characters > charactersInBatch {
		return refuse("InvalidChangeBatch", "[RDATA character limit of %d exceeded.]", charactersInBatch)
	}
	return nil
}

// recordSet is the record set of a change, normalised; what cannot be one is
// InvalidInput.
func (c xmlChange) recordSet() (*recordSet, error) {
	if !slices.Contains([]string{"CREATE", "UPSERT", "DELETE"}, c.Action) {
		return nil, refuse("InvalidInput", "Invalid XML ; cvc-enumeration-valid: Value '%s' is not facet-valid with respect to enumeration '[CREATE, DELETE, UPSERT]'.", c.Action)
	}
	if others := c.others(); len(others) > 0 {
		return nil, notModelled("the element %s of a record set", others[0].XMLName.Local)
	}
	if !slices.Contains(recordTypes, c.Set.Type) {
		return nil, refuse("InvalidInput", "Invalid XML ; cvc-enumeration-valid: Value '%s' is not facet-valid with respect to the enumeration of record types.", c.Set.Type)
	}
	if c.Set.Records != nil && len(c.Set.Records.List) == 0 {
		// https://github.com/aws/aws-cdk/issues/20847 (quoted)
		return nil, refuse("InvalidInput", `Invalid XML ; cvc-complex-type.2.4.b: The content of element 'ResourceRecords' is not complete. One of '{"https://route53.amazonaws.com/doc/2013-04-01/":ResourceRecord}' is expected.`)
	}
	simple := c.Set.TTL != nil && c.Set.Records != nil
	partly := c.Set.TTL != nil || c.Set.Records != nil
	if (c.Set.Alias != nil && partly) || (c.Set.Alias == nil && !simple) {
		return nil, refuse("InvalidInput", "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found %s in Change with [Action=%s, Name=%s, Type=%s, SetIdentifier=%s]",
			foundWhat(c.Set.Alias != nil, simple), c.Action, c.Set.Name, c.Set.Type, orNull(c.Set.SetIdentifier))
	}
	r := &recordSet{
		recordKey: recordKey{Name: canonicalName(c.Set.Name), Type: c.Set.Type, SetIdentifier: c.Set.SetIdentifier},
		Values:    c.Set.values(), Weight: c.Set.Weight,
	}
	if c.Set.Alias != nil {
		r.AliasName, r.AliasZone = canonicalName(c.Set.Alias.DNSName), c.Set.Alias.HostedZoneID
		r.AliasHealth = c.Set.Alias.EvaluateTargetHealth
	} else {
		r.TTL = *c.Set.TTL
		if r.TTL < 0 {
			return nil, refuse("InvalidInput", "TTL must be from 0 to 2147483647, but is %d", r.TTL)
		}
	}
	if (r.SetIdentifier == "") != (r.Weight == nil) {
		return nil, refuse("InvalidInput", "Invalid request: Missing field 'SetIdentifier' or the routing field beside it in Change with [Action=%s, Name=%s, Type=%s]", c.Action, c.Set.Name, c.Set.Type)
	}
	return r, nil
}

func foundWhat(alias, simple bool) string {
	if alias && simple {
		return "more than one"
	}
	return "none"
}

func orNull(s string) string {
	if s == "" {
		return "null"
	}
	return s
}

func (b *batch) refuse(format string, args ...any) {
	b.wrong = append(b.wrong, fmt.Sprintf(format, args...))
}

// apply does one change on the copy, or notes what is wrong with it.
func (b *batch) apply(action string, r *recordSet) {
	if !validName(r.Name) {
		b.refuse("FATAL problem: DomainLabelTooLong or empty (Domain label is not valid) encountered with '%s'", strings.TrimSuffix(r.Name, "."))
		return
	}
	if !inZone(r.Name, b.zone.Name) {
		b.refuse("RRSet with DNS name %s is not permitted in zone %s", escapeName(r.Name), b.zone.Name)
		return
	}
	b.touched[r.Name] = true
	there, exists := b.records[r.recordKey]
	if action == "DELETE" {
		switch {
		case !exists:
			b.refuse("Tried to delete resource record set [name='%s', type='%s'] but it was not found", escapeName(r.Name), r.Type)
		case !there.same(r):
			b.refuse("Tried to delete resource record set [name='%s', type='%s'] but the values provided do not match the current values", escapeName(r.Name), r.Type)
		default:
			delete(b.records, r.recordKey)
		}
		return
	}
	if b.made[r.recordKey] {
		b.refuse("The request contains an invalid set of changes for a resource record set '%s %s'", r.Type, escapeName(r.Name))
		return
	}
	b.made[r.recordKey] = true
	if action == "CREATE" && exists {
		b.refuse("Tried to create resource record set [name='%s', type='%s'] but it already exists", escapeName(r.Name), r.Type)
		return
	}
	if wrong := b.check(r); wrong != "" {
		b.wrong = append(b.wrong, wrong)
		return
	}
	b.records[r.recordKey] = r
}

// same says whether a DELETE names the stored set exactly; the order of its
// values does not matter.
func (r *recordSet) same(o *recordSet) bool {
	a, b := slices.Sorted(slices.Values(r.Values)), slices.Sorted(slices.Values(o.Values))
	sameWeight := (r.Weight == nil) == (o.Weight == nil) && (r.Weight == nil || *r.Weight == *o.Weight)
	return r.TTL == o.TTL && slices.Equal(a, b) && sameWeight &&
		r.AliasName == o.AliasName && r.AliasZone == o.AliasZone && r.AliasHealth == o.AliasHealth
}

// checkNeighbours looks at what stands side by side at a name once the whole
// batch is done.
func (b *batch) checkNeighbours(name string) {
	var cname bool
	var others []string
	simple, routed := map[string]bool{}, map[string]bool{}
	for key := range b.records {
		if key.Name != name {
			continue
		}
		if key.Type == "CNAME" {
			cname = true
		} else {
			others = append(others, key.Type)
		}
		if key.SetIdentifier == "" {
			simple[key.Type] = true
		} else {
			routed[key.Type] = true
		}
	}
	_, before := b.zone.Records[recordKey{Name: name, Type: "CNAME"}]
	switch {
	case !cname || len(others) == 0 || name == b.zone.Name:
	case before:
		slices.Sort(others)
		for _, kind := range slices.Compact(others) {
			b.refuse("RRSet of type %s with DNS name %s is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone %s", kind, escapeName(name), b.zone.Name)
		}
	default:
		b.refuse("RRSet of type CNAME with DNS name %s is not permitted as it conflicts with other records with the same DNS name in zone %s", escapeName(name), b.zone.Name)
	}
	for _, kind := range slices.Sorted(maps.Keys(simple)) {
		if routed[kind] {
			b.refuse("RRSet with DNS name %s, type %s, SetIdentifier null cannot be created as weighted RRSets exist with the same name and type.", escapeName(name), kind)
		}
	}
}

// checkApex keeps what a zone cannot be without.
func (b *batch) checkApex() {
	for _, kind := range []string{"NS", "SOA"} {
		if _, ok := b.records[recordKey{Name: b.zone.Name, Type: kind}]; !ok {
			b.refuse("A HostedZone must contain at least one %s record for the zone itself.", kind)
		}
	}
}
