package cloud

import (
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// serviceIDs are the SDK's names of the services, by the method of an account
// and the package.
var serviceIDs = map[string]string{
	"ACM": acm.ServiceID, "acm": acm.ServiceID, "APIGateway": apigateway.ServiceID, "apigateway": apigateway.ServiceID,
	"APIGatewayV2": apigatewayv2.ServiceID, "apigatewayv2": apigatewayv2.ServiceID, "CloudFront": cloudfront.ServiceID, "cloudfront": cloudfront.ServiceID,
	"Route53": route53.ServiceID, "route53": route53.ServiceID, "IAM": iam.ServiceID, "iam": iam.ServiceID, "CloudWatchLogs": cloudwatchlogs.ServiceID, "cloudwatchlogs": cloudwatchlogs.ServiceID, "STS": sts.ServiceID, "sts": sts.ServiceID,
}

// Every call that stands in the code has a row in the table of answers.
func TestEveryCallHasARow(t *testing.T) {
	t.Parallel()
	calls := regexp.MustCompile(`\.(ACM|APIGateway|APIGatewayV2|CloudFront|Route53|IAM|STS|CloudWatchLogs)\([^()]*\)\.(\w+)\(|(acm|apigateway|apigatewayv2|cloudfront|route53|iam|sts|cloudwatchlogs)\.New(\w+)Paginator\(`)
	found := 0
	for _, pattern := range []string{"*.go", "../steps/*.go", "../doctor/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			code, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range calls.FindAllStringSubmatch(string(code), -1) {
				found++
				name := serviceIDs[m[1]+m[3]] + " " + m[2] + m[4]
				if _, ok := answers[name]; !ok {
					t.Errorf("%s: the answer to %s is not checked", file, name)
				}
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d calls were found", found)
	}
}

// outputOf is the type of the SDK's answer to an operation.
func outputOf(t *testing.T, name string) reflect.Type { return typesOf(t, name).Out(0) }

// typesOf is the type of the SDK's method for an operation.
func typesOf(t *testing.T, name string) reflect.Type {
	t.Helper()
	clients := map[string]reflect.Type{
		acm.ServiceID: reflect.TypeFor[*acm.Client](), apigateway.ServiceID: reflect.TypeFor[*apigateway.Client](),
		apigatewayv2.ServiceID: reflect.TypeFor[*apigatewayv2.Client](), cloudfront.ServiceID: reflect.TypeFor[*cloudfront.Client](),
		route53.ServiceID: reflect.TypeFor[*route53.Client](), iam.ServiceID: reflect.TypeFor[*iam.Client](), sts.ServiceID: reflect.TypeFor[*sts.Client](),
		cloudwatchlogs.ServiceID: reflect.TypeFor[*cloudwatchlogs.Client](), cloudtrail.ServiceID: reflect.TypeFor[*cloudtrail.Client](),
		cloudwatch.ServiceID: reflect.TypeFor[*cloudwatch.Client](),
	}
	i := strings.LastIndex(name, " ")
	m, ok := clients[name[:i]].MethodByName(name[i+1:])
	if !ok {
		t.Fatalf("the SDK has no %s", name)
	}
	return m.Type
}

// Every member of the table exists in the SDK's answer, and each one is missed
// where it alone is missing.
func TestEachMemberIsMissed(t *testing.T) {
	t.Parallel()
	for name, wants := range answers {
		full := reflect.New(outputOf(t, name).Elem())
		fill(full, 0)
		if lacks, perhaps := missing(full.Interface(), wants); lacks != "" || perhaps != "" {
			t.Errorf("%s: of a full answer %q is missed", name, lacks+perhaps)
		}
		for _, want := range wants {
			path, optional := strings.CutSuffix(want, "?")
			path, _, _ = strings.Cut(path, " if ")
			v := reflect.New(outputOf(t, name).Elem())
			fill(v, 0)
			if !empty(v, strings.Split(path, ".")) {
				t.Errorf("%s has no %s", name, path)
				continue
			}
			lacks, perhaps := missing(v.Interface(), wants)
			if got := map[bool]string{false: lacks, true: perhaps}[optional]; got != path {
				t.Errorf("%s without %s: %q is missed", name, path, got)
			}
		}
	}
}

// fill gives every member a value, of lists one item.
func fill(v reflect.Value, depth int) {
	switch {
	case depth > 12:
	case v.Kind() == reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		fill(v.Elem(), depth+1)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), depth+1)
			}
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth+1)
	case v.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
	case v.Kind() == reflect.String:
		v.SetString("x")
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	}
}

// empty takes one member away, of the first item of lists.
func empty(v reflect.Value, path []string) bool {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	name, each := strings.CutSuffix(path[0], "[]")
	name = strings.TrimSuffix(name, "~")
	if v.Kind() != reflect.Struct || !v.FieldByName(name).IsValid() {
		return false
	}
	v = v.FieldByName(name)
	if each {
		if v.Kind() != reflect.Slice {
			return false
		}
		v = v.Index(0)
	}
	if len(path) > 1 {
		return empty(v, path[1:])
	}
	v.SetZero()
	return true
}

// A list that says there is more names where it goes on, and an empty list is
// whole.
func TestListsThatBreakOff(t *testing.T) {
	t.Parallel()
	wants := answers["Route 53 ListResourceRecordSets"]
	items := int32(100)
	out := route53.ListResourceRecordSetsOutput{MaxItems: &items, ResourceRecordSets: []r53types.ResourceRecordSet{}}
	if lacks, _ := missing(&out, wants); lacks != "" {
		t.Errorf("an empty list lacks %s", lacks)
	}
	out.IsTruncated = true
	if lacks, _ := missing(&out, wants); lacks != "NextRecordName" {
		t.Errorf("a list that goes on nowhere lacks %q", lacks)
	}
}

// The connections that a process makes keep what a proxy says.
func TestWiresKeepWhatAProxySays(t *testing.T) {
	t.Parallel()
	k, ok := New(Settings{}).wire(nil).(keeper)
	if !ok {
		t.Fatal("the client is another one")
	}
	client, ok := k.HTTPClient.(*http.Client)
	if !ok {
		t.Fatalf("the client is a %T", k.HTTPClient)
	}
	transport := reflect.ValueOf(client.Transport)
	if transport.Kind() == reflect.Struct { // the SDK puts one of its own around it
		transport = transport.Field(0).Elem()
	}
	if f := transport.Elem().FieldByName("OnProxyConnectResponse"); !f.IsValid() || f.IsNil() {
		t.Errorf("nothing keeps what a proxy says: %T", client.Transport)
	}
}

// What an answer says decides whether it is a page, not what it is called:
// stand-ins of AWS call JSON and XML text/html.
func TestPagesAreToldByWhatTheySay(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{
		"":                             false,
		`{"item": []}`:                 false,
		"\n [1]":                       false,
		`<?xml version="1.0"?><A/>`:    false,
		"<ListHostedZonesResponse/>":   false,
		"<!DOCTYPE html><html></html>": true,
		"\ufeff<HTML><BODY>":           true,
		"<h1>Sign in</h1>":             true,
		"<BODY>":                       true,
		"please wait":                  true,
	} {
		if got := isPage(http.Header{"Content-Type": {"text/html; charset=utf-8"}}, []byte(body)); got != want {
			t.Errorf("%q under text/html: a page %t, want %t", body, got, want)
		}
	}
	if isPage(http.Header{"Content-Type": {"application/json"}}, []byte("please wait")) || !isPage(nil, []byte("<html>")) {
		t.Error("a text under another type counts as a page, or a page without one does not")
	}
}
