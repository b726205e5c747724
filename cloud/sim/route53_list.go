package sim

import (
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// recordPage is the most record sets of one page.
const recordPage = 300

func (r *recordSet) xml() xmlRecordSet {
	x := xmlRecordSet{Name: escapeName(r.Name), Type: r.Type, SetIdentifier: r.SetIdentifier, Weight: r.Weight}
	if r.AliasName != "" {
		x.Alias = &xmlAlias{HostedZoneID: r.AliasZone, DNSName: escapeName(r.AliasName), EvaluateTargetHealth: r.AliasHealth}
		return x
	}
	ttl := r.TTL
	x.TTL, x.Records = &ttl, &xmlValues{}
	for _, v := range r.Values {
		x.Records.List = append(x.Records.List, xmlValue{v})
	}
	return x
}

// compareRecords is the order of ListResourceRecordSets: by name with its
// labels reversed, then by type, then by set identifier.
func compareRecords(a, b recordKey) int {
	if c := strings.Compare(nameOrder(a.Name), nameOrder(b.Name)); c != 0 {
		return c
	}
	if c := strings.Compare(a.Type, b.Type); c != 0 {
		return c
	}
	return strings.Compare(a.SetIdentifier, b.SetIdentifier)
}

// listResourceRecordSets shows PENDING changes too, as Route 53 does.
func (s *Sim) listResourceRecordSets(req *request) (answer, error) {
	z, err := s.findZone(req)
	if err != nil {
		return answer{}, err
	}
	asked, size, err := s.maxItems(req, recordPage)
	if err != nil {
		return answer{}, err
	}
	from := recordKey{Type: req.query("type"), SetIdentifier: req.query("identifier")}
	if name := req.query("name"); name != "" {
		from.Name = canonicalName(name)
	} else if from.Type != "" {
		return answer{}, refuse("InvalidInput", "The input is not valid: a record type needs a record name beside it")
	}
	keys := slices.SortedFunc(maps.Keys(z.Records), compareRecords)
	if from.Name != "" {
		keys = slices.DeleteFunc(keys, func(k recordKey) bool { return compareRecords(k, from) < 0 })
	}
	out := struct {
		XMLName     xml.Name       `xml:"https://route53.amazonaws.com/doc/2013-04-01/ ListResourceRecordSetsResponse"`
		Sets        []xmlRecordSet `xml:"ResourceRecordSets>ResourceRecordSet"`
		IsTruncated bool
		MaxItems    int
		NextName    string `xml:"NextRecordName,omitempty"`
		NextType    string `xml:"NextRecordType,omitempty"`
		NextID      string `xml:"NextRecordIdentifier,omitempty"`
	}{MaxItems: asked}
	for i, k := range keys {
		if i == size {
			out.IsTruncated = true
			out.NextName, out.NextType, out.NextID = escapeName(k.Name), k.Type, k.SetIdentifier
			break
		}
		out.Sets = append(out.Sets, z.Records[k].xml())
	}
	return xmlAnswer(http.StatusOK, out)
}

type xmlTag struct{ Key, Value string }

func (s *Sim) listZoneTags(req *request) (answer, error) {
	z, err := s.findZone(req)
	if err != nil {
		return answer{}, err
	}
	out := struct {
		XMLName      xml.Name `xml:"https://route53.amazonaws.com/doc/2013-04-01/ ListTagsForResourceResponse"`
		ResourceType string   `xml:"ResourceTagSet>ResourceType"`
		ResourceID   string   `xml:"ResourceTagSet>ResourceId"`
		Tags         []xmlTag `xml:"ResourceTagSet>Tags>Tag"`
	}{ResourceType: "hostedzone", ResourceID: z.ID}
	for _, k := range slices.Sorted(maps.Keys(z.Tags)) {
		out.Tags = append(out.Tags, xmlTag{k, z.Tags[k]})
	}
	return xmlAnswer(http.StatusOK, out)
}

func (s *Sim) changeZoneTags(req *request) (answer, error) {
	z, err := s.findZone(req)
	if err != nil {
		return answer{}, err
	}
	var in struct {
		Add    []xmlTag `xml:"AddTags>Tag"`
		Remove []string `xml:"RemoveTagKeys>Key"`
	}
	if err := readXML(req, "ChangeTagsForResourceRequest", &in); err != nil {
		return answer{}, err
	}
	for _, t := range in.Add {
		z.Tags[t.Key] = t.Value
	}
	for _, k := range in.Remove {
		delete(z.Tags, k)
	}
	return xmlAnswer(http.StatusOK, struct {
		XMLName xml.Name `xml:"https://route53.amazonaws.com/doc/2013-04-01/ ChangeTagsForResourceResponse"`
	}{})
}
