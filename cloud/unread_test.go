package cloud

import (
	"bytes"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	static "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
)

// taker takes requests down and answers nothing of use.
type taker struct{ body []byte }

func (s *taker) Do(r *http.Request) (*http.Response, error) {
	var err error
	if s.body, err = io.ReadAll(r.Body); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusTeapot, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// sent is what the SDK sends of two configurations that have every member, by
// their root elements.
func sent(t *testing.T, options ...func(*cloudfront.Options)) map[string][]byte {
	t.Helper()
	s := &taker{}
	c := cloudfront.New(cloudfront.Options{
		Region: "us-east-1", HTTPClient: s, Retryer: aws.NopRetryer{}, Credentials: static.NewStaticCredentialsProvider("AKIA", "secret", ""),
	})
	id := aws.String("x")
	var d types.DistributionConfig
	var p types.CachePolicyConfig
	fill(reflect.ValueOf(&d), 0)
	fill(reflect.ValueOf(&p), 0)
	bodies := map[string][]byte{}
	if _, err := c.UpdateDistribution(t.Context(), &cloudfront.UpdateDistributionInput{Id: id, IfMatch: id, DistributionConfig: &d}, options...); err == nil {
		t.Fatal("it was taken")
	}
	bodies["DistributionConfig"] = s.body
	if _, err := c.UpdateCachePolicy(t.Context(), &cloudfront.UpdateCachePolicyInput{Id: id, IfMatch: id, CachePolicyConfig: &p}, options...); err == nil {
		t.Fatal("it was taken")
	}
	bodies["CachePolicyConfig"] = s.body
	return bodies
}

// Every element that the SDK writes has the name of the member it comes from:
// what is found to be unknown is unknown.
func TestTheSDKKnowsWhatItWrites(t *testing.T) {
	t.Parallel()
	for root, body := range sent(t) {
		n, err := parseNode(body)
		if err != nil {
			t.Fatal(err)
		}
		if unknown := strangers(n, replaced[root]); len(unknown) > 0 {
			t.Errorf("%s: unknown: %v", root, unknown)
		}
		if count(n) < 15 {
			t.Errorf("%s has %d elements", root, count(n))
		}
		got, err := Unread{[]byte("<Answer><Id>x</Id>" + string(body) + "</Answer>")}.put(body)
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("%s: a request that loses nothing was changed: %v\n%s", root, err, got)
		}
	}
}

func count(n *node) int {
	all := 1
	for _, c := range n.children {
		all += count(c)
	}
	return all
}

// An element that nobody knows survives, wherever it stands, in its place, with
// all that it holds; two of them keep their order.
func TestUnknownElementsKeepTheirPlace(t *testing.T) {
	t.Parallel()
	tried := 0
	for root, body := range sent(t) {
		plain, err := parseNode(body)
		if err != nil {
			t.Fatal(err)
		}
		places(plain, replaced[root], func(in *node) {
			for at := range len(in.children) + 1 {
				tried++
				before := in.children
				a := &node{name: "OriginHttpVersion", text: "http2 <&>"}
				b := &node{name: "Other", children: []*node{{name: "Deep", text: "1"}, {name: "Id", text: ""}}}
				in.children = append(append(append([]*node{}, before[:at]...), a, b), before[at:]...)
				want := text(plain)
				in.children = before
				got, err := Unread{[]byte(want)}.put(body)
				if err != nil || string(got) != want {
					t.Errorf("in %s at %d: %v\ngot  %s\nwant %s", in.name, at, err, got, want)
				}
			}
		})
	}
	if tried < 200 {
		t.Errorf("only %d places were tried", tried)
	}
}

func text(n *node) string {
	var b bytes.Buffer
	n.write(&b)
	return b.String()
}

// places calls for each element that has members.
func places(n *node, t reflect.Type, do func(*node)) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Struct:
		do(n)
		for _, c := range n.children {
			if f, ok := t.FieldByName(c.name); ok {
				places(c, f.Type, do)
			}
		}
	case reflect.Slice:
		for _, c := range n.children {
			places(c, t.Elem(), do)
		}
	default:
	}
}

// Items of lists are known by their keys, in whatever order they come; what
// belongs to one that goes is not lost in silence.
func TestUnknownElementsOfItems(t *testing.T) {
	t.Parallel()
	origins := func(items string) string {
		return "<DistributionConfig><Origins><Quantity>2</Quantity><Items>" + items + "</Items></Origins></DistributionConfig>"
	}
	const a, b = "<Origin><Id>a</Id></Origin>", "<Origin><Id>b</Id></Origin>"
	newB := "<Origin><Id>b</Id><CustomOriginConfig><HTTPPort>80</HTTPPort><OriginHttpVersion>http2</OriginHttpVersion></CustomOriginConfig></Origin>"
	keptB := "<Origin><Id>b</Id><CustomOriginConfig></CustomOriginConfig></Origin>"
	for _, c := range []struct{ answer, request, want string }{
		{origins(a + newB), origins(keptB + a), "<CustomOriginConfig><OriginHttpVersion>http2</OriginHttpVersion></CustomOriginConfig></Origin>" + a},
		{origins(a + newB), origins(a + b), ""},
		{origins(a + newB), origins(a), ""},
		{origins(a + b), origins(a), origins(a)},
		{"<DistributionConfig><Enabled>true<Why>x</Why></Enabled></DistributionConfig>", "<DistributionConfig><Enabled>true</Enabled></DistributionConfig>", ""},
		{"", origins(a), ""},
		{"<html>", origins(a), ""},
	} {
		got, err := Unread{[]byte(c.answer)}.put([]byte(c.request))
		switch {
		case c.want != "" && (err != nil || !strings.Contains(string(got), c.want)):
			t.Errorf("%s: got %s, %v", c.answer, got, err)
		case c.want == "" && err == nil:
			t.Errorf("%s: no error, and %s", c.answer, got)
		}
		if p, ok := err.(*setup.Problem); ok && !strings.Contains(p.Why, "OriginHttpVersion") && !strings.Contains(p.Why, "Why") { //nolint:errorlint // it is not wrapped
			t.Errorf("the problem names nothing: %v", p)
		}
	}
}

// Through the SDK: what Keep adds is in the body that is signed and sent.
func TestKeepIsSent(t *testing.T) {
	t.Parallel()
	for root, body := range sent(t) {
		answer := strings.Replace(string(body), "</"+root+">", "<Newer>1</Newer></"+root+">", 1)
		other := map[string]string{"DistributionConfig": "<CachePolicyConfig/>", "CachePolicyConfig": "<DistributionConfig/>"}[root]
		got := sent(t, Unread{[]byte("<A>" + answer + other + "</A>")}.Keep)
		if string(got[root]) != answer {
			t.Errorf("sent: %s", got[root])
		}
	}
}
