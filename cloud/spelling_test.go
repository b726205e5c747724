package cloud

import (
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// closedSets are all closed sets that an answer of the SDK's clients may hold.
func closedSets() map[reflect.Type][]string {
	found := map[reflect.Type][]string{}
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		if seen[t] {
			return
		}
		seen[t] = true
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				if t.Field(i).IsExported() {
					walk(t.Field(i).Type)
				}
			}
		case reflect.String:
			if known := enumOf(t); known != nil {
				found[t] = known
			}
		default:
		}
	}
	for _, client := range []any{
		&acm.Client{}, &apigateway.Client{}, &apigatewayv2.Client{}, &cloudfront.Client{}, &route53.Client{}, &iam.Client{}, &sts.Client{},
	} {
		c := reflect.TypeOf(client)
		for i := range c.NumMethod() {
			if m := c.Method(i).Type; m.NumOut() == 2 {
				walk(m.Out(0))
			}
		}
	}
	return found
}

// Every value of every closed set is read in every spelling that AWS is known
// to use, and no two values of a set are taken for each other. A value that
// nobody knows stays as it is.
func TestEverySpellingOfEverySet(t *testing.T) {
	t.Parallel()
	all := closedSets()
	if len(all) < 100 {
		t.Fatalf("only %d closed sets were found", len(all))
	}
	for set, known := range all {
		for _, value := range known {
			for _, s := range []string{
				value, strings.ToUpper(value), strings.ToLower(value), strings.ReplaceAll(value, "_", "-"), strings.ReplaceAll(value, "-", "_"),
			} {
				v := reflect.New(set)
				v.Elem().SetString(s)
				if respell(v); v.Elem().String() != value {
					t.Errorf("%s: %q was read as %q, want %q", set, s, v.Elem().String(), value)
				}
			}
		}
		for _, s := range []string{"", "SOMETHING_new-2027", "-", "é"} {
			v := reflect.New(set)
			v.Elem().SetString(s)
			if respell(v); v.Elem().String() != s {
				t.Errorf("%s: %q, which nobody knows, was read as %q", set, s, v.Elem().String())
			}
		}
	}
}

// Values are found wherever they stand in an answer, also those that the SDK
// has as plain strings.
func TestSpellingReachesEverything(t *testing.T) {
	t.Parallel()
	str := func(s string) *string { return &s }
	out := &cloudfront.ListDistributionsOutput{DistributionList: &cftypes.DistributionList{Items: []cftypes.DistributionSummary{{
		Status: str("DEPLOYED"), HttpVersion: "HTTP2and3", Comment: str("INPROGRESS"),
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{AllowedMethods: &cftypes.AllowedMethods{Items: []cftypes.Method{"get", "BREW"}}},
	}}}}
	respell(reflect.ValueOf(out))
	d := out.DistributionList.Items[0]
	if *d.Status != "Deployed" || d.HttpVersion != cftypes.HttpVersionHttp2and3 || *d.Comment != "INPROGRESS" {
		t.Errorf("%q %q %q", *d.Status, d.HttpVersion, *d.Comment)
	}
	if m := d.DefaultCacheBehavior.AllowedMethods.Items; m[0] != cftypes.MethodGet || m[1] != "BREW" {
		t.Errorf("methods %q", m)
	}
	respell(reflect.ValueOf((*cloudfront.ListDistributionsOutput)(nil)))
	respell(reflect.ValueOf(&cloudfront.ListDistributionsOutput{}))
	for holder, members := range sets {
		for name := range members {
			if f, ok := holder.FieldByName(name); !ok || f.Type != reflect.TypeFor[*string]() {
				t.Errorf("%s has no plain string %s", holder, name)
			}
		}
	}
}
