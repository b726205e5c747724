package sim

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

const cloudFrontPath = "/2020-05-31"

// cloudFrontRoutes are the operations of CloudFront.
//
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Operations.html
var cloudFrontRoutes = []route{
	{http.MethodPost, cloudFrontPath + "/distribution?WithTags", "CreateDistributionWithTags", (*Sim).createDistributionWithTags},
	{http.MethodPost, cloudFrontPath + "/distribution", "CreateDistribution", (*Sim).createDistribution},
	{http.MethodGet, cloudFrontPath + "/distribution", "ListDistributions", (*Sim).listDistributions},
	{http.MethodGet, cloudFrontPath + "/distribution/{id}", "GetDistribution", (*Sim).getDistribution},
	{http.MethodGet, cloudFrontPath + "/distribution/{id}/config", "GetDistributionConfig", (*Sim).getDistributionConfig},
	{http.MethodPut, cloudFrontPath + "/distribution/{id}/config", "UpdateDistribution", (*Sim).updateDistribution},
	{http.MethodDelete, cloudFrontPath + "/distribution/{id}", "DeleteDistribution", (*Sim).deleteDistribution},

	{http.MethodGet, cloudFrontPath + "/conflicting-alias", "ListConflictingAliases", (*Sim).listConflictingAliases},
	{http.MethodPost, cloudFrontPath + "/domain-conflicts", "ListDomainConflicts", (*Sim).listDomainConflicts},
	{http.MethodPut, cloudFrontPath + "/distribution/{id}/associate-alias", "AssociateAlias", (*Sim).associateAlias},
	{http.MethodPost, cloudFrontPath + "/domain-association", "UpdateDomainAssociation", (*Sim).updateDomainAssociation},
	{http.MethodPut, cloudFrontPath + "/distribution/{id}/associate-web-acl", "AssociateDistributionWebACL", (*Sim).associateWebACL},
	{http.MethodPut, cloudFrontPath + "/distribution/{id}/disassociate-web-acl", "DisassociateDistributionWebACL", (*Sim).disassociateWebACL},

	{http.MethodGet, cloudFrontPath + "/tagging", "ListTagsForResource", (*Sim).listDistributionTags},
	{http.MethodPost, cloudFrontPath + "/tagging?Operation=Tag", "TagResource", (*Sim).tagDistribution},
	{http.MethodPost, cloudFrontPath + "/tagging?Operation=Untag", "UntagResource", (*Sim).untagDistribution},

	{http.MethodPost, cloudFrontPath + "/distribution/{id}/invalidation", "CreateInvalidation", (*Sim).createInvalidation},
	{http.MethodGet, cloudFrontPath + "/distribution/{id}/invalidation", "ListInvalidations", (*Sim).listInvalidations},
	{http.MethodGet, cloudFrontPath + "/distribution/{id}/invalidation/{invalidation}", "GetInvalidation", (*Sim).getInvalidation},

	{http.MethodPost, cloudFrontPath + "/cache-policy", "CreateCachePolicy", cachePolicies.create},
	{http.MethodGet, cloudFrontPath + "/cache-policy", "ListCachePolicies", cachePolicies.all},
	{http.MethodGet, cloudFrontPath + "/cache-policy/{id}", "GetCachePolicy", cachePolicies.get},
	{http.MethodGet, cloudFrontPath + "/cache-policy/{id}/config", "GetCachePolicyConfig", cachePolicies.getConfig},
	{http.MethodPut, cloudFrontPath + "/cache-policy/{id}", "UpdateCachePolicy", cachePolicies.update},
	{http.MethodDelete, cloudFrontPath + "/cache-policy/{id}", "DeleteCachePolicy", cachePolicies.remove},

	{http.MethodPost, cloudFrontPath + "/origin-request-policy", "CreateOriginRequestPolicy", originRequestPolicies.create},
	{http.MethodGet, cloudFrontPath + "/origin-request-policy", "ListOriginRequestPolicies", originRequestPolicies.all},
	{http.MethodGet, cloudFrontPath + "/origin-request-policy/{id}", "GetOriginRequestPolicy", originRequestPolicies.get},
	{http.MethodGet, cloudFrontPath + "/origin-request-policy/{id}/config", "GetOriginRequestPolicyConfig", originRequestPolicies.getConfig},
	{http.MethodPut, cloudFrontPath + "/origin-request-policy/{id}", "UpdateOriginRequestPolicy", originRequestPolicies.update},
	{http.MethodDelete, cloudFrontPath + "/origin-request-policy/{id}", "DeleteOriginRequestPolicy", originRequestPolicies.remove},

	{http.MethodGet, cloudFrontPath + "/response-headers-policy", "ListResponseHeadersPolicies", (*Sim).listResponsePolicies},
	{http.MethodGet, cloudFrontPath + "/response-headers-policy/{id}", "GetResponseHeadersPolicy", (*Sim).getResponsePolicy},
	{http.MethodGet, cloudFrontPath + "/response-headers-policy/{id}/config", "GetResponseHeadersPolicyConfig", (*Sim).getResponsePolicyConfig},
}

// cloudfront answers CloudFront's REST XML protocol.
func (s *Sim) cloudfront(req *request) (answer, error) {
	return s.route(req, cloudFrontRoutes)
}

// invalidArgument is CloudFront's refusal of a value.
func invalidArgument(format string, args ...any) *apiError {
	return refuse("InvalidArgument", format, args...)
}

// newerPrefix begins the names of elements that stand for settings which AWS
// will have one day. No SDK knows them. The simulator keeps them where they are.
const newerPrefix = "Newer"

// A newerElement is such an element, with all that it holds.
type newerElement struct {
	XMLName xml.Name
	Inner   string `xml:",innerxml"`
}

