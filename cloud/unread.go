package cloud

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"apifront/setup"
)

// Unread is what AWS answered, for a change that replaces the whole of it:
// CloudFront has settings that the SDK does not know, and what is read and
// written through the SDK's types alone loses them. Keep sends them back.
//
// CustomOriginConfig.OriginHttpVersion is one, and AWS's own description of it
// warns of that; cloudfront v1.73.0 reads and writes without it (documented,
// and run against the SDK).
type Unread struct{ body []byte }

// UnreadOf is what stands in an answer that has a configuration.
func UnreadOf(answer middleware.Metadata) Unread {
	body, _ := answer.Get(unreadKey{}).([]byte)
	return Unread{body}
}

type unreadKey struct{}

// unreadLimit is the longest answer that is kept, in octets. A configuration
// of CloudFront with all its quotas used is far below.
const unreadLimit = 4 << 20

// replaced are the configurations that an update replaces as a whole, by their
// root element.
var replaced = map[string]reflect.Type{
	"DistributionConfig": reflect.TypeFor[types.DistributionConfig](),
	"CachePolicyConfig":  reflect.TypeFor[types.CachePolicyConfig](),
}

// keeps says whether the answer of an operation is kept.
func keeps(service, operation string) bool {
	return service == cloudfront.ServiceID && slices.Contains([]string{
		"GetDistribution", "CreateDistributionWithTags", "UpdateDistribution", "GetCachePolicy", "UpdateCachePolicy",
	}, operation)
}

// Keep puts the settings that the SDK does not know into a request that replaces
// what was read. The call fails if the request takes away what such a setting
// belongs to.
func (u Unread) Keep(o *cloudfront.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Serialize.Add(middleware.SerializeMiddlewareFunc("apifront:unread",
			func(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (middleware.SerializeOutput, middleware.Metadata, error) {
				req, ok := in.Request.(*smithyhttp.Request)
				if !ok {
					return middleware.SerializeOutput{}, middleware.Metadata{}, errors.New("keep settings: no HTTP request")
				}
				body, err := io.ReadAll(req.GetStream())
				if err == nil {
					body, err = u.put(body)
				}
				if err == nil {
					req, err = req.SetStream(bytes.NewReader(body))
				}
				if err != nil {
					return middleware.SerializeOutput{}, middleware.Metadata{}, err
				}
				in.Request = req
				return next.HandleSerialize(ctx, in)
			}), middleware.After)
	})
}

// put returns the request's body with the settings that the SDK does not know in
// their places.
func (u Unread) put(body []byte) ([]byte, error) {
	req, err := parseNode(body)
	if err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	answer, err := parseNode(u.body)
	if err != nil {
		return nil, fmt.Errorf("read what CloudFront answered: %w", err)
	}
	if answer.name != req.name {
		answer = answer.child(req.name)
	}
	t, ok := replaced[req.name]
	if answer == nil || !ok {
		return nil, fmt.Errorf("nothing is known of the %s that CloudFront has", req.name)
	}
	var m merger
	m.merge(answer, req, t)
	if len(m.homeless) > 0 {
		return nil, &setup.Problem{
			What: "CloudFront was not changed.",
			Why: "CloudFront has a setting here that this version does not know: " + strings.Join(m.homeless, ", ") +
				". The change would take it away together with what it belongs to, so it was left alone.",
			Fix:  "Decide in CloudFront whether the setting is needed, and put what apifront wants to change right there, then re-run this step. A newer version of apifront may know it.",
			Code: "UnknownSetting",
		}
	}
	if m.put == 0 {
		return body, nil
	}
	var b bytes.Buffer
	req.write(&b)
	return b.Bytes(), nil
}

// A merger puts the elements that the SDK has no member for from an answer
// into a request.
type merger struct {
	put      int
	homeless []string // have no place in the request
}

// merge puts each of them after the sibling that it follows in the answer.
// CloudFront takes any order: the SDK's own is alphabetical.
func (m *merger) merge(from, to *node, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Struct:
		last := -1
		for _, c := range from.children {
			field, known := t.FieldByName(c.name)
			at := slices.IndexFunc(to.children, func(n *node) bool { return n.name == c.name })
			switch {
			case known && at >= 0:
				m.merge(c, to.children[at], field.Type)
				last = at
			case known:
				m.homeless = append(m.homeless, strangers(c, field.Type)...)
			case at < 0:
				last++
				to.children = slices.Insert(to.children, last, c)
				m.put++
			}
		}
	case reflect.Slice:
		for i, c := range from.children {
			if len(strangers(c, t.Elem())) == 0 {
				continue
			}
			if same := sameItem(from, to, i); same != nil {
				m.merge(c, same, t.Elem())
			} else {
				m.homeless = append(m.homeless, strangers(c, t.Elem())...)
			}
		}
	default:
		m.homeless = append(m.homeless, strangers(from, t)...)
	}
}

// strangers are the names of the elements below one that the SDK's type has no
// member for.
func strangers(n *node, t reflect.Type) []string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var names []string
	for _, c := range n.children {
		switch t.Kind() {
		case reflect.Struct:
			if field, known := t.FieldByName(c.name); known {
				names = append(names, strangers(c, field.Type)...)
			} else {
				names = append(names, c.name)
			}
		case reflect.Slice:
			names = append(names, strangers(c, t.Elem())...)
		default:
			names = append(names, c.name)
		}
	}
	return names
}

// itemKeys are the members that tell the items of CloudFront's lists apart.
var itemKeys = []string{"Id", "PathPattern", "ErrorCode", "HeaderName", "EventType", "OriginId", "Name"}

// sameItem is the item of the request's list that has the same key as item i of
// the answer's list; nil if there is none.
func sameItem(from, to *node, i int) *node {
	for _, key := range itemKeys {
		k := from.children[i].child(key)
		if k == nil {
			continue
		}
		at := slices.IndexFunc(to.children, func(n *node) bool { c := n.child(key); return c != nil && c.text == k.text })
		if at < 0 {
			return nil
		}
		return to.children[at]
	}
	if len(from.children) == len(to.children) {
		return to.children[i]
	}
	return nil
}

// A node is an element of an XML document.
type node struct {
	name     string
	attrs    []xml.Attr
	text     string // of one without children
	children []*node
}

func (n *node) child(name string) *node {
	if i := slices.IndexFunc(n.children, func(c *node) bool { return c.name == name }); i >= 0 {
		return n.children[i]
	}
	return nil
}

// parseNode reads a document. CloudFront uses no prefixes, and none can be
// carried from one document to another.
func parseNode(doc []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	top := &node{}
	open := []*node{top}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		in := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{name: t.Name.Local}
			for _, a := range t.Attr {
				if a.Name.Space != "" {
					return nil, fmt.Errorf("the attribute %s has a prefix", a.Name.Local)
				}
				n.attrs = append(n.attrs, a)
			}
			in.children = append(in.children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			in.text += string(t)
		}
	}
	if len(top.children) != 1 {
		return nil, errors.New("there is no document")
	}
	return top.children[0], nil
}

func (n *node) write(b *bytes.Buffer) {
	b.WriteString("<" + n.name)
	for _, a := range n.attrs {
		b.WriteString(" " + a.Name.Local + `="`)
		escapeXML(b, a.Value)
		b.WriteString(`"`)
	}
	b.WriteString(">")
	if len(n.children) == 0 {
		escapeXML(b, n.text)
	}
	for _, c := range n.children {
		c.write(b)
	}
	b.WriteString("</" + n.name + ">")
}

func escapeXML(b *bytes.Buffer, text string) {
	_ = xml.EscapeText(b, []byte(text)) // a buffer takes everything
}
