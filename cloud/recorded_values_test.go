package cloud

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// recordedValues are literals of closed sets as real AWS answered them, by
// operation and member; see testdata/README.md.
func recordedValues(t *testing.T) map[string]map[string][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/recorded_answers.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]struct {
		Values map[string][]string `json:"values"`
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	values := map[string]map[string][]string{}
	for operation, answer := range all {
		if len(answer.Values) > 0 {
			values[operation] = answer.Values
		}
	}
	return values
}

// answerOf is the type of an operation's answer.
func answerOf(t *testing.T, operation string) reflect.Type {
	t.Helper()
	service, name, _ := strings.Cut(operation, ".")
	client := map[string]any{
		"acm": &acm.Client{}, "apigateway": &apigateway.Client{}, "apigatewayv2": &apigatewayv2.Client{},
		"cloudfront": &cloudfront.Client{}, "route53": &route53.Client{}, "iam": &iam.Client{}, "sts": &sts.Client{},
	}[service]
	method, ok := reflect.TypeOf(client).MethodByName(name)
	if !ok {
		t.Fatalf("the SDK has no %s", operation)
	}
	return method.Type.Out(0).Elem()
}

// holds makes an answer with a value at a member such as
// "Items[].ViewerCertificate.SSLSupportMethod", and is the place of the value.
func holds(answer reflect.Value, path string) reflect.Value {
	v := answer
	for _, step := range strings.Split(path, ".") {
		name := strings.TrimRight(step, "[]{}")
		v = v.FieldByName(string(unicode.ToUpper(rune(name[0]))) + name[1:])
		if !v.IsValid() {
			return v
		}
		for range (len(step) - len(name)) / 2 {
			if v.Kind() == reflect.Map {
				v.Set(reflect.MakeMap(v.Type()))
				v.SetMapIndex(reflect.ValueOf("x"), reflect.Zero(v.Type().Elem()))
				return reflect.Value{} // maps hold nothing that is read
			}
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			v = v.Index(0)
		}
		if v.Kind() == reflect.Pointer {
			v.Set(reflect.New(v.Type().Elem()))
			v = v.Elem()
		}
	}
	return v
}

// Every literal that real AWS is on record with is, once it was read as the
// product reads it, a value that the SDK knows, whatever AWS's spelling was.
func TestRecordedValues(t *testing.T) {
	t.Parallel()
	checked, respelled := 0, []string{}
	// Strings that AWS keeps no closed set for, and that are not read.
	plain := []string{"SignatureAlgorithm"}
	for operation, members := range recordedValues(t) {
		for path, values := range members {
			if strings.Contains(path, "{}") || slices.ContainsFunc(plain, func(s string) bool { return strings.HasSuffix(path, s) }) {
				continue
			}
			for _, value := range values {
				answer := reflect.New(answerOf(t, operation))
				place := holds(answer.Elem(), path)
				if !place.IsValid() || place.Kind() != reflect.String {
					t.Errorf("%s: the SDK has no %s", operation, path)
					continue
				}
				place.SetString(value)
				respell(answer)
				known := enumOf(place.Type())
				if known == nil {
					known = slices.Concat(distributionStates, invalidationStates)
				}
				if !slices.Contains(known, place.String()) {
					t.Errorf("%s %s: %q was read as %q, which is none of %q", operation, path, value, place.String(), known)
				}
				checked++
				if place.String() != value {
					respelled = append(respelled, value)
				}
			}
		}
	}
	if checked < 200 {
		t.Errorf("only %d literals", checked)
	}
	slices.Sort(respelled)
	if got := strings.Join(slices.Compact(respelled), " "); got != "EC-prime256v1 HTTP2 RSA-2048" {
		t.Errorf("respelled: %s", got)
	}
}