// An element is one element of an XML document, for what a Go struct cannot
// tell: which elements are there at all.
type element struct {
	XMLName  xml.Name
	Children []element `xml:",any"`
}

// child is the first child of that name, nil if there is none.
func (e *element) child(name string) *element {
	if e == nil {
		return nil
	}
	for i := range e.Children {
		if e.Children[i].XMLName.Local == name {
			return &e.Children[i]
		}
	}
	return nil
}

// decodeXML reads a body whose root is that element into v, and answers its
// elements. What v has no place for is something the simulator does not model.
func decodeXML(req *request, root string, v any) (*element, error) {
	if len(bytes.TrimSpace(req.body)) == 0 {
		return nil, refuse("MissingBody", "This operation requires a body. Ensure that the body is present and the Content-Type header is set.")
	}
	var tree element
	if err := xml.Unmarshal(req.body, &tree); err != nil {
		return nil, refuse("MalformedXML", "The XML you provided was not well-formed: %v", err)
	}
	if tree.XMLName.Local != root {
		return nil, refuse("MalformedXML", "The XML you provided was not valid: expected %s, found %s", root, tree.XMLName.Local)
	}
	if path := unknownElement(&tree, reflect.TypeOf(v)); path != "" {
		return nil, notModelled("the element %s of %s", path, req.op)
	}
	if err := xml.Unmarshal(req.body, v); err != nil {
		var number *strconv.NumError
		if errors.As(err, &number) {
			return nil, refuse("MalformedXML", "The XML you provided was not valid: %q is not a valid value", number.Num)
		}
		return nil, refuse("MalformedXML", "The XML you provided was not valid: %v", err)
	}
	return &tree, nil
}

// unknownElement is the path of the first element that the type has no field
// for, "" if there is none.
func unknownElement(e *element, t reflect.Type) string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return ""
	}
	for i := range e.Children {
		c := &e.Children[i]
		if strings.HasPrefix(c.XMLName.Local, newerPrefix) && slices.ContainsFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { return f.Tag.Get("xml") == ",any" }) {
			continue
		}
		if path := unknownChild(c, t); path != "" {
			return e.XMLName.Local + "/" + path
		}
	}
	return ""
}

func unknownChild(c *element, t reflect.Type) string {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("xml"), ",")
		outer, inner, nested := strings.Cut(name, ">")
		if outer == "" {
			outer = f.Name
		}
		if outer != c.XMLName.Local {
			continue
		}
		if !nested {
			return unknownElement(c, f.Type)
		}
		for i := range c.Children {
			if c.Children[i].XMLName.Local != inner {
				return c.XMLName.Local + "/" + c.Children[i].XMLName.Local
			}
			if path := unknownElement(&c.Children[i], f.Type); path != "" {
				return c.XMLName.Local + "/" + path
			}
		}
		return ""
	}
	return c.XMLName.Local
}

// cloudFrontAnswer writes v as a document with that root element, and the
// ETag unless it is "".
func cloudFrontAnswer(status int, root string, v any, etag string) (answer, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	start := xml.StartElement{
		Name: xml.Name{Local: root},
		Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespaces["cloudfront"]}},
	}
	if err := xml.NewEncoder(&b).EncodeElement(v, start); err != nil {
		return answer{}, fmt.Errorf("write %s: %w", root, err)
	}
	h := http.Header{"Content-Type": {"text/xml"}}
	if etag != "" {
		h["Etag"] = []string{etag}
	}
	// encoding/xml writes the parent of an empty list; AWS does not.
	body := bytes.ReplaceAll(b.Bytes(), []byte("<Items></Items>"), nil)
	return answer{Status: status, Header: h, Body: body}, nil
}

// created is a 201 answer with its Location.
func created(a answer, err error, path string) (answer, error) {
	if err != nil {
		return a, err
	}
	a.Status = http.StatusCreated
	a.Header.Set("Location", "https://cloudfront.amazonaws.com"+cloudFrontPath+path)
	return a, nil
}

// checkIfMatch is rule V25 and V26: the If-Match header has the current ETag.
func checkIfMatch(req *request, etag string) error {
	switch match := strings.Trim(req.r.Header.Get("If-Match"), `"`); match {
	case "":
		return refuse("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")
	case etag:
		return nil
	default:
		return refuseWith(http.StatusPreconditionFailed, "PreconditionFailed", "The request failed because it didn't meet the preconditions in one or more request-header fields.")
	}
}

// newETag is a new version of something.
func (s *Sim) newETag() string { return s.newID("E", 13) }

// A cloudFrontPage is a part of a list. Marker is the last item of the page
// before.
type cloudFrontPage struct {
	keys   []string
	marker string
	next   string // "" on the last page
	size   int
}

// cloudFrontPageOf is rule V33 for CloudFront: a page of the sorted keys.
func (s *Sim) cloudFrontPageOf(req *request, keys []string) (cloudFrontPage, error) {
	p := cloudFrontPage{marker: req.query("Marker"), size: 100}
	if v := req.query("MaxItems"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return p, invalidArgument("The parameter MaxItems is not valid: %s", v)
		}
		p.size = min(n, 100)
	}
	if s.cfg.PageSize > 0 {
		p.size = min(p.size, s.cfg.PageSize)
	}
	for _, k := range keys {
		if p.marker != "" && k <= p.marker {
			continue
		}
		if len(p.keys) == p.size {
			p.next = p.keys[p.size-1]
			break
		}
		p.keys = append(p.keys, k)
	}
	return p, nil
}

// cloudFrontTime is a time as CloudFront writes it: with milliseconds.
func cloudFrontTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
